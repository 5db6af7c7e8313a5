"""Weir streams, written and read by the layouts in weir-stream(5): a second codec, for tests.

XXH3 is the 64-bit variant with the default secret, after xxHash's own specification.
"""
import struct

M64 = (1 << 64) - 1
P32_1, P32_2, P32_3 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
P64_1, P64_2, P64_3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
P64_4, P64_5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
PRIME_MX1, PRIME_MX2 = 0x165667919E3779F9, 0x9FB21C651E98DF25
SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
    "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
    "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e")


def _u32(b, i):
    return int.from_bytes(b[i:i + 4], "little")


def _u64(b, i):
    return int.from_bytes(b[i:i + 8], "little")


def _fold(a, b):
    p = a * b
    return (p & M64) ^ (p >> 64)


def _swap64(x):
    return int.from_bytes(x.to_bytes(8, "little"), "big")


def _avalanche(h):
    h ^= h >> 37
    h = h * PRIME_MX1 & M64
    return h ^ h >> 32


def _avalanche_64(h):
    h ^= h >> 33
    h = h * P64_2 & M64
    h ^= h >> 29
    h = h * P64_3 & M64
    return h ^ h >> 32


def _mix16(b, i, s, seed):
    return _fold(_u64(b, i) ^ _u64(SECRET, s) + seed & M64, _u64(b, i + 8) ^ _u64(SECRET, s + 8) - seed & M64)


def _short(b, seed):
    n = len(b)
    if n > 8:
        lo = (_u64(SECRET, 24) ^ _u64(SECRET, 32)) + seed & M64 ^ _u64(b, 0)
        hi = (_u64(SECRET, 40) ^ _u64(SECRET, 48)) - seed & M64 ^ _u64(b, n - 8)
        return _avalanche((n + _swap64(lo) + hi + _fold(lo, hi)) & M64)
    if n >= 4:
        seed ^= int.from_bytes((seed & 0xFFFFFFFF).to_bytes(4, "little"), "big") << 32
        v = (_u32(b, n - 4) + (_u32(b, 0) << 32)) ^ (_u64(SECRET, 8) ^ _u64(SECRET, 16)) - seed & M64
        v ^= ((v << 49 | v >> 15) & M64) ^ ((v << 24 | v >> 40) & M64)
        v = v * PRIME_MX2 & M64
        v ^= (v >> 35) + n
        v = v * PRIME_MX2 & M64
        return v ^ v >> 28
    if n > 0:
        v = b[0] << 16 | b[n >> 1] << 24 | b[n - 1] | n << 8
        return _avalanche_64(v ^ (_u32(SECRET, 0) ^ _u32(SECRET, 4)) + seed & M64)
    return _avalanche_64(seed ^ _u64(SECRET, 56) ^ _u64(SECRET, 64))


