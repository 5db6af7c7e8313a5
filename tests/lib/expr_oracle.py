#!/usr/bin/env python3
"""Holds tests/lib/expr.c against jq.

    expr_oracle.py random PROGRAM_PATH SEED COUNT   generated programs and records, judged by jq
    expr_oracle.py forms PROGRAM_PATH SEED COUNT    the same, with control structures and assignments
    expr_oracle.py conformance PROGRAM_PATH FILE LIST   jq's own cases, but for those of LIST

jq computes with doubles, so the generator keeps to numbers that are exact in both. Prints a line for
each difference, and the counts last; status 1 if there was a difference.
"""
import json
import os
import random
import re
import subprocess
import sys

sys.setrecursionlimit(50000)

BATCH = 40      # programs in one run of jq
RECORDS = 12    # records that each program sees

KEYS = ["a", "b", "c", "n", "s", "x y"]
NUMBERS = ["0", "1", "2", "-1", "3", "10", "0.5", "2.25", "-7", "500", "1e3", "9007199254740992", "-0.125"]
STRINGS = ["", "a", "b", "ab", "é", "z", "aXbXc", "\n", "\"", "\\", "/api/v1", "\U0001d11e", "a\u0000b",
           "long text that does not fit into a message"]
PATTERNS = ["a", "^/api/", "b$", "[0-9]+", "^$", "x|é", "\\\\", "(a)(b)?", "\\p{L}", "a.*c"]
FLAGS = ["i", "x", "g", "n", "s", "p", "gi", ""]


def jstring(s):
    return json.dumps(s, ensure_ascii=random.random() < 0.5)


def value(depth=0):
    r = random.random()
    if r < 0.12:
        return "null"
    if r < 0.24:
        return random.choice(["true", "false"])
    if r < 0.50 or depth > 2:
        return random.choice(NUMBERS)
    if r < 0.72:
        return jstring(random.choice(STRINGS))
    if r < 0.86:
        return "[" + ",".join(value(depth + 1) for _ in range(random.randrange(4))) + "]"
    return obj(depth + 1)


def obj(depth):
    keys = random.sample(KEYS, random.randrange(5))
    return "{" + ", ".join(f"{json.dumps(k)}:{value(depth)}" for k in keys) + "}"


FORMS = False   # whether programs have more than operators


def key():
    k = random.choice(KEYS)
    return "." + (k if k.isalnum() and random.random() < 0.7 else json.dumps(k))


def path():
    if random.random() < 0.05:
        return "."
    p = key()
    while random.random() < 0.35:
        r = random.random()
        if r < 0.3:
            p += key()
        elif r < 0.5:
            p += random.choice(["[0]", "[-1]", "[1]", "[]", "[5]", '["a"]', "[.n?]", "[1:]", "[:-1]", "[0:2]"])
        elif r < 0.6:
            p += "[" + (expr(3) if random.random() < 0.3 else random.choice(["1:2", "-2:", ":1"])) + "]"
        else:
            p += "[]"
        if random.random() < 0.4:
            p += "?"
    return p


def pattern():
    r = random.random()
    re = json.dumps(random.choice(PATTERNS))
    if r < 0.5:
        return f"test({re})"
    if r < 0.7:
        return f"test({re}; {json.dumps(random.choice(FLAGS))})"
    if r < 0.8:
        return f"test([{re}, {json.dumps(random.choice(FLAGS))}])"
    if r < 0.9:
        return f"test({path()})"
    return f"test({re}, {re}; null, {json.dumps(random.choice(FLAGS))})"


def literal():
    r = random.random()
    if r < 0.5:
        return random.choice(NUMBERS)
    if r < 0.8:
        return json.dumps(random.choice(STRINGS))
    return random.choice(["null", "true", "false"])


