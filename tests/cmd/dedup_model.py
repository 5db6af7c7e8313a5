"""Duplicates, naively: a model of sdedup that looks through all it has kept.

dedup_model.py CASES [SEED]   makes inputs, and compares the model with scat -d D | sdedup ... | scat -O json, with frames of
                              any size and hashes of any seed
"""
import json
import os
import random
import sys
from decimal import Decimal

from weir import Checks, pipe

SEC = 10 ** 9

# What is equal stands in one line, in several spellings.
VALUES = [
    ["1", "1.0", "1e0", "10e-1"], ["2"], ["-0", "0", "0.000"], ["12345678901234567890", "12345678901234567890.0"],
    ['"1"', '"\\u0031"'], ['"a"', '"\\u0061"'], ['""'], ['"ä"', '"\\u00e4"'], ["null"], ["true"], ["false"],
    ["[]"], ["[1,2]", "[1.0, 2]", "[ 1 ,2.00]"], ["{}"],
    ['{"a":1,"b":[2]}', '{"b":[2.0],"a":1.0}', '{ "b" : [ 2 ], "a" : 7, "a" : 1 }'], ['{"a":1}'], ['{"a":null}'],
]


def canonical(v):
    """Python's values with what is equal made the same: 1 is not True here."""
    if isinstance(v, bool) or v is None:
        return ("word", str(v))
    if isinstance(v, Decimal):
        return ("number", v.normalize() if v else Decimal(0))
    if isinstance(v, str):
        return ("string", v)
    if isinstance(v, list):
        return ("array", tuple(canonical(x) for x in v))
    return ("object", tuple((k, canonical(v[k])) for k in sorted(v)))


def read(line):
    return json.loads(line, parse_float=Decimal, parse_int=Decimal)


def key_of(case, rec):
    if not case["keys"]:
        return canonical(rec)
    found = []
    for path in case["keys"]:
        v = rec
        for step in path.split("."):
            v = v.get(step) if isinstance(v, dict) else None
        found.append(canonical(v))
    return tuple(found)


def walk(case, records):
    """Each record with its time, its key and what is to be done with it: bad, late or judged; and the watermark before it."""
    greatest = None
    for time, line in records:
        mark = None if greatest is None else greatest - case["delay"]
        if time is not None and (greatest is None or time > greatest):
            greatest = time
        what = "judged"
        if case["within"] is not None:
            if time is None:
                what = "bad"
            elif mark is not None and time < mark - case["lateness"]:
                what = "late"
        yield what, time, key_of(case, read(line)), line, mark


def near(case, a, b, more=0):
    return case["within"] is None or abs(a - b) <= case["within"] + more


def first(case, records):
    kept, out, late = {}, [], []
    for what, time, key, line, _ in walk(case, records):
        if what == "late":
            late.append(line)
        elif what == "judged" and not any(near(case, time, t) for t in kept.get(key, [])):
            kept.setdefault(key, []).append(time)
            out.append(line)
    return out, late


def last(case, records):
    """Groups are closed when the watermark has passed; what is left over is closed at the end."""
    groups, out, late = [], [], []

    def close(mark):
        for g in sorted([g for g in groups if not g["done"] and mark is not None and g["at"] < mark - case["horizon"]],
                        key=lambda g: (g["at"], g["n"])):
            g["done"] = True
            out.append(g)

    for what, time, key, line, mark in walk(case, records):
        if case["within"] is not None:
            close(mark)
        if what == "late":
            late.append(line)
        if what != "judged":
            continue
        mine = [g for g in groups if g["key"] == key and near(case, time, g["first"])]
        if case["within"] is not None:
            mine.sort(key=lambda g: g["first"])
        if not mine:
            groups.append({"key": key, "first": time, "at": time if case["within"] is not None else 0, "n": len(groups),
                           "time": time, "line": line, "dups": 0, "done": False})
            continue
        g = mine[0]
        assert not g["done"]
        g["dups"] += 1
        if g["time"] is None or (time is not None and time >= g["time"]):
            g["time"], g["line"] = time, line
    close(float("inf"))
    return out, late


