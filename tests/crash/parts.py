"""Four consumers over the eight partitions of a log, each with a checkpoint, killed at any calls and started again.

logparts   together their outputs are what a single reader of the whole log has; and so is the log, though its writer was killed, too
"""
import random

import pipeline
from log import SMALL, good_lines, played
from pipeline import Line, inject

PARTS = ["0,1", "2,3", "4,5", "6,7"]
CALLS = ["fsync", "writev", "openat", "read", "close", "renameat", "ppoll", "pread64", "newfstatat"]


def writer(env):
    return [["scat", "-C", "w", "--epoch-records", str(env.records // 22), "-q", "-t", ".ts", "-d", "2s", "in.jsonl"],
            ["sreplay", "-q", "-a", "log", "--partitions", "8", "-k", ".n", "--segment-size", "64KiB"]]


def consumer(env, i):
    return [["sreplay", "-C", "st%d" % i, "--epoch-records", str(env.records // 40), "-q", "--partition", PARTS[i], "log"],
            ["scat", "-q", "-o", "out%d.jsonl" % i]]


def kill_some(line, r, stages, who, times):
    """Tries that end at a random call of one stage. What is wrong, or None."""
    killed = 0
    for _ in range(times):
        call, n = r.choice(CALLS), int(2 ** r.uniform(0, 7))
        t = line.try_({who: inject(call, n, "signal=KILL")}, SMALL, stages)
        if t.hung or set(t.statuses) - pipeline.STATUSES_OF_DEATH:
            return killed, "%s %d: %s %s" % (call, n, "it does not end" if t.hung else t.statuses, t.err)
        killed += t.statuses[who] == -9
    return killed, None


def one(env, line, seed):
    r = random.Random(seed)
    want = sorted(good_lines(env).splitlines())
    line = Line(line.where, env.data, writer(env))
    killed, wrong = kill_some(line, r, writer(env), 1, 2)
    if wrong:
        return True, "writer: " + wrong
    t = line.try_(None, SMALL, writer(env))
    if not t.ok() or sorted((played(line) or b"").splitlines()) != want:
        return True, "the log is not what was written: %s %s" % (t.statuses, t.err)
    got = []
    for i in r.sample(range(4), 4):
        k, wrong = kill_some(line, r, consumer(env, i), r.randrange(2), 3)
        killed += k
        t = line.try_(None, None, consumer(env, i))
        if wrong or not t.ok():
            return True, "consumer %d: %s" % (i, wrong or "%s %s" % (t.statuses, t.err))
    for i in range(4):
        got += line.read("out%d.jsonl" % i).splitlines()
    if sorted(got) != want:
        return True, "together they have %d records, not %d" % (len(got), len(want))
    return killed > 0, None


def logparts(env):
    return env.each("logparts", range(env.seed, env.seed + (env.points or 100)), one)
