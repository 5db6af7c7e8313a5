"""Lines under a checkpoint, killed and gone on with where the crash tests don't look.

  follow     -f: killed while it waits, epochs while other files of the directory are busy, SIGUSR1, SIGTERM
  watched    --list-checkpoint and --savepoint beside a line that commits all the time
  formats    every format cut in two runs
"""
import json, os, random, signal, subprocess, sys, time

import stream

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "crash"))
import shim  # noqa: E402

BIN = os.environ["BUILD_DIR"] + "/bin/"
fails = checks = 0


def check(what, ok, *more):
    global fails, checks
    checks += 1
    if not ok:
        fails += 1
        print("FAILED:", what, *more)


def await_(what, true, seconds=300):
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            raise AssertionError("never: " + what)
        time.sleep(0.002)


class Line:
    """Commands, each reading from the one before."""

    started = []

    def __init__(self, *commands):
        self.procs, reads = [], subprocess.DEVNULL
        self.err = open("err", "w+b")
        for i, c in enumerate(commands):
            c = c.split() if isinstance(c, str) else c
            path = BIN + c[0] if os.path.exists(BIN + c[0]) else c[0]
            last = i == len(commands) - 1
            p = subprocess.Popen([path] + c[1:], stdin=reads, stdout=subprocess.DEVNULL if last else subprocess.PIPE, stderr=self.err)
            if i > 0:
                reads.close()
            reads = p.stdout
            self.procs.append(p)
            self.started.append(p)

    def wait(self):
        """All statuses."""
        try:
            return [p.wait(300) for p in self.procs]
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self):
        for p in self.procs:
            p.kill()
        return [p.wait() for p in self.procs]

    def said(self):
        self.err.seek(0)
        return self.err.read().decode()


def run(*commands):
    line = Line(*commands)
    statuses = line.wait()
    if any(statuses):
        raise AssertionError("%s: %s: %s" % (commands[0], statuses, line.said()))
    return line


def manifest(st="st"):
    """(epoch, entries) of what is committed; (-1, nothing)."""
    try:
        with open(st + "/committed", "rb") as f:
            b = f.read()
    except FileNotFoundError:
        return -1, b""
    found = [f for f in stream.frames(b) if f[0] == "B"]
    return found[0][2], b


def taken(path, st="st"):
    """Bytes of the file that the committed epoch has taken."""
    listed = subprocess.run([BIN + "scat", "--list-checkpoint", st], stdout=subprocess.PIPE, check=True).stdout
    stages = [json.loads(x) for x in listed.splitlines()]
    return max((at["offset"] for x in stages if x["committed"] for at in x.get("at") or [] if at.get("path") == path), default=0)


def lines(first, n):
    return "".join('{"ts":%d,"i":%d}\n' % (1700000000 + i, i) for i in range(first, first + n))


def end_how(frame):
    """0: final, 1: paused, 2: failed."""
    return next(int.from_bytes(v, "little") for key, v in stream.items(frame[4]) if key == 1)


STAGES = ["tee stream", "swindow -q -w 10s count s=sum:.i", "scat -o out.jsonl"]


