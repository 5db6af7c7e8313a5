"""A reader of logs written from weir-log(5) alone, against lib/log and against the logs that sreplay makes.

    log_oracle.py extent | index | logs
"""
import bisect
import json
import os
import random
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import judge  # noqa: E402
import stream  # noqa: E402

BIN = os.environ["BUILD_DIR"] + "/bin/"
NONE, NEVER = -1 << 63, (1 << 63) - 1


# The page.

def extent_record(number, first, segment, length, next_, newest):
    b = b"wrE\1" + struct.pack("<IQQQQQq", 0, number, first, segment, length, next_, newest)
    return b + struct.pack("<Q", stream.xxh3(b))


def extent_file(even, odd):
    return even + bytes(4096 - 64) + odd + bytes(4096 - 64)


def extent_of(b, place):
    """The record at 0 or 4096; None if it is damaged."""
    r = b[4096 * place:4096 * place + 64]
    if r[:8] != b"wrE\1\0\0\0\0" or stream.xxh3(r[:56]) != struct.unpack("<Q", r[56:])[0]:
        return None
    found = struct.unpack("<QQQQQq", r[8:56])
    return found if found[0] % 2 == place else None


def committed(b):
    """The record in force, and whether the file is as it should be; None: damaged."""
    if len(b) != 8192:
        return None
    two = [extent_of(b, 0), extent_of(b, 1)]
    if two == [None, None]:
        return None
    zeros = not any(b[64:4096]) and not any(b[4096 + 64:])
    whole = zeros and None not in two and abs(two[0][0] - two[1][0]) == 1
    return max(r for r in two if r is not None), whole


def index_entry(offset, position, newest, oldest, plain, end, number):
    b = b"wrI\1" + struct.pack("<IQQqqQQ", end, offset, position, newest, oldest, plain, number)
    return b + struct.pack("<Q", stream.xxh3(b))


def index_entries(b):
    """The sound entries, and whether that is all of it."""
    found = []
    for at in range(0, len(b), 64):
        e = b[at:at + 64]
        if len(e) < 64 or e[:4] != b"wrI\1" or stream.xxh3(e[:56]) != struct.unpack("<Q", e[56:])[0]:
            return found, False
        end, offset, position, newest, oldest, plain, number = struct.unpack("<IQQqqQQ", e[4:56])
        if end not in (0, 1, 3) or number != at // 64 or (found and found[-1][5]):
            return found, False
        found.append((offset, position, newest, oldest, plain, end))
    return found, True


# lib/log against it.

class Files:
    def __init__(self):
        self.n = 0

    def dir(self, name, content):
        self.n += 1
        d = "d%d" % self.n
        os.mkdir(d)
        with open(d + "/" + name, "wb") as f:
            f.write(content)
        return d


def say_extent(b):
    found = committed(b)
    return "damaged" if found is None else "%d %d %d %d %d %d %s" % (*found[0], "whole" if found[1] else "half")


def disturb(r, b):
    """A bit flipped, a piece torn off or added, a piece of zeros."""
    b = bytearray(b)
    how = r.randrange(5)
    if how < 2 and b:
        at = r.choice([r.randrange(len(b)), r.randrange(min(len(b), 64)), min(len(b) - 1, 4096 + r.randrange(64))])
        b[at] ^= 1 << r.randrange(8)
    elif how == 2:
        del b[r.randrange(len(b) + 1):]
    elif how == 3:
        b += r.randbytes(r.randrange(1, 100))
    elif b:
        at, n = r.randrange(len(b)), r.randrange(1, 64)
        b[at:at + n] = bytes(len(b[at:at + n]))
    return bytes(b)


def extents():
    r, files, cases = random.Random(1), Files(), []
    for i in range(400):
        n = r.choice([0, 1, 2, r.randrange(1 << 40), (1 << 63) - 2])
        one = [r.randrange(1 << r.randrange(1, 64)) for _ in range(4)]
        a, b = extent_record(n, *one, NONE), extent_record(n + 1, one[0], one[1], one[2] + 1, one[3] + 7, r.randrange(-1 << 63, 1 << 63))
        content = extent_file(*((a, b) if n % 2 == 0 else (b, a)))
        if i % 4:
            content = disturb(r, content)
        d = files.dir("committed", content)
        cases.append(("read " + d, say_extent(content)))
        if i % 3:
            continue
        # One more behind it, and mended: then nothing of it is half.
        found = committed(content)
        new = [r.randrange(1 << 50) for _ in range(4)] + [r.randrange(-1 << 62, 1 << 62)]
        cases.append(("put %s %s" % (d, " ".join(map(str, new))), "damaged" if found is None else "ok"))
        if found is not None:
            at = found[0][0] + 1
            content = bytearray(content)
            content[at % 2 * 4096:at % 2 * 4096 + 64] = extent_record(at, *new)
            cases.append(("read " + d, say_extent(bytes(content))))
            cases.append(("mend " + d, "ok"))
            cases.append(("read " + d, "%d %s whole" % (at + 2, " ".join(map(str, new)))))
    judge.judge("log", cases)


