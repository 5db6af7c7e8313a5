#!/usr/bin/env bats
# sdedup: keys by value, horizons, the first and the last, late records, memory, checkpoints. The worked tables are in
# ../semantics.bats, kills in checkpoint.bats.

load ../helper

# dedup TEXT-FILE ARG...: through scat, sdedup and out as JSON; nothing may be said.
dedup() {
	local f=$1
	shift
	ok "scat -i json -t .ts --time-format s $f" "sdedup $*" 'scat -O json'
}

# Records of times and keys: "1 a" is {"ts":1,"k":"a","n":LINE}.
records() {
	awk '{ printf "{\"ts\":%s,\"k\":\"%s\",\"n\":%d}\n", $1, $2, NR }'
}

# The field n of what came out, on one line.
numbers() {
	jq -r .n out | paste -sd ' '
}

@test "sdedup: a model of it in Python agrees on generated cases" { judge cmd/dedup_model.py "$(cases 500)"; }
@test "sdedup: the same with other cases" { judge cmd/dedup_model.py "$(cases 250)" 2; }

# keys

@test "sdedup: without -k a record is a duplicate by value, not by spelling" {
	cat >t <<-'END'
		{"a":1,"b":"x","c":{"p":[1,2],"q":null}}
		{"b":"\u0078","c":{"q":null,"p":[1.0,2e0]},"a":1.00}
		{ "a" : 1 , "c" : { "p" : [ 1 , 2 ] , "q" : null } , "b" : "x" }
		{"a":"1","b":"x","c":{"p":[1,2],"q":null}}
		{"a":1,"b":"x","c":{"p":[2,1],"q":null}}
		{"a":1,"b":"x"}
		{"a":1,"b":"x","c":null}
		{"b":"x","a":1}
		{"a":1,"b":"x","a":1}
		{"a":2,"b":"x","a":1}
	END
	ok 'scat -i json t' sdedup 'scat -O raw'
	sed -n '1p;4p;5p;6p;7p' t | cmp - out
	# Records of two formats are the same if their fields are.
	printf 'b,a\nx,1\n' >t.csv
	ok '{ scat -i json t; scat -i csv t.csv; }' sdedup 'scat -O json' 'wc -l'
	out_is 5
}

@test "sdedup: what a field is called and what is in it are kept apart" {
	printf '%s\n' '{"ab":"c"}' '{"a":"bc"}' '{"a":"b","c":""}' '{"a":"","bc":""}' '{}' '[1]' '1' 'null' '{"value":null}' >t
	ok 'scat -i json t' sdedup 'scat -O raw'
	# A list is its records, and a value that is no object has the field "value".
	sed -n '1,5p; 7,8p' t | cmp - out
	# And the values of several paths.
	printf '%s\n' '{"a":"x","b":"yz"}' '{"a":"xy","b":"z"}' '{"a":"xyz"}' '{"b":"xyz"}' '{"a":"xyz","b":null}' >t
	ok 'scat -i json t' 'sdedup -k a,.b' 'scat -O raw'
	head -n 4 t | cmp - out
}

@test "sdedup: null and missing are one key, for paths" {
	printf '%s\n' '{"n":1,"k":null}' '{"n":2}' '{"n":3,"k":"null"}' '{"n":4,"k":{}}' '{"n":5,"k":{"x":1}}' >t
	ok 'scat -i json t' 'sdedup -k .k' 'scat -O json'
	[ "$(numbers)" = '1 3 4 5' ]
	ok 'scat -i json t' 'sdedup -k .k.x' 'scat -O json'
	[ "$(numbers)" = '1 5' ]
}

