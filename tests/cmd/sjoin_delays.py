"""Runs one join of two streams many times, with producers that stop at random moments: the bytes must be the same.

sjoin_delays.py RUNS
"""
import os
import random
import subprocess
import sys
import tempfile
import threading
import time


def trickle(path, data, rng, delays):
    """Writes the stream into the FIFO in pieces, with pauses."""
    with open(path, 'wb', buffering=0) as f:
        at = 0
        while at < len(data):
            n = rng.choice((1, 40, 700, 5000, 20000))
            f.write(data[at:at + n])
            at += n
            if rng.random() < delays:
                time.sleep(rng.random() * 0.002)


def run(dir_, streams, options, seed):
    rng = random.Random(seed)
    env = dict(os.environ, WEIR_HASH_SEED=str(seed % 7))
    writers = [threading.Thread(target=trickle, args=(f'{dir_}/{n}', data, random.Random(seed * 2 + i), rng.choice((0, 0.1, 0.5))))
               for i, (n, data) in enumerate(streams.items())]
    for w in writers:
        w.start()
    p = subprocess.run(['bash', '-o', 'pipefail', '-c', f'sjoin -q {options} {dir_}/l {dir_}/r'], env=env, capture_output=True)
    for w in writers:
        w.join()
    if p.returncode != 0 or p.stderr:
        sys.exit(f'run {seed}: status {p.returncode}: {p.stderr.decode()}')
    text = subprocess.run(['scat', '-O', 'json'], input=p.stdout, capture_output=True, check=True).stdout
    return text


def main():
    runs, rng = int(sys.argv[1]), random.Random(1)
    with tempfile.TemporaryDirectory() as dir_:
        streams = {}
        for name, n in (('l', 1500), ('r', 2000)):
            os.mkfifo(f'{dir_}/{name}')
            rows = ''.join('{"t":%d,"k":%d,"%s":%d}\n' % (1700000000 + i * 3000 // n - rng.choice((0, 0, 0, 2, 9)), rng.randrange(40), name, i)
                           for i in range(n))
            streams[name] = subprocess.run(['scat', '-q', '-i', 'json', '-t', '.t', '--time-format', 's', '-d', '5s'], input=rows.encode(),
                                           env=dict(os.environ, WEIR_FRAME_SIZE='2000'), capture_output=True, check=True).stdout
        for options in ('-k .k -w 20s --type full', '-k .k --asof --type left'):
            first = None
            for seed in range(runs // 2):
                text = run(dir_, streams, options, seed)
                first = first or text
                if text != first:
                    sys.exit(f'{options}: run {seed} differs')
            print(f'{options}: {runs // 2} runs, {first.count(bytes([10]))} lines, the same')


main()
