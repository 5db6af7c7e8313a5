"""Two inputs, judged: what tests/lib/pair writes is what the rule of stage/pair.h says, whatever the pipes do.

  order N      generated pairs of streams, each written N times by producers that pause where they like: records and watermarks
               are those of a model, byte for byte the same each time
  silent N     the same from one run, where one input may fall silent for long: the other is read ahead
  bound        beyond --max-memory: 71 and a reason, at a barrier's side and at a silent one's
  joined       what the hello says, and what is refused
  barriers     barriers meet; one of a kind alone is 76
"""
import os
import random
import struct
import subprocess
import sys
import tempfile
import threading
import time

import stream as s

PAIR = os.environ["BUILD_DIR"] + "/tests/pair"
TIMEOUT = 300
checks = 0


def expect(what, ok, more=""):
    global checks
    checks += 1
    if not ok:
        raise AssertionError("%s\n%s" % (what, more))


class Run:
    """One run of the stage on the bytes of two producers. pauses: a Random that breaks the writes into pieces, or None."""

    def __init__(self, left, right, pauses=None, args=(), hold=(), env=None):
        self.done = threading.Event()
        self.out, self.more = b"", threading.Condition()
        reads, threads = [], []
        for side, text in enumerate((left, right)):
            r, w = os.pipe()
            reads.append(r)
            seed = pauses.random() if pauses else None
            t = threading.Thread(target=self.produce, args=(w, text, seed, side in hold), daemon=True)
            threads.append(t)
        env = dict(os.environ, **(env or {}))
        with tempfile.TemporaryFile() as err:
            p = subprocess.Popen([PAIR, *args, "/dev/fd/%d" % reads[0], "/dev/fd/%d" % reads[1]], pass_fds=reads,
                                 stdout=subprocess.PIPE, stderr=err, env=env)
            for r in reads:
                os.close(r)
            for t in threads:
                t.start()
            kill = threading.Timer(TIMEOUT, p.kill)
            kill.start()
            while b := os.read(p.stdout.fileno(), 65536):
                with self.more:
                    self.out += b
                    self.more.notify_all()
            self.status = p.wait()
            kill.cancel()
            p.stdout.close()
            self.done.set()
            err.seek(0)
            self.err = err.read().decode()
        for t in threads:
            t.join()

    def records(self):
        """How many have come out so far, in whole frames."""
        n = at = 0
        while len(self.out) >= at + 40:
            size, = struct.unpack_from("<I", self.out, at + 8)
            if self.out[at + 4:at + 5] == b"D" and len(self.out) >= at + 40 + size:
                n += sum(what == 0 for what, *_ in s.entries(self.out[at + 40:at + 40 + size]))
            at += 40 + size
        return n

    def await_records(self, n):
        with self.more:
            self.more.wait_for(lambda: self.records() >= n, TIMEOUT)

    def produce(self, fd, text, seed, hold):
        """hold: it neither ends nor closes until the stage does."""
        r = random.Random(seed)
        at = 0
        try:
            while at < len(text):
                n = len(text) if seed is None else r.choice([1, 39, 40, 100, 1000, 5000, 100000])
                at += os.write(fd, text[at:at + n])
                if seed is not None and r.random() < 0.2:
                    time.sleep(r.random() * 0.003)
            if hold:
                self.done.wait()
        except BrokenPipeError:
            pass
        os.close(fd)

    def entries(self):
        """[(watermark before, time, bytes)] of the records, and the payload of hello and end."""
        mark, out, payloads = s.NONE, [], {}
        for kind, _, _, _, payload, _ in s.frames(self.out):
            if kind != "D":
                payloads.setdefault(kind, []).append(payload)
                continue
            for what, _, when, b in s.entries(payload):
                if what == 1:
                    expect("a watermark goes forward", when > mark)
                    mark = when
                elif what == 0:
                    out.append((mark, when, b[6:]))
        return out, payloads


