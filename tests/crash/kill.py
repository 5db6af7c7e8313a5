"""Kill at every system call: each stage in turn, on entry to the n-th call of each kind; then again until it ends.

kill: one death. recover: a death somewhere, then another one among the first calls of a restarted stage, where it
finds out what is there. Half of the restarts don't wait for the rest of the killed line, as a supervisor would not.
"""
import random

import pipeline
from pipeline import Line, inject


def die(line, point, want, wait=True):
    """One killed run. (whether the point was reached, what is wrong or None, processes not waited for)"""
    stage, call, n = point
    procs = line.start({stage: inject(call, n, "signal=KILL")})
    if not wait:
        procs[stage].wait(pipeline.HANG)
        return procs[stage].returncode == -9, None, procs
    t = line.wait(procs)
    if t.hung:
        return True, "it does not end", None
    strange = set(t.statuses) - pipeline.STATUSES_OF_DEATH
    if strange:
        return True, "statuses %s: %s" % (t.statuses, t.err), None
    return t.statuses[stage] == -9, line.look(want), None


def one_kill(env, line, point):
    number, stages = point
    reached, wrong, left = die(line, stages, env.want, wait=number % 2 == 0)
    if wrong:
        return reached, wrong
    wrong = line.finish(env.want)
    if left is not None and line.wait(left).hung:
        wrong = wrong or "what was left of the killed line does not end"
    return reached, wrong


def kill(env):
    chosen = pipeline.sample(pipeline.points(env.counts), env.points, env.seed)
    return env.each("kill", list(enumerate(chosen)), one_kill)


def one_recovery(env, line, pair):
    first, second = pair
    reached, wrong, _ = die(line, first, env.want)
    if not wrong and reached:
        reached, wrong, _ = die(line, second, env.want)
    return reached, wrong or line.finish(env.want)


def recover(env, firsts=("fsync", "writev", "renameat", "close", "read"), without=()):
    """without: calls of the second death that a process makes as often as it happens to wait."""
    r = random.Random(env.seed)
    number = env.points or 400

    def through(p):
        """How much of the run, by its process' calls of that kind, is over at the point."""
        return p[2] / env.counts[p[0]][p[1]]
    # The first death is in the middle, so that there is something to go back to, and so early that what is left makes the calls
    # up to the second one's.
    writes = [p for p in pipeline.points(env.counts, firsts) if 0.25 < through(p) < 0.75]
    seconds = pipeline.sample([p for p in pipeline.points(env.counts, first=20) if p[1] not in without], number, env.seed)
    early = min(map(through, writes)) + 0.1
    return env.each("recover", [(r.choice([w for w in writes if through(w) < max(0.8 - through(s), early)]), s) for s in seconds],
                    one_recovery)
