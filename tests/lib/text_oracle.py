#!/usr/bin/env python3
"""Random inputs for lib/text through tests/lib/text.c, judged by Python's csv, json, re, zlib, lzma
and bz2, and by the zstd program. Usage: text_oracle.py CHECK COUNT"""
import bz2
import csv
import gzip
import io
import json
import lzma
import os
import random
import re
import subprocess
import sys
import unicodedata
from datetime import datetime, timezone

PROGRAM = os.path.join(os.environ["BUILD_DIR"], "tests", "text")
DATA = os.environ.get("WEIR_DATA", "")
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")
rnd = random.Random(20150517)


def fail(*what):
    print(*what, sep="\n")
    sys.exit(1)


def same(got, want, *context):
    if got != want:
        fail("got:  %r" % (got,), "want: %r" % (want,), *["%r" % (c,) for c in context])


def call(args, data, statuses=(0,)):
    p = subprocess.run([PROGRAM, *args], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if p.returncode not in statuses:
        fail("status %d: %s" % (p.returncode, args), p.stderr.decode(errors="replace"), repr(data[:400]))
    return p.stdout


def plain(shown):
    return re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), shown)


def parse(args, data, statuses=(0,)):
    """[(kind, line, offset, flags or (at, span), text, [(name, type, value)] or what)], and the last line.
    The input also comes byte by byte, and in pieces: nothing may change."""
    out = call(["parse", *args], data, statuses)
    for step in ("1", "7"):
        if len(data) < 20000 or step == "7":
            again = call(["parse", *args, "-s", step], data, statuses)
            if again != out:
                fail("differs by %s bytes at a time: %s" % (step, args), repr(data), again.decode(), out.decode())
    things, last = [], None
    for line in out.split(b"\n")[:-1]:
        if line.startswith(b" "):
            m = re.match(rb" (.*?)=([a-z]+):(.*)\Z", line)
            things[-1][5].append((plain(m[1]), m[2].decode(), plain(m[3])))
        elif line.startswith(b"record "):
            _, number, offset, flags, text = line.split(b" ", 4)
            things.append(("record", int(number), int(offset), int(flags), plain(text), []))
        elif line.startswith(b"bad "):
            _, number, offset, at, span, text = line.split(b" ", 5)
            text, what, hint = text.rsplit(b"|", 2)
            things.append(("bad", int(number), int(offset), (int(at), int(span)), plain(text), what.decode()))
        else:
            last = line.decode()
    return things, last


def check_places(things, data):
    """Each thing's text is the bytes at its offset, and its line is right."""
    line, at = 1, 0
    for t in things:
        line += data.count(b"\n", at, t[2])
        at = t[2]
        same(data[t[2]:t[2] + len(t[4])], t[4], t)
        same(line, t[1], t)
        if t[0] == "bad" and (t[3][0] > len(t[4]) or t[3][0] + t[3][1] > len(t[4])):
            fail("fault outside of its text: %r" % (t,))


PIECES = ["a", "Z", " ", "0", "1", "-2", "3.50", "1e5", ".", "-", "x,y", ";", "\t", "'", '"', '""', "\n", "\r\n",
          "\r", "é", "漢", "\0", "|", "007", "12345678", "123456789", "1234.678", "12:30", "2015-05-17", "-0", "+1"]


def cell():
    return "".join(rnd.choice(PIECES) for _ in range(rnd.choice([0, 1, 1, 1, 2, 3, 30 if rnd.random() < .1 else 2])))


