"""The records of a stream on stdin, whatever their ids and times: format, names, and the entry's bytes."""
import struct
import sys

import stream as s

shapes = {}
for kind, _, _, _, payload, _ in s.frames(sys.stdin.buffer.read()):
    if kind == "S":
        shapes[struct.unpack_from("<H", payload)[0]] = payload[2:]
    elif kind == "D":
        for what, ident, _, entry in s.entries(payload):
            if what == 0:
                print(shapes[ident], entry[6:8], entry[16:])
