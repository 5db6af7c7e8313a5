"""Errors instead of death: ENOSPC, EIO and EDQUOT from every call that can have them, of every stage.

A stage whose call failed may go on only where nothing was to be kept: it ended well, the output is right, and the call was no
write, sync or rename. Otherwise it ends with a status that the pages tell and with the error's text, and in its trace
nothing is committed afterwards. After a failed fsync that file is never renamed and never synced again. The line,
run again, writes what an undisturbed one does.
"""
import os

import pipeline
import trace

CALLS = {"openat", "write", "writev", "fsync", "fdatasync", "renameat", "ftruncate", "close", "mkdirat", "unlinkat"}
ERRORS = ["ENOSPC", "EIO", "EDQUOT"]
TEXTS = {"ENOSPC": "No space left on device", "EIO": "Input/output error", "EDQUOT": "Disk quota exceeded"}
STATUSES = {66, 71, 73, 74, 75, 76}
MUST_FAIL = {"write", "writev", "fsync", "fdatasync", "renameat", "ftruncate", "mkdirat"}


def judge(t, stage, error, ops, right):
    """What is wrong with how the stage took it, or None."""
    failed = next(i for i, op in enumerate(ops) if op.injected)
    op, after = ops[failed], ops[failed + 1:]
    status = t.statuses[stage]
    if status == 0:
        kept = op.call in MUST_FAIL or op.call == "close" and op.path.endswith(".tmp")
        if kept or not right:
            return "%s of %s failed, and the status is 0" % (op.call, op.path)
        return None
    if status not in STATUSES:
        return "status %d after a failed %s of %s: %s" % (status, op.call, op.path, t.err)
    if TEXTS[error] not in t.err:
        return "no reason given for a failed %s of %s: %s" % (op.call, op.path, t.err)
    if any(o.call == "renameat" and o.to.endswith("/committed") and o.ret == 0 for o in after):
        return "a commit after a failed %s of %s" % (op.call, op.path)
    if op.call in ("fsync", "fdatasync"):
        again = [o for o in after if o.path == op.path and (o.call == "renameat" or o.call == op.call)]
        # A directory's next sync may be that of another entry, in the way back.
        if again and not os.path.isdir(op.path):
            return "%s of %s after its failed %s" % (again[0].call, op.path, op.call)
    return None


def one_error(env, line, numbered):
    number, (stage, call, n) = numbered
    error = ERRORS[number % len(ERRORS)]
    log = line.path("trace")
    prefix = trace.command(log, ",".join(sorted(CALLS)), 16) + ["-e", "inject=%s:error=%s:when=%d" % (call, error, n)]
    t = line.try_({stage: prefix})
    if t.hung:
        return True, "it does not end"
    ops = list(trace.operations(log))
    hit = next((op for op in ops if op.injected), None)
    if hit is None or hit.path.startswith(("/lib", "/usr", "/etc")):
        return False, line.finish(env.want)
    right = t.ok() and not pipeline.compare(line.outputs(), env.want)
    wrong = line.look(env.want) or judge(t, stage, error, ops, right)
    return True, wrong or line.finish(env.want)


def errors(env):
    chosen = pipeline.sample(pipeline.points(env.counts, CALLS), env.points, env.seed)
    return env.each("errors", list(enumerate(chosen)), one_error)