def check_csv(count):
    for _ in range(count):
        delimiter = rnd.choice(",,;\t|")
        eol = rnd.choice(["\n", "\r\n"])
        quoting = rnd.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
        width = rnd.choice([1, 2, 3, 5, 9])
        header = rnd.random() < .7
        infer = rnd.random() < .7
        rows = [[cell() for _ in range(width)] for _ in range(rnd.choice([0, 1, 3, 20]))]
        if any("\r" in c for row in rows for c in row):
            quoting = csv.QUOTE_ALL  # Python's writer leaves a lone CR bare, its reader ends a row there
        names = ["n%d" % i for i in range(width)] if header else ["c%d" % (i + 1) for i in range(width)]
        f = io.StringIO(newline="")
        w = csv.writer(f, delimiter=delimiter, lineterminator=eol, quoting=quoting)
        w.writerows(([names] if header else []) + rows)
        text = f.getvalue()
        if text and rnd.random() < .3:
            text = text[:-len(eol)]
        if rnd.random() < .2 and text[:1] not in ("", "\ufeff"):
            text = "\ufeff" + text
        data = text.encode()
        args = ["csv", "-d", delimiter] + ([] if header else ["-H"]) + ([] if infer else ["-n"])
        things, last = parse(args, data)
        check_places(things, data)
        want = list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=delimiter))[header:]
        same(rows, want, data)
        got = [[(n.decode(), t, v.decode()) for n, t, v in thing[5]] for thing in things]
        number = infer and quoting == csv.QUOTE_MINIMAL
        same(got, [[(names[i], "number" if number and NUMBER.match(v) else "string", v)
                    for i, v in enumerate(row)] for row in want], data)
        for t in things:
            same(t[3], 8 if b"\n" in t[4] else 0, t)
        emitted = call(["emit", "csv", *args, "-D", delimiter, "-N"], data)
        same(emitted, b"".join(t[4] + b"\n" for t in things), data)


def check_csvnumbers(count):
    """Fields made of what numbers are made of, of all lengths around the 8 bytes that are looked at together."""
    fields = ["".join(rnd.choice("00123456789" * 3 + "..-+eE:/") for _ in range(rnd.choice([1, 2, 3, 5, 7, 8, 9, 12, 17])))
              for _ in range(count)]
    fields += [str(rnd.randrange(10**rnd.randrange(1, 20))) for _ in range(count)]
    fields += ["%.*f" % (rnd.randrange(1, 9), rnd.uniform(-10**4, 10**4)) for _ in range(count)]
    things, _ = parse(["csv", "-H"], "".join("%s,%s\n" % f for f in zip(fields, reversed(fields))).encode())
    same([(v.decode(), t) for thing in things for _, t, v in thing[5][:1]],
         [(f, "number" if NUMBER.match(f) else "string") for f in fields])


def check_csvfaults(count):
    """Any bytes at all: what is read stays the bytes it was, nothing is lost, places are right."""
    letters = [b"a", b"1", b",", b",", b'"', b'"', b"\n", b"\n", b"\r", b"\r\n", b'",', b',"', b'"\n']
    for _ in range(count):
        data = b"a,b\n" + b"".join(rnd.choice(letters) for _ in range(rnd.choice([3, 10, 40])))
        limit = rnd.choice(["9", "30", "1000"])
        things, _ = parse(["csv", "-m", limit], data)
        check_places(things, data)
        at = 4
        for t in things:
            skipped = data[at:t[2]]
            if skipped.strip(b"\r\n"):
                fail("%r skipped before %r in %r" % (skipped, t, data))
            at = t[2] + len(t[4])
            if t[0] == "record" and b"\r" not in re.sub(rb"\r\Z", b"", t[4]):  # see check_csv
                row = list(csv.reader(io.StringIO(t[4].decode() + "\n", newline=""), strict=True))
                same([v.decode() for _, _, v in t[5]], row[0], t, data)
                if len(t[4]) > int(limit):
                    fail("longer than %s: %r" % (limit, t))
            elif b"\n" not in t[4] and "of more than" in t[5] and len(t[4]) == int(limit):
                at = (data.find(b"\n", at) + 1) or len(data)
        if data[at:].strip(b"\r\n"):
            fail("%r lost at the end of %r" % (data[at:], data))


