#!/usr/bin/env bats
# swindow: windows of every kind, keys, aggregates, late records. The worked tables of other engines are in
# ../semantics.bats, the main job in main.bats.

load ../helper

# window TEXT-FILE ARG...: through scat into windows and out as JSON.
window() {
	local f=$1
	shift
	run_pipe "scat -i json -t .ts --time-format s -q $f" "swindow $*" 'scat -O json'
	[ "$status" -eq 0 ] || { show; return 1; }
}

# The one result's field, of one window over everything.
value() {
	printf '%s\n' "$1" | awk '{ for (i = 1; i <= NF; i++) printf "{\"ts\":%d,\"x\":%s}\n", i, $i }' >t
	window t -q -w 1d "r=$2"
	sed 's/.*"r"://; s/}$//' out
}

# is VALUES AGGREGATE RESULT
is() {
	[ "$(value "$1" "$2")" = "$3" ] || { show; fail "$2 of $1: expected $3"; }
}

@test "swindow: a model of it in Python agrees on generated cases" { judge cmd/model.py "$(cases 300)"; }
@test "swindow: the same with other cases" { judge cmd/model.py "$(cases 150)" 2; }

@test "swindow: a model of tumbling windows, with lateness, corrections, early results" { judge cmd/model_windows.py tumbling "$(cases 200)"; }
@test "swindow: a model of hopping windows" { judge cmd/model_windows.py hopping "$(cases 200)"; }
@test "swindow: a model of cumulating windows" { judge cmd/model_windows.py cumulating "$(cases 200)"; }
@test "swindow: a model of windows by the calendar" { judge cmd/model_windows.py calendar "$(cases 200)"; }
@test "swindow: a model of sessions" { judge cmd/model_windows.py session "$(cases 200)"; }
@test "swindow: a model of windows by count" { judge cmd/model_windows.py count "$(cases 200)"; }
@test "swindow: a model of the whole stream's window" { judge cmd/model_windows.py all "$(cases 200)"; }

@test "swindow: five runs under a checkpoint, some killed, equal one, for every kind of window" {
	for kind in tumbling hopping cumulating calendar session count all; do
		judge cmd/restart_windows.py $kind 4
	done
}

# -w, --offset

@test "swindow: a window is [start, end), aligned, made by the first record in it" {
	printf '{"ts":%s}\n' 59.999999999 60 119 240 >t
	window t -w 1m count
	out_is '{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:01:00Z","count":1}
{"start":"1970-01-01T00:01:00Z","end":"1970-01-01T00:02:00Z","count":2}
{"start":"1970-01-01T00:04:00Z","end":"1970-01-01T00:05:00Z","count":1}'
	window t --window 1h30m --offset -30m count
	out_is '{"start":"1969-12-31T23:30:00Z","end":"1970-01-01T01:00:00Z","count":4}'
	printf '{"ts":%s}\n' 0.25 0.5 >t
	window t -w 250ms count
	out_is '{"start":"1970-01-01T00:00:00.25Z","end":"1970-01-01T00:00:00.5Z","count":1}
{"start":"1970-01-01T00:00:00.5Z","end":"1970-01-01T00:00:00.75Z","count":1}'
}

@test "swindow: times near the ends of 64 bits" {
	printf '{"ts":%s}\n' -9223372036 9223372036 >t
	run_pipe 'scat -i json -t .ts --time-format s t' 'swindow -w 1w count' 'scat -O json'
	[ "$status" -eq 0 ]
	[ "$(jq .count out | tr '\n' ' ')" = '1 1 ' ]
}

@test "swindow: results go out when the watermark reaches the end, not before, and can be windowed again" {
	printf '{"ts":%s}\n' 1 2 61 62 121 >t
	run_pipe 'scat -i json -t .ts --time-format s t' 'swindow -w 1m count' 'swindow -w 1h n=count sum:.count' 'scat -O json'
	[ ! -s err ] || { show; false; }
	out_is '{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T01:00:00Z","n":3,"sum_count":5}'
	# The event time of a result is its window's end, less a nanosecond.
	run_pipe 'scat -i json -t .ts --time-format s t' 'swindow -w 1m count' 'swindow -w 1ns n=count' 'scat -O json' 'jq -r .start'
	out_is '1970-01-01T00:00:59.999999999Z
1970-01-01T00:01:59.999999999Z
1970-01-01T00:02:59.999999999Z'
}

@test "swindow: corrections are not late for windows of windows" {
	printf '{"ts":%s}\n' 1 61 121 2 181 >t
	ok 'scat -i json -t .ts --time-format s t' 'swindow -w 1m --lateness 1h count' 'swindow -w 1m last:.count rev=max:.rev' 'scat -O json' \
		'jq -c "[.last_count, .rev]"' 'paste -sd" "'
	out_is '[2,3] [1,2] [1,2] [1,1]'
}

@test "swindow: the input ends right at a window's end, and a nanosecond before" {
	# The record at the end is in the next window; the end of the input closes both, once.
	for end in 59.999999999 60; do
		printf '{"ts":%s}\n' 0 $end >t
		window t -w 1m count
		[ "$(jq .count out | paste -sd,)" = "$([ $end = 60 ] && echo 1,1 || echo 2)" ] || { show; fail "$end"; }
		window t -w 1m --slide 30s count
		[ "$(jq -r '.end[11:19] + " " + (.count | tostring)' out | paste -sd,)" = \
			"$([ $end = 60 ] && echo '00:00:30 1,00:01:00 1,00:01:30 1,00:02:00 1' || echo '00:00:30 1,00:01:00 2,00:01:30 1')" ] || { show; fail "$end"; }
		# A watermark that stands at the end when the input ends.
		run_pipe "scat -i json -d 1m t" 'swindow -w 1m count' 'scat -O json' 'jq .count' 'paste -sd,'
		out_is "$([ $end = 60 ] && echo 1,1 || echo 2)"
	done
	printf '{"ts":%s}\n' 0 30 >t
	window t --session 30s count
	[ "$(jq -c '[.end, .count]' out)" = '["1970-01-01T00:01:00Z",2]' ] || { show; false; }
}

@test "swindow: what closed before the last run of a checkpoint ended is closed by itself, whatever came at once" {
	seq 1 2000 | jq -c '{ts: ., k: (. == 1)}' >in
	scat in | sfilter .k | swindow -w 2s --lateness 5s count | scat -O json >want
	[ "$(wc -l <want)" -eq 2 ]
	scat -C st --final in | tee s.weir | scat -o out.json
	# From a file the end is read together with what stands before it.
	sfilter -q .k <s.weir | swindow -q -w 2s --lateness 5s count | scat -q -O json | cmp - want
}

