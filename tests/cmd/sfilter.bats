#!/usr/bin/env bats
# sfilter: what it makes of records. The language itself is tests/lib/expr.bats'; records made by -m, and
# those built directly, are tests/lib/made.bats' too.

load ../helper

LOG=weblogs/nginx.log

# made FILE ARG...: the file's JSON lines through sfilter and out as JSON, without a word on stderr.
made() {
	local f=$1
	shift
	run_pipe "scat -i json $f" "sfilter $(printf '%q ' "$@")" 'scat -O json'
	[ "$status" -eq 0 ] || { show; return 1; }
}

# gives WANTED ARG...: what comes of the file in.
gives() {
	local want=$1
	shift
	made in "$@"
	[ ! -s err ] || { show; return 1; }
	[ -n "$want" ] || { [ ! -s out ] || { show; return 1; }; return 0; }
	out_is "$want"
}

# lines N: some of the real log as JSON.
lines() {
	need_data "$LOG"
	head -"$1" "$WEIR_DATA/$LOG" | scat -i combined -O json >in
}

three() {
	cat >in <<-'E'
		{"time":"2026-01-01T00:00:00Z","user":"a\"b","amount":12.34,"o":{"x":1,"y":[1,2,{"z":3}]}}
		{"time":"2026-01-01T00:00:05Z","user":"ben","amount":7,"o":{"x":null},"n":null}
		{"time":"2026-01-01T00:00:09Z","user":"é","amount":-0.5,"o":[]}
	E
}

# -m

@test "sfilter -m: what jq -c prints, on the real log" {
	lines 3000
	for p in '{addr, status}' '{addr, kb: (.bytes / 1024)}' '{path, agent, big: (.bytes > 10000)}' '.' '{a: {b: .path}, c: [.status, .bytes]}' \
		'{addr}, {path}' '{addr: .addr, (.method): .status}' '.status' '[.addr, .path]' '{n: null, t: true, s: "x\"y", k: [1, {}]}' \
		'{time, user: .user.name?}' '{method: (.method, "x"), s: (.status, .bytes)}' '.addr, .nothing, {}' '{"é": .agent, "\u0041": .path}'; do
		run_pipe 'scat -i json in' "sfilter -m $(printf '%q' "$p")" 'scat -O json'
		[ "$status" -eq 0 ] && [ ! -s err ] || { show; fail "$p"; }
		jq -c "$p | if type == \"object\" then . else {value: .} end" in >want
		cmp out want || { diff out want | head -5; fail "$p"; }
	done
}

@test "sfilter -m: the record is the one that scat would read from its text" {
	lines 2000
	three_lines=$(three; cat in)
	lines 2000
	echo "$three_lines" >>in
	for p in '{addr, status}' '.' '.status' '{agent, n: null, o}' '{(.user // "u"): .amount, x: (.amount | . == 7), o}' '.o.x?' '{}'; do
		sfilter=(sfilter --engine native -q -m "$p")
		scat -i json in | "${sfilter[@]}" | python3 "$ROOT/tests/cmd/made.py" >direct
		scat -i json in | "${sfilter[@]}" | scat -O raw | scat -i json | python3 "$ROOT/tests/cmd/made.py" >read
		[ "$(wc -l <direct)" -gt 2000 ]
		cmp direct read || fail "$p"
	done
	# And from sources that are no JSON: bytes to be escaped, times, CSV's quotes.
	printf 'a,b,c\n"x ""y""",2,\t\n"\\","1",\xc3\xa9\n' >in.csv
	head -500 "$WEIR_DATA/$LOG" >in.log
	for f in in.csv in.log; do
		for p in '{a, b, c, time, agent}' '.' '{x: [.a, .time], agent}' '.time'; do
			scat "$f" | sfilter -q -m "$p" | python3 "$ROOT/tests/cmd/made.py" >direct
			scat "$f" | sfilter -q -m "$p" | scat -O raw | scat -i json | python3 "$ROOT/tests/cmd/made.py" >read
			[ -s direct ]
			cmp direct read || fail "$f: $p"
		done
	done
}

