"""Every bit of a small checkpoint, flipped: refused with status 76 (or 78, where it turns one option into another), with nothing
changed; or without harm to a single byte of the output.

Two files may be harmless. `run` tells who runs now, for as long as somebody does, and a run that begins writes its own. `id`
is a random number, and one with another digit is as good: nothing outlives a run that would remember the old one. So for
these the output has to be right; committed and the states have to be refused.

The checkpoint is that of a line of three stages with open windows, paused half way; the rest of the input is there for the run
that follows.
"""
import concurrent.futures
import os

import pipeline
from pipeline import Line, compare

HARMLESS = {"run", "id"}
REFUSED = {76, 78}


def stages(final):
    return [["scat", "-C", "st", "--epoch-records", "100", "-q", "-t", ".ts", "-d", "2s"] + final + ["in.jsonl"],
            ["swindow", "-q", "-w", "1s", "count"], pipeline.SINK]


def files(line):
    """The checkpoint's, by their names below st."""
    found = {}
    for top, _, names in os.walk(line.path("st")):
        for name in names:
            path = os.path.join(top, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, line.path("st"))] = f.read()
    return found


class Half:
    """A line that was run over the first half of its input, and can be put back to that moment."""

    def __init__(self, env, worker, text):
        self.line = Line("%s/damage.%d" % (env.top, worker), None, stages(["--final"]))
        half = len(text) // 2
        half = text.index(b"\n", half) + 1
        self.write("in.jsonl", text[:half])
        t = self.line.try_(stages=stages([]))
        if not t.ok():
            raise SystemExit("the first half: %s\n%s" % (t.statuses, t.err))
        self.write("in.jsonl", text[half:], "ab")
        self.output, self.files = self.line.read("out.jsonl"), files(self.line)

    def write(self, name, data, mode="wb"):
        with open(self.line.path(name), mode) as f:
            f.write(data)

    def restore(self):
        for top, dirs, names in os.walk(self.line.path("st"), topdown=False):
            for name in names:
                if os.path.relpath(os.path.join(top, name), self.line.path("st")) not in self.files:
                    os.unlink(os.path.join(top, name))
            for name in dirs:
                if not os.listdir(os.path.join(top, name)):
                    os.rmdir(os.path.join(top, name))
        for name, data in self.files.items():
            os.makedirs(os.path.dirname(self.line.path("st/" + name)), mode=0o700, exist_ok=True)
            self.write("st/" + name, data)
        self.write("out.jsonl", self.output)


def one_flip(half, name, bit, want):
    """What is wrong with how the flip was taken, or None."""
    data = bytearray(half.files[name])
    data[bit // 8] ^= 1 << bit % 8
    half.write("st/" + name, bytes(data))
    t = half.line.try_()
    out = half.line.read("out.jsonl")
    if t.hung:
        return "it does not end"
    if t.ok():
        if name not in HARMLESS:
            return "not refused"
        return compare({"out.jsonl": out}, {"out.jsonl": want})
    if not REFUSED & set(t.statuses) or any(s < 0 and s != -13 for s in t.statuses):
        return "%s: %s" % (t.statuses, t.err)
    if not t.err:
        return "refused without a word"
    if out != half.output:
        return "refused, and yet the output has %d bytes that were %d" % (len(out), len(half.output))
    return None


def share(env, worker, text, want):
    half, wrong = Half(env, worker, text), []
    # The numbers of epochs are the same in each worker's run, so are the names of its files.
    flips = [(name, bit) for name in sorted(half.files) for bit in range(8 * len(half.files[name]))]
    chosen = pipeline.sample(flips, env.points, env.seed)[worker::env.jobs]
    for name, bit in chosen:
        difference = one_flip(half, name, bit, want)
        if difference:
            wrong.append("%s, bit %d of byte %d: %s" % (name, bit % 8, bit // 8, difference))
        half.restore()
    # Put back as it was, it goes on as if nothing had been.
    if not half.line.try_().ok() or half.line.read("out.jsonl") != want:
        wrong.append("worker %d: put back, it does not go on" % worker)
    return len(chosen), wrong


def damage(env):
    path = env.top + "/damage.jsonl"
    pipeline.generate(path, 400)
    with open(path, "rb") as f:
        text = b"".join(row for row in f if not row.startswith(b"{bad"))
    plain = Line(env.top + "/damage.plain", path, stages(["--final"]))
    t = plain.try_()
    want = plain.read("out.jsonl")
    if not t.ok() or not want:
        raise SystemExit("undamaged: %s\n%s" % (t.statuses, t.err))
    with concurrent.futures.ThreadPoolExecutor(env.jobs) as pool:
        shares = list(pool.map(lambda w: share(env, w, text, want), range(env.jobs)))
    return env.close("damage", sum(n for n, _ in shares), [w for _, ws in shares for w in ws], env.points or 8000)
