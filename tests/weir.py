"""What the Python judges share: running the commands, and counting what was checked."""
import json
import os
import subprocess
import sys

BIN = os.environ["BUILD_DIR"] + "/bin/"
BROKEN = 76


def run(args, data=b"", env=None):
    """(status, stdout, stderr) of one command; a death by signal is a failure of the test."""
    e = dict(os.environ, **env) if env else None
    p = subprocess.run([BIN + args[0]] + args[1:], input=data, capture_output=True, env=e)
    if p.returncode < 0:
        raise SystemExit(f"{args} died of signal {-p.returncode}\n{p.stderr.decode(errors='replace')}")
    return p.returncode, p.stdout, p.stderr.decode(errors="replace")


def good(args, data=b"", env=None):
    """stdout of a command that must end with status 0."""
    status, out, err = run(args, data, env)
    if status != 0:
        raise SystemExit(f"{args}: status {status}\n{err}")
    return out


def pipe(stages, data=b"", env=None):
    """(statuses, stdout, stderr) of a pipeline of commands."""
    e = dict(os.environ, **env) if env else None
    log = open("pipe.err", "w+b")
    procs, source = [], subprocess.PIPE
    for args in stages:
        p = subprocess.Popen([BIN + args[0]] + args[1:], stdin=source, stdout=subprocess.PIPE, stderr=log, env=e)
        if procs:
            procs[-1].stdout.close()
        procs.append(p)
        source = p.stdout
    if len(procs) == 1:
        out, _ = procs[0].communicate(data)
    else:
        if len(data) > 60000:
            raise SystemExit("input too long to be written before reading")
        procs[0].stdin.write(data)
        procs[0].stdin.close()
        out = procs[-1].stdout.read()
    statuses = [p.wait() for p in procs]
    log.seek(0)
    err = log.read().decode(errors="replace")
    log.close()
    if min(statuses) < 0:
        raise SystemExit(f"{stages}: {statuses}\n{err}")
    return statuses, out, err


def lines(out):
    return out.decode().splitlines()


class Checks:
    """Counts; the exit status says whether all held."""

    def __init__(self):
        self.n = self.bad = 0

    def __call__(self, held, *what):
        self.n += 1
        if held:
            return True
        self.bad += 1
        if self.bad <= 10:
            print("FAILED:", *what)
        return False

    def same(self, got, want, *what):
        return self(got == want, *what, f"\n   got {got!r}\n  want {want!r}")

    def done(self, least):
        print(f"{self.n} checks, {self.bad} failed")
        if self.n < least:
            print(f"expected {least} or more")
        sys.exit(self.bad > 0 or self.n < least)


def exact(text):
    """JSON with numbers as Decimal, so that nothing is rounded."""
    from decimal import Decimal
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)