@test "sfilter -m: any number of outputs, and any value" {
	three
	gives '{"value":1}
{"value":2}
{"z":3}' -m '.o.y? // empty | .[]' --engine jq
	gives '{"value":"a\"b"}
{"value":12.34}
{"value":"ben"}
{"value":7}
{"value":"é"}
{"value":-0.5}' -m '.user, .amount'
	gives '' -m '.[.user]? | .[]?'
	gives '{"u":"ben"}' '.amount == 7' -m '{u: .user}'
	gives '{"value":13.34}
{"value":8}
{"value":0.5}' -m '{x: .amount}' --map '.x + 1'
}

@test "sfilter -m: numbers keep their digits, natively" {
	echo '{"id":12345678901234567890,"d":11.10,"e":1e3,"f":0.1}' >in
	gives '{"id":12345678901234567890,"d":11.10,"e":1e3,"g":12345678901234567891,"h":0.3}' -m '{id, d, e, g: (.id + 1), h: (.f + 0.2)}'
}

@test "sfilter -m: bytes that are not UTF-8 are counted; the other options leave them alone" {
	printf 'a,b\n\xe9t\xe9,1\nx,\xff\n' >in.csv
	for p in '{a, b}' '.' '{c: [.a, .b]}' '{x: {y: (.a, .b)}}' '.a, .b'; do
		run_pipe 'scat in.csv' "sfilter -m '$p'" 'scat -O json'
		[ "$status" -eq 0 ]
		err_is 'sfilter: -m: 3 bytes were not UTF-8 and became U+FFFD'
		[ "$(grep -o $'\xef\xbf\xbd' out | wc -l)" -eq 3 ]
	done
	scat in.csv | sfilter --set c=.a --keep a,c | scat -O csv >out
	[ "$(LC_ALL=C grep -c $'^\xe9t\xe9,\xe9t\xe9$' out)" -eq 1 ]
}

@test "sfilter -m: an error makes the record bad, and leaves nothing of it behind" {
	three
	run_pipe 'scat -i json in' "sfilter -m '{u: .user}, {x: (.o.y[2].z / .o.x)}' --rejects bad" 'scat -O json'
	[ "$status" -eq 0 ]
	out_is '{"u":"a\"b"}
{"x":3}'
	err_is 'sfilter: record 2: null (null) and null (null) cannot be divided
sfilter: record 3: Cannot index array with string ("x")
sfilter: 2 bad records skipped, 1 good; the bad ones are in bad'
	[ "$(jq -r .reason bad | head -1)" = 'null (null) and null (null) cannot be divided' ]
	[ "$(jq -r .text bad | sed -n 2p)" = "$(sed -n 3p in)" ]
	run_pipe 'scat -i json in' "sfilter -m '{x: (1 / .o.x)}' --on-error fail" 'scat -O json'
	[ "$status" -eq 65 ]
	out_is '{"x":1}'
	# The same from libjq, whose outputs come all at once.
	run_pipe 'scat -i json in' "sfilter --engine jq -m '{u: .user}, {x: (.o.y[2].z / .o.x)}'" 'scat -O json'
	[ "$status" -eq 0 ]
	out_is '{"u":"a\"b"}
{"x":3}'
}