COMBINED = re.compile(
    rb'([^ \["][^ ]*) ([^ \["][^ ]*) ([^\[ ].*?|) \[([0-9]{2})/([A-Z][a-z]{2})/([0-9]{4}):([0-9]{2}:[0-9]{2}:[0-9]{2}) '
    rb'([-+][0-9]{4})\] "((?:[^"\\]|\\.)*)" ([1-9][0-9]{2}|0[0-9]{0}|-) (0|[1-9][0-9]*|-) '
    rb'"((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"\Z', re.S)


def combined_want(line):
    m = COMBINED.match(line)
    if m is None or m[10] == b"0" or m[3] == b"":
        return None
    stamp = b"%s/%s/%s:%s %s" % m.group(4, 5, 6, 7, 8)
    try:
        when = datetime.strptime(stamp.decode(), "%d/%b/%Y:%H:%M:%S %z").astimezone(timezone.utc)
    except ValueError:
        return None
    parts = m[9].split(b" ")
    if len(parts) != 3 or not all(parts):
        parts = [None, m[9], None]
    want = [m[1], m[2], m[3], when.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), *parts, m[10], m[11], m[12], m[13]]
    kinds = ["string"] * 3 + ["time"] + ["string"] * 3 + ["number"] * 2 + ["string"] * 2
    return [("null", b"null") if v in (None, b"-") else (k, v) for k, v in zip(kinds, want)]


def check_combined_lines(lines):
    data = b"\n".join(lines) + b"\n"
    things, _ = parse(["combined"], data)
    check_places(things, data)
    lines = [line for line in lines if line.strip(b" \t\r")]
    same(len(things), len(lines))
    names = b"addr ident user time method path protocol status bytes referer agent".split()
    for t, line in zip(things, lines):
        want = combined_want(line[:-1] if line.endswith(b"\r") else line)
        same(t[4], line)
        same([f[1:] for f in t[5]] if t[0] == "record" else None, want, t)
        if want is not None:
            same([f[0] for f in t[5]], names)


def check_nginx(_):
    with open(os.path.join(DATA, "weblogs", "nginx.log"), "rb") as f:
        check_combined_lines(f.read().split(b"\n")[:-1])


def check_combined(count):
    base = b'10.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326 "http://x/" "Moz (a; b)"'
    pieces = [b" ", b'"', b"\\", b'\\"', b"-", b"[", b"]", b"\r", b"0", b"x", b"\xff", b"", b" - ", b"\\x22"]
    lines = [base, base + b"\r", b"", b" ", base + b' "-"', base.rsplit(b' "', 2)[0],
             base.replace(b"GET /a.gif HTTP/1.0", b"-"), base.replace(b"GET /a.gif HTTP/1.0", b""),
             base.replace(b"GET /a.gif HTTP/1.0", b"\\x16\\x03"), base.replace(b"frank", b"John Q. Doe"),
             base.replace(b"200 2326", b"304 -"), base.replace(b"/a.gif", b'/\\"'), base.replace(b"/a.gif", b"/a b"),
             base.replace(b"Oct", b"Feb").replace(b"10/", b"30/"), base.replace(b"200", b"099")]
    for _ in range(count):
        line = rnd.choice(lines)
        for _ in range(rnd.choice([1, 1, 2])):
            i = rnd.randrange(len(line) + 1)
            line = line[:i] + rnd.choice(pieces) + line[i + rnd.choice([0, 1, 1, 4]):]
        lines.append(line.replace(b"\n", b""))
    check_combined_lines(lines)


