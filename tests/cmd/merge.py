"""Several sources with event time, against a model: the order of the records, and the watermark before each.

Each source is at a record; the one that is earliest goes next, the first source's where they tie, one without a
time at once. A source's watermark is the greatest time seen, the record it is at included, less the delay; the
stream's is the lowest of those that have not ended, and never goes back. In order: one source after the other.
"""
import json
import os
import random
import struct
import sys

import stream as s
from weir import Checks, good

SEC = 10 ** 9
check = Checks()


def merged(sources, delay):
    at = [0] * len(sources)
    greatest = [None] * len(sources)
    mark, out = s.NONE, []

    def see(i):
        if at[i] < len(sources[i]) and sources[i][at[i]][0] is not None:
            t = sources[i][at[i]][0]
            greatest[i] = t if greatest[i] is None else max(greatest[i], t)

    for i in range(len(sources)):
        see(i)
    while True:
        alive = [i for i in range(len(sources)) if at[i] < len(sources[i])]
        if not alive:
            return out
        i = min(alive, key=lambda i: (s.NONE if sources[i][at[i]][0] is None else sources[i][at[i]][0], i))
        if all(greatest[j] is not None for j in alive):
            mark = max(mark, min(greatest[j] for j in alive) - delay)
        out.append((mark, sources[i][at[i]][1]))
        at[i] += 1
        see(i)


def in_order(sources, delay):
    mark, out = s.NONE, []
    for source in sources:
        for time, line in source:
            out.append((mark, line))
            if time is not None:
                mark = max(mark, time - delay)
    return out


def read(b):
    """(watermark before it, text) of each record."""
    delay, mark, out, fields = None, s.NONE, [], {}
    for kind, _, _, _, payload, _ in s.frames(b):
        if kind == "H":
            delay = dict(s.items(payload)).get(4)
            delay = None if delay is None else int.from_bytes(delay, "little")
        elif kind == "S":
            ident, _, _, n = struct.unpack_from("<HBBI", payload)
            fields[ident] = n
        elif kind == "D":
            for what, ident, time, e in s.entries(payload):
                if what == 1:
                    mark = max(mark, time)
                if what != 0:
                    continue
                text = e[16 + (12 if e[6] & 4 else 4) * fields[ident] + 8 * e[7]:]
                out.append((mark, text.decode()))
                if delay is not None and time != s.NONE:
                    mark = max(mark, time - delay)
    return out


def main(cases):
    for case in range(cases):
        rng = random.Random(case)
        sources, names = [], []
        for i in range(rng.randrange(1, 6)):
            now, source = rng.randrange(5), []
            for j in range(rng.choice([1, 2, 10, 40])):
                now += rng.randrange(4)
                t = None if j > 0 and rng.random() < 0.05 else max(0, now - rng.choice([0, 0, 0, 5]))
                source.append((None if t is None else t * SEC, json.dumps({"ts": t, "s": i, "j": j})))
            sources.append(source)
            names.append(f"in{i}")
            with open(names[-1], "w") as f:
                f.write("".join(line + "\n" for _, line in source))
        delay = rng.choice([0, 3, 10])
        args = ["scat", "-i", "json", "-t", ".ts", "--time-format", "s", "-d", str(delay)]
        env = {"WEIR_FRAME_SIZE": rng.choice(["1", "300", "65536"])}
        want = merged(sources, delay * SEC) if len(sources) > 1 else in_order(sources, delay * SEC)
        got = read(good(args + names, env=env))
        check.same([line for _, line in got], [line for _, line in want], "order, case", case)
        check.same(got, want, "watermarks, case", case)
        text = good(args + ["-O", "json"] + names)
        check.same(text.decode().splitlines(), [line for _, line in want], "as text, case", case)
        got = read(good(args + ["--in-order"] + names, env=env))
        check.same(got, in_order(sources, delay * SEC), "in order, case", case)
        for name in names:
            os.unlink(name)
    check.done(cases * 4)


if __name__ == "__main__":
    main(int(sys.argv[1]))
