#!/usr/bin/env bats
# scat: formats in and out, event times, several sources, bad records. JSON has a file of its own.

load ../helper

# Event times as scat read them, one a record: the starts of windows of 1 ns.
times() {
	run_pipe "scat $*" 'swindow -w 1ns count' 'scat -O json' 'jq -r .start'
	[ "$status" -eq 0 ] || { show; return 1; }
}

# -i: formats

@test "scat: auto tells json, combined, csv and lines by the first line, frames and codecs by the first bytes" {
	echo '{"a":1}' >json
	echo '[1,' >array
	printf 'a,b\n1,2\n' >csv
	echo '1.2.3.4 - - [17/May/2015:08:05:32 +0000] "GET / HTTP/1.1" 200 5 "-" "x"' >combined
	echo 'just words' >lines
	: >empty
	while read -r f what; do
		ok "scat --explain $f" "sed -n 's/^  format  //p'"
		[[ $(cat out) = $what ]] || { show; fail "$f"; }
	done <<-'END'
		json json:*
		array json:*
		csv csv:*header*not json:*not combined:*
		combined combined:*not json:*
		lines lines:*not json:*not combined:*not csv:*
		empty lines:*empty*
	END
	gzip -c csv >packed
	ok 'scat --explain packed'
	grep -q 'packed *gzip' out
	zstd -qc json >packed
	ok 'scat --explain packed'
	grep -q 'packed *zstd' out
	ok 'scat -O json packed'
	out_is '{"a":1}'
	scat json >frames
	ok 'scat -O json frames'
	out_is '{"a":1}'
	ok 'scat -i lines -O json csv'
	[ "$(wc -l <out)" -eq 2 ]
}

@test "scat: what is detected does not depend on how the bytes arrive" {
	for text in '{"a":1}' 'a,b\n1,2' 'plain words'; do
		printf "$text\n" >t
		ok 'scat -O json t'
		cp out want
		python3 - <<-'END' >out
		import sys
		sys.path.insert(0, __import__("os").environ["ROOT"] + "/tests/cmd")
		import json_cases as j
		status, out, err = j.drip(["scat", "-O", "json"], open("t", "rb").read())
		assert (status, err) == (0, ""), err
		sys.stdout.buffer.write(out)
		END
		cmp out want
	done
}

@test "scat: a weir stream among texts is refused, also by name" {
	echo '{"a":1}' >t
	scat -i json t >s
	fails 66 'scat -O json t s'
	err_is 'scat: s: a weir stream among text sources: give it alone'
}

@test "scat: combined: fields, nulls, odd requests, as an independent reading has it" {
	cat >t <<'END'
1.2.3.4 - - [17/May/2015:08:05:32 +0000] "GET /a?b=c%20d HTTP/1.1" 304 0 "-" "Mozilla/5.0 (X11; \"q\")"
::1 ident al bert [01/Jan/2020:00:00:00 +0530] "\x16\x03\x01" 400 - "http://x/?\x22" "-"
h - - [29/Feb/2016:23:59:59 -0800] "" 408 12 "-" "-"
h - - [29/Feb/2016:23:59:59 -0800] "GET /a b HTTP/1.0" 200 12345678901234567890 "-" "a b"
END
	ok 'scat -i combined -O json t'
	out_is '{"addr":"1.2.3.4","ident":null,"user":null,"time":"2015-05-17T08:05:32Z","method":"GET","path":"/a?b=c%20d","protocol":"HTTP/1.1","status":304,"bytes":0,"referer":null,"agent":"Mozilla/5.0 (X11; \\\"q\\\")"}
{"addr":"::1","ident":"ident","user":"al bert","time":"2019-12-31T18:30:00Z","method":null,"path":"\\x16\\x03\\x01","protocol":null,"status":400,"bytes":null,"referer":"http://x/?\\x22","agent":null}
{"addr":"h","ident":null,"user":null,"time":"2016-03-01T07:59:59Z","method":null,"path":"","protocol":null,"status":408,"bytes":12,"referer":null,"agent":null}
{"addr":"h","ident":null,"user":null,"time":"2016-03-01T07:59:59Z","method":null,"path":"GET /a b HTTP/1.0","protocol":null,"status":200,"bytes":12345678901234567890,"referer":null,"agent":"a b"}'
	ok 'scat -i combined t' 'scat -O raw'
	cmp out t
}

