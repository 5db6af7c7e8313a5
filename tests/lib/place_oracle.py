"""Places, judged: reading that was cut after every record is reading that was not.

  cuts        every format, alone and merged, packed and not, cut after every N things
  partial     a file that grows byte by byte, read by one run after the other
  rotation    runs between which the log is renamed, copied and cut, packed
  missing     what is gone
"""
import bz2, gzip, json, lzma, os, random, subprocess, sys

PLACE = os.path.join(os.environ["BUILD_DIR"], "tests/place")
fails = checks = 0


def place(*args, status=0):
    p = subprocess.run([PLACE, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    if p.returncode != status:
        raise AssertionError("place %s: status %d\n%s%s" % (args, p.returncode, p.stdout.decode()[-2000:], p.stderr.decode()[-2000:]))
    return p.stdout.decode().splitlines()


def same(what, want, got):
    global fails, checks
    checks += 1
    if want == got:
        return True
    fails += 1
    for i in range(max(len(want), len(got))):
        a = want[i] if i < len(want) else None
        b = got[i] if i < len(got) else None
        if a != b:
            print("FAILED: %s, line %d\n  want %s\n  got  %s" % (what, i + 1, a, b))
            break
    return False


def put(name, data):
    with open(name, "wb") as f:
        f.write(data)
    return name


def zst(data):
    return subprocess.run(["zstd", "-c", "-q"], input=data, stdout=subprocess.PIPE, check=True).stdout


PACKERS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zst}


def jsonl(r, n, step=1000, jitter=0):
    t, out = 1700000000000 + r.randrange(2000), b""
    for i in range(n):
        t += r.randrange(step)
        d = {"ts": t - r.randrange(jitter + 1), "i": i, "s": "x" * r.choice([0, 3, 40, 400])}
        out += json.dumps(d).encode() + r.choice([b"\n", b"\n", b"\r\n", b"\n\n", b" \n"])
        if r.random() < 0.1:
            out += r.choice([b'{"ts":}\n', b"junk\n", b'{"ts":"no time","i":1}\n', b"[]\n", b'[{"ts":%d},{"ts":%d,"a":[1]},3]\n' % (t, t)])
    return out


def spans(r, n):
    out = b""
    for i in range(n):
        out += json.dumps({"ts": 1700000000 + i * 7, "i": i, "a": [1, {"b": None}]}, indent=r.choice([1, 2])).encode() + b"\n" * r.choice([1, 2])
        if r.random() < 0.15:
            out += r.choice([b'{\n"a":,\n"b":1}\n', b'{"x":1} y\n', b'{"k":\n1,\n}\n', b"[\n{},\n3]\n", b"[\n]\n"])
    return out


def array(r, n):
    out = b"[\n"
    for i in range(n):
        out += (b", \n " if i else b"") + json.dumps({"ts": 1700000000 + i * 7, "i": i}, indent=r.choice([None, 1])).encode()
        if r.random() < 0.1:
            out += r.choice([b' x\n', b',\n{"a":,}', b",\n7"])
    return out + b"\n]\n" + r.choice([b"", b'{"ts":\n1800000000}\n', b"[\n1,\n2\n]\n", b"[\n1\n] x\n5\n"])


def csv(r, n, header=True):
    out = b"time,name,note\r\n" if header else b""
    for i in range(n):
        out += b"2026-01-02T03:%02d:%02dZ,%d," % (i // 60 % 60, i % 60, i) + r.choice([b"", b"plain", b'"two\nlines, ""q"""', b'"\r\n"', b"'"]) + r.choice([b"\n", b"\r\n"])
        if r.random() < 0.12:
            out += r.choice([b"\n", b"1,2\n", b'a,"b"c,d\n', b"1,2,3,4\n", b'x,"y\nz"w,1\n'])
    return out


def tsv(r, n, header=True):
    out = r.choice([b"", b"\n\r\n"]) + (r.choice([b"time\tname\tno\\tte\n", b"time\tname\tnote\r\n"]) if header else b"")
    for i in range(n):
        out += b"2026-01-02T03:%02d:%02dZ\t%d\t" % (i // 60 % 60, i % 60, i) + r.choice([b"", b"plain", b"a\\tb\\n", b"\\"]) + r.choice([b"\n", b"\r\n"])
        if r.random() < 0.12:
            out += r.choice([b"\n", b"1\t2\n", b"1\t2\t3\t4\n", b"x\ty\n"])
    return out


def logfmt(r, n):
    out = b""
    for i in range(n):
        out += b'time=2026-01-02T03:%02d:%02dZ i=%d msg="a \\"b\\"" flag\n' % (i // 60 % 60, i % 60, i)
        if r.random() < 0.1:
            out += r.choice([b"\n", b'a="open\n', b"=x\n"])
    return out


def common(r, n):
    return combined(r, n).replace(b' "-" "a \\" b"', b"")


def combined(r, n):
    out = b""
    for i in range(n):
        out += b'10.0.0.%d - - [02/Jan/2026:03:%02d:%02d +0000] "GET /%d HTTP/1.1" 200 %d "-" "a \\" b"\n' % (i % 256, i // 60 % 60, i % 60, i, i)
        if r.random() < 0.1:
            out += r.choice([b"\n", b"nothing\n", b'10.0.0.1 - - [bad] "" 200 1 "-" "-"\n'])
    return out


def lines(r, n):
    return b"".join(bytes(r.randrange(256) for _ in range(r.randrange(20))) .replace(b"\n", b"") + r.choice([b"\n", b"\n", b"\r\n", b"\n\n"]) for _ in range(n))


BOM = b"\xef\xbb\xbf"
MAKERS = {"json": jsonl, "json spans": spans, "json array": array, "csv": csv, "tsv": tsv, "logfmt": logfmt,
          "combined": combined, "common": common, "lines": lines}


def cut_all(what, args, every=(1, 2, 7), status=0):
    want = place(*args, status=status)
    for n in every:
        same("%s, cut after %d: %s" % (what, n, " ".join(map(str, args))), want, place("-e", n, *args, status=status))


def cuts(rounds):
    for k in range(rounds):
        r = random.Random(k)
        for what, make in MAKERS.items():
            fmt = what.split()[0]
            data = make(r, r.choice([1, 3, 30, 60]))
            if r.random() < 0.3 and fmt != "lines":
                data = BOM + data
            if r.random() < 0.3:
                data = data.rstrip(b"\n")
            f = put("one", data)
            opts = r.choice([[], ["-p"], ["-p", "-f"], ["-m", 60]]) + r.choice([[], ["-d", 5000000000]])
            cut_all(what, opts + ["-i", fmt, f])
            if fmt != "lines":
                cut_all(what + ", told by itself", opts + [f])
            ext = r.choice(list(PACKERS))
            cut_all(what + ext, opts + ["-i", fmt, put("one" + ext, PACKERS[ext](data))], every=(1, 5))
        cut_all("csv without a header", ["-i", "csv", "-H", put("bare", csv(r, 20, False))])
        cut_all("tsv without a header", ["-i", "tsv", "-H", put("bare", tsv(r, 20, False))])
        cut_all("tsv, one column", ["-i", "tsv", put("one", b"\na\n1\n\n2\n\t\n3\n")])
        for fmt in "csv", "tsv":
            cut_all("no header to go by", ["-m", 50, "-i", fmt, put("one", b"a" * 60 + b"\nb\n1\n")], (1, 2), 1)
        log = put("one", combined(r, 20))
        cut_all("a pattern", ["-i", "regex:^(?<who>[0-9.]+) - - \\[(?<time>[^]]*)", log])
        cut_all("a pattern", ["-i", 'nginx:$remote_addr - - [$time_local] "$request" $status $rest', log])
        cut_all("a pattern", ["-i", 'apache:%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i"', log])
        cut_all("csv, huge header", ["-i", "csv", put("wide", b",".join(b'"c\n%d"' % i for i in range(900)) + b"\n" + b",".join(b"%d" % i for i in range(900)) + b"\n1\n" * 3)])
        files = [put("m%d" % i, jsonl(r, 25, 3000, 2000)) for i in range(3)]
        files += [put("c.csv", csv(r, 10)), put("plain", b"a\nb\nc\n"), put("nothing", b"")]
        files += [put("m.gz", gzip.compress(jsonl(r, 15, 3000)))]
        r.shuffle(files)
        for opts in [], ["-I"], ["-p"], ["-p", "-I"], ["-p", "-f"]:
            cut_all("merged", opts + ["-d", 1000000000] + files, every=(1, 3, 11))
        big = b"".join(b'{"ts":%d,"pad":"%s"}\n' % (1700000000 + i, b"y" * r.choice([10, 5000, 90000])) for i in range(60))
        cut_all("large", [put("large", big)])
        cut_all("large.gz", [put("large.gz", gzip.compress(big, 1))])
        os.makedirs("dir", exist_ok=True)
        for i in range(4):
            put("dir/%d.jsonl" % i, jsonl(r, 8))
        put("dir/.hidden", b"no\n")
        cut_all("directory", ["dir"])
        cut_all("directory, partial", ["-p", "dir", files[0]])
        cut_all("overlong", ["-m", 50, "-i", "lines", put("long", b"a\n" + b"b" * 300000 + b"\nc\n" + b"d" * 60 + b"\ne")])
        cut_all("overlong csv", ["-m", 50, "-i", "csv", put("long", b"a,b\n1," + b"b" * 300000 + b"\n1,2\n" + b"d" * 60 + b",\n3,4\n")])


def events(out):
    return [x for x in out if not x.startswith(("waiting", "end"))]


def partial(rounds):
    """One run after the other over a file that grows; together they are one run over the whole of it."""
    for k in range(rounds):
        r = random.Random(k)
        for what, make in MAKERS.items():
            fmt = what.split()[0]
            data = make(r, r.choice([1, 2, 6]))
            if r.random() < 0.3 and fmt != "lines":
                data = BOM + data
            opts = r.choice([[], ["-i", fmt], ["-i", fmt, "-m", 70]])
            whole = place(*opts, put("whole", data))
            if fmt == "combined" and opts == [] and not data.startswith(b"10."):
                continue
            for f in ("state", "grown"):
                if os.path.exists(f):
                    os.unlink(f)
            got, at = [], 0
            while at < len(data) or not got:
                at = min(len(data), at + r.choice([1, 2, 3, 17, 60, 200]))
                with open("grown", "ab") as f:
                    f.write(data[os.path.getsize("grown"):at])
                got += events(place("-p", "-s", "state", *opts, "grown"))
                if at == len(data):
                    break
            got += events(place("-p", "-f", "-s", "state", *opts, "grown"))
            # The watermark is the run's to restate: here each begins without one.
            strip = lambda out: [" ".join(x.split(" ")[:4] + x.split(" ")[5:]) if x.startswith("record") else x for x in events(out)]
            same("%s in pieces, %s" % (what, opts), strip(whole), strip(got))


def record(i):
    return json.dumps({"ts": 1700000000000 + i, "i": i, "pad": "z" * (i % 50)}).encode() + b"\n"


def numbers(out):
    return [json.loads(x.split(" ", 5)[5])["i"] for x in out if x.startswith("record")]


def logs(d):
    return sorted(d + "/" + x for x in os.listdir(d) if x.startswith("app.log"))


def pack(name, ext):
    st = os.stat(name)
    with open(name, "rb") as f:
        put(name + ext, PACKERS[ext](f.read()))
    os.utime(name + ext, ns=(st.st_atime_ns, st.st_mtime_ns))
    os.unlink(name)


def rotation(rounds):
    for k in range(rounds):
        r = random.Random(k)
        d = "rot%d" % k
        os.makedirs(d)
        log, state, i, got, seen = d + "/app.log", d + "/state.weir", 0, [], 0
        operands = lambda: [log] if k % 2 else logs(d)
        fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        place("-p", "-s", state, log)
        for step in range(40):
            for _ in range(r.choice([0, 1, 5, 300])):
                os.write(fd, record(i))
                i += 1
            half = r.random() < 0.3
            line = record(i)
            if half:
                os.write(fd, line[: len(line) // 2])
            if r.random() < 0.7:
                got += numbers(place("-p", "-s", state, *r.choice([[], [], ["-n", r.randrange(1, 200)]]), *operands()))
                seen = os.path.getsize(log)
            if half:
                os.write(fd, line[len(line) // 2:])
                i += 1
            if r.random() < 0.4:
                # A file that was empty when it was looked at is known by its inode alone.
                old = d + "/app.log.%d" % step
                if seen and r.random() < 0.4:
                    os.system("cp %s %s" % (log, old))
                    os.ftruncate(fd, 0)
                else:
                    os.close(fd)
                    os.rename(log, old)
                    fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
                if seen and r.random() < 0.6:
                    pack(old, r.choice(list(PACKERS)))
                got += numbers(place("-p", "-s", state, *operands()))
                seen = os.path.getsize(log)
                if r.random() < 0.3:
                    for x in logs(d)[1:]:
                        os.unlink(x)
        got += numbers(place("-p", "-f", "-s", state, *operands()))
        same("rotation %d" % k, list(range(i)), got)


def missing(_):
    log = put("app.log", b"".join(record(i) for i in range(100)))
    place("-p", "-s", "st", "-n", "10", log)
    os.unlink(log)
    out = place("-p", "-s", "st", log, status=66)
    same("unread and gone", ["missing app.log: what follows line 10 (offset %d) was not read yet and is gone: no file of that name or beside it has what came before"
                             % sum(len(record(i)) for i in range(10))], out)
    put(log, b"".join(record(i) for i in range(200, 203)))
    out = place("-p", "-s", "st", log, status=66)
    out = place("-p", "-k", "-s", "st", log)
    same("skipped", [200, 201, 202], numbers(out))
    same("and said", True, out[-2].startswith("app.log: what follows line 10 "))
    os.unlink(log)
    same("read and gone", [], numbers(place("-p", "-s", "st", log)))
    same("still gone", [], numbers(place("-p", "-s", "st", log)))
    put(log, record(7))
    same("a new one", [7], numbers(place("-p", "-s", "st", log)))
    put("other.log", record(8))
    same("another operand", [8], numbers(place("-p", "-s", "st", "other.log")))
    same("both", [7], numbers(place("-p", "-s", "st", "other.log", log)))
    put("half", record(1) + b'{"i":2')
    out = place("-p", "half")
    same("half a line", ["waiting half 6", "end"], out[1:])
    put("half", gzip.compress(record(1) + b'{"i":2}'))
    same("the end of a packed file is one", [1, 2], numbers(place("-p", "half")))


if __name__ == "__main__":
    {"cuts": cuts, "partial": partial, "rotation": rotation, "missing": missing}[sys.argv[1]](int(sys.argv[2]))
    print("%d checks, %d failed" % (checks, fails))
    sys.exit(fails != 0)