class Stream:
    """A generated stream: its bytes, and its records with the watermark before each."""

    def __init__(self, r, name, run, n):
        delay = r.choice([None, 0, 5, 50])
        clock, mark = r.randrange(200), s.NONE
        self.records, entries = [], []
        for i in range(n):
            clock += r.choice([0, 0, 1, 1, 2, 7, 100 if r.random() < 0.02 else 3])
            when = s.NONE if r.random() < 0.02 else clock - r.randrange(20)
            if delay is None and r.random() < 0.5 or r.random() < 0.03:
                told = max(mark, clock - r.randrange(30))
                entries.append(s.watermark(told))
                mark = told
            ident = r.choice([1023, 1022])
            e = s.values(ident, [(s.STRING, name), (s.NUMBER, str(i))][:1 + (ident == 1023)], when)
            entries.append(e)
            self.records.append((mark, when, e[6:]))
            if delay is not None and when != s.NONE:
                mark = max(mark, when - delay)
        self.bytes = [s.hello([name], [name + ".log"], delay, run),
                      s.shape(1023, s.VALUES, [name, "n"]), s.shape(1022, s.VALUES, [name])]
        self.entries = entries

    def whole(self, r, size=None):
        """With frames cut anywhere."""
        out, at, seq = list(self.bytes), 0, 0
        while at < len(self.entries):
            n = size or r.choice([1, 2, 10, 100])
            part = self.entries[at:at + n]
            out.append(s.data(part, seq))
            seq += sum(e[6] & 3 == 0 for e in part)
            at += n
        return b"".join(out) + s.end()


def model(a, b):
    """Always the input that is behind, the left one of two."""
    merged = sorted([(m, 0, i) for i, (m, _, _) in enumerate(a)] + [(m, 1, i) for i, (m, _, _) in enumerate(b)])
    return [(m, *(a, b)[side][i][1:]) for m, side, i in merged]


def same_streams(r, one_run):
    run = [bytes(range(16)), bytes(range(16 if one_run else 1, 32 if one_run else 17))]
    return [Stream(r, name, bytes(range(16)) if one_run else run[i], r.choice([0, 1, 30, 300, 1500])) for i, name in enumerate(("left", "right"))]


def payloads_of(out):
    return b"".join(p for k, _, _, _, p, _ in s.frames(out) if k != "D")


def order(count, one_run=False):
    for seed in range(count):
        r = random.Random(seed)
        left, right = same_streams(r, one_run)
        want, first = model(left.records, right.records), None
        for _ in range(4):
            size = r.choice([None, 1, 7, 100000])
            env = {"WEIR_FRAME_SIZE": r.choice(["1", "100", "65536"])}
            got = Run(left.whole(r, size), right.whole(r, size), r, env=env)
            expect("seed %d: status %d" % (seed, got.status), got.status == 0, got.err)
            found, payloads = got.entries()
            # The last watermark may come with the end only.
            expect("seed %d: %d records" % (seed, len(found)), found == want,
                   next(((i, x, y) for i, (x, y) in enumerate(zip(found, want)) if x != y), ""))
            first = first or found
            expect("an end", payloads["E"] == [struct.pack("<HIQ", 1, 8, 0)])


def silent(count):
    order(count, one_run=True)
    # All of the right input comes while the left one says nothing: it is read, and in its turn it comes out.
    for seed in range(3):
        r = random.Random(seed)
        left, right = (Stream(r, n, bytes(range(16)), 6000) for n in ("left", "right"))
        one, two = left.whole(r, 50), right.whole(r, 50)
        gate = threading.Event()

        class Late(Run):
            def produce(self, fd, text, seed, hold):
                if text is one:
                    cut = len(text) // 20
                    os.write(fd, text[:cut])
                    gate.wait(TIMEOUT)
                    text = text[cut:]
                super().produce(fd, text, seed, hold)
                if text is two:
                    gate.set()

        gate.clear()
        got = Late(one, two, env={"WEIR_PIPE_SIZE": "4096"})
        expect("silent: status %d" % got.status, got.status == 0, got.err)
        expect("silent: the records", got.entries()[0] == model(left.records, right.records))


def big(name, run, start, extra=b"", n=4000, every=200):
    """A megabyte or four of records, a nanosecond apart."""
    parts, seq = [s.hello([name], [name], 0, run, extra), s.shape(1, s.VALUES, ["x"])], 0
    for at in range(0, n, every):
        parts.append(s.data([s.values(1, [(s.STRING, "x" * 1000)], start + at + i) for i in range(every)], seq))
        seq += every
    return b"".join(parts)