@test "sfilter -m: outputs without end are cut off as an error, a record too long is one" {
	echo '{"a":1}' >in
	awk 'BEGIN { printf "{\"s\":\""; for (i = 0; i < 8000000; i++) printf "x"; print "\"}" }' >long
	run_pipe 'scat -i json long in' "sfilter -m '{s, t: .s}'" 'scat -O json'
	[ "$status" -eq 0 ]
	out_is '{"s":null,"t":null}'
	err_has 'record 1: a record of the output is beyond 15 MiB'
	run_pipe 'scat -i json long in' "sfilter --set t=.s" 'scat -O json'
	out_is '{"a":1,"t":null}'
	err_has 'record 1: --set t: the record would be beyond 15 MiB'
	run_pipe 'scat -i json long in' "sfilter -m '.s, .s, .s, .s, .s, .s, .s, .s, .s, .s'" 'scat -O json'
	[ "$status" -eq 0 ]
	[ "$(wc -l <out)" -eq 10 ]
	err_has 'record 1: outputs of more than 64 MiB'
}

# --keep, --drop

@test "sfilter --keep, --drop: fields, and parts of them" {
	three
	gives '{"user":"a\"b","amount":12.34}
{"user":"ben","amount":7}
{"user":"é","amount":-0.5}' --keep amount,.user
	gives '{"user":"a\"b","o":{"y":[1,{"z":3}]}}
{"user":"ben"}
{"user":"é"}' --keep 'user,.o.y[2].z,.o.y[0]'
	gives '{"o":{"y":[2]}}
{}
{}' --keep '.o.y[-2],.none' --keep .o.none
	gives '{"user":"a\"b","amount":12.34,"o":{"y":[2,{}]}}
{"user":"ben","amount":7,"o":{},"n":null}
{"user":"é","amount":-0.5,"o":[]}' --drop '.o.y[0],.o.y[2].z,time' --drop '.["o"].x,.user.name'
	gives "$(cat in)" --drop none,.amount.x,.o.x.y
	gives '{"user":"a\"b"}
{"user":"ben"}
{"user":"é"}' --drop amount --keep user,amount
	gives '{"o":{"x":1,"y":[1,2,{"z":3}]}}
{"o":{"x":null}}
{"o":[]}' --keep .o,.o.x
}

@test "sfilter --keep, --drop: what jq makes of it, on the real log and deep" {
	lines 2000
	made in --keep time,status,path
	jq -c '{time, status, path}' in | jq -c 'tojson' | sort >want
	jq -cS . out | sort >got
	jq -cS '{time, status, path}' in | sort | cmp - got
	made in --drop agent,referer
	jq -c 'del(.agent, .referer)' in | cmp - out
	need_data zeek/ssl.json.gz
	zcat "$WEIR_DATA/zeek/ssl.json.gz" | head -3000 >in
	made in --drop '.["id.orig_h"],uid,_write_ts'
	jq -c 'del(.["id.orig_h"], .uid, ._write_ts)' in >want
	jq -c . out | cmp - want
}

@test "sfilter --keep, --drop: a record that nothing is taken from stays the bytes that it was" {
	printf '{ "a" : 1 }\n' >in
	gives '{ "a" : 1 }' --drop b
	gives '{ "a" : 1 }' --keep a
	gives '{"b":1}' --set 'b=.a' --keep b
}

# --set

@test "sfilter --set: a field in its place, a new one last, one after the other" {
	three
	gives '{"time":"2026-01-01T00:00:00Z","user":12.34,"amount":24.68,"o":{"x":1,"y":[1,2,{"z":3}]},"z":36}
{"time":"2026-01-01T00:00:05Z","user":7,"amount":14,"o":{"x":null},"n":null,"z":36}
{"time":"2026-01-01T00:00:09Z","user":-0.5,"amount":-1.0,"o":[],"z":36}' --set user=.amount --set 'amount=.user * 2' --set z=36
	gives '{"user":"a\"b","p":{"q":{"r":[12.34,{}]}}}
{"user":"ben","p":{"q":{"r":[7,{}]}}}
{"user":"é","p":{"q":{"r":[-0.5,{}]}}}' --set '.p.q.r=[.amount, {}]' --keep user,p
	gives '{"user":"a\"b","o":{"x":"a\"b","y":[1,2,{"z":3}],"w":null}}
{"user":"ben","o":{"x":"ben","w":null}}' '.amount > 0' --set 'o.x=.user' --set 'o.w=.n' --drop time,amount,n
	gives '{"a=b":"a\"b"}
{"a=b":"ben"}
{"a=b":"é"}' --set '.["a=b"]=.user' --keep '.["a=b"]'
}

