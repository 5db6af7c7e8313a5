#!/usr/bin/env python3
"""Holds tests/lib/function.c against answers.

    function_oracle.py cases PROGRAM FILE           pairs of lines: a call, and what it gives
    function_oracle.py bytes PROGRAM SEED COUNT     strings that are no UTF-8: every call has an answer
    function_oracle.py zones PROGRAM SEED COUNT     local time, as Python's zoneinfo has it
    function_oracle.py regex PROGRAM                where PCRE2 and jq 1.6's Oniguruma part, and where they don't
    function_oracle.py random PROGRAM SEED COUNT [NAME...]
                                                    generated calls of each function, as jq 1.6 answers them

Where jq 1.6 is known to answer otherwise (later versions changed it, or it computes with doubles), the
difference is in DIFFERENCES with its reason; one that never comes up is an error too. Numbers
are compared by value, members of objects in any order.
"""
import json
import os
import random
import re
import subprocess
import sys
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

NUMBERS = ["0", "1", "2", "-1", "3", "10", "0.5", "2.25", "-7", "500", "1e3", "900719925474", "-0.125",
           "65", "97", "-2.5", "1425599621", "127", "4", "-0.5"]
STRINGS = ["", "a", "b", "ab", "é", "z", "aXbXc", "\n", "\"", "\\", "/api/v1", "\U0001d11e", "a\u0000b", "aa",
           "aaaa", ", ", "a, b,c,d, e", " a ", "\t x\n", "1", "-1.5", "1e3", "true", "null", "[1,2]", "{\"a\":1}",
           "key", "foobar", "foo", "bar", "ABC", "\u3000w\u00a0", "<&'\">", "日本語", "x\u0301", "O'Hara"]
KEYS = ["a", "b", "c", "key", "value", "k", "name", "Name", "K", "Key", "v", "é", ""]


def value(depth=0):
    r = random.random()
    if r < 0.08:
        return "null"
    if r < 0.18:
        return random.choice(["true", "false"])
    if r < 0.45 or depth > 2:
        return random.choice(NUMBERS)
    if r < 0.70:
        return string()
    if r < 0.88:
        return array(depth + 1)
    return obj(depth + 1)


def number(depth=0):
    return random.choice(NUMBERS)


def string(depth=0):
    s = random.choice(STRINGS)
    if random.random() < 0.2:
        s += random.choice(STRINGS)
    return json.dumps(s, ensure_ascii=random.random() < 0.5)


def many(f, most=6):
    return "[" + ",".join(f(1) for _ in range(random.randrange(most + 1))) + "]"


def array(depth=0):
    r = random.random()
    if r < 0.25:
        return many(number)
    if r < 0.45:
        return many(string)
    if r < 0.55:
        return many(array, 3) if depth < 3 else "[]"
    return "[" + ",".join(value(depth + 1) for _ in range(random.randrange(6))) + "]"


def obj(depth=0):
    keys = random.sample(KEYS, random.randrange(5))
    return "{" + ", ".join(f"{json.dumps(k)}:{value(depth + 1)}" for k in keys) + "}"


def entries(depth=0):
    def one(_):
        if random.random() < 0.05:
            return random.choice(["null", "1", "[]", "{}", string()])
        members = {random.choice(["key", "k", "name", "Name", "K", "Key"]):       # one, or jq 1.6 has its own order
                   string() if random.random() < 0.8 else random.choice(["null", "false", "true", "1", "2.5"]),
                   random.choice(["value", "Value", "value"]): value()}
        return "{" + ",".join(f'"{k}":{v}' for k, v in members.items()) + "}"
    return many(one)


def codes(depth=0):
    return many(lambda d: random.choice(["65", "233", "120094", "8364", "97", "0", "1114111", "65.5"]))


def rows(depth=0):
    return many(lambda d: random.choice([many(value, 3), many(value, 3), many(value, 3), "null"]), 4)


