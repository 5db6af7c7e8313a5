"""The main job on an access log, computed without weir: main_oracle.py LOG DELAY WINDOW [least status] < OUTPUT

OUTPUT is what swindow -w WINDOW -k .status count sum:.bytes p99:.bytes wrote as JSON; all in seconds.
A record is late if, before it, the greatest time seen of all records less the delay had reached its window's end.
"""
import datetime
import json
import math
import re
import sys

from weir import Checks

LINE = re.compile(rb'\S+ \S+ .*? \[(\d\d)/(\w{3})/(\d{4}):(\d\d):(\d\d):(\d\d) \+0000\] "[^"]*" (\d{3}) (\d+|-) ')
MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
check = Checks()


def read(path):
    for line in open(path, "rb"):
        day, month, year, h, m, s, status, size = LINE.match(line).groups()
        t = datetime.datetime(int(year), MONTHS.index(month) + 1, int(day), int(h), int(m), int(s))
        yield int((t - datetime.datetime(1970, 1, 1)).total_seconds()), int(status), None if size == b"-" else int(size)


def compute(path, delay, window, least):
    cells, greatest, late = {}, None, 0
    for t, status, size in read(path):
        start = t // window * window
        if status >= least:
            if greatest is not None and greatest - delay >= start + window:
                late += 1
            else:
                cells.setdefault((start, status), []).append(size)
        greatest = t if greatest is None else max(greatest, t)
    return cells, late


def stamp(t):
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=t)).isoformat() + "Z"


def main():
    path, delay, window = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    cells, late = compute(path, delay, window, int(sys.argv[4]) if len(sys.argv) > 4 else 0)
    got = [json.loads(line) for line in sys.stdin]
    check.same([(g["start"], g["end"], g["status"]) for g in got],
               [(stamp(s), stamp(s + window), k) for s, k in sorted(cells)], "windows and keys, in order")
    for g, key in zip(got, sorted(cells)):
        sizes = sorted(v for v in cells[key] if v is not None)
        check.same(list(g), ["start", "end", "status", "count", "sum_bytes", "p99_bytes"])
        check.same(g["count"], len(cells[key]), key, "count")
        check.same(g["sum_bytes"], sum(sizes), key, "sum")
        exact = sizes[math.ceil(len(sizes) * 99 / 100) - 1]
        check(abs(g["p99_bytes"] - exact) <= exact / 100, key, "p99", g["p99_bytes"], exact)
    print("late:", late)
    check.done(1000)


if __name__ == "__main__":
    main()
