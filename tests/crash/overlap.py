"""A line that is run again at once, while what is left of the killed one is slow: it may come to its hello, its files, its
commit only when the new line has them already.

overlap    one process of the old line is killed, another is held up for a while at one of its own calls (strace delays it), and
           the new line begins without waiting, one of its processes held up as well in half of the points. When all have ended, the files are
           those of an undisturbed run: so they must be though the slowest old process ended last.

The lines: side files at every stage, segments, packed ones, sdedup, a log at the end, in the middle and in partitions, two sinks behind a
tee, two sources with a sink each, sjoin of two sources.
"""
import os
import random
import signal
import subprocess
import time

import pipeline
from pipeline import BIN, Line, compare, inject

# What finds out whose the checkpoint is, and what touches a file; the loader's are among them, so that a process may come late as
# a whole.
CALLS = {"openat", "read", "flock", "fcntl", "pread64", "ftruncate", "fdatasync", "fsync", "renameat", "unlinkat", "mkdirat", "mkdir",
         "lseek", "writev", "write", "getdents64", "exit_group"}
DELAYS = [20, 80, 300]      # milliseconds; an undisturbed run takes some 300
ALONE = 3                   # seconds, a source waits for another one
BAD = ["sfilter", "-q", "--rejects", "bad", 'if .n % 100 == 7 then error("seven") else .n % 3 != 0 end']


class Net(Line):
    """stages: (arguments, numbers of the processes that it reads from). An input is the standard one unless an argument is "%0",
    "%1"; the second reader of a process is its argument ">1". files: what is compared, with how it is read."""

    files = {"out.jsonl": Line.read}

    def start(self, prefixes=None, env=None, stages=None):
        stages = stages or self.stages
        edges = {(p, i): os.pipe() for i, (_, reads) in enumerate(stages) for p in reads}
        procs = []
        with open(self.path("err"), "wb") as err:
            for i, (args, reads) in enumerate(stages):
                ins = [edges[p, i][0] for p in reads]
                outs = [ends[1] for (p, _), ends in edges.items() if p == i]
                names = {"%%%d" % k: fd for k, fd in enumerate(ins)}
                names.update({">%d" % k: fd for k, fd in enumerate(outs)})
                words = ["/dev/fd/%d" % names[a] if a in names else a for a in args[1:]]
                program = args[0] if args[0] == "tee" else BIN + args[0]
                stdin = ins[0] if ins and "%0" not in args else subprocess.DEVNULL
                procs.append(subprocess.Popen([*(prefixes or {}).get(i, []), program, *words], cwd=self.where, stderr=err,
                                              stdin=stdin, stdout=outs[0] if outs else subprocess.DEVNULL,
                                              pass_fds=[names[a] for a in args if a in names],
                                              env=dict(os.environ, **(env or {})), start_new_session=True))
        for ends in edges.values():
            for fd in ends:
                os.close(fd)
        return procs

    def outputs(self):
        return {name: how(self, name) for name, how in self.files.items()}

    def look(self, want):
        """What is left of the old line may be at work; its own uncommitted bytes are cut later."""
        return None


def late(line, _):
    return line.late()


def segments(line, name):
    where = line.path(name)
    names = sorted(n for n in os.listdir(where) if n[0] != ".") if os.path.isdir(where) else []
    data = b"".join(line.read(name + n) for n in names)
    return subprocess.run(["zstd", "-dcq"], input=data, capture_output=True, check=True).stdout if "zst" in name and data else data


def played(line, name):
    """The records of a log; those of a partition in their order, one partition behind the other."""
    p = subprocess.run([BIN + "sreplay", "-q", "--verify", name], cwd=line.where, capture_output=True, check=False)
    if p.returncode != 0:
        return b"verify: " + p.stderr
    p = subprocess.run([BIN + "sreplay", "-q", "--committed", name], cwd=line.where, capture_output=True, check=False)
    return subprocess.run([BIN + "scat", "-q", "-i", "frames", "-O", "json"], input=p.stdout, capture_output=True, check=False).stdout


