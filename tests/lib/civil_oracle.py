"""Random cases for base/civil.h and base/zone.h, judged by datetime and zoneinfo.

civil_oracle.py KIND CASES [SEED]
"""
import json
import math
import os
import random
import re
import sys
import tempfile
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from zoneinfo import ZoneInfo

from judge import judge, run

rnd = random.Random(1)
EPOCH = datetime(1970, 1, 1)
UNIX = datetime(1970, 1, 1, tzinfo=timezone.utc)
SECOND = 10**9
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
ZONES = ("Europe/Berlin America/New_York Australia/Lord_Howe Asia/Kolkata Africa/Casablanca "
         "America/Sao_Paulo Europe/Dublin Pacific/Apia Asia/Gaza America/Scoresbysund").split()


def seconds(d):
    """Since 1970 of a naive datetime, as if it were UTC."""
    return (d - EPOCH) // timedelta(seconds=1)


def held(ns):
    return str(ns) if -2**63 < ns < 2**63 else "no"


# --- RFC 3339 and clf ---

RFC = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?"
    r"([Zz]|[+-]\d\d(?::?\d\d)?)?)?", re.ASCII)
STRICT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
CLF = re.compile(
    r"(\d\d)/([A-Z][a-z][a-z])/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})", re.ASCII)


def offset_of(text):
    """Seconds, or None if its hours or minutes don't exist."""
    if text in "Zz":
        return 0
    hour, minute = int(text[1:3]), int(text[3:].strip(":") or 0)
    if hour > 23 or minute > 59:
        return None
    return (hour * 3600 + minute * 60) * (-1 if text[0] == "-" else 1)


def instant(year, month, day, hour, minute, second, frac, offset, zone):
    """Nanoseconds, or None if there is no such time. Year 0 is taken as 2000, whose
    calendar is the same, and shifted."""
    shift = 0
    if year == 0:
        year, shift = 2000, -730485 * 86400
    leap = second == 60
    try:
        local = datetime(year, month, day, hour, minute, 59 if leap else second)
    except ValueError:
        return None
    sec = seconds(local) + shift
    if offset is not None:
        sec -= offset
    elif zone:
        sec = int(local.replace(tzinfo=zone).timestamp())
    if leap:
        sec, frac = sec + 1, ""
        if sec % 86400 or (EPOCH + timedelta(seconds=sec - shift)).day != 1:
            return None
    return sec * SECOND + int((frac or "")[:9].ljust(9, "0"))


def rfc(text, pattern, zone=None):
    m = pattern.fullmatch(text)
    if not m:
        return None
    frac, offset = m.group(7), m.group(8)
    if offset is not None:
        offset = offset_of(offset)
        if offset is None:
            return None
    return instant(*[int(x or 0) for x in m.groups()[:6]], frac, offset, zone)


def clf(text):
    m = CLF.fullmatch(text)
    if not m or m.group(2) not in MONTHS or offset_of(m.group(7)) is None:
        return None
    day, month, year, *clock = m.groups()[:6]
    return instant(int(year), MONTHS.index(month) + 1, int(day), *map(int, clock), "",
                   offset_of(m.group(7)), None)


def field(high, low=0):
    """Mostly in range."""
    return "%02d" % (rnd.randint(low, high) if rnd.random() < .97 else rnd.randint(0, 99))


def offset_text(forms):
    if rnd.random() < .4:
        return rnd.choice("Zz")
    return rnd.choice("+-") + rnd.choice(forms).format(field(14), rnd.choice(("00", "30", field(59))))


