"""Two sources, sjoin and a sink, each killed on entry to system calls; then again until it ends.

    scat a.jsonl | (left)
                  > sjoin | scat -o out.jsonl
    scat b.jsonl | (right)

join: the kinds of join in turn; of --table one source. Its late records are compared as well.
"""
import os
import random
import shutil
import subprocess

import pipeline
from pipeline import BIN, Line, compare, inject

KINDS = ["-w 1s --type full", "--before 3s --after 0 --type left", "--asof --type left", "--tumbling 5s --type full",
         "-w 2s --type anti", "-w 2s --type semi --nest", "--table table.csv --type left"]
LEFT, RIGHT, JOIN, SINK = range(4)


class Joined(Line):
    """A line with two sources: pipes that nobody else holds an end of, so that each death is seen by both neighbours."""

    def __init__(self, env, where, options, checkpoint=True):
        super().__init__(where, None, [])
        for name in ("a.jsonl", "b.jsonl", "table.csv"):
            os.link(f"{env.top}/{name}", self.path(name))
        self.one = "--table" in options
        self.options = options.split()
        self.check = ["-C", "st", "--sources", "1" if self.one else "2", "--epoch-records", str(env.records // 22), "--final"]
        if not checkpoint:
            self.check = []

    def start(self, prefixes=None, env=None, stages=None):
        prefix = prefixes or {}
        pipes = [os.pipe() for _ in range(3)]
        (left, right, out) = [r for r, _ in pipes]
        read = ["-q", "-t", ".ts", "-d", "2s"]
        commands = [(LEFT, ["scat", *self.check, *read, "--id", "left", "a.jsonl"], None, pipes[0][1], ()),
                    (RIGHT, ["scat", *self.check, *read, "--id", "right", "b.jsonl"], None, pipes[1][1], ()),
                    (JOIN, ["sjoin", "-q", "-k", ".k", *self.options], left if self.one else None, pipes[2][1],
                     () if self.one else (left, right)),
                    (SINK, ["scat", "-q", "-o", "out.jsonl"], out, None, ())]
        if not self.one:
            commands[JOIN][1].extend(["--late", "late", f"/dev/fd/{left}", f"/dev/fd/{right}"])
        procs = []
        with open(self.path("err"), "wb") as err:
            for who, args, reads, writes, more in commands:
                if who == RIGHT and self.one:
                    continue
                procs.append(subprocess.Popen([*prefix.get(who, []), BIN + args[0], *args[1:]], cwd=self.where, stderr=err,
                                              stdin=subprocess.DEVNULL if reads is None else reads, pass_fds=more,
                                              stdout=subprocess.DEVNULL if writes is None else writes, start_new_session=True))
        for ends in pipes:
            for fd in ends:
                os.close(fd)
        return procs

    def outputs(self):
        got = {"out.jsonl": self.read("out.jsonl")}
        return got if self.one else dict(got, late=self.late())


def make(env):
    """The two inputs and the table."""
    r = random.Random(env.seed)
    for name, field, count in (("a", "n", env.records), ("b", "m", env.records * 3 // 4)):
        with open(f"{env.top}/{name}.jsonl", "w", encoding="ascii") as f:
            for i in range(count):
                # The right one's times go on as far, and some are far too late.
                ms = 1700000000000 + 10 * i * env.records // count - (r.randrange(2000) if i % 10 == 9 else 9000 if i % 499 == 498 else 0)
                f.write('{"ts":%d.%03d,"k":%s,"%s":%d}\n' % (ms // 1000, ms % 1000, "null" if i % 50 == 7 else '"k%d"' % r.randrange(200), field, i))
    with open(env.top + "/table.csv", "w", encoding="ascii") as f:
        f.write("k,dc\n" + "".join(f"k{i},dc{i % 7}\n" for i in range(0, 200, 2)))


def plain(env, options):
    """What comes out without a checkpoint; and the calls of each process with one."""
    line = Joined(env, env.top + "/join.plain", options, checkpoint=False)
    t = line.try_()
    if not t.ok():
        raise SystemExit(f"sjoin {options}: {t.statuses}: {t.err}")
    want = line.outputs()
    if want["out.jsonl"].count(b"\n") < 20 or (not line.one and want["late"].count(b"\n") < 5):
        raise SystemExit(f"sjoin {options}: hardly any output")
    line = Joined(env, env.top + "/join.counts", options)
    t = line.try_({i: ["strace", "-f", "-qq", "-c", "-o", line.path(f"calls.{i}")] for i in range(4)})
    wrong = compare(line.outputs(), want) if t.ok() else f"{t.statuses}: {t.err}"
    if wrong:
        raise SystemExit(f"sjoin {options}: with a checkpoint, undisturbed: {wrong}")
    counts = []
    for i in range(4):
        rows = [row.split() for row in line.read(f"calls.{i}").decode().splitlines()]
        counts.append({r[-1]: int(r[3]) for r in rows if len(r) in (5, 6) and r[3].isdigit() and r[-1] not in pipeline.NOT_OURS | {"total"}})
    return want, counts


def one(env, line, point):
    kind, (who, call, n) = point
    want = env.joins[kind][0]
    here = Joined(env, line.where + ".join", KINDS[kind])
    t = here.try_({who: inject(call, n, "signal=KILL")})
    reached = any(t.statuses)
    if t.hung:
        return True, "it does not end"
    wrong = here.look(want) or here.finish(want)
    if not wrong:
        shutil.rmtree(here.where)
    return reached, wrong


def join(env):
    make(env)
    env.joins = [plain(env, options) for options in KINDS]
    number = env.points or 2100
    chosen = []
    for kind, (_, counts) in enumerate(env.joins):
        every = pipeline.points(counts)
        chosen += [(kind, p) for p in pipeline.sample(every, number // len(KINDS), env.seed + kind)]
    return env.each("join", chosen, one)
