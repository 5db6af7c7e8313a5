#!/usr/bin/env bats
# scat -i json: how texts lie in a source, what stays as it came, limits; and the conformance suites of JSON and CSV.

load ../helper

@test "json: lines, spans, arrays, blank lines, marks, bad texts; from files, pipes, byte by byte, through frames" {
	judge cmd/json_cases.py
}

@test "json: JSONTestSuite: 95 accepted, 186 refused with status 65, two are empty" {
	need_data conformance/JSONTestSuite/test_parsing
	n=0
	for f in "$WEIR_DATA"/conformance/JSONTestSuite/test_parsing/y_*.json; do
		n=$((n + 1))
		ok "scat -i json --max-errors 0 -O json '$f'"
		[ -s out ] || [ "$(tr -d ' \n' <"$f")" = '[]' ] || fail "$f"
	done
	[ "$n" -eq 95 ]
	n=0
	for f in "$WEIR_DATA"/conformance/JSONTestSuite/test_parsing/n_*.json; do
		case $f in
		*/n_structure_no_data.json | */n_single_space.json)
			ok "scat -i json --max-errors 0 -O json '$f'"
			[ ! -s out ]
			;;
		*)
			n=$((n + 1))
			fails 65 "scat -i json --max-errors 0 -O json '$f'"
			;;
		esac
	done
	[ "$n" -eq 186 ]
}

@test "json: JSONTestSuite: what is left open is decided as the list says" {
	need_data conformance/JSONTestSuite/test_parsing
	n=0
	while read -r what f reason; do
		[ "$what" != '#' ] || continue
		n=$((n + 1))
		run_pipe "scat -i json --max-errors 0 -O json '$WEIR_DATA/conformance/JSONTestSuite/test_parsing/$f'"
		case $what in
		accepted) [ "$status" -eq 0 ] && [ "$(wc -l <out)" -eq 1 ] ;;
		refused) [ "$status" -eq 65 ] && [ ! -s out ] ;;
		esac || { show; fail "$f"; }
		[ -n "$reason" ]
	done <"$ROOT/tests/data/jsontestsuite.list"
	[ "$n" -eq 35 ]
	[ "$n" -eq "$(find "$WEIR_DATA/conformance/JSONTestSuite/test_parsing" -name 'i_*' | wc -l)" ]
}

@test "json: what is accepted means to another parser what the file meant" {
	need_data conformance/JSONTestSuite/test_parsing
	python3 - "$WEIR_DATA"/conformance/JSONTestSuite/test_parsing/y_*.json <<-'END'
	import json, sys
	from weir import good
	for path in sys.argv[1:]:
	    whole = json.loads(open(path, "rb").read().decode())
	    got = [json.loads(line) for line in good(["scat", "-i", "json", "-O", "json", path]).decode().split("\n")[:-1]]
	    # An array is a list of records, and any value that is no object is in .value.
	    want = [v if isinstance(v, dict) else {"value": v} for v in (whole if isinstance(whole, list) else [whole])]
	    assert got == want, (path, got, want)
	END
}

