"""A pipeline of four stages under a checkpoint, for tests that disturb it.

    scat -C st ... in.jsonl | sfilter ... | swindow ... | scat -o out.jsonl

A Line lives in a directory of its own. Each run of it is one try(): every stage may be put behind a prefix
(strace with an injection), and every process is waited for, so that nothing of one try is alive in the next. A
pipeline that does not end is killed by its own processes' groups, and is a difference.

What must be seen is read without the code under test: the undisturbed bytes come from the same line without -C, and
`committed` is decoded by tests/stream.py.
"""
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import stream  # noqa: E402

BIN = os.environ["BUILD_DIR"] + "/bin/"
HANG = 300           # seconds; the longest run of them all takes two

# What a stage may say when another one (or it itself) was killed: nothing wrong, SIGPIPE, SIGKILL, a write or
# a directory that failed, somebody else still there, a producer that died.
STATUSES_OF_DEATH = {0, -signal.SIGPIPE, -signal.SIGKILL, 74, 75, 76}


def generate(path, records, start=0, stretch=1):
    """Records a hundredth of a second apart, every tenth of them up to 2 s late and some far too late; bad lines between.
    stretch: so many times slower, all of it."""
    r = random.Random(records)
    with open(path, "a", encoding="ascii") as f:
        for i in range(start, start + records):
            late = r.randrange(2000) if i % 10 == 9 else 60000 if i % 997 == 996 else 0
            ms = 1700000000000 + stretch * (10 * i - late)
            f.write('{"ts":%d.%03d,"n":%d,"k":"k%d"}\n' % (ms // 1000, ms % 1000, i, r.randrange(13)))
            if i % 1499 == 1498:
                f.write("{bad %d\n" % i)


def source(records_an_epoch, *more):
    return ["scat", "-C", "st", "--epoch-records", str(records_an_epoch), "-q", "-t", ".ts", "-d", "2s", "--rejects",
            "rejects", *more, "in.jsonl"]


FILTER = ["sfilter", "-q", ".n % 3 != 0"]
WINDOW = ["swindow", "-q", "-w", "10s", "-k", ".k", "--late", "late", "count", "s=sum:.n"]
SINK = ["scat", "-q", "-o", "out.jsonl"]


def usual(records_an_epoch, *more):
    return [source(records_an_epoch, "--final", *more), FILTER, WINDOW, SINK]


def restarts():
    """As often as it takes what is left of an earlier run to be gone."""
    until = time.monotonic() + HANG
    while time.monotonic() < until:
        yield


class Try:
    """Statuses (those of signals negative), messages, and whether it had to be ended."""

    def __init__(self, statuses, err, hung):
        self.statuses, self.err, self.hung = statuses, err, hung

    def ok(self):
        return not self.hung and not any(self.statuses)


class Line:
    def __init__(self, where, data, stages):
        """data: the input, linked to in.jsonl in the fresh directory `where`."""
        self.where, self.stages = where, stages
        shutil.rmtree(where, ignore_errors=True)
        os.makedirs(where)
        if data is not None:
            os.link(data, where + "/in.jsonl")
        self.committed = -1

    def path(self, name):
        return os.path.join(self.where, name)

    def read(self, name):
        try:
            with open(self.path(name), "rb") as f:
                return f.read()
        except FileNotFoundError:
            return b""

    def start(self, prefixes=None, env=None, stages=None):
        """The processes, reading one from the other. prefixes: {number of the stage: [command, ...]}."""
        e = dict(os.environ, **(env or {}))
        procs, reads = [], subprocess.DEVNULL
        err = open(self.path("err"), "wb")
        stages = stages or self.stages
        for i, stage in enumerate(stages):
            args = list((prefixes or {}).get(i, [])) + [BIN + stage[0]] + stage[1:]
            last = i == len(stages) - 1
            p = subprocess.Popen(args, cwd=self.where, stdin=reads, stdout=subprocess.DEVNULL if last else subprocess.PIPE,
                                 stderr=err, env=e, start_new_session=True)
            if reads is not subprocess.DEVNULL:
                reads.close()
            reads = p.stdout
            procs.append(p)
        err.close()
        return procs

    def spawn(self, args):
        """Any one command, to be waited for like a line."""
        with open(self.path("err"), "wb") as err:
            return subprocess.Popen(args, cwd=self.where, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err,
                                    start_new_session=True)

    def wait(self, procs):
        hung = False
        for p in procs:
            try:
                p.wait(HANG if not hung else 1)
            except subprocess.TimeoutExpired:
                hung = True
                for q in procs:
                    if q.poll() is None:
                        os.killpg(q.pid, signal.SIGKILL)
                p.wait()
        return Try([p.returncode for p in procs], self.read("err").decode(errors="replace"), hung)

    def try_(self, prefixes=None, env=None, stages=None):
        return self.wait(self.start(prefixes, env, stages))

    def epoch(self):
        """The committed epoch, -1 if there is none; AssertionError if it is not a whole file."""
        if not os.path.exists(self.path("st/committed")):
            return -1
        try:
            found = list(stream.frames(self.read("st/committed")))
        except struct.error as e:
            raise AssertionError(str(e)) from e
        assert "".join(f[0] for f in found) == "HBE", "frames missing"
        return found[1][2]

    def late(self):
        """The late records: what is around them in a weir stream names the run, which differs."""
        if not os.path.exists(self.path("late")):
            return b""
        return subprocess.run([BIN + "scat", "-q", "-i", "frames", "-O", "json", "late"], cwd=self.where,
                              capture_output=True, check=False).stdout

    def outputs(self):
        return {"out.jsonl": self.read("out.jsonl"), "rejects": self.read("rejects"), "late": self.late()}

    def look(self, want):
        """What is wrong at a moment when nobody runs: a committed epoch that went back or is torn, output
        that the undisturbed run doesn't begin with. A text, or None."""
        try:
            now = self.epoch()
        except AssertionError as e:
            return "committed is no whole file: %s" % e
        if now < self.committed:
            return "committed went back from %d to %d" % (self.committed, now)
        self.committed = now
        if not want["out.jsonl"].startswith(self.read("out.jsonl")):
            return "the output is not what an undisturbed one begins with"
        return None

    def finish(self, want, env=None, stages=None):
        """Runs it again until it ends well, and compares. A text that says the difference, or None."""
        for _ in restarts():
            t = self.try_(None, env, stages)
            wrong = self.look(want)
            if wrong:
                return wrong
            if t.hung:
                return "restarted, it does not end"
            if t.ok():
                return compare(self.outputs(), want)
            if 75 not in t.statuses:
                return "restarted: %s: %s" % (t.statuses, t.err)
        return "restarted for %d seconds, somebody always had the directory" % HANG


def compare(got, want):
    for name in want:
        if got[name] != want[name]:
            n = next((i for i, (a, b) in enumerate(zip(got[name], want[name])) if a != b), min(len(got[name]), len(want[name])))
            return "%s differs from byte %d on (%d bytes, not %d)" % (name, n, len(got[name]), len(want[name]))
    return None


def undisturbed(where, data, stages, least=20):
    """What the line writes without a checkpoint. The same must come with one, or all else is in vain."""
    plain, skip = [], False
    for a in stages[0]:
        if skip or a in ("-C", "--epoch-records", "--final"):
            skip = a in ("-C", "--epoch-records")
            continue
        plain.append(a)
    line = Line(where, data, [plain] + stages[1:])
    t = line.try_()
    if not t.ok():
        raise SystemExit("without a checkpoint: %s\n%s" % (t.statuses, t.err))
    want = line.outputs()
    if want["out.jsonl"].count(b"\n") < least:
        raise SystemExit("hardly any output: nothing would be tested")
    line = Line(where, data, stages)
    wrong = line.finish(want)
    if wrong:
        raise SystemExit("with a checkpoint, undisturbed: " + wrong)
    epochs = line.epoch()
    if epochs < 20:
        raise SystemExit("only %d epochs" % epochs)
    return want


def inject(call, n, what, log="/dev/null"):
    """The prefix that lets the n-th such call of a process fail, or be its last: the kill comes on entry to the call. (With strace's
    --seccomp-bpf nothing is injected.)"""
    return ["strace", "-f", "-qq", "-o", log, "-e", "trace=" + call, "-e", "inject=%s:%s:when=%d" % (call, what, n)]


# The loader's and the C library's ways to begin and end a process; weir is not there yet, or not any more.
NOT_OURS = {"execve", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "access", "brk"}


def calls(line, env=None):
    """How often each stage makes each system call in an undisturbed run: [{call: count}]."""
    logs = [line.path("calls.%d" % i) for i in range(len(line.stages))]
    t = line.try_({i: ["strace", "-f", "-qq", "-c", "-o", log] for i, log in enumerate(logs)}, env)
    if not t.ok():
        raise SystemExit("traced: %s\n%s" % (t.statuses, t.err))
    found = []
    for log in logs:
        with open(log, encoding="ascii") as f:
            rows = [row.split() for row in f]
        # "% time, seconds, usecs/call, calls, [errors,] syscall", between two rules.
        found.append({r[-1]: int(r[3]) for r in rows if len(r) in (5, 6) and r[3].isdigit() and r[-1] not in NOT_OURS | {"total"}})
        found[-1]["exit_group"] = 1
    return found


def points(counts, only=None, first=None):
    """(stage, call, n): every one of them, or those of some calls, the first few of each."""
    return [(i, call, n) for i, c in enumerate(counts) for call in sorted(c) if only is None or call in only
            for n in range(1, min(c[call], first or c[call]) + 1)]


def sample(all_points, count, seed):
    """So many, evenly over the list; where it begins is the seed's."""
    if count is None or count >= len(all_points):
        return all_points
    at = random.Random(seed).random()
    return [all_points[int((i + at) * len(all_points) / count)] for i in range(count)]


def can_trace():
    """strace is there, and may trace."""
    try:
        return subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=openat", "true"],
                              capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
