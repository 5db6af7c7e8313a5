"""Lines that must come to the same bytes, or leave them alone, though nothing dies in the middle of a call.

sizes     pipes of 4 KiB, one record a frame, two hash seeds, each with a kill
growth    a file that grows between runs, cut anywhere in a line: five runs write what one does, with and without --final on the last
second    another line, and a saved stream played again, on a directory whose line is running: both leave it alone
dedup     sdedup of every kind in swindow's place, killed at calls of any stage, restarted with another seed of hashes
twosinks  a tee with a branch to a second sink, killed at calls of either sink and of the source
"""
import os
import random
import subprocess

import pipeline
from pipeline import BIN, Line, compare, inject

SIZES = [{"WEIR_PIPE_SIZE": "4096"}, {"WEIR_FRAME_SIZE": "1"}, {"WEIR_HASH_SEED": "1"}, {"WEIR_HASH_SEED": "2"},
         {"WEIR_PIPE_SIZE": "4096", "WEIR_FRAME_SIZE": "1", "WEIR_HASH_SEED": "3"}]


def one_size(env, line, point):
    sizes, stage = point
    t = line.try_({stage: inject("writev", 60, "signal=KILL")}, env=sizes)
    # What was begun with one size goes on with another.
    return t.statuses[stage] == -9, line.look(env.want) or line.finish(env.want, env=SIZES[stage])


def sizes(env):
    return env.each("sizes", [(s, stage) for s in SIZES for stage in range(4)], one_size)


