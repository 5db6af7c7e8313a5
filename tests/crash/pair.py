"""Two sources of different length into one stage (tests/lib/pair.c), on one checkpoint, under the kills of kill.py.

    pair <(scat -C st --sources 2 --id a ... a.jsonl) <(scat -C st --sources 2 --id b ... b.jsonl) | scat -o out.jsonl

Both sources end for good, the shorter one long before the other. pair: one death, half of the restarts without waiting for what
is left; pairagain: a second death among the first calls of the restarted line.
"""
import copy
import os
import subprocess

import kill
import pipeline
from pipeline import BIN, Line

TOOLS = {"pair": os.environ["BUILD_DIR"] + "/tests/pair"}


class PairLine(Line):
    """stages: the two sources, the stage with two inputs, the sink."""

    def __init__(self, where, data, stages):
        super().__init__(where, None, stages)
        for name in ("a.jsonl", "b.jsonl"):
            os.link(data + name, where + "/" + name)

    def start(self, prefixes=None, env=None, stages=None):
        e = dict(os.environ, **(env or {}))
        procs, ends = [], []

        def spawn(i, args, **more):
            # Nobody holds a neighbour's pipe: what is here of it is closed as soon as it has an owner.
            prefix = list((prefixes or {}).get(i, []))
            procs.append(subprocess.Popen(prefix + [TOOLS.get(args[0], BIN + args[0])] + args[1:], cwd=self.where, env=e,
                                          stderr=err, start_new_session=True, **more))

        stages = stages or self.stages
        with open(self.path("err"), "wb") as err:
            for i in (0, 1):
                spawn(i, stages[i], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
                ends.append(procs[i].stdout.fileno())
            spawn(2, stages[2] + ["/dev/fd/%d" % fd for fd in ends], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                  pass_fds=ends)
            spawn(3, stages[3], stdin=procs[2].stdout, stdout=subprocess.DEVNULL)
        for p in procs[:3]:
            p.stdout.close()
        return procs

    def outputs(self):
        return {"out.jsonl": self.read("out.jsonl")}


def source(name, *checkpoint):
    return ["scat", *checkpoint, "-q", "-t", ".ts", "-d", "2s", "--id", name, name + ".jsonl"]


def lines(checkpoint):
    return [source("a", *checkpoint), source("b", *checkpoint), ["pair", "-q"], ["scat", "-q", "-o", "out.jsonl"]]


def prepare(env):
    """The campaign's own env: its input, what comes of it undisturbed, and the calls that each process makes."""
    own = copy.copy(env)
    own.line, own.data = PairLine, env.top + "/pair."
    pipeline.generate(own.data + "a.jsonl", env.records // 2)
    pipeline.generate(own.data + "b.jsonl", env.records // 6, start=env.records // 20)
    own.stages = lines(["-C", "st", "--sources", "2", "--final", "--epoch-records", str(env.records // 44)])
    plain = PairLine(own.top + "/pair.plain", own.data, lines([]))
    t = plain.try_()
    if not t.ok():
        raise SystemExit("two sources without a checkpoint: %s\n%s" % (t.statuses, t.err))
    own.want = plain.outputs()
    if own.want["out.jsonl"].count(b"\n") != env.records // 2 + env.records // 6:
        raise SystemExit("two sources: records are missing")
    wrong = PairLine(own.top + "/pair.calm", own.data, own.stages).finish(own.want)
    if wrong:
        raise SystemExit("two sources, undisturbed: " + wrong)
    own.counts = pipeline.calls(PairLine(own.top + "/pair.count", own.data, own.stages))
    return own


def pair(env):
    own = prepare(env)
    # A source that waits for the others looks and sleeps as often as it takes.
    points = [p for p in pipeline.points(own.counts) if p[1] not in ("ppoll", "newfstatat", "fcntl") or p[2] < 60]
    chosen = pipeline.sample(points, env.points, env.seed)
    return own.each("pair", list(enumerate(chosen)), kill.one_kill)


def again(env):
    own = prepare(env)
    own.points = env.points or 300
    # What is made once an epoch comes as often in every run.
    return kill.recover(own, {"fsync", "renameat"}, {"ppoll", "poll", "newfstatat", "fcntl", "faccessat2", "getdents64", "clock_gettime"})