def source(env, *more, name="in.jsonl"):
    return ["scat", "-C", "st", "--final", "--epoch-records", str(env.records // 8), "-q", "-t", ".ts", "-d", "2s", *more, name]


def chain(*stages):
    return [(args, [i - 1] if i > 0 else []) for i, args in enumerate(stages)]


def kinds(env):
    """Name, stages, files."""
    first = source(env, "--rejects", "rejects")
    text, log = {"out.jsonl": Line.read}, {"log": played}
    pair = ["--sources", "2", "--id"]
    join = ["sjoin", "-q", "-k", ".n", "-w", "1s", "--late", "late", "%0", "%1"]
    return {
        "side": (chain(first, BAD, pipeline.WINDOW, pipeline.SINK),
                 {"out.jsonl": Line.read, "rejects": Line.read, "bad": Line.read, "late": late}),
        "segments": (chain(first, pipeline.WINDOW, ["scat", "-q", "-o", "seg/"]), {"seg/": segments, "late": late}),
        "packed": (chain(first, ["scat", "-q", "-o", "packed.zst/"]), {"packed.zst/": segments, "rejects": Line.read}),
        "dedup": (chain(first, ["sdedup", "-q", "-k", ".k", "--within", "500ms", "--late", "late"], pipeline.SINK), dict(text, late=late)),
        "logend": (chain(first, ["sreplay", "-q", "-a", "log"]), log),
        "logmid": (chain(first, ["sreplay", "-q", "-a", "log"], pipeline.WINDOW, pipeline.SINK), dict(text, log=played, late=late)),
        "logparts": (chain(first, ["sreplay", "-q", "-a", "log", "--partitions", "2", "-k", ".n"], pipeline.SINK), dict(text, log=played)),
        "tee": ([(source(env, "--sinks", "2"), []), (["tee", ">1"], [0]), (["scat", "--id", "copy", "-q", "-o", "copy.jsonl"], [1]),
                 (pipeline.WINDOW, [1]), (pipeline.SINK, [3])],
                dict(text, late=late, **{"copy.jsonl": Line.read})),
        "sources": ([(source(env, *pair, "a", "--sinks", "2"), []), (["scat", "--id", "x", "-q", "-o", "x.out"], [0]),
                     (source(env, *pair, "b", "--sinks", "2", name="b.jsonl"), []), (["scat", "--id", "y", "-q", "-o", "y.out"], [2])],
                    {"x.out": Line.read, "y.out": Line.read}),
        "join": ([(source(env, *pair, "a"), []), (source(env, *pair, "b", name="b.jsonl"), []), (join, [0, 1]), (pipeline.SINK, [2])],
                 dict(text, late=late)),
    }


def make(env, kind, where):
    line = Net(where, env.data, env.kinds[kind][0])
    line.files = env.kinds[kind][1]
    os.link(env.top + "/b.jsonl", line.path("b.jsonl"))
    return line


def held_up(call, n, ms):
    """The prefix that lets a process wait on entry to its n-th such call."""
    return inject(call, n, "delay_enter=%d" % (1000 * ms))


def ended(line, procs):
    """Waits for them. A source whose sister has died or ended before both were in one run waits for her to be started again, as it should:
    that is ended here."""
    until = time.monotonic() + ALONE
    while time.monotonic() < until and any(p.poll() is None for p in procs):
        time.sleep(0.01)
    if b" sources 2 come 1 " in line.read("st/run"):
        for p in procs:
            if p.poll() is None:
                os.killpg(p.pid, signal.SIGKILL)
    return line.wait(procs)


def finish(line, want):
    """Again until it ends well: a source of the old line may live as long as one behind it is held up. What is wrong, or None."""
    until = time.monotonic() + pipeline.HANG
    while time.monotonic() < until:
        t = ended(line, line.start())
        if t.hung:
            return "restarted, it does not end: %s" % t.err
        if t.ok():
            return compare(line.outputs(), want)
        if not {75, -signal.SIGKILL} & set(t.statuses):
            return "restarted: %s: %s" % (t.statuses, t.err)
    return "somebody always had the directory: %s" % t.err


def one(env, line, point):
    kind, victim, old, new = point
    line = make(env, kind, line.where)
    left = line.start({victim[0]: inject(*victim[1:], "signal=KILL"), old[0]: held_up(*old[1:])})
    try:
        left[victim[0]].wait(pipeline.HANG)
    except subprocess.TimeoutExpired:
        line.wait(left)
        return True, "of the line that was to be killed one does not end: %s" % line.read("err").decode()
    reached = left[victim[0]].returncode == -9
    t = ended(line, line.start({new[0]: held_up(*new[1:])} if new else None))
    wrong = "run again, it does not end: %s" % t.err if t.hung else None
    if not wrong and set(t.statuses) - pipeline.STATUSES_OF_DEATH:
        wrong = "run again: %s: %s" % (t.statuses, t.err)
    if not wrong and not t.ok():
        wrong = finish(line, env.wants[kind])
    if ended(line, left).hung:
        wrong = wrong or "what was left of the killed line does not end"
    wrong = wrong or compare(line.outputs(), env.wants[kind])
    return reached, wrong or finish(line, env.wants[kind])


def choose(env, kind, r):
    """A death, mostly before the first commit or not long behind it; another process that is slow, mostly at its beginning."""
    counts = env.callings[kind]
    programs = [args[0] for args, _ in env.kinds[kind][0]]
    own = [i for i, p in enumerate(programs) if p != "tee"]

    def call_of(who, most):
        call = r.choice(sorted(CALLS & set(counts[who])))
        return who, call, r.randrange(1, min(counts[who][call], most) + 1)

    victim = call_of(r.choice([i for i in own if not env.kinds[kind][0][i][1]] + own), r.choice([12, 12, 60]))
    old = call_of(r.choice([i for i in own if i != victim[0]]), r.choice([12, 12, 60]))
    new = call_of(r.choice(own), r.choice([12, 60])) + (r.choice(DELAYS),) if r.random() < 0.5 else None
    return kind, victim, old + (r.choice(DELAYS),), new


def overlap(env):
    pipeline.generate(env.top + "/b.jsonl", env.records // 2, start=env.records // 20)
    env.kinds, env.wants, env.callings = kinds(env), {}, {}
    chosen = sorted(env.kinds)
    for kind in chosen:
        line = make(env, kind, "%s/overlap.%s" % (env.top, kind))
        t = line.try_()
        env.wants[kind] = line.outputs()
        if not t.ok() or not all(env.wants[kind].values()):
            raise SystemExit("overlap: %s, undisturbed: %s: %s %s" % (kind, t.statuses, t.err, {n: len(v) for n, v in env.wants[kind].items()}))
        env.callings[kind] = pipeline.calls(make(env, kind, "%s/overlap.%s" % (env.top, kind)))
    r = random.Random(env.seed)
    points = [choose(env, chosen[i % len(chosen)], r) for i in range(env.points or 2000)]
    return env.each("overlap", points, one)
