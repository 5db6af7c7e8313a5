"""The store on disk against a dictionary.

spill_oracle.py OPERATIONS [SEED]
"""
import os
import random
import subprocess
import sys

from weir import Checks


def run(check, order, n, seed):
    rng = random.Random(f"spill {order} {seed}")
    rank = (lambda k: (len(k), k)) if order else (lambda k: k)
    keys = ["".join(rng.choice("abc") for _ in range(rng.randrange(1, 9))) for _ in range(400)]
    lines, want, store = [], ["ready"], {}
    for i in range(n):
        what, k = rng.random(), rng.choice(keys)
        if what < 0.6:
            store[k] = f"v{i}" + "x" * rng.choice([0, 3, 900])
            lines.append(f"put {k} {store[k]}")
        elif what < 0.7:
            store.pop(k, None)
            lines.append(f"remove {k}")
        elif what < 0.95:
            lines.append(f"get {k}")
            want.append(store.get(k, "-"))
        else:
            a, b = sorted([k, rng.choice(keys)], key=rank)
            inside = sorted((x for x in store if rank(a) <= rank(x) < rank(b)), key=rank)
            if what < 0.96:
                lines.append(f"drop {a} {b}")
                for x in inside:
                    del store[x]
            else:
                lines.append(f"list {a} {b}")
                want += [f"{x} {store[x]}" for x in inside] + ["."]
    p = subprocess.run([os.environ["BUILD_DIR"] + "/tests/spill", "store"] + order, input="\n".join(lines) + "\n",
                       stdout=subprocess.PIPE, universal_newlines=True)
    check.same(p.returncode, 0)
    check.same(p.stdout.splitlines(), want, f"order {order} seed {seed}")
    check.same(os.listdir("store"), [], "what is left in the directory")
    return len(want)


def main(n, seed):
    check = Checks()
    answers = sum(run(check, order, n, seed) for order in ([], ["length"]))
    print(f"{2 * n} operations, {answers} lines of answers")
    check.done(6)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
