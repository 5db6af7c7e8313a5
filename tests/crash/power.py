"""Power loss: a disk that kept what was synced, and of the rest whatever it liked.

A run of the line is traced; its operations on files are played into a model of a disk, Disk below, that knows of each
file which bytes were synced and what was done to it since, and the same of each directory's names. The power fails after
every operation. What is found then is made up in several ways, from the strictest (nothing that wasn't synced)
through names without their bytes, bytes without their names, last writes torn at 512 and at 4096 bytes, and
subsets in any order, to the mildest (all of it). Each such state is put in place of the checkpoint and the outputs, and
the line is run on it: it must end well, with the undisturbed output.

The outputs keep their inodes, for the checkpoint knows its files by them. So each worker has a run of its own, and
tries a share of the states on that run's files.
"""
import concurrent.futures
import os
import random
import shutil

import pipeline
import trace
from pipeline import Line

OUTPUTS = ["out.jsonl", "rejects", "late"]


class File:
    def __init__(self):
        self.synced, self.since = b"", []        # since: (offset, bytes), or (length, None) for a cut

    def now(self, changes=None):
        b = bytearray(self.synced)
        for at, data in self.since if changes is None else changes:
            if data is None:
                del b[at:]
                b.extend(bytes(at - len(b)))
            else:
                b.extend(bytes(max(0, at - len(b))))
                b[at:at + len(data)] = data
        return bytes(b)

    def sync(self):
        self.synced, self.since = self.now(), []


class Dir:
    def __init__(self):
        self.synced, self.since = {}, []         # since: (name, what is there from now on or None, the name it had or None)

    def now(self, changes=None):
        names = dict(self.synced)
        for name, node, was in self.since if changes is None else changes:
            if was is not None:
                names.pop(was, None)
            if node is None:
                names.pop(name, None)
            else:
                names[name] = node
        return names

    def sync(self):
        self.synced, self.since = self.now(), []


class Disk:
    """The tree below `top`; what is elsewhere is nobody's concern."""

    def __init__(self, top):
        self.top = top
        self.root = self.load(top)

    def load(self, path):
        """What is there, as if synced: a killed process takes nothing away from the disk."""
        if not os.path.isdir(path):
            node = File()
            with open(path, "rb") as f:
                node.synced = f.read()
            return node
        node = Dir()
        names = os.listdir(path) if path != self.top else [n for n in OUTPUTS + ["st"] if os.path.exists(path + "/" + n)]
        node.synced = {name: self.load(path + "/" + name) for name in names}
        return node

    def holds(self, op):
        """Whether the operation may change the disk."""
        return op.path.startswith(self.top) and (op.call != "openat" or "O_CREAT" in op.flags or "O_TRUNC" in op.flags)

    def find(self, path):
        """(the directory, the name, what is there or None), or None for a path outside."""
        if not path.startswith(self.top + "/"):
            return None
        d, parts = self.root, path[len(self.top) + 1:].split("/")
        for name in parts[:-1]:
            d = d.now().get(name)
            if not isinstance(d, Dir):
                return None
        return d, parts[-1], d.now().get(parts[-1])

    def play(self, op, offsets):
        """What the operation does to the disk; offsets: where each process is in each file."""
        if op.call in ("fsync", "fdatasync") and op.path == self.top:
            self.root.sync()
            return
        found = self.find(op.path)
        if found is None or op.ret < 0:
            return
        d, name, node = found
        if op.call == "close":
            return
        if op.call == "openat":
            if "O_CREAT" in op.flags and node is None:
                node = File()
                d.since.append((name, node, None))
            elif "O_TRUNC" in op.flags and isinstance(node, File):
                node.since.append((0, None))
            offsets[op.pid, op.path] = 0
        elif op.call == "mkdirat":
            d.since.append((name, Dir(), None))
        elif op.call == "unlinkat":
            d.since.append((name, None, None))
        elif op.call == "renameat":
            to, new, _ = self.find(op.to)
            assert to is d, "a rename across directories"
            d.since.append((new, node, name))
        elif op.call in ("fsync", "fdatasync"):
            node.sync()
        elif op.call == "ftruncate":
            node.since.append((int(op.flags.rsplit(", ", 1)[1]), None))
        elif op.call == "lseek":
            offsets[op.pid, op.path] = op.ret
        else:
            at = offsets.get((op.pid, op.path), 0)
            node.since.append((at, op.data))
            offsets[op.pid, op.path] = at + len(op.data)


# What may be found of a file or directory. choice(node) gives the changes since the last sync that happened.

def none(_, __):
    return []


def whole(node, _):
    return node.since


def names_only(node, _):
    return node.since if isinstance(node, Dir) else []


def bytes_only(node, _):
    return node.since if isinstance(node, File) else []


