"""Kills, flipped bits and torn ends of a log (sreplay), and what must then be in it.

logstage   a writer amid a line with a checkpoint, killed at every call of its own: the log and the sink have each record once
logend     the same where the writer is the line's end
logreader  a line that reads a log under a checkpoint, killed at every call of its source
logplain   a writer without a checkpoint, --sync each: what it passed on is committed, whatever killed it
logflip    every bit of a segment, of its index and of the log's small files: noticed, and nothing before it lost
"""
import os
import shutil
import subprocess

import pipeline
from pipeline import BIN, Line, inject

SMALL = {"WEIR_FRAME_SIZE": "4000"}
WRITER = ["sreplay", "-q", "-a", "log", "--segment-size", "64KiB"]
SINK = ["scat", "-q", "-o", "out.jsonl"]


def source(env):
    return ["scat", "-C", "st", "--epoch-records", str(env.records // 22), "-q", "-t", ".ts", "-d", "2s", "in.jsonl"]


def run(line, *args, stdin=None):
    return subprocess.run([BIN + args[0], *args[1:]], cwd=line.where, capture_output=True, check=False, input=stdin)


def played(line, *options):
    """The committed records of the log as text; None if it can't be read."""
    p = run(line, "sreplay", "-q", "--committed", *options, "log")
    if p.returncode != 0:
        return None
    return run(line, "scat", "-i", "frames", "-O", "json", stdin=p.stdout).stdout


def good_lines(env):
    with open(env.data, "rb") as f:
        return b"".join(l for l in f if not l.startswith(b"{bad"))


class LogLine(Line):
    """A line of which the log is an output, too."""

    logged = True

    def outputs(self):
        got = {"out.jsonl": self.read("out.jsonl")}
        if self.logged:
            got["log"] = played(self) or b""
            p = run(self, "sreplay", "-q", "--verify", "log")
            if p.returncode != 0:
                got["log"] = b"verify: " + p.stderr
        return got

    def look(self, want):
        wrong = super().look(want)
        if wrong or not self.logged or not os.path.exists(self.path("log/log")):
            return wrong
        now = played(self)
        if now is None or not want["log"].startswith(now):
            return "the committed log is not what an undisturbed one begins with"
        return None


def each(env, name, stages, who, one, prepare=None, logged=True):
    """Points over the calls of one stage."""
    def make(where):
        line = LogLine(where, env.data, stages)
        line.logged = logged
        if prepare:
            prepare(line)
        return line

    counts = pipeline.calls(with_size(make(env.top + "/count-" + name)))
    chosen = pipeline.sample(pipeline.points(counts), None, env.seed)
    chosen = pipeline.sample([p for p in chosen if p[0] == who], env.points, env.seed)

    def work(env_, line, point):
        mine = with_size(make(line.where))
        return one(env_, mine, point)

    return env.each(name, chosen, work)


def with_size(line):
    """Small frames in every try: so that segments are finished."""
    start = line.start
    line.start = lambda prefixes=None, env=None, stages=None: start(prefixes, dict(SMALL, **(env or {})), stages)
    return line


def one_kill(want):
    def one(_, line, point):
        stage, call, n = point
        t = line.try_({stage: inject(call, n, "signal=KILL")})
        if t.hung:
            return True, "it does not end"
        strange = set(t.statuses) - pipeline.STATUSES_OF_DEATH
        if strange:
            return True, "statuses %s: %s" % (t.statuses, t.err)
        return t.statuses[stage] == -9, line.look(want) or line.finish(want)
    return one


def logstage(env):
    want = good_lines(env)
    return each(env, "logstage", [source(env), WRITER, SINK], 1, one_kill({"out.jsonl": want, "log": want}))


def logend(env):
    return each(env, "logend", [source(env), WRITER], 1, one_kill({"out.jsonl": b"", "log": good_lines(env)}))


def make_log(line):
    p = subprocess.run([BIN + "scat", "-q", "-t", ".ts", "-d", "2s", "in.jsonl"], cwd=line.where, capture_output=True, check=False,
                       env=dict(os.environ, **SMALL))
    run(line, *WRITER, stdin=p.stdout)


def logreader(env):
    want = good_lines(env)
    stages = [["sreplay", "-C", "st", "--epoch-records", str(env.records // 22), "-q", "log"], SINK]
    return each(env, "logreader", stages, 0, one_kill({"out.jsonl": want}), make_log, logged=False)


def one_plain(want):
    def one(_, line, point):
        stage, call, n = point
        t = line.try_({stage: inject(call, n, "signal=KILL")})
        if t.hung:
            return True, "it does not end"
        reached = t.statuses[stage] == -9
        passed = line.read("out.jsonl")
        if not os.path.exists(line.path("log/log")):
            return reached, "passed on without a log" if passed else None
        before = played(line)
        # Opening it again loses nothing that was committed.
        p = subprocess.run("%sscat -i json /dev/null | %ssreplay -a log --sync each >/dev/null" % (BIN, BIN), shell=True, cwd=line.where,
                           capture_output=True, check=False)
        after = played(line)
        if before is None or p.returncode != 0 or after is None:
            return reached, "the log can't be read: %s" % p.stderr
        if not before.startswith(passed) or not after.startswith(before) or not want.startswith(after):
            return reached, "%d bytes passed on, %d committed, %d after the restart" % (len(passed), len(before), len(after))
        v = run(line, "sreplay", "--verify", "log")
        return reached, v.stderr.decode() or None
    return one


def logplain(env):
    plain = ["scat", "-q", "-t", ".ts", "-d", "2s", "in.jsonl"]
    return each(env, "logplain", [plain, WRITER + ["--sync", "each"], SINK], 1, one_plain(good_lines(env)))


def flipped(line, name, bit):
    """What is wrong, or None."""
    with open(line.path("log/" + name), "r+b") as f:
        f.seek(bit // 8)
        byte = f.read(1)[0]
        f.seek(bit // 8)
        f.write(bytes([byte ^ 1 << bit % 8]))
    try:
        v = run(line, "sreplay", "--verify", "log")
        if v.returncode != 76 and not (name == "log" and v.returncode == 66):
            return "not noticed: status %d" % v.returncode
        p = run(line, "sreplay", "-q", "log")
        text = run(line, "scat", "-q", "-i", "frames", "-O", "json", stdin=p.stdout).stdout
        if not line.text.startswith(text) or (p.returncode == 0 and text != line.text):
            return "played wrong records, status %d" % p.returncode
        if not name.endswith(".weir"):
            return None
        shutil.rmtree(line.path("saved"), ignore_errors=True)
        s = run(line, "sreplay", "-q", "--salvage", "saved", "log")
        p = run(line, "sreplay", "-q", "saved")
        saved = run(line, "scat", "-q", "-i", "frames", "-O", "json", stdin=p.stdout).stdout
        if s.returncode != 0 or not saved.startswith(text) or not set(saved.split()) <= set(line.text.split()):
            return "salvage: status %d, %d bytes of which %d are before the damage" % (s.returncode, len(saved), len(text))
        return None
    finally:
        with open(line.path("log/" + name), "r+b") as f:
            f.seek(bit // 8)
            f.write(bytes([byte]))


def logflip(env):
    line = Line(env.top + "/flip", None, [])
    line.text = b"".join(b'{"ts":%d,"n":%d}\n' % (i, i) for i in range(12))
    for part in (0, 6):
        some = b"".join(line.text.splitlines(True)[part:part + 6])
        p = run(line, "scat", "-i", "json", "-t", ".ts", stdin=some)
        run(line, "sreplay", "-a", "log", stdin=p.stdout)
    points = []
    for name in sorted(os.listdir(line.path("log"))):
        size = os.path.getsize(line.path("log/" + name))
        if name == "writer":
            continue
        # The records of `committed`, and a sample of the zeros around them.
        points += [(name, bit) for bit in range(8 * size)
                   if name != "committed" or bit // 8 % 4096 < 64 or bit % 997 == 0]
    points = pipeline.sample(points, env.points, env.seed)
    wrong = []
    for point in points:
        difference = flipped(line, *point)
        if difference:
            wrong.append("%s: %s" % (point, difference))
    return env.close("logflip", len(points), wrong)
