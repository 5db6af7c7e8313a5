"""Two sources, sjoin and a sink, each killed on entry to system calls; then again until it ends.

    scat a.jsonl | (left)
                  > sjoin | scat -o out.jsonl
    scat b.jsonl | (right)

join: the kinds of join in turn; of --table one source. Its late records are compared as well. With --spill what is kept goes to disk every
so many records, and what comes out is that without it.

diamond: one source through tee into a branch that is filtered and one that is not, joined again, on frames of any size.

    scat in.jsonl | tee > (left)
                  | sfilter > (right)
                                     > sjoin | scat -o out.jsonl
"""
import os
import random
import shutil
import subprocess

import pipeline
from pipeline import BIN, Line, compare, inject

KINDS = ["-w 1s --type full", "--before 3s --after 0 --type left", "--asof --type left", "--tumbling 5s --type full",
         "-w 2s --type anti", "-w 2s --type semi --nest", "--table table.csv --type left", "-w 1s --type right",
         "--table table.csv --type left --reload", "-w 2s --type full --spill store", "--asof --tolerance 5s --spill store",
         "--table table.csv --spill store --max-memory 2KiB"]
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
                procs.append(subprocess.Popen([*prefix.get(who, []), BIN + args[0], *args[1:]], cwd=self.where, stderr=err, env=dict(os.environ, WEIR_SPILL_EVERY="150"),
                                              stdin=subprocess.DEVNULL if reads is None else reads, pass_fds=more,
                                              stdout=subprocess.DEVNULL if writes is None else writes, start_new_session=True))
        for ends in pipes:
            for fd in ends:
                os.close(fd)
        return procs

    def outputs(self):
        got = {"out.jsonl": self.read("out.jsonl")}
        return got if self.one else dict(got, late=self.late())


SIZES = ["1", "300", "65536"]
DIAMONDS = [(size, options) for size in SIZES for options in ("-w 500ms --type left", "-w 2s --max-memory 64KiB --spill store")]


class Diamond(Joined):
    """One source, tee, sfilter, sjoin, and a sink."""

    def __init__(self, env, where, kind, checkpoint=True):
        Line.__init__(self, where, env.data, [])
        self.one = False
        self.size, options = kind
        self.options = options.split()
        self.check = ["-C", "st", "--epoch-records", str(env.records // 22), "--final"] if checkpoint else []

    def start(self, prefixes=None, env=None, stages=None):
        prefix = prefixes or {}
        # From the source, from tee on both sides, from the filter, from the join: (read, write).
        source, left, branch, right, out = [os.pipe() for _ in range(5)]
        commands = [(["scat", *self.check, "-q", "-t", ".ts", "-d", "2s", "in.jsonl"], None, source[1], ()),
                    (["tee", f"/dev/fd/{left[1]}"], source[0], branch[1], (left[1],)),
                    (["sfilter", ".n % 3 == 0"], branch[0], right[1], ()),
                    (["sjoin", "-q", "-k", ".k", *self.options, "--late", "late", f"/dev/fd/{left[0]}", f"/dev/fd/{right[0]}"], None, out[1],
                     (left[0], right[0])),
                    (["scat", "-q", "-o", "out.jsonl"], out[0], None, ())]
        procs = []
        with open(self.path("err"), "wb") as err:
            for i, (args, reads, writes, more) in enumerate(commands):
                program = args[0] if args[0] == "tee" else BIN + args[0]
                procs.append(subprocess.Popen([*prefix.get(i, []), program, *args[1:]], cwd=self.where, stderr=err, pass_fds=more,
                                              env=dict(os.environ, WEIR_SPILL_EVERY="150", WEIR_FRAME_SIZE=self.size),
                                              stdin=subprocess.DEVNULL if reads is None else reads,
                                              stdout=subprocess.DEVNULL if writes is None else writes, start_new_session=True))
        for ends in (source, left, branch, right, out):
            for fd in ends:
                os.close(fd)
        return procs


def plain_diamond(env, kind):
    line = Diamond(env, env.top + "/diamond.plain", (kind[0], kind[1].split(" --max-memory")[0]), checkpoint=False)
    t = line.try_()
    want = line.outputs()
    if not t.ok() or want["out.jsonl"].count(b"\n") < env.records // 2:
        raise SystemExit(f"diamond {kind}: {t.statuses}: {t.err}")
    line = Diamond(env, env.top + "/diamond.counts", kind)
    t = line.try_({i: ["strace", "-f", "-qq", "-c", "-o", line.path(f"calls.{i}")] for i in range(5)})
    wrong = compare(line.outputs(), want) if t.ok() else f"{t.statuses}: {t.err}"
    if wrong:
        raise SystemExit(f"diamond {kind}: with a checkpoint, undisturbed: {wrong}")
    return want, [counted(line, i) for i in range(5)]


def one_diamond(env, line, point):
    kind, (who, call, n) = point
    return struck(Diamond(env, line.where + ".diamond", DIAMONDS[kind]), env.diamonds[kind][0], who, inject(call, n, "signal=KILL"))


def diamond(env):
    env.diamonds = [plain_diamond(env, kind) for kind in DIAMONDS]
    chosen = []
    for kind, (_, counts) in enumerate(env.diamonds):
        every = pipeline.points(counts)
        chosen += [(kind, p) for p in pipeline.sample(every, max(1, (env.points or 600) // len(DIAMONDS)), env.seed + kind)]
    return env.each("diamond", chosen, one_diamond)


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


def counted(line, i):
    """The calls of a process, as strace -c counted them."""
    rows = [row.split() for row in line.read(f"calls.{i}").decode().splitlines()]
    return {r[-1]: int(r[3]) for r in rows if len(r) in (5, 6) and r[3].isdigit() and r[-1] not in pipeline.NOT_OURS | {"total"}}


def struck(here, want, who, prefix):
    """A try in which one process is disturbed, and what comes of it: as Env.each wants it."""
    t = here.try_({who: prefix})
    reached = any(t.statuses)
    if t.hung:
        return True, "it does not end"
    wrong = here.look(want) or here.finish(want)
    if not wrong:
        shutil.rmtree(here.where)
    return reached, wrong


def plain(env, options):
    """What comes out without a checkpoint; and the calls of each process with one."""
    line = Joined(env, env.top + "/join.plain", options.split(" --spill")[0], checkpoint=False)
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
    return want, [counted(line, i) for i in range(4)]


def one(env, line, point):
    kind, (who, call, n) = point
    return struck(Joined(env, line.where + ".join", KINDS[kind]), env.joins[kind][0], who, inject(call, n, "signal=KILL"))


def join(env):
    make(env)
    env.joins = [plain(env, options) for options in KINDS]
    number = env.points or 2100
    chosen = []
    for kind, (_, counts) in enumerate(env.joins):
        every = pipeline.points(counts)
        chosen += [(kind, p) for p in pipeline.sample(every, number // len(KINDS), env.seed + kind)]
    return env.each("join", chosen, one)