def check_lines(count):
    for _ in range(count):
        data = b"".join(rnd.choice([b"\n", b"\r", b"\r\n", b"\0", b"a", b"\xff", b"\xef\xbb\xbf", b" ", b"long line"])
                        for _ in range(rnd.choice([0, 1, 2, 5, 30])))
        if data == b"\xef\xbb\xbf":
            continue
        things, _ = parse(["lines"], data)
        check_places(things, data)
        body = data[3:] if data.startswith(b"\xef\xbb\xbf") else data
        want = body.split(b"\n")
        if want[-1] == b"":
            want.pop()
        same([t[4] for t in things], want, data)
        same([t[5][0] for t in things], [(b"line", "string", w[:-1] if w.endswith(b"\r") else w) for w in want], data)
        same(call(["emit", "raw", "lines"], data), b"".join(w + b"\n" for w in want))


def compress(name, data):
    if name == "zstd":
        return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return {"gzip": gzip.compress, "xz": lzma.compress, "bzip2": bz2.compress}[name](data)


CODECS = ("gzip", "zstd", "xz", "bzip2")


def check_codecs(_):
    parts = [b"".join(b"%d,%d\n" % (i, rnd.randrange(10**9)) for i in range(n)) for n in (3, 4000, 1, 60000)]
    data = b"".join(parts)
    want = call(["parse", "lines"], data)
    for name in CODECS:
        packed = [compress(name, p) for p in parts]
        whole = want[:-1] + b" " + name.encode() + b"\n"
        empty = compress(name, b"")
        for members in (packed, [empty, *packed, empty], [compress(name, data)]):
            for step in ([], ["-s", "1000"]):
                if call(["parse", "lines", *step], b"".join(members)) != whole:
                    fail("%s: %d members, %s" % (name, len(members), step))
        same(call(["parse", "lines"], empty), b"end 1 0 %s\n" % name.encode(), name)
        if name in ("gzip", "xz"):
            same(call(["parse", "lines"], packed[0] + bytes(512)), call(["parse", "lines"], packed[0]), name)
        bad = call(["parse", "lines"], packed[0] + b"something else", (1,))
        same(bad.split(b"\n")[-2], b"failed 0 %s: bad data" % name.encode())
    same(call(["parse", "lines"], b"".join(subprocess.run(["zstd", "-q", "-c", "--fast"], input=p,
         stdout=subprocess.PIPE).stdout + b"\x52\x2a\x4d\x18\x03\0\0\0abc" for p in parts)), want[:-1] + b" zstd\n")


def check_cut(_):
    """Compressed data cut short at every byte fails, and what came before the cut is right."""
    data = b"".join(b"%d %d\n" % (i, rnd.randrange(10**6)) for i in range(40))
    lines = call(["parse", "lines"], data).split(b"\n")
    for name in CODECS:
        packed = compress(name, data)
        first = {"gzip": 2, "zstd": 4, "xz": 6, "bzip2": 10}[name]
        for n in range(first, len(packed)):
            out = call(["parse", "lines"], packed[:n], (1,)).split(b"\n")
            same(out[-2], b"failed 0 %s: unexpected end of data" % name.encode(), n)
            same(out[:-2], lines[:len(out) - 2], name, n)


def check_flip(count):
    """A changed byte is noticed, or changes nothing (a time in a header)."""
    data = b"".join(b"%d %d\n" % (i, rnd.randrange(10**6)) for i in range(400))
    want = call(["parse", "lines"], data).split(b"\n")[:-2]
    for name in CODECS:
        packed = compress(name, data)
        for _ in range(count):
            i = rnd.randrange(10, len(packed))
            out = call(["parse", "lines"], packed[:i] + bytes([packed[i] ^ 1 << rnd.randrange(8)]) + packed[i + 1:],
                       (0, 1)).split(b"\n")
            if not out[-2].startswith(b"failed 0 %s: " % name.encode()):
                same(out[:-2], want, name, i)