def indexes():
    r, files, cases = random.Random(2), Files(), []
    for i in range(400):
        entries, offset, position, newest = [], r.randrange(1 << 40), 0, r.choice([NONE, -5])
        for k in range(r.choice([0, 1, 2, 63, 64, 65, 200])):
            entries.append((offset, position, newest, r.randrange(-1 << 63, 1 << 63), position * 3, 0))
            offset += r.randrange(1000)
            position += r.randrange(1, 100000)
            newest = max(newest, r.randrange(k * 1000 + 1))
        if entries and i % 2:
            entries[-1] = entries[-1][:5] + (r.choice([1, 3]),)
        content = b"".join(index_entry(*e, k) for k, e in enumerate(entries))
        if i % 3 == 0:
            content = disturb(r, content)
        found, whole = index_entries(content)
        d = files.dir("x", content)
        text = "".join("%d %d %d %d %d %s;" % (*e[:5], {0: "-", 1: "end", 3: "thinned"}[e[5]]) for e in found)
        cases.append(("index %s x" % d, text + ("whole" if whole else "damaged")))
        cases.append(("copy %s x" % d, content[:64 * len(found)].hex()))
        for _ in range(8):
            o, t = r.randrange(max(offset, 1)), r.randrange(-10, 1000 * 200)
            # The last at or before the offset; the last with nothing of that time or later before it; else the first.
            by_offset = bisect.bisect_right([e[0] for e in found], o)
            by_time = bisect.bisect_left([e[2] for e in found], t)
            cases.append(("find %s x %d" % (d, o), str(found[max(by_offset - 1, 0)][1]) if found else "empty"))
            cases.append(("time %s x %d" % (d, t), str(found[max(by_time - 1, 0)][1]) if found else "empty"))
    judge.judge("log", cases)


# Whole logs that sreplay has made.

class Log:
    """Reads every byte of a log without partitions, and says what does not fit the page."""

    def __init__(self, path):
        self.path = path
        self.records = []            # (offset, time, text)
        self.wrong = []
        self.newest, self.thinned = NONE, False
        found = committed(self.read("committed"))
        self.must(found is not None and found[1], "committed")
        _, self.first, segment, length, next_, newest = found[0]
        names = sorted(n for n in os.listdir(path) if n.endswith(".weir"))
        firsts = [int(n[:-5]) for n in names]
        self.must(all(len(n) == 25 for n in names) and firsts[0] == self.first, "names")
        for i, first in enumerate(firsts):
            self.segment(first, firsts[i + 1] if i + 1 < len(firsts) else None)
        self.must(segment == firsts[-1] and length == len(self.read(names[-1])) and next_ == self.next, "what is committed")
        self.must(newest == self.newest or self.thinned and newest > self.newest, "newest")

    def read(self, name):
        with open(os.path.join(self.path, name), "rb") as f:
            return f.read()

    def must(self, ok, what):
        if not ok:
            self.wrong.append("%s: %s" % (self.path, what))

    def segment(self, first, successor):
        name = "%020d" % first
        entries, whole = index_entries(self.read(name + ".index"))
        self.must(whole and entries, name + ".index")
        if self.thinned or first > 0 and not self.records:
            self.newest = max(self.newest, entries[0][2])
        self.next, oldest, plain, gaps, want, last, removed = first, NEVER, 0, 0, [], "E", 0
        content = self.read(name + ".weir")
        for kind, _, seq, count, payload, at in stream.frames(content):
            if kind == "H":
                self.must(last == "E", name + ": a hello amid a block")
                want.append((self.next, at, self.newest, oldest, plain, 0))
                gaps = 0
            elif kind == "D":
                self.must(seq + gaps == self.next, "%s: a frame begins with %d" % (name, seq))
                n = 0
                for what, _, time, b in stream.entries(payload):
                    if what == 2:
                        self.must(time > 0, name + ": an idle mark")
                        self.next, gaps, removed = self.next + time, gaps + time, removed + time
                    if what == 0:
                        self.records.append((self.next, time, b[b.rfind(b"{"):]))
                        self.next, n, plain = self.next + 1, n + 1, plain + len(b)
                        if time != NONE:
                            self.newest, oldest = max(self.newest, time), min(oldest, time)
                self.must(n == count, name + ": a count")
            else:
                self.must(kind in "SE", "%s: a frame %s" % (name, kind))
            last = kind
        if successor is not None or entries[-1][5]:
            want.append((self.next, len(content), self.newest, oldest, plain, 3 if removed else 1))
        self.must(successor in (None, self.next), name + ": what follows")
        self.must(want == entries, "%s.index: %s, not %s" % (name, entries, want))
        self.thinned = self.thinned or removed > 0