@test "sdedup: a path that was meant as a name is noticed" {
	printf '{"id.orig":%d}\n' 1 2 >t
	run_pipe 'scat -i json t' 'sdedup -k id.orig' 'scat -O json'
	[ "$status" -eq 0 ]
	err_has "-k id.orig was null in every record, but there is a field of that name: write -k '.[\"id.orig\"]'"
	ok 'scat -i json t' "sdedup -k '.[\"id.orig\"]'" 'scat -O json' 'wc -l'
	out_is 2
	run_pipe 'scat -i json t' 'sdedup -k .slip' 'scat -O json'
	err_is 'sdedup: -k .slip was null in every record'
}

@test "sdedup: keys that are computed, and several of them; where one fails the record is bad" {
	printf '{"u":%s,"h":%d,"n":%d}\n' '"Ann"' 1 1 '"ANN"' 2 2 '"bob"' 1 3 7 1 4 '"ann"' 11 5 7 1 6 >t
	run_pipe 'scat -i json t' "sdedup -k 'u=.u|ascii_downcase' -k 'h=.h % 10' --rejects bad" 'scat -O json'
	[ "$status" -eq 0 ] && [ "$(numbers)" = '1 2 3' ]
	[ "$(jq -r .record bad | paste -sd ' ')" = '4 6' ]
	grep -q 'ascii_downcase' bad
	fails 2 "sdedup -k 'u=.u|' </dev/null"
	err_has '-k "u=.u|"'
}

# --within, --lateness, --late

@test "sdedup: times to the nanosecond, on either side, and at the ends of 64 bits" {
	printf '%s\n' '10 a' '11 a' '11.000000001 a' '9.999999999 b' '9 b' '8.999999998 b' | records >t
	dedup t -k .k --within 1s --lateness 1m
	[ "$(numbers)" = '1 3 4 6' ]
	dedup t -k .k --within 0 --lateness 1m
	[ "$(numbers)" = '1 2 3 4 5 6' ]
	printf '%s\n' '-9223372036.8 a' '-9223372036.7 a' '9223372036.8 a' '9223372036.75 a' '9223372036.85 a' | records >t
	for within in 1ns 50ms 1s 36y; do
		[ $within = 36y ] && within=$((36 * 365))d
		ok 'scat -i json -t .ts --time-format s t' "sdedup -k .k --within $within --lateness 1h" 'scat -O json'
		numbers
	done >got
	printf '%s\n' '1 2 3 4 5' '1 2 3' '1 3' '1 3' | diff - got
}

@test "sdedup: late is further behind than --lateness; it is counted, and kept by --late" {
	printf '%s\n' '100 a' '90 b' '89.999 c' '95 d' '1 e' | records >t
	run_pipe 'scat -i json -t .ts --time-format s t' 'sdedup -k .k --within 10s --late late.weir --stats stats' 'scat -O json'
	[ "$status" -eq 0 ] && [ "$(numbers)" = '1 2 4' ]
	err_has '2 late records left out, up to 1m29s too late to be judged; --lateness 1m39s would have kept them; they are in late.weir'
	ok 'scat -O raw late.weir'
	sed -n '3p;5p' t | cmp - out
	[ "$(jq -c '[.late,.duplicates,.keys]' stats)" = '[2,0,3]' ]
	dedup t -k .k --within 10s --lateness 1m39s
	[ "$(numbers)" = '1 2 3 4 5' ]
	# Nothing late: a stream without records.
	dedup t -k .k --within 10s --lateness 2m --late none.weir
	ok 'scat -O json none.weir'
	[ ! -s out ]
}

@test "sdedup: a record without an event time is bad with --within, and like others without it" {
	printf '%s\n' '{"k":1}' '{"ts":1,"k":2}' '{"k":1}' >t
	run_pipe 'scat -i json -t .ts --time-format s t' 'sdedup -k .k --within 1s --rejects bad' 'scat -O raw'
	[ "$status" -eq 0 ]
	out_is '{"ts":1,"k":2}'
	[ "$(jq -r .record bad | paste -sd ' ')" = '1 3' ]
	ok 'scat -i json -t .ts --time-format s t' 'sdedup -k .k' 'scat -O raw'
	head -n 2 t | cmp - out
	run_pipe 'scat -i json t' 'sdedup -k .k --within 1s' 'scat -O json'
	err_has 'no record had an event time: name its field with scat -t PATH'
}

