"""Random cases for base/units.h, judged by fractions.Fraction.

units_oracle.py KIND CASES [SEED]
"""
import math
import random
import re
import sys
from fractions import Fraction

from judge import judge, run

rnd = random.Random(1)
DURATIONS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
             "d": 86400 * 10**9, "w": 7 * 86400 * 10**9}
LETTERS = "KMGTPE"
SIZES = {"": 1, "b": 1}
for power, letter in enumerate(LETTERS.lower(), 1):
    SIZES.update({letter: 1024**power, letter + "ib": 1024**power, letter + "b": 1000**power})


def number():
    t = str(rnd.choice((rnd.randint(0, 9), rnd.randint(0, 99), rnd.getrandbits(40), rnd.getrandbits(65))))
    if rnd.random() < .4:
        t += "." + "".join(rnd.choice("0000123456789") for _ in range(rnd.randint(1, rnd.choice((2, 9, 19)))))
    return t


def mangle(t):
    at = rnd.randint(0, len(t))
    return t[:at] + rnd.choice("0.-+ xhmsKiB") + t[at + rnd.randint(0, 1):]


def duration(t):
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", t):
        t += "s"
    parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)(ns|us|ms|s|m|h|d|w)(?![a-z])", t)
    if not parts or "".join(a + b for a, b in parts) != t:
        return None
    if any(len(a.partition(".")[2].rstrip("0")) > 18 for a, b in parts):
        return None
    each = [Fraction(a) * DURATIONS[b] for a, b in parts]
    total = sum(each)
    if any(x.denominator != 1 for x in each) or total >= 2**63:
        return None
    return int(total)


def size(t):
    m = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(| (?=.)|)([A-Za-z]*)", t)
    if not m or m.group(3).lower() not in SIZES or len(m.group(1).partition(".")[2].rstrip("0")) > 18:
        return None
    total = math.floor(Fraction(m.group(1)) * SIZES[m.group(3).lower()])
    return total if total < 2**64 and int(m.group(1).partition(".")[0]) < 2**64 else None


def random_int(bits):
    n = rnd.getrandbits(rnd.randint(1, bits))
    return n if rnd.random() < .5 else n // 10**rnd.randint(0, 12) * 10**rnd.randint(0, 5) % 2**bits


def nice_duration():
    """A sum of a few whole units, as durations usually are."""
    return sum(rnd.randint(0, 60) * u for u in rnd.sample(sorted(DURATIONS.values()), rnd.randint(1, 3)))


def compare(cases):
    """Refusals are compared as such, whatever their reason."""
    got = run("units", [c[0] for c in cases])
    wrong = [(c, g) for c, g in zip(cases, got) if (None if g.startswith("no: ") else g) != c[1]]
    accepted = sum(c[1] is not None for c in cases)
    print(len(cases), "cases,", accepted, "valid", wrong[:20])
    if wrong or len(got) != len(cases) or not 0 < accepted < len(cases):
        sys.exit(1)


def kind_duration(n):
    cases = []
    for i in range(n):
        t = "".join(number() + rnd.choice(list(DURATIONS)) for _ in range(rnd.choice((1, 1, 2, 3))))
        t = number() if i % 10 == 0 else mangle(t) if i % 10 < 4 else t
        v = duration(t)
        cases.append(("duration " + t, None if v is None else str(v)))
    compare(cases)


def kind_size(n):
    cases = []
    for i in range(n):
        unit = rnd.choice(list(SIZES))
        unit = "".join(rnd.choice((c, c.upper())) for c in unit)
        t = number() + rnd.choice(("", "", " ")) + unit
        t = mangle(t) if i % 10 < 3 else t
        v = size(t)
        cases.append(("size " + t, None if v is None else str(v)))
    compare(cases)


def kind_fduration(n):
    """What is written is read back as the same, in the shape promised."""
    values = [random_int(63) if i % 2 else nice_duration() for i in range(n)]
    texts = run("units", ["fduration %d" % v for v in values])
    order = r"(\d+w|(?=.)(\d+d)?(\d+h)?(\d+m)?(\d+(\.\d*[1-9])?s|\d+(\.\d*[1-9])?[mu]s|\d+ns)?)"
    if len(texts) != n:
        sys.exit("lost answers")
    for v, t in zip(values, texts):
        if duration(t) != v or not re.fullmatch(order, t) or re.search(r"(?<![0-9.])0\d", t):
            sys.exit("%d is %s" % (v, t))
        if t != "0s" and re.search(r"(?<![0-9.])0[a-z]", t):
            sys.exit("%d is %s" % (v, t))
    judge("units", [("duration " + t, str(v)) for v, t in zip(values, texts)])


def shown(n):
    """Three digits by exact fractions: the first unit in which less than 1024 shows."""
    for power, unit in enumerate(["B"] + [x + "iB" for x in LETTERS]):
        v = Fraction(n, 1024**power)
        places = 0 if power == 0 or v >= 100 else 1 if v >= 10 else 2
        r = Fraction(math.floor(v * 10**places + Fraction(1, 2)), 10**places)
        if r < 1024 or power == 6:
            return ("%.2f" % float(r)).rstrip("0").rstrip(".") + " " + unit


def kind_fsize(n):
    cases = [random_int(64) for _ in range(n)]
    cases += [k * 1024**p + d for p in range(7) for k in (1, 9, 10, 15, 99, 100, 999, 1000, 1023)
              for d in range(-3, 4) if 0 <= k * 1024**p + d < 2**64]
    judge("units", [("fsize %d" % v, shown(v)) for v in cases])


if __name__ == "__main__":
    rnd.seed(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    globals()["kind_" + sys.argv[1]](int(sys.argv[2]))
