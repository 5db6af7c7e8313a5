"""Tumbling windows, naively: a model of swindow that sorts and adds as one would by hand.

model.py CASES [SEED]   makes inputs, and compares the model with scat -d D | swindow -w ... | scat -O json
"""
import datetime
import json
import math
import random
import sys
from decimal import Decimal, getcontext
from fractions import Fraction
from functools import cmp_to_key

from weir import Checks, exact, pipe

getcontext().prec = 200
SEC = 10 ** 9
WEEK = 7 * 86400 * SEC
MONDAY = 4 * 86400 * SEC
MISSING = object()


def rank(v):
    if v is None:
        return 0
    if isinstance(v, bool):
        return 2 if v else 1
    return {Decimal: 3, str: 4, list: 5, dict: 6}[type(v)]


def by_code_point(s):
    return [ord(c) for c in s]


def compare(a, b):
    """As jq orders values."""
    if rank(a) != rank(b):
        return -1 if rank(a) < rank(b) else 1
    if isinstance(a, Decimal):
        return (a > b) - (a < b)
    if isinstance(a, str):
        x, y = by_code_point(a), by_code_point(b)
        return (x > y) - (x < y)
    if isinstance(a, list):
        for x, y in zip(a, b):
            c = compare(x, y)
            if c:
                return c
        return (len(a) > len(b)) - (len(a) < len(b))
    if isinstance(a, dict):
        x, y = sorted(a, key=by_code_point), sorted(b, key=by_code_point)
        c = compare(x, y)
        if c:
            return c
        for name in x:
            c = compare(a[name], b[name])
            if c:
                return c
    return 0


def same(a, b):
    return compare(a, b) == 0


def rfc3339(ns):
    s, frac = divmod(ns, SEC)
    text = (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=s)).strftime("%Y-%m-%dT%H:%M:%S")
    return text + (f".{frac:09d}".rstrip("0") if frac else "") + "Z"


def at(v, steps):
    """The value at a path; None where there is none."""
    for step in steps:
        if isinstance(step, int):
            v = v[step] if isinstance(v, list) and -len(v) <= step < len(v) else None
        else:
            v = v.get(step) if isinstance(v, dict) else None
    return v


def path_text(steps, rng):
    if all(isinstance(s, str) and s.isidentifier() for s in steps) and rng.random() < 0.2:
        return ".".join(steps)
    out = ""
    for s in steps:
        if isinstance(s, int):
            out += f"[{s}]"
        elif s.isidentifier():
            out += "." + s
        else:
            out += ("." if out == "" else "") + f"[{json.dumps(s)}]"
    return out


def last_name(steps):
    return [s for s in steps if isinstance(s, str)][-1]


class Window:
    def __init__(self, aggs):
        self.values = [[] for _ in aggs]


def window_start(time, size, offset):
    base = offset + (MONDAY if size % WEEK == 0 else 0)
    return (time - base) // size * size + base


def decimal_sum(values):
    """With the greatest scale of the terms."""
    total = sum(values, Decimal(0))
    scale = max([0] + [-v.as_tuple().exponent for v in values])
    return str(total.quantize(Decimal(1).scaleb(-scale)))


def result(word, values):
    """What an aggregate gives; ("near", v) where 1 % is allowed, ("text", s) where the spelling counts."""
    if word == "count":
        return Decimal(len(values))
    if not values:
        return None
    if word == "sum":
        return "text", decimal_sum(values)
    if word == "avg":
        total = sum((Fraction(v) for v in values), Fraction(0)) / len(values)
        return "double", total.numerator / total.denominator
    if word in ("min", "max"):
        best = values[0]
        for v in values[1:]:
            c = compare(v, best)
            if c < 0 and word == "min" or c > 0 and word == "max":
                best = v
        return best
    q = Fraction(1, 2) if word == "median" else Fraction(word[1:]) / 100
    v = sorted(values)[max(1, math.ceil(q * len(values))) - 1]
    return v if len(values) <= 32 else ("near", v)


