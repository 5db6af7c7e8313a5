"""A log that grows and rotates while lines like those of a crontab read it: every line counts once.

A writer adds lines, in pieces and with pauses of its own, and rotates: by rename, going on with the old file for a while as a
daemon does that learns of it later, or by copying and cutting, for which it stops writing; files that were rotated are packed, at
once or later, by the usual programs. Meanwhile scat -C runs again and again on the log's name alone, at any moment, every third
run killed somewhere. A rotation waits only until one run has ended well since the last: a file that no run
has ever met under the log's name is nobody's to find.

A point is one run. In the end the output is that of one run over all that was written.
"""
import concurrent.futures
import os
import random
import shutil
import subprocess
import threading
import time

from pipeline import Line, compare

RUNS = 50
KEPT = 4
PACKERS = [["gzip"], ["bzip2"], ["xz", "-0"], ["zstd", "-q", "--rm"]]

SINKS = {
    "lines": (["-i", "lines"], [["scat", "-q", "-O", "raw", "-o", "out"]]),
    "windows": (["-i", "combined", "-d", "10m"],
                [["swindow", "-q", "-w", "1h", "-k", ".status", "--late", "late", "count", "b=sum:.bytes"],
                 ["scat", "-q", "-o", "out"]]),
}


def log_lines(records):
    """Real ones, where they are; or made up like them."""
    path = os.path.join(os.environ.get("WEIR_DATA", "/nonexistent"), "weblogs/nginx.log")
    if os.path.exists(path):
        with open(path, "rb") as f:
            return f.read().splitlines(True)[:records]
    return [b'10.0.0.%d - - [17/May/2015:%02d:%02d:%02d +0000] "GET /%d HTTP/1.1" %d %d "-" "made up"\n'
            % (i % 256, i // 3600 % 24, i // 60 % 60, i % 60, i, 404 if i % 7 == 0 else 200, i % 1000) for i in range(records)]


class Writer(threading.Thread):
    def __init__(self, where, lines, seed):
        super().__init__()
        self.r, self.lines, self.where = random.Random(seed), lines, where
        self.written = 0          # lines
        self.turns = 0            # rotations that are over
        self.seen = -1            # of these, those that a run has begun after, and ended well
        self.ways = {"rename": 0, "copy": 0, "pack": 0}
        self.on, self.failed = True, None
        os.mkdir(where)
        self.fd = self.open()

    def open(self):
        return os.open(self.where + "/app.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, n):
        text = b"".join(self.lines[self.written:self.written + n])
        cut = self.r.randrange(len(text) + 1) if text else 0
        os.write(self.fd, text[:cut])
        time.sleep(self.r.random() / 500)
        os.write(self.fd, text[cut:])
        self.written = min(len(self.lines), self.written + n)

    def rotated(self):
        """Those that were, the newest first."""
        names = [n for n in os.listdir(self.where) if n.startswith("app.log.")]
        return sorted(names, key=lambda n: int(n.split(".")[2]), reverse=True)

    def pack(self, name):
        subprocess.run(self.r.choice(PACKERS) + [self.where + "/" + name], check=True)
        self.ways["pack"] += 1

    def rotate(self):
        old = "%s/app.log.%d" % (self.where, self.turns)
        if self.r.random() < 0.5:
            self.ways["copy"] += 1
            shutil.copyfile(self.where + "/app.log", old)
            os.ftruncate(self.fd, 0)
        else:
            self.ways["rename"] += 1
            os.rename(self.where + "/app.log", old)
            if self.r.random() < 0.5:
                self.write(self.r.randrange(40))
            os.close(self.fd)
            self.fd = self.open()
        if self.r.random() < 0.3:
            self.pack(os.path.basename(old))
        # One that was empty when it was met is known by its inode alone, which a copy hasn't.
        self.write(self.r.randrange(1, 20))
        self.turns += 1
        for name in self.rotated()[KEPT:]:
            os.unlink(self.where + "/" + name)

    def run(self):
        try:
            while self.on:
                self.write(self.r.choice([1, 2, 30, 100]))
                time.sleep(self.r.random() / 100)
                if self.seen == self.turns and self.r.random() < 0.4:
                    self.rotate()
                plain = [n for n in self.rotated() if n.count(".") == 2]
                if plain and self.r.random() < 0.2:
                    self.pack(self.r.choice(plain))
        except Exception as e:      # pylint: disable=broad-except
            self.failed = repr(e)


def a_run(line, writer, r, stages):
    """One run of the line. (whether it ended well, what is wrong or None)"""
    turns = writer.turns
    procs = line.start(stages=stages)
    killed = r.random() < 0.33
    if killed:
        time.sleep(r.random() / 20)
        r.choice(procs).kill()
    t = line.wait(procs)
    if t.hung:
        return False, "it does not end"
    if not t.ok():
        return False, None if killed else "%s: %s" % (t.statuses, t.err)
    writer.seen = max(writer.seen, turns)
    return True, None


def whole(line, lines, source, rest):
    """What one run over all of it writes."""
    with open(line.path("all.log"), "wb") as f:
        f.writelines(lines)
    os.makedirs(line.path("one"), exist_ok=True)
    one = Line(line.path("one"), None, [["scat", "-q"] + source + ["../all.log"]] + rest)
    t = one.try_()
    return None if not t.ok() else {"out": one.read("out"), "late": one.late()}


def one_log(env, seed):
    """(runs, what is wrong or None)"""
    kind = list(SINKS)[seed % len(SINKS)]
    options, rest = SINKS[kind]
    source = ["scat", "-C", "st", "-q", "--epoch-records", "500"] + options
    line = Line("%s/rotate.%d" % (env.top, seed), None, [])
    r, runs, well, wrong = random.Random(-1 - seed), 0, 0, None
    writer = Writer(line.path("logs"), env.log_lines, seed)
    writer.start()
    while not wrong and not writer.failed and well < RUNS:
        ok, wrong = a_run(line, writer, r, [source + ["logs/app.log"]] + rest)
        runs, well = runs + 1, well + ok
        time.sleep(r.random() / 50)
    writer.on = False
    writer.join()
    wrong = wrong or writer.failed
    if not wrong and min(writer.ways.values()) == 0:
        wrong = "hardly any rotation: %s" % writer.ways
    if not wrong:
        _, wrong = a_run(line, writer, random.Random(0), [source + ["--final", "logs/app.log"]] + rest)
    if not wrong:
        want = whole(line, env.log_lines[:writer.written], options, rest)
        wrong = compare({"out": line.read("out"), "late": line.late()}, want) if want else "the run over all of it failed"
    if not wrong:
        shutil.rmtree(line.where)
    return runs + 1, wrong and "%s, seed %d: %s" % (kind, seed, wrong)


def rotate(env):
    env.log_lines = log_lines(60000)
    count = max(1, env.points // RUNS) if env.points else 40
    with concurrent.futures.ThreadPoolExecutor(env.jobs) as pool:
        done = list(pool.map(lambda i: one_log(env, env.seed * 1000 + i), range(count)))
    return env.close("rotate", sum(n for n, _ in done), [w for _, w in done if w], count * RUNS)
