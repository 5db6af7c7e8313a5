"""Signals and silence: processes driven step by step, each step waiting for what the one before it brings out.

signals.py stop|stage|usr1|killed|latency
"""
import os
import re
import signal
import subprocess
import sys

from weir import BIN, BROKEN, Checks

check = Checks()
running = []


def hung(*_):
    """Nothing here takes long; what hangs has missed something."""
    for p in running:
        p.kill()
    print("hangs:", [p.args for p in running if p.poll() is None])
    os._exit(1)


def start(stages):
    """Popen objects of a pipeline with a pipe at both ends, and one for each standard error."""
    procs, source = [], subprocess.PIPE
    for args in stages:
        p = subprocess.Popen([BIN + args[0]] + args[1:], stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if procs:
            procs[-1].stdout.close()
        procs.append(p)
        running.append(p)
        source = p.stdout
    return procs


def put(procs, text):
    procs[0].stdin.write(text.encode())
    procs[0].stdin.flush()


def get(procs):
    return procs[-1].stdout.readline().decode()


def finish(procs):
    """What still comes out, the statuses, and what was said."""
    rest = procs[-1].stdout.read().decode()
    err = [p.stderr.read().decode() for p in procs]
    statuses = [p.wait() for p in procs]
    running.clear()
    return rest, statuses, err


WINDOW = "1970-01-01T00:00:0"


def result(second, n):
    return f'{{"start":"{WINDOW}{second}Z","end":"{WINDOW}{second + 1}Z","count":{n}}}\n'


def stop():
    for sig in (signal.SIGTERM, signal.SIGINT):
        for args in (["-i", "json"], ["-i", "json", "-z", "1"]):
            p = start([["scat"] + args, ["swindow", "-w", "1s", "count"], ["scat", "-O", "json"]])
            put(p, '{"ts":1}\n{"ts":1}\n{"ts":2}\n')
            check.same(get(p), result(1, 2), "the first window")
            p[0].send_signal(sig)
            rest, statuses, err = finish(p)
            check.same((rest, statuses, err), (result(2, 1), [0, 0, 0], ["", "", ""]), sig)
            p[0].stdin.close()
        # At whatever moment it comes, also just before the source would wait.
        for i in range(30):
            p = start([["scat", "-i", "json", "-O", "json"]])
            put(p, '{"ts":1}\n')
            check.same(get(p), '{"ts":1}\n', "text to text")
            p[0].send_signal(sig)
            check.same(finish(p), ("", [0], [""]), sig, "text to text", i)
        # A line that has only begun when the signal comes is no record.
        p = start([["scat", "-i", "lines", "-O", "json"]])
        put(p, "whole\npart")
        check.same(get(p), '{"line":"whole"}\n')
        p[0].send_signal(sig)
        rest, statuses, _ = finish(p)
        check(statuses == [0] and rest in ("", '{"line":"part"}\n'), sig, rest, statuses)


def stage():
    for i in (1, 2, 3):
        p = start([["scat", "-i", "json"], ["scat", "-O", "frames"], ["swindow", "-w", "1s", "count"], ["scat", "-O", "json"]])
        put(p, '{"ts":1}\n{"ts":2}\n')
        check.same(get(p), result(1, 1), "the first window")
        p[i].send_signal(signal.SIGTERM)
        put(p, '{"ts":3}\n')
        check.same(get(p), result(2, 1), "the second window")
        p[0].stdin.close()
        check.same(finish(p), (result(3, 1), [0] * 4, [""] * 4), "stage", i)


def usr1():
    line = re.compile(r"(scat|swindow): (\d+) records in, (\d+) out, (\d+) bad, watermark (\S+), [\d.]+ s\n")
    p = start([["scat", "-i", "json", "-q"], ["swindow", "-w", "1s", "count"], ["scat", "-O", "json"]])
    put(p, '{"ts":1}\nx\n{"ts":1}\n{"ts":2}\n')
    check.same(get(p), result(1, 2), "the first window")
    wants = [("scat", "4", "3", "1"), ("swindow", "3", "1", "0"), ("scat", "1", "0", "0")]
    for q, want in zip(p, wants):
        q.send_signal(signal.SIGUSR1)
        said = q.stderr.readline().decode()
        m = line.fullmatch(said)
        if check(m, "the line of status", said):
            check.same(m.groups()[:4], want, said)
    put(p, '{"ts":3}\n')
    check.same(get(p), result(2, 1), "the second window")
    p[0].stdin.close()
    check.same(finish(p), (result(3, 1), [0] * 3, [""] * 3))


def killed():
    for i in (0, 1):
        p = start([["scat", "-i", "json"], ["scat", "-O", "frames"], ["swindow", "-w", "1s", "count"], ["scat", "-O", "json"]])
        put(p, '{"ts":1}\n{"ts":2}\n')
        check.same(get(p), result(1, 1), "the first window")
        p[i].kill()
        if i > 0:
            p[0].stdin.close()
        rest, statuses, err = finish(p)
        check.same((rest, statuses[i:]), ("", [-9] + [BROKEN] * (3 - i)), "killed", i, err)
        check("its producer died" in err[i + 1], err)


def latency():
    filt = ["sfilter", "."] if os.access(BIN + "sfilter", os.X_OK) else ["scat", "-O", "frames"]
    for extra in ([], ["-z", "3"]):
        p = start([["scat", "-i", "json"] + extra, filt, ["scat", "-O", "json"]])
        for i in range(500):
            line = f'{{"ts":{i},"n":{i}}}\n'
            put(p, line)
            check.same(get(p), line, "record", i)
        p[0].stdin.close()
        check.same(finish(p), ("", [0] * 3, [""] * 3), "latency")
    # Watermarks come through a trickle too: a window is seen as soon as a record closes it.
    p = start([["scat", "-i", "json", "-d", "1s"], filt, ["swindow", "-w", "1s", "count"], ["scat", "-O", "json"]])
    put(p, '{"ts":0}\n')
    for i in range(1, 9):
        put(p, f'{{"ts":{i}}}\n')
        if i > 1:
            check.same(get(p), result(i - 2, 1), "window", i)
    p[0].stdin.close()
    check.same(finish(p), (result(7, 1) + result(8, 1), [0] * 4, [""] * 4), "windows")
    # Text that dribbles in byte by byte is a record once its newline is there.
    for fmt, line, want in (("json", '{"n":1}\n', '{"n":1}\n'), ("lines", "ab\n", '{"line":"ab"}\n')):
        p = start([["scat", "-i", fmt, "-O", "json"]])
        for _ in range(5):
            for c in line:
                put(p, c)
            check.same(get(p), want, fmt)
        p[0].stdin.close()
        check.same(finish(p), ("", [0], [""]), fmt)


if __name__ == "__main__":
    signal.signal(signal.SIGALRM, hung)
    signal.alarm(600)
    {"stop": stop, "stage": stage, "usr1": usr1, "killed": killed, "latency": latency}[sys.argv[1]]()
    check.done(4)