def form(depth):
    """Control structures, functions, paths and assignments, where jq 1.6 answers as later ones."""
    e, p = lambda: expr(depth + 1), path
    lines = [
        lambda: f"if {e()} then {e()} else {e()} end",
        lambda: f"if {e()} then {e()} elif {e()} then {e()} else {e()} end",
        lambda: f"(({e()}) as $v | {e()}, $v)",
        lambda: f"(({e()}) as [$v, {{a: $w}}] | [$v, $w, {e()}])",
        lambda: f"((({e()}) | [.[]?]) as [$v, $w] | {{$v, w: $w}})",
        lambda: f"(reduce ({e()}) as $v ([{e()}]; [., $v, 1][0:2]))",
        lambda: f"(reduce {p()} as $v (0; [., $v, ({e()})][0:3]))",
        lambda: f"[foreach ({e()}) as $v (0; [., $v][0:1]; [$v, ., ({e()})])]",
        lambda: f"[foreach ({e()}) as [$v] (0; . + 1)]",
        lambda: f"[try ({e()}) catch type]",
        lambda: f"[try error([{e()}]) catch (.[0] | numbers | {e()})]",
        lambda: f"[.[]? | try ({e()}) catch \"caught\"]",
        lambda: f"(def f: {e()}; f)",
        lambda: f"(def f(g): {e()} | g; f({e()}))",
        lambda: f"(def f($a; g): [$a, g, (def h: g; h)]; f({e()}; {e()}))",
        lambda: f"(def f(n): if n > 2 then [n] else f(n + 1) end; f({random.choice(['0', '1', '.n | numbers'])}))",
        lambda: f"[label $out | ({e()}) | ., if . == {literal()} then break $out else . end]",
        lambda: f"[first({e()})]",
        lambda: f"[limit({random.randrange(1, 4)}; {e()})]",
        lambda: f"(\"<\\({e()})|\\({e()})>\")",
        lambda: f"[path({p()})]",
        lambda: f"[path(first({p()}, {p()}))]",
        lambda: f"[paths]",
        lambda: f"[.. | scalars]",
        lambda: f"[{p()} | getpath([\"a\", \"b\"])?]",
        lambda: f"({p()} = ({e()}))",
        lambda: f"({p()} |= [., 1])",
        lambda: f"({p()} += 1)",
        lambda: f"({p()} //= {literal()})",
        lambda: f"(del({key()}))",
        lambda: f"(del({key()}, {key()}?))",
        lambda: "(objects | to_entries)",
        lambda: "(objects | with_entries(.value |= [.]))",
        lambda: f"[.[]? | select({e()})]",
        lambda: f"([.[]?] | map({e()}))",
        lambda: f"[any([{e()}][]; .), all([{e()}][]; . == .)]",
        lambda: f"(isempty({e()}))",
        lambda: f"[range({random.randrange(4)}, 2; {random.randrange(6)}; 2)]",
        lambda: f"[{e()} | recurse(if type == \"array\" then .[] else empty end)]",
        lambda: f"([{e()}] | group_by(type) | map(length))",
        lambda: f"([.[]?] | sort_by(type, .))",
        lambda: f"[{p()} | tostream]",
        lambda: f"(walk(if type == \"number\" then 0 else . end))",
        lambda: f"[{p()} | strings | sub(\"(?<x>[ab])\"; \"<\\(.x)>\")]",
    ]
    return random.choice(lines)()


def expr(depth=0):
    r = random.random()
    if depth < 3 and FORMS and r < 0.25:
        return form(depth)
    if depth > 4 or r < 0.22:
        return path()
    if r < 0.34:
        return literal()
    if r < 0.52:
        return f"{term(depth + 1)} {random.choice(['==', '!=', '<', '<=', '>', '>='])} {term(depth + 1)}"
    if r < 0.62:
        op = random.choice(["+", "-", "*", "+", "-"])
        if op == "*":            # of a string it is another since jq 1.7
            return f"({term(depth + 1)} * ({term(depth + 1)}) | if type == \"string\" then null else . end)"
        return f"{term(depth + 1)} {op} {term(depth + 1)}"
    if r < 0.65:
        return f"({term(depth + 1)} / {random.choice(['.n', '.s', '2', '0.5', '.c'])})"
    if r < 0.67:
        return f"({term(depth + 1)} % {random.choice(['.n', '.s', '3', '-2', '.c'])})"
    if r < 0.77:
        return f"{term(depth + 1)} {random.choice(['and', 'or', '//'])} {term(depth + 1)}"
    if r < 0.83:
        return f"{expr(depth + 1)} | {expr(depth + 1)}"
    if r < 0.87:
        return f"({expr(depth + 1)}, {expr(depth + 1)})"
    if r < 0.90:
        return f"({expr(depth + 1)} | not)"
    if r < 0.93:
        return f"{path()} | {pattern()}"
    if r < 0.95:
        return f"-({expr(depth + 1)})"
    if r < 0.975:
        return "[" + (expr(depth + 1) if random.random() < 0.9 else "") + "]"
    members = ", ".join(member(depth) for _ in range(random.randrange(4)))
    return "{" + members + "}"


def member(depth):
    r = random.random()
    if r < 0.3:
        return random.choice(["a", "b", "n", '"x y"'])
    k = random.choice(["a", "b", '"x y"', "if", "(.s)", '("p", "q")'])
    return f"{k}: ({expr(depth + 1)})"


def term(depth):
    return "(" + expr(depth) + ")" if random.random() < 0.6 else path()