def value(depth=0):
    k = rnd.randrange(9 if depth < 3 else 6)
    if k == 0:
        return rnd.choice([None, True, False])
    if k in (1, 2):
        return rnd.choice([0, -1, 12, 10**19, 1.5, -2.25e-7, 123456.789])
    if k < 6:
        return "".join(rnd.choice(["a", "b c", '"', "\\", "/", "\n", "\r", "\t", "\b", "\f", "\x01", "\x1f", "\x7f", "é",
                                   "漢", "😀", ",", ";", "0123456789abcdef", "\u2028"]) for _ in range(rnd.choice([0, 1, 3, 9])))
    if k < 8:
        return [value(depth + 1) for _ in range(rnd.randrange(4))]
    return {text_of(value(3)) + str(i): value(depth + 1) for i in range(rnd.randrange(4))}


def text_of(v):
    if isinstance(v, str):
        return v
    return json.dumps(v, ensure_ascii=False, separators=(",", ":"))


def check_values(count):
    """JSON -> values -> JSON, CSV: decoded, escaped and compacted as Python has it."""
    for _ in range(count):
        names = ["a", "b\"\n", "ö", "d"]
        records = [{n: value() for n in names[:rnd.randrange(1, 5)]} for _ in range(rnd.choice([1, 5]))]
        indent = rnd.choice([None, None, 1])
        ascii_only = rnd.random() < .5
        data = "".join(json.dumps(r, ensure_ascii=ascii_only, indent=indent) + "\n" for r in records).encode()
        for args in ([], ["-v"]):
            out = call(["emit", "json", "json", *args], data)
            got = [json.loads(line) for line in out.decode().split("\n")[:-1]]
            same(got, records, data, args)
            same([list(g) for g in got], [list(r) for r in records])
            if indent and b" " in out and not any(" " in json.dumps(r, separators=(",", ":")) for r in records):
                fail("not compact: %r" % out)
        if indent is None:
            same(call(["emit", "json", "json"], data), data)
            same(call(["emit", "raw", "json"], data), data)
        columns = list(records[0])
        out = call(["emit", "csv", "json"], data).decode()
        rows = list(csv.reader(io.StringIO(out, newline="")))
        same(rows[0], columns, data)
        same(len(rows) - 1, len(records), data)
        for row, r in zip(rows[1:], records):
            for got, name in zip(row, columns):
                v = r.get(name)
                if v is None or isinstance(v, str):
                    same(got, v or "", data)
                else:
                    same(json.loads(got), v, data)