@test "sdedup: half a million keys that come and go, in order, against awk" {
	awk 'BEGIN { x = 1; for (i = 0; i < 500000; i++) { x = x * 16807 % 2147483647
		printf "{\"ts\":%d.%03d,\"k\":%d}\n", i / 1000, i % 1000, x % (i < 250000 ? 200000 : 30000) } }' >t
	dedup t -k .k --within 40s --stats stats
	awk -F '[:,}]' '{ t = $2 * 1000; k = $4 } !(k in last) || t - last[k] > 40000.5 { last[k] = t; print }' t | cmp - out
	# Those of the horizon are remembered, not all that there were.
	jq -e '.keys > 20000 and .keys < 60000 and .memory == .keys * 48' stats
}

# --which last, --dups

@test "sdedup: the last goes out when the watermark has passed it, and not before" {
	printf '%s\n' '0 a' '4 a' '20 b' '20.001 b' '19 c' '30 d' | records >t
	# The first group closes at the watermark above 0 + 5 + 5: the record at 20 closes it.
	ok 'scat -i json -t .ts --time-format s t' 'sdedup -k .k --within 5s --which last' 'swindow -w 1s n=first:.n' 'scat -O json'
	[ "$(numbers)" = '2 5 4 6' ]
	head -n 3 t >u
	printf '{"ts":20.5,"k":"x","n":9}\n' >>u
	# What waits is behind the watermark that goes on: nothing is late there.
	ok 'scat -i json -t .ts --time-format s u' 'sdedup -k .k --within 5s --which last --dups' 'sdedup -k .k --within 0 --lateness 0' 'scat -O json'
	[ "$(jq -c '[.n,.dups]' out | paste -sd ' ')" = '[2,1] [3,0] [9,0]' ]
}

@test "sdedup: without --within, the last of each key comes at the end, in the order of keys" {
	printf '%s\n' '5 a' '1 b' '9 a' '3 c' '7 a' '2 b' | records >t
	dedup t -k .k --which last --dups
	[ "$(jq -c '[.n,.dups]' out | paste -sd ' ')" = '[3,2] [6,1] [4,0]' ]
	printf '%s\n' '{"k":1,"n":1}' '{"k":1,"n":2}' '{"ts":1,"k":1,"n":3}' '{"k":1,"n":4}' >t
	dedup t -k .k --which last
	[ "$(numbers)" = 3 ]
}

@test "sdedup: the kept record is the one that came, in its own bytes; dups finds a name" {
	printf '%s\n' '{ "k" : 1.50 , "dups" : "\u0061" }' '{ "k" : 1.5 , "dups" : "\u0061" }' >t
	ok 'scat -i json t' 'sdedup -k .k --which last' 'scat -O raw'
	sed -n 2p t | cmp - out
	ok 'scat -i json t' 'sdedup -k .k --which last --dups' 'scat -O json'
	out_is '{"k":1.5,"dups":"\u0061","sdedup_dups":1}'
	# No name is there twice: what was counted before stays what it was.
	printf '%s\n' '{"k":1}' '{"k":1}' >t
	ok 'scat -i json t' 'sdedup -k .k --which last --dups' 'sdedup -k .k --which last --dups' 'sdedup -k .k --which last --dups' 'scat -O json'
	out_is '{"k":1,"dups":1,"sdedup_dups":0,"sdedup_sdedup_dups":0}'
}

# memory

