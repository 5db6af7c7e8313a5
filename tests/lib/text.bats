#!/usr/bin/env bats
# lib/text: input, codec, lines, combined, csv, value, emit, table, judged by Python's csv, json,
# re, zlib, lzma and bz2, and by the zstd program; and the decided cases, one by one.

bats_require_minimum_version 1.5.0

setup() {
	export BUILD_DIR="${BUILD_DIR:-$BATS_TEST_DIRNAME/../../build}"
	export PYTHONDONTWRITEBYTECODE=1
	export WEIR_DATA="${WEIR_DATA:-$BATS_TEST_DIRNAME/../../../shared/data}"
	text="$BUILD_DIR/tests/text"
}

judge() {
	run python3 "$BATS_TEST_DIRNAME/text_oracle.py" "$@"
	echo "$output"
	[ "$status" -eq 0 ]
}

# is WANT COMMAND...: the command's output, byte for byte, and status 0.
is() {
	local want=$1
	shift
	"$@" >"$BATS_TEST_TMPDIR/out"
	printf '%b' "$want" >"$BATS_TEST_TMPDIR/want"
	diff "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/out"
}

@test "csv: random tables, as Python's csv writes and reads them" { judge csv 50; }
@test "csv: any bytes: nothing is lost, places are right" { judge csvfaults 120; }
@test "csv: numbers as JSON's grammar has them" { judge csvnumbers 3000; }
@test "combined: lines changed at random" { judge combined 1500; }
@test "lines: any bytes" { judge lines 50; }
@test "codec: all four, one member, many, empty ones, padding, garbage behind" { judge codecs 0; }
@test "codec: cut short at every byte" { judge cut 0; }
@test "codec: a changed byte" { judge flip 40; }
@test "value: JSON to JSON and to CSV" { judge values 40; }
@test "value: any bytes as a JSON string" { judge bytes 60; }
@test "width: every code point" { judge width 0; }
@test "table: fits, and is aligned" { judge table 12; }

@test "csv: csv-spectrum, all but the one whose JSON is of another file" {
	[ -d "$WEIR_DATA/conformance/csv-spectrum" ] || skip "no data"
	judge spectrum 0
}

@test "csv: trades with CRLF and quotes, sensors without a last newline" {
	[ -e "$WEIR_DATA/trades/nasdaq.csv" ] || skip "no data"
	judge trades 0
}

@test "combined: 51,462 lines of nginx" {
	[ -e "$WEIR_DATA/weblogs/nginx.log" ] || skip "no data"
	judge nginx 0
}

