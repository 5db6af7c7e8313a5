"""scat -f before a writer that rotates its log: each record comes once.

  rotate N    N runs, each with rotations at random moments: renamed, copied and cut, packed
  merged      two files and an empty one, with times
  directory   files that are added
  ends        SIGTERM, half a line, a pipe
"""
import bz2, gzip, json, lzma, os, random, signal, subprocess, sys, threading

SCAT = os.path.join(os.environ["BUILD_DIR"], "bin/scat")
PATIENCE = 300       # seconds, for what hangs
fails = checks = 0


def check(what, ok, *more):
    global fails, checks
    checks += 1
    if not ok:
        fails += 1
        print("FAILED:", what, *more)


class Scat:
    def __init__(self, *args, **kw):
        self.p = subprocess.Popen([SCAT, "-f", "-O", "json", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kw)
        self.got, self.more = [], threading.Condition()
        self.t = threading.Thread(target=self.read)
        self.t.start()

    def read(self):
        for line in self.p.stdout:
            with self.more:
                self.got.append(json.loads(line))
                self.more.notify_all()
        with self.more:
            self.got_all = True
            self.more.notify_all()

    def wait(self, n):
        """Until n records have come."""
        with self.more:
            if not self.more.wait_for(lambda: len(self.got) >= n or hasattr(self, "got_all"), PATIENCE):
                self.p.kill()
                raise AssertionError("only %d of %d records: %s" % (len(self.got), n, self.got[-3:]))

    def end(self, sig=signal.SIGTERM):
        if sig:
            self.p.send_signal(sig)
        self.t.join(PATIENCE)
        status = self.p.wait(PATIENCE)
        self.err = self.p.stderr.read().decode()
        self.p.stdout.close()
        self.p.stderr.close()
        return status


def record(i):
    return json.dumps({"i": i, "pad": "z" * (i % 70)}).encode() + b"\n"


PACKERS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


def pack(name, ext):
    with open(name, "rb") as f, open(name + ext, "wb") as g:
        g.write(PACKERS[ext](f.read()))
    os.unlink(name)


def rotate(rounds):
    for k in range(rounds):
        r = random.Random(k)
        d = "f%d" % k
        os.mkdir(d)
        log, n = d + "/app.log", 0
        fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.write(fd, record(0))
        s, n = Scat(log), 1
        s.wait(1)
        for step in range(r.randrange(1, 12)):
            for _ in range(r.choice([1, 2, 10, 400, 3000])):
                line = record(n)
                at = r.randrange(len(line)) if r.random() < 0.1 else 0
                os.write(fd, line[:at])
                os.write(fd, line[at:])
                n += 1
            # One rotation at a time: what was there for less than a look is nobody's to find.
            s.wait(n - r.choice([0, 1, 100, 2000, 2000]) if s.got and s.got[-1]["i"] >= first(log) else first(log) + 1)
            if r.random() < 0.2:
                s.p.send_signal(signal.SIGUSR1)
            old = d + "/app.log.%d" % step
            how = r.choice(["rename", "rename late", "copy"])
            if how == "copy":
                s.wait(first(log) + 1)
                with open(log, "rb") as f, open(old, "wb") as g:
                    g.write(f.read())
                os.ftruncate(fd, 0)
            else:
                new = -1
                os.rename(log, old)
                if how == "rename late":
                    # The writer learns of it later.
                    for _ in range(r.randrange(1, 30)):
                        os.write(fd, record(n))
                        n += 1
                os.close(fd)
                fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            if r.random() < 0.6:
                pack(old, r.choice(list(PACKERS)))
            os.write(fd, record(n))
            n += 1
        s.wait(n)
        os.close(fd)
        status = s.end()
        got = [x["i"] for x in s.got]
        check("run %d" % k, status == 0 and got == list(range(n)), status, len(got), n, s.err[:500],
              [x for x in zip(range(n), got) if x[0] != x[1]][:3])


def first(log):
    """The number of the first record of the file that is there now."""
    with open(log, "rb") as f:
        return json.loads(f.readline())["i"]


def late(_):
    """A writer that holds on to the old file after others have begun the new one."""
    old = open("app.log", "ab", 0)
    old.write(record(0))
    s = Scat("app.log")
    s.wait(1)
    os.rename("app.log", "app.log.1")
    new = open("app.log", "ab", 0)
    new.write(record(1))
    s.wait(2)
    old.write(record(2))
    s.wait(3)
    new.write(record(3))
    s.wait(4)
    old.write(record(4)[:5])
    new.write(record(5))
    s.wait(5)
    old.write(record(4)[5:])
    s.wait(6)
    check("both files", s.end() == 0 and [x["i"] for x in s.got] == [0, 1, 2, 3, 5, 4], s.got, s.err)


def merged(_):
    with open("a.log", "w") as a, open("b.log", "w") as b, open("c.log", "w"):
        for i in range(0, 100):
            (a if i % 3 else b).write('{"ts":%d,"i":%d}\n' % (1700000000 + i, i))
    s = Scat("a.log", "b.log", "c.log")
    s.wait(100)
    check("by time", [x["i"] for x in s.got] == list(range(100)))
    with open("c.log", "a", 1) as c:
        c.write('{"ts":1700000050,"i":100}\n')
    s.wait(101)
    check("ends", s.end() == 0 and s.got[-1]["i"] == 100, s.err)
    # Windows close only when every file has passed their end.
    a = subprocess.Popen([SCAT, "-f", "a.log", "b.log", "c.log"], stdout=subprocess.PIPE)
    p = subprocess.Popen("%s -w 10s count | %s -O json" % (SCAT[:-4] + "swindow", SCAT), shell=True, stdin=a.stdout, stdout=subprocess.PIPE)
    a.stdout.close()
    with open("c.log", "a", 1) as c:
        c.write('{"ts":1700000200}\n')
    with open("a.log", "a", 1) as f:
        f.write('{"ts":1700000300}\n')
    with open("b.log", "a", 1) as b:
        b.write('{"ts":1700000200}\n')
    seen = [json.loads(p.stdout.readline())["count"] for _ in range(10)]
    check("windows", sum(seen) == 101, seen)
    a.terminate()
    rest = p.stdout.read().decode().splitlines()
    check("the rest", a.wait(PATIENCE) == 0 and p.wait(PATIENCE) == 0 and len(rest) == 2, rest)


def directory(_):
    os.mkdir("dir")
    for i in range(3):
        with open("dir/%02d" % i, "wb") as f:
            f.write(record(2 * i) + record(2 * i + 1))
    s = Scat("dir")
    s.wait(6)
    for i in range(3, 6):
        with open("dir/.new", "wb") as f:
            f.write(record(2 * i) + record(2 * i + 1))
        os.rename("dir/.new", "dir/%02d" % i)
    s.wait(12)
    with open("dir/05", "ab") as f:
        f.write(record(12))
    s.wait(13)
    check("files in order", s.end(signal.SIGINT) == 0 and [x["i"] for x in s.got] == list(range(13)), s.got, s.err)


def packed(_):
    """In a directory that is followed what is packed of a file has nothing new: while it is made, beside the file, and when that is gone."""
    for ext in PACKERS:
        d, n = "dir" + ext, 0

        def write(name, more):
            nonlocal n
            with open(d + "/" + name, "ab") as f:
                f.write(b"".join(record(i) for i in range(n, n + more)))
            n += more
        os.mkdir(d)
        write("app.log", 100)
        s = Scat(d)
        s.wait(n)
        # The one that is read last.
        pack(d + "/app.log", ext)
        write("app.log", 100)
        s.wait(n)
        # The one before, which has got more since it was renamed.
        os.rename(d + "/app.log", d + "/app.log.1")
        write("app.log", 100)
        s.wait(n)
        write("app.log.1", 10)
        s.wait(n)
        whole = PACKERS[ext](open(d + "/app.log.1", "rb").read())
        with open(d + "/app.log.1" + ext, "wb", 0) as f:
            for part in whole[:20], whole[20:-5], whole[-5:]:
                f.write(part)
                write("app.log", 10)
                s.wait(n)
        os.unlink(d + "/app.log.1")
        write("app.log", 10)
        s.wait(n)
        # One that was read long ago, and one that is another.
        write("other.log", 100)
        s.wait(n)
        write("third.log", 100)
        s.wait(n)
        pack(d + "/app.log", ext)
        with open(d + "/.new", "wb") as f:
            f.write(PACKERS[ext](b"".join(record(i) for i in range(n, n + 100))))
        os.rename(d + "/.new", d + "/app.new" + ext)
        n += 100
        s.wait(n)
        write("third.log", 1)
        s.wait(n)
        check("each once, " + ext, s.end() == 0 and [x["i"] for x in s.got] == list(range(n)), len(s.got), n, s.err)


def ends(_):
    with open("half", "wb") as f:
        f.write(record(0) + b'{"i":')
    s = Scat("half")
    s.wait(1)
    check("half a line waits", s.end() == 0 and len(s.got) == 1 and "5 bytes were not read" in s.err, s.err)
    with open("half", "wb") as f:
        f.write(b'{"i"')
    s = Scat("-i", "json", "half")
    with open("half", "ab", 0) as f:
        f.write(b":1}\n")
    s.wait(1)
    os.unlink("half")
    with open("half", "wb", 0) as f:
        f.write(record(2))
    s.wait(2)
    check("removed and made anew", s.end() == 0 and [x["i"] for x in s.got] == [1, 2], s.got, s.err)
    s = Scat("-", stdin=subprocess.PIPE)
    s.p.stdin.write(b'{"i":1}\n{"i":2}')
    s.p.stdin.close()
    check("a pipe ends", s.end(None) == 0 and len(s.got) == 2, s.err)
    with open("cut", "wb") as f:
        f.write(b"a,b\n" + b"1,2\n" * 1000)
    s = Scat("cut")
    s.wait(1000)
    with open("cut", "r+b") as f:
        f.truncate(0)
        f.write(b"a,b\n3,4\n")
    s.wait(1001)
    check("cut without a copy", s.end() == 0 and s.got[-1] == {"a": 3, "b": 4}, s.got[-2:], s.err)


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]))
    print("%d checks, %d failed" % (checks, fails))
    sys.exit(fails != 0)
