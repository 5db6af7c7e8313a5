"""Lines of other shapes than the usual one, killed like it.

segments    a sink that makes segments, one that packs them, one that packs a file: the text in them, in order, and no two segments of
            one number
behind      states that take long to write (the C library's syncs are slow), so that a copy of the process writes them while the stream goes
            on, and the commit has to wait for their files
twosources  two sources of different length that share a directory, each with a sink of its own: every epoch is one of both
"""
import os
import signal
import subprocess
import time

import pipeline
import shim
from pipeline import BIN, Line, compare, inject

COMES = 5            # seconds in which both sources of two take part
SINKS = ["seg/", "packed.zst/", "out.jsonl.zst"]


def text_of(line, dest):
    """What a sink wrote, unpacked."""
    if not dest.endswith("/"):
        data = line.read(dest)
    else:
        names = sorted(n for n in os.listdir(line.path(dest)) if n[0] != ".") if os.path.isdir(line.path(dest)) else []
        data = b"".join(line.read(dest + n) for n in names)
    return subprocess.run(["zstd", "-dcq"], input=data, capture_output=True, check=True).stdout if ".zst" in dest and data else data


def again(line, stages, look=None):
    """Until it ends well. What is wrong, or None."""
    for _ in pipeline.restarts():
        t = line.try_(stages=stages)
        if t.hung:
            return "restarted, it does not end"
        wrong = look() if look else None
        if wrong or t.ok():
            return wrong
        if 75 not in t.statuses:
            return "restarted: %s: %s" % (t.statuses, t.err)
    return "restarted for %d seconds, somebody always had the directory" % pipeline.HANG


def one_segments(env, line, point):
    dest, call, n = point
    stages = line.stages[:3] + [["scat", "-q", "-o", dest]]
    t = line.try_({3: inject(call, n, "signal=KILL")}, stages=stages)

    def look():
        """What a reader may take is a beginning of it at any moment, and committed."""
        if dest.endswith("/") and not env.want["out.jsonl"].startswith(text_of(line, dest)):
            return "what was published is not what an undisturbed run begins with"
        return None
    wrong = look() or again(line, stages, look)
    if not wrong and text_of(line, dest) != env.want["out.jsonl"]:
        wrong = "%s has other text" % dest
    return t.statuses[3] == -9, wrong


def segments(env):
    every = []
    for dest in SINKS:
        line = Line(env.top + "/segments", env.data, env.stages[:3] + [["scat", "-q", "-o", dest]])
        counts = pipeline.calls(line)[3]
        every += [(dest, call, n) for call in ("openat", "writev", "fsync", "fdatasync", "renameat", "unlinkat", "close", "ftruncate")
                  for n in range(1, counts.get(call, 0) + 1)]
    return env.each("segments", pipeline.sample(every, env.points or 500, env.seed), one_segments)


def one_behind(env, line, point):
    stage, call, n = point
    slow = ["env", "LD_PRELOAD=" + env.shim, "SHIM=slow"]
    prefixes = {2: slow}
    prefixes[stage] = inject(call, n, "signal=KILL") + prefixes.get(stage, [])
    t = line.try_(prefixes)
    reached = -9 in (t.statuses[stage], 128 + t.statuses[stage]) or not t.ok()
    wrong = "it does not end" if t.hung else line.look(env.want)
    return reached, wrong or line.finish(env.want)


def behind(env):
    """That its states are written behind is seen in the manifests' making: the line without a kill must fork."""
    env.shim = shim.build(env)
    line = Line(env.top + "/behind", env.data, env.stages)
    log = line.path("forks")
    t = line.try_({2: ["strace", "-f", "-qq", "-o", log, "-e", "trace=clone,clone3,fork,vfork", "env", "LD_PRELOAD=" + env.shim, "SHIM=slow"]})
    with open(log, encoding="ascii") as f:
        forks = sum("clone" in row or "fork" in row for row in f)
    wrong = line.look(env.want) or compare(line.outputs(), env.want)
    if not t.ok() or wrong or forks < 10:
        print("behind: undisturbed: %s, %d forks: %s %s" % (t.statuses, forks, wrong, t.err))
        return True
    every = [(stage, call, n) for stage in (2, 3) for call in ("fsync", "renameat", "writev", "openat", "close")
             for n in range(1, env.counts[stage].get(call, 0) + 1)]
    return env.each("behind", pipeline.sample(every, env.points or 120, env.seed), one_behind)


SOURCES = """set -o pipefail
%s $BUILD_DIR/bin/scat -C st --sources 2 --sinks 2 --id a --epoch-records %d -q --final -i lines in.jsonl |
	%s $BUILD_DIR/bin/scat -q --id x -O raw -o x.out & first=$!
%s $BUILD_DIR/bin/scat -C st --sources 2 --sinks 2 --id b --epoch-records %d -q --final -i lines short |
	%s $BUILD_DIR/bin/scat -q --id y -O raw -o y.out
status=$?
wait $first || status=$?
exit $status"""


def given_up(line, p):
    """A source that dies before it takes part is waited for by the other one until it is run again, as one that was never started: that is
    ended here."""
    until = time.monotonic() + COMES
    while p.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    if p.poll() is None and b" come 2 " not in line.read("st/run"):
        os.killpg(p.pid, signal.SIGKILL)
    return line.wait([p])


def run_sources(env, line, who=None, prefix=""):
    if not os.path.exists(line.path("short")):
        with open(line.path("short"), "wb") as f:
            f.write(env.short)
    words = [prefix if i == who else "" for i in range(4)]
    n = env.records // 22
    p = line.spawn(["bash", "-c", SOURCES % (words[0], n, words[1], words[2], n, words[3])])
    t = line.wait([p]) if who is None else given_up(line, p)
    return None if t.hung else t.statuses[0]


def one_sources(env, line, point):
    who, call, n = point
    status = run_sources(env, line, who, " ".join("'%s'" % a for a in inject(call, n, "signal=KILL")))
    if status is None:
        return True, "it does not end"
    for _ in pipeline.restarts():
        last = run_sources(env, line)
        if last is None:
            return True, "restarted, it does not end"
        if last == 0:
            break
    got = {n: line.read(n) for n in ("x.out", "y.out")}
    return status != 0, compare(got, env.both) if last == 0 else "restarted: %d: %s" % (last, line.read("err").decode())


def twosources(env):
    with open(env.data, "rb") as f:
        whole = f.read()
    env.short = b"".join(whole.splitlines(True)[:env.records // 5])
    env.both = {"x.out": whole, "y.out": env.short}
    line = Line(env.top + "/sources", env.data, env.stages)
    status = run_sources(env, line)
    if status != 0 or compare({n: line.read(n) for n in env.both}, env.both):
        print("twosources: undisturbed: %s: %s" % (status, line.read("err").decode()))
        return True
    every = [(who, call, n) for who in range(4) for call in ("fsync", "renameat", "writev", "openat", "mkdirat", "flock", "fdatasync")
             for n in range(1, 2 + env.counts[3 if who % 2 else 0].get(call, 0))]
    return env.each("twosources", pipeline.sample(every, env.points or 400, env.seed), one_sources)