@test "combined: lnav's corner cases" {
	[ -d "$WEIR_DATA/logs" ] || skip "no data"
	run "$text" parse combined <"$WEIR_DATA/logs/logfile_bad_access_log.0"
	[ "$status" -eq 0 ]
	[ "$(grep -c '^record ' <<<"$output")" -eq 2 ]
	[[ "$output" == *$'\nbad 2 104 16 21 192.168.202.254 [20/Jul/2009'*'|unexpected text|expected an ident'$'\n'* ]]
	run "$text" parse combined <"$WEIR_DATA/logs/logfile_access_log.1"
	[[ "$output" == *' method=null:null
 path=null:null
 protocol=null:null
 status=number:400
 bytes=number:0
 referer=null:null
 agent=null:null
end 2 64' ]]
}

@test "lines: lnav's invalid UTF-8 and CRLF leave as they came" {
	[ -d "$WEIR_DATA/logs" ] || skip "no data"
	for f in logfile_invalid_utf8.0 logfile_crlf.0; do
		"$text" emit raw lines <"$WEIR_DATA/logs/$f" | cmp - "$WEIR_DATA/logs/$f"
	done
}

@test "empty input is no record, in every format" {
	for format in lines csv combined json; do
		is 'end 1 0\n' "$text" parse $format </dev/null
	done
}

@test "a BOM is skipped; alone it is a bad record" {
	for format in lines csv combined json; do
		is 'bad 1 0 0 3 \\xef\\xbb\\xbf|nothing but a byte order mark|\nend 1 3\n' \
			"$text" parse $format -s 1 < <(printf '\xef\xbb\xbf')
	done
	is 'record 1 3 0 x\n line=string:x\nend 2 5\n' "$text" parse lines -s 1 < <(printf '\xef\xbb\xbfx\n')
	is 'record 2 5 0 1\n x=number:1\nend 2 6\n' "$text" parse csv -s 1 < <(printf '\xef\xbb\xbfx\n1')
}

@test "a directory is refused" {
	run "$text" parse lines </
	[ "$status" -eq 2 ]
	[ "$output" = "text: Is a directory" ]
}

@test "a stopped input ends without a fault, compressed too" {
	is 'record 1 0 0 ab\n line=string:ab\nend 1 2\n' "$text" parse lines -s 1 -k 3 < <(printf 'abc\n')
	is 'end 1 0 gzip\n' "$text" parse lines -s 1 -k 9 < <(printf 'abc\n' | gzip)
}

@test "bytes that were read before come first, compressed too" {
	for n in 0 1 2 7 64; do
		is 'record 1 0 0 abc\n line=string:abc\nrecord 2 4 0 def\n line=string:def\nend 3 8\n' \
			"$text" parse lines -s 1 -p $n < <(printf 'abc\ndef\n')
		is 'record 1 0 0 abc\n line=string:abc\nend 2 4 gzip\n' "$text" parse lines -s 1 -p $n < <(echo abc | gzip)
	done
}

@test "scan: the mask of 64 bytes, fast and plain" {
	run "$text" mask < <(python3 -c '
import random, sys
random.seed(7)
for _ in range(20000): sys.stdout.buffer.write(bytes(random.choice(b"\x00,\"\n\x80\xffa") for _ in range(67)))')
	[ "$status" -eq 0 ]
	[ "$output" = 20000 ]
}

@test "two bytes of text are no magic number, nor is its beginning at the end" {
	is 'record 1 0 0 BZh\n line=string:BZh\nend 1 3\n' "$text" parse lines -s 1 < <(printf 'BZh')
	is 'record 1 0 0 BZh9 is no magic\n line=string:BZh9 is no magic\nend 2 17\n' \
		"$text" parse lines -s 1 < <(printf 'BZh9 is no magic\n')
}

@test "zstd: a window over 8 MiB is refused in so many words" {
	run "$text" parse lines < <(head -c 20000000 /dev/zero | zstd -q --ultra --long=27 -c)
	[ "$status" -eq 1 ]
	[ "$output" = "failed 0 zstd: made with a window over 8 MiB (--long, --ultra)" ]
}

@test "a line beyond max_record is bad, whole, and the next is read" {
	want='bad 1 0 0 5 aaaaa|a line of more than 5 bytes|--max-record allows more
record 2 11 0 bbbbb
 line=string:bbbbb
bad 3 17 0 5 ccccc|a line of more than 5 bytes|--max-record allows more
end 3 23'
	for step in 1 3 4096; do
		run "$text" parse lines -m 5 -s $step < <(printf 'aaaaaaaaaa\nbbbbb\ncccccc')
		[ "$status" -eq 0 ]
		[ "$output" = "$want" ]
	done
}

@test "a line far longer than the buffer" {
	python3 -c 'print("a" * 3000000); print("b")' >"$BATS_TEST_TMPDIR/long"
	run "$text" parse lines -q -m 4000000 <"$BATS_TEST_TMPDIR/long"
	[ "$output" = "2 records, 2 fields, 0 bad
end 3 3000003" ]
	run "$text" parse lines -q -m 100 <"$BATS_TEST_TMPDIR/long"
	[ "$output" = "1 records, 1 fields, 1 bad
end 3 3000003" ]
}

@test "csv: names: decoded, empty, repeated" {
	is 'record 5 23 0 1,2,3,4,5,6\n a=number:1\n a_2=number:2\n c3=number:3\n a_2_2=number:4\n q"r=number:5\n a_3=number:6\nend 6 35\n' \
		"$text" parse csv < <(printf 'a,a,,a_2,"q""r",a\r\n\n\r\n\n1,2,3,4,5,6\n')
}

@test "csv: without a header; without inference" {
	is 'record 1 0 0 1,"2",x\n c1=number:1\n c2=string:2\n c3=string:x\nend 2 8\n' \
		"$text" parse csv -H < <(printf '1,"2",x\n')
	is 'record 1 0 0 1;2\n c1=string:1\n c2=string:2\nend 2 4\n' \
		"$text" parse csv -H -n -d ';' < <(printf '1;2\n')
}

@test "csv: a blank line is a row of one column, and no row of two" {
	is 'record 2 2 0 \n a=string:\nrecord 3 3 0 1\n a=number:1\nend 4 5\n' \
		"$text" parse csv < <(printf 'a\n\n1\n')
	is 'record 3 5 0 1,\n a=number:1\n b=string:\nbad 4 8 1 0  |1 field, the header has 2|\nend 5 10\n' \
		"$text" parse csv < <(printf 'a,b\n\n1,\n \n')
}

@test "csv: rows of another length" {
	is 'bad 2 4 4 3 1,2,3,4\\x0d|4 fields, the header has 2|\nbad 3 13 1 0 5|1 field, the header has 2|\nend 4 15\n' \
		"$text" parse csv < <(printf 'a,b\n1,2,3,4\r\n5\n')
	is 'record 1 0 0 1,2\n c1=number:1\n c2=number:2\nbad 2 4 1 0 5|1 field, the first row has 2|\nend 3 6\n' \
		"$text" parse csv -H < <(printf '1,2\n5\n')
}

@test "csv: a stray quote costs its line, not the file" {
	is 'bad 2 4 2 1 1,"x|no closing quote|the source ends inside the field that begins here
record 3 9 0 2,3\n a=number:2\n b=number:3\nend 4 13\n' "$text" parse csv < <(printf 'a,b\n1,"x\n2,3\n')
	is 'bad 2 4 2 1 1,"x|no proper closing quote|the field ends on a later line, and text is behind its closing quote
record 3 9 0 2,"3"\n a=number:2\n b=string:3\nend 4 15\n' "$text" parse csv < <(printf 'a,b\n1,"x\n2,"3"\n')
	is 'bad 2 4 5 1 1,"x"y|text behind a closing quote|expected the delimiter or the end of the line; quotes inside are doubled\nend 3 11\n' \
		"$text" parse csv < <(printf 'a,b\n1,"x"y\n')
	is 'bad 2 4 2 1 1,"x|a row of more than 10 bytes|a quote too many? --max-record allows more
record 3 9 0 2,3\n a=number:2\n b=number:3\nrecord 4 13 0 4,5555\n a=number:4\n b=number:5555\nend 5 20\n' \
		"$text" parse csv -m 10 < <(printf 'a,b\n1,"x\n2,3\n4,5555\n')
}

@test "csv: without a good header the source fails" {
	run "$text" parse csv < <(printf 'a,"b"c\n1,2\n')
	[ "$status" -eq 1 ]
	[ "$output" = 'bad 1 0 5 1 a,"b"c|text behind a closing quote|expected the delimiter or the end of the line; quotes inside are doubled
failed 0 csv: no header to go by' ]
	run "$text" parse csv < <(python3 -c 'print("," * 16384)')
	[ "$status" -eq 1 ]
	[[ "$output" == *'|more than 16384 columns|'*'failed 0 csv: no header to go by' ]]
	run "$text" parse csv -q < <(python3 -c 'print("," * 16383); print("," * 16383)')
	[ "${lines[0]}" = "1 records, 16384 fields, 0 bad" ]
}

@test "combined: what is missing is named, at its place" {
	head='h - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0"'
	while IFS='@' read -r line want; do
		run "$text" parse combined <<<"$line"
		[[ "$output" == "bad 1 0 $want"* ]] || { echo "$line: $output"; false; }
		[[ "$output" == *"$line|"*"|"*"end 2 "* ]]
	done <<-EOT
		h@0 1 h|unexpected text|expected an address
		h - - x@4 1 h - - x|unexpected text|expected a user and a time in brackets
		h - - [10/Oct/2000] "@7 11 h - - [10/Oct/2000] "|cannot read this as a time|expected a time as 17/May/2015:08:05:32 +0000
		h - - [10/Okt/2000:13:55:36 -0700] x@7 26 h - - [10/Okt/2000:13:55:36 -0700] x|cannot read this as a time|
		h - - [10/Oct/2000:13:55:36 -0700] GET@35 3 h - - [10/Oct/2000:13:55:36 -0700] GET|unexpected text|expected a quoted request
		h - - [10/Oct/2000:13:55:36 -0700] "GET@35 1 h - - [10/Oct/2000:13:55:36 -0700] "GET|no closing quote|expected a quoted request
		$head 20 1@52 2 $head 20 1|unexpected text|expected a status of three digits
		$head 200 x@56 1 $head 200 x|unexpected text|expected the number of bytes, or "-"
		$head 200 1 @58 0 $head 200 1 |unexpected end of the line|expected a quoted referer
		$head 200 1 "-"@61 0 $head 200 1 "-"|unexpected end of the line|expected a quoted agent
		$head 200 1 "-" "-" "-"@65 4 $head 200 1 "-" "-" "-"|unexpected text|expected the end of the line
	EOT
}

@test "json out: an unchanged object is its text, one over several lines is compacted" {
	is '{ "a" : 1 }\r\n{"a":[1,"x y"]}\n' "$text" emit json json < <(printf '{ "a" : 1 }\r\n{"a":[1,"x y"]}\n')
	is '{"a":[1,"x  y"],"b":{}}\n' "$text" emit json json < <(printf '{\n "a": [1,\n "x  y"],\n"b": { } }\n')
	is '{"value":5}\n{"value":"x"}\n{}\n' "$text" emit json json < <(printf '5\n"x"\n{}\n')
	is '{"a":[1,"x  y"]}\n' "$text" emit json json -v < <(printf '{ "a": [ 1, "x  y" ] }\n')
}

@test "json out: times, numbers with their digits, doubled quotes" {
	is '{"a":1.10,"b":"x\\"y","c":"","d":"1"}\n' "$text" emit json csv < <(printf 'a,b,c,d\n1.10,"x""y",,"1"\n')
	run "$text" emit json combined <<<'h - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 - "-" "a"'
	[ "$output" = '{"addr":"h","ident":null,"user":null,"time":"2000-10-10T20:55:36Z","method":"GET","path":"/","protocol":"HTTP/1.0","status":200,"bytes":null,"referer":null,"agent":"a"}' ]
}

@test "csv out: by name; what has no column is counted" {
	printf '%s\n' '{"a":1,"b":"x"}' '{"c":1,"a":null,"d":2}' '{"b":"y,\"z\""}' >"$BATS_TEST_TMPDIR/in"
	run --separate-stderr "$text" emit csv json <"$BATS_TEST_TMPDIR/in"
	[ "$output" = 'a,b
1,x
,
,"y,""z"""' ]
	[ "$stderr" = "replaced 0 dropped 2 c" ]
	run --separate-stderr "$text" emit csv json -C b,d,zz -D ';' <"$BATS_TEST_TMPDIR/in"
	[ "$output" = 'b;d;zz
x;;
;2;
"y,""z""";;' ]
	[ "$stderr" = "replaced 0 dropped 3 a" ]
}

@test "csv out: an unchanged row is its text if the columns are the same" {
	printf 'a,b\r\n"1", x\r\n' >"$BATS_TEST_TMPDIR/in"
	is 'a,b\n"1", x\r\n' "$text" emit csv csv <"$BATS_TEST_TMPDIR/in"
	is 'a;b\n1; x\n' "$text" emit csv csv -D ';' <"$BATS_TEST_TMPDIR/in"
	is 'b,a\n x,1\n' "$text" emit csv csv -C b,a <"$BATS_TEST_TMPDIR/in"
	is 'a\n""\n' "$text" emit csv json < <(printf '{"a":""}\n')
}

@test "raw out: the text, or a refusal" {
	is 'a\0b\r\n\n' "$text" emit raw lines < <(printf 'a\0b\r\n\n')
	is 'refused: a record that was made or changed has no text of its own\n' "$text" emit raw lines -v < <(printf 'x\n')
}

@test "a terminal sees control characters, it does not get them" {
	is '␛[31m\\u009b\t�␍\n' "$text" emit raw lines -t < <(printf '\x1b[31m\xc2\x9b\t\xff\r\n')
	is 'a\nx␀y\n' "$text" emit csv json -t < <(printf '{"a":"x\\u0000y"}\n')
}

@test "table: numbers to the right, new fields under a new header, widest cut first" {
	printf '%s\n' '{"n":1,"name":"first"}' '{"n":22.5,"name":"a longer name than that"}' >"$BATS_TEST_TMPDIR/in"
	is '   n  name\n────  ───────────────────────\n   1  first\n22.5  a longer name than that\n' \
		"$text" emit table json <"$BATS_TEST_TMPDIR/in"
	is '   n  name\n────  ──────────────\n   1  first\n22.5  a longer name…\n' \
		"$text" emit table json -w 20 <"$BATS_TEST_TMPDIR/in"
	is '\033[1m   n  name\033[0m\n   1  first\n22.5  a longer name than that\n' \
		"$text" emit table json -c <"$BATS_TEST_TMPDIR/in"
	is 'a\n─\n1\n333\n\nb\n─\n2\n' "$text" emit table json -f < <(printf '{"a":1}\n{"a":333}\n{"b":2}\n')
	is 'a  b\n─  ─\n1\n   2\n' "$text" emit table json < <(printf '{"a":1}\n{"b":2}\n')
	is 'b  zz\n─  ──\n2\n' "$text" emit table json -C b,zz < <(printf '{"a":1,"b":2}\n')
}

@test "table: after 100 rows what is held back is written" {
	run "$text" emit table csv -w 20 < <(python3 -c '
print("a")
for i in range(100): print("x")
print("wider")')
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 103 ]
	[ "${lines[1]}" = "─" ]
	[ "${lines[102]}" = "wider" ]
}
