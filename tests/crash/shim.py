"""Short reads and writes, interrupted calls, and no memory, by shim.c in front of the C library.

short, eintr: under the shim in all stages the output is the same. malloc: the n-th allocation of a stage fails; it ends with
status 71 and a message (or 74, if it was one of the C library's own, with the reason "Cannot allocate memory"), and the
line, run again, writes what an undisturbed one does.
"""
import os
import re
import subprocess

import pipeline
from pipeline import Line


def build(env):
    return build_in(env.top)


def build_in(top):
    so = top + "/shim.so"
    if not os.path.exists(so):
        here = os.path.dirname(os.path.abspath(__file__))
        subprocess.run([os.environ.get("CC", "cc"), "-O1", "-shared", "-fPIC", "-o", so, here + "/shim.c", "-ldl"], check=True)
    return so


def under(so, what, at=0):
    """The prefix of a stage."""
    return ["env", "LD_PRELOAD=" + so, "SHIM=" + what, "SHIM_AT=%d" % at]


def allocations(env, so):
    """How many each stage makes."""
    found = []
    for i in range(len(env.stages)):
        t = Line(env.top + "/allocations", env.data, env.stages).try_({i: under(so, "count")})
        if not t.ok():
            raise SystemExit("counting: %s\n%s" % (t.statuses, t.err))
        found.append(max(int(n) for n in re.findall(r"(\d+) allocations", t.err)))
    return found


def one_size(env, line, point):
    what, seed = point
    t = line.try_({i: under(env.shim, what, seed) for i in range(len(line.stages))})
    if t.hung or not t.ok():
        return True, "does not end" if t.hung else "%s: %s" % (t.statuses, t.err)
    return True, pipeline.compare(line.outputs(), env.want)


def one_malloc(env, line, point):
    stage, n = point
    t = line.try_({stage: under(env.shim, "malloc", n)})
    if t.hung:
        return True, "it does not end"
    status = t.statuses[stage]
    wrong = line.look(env.want)
    if status == 0 or status == -13:
        reached = False
    else:
        reached = True
        if status != 71 and not (status == 74 and "Cannot allocate memory" in t.err):
            wrong = wrong or "status %d: %s" % (status, t.err)
        if not t.err:
            wrong = wrong or "status %d without a word" % status
    return reached, wrong or line.finish(env.want)


def shim(env):
    env.shim = build(env)
    failed = env.each("short and interrupted", [(w, s) for w in ("short", "eintr") for s in range(1, 6)], one_size)
    counts = allocations(env, env.shim)
    every = [(stage, n) for stage, count in enumerate(counts) for n in range(1, count)]
    return env.each("malloc", pipeline.sample(every, env.points or 600, env.seed), one_malloc) or failed
