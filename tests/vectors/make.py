"""Makes the vectors: NAME.hex, a stream as xxd -p writes it, and beside it what must come of it:

NAME.json   the records as JSON lines, status 0 (NAME.status: another one)
NAME.why    the message of a stream that must be refused, with status 76; its json, if there is one,
            has the records before the fault

The hex files are committed; run this only to add vectors or to check them: make.py [--check].
"""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import stream as s  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
SEC = 10 ** 9
ONE = s.values(7, [(s.NUMBER, "1")])
NAMED = s.shape(7, s.VALUES, ["n"])
good, bad, status = {}, {}, {}


def ok(name, parts, json):
    good[name] = (b"".join(parts), json)


def refuse(name, parts, why, json=""):
    bad[name] = (b"".join(parts), why, json)


# Frames of every kind.
ok("empty", [s.hello(), s.end()], "")
ok("one", [s.hello(), NAMED, s.data([ONE]), s.end()], '{"n":1}\n')
ok("paused", [s.hello(), NAMED, s.data([ONE]), s.end(how=1)], '{"n":1}\n')
ok("barrier", [s.hello(), NAMED, s.data([ONE]), s.barrier(1), s.data([ONE], seq=1),
               s.barrier(2, s.item(9, b"later")), s.end()], '{"n":1}\n{"n":1}\n')
OUTPUT = s.item(1, b"out.jsonl") + s.item(2, 7) + s.item(3, 8) + s.item(4, 9) + s.item(5, 10)
ENTRY = (s.item(1, b"scat-2") + s.item(2, b"scat") + s.item(3, b"-o out.jsonl\n") + s.item(4, 6) + s.item(5, 123) +
         s.item(6, 1 << 63) + s.item(7, OUTPUT) + s.item(77, b"from a later weir"))
ok("barrier-entry", [s.hello(), NAMED, s.data([ONE]), s.barrier(1, s.item(1, ENTRY) + s.item(2, bytes(16))), s.end(how=1)],
   '{"n":1}\n')
for name, payload in {"id": s.item(1, s.item(2, b"scat") + s.item(3, b"")), "cut": s.item(1, ENTRY[:-3]), "size": s.item(1, s.item(5, b"123")),
                      "output": s.item(1, ENTRY + s.item(7, s.item(2, 1))), "run": s.item(2, b"short"),
                      "nul": s.item(1, s.item(1, b"a\0b") + s.item(2, b"scat") + s.item(3, b""))}.items():
    refuse("barrier-entry-" + name, [s.hello(), s.barrier(1, payload), s.end()], f"damaged stream: frame at offset {len(s.hello())}: a malformed barrier")
ok("state", [s.hello(["swindow"], extra=s.item(16, 17) + s.item(17, 1) + s.item(18, b"swindow") + s.item(19, b"-w 1m\n") +
                     s.item(21, 1431850001500000000)), NAMED, s.data([ONE]), s.end(how=1)], '{"n":1}\n')
ok("state-of-a-sink", [s.hello(["scat-2"], extra=s.item(16, 17) + s.item(17, 1) + s.item(18, b"scat") + s.item(19, b"") + s.item(20, b"")),
                       s.barrier(17, s.item(1, ENTRY)), s.end(how=1)], "")
for name, extra in {"relative": s.item(5, b"state"), "id": s.item(6, b"short"), "epoch": s.item(7, b"7"),
                    "options": s.item(18, b"swindow")}.items():
    refuse("hello-checkpoint-" + name, [s.hello(extra=extra), s.end()], "damaged stream: frame at offset 0: a malformed hello")
ok("hello-full", [s.hello(["scat", "sfilter", "scat-2"], ["a.log", "-", ""], delay=60 * SEC), s.end()], "")
ok("hello-unknown-items", [s.hello(extra=s.item(99, b"from a later weir") + s.item(65535, b"")), NAMED,
                           s.data([ONE]), s.end()], '{"n":1}\n')
ok("end-unknown-item", [s.hello(), NAMED, s.data([ONE]),
                        s.frame("E", s.item(1, 0) + s.item(77, b"?"))], '{"n":1}\n')