def bound():
    run = bytes(range(16))
    quiet = s.hello(["quiet"], ["quiet"], 0, run)
    for args in (["--max-memory", "1MiB"], ["--max-memory", "0"]):
        got = Run(quiet, big("loud", run, 0) + s.end(), args=args, hold=(0,), env={"WEIR_PIPE_SIZE": "4096"})
        expect("bound: status %d" % got.status, got.status == 71, got.err)
        expect("bound: the reason", "is behind (no watermark at all) and has been silent" in got.err and "--max-memory" in got.err, got.err)
        _, payloads = got.entries()
        expect("bound: the end says so", dict(s.items(payloads["E"][0]))[2] == struct.pack("<Q", 71))
    # The same from two sources: held back, and nothing is lost or said.
    done = []

    class Slow(Run):
        def produce(self, fd, text, seed, hold):
            if text is start:
                os.write(fd, text)
                time.sleep(0.3)
                done.append(1)
                text = s.end()
            super().produce(fd, text, seed, hold)

    start = quiet
    got = Slow(start, big("loud", bytes(range(1, 17)), 0) + s.end(), args=["--max-memory", "0"], env={"WEIR_PIPE_SIZE": "4096"})
    expect("two sources: status %d" % got.status, got.status == 0 and done == [1], got.err)
    expect("two sources: all records", len(got.entries()[0]) == 4000)


def checkpoint(path, ident=bytes(range(50, 66)), restored=None, sources=2):
    extra = s.item(5, path) + s.item(6, ident) + s.item(8, sources)
    return extra + (s.item(7, restored) if restored is not None else b"")


def refused(what, left, right, status, *texts):
    got = Run(left + s.end(), right + s.end())
    expect("%s: status %d" % (what, got.status), got.status == status, got.err)
    for text in texts:
        expect("%s: %s" % (what, text), text in got.err, got.err)
    records, payloads = got.entries()
    expect("%s: nothing but a failed end" % what, records == [] and dict(s.items(payloads["E"][0]))[1] == struct.pack("<Q", 2))


def joined():
    run, other = bytes(range(16)), bytes(range(1, 17))
    top = os.getcwd()
    # Stages of both, then the pair; what tee has in common is said once.
    for left, right, kin, want in (
            (["scat"], ["scat"], False, ["scat", "scat-2", "pair"]),
            (["scat", "sfilter"], ["scat"], True, ["scat", "sfilter", "pair"]),
            (["scat"], ["scat", "sfilter"], True, ["scat", "sfilter", "pair"]),
            (["scat", "a"], ["scat", "b", "c"], True, ["scat", "a", "b", "c", "pair"])):
        got = Run(s.hello(left, ["x"], 0, run) + s.end(), s.hello(right, ["x"], 0, run if kin else other) + s.end())
        expect("joined: status", got.status == 0, got.err)
        h = list(s.items(got.entries()[1]["H"][0]))
        expect("joined: stages", [v.decode() for k, v in h if k == 2] == want, h)
        expect("joined: sources", [v for k, v in h if k == 3] == ([b"x"] if kin else [b"x", b"x"]), h)
        expect("joined: no delay", not [v for k, v in h if k == 4], h)
    a = s.hello(["scat"], ["x"], 0, run, checkpoint(top + "/st"))
    refused("one checkpoint", a, s.hello(["scat"], ["y"], 0, other), 78, "belongs to the checkpoint " + top + "/st", "--sources 2")
    refused("one checkpoint", s.hello(["scat"], ["y"], 0, other), a, 78, "belongs to the checkpoint " + top + "/st")
    refused("two directories", a, s.hello(["b"], ["y"], 0, other, checkpoint(top + "/st2")), 78, "different checkpoints", "/st2")
    refused("another id", a, s.hello(["b"], ["y"], 0, run, checkpoint(top + "/st", bytes(16))), 78, "different checkpoints")
    refused("two runs", a, s.hello(["b"], ["y"], 0, other, checkpoint(top + "/st")), 75, "different runs on the checkpoint")
    refused("two epochs", s.hello(["a"], ["x"], 0, run, checkpoint(top + "/st", restored=3)),
            s.hello(["b"], ["y"], 0, run, checkpoint(top + "/st", restored=4)), 78, "different epochs", "3 and 4")
    refused("a branch's names", s.hello(["scat", "a", "f"], ["x"], 0, run, checkpoint(top + "/st")),
            s.hello(["scat", "b", "f"], ["x"], 0, run, checkpoint(top + "/st")), 78, "two stages are called f", "--id NAME")
    # A producer that dies or fails, of either side.
    whole = s.hello(["a"], ["x"], 0, run) + s.shape(1, s.VALUES, ["x"]) + s.data([s.values(1, [(s.NUMBER, "1")], 5)])
    for cut in (b"", s.hello(["a"], ["x"], 0, run), whole, whole + s.end()[:-1], whole[:-1]):
        for pair in ((cut, whole + s.end()), (whole + s.end(), cut)):
            got = Run(*pair)
            expect("dead: status %d" % got.status, got.status == 76 and "/dev/fd/" in got.err, got.err)
    failed = s.end(2, 65, "a reason", "scat")
    for text in (s.hello(["a"], run=bytes(16)), whole):
        for pair in ((text + failed, whole + s.end()), (whole + s.end(), text + failed)):
            got = Run(*pair)
            expect("failed: status %d" % got.status, got.status == 65, got.err)
            e = dict(s.items(got.entries()[1]["E"][0]))
            expect("failed: travels", e[2] == struct.pack("<Q", 65) and e[3] == b"a reason" and e[4] == b"scat")
    got = Run(b"text\n", whole + s.end())
    expect("text: status", got.status == 76 and "not a weir stream" in got.err, got.err)
    # Two streams one after the other are one input, each with its own delay.
    def cat(delay, t):
        return (s.hello(["a"], ["x"], delay, run) + s.shape(1, s.VALUES, ["x"]) +
                s.data([s.values(1, [(s.NUMBER, "1")], t + i) for i in range(3)]) + s.end())
    got = Run(cat(0, 10) + cat(5, 20), cat(100, 1000), random.Random(1))
    expect("cat: status", got.status == 0, got.err)
    expect("cat: watermarks", [e[:2] for e in got.entries()[0]] == [
        (s.NONE, 10), (s.NONE, 1000), (10, 11), (11, 12), (12, 20), (15, 21), (16, 22), (900, 1001), (901, 1002)], got.entries()[0])


