"""swindow of every kind in the usual line, killed at system calls of any stage, most of them its own, and restarted with another seed of
hashes.

Every kind has what the others lack in its state: slices, sessions that grow together, counts, revisions and what was said last,
a calendar, keys that are kept by rank, sketches, exact values, what is on disk.
"""
import concurrent.futures
import os
import subprocess

import pipeline
from pipeline import Line, inject

LATE = ["--late", "late"]
AGGREGATES = ["count", "s=sum:.n"]
MANY = ["count", "rate", "sum:.n", "avg:.n", "var:.n", "stddev:.n", "min:.n", "max:.k", "first:.n", "last:.n", "argmax:.n:.ts", "argmin:.n:.k",
        "delta:.n", "ewma:.n:3s", "corr:.n:.ts", "median:.n", "p99:.n", "distinct:.n", "top3:.k", "list:.n:20", "set:.n:20", "hist:.n",
        "odd=count?.n % 2 == 1"]
KEY = ["-k", ".k"]
SPILL = ["--spill", "store"] + KEY + ["-k", "c=.n % 100"]

# As slow that a window of a day is one of 36 records, over a change of the clock.
DAYS = 240000

KINDS = {
    "tumbling": ["-w", "10s", "--lateness", "5s"] + LATE + KEY + AGGREGATES,
    "hopping": ["-w", "10s", "--slide", "2s"] + LATE + KEY + AGGREGATES,
    "hopping, corrected": ["-w", "10s", "--slide", "3s", "--lateness", "1s", "--emit", "2s"] + LATE + KEY + AGGREGATES,
    "cumulating": ["-w", "12s", "--step", "3s"] + LATE + KEY + AGGREGATES,
    "session": ["--session", "300ms"] + LATE + KEY + AGGREGATES,
    "session, corrected": ["--session", "300ms", "--lateness", "2s", "--emit", "update"] + LATE + KEY + AGGREGATES,
    "count": ["--count", "7"] + KEY + AGGREGATES,
    "count, sliding": ["--count", "7", "--slide", "3", "--emit", "update"] + KEY + AGGREGATES,
    "all": ["--all"] + KEY + MANY,
    "all, early": ["--all", "--emit", "10s"] + KEY + AGGREGATES,
    "calendar": ["-w", "1d", "--tz", "Europe/Berlin"] + LATE + KEY + AGGREGATES,
    "updates": ["-w", "10s", "--emit", "update"] + LATE + KEY + AGGREGATES,
    "early": ["-w", "20s", "--emit", "10s"] + LATE + KEY + AGGREGATES,
    "top": ["-w", "5s", "--top", "3:s"] + LATE + KEY + AGGREGATES,
    "exact": ["-w", "10s", "--exact"] + LATE + KEY + MANY,
    "sketches": ["-w", "10s", "--slide", "5s"] + LATE + KEY + MANY,
    "spilled": ["-w", "10s", "--slide", "2s"] + LATE + SPILL + AGGREGATES,
    "spilled, sessions": ["--session", "300ms", "--lateness", "2s", "--emit", "2s"] + LATE + SPILL + AGGREGATES,
    "spilled, count": ["--count", "7", "--slide", "3"] + SPILL + AGGREGATES,
    "spilled, all": ["--all", "--emit", "10s"] + SPILL + AGGREGATES,
    "spilled, corrected": ["-w", "10s", "--slide", "3s", "--lateness", "1s", "--emit", "2s"] + LATE + SPILL + AGGREGATES,
}


def stages_of(env, kind):
    source = pipeline.source(env.records // 22, "--final")
    if kind == "calendar":
        source[source.index("2s")] = "%ds" % (2 * DAYS)
    return [source, pipeline.FILTER, ["swindow", "-q"] + KINDS[kind], pipeline.SINK]


class Kind:
    """Its line and input, what comes of it, and where it may die."""

    def __init__(self, env, name):
        where = "%s/window-%s" % (env.top, name.replace(", ", "-"))
        self.name, self.stages = name, stages_of(env, name)
        self.env = {"WEIR_SPILL_EVERY": "50"} if name.startswith("spilled") else {}
        self.data = env.days if name == "calendar" else env.data
        self.want = pipeline.undisturbed(where, self.data, self.stages, 10)
        counts = pipeline.calls(Line(where, self.data, self.stages), self.env)
        points = pipeline.points(counts)
        number = max(4, (env.points or 2000) // len(KINDS))
        own, others = [p for p in points if p[0] == 2], [p for p in points if p[0] != 2]
        self.points = [(self, p) for p in pipeline.sample(own, number * 3 // 4, env.seed) + pipeline.sample(others, number // 4, env.seed)]

    def __repr__(self):
        return self.name


def one_window(_, line, point):
    kind, (stage, call, n) = point
    line = Line(line.where, kind.data, kind.stages)
    t = line.try_({stage: inject(call, n, "signal=KILL")}, env=kind.env)
    wrong = "it does not end" if t.hung else line.look(kind.want)
    strange = set(t.statuses) - pipeline.STATUSES_OF_DEATH
    if strange:
        wrong = wrong or "statuses %s: %s" % (t.statuses, t.err)
    wrong = wrong or line.finish(kind.want, env=dict(kind.env, WEIR_HASH_SEED=str(n)))
    if not wrong and os.path.isdir(line.path("store")) and os.listdir(line.path("store")):
        wrong = "left on disk: %s" % os.listdir(line.path("store"))
    return t.statuses[stage] == -9, wrong


def spills(env):
    """Built with RocksDB."""
    p = subprocess.run([pipeline.BIN + "swindow", "-w", "1s", "--spill", env.top + "/probe", "count"], stdin=subprocess.DEVNULL,
                       capture_output=True, check=False)
    return b"RocksDB" not in p.stderr


def windows(env):
    env.days = env.top + "/days.jsonl"
    pipeline.generate(env.days, env.records, stretch=DAYS)
    with concurrent.futures.ThreadPoolExecutor(env.jobs) as pool:
        kinds = list(pool.map(lambda name: Kind(env, name), [k for k in KINDS if not k.startswith("spilled") or spills(env)]))
    return env.each("windows", [p for k in kinds for p in k.points], one_window)