@test "sdedup: --max-memory ends it with status 71, at the same record whatever the hashes" {
	seq 3000 | awk '{ print $1, $1 % 2000 }' | records >t
	for seed in 1 2 3; do
		run_pipe 'scat -i json -t .ts --time-format s t' "WEIR_HASH_SEED=$seed sdedup -k .k --max-memory 32000" 'scat -q -O json'
		[ "${statuses[1]}" -eq 71 ]
		err_has '--max-memory is reached with 1000 keys: --within DUR bounds them'
		[ "$(wc -l <out)" -eq 1000 ]
	done
	dedup t -k .k --max-memory 64000
	[ "$(wc -l <out)" -eq 2000 ]
	# A shorter memory is enough.
	dedup t -k .k --max-memory 32000 --within 100s
	[ "$(wc -l <out)" -eq 3000 ]
	run_pipe 'scat -i json -t .ts --time-format s t' 'sdedup -k .k --max-memory 32000 --which last' 'scat -q -O json'
	[ "${statuses[1]}" -eq 71 ] && err_has 'records that wait'
}

# A million ids, a tenth of them again.
ids() {
	awk 'BEGIN { x = 1; for (i = 0; i < 600000; i++) { x = x * 16807 % 2147483647
		printf "{\"ts\":%d.%03d,\"id\":\"%d\"}\n", i / 1000, i % 1000, x % 10 == 0 ? int(x / 10) % (i + 1) : i } }'
}

@test "sdedup --approx: no duplicate passes, and less than P of the others is lost, in the memory that was given" {
	ids >t
	dedup t -k .id
	mv out exact
	all=$(wc -l <exact)
	while read -r p within memory; do
		[ "$within" != - ] || within=
		dedup t -k .id --approx "$p" $within --max-memory "$memory" --stats stats
		# What passes, the exact one passes too, but where a lost first one makes room for a second.
		[ "$(jq -r .id out | sort | uniq -d | wc -l)" -eq 0 ]
		lost=$((all - $(wc -l <out)))
		echo "$p $within: $lost of $all lost"
		awk -v lost="$lost" -v all="$all" -v p="$p" 'BEGIN { exit !(lost <= all * p) }'
		jq -e ".memory <= $(numfmt --from=iec-i --suffix=B "$memory" | tr -d B)" stats
		[ -n "${WEIR_SAN-}" ] || jq -e '.peak_memory < 14e6' stats
	done <<-END
		0.1 - 1280KiB
		0.01 - 1280KiB
		0.001 - 1280KiB
		0.0001 - 2560KiB
		0.000001 - 2560KiB
		0.01 --within=1h 2560KiB
		0.0001 --within=1h 2560KiB
	END
}

@test "sdedup --approx: it is full before it would lose more" {
	ids >t
	run_pipe 'scat -i json -t .ts --time-format s t' 'sdedup -k .id --approx 0.1% --max-memory 512KiB --stats stats' 'scat -q -O json'
	[ "${statuses[1]}" -eq 71 ]
	err_has '--approx: 512 KiB are full after'
	# Nine tenths of its places hold something.
	jq -e '.keys > 262144 * 0.85' stats
	# With a horizon there is room, because places become free.
	ok 'scat -i json -t .ts --time-format s t' 'sdedup -k .id --approx 0.1% --max-memory 512KiB --within 20s' 'scat -O json'
}

@test "sdedup --approx: ticks and sweeps, through gaps and years, keep what exactness keeps" {
	awk 'BEGIN { x = 1; t = 0; for (i = 0; i < 200000; i++) { x = x * 16807 % 2147483647
		t += x % 5000 == 0 ? 86400 * 400 : x % 97 == 0 ? 1000 : x % 3
		printf "{\"ts\":%d,\"k\":%d}\n", t, x % 70 } }' >t
	for within in 1s 10s 1h; do
		dedup t -k .k --within $within
		cp out exact
		dedup t -k .k --within $within --approx 0.00001 --max-memory 4MiB
		# Nothing passes twice within the time; a tick too many is lost, of a second or so in an hour.
		awk -F '[:,}]' -v w="$(echo $within | sed 's/1h/3600/; s/s//')" '($4 in last) && $2 - last[$4] <= w { print; bad = 1 }
			{ last[$4] = $2 } END { exit bad }' out
		awk -v a="$(wc -l <exact)" -v b="$(wc -l <out)" -v w=$within 'BEGIN { exit !(b <= a && b >= a * (w == "1h" ? 0.98 : 1)) }'
	done
}

