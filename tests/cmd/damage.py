"""Streams that were cut or damaged: always noticed, and nothing wrong comes out.

damage.py cut|flip|flip-packed|frames
"""
import random
import sys

import stream as s
from weir import BROKEN, Checks, good, pipe, run

check = Checks()
TEXT = (b'{"ts":1,"k":"a","n":1}\n{"ts":65,"k":"b","n":2.50}\n{"ts":64,"k":"a"}\n'
        b'{"ts":130,"k":"\\u00e9","n":[1,{"x":null}]}\n')
WINDOW = ["swindow", "-w", "1m", "-k", ".k", "count", "sum:.n"]
SINKS = {"json": ["scat", "-i", "frames", "-O", "json"], "frames": ["scat", "-i", "frames", "-O", "frames"],
         "window": WINDOW}


def begins(whole, part):
    return whole.startswith(part) and (part == b"" or part.endswith(b"\n"))


def cut():
    whole = good(["scat", "-i", "json", "-d", "10s"], TEXT, {"WEIR_FRAME_SIZE": "1"})
    text = good(SINKS["json"], whole)
    check.same(text, TEXT, "the stream itself")
    windows, full, err = pipe([WINDOW, ["scat", "-O", "json"]], whole)
    check(windows == [0, 0] and full.count(b"\n") == 4, "the windows themselves", full, err)
    for at in range(len(whole)):
        part = whole[:at]
        status, out, err = run(SINKS["json"], part)
        check(status == BROKEN and begins(text, out), f"cut at {at} of {len(whole)}: {status}", out)
        check(("producer died" if at > 0 else "the command before it wrote nothing") in err and err.count("\n") == 1, f"cut at {at}: {err}")
        status, out, err = run(SINKS["frames"], part)
        check(status == BROKEN, f"frames, cut at {at}: {status}", err)
        ends = [dict(s.items(f[4])) for f in s.frames(out) if f[0] == "E"]
        check(len(ends) == 1 and ends[0][1][0] == 2 and ends[0][2][0] == BROKEN, f"frames, cut at {at}: ends {ends}")
        statuses, out, err = pipe([WINDOW, ["scat", "-i", "frames", "-O", "json"]], part)
        check(statuses == [BROKEN, BROKEN], f"windows, cut at {at}: {statuses}", err)
        # Only windows that the watermark closed before the cut: 130 - 10 s closes the first two.
        check(begins(full, out) and (at > 0 or out == b""), f"windows, cut at {at}", out)
        closed = out.count(b"\n")
        check(closed in (0, 3) or out == b"", f"windows, cut at {at}: {closed} of them")


def flip(packed=False):
    whole = good(["scat", "-i", "json"] + (["-z", "3"] if packed else []), TEXT * (8 if packed else 1))
    text = good(SINKS["json"], whole)
    if packed:
        check(any(f[1] & 1 for f in s.frames(whole)), "nothing is compressed")
    _, full, _ = pipe([WINDOW, ["scat", "-O", "json"]], whole)
    for bit in range(8 * len(whole)):
        b = bytearray(whole)
        b[bit // 8] ^= 1 << bit % 8
        status, out, err = run(SINKS["json"], bytes(b))
        check(status == BROKEN and begins(text, out), f"bit {bit % 8} of byte {bit // 8}: {status}", out, err)
        check(err.count("\n") == 1 and err.startswith("scat: "), f"bit {bit}: {err}")
        if bit % 37 == 0:
            statuses, out, err = pipe([WINDOW, ["scat", "-i", "frames", "-O", "json"]], bytes(b))
            check(statuses == [BROKEN, BROKEN] and begins(full, out) and out != full,
                  f"windows, bit {bit}: {statuses}", out, err)


def frames():
    """Whole frames lost, repeated or exchanged."""
    whole = good(["scat", "-i", "json"], TEXT * 3, {"WEIR_FRAME_SIZE": "1"})
    text = good(SINKS["json"], whole)
    parts, last = [], 0
    for kind, _, _, _, _, at in list(s.frames(whole))[1:] + [("", 0, 0, 0, b"", len(whole))]:
        parts.append(whole[last:at])
        last = at
    check(b"".join(parts) == whole and len(parts) > 12, f"{len(parts)} frames")
    data = [i for i, p in enumerate(parts) if p[4:5] == b"D"]
    for i in data[:-1]:
        variants = {"lost": parts[:i] + parts[i + 1:], "repeated": parts[:i + 1] + parts[i:]}
        j = data[data.index(i) + 1]
        swapped = list(parts)
        swapped[i], swapped[j] = swapped[j], swapped[i]
        variants["exchanged"] = swapped
        for name, v in variants.items():
            if name != "repeated" and i == data[0]:
                continue  # a stream may begin at any number
            status, out, err = run(SINKS["json"], b"".join(v))
            check(status == BROKEN and begins(text, out), f"frame {i} {name}: {status}", out, err)
    rng = random.Random(7)
    for _ in range(150):
        b = bytearray(whole)
        for _ in range(rng.randrange(1, 5)):
            a, n = rng.randrange(len(b)), rng.randrange(1, 60)
            kind = rng.randrange(3)
            if kind == 0:
                b[a:a + n] = b""
            elif kind == 1:
                b[a:a] = b[a:a + n]
            else:
                b[a:a + n] = rng.randbytes(n)
        if bytes(b) == whole:
            continue
        status, out, err = run(SINKS["json"], bytes(b))
        check(status in (BROKEN,) and begins(text, out), f"random damage: {status}", out, err)


if __name__ == "__main__":
    {"cut": cut, "flip": flip, "flip-packed": lambda: flip(True), "frames": frames}[sys.argv[1]]()
    check.done(100)
