"""Aggregates held against models of semantics.md's table in Python.

usage: agg_oracle.py cases N [SEED]   generated cases, with cells cut, saved, loaded and merged at random
       agg_oracle.py rough [SEED]     sketches of many values: the errors, measured
       agg_oracle.py damage N [SEED]  states with wrong bytes
"""
import json
import math
import os
import random
import subprocess
import sys
from decimal import Decimal, getcontext
from fractions import Fraction

getcontext().prec = 120
SECOND = 10 ** 9


def run(commands):
    text = "".join("\t".join(str(w) for w in c) + "\n" for c in commands)
    done = subprocess.run([os.path.join(os.environ["BUILD_DIR"], "tests", "agg")], input=text.encode(), stdout=subprocess.PIPE)
    lines = done.stdout.decode().splitlines()
    if done.returncode != 0:
        sys.exit("status %d\n%s" % (done.returncode, "\n".join(lines[-3:])))
    return lines


def parse(text):
    """JSON with numbers as they are spelled."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def rank(v):
    """A key in jq's order."""
    if v is None:
        return (0,)
    if v is False:
        return (1,)
    if v is True:
        return (2,)
    if isinstance(v, Decimal):
        return (3, Fraction(v))
    if isinstance(v, str):
        return (4, [ord(c) for c in v])
    return (5, [rank(x) for x in v])


def number(v):
    return isinstance(v, Decimal)


class Record:
    def __init__(self, time, x, y):
        self.time, self.texts = time, (x, y)
        self.x, self.y = (None if t == "-" else parse(t) for t in (x, y))


def near(got, want, part):
    return got is not None and want is not None and abs(float(got) - want) <= part * max(abs(want), 1e-300)


def variance(values):
    if len(values) < 2:
        return None
    f = [Fraction(v) for v in values]
    mean = sum(f) / len(f)
    return sum((v - mean) ** 2 for v in f) / (len(f) - 1)


def quantile(values, q):
    if not values:
        return None
    return sorted(values)[max(1, math.ceil(Fraction(q) / 100 * len(values))) - 1]


def decimals(v):
    s = format(v, "f")
    return len(s.split(".")[1].rstrip("0")) if "." in s else 0


def histogram(values):
    if not values:
        return []
    f = [Fraction(v) for v in values]
    e = -max(decimals(v) for v in values)

    def bin_of(v, width):
        return math.floor(v / width)

    while bin_of(max(f), Fraction(10) ** e) - bin_of(min(f), Fraction(10) ** e) >= 1000:
        e += 1
    for nice in (1, 2, 5, 10, 20, 50, 100):
        width = nice * Fraction(10) ** e
        low, high = bin_of(min(f), width), bin_of(max(f), width)
        if high - low < 20:
            break
    return [{"from": b * width, "to": (b + 1) * width, "count": sum(1 for v in f if bin_of(v, width) == b)} for b in range(low, high + 1)]


def frequent(values, n):
    counts = {}
    for v in values:
        k = repr(rank(v))
        counts[k] = (counts.get(k, (0, v))[0] + 1, v)
    order = sorted(counts.values(), key=lambda c: (-c[0], rank(c[1])))
    return [{"value": v, "count": c} for c, v in order[:n]]


def same(a, b):
    """By value: 1 and 1.0 are the same number."""
    if isinstance(a, (Decimal, Fraction, int, float)) and not isinstance(a, bool):
        return isinstance(b, (Decimal, Fraction, int, float)) and not isinstance(b, bool) and Fraction(a) == Fraction(b)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return type(a) is type(b) and a == b


def corr(pairs):
    if len(pairs) < 2:
        return None
    n = len(pairs)
    mx, my = sum(x for x, _ in pairs) / n, sum(y for _, y in pairs) / n
    sx, sy = sum((x - mx) ** 2 for x, _ in pairs), sum((y - my) ** 2 for _, y in pairs)
    if sx == 0 or sy == 0:
        return None
    return float(sum((x - mx) * (y - my) for x, y in pairs)) / math.sqrt(float(sx)) / math.sqrt(float(sy))


HALF = 7


def ewma(timed):
    if not timed:
        return None
    end = max(t for t, _ in timed)
    weights = [2.0 ** (-(end - t) / (HALF * SECOND)) for t, _ in timed]
    return sum(w * float(v) for w, (_, v) in zip(weights, timed)) / sum(weights)


def extreme(records, sign):
    best = None
    for r in records:
        if r.x is None:
            continue
        if best is None:
            best = r
            continue
        a, b = rank(r.x), rank(best.x)
        if (a > b if sign > 0 else a < b) or (a == b and r.time < best.time):
            best = r
    return best


def only(f):
    """Of a model of the values that are there."""
    return lambda rs, w: f([r.x for r in rs if r.x is not None])


def numbers(f):
    return lambda rs, w: f([r.x for r in rs if number(r.x)])


def exactly(got, want):
    return same(got, want)


def spelled(got, want):
    return got is None and want is None or number(got) and number(want) and str(got) == str(want)


def double(got, want):
    return got is None and want is None or got is not None and want is not None and float(got) == float(want)


