"""Holds a line-driven test program against answers worked out here.

A case is (command line, expected answer). Lines are bytes or str.
"""
import os
import subprocess
import sys


def run(program, lines):
    data = b"\n".join(x if isinstance(x, bytes) else x.encode() for x in lines) + b"\n"
    done = subprocess.run([os.path.join(os.environ["BUILD_DIR"], "tests", program)],
                          input=data, stdout=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit("%s ended with status %d" % (program, done.returncode))
    return done.stdout.decode().splitlines()


def judge(program, cases):
    got = run(program, [c[0] for c in cases])
    if len(got) != len(cases):
        sys.exit("%d commands, %d answers" % (len(cases), len(got)))
    wrong = [(c, g) for c, g in zip(cases, got) if c[1] != g]
    for (command, want), answer in wrong[:20]:
        print("%s\n  want %s\n  got  %s" % (command, want, answer))
    print("%d cases, %d wrong" % (len(cases), len(wrong)))
    if wrong or not cases:
        sys.exit(1)
