"""Random cases for base/num.h, judged by fractions.Fraction.

num_oracle.py KIND [CASES [SEED]]: KIND is one of the functions at the end.
"""
import math
import random
import re
import struct
import subprocess
import sys
from fractions import Fraction

from judge import judge, run

sys.set_int_max_str_digits(0)
GRAMMAR = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")
LIMIT = 10 ** 38
rnd = random.Random(1)


def near(v):
    """The nearest double; Fraction's true division rounds correctly."""
    try:
        return float(v)
    except OverflowError:
        return math.inf if v > 0 else -math.inf


def show(x):
    if isinstance(x, float):
        if x != x:
            return "nan"
        return "d %s" % c_hex(x)
    m, scale = x
    return "e %s %x %x %d" % ("-" if m < 0 else "+", abs(m) >> 64, abs(m) & (2 ** 64 - 1), scale)


def c_hex(d):
    """As printf's %a writes it (normal doubles: no trailing zeros)."""
    if math.isinf(d):
        return "inf" if d > 0 else "-inf"
    text = d.hex()
    mantissa, exponent = text.split("p")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    if d == 0:
        exponent = "+0"
    return mantissa + "p" + exponent


def least_scale(v):
    """Digits behind the point that v needs; None if no number of them is enough."""
    twos = fives = 0
    d = v.denominator
    twos = (d & -d).bit_length() - 1
    d >>= twos
    while d % 5 == 0:
        d //= 5
        fives += 1
    return max(twos, fives) if d == 1 else None


def hold(v, scale):
    """v with the greatest scale up to the given one that fits, else a double."""
    least = least_scale(v)
    for s in range(min(scale, 38), least - 1, -1):
        m = v * 10 ** s
        if abs(m) < LIMIT:
            return int(m), s
    return near(v)


def parse(text):
    t = GRAMMAR.fullmatch(text)
    if not t:
        return None
    sign, whole, frac, exponent = t.groups()
    frac, exponent = frac or "", int(exponent or 0)
    m = int(whole + frac) * (-1 if sign else 1)
    if m == 0:
        return 0, max(0, min(38, len(frac) - exponent))
    if abs(exponent) > 50000:
        return float(text)
    scale = len(frac) - exponent
    v = Fraction(m * 10 ** max(0, -scale), 10 ** max(0, scale))
    if v.denominator > 10 ** 38 or abs(v) >= LIMIT:
        return float(text)
    got = hold(v, max(0, scale))
    return float(text) if isinstance(got, float) else got


def value(x):
    return Fraction(x) if isinstance(x, float) else Fraction(x[0], 10 ** x[1])


def as_double(x):
    return x if isinstance(x, float) else near(value(x))


def digit_run(n):
    style = rnd.random()
    if style < .6:
        return "".join(rnd.choice("0123456789") for _ in range(n))
    if style < .8:
        return (rnd.choice("123456789") * rnd.randint(0, n)).ljust(n, "0")
    return ("9" * n) if style < .9 else ("0" * rnd.randint(0, n)).ljust(n, "7")


def length():
    return rnd.choice((1, 1, 2, 3, 5, 8, 9, 15, 16, 17, 18, 19, 20, 30, 37, 38, 39, 40, 60))


def text():
    whole = digit_run(length()).lstrip("0") or "0"
    t = ("-" if rnd.random() < .3 else "") + whole
    if rnd.random() < .6:
        t += "." + digit_run(length())
    if rnd.random() < .25:
        t += rnd.choice("eE") + rnd.choice(("", "+", "-")) + str(rnd.choice(
            (rnd.randint(0, 9), rnd.randint(0, 45), rnd.randint(0, 400), 0)))
    return t