def check_bytes(count):
    """Any bytes as a JSON string: valid UTF-8 as it was, other bytes as U+FFFD one by one."""
    def replace(e):
        return "\ufffd", e.start + 1

    import codecs
    codecs.register_error("each", replace)
    for _ in range(count):
        line = b"".join(rnd.choice([bytes([rnd.randrange(256)]), "é漢😀".encode(), b'"', b"\\", b"plain ascii text",
                                    b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"])
                        for _ in range(rnd.choice([1, 5, 20]))).replace(b"\n", b"")
        if line.startswith(b"\xef\xbb\xbf") or line.endswith(b"\r"):
            continue
        for args in ([], ["-v"]):
            out = call(["emit", "json", "lines", *args], line)
            same(json.loads(out.decode()), {"line": line.decode(errors="each")}, line)


def check_width(_):
    def want(ch):
        if unicodedata.category(ch) in ("Mn", "Me") or (unicodedata.category(ch) == "Cf" and ch != "\xad") \
                or "\u1160" <= ch <= "\u11ff" or "\ud7b0" <= ch <= "\ud7ff":
            return 0
        return 2 if unicodedata.east_asian_width(ch) in "WF" else 1

    old = unicodedata.ucd_3_2_0
    full = unicodedata.unidata_version == "14.0.0"
    chars = [chr(c) for c in range(0xa0, 0x110000) if not 0xd800 <= c < 0xe000]
    chars = [c for c in chars if unicodedata.category(c) != "Cn" and (full or (
        old.category(c) == unicodedata.category(c) and old.east_asian_width(c) == unicodedata.east_asian_width(c)))]
    out = call(["width"], "".join("%d\n" % ord(c) for c in chars).encode()).split()
    same(len(out), len(chars))
    for c, w in zip(chars, out):
        same(int(w), want(c), hex(ord(c)))


def check_table(count):
    """Each line fits; with room enough each cell stands where its header stands."""
    def columns(s):
        return sum(int(w) for w in call(["width"], "".join("%d\n" % ord(c) for c in s).encode()).split()) if s else 0

    for _ in range(count):
        names = ["a", "bb", "ccc", "a long name"][:rnd.randrange(1, 5)]
        records = [{n: rnd.choice([1, 22.5, "x", "漢字" * rnd.randrange(1, 9), "word " * rnd.randrange(9), None, [1, {"a": 2}],
                                   "\x1b[31m\n\t\x9b\u202e"]) for n in names} for _ in range(rnd.choice([1, 7, 130]))]
        data = "".join(json.dumps(r) + "\n" for r in records).encode()
        width = rnd.choice([0, 0, 10, 33, 60])
        flush = rnd.choice([[], ["-f"]])
        out = call(["emit", "table", "json", "-w", str(width), *flush], data).decode()
        lines = out.split("\n")[:-1]
        same(len(lines), len(records) + 2, data, out)
        if re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out):
            fail("control characters: %r" % out)
        for line in lines:
            if width and columns(line) > width:
                fail("wider than %d: %r" % (width, line))
        if width == 0 and not flush and len(records) < 100:
            ends = [m.end() for m in re.finditer("─+", lines[1])]
            starts = [m.start() for m in re.finditer("─+", lines[1])]
            for line, r in zip(lines[2:], records):
                wide = "".join(c if int(w) < 2 else c + "\0" for c, w in zip(line, call(
                    ["width"], "".join("%d\n" % ord(c) for c in line).encode()).split()))
                for n, a, b in zip(names, starts, ends):
                    same(wide[a:b].replace("\0", "").strip(), show(r[n]).strip(), out)


def show(v):
    s = "null" if v is None else text_of(v)
    s = re.sub("[\x00-\x1f]", lambda m: chr(ord(m[0]) + 0x2400), s)
    return re.sub("[\x80-\x9f\u202e]", lambda m: "\\u%04x" % ord(m[0]), s)


def check_spectrum(_):
    root = os.path.join(DATA, "conformance", "csv-spectrum")
    differ = []
    for name in sorted(os.listdir(os.path.join(root, "csvs"))):
        with open(os.path.join(root, "csvs", name), "rb") as f:
            data = f.read()
        with open(os.path.join(root, "json", name[:-4] + ".json"), "rb") as f:
            want = json.loads(f.read().decode())
        things, _ = parse(["csv", "-n"], data)
        got = [{n.decode(): v.decode() for n, _, v in t[5]} for t in things]
        if got != want:
            differ.append((name, got))
    same(differ, [("location_coordinates.csv", [{
        "Contact Phone Number": "2095257564", "Location Coordinates": "37\ufffd36'37.8\"N 121\ufffd2'17.9\"W",
        "Cities": "Modesto", "Counties": "Stanislaus"}])])


def check_trades(_):
    for name in ("trades/btc.csv", "trades/nasdaq.csv", "nab/nyc_taxi.csv"):
        with open(os.path.join(DATA, name), "rb") as f:
            data = f.read()
        rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
        out = call(["parse", "csv"], data)
        same(call(["parse", "csv", "-s", "4093"], data), out)
        got = [plain(v) for v in re.findall(rb"^ .*?=[a-z]+:(.*)$", out, re.M)]
        same(got, [v.encode() for row in rows[1:] for v in row], name)
        body = data.split(b"\n", 1)[1]
        same(call(["emit", "raw", "csv"], data), body if body.endswith(b"\n") else body + b"\n")


if __name__ == "__main__":
    globals()["check_" + sys.argv[1]](int(sys.argv[2]))
