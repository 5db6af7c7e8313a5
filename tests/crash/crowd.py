"""Two hundred sources that start in the same moment on one directory: one has it, 199 end with status 75, at once.

They wait behind a gate: a pipe whose other end is closed. Nobody reads what they write until 199 have ended, so the
winner lives as long as they can look; then the rest of the line is put behind it, and its output must be right. Done in
a new directory, and in one with a checkpoint in it whose line was killed. How long 200 take is the machine's: one more that starts then
shows that the directory isn't waited for.
"""
import os
import select
import subprocess
import time

import pipeline
from pipeline import BIN, Line, inject

SOURCES = 200
PATIENCE = 10        # seconds that a source waits for stages of an earlier run to drain; not for a living source


def start(line):
    gate, opened = os.pipe()
    procs = [subprocess.Popen(["bash", "-c", 'read -r _ <&%d; exec "$@"' % gate, "bash", BIN + "scat"] + line.stages[0][1:],
                              cwd=line.where, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              pass_fds=(gate,), start_new_session=True) for _ in range(SOURCES)]
    os.close(gate)
    os.close(opened)
    return procs


def await_losers(procs):
    """Until one is left, or they hang. Those that have ended."""
    ends = {os.pidfd_open(p.pid): p for p in procs}
    left, until = select.poll(), time.monotonic() + pipeline.HANG
    for fd in ends:
        left.register(fd, select.POLLIN)
    ended = []
    while len(ended) < len(procs) - 1 and time.monotonic() < until:
        for fd, _ in left.poll(1000 * (until - time.monotonic())):
            left.unregister(fd)
            ends[fd].wait()
            ended.append(ends[fd])
    for fd in ends:
        os.close(fd)
    return ended


def follow(line, source):
    """The rest of the line behind a source that runs already. None, or what was wrong."""
    reads, procs = source.stdout, []
    for stage in line.stages[1:]:
        procs.append(subprocess.Popen([BIN + stage[0]] + stage[1:], cwd=line.where, stdin=reads, stdout=subprocess.PIPE,
                                      start_new_session=True))
        reads.close()
        reads = procs[-1].stdout
    t = line.wait(procs + [source])
    return None if t.ok() else "the winner's line: %s" % t.statuses


def look(ended, winner):
    """What is wrong with the losers, or None."""
    if len(ended) != SOURCES - 1:
        return "%d of %d sources ended" % (len(ended), SOURCES)
    for p in ended:
        said = p.stderr.read().decode(errors="replace")
        if p.returncode != 75 or ("pid %d)" % winner.pid) not in said:
            return "a loser (pid %d, winner %d): status %d: %s" % (p.pid, winner.pid, p.returncode, said)
    return None


def one_more(line):
    """What is wrong with one that starts alone while the winner lives, or None."""
    began = time.monotonic()
    status = subprocess.run([BIN + "scat"] + line.stages[0][1:], cwd=line.where, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode
    took = time.monotonic() - began
    return None if status == 75 and took < PATIENCE - 1 else "one more: status %d after %.1f s" % (status, took)


def one_crowd(env, line, used):
    if used:
        stage, call, n = next(p for p in pipeline.points(env.counts, {"renameat"}) if p[0] == 3 and p[2] > 20)
        line.try_({stage: inject(call, n, "signal=KILL")})
        if line.epoch() < 1:
            return False, "nothing was committed before the kill"
    procs = start(line)
    ended = await_losers(procs)
    alive = [p for p in procs if p not in ended]
    wrong = look(ended, alive[0]) or one_more(line)
    for p in alive[1:]:
        p.kill()
        p.wait()
    wrong = follow(line, alive[0]) or wrong
    for p in procs:
        p.stdout.close()
        p.stderr.close()
    return True, wrong or pipeline.compare(line.outputs(), env.want)


def crowd(env):
    return env.each("crowd", [False, True], one_crowd)