def about(part):
    return lambda got, want: got is None and want is None or got is not None and want is not None and abs(float(got) - want) <= part * max(1, abs(want))


def by_time(rs):
    return sorted((r for r in rs if r.x is not None), key=lambda r: r.time)


def delta(rs, w):
    rs = [r for r in by_time(rs) if number(r.x)]
    return rs[-1].x - rs[0].x if rs else None


# What each one gives, and how its answer is compared.
MODELS = {
    "count": (lambda rs, w: len(rs), exactly),
    "count:.x": (only(len), exactly),
    "count?.y==1": (lambda rs, w: sum(1 for r in rs if number(r.y) and r.y == 1), exactly),
    "sum:.x?.y!=null": (lambda rs, w: (lambda v: sum(v[1:], v[0]) if v else None)([r.x for r in rs if number(r.x) and r.y is not None]), spelled),
    "rate": (lambda rs, w: float(Fraction(len(rs) * SECOND, w[1] - w[0])), double),
    "sum:.x": (numbers(lambda v: sum(v[1:], v[0]) if v else None), spelled),
    "avg:.x": (numbers(lambda v: float(sum(map(Fraction, v)) / len(v)) if v else None), double),
    "var:.x": (numbers(lambda v: None if variance(v) is None else float(variance(v))), double),
    "stddev:.x": (numbers(lambda v: None if variance(v) is None else math.sqrt(float(variance(v)))), double),
    "min:.x": (only(lambda v: min(v, key=rank) if v else None), exactly),
    "max:.x": (only(lambda v: max(v, key=rank) if v else None), exactly),
    "first:.x": (lambda rs, w: by_time(rs)[0].x if by_time(rs) else None, exactly),
    "last:.x": (lambda rs, w: by_time(rs)[-1].x if by_time(rs) else None, exactly),
    "argmax:.x:.y": (lambda rs, w: extreme(rs, 1).y if extreme(rs, 1) else None, exactly),
    "argmin:.x:.y": (lambda rs, w: extreme(rs, -1).y if extreme(rs, -1) else None, exactly),
    "delta:.x": (delta, exactly),
    "ewma:.x:7s": (lambda rs, w: ewma([(r.time, r.x) for r in rs if number(r.x)]), about(1e-9)),
    "corr:.x:.y": (lambda rs, w: corr([(Fraction(r.x), Fraction(r.y)) for r in rs if number(r.x) and number(r.y)]), about(1e-7)),
    "median:.x": (numbers(lambda v: quantile(v, 50)), None),
    "p90:.x": (numbers(lambda v: quantile(v, 90)), None),
    "p99.9:.x": (numbers(lambda v: quantile(v, "99.9")), None),
    "distinct:.x": (only(lambda v: len({repr(rank(x)) for x in v})), exactly),
    "top3:.x": (only(lambda v: frequent(v, 3)), exactly),
    "list:.x": (only(lambda v: v[:1000]), exactly),
    "list:.x:5": (only(lambda v: v[:5]), exactly),
    "set:.x": (only(lambda v: [f["value"] for f in sorted(frequent(v, 10 ** 9), key=lambda f: rank(f["value"]))]), exactly),
    "hist:.x": (numbers(histogram), exactly),
}


def draw_value(rng, kind):
    if kind == "whole":
        return str(rng.randrange(-20, 100))
    if kind == "money":
        return "%d.%02d" % (rng.randrange(-5, 1000), rng.randrange(100))
    if kind == "small":
        return "%.9f" % rng.random()
    if kind == "long":
        return str(rng.randrange(-10 ** 17, 10 ** 17))
    if kind == "same":
        return rng.choice(["1", "1.0", "1.00"])
    return rng.choice(["1", "1.0", "2.5", '"a"', '"b\\u00e9"', '"\\ud83d\\ude00 long enough to live on the heap"', "true", "false", "null", "[1,2]",
                       "[]", '[1,"x"]', "-", "-3"])


