"""How JSON texts lie in a source: each case read from a file, from a pipe at once, from a pipe that delivers byte
by byte, and through frames. All four must agree with what is written here.
"""
import fcntl
import os
import struct
import subprocess
import termios

from weir import BIN, Checks, pipe, run

check = Checks()
BOM = "\ufeff"

# Input, what comes out, and the lines that are bad: (line, message).
CASES = [
    # JSON lines
    ('{"a":1}\n{"a":2}\n', '{"a":1}\n{"a":2}\n', []),
    ('{"a":1}\n{"a":2}', '{"a":1}\n{"a":2}\n', []),
    ('{"a":1}', '{"a":1}\n', []),
    ('{}\n{ }\n', "{}\n{ }\n", []),
    (' {"a" : 1.0e0 , "b":"\\u0041\\/"} \t\n{"a":\t[ 1 ]}\n', ' {"a" : 1.0e0 , "b":"\\u0041\\/"} \t\n{"a":\t[ 1 ]}\n', []),
    ("\n\n  \n\t\r\n" + '{"a":1}\n\n \r\n{"a":2}\n\n', '{"a":1}\n{"a":2}\n', []),
    ('{"a":1}\r\n{"a":2}\r\n', '{"a":1}\r\n{"a":2}\r\n', []),
    ('{"a":1}\r\n{"a":2}', '{"a":1}\r\n{"a":2}\n', []),
    ('{"a":1} {"a":2}\n{"b":3}\n', '{"b":3}\n', [(1, "more text behind the value")]),
    ('{"a":1}x\n{"b":1}\n', '{"b":1}\n', [(1, "more text behind the value")]),
    ('{"a":1}\n{"a":\n2}\n{"a":3}\n', '{"a":1}\n{"a":3}\n',
     [(2, "the text ends too early"), (3, "more text behind the value")]),
    ('{"a":1}\n{"a":2', '{"a":1}\n', [(2, "the text ends too early")]),
    ("x\n" + '{"a":1}\n', '{"a":1}\n', [(1, "not a value")]),
    ('{"a":1}\n{"a":"\x01"}\n{"a":2}\n', '{"a":1}\n{"a":2}\n', [(2, "a control character in a string")]),
    # Other values than objects
    ('1\n"x"\nnull\ntrue\n-0.50\n', '{"value":1}\n{"value":"x"}\n{"value":null}\n{"value":true}\n{"value":-0.50}\n', []),
    ("12", '{"value":12}\n', []),
    ("1 2\n3\n", '{"value":3}\n', [(1, "more text behind the value")]),
    # Arrays on a line
    ('[{"a":1},{"a":2}]\n{"b":1}\n[]\n[3,"x",[4]]\n', '{"a":1}\n{"a":2}\n{"b":1}\n{"value":3}\n{"value":"x"}\n{"value":[4]}\n', []),
    ('[{"a":1}, { "a" : 2 } ]', '{"a":1}\n{ "a" : 2 }\n', []),
    ("[]\n[]\n", "", []),
    ('{"b":1}\n[1,2\n[3]\n', '{"b":1}\n{"value":3}\n', [(2, "the text ends too early")]),
    ("[1,2]x\n[3]\n", '{"value":3}\n', [(1, "more text behind the value")]),
    # Texts that span lines
    ('{"a":\n1}\n{"a":2}\n{\n"b":3\n}\n', '{"a":1}\n{"a":2}\n{"b":3}\n', []),
    ('{\n  "a": {\n    "b": [ 1 ,\n 2 ],\n    "c": "x y" } }\n{ "x" : 1 }\n', '{"a":{"b":[1,2],"c":"x y"}}\n{ "x" : 1 }\n', []),
    ('{\r\n"a":1\r\n}\r\n{"b":1}\r\n', '{"a":1}\n{"b":1}\n', []),
    ('{"a":\n1}\n\n  {"b":\n2}', '{"a":1}\n{"b":2}\n', []),
    ('{"a":\n1}\n5\n"x"\n[1,\n2]\n7', '{"a":1}\n{"value":5}\n{"value":"x"}\n{"value":1}\n{"value":2}\n{"value":7}\n', []),
    ('{"a":\n1} {"a":2}\n{"b":3}\n', '{"b":3}\n', [(1, "more text behind the value"), (2, "more text behind the value")]),
    # A first text that turns out bad: its first line is the bad record, the rest are lines
    ('{"a":\nx}\n{"b":1}\n{"c":2}\n', '{"b":1}\n{"c":2}\n', [(1, "not a value"), (2, "not a value")]),
    ('{"a":\n{"b":1}\n{"c":2}\n', '{"b":1}\n{"c":2}\n', [(1, "no comma between members")]),
    ('{"a":1,\n{"b":1}\n{"b":2}\n', '{"b":1}\n{"b":2}\n', [(1, "not a name")]),
    ('{"a":\n1,\n"b":', "", [(1, "the text ends too early"), (2, "more text behind the value"),
                             (3, "more text behind the value")]),
    # A later one that is bad: reading goes on where a line begins with a bracket
    ('{"a":\n1}\n{"a":,\n"b":2}\n{"c":\n3}\n', '{"a":1}\n{"c":3}\n', [(3, "not a value")]),
    ('{"a":\n1}\n{"b":2} x\n{"c":3}\n', '{"a":1}\n{"c":3}\n', [(3, "more text behind the value")]),
    # A top-level array over lines
    ('[\n{"a":1},\n{"a":2}\n]\n', '{"a":1}\n{"a":2}\n', []),
    ('[{"a":1\n},\n{"a":2},{"a":3}]\n', '{"a":1}\n{"a":2}\n{"a":3}\n', []),
    ("[1,\n2]\n[3]\n", '{"value":1}\n{"value":2}\n{"value":3}\n', []),
    ("[\n]\n", "", []),
    ("[\n\n1\n,\n2\n]", '{"value":1}\n{"value":2}\n', []),
    ('[\n{"a":1},\n{"a":2,},\n{"a":3}\n]\n', '{"a":1}\n{"a":3}\n', [(3, "not a name")]),
    ('[\n{"a":1}\n{"a":2},\n{"a":3}]\n', '{"a":1}\n{"a":3}\n', [(3, "no comma between elements")]),
    ("[1,\n2\n", '{"value":1}\n{"value":2}\n', [(3, "the text ends too early")]),
    ("[1,\n2]]\n3\n", '{"value":1}\n{"value":2}\n{"value":3}\n', [(2, "more text behind the value")]),
    # Byte order marks
    (BOM + '{"a":1}\n', '{"a":1}\n', []),
    (BOM + '{"a":\n1}\n', '{"a":1}\n', []),
    (BOM + "[\n1]", '{"value":1}\n', []),
    (BOM, "", [(1, "nothing but a byte order mark")]),
    ('{"a":1}\n' + BOM + '{"a":2}\n', '{"a":1}\n', [(2, "not a value")]),
    # Nothing
    ("", "", []),
    ("\n \n\r\n", "", []),
    # What stays as it came
    ('{"a":1,"b":2,"a":3}\n', '{"a":1,"b":2,"a":3}\n', []),
    ('{"a":12345678901234567890,"b":1.10,"c":1e400,"d":-0,"e":0.1000000000000000000000000000000000000000001}\n',) * 2 + ([],),
    ('{"a\\u0062":1,"\\u00e9":2,"\u00e9":3,"":4,"a.b":5,"\\"":6}\n',) * 2 + ([],),
    ('{"s":"\\ud83d\\ude00 \U0001f600 \\u0000 \\ud800 \\b\\f\\n\\r\\t\\\\\\/\\""}\n',) * 2 + ([],),
    # Strictness; the first five are shown
    ("{'a':1}\n{\"a\":.5}\n{\"a\":01}\n{\"a\":+1}\n{\"a\":1.}\n{\"a\":NaN}\n{\"a\":[1,]}\n{,}\n{\"a\" 1}\n{\"a\":tru}\n", "",
     [(1, "not a name"), (2, "not a value"), (3, None), (4, "not a value")] + [(n, None) for n in range(5, 11)]),
]
RAW = [
    (b'{"a":"\xff"}\n{"a":1}\n', b'{"a":1}\n', [(1, "not UTF-8")]),
    (b'{"a":"\xc0\x80"}\n{"a":"\xed\xa0\x80"}\n{"\xf4\x90\x80\x80":1}\n', b"", [(1, "not UTF-8"), (2, "not UTF-8"), (3, "not UTF-8")]),
    (b'{"a":"x\x00y"}\n{"a":1}\x00\n{"a":2}\n', b'{"a":2}\n', [(1, "a control character in a string"), (2, "more text behind the value")]),
]