def make(name, rows, size, *options):
    env = dict(os.environ, WEIR_FRAME_SIZE=str(size))
    text = b"".join(json.dumps(r, separators=(",", ":")).encode() + b"\n" for r in rows)
    p = subprocess.run([BIN + "scat", "-i", "json", "-t", ".ts", "-d", "3s"], input=text, capture_output=True, check=True, env=env)
    subprocess.run([BIN + "sreplay", "-q", "-a", name, *options], input=p.stdout, capture_output=True, check=True)


def canon(v):
    """The page's canonical form, of what is used here."""
    kind, text = (1, b"") if v is None else (4, str(v).encode()) if isinstance(v, int) else (5, v.encode())
    return struct.pack("<IB", len(text), kind) + text


def row(record):
    return json.loads(record[2])


def look(name, rows, first=0):
    """A log that has all these records from an offset on."""
    log = Log(name)
    got = [(o, row((o, t, x))) for o, t, x in log.records]
    log.must(got == [(o, r) for o, r in enumerate(rows) if o >= log.first], "its records")
    log.must(all(t == r["ts"] * 10**9 for (_, t, _), (_, r) in zip(log.records, got)), "its times")
    log.must(log.first >= first, "its beginning")
    return log.wrong


def logs():
    r, wrong, n = random.Random(3), [], 0
    for i in range(12):
        rows = [{"ts": 1000 + k + r.randrange(3), "n": k, "u": r.choice(["a", "bc", "def", None, 7])} for k in range(r.choice([1, 300, 900]))]
        name, size = "log%d" % i, r.choice([1, 300, 2000, 65536])
        at = r.randrange(len(rows) + 1)
        for part in (rows[:at], rows[at:]):
            make(name, part, size, "--segment-size", r.choice(["4KiB", "64MiB"]))
        wrong += look(name, rows)
        n += len(rows)
        # Compacted: of each u the last before the last segment.
        last = int(sorted(x for x in os.listdir(name) if x.endswith(".weir"))[-1][:-5])
        newest = {x["u"]: k for k, x in enumerate(rows[:last])}
        subprocess.run([BIN + "sreplay", "--compact", "-k", ".u", name], capture_output=True, check=True)
        log = Log(name)
        want = [(k, x) for k, x in enumerate(rows) if k >= last or x["u"] is None or newest[x["u"]] == k]
        log.must([(o, row((o, t, x))) for o, t, x in log.records] == want, "what is left")
        wrong += log.wrong
        # And on, and trimmed.
        make(name, rows[:50], size)
        subprocess.run([BIN + "sreplay", "--trim-before", str(last + 1), name], capture_output=True, check=True)
        log = Log(name)
        log.must([row(x) for x in log.records][-len(rows[:50]):] == rows[:50], "what came last")
        wrong += log.wrong
    for parts in (1, 2, 5, 64):
        rows = [{"ts": 1000 + k, "n": k % 100, "u": r.choice(["a", "bc", "d" * 300, None])} for k in range(400)]
        name = "parts%d" % parts
        make(name, rows, 500, "--partitions", str(parts), "-k", ".u,.n")
        for p in range(parts):
            want = [x for x in rows if stream.xxh3(canon(x["u"]) + canon(x["n"])) % parts == p]
            if want:
                wrong += look("%s/%d" % (name, p), want)
            n += len(want)
    for w in wrong[:20]:
        print(w)
    print("%d records read, %d wrong" % (n, len(wrong)))
    sys.exit(bool(wrong) or n < 1000)


if __name__ == "__main__":
    {"extent": extents, "index": indexes, "logs": logs}[sys.argv[1]]()
