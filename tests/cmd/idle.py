"""scat --idle: sources that fall silent, as pipes and as files that grow. The stream is read as it comes."""
import gzip
import json
import os
import signal
import struct
import subprocess
import threading
import time

import stream
from weir import BIN, Checks

PATIENCE = 300
SEC = 10 ** 9
check = Checks()


class Scat:
    """What comes out, as it comes: ("record", seconds), ("mark", seconds) and ("idle",)."""

    def __init__(self, *args):
        self.p = subprocess.Popen([BIN + "scat", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.got, self.more, self.over = [], threading.Condition(), False
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        while len(head := self.p.stdout.read(40)) == 40:
            payload = self.p.stdout.read(struct.unpack_from("<I", head, 8)[0])
            if head[4:5] == b"D":
                with self.more:
                    for what, _, at, _ in stream.entries(payload):
                        self.got.append(("idle",) if what == 2 else ("mark" if what == 1 else "record", at // SEC))
                    self.more.notify_all()
        with self.more:
            self.over = True
            self.more.notify_all()

    def wait(self, what, until):
        """Until that is true of what has come."""
        with self.more:
            self.more.wait_for(lambda: until(self.got) or self.over, PATIENCE)
            check(until(self.got), what, self.got)

    def records(self):
        return [at for kind, *at in self.got if kind == "record"]

    def end(self, sig=None):
        if sig:
            self.p.send_signal(sig)
        self.thread.join(PATIENCE)
        status = self.p.wait(PATIENCE)
        err = self.p.stderr.read().decode()
        self.p.stdout.close()
        self.p.stderr.close()
        check(status == 0, "status", status, err)
        return err


def line(at, **more):
    return json.dumps({"ts": at, **more}).encode() + b"\n"


def pipes(n):
    for i in range(n):
        os.mkfifo("p%d" % i)
    return ["p%d" % i for i in range(n)]


def put(f, data):
    f.write(data)
    f.flush()


def silences(got, *entry):
    """How often it was silent since that entry, -1 if it has not come yet."""
    return got[got.index(entry):].count(("idle",)) if entry in got else -1


def silent(*entry):
    """A silence behind that entry: a slow machine may have seen one before it."""
    return lambda got: silences(got, *entry) > 0


def has(*entry):
    return lambda got: entry in got


def opened(names):
    """Writing ends: opened so that nobody waits for the reader, as scat opens pipes one by one."""
    return [os.fdopen(os.open(n, os.O_RDWR), "wb") for n in names]


def alone():
    """One pipe: an idle mark in each silence, and no watermark of its own."""
    s = Scat("--idle", "100ms", "-i", "json", *pipes(1))
    with open("p0", "wb") as p:
        put(p, line(10))
        s.wait("the first silence", silent("record", 10))
        put(p, line(20) + line(30)[:5])
        s.wait("a silence in the middle of a record", silent("record", 20))
        time.sleep(0.3)
        check((silences(s.got, "record", 10), silences(s.got, "record", 20)) == (2, 1), "a silence is told once", s.got)
        put(p, line(30)[5:] + line(40).rstrip())
    s.end()
    check(s.records() == [[10], [20], [30], [40]], "one pipe", s.got)


def merged(silent_first):
    """Two pipes: one that is silent is not waited for, and doesn't hold the watermark, until it comes back."""
    names = pipes(2)
    a, b = opened(names)
    # Before it begins: or the first of them could be silent before the second has anything.
    if not silent_first:
        put(b, line(2))
    put(a, line(1) + line(11) + line(21))
    s = Scat("--idle", "200ms", "-i", "json", "-t", "ts", *names)
    s.wait("goes on without the other", has("record", 21))
    put(a, line(31))
    s.wait("and so does the watermark", has("mark", 21) if silent_first else has("mark", 11))
    s.wait("then both are silent", silent("record", 31))
    put(b, line(3))
    s.wait("it comes back", has("record", 3))
    put(a, line(41))
    s.wait("in order again", has("record", 41))
    put(b, line(99))
    a.close()
    s.wait("the end of the other is not waited for", has("record", 99))
    b.close()
    s.end()
    check(s.records() == [[t] for t in ([1] if silent_first else [1, 2]) + [11, 21, 31, 3, 41, 99]],
          "two pipes", s.got)


def patient():
    """Without --idle the other is waited for."""
    s = Scat("-i", "json", *pipes(2))
    a, b = opened(("p0", "p1"))
    put(b, line(2))
    put(a, line(1) + line(11))
    time.sleep(0.5)
    check(("record", 11) not in s.got, "it is waited for", s.got)
    b.close()
    a.close()
    s.end()
    check(s.records() == [[1], [2], [11]], "two pipes, waited for", s.got)


def untimed():
    """What has no time is read to its end, one source after the other."""
    s = Scat("--idle", "400ms", "-i", "lines", *pipes(2))
    a, b = opened(("p0", "p1"))
    put(b, b"3\n")
    put(a, b"1\n")
    time.sleep(0.8)
    put(a, b"2\n")
    a.close()
    time.sleep(0.6)
    put(b, b"4")
    b.close()
    s.end()
    check(len(s.records()) == 4 and ("idle",) not in s.got, "without times", s.got)


def packed():
    """A pause in the middle of what is compressed, and within its first bytes."""
    data = gzip.compress(line(1)) + gzip.compress(b"".join(line(t) for t in range(2, 500)))
    for cut in (2, 15, len(data) // 2):
        s = Scat("--idle", "50ms", *pipes(1))
        with open("p0", "wb") as p:
            put(p, data[:cut])
            time.sleep(0.25)
            put(p, data[cut:])
        s.end()
        check(s.records() == [[t] for t in range(1, 500)], "packed", cut, len(s.records()))
        os.unlink("p0")


def csv():
    """A header that comes in two pieces, on a source whose format is not known yet."""
    s = Scat("--idle", "50ms", *pipes(2))
    a, b = opened(("p0", "p1"))
    put(a, b"ts,")
    put(b, line(5) + line(6))
    s.wait("the other goes on", has("record", 6))
    put(a, b"k\n")
    time.sleep(0.2)
    put(a, b"7,x\n8,y\n")
    a.close()
    b.close()
    s.end()
    check(s.records() == [[5], [6], [7], [8]], "csv", s.got)


def files():
    """-f: of two files that grow one falls silent; then both; then it goes on."""
    for name, data in (("a", line(1)), ("b", line(2))):
        with open(name, "wb") as f:
            f.write(data)
    s = Scat("-f", "--idle", "400ms", "-d", "1s", "a", "b")
    with open("a", "ab") as a, open("b", "ab") as b:
        at = 10

        def gone_on(to):
            return lambda got: any(kind == "mark" and t[0] >= to for kind, *t in got)
        while at < 20 or not gone_on(9)(s.got):
            put(a, line(at))
            at += 1
            time.sleep(0.05)
            if at > 1200:
                break
        # The one before the last record, however late it is looked at.
        s.wait("the other file holds it no more", gone_on(at - 3))
        held = [t for kind, *t in s.got if kind == "mark"][0]
        check(held[0] <= 1, "before that it did", s.got[:9])
        s.wait("all are silent", silent("record", at - 1))
        top = max(t[0] for kind, *t in s.got if kind == "mark")
        check(top <= at - 2, "the watermark stays", top, at)
        put(b, line(3) + line(2000))
        s.wait("it goes on", has("record", 2000))
        put(a, line(1999))
        s.wait("and holds again", has("record", 1999))
    s.end(signal.SIGTERM)
    check(s.records() == [[1], [2]] + [[t] for t in range(10, at)] + [[3], [2000], [1999]], "files", s.got[-9:])


def restarted():
    """-f -C: killed in a silence, run again: each record once."""
    with open("a", "wb") as f:
        f.write(line(1))
    open("b", "wb").close()
    rest = " | %sscat -o out" % BIN
    # The killed source may be dying still: then the directory is taken.
    run = "exec 2>err; until " + " ".join([BIN + "scat", "-f", "-C", "ck", "--epoch", "50ms", "--idle", "100ms", "-t", "ts", "a", "b"]) + rest + \
        "; [ ${PIPESTATUS[0]} -ne 75 ]; do :; done"
    for i in range(3):
        with open("a", "ab") as f:
            f.write(line(10 + i))
        p = subprocess.Popen(["bash", "-c", run], start_new_session=True)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and not (os.path.exists("out") and line(10 + i).strip() in open("out", "rb").read()):
            time.sleep(0.05)
        time.sleep(0.3)
        os.killpg(p.pid, signal.SIGKILL)
        p.wait()
    got = [json.loads(x)["ts"] for x in open("out")]
    check(got == [1, 10, 11, 12], "restarted", got, open("err").read())


def main():
    for case in (alone, lambda: merged(False), lambda: merged(True), patient, untimed, packed, csv, files, restarted):
        case()
        for name in ("p0", "p1", "a", "b"):
            if os.path.exists(name):
                os.unlink(name)
    check.done(30)


main()