# --spill

need_spill() {
	[ "$(echo | "$BUILD_DIR/tests/spill" probe 2>&1)" = ready ] || skip "built without RocksDB"
	rmdir probe
}

@test "sdedup: --spill: the model agrees where everything goes to disk all the time" {
	need_spill
	export MODEL_SPILL=store WEIR_SPILL_EVERY=2
	judge cmd/dedup_model.py 60 7
	WEIR_SPILL_EVERY=40 judge cmd/dedup_model.py 20 8
	[ -z "$(ls -A store)" ]
}

@test "sdedup: --spill on real data changes no byte: keys, whole records, horizons that pass" {
	need_spill
	need_data weblogs/nginx.log
	while read -r args; do
		ok 'scat -d 1m $WEIR_DATA/weblogs/nginx.log' "sdedup -q $args" 'scat -O raw'
		mv out want
		ok 'scat -d 1m $WEIR_DATA/weblogs/nginx.log' "WEIR_SPILL_EVERY=300 sdedup -q $args --spill store --stats s" 'scat -O raw'
		cmp want out || fail "$args"
		jq -e '.spilled > 1000 and .memory < 30000' s || fail "$args: $(cat s)"
	done <<-END

		-k .addr,.path
		-k .addr,.path,.agent --within 1h
		-k .addr,.path,.agent --within 10m --lateness 6h
	END
	[ -z "$(ls -A store)" ]
}

@test "sdedup: --spill: many more keys than --max-memory has room for, in bounded memory" {
	need_spill
	need_lean
	awk 'BEGIN { for (i = 0; i < 700000; i++) printf "{\"k\":%d}\n", (i * 7919) % 600011 }' | scat -i json -q >in.weir
	run_pipe 'sdedup -k .k --max-memory 4MiB <in.weir' 'wc -c'
	[ "${statuses[0]}" -eq 71 ] && err_has '--spill DIR moves them to disk' || { show; false; }
	ok 'sdedup -k .k <in.weir' 'scat -O json' md5sum
	mv out want
	ok 'sdedup -k .k --max-memory 4MiB --spill store --stats s <in.weir' 'scat -O json' md5sum
	diff want out
	[ "$(jq -c '[.keys, .duplicates]' s)" = '[600011,99989]' ] || fail "$(cat s)"
	jq -e '.spilled > 500000 and .looks < 300000 and .peak_memory < 64 * 1024 * 1024' s || fail "$(cat s)"
}

@test "sdedup: --spill: what waits for its last goes to disk: real data, often and seldom" {
	need_spill
	need_data weblogs/nginx.log
	while IFS='|' read -r every args; do
		ok 'scat -d 1m $WEIR_DATA/weblogs/nginx.log' "sdedup -q --which last $args" 'scat -O json'
		mv out want
		ok 'scat -d 1m $WEIR_DATA/weblogs/nginx.log' "WEIR_SPILL_EVERY=$every sdedup -q --which last $args --spill store --stats s" 'scat -O json'
		cmp want out || fail "$args"
		jq -e '.spilled > 1000 and .looks > 0' s || fail "$args: $(cat s)"
	done <<-END
		40|-k .addr,.path --dups
		300|
		40|-k .addr,.path --within 10m --lateness 6h --dups
		300|-k .addr,.path,.agent --within 1h
	END
	[ -z "$(ls -A store)" ]
}

