"""Judges tests/lib/join: every kind and type of join against the definition, pair by pair.

join_oracle.py PROGRAM CASES SEED
"""
import random
import subprocess
import sys

INTERVAL, TUMBLING, ASOF = 0, 1, 2
INNER, LEFT, RIGHT, FULL, SEMI, ANTI = range(6)
ANY = 2**63 - 1
WEEK, DAY = 7 * 86400 * 10**9, 86400 * 10**9


def start(t, size):
    origin = 4 * DAY if size % WEEK == 0 else 0
    return t - (t - origin) % size


def matches(conf, l, r):
    kind, _, before, after, size, tolerance = conf
    if l[2] == '-' or l[2] != r[2]:
        return False
    if kind == INTERVAL:
        return l[1] - before <= r[1] <= l[1] + after
    if kind == TUMBLING:
        return start(l[1], size) == start(r[1], size)
    return l[1] - tolerance <= r[1] <= l[1]


def expected(conf, ls, rs):
    kind, type_ = conf[:2]
    rows, used = [], set()
    for l in ls:
        with_l = [r for r in rs if matches(conf, l, r)]
        if kind == ASOF:
            with_l = sorted(with_l, key=lambda r: (r[1], r[0]))[-1:]
        used.update(r[0] for r in with_l)
        if type_ in (SEMI, ANTI):
            if bool(with_l) == (type_ == SEMI):
                rows.append((l[1], l[0], None))
            continue
        rows += [(max(l[1], r[1]), l[0], r[0]) for r in with_l]
        if not with_l and type_ in (LEFT, FULL):
            rows.append((l[1], l[0], None))
    if type_ in (RIGHT, FULL):
        rows += [(r[1], None, r[0]) for r in rs if r[0] not in used]
    big = 1 << 62
    rows.sort(key=lambda x: (x[0], big if x[1] is None else x[1], big if x[2] is None else x[2]))
    return rows


def generate(rng, conf):
    """Lines; and what is late, by the watermarks."""
    unit = rng.choice([1, 1, 1000, DAY]) if conf[0] == TUMBLING else 1
    conf = list(conf)
    conf[4] *= unit
    n = rng.choice([3, 10, 30, 60])
    span = rng.choice([5, 30, 100])
    delay = [rng.choice([0, 0, 3, 10]) * unit for _ in 'lr']
    keys = rng.choice([['a'], ['a', 'b', '-'], list('abcdefgh')])
    greatest, mark = [None, None], None
    base = rng.choice([0, -span * unit // 2, 10**18])
    lines, rows, late = ['case ' + ' '.join(map(str, conf))], ([], []), []
    for i in range(n):
        s = rng.random() < 0.5
        t = base + (i * span // n + rng.randrange(-4, 5)) * unit + rng.randrange(unit)
        k = rng.choice(keys)
        lines.append(f'{"lr"[s]} {t} {k}')
        seq = len(rows[s])
        gone = mark is not None and t < mark
        rows[s].append(None if gone else (seq, t, k))
        if gone:
            late.append(('lr'[s], seq))
            continue
        if greatest[s] is None or t > greatest[s]:
            greatest[s] = t
        if None not in greatest and rng.random() < 0.7:
            w = min(greatest[s] - delay[s] for s in (0, 1))
            if mark is None or w > mark:
                mark = w
                lines.append(f'w {w}')
        if rng.random() < 0.03:
            lines.append('s')
    lines.append('end')
    return conf, lines, [r for r in rows[0] if r], [r for r in rows[1] if r], late


def judge(conf, lines, ls, rs, late, got):
    fail = lambda why: sys.exit('\n'.join([why] + lines + ['got:'] + got))
    out, least, seen = [], None, []
    for g in got:
        w = g.split()
        if w[0] == 'late':
            seen.append((w[1], int(w[2])))
        elif w[0] == 'least':
            least = int(w[1])
        elif w[0] == 'left':
            if w[1] != '0':
                fail('rows are kept at the end')
        elif len(w) != 3:
            fail(g)
        else:
            row = (int(w[0]), None if w[1] == '-' else int(w[1]), None if w[2] == '-' else int(w[2]))
            if least is not None and row[0] < least:
                fail('below the least time that was told')
            out.append(row)
    if seen != late:
        fail(f'late: expected {late}')
    want = expected(conf, ls, rs)
    if out != want:
        fail(f'expected {want}')
    # What nothing undecided stands before comes out at once: pairs of an inner join when the watermark is beyond them.
    if conf[1] == INNER or conf[0] == ASOF:
        mark = None
        for line in lines:
            if line.startswith('w'):
                mark = int(line.split()[1])
        before_end = [g for g in got[:max([i for i, g in enumerate(got) if g.startswith('least')], default=-1) + 1]
                      if g[0] in '-0123456789']
        if mark is not None and len(before_end) != sum(1 for w in want if w[0] < mark):
            fail('an inner join holds rows back')
    return len(out), len(late)


def main():
    program, cases, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(seed)
    made = []
    for kind in (INTERVAL, TUMBLING, ASOF):
        for type_ in (INNER, LEFT, SEMI, ANTI) if kind == ASOF else range(6):
            for _ in range(cases):
                conf = (kind, type_, rng.choice([0, 1, 3, 10, 50]), rng.choice([0, 1, 3, 10, 50]),
                        rng.choice([1, 2, 7, 10]), rng.choice([0, 2, 10, ANY]))
                made.append(generate(rng, conf))
    text = '\n'.join(line for m in made for line in m[1]) + '\n'
    got = subprocess.run([program], input=text, capture_output=True, text=True, check=True).stdout.split('\n')
    at = rows = late = 0
    for m in made:
        end = at
        while not got[end].startswith('left'):
            end += 1
        n, k = judge(*m, got[at:end + 1])
        rows += n
        late += k
        at = end + 1
    print(f'{len(made)} cases, {rows} rows, {late} late')


main()
