"""Which records sfilter --sample chooses, computed without weir: sample.py RATE SEED [KEY...] < JSON LINES

RATE is a fraction; a KEY is a top-level name. Prints the lines that are chosen."""
import fractions
import json
import struct
import sys

import stream as s

rate, seed, keys = fractions.Fraction(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]


def number(text):
    v = float(text)
    return int(v) if v == int(v) else v


def canon(v):
    if v is None:
        return s.NULL, ""
    if v is True or v is False:
        return s.TRUE if v else s.FALSE, ""
    if isinstance(v, str):
        return s.STRING, v
    if isinstance(v, (int, float)):
        return s.NUMBER, str(v)
    return s.OBJECT if isinstance(v, dict) else s.ARRAY, json.dumps(v, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def form(v):
    kind, text = canon(v)
    return struct.pack("<IB", len(text.encode()), kind) + text.encode()


for line in sys.stdin.buffer:
    record = json.loads(line, parse_float=number)
    data = b"".join(form(record.get(k)) for k in keys) if keys else line.rstrip(b"\n")
    if s.xxh3(data, seed) < rate * 2**64:
        sys.stdout.buffer.write(line)
