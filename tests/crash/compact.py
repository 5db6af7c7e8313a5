"""A compaction of a log (sreplay --compact), killed or failing at every system call.

logcompact   killed: afterwards the log plays records of the old log, each once and at its offset, and all that must stay; the next
             writer finds nothing wrong; compacted again, it is what an undisturbed compaction makes
logcompactio the same where the call fails, as on a full or a broken disk
"""
import json
import os
import shutil

import pipeline
from log import run
from pipeline import Line, inject

COMPACT = ["sreplay", "-q", "--compact", "-k", ".k", "log"]
FAILURES = [("openat", "ENOSPC"), ("write", "ENOSPC"), ("writev", "ENOSPC"), ("fsync", "EIO"), ("unlinkat", "EIO"), ("renameat", "EIO"),
            ("rename", "EIO"), ("read", "EIO"), ("pread64", "EIO"), ("close", "EIO"), ("lseek", "EIO")]


def played(line):
    """[(offset, text)] of the committed log, or what is wrong."""
    p = run(line, "sreplay", "-q", "--committed", "--number", "offset", "log")
    if p.returncode != 0:
        return "the log can't be read: %s" % p.stderr.decode()
    text = run(line, "scat", "-i", "frames", "-O", "json", stdin=p.stdout).stdout
    got = []
    for row in text.splitlines():
        r = json.loads(row)
        got.append((r.pop("offset"), json.dumps(r)))
    return got


def expected(rows, firsts):
    """What is left: of each key the last one before the log's last segment, and all that is there."""
    last = {}
    for offset, text in rows:
        if offset < firsts[-1]:
            last[json.loads(text).get("k")] = offset
    return [(o, t) for o, t in rows if o >= firsts[-1] or last[json.loads(t).get("k")] == o or json.loads(t).get("k") is None]


class Logs:
    """A log before, and what must be in it afterwards."""

    def __init__(self, env, name, records):
        self.line = Line("%s/%s.log" % (env.top, name), None, [])
        rows = b"".join(b'{"ts":%d,"n":%d,"k":%s}\n' % (1000 + i, i, b"null" if i % 50 == 7 else b'"k%d"' % (i * i % 23))
                        for i in range(records))
        os.environ["WEIR_FRAME_SIZE"] = "500"
        p = run(self.line, "scat", "-i", "json", "-t", ".ts", stdin=rows)
        del os.environ["WEIR_FRAME_SIZE"]
        run(self.line, "sreplay", "-q", "-a", "log", "--segment-size", "4KiB", stdin=p.stdout)
        self.rows = played(self.line)
        firsts = sorted(int(n[:20]) for n in os.listdir(self.line.path("log")) if n.endswith(".weir"))
        self.want = expected(self.rows, firsts)
        if len(firsts) < 4 or len(self.rows) != records or not 0 < len(self.want) < records / 2:
            raise SystemExit("%s: %d segments, %d records of %d, %d to stay" % (name, len(firsts), len(self.rows), records, len(self.want)))

    def copy(self, line):
        shutil.copytree(self.line.path("log"), line.path("log"))


def wrong(logs, line, t, statuses):
    """What is wrong after a compaction that was disturbed, or None."""
    if t.hung or t.statuses[0] not in statuses:
        return "status %s: %s" % (t.statuses, t.err)
    for after in ("", "a writer", "a compaction"):
        if after == "a writer":
            p = run(line, "scat", "-i", "json", "/dev/null")
            p = run(line, "sreplay", "-q", "-a", "log", stdin=p.stdout)
        elif after:
            p = run(line, *COMPACT)
        if after and p.returncode != 0:
            return "%s: %s" % (after, p.stderr.decode())
        got = played(line)
        if isinstance(got, str):
            return "after %s: %s" % (after or "the kill", got)
        if [o for o, _ in got] != sorted(set(o for o, _ in got)) or not set(logs.want) <= set(got) <= set(logs.rows):
            return "after %s: %d records, of which %d must be there" % (after or "the kill", len(got), len(logs.want))
        v = run(line, "sreplay", "--verify", "log")
        if after and v.returncode != 0:
            return "after %s: %s" % (after, v.stderr.decode())
    if got != logs.want:
        return "compacted again: %d records, not %d" % (len(got), len(logs.want))
    strange = [n for n in os.listdir(line.path("log")) if n.endswith(".tmp")]
    return "left over: %s" % strange if strange else None


def each(env, name, statuses, what, chosen):
    logs = Logs(env, name, 600)
    where = env.top + "/" + name + ".count"
    counted = Line(where, None, [COMPACT])
    logs.copy(counted)
    counts = pipeline.calls(counted)
    if played(counted) != logs.want:
        return env.close(name, 0, ["undisturbed, it does not keep what it should"])
    points = pipeline.sample(chosen(counts), env.points, env.seed)

    def one(_, line, point):
        line = Line(line.where, None, [COMPACT])
        logs.copy(line)
        t = line.try_({0: inject(point[1], point[2], what(point))})
        if t.statuses == [127]:
            return False, None      # the loader's call: it was not weir yet
        return t.statuses[0] != 0, wrong(logs, line, t, statuses)

    return env.each(name, points, one)


def logcompact(env):
    return each(env, "logcompact", {-9, 0}, lambda p: "signal=KILL", pipeline.points)


def logcompactio(env):
    errors = dict(FAILURES)
    return each(env, "logcompactio", {0, 66, 73, 74, 76}, lambda p: "error=" + errors[p[1]],
                lambda counts: pipeline.points(counts, set(errors)))
