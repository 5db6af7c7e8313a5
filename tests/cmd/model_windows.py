"""Every kind of window, naively, from the semantics alone: records one by one, windows as lists of what is in them.

model_windows.py KIND CASES [SEED]   makes inputs, and compares the model with scat | sfilter | swindow: results, their
order and event times, late records and the starts that they missed, and the watermark in force before each result,
which must not depend on the size of frames. KIND: tumbling hopping cumulating calendar session count all.
"""
import datetime
import json
import os
import random
import subprocess
import sys
from decimal import Decimal
from zoneinfo import ZoneInfo

import stream
from model import compare_line, decimal_sum, result, rfc3339
from weir import BIN, Checks

SEC = 10 ** 9
DAY = 86400 * SEC
NONE = -(1 << 63)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
REV_KINDS = ("final", "update", "periodic")


def floor_to(t, unit, base):
    return (t - base) // unit * unit + base


class Clock:
    """Local midnights of a zone, as instants; without a zone of UTC."""

    def __init__(self, zone):
        self.zone = ZoneInfo(zone)

    def day_of(self, t):
        return (EPOCH + datetime.timedelta(seconds=t // SEC)).astimezone(self.zone).date().toordinal() - 719163

    def midnight(self, day):
        """The first instant of the local day: found by looking, second by second where the clock is changed."""
        d = datetime.datetime.fromordinal(day + 719163)
        at = int(datetime.datetime(d.year, d.month, d.day, tzinfo=self.zone).timestamp())
        while self.day_of((at - 1) * SEC) >= day:
            at -= 1
        while self.day_of(at * SEC) < day:
            at += 1
        return at * SEC


def windows_of(case, t):
    """All windows [start, end) that a time belongs to."""
    size, slide, offset = case["size"], case["slide"], case["offset"]
    if case.get("zone"):
        return calendar_windows(case, t)
    if case["kind"] == "cumulating":
        base = floor_to(t, size, offset + (4 * DAY if size % (7 * DAY) == 0 else 0))
        return [(base, base + e) for e in range(slide, size + 1, slide) if base + e > t]
    base = offset + (4 * DAY if slide % (7 * DAY) == 0 else 0)
    start, out = floor_to(t, slide, base), []
    while start + size > t:
        out.append((start, start + size))
        start -= slide
    return sorted(out)


def calendar_windows(case, t):
    clock, size, slide = case["clock"], case["size"] // DAY, case["slide"]
    unit = size if case["cumulate"] else slide // DAY
    monday = 4 if unit % 7 == 0 else 0
    day = clock.day_of(t)
    first = (day - monday) // unit * unit + monday
    if case["cumulate"]:
        base, last, out = clock.midnight(first), clock.midnight(first + size), []
        if slide % DAY == 0:
            ends = [clock.midnight(first + d) for d in range(slide // DAY, size + 1, slide // DAY)]
        else:
            ends = list(range(base + slide, last, slide)) + [last]
        return [(base, e) for e in ends if e > t]
    out = []
    while first + size > day:
        out.append((clock.midnight(first), clock.midnight(first + size)))
        first -= unit
    return sorted(out)


class Window:
    def __init__(self):
        self.values, self.rev, self.changed = [], 0, False


class Model:
    def __init__(self, case):
        self.case, self.mark, self.out, self.late = case, None, [], []
        self.windows = {}          # (end, start) -> key -> Window
        self.sessions = {}         # key -> list of Session
        self.keys = {}             # key -> Window, or list of values
        self.revises = case["lateness"] > 0 or case["emit"] != "final"
        self.n = 0

    def row(self, start, end, key, values, rev, final, time=None):
        case, row = self.case, [("start", None if start is None else rfc3339(start)), ("end", None if end is None else rfc3339(end))]
        row.append(("k", key))
        for word, name in (("count", None), ("sum", "n"), ("min", "n"), ("max", "n"), ("median", "n"), ("first", "n"), ("last", "n")):
            label = word if name is None else word + "_" + name
            if values is None:
                row.append((label, None))
            elif word == "count":
                row.append((label, Decimal(len(values))))
            elif word in ("first", "last"):
                seen = sorted((v for v in values if v[2] is not None), key=lambda v: (NONE if v[0] is None else v[0], v[1]))
                row.append((label, None if not seen else seen[0][2] if word == "first" else seen[-1][2]))
            else:
                row.append((label, result(word, [v[2] for v in values if v[2] is not None])))
        if self.revises:
            row += [("rev", Decimal(rev)), ("final", final)]
        if time is None:
            time = NONE if end is None else end if case["kind"] in ("count", "all") else end - 1
        order = (NONE if end is None else end, NONE if start is None else start, (key is not None, key))
        return order, row, time

    def say(self, rows):
        self.out += [(row, time) for _, row, time in sorted(rows, key=lambda r: r[0])]

    def next_row(self, start, end, key, w, final):
        w.rev += 1
        w.changed = False
        return self.row(start, end, key, w.values, w.rev, final)

    # Windows of a grid.

    def add_grid(self, t, key, value):
        case, missed, rows = self.case, [], []
        for start, end in windows_of(case, t):
            if self.mark is not None and end + case["lateness"] <= self.mark:
                missed.append(start)
                continue
            w = self.windows.setdefault((end, start), {}).setdefault(key, Window())
            w.values.append(value)
            if case["emit"] == "update" or self.mark is not None and end <= self.mark:
                rows.append(self.next_row(start, end, key, w, False))
            else:
                w.changed = True
        if missed:
            self.late.append((value[1], missed))
        self.say(rows)

    def grid_events(self):
        late = self.case["lateness"]
        return {v for end, _ in self.windows for v in ({end, end + late})}

    def grid_at(self, v, rows):
        late = self.case["lateness"]
        for (end, start), keys in sorted(self.windows.items()):
            if end + late == v:
                rows += [self.next_row(start, end, key, w, True) for key, w in keys.items()]
                del self.windows[end, start]
            elif end == v:
                rows += [self.next_row(start, end, key, w, False) for key, w in keys.items() if w.rev == 0 or w.changed]

    def changed(self, rows, v):
        for (end, start), keys in self.windows.items():
            if end > v:
                rows += [self.next_row(start, end, key, w, False) for key, w in keys.items() if w.changed]
        for key, sessions in self.sessions.items():
            rows += [self.session_row(key, s, False) for s in sessions if s["w"].changed]
        if self.case["kind"] == "all":
            rows += [self.whole_row(key, w, False) for key, w in self.keys.items() if w.changed]

    # Sessions.

    def session_row(self, key, s, final):
        return self.next_row(s["start"], s["last"] + self.case["gap"], key, s["w"], final)

    def add_session(self, t, key, value):
        case, gap, rows = self.case, self.case["gap"], []
        kept = self.sessions.setdefault(key, [])
        touched = [s for s in kept if s["start"] - gap <= t <= s["last"] + gap]
        if not touched and self.mark is not None and t + gap + case["lateness"] < self.mark:
            self.late.append((value[1], [t]))
            return
        new = {"start": min([t] + [s["start"] for s in touched]), "last": max([t] + [s["last"] for s in touched]), "w": Window()}
        for s in touched:
            new["w"].values += s["w"].values
            new["w"].rev = max(new["w"].rev, s["w"].rev)
            if s["start"] != new["start"] and s["w"].rev > 0:
                rows.append(self.row(s["start"], None, key, None, s["w"].rev + 1, True, new["last"] + gap - 1))
            kept.remove(s)
        new["w"].values.append(value)
        kept.append(new)
        new["closed"] = self.mark is not None and new["last"] + gap < self.mark
        if case["emit"] == "update" or new["closed"]:
            rows.append(self.session_row(key, new, False))
        else:
            new["w"].changed = True
        self.say(rows)

    def session_events(self):
        late, gap = self.case["lateness"], self.case["gap"]
        return {s["last"] + gap + 1 + (late if s["closed"] else 0) for ss in self.sessions.values() for s in ss}

    def session_at(self, v, rows):
        late, gap = self.case["lateness"], self.case["gap"]
        for key, sessions in self.sessions.items():
            for s in list(sessions):
                if s["last"] + gap + 1 + late == v:
                    rows.append(self.session_row(key, s, True))
                    sessions.remove(s)
                elif s["last"] + gap + 1 == v and not s["closed"]:
                    if s["w"].rev == 0 or s["w"].changed:
                        rows.append(self.session_row(key, s, False))
                    s["closed"] = True

    # Counts, and all.

    def bounds(self, values):
        times = [v[0] for v in values if v[0] is not None]
        return (min(times), max(times)) if times else (None, None)

    def whole_row(self, key, w, final):
        return self.next_row(*self.bounds(w.values), key, w, final)

    def add_count(self, key, value):
        case, rows = self.case, []
        have = self.keys.setdefault(key, [])
        have.append(value)
        for start in range(0, len(have), case["slide"]):
            part = have[start:start + case["size"]]
            if len(have) <= start + case["size"] and (case["emit"] == "update" or len(part) == case["size"]):
                rows.append(self.row(*self.bounds(part), key, part, len(part), len(part) == case["size"]))
        self.say(rows)

    def add_all(self, key, value):
        w = self.keys.setdefault(key, Window())
        w.values.append(value)
        w.changed = True
        if self.case["emit"] == "update":
            self.say([self.whole_row(key, w, False)])

    # Time.

    def add(self, t, key, n, keep):
        if keep:
            self.n += 1
            value, kind = (t, self.n - 1, n), self.case["kind"]
            if kind == "session":
                self.add_session(t, key, value)
            elif kind == "count":
                self.add_count(key, value)
            elif kind == "all":
                self.add_all(key, value)
            else:
                self.add_grid(t, key, value)
        self.advance(t)

    def is_changed(self):
        rows = any(w.changed for keys in self.windows.values() for w in keys.values())
        return rows or any(s["w"].changed for ss in self.sessions.values() for s in ss) or \
            self.case["kind"] == "all" and any(w.changed for w in self.keys.values())

    def advance(self, t):
        if t is None:
            return
        to, kind = t - self.case["delay"], self.case["kind"]
        if self.mark is not None and to <= self.mark:
            return
        while True:
            events = self.session_events() if kind == "session" else self.grid_events()
            tick = None
            if self.case["emit"] == "periodic" and self.is_changed():
                every = self.case["every"]
                tick = NONE if self.mark is None else self.mark // every * every + every
                events.add(tick)
            events = {v for v in events if (self.mark is None or v > self.mark) and v <= to}
            if not events:
                break
            v, rows = min(events), []
            self.mark = v
            if kind == "session":
                self.session_at(v, rows)
            else:
                self.grid_at(v, rows)
            if v == tick:
                self.changed(rows, v)
            self.say(rows)
        self.mark = to

    def finish(self):
        kind = self.case["kind"]
        rows = []
        for (end, start), keys in self.windows.items():
            rows += [self.next_row(start, end, key, w, True) for key, w in keys.items()]
        for key, sessions in self.sessions.items():
            rows += [self.session_row(key, s, True) for s in sessions]
        if kind == "all":
            rows += [self.whole_row(key, w, True) for key, w in self.keys.items()]
        self.say(rows)


def duration(ns):
    return f"{ns // SEC}s" if ns % SEC == 0 else f"{ns // 10 ** 6}ms"


ZONES = ["Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia", "America/Havana"]


def make_case(rng, kind):
    case = {"kind": kind, "offset": 0, "lateness": 0, "emit": rng.choice(REV_KINDS), "every": rng.choice([1, 2, 5, 10, 30]) * SEC,
            "delay": rng.choice([0, 0, 1, 3, 10, 40]) * SEC, "unit": SEC}
    if rng.random() < 0.4:
        case["lateness"] = rng.choice([1, 4, 10, 50]) * SEC
    size = rng.choice([1, 2, 5, 6, 10, 12, 60])
    case["size"] = case["slide"] = size * SEC
    if kind in ("tumbling", "hopping", "cumulating") and rng.random() < 0.3:
        case["offset"] = rng.choice([1, -1]) * rng.randrange(1, 3 * size) * SEC
    if kind == "hopping":
        case["slide"] = rng.choice([s for s in (1, 2, 3, 4, 5, 7, 10, 15) if size // s <= 12]) * SEC
    elif kind == "cumulating":
        case["slide"] = rng.choice([s for s in (1, 2, 3, 5, 6, 12) if size % s == 0 and size // s <= 12]) * SEC
    elif kind == "calendar":
        case.update(zone=rng.choice(ZONES), size=rng.choice([1, 1, 2, 7, 14]) * DAY, unit=3600 * SEC, cumulate=rng.random() < 0.3)
        case.update(clock=Clock(case["zone"]), slide=case["size"], every=rng.choice([6, 24]) * 3600 * SEC)
        case["delay"] *= 3600
        case["lateness"] *= 3600
        if case["cumulate"]:
            case["slide"] = rng.choice([h for h in (3, 5, 24, 48) if case["size"] // SEC // 3600 % h == 0]) * 3600 * SEC
        elif rng.random() < 0.3:
            case["slide"] = rng.choice([1, 2, 7]) * DAY
    elif kind == "session":
        case["gap"] = rng.choice([1, 2, 5, 10, 30]) * SEC
    elif kind == "count":
        case["size"] = rng.randrange(1, 13)
        case["slide"] = rng.choice([case["size"], case["size"], rng.randrange(1, 16)])
        case["emit"] = rng.choice(["final", "update"])
    if kind in ("count", "all"):
        case["lateness"] = 0
    return case


def command(case):
    kind = case["kind"]
    if kind == "session":
        args = ["--session", duration(case["gap"])]
    elif kind == "count":
        args = ["--count", str(case["size"])] + (["--slide", str(case["slide"])] if case["slide"] != case["size"] else [])
    elif kind == "all":
        args = ["--all"]
    else:
        args = ["-w", duration(case["size"])]
        if case["slide"] != case["size"]:
            args += ["--step" if kind == "cumulating" or case.get("cumulate") else "--slide", duration(case["slide"])]
        if case["offset"]:
            args += ["--offset", ("-" if case["offset"] < 0 else "") + duration(abs(case["offset"]))]
        if case.get("zone"):
            args += ["--tz", case["zone"]]
    if case["lateness"]:
        args += ["--lateness", duration(case["lateness"])]
    if case["emit"] != "final":
        args += ["--emit", "update" if case["emit"] == "update" else duration(case["every"])]
    if kind not in ("count", "all"):
        args += ["--late", "late.weir"]
    # MODEL_SPILL: a directory; WEIR_SPILL_EVERY says how often.
    if "MODEL_SPILL" in os.environ:
        args += ["--spill", os.environ["MODEL_SPILL"]]
    return ["swindow", "-q", "-k", ".k"] + args + ["count", "sum:.n", "min:.n", "max:.n", "median:.n", "first:.n", "last:.n"]


def make_records(rng, case, n):
    unit, spread = case["unit"] // SEC, rng.choice([0, 0, 2, 10, 60])
    now, out = rng.choice([0, -50, 1000000]), []
    if case.get("zone"):
        # Around the changes of the clock; Apia left out a day.
        now = int(datetime.datetime(2011, *rng.choice([(3, 11), (3, 25), (10, 1), (10, 28), (11, 4), (12, 28), (2, 18)]),
                                    tzinfo=datetime.timezone.utc).timestamp())
    keys = rng.choice([[None], ["a", "b"], ["a", "b", None, "c"]])
    for _ in range(n):
        now += rng.choice([0, 0, 1, 1, 2, 3, 12]) * unit
        t = now - rng.randrange(spread + 1) * unit
        if case["kind"] in ("count", "all") and rng.random() < 0.1:
            t = None
        out.append((t, rng.choice(keys), rng.choice([None, str(rng.randrange(-9, 99)), f"{rng.randrange(99)}.{rng.randrange(99):02d}"]),
                    rng.random() < 0.85))
    return out


def run(case, text, size):
    """The bytes that swindow writes; late.weir beside."""
    env = dict(os.environ, WEIR_FRAME_SIZE=size)
    stages = [["scat", "-i", "json", "-t", ".t", "--time-format", "s", "-q", "-d", duration(case["delay"])], ["sfilter", ".keep"], command(case)]
    procs, source = [], subprocess.PIPE
    for args in stages:
        p = subprocess.Popen([BIN + args[0]] + args[1:], stdin=source, stdout=subprocess.PIPE, env=env)
        if procs:
            procs[-1].stdout.close()
        procs.append(p)
        source = p.stdout
    procs[0].stdin.write(text)
    procs[0].stdin.close()
    out = procs[-1].stdout.read()
    return [p.wait() for p in procs], out


def text_of(weir):
    return subprocess.run([BIN + "scat", "-O", "json"], input=weir, stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()


def entries_of(out):
    """(watermark before, event time, bytes) of each record."""
    mark, got = NONE, []
    for kind, _, _, _, payload, _ in stream.frames(out):
        if kind == "D":
            for what, _, time, entry in stream.entries(payload):
                if what == 1:
                    mark = max(mark, time)
                elif what == 0:
                    got.append((mark, time, entry[6:]))
    return got


def late_lines(case):
    with open("late.weir", "rb") as f:
        return [json.loads(line) for line in text_of(f.read())]


def main(kind, cases, seed):
    check = Checks()
    n_late = n_rows = n_taken_back = 0
    for i in range(cases):
        rng = random.Random(f"{kind} {seed} {i}")
        case = make_case(rng, kind)
        records = make_records(rng, case, rng.choice([1, 5, 20, 60, 120]))
        lines, model, kept = [], Model(case), -1
        for t, key, n, keep in records:
            kept += keep
            lines.append(json.dumps({"t": t, "k": key, "n": "N", "keep": keep, "i": kept}).replace('"N"', "null" if n is None else n))
            model.add(None if t is None else t * SEC, key, None if n is None else Decimal(n), keep)
        model.finish()
        text = "".join(line + "\n" for line in lines).encode()
        what = f"{kind} case {i} (seed {seed}): -d {duration(case['delay'])} {' '.join(command(case))}\n"
        outs = []
        for size in rng.sample(["1", "100", "4096", "65536"], 2):
            statuses, out = run(case, text, size)
            check.same(statuses, [0, 0, 0], what)
            outs.append(out)
        got, entries = text_of(outs[0]), entries_of(outs[0])
        check.same(entries, entries_of(outs[1]), what, "the sizes of frames show")
        check.same(len(got), len(model.out), what, "\n".join(got[:20]), "\nwant\n" + "\n".join(str(r) for r, _ in model.out[:20]))
        for line, (row, time), (mark, at, _) in zip(got, model.out, entries):
            compare_line(check, line, row, what)
            check.same(at, time, what, "event time", line)
            # Only what is late itself can complete a count late.
            if kind != "count":
                check(mark <= at, what, "below the watermark", mark, line)
        if kind not in ("count", "all"):
            late = [(r["i"], r["missed"]) for r in late_lines(case)]
            check.same(late, [(n, [rfc3339(s) for s in missed]) for n, missed in model.late], what, "late")
        n_late += len(model.late) > 0
        n_rows += len(got)
        n_taken_back += sum(row[1][1] is None for row, _ in model.out) if kind == "session" else 0
    print(f"{kind}: {cases} cases, {n_rows} results, {n_late} with late records, {n_taken_back} taken back")
    check(kind in ("count", "all") or n_late >= cases // 10, "the cases are too tame")
    check(kind != "session" or n_taken_back >= cases // 10, "no sessions are taken back")
    check.done(cases * 4)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
