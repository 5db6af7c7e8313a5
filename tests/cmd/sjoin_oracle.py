"""Judges sjoin by sqlite3: the join written as SQL over the same rows, for generated streams with late and out-of-order
records.

sjoin_oracle.py CASES SEED [KIND...]   kinds: interval tumbling asof

A case is a handful of rows of both sides with keys of their own, at times of their own; all cases of a kind and type are one
run of sjoin. What is late is SQL too: a row below the greatest time before it on its side, less the delay.
"""
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile

TYPES = {'interval': ('inner', 'left', 'right', 'full', 'semi', 'anti'),
         'tumbling': ('inner', 'left', 'right', 'full', 'semi', 'anti'),
         'asof': ('inner', 'left', 'semi', 'anti')}
GAP = 1000


def rows_of(rng, cases, disorder):
    """Rows (time, key as JSON or None) of one side."""
    rows = []
    for case in range(cases):
        base, n = 1700000000 + case * GAP, rng.randrange(0, 13)
        span = rng.choice((3, 15, 40))
        for i in range(n):
            t = base + 100 + i * span // n + rng.randrange(-disorder, disorder + 1)
            k = rng.choice(('a', 'a', 'a', 'b', 1, 1.0, '1', None, ...))
            if isinstance(k, str):
                k = f'{case}{k}' if k != '1' else str(case)
            elif k is not None and k is not ...:
                k = case * type(k)(k)
            rows.append((t, k))
    return rows


# MODEL_SPILL: a directory; WEIR_SPILL_EVERY says how often.
SPILL = f"--spill {os.environ['MODEL_SPILL']}" if 'MODEL_SPILL' in os.environ else ''


def write(path, rows, field):
    with open(path, 'w') as f:
        for i, (t, k) in enumerate(rows):
            key = '' if k is ... else f'"k":{json.dumps(k)},'
            f.write(f'{{"t":{t},{key}"{field}":{i}}}\n')


def fill(db, name, rows, delay):
    db.execute(f'create table raw_{name}(seq integer primary key, t, k)')
    db.executemany(f'insert into raw_{name} values (?,?,?)',
                   [(i, t, None if k is ... else k) for i, (t, k) in enumerate(rows)])
    db.execute(f'''create table {name} as select seq, t, k from (select *, max(t) over
        (order by seq rows between unbounded preceding and 1 preceding) - {delay} as mark from raw_{name})
        where mark is null or t >= mark''')
    db.execute(f'create index i_{name} on {name}(k, t)')


def sql(kind, type_, a):
    if kind == 'interval':
        on = f"l.k = r.k and r.t between l.t - {a['before']} and l.t + {a['after']}"
    elif kind == 'tumbling':
        on = f"l.k = r.k and l.t / {a['size']} = r.t / {a['size']}"
    else:
        tol = f"and x.t >= l.t - {a['tolerance']}" if a['tolerance'] is not None else ''
        on = f'''r.seq = (select x.seq from r x where x.k = l.k and x.t <= l.t {tol} order by x.t desc, x.seq desc limit 1)'''
    pairs = f'select max(l.t, r.t) as at, l.seq as n, r.seq as m from l join r on {on}'
    lone_l = f'select l.t as at, l.seq as n, null as m from l where not exists (select 1 from r where {on})'
    lone_r = f'select r.t, null, r.seq from r where not exists (select 1 from l where {on})'
    some_l = f'select l.t as at, l.seq as n, null as m from l where exists (select 1 from r where {on})'
    parts = {'inner': [pairs], 'left': [pairs, lone_l], 'right': [pairs, lone_r], 'full': [pairs, lone_l, lone_r],
             'semi': [some_l], 'anti': [lone_l]}[type_]
    return f"select * from ({' union all '.join(parts)}) order by at, n is null, n, m"


