"""What strace wrote, as operations on files, in the order in which they were finished.

Op: pid, call, path (of the file or directory that it is about), to (of a rename), data (of a write), ret, flags (of an
open), injected. A path is whole; a pipe's is "pipe:[N]".
"""
import ast
import collections
import os
import re

Op = collections.namedtuple("Op", "pid call path to data ret flags injected at")

FILES = "openat,mkdirat,write,writev,pwrite64,fsync,fdatasync,renameat,unlinkat,ftruncate,close,lseek"

LINE = re.compile(r"^(\d+) +(.*)$")
UNFINISHED = re.compile(r"^(.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^<\.\.\. \w+ resumed>(.*)$")
CALL = re.compile(r"^(\w+)\((.*)\) += (-?\d+|\?)(.*)$")
FD = re.compile(r"^(AT_FDCWD|\d+)<(.*?)>(?:\(deleted\))?(?:, |$)")
TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')


def command(log, calls=FILES, size=16000000):
    """The prefix that traces a command into a file: names behind descriptors, and what is written, up to so many bytes of it."""
    return ["strace", "-f", "-qq", "-y", "-x", "-s", str(size), "-o", log, "-e", "trace=" + calls, "-e", "signal=none"]


def text(quoted):
    return ast.literal_eval('b"' + quoted + '"')


def parse(pid, line, at):
    m = CALL.match(line)
    if not m:
        return None
    call, args, ret, rest = m.groups()
    ret = -1 if ret == "?" else int(ret)
    fd = FD.match(args)
    path, to, data, flags = fd.group(2) if fd else "", None, b"", ""
    names = [text(t) for t in TEXT.findall(args)] if call != "lseek" else []
    if call in ("openat", "mkdirat", "unlinkat", "renameat") and names:
        path, base = os.path.normpath(os.path.join(path, names[0].decode())), path
        flags = args[args.rfind('"') + 1:]
        if call == "renameat":
            to = os.path.normpath(os.path.join(base, names[1].decode()))
    elif call in ("write", "writev", "pwrite64"):
        data = b"".join(names)[:max(ret, 0)]
    elif call in ("ftruncate", "lseek"):
        flags = args
    return Op(pid, call, path, to, data, ret, flags, "(INJECTED)" in rest, at)


def operations(log):
    begun = {}
    with open(log, encoding="latin-1") as f:
        for at, line in enumerate(f):
            m = LINE.match(line.rstrip("\n"))
            if not m:
                continue
            pid, what = m.groups()
            u, r = UNFINISHED.match(what), RESUMED.match(what)
            if u:
                begun[pid] = u.group(1)
                continue
            if r:
                what = begun.pop(pid, "") + r.group(1)
            op = parse(int(pid), what, at)
            if op:
                yield op