def halfway():
    """The middle of two doubles, or a hair beside it."""
    k = rnd.getrandbits(52) | 2 ** 52
    e = rnd.choice((rnd.randint(-24, 60), rnd.randint(-1074, 900)))
    v = Fraction(2 * k + 1) * Fraction(2) ** (e - 1)
    scale = least_scale(v)
    digits = str(int(v * 10 ** scale))
    beside = rnd.choice(("", "0" * rnd.randint(0, 900), "0" * rnd.randint(0, 900) + "1"))
    if beside:
        digits, scale = digits + beside, scale + len(beside)
    if rnd.random() < .3:
        digits = str(int(digits) - 1)
    if scale == 0:
        return digits
    digits = digits.rjust(scale + 1, "0")
    return digits[:-scale] + "." + digits[-scale:]


def mangle(t):
    if not t:
        return "-"
    at = rnd.randint(0, len(t) - 1)
    how = rnd.random()
    if how < .4:
        return t[:at] + t[at + 1:]
    if how < .8:
        return t[:at] + rnd.choice("0123456789.eE+- x/:") + t[at:]
    return t[:at]


def random_double():
    how = rnd.random()
    if how < .4:
        d = struct.unpack("<d", struct.pack("<Q", rnd.getrandbits(64)))[0]
        return d if d == d else 1.5
    if how < .5:
        return math.ldexp(1, rnd.randint(-1074, 1023))
    if how < .6:
        return rnd.getrandbits(rnd.randint(1, 52)) * 5e-324
    if how < .65:       # 17 digits, of which the last is 5: a tie that 16 digits must break
        return rnd.randint(2**49, 10**15) + rnd.choice((.25, .75))
    if how < .8:
        return float(rnd.randint(-10 ** rnd.randint(1, 22), 10 ** rnd.randint(1, 22)))
    return float("%d.%de%d" % (rnd.randint(0, 99), rnd.randint(0, 9999), rnd.randint(-12, 25)))


def operand():
    """(as the program takes it, its value)"""
    if rnd.random() < .1:
        d = random_double()
        return "d:" + d.hex(), d
    t = text()
    return t, parse(t)


def exact_operand():
    while True:
        t, v = operand()
        if not isinstance(v, float):
            return t, v


def kind_parse(n):
    for i in range(n):
        t = text() if i % 8 else halfway()
        if i % 4 == 1:
            t = mangle(t)
        v = parse(t)
        yield "parse " + t, "no" if v is None else show(v)
        m = GRAMMAR.match(t)
        yield "span " + t, str(m.end() if m else 0)
        small = re.fullmatch("-?[0-9]{1,18}", t)
        yield "small " + t, str(int(t)) if small else "no"


def kind_long(n):
    for t in ("0" * 5, "-", "1" * 20000, "1." + "0" * 20000, "1." + "0" * 20000 + "1",
              "0." + "0" * 19999 + "1e20000", "1" + "0" * 20000 + "e-20000", "1e99999999999999999999",
              "-1e99999999999999999999", "1e-99999999999999999999", "0e99999999999999999999",
              "0." + "0" * 20000 + "e-99999999999999999999", "9" * 38, "1" + "0" * 38, "-0", "-0.00",
              "0." + "0" * 38 + "1", "0." + "0" * 37 + "10", "1e37", "1e38", "9" * 38 + "e0"):
        v = parse(t)
        yield "parse " + t, "no" if v is None else show(v)
    for _ in range(n):
        t = halfway()
        zeros = rnd.randint(0, 20000)
        t = rnd.choice((t + ("" if "." in t else ".") + "0" * zeros + rnd.choice(("0", "1")),
                        "0." + "0" * zeros + t.replace(".", "") + "e%d" % (zeros + rnd.randint(-340, 340))))
        yield "parse " + t, show(parse(t))