@test "swindow: the watermark is restored: what was late in one run is late in the next" {
	printf '{"ts":%s}\n' 10 70 >t
	ok 'scat -i json -C c t' 'swindow -w 1m --late l count --stats s' 'scat -O json -o got'
	printf '{"ts":%s}\n' 20 80 >>t
	ok 'scat -i json -C c --final t' 'swindow -w 1m --late l -q count --stats s' 'scat -O json -o got'
	[ "$(jq .count got | paste -sd,)" = 1,2 ]
	[ "$(jq .late s)" -eq 1 ]
	ok 'scat -O json l'
	out_is '{"ts":20,"missed":["1970-01-01T00:00:00Z"]}'
}

@test "swindow: no records, no windows" {
	: >t
	window t -w 1m count
	[ ! -s out ]
	ok 'scat -i json </dev/null' 'swindow -w 1m -k .k count sum:.x' 'scat -O csv'
	[ ! -s out ]
}

# -k

@test "swindow: keys are named after their last name, several give each pair, none gives one result" {
	printf '{"ts":1,"a":{"b":"x"},"l":[1,"y"],"c d":2}\n' >t
	window t -w 1m -k "'.a.b,.l[1],.[\"c d\"]'" count
	out_is '{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:01:00Z","b":"x","l":"y","c d":2,"count":1}'
	window t -w 1m -k a.b count
	out_is '{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:01:00Z","b":"x","count":1}'
	window t -w 1m -k .none.at.all count
	out_is '{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:01:00Z","all":null,"count":1}'
}

@test "swindow: keys compare as jq compares, and come in its order" {
	for k in '"b"' 2 '[1]' '{"a":1}' null true '"B"' 1.0 10 false '"1"' 1 '[1.0]' '[]' '{"a":1.00}' 1e0 '"é"' '"\u00e9"' -1; do
		echo "{\"ts\":1,\"k\":$k}"
	done >t
	echo '{"ts":2}' >>t
	window t -w 1m -k .k count
	# jq's own order and grouping.
	jq -sc 'group_by(.k)[] | [.[0].k, length]' t >want
	jq -c '[.k, .count]' out | cmp - want
	[ "$(wc -l <out)" -gt 10 ]
}

@test "swindow: a path of an aggregate that no record had: a warning, once, with the name that is near" {
	printf '{"ts":%d,"user":"a","amount":%d,"gone":null}\n' 1 5 2 6 >in
	run_pipe 'scat in' 'swindow -w 1m -k .uesr sum:.amuont p99:.amuont count:.amuont argmax:.amount:.usr max:.b.c min:.gone max:.user.x' 'scat -O csv'
	[ "$status" -eq 0 ]
	err_is "swindow: -k .uesr was null in every record; did you mean .user?
swindow: sum:.amuont: no record had .amuont; did you mean .amount?
swindow: argmax:.amount:.usr: no record had .usr; did you mean .user?
swindow: max:.b.c: no record had .b.c
swindow: max:.user.x: no record had .user.x"
	# What may well be in none: what is counted, or what passes a test. One record that has it is enough, null or not.
	ok 'scat in' "swindow -w 1m count:.err 'sum:.err?.user == \"b\"' last:.gone" 'scat'
	ok "{ cat in; echo '{\"ts\":3,\"amuont\":1}'; } | scat -i json" 'swindow -w 1m sum:.amuont' 'scat'
	ok 'scat -i json </dev/null' 'swindow -w 1m sum:.amuont' 'scat'
	ok 'scat in' 'swindow -q -w 1m sum:.amuont' 'scat'
	# For each kind of window; for frames of a record each, too.
	for w in '--session 5s' '--count 2' --all '-w 1m --slide 10s'; do
		WEIR_FRAME_SIZE=1 run_pipe 'scat in' "swindow $w avg:.amuont" 'scat'
		err_is 'swindow: avg:.amuont: no record had .amuont; did you mean .amount?'
	done
	printf '{"ts":1,"id.x":5}\n' >in
	run_pipe 'scat in' 'swindow -w 1m count:id.x sum:id.x' 'scat'
	err_is "swindow: sum:id.x: no record had id.x, but there is a field of that name: write '.[\"id.x\"]'"
}

@test "swindow: of a run that goes on from a checkpoint nobody says what no record had" {
	printf '{"ts":%d,"x":1}\n' 1 2 >in
	run_pipe 'scat -C st in' 'swindow -w 1m sum:.x' 'scat -o out.json'
	[ ! -s err ]
	printf '{"ts":3,"y":1}\n' >>in
	run_pipe 'scat -C st --final in' 'swindow -w 1m sum:.x' 'scat -o out.json'
	[ "$status" -eq 0 ] && [ ! -s err ] || { show; false; }
	run_pipe 'scat -C st2 in' 'swindow -w 1m sum:.z' 'scat -o out2.json'
	err_is 'swindow: sum:.z: no record had .z'
}

@test "swindow: a key that is null in every record while a field bears its name: a warning" {
	printf '{"ts":1,"id.orig_h":"a"}\n' >t
	window t -w 1m -k id.orig_h count
	err_is "swindow: -k id.orig_h was null in every record, but there is a field of that name: write -k '.[\"id.orig_h\"]'"
	window t -w 1m -k "'.[\"id.orig_h\"]'" count
	[ ! -s err ]
	[ "$(jq -r '.["id.orig_h"]' out)" = a ]
	printf '{"ts":1,"id.orig_h":"a"}\n{"ts":1,"id":{"orig_h":"b"}}\n' >t
	window t -w 1m -k id.orig_h count
	[ ! -s err ]
}

