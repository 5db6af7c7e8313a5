"""A pipeline with a checkpoint, in five runs over a growing file, some of them killed: equal to one run.

restart_windows.py KIND CASES [SEED]   with the kinds and the cases of model_windows.py
"""
import json
import os
import random
import shutil
import signal
import subprocess
import sys

from model_windows import command, duration, make_case, make_records
from weir import BIN, Checks

BARRIER = 200                # bytes and more, with what three stages say in it


def pass_on(window, sink, kill):
    """What swindow writes goes to the sink: the first so many bytes of it. Then it is killed, wherever it is by then."""
    while kill > 0 and (b := os.read(window.stdout.fileno(), kill)):
        sink.stdin.write(b)
        sink.stdin.flush()
        kill -= len(b)
    window.send_signal(signal.SIGKILL)
    window.wait()
    window.stdout.close()
    sink.stdin.close()


def run(case, path, out, late, checkpoint=(), kill=None):
    """The statuses. kill: swindow is killed when so many bytes of it have been passed on. Its sink gets no more, so that the line can't
    have come to its end by then if there are more."""
    window = [late if a == "late.weir" else a for a in command(case)]
    stages = [["scat", "-i", "json", "-t", ".t", "--time-format", "s", "-q", "-d", duration(case["delay"]), *checkpoint, path],
              ["sfilter", ".keep"], window, ["scat", "-O", "json", "-o", out]]
    procs, source = [], None
    for args in stages:
        last = args is stages[-1]
        p = subprocess.Popen([BIN + args[0]] + args[1:], stdin=subprocess.PIPE if last and kill is not None else source,
                             stdout=None if last else subprocess.PIPE, stderr=None if kill is None else subprocess.DEVNULL)
        if source is not None and not (last and kill is not None):
            source.close()
        procs.append(p)
        source = p.stdout
    if kill is not None:
        pass_on(procs[2], procs[3], kill)
    return [p.wait() for p in procs]


def read(path):
    if not os.path.exists(path):
        return None
    p = subprocess.run([BIN + "scat", "-O", "json", path] if path.startswith("late") else ["cat", path], stdout=subprocess.PIPE)
    return p.stdout


def main(kind, cases, seed):
    check = Checks()
    killed = lines_seen = 0
    for i in range(cases):
        rng = random.Random(f"restart {kind} {seed} {i}")
        case = make_case(rng, kind)
        lines = [json.dumps({"t": t, "k": key, "n": float(n) if n else None, "keep": keep, "i": j}) + "\n"
                 for j, (t, key, n, keep) in enumerate(make_records(rng, case, rng.choice([50, 200, 1000])))]
        what = f"{kind} case {i} (seed {seed}): -d {duration(case['delay'])} {' '.join(command(case))}\n"
        for name in ("ck", "out-1", "out-5", "late-1", "late-5"):
            shutil.rmtree(name) if os.path.isdir(name) else os.path.exists(name) and os.remove(name)
        with open("all", "w") as f:
            f.write("".join(lines))
        check.same(run(case, "all", "out-1", "late-1"), [0] * 4, what)
        cuts = sorted(rng.randrange(len(lines) + 1) for _ in range(4)) + [len(lines)]
        for j, (before, cut) in enumerate(zip([0] + cuts, cuts)):
            with open("part", "w") as f:
                f.write("".join(lines[:cut]))
            last = j == len(cuts) - 1
            epoch = rng.choice([1, 7, 50])
            checkpoint = ["-C", "ck", "--epoch-records", str(epoch)] + (["--final"] if last else [])
            if rng.random() < 0.3:
                # Each epoch's barrier takes some.
                kill = int(rng.random() * BARRIER * ((cut - before) // epoch + 1))
                statuses = run(case, "part", "out-5", "late-5", checkpoint, kill)
                killed += statuses[2] < 0
            check.same(run(case, "part", "out-5", "late-5", checkpoint), [0] * 4, what, f"run {j}")
        check.same(read("out-5"), read("out-1"), what)
        check.same(read("late-5") or b"", read("late-1") or b"", what, "late")
        lines_seen += len(read("out-1").splitlines())
    print(f"{kind}: {cases} cases, {lines_seen} results, {killed} runs killed")
    check(killed > 0, "no run was killed")
    check.done(cases * 8)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