@test "sdedup: --spill: more that waits than --max-memory has room for, in bounded memory, in the order of the first ones" {
	need_spill
	need_lean
	# Records of 300 bytes; some keys come all the time.
	awk 'BEGIN { for (i = 0; i < 200000; i++) printf "{\"ts\":%d.%03d,\"k\":%d,\"n\":%d,\"text\":\"%0250d\"}\n",
		i / 1000, i % 1000, i % 10 == 0 ? i % 70 : (i * 7919) % 150011, i, i }' | scat -i json -t .ts --time-format s -q >in.weir
	run_pipe 'sdedup -k .k --which last --max-memory 4MiB <in.weir' 'wc -c'
	[ "${statuses[0]}" -eq 71 ] && err_has 'records that wait' && err_has '--spill DIR moves them to disk' || { show; false; }
	for args in '' '--within 50s'; do
		ok "sdedup -k .k --which last --dups $args <in.weir" 'scat -O json' md5sum
		mv out want
		ok "sdedup -k .k --which last --dups $args --max-memory 4MiB --spill store --stats s <in.weir" 'scat -O json' md5sum
		diff want out
		jq -e '.spilled > 100000 and .looks < 50000 and .memory < 4 * 1024 * 1024 and .peak_memory < 72 * 1024 * 1024' s || fail "$args: $(cat s)"
	done
}

@test "sdedup: --spill: runs with it and without go on with each other's state" {
	need_spill
	need_data weblogs/nginx.log
	head -n 9000 "$WEIR_DATA/weblogs/nginx.log" >whole
	while read -r args; do
		rm -rf st log out.jsonl
		ok 'scat -d 5s whole' "sdedup -q $args" 'scat -O json'
		mv out want
		for i in 1 2 3; do
			sed -n "$((i * 3000 - 2999)),$((i * 3000))p" whole >>log
			spill='--spill store' final=
			[ $i -ne 2 ] || spill=
			[ $i -ne 3 ] || final=--final
			ok "scat -q -i combined -C st --epoch-records 700 -d 5s $final log" "WEIR_SPILL_EVERY=90 sdedup -q $args $spill" 'scat -q -o out.jsonl'
		done
		cmp want out.jsonl || fail "$args"
	done <<-END

		-k .addr,.path --within 10m
		-k .addr --within 1s --lateness 10m
		-k .addr,.path --within 10m --which last --dups
		-k .addr --within 1s --lateness 10m --which last
		-k .addr,.path --which last --dups
	END
}

@test "sdedup: --spill: a disk that takes no more is status 74; what can't be its directory 73; what it does not go with 2" {
	need_spill
	need_lean
	seq 1 400000 | awk '{ printf "{\"k\":%d}\n", $1 }' | scat -i json -q >in.weir
	run_pipe '(ulimit -f 512; exec sdedup -k .k --max-memory 1MiB --spill store <in.weir)' 'scat -q -O json'
	[ "${statuses[0]}" -eq 74 ] || { show; false; }
	err_has 'sdedup: --spill: store/weir-spill-'
	run_pipe '(ulimit -f 512; exec sdedup -k .k --max-memory 1MiB --which last --spill store <in.weir)' 'scat -q -O json'
	[ "${statuses[0]}" -eq 74 ] || { show; false; }
	err_has 'sdedup: --spill: store/weir-spill-'
	[ -z "$(ls -A store)" ]
	: >file
	fails 73 'sdedup --spill file </dev/null'
	err_has 'sdedup: --spill: file: '
	fails 2 'sdedup --spill store --approx 0.1 </dev/null'
	err_has '--spill goes without --approx'
}

# determinism