def predicate(depth=0):
    """What the fast path is made for."""
    r = random.random()
    p = random.choice([key(), key(), key() + key(), key() + "[0]", key() + "[-1]" + key()])
    if r < 0.45 or depth > 3:
        op = random.choice(["==", "!=", "<", "<=", ">", ">="])
        return f"{p} {op} {literal()}" if random.random() < 0.8 else f"{literal()} {op} {p}"
    if r < 0.55:
        return f"({p} | test({json.dumps(random.choice(PATTERNS))}))"
    if r < 0.62:
        return p
    if r < 0.72:
        return f"({predicate(depth + 1)} | not)"
    return f"({predicate(depth + 1)} {random.choice(['and', 'or'])} {predicate(depth + 1)})"


def run(argv, text):
    r = subprocess.run(argv, input=text.encode("utf-8", "surrogatepass"), capture_output=True,
                       env={**os.environ, "PAGER": "less"})
    if r.returncode < 0:
        sys.exit(f"{argv[0]} died of signal {-r.returncode}: {r.stderr.decode()}")
    return r


def parse(text):
    return json.loads(text, parse_int=float)


def same(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return a == b or abs(a - b) <= 1e-12 * max(abs(a), abs(b))
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return a == b


def gist(error):
    """An error but for the values that it shows: later releases than 1.6 show more of them."""
    if error is None:
        return None
    if error == "Cannot update string slices":
        return "Cannot update field at object index of string", ""
    kind, rest = re.match(r"([^(\"]*)(.*)", error, re.S).groups()
    return kind.rstrip(), re.search(r"[^)\"]*$", rest).group()


def text_of(line):
    return json.loads(line[7:]) if line.startswith("error: ") else line


def answers(tool, engine, pairs, outputs):
    """For each pair: (outputs, error or None), or pass, drop, error without -o."""
    text = "".join(json.dumps(p) + "\t" + r + "\n" for p, r in pairs)
    r = run([tool, "-e", engine, "-p"] + (["-o"] if outputs else []), text)
    if r.returncode != 0:
        sys.exit(f"{tool} failed: {r.stderr.decode()}")
    lines = r.stdout.decode("utf-8").split("\n")[:-1]
    if not outputs:
        return [text_of(line) for line in lines]
    result, current = [], []
    for line in lines:
        if line == "." or line.startswith(("error: ", "fault ")):
            result.append((current, None if line == "." else text_of(line)))
            current = []
        else:
            current.append(parse(line))
    return result


def jq_answers(programs, records):
    """[program][record] -> (outputs, error)"""
    body = ",\n".join(f"[try ((\n{p}\n) | {{o: .}}) catch {{e: .}}]" for p in programs)
    r = run(["jq", "-c", f"[{body}]"], "".join(x + "\n" for x in records))
    if r.returncode != 0:
        sys.exit(f"jq failed: {r.stderr.decode()}\n{body}")
    rows = [parse(line) for line in r.stdout.decode("utf-8").split("\n")[:-1]]
    table = []
    for i in range(len(programs)):
        row = []
        for k in range(len(records)):
            got = rows[k][i]
            error = got.pop()["e"] if got and "e" in got[-1] else None
            row.append(([g["o"] for g in got], error))
        table.append(row)
    return table


def verdict(outputs, error):
    if any(o is not None and o is not False for o in outputs):
        return "pass"
    return "drop" if error is None else error


def spelt(value):
    """A value with the decimals in its texts cut of their last zeros."""
    if isinstance(value, str):
        return re.sub(r"(\d)\.(\d*?)0*(?!\d)", lambda m: m[1] + ("." + m[2] if m[2] else ""), value)
    if isinstance(value, list):
        return [spelt(v) for v in value]
    return {k: spelt(v) for k, v in value.items()} if isinstance(value, dict) else value


FRACTION = re.compile(r"\d\.\d*[1-9]")

# Where jq 1.6 is not the measure: what is seen of the program, the record, our answer and jq's; and why.
KNOWN = [
    (lambda p, r, ours, theirs: theirs[1] == "Repeat string result too long",
     "nothing, however often, is nothing, as of jq 1.8"),
    (lambda p, r, ours, theirs: all(str(a[1]).startswith("Regex failure: ") for a in (ours, theirs)), "the text is PCRE2's"),
    (lambda p, r, ours, theirs: "slice of an array can only" in str(ours[1]) and "array slice must be" in str(theirs[1]),
     "what is assigned to a slice is looked at first, as of jq 1.7"),
    (lambda p, r, ours, theirs: re.search(r"\.(\w+|\"[^\"]*\")?\[[^\]:\"]", p) and FRACTION.search(p + r),
     "an index with a fraction is cut, as jq.test has it; to jq 1.6 it is null"),
    (lambda p, r, ours, theirs: ours[1] == theirs[1] is None and same(spelt(ours[0]), spelt(theirs[0])),
     "a decimal in a text keeps its zeros"),
]


def judge(tool, programs, records):
    want = jq_answers(programs, records)
    pairs = [(p, r) for p in programs for r in records]
    got = answers(tool, "native", pairs, True)
    fast = answers(tool, "fast", pairs, False)
    general = answers(tool, "general", pairs, False)
    if not len(pairs) == len(got) == len(fast) == len(general):
        sys.exit(f"{len(pairs)} pairs, but {len(got)}, {len(fast)}, {len(general)} answers")
    bad = listed = 0
    for i, (p, r) in enumerate(pairs):
        outputs, error = want[i // len(records)][i % len(records)]
        expected = verdict(outputs, error)
        ours = verdict(*got[i])
        if gist(got[i][1]) != gist(error) or not same(got[i][0], outputs) or \
                gist(ours) != gist(expected) or fast[i] != ours or general[i] != ours:
            if fast[i] == general[i] == ours and any(seen(p, r, got[i], (outputs, error)) for seen, _ in KNOWN):
                listed += 1
                continue
            bad += 1
            print(f"DIFFERENT {p}\n  on {r}\n  jq       {outputs} {error} {expected}\n"
                  f"  outputs  {got[i][0]} {got[i][1]}\n  fast     {fast[i]}\n  general  {general[i]}")
    return bad, listed


def random_cases(tool, seed, count, forms):
    global FORMS
    FORMS = forms
    random.seed(seed)
    done = bad = listed = 0
    while done < count:
        programs = [form(0) if forms else predicate() if random.random() < 0.4 else expr() for _ in range(BATCH)]
        records = [obj(0) for _ in range(RECORDS)]
        more = judge(tool, programs, records)
        bad += more[0]
        listed += more[1]
        done += len(programs) * len(records)
    print(f"{done} pairs, {listed} as listed, {bad} different")
    return bad


def cases(path):
    """(program, input, outputs or None if it must not compile) of jq's test format."""
    block = []
    with open(path, encoding="utf-8") as f:
        for line in f.read().split("\n") + [""]:
            if line.startswith("#") and not block:
                continue
            if line.strip() == "":
                if block and block[0].startswith("%%FAIL"):
                    yield block[1], None, None
                elif block:
                    yield block[0], block[1].lstrip("\ufeff"), [o for o in block[2:] if not o.startswith("#")]
                block = []
            else:
                block.append(line)


def loose(a, b):
    """The same but for the order of members."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(loose(x, y) for x, y in zip(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return set(a) == set(b) and all(loose(a[k], b[k]) for k in a)
    return same(a, b)


def is_json(text):
    try:
        json.loads(text, parse_constant=lambda name: 1 / 0)
        return True
    except (ValueError, ZeroDivisionError):
        return False


def one_case(tool, program, text, outputs):
    """None if it is as it should be, "foreign", or what it is."""
    if outputs is None:
        probe = run([tool, "-e", "native", "-c", program], "")
        return None if probe.returncode == 2 and b"is not native" not in probe.stdout else "compiles"
    if not is_json(text):
        return "the input is no JSON"
    wrapped = program if text.strip().startswith("{") else f".value | ({program}\n)"
    got, error = answers(tool, "native", [(wrapped, text)], True)[0]
    if error is not None and "is not native" in error:
        return "foreign"
    want = [parse(o) for o in outputs]
    # As jq's own runner, this one doesn't mind an error behind the outputs.
    if loose(got, want) and (error is None or not error.startswith("fault")):
        return None
    return f"{got} {error}"


def read_list(path):
    """Program -> reason, of lines "program<tab>reason"."""
    table = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            if not line.startswith("#") and line.strip():
                program, reason = line.rstrip("\n").split("\t")
                if not reason or program in table:
                    sys.exit(f"{path}: {program}")
                table[program] = reason
    return table


def conformance(tool, path, list_path):
    listed = read_list(list_path)
    count = {"as jq": 0, "listed": 0, "foreign": 0, "different": 0}
    for program, text, outputs in cases(path):
        what = one_case(tool, program, text, outputs)
        if what is None:
            kind = "as jq"
            if program in listed:
                print(f"LISTED, but as jq: {program}")
                kind = "different"
        elif program in listed:
            kind = "listed"
        elif what == "foreign":
            kind = "foreign"
            print(f"foreign {program}")
        else:
            kind = "different"
            print(f"DIFFERENT {program}\n  on {text}\n  wanted   {outputs}\n  got      {what}")
        count[kind] += 1
    print(", ".join(f"{n} {kind}" for kind, n in count.items()))
    return count["different"]


def main():
    if sys.argv[1] in ("random", "forms"):
        bad = random_cases(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[1] == "forms")
    else:
        bad = conformance(sys.argv[2], sys.argv[3], sys.argv[4])
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