def model(records, case):
    """records: (time or None, value). Returns the results, how many were late and how many bad."""
    windows, greatest, late, bad = {}, None, 0, 0
    for time, rec in records:
        mark = None if greatest is None else greatest - case["delay"]
        if time is None:
            bad += 1
            continue
        if greatest is None or time > greatest:
            greatest = time
        start = window_start(time, case["size"], case["offset"])
        if mark is not None and mark >= start + case["size"]:
            late += 1
            continue
        keys = [at(rec, k) for k in case["keys"]]
        cells = windows.setdefault(start, [])
        for cell in cells:
            if all(same(x, y) for x, y in zip(cell[0], keys)):
                break
        else:
            cell = (keys, Window(case["aggs"]))
            cells.append(cell)
        wrong = False
        for values, (word, steps, _) in zip(cell[1].values, case["aggs"]):
            v = Decimal(1) if steps is None else at(rec, steps)
            if v is None:
                continue
            if word not in ("count", "min", "max") and not isinstance(v, Decimal):
                wrong = True
                continue
            values.append(v)
        bad += wrong
    out = []
    for start in sorted(windows):
        order = cmp_to_key(lambda a, b: compare(a[0], b[0]))
        for keys, w in sorted(windows[start], key=order):
            row = [("start", rfc3339(start)), ("end", rfc3339(start + case["size"]))]
            row += [(last_name(k), v) for k, v in zip(case["keys"], keys)]
            row += [(name, result(word, values)) for (word, _, name), values in zip(case["aggs"], w.values)]
            out.append(row)
    return out, late, bad


def equal(want, text, got):
    """want: from the model; got: the value read, text: its spelling."""
    if isinstance(want, tuple):
        kind, v = want
        if kind == "text":
            return text == v
        if not isinstance(got, Decimal):
            return False
        if kind == "double":
            return float(text) == v
        return abs(got - v) <= abs(v) / 100
    return same(want, got)


class Spelled(Decimal):
    """A number that remembers how it was written."""


def spelled(text):
    d = Spelled(text)
    d.text = text
    return d


def plain(v):
    if isinstance(v, Spelled):
        return Decimal(v)
    if isinstance(v, list):
        return [plain(x) for x in v]
    return {k: plain(x) for k, x in v.items()} if isinstance(v, dict) else v


def compare_line(check, line, want, what):
    got = json.loads(line, parse_float=spelled, parse_int=spelled)
    check.same([k for k, _ in want], list(got), what, line)
    for name, v in want:
        g = got.get(name)
        check(equal(v, getattr(g, "text", None), plain(g)), what, f"{name}: got {g!r}, want {v!r}", line)


# Inputs.

KEYS = ["1", "1.0", "1.00", "10e-1", '"1"', "null", "true", "false", '"a"', '"\\u0061"', '"é"', '"z\\n"', "[1]", "[1.0]",
        "{}", '{"b":1,"a":2}', '{"a":2.0,"b":1}', "-0", "0", "0.0", '""', "1e20", "100000000000000000000", '"\\ud83d\\ude00"',
        '"\\uffee"', "[]", '[null]', "12345678901234567890", "12345678901234567891"]
MIXED = ["null", "true", '"b"', '"B"', "[2]", "[1,5]", "{}", "3", "-7.5", "2e1", '"\\u00e9"', "12345678901234567890",
         '"ab"', "false", '{"x":1}']


def number_text(rng):
    k = rng.random()
    if k < 0.4:
        return str(rng.randrange(-1000, 1000))
    if k < 0.8:
        return f"{rng.randrange(-50, 50)}.{rng.randrange(10 ** 3):03d}"[:rng.choice([5, 6])].rstrip(".")
    if k < 0.9:
        return str(rng.randrange(10 ** 18, 10 ** 20))
    return rng.choice(["0.1", "0.2", "1e2", "1.5e1", "1E-3", "0", "-0", "9007199254740993", "99999999.99999999"])


def member(rng, steps, text, tree):
    """Puts a JSON text at a path into a tree of dicts and lists."""
    for i, step in enumerate(steps[:-1]):
        tree = tree.setdefault(step, {} if isinstance(steps[i + 1], str) else [])
    if isinstance(steps[-1], int):
        tree.extend(["null"] * 1 + [text] if steps[-1] == 1 else [text])
    else:
        tree[steps[-1]] = text


def write(tree):
    if isinstance(tree, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{write(v)}" for k, v in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ",".join(write(v) for v in tree) + "]"
    return tree


PATHS = [("k",), ("a", "b"), ("list", 0), ("list", 1), ("odd name",), ("o", "p.q"), ("deep", "er", "est"), ("list", -1)]