@test "sfilter --set: several outputs are several records, none is none" {
	echo '{"a":[1,2],"b":[3,4]}' >in
	gives '{"a":1,"b":3}
{"a":1,"b":4}
{"a":2,"b":3}
{"a":2,"b":4}' --set 'a=.a[]' --set 'b=.b[]'
	gives '' --set 'a=.c[]?'
	gives '{"a":[1,2],"b":2}' --set 'b=.a[] | .. | numbers | select(. > 1)' --engine jq
}

@test "sfilter --set: the values are those of any record: bytes, escapes, digits, times" {
	printf 'a,b\n"x ""y""",1.50\n' >in.csv
	ok 'scat in.csv' "sfilter --set 'c=.a' --set 'd=[.b,.a]' --set 'e=.b+1' --set 'f=.b'" 'scat -O json'
	out_is '{"a":"x \"y\"","b":1.50,"c":"x \"y\"","d":[1.50,"x \"y\""],"e":2.50,"f":1.50}'
	lines 1000
	made in --set 'z=.path'
	jq -c '. + {z: .path}' in | cmp - out
	ok "head -300 '$WEIR_DATA/$LOG' | scat -i combined" "sfilter --set 'u=.agent' --set 'then=.time'" 'scat -O json'
	head -300 in | jq -c '. + {u: .agent, then: .time}' | cmp - out
}

@test "sfilter --set: a place that isn't there is an error of the record, a name that is none of the command line" {
	three
	run_pipe 'scat -i json in' "sfilter --set o.x.y=1" 'scat -O json'
	[ "$status" -eq 0 ]
	[ "$(wc -l <out)" -eq 1 ]
	err_has 'sfilter: record 1: --set o.x.y: Cannot index number with string ("y")'
	err_has 'sfilter: record 3: --set o.x.y: Cannot index array with string ("x")'
	for bad in 'a|expected NAME=EXPR' '=1|an empty path' 'a[0]=1|an element of an array' 'a,b=1|one name or path' \
		'a b=1|expected ".name"' '|expected NAME=EXPR'; do
		fails 2 "sfilter --set '${bad%%|*}' </dev/null"
		err_has "--set \"${bad%%|*}\": ${bad#*|}"
	done
}

# --sample

@test "sfilter --sample: exactly those whose hash is below the rate" {
	lines 4000
	for rate in 0.1 1/10 10% 0 1 1/3 33.3333% 0.5/2 1/1000; do
		fraction=$rate
		[[ $rate != *% ]] || fraction=$(python3 -c "import fractions; print(fractions.Fraction('${rate%\%}') / 100)")
		[[ $rate != 0.5/2 ]] || fraction=1/4
		for seed in 0 7 18446744073709551614; do
			made in --sample "$rate" --seed $seed
			python3 "$ROOT/tests/cmd/sample.py" "$fraction" $seed <in >want
			cmp out want || fail "$rate, seed $seed: $(wc -l <out), not $(wc -l <want)"
		done
	done
	made in --sample 10%
	[ "$(wc -l <out)" -gt 300 ] && [ "$(wc -l <out)" -lt 500 ]
}