def pieces(depth=0):
    return many(lambda d: random.choice([string(), string(), number(), "null", "true", "false"]))


def nested(depth=0):
    if depth > 4 or random.random() < 0.3:
        return random.choice(["1", "\"a\"", "null", "{}", "[]"])
    return "[" + ",".join(nested(depth + 1) for _ in range(random.randrange(4))) + "]"


def broken(depth=0):
    """JSON text with a few bytes out of place, as a string."""
    if random.random() < 0.02:
        return json.dumps(random.choice(['"\\ud834"', '["\\udd1ex"]', '"\\ud834\\n"']))
    t = list(value())
    for _ in range(random.randrange(3)):
        at = random.randrange(len(t) + 1)
        what = random.random()
        if what < 0.4:
            t.insert(at, random.choice(list("[]{}:,\" \n1-+.ex\\unt'")))
        elif at < len(t) and what < 0.8:
            del t[at]
    return json.dumps("".join(t))


def rarely(g):
    """A generator that at times gives any value."""
    return lambda depth=0: value() if random.random() < 0.1 else g(depth)


def short(depth=0):
    return json.dumps(random.choice(["", "a", "b", "X", ", ", ",", "aa", "é", "o", "foo", "ab", "\"", "語"]))


def needle(depth=0):
    """jq 1.6 runs out of memory where it searches for the empty string."""
    return random.choice([g() for g in (short, number, lambda: "null")]).replace('""', '"a"')


def searched(depth=0):
    return json.dumps(random.choice(STRINGS) + random.choice(["", "é, ", "aaa", "語o", "foo, b"]) + random.choice(STRINGS))


def sorted_array(depth=0):
    return "[" + ",".join(sorted(random.choices(["1", "2", "3", "4", "5", "7"], k=random.randrange(8)))) + "]"


def digits(depth=0):
    return json.dumps(random.choice(["1", "-1", "1.5", "1e3", "x", "", "1x", "0x10", "--1", "1.2.3", "e1", ".",
                                     "-", "12345678901", "0.001", "-0", "1E-5", "1e", "nul", " 1 ", "[1]"]))


def keyed(g):
    """An array, and as many keys: [INPUT, KEYS] in one."""
    def pair():
        n = random.randrange(8)
        key = random.choice([number, value, lambda d=0: "[" + random.choice(["1", "2", "\"a\""]) + "]"])
        return ("[" + ",".join(g(1) for _ in range(n)) + "]", "[" + ",".join(key(1) for _ in range(n)) + "]")
    return pair


def formatted():
    name = random.choice(["text", "json", "csv", "tsv", "html", "uri", "sh", "base64", "base64d", "nothing"])
    if name in ("csv", "tsv", "sh") and random.random() < 0.8:
        return (many(lambda d: random.choice([string(), number(), "null", "true"]), 5), f'"{name}"')
    if name == "base64d" and random.random() < 0.8:
        return (json.dumps("".join(random.choice("ABCabcZz019+/") for _ in range(random.randrange(12))) +
                           random.choice(["", "", "=", "==", "!", "\n"])), f'"{name}"')
    return (value(), f'"{name}"')


ATOMS = ["a", "b", "o", ".", "[a-f]", "[^ab]", "é", "\\d", "\\w", "\\s", "\\p{L}", "語", "x", "[[:alpha:]]", "\\bf"]


def pattern(depth=0):
    r = random.random()
    if r < 0.35 or depth > 2:
        return random.choice(ATOMS)
    if r < 0.55:
        return random.choice(ATOMS) + random.choice(["+", "{1,2}", "+?", "{2}"])
    if r < 0.70:
        return pattern(depth + 1) + pattern(depth + 1)
    if r < 0.80:
        return "(" + pattern(depth + 1) + "|" + pattern(depth + 1) + ")"
    if r < 0.86:
        return random.choice(["^", "(?=a)", "(?!b)", "(?<=a)"]) + pattern(depth + 1)
    if r < 0.93:
        return "(" + pattern(depth + 1) + ")" + random.choice(["?", "+", "*", ""]) + random.choice(ATOMS)
    return "(?:" + pattern(depth + 1) + ")" + random.choice(["?", "+"]) + random.choice(ATOMS)