def grow(env, line, pieces, final):
    """A run after each piece; what is wrong, or None."""
    os.unlink(line.path("in.jsonl"))
    for i, piece in enumerate(pieces):
        with open(line.path("in.jsonl"), "ab") as f:
            f.write(piece)
        last = final and i == len(pieces) - 1
        stages = [pipeline.source(env.records // 22, *(["--final"] if last else []))] + line.stages[1:]
        for _ in range(3 if i == len(pieces) - 1 and not final else 1):
            # Once more, and nothing has come: nothing is read, nothing changes.
            t = line.try_(stages=stages)
            if t.hung or not t.ok():
                return "run %d: %s: %s" % (i + 1, t.statuses, t.err)
    return None


def one_growth(env, line, point):
    seed, final = point
    r = random.Random(seed)
    with open(env.data, "rb") as f:
        text = f.read()
    cuts = [0] + sorted(r.randrange(len(text)) for _ in range(4)) + [len(text)]
    one = Line(line.where + ".one", env.data, line.stages)
    wrong = grow(env, one, [text], final)
    want = one.outputs()
    wrong = wrong or grow(env, line, [text[a:b] for a, b in zip(cuts, cuts[1:])], final)
    return True, wrong or compare(line.outputs(), env.want if final else want)


def growth(env):
    return env.each("growth", [(s, final) for s in range(1, 11) for final in (False, True)], one_growth)


def play(line, *stages):
    """The saved stream through these stages. The last one's status, or None if it does not end."""
    procs, reads = [], open(line.path("saved"), "rb")
    with open(line.path("err"), "wb") as err:
        for stage in stages:
            procs.append(subprocess.Popen([BIN + stage[0]] + stage[1:], cwd=line.where, stdin=reads, stdout=subprocess.PIPE,
                                          stderr=err, start_new_session=True))
            reads.close()
            reads = procs[-1].stdout
    t = line.wait(procs)
    reads.close()
    return None if t.hung else t.statuses[-1]


def one_second(env, line, kind):
    """A source that runs, its stream's beginning saved, its first epoch awaited from nobody; and then the other."""
    line.try_({3: inject("renameat", 21, "signal=KILL")})
    first = subprocess.Popen([BIN + line.stages[0][0]] + line.stages[0][1:], cwd=line.where, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, start_new_session=True)
    with open(line.path("saved"), "wb") as saved:
        saved.write(first.stdout.read1(65536))
    wrong = None
    before = {n: line.read(n) for n in ("out.jsonl", "st/committed")}
    if kind == "line":
        t = line.try_()
        wrong = None if t.statuses[0] == 75 else "a second line: %s: %s" % (t.statuses, t.err)
    first.kill()
    first.wait()
    first.stdout.close()
    if kind == "stream":
        t = line.try_()
        wrong = None if t.ok() else "%s: %s" % (t.statuses, t.err)
        before = {n: line.read(n) for n in ("out.jsonl", "st/committed")}
        if play(line, pipeline.SINK) != 75:
            wrong = wrong or "a saved stream into the checkpoint's output: " + line.read("err").decode()
        # It breaks off, so its status is 76; into another file it does no harm.
        if play(line, pipeline.FILTER, ["scat", "-q", "-o", "other.jsonl"]) not in (0, 76):
            wrong = wrong or "a saved stream: " + line.read("err").decode()
    for n in before:
        if line.read(n) != before[n]:
            wrong = wrong or "%s was changed by another" % n
    return True, wrong or line.finish(env.want)


def second(env):
    return env.each("second", ["line", "stream"], one_second)


DEDUPS = [["-k", ".k", "--within", "1s", "--late", "late"], ["-k", ".k", "--within", "500ms", "--which", "last", "--dups", "--late", "late"],
          [], ["-k", ".k,.n", "--approx", "0.001", "--max-memory", "1MiB"],
          ["-k", ".k", "--within", "1s", "--lateness", "3s", "--approx", "0.001", "--max-memory", "64KiB", "--late", "late"],
          ["-k", ".k,.n", "--within", "10s", "--spill", "store", "--max-memory", "8KiB", "--late", "late"],
          ["-k", ".k", "--within", "500ms", "--lateness", "5s", "--which", "last", "--dups", "--spill", "store", "--max-memory", "8KiB",
           "--late", "late"],
          ["-k", ".k", "--which", "last"]]


def one_dedup(env, line, point):
    kind, (stage, call, n) = point
    # The records that wait for the end make no output before it.
    want = env.dedups[kind][1]
    line = Line(line.where, env.data, env.dedups[kind][0])
    t = line.try_({stage: inject(call, n, "signal=KILL")})
    wrong = "it does not end" if t.hung else line.look(want)
    strange = set(t.statuses) - pipeline.STATUSES_OF_DEATH
    if strange:
        wrong = wrong or "statuses %s: %s" % (t.statuses, t.err)
    return t.statuses[stage] == -9, wrong or line.finish(want, env={"WEIR_HASH_SEED": str(n)})


def dedup(env):
    env.dedups, every = [], []
    for i, options in enumerate(DEDUPS):
        stages = [pipeline.source(env.records // 22, "--final"), ["sdedup", "-q"] + options, pipeline.SINK]
        least = 10 if options == DEDUPS[-1] else 20
        env.dedups.append((stages, pipeline.undisturbed("%s/dedup-plain.%d" % (env.top, i), env.data, stages, least)))
        every.append([(i, p) for p in pipeline.points(pipeline.calls(Line("%s/dedup-count.%d" % (env.top, i), env.data, stages)))])
    number = max(1, (env.points or 1200) // len(every))
    return env.each("dedup", [p for points in every for p in pipeline.sample(points, number, env.seed)], one_dedup)


TWO = """set -o pipefail
%s $BUILD_DIR/bin/scat -C st --sinks 2 --epoch-records %d -q --final -t .ts -d 2s in.jsonl |
	tee >(%s $BUILD_DIR/bin/scat --id copy -q -o copy.jsonl) |
	$BUILD_DIR/bin/swindow -q -w 10s -k .k count | %s $BUILD_DIR/bin/scat -q -o out.jsonl
status=$?
wait
exit $status"""


def run_two(env, line, who=None, prefix=""):
    words = [prefix if i == who else "" for i in range(3)]
    text = TWO % (words[0], env.records // 22, words[1], words[2])
    t = line.wait([line.spawn(["bash", "-c", text])])
    return None if t.hung else t.statuses[0]


def one_two(env, line, point):
    who, call, n = point
    prefix = " ".join("'%s'" % a for a in inject(call, n, "signal=KILL"))
    status = run_two(env, line, who, prefix)
    if status is None:
        return True, "it does not end"
    for _ in pipeline.restarts():
        again = run_two(env, line)
        if again is None:
            return True, "restarted, it does not end"
        if again == 0:
            break
    got = {n: line.read(n) for n in ("out.jsonl", "copy.jsonl")}
    return status != 0, compare(got, env.two) if again == 0 else "restarted: %d: %s" % (again, line.read("err").decode())


def twosinks(env):
    line = Line(env.top + "/two", env.data, env.stages)
    if run_two(env, line) != 0:
        raise SystemExit("two sinks: " + line.read("err").decode())
    env.two = {n: line.read(n) for n in ("out.jsonl", "copy.jsonl")}
    if env.two["copy.jsonl"].count(b"\n") != env.records:
        raise SystemExit("the copy has %d records" % env.two["copy.jsonl"].count(b"\n"))
    every = [(who, call, n) for who in range(3) for call in ("fsync", "fdatasync", "renameat", "writev", "openat", "flock")
             for n in range(1, 2 + env.counts[3 if who else 0].get(call, 0))]
    return env.each("twosinks", pipeline.sample(every, env.points or 400, env.seed), one_two)