def clock_text():
    """Hour, minute, second, offset; now and then a leap second."""
    offset = offset_text(("{}:{}", "{}:{}", "{}{}", "{}"))
    if rnd.random() < .9:
        return field(23), field(59), field(59), offset
    minute, shift = 1439, offset_of(offset)
    if shift is not None and rnd.random() < .8:
        minute = (minute + shift // 60) % 1440
    return "%02d" % (minute // 60), "%02d" % (minute % 60), "60", offset


def date_text():
    year = rnd.randint(1675, 2264) if rnd.random() < .9 else rnd.randint(0, 9999)
    month = field(12, 1)
    day = field(31, 28) if rnd.random() < .5 else field(31, 1)
    return "%04d" % year, month, day


def rfc_text():
    year, month, day = date_text()
    hour, minute, second, offset = clock_text()
    text = "%s-%s-%s" % (year, month, day)
    if rnd.random() < .05:
        return text
    text += rnd.choice("TTTTt ") + hour + ":" + minute
    if rnd.random() < .95:
        text += ":" + second
        if rnd.random() < .6:
            text += rnd.choice("....,") + "".join(
                rnd.choice("0123456789") for _ in range(rnd.choice((1, 3, 6, 9, 10, 15))))
    return text + (offset if rnd.random() < .8 else "")


def mangle(text):
    at = rnd.randint(0, len(text) - 1)
    how = rnd.random()
    if how < .4:
        return text[:at] + text[at + 1:]
    if how < .8:
        return text[:at] + rnd.choice("0123456789:-+.,TZ /abJ") + text[at + rnd.randint(0, 1):]
    return text[:at]


def escaped(text):
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\0", "\\0")


def kind_rfc(n):
    zone = None
    for i in range(n):
        if i % (n // 10 + 1) == 0:
            name = rnd.choice(ZONES)
            zone = ZoneInfo(name)
            yield "zone " + name, "ok"
        text = rfc_text()
        if i % 5 == 0:
            text = mangle(text)
        ns = rfc(text, RFC, zone)
        yield "rfc " + text, "no" if ns is None else held(ns)
        ns = rfc(text, STRICT)
        yield "strict " + text, "no" if ns is None else held(ns).replace("no", "none")


def kind_clf(n):
    for i in range(n):
        year, month, day = date_text()
        hour, minute, second, _ = clock_text()
        name = MONTHS[int(month) - 1] if 1 <= int(month) <= 12 else "Jut"
        text = "%s/%s/%s:%s:%s:%s %s" % (day, name, year, hour, minute, second,
                                         rnd.choice("+-") + field(14) + rnd.choice(("00", field(59))))
        if i % 5 == 0:
            text = mangle(text)
        ns = clf(text)
        yield "clf " + text, "no" if ns is None else held(ns)


def kind_edges(_):
    """Both ends of the range, in all notations."""
    for ns in (-2**63 + 1, -2**63 + 2, 2**63 - 1, 2**63 - 2, -1, 0, 1, 999999999, -999999999):
        sec, frac = divmod(ns, SECOND)
        text = (EPOCH + timedelta(seconds=sec)).isoformat()
        yield "rfc %s.%09dZ" % (text, frac), str(ns)
        yield "number ns %d" % ns, str(ns)
        yield "number s %se-9" % ns, str(ns)
        yield "format %d" % ns, text + (".%09d" % frac).rstrip("0").rstrip(".") + "Z"
    yield from (("rfc 1677-09-21T00:12:43.145224192Z", "no"), ("rfc 2262-04-11T23:47:16.854775808Z", "no"),
                ("strict 1677-09-21T00:12:43.145224192Z", "none"), ("number ns %d" % -2**63, "no"),
                ("number ns %d" % 2**63, "no"), ("rfc 9999-12-31T23:59:59Z", "no"),
                ("rfc 0001-01-01", "no"), ("strict 0000-02-29T00:00:00Z", "none"),
                ("strict 0100-02-29T00:00:00Z", "no"))
    yield from (("rfc 2015-05-17T08:05:32Z\\0", "no"), ("rfc 2015-05-17\\n", "no"), ("rfc ", "no"),
                ("clf ", "no"), ("number s ", "no"), ("guess ", "no"), ("strict ", "no"))
    now = 1700000000 * SECOND
    yield from (("spec %d now" % now, str(now)), ("spec %d -1h" % now, str(now - 3600 * SECOND)),
                ("spec %d +5m" % now, str(now + 300 * SECOND)), ("spec 0 @1700000000.5", "1700000000500000000"),
                ("spec 0 2026-01-02", "1767312000000000000"), ("spec 0 -1x", "no"), ("spec 0 now ", "no"),
                ("spec 0 @", "no"), ("spec 0 ", "no"), ("spec 0 --1h", "no"),
                ("spec %d +1h" % (2**63 - 5), "no"), ("spec %d -1h" % (5 - 2**63), "no"))
    yield from (("check %Y-%m-%dT%H:%M:%S.%f%z", "ok"), ("check %Y%", "it ends with %"),
                ("check %Q", "no conversion %Q"), ("check %-d", "no conversion %-"), ("check plain", "ok"))
    yield from (("zone ../etc/passwd", "no"), ("zone /etc/localtime", "no"), ("zone ", "no"),
                ("zone Europe/../Europe/Berlin", "no"), ("zone Europe", "no"), ("zone Nowhere/City", "no"),
                ("zone tzdata.zi", "no"), ("zone UTC", "ok"), ("offset 1700000000", "0"), ("zone -", "ok"))


# --- numbers ---

def kind_number(n):
    powers = {"s": 9, "ms": 6, "us": 3, "ns": 0}
    for i in range(n):
        unit = rnd.choice(list(powers))
        text = str(rnd.getrandbits(rnd.choice((1, 10, 31, 34, 41, 51, 61, 64, 80))))
        if rnd.random() < .5:
            text += "." + "".join(rnd.choice("00123456789") for _ in range(rnd.randint(1, rnd.choice((9, 50)))))
        if rnd.random() < .2:
            text += rnd.choice("eE") + rnd.choice(("", "+", "-")) + str(rnd.randint(0, 30))
        if rnd.random() < .3:
            text = "-" + text
        if i % 8 == 0:
            text = mangle(text)
        if not re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", text, re.ASCII):
            yield "number %s %s" % (unit, escaped(text)), "no"
            yield "guess " + escaped(text), "no"
            continue
        value = Fraction(text)
        yield "number %s %s" % (unit, text), held(math.trunc(value * 10**powers[unit]))
        size = abs(value)
        yield "guess " + text, "s" if size < 10**11 else "ms" if size < 10**14 else "us" if size < 10**17 else "ns"


def kind_calendar(n):
    for _ in range(n):
        d = date.fromordinal(rnd.randint(1, 3652059))
        days = d.toordinal() - 719163
        yield "days %d %d %d" % (d.year, d.month, d.day), str(days)
        yield "date %d" % days, "%d %d %d" % (d.year, d.month, d.day)
        cycles = rnd.randint(-1000, 1000)
        yield "date %d" % (days + cycles * 146097), "%d %d %d" % (d.year + cycles * 400, d.month, d.day)
        yield "days %d %d %d" % (d.year + cycles * 400, d.month, d.day), str(days + cycles * 146097)
        ns = rnd.randint(-2**63 + 1, 2**63 - 1) // 10**rnd.randint(0, 9)
        sec, frac = divmod(ns, SECOND)
        yield "format %d" % ns, ((EPOCH + timedelta(seconds=sec)).isoformat() +
                                 (".%09d" % frac).rstrip("0").rstrip(".") + "Z")


# --- zones ---

def zone_cases(name, zone, n, first, last):
    """Random instants, and those around the changes of the clock."""
    yield "zone " + name, "ok"
    lo, hi = seconds(datetime(first, 1, 1)), seconds(datetime(last, 1, 1))
    for i in range(n):
        t = rnd.randint(lo, hi)
        if i % 2:
            a, b = t, t + 200 * 86400
            offset = lambda x: (UNIX + timedelta(seconds=x)).astimezone(zone).utcoffset()
            if offset(a) != offset(b):
                while b - a > 1:
                    middle = (a + b) // 2
                    a, b = (middle, b) if offset(middle) == offset(a) else (a, middle)
                t = b + rnd.choice((-7200, -3600, -1801, -1800, -1, 0, 1, 1799, 1800, 3599, 3600, 7199))
        there = (UNIX + timedelta(seconds=t)).astimezone(zone)
        yield "offset %d" % t, str(int(there.utcoffset().total_seconds()))
        local = seconds(there.replace(tzinfo=None)) + rnd.choice((0, 0, -5400, -1800, 1800, 3600))
        here = (EPOCH + timedelta(seconds=local)).replace(tzinfo=zone)
        yield "instant %d" % local, str(round((here - UNIX).total_seconds()))


def kind_zone(n):
    for name in ZONES:
        yield from zone_cases(name, ZoneInfo(name), n // len(ZONES), 1900, 2100)


def kind_libc(n):
    """The C library's localtime and mktime with TZ set, at random and around the changes of the clock. In an hour
    that comes twice the first counts; in one that is skipped the offset that held a day before."""
    for name in ZONES:
        zone, cases = ZoneInfo(name), []
        for line, _ in zone_cases(name, zone, n // len(ZONES), 1972, 2037):
            if not line.startswith("zone"):
                cases.append(line)
        want = run("civil", ["libczone " + name] + ["libc" + c for c in cases])[1:]
        gaps = [int(c.split()[1]) for c, w in zip(cases, want) if w == "gap"]
        before = dict(zip(gaps, run("civil", ["libczone " + name] + ["libcoffset %d" % (g - 86400) for g in gaps])[1:]))
        if len(want) != len(cases) or (not gaps and name in ("Europe/Berlin", "America/New_York")):
            sys.exit("%d answers of the C library, %d gaps" % (len(want), len(gaps)))
        yield "zone " + name, "ok"
        for c, w in zip(cases, want):
            local = int(c.split()[1])
            yield c, str(local - int(before[local])) if w == "gap" else w


def kind_rule(n):
    """The rule alone, as a name of its own, where the zone's file follows it too."""
    for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"):
        with open("/usr/share/zoneinfo/" + name, "rb") as f:
            rule = f.read().split(b"\n")[-2].decode()
        yield from zone_cases(rule, ZoneInfo(name), n // 4, 2012, 2450)


def kind_far(n):
    """Times beyond Python's zones' tests: the calendar repeats after 400 years."""
    name = "America/New_York"
    yield "zone " + name, "ok"
    for _ in range(n):
        t = rnd.randint(seconds(datetime(2040, 1, 1)), seconds(datetime(2440, 1, 1)))
        want = str(int((UNIX + timedelta(seconds=t)).astimezone(ZoneInfo(name)).utcoffset().total_seconds()))
        yield "offset %d" % (t + 146097 * 86400 * rnd.randint(0, 10**6)), want


def install(directory, name, data):
    with open(os.path.join(directory, name), "wb") as f:
        f.write(data)


def system_file(name):
    with open("/usr/share/zoneinfo/" + name, "rb") as f:
        return f.read()


def first_block(data):
    """What version 1 readers see, as a file of its own."""
    counts = [int.from_bytes(data[20 + 4 * i:24 + 4 * i], "big") for i in range(6)]
    isut, isstd, leap, times, types, chars = counts
    size = 44 + times * 5 + types * 6 + chars + leap * 8 + isstd + isut
    return b"TZif\0" + data[5:size]


def footed(data, footer):
    return data[:data.rstrip(b"\n").rindex(b"\n")] + b"\n" + footer + b"\n"


def kind_damage(n):
    """Damaged zone files: every cut is refused, and no byte can do more than give other answers."""
    with tempfile.TemporaryDirectory() as directory:
        os.environ["TZDIR"] = directory
        good = system_file("Europe/Berlin")
        old = first_block(good)
        install(directory, "good", good)
        cases = [("zone good", "ok"), ("offset 1720000000", "7200")]
        for i in range(0, len(good), 7):
            install(directory, "cut%d" % i, good[:i])
            cases.append(("zone cut%d" % i, "no"))
        for i in range(0, len(old), 5):
            install(directory, "old%d" % i, old[:i])
            cases.append(("zone old%d" % i, "no"))
        for i, footer in enumerate((b"CET", b"CET-1CEST", b"CET-1CEST,M3.5.0", b"CET-1CEST,M13.5.0,M10.5.0",
                                    b"CET-1CEST,M3.6.0,M10.5.0", b"CET-1CEST,M3.5.7,M10.5.0", b"CET-25",
                                    b"CET-1CEST,J0,J5", b"CET-1CEST,1,366", b"CET-1CEST,M3.5.0/168,M10.5.0",
                                    b"CET-1:60", b"C-1", b"<CET-1", b"CET-1CEST,M3.5.0,M10.5.0x", b"x" * 300,
                                    b"CET-1\0")):
            install(directory, "footer%d" % i, footed(good, footer))
            cases.append(("zone footer%d" % i, "no"))
        at = len(old) + 44
        for i, times in enumerate((good[at + 8:at + 16] + good[at:at + 8], 2 * good[at:at + 8])):
            install(directory, "order%d" % i, good[:at] + times + good[at + 16:])
            cases.append(("zone order%d" % i, "no"))
        install(directory, "leap", system_file("right/Europe/Berlin"))
        install(directory, "large", good + b"x" * 300000)
        os.mkfifo(os.path.join(directory, "fifo"))
        cases += [("zone leap", "no"), ("zone large", "no"), ("zone fifo", "no")]
        judge("civil", cases)
        lines = []
        for i in range(n):
            data = bytearray(rnd.choice((good, good, old)))
            for _ in range(rnd.randint(1, 8)):
                at = rnd.choice((rnd.randint(0, 60), rnd.randint(0, len(data) - 1), len(data) - rnd.randint(1, 40)))
                data[at] = rnd.choice((0, 1, 127, 128, 255, rnd.randint(0, 255)))
            install(directory, "bad%d" % i, data)
            lines += ["zone bad%d" % i] + ["%s %d" % (c, t) for c in ("offset", "instant") for t in (
                -2**62, -10**10, 0, 1720000000, 10**11, 2**62)]
        answers = run("civil", lines)
        opened = [a for a in answers if a in ("ok", "no")]
        print(n, "files,", opened.count("ok"), "taken")
        if len(answers) != len(lines) or len(opened) != n or len(set(opened)) != 2:
            sys.exit(1)
    return ()


def kind_old(n):
    """A file of version 1 knows the times from 1901 to 2037."""
    with tempfile.TemporaryDirectory() as directory:
        os.environ["TZDIR"] = directory
        cases = []
        for name in ZONES[:4]:
            install(directory, os.path.basename(name), first_block(system_file(name)))
            cases += zone_cases(os.path.basename(name), ZoneInfo(name), n // 4, 1902, 2037)
        judge("civil", cases)
    return ()


def kind_allyear(_):
    """Summer time without an end, in RFC 8536's spelling; and each kind of date."""
    yield from (("zone EST5EDT,0/0,J365/25", "ok"), ("offset 1704085200", "-14400"),
                ("offset 1704081600", "-14400"), ("offset 1704088800", "-14400"), ("offset 1720000000", "-14400"))
    for rule, day in (("XST0XDT,J60,J61", date(2023, 3, 1)), ("XST0XDT,59,60", date(2023, 3, 1)),
                      ("XST0XDT,J60,J61", date(2024, 3, 1)), ("XST0XDT,59,60", date(2024, 2, 29)),
                      ("XST0XDT,M2.5.4,M3.1.5", date(2024, 2, 29)), ("XST0XDT,M2.1.4,M2.1.5", date(2024, 2, 1))):
        begin = seconds(datetime.combine(day, datetime.min.time())) + 7200
        yield from (("zone " + rule, "ok"), ("offset %d" % (begin - 1), "0"), ("offset %d" % begin, "3600"),
                    ("offset %d" % (begin + 82799), "3600"), ("offset %d" % (begin + 82800), "0"))


# --- patterns ---

PARTS = ("%Y %m %d %H %M %S %y %j %b %B %h %a %A %e %p %I %T %D %F %R %s %n %t %%".split() +
         ["-", "/", ":", " ", "T", ",", "x"])
WHOLE = ("%Y-%m-%d %H:%M:%S", "%d/%b/%Y:%T", "%b %e %T", "%a, %d %B %Y %R", "%m/%d/%y %I:%M:%S %p",
         "%Y%m%d%H%M%S", "%F%n%T", "%D %R", "%Y %j %H", "%A %h %d %Y %I %p", "%s", "%j/%y", "%e.%m.%Y",
         "%%%H%%%M")
FULL = "January February March April May June July August September October November December".split()
DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split()


def cased(name):
    return rnd.choice((name, name.upper(), name.lower(), name[:3], name[:3].lower()))


def sample(part):
    """A text that the part takes, mostly."""
    two = lambda high, low=0: rnd.choice(("%02d", "%d", "%2d")) % rnd.randint(low, high)
    if part in ("%Y", "%y", "%m", "%d", "%e", "%H", "%I", "%M", "%S", "%j"):
        low, high = {"%Y": (1900, 2200), "%y": (0, 99), "%m": (1, 12), "%d": (1, 31), "%e": (1, 31),
                     "%H": (0, 23), "%I": (1, 12), "%M": (0, 59), "%S": (0, 59), "%j": (1, 366)}[part]
        return two(high, low) if rnd.random() < .97 else two(400)
    if part in ("%b", "%B", "%h"):
        return cased(rnd.choice(FULL))
    if part in ("%a", "%A"):
        return cased(rnd.choice(DAYS))
    return {"%p": rnd.choice(("AM", "pm", "Pm", "am")), "%T": "%s:%s:%s" % (two(23), two(59), two(59)),
            "%R": "%s:%s" % (two(23), two(59)), "%D": "%s/%s/%s" % (two(12, 1), two(28, 1), two(99)),
            "%F": "%d-%s-%s" % (rnd.randint(1900, 2200), two(12, 1), two(31, 1)),
            "%s": str(rnd.randint(0, 4 * 10**9)), "%n": rnd.choice(("", " ", "  ")), "%t": " ",
            "%%": "%", " ": rnd.choice(("", " ", "  ")), }.get(part, part)


def expand(pattern):
    return re.findall("%.|.", pattern)


def fields_to_ns(pattern, answer):
    """What the C library read, as a time; checks the days, which it doesn't."""
    year, month, day, yday, *clock = map(int, answer.split())
    if "%s" in pattern:
        month_day = (month, day)
    elif "%j" in pattern and not re.search("%([mbBhDF])", pattern):
        try:
            d = date.fromordinal(date(year, 1, 1).toordinal() + yday - 1)
        except (ValueError, OverflowError):
            return None
        if d.year != year:
            return None
        month_day = (d.month, d.day)
    else:
        month_day = (month, day)
    if not 1 <= year <= 9999:
        return None
    return instant(year, *month_day, *clock, "", 0, None)


def comparable(pattern):
    """Where POSIX leaves open what several conversions of one thing mean, nobody is right."""
    groups = ("%[YyDFs]", "%[mbBhDFjs]", "%[deDFjs]", "%[HIRTs]", "%[MRTs]", "%[STs]", "%p", "%[aA]")
    return all(len(re.findall(g, pattern.replace("%%", ""))) <= 1 for g in groups) and not (
        "%p" in pattern and "%I" not in pattern)


def kind_pattern(n):
    pairs = []
    while len(pairs) < n:
        pattern = rnd.choice(WHOLE) if rnd.random() < .5 else "".join(
            rnd.choice(PARTS) for _ in range(rnd.randint(1, 7)))
        if not comparable(pattern):
            continue
        text = "".join(map(sample, expand(pattern)))
        if rnd.random() < .3 and text:
            text = mangle(text)
        if "%s" in pattern and re.search(r"\d{11}|-", text):
            continue
        pairs.append((pattern, text))
    libc = run("civil", ["libc %s\t%s" % p for p in pairs])
    taken = 0
    for (pattern, text), answer in zip(pairs, libc):
        ns = None if answer == "no" else fields_to_ns(pattern, answer)
        taken += ns is not None
        yield "pattern %s\t%s" % (pattern, text), "no" if ns is None else held(ns)
    if len(libc) != n or not n // 10 < taken < n:
        sys.exit("%d answers of the C library, %d of them times" % (len(libc), taken))


def kind_fraction(n):
    """%f and %z, which the C library lacks or reads more widely, by datetime.strptime."""
    for i in range(n):
        d = EPOCH + timedelta(seconds=rnd.randint(-9 * 10**9, 9 * 10**9))
        frac = "".join(rnd.choice("0123456789") for _ in range(rnd.randint(1, 6)))
        offset = rnd.choice(("Z", "%s%02d%02d" % (rnd.choice("+-"), rnd.randint(0, 23), rnd.randint(0, 59)),
                             "%s%02d:%02d" % (rnd.choice("+-"), rnd.randint(0, 23), rnd.randint(0, 59))))
        text = "%s.%s%s" % (d.strftime("%Y-%m-%d %H:%M:%S"), frac, offset)
        pattern = "%Y-%m-%d %H:%M:%S.%f%z"
        if i % 4 == 0:
            text = mangle(text)
        # Spaces before a number or an offset, and offsets of hours alone, are the C library's.
        if text.startswith(" ") or re.search(
                r"  |[-:.+ ] | [-:.+]|[+-]\d\d:?$|[+-]\d\d:?\d\d:?\d|\d{7}|:60|z| Z", text[4:]):
            continue
        try:
            t = datetime.strptime(text, pattern)
            ns = held((t - UNIX) // timedelta(microseconds=1) * 1000)
        except ValueError:
            ns = "no"
        yield "pattern %s\t%s" % (pattern, text), ns
    yield from (("pattern %s.%L\t1.500", "1500000000"), ("pattern %s.%L\t1.50", "no"),
                ("pattern %s.%f\t1.123456789", "1123456789"), ("pattern %s.%f\t1.1234567890", "no"),
                ("pattern %s.%f\t1.", "no"), ("pattern %s\t-1", "-1000000000"), ("pattern %H %Z\t1 utc", "3600000000000"),
                ("pattern %H %Z\t1 GMT", "3600000000000"), ("pattern %H%Z\t1Z", "3600000000000"),
                ("pattern %H %Z\t1 CET", "no"), ("pattern %H%z\t1+01", "0"), ("pattern %H%z\t1+1", "no"),
                ("pattern %F %T\t2016-12-31 23:59:60", "1483228800000000000"),
                ("pattern %F %T\t2016-12-30 23:59:60", "no"), ("pattern %H\t1\\0", "no"), ("pattern %H\t", "no"),
                ("pattern %Q\tx", "no"), ("pattern %\tx", "no"), ("pattern \t", "0"))


def suite(name):
    with open(os.path.join(os.environ["WEIR_DATA"], "conformance/json-schema-formats", name + ".json")) as f:
        return [t for group in json.load(f) for t in group["tests"] if isinstance(t["data"], str)]


def kind_dates(_):
    """The suite's dates and times. A date is a time too, its midnight; where we differ: a date outside of
    1678 to 2261 can't be held, and what is a whole date-time is no mistake."""
    tests = suite("date")
    got = run("civil", ["rfc " + escaped(t["data"]) for t in tests])
    for t, g in zip(tests, got):
        want = t["valid"] and 1678 <= int(t["data"][:4]) <= 2261 or bool(RFC.fullmatch(t["data"]) and t["data"][10:])
        if want != (g != "no"):
            sys.exit("date: %r: %s" % (t, g))
    # A time alone is none of ours; behind a date it is valid or not as the suite says, a leap second on a fitting day.
    times = suite("time")
    old, new = (run("civil", ["strict %sT%s" % (day, escaped(t["data"])) for t in times]) for day in ("1998-12-31", "1999-01-01"))
    for t, a, b in zip(times, old, new):
        if t["valid"] != (a != "no" or b != "no"):
            sys.exit("time: %r: %s %s" % (t, a, b))
    print(len(tests), "dates,", len(times), "times")
    if len(got) != len(tests) or len(old) != len(times) or len(new) != len(times) or len(times) < 40:
        sys.exit(1)
    return ()


def kind_vectors(_):
    """JSON-Schema-Test-Suite's date-time format: valid or not."""
    tests = suite("date-time")
    got = run("civil", ["strict " + escaped(t["data"]) for t in tests])
    wrong = [(t["description"], g) for t, g in zip(tests, got) if t["valid"] != (g != "no")]
    print(len(tests), "cases", wrong)
    if wrong or len(got) != len(tests) or len({t["valid"] for t in tests}) != 2:
        sys.exit(1)
    return ()


if __name__ == "__main__":
    rnd.seed(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    cases = list(globals()["kind_" + sys.argv[1]](int(sys.argv[2])))
    if cases:
        judge("civil", cases)