def matched():
    text = random.choice(STRINGS) + random.choice(["", "foo é", "abab", "1語2", "xyz o"]) + random.choice(STRINGS)
    flags = random.choice(["null", '"g"', '"i"', '"gi"', '"gx"', '"gs"', '"gp"', '"gn"', '""'])
    return (json.dumps(text), json.dumps(pattern()), flags, "false")


CONVERSIONS = "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%"


def instant(depth=0):
    return str(random.choice([0, 86399, -1, 951782400, 1425599621, 4102444800, random.randrange(-62135596800, 253402300799),
                              random.randrange(-62135596800, 253402300799)]))


def time_pattern(depth=0):
    def one():
        return "%" + random.choice(["", "", "", "-", "_", "0", "^", "#"]) + random.choice(["", "", "", "5"]) + \
            random.choice(CONVERSIONS)
    # Flags and widths of %z are taken for none.
    return json.dumps("".join(random.choice(["", " ", "T", "x"]) + ("%z" if c[-1] == "z" else c)
                              for c in (one() for _ in range(random.randrange(1, 5)))))


def moment(depth=0):
    """The parts of a time that is one."""
    t = datetime(random.randrange(1000, 9999), random.randrange(1, 13), random.randrange(1, 29), random.randrange(24),
                 random.randrange(60), random.randrange(60)).timetuple()
    return json.dumps([t[0], t[1] - 1, t[2], t[3], t[4], t[5], (t[6] + 1) % 7, t[7] - 1])


def dated():
    """Text and the pattern that it follows, or nearly."""
    pattern = random.choice(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d", "%d/%b/%Y:%H:%M:%S %z", "%a %b %e %H:%M:%S %Y", "%D %T",
                             "%Y %j", "%I:%M %p", "%s", "%A, %B %d, %Y", "%H%M", "%Y%m%d", "%y %m", "%Y %U %w", "%F %R"])
    t = datetime(random.randrange(1970, 2038), random.randrange(1, 13), random.randrange(1, 29), random.randrange(24),
                 random.randrange(60), random.randrange(60))
    text = t.strftime(pattern.replace("%z", "+0100"))
    if random.random() < 0.2:
        at = random.randrange(len(text))
        text = text[:at] + random.choice(["", " ", "x", "9"]) + text[at + 1:]
    return (json.dumps(text + random.choice(["", "", "", " ", " rest", "x"])), json.dumps(pattern))