def drip(args, data):
    """The same through a pipe in which there is never more than one byte."""
    p = subprocess.Popen([BIN + args[0]] + args[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    fd = p.stdin.fileno()
    for i in range(len(data)):
        os.write(fd, data[i:i + 1])
        while struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, b"\0" * 4))[0] > 0 and p.poll() is None:
            os.sched_yield()
    out, err = p.communicate()
    return p.returncode, out, err.decode()


def messages(err, name):
    """(line, message) of the first lines; the closing summary apart."""
    found = []
    for line in err.splitlines():
        place = f"scat: {name}:"
        if line.startswith(place):
            number, what = line[len(place):].split(": ", 1)
            found.append((int(number), what))
    return found


def close(want, got):
    return len(got) == min(len(want), 5) and all(w[0] == g[0] and w[1] in (None, g[1]) for w, g in zip(want, got))


def one(data, want, bad):
    with open("in", "wb") as f:
        f.write(data)
    status, out, err = run(["scat", "-i", "json", "-O", "json", "in"])
    check.same((status, out), (0, want), "file", data, err)
    check(close(bad, messages(err, "in")), "messages", data, messages(err, "in"), bad)
    if bad and len(bad) < 5:
        count = len(bad)
        check(f"scat: {count} bad record{'s' if count > 1 else ''} skipped" in err, data, err)
    # Found without -i if the first line is JSON as far as it goes.
    detected = data[:1] in (b"{", b"[") and (not bad or bad[0][0] > 1 or b"\n" in data[:5])
    for options in [["-i", "json"], []][:1 + detected]:
        first = run(["scat", "-O", "json"] + options, data)
        check.same(first[:2], (0, want), "pipe", data, first[2])
        check(close(bad, messages(first[2], "(stdin)")), "messages by pipe", data, first[2])
        check.same(drip(["scat", "-O", "json"] + options, data), first, "byte by byte", data)
    statuses, out, err = pipe([["scat", "-i", "json", "-q", "in"], ["scat", "-O", "json"]])
    check.same((statuses, out), ([0, 0], want), "frames", data, err)
    status, _, _ = run(["scat", "-i", "json", "-O", "json", "--max-errors", "0", "in"])
    check.same(status, 65 if bad else 0, "--max-errors 0", data)


def main():
    for data, want, bad in CASES:
        one(data.encode(), want.encode(), bad)
    for case in RAW:
        one(*case)
    check.done(400)


if __name__ == "__main__":
    main()
