"""Columns, judged by the codec of stream.py, which knows only the description.

transpose_oracle.py encode|decode|damage CASES [SEED]
"""
import os
import random
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import stream as s  # noqa: E402

rnd = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
SEC = 10 ** 9
WORDS = ["", "-", "GET", "POST", "a\0b", "10.0.0.7", "2026-03-02T08:00:00Z", "x" * 16, "y" * 17, "z" * 300, "\0"]


def some_bytes(most):
    return bytes(rnd.getrandbits(8) for _ in range(rnd.randint(0, most)))


def word(style):
    if style < 3:
        return rnd.choice(WORDS[1:4]).encode()
    if style == 3:
        return b"%d" % rnd.randint(0, 10 ** rnd.randint(1, 9))
    if style == 4:
        return b"%012d" % rnd.randint(0, 10 ** 9)
    return rnd.choice(WORDS).encode() if style < 7 else some_bytes(40)


class Shape:
    """How the records of one shape look: regular ones, with fields that are there now and then, and strange ones."""

    def __init__(self, ident):
        self.ident = ident
        self.n = rnd.choice([0, 1, 2, 3, 7, 12, 40])
        self.wide = rnd.random() < .2
        self.words = rnd.choice([0, 0, 0, 1, 2, 15])
        self.styles = [rnd.randint(0, 9) for _ in range(self.n)]
        self.gaps = [rnd.choice([b"", b" ", b'","', b"[" + b"0" * rnd.randint(1, 30)]) for _ in range(self.n + 1)]
        self.moving = rnd.random() < .3
        self.rare = rnd.random() < .4
        self.strange = rnd.choice([0, 0, 0, .02, .5])
        self.order = list(range(self.n))
        if rnd.random() < .3:
            rnd.shuffle(self.order)
        self.flags = rnd.choice([0, 0, 8, 0xF0])

    def record(self, time):
        text, slots = b"", [None] * self.n
        words = [rnd.choice([time, time + 1, 0, rnd.getrandbits(63)]) for _ in range(self.words)]
        for f in self.order:
            gap = self.gaps[f]
            if self.moving and gap:
                gap = gap[:rnd.randint(0, len(gap))] + b"%d" % rnd.randint(0, 9)
            if self.rare and rnd.random() < .3:
                slots[f] = (rnd.randint(0, 3), rnd.choice([0, len(text)]), 0)
            elif words and rnd.random() < .2:
                slots[f] = (s.TIME, rnd.randint(0, self.words - 1))
            else:
                v = word(self.styles[f])
                text += gap
                slots[f] = (rnd.choice([s.STRING, s.STRING, s.NUMBER]), len(text), len(v))
                text += v
        text += self.gaps[-1]
        b = s.record(self.ident, slots, text, (time + (1 << 63) & s.M64) - (1 << 63), [(w + (1 << 63) & s.M64) - (1 << 63) for w in words],
                     self.wide, self.flags)
        if self.n and rnd.random() < self.strange:
            return self.mangled(b)
        return b

    def mangled(self, b):
        """Some slot says anything; also a type that there is not."""
        i = rnd.randrange(self.n)
        if self.wide:
            anything = [rnd.choice([0, 7, len(b), 1 << 31, rnd.getrandbits(32)]) for _ in range(2)] + [rnd.choice([5, 15, 16, 1 << 31])]
            return b[:16 + 12 * i] + struct.pack("<III", *anything) + b[28 + 12 * i:]
        return b[:16 + 4 * i] + struct.pack("<I", rnd.getrandbits(32)) + b[20 + 4 * i:]


def mark(time):
    """A watermark or an idle mark, with what a reader does not look at."""
    b = struct.pack("<IHBBQ", 16, rnd.choice([0, 0, 5, 65535]), rnd.choice([1, 1, 2, 0x41]), rnd.choice([0, 0, 0, 9]), time & s.M64)
    return b


def payload(few=False):
    """Shapes, and entries of them."""
    idents = rnd.sample(range(1024), rnd.choice([1, 1, 1, 2, 5, 40]))
    shapes = [Shape(i) for i in idents]
    time = rnd.choice([0, 1772438400 * SEC, -5, s.NONE, (1 << 63) - 1])
    step = rnd.choice([0, 1, 1000, SEC, 3600 * SEC, 10 ** 18])
    marks = rnd.choice([0, 0, .01, .5])
    entries = []
    for _ in range(rnd.choice([4, 20] if few else [0, 1, 17, 40, 200, 400])):
        if rnd.random() < .9:
            time += rnd.randint(-1, 3) * step
        at = s.NONE if rnd.random() < .01 else time
        entries.append(mark(at) if rnd.random() < marks else rnd.choice(shapes).record(at))
    return shapes, entries