def follow(_):
    """For its directory events come without end: the source is told each time that there may be something."""
    r, n = random.Random(4), 50
    so = shim.build_in(os.getcwd())
    source = "env LD_PRELOAD=%s SHIM=busy %sscat -C st -f --epoch 200ms -q -t .ts d/app.log" % (so, BIN)
    def all_taken():
        return taken("d/app.log") == os.path.getsize("d/app.log")
    os.mkdir("d")
    with open("d/app.log", "w") as f:
        f.write(lines(0, n))
    def begun(*commands):
        """A line whose source has sent its hello, and catches signals: the stream of the line before is gone."""
        if os.path.exists("stream"):
            os.remove("stream")
        line = Line(*commands)
        await_("the hello", lambda: os.path.exists("stream") and os.path.getsize("stream") > 0)
        return line
    for turn in range(8):
        line = begun(source, *STAGES)
        await_("a commit", lambda: manifest()[0] >= 0)
        with open("d/app.log", "a", 1) as f:
            f.write(lines(n, 35))
        n += 35
        if turn % 2 == 0:
            # It has nothing to read from now on: what was read is sent on, and committed.
            await_("an epoch where nothing more comes", all_taken)
        victim = r.choice([0, 2, 3])
        line.procs[victim].kill()
        line.procs[victim].wait()
        line.kill()
    line = Line(source, *STAGES)
    with open("d/app.log", "a", 1) as f:
        f.write(lines(n, 5))
    n += 5
    # Not merely the next epoch: that may be of what the killed lines had left.
    await_("the last records", all_taken)
    line.kill()
    # One whose time has not come: the end takes it.
    line = begun(source.replace("200ms", "1h"), *STAGES)
    last = manifest()[0]
    with open("d/app.log", "a", 1) as f:
        f.write(lines(n, 10))
    n += 10

    def answered():
        line.procs[0].send_signal(signal.SIGUSR1)
        return "scat: 10 records in" in line.said()
    await_("all records, by the answers to SIGUSR1", answered)
    check("no epoch yet", manifest()[0] == last)
    line.procs[0].send_signal(signal.SIGTERM)
    statuses = line.wait()
    check("SIGTERM ends all with 0", not any(statuses), statuses, line.said())
    with open("stream", "rb") as f:
        frames = list(stream.frames(f.read()))
    check("the end is paused", frames[-1][0] == "E" and end_how(frames[-1]) == 1, frames[-1])
    check("the epoch before it is committed", [x[2] for x in frames if x[0] == "B"] == [manifest()[0]] and manifest()[0] > last)
    # Nothing is new, nothing is read: no epoch.
    last = manifest()[0]
    run("scat -C st -q -t .ts d/app.log", *STAGES)
    run("scat -C st -q -t .ts d/app.log", *STAGES)
    check("at most one epoch more", manifest()[0] <= last + 1, last, manifest()[0])
    run("scat -C st --final -q -t .ts d/app.log", *STAGES)
    run("scat -q -t .ts d/app.log", STAGES[1], "scat -o want.jsonl")
    got, want = open("out.jsonl").read(), open("want.jsonl").read()
    check("as if nothing had happened", got == want, got[-300:], want[-300:])
    check("and not nothing", want.count("\n") == (n + 9) // 10)


def sisters(_):
    """Two sources that follow, each with a sink; one has nothing new, and takes part in the other's epochs all the same."""
    for name in "a", "b":
        with open(name + ".log", "w") as f:
            f.write(lines(0, 5))
    two = [Line("scat -C st -f --sources 2 --sinks 2 --epoch %s --id %s -q %s.log" % (every, name, name), "scat --id %s-out -o %s.out" % (name, name))
           for name, every in (("a", "100ms"), ("b", "1h"))]
    await_("the first epoch", lambda: manifest()[0] >= 0)
    for i in range(4):
        with open("a.log", "a", 1) as f:
            f.write(lines(5 + i, 1))
        # Not merely the next epoch: that may be of the line before.
        await_("an epoch of both", lambda: taken("a.log") == os.path.getsize("a.log"))
    for line in two:
        line.procs[0].terminate()
    check("both end well", not any(s for line in two for s in line.wait()), [line.said() for line in two])
    with open("a.out") as f, open("b.out") as g:
        check("all of it", (f.read(), g.read()) == (lines(0, 9), lines(0, 5)))


def watched(_):
    """Its epochs come and go faster than they are looked at."""
    n = 2000
    with open("app.log", "w") as f:
        f.write(lines(0, n))
    line = Line("scat -C st -f --epoch-records 100 -q -t .ts app.log", "scat -o out.jsonl")
    await_("a commit", lambda: manifest()[0] >= 0)
    os.mkdir("save")
    seen, saved = [], 0
    # It has always something to commit, however slow it is, or those that look.
    while saved < 30 or len(set(seen)) <= 5:
        if taken("app.log") + 100000 > os.path.getsize("app.log"):
            with open("app.log", "a") as f:
                f.write(lines(n, 2000))
            n += 2000
        listed = subprocess.run([BIN + "scat", "--list-checkpoint", "st"], stdout=subprocess.PIPE, check=True).stdout
        rows = [json.loads(x) for x in listed.splitlines()]
        check("both stages", [x["stage"] for x in rows if x["committed"]] == ["scat", "scat-2"], rows)
        seen.append(rows[-1]["epoch"])
        subprocess.run([BIN + "scat", "-q", "-C", "st", "--savepoint", "save/%d" % saved], check=True)
        saved += 1
    line.procs[0].send_signal(signal.SIGTERM)
    check("none failed", not any(line.wait()), line.said())
    check("never back", seen == sorted(seen), seen)


def drain(_):
    """A source is killed while its sink stands still before a commit. The next one waits until that is through, and goes on from there."""
    with open("in.jsonl", "w") as f:
        f.write(lines(0, 100))
    source = "scat -C st --epoch-records 40 -q -t .ts --final in.jsonl"
    stages = ["swindow -q -w 10s count s=sum:.i", "scat -o out.jsonl"]
    # It stops with its state of the second epoch written: not in the commit itself, during which the mutex is taken.
    line = Line(source, stages[0], ["strace", "-f", "-qq", "-o", "trace", "-e", "trace=renameat", "-e", "inject=renameat:signal=STOP:when=3",
                                    "sh", "-c", "echo $$ >sink.pid; exec %sscat -o out.jsonl" % BIN])
    await_("the second epoch", lambda: os.path.exists("st/1/scat-2"))
    for p in line.procs[:2]:
        p.kill()
        p.wait()
    before = manifest()[0]
    # The stages of the dead line are still there: the new source waits for them, and reads committed only then.
    new = Line(["strace", "-qq", "-o", "naps", "-e", "trace=clock_nanosleep", BIN + "scat", *source.split()[1:]], *stages)
    await_("that the new source waits", lambda: os.path.exists("naps") and os.path.getsize("naps") > 0)

    def drained():
        """It may not have come to its stop yet."""
        with open("sink.pid") as f:
            pid = int(f.read())
        if line.procs[2].poll() is None:
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass
        return line.procs[2].poll() is not None
    await_("the old sink's end", drained)
    check("the new line ends well", not any(new.wait()), new.said())
    check("the old one was not through when the new one came", before == 0, before)
    with open("out.jsonl") as f:
        got = f.read()
    run("scat -q -t .ts in.jsonl", stages[0], "scat -o want.jsonl")
    with open("want.jsonl") as f:
        check("as if nothing had happened", got == f.read(), got[-300:])


def rewrite(path, change):
    """Every frame's payload, changed, under checksums that fit."""
    with open(path, "rb") as f:
        found = list(stream.frames(f.read()))
    with open(path, "wb") as f:
        f.write(b"".join(stream.frame(kind, change(kind, payload), flags=flags, seq=seq, count=count)
                         for kind, flags, seq, count, payload, _ in found))


def items(payload, change):
    return b"".join(stream.item(key, change(key, value)) for key, value in stream.items(payload))


def newer(_):
    """The checkpoint in g says of swindow's state that a newer version of it wrote it; the manifest knows its size and sum."""
    path = next(os.path.join(d, "swindow") for d, _, names in os.walk("g/st") if "swindow" in names)
    rewrite(path, lambda kind, p: items(p, lambda k, v: 99 if k == 17 else v) if kind == "H" else p)
    with open(path, "rb") as f:
        state = f.read()
    sum_ = 0
    for *_, at in stream.frames(state):
        sum_ = stream.xxh3(state[at:at + 40], sum_)
    sums = {5: len(state), 6: sum_}

    def entry(key, value):
        mine = key == 1 and next(v for k, v in stream.items(value) if k == 1) == b"swindow"
        return items(value, lambda k, v: sums.get(k, v)) if mine else value
    rewrite("g/st/committed", lambda kind, p: items(p, entry) if kind == "B" else p)


if __name__ == "__main__":
    try:
        globals()[sys.argv[1]](int(sys.argv[2]))
    finally:
        for left in Line.started:
            left.kill()
    print("%d checks, %d failed" % (checks, fails))
    sys.exit(fails != 0)
