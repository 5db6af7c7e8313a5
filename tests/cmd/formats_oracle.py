"""Random and real lines for scat's line formats, judged by readers written anew in Python (re, json) and by mlr.
Usage: formats_oracle.py CHECK COUNT"""
import json
import os
import random
import re
import shutil
import subprocess
import sys
from datetime import datetime, timezone

rnd = random.Random(20090720)
NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
IS_NUMBER = re.compile(NUMBER + r"\Z")


def fail(*what):
    print(*what, sep="\n")
    sys.exit(1)


def scat(args, data, status=0):
    p = subprocess.run(["scat", "-q", *args], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if p.returncode != status:
        fail("status %d: %s" % (p.returncode, args), p.stderr.decode(errors="replace"), repr(data[:1000]))
    return p.stdout


def records(args, data):
    """What scat makes of the lines: (JSON texts of the good ones, numbers of the bad ones)."""
    if os.path.exists("rejects"):
        os.remove("rejects")
    out = scat([*args, "-O", "json", "--rejects", "rejects"], data).decode()
    bad = [json.loads(x)["line"] for x in open("rejects")] if os.path.exists("rejects") else []
    return out.splitlines(), bad


class Raw:
    """A number, by its text."""
    def __init__(self, text):
        self.text = text


def dump(fields):
    """JSON as scat writes it: (name, value) pairs; a Raw as it stands."""
    parts = []
    for name, v in fields:
        parts.append(json.dumps(name, ensure_ascii=False) + ":" + (v.text if isinstance(v, Raw) else json.dumps(v, ensure_ascii=False)))
    return "{" + ",".join(parts) + "}"


def normal(text):
    """Python and weir escape control characters differently: 0x7f and letters."""
    return json.dumps(json.loads(text, parse_int=str, parse_float=str), ensure_ascii=False)


def compare(args, lines, reader, ends="\n"):
    data = ends.join(lines) + rnd.choice(["", ends])
    want, bad = [], []
    for i, line in enumerate(lines):
        if not line.strip(" \t\r"):
            continue
        fields = reader(line)
        if fields is None:
            bad.append(i + 1)
        else:
            want.append((line, dump(fields)))
    got, gotbad = records(args, data.encode())
    if gotbad != bad:
        n = sorted(set(gotbad) ^ set(bad))[0]
        fail("bad lines differ: %s" % args, "scat: %s" % gotbad, "here: %s" % bad, repr(lines[n - 1]))
    for (line, w), g in zip(want, got):
        if normal(w) != normal(g):
            fail("differs: %s" % args, repr(line), "want: " + w, "got:  " + g)
    if len(want) != len(got):
        fail("want %d records, got %d" % (len(want), len(got)))
    return len(want), len(bad)


# --- log formats ---

def clf(text):
    if not re.match(r"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2} [-+][0-9]{4}\Z", text):
        return None
    try:
        t = datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z")
    except ValueError:
        return None
    if not 1678 <= t.year <= 2261:
        return None  # beyond what 64 bits of nanoseconds hold
    return t.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def number(text):
    return Raw(text)


def inferred(text):
    return Raw(text) if IS_NUMBER.match(text) else text


# ", " and " : " are between the elements of a list: it ends at neither.
LIST = r"|.*?[^,:](?! : )"
# what nginx calls it, what Apache calls it, the fields, a regular expression for unquoted text, what its text means, a maker
KINDS = [
    ("$remote_addr", "%h", "addr", ".*?", str, lambda: rnd.choice(["10.0.0.1", "::1", "host.example", "-"])),
    ("$remote_user", "%u", "user", ".*?", str, lambda: rnd.choice(["-", "bob", "al bert", "x[y", "a\"b"])),
    ("$status", "%>s", "status", "-|[0-9]{3}", lambda t: Raw(t.lstrip("0") or "0"), lambda: rnd.choice(["200", "404", "000", "099"])),
    ("$body_bytes_sent", "%b", "bytes", "-|" + NUMBER, number, lambda: rnd.choice(["0", "512", "-", "12345678901234567890"])),
    ("$http_user_agent", "%{User-Agent}i", "agent", ".*?", str, lambda: rnd.choice(["-", "curl/7.88", "Mozilla/5.0 (X11; Linux)", "q\\\"q\\\\", "\\x22"])),
    ("$http_referer", "%{Referer}i", "referer", ".*?", str, lambda: rnd.choice(["-", "http://a/b?c=\\x22", "\u00e9"])),
    ("$request_time", "%D", {"nginx": "request_time", "apache": "duration_us"}, "-|" + NUMBER, number, lambda: rnd.choice(["0.001", "17", "-"])),
    ("$http_x_forwarded_for", "%{X-Forwarded-For}i", {"nginx": "http_x_forwarded_for", "apache": "x_forwarded_for"}, LIST, str,
     lambda: rnd.choice(["-", "1.2.3.4", "1.2.3.4, 5.6.7.8", "a, b, c", "a : b, c", "unknown"])),
    ("$host", "%v", {"nginx": "host", "apache": "vhost"}, ".*?", str, lambda: rnd.choice(["example.org", "-", ""])),
]
REQUESTS = ["GET / HTTP/1.1", "POST /a?b=c HTTP/2.0", "-", "", "\\x16\\x03", "GET /a b HTTP/1.0", "GET  / HTTP/1.0", "GET /x", "\\\"", "a b c d"]


def layout(server):
    """A random format: (its text, a regular expression, the groups' meanings, makers of lines)."""
    names, text, pattern, groups, makers = [], "", "", [], []
    lead = rnd.choice(["", "", "", "<", "v1 ", "%" if server == "nginx" else "%%"])
    text += lead
    pattern += re.escape(lead.replace("%%", "%"))
    makers.append(lead.replace("%%", "%"))
    kinds = rnd.sample(KINDS, rnd.randrange(1, 7)) + [None, "time"][:rnd.randrange(3)]
    rnd.shuffle(kinds)
    for i, kind in enumerate(kinds):
        last = i + 1 == len(kinds)
        quoted = rnd.random() < 0.5 and kind != "time"
        sep = rnd.choice([" ", " ", " ", "|", " - ", "; x=", ", "]) if not last else rnd.choice(["", "", "", ">", " end"])
        q = '\\"' if server == "apache" and quoted else '"' if quoted else ""
        before, after = ('"', '"') if quoted else ("", "")
        inside = r'(?:\\.|[^"\\])*'
        if kind is None:
            text += q + ("$request" if server == "nginx" else "%r") + q + sep
            groups.append(("request", None))
            body = inside if quoted else ".*?"
            makers.append(lambda: rnd.choice(REQUESTS))
        elif kind == "time":
            if server == "nginx":
                before, after = "[", "]"
                text += "[$time_local]" + sep
            else:
                before, after = "[", "]"
                text += "%t" + sep
            body = r"-|[0-9]{2}/(?:Jan|May|Dec)/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2} [-+][0-9]{4}"
            groups.append(("time", clf))
            makers.append(lambda: rnd.choice(["17/May/2015:08:05:32 +0000", "31/Dec/1999:23:59:59 -0530", "01/Jan/2024:00:00:00 +1400"]))
        else:
            text += q + kind[0 if server == "nginx" else 1] + q + sep
            name = kind[2] if isinstance(kind[2], str) else kind[2][server]
            groups.append((name, kind[4]))
            body = inside if quoted and kind[3] in (".*?", LIST) else ".*?" if last and kind[3] == LIST else kind[3]
            makers.append(kind[5])
        pattern += re.escape(before) + "(" + body + ")" + re.escape(after + sep)
        makers[-1] = (before, makers[-1], after + sep)
    return text, re.compile(pattern + r"\Z", re.S), groups, makers


def read_layout(pattern, groups):
    def reader(line):
        m = pattern.match(line[:-1] if line.endswith("\r") else line)
        if m is None:
            return None
        fields = []
        for (name, meaning), text in zip(groups, m.groups()):
            if name == "request":
                words = text.split(" ")
                if len(words) == 3 and all(words):
                    fields += [(n, None if w == "-" else w) for n, w in zip(("method", "path", "protocol"), words)]
                else:
                    fields += [("method", None), ("path", None if text == "-" else text), ("protocol", None)]
            elif text == "-":
                fields.append((name, None))
            else:
                fields.append((name, meaning(text)))
                if name == "time" and fields[-1][1] is None:
                    return None
        return fields
    return reader


def mutate(line):
    for _ in range(rnd.randrange(1, 3)):
        at = rnd.randrange(len(line) + 1)
        line = line[:at] + rnd.choice(["", "\"", "\\", " ", "-", "[", "x", "9"]) + line[at + rnd.randrange(2):]
    return line


def check_layout(count, server):
    good = bad = 0
    for _ in range(count):
        text, pattern, groups, makers = layout(server)
        lines = []
        for _ in range(30):
            line = makers[0] + "".join(b + make() + a for b, make, a in makers[1:])
            lines.append(mutate(line) if rnd.random() < 0.4 else line)
        wrapped = text
        if server == "nginx" and rnd.random() < 0.3:
            cut = rnd.randrange(len(text) + 1)
            while cut < len(text) and (text[cut].isalnum() or text[cut] in "_$"):
                cut += 1
            wrapped = "log_format x '%s'\n  '%s';" % (text[:cut], text[cut:])
        elif server == "apache" and rnd.random() < 0.3:
            wrapped = 'LogFormat "%s" x' % text
        g, b = compare(["-i", server + ":" + wrapped], lines, read_layout(pattern, groups), rnd.choice(["\n", "\r\n"]))
        good, bad = good + g, bad + b
    if good < 5 * count or bad < count:
        fail("too few: %d good, %d bad" % (good, bad))


def check_nginx(count):
    check_layout(count, "nginx")


def check_apache(count):
    check_layout(count, "apache")


def check_common(count):
    pattern = re.compile(r'([^ \["][^ ]*) ([^ \["][^ ]*) ((?!\[)(?:(?! \[).)+) \[([^\]]{26})\] "((?:\\.|[^"\\])*)" ([0-9]{3}|-) (-|0|[1-9][0-9]*)\Z')
    names = ["addr", "ident", "user", "time", None, "status", "bytes"]

    def reader(line):
        m = pattern.match(line[:-1] if line.endswith("\r") else line)
        if m is None or m[6][0] == "0" or clf(m[4]) is None:
            return None
        fields = []
        for name, text in zip(names, m.groups()):
            if name is None:
                words = text.split(" ")
                if len(words) == 3 and all(words):
                    fields += [(n, None if w == "-" else w) for n, w in zip(("method", "path", "protocol"), words)]
                else:
                    fields += [("method", None), ("path", None if text == "-" else text), ("protocol", None)]
            else:
                fields.append((name, None if text == "-" else clf(text) if name == "time" else
                               Raw(text) if name in ("status", "bytes") else text))
        return fields

    for _ in range(count):
        lines = []
        for _ in range(30):
            line = '%s - %s [17/May/2015:08:05:%02d +0000] "%s" %s %s' % (
                rnd.choice(["1.2.3.4", "h"]), rnd.choice(["-", "bob", "al bert"]), rnd.randrange(60), rnd.choice(REQUESTS),
                rnd.choice(["200", "404"]), rnd.choice(["0", "-", "99"]))
            lines.append(mutate(line) if rnd.random() < 0.4 else line)
        compare(["-i", "common"], lines, reader, rnd.choice(["\n", "\r\n"]))


# --- logfmt ---

PAIR = re.compile(r'([^ \t="]+)(?:(=)(?:"((?:\\.|[^"\\])*)"(?=[ \t]|\Z)|(?!")([^ \t]*)))?(?:[ \t]+|\Z)', re.S)


def read_logfmt(line):
    line = line[:-1] if line.endswith("\r") else line
    at, fields = len(line) - len(line.lstrip(" \t")), {}
    while at < len(line):
        m = PAIR.match(line, at)
        if m is None:
            return None
        at = m.end()
        if m[2] is None:
            v = True
        elif m[3] is not None:
            try:
                v = json.loads('"' + m[3] + '"')
            except ValueError:
                v = m[3]
        else:
            v = {"true": True, "false": False, "null": None}.get(m[4], inferred(m[4]))
        fields[m[1]] = v
    return list(fields.items())


def check_logfmt(count):
    keys = ["a", "level", "msg", "x.y", "tz", "\u00e9", "k" * 40, "it's", "a/b", "back\\slash"]
    values = ["", "1", "-0.5e3", "01", "true", "null", "falsely", "word", "a=b", "q\"q", '"two words"', '"q\\"q\\\\"', '"\\u00e9\\n"', '"\\x1b"',
              '"true"', '""', '"x=1"', '"\\ud83d\\ude00"', "http://x/?a=b&c", "12345678901234567890", '"\t"']
    good = bad = 0
    for _ in range(count):
        same = rnd.sample(keys, rnd.randrange(1, 6))
        lines = []
        for _ in range(30):
            ks = same if rnd.random() < 0.6 else [rnd.choice(keys) for _ in range(rnd.randrange(1, 8))]
            line = rnd.choice([" ", " ", "\t", "  "]).join(k if rnd.random() < 0.1 else k + "=" + rnd.choice(values) for k in ks)
            lines.append(mutate(line) if rnd.random() < 0.3 else line)
        g, b = compare(["-i", "logfmt"], lines, read_logfmt, rnd.choice(["\n", "\r\n"]))
        good, bad = good + g, bad + b
    if good < 5 * count or bad < count:
        fail("too few: %d good, %d bad" % (good, bad))


def check_logfmt_data(_):
    text = open(os.path.join(os.environ["WEIR_DATA"], "logs/logfile_logfmt.0"), encoding="utf-8").read()
    n, _ = compare(["-i", "logfmt"], text.split("\n"), read_logfmt)
    if n == 0:
        fail("nothing was read")


def check_mlr(count):
    """Unquoted logfmt is mlr's dkvp with other separators; tsv is its tsv, escapes and all."""
    if shutil.which("mlr") is None:
        fail("no mlr")
    lines, rows = [], ["a\tb\tc"]
    cells = ["x", "y z", "1.5", "a\\tb", "c\\\\d", "e\\nf", "g\\h", "", "\"q\"", "a\"b"]
    for _ in range(count):
        lines.append(" ".join("%s=%s" % (k, rnd.choice(["x", "y", "12", "a:b", "3.25"])) for k in ("k", "l", "m")))
        rows.append("\t".join(rnd.choice(cells) for _ in range(3)))

    def mlr(args, data):
        return subprocess.run(["mlr", "--ojsonl", *args, "cat"], input=data, stdout=subprocess.PIPE, check=True).stdout.decode()
    for ours, theirs, data in ((["-i", "logfmt"], ["--idkvp", "--ifs", "space"], lines), (["-i", "tsv"], ["--itsv"], rows)):
        data = ("\n".join(data) + "\n").encode()
        got = [json.loads(x) for x in scat([*ours, "-O", "json"], data).decode().splitlines()]
        want = [json.loads(x) for x in mlr(theirs, data).splitlines()]
        if got != want:
            fail("differs from mlr", *[(g, w) for g, w in zip(got, want) if g != w][:3])


# --- tsv ---

def untab(text):
    return re.sub(r"\\([tnr\\])", lambda m: {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}[m[1]], text)


def check_tsv(count):
    cells = ["", "a", "1", "-0.50", "01", "q\"q\"", "\\t", "\\\\n", "\\n", "\\r", "\\x", "\\", "true", "\u00e9\\\\", " s ", "x" * 70, "long \\t \"text\" with more than sixty-four bytes in it, escapes and all"]
    for _ in range(count):
        width = rnd.randrange(1, 6)
        head = ["n%d" % i for i in range(width)]
        rows = [[rnd.choice(cells) for _ in range(width if rnd.random() < 0.9 else rnd.randrange(1, 8))] for _ in range(40)]
        end = rnd.choice(["\n", "\r\n"])
        data = end.join("\t".join(r) for r in [head] + rows) + end
        want, bad = [], []
        for i, r in enumerate(rows):
            if r == [""] and width > 1:
                continue
            if len(r) != width:
                bad.append(i + 2)
            else:
                want.append(dump((h, untab(c) if "\\" in c else inferred(c)) for h, c in zip(head, r)))
        got, gotbad = records(["-i", "tsv"], data.encode())
        if list(map(normal, got)) != list(map(normal, want)) or gotbad != bad:
            fail("tsv differs", repr(data), *got, *want)
        if not bad and end == "\n" and scat(["-i", "tsv", "-O", "tsv"], data.encode()) != data.encode() and width > 1 and "\n\n" not in data:
            fail("rows did not leave as they came", repr(data))


# --- what is written is read back ---

def check_trip(count):
    strings = ["", "a", "two words", "q\"q", "back\\slash", "a\\", "tab\tx", "lf\nx", "cr\rx", "1", "-1e5", "true", "null", "x=y", "\u00e9\u20ac\U0001f600", "\u0000",
               "\u007f", "\\n", "\\t\"\t", "'s'", " ", "=", "01"]
    for form in ("logfmt", "tsv"):
        for _ in range(count):
            names = rnd.sample(["a", "bb", "c.d", "e-f", "\u00fc", "g\\t"], rnd.randrange(1, 5))
            recs = []
            for _ in range(20):
                values = strings if form == "tsv" else strings + [True, False, None, 1, -2.5, 10 ** 30]
                recs.append({n: rnd.choice(values) for n in names})
            data = "".join(json.dumps(r, ensure_ascii=rnd.random() < 0.5) + "\n" for r in recs).encode()
            text = scat(["-i", "json", "-O", form], data)
            back = scat(["-i", form, "-O", "json"] + (["--no-infer"] if form == "tsv" else []), text).decode()
            got = [json.loads(x) for x in back.splitlines()]
            if got != recs:
                fail("not the same after %s" % form, text.decode(), *[(g, w) for g, w in zip(got, recs) if g != w][:3])
            # And unchanged lines leave as they are.
            if form == "logfmt" and scat(["-i", form, "-O", form], text) != text:
                fail("lines did not leave as they came", text)


# --- regex ---

def check_regex(_):
    pattern = r"^(?P<month>\w{3}) +(?P<day>\d+) (?P<clock>[\d:]+) (?P<host>\S+) (?P<program>[^ \[:]+)(?:\[(?P<pid>\d+)\])?: (?P<message>.*)$"
    text = open(os.path.join(os.environ["WEIR_DATA"], "syslog/auth.log"), encoding="utf-8").read()
    compiled = re.compile(pattern)

    def reader(line):
        m = compiled.search(line)
        return None if m is None else [(k, v if v is None else inferred(v)) for k, v in m.groupdict().items()]
    n, _ = compare(["-i", "regex:" + pattern.replace("?P<", "?<")], text.split("\n"), reader)
    if n < 5000:
        fail("only %d lines" % n)


def check_data(_):
    """Real logs by their format, and by the format's name: the same but for nginx's hyphen."""
    data = open(os.path.join(os.environ["WEIR_DATA"], "weblogs/nginx.log"), "rb").read()
    combined = scat(["-i", "combined", "-O", "json"], data)
    apache = scat(["-i", 'apache:%h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\"', "-O", "json"], data)
    nginx = scat(["-i", 'nginx:$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"', "-O", "json"], data)
    if apache != combined or nginx != combined.replace(b'"ident":null,', b"") or combined.count(b"\n") < 50000:
        fail("the three readings differ")
    short = re.sub(rb' "[^"]*" "[^"]*"$', b"", data, flags=re.M)
    common = scat(["-i", "common", "-O", "json"], short)
    if common != re.sub(rb',"referer".*}$', b"}", combined, flags=re.M):
        fail("common differs from combined")


globals()["check_" + sys.argv[1]](int(sys.argv[2]))