ok("two-streams", [s.hello(), NAMED, s.data([ONE]), s.end(), s.hello(), s.shape(7, s.VALUES, ["m"]),
                   s.data([ONE]), s.end()], '{"n":1}\n{"m":1}\n')
ok("empty-data-frame", [s.hello(), s.data([]), NAMED, s.data([ONE]), s.data([], seq=1), s.end()], '{"n":1}\n')
ok("seq-from-anywhere", [s.hello(), NAMED, s.data([ONE], seq=1 << 40), s.data([ONE], seq=(1 << 40) + 1), s.end()],
   '{"n":1}\n{"n":1}\n')
ok("failed", [s.hello(), NAMED, s.data([ONE]), s.end(how=2, status=65, reason="too many bad records", stage="scat")],
   '{"n":1}\n')
status["failed"] = 65

# Values of every type, in narrow and in wide slots. Nested ones leave compacted where the record has no text.
ALL = [(s.ABSENT, ""), (s.NULL, ""), (s.FALSE, ""), (s.TRUE, ""), (s.NUMBER, "12345678901234567890.00"),
       (s.STRING, 'a"b\\\n\x01\u00e9'), (s.STRING_JSON, "a\\u00e9\\n\\\"\\/"), (s.STRING_CSV, 'say ""hi"", then go'),
       (s.ARRAY, '[1, {"a":null}]'), (s.OBJECT, '{"x":[],"y":"\\u0041"}'), (s.TIME, 1431850001500000000),
       (s.STRING_TSV, 'a\\tb "c" \\\\ \\x')]
NAMES = ["absent", "null", "false", "true", "number", "string", "json", "csv", "array", "object", "time", "tsv"]
ALL_JSON = ('{"null":null,"false":false,"true":true,"number":12345678901234567890.00,'
            '"string":"a\\"b\\\\\\n\\u0001\u00e9","json":"a\\u00e9\\n\\"\\/","csv":"say \\"hi\\", then go",'
            '"array":[1,{"a":null}],"object":{"x":[],"y":"\\u0041"},"time":"2015-05-17T08:06:41.5Z",'
            '"tsv":"a\\tb \\"c\\" \\\\ \\\\x"}\n')
ALL_SHAPE = s.shape(0, s.VALUES, NAMES)
ok("types-narrow", [s.hello(), ALL_SHAPE, s.data([s.values(0, ALL)]), s.end()], ALL_JSON)
ok("types-wide", [s.hello(), ALL_SHAPE, s.data([s.values(0, ALL, wide=True)]), s.end()], ALL_JSON)
ok("no-fields", [s.hello(), s.shape(1, s.VALUES, []), s.data([s.values(1, [])]), s.end()], "{}\n")
ok("all-absent", [s.hello(), NAMED, s.data([s.values(7, [(s.ABSENT, "")])]), s.end()], "{}\n")
LONG = "x" * 5000
ok("long-wide", [s.hello(), s.shape(2, s.VALUES, ["a", "b"]),
                 s.data([s.values(2, [(s.STRING, LONG), (s.STRING, "tail")], wide=True)]), s.end()],
   '{"a":"%s","b":"tail"}\n' % LONG)
ok("longest-narrow", [s.hello(), s.shape(2, s.VALUES, ["a", "b"]),
                      s.data([s.values(2, [(s.STRING, "y" * 4095), (s.STRING, "tail")])]), s.end()],
   '{"a":"%s","b":"tail"}\n' % ("y" * 4095))