@test "sdedup: frames, pipes and seeds change no byte" {
	need_data weblogs/nginx.log
	for args in '' '-k .addr --within 10m' '-k .addr,.path --within 1h --which last --dups' '-k .path --approx 0.01 --max-memory 64KiB'; do
		ok 'scat $WEIR_DATA/weblogs/nginx.log' "sdedup $args" 'scat -O json'
		mv out want
		for env in WEIR_FRAME_SIZE=1 WEIR_FRAME_SIZE=700 WEIR_PIPE_SIZE=4096 WEIR_HASH_SEED=1 WEIR_HASH_SEED=2 WEIR_CPU=sse2; do
			ok "$env scat \$WEIR_DATA/weblogs/nginx.log" "$env sdedup $args" "$env scat -O json"
			cmp want out || fail "$args $env"
		done
	done
}

@test "sdedup: nginx.log without its 630 duplicates, byte for byte what awk makes of it" {
	need_data weblogs/nginx.log
	log=$WEIR_DATA/weblogs/nginx.log
	awk '!seen[$0]++' "$log" >want
	[ "$(wc -l <want)" -eq 50832 ]
	ok "scat -i lines $log" sdedup 'scat -O raw'
	cmp want out
	ok "scat $log" sdedup 'scat -O raw'
	cmp want out
	ok "scat $log" 'sdedup --approx 0.0001' 'scat -O raw'
	cmp want out
}

# checkpoints

@test "sdedup: five runs over a log that grows are as one, with seeds of their own" {
	need_data weblogs/nginx.log
	head -n 20000 "$WEIR_DATA/weblogs/nginx.log" >whole
	while read -r args; do
		rm -rf st log out.jsonl late late.one
		late=
		[[ $args != *--within* ]] || late='--late late'
		ok 'scat -d 5s whole' "sdedup -q $args ${late:+--late late.one}" 'scat -O json'
		mv out want
		for i in 1 2 3 4 5; do
			sed -n "$((i * 4000 - 3999)),$((i * 4000))p" whole >>log
			final=
			[ $i -lt 5 ] || final=--final
			ok "scat -q -i combined -C st --epoch-records 1500 -d 5s $final log" "WEIR_HASH_SEED=$i sdedup -q $args $late" 'scat -q -o out.jsonl'
		done
		cmp want out.jsonl || fail "$args"
		[ -z "$late" ] || diff <(scat -O json late.one) <(scat -i frames -O json late)
	done <<-END

		-k .addr --within 10m
		-k .addr --within 1h --lateness 0
		-k .addr --within 10m --which last --dups
		-k .addr --which last
		-k .addr,.path --approx 0.01 --max-memory 64KiB
		-k .addr --within 10m --approx 0.001 --max-memory 64KiB
	END
}

@test "sdedup: --max-memory counts the same after a restart" {
	seq 40000 | awk '{ print $1 / 10, $1 % 9000 }' | records >whole
	run_pipe 'scat -i json -t .ts --time-format s whole' 'sdedup -k .k --within 60s --stats one' 'scat -O json'
	mv out want
	for lines in 1,25000 25001,40000; do
		sed -n "${lines}p" whole >>log
		ok 'scat -q -i json -t .ts --time-format s -C st --epoch-records 7001 log' 'sdedup -k .k --within 60s --stats two' 'scat -q -o out.jsonl'
	done
	cmp want out.jsonl
	[ "$(jq .keys one)" = "$(jq .keys two)" ]
}

@test "sdedup: a state of many keys is loaded in about the time that making it took" {
	need_lean
	seq 1000000 >log
	for i in 1 2; do
		run_pipe 'scat -q -C st -i lines --epoch 1h log' "bash -c 'sdedup -q --stats s; status=\$?; times >times.$i; exit \$status'" 'scat -q -o out.txt'
		[ "$status" -eq 0 ] || { show; false; }
		echo more >>log
	done
	[ "$(jq -c '[.records_in, .keys]' s)" = '[1,1000001]' ]
	# What the child took, in hundredths of a second.
	cpu() { tail -1 "$1" | tr 'ms' '  ' | awk '{ print int(6000 * ($1 + $3) + 100 * ($2 + $4)) }'; }
	[ "$(cpu times.2)" -lt $((3 * $(cpu times.1) + 30)) ] || fail "$(cat times.1 times.2)"
}