@test "scat: combined: what is malformed is bad, line by line" {
	good='h - - [17/May/2015:08:05:32 +0000] "GET / HTTP/1.1" 200 5 "-" "x"'
	{
		echo "$good"
		echo 'h - -'
		echo 'h - - [17/May/2015:08:05:32 +0000] "GET / HTTP/1.1" 20 5 "-" "x"'
		echo 'h - - [31/Feb/2015:08:05:32 +0000] "GET / HTTP/1.1" 200 5 "-" "x"'
		echo 'h - - [17/May/2015:08:05:32 +0000] "GET / HTTP/1.1" 200 5x "-" "x"'
		echo 'h - - [17/May/2015:08:05:32 +0000] "GET / HTTP/1.1 200 5 - x'
		echo "$good more"
		echo
		echo "$good"
	} >t
	run_pipe 'scat -i combined -O json --rejects r t'
	[ "$status" -eq 0 ]
	[ "$(wc -l <out)" -eq 2 ]
	[ "$(jq -c .line r | tr '\n' ' ')" = '2 3 4 5 6 7 ' ] || { cat r; false; }
	jq -r .text r >texts
	sed -n 2,7p t | cmp - texts
}

@test "scat: csv: header, quotes, line ends, numbers, as Python's csv reads it" {
	python3 - <<-'END'
	import csv, json, random
	rng = random.Random(5)
	pieces = ["", "a", "1", "-0.5", "1e3", "01", "x y", "q\"q", "l\nm", "c,d", " s", "\u00e9", "1,5", "\r\n", "true", "1.", "+1", "12345678901234567890"]
	rows = [["id", "name", "value"]] + [[str(i)] + [rng.choice(pieces) for _ in range(2)] for i in range(500)]
	for name, end in (("lf", "\n"), ("crlf", "\r\n")):
	    with open(name + ".csv", "w", newline="") as f:
	        csv.writer(f, lineterminator=end).writerows(rows)
	    with open(name + ".want", "w") as f:
	        for row in list(csv.reader(open(name + ".csv", newline="")))[1:]:
	            f.write(json.dumps(dict(zip(rows[0], row)), ensure_ascii=False, separators=(",", ":")) + "\n")
	END
	for f in lf crlf; do
		ok "scat -i csv --no-infer -O json $f.csv" 'jq -c .'
		jq -c . $f.want | cmp - out
		# Rows leave as the bytes they came, the header with a line feed.
		ok "scat -i csv $f.csv" 'scat -O csv'
		[ "$(head -1 out)" = id,name,value ]
		tail -n +2 $f.csv | cmp - <(tail -n +2 out)
	done
}

@test "scat: csv: numbers are numbers by JSON's grammar, unquoted, unless --no-infer" {
	printf 'a,b\n1,"1"\n-0.50,01\n1e3,.5\n12345678901234567890,+1\n,x\n1 , 1\n' >t
	ok 'scat -i csv -O json t'
	out_is '{"a":1,"b":"1"}
{"a":-0.50,"b":"01"}
{"a":1e3,"b":".5"}
{"a":12345678901234567890,"b":"+1"}
{"a":"","b":"x"}
{"a":"1 ","b":" 1"}'
	ok 'scat -i csv --no-infer -O json t' 'head -2'
	out_is '{"a":"1","b":"1"}
{"a":"-0.50","b":"01"}'
}

@test "scat: csv: --delimiter, --no-header, a row of another length" {
	printf '1;2,5\nx;"a;b"\n' >t
	ok "scat -i csv --no-header --delimiter ';' -O json t"
	out_is '{"c1":1,"c2":"2,5"}
{"c1":"x","c2":"a;b"}'
	ok "scat -i csv --no-header --delimiter ';' t" "scat -O csv"
	out_is 'c1,c2
1,"2,5"
x,a;b'
	printf 'a\tb\n1\t2\n' >t
	ok "scat -i csv --delimiter '\\t' -O json t"
	out_is '{"a":1,"b":2}'
	printf 'a,b\n1,2\n3\n4,5,6\n"7,8\n9,10\n' >t
	run_pipe 'scat -i csv -O json --rejects r t'
	[ "$status" -eq 0 ]
	out_is '{"a":1,"b":2}
{"a":9,"b":10}'
	[ "$(jq -c '[.line, .offset, .text]' r | tr '\n' ' ')" = '[3,8,"3"] [4,10,"4,5,6"] [5,16,"\"7,8"] ' ] || { cat r; false; }
	printf ',a,a,\n1,2,3,4\n' >t
	ok 'scat -i csv -O json t'
	out_is '{"c1":1,"a":2,"a_2":3,"c4":4}'
}