def case(rng):
    specs = rng.sample(sorted(MODELS), rng.randrange(1, len(MODELS) + 1))
    if rng.random() < 0.1:
        specs = sorted(MODELS)
    kind = rng.choice(["whole", "money", "small", "long", "mixed", "same"])
    n = rng.choice([0, 1, 2, 5, 20, 31, 32, 33, 60, 200])
    slices = rng.choice([1, 1, 2, 3, 7])
    span = rng.choice([1, 10, 3600]) * SECOND
    records = []
    for _ in range(n):
        x = draw_value(rng, kind if rng.random() < 0.95 else "mixed")
        y = draw_value(rng, rng.choice(["whole", "whole", "same", "mixed"]))
        records.append(Record(rng.choice([rng.randrange(span), rng.randrange(10) * (span // 10)]), x, y))
    return specs, slices, span, records, rng.random() < 0.3


def plan(rng, specs, slices, span, records, exact, cuts):
    """The commands of a case; the slices are merged in their order at the end, or some of them before."""
    commands = [["use"] + (["exact"] if exact else []) + specs]
    for r in records:
        at = r.time * slices // span
        commands.append(["add", at, r.time, *r.texts])
        if rng.random() < cuts:
            commands.append(["again", at])
    # From the first on, or from the last back: what is in `into` came before, and that is all merging asks for.
    if rng.random() < 0.5:
        for i in range(1, slices):
            commands.append(["merge", 0, i])
            if rng.random() < cuts:
                commands.append(["again", 0])
    else:
        for i in range(slices - 2, -1, -1):
            commands.append(["merge", i, i + 1])
            if rng.random() < cuts:
                commands.append(["again", i])
    commands.append(["get", 0, 0, span])
    return commands


def check(spec, got, records, exact):
    model, compare = MODELS[spec]
    want = model(records, (0, max(1, records_span[0])))
    if compare is None:
        n = sum(1 for r in records if number(r.x))
        if exact or n <= 32 or want is None:
            return want, (got is None and want is None) or same(got, want)
        return want, near(got, float(want), 0.01)
    return want, compare(got, want)


records_span = [1]


def cases(n, seed):
    rng = random.Random(seed)
    cases = [case(rng) for _ in range(n)]
    commands, answers = [], []
    for specs, slices, span, records, exact in cases:
        commands += plan(rng, specs, slices, span, records, exact, 0.2)
        # Never saved: the same, to the byte.
        state = rng.getstate()
        commands += plan(rng, specs, slices, span, records, exact, 0) if slices == 1 else []
        rng.setstate(state)
    lines = [line for line in run(commands) if not line.startswith("bad ")]
    wrong = values = 0
    for specs, slices, span, records, exact in cases:
        line = lines.pop(0)
        if slices == 1 and lines.pop(0) != line:
            print("saving and loading changed the answer:", line)
            wrong += 1
        records_span[0] = span
        for spec, got in zip(specs, parse(line)):
            want, good = check(spec, got, records, exact)
            values += 1
            if not good:
                wrong += 1
                if wrong < 4:
                    print(spec, "exact" if exact else "", slices, "slices\n  got ", str(got)[:500], "\n  want", str(want)[:500])
                    print("  of", [(r.time, *r.texts) for r in records][:8])
    print("%d cases, %d values, %d wrong" % (n, values, wrong))
    return wrong == 0 and values > n and not lines


def rough(seed):
    """The bounds that the page states, on many values."""
    rng = random.Random(seed)
    errors = []
    for n in [1024, 1025, 2000, 5000, 20000, 60000] * 5:
        base = rng.randrange(10 ** 9)
        # In two slices with values in common, in any order, some twice.
        commands = [["use", "distinct:.x"]]
        for i in range(n):
            where = rng.randrange(3)
            commands += [["add", c, 0, base + i, 1] for c in (0, 1) if where in (c, 2)]
        commands += [["again", 0], ["merge", 0, 1], ["get", 0, 0, 1]]
        got = json.loads(run(commands)[0])[0]
        errors.append((n, got / n - 1))
        if n <= 1024 and got != n:
            print("distinct of %d: %d" % (n, got))
            return False
    many = [e for n, e in errors if n > 1024]
    rms = math.sqrt(sum(e * e for e in many) / len(many))
    print("distinct: root mean square error %.4f, greatest %.4f" % (rms, max(map(abs, many))))
    if rms > 0.0115 or max(map(abs, many)) > 0.035:
        return False
    for n, different in [(20000, 3000), (50000, 40000), (50000, 1200)]:
        values = [int(different * rng.random() ** 3) for _ in range(n)]
        commands = [["use", "top20:.x"]] + [["add", i * 3 // n, 0, v, 1] for i, v in enumerate(values)]
        commands += [["again", 1], ["merge", 0, 1], ["again", 0], ["merge", 0, 2], ["get", 0, 0, 1]]
        got = json.loads(run(commands)[0])[0]
        counts = {}
        for v in values:
            counts[v] = counts.get(v, 0) + 1
        if any(not 0 <= g["count"] - counts[g["value"]] <= g.get("error", 0) <= n // 1000 for g in got):
            return False
        worst = max(g["count"] - counts[g["value"]] for g in got)
        least = min(g["count"] - counts[g["value"]] for g in got)
        print("top of %d: counts %d to %d too great, bound %d" % (n, least, worst, n // 1000))
        missed = [v for v in counts if counts[v] > got[-1]["count"] and v not in [g["value"] for g in got]]
        if least < 0 or worst > n // 1000 or missed:
            return False
    return True


def damage(n, seed):
    rng = random.Random(seed)
    commands = []
    for _ in range(n):
        specs, slices, span, records, exact = case(rng)
        commands += plan(rng, specs, 1, span, records, exact, 0)
        commands += [["damage", 0, rng.randrange(10 ** 9)] for _ in range(20)]
    return len(run(commands)) >= n


args = sys.argv[2:]
if sys.argv[1] == "cases":
    ok = cases(int(args[0]), int(args[1]) if len(args) > 1 else 1)
elif sys.argv[1] == "rough":
    ok = rough(int(args[0]) if args else 1)
else:
    ok = damage(int(args[0]), int(args[1]) if len(args) > 1 else 1)
sys.exit(0 if ok else 1)