TIMES = [(0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999999999Z"), (1, "1970-01-01T00:00:00.000000001Z"),
         (951782400 * SEC, "2000-02-29T00:00:00Z"), (10 * 10 ** 6, "1970-01-01T00:00:00.01Z"),
         (-(1 << 63) + 1, "1677-09-21T00:12:43.145224193Z"), ((1 << 63) - 1, "2262-04-11T23:47:16.854775807Z")]
ok("times", [s.hello(), s.shape(3, s.VALUES, ["t"]), s.data([s.values(3, [(s.TIME, t)]) for t, _ in TIMES]), s.end()],
   "".join('{"t":"%s"}\n' % text for _, text in TIMES))
ok("words", [s.hello(), s.shape(3, s.LINE, ["a", "t", "u"]),
             s.data([s.record(3, [(s.STRING, 0, 3), (s.TIME, 1), (s.TIME, 0)], "abc rest", words=[SEC, 2 * SEC, 7])]),
             s.end()], '{"a":"abc","t":"1970-01-01T00:00:02Z","u":"1970-01-01T00:00:01Z"}\n')
ok("names", [s.hello(), s.shape(4, s.VALUES, ["", 'a"b', "\u00e9\n", "a.b"]),
             s.data([s.values(4, [(s.NUMBER, str(i)) for i in range(4)])]), s.end()],
   '{"":0,"a\\"b":1,"\u00e9\\n":2,"a.b":3}\n')

# Texts: what nobody changed leaves as it came.
TEXT = ' {"a" : 1.0, "b":"\\u0041"}\r'
ok("json-text", [s.hello(), s.shape(5, s.JSON, ["a", "b"]),
                 s.data([s.record(5, [(s.NUMBER, 8, 3), (s.STRING_JSON, 18, 6)], TEXT)]), s.end()], TEXT + "\n")
SPREAD = '{"a":\n [1,\n  2]\n}'
ok("json-multiline", [s.hello(), s.shape(5, s.JSON, ["a"]),
                      s.data([s.record(5, [(s.ARRAY, 7, 8)], SPREAD, flags=8)]), s.end()], '{"a":[1,2]}\n')
ok("json-value", [s.hello(), s.shape(6, s.JSON_VALUE, ["value"]),
                  s.data([s.record(6, [(s.NUMBER, 1, 2)], " 42 "), s.record(6, [(s.NULL, 0, 4)], "null")]), s.end()],
   '{"value":42}\n{"value":null}\n')
ok("csv-row", [s.hello(), s.shape(8, s.CSV, ["a", "b"], param=ord(";")),
               s.data([s.record(8, [(s.NUMBER, 0, 1), (s.STRING_CSV, 3, 5)], '1;"x""yz"')]), s.end()],
   '{"a":1,"b":"x\\"yz"}\n')
ok("line", [s.hello(), s.shape(9, s.LINE, ["line"]), s.data([s.record(9, [(s.STRING, 0, 4)], "a\tb\0\r")]), s.end()],
   '{"line":"a\\tb\\u0000"}\n')

# Shapes.
ok("redefined", [s.hello(), NAMED, s.data([ONE]), s.shape(7, s.VALUES, ["m"]), s.data([ONE], seq=1),
                 s.shape(7, s.VALUES, ["n", "m"]), s.data([s.values(7, [(s.NULL, ""), (s.TRUE, "")])], seq=2), s.end()],
   '{"n":1}\n{"m":1}\n{"n":null,"m":true}\n')
ok("last-shape-id", [s.hello(), s.shape(1023, s.VALUES, ["n"]), s.data([s.values(1023, [(s.NUMBER, "5")])]), s.end()],
   '{"n":5}\n')

# Entries that are no records.
ok("marks", [s.hello(), NAMED, s.data([s.watermark(-5 * SEC), ONE, s.watermark(SEC), s.idle(), ONE, s.watermark(2)]),
             s.data([s.idle()], seq=2), s.end()], '{"n":1}\n{"n":1}\n')
ok("delay", [s.hello(delay=2 * SEC), NAMED,
             s.data([s.values(7, [(s.NUMBER, str(t))], time=t * SEC) for t in (5, 3, 9)] + [ONE]), s.end()],
   '{"n":5}\n{"n":3}\n{"n":9}\n{"n":1}\n')


def raw_zstd(b):
    """A zstd frame of one raw block (RFC 8878, section 3.1.1)."""
    return struct.pack("<I", 0xFD2FB528) + bytes([0x20, len(b)]) + (1 | len(b) << 3).to_bytes(3, "little") + b


def rle_zstd(byte, n):
    """n times one byte: a block of one byte."""
    return struct.pack("<I", 0xFD2FB528) + bytes([0x60]) + struct.pack("<H", n - 256) + \
        (1 | 1 << 1 | n << 3).to_bytes(3, "little") + byte


def packed(entries, seq=0):
    b = b"".join(entries)
    return s.frame("D", raw_zstd(b), plain=len(b), flags=1, seq=seq, count=len(entries))


ok("zstd", [s.hello(), NAMED, packed([ONE, ONE]), s.data([ONE], seq=2), packed([ONE], seq=3), s.end()],
   '{"n":1}\n' * 4)
ZSHAPE = s.shape_payload(7, s.VALUES, ["n"])
ok("zstd-shape", [s.hello(), s.frame("S", raw_zstd(ZSHAPE), plain=len(ZSHAPE), flags=1), s.data([ONE]), s.end()],
   '{"n":1}\n')

# Entries as columns.
def columns(b, plain=None, packed=False, **more):
    return s.frame("D", raw_zstd(b) if packed else b, plain=len(b) if packed else plain, flags=3 if packed else 2, **more)


FEW = [s.values(7, [(s.NUMBER, str(n))], time=n * SEC) for n in (5, 3, 9, 3)]
FEW_JSON = '{"n":5}\n{"n":3}\n{"n":9}\n{"n":3}\n'
ok("columns", [s.hello(), NAMED, columns(s.columns(FEW, {7: 1}), count=4), s.data([ONE], seq=4), s.end()], FEW_JSON + '{"n":1}\n')
ok("columns-verbatim", [s.hello(), NAMED, columns(s.columns(FEW, {7: 1}, keep=lambda e: e is FEW[2]), count=4), s.end()], FEW_JSON)
ok("columns-none", [s.hello(), NAMED, columns(s.columns([], {})), columns(s.columns(FEW, {}, keep=lambda e: False), count=4), s.end()], FEW_JSON)
ok("columns-marks", [s.hello(), NAMED, columns(s.columns([s.watermark(-5 * SEC), ONE, s.watermark(SEC), s.idle(), ONE], {7: 1}), count=2),
                     s.end()], '{"n":1}\n{"n":1}\n')
ok("columns-types", [s.hello(), ALL_SHAPE, columns(s.columns([s.values(0, ALL), s.values(0, ALL, wide=True), s.values(0, ALL)],
                     {0: len(ALL)}), count=3), s.end()], ALL_JSON * 3)
ok("columns-words", [s.hello(), s.shape(3, s.LINE, ["a", "t", "u"]),
                     columns(s.columns([s.record(3, [(s.STRING, 0, n), (s.TIME, 1), (s.TIME, 0)], "abcd", words=[SEC, n * SEC, 7], time=n * SEC)
                                        for n in (1, 2, 3)], {3: 3}), count=3), s.end()],
   "".join('{"a":"%s","t":"1970-01-01T00:00:0%dZ","u":"1970-01-01T00:00:01Z"}\n' % ("abc"[:n], n) for n in (1, 2, 3)))
# Slots that go backwards, overlap, lie on the same bytes, and one behind the text's end that nobody reads.
ODD = [s.record(5, [(s.NUMBER, 4, 1), (s.NUMBER, 4, 1), (s.STRING, 2, 3), (s.STRING, 0, 0)], "ab%d%d%d" % (n, n, n)) for n in (1, 2, 3)]
ok("columns-odd", [s.hello(), s.shape(5, s.LINE, ["a", "b", "c", "d"]), columns(s.columns(ODD, {5: 4}), count=3), s.end()],
   "".join('{"a":%d,"b":%d,"c":"%d%d%d","d":""}\n' % (n, n, n, n, n) for n in (1, 2, 3)))
ok("columns-two-shapes", [s.hello(), NAMED, s.shape(8, s.VALUES, ["a", "b"]), columns(s.columns(
    [ONE, s.values(8, [(s.STRING, "x" * 5000), (s.TRUE, "")], wide=True), ONE, s.values(8, [(s.STRING, "y" * 70), (s.NULL, "")])],
    {7: 1, 8: 2}), count=4), s.end()],
   '{"n":1}\n{"a":"%s","b":true}\n{"n":1}\n{"a":"%s","b":null}\n' % ("x" * 5000, "y" * 70))
for way in range(5):
    # Every way to tell strings and numbers that does.
    ok(f"columns-way-{way}", [s.hello(), NAMED, columns(s.columns(FEW, {7: 1}, lambda ways: ways[way % len(ways)]), count=4), s.end()], FEW_JSON)
ok("columns-zstd", [s.hello(), NAMED, columns(s.columns(FEW, {7: 1}), packed=True, count=4), s.end()], FEW_JSON)

# What must be refused. The offset of the frame at fault is the length of what precedes it.
H = s.hello()
AT = f"damaged stream: frame at offset {len(H)}: "
SHAPED = [H, NAMED]
AT2 = f"damaged stream: frame at offset {len(H) + len(NAMED)}: "


def swap(b, at, new):
    return b[:at] + new + b[at + len(new):]


refuse("bad-version", [s.frame("H", b"", version=2)],
       "damaged stream: frame at offset 0: the stream is of another format version; this weir reads version 1")
refuse("bad-magic", [H, swap(s.end(), 1, b"x")], AT + "no frame begins here")
refuse("bad-header-sum", [H, swap(s.end(), 32, b"\0\0\0\0")], AT + "the frame's header is damaged")
refuse("bad-payload-sum", [H, swap(s.end(), 46, b"\x01")], AT + "its payload is damaged")
refuse("bad-kind", [H, s.frame("X")], AT + "a frame of an unknown kind")
refuse("bad-kind-nul", [H, s.frame("\0")], AT + "a frame of an unknown kind")
refuse("bad-flags", [H, s.frame("E", s.item(1, 0), flags=2)], AT + "a frame with reserved bits set")
refuse("bad-reserved", [H, s.frame("E", s.item(1, 0), reserved=1)], AT + "a frame with reserved bits set")
refuse("bad-reserved-end", [H, swap(s.end(), 36, b"\x01")], AT + "a frame with reserved bits set")
refuse("bad-length", [H, s.header("E", b"", total=1 << 31)], AT + "a frame beyond the size limit")
refuse("bad-plain-length", [H, s.header("D", b"", plain=1 << 31, flags=1)], AT + "a frame beyond the size limit")
refuse("bad-two-lengths", [H, s.frame("E", s.item(1, 0), plain=9)], AT + "a frame whose two lengths differ")
refuse("bad-hello-item", [s.frame("H", s.item(1, bytes(16)) + b"\x02\0\xff\0\0\0abc")],
       "damaged stream: frame at offset 0: a malformed hello")
refuse("bad-hello-run", [s.hello(run=b"short")], "damaged stream: frame at offset 0: a malformed hello")
refuse("bad-hello-delay", [s.hello(delay=-1)], "damaged stream: frame at offset 0: a malformed hello")
refuse("bad-no-hello", [NAMED], "damaged stream: frame at offset 0: a frame outside a stream")
refuse("bad-second-hello", [H, s.hello()], AT + "a hello inside a stream")
refuse("bad-after-end", [H, s.end(), NAMED],
       f"damaged stream: frame at offset {len(H) + len(s.end())}: a frame outside a stream")
refuse("bad-end-how", [H, s.end(how=3)], AT + "a malformed end")
refuse("bad-end-status", [H, s.end(how=2, status=0)], AT + "a malformed end")
refuse("bad-end-no-status", [H, s.end(how=2)], AT + "a malformed end")
refuse("bad-end-item", [H, s.frame("E", b"\x01\0\x08\0\0\0\0")], AT + "a malformed end")
refuse("bad-shape-short", [H, s.frame("S", b"\0\0\0")], AT + "a short shape")
refuse("bad-shape-id", [H, s.shape(1024, s.VALUES, ["n"])], AT + "a shape beyond the limits")
refuse("bad-shape-count", [H, s.frame("S", struct.pack("<HBBI", 0, 0, 0, 1 << 30))], AT + "a shape beyond the limits")
refuse("bad-shape-name", [H, s.frame("S", struct.pack("<HBBII", 0, 0, 0, 1, 9) + b"n")],
       AT + "a shape whose names don't fit its length")
refuse("bad-shape-more", [H, s.frame("S", s.shape_payload(0, 0, ["n"]) + b"!")],
       AT + "a shape whose names don't fit its length")
refuse("bad-sequence", [*SHAPED, s.data([ONE], seq=5), s.data([ONE], seq=5), s.end()],
       f"damaged stream: frame at offset {len(H) + len(NAMED) + 40 + len(ONE)}: "
       "frames are missing or repeated before it", '{"n":1}\n')
refuse("bad-count", [*SHAPED, s.data([ONE], count=2), s.end()],
       AT2 + "its records don't fit its header or its shapes", '{"n":1}\n')
refuse("bad-entry-short", [*SHAPED, s.frame("D", ONE[:15], count=1)], AT2 + "an entry is longer than its frame")
refuse("bad-entry-long", [*SHAPED, s.frame("D", swap(ONE, 0, b"\xff\0\0\0"), count=1)],
       AT2 + "an entry is longer than its frame")
refuse("bad-entry-tiny", [*SHAPED, s.frame("D", swap(ONE, 0, b"\x0f\0\0\0"), count=1)],
       AT2 + "an entry is longer than its frame")
refuse("bad-entry-kind", [*SHAPED, s.data([swap(ONE, 6, b"\x03")], count=0)], AT2 + "an entry of an unknown kind")
refuse("bad-mark-size", [*SHAPED, s.data([swap(s.watermark(1), 0, b"\x11\0\0\0") + b"!"])],
       AT2 + "an entry of an unknown kind")
refuse("bad-unknown-shape", [H, s.data([ONE])], AT + "a record of an unknown shape")
refuse("bad-shape-forgotten", [H, NAMED, s.data([ONE]), s.end(), s.hello(), s.data([ONE])],
       f"damaged stream: frame at offset {2 * len(H) + len(NAMED) + 40 + len(ONE) + len(s.end())}: "
       "a record of an unknown shape", '{"n":1}\n')
refuse("bad-record-short", [*SHAPED, s.frame("D", swap(ONE[:16], 0, b"\x10\0\0\0"), count=1)],
       AT2 + "a record is shorter than its shape")
refuse("bad-record-words", [*SHAPED, s.frame("D", swap(ONE, 7, b"\xff"), count=1)],
       AT2 + "a record is shorter than its shape")
refuse("bad-slot-outside", [*SHAPED, s.frame("D", swap(ONE, 16, struct.pack("<I", 20 | 2 << 16 | 4 << 28)), count=1)],
       AT2 + "its records don't fit its header or its shapes")
refuse("bad-slot-type", [*SHAPED, s.frame("D", swap(ONE, 16, struct.pack("<I", 20 | 1 << 16 | 12 << 28)), count=1)],
       AT2 + "its records don't fit its header or its shapes")
refuse("bad-slot-time", [*SHAPED, s.frame("D", swap(ONE, 16, struct.pack("<I", 20 | 1 << 16 | 10 << 28)), count=1)],
       AT2 + "its records don't fit its header or its shapes")
WIDE = s.values(7, [(s.NUMBER, "1")], wide=True)
refuse("bad-slot-wide", [*SHAPED, s.data([swap(WIDE, 16, b"\xff\xff\xff\xff")])],
       AT2 + "its records don't fit its header or its shapes")
refuse("bad-slot-wide-length", [*SHAPED, s.data([swap(WIDE, 20, b"\xff\xff\xff\xff")])],
       AT2 + "its records don't fit its header or its shapes")
refuse("bad-zstd", [*SHAPED, s.frame("D", b"no zstd at all", plain=40, flags=1, count=1)],
       AT2 + "zstd data that does not unpack to its length")
refuse("bad-zstd-length", [*SHAPED, s.frame("D", raw_zstd(ONE), plain=len(ONE) + 1, flags=1, count=1)],
       AT2 + "zstd data that does not unpack to its length")
refuse("bad-zstd-bomb", [*SHAPED, s.frame("D", rle_zstd(b"\0", 60000), plain=50, flags=1, count=1)],
       AT2 + "zstd data that does not unpack to its length")
COLUMNS = s.columns(FEW, {7: 1})
LIE = AT2 + "columns that don't make up entries"
refuse("bad-columns-flag", [H, s.frame("S", ZSHAPE, flags=2)], AT + "a frame with reserved bits set")
refuse("bad-columns-barrier", [H, s.frame("B", b"", flags=2)], AT + "a frame with reserved bits set")
refuse("bad-columns-lengths", [*SHAPED, columns(COLUMNS, plain=sum(map(len, FEW)), count=4)], AT2 + "a frame whose two lengths differ")
refuse("bad-columns-count", [*SHAPED, columns(COLUMNS, count=3)], AT2 + "its records don't fit its header or its shapes", FEW_JSON)
refuse("bad-columns-empty", [*SHAPED, columns(b"")], LIE)
refuse("bad-columns-short", [*SHAPED, columns(COLUMNS[:-1], count=4)], LIE)
refuse("bad-columns-long", [*SHAPED, columns(COLUMNS + b"\0", count=4)], LIE)
# 0: bytes; 4: entries; 8: verbatim; 12: groups; 16: the group's entries; 22: flags, words; 24: fields; 28: the field; 30: which
refuse("bad-columns-bytes", [*SHAPED, columns(swap(COLUMNS, 0, struct.pack("<I", sum(map(len, FEW)) + 1)), count=4)], LIE)
refuse("bad-columns-huge", [*SHAPED, columns(swap(COLUMNS, 0, b"\1\0\0\1"), count=4)], LIE)
refuse("bad-columns-verbatim", [*SHAPED, columns(swap(COLUMNS, 8, b"\xff"), count=4)], LIE)
refuse("bad-columns-groups", [*SHAPED, columns(swap(COLUMNS, 12, b"\0\1"), count=4)], LIE)
refuse("bad-columns-group", [*SHAPED, columns(swap(COLUMNS, 30, b"\2"), count=4)], LIE)
refuse("bad-columns-entries", [*SHAPED, columns(swap(COLUMNS, 16, b"\3"), count=4)], LIE)
refuse("bad-columns-words", [*SHAPED, columns(swap(COLUMNS, 23, b"\1"), count=4)], LIE)
refuse("bad-columns-fields", [*SHAPED, columns(swap(COLUMNS, 24, b"\xff\xff\xff"), count=4)], LIE)
refuse("bad-columns-field", [*SHAPED, columns(swap(COLUMNS, 28, b"\1"), count=4)], LIE)
refuse("bad-columns-unit", [*SHAPED, columns(swap(COLUMNS, 42, b"\x13"), count=4)], LIE)
LONGEST = s.columns([s.values(7, [(s.STRING, "y" * 4095)])] * 3, {7: 1})
refuse("bad-columns-narrow", [*SHAPED, columns(LONGEST.replace(struct.pack("<I", 4095), struct.pack("<I", 4096)).replace(b"y" * 4095, b"y" * 4096)
                                               .replace(LONGEST[:4], struct.pack("<I", 3 * (20 + 4096))), count=3)], LIE)
CUT = s.columns([ONE, ONE], {}, keep=lambda e: False)
refuse("bad-columns-cut", [*SHAPED, columns(swap(CUT, 18, b"\xff"), count=2)], LIE)
refuse("bad-columns-zstd", [*SHAPED, s.frame("D", COLUMNS, plain=len(COLUMNS), flags=3, count=4)],
       AT2 + "zstd data that does not unpack to its length")
refuse("cut-after-hello", [H], f"the stream breaks off at offset {len(H)} without an end: its producer died")
refuse("cut-in-header", [H, NAMED[:20]], f"the stream breaks off at offset {len(H)} without an end: its producer died")


def files():
    for name, (b, json) in good.items():
        yield name + ".hex", b
        yield name + ".json", json
        if name in status:
            yield name + ".status", f"{status[name]}\n"
    for name, (b, why, json) in bad.items():
        yield name + ".hex", b
        yield name + ".why", why + "\n"
        if json:
            yield name + ".json", json


def main():
    names = set()
    differ = 0
    for name, content in files():
        names.add(name)
        if isinstance(content, bytes):
            h = content.hex()
            content = "".join(h[i:i + 64] + "\n" for i in range(0, len(h), 64))
        path = os.path.join(HERE, name)
        if sys.argv[1:] != ["--check"]:
            with open(path, "w", encoding="utf-8", newline="") as f:
                f.write(content)
        else:
            with open(path, encoding="utf-8", newline="") as f:
                if f.read() != content:
                    print(name, "differs")
                    differ = 1
    for name in os.listdir(HERE):
        if name.endswith((".hex", ".json", ".why", ".status")) and name not in names:
            print(name, "is made by nobody")
            differ = 1
    sys.exit(differ)


if __name__ == "__main__":
    main()