def make_case(rng):
    case = {"size": rng.choice([1, 2, 5, 10, 60, 3600, 86400, 7 * 86400]) * SEC,
            "delay": rng.choice([0, 0, 1, 3, 20, 10 ** 6]) * SEC, "offset": 0}
    if rng.random() < 0.1:
        case["size"] = rng.choice([1500, 250]) * 10 ** 6
    if rng.random() < 0.3:
        case["offset"] = rng.choice([1, -1]) * rng.randrange(0, 3 * case["size"] // (SEC // 10) + 1) * (SEC // 10)
    case["keys"] = rng.sample(PATHS[:7], rng.choice([0, 1, 1, 1, 2, 3]))
    names = [last_name(k) for k in case["keys"]]
    case["keys"] = [k for i, k in enumerate(case["keys"]) if last_name(k) not in names[:i]]
    words = ["count", "sum", "avg", "min", "max", "median", "p50", "p99", "p99.9", "p0", "p100", "p33.3"]
    case["aggs"], taken = [], {"start", "end"} | {last_name(k) for k in case["keys"]}
    for i in range(rng.randrange(1, 6)):
        word = rng.choice(words)
        steps = None if word == "count" and rng.random() < 0.6 else rng.choice([("n",), ("n",), ("m", "v"), ("x",), PATHS[7]])
        name = word.replace(".", "_") + ("" if steps is None else "_" + last_name(steps))
        if name in taken or rng.random() < 0.2:
            name = f"r{i}"
        taken.add(name)
        case["aggs"].append((word, steps, name))
    return case


def make_records(rng, case, n):
    """Lines, and (time, value) as scat should read them."""
    spread = rng.choice([0, 0, 2, 10, 60])
    now, out, text = rng.choice([0, -30, 1500000000, 1431850000]), [], []
    keys = rng.sample(KEYS, rng.randrange(1, 6)) + (["1", "1.0", '"1"'] if rng.random() < 0.3 else [])
    mixed = rng.random() < 0.3
    for _ in range(n):
        now += rng.choice([0, 0, 1, 1, 2, case["size"] // SEC // 3])
        ts = f"{now - rng.randrange(spread + 1)}" + (f".{rng.randrange(1000):03d}" if rng.random() < 0.3 else "")
        tree = {}
        missing = rng.random() < 0.03
        if not missing:
            tree["ts"] = ts
        elif rng.random() < 0.5:
            tree["ts"] = "null"
        for k in case["keys"]:
            if rng.random() < 0.9:
                member(rng, k, rng.choice(keys), tree)
        if rng.random() < 0.9:
            tree["n"] = rng.choice(MIXED) if mixed and rng.random() < 0.5 else number_text(rng)
        if rng.random() < 0.7:
            tree["m"] = {"v": number_text(rng)}
        if rng.random() < 0.4:
            tree["x"] = rng.choice(MIXED)
        line = write(tree)
        text.append(line)
        out.append((None if missing else int(Decimal(ts) * SEC), exact(line)))
    return text, out


def duration(ns):
    return f"{ns}ns" if ns % SEC else f"{ns // SEC}s"


def main(cases, seed):
    check = Checks()
    late_cases = lines_seen = bad_cases = 0
    for i in range(cases):
        rng = random.Random(seed * 100000 + i)
        case = make_case(rng)
        text, records = make_records(rng, case, rng.choice([1, 5, 20, 60, 60, 200]))
        offset = case["offset"]
        window = ["swindow", "-w", duration(case["size"]), "--stats", "stats.json", "-q"]
        if case["keys"]:
            window += ["-k", ",".join(path_text(k, rng) for k in case["keys"])]
        if offset:
            window += ["--offset", ("-" if offset < 0 else "") + duration(abs(offset))]
        for word, steps, name in case["aggs"]:
            own = word.replace(".", "_") + ("" if steps is None else "_" + last_name(steps))
            window.append(("" if name == own else name + "=") + word + ("" if steps is None else ":" + path_text(steps, rng)))
        source = ["scat", "-i", "json", "-t", ".ts", "--time-format", "s", "-d", duration(case["delay"])]
        env = {"WEIR_FRAME_SIZE": rng.choice(["1", "100", "4096", "65536"])}
        statuses, out, err = pipe([source, window, ["scat", "-O", "json"]], "".join(t + "\n" for t in text).encode(), env)
        what = f"case {i} (seed {seed}): {' '.join(source)} | {window}\n" + "\n".join(text[:12]) + "\n"
        want, late, bad = model(records, case)
        got = out.decode().splitlines()
        check.same(statuses, [0, 0, 0], what, err)
        check.same(len(got), len(want), what, out.decode()[:1000])
        for line, row in zip(got, want):
            compare_line(check, line, row, what)
        with open("stats.json") as f:
            stats = json.load(f)
        check.same((stats["late"], stats["bad"]), (late, bad), what, stats)
        late_cases += late > 0
        bad_cases += bad > 0
        lines_seen += len(got)
    print(f"{cases} cases, {lines_seen} results, {late_cases} with late records, {bad_cases} with bad ones")
    check(late_cases >= cases // 10 and bad_cases >= cases // 10, "the cases are too tame")
    check.done(cases * 4)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