def sized(b, limit=16 << 20):
    """Cuts frames: what a data frame holds at most is 16 MiB."""
    return b if sum(map(len, b)) < limit else sized(b[:len(b) // 2], limit)


def program(mode, data):
    done = subprocess.run([os.path.join(os.environ["BUILD_DIR"], "tests", "transpose"), mode], input=data, stdout=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(f"transpose {mode} ended with status {done.returncode}")
    out, at = [], 0
    while at < len(done.stdout):
        size = int.from_bytes(done.stdout[at:at + 4], "little")
        at += 4
        out.append(None if size == 0xFFFFFFFF else done.stdout[at:at + size])
        at += 0 if size == 0xFFFFFFFF else size
    return out


def framed(blocks):
    return b"".join(struct.pack("<I", len(b)) + b for b in blocks)


def encode(cases):
    """What C puts into columns, Python puts back."""
    made = [payload() for _ in range(cases)]
    parts = []
    for shapes, entries in made:
        parts += [s.hello(), *[s.shape(x.ident, s.LINE, [str(i) for i in range(x.n)]) for x in shapes], s.data(entries), s.end()]
    got = program("encode", b"".join(parts))
    assert len(got) == cases
    worth = 0
    for (_, entries), columns in zip(made, got):
        if columns:
            worth += 1
            assert s.rows(columns) == b"".join(entries)
            assert len(columns) < sum(map(len, entries))
    print(f"{cases} payloads, {worth} of them in columns")
    assert worth > cases / 4


def many_fields():
    """Few entries and many fields, all in planes: what needs most memory for its length."""
    for m in (1, 2, 9):
        entries = []
        for i in range(m):
            text, slots = b"", []
            for _ in range(900):
                text += b"ab"
                slots.append((s.STRING, len(text), 3))
                text += b"x%02d" % i
            entries.append(s.record(7, slots, text))
        yield s.columns(entries, {7: 900}, lambda ways: 2 if 2 in ways else ways[0]), b"".join(entries)


def decode(cases):
    """What Python puts into columns, in any way that is allowed, C puts back."""
    blocks, want = map(list, zip(*many_fields()))
    while len(blocks) < cases:
        shapes, entries = payload(few=rnd.random() < .5)
        fields = {x.ident: x.n for x in shapes}
        one = rnd.choice([lambda e: True, lambda e: rnd.random() < .9, lambda e: e[6] & 3 == 0])
        if len({(e[4:8]) for e in entries}) > 255:
            continue
        # A mark with words would be a record without slots: it can't be in a group.
        blocks.append(s.columns(entries, fields, rnd.choice([s.last, rnd.choice]), lambda e: one(e) and (e[6] & 3 == 0 or e[7] == 0)))
        want.append(b"".join(entries))
        assert s.rows(blocks[-1]) == want[-1]
    got = program("decode", framed(blocks))
    wrong = [i for i in range(cases) if got[i] != want[i]]
    print(f"{cases} payloads, {sum(map(len, want))} bytes, {len(wrong)} wrong")
    assert not wrong


def damaged(b):
    at = rnd.randrange(len(b))
    how = rnd.randint(0, 5)
    if how == 0:
        return b[:at]
    if how == 1:
        return b + some_bytes(9)
    if how == 2:
        return b[:at] + b[at + 1:]
    if how == 3:
        at = min(at, 60)
    for _ in range(rnd.choice([1, 1, 2, 5])):
        new = rnd.choice([0, 1, 2, 4, 0xFF, b[at] ^ 1 << rnd.randrange(8), b[at] + 1 & 255])
        b = b[:at] + bytes([new]) + b[at + 1:]
        at = rnd.randrange(len(b))
    return b


def damage(cases):
    """Of damaged columns both make the same, or both refuse them."""
    blocks, want = [], []
    while len(blocks) < cases:
        shapes, entries = payload(few=True)
        good = s.columns(entries, {x.ident: x.n for x in shapes}, rnd.choice([s.last, rnd.choice]), lambda e: e[6] & 3 == 0 or e[7] == 0)
        for _ in range(10):
            bad = damaged(good)
            try:
                # Of what is claimed to be long only its refusal is asked for: neither is to make 16 MiB of it.
                want.append(s.rows(bad, 1 << 20))
            except s.Malformed:
                if int.from_bytes(bad[:4], "little") > 1 << 20 and len(bad) >= 16:
                    continue
                want.append(None)
            blocks.append(bad)
    got = program("decode", framed(blocks))
    wrong = [i for i in range(len(blocks)) if got[i] != want[i]]
    print(f"{len(blocks)} damaged ones, {want.count(None)} refused, {len(wrong)} differ")
    assert not wrong and 0 < want.count(None) < len(blocks)


{"encode": encode, "decode": decode, "damage": damage}[sys.argv[1]](int(sys.argv[2]))