# name: (program of jq 1.6, where $a is the first argument, generators of the input and the arguments)
FUNCTIONS = {
    "type": ("type", value),
    "length": ("length", value),
    "utf8bytelength": ("utf8bytelength", rarely(string)),
    "isinfinite": ("isinfinite", value),
    "isnan": ("isnan", value),
    "isnormal": ("isnormal", value),
    "tojson": ("tojson", value),
    "tostring": ("tostring", value),
    "tonumber": ("tonumber", rarely(digits)),
    "fromjson": ("fromjson", rarely(broken)),
    "keys": ("keys", value),
    "keys_unsorted": ("keys_unsorted|sort", value),
    "has": ("has($a)", rarely(obj), rarely(short)),
    "contains": ("contains($a)", value, value),
    "add": ("add", rarely(array)),
    "join": ("join($a)", rarely(pieces), rarely(short)),
    "flatten": ("flatten", rarely(nested)),
    "flatten/1": ("flatten($a)", rarely(nested), lambda: random.choice(["0", "1", "2", "-1", "1000", "null", "\"a\""])),
    "reverse": ("reverse", rarely(array)),
    "transpose": ("transpose", rarely(rows)),
    "to_entries": ("to_entries", rarely(obj)),
    "from_entries": ("from_entries", rarely(entries)),
    "sort": ("sort", rarely(array)),
    "unique": ("unique", rarely(array)),
    "min": ("min", rarely(array)),
    "max": ("max", rarely(array)),
    "_sort_by": ("_sort_by_impl($a)", keyed(value)),
    "_group_by": ("_group_by_impl($a)", keyed(value)),
    "_unique_by": ("[_group_by_impl($a)[] | .[0]]", keyed(value)),
    "_min_by": ("_min_by_impl($a)", keyed(value)),
    "_max_by": ("_max_by_impl($a)", keyed(value)),
    "bsearch": ("bsearch($a)", rarely(sorted_array), rarely(number)),
    "startswith": ("startswith($a)", rarely(string), rarely(short)),
    "endswith": ("endswith($a)", rarely(string), rarely(short)),
    "ltrimstr": ("ltrimstr($a)", rarely(string), rarely(short)),
    "rtrimstr": ("rtrimstr($a)", rarely(string), rarely(short)),
    "ascii_downcase": ("ascii_downcase", rarely(string)),
    "ascii_upcase": ("ascii_upcase", rarely(string)),
    "split": ("split($a)", rarely(string), rarely(short)),
    "explode": ("explode", rarely(string)),
    "implode": ("implode", rarely(codes)),
    "indices": ("indices($a)", searched, needle),
    "index": ("index($a)", rarely(array), value),
    "gmtime": ("gmtime", rarely(instant)),
    "mktime": ("mktime", rarely(moment)),
    "strftime": ("strftime($a)", instant, time_pattern),
    "strftime/parts": ("strftime($a)", moment, time_pattern),
    "strptime": ("strptime($a)", dated),
    "format": ("format($a)", formatted),
    "_match": ("[match([$a, $b])]", matched),
    "rindex": ("rindex($a)", rarely(array), number),
}

MATH = """acos acosh asin asinh atan atan2/2 atanh cbrt ceil copysign/2 cos cosh drem/2 exp exp10 exp2 expm1 fabs
    floor fma/3 fmax/2 fmin/2 fmod/2 frexp gamma j0 j1 ldexp/2 lgamma lgamma_r log log10 log1p log2 logb modf
    nearbyint nextafter/2 nexttoward/2 pow/2 rint round scalb/2 scalbln/2 significand sin sinh sqrt tan tanh
    tgamma trunc y0 y1""".split()


def real(depth=0):
    return random.choice([number(), number(), "%.3g" % random.uniform(-3, 3), "%d" % random.uniform(-9, 9)])


for item in MATH:
    name, _, n = item.partition("/")
    if n:
        FUNCTIONS[item] = (f"{name}({'; '.join(['$a', '$b', '$c'][:int(n)])})", lambda: "null") + (rarely(real),) * int(n)
    else:
        FUNCTIONS[name] = (name, rarely(real))


def near(x, y):
    """Whether two values are the same but for the last bits of their doubles."""
    if isinstance(x, list) and isinstance(y, list):
        return len(x) == len(y) and all(near(a, b) for a, b in zip(x, y))
    if not isinstance(x, Decimal) or not isinstance(y, Decimal):
        return x == y
    return abs(x - y) <= Decimal("1e-14") * max(abs(x), abs(y), Decimal("1e-300"))


def parsed(text):
    return json.loads(text)


def is_kind(text, *kinds):
    v = parsed(text)
    kind = ("boolean" if isinstance(v, bool) else "null" if v is None else
            "number" if isinstance(v, (int, float)) else {str: "string", list: "array", dict: "object"}[type(v)])
    return kind in kinds