def kind_arith(n):
    for _ in range(n):
        (s, a), (t, b) = operand(), operand()
        if rnd.random() < .1:
            t, b = s, a
        if isinstance(a, float) or isinstance(b, float):
            x, y = as_double(a), as_double(b)
            if math.isinf(x) or math.isinf(y):
                continue
            yield "add %s %s" % (s, t), show(x + y)
            yield "sub %s %s" % (s, t), show(x - y)
            yield "mul %s %s" % (s, t), show(x * y)
            if y:
                try:
                    yield "div %s %s" % (s, t), show(x / y)
                except OverflowError:
                    pass
            continue
        x, y = value(a), value(b)
        yield "add %s %s" % (s, t), show(hold(x + y, max(a[1], b[1])))
        yield "sub %s %s" % (s, t), show(hold(x - y, max(a[1], b[1])))
        yield "mul %s %s" % (s, t), show(hold_product(x * y, a[1] + b[1]))
        if y:
            yield "div %s %s" % (s, t), show(quotient(x / y))


def borrow():
    """a - b where, both with 38 decimals, the second words of 64 bits are equal and
    the first borrow."""
    while True:
        a = rnd.randint(4, 10 ** 6)
        low = a * 10 ** 38 % 2 ** 128
        if low % 2 ** 64 < 2 ** 63 and 10 ** 30 < low < LIMIT - 2 ** 64:
            return a, low + rnd.randint(1, 2 ** 62)


def kind_borrow(n):
    for _ in range(n):
        a, b = borrow()
        want = show(hold(a - Fraction(b, 10 ** 38), 38))
        yield "sub %d 0.%038d" % (a, b), want
        yield "add -0.%038d %d" % (b, a), want


def hold_product(v, scale):
    least = least_scale(v)
    return near(v) if least > 38 else hold(v, scale)


def quotient(v):
    least = least_scale(v)
    if least is None or least > 38 or abs(v) >= LIMIT:
        return near(v)
    m = int(v * 10 ** least)
    return (m, least) if len(str(abs(m)).rstrip("0")) <= 17 else near(v)