def make(rng):
    within = rng.choice([None, 0, 1, 1, 5, 10, 10, 60])
    case = {"keys": rng.choice([[], ["k"], ["k"], ["k", "o.x"]]), "delay": rng.choice([0, 0, 2, 20]) * SEC, "within": None, "horizon": 0}
    case["which"] = rng.choice(["first", "first", "last"])
    args = [a for path in [",".join("." + k for k in case["keys"])] if path for a in ("-k", path)]
    if within is not None:
        unit = rng.choice([SEC, SEC, SEC // 1000, 1])
        case["within"] = case["lateness"] = within * unit
        args += ["--within", f"{within * unit}ns"]
        if rng.random() < 0.5:
            case["lateness"] = rng.choice([0, 1, 7, 100]) * unit
            args += ["--lateness", f"{case['lateness']}ns"]
        case["horizon"] = case["within"] + case["lateness"]
        case["unit"] = unit
    case["dups"] = case["which"] == "last" and rng.random() < 0.5
    case["approx"] = case["which"] == "first" and rng.random() < 0.3
    # Where times are told apart over so long that none is forgotten before its time.
    if case["approx"] and within is not None and max(case["lateness"], case["delay"]) > 4 * case["within"]:
        case["approx"] = False
    args += ["--which", "last"] if case["which"] == "last" else []
    args += ["--dups"] if case["dups"] else []
    args += ["--approx", "0.0001", "--max-memory", "1MiB"] if case["approx"] else []
    case["args"] = args
    return case


def make_records(rng, case):
    records, now = [], rng.choice([0, 1700000000 * SEC, -5 * SEC])
    values = rng.sample(VALUES, rng.randrange(1, len(VALUES)))
    step = max(1, case.get("unit", SEC) * rng.choice([1, 1, 3]) // 2)
    for _ in range(rng.randrange(1, 120)):
        now += rng.choice([0, 0, 1, 2, 5, 40 if rng.random() < 0.1 else 1]) * step
        time = now - (rng.randrange(1, 30) * step if rng.random() < 0.3 else 0)
        fields = []
        if rng.random() < 0.97:
            sign = "-" if time < 0 else ""
            fields.append(f'"ts":{sign}{abs(time) // SEC}.{abs(time) % SEC:09d}')
        else:
            time = None
        if rng.random() < 0.95:
            fields.append(f'"k":{rng.choice(rng.choice(values))}')
        if rng.random() < 0.3:
            fields.append(f'"o":{{"x":{rng.choice(rng.choice(values))}}}')
        if case["keys"]:
            fields.append(f'"n":{len(records)}')
        rng.shuffle(fields)
        records.append((time, "{" + ",".join(fields) + "}"))
    return records


def judge_approx(case, records, out):
    """It keeps what has no kept one near, and drops none but what has one, give or take an eighth of the time."""
    kept, left, late = {}, list(out), []
    for what, time, key, line, _ in walk(case, records):
        if what == "late":
            late.append(line)
        if what != "judged":
            continue
        if left and left[0] == line and not any(near(case, time, t) for t in kept.get(key, [])):
            left.pop(0)
            kept.setdefault(key, []).append(time)
        elif not any(near(case, time, t, (case["within"] or 0) // 8 + 2) for t in kept.get(key, [])):
            return f"lost: {line}", late
    return (f"too many: {left}" if left else None), late


def compare(case, records, out, got_late):
    if case["approx"]:
        wrong, late = judge_approx(case, records, out)
        return wrong or (f"late: {got_late}\nmodel: {late}" if got_late != late else None)
    want, late = (first if case["which"] == "first" else last)(case, records)
    if got_late != late:
        return f"late: {got_late}\nmodel: {late}"
    if case["which"] == "last":
        if case["dups"]:
            out = [(canonical({k: v for k, v in read(line).items() if k != "dups"}), read(line)["dups"]) for line in out]
            want = [(canonical(read(g["line"])), g["dups"]) for g in want]
        else:
            want = [g["line"] for g in want]
    return None if out == want else "got:\n%s\nmodel:\n%s" % ("\n".join(map(str, out)), "\n".join(map(str, want)))


def main():
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    checks = Checks()
    for number in range(int(sys.argv[1])):
        case = make(rng)
        records = make_records(rng, case)
        late = ["--late", "late.weir"] if case["within"] is not None else []
        # MODEL_SPILL: a directory; WEIR_SPILL_EVERY says how often.
        if "MODEL_SPILL" in os.environ and not case["approx"]:
            late += ["--spill", os.environ["MODEL_SPILL"]]
        env = {"WEIR_FRAME_SIZE": str(rng.choice([1, 50, 300, 65536])), "WEIR_HASH_SEED": str(rng.randrange(1 << 30))}
        text = "".join(line + "\n" for _, line in records).encode()
        statuses, out, err = pipe([["scat", "-q", "-i", "json", "-t", ".ts", "--time-format", "s", "-d", f"{case['delay']}ns"],
                                   ["sdedup", "-q", *case["args"], *late], ["scat", "-q", "-O", "json"]], text, env)
        got_late = []
        if "--late" in late:
            _, kept, _ = pipe([["scat", "-q", "-i", "frames", "-O", "json", "late.weir"]])
            got_late = kept.decode().splitlines()
        wrong = f"{statuses}\n{err}" if any(statuses) else compare(case, records, out.decode().splitlines(), got_late)
        checks(wrong is None, f"case {number}: {case}\n{text.decode()}{wrong}")
    checks.done(int(sys.argv[1]))


main()