# Calls that are always made, so that each difference is seen.
ALWAYS = {
    "indices": ['"aaaa","aa"', '"日本語","語"'],
    "transpose": ['{}'],
    "contains": ['"a\\u0000b","b"'],
    "bsearch": ['"x","y"'],
    "mktime": ['[2024,8,21]'],
    "gmtime": ['1425599621.678'],
    "ldexp/2": ['null,2,900719925474'],
    "modf": ['2.01'],
    "format": ['"!\'","uri"', '"/0/zZb","base64d"'],
    "_match": ['"x\\u0301","\\\\w{2}",null,false'],
    "fromjson": ['"\\"\\\\ud834\\""', '"{\'a\':1}"', '"1:2"', '"1[2]"', '"[1]0,"', '"1 ,2"', '"\\"a\\",1"'],
    "tonumber": ['" 1 "', '"[1]"'],
    "from_entries": ['[{"key":null}]'],
}

# (functions, what is seen of a call and both answers, reason). Each must be needed.
DIFFERENCES = [
    (["tonumber"], lambda c, ours, theirs: "cannot be parsed as a number" in ours and is_kind(c[1], "string") and
     theirs.startswith("error"), "the message is jq 1.8's"),
    (["tonumber"], lambda c, ours, theirs: ours.startswith("error") and not theirs.startswith("error"),
     "jq 1.6 reads any JSON text"),
    (["fromjson"], lambda c, ours, theirs: "Invalid string literal; expected" in ours and
     "Invalid numeric literal" in theirs, "a single quote has a message of its own, as of jq 1.7"),
    (["fromjson"], lambda c, ours, theirs: "surrogate" in theirs, "half a surrogate pair is U+FFFD, as of jq 1.7"),
    (["indices"], lambda c, ours, theirs: not c[1].isascii() or "\\u" in c[1],
     "places are counted in characters, as of jq 1.7"),
    (["indices"], lambda c, ours, theirs: c[2] in ('"aa"', '", "'), "places may overlap, as of jq 1.7"),
    (["transpose"], lambda c, ours, theirs: c[1] == "{}", "nothing has no columns"),
    (["contains"], lambda c, ours, theirs: "u0000" in c[1] + c[2], "NUL ends no string, as of jq 1.7"),
    (["format"], lambda c, ours, theirs: c[2] == '"uri"' and any(x in theirs for x in "!'()*"),
     "!'()* are escaped in @uri, as of jq 1.7"),
    (["format"], lambda c, ours, theirs: c[2] == '"base64d"' and "\\ufffd" in theirs,
     "jq 1.6 loses bytes behind one that isn't UTF-8"),
    (["_match"], lambda c, ours, theirs: ("\\\\w" in c[2] or "\\\\b" in c[2]) and "\u0301" in json.loads(c[1]),
     "a combining mark is no \\w"),
    (["ldexp/2"], lambda c, ours, theirs: float(c[3]) > 2**31, "jq 1.6 cuts the exponent to 32 bits"),
    (["modf"], lambda c, ours, theirs: "." in c[1], "the parts of a decimal are exact"),
    (["mktime"], lambda c, ours, theirs: is_kind(c[1], "array") and not ours.startswith("error"),
     "parts that are missing are 0, as of jq 1.8"),
    (["gmtime"], lambda c, ours, theirs: not float(c[1]).is_integer(), "fractions are exact"),
    (["reverse"], lambda c, ours, theirs: is_kind(c[1], "string"), "strings are reversed, as of jq 1.7"),
    (["ltrimstr", "rtrimstr"], lambda c, ours, theirs: ours.startswith("error"),
     "what is no string is an error, as of jq 1.8"),
    (["ascii_downcase", "ascii_upcase"], lambda c, ours, theirs: ours.startswith("error") and theirs.startswith("error"),
     "the message is jq 1.7's"),
    (["from_entries"], lambda c, ours, theirs: "null (null) as object key" in theirs or
     "boolean (" in theirs or "number (" in theirs, "other keys become strings, as of jq 1.7"),
    (["unique"], lambda c, ours, theirs: ours.startswith("error") and theirs.startswith("error"),
     "the message is that of sort"),
    (["bsearch"], lambda c, ours, theirs: ours.startswith("error") and not is_kind(c[1], "array"),
     "only arrays are searched, as of jq 1.8"),
]


