"""Runs the examples of README.md and of the manual pages, and compares what they print.

An example is a block of a shell session: in README.md a ```console fence, in a page a
.Bd -literal block with a line that begins with "$ ". A line "$ COMMAND" is run, "> "
lines continue it, and what follows, up to the next "$ ", is what it prints.

Commands run in a scratch directory that holds the input files of examples/, all on one
level; a page's files stay from block to block. They run as a person would run them: standard output and standard
error are a terminal of 80 columns, so a table is a table and a bad record is shown with its caret. The two
are separate terminals, because their order is nobody's promise: lines that begin with the name of a command
and a colon, and the lines of an excerpt ("  |", "  =") and "Try ..." belong to standard error.

    docs.py FILE...     status 1 and the differences if any example prints something else
    docs.py -u FILE...  writes what was printed into the files
"""
import difflib
import fcntl
import os
import pathlib
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOT_INPUT = {"run", "expected", "expected.err"}
STDERR = re.compile(r"(scat|sfilter|swindow|sjoin|sdedup|sreplay): |  \| |  = |Try '")
MDOC = [(r"\e", "\\"), (r"\-", "-"), (r"\(aq", "'"), (r"\(ga", "`"), (r"\(ha", "^"),
        (r"\(ti", "~"), (r"\&", "")]


def from_mdoc(line):
    out = ""
    while line:
        for escape, text in MDOC:
            if line.startswith(escape):
                out, line = out + text, line[len(escape):]
                break
        else:
            if line[0] == "\\":
                raise ValueError(f"an escape that is not undone: {line}")
            out, line = out + line[0], line[1:]
    return out


def to_mdoc(line):
    line = line.replace("\\", r"\e").replace("'", r"\(aq")
    line = line.replace("`", r"\(ga").replace("^", r"\(ha").replace("~", r"\(ti")
    return r"\&" + line if line.startswith((".", r"\(aq")) else line


class Page:
    """The lines of a file, and its blocks as [first, last) line numbers."""

    def __init__(self, path):
        self.path = path
        self.mdoc = path.suffix != ".md"
        self.lines = path.read_text().split("\n")
        begin, end = (".Bd -literal", ".Ed") if self.mdoc else ("```console", "```")
        self.blocks = []
        first = None
        for number, line in enumerate(self.lines):
            if first is None and line.startswith(begin):
                first = number + 1
            elif first is not None and line.rstrip() == end:
                if any(self.read(i).startswith("$ ") for i in range(first, number)):
                    self.blocks.append((first, number))
                first = None

    def read(self, number):
        return from_mdoc(self.lines[number]) if self.mdoc else self.lines[number]

    def examples(self, block):
        """(command, printed lines) of each command in the block."""
        found = []
        for number in range(*block):
            line = self.read(number)
            if line.startswith("$ "):
                found.append(([line[2:]], []))
            elif line.startswith("> ") and found and not found[-1][1]:
                found[-1][0].append(line[2:])
            elif found:
                found[-1][1].append(line)
            else:
                raise ValueError(f"{self.path}:{number + 1}: output before any command")
        return found

    def replace(self, block, examples):
        new = []
        for command, printed in examples:
            shown = ["$ " + command[0]] + ["> " + more for more in command[1:]] + printed
            new += [to_mdoc(line) if self.mdoc else line for line in shown]
        self.lines[block[0]:block[1]] = new


def terminal():
    """The two ends of a new terminal of 80 columns that changes nothing."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    mode = termios.tcgetattr(theirs)
    mode[1] &= ~termios.OPOST
    termios.tcsetattr(theirs, termios.TCSANOW, mode)
    return ours, theirs


def drain(fd, into):
    while True:
        try:
            piece = os.read(fd, 65536)
        except OSError:
            piece = b""
        if not piece:
            break
        into.append(piece)
    os.close(fd)


def run(command, before, scratch):
    """Runs a command after one of status `before`. Its two outputs as lines, and its status."""
    bin = (ROOT / os.environ.get("BUILD_DIR", "build")).resolve() / "bin"
    env = dict(os.environ, PATH=f"{bin}:{os.environ['PATH']}", NO_COLOR="1", TERM="xterm", LC_ALL="C.UTF-8", TZ="UTC",
               HOME=str(scratch))
    for name in ("COLUMNS", "JOURNAL_STREAM"):
        env.pop(name, None)
    pieces, threads, ends = ([], []), [], []
    for into in pieces:
        ours, theirs = terminal()
        ends.append(theirs)
        threads.append(threading.Thread(target=drain, args=(ours, into)))
    process = subprocess.Popen(["bash", "-c", f"(exit {before})\n" + "\n".join(command)], cwd=scratch, env=env,
                               stdin=subprocess.DEVNULL, stdout=ends[0], stderr=ends[1], start_new_session=True)
    for thread in threads:
        thread.start()
    status = process.wait()
    for end in ends:
        os.close(end)
    for thread in threads:
        thread.join()
    return [b"".join(p).decode(errors="backslashreplace").split("\n")[:-1] for p in pieces], status


def split(printed):
    return ([line for line in printed if not STDERR.match(line)],
            [line for line in printed if STDERR.match(line)])


def check(page, update):
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        for file in ROOT.glob("examples/**/*"):
            if file.is_file() and file.name not in NOT_INPUT:
                if (scratch / file.name).exists():
                    raise ValueError(f"two examples have a {file.name}")
                shutil.copy(file, scratch)
        results = []
        for block in page.blocks:
            status, now = 0, []
            for command, printed in page.examples(block):
                got, status = run(command, status, scratch)
                now.append((command, got[1] + got[0]))
                want = split(printed)
                if list(want) == got:
                    now[-1] = (command, printed)
                    continue
                wrong += 1
                if not update:
                    print(f"{page.path}:{block[0] + 1}: $ " + "\n> ".join(command))
                    for w, g in zip(want, got):
                        print("\n".join(list(difflib.unified_diff(w, g, "as written", "as printed", lineterm=""))))
            results.append((block, now))
        if update:
            for block, now in reversed(results):
                page.replace(block, now)
            page.path.write_text("\n".join(page.lines))
    return wrong


def main(args):
    update = args[:1] == ["-u"]
    wrong = ran = 0
    for name in args[update:]:
        page = Page(pathlib.Path(name))
        ran += len(page.blocks)
        wrong += check(page, update)
    print(f"{ran} blocks, {wrong} {'changed' if update else 'wrong'}")
    return 1 if wrong and not update or ran == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
