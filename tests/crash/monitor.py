"""The order of calls: what has to be on the disk before something else is said.

A whole run, all stages in one trace, is held against these rules; "before" is the order in which calls ended.

  1  a file is renamed only after an fsync of it that came after its last write
  2  a barrier is written to a pipe only when its writer has synced every byte that it wrote to a file, and the
     directory of every name that it made
  3  a state gets its name only when its writer has synced every byte of its outputs, and `committed` its own only when the files
     of that epoch and their names are synced
  4  an epoch's files are removed only when a later epoch's `committed` has its name for good

That the rules notice anything is shown by the same run with a C library whose fsync does nothing (shim.c), and so is that the
disk of power.py is one that forgets: there some state must end with another output, or refused.
"""
import os
import struct

import power
import shim
import stream
import trace
from pipeline import BIN, Line


class Barriers:
    """The barriers that pass through pipes: each is seen when its first byte is written."""

    def __init__(self):
        self.rest = {}

    def feed(self, pipe, data):
        """The epochs of those that begin here."""
        b = self.rest.get(pipe, b"") + data
        epochs, at = [], 0
        while len(b) - at >= 40:
            assert b[at:at + 3] == b"\x9ewr", "no frame in a pipe"
            if b[at + 4] == ord("B"):
                epochs.append(struct.unpack_from("<Q", b, at + 16)[0])
            size = 40 + struct.unpack_from("<I", b, at + 8)[0]
            if len(b) - at < size:
                break
            at += size
        self.rest[pipe] = b[at:]
        # One that is not whole yet is seen again, with the next bytes; the rules are about its first ones.
        return epochs


class Monitor:
    def __init__(self, top):
        self.top, self.st = top, top + "/st"
        self.unsynced = {}               # path: process that wrote to it since the last sync
        self.names = {}                  # directory: processes that made a name in it since its last sync
        self.files = {}                  # directory: names that were made in it
        self.named = self.lasting = -1   # the epoch whose `committed` has its name; the one whose name is synced
        self.barriers, self.wrong, self.seen = Barriers(), [], {1: 0, 2: 0, 3: 0, 4: 0}

    def fault(self, op, rule, text):
        self.wrong.append("line %d of the trace, rule %d: %s" % (op.at + 1, rule, text))

    def hanging(self, pid):
        """What a process wrote that isn't synced. `run` needn't be: it tells of processes, and they die with the power."""
        return [p for p, writer in self.unsynced.items() if writer == pid and p != self.st + "/run"]

    def made(self, op, path):
        d, name = os.path.split(path)
        self.names.setdefault(d, set()).add(op.pid)
        self.files.setdefault(d, set()).add(name)

    def known(self, path):
        d, name = os.path.split(path)
        return name in self.files.get(d, ())

    def play(self, op):
        if op.ret < 0:
            return
        if op.path.startswith("pipe:") and op.call in ("write", "writev"):
            for epoch in self.barriers.feed(op.path, op.data):
                self.barrier(op, epoch)
        if not op.path.startswith(self.top):
            return
        if op.call in ("write", "writev", "pwrite64", "ftruncate"):
            self.unsynced[op.path] = op.pid
        elif op.call in ("fsync", "fdatasync"):
            self.unsynced.pop(op.path, None)
            self.names.pop(op.path, None)
            if op.path == self.st:
                self.lasting = max(self.lasting, self.named)
        elif op.call == "mkdirat" or op.call == "openat" and "O_CREAT" in op.flags and not self.known(op.path):
            self.made(op, op.path)
        elif op.call == "renameat":
            self.rename(op)
        elif op.call == "unlinkat":
            self.unlink(op)

    def barrier(self, op, epoch):
        self.seen[2] += 1
        for path in self.hanging(op.pid):
            self.fault(op, 2, "barrier %d before an fsync of %s" % (epoch, path))
        for d, makers in self.names.items():
            if op.pid in makers:
                self.fault(op, 2, "barrier %d before an fsync of %s" % (epoch, d))

    def unmade(self, path):
        d, name = os.path.split(path)
        self.files.get(d, set()).discard(name)

    def rename(self, op):
        self.seen[1] += 1
        if op.path in self.unsynced:
            self.fault(op, 1, "%s has its name before it is synced" % op.to)
        self.unmade(op.path)
        self.made(op, op.to)
        self.seen[3] += 1
        for path in self.hanging(op.pid):
            self.fault(op, 3, "%s has its name, but %s is not synced" % (op.to, path))
        if op.to != self.st + "/committed":
            return
        epoch = self.named + 1
        d = "%s/%d" % (self.st, epoch)
        for path in self.unsynced:
            if path.startswith(d + "/"):
                self.fault(op, 3, "epoch %d is committed, but %s is not synced" % (epoch, path))
        if self.names.get(d) or not self.files.get(d):
            self.fault(op, 3, "epoch %d is committed, but not the names in its directory" % epoch)
        self.named = epoch

    def unlink(self, op):
        self.unmade(op.path)
        d = os.path.dirname(op.path)
        if not os.path.basename(d).isdigit() or os.path.basename(op.path).startswith("."):
            return
        self.seen[4] += 1
        if int(os.path.basename(d)) >= self.lasting:
            self.fault(op, 4, "%s goes, and epoch %d is committed" % (op.path, self.lasting))


def watch(env, name, prefix):
    """The monitor after a run, from an empty directory on, all processes behind the prefix."""
    line = Line(env.top + "/" + name, env.data, env.stages)
    text = " | ".join(" ".join([BIN + s[0]] + ["'%s'" % a for a in s[1:]]) for s in line.stages)
    log = line.where + ".trace"
    t = line.wait([line.spawn(trace.command(log) + prefix + ["sh", "-c", text])])
    if not t.ok():
        raise SystemExit("traced: %s\n%s" % (t.statuses, t.err))
    m = Monitor(line.where)
    for op in trace.operations(log):
        m.play(op)
    if min(m.seen.values()) < 20 or [s for k, _, s, _, _, _ in stream.frames(line.read("st/committed")) if k == "B"] != [m.named]:
        raise SystemExit("the monitor saw too little: %s" % m.seen)
    return m


def monitor(env):
    m = watch(env, "monitor", [])
    return env.close("monitor", sum(m.seen.values()), m.wrong)


def teeth(env):
    """The differences that the other campaigns must find are the points; that one finds nothing is the difference."""
    so, wrong = shim.build(env), []
    m = watch(env, "teeth", shim.under(so, "nosync"))
    for rule in (1, 2, 3, 4):
        if not any(", rule %d:" % rule in w for w in m.wrong):
            wrong.append("without a single sync the monitor has no objection by rule %d" % rule)
    if not power.differences(env, shim.under(so, "nosync"), 40):
        wrong.append("without a single sync no state of the disk goes wrong")
    return env.close("teeth", 5, wrong)