def run(program, lines, *options):
    done = subprocess.run([program, *options], input="\n".join(lines) + "\n", stdout=subprocess.PIPE, encoding="utf-8",
                          errors="surrogateescape", check=False)
    if done.returncode != 0:
        sys.exit(f"{program}: status {done.returncode}")
    return done.stdout.split("\n")[:-1]


def jq(program, lines):
    body = f'.[1] as $v | .[2] as $a | .[3] as $b | .[4] as $c | $v | try ({program} | [.]) catch {{e: .}}'
    done = subprocess.run(["jq", "-c", body], input="\n".join(lines) + "\n", stdout=subprocess.PIPE,
                          encoding="utf-8", check=True)
    return done.stdout.split("\n")[:-1]


def plain(answer):
    """An answer without its spelling, to be compared."""
    if answer.startswith("error "):
        return ("error", json.loads(answer[6:]))
    try:
        return ("value", json.loads(answer, parse_float=Decimal, parse_int=Decimal))
    except ValueError:
        return ("no JSON", answer)


def theirs_of(line):
    v = json.loads(line, parse_float=Decimal, parse_int=Decimal)
    if isinstance(v, list):
        return ("value", v[0])
    return ("error", v["e"])


def gist(error):
    """A message but for the values that it shows: as of jq 1.8 they are cut later."""
    kind, rest = re.match(r"([^(\"]*)(.*)", error, re.S).groups()
    return kind.rstrip(), re.search(r"[^)\"]*$", rest).group()


def same(ours, theirs):
    if ours[0] == theirs[0] == "error" and isinstance(ours[1], str) and isinstance(theirs[1], str):
        return gist(ours[1]) == gist(theirs[1])
    if ours[0] == theirs[0] == "value" and isinstance(ours[1], str) and isinstance(theirs[1], str):
        # JSON in a string: digits may be spelt otherwise
        try:
            return json.loads(ours[1], parse_float=Decimal) == json.loads(theirs[1], parse_float=Decimal)
        except ValueError:
            pass
    if ours[0] == theirs[0] == "error" and isinstance(ours[1], str) and isinstance(theirs[1], str):
        # jq 1.6 shows 11 bytes of a value, jq 1.8 and weir 30, also of what is used as an index
        mine, other = (re.sub(r" ?\(.*\)", "", e[1], flags=re.S) for e in (ours, theirs))
        return mine == (re.sub(r' ".*"', "", other, flags=re.S) if mine.startswith("Cannot index") else other)
    return ours == theirs


def listed(name, call, ours, theirs, seen):
    text = ("error " if theirs[0] == "error" else "") + json.dumps(theirs[1], default=str)
    for i, (names, when, _) in enumerate(DIFFERENCES):
        if name in names and when(call, ours, text):
            seen.add(i)
            return True
    return False