def torn(size):
    def choice(node, r):
        if isinstance(node, Dir) or not node.since or node.since[-1][1] is None:
            return node.since
        at, data = node.since[-1]
        cut = (at + r.randrange(len(data) + 1)) // size * size - at
        return node.since[:-1] + ([(at, data[:cut])] if cut > 0 else [])
    return choice


def subset(node, r):
    kept = [c for c in node.since if r.random() < 0.5]
    if isinstance(node, File):
        r.shuffle(kept)
    return kept


WAYS = [none, whole, names_only, bytes_only, torn(512), torn(4096), subset, subset]


def found(node, choice, r):
    """The tree as bytes and dictionaries."""
    if isinstance(node, File):
        return node.now(choice(node, r))
    return {name: found(n, choice, r) for name, n in sorted(node.now(choice(node, r)).items())}


def states(disk, ops, chosen):
    """The trees that may be found: (operation's number, way, tree). chosen: pairs of an operation's number and a way, in order; the same
    tree comes once."""
    offsets, seen, left = {}, set(), list(reversed(chosen))
    for number, op in enumerate(ops):
        disk.play(op, offsets)
        while left and left[-1][0] == number:
            way = left.pop()[1]
            tree = found(disk.root, WAYS[way], random.Random(number * len(WAYS) + way))
            key = hash(repr(tree))
            if key not in seen:
                seen.add(key)
                yield number, way, tree


def write_tree(path, tree):
    os.mkdir(path, 0o700)
    for name, node in tree.items():
        if isinstance(node, dict):
            write_tree(path + "/" + name, node)
        else:
            with open(os.open(path + "/" + name, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as f:
                f.write(node)


def lay_out(line, kept, tree):
    """The state in the line's directory; the outputs by the inodes that they had."""
    shutil.rmtree(line.path("st"), ignore_errors=True)
    if "st" in tree:
        write_tree(line.path("st"), tree["st"])
    for name in OUTPUTS:
        if os.path.exists(line.path(name)):
            os.unlink(line.path(name))
        if name in tree:
            os.link(kept + "/" + name, line.path(name))
            with open(line.path(name), "wb") as f:
                f.write(tree[name])
    line.committed = -1


def record(env, worker, line, prefix):
    """A run, traced as a whole: the disk before it, the trace, and a directory where its outputs keep their inodes. Every other
    worker's run is one that recovers from a kill."""
    log, kept = line.where + ".trace", line.where + ".kept"
    if worker % 2 == 1:
        line.try_({3: pipeline.inject("renameat", 31, "signal=KILL")})
    disk = Disk(line.where)
    text = " | ".join(" ".join([pipeline.BIN + s[0]] + ["'%s'" % a for a in s[1:]]) for s in line.stages)
    t = line.wait([line.spawn(trace.command(log) + prefix + ["sh", "-c", text])])
    if not t.ok() or line.look(env.small_want):
        raise SystemExit("traced: %s\n%s" % (t.statuses, t.err))
    os.mkdir(kept)
    for name in OUTPUTS:
        os.link(line.path(name), kept + "/" + name)
    return disk, log, kept


def share(env, worker, count, prefix=()):
    """One worker's states, so many or all. (tried, differences)"""
    line = Line("%s/power.%d" % (env.top, worker), env.small, env.small_stages)
    disk, log, kept = record(env, worker, line, list(prefix))
    tried, wrong = 0, []
    ops = list(trace.operations(log))
    every = [(i, w) for i, op in enumerate(ops) if op.ret >= 0 and op.call not in ("close", "lseek") and disk.holds(op)
             for w in range(len(WAYS))]
    for number, way, tree in states(disk, ops, pipeline.sample(every, count, env.seed + worker)):
        lay_out(line, kept, tree)
        difference = line.finish(env.small_want)
        tried += 1
        if difference:
            wrong.append("worker %d, operation %d, way %d: %s" % (worker, number, way, difference))
            if env.keep:
                shutil.copytree(line.where, "%s.%d.%d" % (line.where, number, way))
                lay_out(line, kept, tree)
                shutil.copytree(line.where, "%s.%d.%d.before" % (line.where, number, way))
    return tried, wrong


def prepare(env):
    """A small line of many epochs."""
    env.small = env.top + "/small.jsonl"
    if not os.path.exists(env.small):
        pipeline.generate(env.small, 3000)
    env.small_stages = pipeline.usual(75)
    env.small_want = pipeline.undisturbed(env.top + "/small", env.small, env.small_stages)


def differences(env, prefix, count):
    """How many of so many states go wrong, when the run was behind the prefix."""
    prepare(env)
    return len(share(env, env.jobs, count, prefix)[1])


def power(env):
    prepare(env)
    count = env.points and env.points // env.jobs + 1
    with concurrent.futures.ThreadPoolExecutor(env.jobs) as pool:
        shares = list(pool.map(lambda w: share(env, w, count), range(env.jobs)))
    return env.close("power", sum(t for t, _ in shares), [w for _, ws in shares for w in ws], env.points // 2 if env.points else 4000)
