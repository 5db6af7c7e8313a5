#!/usr/bin/env python3
"""Generated programs and records for tests/lib/made.c: made_oracle.py SEED COUNT > LINES

Most programs are objects of fixed names, some are not; the expressions in them are expr_oracle.py's."""
import json
import random
import sys

from expr_oracle import KEYS, expr, key, literal, path, value


def record():
    members = [json.dumps(random.choice(KEYS + ['q"'])) + ':' + value() for _ in range(random.randrange(7))]
    if random.random() < 0.3:
        members.append('"@time":12')
    return "{" + ", ".join(random.sample(members, len(members))) + "}"


def steps():
    p = key()
    while random.random() < 0.4:
        p += random.choice([key(), "[0]", "[-1]", "[2]", '["a"]'])
    return p


def member():
    name = random.choice(["a", "b", "n", '"x y"', '"é"', '"q\\"\\\\"', '"\\u0041"', "if", '"@time"'])
    r = random.random()
    if r < 0.2 and name != "if":
        return name
    if r < 0.5:
        return f"{name}: {steps()}"
    if r < 0.6:
        return f"{name}: {literal()}"
    if r < 0.65:
        return f'{name}: .["@time"]'
    return f"{name}: ({expr(2) if r < 0.9 else path()})"


def program():
    r = random.random()
    if r < 0.8:
        return "{" + ", ".join(member() for _ in range(1 + random.randrange(4))) + "}"
    return expr() if r < 0.95 else "{(.s, .a): .b, c: 1}"


def main():
    random.seed(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        print(json.dumps(program(), ensure_ascii=False), record(), sep="\t")


main()