def random_calls(program, seed, count, only):
    random.seed(seed)
    pairs = different = expected = 0
    seen = set()
    for name, spec in FUNCTIONS.items():
        if only and name not in only:
            continue
        calls = []
        for _ in range(count):
            inputs = [g() for g in spec[1:]]
            if isinstance(inputs[0], tuple):
                inputs = list(inputs[0])
            calls.append([json.dumps(name.split("/")[0])] + inputs)
        calls += [[calls[0][0]] + [json.dumps(x, ensure_ascii=False) for x in json.loads(f"[{c}]")] for c in ALWAYS.get(name, [])]
        lines = ["[" + ",".join(c) + "]" for c in calls]
        answers, oracle = run(program, lines), jq(spec[0], lines)
        if len(answers) != len(calls) or len(oracle) != len(calls):
            sys.exit(f"{name}: {len(calls)} calls, {len(answers)} answers, {len(oracle)} of jq")
        for call, ours, line in zip(calls, answers, oracle):
            pairs += 1
            theirs = theirs_of(line)
            if name == "keys_unsorted" and not ours.startswith(("error", "unsteady")):
                ours = json.dumps(sorted(json.loads(ours)))
            if same(plain(ours), theirs) or name in MATH and near(plain(ours)[1], theirs[1]):
                continue
            if listed(name, call, ours, theirs, seen):
                expected += 1
                continue
            different += 1
            if different <= 30:
                print(f"[{', '.join(call)}]\n  ours   {ours}\n  jq     {theirs}")
    idle = [d[2] for i, d in enumerate(DIFFERENCES) if i not in seen and not only]
    for reason in idle:
        print(f"never seen: {reason}")
    print(f"{pairs} calls, {different} different, {expected} listed")
    return 1 if different or idle else 0


def raw(text):
    """A call with bytes put into its strings, as tests/lib/function.c's -b has them."""
    def put(v):
        if isinstance(v, str):
            for _ in range(random.randrange(4)):
                at = random.randrange(len(v) + 1)
                v = v[:at] + chr(0xf700 + random.choice([0x80, 0xbf, 0xc3, 0xe2, 0xf0, 0xff])) + v[at:]
        elif isinstance(v, list):
            v = [put(x) for x in v]
        elif isinstance(v, dict):
            v = {put(k): put(x) for k, x in v.items()}
        return v
    name, *rest = json.loads(text)
    return json.dumps([name] + [put(x) for x in rest])


def bytes_in_strings(program, seed, count):
    random.seed(seed)
    lines = []
    for name, spec in FUNCTIONS.items():
        for _ in range(0 if name in MATH else count):
            inputs = [g() for g in spec[1:]]
            inputs = list(inputs[0]) if isinstance(inputs[0], tuple) else inputs
            lines.append(raw("[" + ",".join([json.dumps(name.split("/")[0])] + inputs) + "]"))
    answers = run(program, lines, "-b")
    bad = [(c, a) for c, a in zip(lines, answers) if a.startswith(("unsteady", "none", "no JSON"))]
    for call, a in bad[:10]:
        print(call, a)
    print(f"{len(answers)} calls, {len(bad)} bad")
    return 1 if bad or len(answers) != len(lines) else 0


def zones(program, seed, count):
    random.seed(seed)
    bad = 0
    for zone in ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]:
        os.environ["TZ"] = zone
        times = [random.randrange(0, 2145916800) for _ in range(count)]
        lines = [f'["strflocaltime",{t},"%F %T %z %Z %s"]' for t in times] + [f'["localtime",{t}]' for t in times]
        answers = run(program, lines)
        for i, t in enumerate(times):
            d = datetime.fromtimestamp(t, ZoneInfo(zone))
            want = d.strftime("%Y-%m-%d %H:%M:%S %z %Z ") + str(t)
            parts = d.timetuple()
            fields = [parts[0], parts[1] - 1, *parts[2:6], (parts[6] + 1) % 7, parts[7] - 1]
            if json.loads(answers[i]) != want or json.loads(answers[count + i]) != fields:
                bad += 1
                print(f"{zone} {t}: {answers[i]} {answers[count + i]}, wanted {want} {fields}")
        # back from the parts; an hour that comes twice may be either
        back = run(program, [f'["strflocaltime",{answers[count + i]},"%F %T"]' for i in range(count)])
        bad += sum(json.loads(b) != json.loads(a)[:19] for a, b in zip(answers, back))
    print(f"{5 * count} times, {bad} different")
    return 1 if bad else 0