def kind_divide(n):
    """Quotients that come out even, or nearly."""
    for _ in range(n):
        q, d = rnd.randint(1, 10 ** rnd.randint(1, 18)), rnd.randint(1, 10 ** rnd.randint(1, 20))
        m = q * d + rnd.choice((0, 0, 0, 1))
        sm, sd = rnd.randint(0, 38), rnd.randint(0, 38)
        s, t = ["%s%d.%s" % (rnd.choice(("", "-")), x // 10 ** k, str(x % 10 ** k).rjust(k, "0"))
                if k else str(x) for x, k in ((m, sm), (d, sd))]
        a, b = parse(s), parse(t)
        if isinstance(a, float) or isinstance(b, float):
            continue
        yield "div %s %s" % (s, t), show(quotient(value(a) / value(b)))


def kind_round(n):
    for i in range(n):
        t, v = exact_operand()
        if i % 3 == 0:
            h = halfway()
            if not isinstance(parse(h), float):
                t, v = h, parse(h)
        yield "double " + t, c_hex(near(value(v)))
        count = rnd.choice((1, 2, 3, 7, 10, rnd.randint(1, 10 ** 6), rnd.randint(1, 2 ** 64 - 1)))
        yield "mean %s %d" % (t, count), c_hex(near(value(v) / count))


def cut(x):
    if isinstance(x, float) and math.isinf(x):
        return 2 ** 63 - 1 if x > 0 else -2 ** 63
    return max(-2 ** 63, min(2 ** 63 - 1, math.trunc(value(x))))


def kind_cut(n):
    yield "cut d:nan", "0"
    yield "mod -9223372036854775808 -1", show((0, 0))
    for _ in range(n):
        (s, a), (t, b) = operand(), operand()
        yield "cut " + s, str(cut(a))
        x, y = cut(a), cut(b)
        if y:
            yield "mod %s %s" % (s, t), show((int(math.copysign(1, x)) * (abs(x) % abs(y)), 0))


def kind_cmp(n):
    yield from (("cmp d:nan d:nan", "-1"), ("cmp d:nan -1e300", "-1"), ("cmp 1 d:nan", "1"),
                ("cmp d:inf 1e37", "1"), ("cmp 1e37 d:-inf", "1"), ("cmp d:-0x0p0 0", "0"),
                ("cmp d:inf d:inf", "0"), ("cmp d:-inf d:nan", "1"))
    for i in range(n):
        (s, a), (t, b) = operand(), operand()
        if i % 2 and not isinstance(a, float):
            d = near(value(a))
            d = rnd.choice((d, d, math.nextafter(d, 1e308), math.nextafter(d, -1e308)))
            t, b = "d:" + d.hex(), d
        elif i % 4 == 2 and not isinstance(a, float) and a[1] < 38 and abs(a[0]) < 10 ** 36:
            t = s + ("" if "." in s else ".") + "0" if "e" not in s.lower() else s
            b = parse(t)
        if (isinstance(a, float) and math.isinf(a)) or (isinstance(b, float) and math.isinf(b)):
            continue
        x, y = value(a), value(b)
        yield "cmp %s %s" % (s, t), str((x > y) - (x < y))
        yield "cmp %s %s" % (t, s), str((y > x) - (y < x))


def notation(d):
    """repr's digits in jq's notation."""
    sign = "-" if math.copysign(1, d) < 0 else ""
    if math.isinf(d):
        d = sys.float_info.max
    if d == 0:
        return sign + "0"
    mantissa, _, exponent = repr(abs(d)).partition("e")
    whole, _, frac = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = whole + frac
    point -= len(digits) - len(digits.lstrip("0"))
    digits = digits.strip("0")
    if point <= -4 or point > len(digits) + 15:
        e = "e%+03d" % (point - 1)
        return sign + digits[0] + ("." + digits[1:] if digits[1:] else "") + e
    if point <= 0:
        return sign + "0." + "0" * -point + digits
    if point >= len(digits):
        return sign + digits + "0" * (point - len(digits))
    return sign + digits[:point] + "." + digits[point:]


def kind_format(n):
    yield from (("fmt d:nan", "null"), ("fmt d:inf", "1.7976931348623157e+308"),
                ("fmt d:-inf", "-1.7976931348623157e+308"), ("fmt d:-0x0p0", "-0"), ("fmt -0", "0"),
                ("fmt -0.00", "0.00"), ("fmt 11.10", "11.10"), ("fmt 1e37", "1" + "0" * 37),
                ("fmt 1e-38", "0." + "0" * 37 + "1"))
    for k in range(-1074, 1024):
        yield "fmt d:" + math.ldexp(1, k).hex(), notation(math.ldexp(1, k))
    for _ in range(n):
        d = random_double()
        yield "fmt d:" + d.hex(), notation(d)
        t, (m, scale) = exact_operand()
        want = str(abs(m)).rjust(scale + 1, "0")
        if scale:
            want = want[:-scale] + "." + want[-scale:]
        yield "fmt " + t, ("-" if m < 0 else "") + want


def kind_trim(n):
    for _ in range(n):
        t, (m, scale) = exact_operand()
        least = least_scale(Fraction(m, 10 ** scale))
        yield "trim " + t, show((m // 10 ** (scale - least), least))
        yield "neg " + t, show((-m, scale))


def against_jq(n):
    """The same doubles through jq: the notation is jq's own."""
    doubles = [random_double() for _ in range(n)]
    doubles = [d for d in doubles if math.isfinite(d) and abs(d) >= sys.float_info.min]
    jq = subprocess.run(["jq", "-c", "."], input="\n".join(map(repr, doubles)), text=True,
                        stdout=subprocess.PIPE, check=True).stdout.split()
    ours = run("num", ["fmt d:" + d.hex() for d in doubles])
    wrong = [x for x in zip(doubles, jq, ours) if x[1] != x[2]]
    print(len(doubles), "cases", wrong[:20])
    if wrong or len(jq) != len(doubles) or len(ours) != len(doubles):
        sys.exit(1)


if __name__ == "__main__":
    kind, count = sys.argv[1], int(sys.argv[2])
    rnd.seed(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    if kind == "jq":
        against_jq(count)
    else:
        judge("num", list(globals()["kind_" + kind](count)))