@test "scat: lines: any bytes, blank lines too" {
	printf 'a b\n\n\377\r\nz' >t
	ok 'scat -i lines t' 'scat -O raw'
	printf 'a b\n\n\377\r\nz\n' | cmp - out
	run_pipe 'scat -i lines -O json t'
	[ "$(head -2 out)" = '{"line":"a b"}
{"line":""}' ]
	[ "$(sed -n 3p out)" = "{\"line\":\"$(printf '\357\277\275')\"}" ]
	# Bytes that JSON cannot hold are not lost without a word.
	[ -s err ]
}

# Codecs

@test "scat: zstd and gzip by their first bytes, on files and on standard input, several members, frames inside too" {
	seq 20000 | sed 's/.*/{"n":&}/' >t
	scat -i json t >frames
	for pack in 'gzip -c' 'zstd -qc' 'zstd -qc --no-check' 'gzip -c1'; do
		$pack t >p
		ok 'scat -O json p'
		cmp out t
		ok 'scat -i json -O json - <p'
		cmp out t
		ok 'cat p | scat -O json -i json'
		cmp out t
		cat p p >two
		ok 'scat -O json two'
		cat t t | cmp - out
	done
	# Bytes that come one by one.
	head -3 t >few
	gzip -c few >p
	python3 - <<-'END' >out
	import os, sys
	sys.path.insert(0, os.environ["ROOT"] + "/tests/cmd")
	import json_cases as j
	status, out, err = j.drip(["scat", "-O", "json"], open("p", "rb").read())
	assert (status, err) == (0, ""), err
	sys.stdout.buffer.write(out)
	END
	cmp out few
}

@test "scat: a compressed source that is cut or damaged is status 74 or 66, never a quiet end" {
	seq 20000 | sed 's/.*/{"n":&}/' >t
	for pack in 'gzip -c' 'zstd -qc'; do
		$pack t >p
		for cut in 1 9 100 $(($(stat -c %s p) / 2)); do
			head -c "-$cut" p >short
			for line in 'scat -i json -O json short' 'scat -i json -O json <short' 'scat -i json short | scat -O json'; do
				run_pipe "$line"
				[[ $status = 74 || $status = 66 ]] || { show; fail "$pack, $cut less"; }
				grep -q '^scat: ' err
			done
		done
		python3 -c '
b = bytearray(open("p", "rb").read())
b[len(b) // 2] ^= 0x10
open("broken", "wb").write(b)'
		run_pipe 'scat -i json -O json broken'
		[[ $status = 74 || $status = 66 ]] || { show; fail "$pack"; }
	done
	printf '\037\213' >p
	run_pipe 'scat -i json -O json p'
	[[ $status = 74 || $status = 66 ]] || { show; false; }
}

# -t and what belongs to it

@test "scat: -t takes nested paths, bare and quoted ones" {
	while IFS='|' read -r path record; do
		echo "$record" >t
		times -i json -t "'$path'" t
		out_is '2026-01-02T03:04:05Z'
	done <<-'END'
		.t|{"t":"2026-01-02T03:04:05Z"}
		t|{"t":"2026-01-02T03:04:05Z"}
		.a.b|{"a":{"b":"2026-01-02T04:04:05+01:00"}}
		a.b|{"a":{"b":"2026-01-02T04:04:05+01:00"}}
		.a[1].b|{"a":[0,{"b":"2026-01-02 03:04:05Z"}]}
		.a[-1]|{"a":[0,"2026-01-02T03:04:05Z"]}
		.["odd name"]|{"odd name":"2026-01-02T03:04:05Z"}
		.["a.b"]|{"a.b":1767323045}
		.a["b c"]|{"a":{"b c":1767323045.000}}
	END
}

@test "scat: the time is found by itself: the first of the usual names that reads as one" {
	while IFS='|' read -r record want; do
		echo "$record" >t
		times -i json t
		out_is "$want"
	done <<-'END'
		{"ts":1,"time":"2020-01-01T00:00:00Z"}|2020-01-01T00:00:00Z
		{"time":"soon","timestamp":"2020-01-01T00:00:00Z","ts":1}|2020-01-01T00:00:00Z
		{"@timestamp":"2020-01-01","ts":null}|2020-01-01T00:00:00Z
		{"ts":1577836800}|2020-01-01T00:00:00Z
		{"ts":"1577836800.25"}|2020-01-01T00:00:00.25Z
		{"time":"17/May/2015:08:05:32 +0000"}|2015-05-17T08:05:32Z
	END
	printf 'n,time\n1,2020-01-01T00:00:00Z\n' >t
	times t
	out_is '2020-01-01T00:00:00Z'
	# Decided by the first record of a source and kept: what does not fit later is bad.
	printf '{"ts":1577836800}\n{"ts":"2020-01-01T00:00:00Z"}\n{"ts":1577836801}\n' >t
	run_pipe 'scat -i json t' 'swindow -w 1s count' 'scat -O json' 'wc -l'
	out_is 2
	err_has 'scat: t:2: cannot read "2020-01-01T00:00:00Z" as a time'
	# No event time: windows are refused with the option that helps.
	printf '{"n":1}\n{"n":2}\n' >t
	run_pipe 'scat -i json t' 'swindow -w 1s count' 'scat -O json'
	[ ! -s out ]
	err_has 'swindow: no record had an event time: name its field with scat -t PATH'
}

@test "scat: a number's unit goes by its size, in the first record" {
	while read -r number want; do
		echo "{\"ts\":$number}" >t
		times -i json t
		out_is "$want"
	done <<-'END'
		1500000000 2017-07-14T02:40:00Z
		1500000000.123456789 2017-07-14T02:40:00.123456789Z
		1500000000123 2017-07-14T02:40:00.123Z
		1500000000123.5 2017-07-14T02:40:00.1235Z
		1500000000123456 2017-07-14T02:40:00.123456Z
		1500000000123456789 2017-07-14T02:40:00.123456789Z
		0 1970-01-01T00:00:00Z
	END
	printf '{"ts":1500000000123}\n{"ts":1500000000}\n' >t
	ok 'scat --explain t'
	grep -q 'a number in ms (by its size' out
	run_pipe 'scat -i json -d 1000000h t' 'swindow -w 1ns count' 'scat -O json' 'jq -r .start'
	out_is '1970-01-18T08:40:00Z
2017-07-14T02:40:00.123Z'
}

@test "scat: --time-format: units and patterns" {
	while read -r format number want; do
		echo "{\"ts\":$number}" >t
		times -i json -t .ts --time-format "$format" t
		out_is "$want"
	done <<-'END'
		s 5 1970-01-01T00:00:05Z
		s 1e3 1970-01-01T00:16:40Z
		s -1.5 1969-12-31T23:59:58.5Z
		ms 5 1970-01-01T00:00:00.005Z
		us "5" 1970-01-01T00:00:00.000005Z
		ns 5 1970-01-01T00:00:00.000000005Z
	END
	printf 'when\n02/01/2026 03:04:05\n31/02/2026 00:00:00\nnonsense\n' >t
	run_pipe "scat -i csv -t when --time-format '%d/%m/%Y %H:%M:%S' t" 'swindow -w 1s count' 'scat -O json' 'jq -r .start'
	out_is '2026-01-02T03:04:05Z'
	err_has 'scat: t:3: cannot read "31/02/2026 00:00:00" as a time'
	err_has 'scat: t:4: '
}

@test "scat: --tz is for times without an offset" {
	printf 'time\n2020-01-01 10:00:00\n2020-07-01 10:00:00\n2020-07-01T10:00:00Z\n2020-07-01 10:00:00+03:00\n' >t
	times -i csv -d 9h t
	cp out utc
	out_is '2020-01-01T10:00:00Z
2020-07-01T07:00:00Z
2020-07-01T10:00:00Z'
	times -i csv -d 9h --tz Europe/Berlin t
	out_is '2020-01-01T09:00:00Z
2020-07-01T07:00:00Z
2020-07-01T08:00:00Z
2020-07-01T10:00:00Z'
	printf 'time\n01.07.2020 10:00\n' >t
	times -i csv -t time --tz America/New_York --time-format "'%d.%m.%Y %H:%M'" t
	out_is '2020-07-01T14:00:00Z'
}

# -d, -n, several sources

@test "scat: -d says how far out of order records may be" {
	printf '{"ts":10}\n{"ts":7}\n{"ts":6}\n{"ts":12}\n{"ts":9}\n' >t
	# Windows of a second, so that any record behind the watermark's second is late.
	for d in 0 1 2 3 4 250ms; do
		run_pipe "scat -i json -d $d t" 'swindow -q --stats s -w 1s count' 'scat -O json'
		late=$(python3 -c "
w, late = None, 0
for t in (10, 7, 6, 12, 9):
    late += w is not None and w - $(echo "$d" | sed 's/250ms/.25/') >= t + 1
    w = t if w is None else max(w, t)
print(late)")
		[ "$(jq .late s)" -eq "$late" ] || fail "$d: $(jq .late s), want $late"
	done
}

@test "scat: -n stops after so many records, and reads no further" {
	seq 10 | sed 's/.*/{"n":&}/' >t
	ok 'scat -i json -n 3 -O json t'
	head -3 t | cmp - out
	ok 'scat -i json -n 3 t' 'scat -O json'
	head -3 t | cmp - out
	scat -i json t >s
	ok 'scat -n 3 -O json s'
	head -3 t | cmp - out
	ok 'scat -n 3 -O frames s' 'scat -O json'
	head -3 t | cmp - out
	ok 'scat -i json -n 12 -O json t t'
	cat t t | head -12 | cmp - out
	ok 'cat s s' 'scat -n 12 -O json'
	cat t t | head -12 | cmp - out
	# An endless source is no obstacle.
	deaths=141
	run_pipe 'yes "{\"n\":1}"' 'scat -i json -n 2' 'scat -O json'
	[ "${statuses[1]} ${statuses[2]}" = '0 0' ]
	[ "$(wc -l <out)" -eq 2 ]
}

@test "scat: sources with event time are merged by it, each with a watermark of its own" { judge cmd/merge.py 150; }

@test "scat: sources without event time come in the order given, behind those that have one" {
	printf '{"n":1}\n{"n":2}\n' >a
	printf '{"ts":5,"n":3}\n' >b
	printf '{"ts":4,"n":4}\n' >c
	ok 'scat -i json -O json a b a c'
	out_is '{"ts":4,"n":4}
{"ts":5,"n":3}
{"n":1}
{"n":2}
{"n":1}
{"n":2}'
	ok 'scat -i json -O json --in-order a b - c <a'
	out_is '{"n":1}
{"n":2}
{"ts":5,"n":3}
{"n":1}
{"n":2}
{"ts":4,"n":4}'
	printf 'x,time\n1,1970-01-01T00:00:04.5Z\n' >d
	ok 'scat -O json b d c'
	out_is '{"ts":4,"n":4}
{"x":1,"time":"1970-01-01T00:00:04.5Z"}
{"ts":5,"n":3}'
}

@test "scat: the hello names the sources" {
	printf '{"n":1}\n' >a
	cp a 'b c'
	scat -i json a 'b c' - <a >s
	python3 -c '
import stream as s
hello = next(s.frames(open("s", "rb").read()))[4]
print([v.decode() for k, v in s.items(hello) if k == 3])' >names
	[ "$(cat names)" = "['a', 'b c', '(stdin)']" ] || fail "$(cat names)"
}

# -O and -o

@test "scat: -O csv: header of the first record, names in place, what is missing and what is left out" {
	printf '{"a":1,"b":"x"}\n{"b":"q\\"","a":null}\n{"a":"","c":5}\n{"b":"l\\nm"}\n' >t
	run_pipe 'scat -i json -O csv t'
	[ "$status" -eq 0 ]
	out_is 'a,b
1,x
,"q"""
,
,"l
m"'
	err_has '"c"'
	ok 'scat -i json -O csv --columns a,c,b t'
	[ "$(head -2 out)" = 'a,c,b
1,,x' ]
	ok "scat -i json -O csv --columns c,a --delimiter ';' --no-header t" 'head -3'
	out_is ';1
;
5;'
	scat -i json -q -O csv --columns a,b t >t.csv
	python3 -c '
import csv
assert list(csv.reader(open("t.csv", newline=""))) == [["a","b"],["1","x"],["","q\""],["",""],["","l\nm"]]'
}

@test "scat: -O raw gives the text; a record without one is bad" {
	printf '{ "a":1}\n{"ts":2}\n' >t
	ok 'scat -i json -O raw t'
	cmp out t
	run_pipe 'scat -i json -t .ts t' 'swindow -q -w 1s count' 'scat -O raw'
	[ "$status" -eq 0 ]
	[ ! -s out ]
	err_has 'scat: record 1: a record that was made or changed has no text of its own'
	run_pipe 'scat -i json -t .ts -q t' 'swindow -q -w 1s count' 'scat -O raw --on-error fail'
	[ "${statuses[2]}" -eq 65 ]
}

@test "scat: -O table aligns, numbers to the right" {
	printf '{"name":"a","n":1}\n{"name":"long name","n":1000}\n' >t
	ok 'scat -i json -O table t'
	[ "$(sed -n 3p out)" = 'a             1' ] || { show; false; }
	[ "$(sed -n 4p out)" = 'long name  1000' ] || { show; false; }
	ok 'scat -i json -O table --columns n t'
	no grep -q long out
}

@test "scat: terminals: a table cut to the width, colour, messages in full, help in place of waiting" { judge cmd/terminal.py; }

@test "scat: -o FILE: the format by its name, unless -O says otherwise" {
	printf '{"a":1,"ts":5}\n' >t
	for name in x.json x.jsonl x.ndjson x.txt; do
		ok "scat -i json -o $name t"
		cmp $name t
		[ ! -s out ]
	done
	ok 'scat -i json -o x.csv t'
	[ "$(cat x.csv)" = 'a,ts
1,5' ]
	ok 'scat -i json -o x.weir t'
	ok 'scat -O json x.weir'
	cmp out t
	ok 'scat -i json -o x.jsonl.zst t'
	zstd -dc x.jsonl.zst | cmp - t
	ok 'scat -i json -O json -o y.csv t'
	cmp y.csv t
	ok 'scat -o z.csv x.weir'
	cmp z.csv x.csv
	ok 'scat -o z.weir -z 3 x.weir'
	ok 'scat -O json z.weir'
	cmp out t
	# It is cut, not appended to.
	ok 'scat -i json -n 1 -o x.json t'
	cmp x.json t
	# An input without records makes an empty file.
	ok 'scat -i json -o e.json </dev/null'
	[ -e e.json ]
	[ ! -s e.json ]
}

# Bad records

@test "scat: five bad records are shown, all are counted" {
	{ echo '{"n":0}'; seq 8 | sed 's/.*/bad&/'; echo '{"n":9}'; } >t
	run_pipe 'scat -i json -O json t'
	[ "$status" -eq 0 ]
	[ "$(wc -l <out)" -eq 2 ]
	err_is 'scat: t:2: not a value
scat: t:3: not a value
scat: t:4: not a value
scat: t:5: not a value
scat: t:6: not a value
scat: 8 bad records skipped, 2 good'
	run_pipe 'scat -i json -v -O json t'
	[ "$(grep -c '^  | bad' err)" -eq 5 ]
	[ "$(grep '^  =' err | tail -1)" = '  = skipped; further ones are only counted' ]
	printf 'bad\n' >t
	run_pipe 'scat -i json -O json t'
	err_is 'scat: t:1: not a value
scat: 1 bad record skipped, 0 good'
}

@test "scat: a time that can't be read is shown as the manual shows it" {
	printf '{"ts":"2020-01-01T00:00:00Z"}\n{"ts":"The 90s","amt":12}\n' >app.log
	run_pipe 'scat -i json -v app.log' 'scat -O json'
	err_is 'scat: app.log:2: cannot read "The 90s" as a time
  | {"ts":"The 90s","amt":12}
  |        ^^^^^^^ expected RFC 3339, or a number with --time-format s|ms|us|ns
  = skipped; --rejects FILE keeps such records, --on-error fail stops at the first
scat: 1 bad record skipped, 1 good'
}

@test "scat: --rejects keeps source, line, offset, reason, text, and base64 of what is no UTF-8" {
	printf '{"ts":1}\nx "q"\\\n{"ts":"y"}\n\377\376a\n{"ts":3}\n{"a":"\001"}' >t
	run_pipe 'scat -i json -O json --rejects r t'
	[ "$status" -eq 0 ]
	[ "$(wc -l <out)" -eq 2 ]
	python3 - <<-'END'
	import base64, json
	data = open("t", "rb").read()
	rejects = [json.loads(line) for line in open("r")]
	assert [r["line"] for r in rejects] == [2, 3, 4, 6], rejects
	for r in rejects:
	    assert r["source"] == "t" and r["reason"]
	    line = data.split(b"\n")[r["line"] - 1]
	    assert data[r["offset"]:r["offset"] + len(line)] == line
	    try:
	        assert r["text"] == line.decode() and "base64" not in r
	    except UnicodeDecodeError:
	        assert base64.b64decode(r["base64"]) == line
	assert [("base64" in r) for r in rejects] == [False, False, True, False]
	END
	err_has 'scat: 4 bad records skipped, 2 good; the bad ones are in r'
	# Not made when nothing is bad.
	echo '{}' >t
	ok 'scat -i json -O json --rejects none t'
	[ ! -e none ]
}

@test "scat: --rejects from two sources, and of a stage" {
	printf '{"ts":1,"n":"a"}\nx\n' >a
	printf 'y\n{"ts":2,"n":5}\n' >b
	run_pipe 'scat -i json --rejects r a b' 'swindow -w 1m sum:.n --rejects r2' 'scat -O json'
	[ "$status" -eq 0 ]
	out_is '{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:01:00Z","sum_n":5}'
	[ "$(jq -c '[.source, .line, .text]' r | sort | tr '\n' ' ')" = '["a",2,"x"] ["b",1,"y"] ' ] || { cat r; false; }
	[ "$(jq -c '[.record, .text]' r2)" = '[1,"{\"ts\":1,\"n\":\"a\"}"]' ] || { cat r2; false; }
}

@test "scat: --on-error fail stops at the first, with status 65" {
	printf '{"n":1}\nx\n{"n":2}\n' >t
	run_pipe 'scat -i json --on-error fail -O json t'
	[ "$status" -eq 65 ]
	out_is '{"n":1}'
	err_is 'scat: t:2: not a value'
	run_pipe 'scat -i json --on-error fail t' 'scat -O json'
	[ "${statuses[*]}" = '65 65' ]
	run_pipe 'scat -i json --on-error skip -O json t'
	[ "$status" -eq 0 ]
}

@test "scat: --max-errors N and P%" {
	{ seq 97 | sed 's/.*/{"n":&}/'; printf 'x\nx\nx\n'; } >t
	for n in 0 1 2; do
		fails 65 "scat -i json -O json --max-errors $n t"
		[ "$(tail -1 err | sed 's/records/record/')" = "scat: $((n + 1)) bad record: more than --max-errors $n" ] || { show; false; }
	done
	for n in 3 4 100 3% 3.5% 50% 100%; do
		run_pipe "scat -i json -O json --max-errors $n t"
		[ "$status" -eq 0 ] || fail "$n"
	done
	for p in 2% 2.9% 0% 0.5%; do
		fails 65 "scat -i json -O json --max-errors $p t"
		err_has "scat: 3 bad records: more than --max-errors $p"
		[ "$(wc -l <out)" -eq 97 ]
	done
	deaths=141
	# A percentage is judged early only when there is something to judge by.
	{ echo x; seq 1999 | sed 's/.*/{"n":&}/'; } >t
	run_pipe 'scat -i json -O json --max-errors 0.1% t'
	[ "$status" -eq 0 ]
	run_pipe 'yes x' 'head -1000000' 'scat -i json --max-errors 10% -O json'
	[ "${statuses[2]}" -eq 65 ]
}

# --max-ahead

@test "scat: --max-ahead refuses a single time far ahead, and takes it where the next record is near it" {
	printf '{"ts":%s}\n' 1 2 9000 3 4 >t
	run_pipe 'scat -i json -t .ts --time-format s --max-ahead 1h --rejects r t' 'swindow -w 1m count --stats s' 'scat -O json' 'jq .count'
	[ "$status" -eq 0 ] || { show; false; }
	out_is 4
	[ "$(jq .late s)" -eq 0 ]
	err_has 'scat: t:3: its time is further ahead of the watermark than --max-ahead'
	[ "$(jq -r .text r)" = '{"ts":9000}' ]
	# Borne out by its neighbour.
	printf '{"ts":%s,"s":"x%s"}\n' 1 1 9000 2 9001 3 9002 4 >t
	ok 'scat -i json -t .ts --time-format s --max-ahead 1h -d 5 -O json t'
	cmp t out
	# Two in a row that are far from each other; one at the end; one without a time between; exactly DUR ahead.
	printf '{"ts":%s}\n' 1 9000 90000 2 null 3602 90000 >t
	run_pipe 'scat -i json -t .ts --time-format s --max-ahead 3600 -O json t'
	out_is '{"ts":1}
{"ts":2}
{"ts":null}
{"ts":3602}'
	err_has '3 bad records skipped'
	# Two sources, merged: each by its own watermark.
	printf '{"ts":%s,"a":1}\n' 1 5 99999 7 >a
	printf '{"ts":%s,"b":1}\n' 2 99999 6 8 >b
	run_pipe 'scat -i json -t .ts --time-format s --max-ahead 1m -q -O json a b' 'jq .ts' 'paste -sd,'
	out_is '1,2,5,6,7,8'
	# csv and times as words, which are copied too.
	printf 'time,v\n2026-03-02T08:00:00Z,1\n2027-03-02T08:00:00Z,2\n2027-03-02T08:00:01Z,3\n2028-03-02T08:00:00Z,4\n2027-03-02T08:00:02Z,5\n' >t.csv
	run_pipe 'scat --max-ahead 1h -q -O csv t.csv'
	[ "$(cat out)" = "$(grep -v 2028 t.csv)" ]
}

@test "scat: -o with the name of a format is a file, and a warning" {
	echo '{"a":1}' >in
	run_pipe 'scat -i json -o csv in'
	[ "$status" -eq 0 ]
	err_is 'scat: -o csv writes a file of that name; the format is -O csv'
	cmp csv in
	ok 'scat -i json -O csv -o csv in'
	ok 'scat -i json -o out.csv in'
}

@test "scat: --max-ahead under a checkpoint: many runs, cut anywhere, are one run" {
	python3 - >all <<-'P'
		import random
		random.seed(5)
		t = 1000
		for i in range(400):
		    t += random.choice([0, 1, 2, 2000])
		    r = random.random()
		    if r < 0.1: print('{"ts":%d,"i":%d}' % (t + random.choice([100000, 500000]), i))
		    elif r < 0.15: print('{"ts":bad')
		    elif r < 0.2: print('[{"ts":%d,"i":%d},{"ts":%d,"i":-1},{"ts":%d,"i":-2}]' % (t, i, t + 90000, t + 1))
		    else: print('{"ts":%d,"i":%d}' % (t, i))
	P
	sed 's/"i"/"b"/g' all | tail -n +7 >all2
	cp all a; cp all2 b
	options='-i json -t .ts --time-format s --max-ahead 10m -d 20 -q'
	ok "scat $options -C once --final a b | scat -o once.out"
	: >a; : >b
	for n in $(seq 0 9); do
		head -c $((n * 1777)) all >a
		head -c $((n * 1501 + 99)) all2 >b
		ok "scat $options -C many --epoch-records 7 --rejects r a b | scat -o many.out"
	done
	cp all a; cp all2 b
	ok "scat $options -C many --epoch-records 7 --rejects r --final a b | scat -o many.out"
	cmp <(sort once.out) <(sort many.out)
	[ "$(grep -c 'further ahead' r)" -gt 20 ]
	[ "$(wc -l <r)" -eq "$(scat $options --rejects r1 a b 2>/dev/null >/dev/null; wc -l <r1)" ]
}

@test "scat: what it writes is nothing that it reads, by whatever name" {
	mkdir d s
	printf '{"ts":%d}\n' {1..9} >d/a
	cp d/a s/whole
	ln d/a hard
	ln -s d/a soft
	scat -O frames -o w d/a
	cp w s/w
	# Where it is not refused it would read what it has written, for ever.
	ulimit -f 2000
	while IFS='|' read -r line message; do
		fails 2 "$line"
		err_has "scat: $message"
		cmp d/a s/whole
		cmp w s/w
		[ "$(ls d)" = a ]
	done <<-'END'
		scat -o d/a d/a|-o d/a is what is read, too: write to another file
		scat -O json -o hard soft|-o hard is what is read, too
		scat -o d/a -i json - <d/a|-o d/a is what is read, too
		scat -o d/a nothere soft|-o d/a is what is read, too
		scat -o w w|-o w is what is read, too
		scat -O json d/a >>d/a|standard output is what is read, too
		scat -f d/a >>soft|standard output is what is read, too
		scat -O json w >>w|standard output is what is read, too
		scat --rejects hard d/a >/dev/null|--rejects hard is what is read, too
		scat --stats d/a d/a >/dev/null|--stats d/a is what is read, too
		scat -f -o d/b d|-o d/b lies in d, all of which is read: write elsewhere
		scat -o d/../d/b d|-o d/../d/b lies in d, all of which is read
		(cd d && scat --rejects b -O json .)|--rejects b lies in ., all of which is read
		scat -O json d >>hard|standard output is d/a, which is read: write elsewhere
	END
	# Not read: a name with a dot; a file beside it; what is no file; what is only said.
	ok "scat -o d/.b d"
	ok "scat -o d/b d/a"
	ok "scat -o /dev/null --rejects /dev/null --stats /dev/null d/a"
	ok "scat --explain -o d/a d/a"
	ok "scat -i json - </dev/null >/dev/null"
}