@test "swindow: ten thousand keys, right whatever the hash seed" {
	python3 -c '
for i in range(60000):
    print("{\"ts\":%d,\"k\":\"key %d\",\"n\":%d}" % (i // 20000 * 60, i * 7919 % 10007, i))' >t
	sqlite3 :memory: '.mode csv' 'create table t(ts, k, n)' \
		".import '|jq -r \"[.ts,.k,.n]|@csv\" t' t" \
		"select ts/60, k, count(*), sum(n), max(cast(n as int)) from t group by 1, 2 order by 1, 2" | tr -d '\r"' >want
	for seed in 1 2; do
		WEIR_HASH_SEED=$seed window t -w 1m -k .k count sum:.n max:.n
		jq -r '[(.start[14:16]|tonumber), .k, .count, .sum_n, .max_n] | join(",")' out | cmp - want
	done
	[ "$(wc -l <want)" -gt 25000 ]
}

@test "swindow: -k NAME=EXPR: a computed key, beside paths" {
	printf '{"ts":%s,"a":%s,"b":"%s"}\n' 1 1 x 2 2 x 3 3 y 4 '"s"' y >t
	run_pipe 'scat -i json -t .ts --time-format s t' "swindow -w 1m -k .b -k 'half=.a / 2, 7' count --rejects r" 'scat -O json'
	[ "$status" -eq 0 ] || { show; false; }
	[ "$(jq -c 'del(.start, .end)' out)" = '{"b":"x","half":0.5,"count":1}
{"b":"x","half":1,"count":1}
{"b":"y","half":1.5,"count":1}' ] || { show; false; }
	err_has 'swindow: record 4: -k half=.a / 2, 7: string ("s") and number (2) cannot be divided'
	window t -w 1m -k "'k=empty'" count
	[ "$(jq -c '[.k, .count]' out)" = '[null,4]' ] || { show; false; }
	window t -w 1m -k "'k={b, c: [.b, null]}'" count
	[ "$(jq -c .k out)" = '{"b":"x","c":["x",null]}
{"b":"y","c":["y",null]}' ] || { show; false; }
}

@test "swindow: what is written depends on neither the size of frames nor the seed of hashes, for every kind" {
	python3 -c '
import random
rng = random.Random(9)
for i in range(8000):
    print("{\"ts\":%d,\"k\":\"key %d\",\"n\":%d}" % (i // 20 - rng.randrange(12), rng.randrange(1500), i))' >t
	for w in '-w 20s' '-w 20s --slide 6s' '-w 60s --step 5s' '-w 1d --step 3h --tz Europe/Berlin' '--session 5s' '--count 3 --slide 2' '--all' \
		'-w 20s --lateness 5s' '-w 20s --emit update' '--session 5s --emit 7s --lateness 2s' '--all --emit 50s'; do
		rm -f one
		for env in 'WEIR_FRAME_SIZE=1 WEIR_HASH_SEED=1' 'WEIR_FRAME_SIZE=1000 WEIR_HASH_SEED=2' 'WEIR_FRAME_SIZE=65536 WEIR_HASH_SEED=3'; do
			# shellcheck disable=SC2086
			env $env bash -o pipefail -c "scat -i json -d 2s t | swindow -q $w -k .k count sum:.n p90:.n | scat -O json" >many || fail "$w"
			[ -e one ] || cp many one
			cmp one many || fail "$w: $env"
		done
		[ "$(wc -l <one)" -ge 1400 ] || fail "$w: $(wc -l <one)"
	done
}

@test "swindow: the keys of a large state, made ahead: each kind against SQL" {
	# Longer than what is shown ahead, and large enough that it is; some records have no time.
	python3 -c '
for i in range(60000):
    t = "null" if i % 1000 == 999 else i // 10
    print("{\"ts\":%s,\"k\":\"%d a key that takes its place\",\"n\":%d}" % (t, i * 7919 % 20011, i))' >t
	sqlite3 :memory: '.mode csv' 'create table t(ts, k, n)' ".import '|jq -r \"[.ts,.k,.n]|@csv\" t' t" '.mode list' \
		"select k, count(*), sum(n) from t where ts <> '' group by 1 order by 1" >want
	for w in '-w 1d' '--session 1d'; do
		deaths= run_pipe 'scat -i json t' "swindow -q $w -k .k count sum:.n --stats s" 'scat -O json' "jq -r '[.k, .count, .sum_n] | join(\"|\")'"
		[ "$status" -eq 0 ] || { show; false; }
		LC_ALL=C sort want | cmp - <(LC_ALL=C sort out) || fail "$w"
		[ "$(jq .bad s)" -eq 60 ]
	done
	sqlite3 :memory: '.mode csv' 'create table t(ts, k, n)' ".import '|jq -r \"[.ts,.k,.n]|@csv\" t' t" '.mode list' \
		"select k, count(*), sum(n) from t group by 1 order by 1" >want
	ok 'scat -i json t' 'swindow --count 4 --emit update -k .k count sum:.n' 'scat -O json' "jq -rs 'group_by(.k)[] | last | [.k, .count, .sum_n] | join(\"|\")'"
	LC_ALL=C sort want | cmp - <(LC_ALL=C sort out)
	[ "$(wc -l <want)" -eq 20011 ]
}

@test "swindow: keys of any length and kind come in order, whatever they begin with" {
	python3 -c '
import json, random
rng = random.Random(8)
keys = ["web-%s" % "".join(rng.choice("ab\0é") for _ in range(rng.randrange(12))) for _ in range(400)]
print("\n".join(json.dumps({"ts": 1, "k": k}) for k in keys))
print("\n".join(json.dumps({"ts": 100, "k": rng.choice([k, len(k), [k], None])}) for k in keys))' >t
	window t -w 1m -k .k count
	jq -sc 'group_by(.ts)[] | group_by(.k)[] | [.[0].k, length]' t >want
	jq -c '[.k, .count]' out | cmp - want
	[ "$(wc -l <want)" -gt 300 ]
}

# Other kinds of windows

@test "swindow: --count and --all need no event time" {
	printf '{"n":%s}\n' 1 2 3 4 5 >t
	ok 'scat -i json t' 'swindow --count 2 sum:.n' 'scat -O json'
	out_is '{"start":null,"end":null,"sum_n":3}
{"start":null,"end":null,"sum_n":7}'
	ok 'scat -i json t' 'swindow --all sum:.n' 'scat -O json'
	out_is '{"start":null,"end":null,"sum_n":15}'
	ok 'scat -i json t' 'swindow --count 4 --slide 1 sum:.n' 'scat -O json' 'jq .sum_n' 'paste -sd,'
	out_is '10,14'
	ok 'scat -i json t' 'swindow --count 1 --slide 2 sum:.n' 'scat -O json' 'jq .sum_n' 'paste -sd,'
	out_is '1,3,5'
}

@test "swindow: --slide longer than the window: records between windows count in none, and are not late" {
	printf '{"ts":%s}\n' 0 1 2 3 4 5 6 >t
	window t -w 2s --slide 3s --stats s count
	[ "$(jq .count out | paste -sd,)" = 2,2,1 ]
	[ "$(jq .late s)" -eq 0 ]
}

@test "swindow: --late FILE lists all starts that a record missed" {
	printf '{"ts":%s}\n' 9 17 8 >t
	run_pipe 'scat -i json t' 'swindow -w 15s --slide 5s --late l count' 'scat -O json'
	[ "$status" -eq 0 ]
	err_has '1 late record left out of windows'
	ok 'scat -O json l'
	out_is '{"ts":8,"missed":["1969-12-31T23:59:55Z","1970-01-01T00:00:00Z"]}'
	printf '{"ts":%s}\n' 9 30 8 >t
	run_pipe 'scat -i json t' 'swindow --session 5s --late l count' 'scat -O json'
	ok 'scat -O json l'
	out_is '{"ts":8,"missed":["1970-01-01T00:00:08Z"]}'
}

@test "swindow: a consumer that puts each result in the place of the one before has the final ones" {
	python3 -c '
import random
rng = random.Random(5)
for i in range(3000):
    print("{\"ts\":%d,\"k\":%d}" % (i - rng.randrange(20), rng.randrange(5)))' >t
	for w in '-w 10s' '-w 10s --slide 4s' '--session 2s'; do
		# Enough lateness that nothing is late: what is final is what a delay gives.
		run_pipe 'scat -i json -d 30s t' "swindow $w -k .k count" 'scat -O json' 'jq -c "[.start, .end, .k, .count]"' 'LC_ALL=C sort'
		[ "$status" -eq 0 ]
		mv out want
		for emit in final update 3s; do
			run_pipe 'scat -i json t' "swindow $w -k .k --lateness 30s --emit $emit count" 'scat -O json'
			[ "$status" -eq 0 ]
			jq -sc 'reduce .[] as $r ({}; ([$r.start, $r.k] | tojson) as $row
				| if $r.end == null then del(.[$row]) else .[$row] += {($r.end): $r} end)
				| [.[] | to_entries] | map(max_by(.value.rev, .key).value) | .[] | [.start, .end, .k, .count]' out |
				LC_ALL=C sort >got
			cmp want got || fail "$w --emit $emit"
			[ "$(jq -s 'map(select(.final and .end != null)) | length' out)" -eq "$(wc -l <want)" ]
		done
	done
}

@test "swindow: --max-memory ends the run with status 71 before it is used up" {
	need_lean
	run_pipe 'seq 1000000 | sed "s/.*/{\"ts\":1,\"k\":&}/"' 'scat -i json' 'swindow -w 10s -k .k count --max-memory 20MiB --stats s' 'wc -c'
	[ "${statuses[2]}" -eq 71 ] || { show; false; }
	err_has 'swindow: the open windows take more than --max-memory 20 MiB'
	[ "$(jq .peak_memory s)" -lt $((24 * 1024 * 1024)) ] || fail "$(cat s)"
	deaths= run_pipe 'seq 100000 | sed "s/.*/{\"ts\":&,\"k\":&}/"' 'scat -i json' 'swindow -w 10s -k .k count --max-memory 20MiB' 'scat -O json' 'wc -l'
	[ "$status" -eq 0 ]
}

# --spill

need_spill() {
	[ "$(echo | "$BUILD_DIR/tests/spill" probe 2>&1)" = ready ] || skip "built without RocksDB"
}

# Everything that keeps a state, also those that are sensitive to the order of their values.
every='count sum:.x avg:.x var:.x min:.k first:.x last:.x argmax:.x:.y delta:.x ewma:.x:10s corr:.x:.y p99:.x distinct:.y top3:.y list:.y:5 set:.y:5 hist:.x'

@test "swindow: --spill: the model agrees where everything goes to disk all the time, and comes back" {
	need_spill
	export MODEL_SPILL=store WEIR_SPILL_EVERY
	for WEIR_SPILL_EVERY in 3 40; do
		for kind in tumbling hopping cumulating calendar; do
			judge cmd/model_windows.py $kind 10 1
		done
	done
	[ -z "$(ls -A store)" ]
}

@test "swindow: --spill: the model agrees for windows that keys have of their own, with corrections and early results" {
	need_spill
	export MODEL_SPILL=store WEIR_SPILL_EVERY
	for WEIR_SPILL_EVERY in 1 40; do
		for kind in session count all; do
			judge cmd/model_windows.py $kind 10 1
		done
	done
	[ -z "$(ls -A store)" ]
}

@test "swindow: --spill: five runs under a checkpoint, some killed, equal one" {
	need_spill
	export MODEL_SPILL=store WEIR_SPILL_EVERY=9
	for kind in hopping session all; do
		judge cmd/restart_windows.py $kind 3
	done
}

@test "swindow: --spill: a run goes on from the state of one without it, and the other way round" {
	need_spill
	generate_keys 1200 >all.jsonl
	for w in '--session 30s' '--session 300s --lateness 20s --emit 20s' '--count 10 --slide 3' '--count 3 --slide 5' '--all --emit 1m'; do
		line() { ok "scat -i json -t .ts --time-format s -q -d 15s $2 $1" "WEIR_SPILL_EVERY=7 swindow -q $w -k .k,.l $3 $every" "scat -O json -o $4"; }
		line all.jsonl '' '' want
		for first in '' '--spill store'; do
			second='--spill store'
			[ -z "$first" ] || second=''
			rm -rf ck got
			head -n 500 all.jsonl >part.jsonl
			line part.jsonl '-C ck' "$first" got
			head -n 900 all.jsonl >part.jsonl
			line part.jsonl '-C ck' "$second" got
			cp all.jsonl part.jsonl
			line part.jsonl '-C ck --final' "$first" got
			cmp want got || fail "$w, first with '$first'"
		done
	done
}

# generate_keys N: records of all types of keys.
generate_keys() {
	python3 - "$1" <<-'END'
		import json, random, sys
		r, t = random.Random(7), 0
		for i in range(int(sys.argv[1])):
		    t += r.random()
		    k = r.choice([None, True, r.randint(0, 99), r.randint(0, 99) * 1.5, r.randint(0, 9) * 1e300, "u%d" % r.randint(0, 99),
		                  "user-with-a-long-name-%d" % r.randint(0, 99), ["a", r.randint(0, 9)], {"b": r.randint(0, 9), "a": 1}, "\u017elu\n%d" % r.randint(0, 9)])
		    print(json.dumps({"ts": round(t - r.random() * 20, 3), "k": k, "l": r.randint(0, 1), "x": r.random() * 1000, "y": r.randint(-5, 1000)}))
	END
}

@test "swindow: --spill changes no byte: all types of keys, all aggregates, whatever is moved when" {
	need_spill
	generate_keys 4000 >t
	for w in '-w 1m' '-w 10m --slide 1m' '-w 10m --slide 3m' '-w 10m --step 1m' '-w 1m --slide 5m' '-w 1d' '-w 10m --top 3:count' '-w 1h --top 70:sum_x' '-w 30m --exact' \
		'-w 2m --lateness 1m' '-w 10m --slide 4m --lateness 3m --emit 2m' '-w 5m --emit 1m' '-w 2m --emit update' '-w 3m --step 1m --lateness 1m --emit update'; do
		ok 'scat -i json -t .ts --time-format s -q -d 15s t' "swindow -q $w -k .k,.l $every" 'scat -O json'
		mv out want
		for n in 1000000 1024 77; do
			ok 'scat -i json -t .ts --time-format s -q -d 15s t' "WEIR_SPILL_EVERY=$n swindow -q $w -k .k,.l --spill store $every" 'scat -O json'
			cmp want out || fail "$w, each $n records"
		done
	done
	[ -z "$(ls -A store)" ]
}

@test "swindow: --spill changes no byte of sessions, counts, and the whole stream's window" {
	need_spill
	generate_keys 3000 >t
	for w in '--session 30s' '--session 30s --lateness 10s' '--session 300s --emit 20s' '--session 300s --lateness 20s --emit 20s' '--session 30s --emit update' \
		'--count 7' '--count 10 --slide 3' '--count 3 --slide 5' '--count 3 --slide 5 --emit update' \
		'--all' '--all --emit 1m' '--all --emit update' '--all --top 5:count' '--all --top 7:rate'; do
		ok 'scat -i json -t .ts --time-format s -q -d 15s t' "swindow -q $w -k .k,.l rate $every" 'scat -O json'
		mv out want
		for n in 1024 77; do
			ok 'scat -i json -t .ts --time-format s -q -d 15s t' "WEIR_SPILL_EVERY=$n swindow -q $w -k .k,.l --spill store rate $every" 'scat -O json'
			cmp want out || fail "$w, each $n records"
		done
	done
	[ -z "$(ls -A store)" ]
}

@test "swindow: --spill on real data: requests of each client and path" {
	need_spill
	need_data weblogs/nginx.log
	ok "scat -q -d 1m '$WEIR_DATA/weblogs/nginx.log'" 'swindow -q -w 1d -k .addr,.path count sum:.bytes max:.time last:.agent' 'scat -O json'
	mv out want
	ok "scat -q -d 1m '$WEIR_DATA/weblogs/nginx.log'" 'WEIR_SPILL_EVERY=2000 swindow -q -w 1d -k .addr,.path --spill store --stats s count sum:.bytes max:.time last:.agent' 'scat -O json'
	cmp want out
	# Every key went to disk, and some came back and went again.
	[ "$(jq '.spilled > .records_out and .fetched > 100' s)" = true ] || fail "$(cat s)"
}

@test "swindow: --spill: more keys than --max-memory has room for" {
	need_spill
	need_lean
	seq 500000 | awk '{ printf "{\"ts\":1,\"k\":\"key-%d\"}\n", $1 * 7919 % 450001 }' | scat -i json -t .ts --time-format s -q >in.weir
	run_pipe 'swindow -w 10s -k .k count --max-memory 30MiB <in.weir' 'wc -c'
	[ "${statuses[0]}" -eq 71 ] || { show; false; }
	ok 'swindow -w 10s -k .k count sum:.ts <in.weir' 'scat -O json' md5sum
	mv out want
	ok 'swindow -w 10s -k .k count sum:.ts --spill store --max-memory 70MiB --stats s <in.weir' 'scat -O json' md5sum
	diff want out
	[ "$(jq '.spilled > 100000' s)" = true ] || fail "$(cat s)"
	[ "$(jq .peak_memory s)" -lt $((80 * 1024 * 1024)) ] || fail "$(cat s)"
	ok 'swindow -w 10s --lateness 1m -k .k count sum:.ts <in.weir' 'scat -O json' md5sum
	mv out want
	ok 'swindow -w 10s --lateness 1m -k .k count sum:.ts --spill store --max-memory 70MiB --stats s <in.weir' 'scat -O json' md5sum
	diff want out
	[ "$(jq .peak_memory s)" -lt $((80 * 1024 * 1024)) ] || fail "$(cat s)"
}

# Two thirds of the sessions end at one moment, the others at a thousand.
@test "swindow: --spill: more sessions, and keys of --all, than --max-memory has room for" {
	need_spill
	need_lean
	seq 200000 | awk '{ printf "{\"ts\":%d,\"k\":\"key-%d\"}\n", $1 < 130000 ? 1 : $1 % 1000, $1 * 7919 % 180001 } END { print "{\"ts\":100000,\"k\":\"last\"}" }' |
		scat -i json -t .ts --time-format s -q -d 1000s >in.weir
	for w in '--session 10s --lateness 1s' '--all'; do
		run_pipe "swindow $w -k .k count --max-memory 30MiB <in.weir" 'wc -c'
		[ "${statuses[0]}" -eq 71 ] || { show; false; }
		ok "swindow $w -k .k count sum:.ts <in.weir" 'scat -O json' md5sum
		mv out want
		ok "swindow $w -k .k count sum:.ts --spill store --max-memory 70MiB --stats s <in.weir" 'scat -O json' md5sum
		diff want out
		[ "$(jq '.spilled > 100000' s)" = true ] || fail "$w: $(cat s)"
		[ "$(jq .peak_memory s)" -lt $((80 * 1024 * 1024)) ] || fail "$w: $(cat s)"
	done
}

@test "swindow: --spill: a disk that takes no more is status 74, and no window is written" {
	need_spill
	need_lean
	seq 100000 | awk '{ printf "{\"ts\":1,\"k\":\"%d %s\"}\n", $1, rand() rand() rand() rand() rand() rand() rand() rand() }' | scat -i json -t .ts --time-format s -q >in.weir
	for w in '-w 10s' '--session 10s' '--all' '--count 5'; do
		run_pipe "(ulimit -f 1024; WEIR_SPILL_EVERY=5000 exec swindow $w -k .k count --spill store <in.weir)" 'scat -O json'
		[ "${statuses[0]}" -eq 74 ] || { show; false; }
		err_has 'swindow: --spill: store/weir-spill-'
		[ ! -s out ]
		[ -z "$(ls -A store)" ]
	done
}

@test "swindow: --spill: what can't be its directory is refused with 73" {
	need_spill
	: >file
	fails 73 'swindow -w 1m --spill file count </dev/null'
	err_has 'swindow: --spill: file: '
}

# Aggregates

@test "swindow: names: NAME=, and the word and the last name of the path by default" {
	printf '{"ts":1,"a":{"b c":1},"x":2}\n' >t
	run_pipe 'scat -i json -t .ts --time-format s t' \
		"swindow -w 1m count count:.x 'sum:.a[\"b c\"]' p99.9:.x p50:x n=count 'odd name=max:.x' median:.x avg:.x" 'scat -O json'
	[ "$status" -eq 0 ] || { show; false; }
	[ "$(jq -c 'del(.start, .end)' out)" = \
		'{"count":1,"count_x":1,"sum_b c":1,"p99_9_x":2,"p50_x":2,"n":1,"odd name":2,"median_x":2,"avg_x":2}' ] || { show; false; }
}

@test "swindow: sum is exact for integers and decimals, with the greatest scale, to 38 digits" {
	is '1.11 2.22 2.22 5.55' sum:.x 11.10
	is '0.1 0.2' sum:.x 0.3
	is '1.00 2' sum:.x 3.00
	is '1.00 -1' sum:.x 0.00
	is '9223372036854775807 9223372036854775807' sum:.x 18446744073709551614
	is '12345678901234567890 0.01' sum:.x 12345678901234567890.01
	is '99999999999999999999999999999999999998 1' sum:.x 99999999999999999999999999999999999999
	is '1e2 5' sum:.x 105
	is '1E-3 1' sum:.x 1.001
	is '-5 null 3' sum:.x -2
	is 'null null' sum:.x null
	# Beyond 38 digits: the nearest double.
	python3 -c "
import sys
assert float(sys.argv[1]) == 1e38" "$(value '99999999999999999999999999999999999999 1' sum:.x)"
	seq 100000 | awk '{ printf "{\"ts\":1,\"x\":0.%02d}\n", $1 % 100 }' >t
	window t -w 1m sum:.x
	[ "$(sed 's/.*"sum_x"://' out)" = '49500.00}' ]
}

# AMOUNTS=10000000 for as many, by hand.
@test "swindow: a sum of very many amounts is exact to the cent, over slices as well" {
	python3 - "${AMOUNTS:-300000}" >t <<-'END'
		import random, sys
		r, total = random.Random(6), 0
		for i in range(int(sys.argv[1])):
		    cents = r.choice([r.randrange(-99999, 999999), r.randrange(10 ** 17)])
		    total += cents
		    print('{"ts":%d.%03d,"x":%s%d.%02d}' % (i // 1000, i % 1000, "-" if cents < 0 else "", abs(cents) // 100, abs(cents) % 100))
		print("%s%d.%02d" % ("-" if total < 0 else "", abs(total) // 100, abs(total) % 100), file=open("total", "w"))
	END
	window t -w 52w sum:.x
	[ "$(sed 's/.*"sum_x"://; s/}//' out)" = "$(cat total)" ] || { show; cat total; false; }
	# Each record is in ten of them.
	window t -w 30s --slide 3s sum:.x
	sed 's/.*"sum_x"://; s/}//' out | python3 -c '
import sys
from decimal import Decimal, getcontext
getcontext().prec = 60
assert sum(map(Decimal, sys.stdin)) == 10 * Decimal(open("total").read())'
}

@test "swindow: the sum of ten million amounts is exact to the cent" {
	need_lean
	awk 'BEGIN { srand(3); for (i = 0; i < 1000; i++) printf "{\"ts\":1,\"x\":%d.%02d}\n", rand() * 1000000 - 300000, rand() * 100 }' >t
	cents=$(sed 's/.*"x"://; s/}//; s/\.//' t | awk '{ sum += $1 } END { printf "%d", sum }')
	want=$(python3 -c "
c = $cents * 10000
print('%s%d.%02d' % ('-' * (c < 0), abs(c) // 100, abs(c) % 100))")
	run_pipe 'yes "$(cat t)" | head -n 10000000' 'scat -i json' 'swindow -w 1m count sum:.x' 'scat -O json'
	[ "${statuses[*]:1}" = '0 0 0' ] || { show; false; }
	[ "$(sed 's/.*"count"://' out)" = "10000000,\"sum_x\":$want}" ] || fail "$(cat out), not $want"
}

@test "swindow: avg is the double nearest the exact quotient; of nothing null" {
	is '1 2' avg:.x 1.5
	is '1 1 2' avg:.x "$(jq -n '4/3')"
	is '0.1 0.2' avg:.x 0.15
	is '10 10' avg:.x 10
	is null avg:.x null
	is '9007199254740993 9007199254740995' avg:.x 9007199254740994
}

@test "swindow: min and max compare as jq does, of any type" {
	is '3 "a" [1] true' max:.x '[1]'
	is '3 "a" [1] true null' min:.x true
	is '"b" "ab" "a\u0000"' min:.x '"a\u0000"'
	is '-1 -1.5 2' min:.x -1.5
	is '12345678901234567890 12345678901234567891' max:.x 12345678901234567891
	is '{"a":2} {"b":1} {"a":1}' max:.x '{"b":1}'
	is 'null null' max:.x null
	long=$(printf 'z%.0s' $(seq 3000))
	is "\"a\" \"$long\" \"b\"" max:.x "\"$long\""
}

@test "swindow: a time in a record is the string that it prints as" {
	printf '1.1.1.1 - - [17/May/2015:08:05:%s +0000] "GET / HTTP/1.1" 200 5 "-" "x"\n' 32 07 >t
	ok 'scat -i combined -d 1m t' 'swindow -w 1h min:.time max:.time count:.referer' 'scat -O json'
	[ "$(jq -c '[.min_time, .max_time, .count_referer]' out)" = '["2015-05-17T08:05:07Z","2015-05-17T08:05:32Z",0]' ] || { show; false; }
	ok 'scat -i combined -d 1m t' 'swindow -w 1h -k .time count' 'scat -O json' 'jq -r .time'
	out_is '2015-05-17T08:05:07Z
2015-05-17T08:05:32Z'
}

@test "swindow: quantiles are the ceil(Q n)-th smallest value, exact while there are few" {
	is '5 1 4 2 3' median:.x 3
	is '4 1 3 2' median:.x 2
	is '4 1 3 2' p50:.x 2
	is '4 1 3 2' p51:.x 3
	is '4 1 3 2' p99:.x 4
	is '4 1 3 2' p0:.x 1
	is '4 1 3 2' p100:.x 4
	is '1.10 2.20' p50:.x 1.10
	is null p99:.x null
	is '-1 -2 -3' p99:.x -1
}

@test "swindow: quantiles of many values are within 1 %, in any order, of any size and sign" {
	python3 - <<-'END'
	import json, math, random
	from fractions import Fraction
	from weir import pipe
	rng = random.Random(11)
	kinds = {"uniform": lambda: rng.random() * 1000, "heavy": lambda: rng.paretovariate(0.5), "signed": lambda: rng.gauss(0, 1e6),
	         "tiny": lambda: rng.random() * 1e-300, "huge": lambda: rng.random() * 1e300, "whole": lambda: rng.randrange(100),
	         "constant": lambda: 42, "zeros": lambda: rng.choice([0, 0, -1, 1])}
	quantiles = ["p0", "p1", "p25", "p50", "p75", "p90", "p99", "p99.9", "p99.99", "p100"]
	for name, draw in kinds.items():
	    for n in (33, 1000, 20000):
	        values = [draw() for _ in range(n)]
	        with open("t", "w") as f:
	            f.write("".join('{"ts":1,"x":%s}\n' % json.dumps(v) for v in values))
	        outs = []
	        for _ in range(2):
	            statuses, out, err = pipe([["scat", "-i", "json", "t"],
	                                       ["swindow", "-w", "1m"] + [f"q{i}={q}:.x" for i, q in enumerate(quantiles)], ["scat", "-O", "json"]])
	            assert statuses == [0, 0, 0] and err == "", err
	            outs.append(out)
	            lines = open("t").read().splitlines()
	            rng.shuffle(lines)
	            open("t", "w").write("".join(line + "\n" for line in lines))
	        assert outs[0] == outs[1], "the order of the values changed the answer"
	        got = json.loads(outs[0])
	        values.sort()
	        for i, q in enumerate(quantiles):
	            want = values[max(1, math.ceil(Fraction(q[1:]) / 100 * n)) - 1]
	            assert abs(got[f"q{i}"] - want) <= abs(want) * 0.01, (name, n, q, got[f"q{i}"], want)
	            if q in ("p0", "p100"):
	                assert got[f"q{i}"] == want, (name, n, q)
	END
}

@test "swindow: null and missing values are passed over; a value of the wrong type makes its record bad once" {
	printf '{"ts":1,"x":1}\n{"ts":2,"x":null}\n{"ts":3}\n{"ts":4,"x":"5"}\n{"ts":5,"x":[]}\n{"ts":6,"x":2}\n' >t
	run_pipe 'scat -i json t' 'swindow -w 1m count count:.x sum:.x avg:.x p50:.x max:.x --stats s --rejects r' 'scat -O json'
	[ "$status" -eq 0 ]
	[ "$(jq -c 'del(.start, .end)' out)" = '{"count":6,"count_x":4,"sum_x":3,"avg_x":1.5,"p50_x":1,"max_x":[]}' ] || { show; false; }
	[ "$(jq .bad s)" -eq 2 ]
	err_has 'swindow: record 4: sum:.x needs a number in .x'
	err_has 'swindow: 2 bad records skipped, 4 good'
	[ "$(jq -c .record r | tr '\n' ' ')" = '4 5 ' ]
	fails 65 'scat -i json t | swindow -w 1m sum:.x avg:.x --max-errors 1 | scat -O json'
	run_pipe 'scat -i json t' 'swindow -w 1m sum:.x avg:.x --max-errors 34%' 'scat -O json'
	[ "$status" -eq 0 ]
	# swindow may be gone before scat has written its end
	deaths=141 run_pipe 'scat -i json t' 'swindow -w 1m sum:.x --on-error fail' 'scat -O json'
	[ "${statuses[*]:1}" = '65 65' ]
	[ ! -s out ]
}

@test "swindow: a record without an event time is bad" {
	printf '{"ts":1}\n{"n":2}\n{"ts":null}\n{"ts":3}\n' >t
	run_pipe 'scat -i json t' 'swindow -w 1m count --rejects r' 'scat -O json'
	[ "$status" -eq 0 ]
	[ "$(jq .count out)" -eq 2 ]
	err_has 'swindow: record 2: a record without an event time has no window'
	err_has 'swindow: 2 bad records skipped, 2 good'
}

@test "swindow: every aggregate of the page, named and in its order" {
	printf '{"ts":%s,"x":%s,"y":%s,"s":"%s"}\n' 1 2 1 b 2 4 3 a 4 10 2 b 3 4 3 c >t
	window t -w 10s count rate sum:.x avg:.x var:.x stddev:.x min:.s max:.s first:.s last:.s argmax:.x:.s argmin:.x:.s \
		delta:.x ewma:.x:1s corr:.x:.y median:.x distinct:.s top1:.s list:.s set:.s "'hist:.x'"
	[ "$(jq -c 'del(.start, .end)' out)" = '{"count":4,"rate":0.4,"sum_x":20,"avg_x":5,"var_x":12,"stddev_x":3.4641016151377544,"min_s":"a","max_s":"c","first_s":"b","last_s":"b","argmax_x_s":"b","argmin_x_s":"b","delta_x":8,"ewma_x":7.066666666666666,"corr_x_y":0.10050378152592117,"median_x":4,"distinct_s":3,"top1_s":[{"value":"b","count":2}],"list_s":["b","a","b","c"],"set_s":["a","b","c"],"hist_x":[{"from":2,"to":3,"count":1},{"from":3,"to":4,"count":0},{"from":4,"to":5,"count":2},{"from":5,"to":6,"count":0},{"from":6,"to":7,"count":0},{"from":7,"to":8,"count":0},{"from":8,"to":9,"count":0},{"from":9,"to":10,"count":0},{"from":10,"to":11,"count":1}]}' ] || { show; false; }
}

@test "swindow: ?EXPR counts the records for which it is true; a record for which it fails is bad, and counts elsewhere" {
	printf '{"ts":%s,"status":%s,"ms":%s}\n' 1 200 10 2 500 20 3 503 40 4 null 80 5 '"x"' 5 >t
	run_pipe 'scat -i json t' "swindow -w 1m count 'errors=count?.status >= 500' 'slow=sum:.ms?.status==null' 'odd=count?.status+1>501' --rejects r" 'scat -O json'
	[ "$(jq -c 'del(.start, .end)' out)" = '{"count":5,"errors":3,"slow":80,"odd":1}' ] || { show; false; }
	[ "$(jq -c '[.record, .reason]' r)" = '[5,"odd=count?.status+1>501: string (\"x\") and number (1) cannot be added"]' ] || { cat r; false; }
	fails 2 'swindow -w 1m "count?.a=>1" </dev/null'
	err_has 'swindow: ".a=>1": '
}

@test "swindow: --top N:NAME keeps the N greatest of each window, ties in the order of keys" {
	printf '{"ts":%s,"k":"%s","x":%s}\n' 1 d 1 1 a 1 2 d 2 3 b 9 3 b 3 4 c null 61 c 1 >t
	window t -w 1m -k .k --top 2:n n=count max:.x
	[ "$(jq -c '[.k, .n]' out | tr '\n' ' ')" = '["b",2] ["d",2] ["c",1] ' ] || { show; false; }
	window t -w 1m -k .k --top 3:n n=count
	[ "$(jq -r .k out | tr '\n' ' ')" = 'a b d c ' ] || { show; false; }
	# Null is the least.
	window t -w 1m -k .k --top 3:max_x max:.x
	[ "$(jq -r .k out | tr '\n' ' ')" = 'a b d c ' ] || { show; false; }
	window t -w 1m -k .k --top 9:n n=count
	[ "$(wc -l <out)" -eq 5 ]
	for wrong in 2 0:n n:2 2:k 2: 2:none; do
		fails 2 "swindow -w 1m -k .k --top $wrong n=count </dev/null"
	done
}

@test "swindow: --top against SQL, on many keys" {
	python3 -c '
import random
r = random.Random(4)
for i in range(20000):
    print("{\"ts\":%d,\"k\":%d,\"n\":%d}" % (i // 4000, r.randrange(3000), r.randrange(50)))' >t
	window t -w 2s -k .k --top 7:s s=sum:.n
	jq -r '[.start[17:19], .k, .s] | join("|")' out >got
	sqlite3 :memory: '.mode csv' 'create table t(ts int, k int, n int)' ".import '|jq -r \"[.ts,.k,.n]|@csv\" t' t" '.mode list' \
		"select printf('%02d', w), k, s from (select ts/2*2 w, k, sum(n) s, row_number() over (partition by ts/2 order by sum(n) desc, k) r
		from t group by 1, 2) where r <= 7 order by 1, 2" >want
	diff want got
	[ "$(wc -l <got)" -eq 21 ]
}

@test "swindow: --exact: quantiles, distinct and top of many values" {
	seq 3000 | awk '{ printf "{\"ts\":1,\"x\":%d,\"y\":%d}\n", $1, $1 % 1500 == 7 ? 7 : $1 }' >t
	window t -w 1m --exact p50:.x p99.9:.x distinct:.x "'top1:.y'"
	[ "$(jq -c 'del(.start, .end)' out)" = '{"p50_x":1500,"p99_9_x":2997,"distinct_x":3000,"top1_y":[{"value":7,"count":2}]}' ] || { show; false; }
	window t -w 1m distinct:.x
	[ "$(jq .distinct_x out)" -ne 3000 ]
}

@test "swindow: lists and sets are bounded, and say so" {
	seq 1200 | sed 's/.*/{"ts":1,"x":&}/' >t
	window t -w 1m list:.x set:.x:3
	[ "$(jq -c '[(.list_x | length), .list_x[999], .set_x]' out)" = '[1000,1000,[1,2,3]]' ] || { show; false; }
	err_is 'swindow: list:.x had more than 1000 values in a window and left out those that came later
swindow: set:.x:3 had more than 3 values in a window and left out those that came later'
	window t -w 1m list:.x:1200
	[ ! -s err ]
}

@test "swindow: every aggregate goes on over a checkpoint as if nothing had been" {
	python3 -c '
import random
r = random.Random(3)
for i in range(6000):
    x = r.choice([str(r.randrange(3000)), "%.3f" % r.gauss(0, 50), "%.2f" % r.random(), "null"])
    print("{\"ts\":%d,\"k\":%d,\"x\":%s,\"s\":\"v%d\"}" % (i // 100 + r.randrange(3), r.randrange(2), x, int(r.paretovariate(0.4)) % 5000))' >whole
	aggs="count rate sum:.x avg:.x var:.x stddev:.x min:.x max:.x first:.s last:.s argmax:.x:.s argmin:.x:.s delta:.x
		ewma:.x:3s corr:.x:.ts median:.x p99:.x distinct:.s top5:.s list:.s set:.s hist:.x errors=count?.x>0"
	for exact in '' --exact; do
		rm -rf c t got
		scat -i json -d 5s whole | swindow $exact -w 20s -k .k $aggs 2>err | scat -O json >want
		for n in 777 1500 3100 3101 6000; do
			head -n $n whole >t
			final=
			[ $n -lt 6000 ] || final=--final
			scat -i json -d 5s -C c $final t | swindow $exact -w 20s -k .k $aggs 2>>err | scat -O json -o got
		done
		cmp want got
		[ "$(wc -l <want)" -gt 5 ]
	done
}

# Late records

@test "swindow: late records are counted, with the delay that would have kept them" {
	printf '{"ts":%s}\n' 10 70 9 75 5 >t
	run_pipe 'scat -i json t' 'swindow -w 1m --stats s count' 'scat -O json'
	[ "$(jq .count out | tr '\n' ' ')" = '1 2 ' ]
	[ "$(jq .late s)" -eq 2 ]
	# The watermark was 75 when a record of the window [0, 60) came: 15 s and a little more would do.
	err_has 'swindow: 2 late records left out, up to 1'
	delay=$(sed -n 's/.*; -d \([0-9.]*\)s at the source would have kept them, --late FILE.*/\1/p' err)
	awk "BEGIN { exit !($delay > 15 && $delay <= 16) }" || { show; false; }
	run_pipe "scat -i json -d $delay t" 'swindow -w 1m --stats s count' 'scat -O json'
	[ "$(jq .late s)" -eq 0 ]
	[ ! -s err ]
	run_pipe 'scat -i json -d 15s t' 'swindow -w 1m --stats s count' 'scat -O json'
	[ "$(jq .late s)" -eq 1 ]
	run_pipe 'scat -i json t' 'swindow -w 1m -q count' 'scat -O json'
	[ ! -s err ]
}

@test "swindow: --late FILE keeps them, a weir stream with the starts that they missed" {
	printf '{"ts":%s,"n":%s}\n' 10 1 70 2 9 3 75 4 5 5 200 6 100 7 >t
	run_pipe 'scat -i json t' 'swindow -w 1m --late l count' 'scat -O json'
	[ "$status" -eq 0 ]
	ok 'scat -O json l'
	out_is '{"ts":9,"n":3,"missed":["1970-01-01T00:00:00Z"]}
{"ts":5,"n":5,"missed":["1970-01-01T00:00:00Z"]}
{"ts":100,"n":7,"missed":["1970-01-01T00:01:00Z"]}'
	# With their times: another window takes them.
	run_pipe 'cat l' 'swindow -w 10s --stats s count' 'scat -O json'
	[ "$status" -eq 0 ]
	[ "$(jq .records_in s)" -eq 3 ]
	[ "$(jq .bad s)" -eq 0 ]
	# Nothing late: a stream without records.
	printf '{"ts":1}\n' >t
	ok 'scat -i json t' 'swindow -w 1m --late l count' 'scat -O json'
	ok 'scat -O json l'
	[ ! -s out ]
	printf '{"ts":100}\n{"ts":1,"missed":5}\n' >t
	run_pipe 'scat -i json t' 'swindow -w 1m --late l count' 'scat -O json'
	ok 'scat -O json l'
	out_is '{"ts":1,"missed":5,"late_missed":["1970-01-01T00:00:00Z"]}'
}

@test "swindow: --late FILE that can't be written" {
	printf '{"ts":%s}\n' 100 1 >t
	run_pipe 'scat -i json t' 'swindow -w 1m --late missing/l count' 'scat -O json'
	[ "${statuses[1]} ${statuses[2]}" = '73 73' ] || { show; false; }
	err_is 'swindow: missing/l: No such file or directory'
	run_pipe 'scat -i json t' 'swindow -w 1m --late /dev/full count' 'scat -O json'
	[ "${statuses[1]} ${statuses[2]}" = '74 74' ] || { show; false; }
	err_has 'swindow: /dev/full: No space left on device'
	[ ! -s out ]
}

@test "swindow: --late FILE of a run that fails ends as failed" {
	printf '{"ts":100}\n{"ts":1}\n' | scat -i json | head -c -1 >cut
	run_pipe 'swindow -w 1m --late l count <cut' 'scat -O json'
	[ "${statuses[*]}" = '76 76' ]
	fails 76 'scat -O json l'
}

# What stays bounded

@test "swindow: memory goes with the windows that are open, not with the input" {
	need_lean
	for w in '-w 10s' '--session 10s' '--count 1' '-w 10s --slide 2s'; do
		run_pipe 'seq 1000000 | sed "s/.*/{\"ts\":&,\"k\":&}/"' 'scat -i json' "swindow $w -k .k count --stats s" 'wc -c'
		[ "$status" -eq 0 ] || { show; false; }
		[ "$(jq .peak_memory s)" -lt $((16 * 1024 * 1024)) ] || fail "$w: $(cat s)"
	done
}

@test "swindow: a variance beyond a double is null, not below 0" {
	while IFS='|' read -r numbers want; do
		for x in $numbers; do echo "{\"ts\":1,\"x\":$x}"; done >t
		window t -w 10s var:.x stddev:.x
		[ "$(jq -c '[.var_x, .stddev_x]' out)" = "$want" ] || { show; fail "$numbers"; }
	done <<-'END'
		1e308 1e308 -1e308|[null,null]
		-1e308 1e308 1|[null,null]
		1e200 -1e200|[null,null]
		1e150 1e150|[0,0]
		3 1e400|[null,null]
	END
}
