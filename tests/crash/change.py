"""A changed line between the kill and the restart: what is refused names the option and both values, with status 78, harms
nothing, and goes on as it was; what isn't refused is right.

A case: what changes, what the refusal says (or None: it is taken, and the output must be that of the line before), and
the option that takes it all the same.
"""
import pipeline
from pipeline import inject

SCAT, FILTER, WINDOW, SINK = range(4)


def put(stage, *args):
    """These arguments, in front."""
    def edit(stages):
        stages[stage][1:1] = args
    return edit


def swap(stage, old, new):
    def edit(stages):
        stages[stage][stages[stage].index(old)] = new
    return edit


def drop(stage):
    def edit(stages):
        del stages[stage]
    return edit


def join(at, *args):
    def edit(stages):
        stages.insert(at, list(args))
    return edit


# (edit, words of the refusal or None, options at the source that accept it or None)
CASES = [
    (swap(SCAT, "2s", "3s"), ["scat", "-d", "2s", "3s"], ["--accept-change"]),
    (swap(SCAT, ".ts", ".n"), ["scat", "-t", ".ts", ".n"], None),
    (put(SCAT, "-i", "json"), ["scat", "-i", "json"], ["--accept-change"]),
    (put(SCAT, "--time-format", "s"), ["scat", "--time-format", "s"], ["--accept-change"]),
    (put(SCAT, "--tz", "Asia/Tokyo"), ["scat", "--tz", "Asia/Tokyo"], ["--accept-change"]),
    (put(SCAT, "--in-order"), ["scat", "--in-order"], ["--accept-change"]),
    (put(SCAT, "--id", "first"), ["first"], None),
    (swap(SCAT, "rejects", "others"), ["scat", "--rejects", "rejects", "others"], None),
    (put(FILTER, "--rejects", "more"), ["sfilter", "--rejects", "not given", "more"], ["--accept-change"]),
    (swap(FILTER, ".n % 3 != 0", ".n % 3 != 1"), ["sfilter", ".n % 3 != 0", ".n % 3 != 1"], None),
    (put(FILTER, "--invert"), ["sfilter", "--invert"], None),
    (put(FILTER, "--arg", "x", "1"), ["sfilter", "--arg", "x"], ["--accept-change"]),
    (swap(WINDOW, "10s", "20s"), ["swindow", "-w", "10s", "20s"], None),
    (put(WINDOW, "--offset", "1s"), ["swindow", "--offset", "1s"], None),
    (swap(WINDOW, ".k", ".n"), ["swindow", "-k", ".k", ".n"], None),
    (swap(WINDOW, "s=sum:.n", "s=max:.n"), ["swindow", "s=sum:.n", "s=max:.n"], None),
    (swap(WINDOW, "late", "later"), ["swindow", "--late", "late", "later"], None),
    (swap(SINK, "out.jsonl", "other.jsonl"), ["scat", "-o", "out.jsonl", "other.jsonl"], None),
    (put(SINK, "-O", "csv"), ["scat", "-O", "csv"], None),
    (put(SINK, "--columns", ".start"), ["scat", "--columns", ".start"], None),
    (drop(WINDOW), ["swindow", "--drop-state swindow"], None),
    (drop(FILTER), ["sfilter", "--accept-change"], None),
    (join(2, "sfilter", "true"), ["sfilter-2", "--accept-change"], ["--accept-change"]),
    (join(2, "swindow", "-w", "1s", "count"), ["swindow"], None),
    (put(SCAT, "--epoch", "1h"), None, None),
    (put(SCAT, "--keep-epochs", "3"), None, None),
    (put(SCAT, "--stats", "stats"), None, None),
    (put(SINK, "--color", "never"), None, None),
]


def edited(env, edit, *options):
    stages = [list(s) for s in env.stages]
    edit(stages)
    stages[0][1:1] = options
    return stages


def refused(line, stages, words):
    """What is wrong with the refusal, or None."""
    before = {n: line.read(n) for n in ("out.jsonl", "st/committed")}
    t = line.try_(stages=stages)
    if t.hung or 78 not in t.statuses or t.statuses[-1] not in (78, 76):
        return "not refused: %s: %s" % (t.statuses, t.err)
    for w in words:
        if w not in t.err:
            return "the refusal does not say %r: %s" % (w, t.err)
    if line.read("st/committed") != before["st/committed"]:
        return "refused, and yet something was committed"
    # What was not committed may have been cut, and side files too: whether too much was, the next run tells.
    if not before["out.jsonl"].startswith(line.read("out.jsonl")):
        return "refused, and yet the output was written to"
    return None


def one_change(env, line, case):
    edit, words, accept = CASES[case]
    stage, call, n = next(p for p in pipeline.points(env.counts, {"renameat"}) if p[0] == 3 and p[2] > 20)
    line.try_({stage: inject(call, n, "signal=KILL")})
    if line.look(env.want) or line.epoch() < 1:
        return False, "nothing was committed before the kill"
    if words is None:
        return True, line.finish(env.want, stages=edited(env, edit))
    wrong = refused(line, edited(env, edit), words)
    if wrong:
        return True, wrong
    return True, line.finish(env.want, stages=edited(env, edit, *accept) if accept else None)


def change(env):
    return env.each("change", range(len(CASES)), one_change)
