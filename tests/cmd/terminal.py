"""Standard input, output or error is a terminal: a pseudo-terminal here, 60 columns wide."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

from weir import BIN, Checks, good

check = Checks()


def on_terminal(args, which="out", stdin=subprocess.DEVNULL, env=None):
    """(status, what the terminal showed, what went elsewhere)"""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    mode = termios.tcgetattr(slave)
    mode[1] &= ~termios.OPOST
    termios.tcsetattr(slave, termios.TCSANOW, mode)
    p = subprocess.Popen([BIN + args[0]] + args[1:], stdin=slave if which == "in" else stdin,
                         stdout=slave if which == "out" else subprocess.PIPE,
                         stderr=slave if which == "err" else subprocess.PIPE, env=dict(os.environ, **{"TERM": "xterm", **(env or {})}))
    os.close(slave)
    shown = b""
    while True:
        try:
            shown += os.read(master, 65536)
        except OSError:  # the other end is closed
            break
    elsewhere = b"".join(b for b in p.communicate() if b)
    os.close(master)
    return p.returncode, shown.decode(errors="replace"), elsewhere.decode(errors="replace")


def plain(text):
    return re.sub("\x1b\\[[0-9;]*m", "", text)


def rows(shown):
    """The header and the rows; the rule between them is only there without colour."""
    lines = plain(shown).splitlines()
    return [line for line in lines if not set(line) <= {"─", " "}]


def tables():
    for args in (["scat", "t"], ["scat", "s"], ["scat", "-O", "table", "t"]):
        status, shown, other = on_terminal(args)
        lines = rows(shown)
        check.same((status, other), (0, ""), args)
        check(len(lines) == 4 and all(len(line) <= 60 for line in lines), args, lines)
        check(lines[0].split() == ["name", "n"] and re.fullmatch("a +1", lines[1]), args, lines)
        check(lines[2].startswith("bbb") and lines[2].endswith("1000") and len(lines[1]) == len(lines[2]), args, lines)
        check("\x1b" not in "".join(lines) and "[31mred" in lines[3], args, lines)
    with open("timed", "rb") as f:
        status, shown, other = on_terminal(["swindow", "-w", "1d", "count"], stdin=f)
    lines = rows(shown)
    check(status == 0 and lines[0].split() == ["start", "end", "count"] and lines[1].endswith(" 3"), "swindow", shown, other)


def colours():
    for args, env, coloured in (([], {}, True), ([], {"NO_COLOR": "1"}, False), ([], {"TERM": "dumb"}, False),
                                (["--color", "always"], {"NO_COLOR": "1"}, True), (["--color", "never"], {}, False)):
        _, shown, _ = on_terminal(["scat"] + args + ["t"], env=env)
        check.same("\x1b[" in shown, coloured, "colour", args, env, repr(shown[:200]))
        check.same(rows(shown), rows(on_terminal(["scat", "t"])[1]), "colour changes nothing else")
    check(b"\x1b" not in good(["scat", "-O", "table", "t"]), "a pipe gets no colour")


def others():
    status, shown, other = on_terminal(["scat", "-O", "raw", "-i", "lines", "control"])
    check(status == 0 and "\x1b" not in shown and re.fullmatch("a.{1,2}b\n", shown), "control characters on a terminal", shown, other)
    check.same(good(["scat", "-O", "raw", "-i", "lines", "control"]), b"a\x1bb\n", "and in a pipe")
    # Frames go to a terminal only if they are asked for by name.
    for args, frames in ((["-O", "frames", "t"], True), (["t"], False), (["s"], False), (["-O", "frames", "s"], True)):
        status, shown, other = on_terminal(["scat"] + args)
        check.same((status, "wr\x01H" in shown, other), (0, frames, ""), args)


def inputs():
    # A terminal and no operand: the help, and nothing waits for typing.
    status, shown, other = on_terminal(["scat"], which="in")
    check(status == 2 and "usage: scat" in other and shown == "", "help", status, other[:100])


def messages():
    status, shown, other = on_terminal(["scat", "-i", "json", "-O", "json", "bad"], which="err")
    check.same((status, other), (0, '{"a":1}\n'))
    check.same(plain(shown).splitlines(), [
        "scat: bad:2: not a value", '  | {"a":x}',
        '  |      ^ expected a string, a number, true, false, null, "{" or "["',
        "  = skipped; --rejects FILE keeps such records, --on-error fail stops at the first",
        "scat: 1 bad record skipped, 1 good"])


def main():
    with open("t", "w") as f:
        f.write('{"ts":1,"name":"a","n":1}\n{"ts":1,"name":"' + "b" * 100 + '","n":1000}\n{"ts":1,"name":"\\u001b[31mred","n":5}\n')
    with open("control", "wb") as f:
        f.write(b"a\x1bb\n")
    with open("bad", "w") as f:
        f.write('{"a":1}\n{"a":x}\n')
    with open("s", "wb") as f:
        f.write(good(["scat", "-i", "json", "t"]))
    with open("t", "w") as f:
        f.write(good(["scat", "-O", "json", "s"]).decode().replace('"ts":1,', ""))
    with open("s2", "wb") as f:
        f.write(good(["scat", "-i", "json", "t"]))
    os.replace("s", "timed")
    os.replace("s2", "s")
    tables()
    colours()
    others()
    inputs()
    messages()
    check.done(20)


if __name__ == "__main__":
    main()