@test "sdedup: another option does not fit the state, and is named with both values" {
	printf '%s\n' '1 a' '2 a' '300 b' | records >t
	run='scat -q -i json -t .ts --time-format s -C st t'
	ok "$run" 'sdedup -k .k --within 1m' 'scat -q -o out.jsonl'
	while IFS='|' read -r args what; do
		run_pipe "$run" "sdedup $args" 'scat -q -o out.jsonl'
		[ "${statuses[1]}" -eq 78 ] || { show; false; }
		err_has "$what"
	done <<-END
		-k .k --within 2m|--within was 1m in the checkpoint and is 2m now
		-k .n --within 1m|-k was .k in the checkpoint and is .n now
		-k .k --within 1m --which last|--which was first in the checkpoint and is last now
		-k .k --within 1m --approx 0.1|--approx was not given in the checkpoint and is 0.1 now
	END
	# And a state of another kind is not read as one.
	run_pipe "$run --accept-change" 'sdedup -k .k --within 2m' 'scat -q -o out.jsonl'
	[ "${statuses[1]}" -eq 76 ] && err_has 'does not fit it'
}

# wrong usage

@test "sdedup: what does not go together is refused before anything is read" {
	while IFS='|' read -r args what; do
		fails 2 "sdedup $args </dev/null"
		err_has "$what"
	done <<-'END'
		x|no operand "x"
		-k .a,,|-k ".a,,"
		--lateness 1m|--lateness goes with --within
		--late f|--late goes with --within
		--within 1m --late d/|--late takes a file
		--within 99999d|longer than 36 years
		--within 1m --lateness 99999d|longer than 36 years
		--dups|--dups goes with --which last
		--which newest|newest
		--approx 0.1 --which last|--approx goes with --which first
		--approx x|--approx "x"
		--approx 0|--approx "0"
		--approx 1|--approx "1"
		--approx 1e-9|--approx "1e-9"
		--approx 1e-7 --within 1m|a greater P does
		--approx 0.1 --within 1ns --lateness 1d|so much longer
		--within -1s|--within
	END
}

@test "sdedup: --explain says what would be done" {
	ok 'sdedup --explain'
	grep -q 'key       the whole record, by value' out
	grep -q 'memory    up to 1 GiB: 32 bytes a key$' out
	ok 'sdedup -k .a,.b --within 5m --which last --explain'
	grep -q 'horizon   5m, and records up to 5m behind the watermark' out
	ok 'sdedup --approx 1% --explain'
	grep -q 'memory    64 MiB, fixed; keys by 16 bits, at most 1% of new ones' out
}

@test "sdedup: a full disk, a reader that is gone, a producer that died, a directory for --late" {
	printf '%s\n' '1 a' '2 b' '900 c' | records >t
	scat -i json -t .ts --time-format s -o t.weir t
	fails 74 'sdedup -q -k .k <t.weir >/dev/full'
	fails 73 'sdedup -q -k .k --within 1s --late /dev/null/x <t.weir >/dev/null'
	fails 76 'head -c 300 t.weir | sdedup -q -k .k --which last >got'
	fails 76 'scat -q -i frames -O json got'
	[ ! -s out ]
	fails 76 'sdedup -q </dev/null'
	fails 76 'sdedup -q <t'
}

@test "sdedup: a trickle passes at once" {
	mkfifo in
	: >got
	timeout -s KILL 300 scat -i json <in | sdedup -k .k | scat -O json >got &
	exec 8>in
	for i in 1 2 1 3; do
		printf '{"k":%d}\n' $i >&8
	done
	until [ "$(wc -l <got)" -ge 3 ]; do kill -0 $!; done
	printf '{"k":%d}\n' 1 2 3 | cmp - got
	exec 8>&-
	wait
}