def want(kind, type_, got_sql, left, right):
    """The lines that sjoin should write."""
    out = []
    all_ = type_ in ('right', 'full')
    for at, n, m in got_sql:
        rec = {}
        if n is not None:
            t, k = left[n]
            rec['t'] = t
            if k is not ...:
                rec['k'] = k
            rec['n'] = n
        if m is not None:
            t, k = right[m]
            if n is None and k is not ...:
                rec['k'] = k
            rec['right_t'] = t if all_ or n is not None else None
            rec['right_m' if all_ else 'm'] = m
        out.append(json.dumps(rec, separators=(',', ':')))
    return out


def options(kind, a):
    if kind == 'interval':
        if a['before'] == a['after']:
            return ['-w', f"{a['before']}s"]
        return ['--before', f"{a['before']}s", '--after', f"{a['after']}s"]
    if kind == 'tumbling':
        return ['--tumbling', f"{a['size']}s"]
    return ['--asof'] + (['--tolerance', f"{a['tolerance']}s"] if a['tolerance'] is not None else [])


def run(rng, kind, type_, cases, dir_):
    a = {'before': rng.choice((0, 2, 5, 20)), 'after': rng.choice((0, 2, 5, 20)), 'size': rng.choice((5, 7, 30)),
         'tolerance': rng.choice((None, 0, 5, 20))}
    disorder, delays = rng.choice((0, 3, 10)), [rng.choice((0, 2, 15)) for _ in 'lr']
    sides = [rows_of(rng, cases, disorder) for _ in 'lr']
    db = sqlite3.connect(':memory:')
    for name, rows, delay, field in zip('lr', sides, delays, 'nm'):
        write(f'{dir_}/{name}', rows, field)
        fill(db, name, rows, delay)
    lines = want(kind, type_, db.execute(sql(kind, type_, a)).fetchall(), *sides)
    env = dict(os.environ, WEIR_FRAME_SIZE=str(rng.choice((1, 300, 65536))), WEIR_HASH_SEED=str(rng.randrange(9)))
    read = ' '.join(f'<(scat -q -i json -t .t --time-format s -d {d}s {dir_}/{name})' for d, name in zip(delays, 'lr'))
    command = f"sjoin -q -k .k --type {type_} --late {dir_}/late --stats {dir_}/stats {' '.join(options(kind, a))} {SPILL} {read} | scat -O json"
    got = subprocess.run(['bash', '-o', 'pipefail', '-c', command], env=env, capture_output=True, text=True)
    if got.returncode != 0 or got.stderr:
        sys.exit(f'{command}: status {got.returncode}: {got.stderr}')
    lines_got = got.stdout.splitlines()
    if lines_got != lines:
        i = next((i for i, (x, y) in enumerate(zip(lines, lines_got)) if x != y), min(len(lines), len(lines_got)))
        sys.exit(f'{command}\nline {i + 1} of {len(lines)} and {len(lines_got)}:\n'
                 + '\n'.join(f'  sql   {x}' for x in lines[max(0, i - 2):i + 3]) + '\n'
                 + '\n'.join(f'  sjoin {x}' for x in lines_got[max(0, i - 2):i + 3]))
    kept = [db.execute(f'select count(*) from {n}').fetchone()[0] for n in 'lr']
    late = sum(map(len, sides)) - sum(kept)
    told = json.load(open(f'{dir_}/stats'))['late']
    file = subprocess.run(['scat', '-O', 'json', f'{dir_}/late'], capture_output=True, text=True, check=True).stdout
    if told != late or file.count('\n') != late:
        sys.exit(f'{command}\n{told} late records in --stats, {file.count(chr(10))} in the file, {late} by SQL')
    return len(lines), late


def main():
    cases, seed = int(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as dir_:
        for kind in sys.argv[3:] or TYPES:
            for type_ in TYPES[kind]:
                rows = late = 0
                for _ in range(5):
                    n, k = run(rng, kind, type_, cases // 5, dir_)
                    rows += n
                    late += k
                print(f'{kind} {type_}: {cases} cases, {rows} rows out, {late} late')


main()