# (text, pattern, flags, what jq 1.6 finds, what is found here): the strings, or None where the pattern is refused.
# As said in weir-expr(7).
REGEX = [
    ("straße", "STRASSE", "i", ["straße"], []),
    ("SS", "ß", "i", ["SS"], []),
    ("aXb", r"\yX", "g", ["X"], None),
    ("/* x */ y */", r"/\*(?~\*/)\*/", "g", ["/* x */"], None),
    ("a b", r"a\hb", "g", [], ["a b"]),
    ("x\u0301", r"\w", "g", ["x", "\u0301"], ["x"]),
    ("aab", "(?<=a+)b", "g", ["b"], None),
    ("xbc", "(?<=a|xb)c", "g", None, ["c"]),
    ("((x))", r"\((?:[^()]|(?R))*\)", "g", ["(x)"], ["((x))"]),
    ("a1", r"\p{Alnum}", "g", ["a", "1"], None),
    ("a", "(?P<n>a)", "g", None, ["a"]),
    ("\n", r"\O", "g", ["\n"], None),
    ("u0041", r"\u0041", "g", ["u0041"], None),
    # The same in both.
    ("abcd&", "[a-c&&b-d]", "g", ["a", "b", "c", "d", "&"], ["a", "b", "c", "d", "&"]),
    ("aab", "a|aab", "l", ["a"], ["a"]),
    ("a\nb", "a.b", "s", [], []),
    ("a\nb", "a.b", "p", ["a\nb"], ["a\nb"]),
    ("a\nb", "^b", "s", [], []),
    ("a\nb", "(?m)^b", "", ["b"], ["b"]),
    ("a\nb\n", "b$", "", ["b"], ["b"]),
    ("abab", r"(?<x>a)(?<x>b)\k<x>", "g", ["aba"], ["aba"]),
    ("foobar", r"foo\Kbar", "g", ["bar"], ["bar"]),
    ("aa bb", "(a)\\g<1>|b", "g", ["aa", "b", "b"], ["aa", "b", "b"]),
    ("e\u0301x", r"\X", "g", ["e\u0301", "x"], ["e\u0301", "x"]),
    ("\u212a", "k", "i", ["\u212a"], ["\u212a"]),
    ("٣", r"\d", "g", ["٣"], ["٣"]),
    ("ab", "b?", "gn", ["b"], ["b"]),
]


def regex(program):
    bad = 0
    lines = [json.dumps(["_match", t, p, f, False]) for t, p, f, _, _ in REGEX]
    answers = run(program, lines)
    oracle = jq("[match([$a, $b])]", lines)
    for (text, pattern, flags, theirs, ours), a, o in zip(REGEX, answers, oracle):
        found = None if a.startswith("error") else [m["string"] for m in json.loads(a)]
        o = json.loads(o)
        theirs_now = None if isinstance(o, dict) else [m["string"] for m in o[0]]
        if found != ours or theirs_now != theirs:
            bad += 1
            print(f"{pattern} on {text!r} by {flags}: {found}, jq {theirs_now}")
    print(f"{len(REGEX)} patterns, {bad} otherwise")
    return 1 if bad else 0


def cases(program, path):
    with open(path, encoding="utf-8") as f:
        lines = [x.rstrip("\n") for x in f if x.strip() and not x.startswith("#")]
    calls, wanted = lines[::2], lines[1::2]
    answers = run(program, calls)
    wrong = 0
    for call, ours, want in zip(calls, answers, wanted):
        if plain(ours) != plain(want):
            wrong += 1
            print(f"{call}\n  ours   {ours}\n  wanted {want}")
    print(f"{len(calls)} cases, {wrong} wrong")
    return 1 if wrong or len(calls) != len(wanted) or len(answers) != len(calls) else 0


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    if sys.argv[1] == "regex":
        sys.exit(regex(sys.argv[2]))
    if sys.argv[1] == "bytes":
        sys.exit(bytes_in_strings(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
    if sys.argv[1] == "zones":
        sys.exit(zones(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
    if sys.argv[1] == "cases":
        sys.exit(cases(sys.argv[2], sys.argv[3]))
    sys.exit(random_calls(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:]))