@test "json: csv-spectrum, 11 of 12 as it says" {
	need_data conformance/csv-spectrum
	n=0
	for f in "$WEIR_DATA"/conformance/csv-spectrum/csvs/*.csv; do
		name=$(basename "$f" .csv)
		ok "scat -i csv --no-infer -O json '$f'" 'jq -cS .'
		jq -cS '.[]' "$WEIR_DATA/conformance/csv-spectrum/json/$name.json" >want
		if [ "$name" = location_coordinates ]; then
			# Its JSON lacks what its CSV has: the quote behind the seconds is a character of the field.
			no cmp -s out want
			printf '{"Cities":"Modesto","Contact Phone Number":"2095257564","Counties":"Stanislaus","Location Coordinates":"%s"}\n' \
				"37$(printf '\357\277\275')36'37.8\\\"N 121$(printf '\357\277\275')2'17.9\\\"W" >want
			cmp out want || { show; false; }
		else
			cmp out want || { show; fail "$name"; }
			n=$((n + 1))
		fi
	done
	[ "$n" -eq 11 ]
}

@test "json: nesting up to 1,024 is read, one more is a bad record; in lines and over lines" {
	nest() { python3 -c "print('{\"a\":' + '['*$1 + ('\n' if $2 else '') + ']'*$1 + '}')"; }
	for over in 0 1; do
		nest 1023 $over >t
		ok 'scat -i json -O json t'
		nest 1023 0 | cmp - out
		{ nest 1024 $over; echo '{"b":1}'; } >t
		run_pipe 'scat -i json -O json t'
		[ "$status" -eq 0 ]
		out_is '{"b":1}'
		err_has 't:1: '
		ok 'scat -i json -q t' 'scat -O json'
		out_is '{"b":1}'
	done
	nest 200000 0 >t
	fails 65 'scat -i json --max-errors 0 -O json t'
}

@test "json: a record beyond --max-record is bad, one of just that length is not" {
	python3 -c 'print("{\"a\":\"" + "x" * 992 + "\"}"); print("{\"a\":\"" + "x" * 993 + "\"}"); print("{\"b\":1}")' >t
	run_pipe 'scat -i json --max-record 1000B -O json t'
	[ "$status" -eq 0 ]
	{ head -1 t; tail -1 t; } | cmp - out
	[ "$(head -1 err)" = 'scat: t:2: a line of more than 1000 bytes' ] || { show; false; }
	# Over lines, too: the value counts.
	python3 -c '
for n in (1000, 1001):
    print("{\"a\":\n\"" + "x" * (n - 9) + "\"}")
print("{\"b\":1}")' >t
	run_pipe 'scat -i json --max-record 1000B -O json t'
	[ "$status" -eq 0 ]
	python3 -c 'print("{\"a\":\"" + "x" * 991 + "\"}"); print("{\"b\":1}")' | cmp - out
	err_has 't:3: a record beyond the size limit'
	run_pipe 'cat t' 'scat -i json --max-record 1000B' 'scat -O json'
	[ "$(wc -l <out)" -eq 2 ]
}

@test "json: a record of 15 MiB passes; a greater one is refused in constant memory" {
	need_lean
	python3 -c '
import sys
sys.stdout.write("{\"a\":\"" + "x" * (15 * 1024 * 1024 - 100) + "\"}\n{\"b\":1}\n")' >t
	ok 'scat -i json t' 'scat -O frames' 'scat -O json'
	cmp out t
	python3 -c '
import sys
for _ in range(6): sys.stdout.write("{\"a\":\"" + "x" * (16 * 1024 * 1024) + "\"}\n{\"b\":1}\n")' >t
	run_pipe 'scat -i json --stats s -O json <t'
	[ "$status" -eq 0 ]
	[ "$(wc -l <out)" -eq 6 ]
	[ "$(jq .bad s)" -eq 6 ]
	[ -n "${WEIR_SAN:-}" ] || [ "$(jq .peak_memory s)" -lt $((64 * 1024 * 1024)) ] || fail "$(cat s)"
}

@test "json: many records of one great array need no memory" {
	need_lean
	python3 -c '
import sys
sys.stdout.write("[\n" + ",\n".join("{\"n\":%d}" % i for i in range(1000000)) + "\n]\n")' >t
	ok 'scat -i json --stats s t' 'scat --stats s2 -O json'
	seq 0 999999 | sed 's/.*/{"n":&}/' | cmp - out
	[ -n "${WEIR_SAN:-}" ] || [ "$(jq .peak_memory s)" -lt $((16 * 1024 * 1024)) ] || fail "$(cat s)"
	[ -n "${WEIR_SAN:-}" ] || [ "$(jq .peak_memory s2)" -lt $((16 * 1024 * 1024)) ] || fail "$(cat s2)"
}

@test "json: thousands of shapes are never an error" {
	python3 -c '
for i in range(6000):
    print("{\"k%d\":%d,\"same\":1}" % (i % 3000, i))' >t
	ok 'scat -i json t' 'scat -O frames' 'scat -O json'
	cmp out t
	run_pipe 'scat -i json t' 'scat -O json --stats s'
	[ "$(jq .records_in s)" -eq 6000 ]
}

@test "json: unchanged, numbers and escapes leave as the bytes they came; made into another format, as their values" {
	cat >t <<'END'
{"id":12345678901234567890,"d":1.10,"e":1E+2,"s":"a\u0041\"\/\n","n":null,"t":true,"o":{ "x" : [1 , 2] },"l":[]}
END
	ok 'scat -i json -O json t'
	cmp out t
	ok 'scat -i json -O csv t'
	out_is 'id,d,e,s,n,t,o,l
12345678901234567890,1.10,1E+2,"aA""/
",,true,"{""x"":[1,2]}","[]"'
	ok 'scat -i json t' 'scat -O csv --columns s,id --no-header'
	out_is '"aA""/
",12345678901234567890'
}

@test "json: of a doubled name the last value counts, and the text keeps both" {
	printf '{"ts":1,"k":"a","n":1,"n":2,"ts":3}\n' >t
	ok 'scat -i json -O json t'
	cmp out t
	ok 'scat -i json -O csv t'
	out_is 'ts,k,n
3,a,2'
	ok 'scat -i json t' 'swindow -w 1s -k .k sum:.n' 'scat -O json'
	out_is '{"start":"1970-01-01T00:00:03Z","end":"1970-01-01T00:00:04Z","k":"a","sum_n":2}'
}

@test "json: a name is what its escapes mean" {
	printf '{"t\\u0073":5,"a\\u0062":1}\n{"ts":6,"ab":2}\n' >t
	ok 'scat -i json t' 'swindow -w 1m count:.ab sum:.ab' 'scat -O json'
	out_is '{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:01:00Z","count_ab":2,"sum_ab":3}'
	ok 'scat -i json -O csv t'
	out_is 'ts,ab
5,1
6,2'
}