@test "sfilter --sample -k: all records of a value, or none" {
	lines 4000
	for keys in addr status path,status none time,bytes; do
		made in --sample 1/5 -k "$keys" --seed 3
		python3 "$ROOT/tests/cmd/sample.py" 1/5 3 ${keys//,/ } <in >want
		cmp out want || fail "$keys"
	done
	made in --sample 1/5 -k addr
	[ "$(wc -l <out)" -gt 200 ]
	jq -r .addr out | sort -u >chosen
	[ "$(jq -r .addr in | grep -cxFf chosen)" -eq "$(wc -l <out)" ]
	# Values that are equal, however they are written.
	printf '{"k":%s}\n' 1 1.0 10e-1 '"a"' '"\u0061"' '{"a":1,"b":[2]}' '{"b": [2.0], "a": 1}' null '"null"' >in
	for seed in $(seq 40); do
		made in --sample 1/2 -k k --seed "$seed"
		python3 "$ROOT/tests/cmd/sample.py" 1/2 "$seed" k <in | cmp - out
	done
}

@test "sfilter --sample: a record that was made is judged by its JSON text; a smaller sample is a part of a greater one" {
	lines 2000
	run_pipe 'scat -i json in' 'sfilter --drop agent' 'sfilter --sample 1/4' 'scat -O json'
	jq -c 'del(.agent)' in | python3 "$ROOT/tests/cmd/sample.py" 1/4 0 | cmp - out
	made in --sample 1/4
	mv out quarter
	made in --sample 1/8
	[ "$(wc -l <out)" -gt 100 ]
	[ "$(grep -cxFf out quarter)" -eq "$(wc -l <out)" ]
}

@test "sfilter --sample: rates that are none" {
	for bad in 2 1.1 101% 3/2 1/0 x '' 1/ % -1 0.1x 1e-3 1.2.3 1234567890123456; do
		fails 2 "sfilter --sample='$bad' </dev/null"
		err_has "--sample \"$bad\": "
	done
	fails 2 'sfilter --seed 3 . </dev/null'
	err_has '--seed goes with --sample'
	fails 2 'sfilter -k a . </dev/null'
	err_has '-k goes with --sample'
	fails 2 'sfilter --sample 1/2 -k a..b </dev/null'
	err_has '-k "a..b": '
}

# --set-time

# times: the event times of the records of a stream, and the watermark before each.
times() {
	python3 "$ROOT/tests/cmd/entries.py" | awk '{ print $1 }'
}

@test "sfilter --set-time: windows go by the new time, and by the delay told" {
	for i in 5 1 7 3 9 20; do
		printf '{"ts":%d,"x":%d}\n' $((1000 + i)) $i
	done >in
	run_pipe 'scat -i json -t .ts --time-format s in' "sfilter --set-time '.x'" 'swindow -w 5s count' 'scat -O json'
	[ "$status" -eq 0 ]
	out_is '{"start":"1970-01-01T00:00:05Z","end":"1970-01-01T00:00:10Z","count":3}
{"start":"1970-01-01T00:00:20Z","end":"1970-01-01T00:00:25Z","count":1}'
	err_has '2 late records'
	for delay in 4s 1h; do
		ok 'scat -i json -t .ts --time-format s in' "sfilter --set-time '.x' -d $delay" 'swindow -w 5s count' 'scat -O json'
		out_is '{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:00:05Z","count":2}
{"start":"1970-01-01T00:00:05Z","end":"1970-01-01T00:00:10Z","count":3}
{"start":"1970-01-01T00:00:20Z","end":"1970-01-01T00:00:25Z","count":1}'
	done
	# The old times were never in the way: far ahead, or far behind.
	ok 'scat -i json -t .ts --time-format s in' "sfilter --set-time '.x + 5000' -d 4s" 'swindow -w 5s count' 'scat -O json'
	[ "$(wc -l <out)" -eq 3 ]
}

@test "sfilter --set-time: what reads as a time, what doesn't, and null" {
	printf '{"t":%s}\n' 1767225600 1767225600000 1767225600000000 1767225600000000000 1767225600.5 '"2026-01-01T00:00:00Z"' \
		'"2026-01-01 01:00:00+01:00"' '"2026-01-01"' '"01/Jan/2026:00:00:00 +0000"' >in
	ok 'scat -i json in' "sfilter --set-time .t" 'swindow -w 1s count' 'scat -O json'
	out_is '{"start":"2026-01-01T00:00:00Z","end":"2026-01-01T00:00:01Z","count":9}'
	printf '{"t":%s}\n' '"soon"' true '[1]' '{}' null '1e300' >in
	run_pipe 'scat -i json in' "sfilter --set-time .t" 'scat -O json'
	[ "$status" -eq 0 ]
	out_is '{"t":null}'
	err_has 'record 1: --set-time: cannot read "soon" as a time'
	err_has 'record 4: --set-time: cannot read {} as a time'
	err_has '5 bad records skipped, 1 good'
	printf '{"time":"2026-01-01T00:00:00Z","t":null}\n' >in
	run_pipe 'scat -i json in' 'sfilter --set-time .t' 'swindow -w 1s count' 'scat -O json'
	err_has 'a record without an event time has no window'
}

@test "sfilter --set-time: comes behind --set and before --drop; several outputs are several records" {
	echo '{"from":60,"to":180,"x":1}' >in
	ok 'scat -i json in' "sfilter --set 'd=.to - .from' --set-time '.from, .to + .d' --drop from,to,d" 'swindow -w 1m count sum:.x' 'scat -O json'
	out_is '{"start":"1970-01-01T00:01:00Z","end":"1970-01-01T00:02:00Z","count":1,"sum_x":1}
{"start":"1970-01-01T00:05:00Z","end":"1970-01-01T00:06:00Z","count":1,"sum_x":1}'
	gives '{"x":1}
{"x":1}' --set-time '.from, .to' --keep x
	gives '' --set-time '.nothing[]?'
	fails 2 'sfilter -d 5s . </dev/null'
	err_has '-d goes with --set-time'
}

@test "sfilter --set-time: the watermark before each record is the greatest time so far less the delay" {
	lines 800
	scat -i json -d 1m in | sfilter '.status != 304' --set-time '.time' -d 10s | python3 "$ROOT/tests/cmd/entries.py" | awk '{ print $1 }' >got
	python3 - in >want <<-'E'
		import datetime, json, sys
		mark = None
		for line in open(sys.argv[1]):
		    r = json.loads(line)
		    if r["status"] == 304:
		        continue
		    print(-2**63 if mark is None else mark)
		    t = int(datetime.datetime.fromisoformat(r["time"].replace("Z", "+00:00")).timestamp()) * 10**9 - 10 * 10**9
		    mark = t if mark is None else max(mark, t)
		print(mark)
	E
	cmp got want
}

# All together

@test "sfilter: times and watermarks are kept by all that doesn't set them" {
	need_data "$LOG"
	head -3000 "$WEIR_DATA/$LOG" >log
	head -3000 "$WEIR_DATA/$LOG" >log2
	for source in 'scat -i combined -d 20s log' 'scat -i combined -d 20s log log2'; do
		$source | sfilter '.status != 304' | swindow -q -w 10s -k .status count --late late.0 | scat -O json >want
		n=0
		for args in "-m '{status}'" "--keep status" "--drop time,agent" "--set 'x=.addr'" "-m '{status, x: [.addr]}' --set 'y=.x' --drop x"; do
			n=$((n + 1))
			eval "$source | sfilter '.status != 304' $args" >frames
			swindow -q -w 10s -k .status count --late "late.$n" <frames | scat -O json | cmp want - || fail "$source: $args"
			[ "$(scat -O json late.0 | wc -l)" -eq "$(scat -O json "late.$n" | wc -l)" ]
		done
	done
	[ "$(wc -l <want)" -gt 50 ]
}

@test "sfilter: the same bytes for any frame size, pipe size, hash seed and CPU level" {
	lines 1500
	sum() { python3 "$ROOT/tests/cmd/entries.py" | sha256sum; }
	for args in "-m '{addr, kb: (.bytes / 1024)}'" "-m '.addr, {status}' --set 'n=1, 2'" "--keep path,status '.status > 200'" \
		"--set o.p=.path --drop agent" "--sample 1/3" "--sample 1/3 -k addr" "--set-time '.time' -d 7s"; do
		eval "scat -i json -d 1m in | sfilter $args" | sum >want
		for env in WEIR_PIPE_SIZE=4096 WEIR_FRAME_SIZE=1 WEIR_FRAME_SIZE=500 WEIR_CPU=sse2 WEIR_HASH_SEED=1; do
			export "${env?}"
			eval "scat -i json -d 1m in | sfilter $args" | sum >got
			unset "${env%%=*}"
			cmp want got || fail "$args: $env"
		done
	done
}

@test "sfilter: many shapes, one after the other" {
	awk 'BEGIN { for (i = 0; i < 6000; i++) printf "{\"a\":%d,\"f%d\":1,\"b\":{\"x\":2}}\n", i, i * 7 % 3001 }' >in
	made in --keep a,b
	awk 'BEGIN { for (i = 0; i < 6000; i++) printf "{\"a\":%d,\"b\":{\"x\":2}}\n", i }' | cmp - out
	made in --set 'c=.a' --drop b.x
	awk 'BEGIN { for (i = 0; i < 6000; i++) printf "{\"a\":%d,\"f%d\":1,\"b\":{},\"c\":%d}\n", i, i * 7 % 3001, i }' | cmp - out
	made in -m '{a, x: .b.x}'
	awk 'BEGIN { for (i = 0; i < 6000; i++) printf "{\"a\":%d,\"x\":2}\n", i }' | cmp - out
	made in -m '{(.a | tostring): 1}' --engine jq
	awk 'BEGIN { for (i = 0; i < 6000; i++) printf "{\"%d\":1}\n", i }' | cmp - out
}

@test "sfilter: --invert and -e with records that are made" {
	three
	gives '{"u":"ben"}' --invert '.amount != 7' -m '{u: .user}'
	fails 2 "sfilter --invert -m . </dev/null"
	err_has '--invert is about EXPR'
	scat -i json in >stream
	fails 1 "sfilter -e -m '.nothing[]?' <stream"
	fails 1 "sfilter -e --sample 0 <stream"
	run -0 sfilter -e --keep nothing <stream
	run -0 sfilter -e -m . <stream
}

@test "sfilter: programs from files, and arguments in all of them" {
	three
	echo '.amount == $n' >f
	printf '{u: .user,\n  $s}\n' >m
	gives '{"u":"ben","s":"x","t":"x"}' --from-file f --map-file m --argjson n 7 --arg s x --set 't=$s'
	fails 2 'sfilter -m . --map-file m </dev/null'
	err_has '-m or --map-file'
	fails 66 'sfilter --map-file none </dev/null'
	printf '{a:\n  b c}\n' >m
	fails 2 'sfilter --map-file m </dev/null'
	err_has 'sfilter: m:2:3: no function "b"'
}

@test "sfilter: a fault is shown in the argument that it is in" {
	fails 2 "sfilter -m '{a: .b +}' </dev/null"
	err_has 'sfilter: -m, byte 9: unexpected "}"'
	err_has '  | {a: .b +}'
	err_has '  |         ^'
	fails 2 "sfilter --set 'total=.a + ' </dev/null"
	err_has 'sfilter: --set, byte 12: '
	err_has '  | total=.a + '
	err_has '  |            ^'
	fails 2 "sfilter --set-time 'fromjso' </dev/null"
	err_has 'sfilter: --set-time, byte 1: '
	err_has 'did you mean "fromjson"?'
	# Each of them is a program: what is not native in one doesn't concern the others.
	run_pipe "echo '{\"a\":1}' | scat -i json" "sfilter -m '{a: ((.a, input_filename) | values | tostring)}' --set 'b=12345678901234567890'" 'scat -O json'
	err_is 'sfilter: input_filename is not native: libjq evaluates the -m expression, with doubles for numbers'
	out_is '{"a":"1","b":12345678901234567890}'
	fails 2 "sfilter --engine native --set 'b=input_filename' </dev/null"
	err_has '"input_filename" is not native'
}

@test "sfilter: an assignment where a comparison was meant passes all, with a warning" {
	printf '{"a":%d}\n' 1 2 >in
	for e in '.a = 1' '.x | .a = 1'; do
		run_pipe 'scat -i json in' "sfilter '$e'" 'scat -O json'
		[ "$status" -eq 0 ]
		cmp in out
		err_has 'sfilter: the expression is an assignment, whose value is the changed record: it is true for each; == compares'
	done
	for args in "'.a == 1'" "'.a = 1 | .a == 1'" "'. = true'" "--set 'b=(.a = 1)'" "-m '.a = 1'"; do
		ok 'scat -i json in' "sfilter $args" 'scat -O json'
	done
}

@test "sfilter: nothing to do, too much to do, and typing slips" {
	fails 2 'sfilter </dev/null'
	err_has 'no expression'
	fails 2 'sfilter a b </dev/null'
	fails 2 'sfilter --from-file f . </dev/null'
	for slip in 'kep keep' 'dropp drop' 'mapp map' 'sett set' 'sampel sample' 'set-tim set-time' 'seeed seed' 'map-fil map-file' 'dely delay'; do
		read -r wrong right <<<"$slip"
		fails 2 "sfilter --$wrong=x . </dev/null"
		err_has "no option \"--$wrong\"; did you mean \"--$right\"?"
	done
	for bad in --keep --drop; do
		for paths in '' a, a..b 'a b' '[0]' .; do
			fails 2 "sfilter $bad='$paths' </dev/null"
			err_has "sfilter: $bad \"$paths\": "
		done
	done
}

@test "sfilter: empty input, /dev/full, a closed reader, a producer that died" {
	seq 100000 | awk '{ printf "{\"n\":%d,\"s\":\"%d\"}\n", $1, $1 }' >in
	scat -i json in >stream
	scat -i json /dev/null >empty
	for args in "-m '{n}'" "--set m=.n" "--keep n" "--drop n" "--sample 0.9" "--set-time .n" "-m .n --set a=1 --set-time .a --drop a"; do
		ok "sfilter $args <empty" 'scat -O json'
		[ ! -s out ]
		fails 76 "sfilter $args </dev/null"
		fails 74 "sfilter $args <stream >/dev/full"
		err_has 'No space left on device'
		deaths=141 run_pipe "sfilter $args <stream" 'head -c 100'
		[ "${statuses[0]}" -eq 141 ]
		fails 76 "head -c 300000 stream | sfilter $args"
		err_has 'its producer died'
	done
}

@test "sfilter: --stats and --explain tell of every step" {
	three
	run_pipe 'scat -i json in' "sfilter --stats s '.amount > 0' -m '.o.x, .user | numbers, strings' --engine jq" 'scat -O json'
	[ "$(jq -c '[.records_in, .records_out, .bad, .dropped]' s)" = '[3,3,0,1]' ] || fail "$(cat s)"
	run -0 sfilter --explain --sample 10% -k addr '.status >= 400' -m '{addr, n: (.bytes + 1)}' --set 'a=.b' --set-time .t -d 90s --keep a,b --drop a.c
	[ "$output" = 'sample    10% of the records, by the hash of addr, seed 0
engine    native; numbers are exact
plan      1 test on the record in place
passes    records for which any output is true
map       {addr, n: (.bytes + 1)}
engine    native; numbers are exact
plan      an object of 2 members, 1 of them copied
set       a=.b
engine    native; numbers are exact
plan      one output, from the record in place
time      .t
engine    native; numbers are exact
plan      one output, from the record in place
watermark 1m30s behind the greatest new time (-d)
keep      a,b
drop      a.c
memory    a buffer of 256 KiB, or of the longest frame' ]
}