def _middle(b, seed):
    n = len(b)
    acc = n * P64_1
    if n <= 128:
        for i in range((n - 1) // 32, -1, -1):
            acc += _mix16(b, 16 * i, 32 * i, seed) + _mix16(b, n - 16 * (i + 1), 32 * i + 16, seed)
        return _avalanche(acc & M64)
    for i in range(8):
        acc += _mix16(b, 16 * i, 16 * i, seed)
    acc = _avalanche(acc & M64)
    for i in range(8, n // 16):
        acc += _mix16(b, 16 * i, 16 * (i - 8) + 3, seed)
    return _avalanche((acc + _mix16(b, n - 16, 136 - 17, seed)) & M64)


def _accumulate(acc, b, at, secret, s):
    for i in range(8):
        v = _u64(b, at + 8 * i)
        k = v ^ _u64(secret, s + 8 * i)
        acc[i ^ 1] = acc[i ^ 1] + v & M64
        acc[i] = acc[i] + (k & 0xFFFFFFFF) * (k >> 32) & M64


def _long(b, seed):
    n = len(b)
    secret = b"".join((_u64(SECRET, i) + (seed if i % 16 == 0 else -seed) & M64).to_bytes(8, "little")
                      for i in range(0, len(SECRET), 8))
    acc = [P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1]
    stripes = (len(secret) - 64) // 8
    block = 64 * stripes
    for at in range(0, (n - 1) // 64 * 64, 64):
        stripe = at % block // 64
        _accumulate(acc, b, at, secret, 8 * stripe)
        if stripe == stripes - 1:
            for i in range(8):
                v = acc[i] ^ acc[i] >> 47 ^ _u64(secret, len(secret) - 64 + 8 * i)
                acc[i] = v * P32_1 & M64
    _accumulate(acc, b, n - 64, secret, len(secret) - 64 - 7)
    h = n * P64_1
    for i in range(4):
        h += _fold(acc[2 * i] ^ _u64(secret, 11 + 16 * i), acc[2 * i + 1] ^ _u64(secret, 19 + 16 * i))
    return _avalanche(h & M64)


def xxh3(b, seed=0):
    if len(b) <= 16:
        return _short(b, seed)
    return _middle(b, seed) if len(b) <= 240 else _long(b, seed)


def checksum(b):
    return xxh3(b) & 0xFFFFFFFF


# Frames.

NONE = -1 << 63
ABSENT, NULL, FALSE, TRUE, NUMBER, STRING, STRING_JSON, STRING_CSV, ARRAY, OBJECT, TIME, STRING_TSV = range(12)
VALUES, JSON, JSON_VALUE, CSV, LINE = range(5)


def header(kind, payload, plain=None, flags=0, seq=0, count=0, version=1, reserved=0, total=None, magic=b"\x9ewr"):
    """40 bytes; every field can be made wrong on purpose while the checksums are right."""
    size = len(payload) if total is None else total
    head = magic + bytes([version, ord(kind), flags]) + struct.pack(
        "<HIIQII", reserved, size, size if plain is None else plain, seq, count, checksum(payload))
    return head + struct.pack("<II", checksum(head), 0)


def frame(kind, payload=b"", **more):
    return header(kind, payload, **more) + payload


def item(key, value):
    if isinstance(value, int):
        value = struct.pack("<Q", value & M64)
    if isinstance(value, str):
        value = value.encode()
    return struct.pack("<HI", key, len(value)) + value


def hello(stages=("maker",), sources=(), delay=None, run=bytes(range(16)), extra=b""):
    p = item(1, run) + b"".join(item(2, s) for s in stages) + b"".join(item(3, s) for s in sources)
    if delay is not None:
        p += item(4, delay)
    return frame("H", p + extra)


def shape_payload(ident, fmt, names, param=0):
    p = struct.pack("<HBBI", ident, fmt, param, len(names))
    for name in names:
        name = name.encode() if isinstance(name, str) else name
        p += struct.pack("<I", len(name)) + name
    return p


def shape(ident, fmt, names, param=0):
    return frame("S", shape_payload(ident, fmt, names, param))


def record(ident, slots, text=b"", time=NONE, words=(), wide=False, flags=0):
    """slots: (type, offset in the text, length), or (TIME, number of the word)."""
    text = text.encode() if isinstance(text, str) else text
    width = 12 if wide else 4
    words_at = 16 + width * len(slots)
    text_at = words_at + 8 * len(words)
    body = b""
    for s in slots:
        kind, off, size = (TIME, words_at + 8 * s[1], 8) if s[0] == TIME else (s[0], text_at + s[1], s[2])
        body += struct.pack("<III", off, size, kind) if wide else struct.pack("<I", off | size << 16 | kind << 28)
    body += b"".join(struct.pack("<q", w) for w in words) + text
    return struct.pack("<IHBBq", 16 + len(body), ident, flags | (4 if wide else 0), len(words), time) + body


def values(ident, vals, time=NONE, wide=False):
    """A record made of values: (type, bytes) or (TIME, nanoseconds)."""
    text, slots, words = b"", [], []
    for kind, v in vals:
        if kind == TIME:
            slots.append((TIME, len(words)))
            words.append(v)
            continue
        v = v.encode() if isinstance(v, str) else v
        slots.append((kind, len(text), len(v)))
        text += v
    return record(ident, slots, text, time, words, wide)


def watermark(time):
    return struct.pack("<IHBBq", 16, 0, 1, 0, time)


def idle():
    return struct.pack("<IHBBq", 16, 0, 2, 0, 0)


def data(entries, seq=0, count=None, **more):
    n = sum(e[6] & 3 == 0 for e in entries) if count is None else count
    return frame("D", b"".join(entries), seq=seq, count=n, **more)


def barrier(epoch, payload=b""):
    return frame("B", payload, seq=epoch)


def end(how=0, status=None, reason=None, stage=None):
    p = item(1, how)
    if status is not None:
        p += item(2, status)
    if reason is not None:
        p += item(3, reason)
    if stage is not None:
        p += item(4, stage)
    return frame("E", p)


def frames(b):
    """(kind, flags, seq, count, payload, offset) of each frame; checks every checksum."""
    at = 0
    while at < len(b):
        head = b[at:at + 40]
        assert head[:4] == b"\x9ewr\x01" and len(head) == 40, f"no frame at {at}"
        size, plain, seq, count, sum_, hsum, zero = struct.unpack("<IIQIIII", head[8:])
        assert hsum == checksum(head[:32]) and zero == 0, f"header checksum at {at}"
        payload = b[at + 40:at + 40 + size]
        assert len(payload) == size and checksum(payload) == sum_, f"payload at {at}"
        assert head[5] & 1 or plain == size
        yield chr(head[4]), head[5], seq, count, payload, at
        at += 40 + size


def items(payload):
    at = 0
    while at < len(payload):
        key, size = struct.unpack_from("<HI", payload, at)
        yield key, payload[at + 6:at + 6 + size]
        at += 6 + size


def entries(payload):
    """(kind, shape, time, bytes) of each entry of a data frame's payload."""
    at = 0
    while at < len(payload):
        size, ident, flags, _, time = struct.unpack_from("<IHBBq", payload, at)
        yield flags & 3, ident, time, payload[at:at + size]
        at += size


# Columns (flag bit 1 of a data frame): a second codec, by weir-stream(5).

class Malformed(Exception):
    pass


def _must(ok):
    if not ok:
        raise Malformed


def _signed(v):
    return v >> 1 ^ -(v & 1)


def _zigzag(v):
    """Of a difference modulo 2^64, as a signed integer."""
    v = (v + (1 << 63) & M64) - (1 << 63)
    return (v << 1 ^ v >> 63) & M64


class _Columns:
    def __init__(self, b, most):
        self.b, self.at, self.total = b, 0, 0
        rows, entries, verbatim, ngroups = struct.unpack("<4I", self.take(16))
        self.rows = rows
        _must(rows <= most and ngroups <= 255)
        self.add(verbatim)
        heads = [self.head() for _ in range(ngroups)]
        self.which = self.take(entries)
        self.verbatim = self.take(verbatim)
        for i in range(1, 256):
            _must(self.which.count(i) == (heads[i - 1][0] if i <= ngroups else 0))
        self.groups = [iter(self.group(*h)) for h in heads]
        _must(self.at == len(b) and self.total == rows)

    def take(self, n):
        _must(self.at + n <= len(self.b))
        self.at += n
        return self.b[self.at - n:self.at]

    def add(self, n):
        self.total += n
        _must(self.total <= self.rows)

    def int(self, n):
        return int.from_bytes(self.take(n), "little")

    def head(self):
        m, ident, flags, w, n = struct.unpack("<IHBBI", self.take(12))
        _must(m > 0 and n <= 1024)
        order = struct.unpack("<%dH" % n, self.take(2 * n))
        _must(sorted(order) == list(range(n)))
        self.add(m * (16 + n * (12 if flags & 4 else 4) + 8 * w))
        return m, ident, flags, w, order

    def numbers(self, n, most):
        k = self.int(1)
        if k >= 0x10:
            _must(1 <= k - 0x10 <= most)
            return [self.int(k - 0x10)] * n
        _must(k <= most)
        planes = [self.take(n) for _ in range(k)]
        return [int.from_bytes(bytes(column), "little") for column in zip(*planes)] if k else [0] * n

    def strings(self, n):
        form = self.int(1)
        if form == 0:
            return [b""] * n
        if form == 1:
            lens = self.numbers(n, 4)
            self.add(sum(lens))
            return [self.take(k) for k in lens]
        size = self.int(4)
        if form == 2:
            self.add(size * n)
            planes = self.take(size * n)
            return [planes[i::n] for i in range(n)] if n else []
        if form == 3:
            self.add(size * n)
            return [self.take(size)] * n
        _must(form == 4)
        b = self.take(size)
        _must(b.count(0) == n > 0 and b[-1] == 0)
        self.add(size - n)
        return b[:-1].split(b"\0")

    def group(self, m, ident, flags, w, order):
        time, unit = self.int(8), self.int(1)
        _must(unit < 19)
        times = []
        for d in self.numbers(m, 8):
            time += _signed(d) * 10 ** unit
            times.append(time & M64)
        words = [[_signed(d) + t & M64 for d, t in zip(self.numbers(m, 8), times)] for _ in range(w)]
        fields = []
        for f in order:
            hows = self.numbers(m, 1)
            _must(all(h >> 4 in (0, 1, 15) or (h >> 4) - 2 < w for h in hows))
            said = [(self.int(4), self.int(4)) for h in hows if h >> 4 == 15]
            n = sum(h >> 4 == 0 for h in hows)
            fields.append((f, iter(hows), iter(said), iter(self.strings(n)), iter(self.strings(n))))
        tail = self.strings(m)
        return [self.entry(ident, flags, times[i], [x[i] for x in words], fields, tail[i]) for i in range(m)]

    def entry(self, ident, flags, time, words, fields, tail):
        wide = flags & 4
        slots = [None] * len(fields)
        at = 16 + len(fields) * (12 if wide else 4)
        text_at = at + 8 * len(words)
        text = b""
        for f, hows, said, gaps, slices in fields:
            how = next(hows)
            if how >> 4 == 0:
                text += next(gaps)
                v = next(slices)
                off, size = text_at + len(text), len(v)
                text += v
            elif how >> 4 == 1:
                off, size = text_at, 0
            elif how >> 4 == 15:
                off, size = next(said)
            else:
                off, size = at + 8 * ((how >> 4) - 2), 8
            _must(wide or (off < 1 << 16 and size < 1 << 12))
            slots[f] = struct.pack("<III", off, size, how & 15) if wide else struct.pack("<I", off | size << 16 | (how & 15) << 28)
        body = b"".join(slots) + struct.pack("<%dQ" % len(words), *words) + text + tail
        return struct.pack("<IHBBQ", 16 + len(body), ident, flags, len(words), time) + body

    def entries(self):
        at = 0
        for which in self.which:
            if which > 0:
                yield next(self.groups[which - 1])
                continue
            _must(at + 16 <= len(self.verbatim))
            size = _u32(self.verbatim, at)
            _must(16 <= size <= len(self.verbatim) - at)
            yield self.verbatim[at:at + size]
            at += size
        _must(at == len(self.verbatim))


def rows(b, most=16 << 20):
    """The entries that columns stand for, as one payload; Malformed."""
    return b"".join(_Columns(b, most).entries())


def last(x):
    return x[-1]


def put_numbers(values, choose=last):
    """choose: of the ways that do, the best one last."""
    width = max((v.bit_length() + 7) // 8 for v in values) if values else 0
    if width and len(set(values)) == 1 and choose([False, True]):
        return bytes([0x10 | width]) + values[0].to_bytes(width, "little")
    return bytes([width]) + b"".join(bytes(v >> 8 * i & 255 for v in values) for i in range(width))


def put_strings(values, choose=last):
    n = len(values)
    forms = [1]
    if n and not any(0 in v for v in values):
        forms.append(4)
    if len(set(map(len, values))) == 1:
        forms.append(2)
    if len(set(values)) == 1:
        forms.append(3)
    if not any(values):
        forms.append(0)
    form = choose(forms)
    if form == 0:
        return b"\0"
    if form == 1:
        return b"\1" + put_numbers([len(v) for v in values], choose) + b"".join(values)
    if form == 2:
        return b"\2" + struct.pack("<I", len(values[0])) + b"".join(bytes(v[i] for v in values) for i in range(len(values[0])))
    if form == 3:
        return b"\3" + struct.pack("<I", len(values[0])) + values[0]
    return b"\4" + struct.pack("<I", sum(map(len, values)) + n) + b"".join(v + b"\0" for v in values)


def _slots(entry, n):
    for i in range(n):
        if entry[6] & 4:
            yield struct.unpack_from("<III", entry, 16 + 12 * i)
        else:
            v = _u32(entry, 16 + 4 * i)
            yield v & 0xFFFF, v >> 16 & 0xFFF, v >> 28


def _put_group(group, n, order, choose):
    first = group[0]
    w, at = first[7], 16 + n * (12 if first[6] & 4 else 4)
    text_at = at + 8 * w
    times = [_u64(e, 8) for e in group]
    steps = [(t - u + (1 << 63) & M64) - (1 << 63) for u, t in zip(times[:1] + times, times)]
    unit = choose([u for u in range(10) if all(d % 10 ** u == 0 for d in steps)])
    b = struct.pack("<QB", times[0], unit) + put_numbers([_zigzag(d // 10 ** unit) for d in steps], choose)
    for i in range(w):
        b += put_numbers([_zigzag(_u64(e, at + 8 * i) - t) for e, t in zip(group, times)], choose)
    slots = [list(_slots(e, n)) for e in group]
    done = [text_at] * len(group)
    for f in order:
        hows, said, gaps, slices = [], b"", [], []
        for i, e in enumerate(group):
            off, size, kind = slots[i][f]
            if off >= done[i] and off + size <= len(e):
                gaps.append(e[done[i]:off])
                slices.append(e[off:off + size])
                done[i] = off + size
                hows.append(kind)
            elif (off, size) == (text_at, 0):
                hows.append(1 << 4 | kind)
            elif size == 8 and (off - at) % 8 == 0 and 0 <= (off - at) // 8 < min(w, 13):
                hows.append(2 + (off - at) // 8 << 4 | kind)
            else:
                hows.append(15 << 4 | kind)
                said += struct.pack("<II", off, size)
        b += put_numbers(hows, choose) + said + put_strings(gaps, choose) + put_strings(slices, choose)
    return b + put_strings([e[d:] for e, d in zip(group, done)], choose)


def columns(entries, fields, choose=last, keep=lambda entry: True):
    """Entries, sound ones, as columns. fields: of each shape, by id; keep: whether one may be in a group."""
    groups, which, verbatim = {}, [], b""
    for e in entries:
        n = fields.get(_u32(e, 4) & 0xFFFF, 0) if e[6] & 3 == 0 else 0
        if not keep(e) or (e[6] & 4 and any(kind > 15 for _, _, kind in _slots(e, n))):
            which.append(0)
            verbatim += e
            continue
        key = e[4:8], n
        groups.setdefault(key, []).append(e)
        which.append(list(groups).index(key) + 1)
    b = struct.pack("<4I", sum(map(len, entries)), len(entries), len(verbatim), len(groups))
    orders = {}
    for key, group in groups.items():
        lie = list(_slots(group[0], key[1]))
        orders[key] = sorted(range(key[1]), key=lambda f: lie[f][0])
        b += struct.pack("<I", len(group)) + key[0] + struct.pack("<I", key[1]) + struct.pack("<%dH" % key[1], *orders[key])
    b += bytes(which) + verbatim
    for key, group in groups.items():
        b += _put_group(group, key[1], orders[key], choose)
    return b