def idle():
    run = bytes(range(16))

    def part(name, times, more=b"", seq=0, first=True):
        head = s.hello([name], [name], 0, run) + s.shape(1, s.VALUES, [name]) if first else b""
        return head + s.data([s.values(1, [(s.NUMBER, str(t))], t) for t in times], seq) + more
    # An idle one holds nothing back; when it speaks again it is read at once, and late.
    for side in (0, 1):
        gate, went_on = threading.Event(), []
        quiet = part("a", [5], s.data([s.idle()], 1))
        loud = part("b", range(10, 20))

        class Waker(Run):
            def produce(self, fd, text, seed, hold):
                if text is quiet:
                    os.write(fd, text)
                    gate.wait(TIMEOUT)
                    text = part("a", [7, 30], s.end(), 1, False)
                    os.write(fd, text)
                else:
                    os.write(fd, text)
                    # All of these are out before the quiet one speaks, and what it says is before this one does again.
                    self.await_records(11)
                    went_on.append(self.records())
                    gate.set()
                    self.await_records(12)
                    went_on.append(self.records() >= 12)
                    os.write(fd, s.end())
                os.close(fd)

        got = Waker(*((quiet, loud) if side == 0 else (loud, quiet)), args=["--stats", "stats"])
        expect("idle: status %d" % got.status, got.status == 0, got.err)
        expect("idle: at once", went_on == [11, True], went_on)
        found = [t for _, t, _ in got.entries()[0]]
        expect("idle: the other goes on", found == ([5] if side == 0 else [10, 5]) + list(range(10 + side, 20)) + [7, 30], found)
        with open("stats", encoding="ascii") as f:
            expect("idle: strays", '"strays":2}' in f.read())
    # Both idle: so is the output.
    text = part("a", [5], s.data([s.idle()], 1) + s.end())
    got = Run(text, text)
    expect("both idle: status", got.status == 0, got.err)
    kinds = [k for f in s.frames(got.out) if f[0] == "D" for k, _, _, _ in s.entries(f[4])]
    expect("both idle: an idle mark", 2 in kinds or kinds.count(0) == 2, kinds)


def barriers():
    """Without a checkpoint of their own (a saved stream) barriers mean nothing."""
    run = bytes(range(16))
    text = s.hello(["a"], ["x"], 0, run) + s.barrier(3) + s.shape(1, s.VALUES, ["x"])
    got = Run(text + s.data([s.values(1, [(s.NUMBER, "1")], 1)]) + s.end(1), text + s.end(1))
    expect("barriers: status", got.status == 0, got.err)
    records, payloads = got.entries()
    expect("barriers: passed over", len(records) == 1 and "B" not in payloads and dict(s.items(payloads["E"][0]))[1] == bytes(8))


def main():
    what = sys.argv[1]
    globals()[what](*map(int, sys.argv[2:]))
    print("%s: %d checks" % (what, checks))


main()
