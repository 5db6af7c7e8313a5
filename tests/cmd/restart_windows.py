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
import time

from model_windows import command, duration, make_case, make_records
from weir import BIN, Checks


def run(case, path, out, late, checkpoint=(), kill=None):
    """The statuses. kill: swindow is killed after so many seconds."""
    window = [late if a == "late.weir" else a for a in command(case)]
    stages = [["scat", "-i", "json", "-t", ".t", "--time-format", "s", "-q", "-d", duration(case["delay"]), *checkpoint, path],
              ["sfilter", ".keep"], window, ["scat", "-O", "json", "-o", out]]
    procs, source = [], None
    for args in stages:
        p = subprocess.Popen([BIN + args[0]] + args[1:], stdin=source, stdout=subprocess.PIPE if args is not stages[-1] else None,
                             stderr=subprocess.DEVNULL if kill else None)
        if source is not None:
            source.close()
        procs.append(p)
        source = p.stdout
    if kill is not None:
        time.sleep(kill)
        procs[2].send_signal(signal.SIGKILL)
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
        began = time.monotonic()
        check.same(run(case, "all", "out-1", "late-1"), [0] * 4, what)
        took = time.monotonic() - began
        cuts = sorted(rng.randrange(len(lines) + 1) for _ in range(4)) + [len(lines)]
        for j, cut in enumerate(cuts):
            with open("part", "w") as f:
                f.write("".join(lines[:cut]))
            last = j == len(cuts) - 1
            checkpoint = ["-C", "ck", "--epoch-records", str(rng.choice([1, 7, 50]))] + (["--final"] if last else [])
            if rng.random() < 0.3:
                statuses = run(case, "part", "out-5", "late-5", checkpoint, rng.random() * 0.8 * took)
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
