"""What a stream means, whatever its frames: each record, with the watermark before it and its field names."""
import struct
import sys

import stream as s

delay, mark, shapes = None, s.NONE, {}
for kind, flags, _, _, payload, _ in s.frames(sys.stdin.buffer.read()):
    assert flags == 0
    if kind == "H":
        delay = {k: v for k, v in s.items(payload)}.get(4)
        delay = None if delay is None else int.from_bytes(delay, "little")
    elif kind == "S":
        shapes[struct.unpack_from("<H", payload)[0]] = payload[2:]
    elif kind == "D":
        for what, ident, time, entry in s.entries(payload):
            if what == 1:
                mark = max(mark, time)
            elif what == 0:
                print(mark, shapes[ident], entry[6:])
                if delay is not None and time != s.NONE:
                    mark = max(mark, time - delay)
    elif kind == "E":
        print(mark, payload)
