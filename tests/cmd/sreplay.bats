#!/usr/bin/env bats
# sreplay: appending, playing, care, partitions, checkpoints, damage.

load ../helper

# N records of one user in seven, a second apart, as in.jsonl.
make_input() {
	awk -v n="${1:-1000}" 'BEGIN { for (i = 1; i <= n; i++) printf "{\"ts\":%d,\"n\":%d,\"u\":\"user%d\"}\n", 1700000000 + i, i, i % 7 }' >in.jsonl
}

# Appends in.jsonl in small frames, so that segments can be small, too.
record() {
	WEIR_FRAME_SIZE=600 scat -t .ts in.jsonl | sreplay -a "$@" >/dev/null
}

plays() { sreplay "$@" | scat -O json; }

wait_for() {
	local i
	for ((i = 0; i < 6000; i++)); do
		"$@" && return
		read -rt 0.05 <> <(:) || true
	done
	fail "waited in vain: $*"
}

lines_are() { [ "$(wc -l <"$1")" -eq "$2" ]; }

@test "what is appended is passed on unchanged, and played in order" {
	make_input
	ok "scat -t .ts in.jsonl" "sreplay -a log" "scat -O json"
	cmp out in.jsonl
	ok "sreplay log" "scat -O json"
	cmp out in.jsonl
	ok "scat -O json log"
	cmp out in.jsonl
	ok "cat log/*.weir" "scat -O json"
	cmp out in.jsonl
}

@test "a log goes on where it ended, in any number of runs, compressed or not" {
	make_input
	for level in 0 1 19; do
		head -300 in.jsonl | scat -t .ts | sreplay -z "$level" -a log$level >/dev/null
		sed -n 301,302p in.jsonl | scat -t .ts | sreplay -z 3 -a log$level >/dev/null
		tail -n +303 in.jsonl | scat -t .ts | sreplay -z "$level" -a log$level >/dev/null
		plays log$level | cmp - in.jsonl
		sreplay --verify log$level
	done
	[ "$(du -b log19/*.weir | cut -f1)" -lt "$(($(du -b log0/*.weir | cut -f1) / 3))" ]
}

# The data frames of a file, a line each: flags, records, bytes after zstd.
data_frames() {
	python3 -c 'import struct, sys, stream as s
at, b = 0, open(sys.argv[1], "rb").read()
for kind, flags, seq, count, payload, at in s.frames(b):
    if kind == "D":
        print(flags, count, struct.unpack_from("<I", b, at + 12)[0])' "$1"
}

@test "-z: a block is one frame in columns, what comes alone is rows, and both are played alike" {
	make_input 40000
	# From a file, and synced at the end alone: a wait for a pipe, or for the clock, ends a block.
	scat -t .ts in.jsonl >in.weir
	sreplay -z 3 --sync 1h -a log <in.weir >/dev/null
	data_frames log/*.weir >frames
	# Blocks of 1 MiB, and what is left.
	awk '$1 != 3 { bad = 1 } { sum += $2 } END { exit bad || NR < 3 || NR > 5 || sum != 40000 }' frames || { cat frames; false; }
	plays log | cmp - in.jsonl
	plays --from 33333 log | cmp - <(tail -n +33334 in.jsonl)
	# Each frame is committed before the next one is read: a few records each, no block to fill.
	head -60 in.jsonl | WEIR_FRAME_SIZE=300 scat -t .ts | sreplay -z 3 --sync each -a slow >/dev/null
	data_frames slow/*.weir >frames
	awk '$1 > 1 { bad = 1 } END { exit bad || NR < 10 }' frames || { cat frames; false; }
	plays slow | cmp - <(head -60 in.jsonl)
	# Played into another log, they are one frame.
	sreplay slow >slow.weir
	sreplay -z 3 --sync 1h -a small <slow.weir >/dev/null
	data_frames small/*.weir >frames
	awk 'END { exit $1 != 3 || NR != 1 }' frames || { cat frames; false; }
	plays small | cmp - <(head -60 in.jsonl)
}

@test "-z: an access log takes less than gzip makes of its text" {
	need_data weblogs/nginx.log
	# What a writer has to wait for is packed by itself: not from a pipe, nor synced each second.
	scat -i combined "$WEIR_DATA/weblogs/nginx.log" -o in.weir
	sreplay -z 3 --sync 5m -a log <in.weir >/dev/null
	[ "$(cat log/*.weir log/*.index | wc -c)" -lt "$(($(gzip -6 -c "$WEIR_DATA/weblogs/nginx.log" | wc -c) * 9 / 10))" ]
	sreplay log | scat -O raw | cmp - "$WEIR_DATA/weblogs/nginx.log"
}

@test "an empty stream makes an empty log; an empty log plays an empty stream" {
	: >empty.jsonl
	ok "scat -i json empty.jsonl" "sreplay -a log" "scat -O json"
	ok "sreplay log" "scat -O json"
	[ ! -s out ]
	sreplay --verify log | grep -q '0 segments, 0 records'
	run -0 sreplay --list log
	[ -z "$output" ]
}

@test "segments are finished by size and by the span of event times" {
	make_input
	record log --segment-size 4KiB
	[ "$(ls log/*.weir | wc -l)" -gt 10 ]
	plays log | cmp - in.jsonl
	sreplay --verify log
	sreplay --list log >list
	jq -es 'map(.records) | add == 1000' list
	jq -es '.[1:] as $r | [range(0; length - 1)] | all(. as $i | true)' list
	# Each begins where the one before ended, in offsets and in time.
	jq -es '. as $l | all(range(1; length); $l[.].offset == $l[. - 1].offset + $l[. - 1].records and $l[.].oldest > $l[. - 1].newest)' list
	record log2 --segment-time 100s
	[ "$(ls log2/*.weir | wc -l)" -ge 9 ]
	plays log2 | cmp - in.jsonl
}

@test "--from and --to by offset: every offset means the same record" {
	make_input 300
	record log --segment-size 4KiB
	for from in 0 1 79 80 81 150 299 300 1000; do
		plays --from $from log | cmp - <(tail -n +$((from + 1)) in.jsonl)
		plays --to $from log | cmp - <(head -$from in.jsonl)
		plays --from $from --to $((from + 7)) log | cmp - <(tail -n +$((from + 1)) in.jsonl | head -7)
	done
}

@test "--from and --to by time are exact, also where the log is out of order" {
	make_input 2000
	awk 'BEGIN { srand(7) } { print rand() * 300 + NR, $0 }' in.jsonl | sort -n | cut -d' ' -f2- >mixed
	mv mixed in.jsonl
	record log --segment-size 4KiB
	for pair in '0 100' '150 151' '990 1500' '1999 3000' '1 2001' '700 700'; do
		set -- $pair
		plays --from @$((1700000000 + $1)) --to @$((1700000000 + $2)) log >got
		jq -c "select(.ts >= 1700000000 + $1 and .ts < 1700000000 + $2)" in.jsonl | cmp - got
	done
}

@test "a seek reads a few blocks of a large log" {
	make_input 200000
	scat -t .ts in.jsonl | sreplay -a log --segment-size 1MiB >/dev/null
	strace -f -o trace -e trace=read,pread64 sreplay --from 150000 -n 1 log >/dev/null
	awk -F= '{ n += $NF } END { exit !(n < 1500000) }' trace
	strace -f -o trace -e trace=read,pread64 sreplay --from @1700150001 -n 1 log | scat -O json >out
	[ "$(jq .n out)" -eq 150001 ]
	awk -F= '{ n += $NF } END { exit !(n < 1500000) }' trace
}

@test "watermarks are played as they came, from any offset, whatever the frames" {
	make_input
	awk 'BEGIN { srand(3) } { print rand() * 40 + NR, $0 }' in.jsonl | sort -n | cut -d' ' -f2- >mixed
	scat -d 10s -t .ts mixed | swindow -w 30s --late late.weir count sum:.n 2>want.err | scat -O json >want
	grep -q late want.err
	for size in 1 600 65536; do
		WEIR_FRAME_SIZE=$size scat -d 10s -t .ts mixed | sreplay -a log$size --segment-size 4KiB >/dev/null
		sreplay log$size | swindow -w 30s count sum:.n 2>/dev/null | scat -O json | cmp - want
		sreplay -s 100000 log$size | swindow -w 30s count sum:.n 2>/dev/null | scat -O json | cmp - want
	done
}

@test "streams of different delays in one log keep theirs" {
	make_input 100
	scat -d 5s -t .ts in.jsonl | sreplay -a log >/dev/null
	scat -d 50s -t .ts in.jsonl | sreplay -a log >/dev/null
	scat -t .ts in.jsonl | swindow -w 10s count | sreplay -a log >/dev/null
	sreplay log | python3 "$ROOT/tests/stream.py" >dump 2>&1 || true
	ok "sreplay log" "scat -O json"
	[ "$(wc -l <out)" -eq 211 ]
}

@test "-s keeps the pace of the event times, --max-gap shortens silences, --rate counts" {
	printf '{"ts":%s}\n' 100 101 102 5000 >in.jsonl
	scat -t .ts in.jsonl | sreplay -a log >/dev/null
	timed() {
		local began=$EPOCHREALTIME
		"$@" >/dev/null
		awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { print int((b - a) * 1000) }'
	}
	took=$(timed sreplay -s 4 --max-gap 2s log)
	[ "$took" -ge 990 ]
	[ "$took" -lt 5000 ]
	took=$(timed sreplay --rate 10 log)
	[ "$took" -ge 290 ]
	# How long the commands take to begin does not count.
	took=$(sreplay --rate 10 log | scat -O json | python3 -c 'import sys, time
came = [time.monotonic() for _ in sys.stdin]
print(int(1000 * (came[-1] - came[0])))')
	[ "$took" -lt 3000 ]
}

@test "-s 100: a hundred seconds in one, and the windows of any other speed" {
	make_input 101
	scat -t .ts in.jsonl | sreplay -a log >/dev/null
	began=$EPOCHREALTIME
	sreplay -s 100 log >slow.weir
	awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { exit !(b - a >= 0.99 && b - a < 10) }'
	sreplay log | swindow -w 7s -k .u count sum:.n | scat -O json >want
	[ "$(wc -l <want)" -gt 90 ]
	swindow -w 7s -k .u count sum:.n <slow.weir | scat -O json | cmp - want
}

@test "--loop goes on in time, --shift-to moves it, and neither touches the fields" {
	make_input 50
	scat -t .ts in.jsonl | sreplay -a log >/dev/null
	plays --loop 3 log | cmp - <(cat in.jsonl in.jsonl in.jsonl)
	ok "sreplay --loop 3 log" "swindow --all count" "scat -O json"
	[ "$(jq -c '[.count, .start, .end]' out)" = '[150,"2023-11-14T22:13:21Z","2023-11-14T22:15:48Z"]' ]
	ok "sreplay --shift-to 2030-01-01 log" "swindow --all count" "scat -O json"
	[ "$(jq -r .start out)" = '2030-01-01T00:00:00Z' ]
	plays --shift-to now log | cmp - in.jsonl
}

@test "-f hands on what is appended, across segments and writers" {
	make_input 600
	head -100 in.jsonl >a
	sed -n 101,400p in.jsonl >b
	tail -n +401 in.jsonl >c
	scat -t .ts a | sreplay -a log >/dev/null
	sreplay -f log | scat -O json >got &
	wait_for lines_are got 100
	WEIR_FRAME_SIZE=600 scat -t .ts b | sreplay -a log --segment-size 4KiB >/dev/null
	wait_for lines_are got 400
	WEIR_FRAME_SIZE=600 scat -t .ts c | sreplay -z 1 -a log --segment-size 4KiB >/dev/null
	wait_for lines_are got 600
	cmp got in.jsonl
	kill -TERM "$(pgrep -P $$ -f 'sreplay -f log')"
	wait
}

@test "-f --committed sees what is durable only" {
	make_input 10
	mkfifo pipe
	{ scat -t .ts -i json - <pipe | sreplay -a log --sync epoch >/dev/null; } 3>&- &
	exec 9>pipe
	cat in.jsonl >&9
	wait_for test -e log/log
	sreplay -f log 9>&- 3>&- | scat -O json >all 9>&- 3>&- &
	sreplay -f --committed log 9>&- 3>&- | scat -O json >durable 9>&- 3>&- &
	wait_for lines_are all 10
	[ ! -s durable ]
	exec 9>&-
	wait_for lines_are durable 10
	for pid in $(pgrep -P $$ -f 'sreplay -f'); do kill -TERM "$pid"; done
	wait
}

@test "--sync each: what was passed on is committed" {
	make_input 20
	mkfifo pipe
	{ scat -t .ts -i json - <pipe | sreplay -a log --sync each | scat -O json >passed; } &
	exec 9>pipe
	for n in 1 2 3; do
		sed -n "${n}p" in.jsonl >&9
		wait_for lines_are passed "$n"
		[ "$(plays --committed log | wc -l)" -eq "$n" ]
	done
	exec 9>&-
	wait
}

@test "one process appends at a time" {
	make_input 1
	mkfifo pipe
	{ scat -i json - <pipe | sreplay -a log >/dev/null; } &
	exec 9>pipe
	cat in.jsonl >&9
	wait_for test -s log/writer
	run_pipe "scat in.jsonl" "sreplay -a log"
	[ "${statuses[1]}" -eq 75 ]
	err_has 'in use: process'
	exec 9>&-
	wait
	ok "scat in.jsonl" "sreplay -a log >/dev/null"
}

@test "what a crash leaves behind the committed length is cut off, and said with -v" {
	make_input 100
	scat -t .ts in.jsonl | sreplay -a log >/dev/null
	for tail in 'x' "$(head -c 60 log/*0.weir | tr '\0' ' ')"; do
		printf %s "$tail" >>log/00000000000000000000.weir
		plays log | cmp - in.jsonl
		run_pipe "scat -i json /dev/null" "sreplay -v -a log"
		[ "${statuses[1]}" -eq 0 ]
		err_has 'that a crash left behind'
		sreplay --verify log
	done
	plays log | cmp - in.jsonl
}

@test "a hello and a shape that a crash left without records are cut off, and lengths stay true" {
	make_input 100
	for level in 0 3; do
		scat -t .ts in.jsonl | sreplay -z $level -a log$level >/dev/null
		seg=log$level/00000000000000000000.weir
		data=$(python3 -c 'import stream, sys; print([f[5] for f in stream.frames(open(sys.argv[1], "rb").read()) if f[0] == "D"][0])' $seg)
		head -c "$data" $seg >start
		cat start >>$seg
		scat -t .ts in.jsonl | sreplay -z $level -a log$level >/dev/null
		plays --committed log$level | cmp - <(cat in.jsonl in.jsonl)
		sreplay --verify log$level
	done
}

@test "damage before the committed length is refused with segment and offset; --salvage saves the rest" {
	make_input
	record log --segment-size 4KiB
	seg=$(ls log/*.weir | sed -n 5p)
	printf X | dd of="$seg" bs=1 seek=2000 conv=notrunc status=none
	run_pipe "sreplay log" "scat -O json"
	[ "${statuses[0]}" -eq 76 ]
	err_has "$(basename "$seg"): damaged at byte"
	cmp <(head -c "$(stat -c %s out)" in.jsonl) out
	fails 76 'sreplay --verify log'
	sreplay --salvage saved log >lost 2>err
	plays saved >out
	[ "$(($(wc -l <out) + $(jq -s 'map(.records) | add' lost)))" -eq 1000 ]
	from=$(jq .from lost) to=$(jq .to lost)
	[ "$((to - from))" -lt 20 ]
	sed "$((from + 1)),${to}d" in.jsonl | cmp - out
}

@test "a segment that is missing, and a committed length that is gone, are noticed" {
	make_input
	record log --segment-size 4KiB
	for n in 1 4 last; do
		rm -rf log2
		cp -r log log2
		[ "$n" = last ] && rm "$(ls log2/*.weir | tail -1)" || rm "$(ls log2/*.weir | sed -n ${n}p)"
		fails 76 'sreplay --verify log2'
		fails 76 'sreplay log2 >/dev/null'
	done
	cp -r log log3
	rm log3/committed
	fails 76 'sreplay log3'
	fails 76 'scat in.jsonl | sreplay -a log3'
	sreplay --salvage log4 log3 2>/dev/null
	plays log4 | cmp - in.jsonl
}

@test "--trim-before, --max-size and --max-age remove whole segments from the front" {
	make_input
	record log --segment-size 4KiB
	sreplay --trim-before 100 log
	first=$(sreplay --list log | head -1 | jq .offset)
	[ "$first" -gt 0 ] && [ "$first" -le 100 ]
	plays log | cmp - <(tail -n +$((first + 1)) in.jsonl)
	fails 66 'sreplay --from 0 log'
	sreplay --trim-before @1700000500 log
	plays log | jq -es 'map(.n) | .[0] <= 500 and .[0] > 400'
	sreplay --max-age 200s log
	plays log | jq -es 'map(.n) | .[0] <= 800 and .[0] > 700'
	sreplay --max-size 9KiB log
	[ "$(ls log/*.weir | wc -l)" -le 2 ]
	sreplay --verify log
	# The writer does it by itself, and offsets go on.
	record log --segment-size 4KiB --max-size 9KiB
	[ "$(ls log/*.weir | wc -l)" -le 4 ]
	sreplay --list log | jq -es '.[-1] | .offset + .records == 2000'
	sreplay --verify log
}

@test "--trim-before, --max-size, --max-age: where only a part of a segment would go, that is said; what is no longer than asked for is fine" {
	make_input
	record log --segment-size 4KiB
	second=$(sreplay --list log | sed -n 2p | jq .offset)
	time=$(date -u -d "@$((1700000000 + second))" +%FT%TZ)
	stays="sreplay: log: nothing is removed: only whole segments go, and the first has records up to offset $((second - 1)), time $time"
	for option in '--trim-before 2' "--trim-before $((second - 1))" '--trim-before @1700000003' '--max-age 998s'; do
		run_pipe "sreplay $option log"
		[ "$status" -eq 0 ] && err_is "$stays" || { show; fail "$option"; }
		[ "$(sreplay --list log | head -1 | jq .offset)" -eq 0 ]
	done
	for option in '--trim-before 0' '--trim-before @1700000001' '--max-age 1h' '--max-size 1MiB' '-q --trim-before 2'; do
		ok "sreplay $option log"
		[ "$(sreplay --list log | head -1 | jq .offset)" -eq 0 ]
	done
	# A last segment that is too long for itself is no reason to keep those before it.
	ok 'sreplay --max-size 1 log'
	[ "$(sreplay --list log | wc -l)" -eq 1 ]
	run_pipe 'sreplay --max-size 1 log'
	[ "$status" -eq 0 ]
	err_is 'sreplay: log: nothing is removed: the last segment stays, and it is the only one: it has records up to offset 999, time 2023-11-14T22:30:00Z'
	sreplay --verify log
}

@test "what a reader with a checkpoint needs is not removed, unless by --force" {
	make_input
	record log --segment-size 4KiB
	sreplay -C state --epoch-records 50 -n 300 log | scat -o got.jsonl
	run_pipe 'sreplay --trim-before 900 log'
	[ "$status" -eq 0 ]
	err_has 'has only come to offset'
	sreplay -C state --epoch-records 50 log | scat -o got.jsonl
	cmp got.jsonl in.jsonl
	sreplay --list -v log >/dev/null 2>err
	err_has 'reader'
	sreplay --force --trim-before 900 log
	[ "$(sreplay --list log | head -1 | jq .offset)" -gt 700 ]
}

@test "-C: a reader's place outlives it; other logs and lost records are noticed" {
	make_input
	head -500 in.jsonl | scat -t .ts | sreplay -a log >/dev/null
	sreplay -C state --epoch-records 70 log | scat -o got.jsonl
	sreplay -C state --epoch-records 70 log | scat -o got.jsonl
	tail -n +501 in.jsonl | scat -t .ts | sreplay -a log >/dev/null
	sreplay -C state --epoch-records 70 log | scat -o got.jsonl
	cmp got.jsonl in.jsonl
	scat -t .ts in.jsonl | sreplay -a other >/dev/null
	run_pipe "sreplay -C state other" "scat -o got.jsonl"
	[ "${statuses[0]}" -eq 78 ]
	cmp got.jsonl in.jsonl
}

@test "-C: what an offset in --to left out is there for a later one, the first record too" {
	make_input
	record log
	for to in 10 10 20 500; do
		sreplay -C state --accept-change --to $to log | scat -o got.jsonl
		head -$to in.jsonl | cmp - got.jsonl
	done
	sreplay -C state --accept-change log | scat -o got.jsonl
	cmp got.jsonl in.jsonl
}

@test "a directory of texts is no log though a file in it is called so; a damaged log is no directory of texts" {
	make_input
	mkdir texts
	cp in.jsonl texts/log
	ok 'scat texts' 'scat -O json'
	cmp out in.jsonl
	ok 'scat -C state texts' 'scat -o got.jsonl'
	cmp got.jsonl in.jsonl
	record one
	record split --partitions 2 -k .u
	for log in one split; do
		printf X | dd of=$log/log conv=notrunc status=none
		run_pipe "scat $log"
		[ "$status" -eq 76 ] || fail "$status"
		err_has 'damaged'
	done
}

@test "a writer in a checkpointed pipeline holds each record once, as a stage and as the end" {
	make_input
	for n in 1 2 3; do
		head -$((n * 300)) in.jsonl >part.jsonl
		cat part.jsonl >>/dev/null
		cp part.jsonl grown.jsonl.new
		cat grown.jsonl.new >grown.jsonl
		scat -C state --epoch-records 100 -t .ts grown.jsonl | sreplay -a log | scat -o got.jsonl
		cmp got.jsonl grown.jsonl
		plays --committed log | cmp - grown.jsonl
		scat -C state2 --epoch-records 100 -t .ts grown.jsonl | sreplay -a log2 >/dev/null
		plays --committed log2 | cmp - grown.jsonl
	done
	sreplay --verify log
	# Somebody else's records behind the checkpoint's are not taken back without a word.
	echo '{"ts":1}' | scat -t .ts | sreplay -a log2 >/dev/null
	cp in.jsonl grown.jsonl.new
	cat grown.jsonl.new >grown.jsonl
	run_pipe "scat -C state2 --epoch-records 100 -t .ts grown.jsonl" "sreplay -a log2 >/dev/null"
	[ "${statuses[1]}" -eq 76 ]
	err_has 'something else has appended'
}

@test "a writer that is killed between epochs takes back what was not committed" {
	make_input 2000
	for calls in 3 9 20; do
		rm -rf state log
		for try in 1 2 3; do
			scat -C state --epoch-records 100 -t .ts in.jsonl 2>/dev/null |
				strace -f -o /dev/null -e inject=fdatasync:signal=KILL:when=$calls sreplay -a log --segment-size 4KiB 2>/dev/null >/dev/null || true
		done
		scat -C state --epoch-records 100 -t .ts in.jsonl | sreplay -a log --segment-size 4KiB >/dev/null
		plays --committed log | cmp - in.jsonl
		sreplay --verify log
	done
}

@test "partitions: every key in one, merged by time they are the whole; the hash is as the page says" {
	make_input
	ok "scat -t .ts in.jsonl" "sreplay -a log --partitions 4 -k .u" "scat -O json"
	cmp out in.jsonl
	plays log | cmp - in.jsonl
	for i in 0 1 2 3; do
		plays --partition $i log >p$i
		plays log/$i | cmp - p$i
		jq -r .u p$i | sort -u >>users
	done
	[ "$(wc -l <users)" -eq 7 ]
	[ "$(sort -u users | wc -l)" -eq 7 ]
	sort -n -t: -k3 p0 p2 >want02
	plays --partition 0,2 log | sort -n -t: -k3 | cmp - want02
	# Later runs need not say it again, and can't say otherwise.
	ok "scat -t .ts in.jsonl" "sreplay -a log >/dev/null"
	[ "$(plays log | wc -l)" -eq 2000 ]
	fails 78 'scat in.jsonl | sreplay -a log --partitions 5 -k .u'
	fails 78 'scat in.jsonl | sreplay -a log --partitions 4 -k .n'
	# XXH3 of 5, 0, 0, 0, 5 and "user1", modulo 4.
	printf '\5\0\0\0\5user1' >key
	if command -v xxhsum >/dev/null && xxhsum -H3 key >sum 2>/dev/null; then
		last=$(sed 's/.*\(.\)  key$/\1/; s/.*= //' sum)
		part=$((16#${last: -1} % 4))
		grep -q '"user1"' "p$part"
	fi
}

@test "partitions: merged -f hands on as far as all partitions' watermarks reach" {
	make_input 2000
	scat -t .ts in.jsonl | sreplay -a log --partitions 3 -k .u >/dev/null
	sreplay -f log | scat -O json >got &
	got_some() { [ "$(wc -l <got)" -gt 1800 ]; }
	wait_for got_some
	# More may be coming while they are compared.
	cp got seen
	cmp <(head -c "$(stat -c %s seen)" in.jsonl) seen
	kill -TERM "$(pgrep -P $$ -f 'sreplay -f log')"
	wait
}

@test "partitions with checkpoints: four consumers over eight, together the single reader's" {
	make_input 3000
	scat -C wstate --epoch-records 250 -t .ts in.jsonl | sreplay -a log --partitions 8 -k .n --segment-size 4KiB >/dev/null
	plays --committed log | cmp - in.jsonl
	for part in 0,1 2,3 4,5 6,7; do
		for calls in 5 11; do
			strace -f -o /dev/null -e inject=fsync:signal=KILL:when=$calls \
				sreplay -C state-$part --epoch-records 60 --partition $part log 2>/dev/null | scat -o got-$part.jsonl 2>/dev/null || true
		done
		sreplay -C state-$part --epoch-records 60 --partition $part log | scat -o got-$part.jsonl
	done
	sort got-*.jsonl | cmp - <(sort in.jsonl)
}

# What a compaction has to leave: of each .u the last one before the log's last segment, and all from there on.
expected() {
	local last
	last=$(sreplay --list "$1" | tail -1 | jq .offset)
	jq -nc --argjson last "$last" '[inputs] | (.[:$last] | group_by(.u) | map(if .[0].u == null then .[] else last end) | sort_by(.n)) + .[$last:] | .[]' in.jsonl
}

@test "--compact keeps the last record of each key; offsets, times and watermarks stay" {
	make_input 2000
	sed -i '5~100s/"u":"user."/"u":null/' in.jsonl
	for level in 0 3; do
		for from in 1 251 501 751 1001 1251 1501 1751; do
			tail -n +$from in.jsonl | head -250 >piece
			WEIR_FRAME_SIZE=600 scat -t .ts piece | sreplay -z $level -a log$level --segment-size 4KiB >/dev/null
		done
		expected log$level >want
		[ "$(wc -l <want)" -lt 1900 ]
		sreplay --compact -k .u log$level
		plays log$level | cmp - want
		sreplay --verify log$level
		sreplay --compact -k .u log$level | grep -q ' 0 removed'
		plays --number offset log$level | jq -es 'all(.offset == .n - 1)'
		for from in 0 1 700 1700 1990 2000; do
			plays --from $from log$level | cmp - <(jq -c "select(.n > $from)" want)
			plays --to $from log$level | cmp - <(jq -c "select(.n <= $from)" want)
			plays --from @$((1700000000 + from)) log$level | cmp - <(jq -c "select(.n >= $from)" want)
		done
		sreplay --list log$level | jq -es 'map(.records) | add == '"$(wc -l <want)"
		sreplay --salvage saved$level log$level 2>/dev/null
		plays saved$level | cmp - want
	done
	# It goes on as a log.
	scat -t .ts in.jsonl | sreplay -a log3 >/dev/null
	[ "$(plays log3 | wc -l)" -eq $(($(wc -l <want) + 2000)) ]
	plays --from 2000 log3 | cmp - in.jsonl
	sreplay --verify log3
}

@test "--compact: watermarks before a record are what they were" {
	make_input 2000
	awk 'BEGIN { srand(3) } { print rand() * 40 + NR, $0 }' in.jsonl | sort -n | cut -d' ' -f2- >mixed
	WEIR_FRAME_SIZE=600 scat -d 10s -t .ts mixed | sreplay -a log --segment-size 4KiB >/dev/null
	last=$(sreplay --list log | tail -1 | jq .offset)
	sreplay log | sdedup -k .n --within 1s --lateness 1s --late late.weir 2>/dev/null >/dev/null
	scat -O json late.weir | jq .n | sort >late
	[ -s late ]
	sreplay --compact -k .u log
	plays log | jq .n | sort >left
	sreplay log | sdedup -k .n --within 1s --lateness 1s --late late2.weir 2>/dev/null >/dev/null
	scat -O json late2.weir | jq .n | sort | cmp - <(comm -12 late left)
}

@test "--compact: a slip in -k removes nothing; keys that don't fit, damage and a writer refuse it" {
	make_input 1000
	record log --segment-size 4KiB
	before=$(cat log/*.weir log/*.index | md5sum)
	run_pipe 'sreplay --compact -k .usr log'
	[ "$status" -eq 0 ]
	err_has 'nothing was removed'
	fails 71 'sreplay --compact -k .n --max-memory 1KiB log'
	err_has 'nothing has changed'
	fails 2 'sreplay --compact log'
	fails 2 'sreplay --compact -k .u --list log'
	fails 2 'sreplay --compact -k ".u[" log'
	fails 2 'sreplay --compact -k .u -f log'
	fails 66 'sreplay --compact -k .u nothing'
	[ "$(cat log/*.weir log/*.index | md5sum)" = "$before" ]
	mkfifo pipe
	rm log/writer
	{ scat -i json - <pipe | sreplay -a log >/dev/null; } &
	exec 9>pipe
	head -1 in.jsonl >&9
	wait_for test -s log/writer
	fails 75 'sreplay --compact -k .u log 9>&-'
	exec 9>&-
	wait
	printf X | dd of="$(ls log/*.weir | sed -n 3p)" bs=1 seek=2000 conv=notrunc status=none
	before=$(cat log/*.weir log/*.index | md5sum)
	fails 76 'sreplay --compact -k .u log'
	[ "$(cat log/*.weir log/*.index | md5sum)" = "$before" ]
}

@test "--compact leaves what a reader with a checkpoint has not read, unless by --force" {
	make_input
	record log --segment-size 4KiB
	sreplay -C state --epoch-records 50 -n 500 log | scat -o got.jsonl
	sreplay --compact -k .u log
	[ "$(plays log | wc -l)" -gt 500 ]
	[ "$(plays log | wc -l)" -lt 800 ]
	sreplay -C state --epoch-records 50 log | scat -o got.jsonl
	cmp got.jsonl in.jsonl
	expected log >want
	sreplay --compact -k .u --force log
	plays log | cmp - want
}

@test "--compact under a reader that stands inside: each record at most once, none that stays is missed" {
	make_input 60000
	WEIR_FRAME_SIZE=4000 scat -t .ts in.jsonl | sreplay -a log --segment-size 64KiB >/dev/null
	mkfifo pipe
	sreplay log >pipe &
	exec 8<pipe
	# The reader has begun.
	until read -rt 0 <&8; do kill -0 $!; done
	scat -i frames -O json - <&8 >got & # has the pipe open; goes on when it is let
	scat=$!
	kill -STOP "$scat"
	expected log >want
	sreplay --compact -k .u log
	kill -CONT "$scat"
	exec 8<&-
	wait
	jq .n got | sort -n -u -c
	[ "$(wc -l <got)" -le 60000 ]
	comm -23 <(sort want) <(sort got) >missed
	[ ! -s missed ]
	plays log | cmp - want
}

@test "--compact: an index that is gone is made again by the next writer" {
	make_input 1000
	record log --segment-size 4KiB
	sreplay --compact -k .u log
	rm "$(ls log/*.index | sed -n 4p)" "$(ls log/*.index | sed -n 1p)"
	fails 76 'sreplay --verify log'
	expected log >want
	plays log | cmp - want
	scat -i json /dev/null | sreplay -a log >/dev/null
	sreplay --verify log
}

@test "--compact of a log with partitions goes by its own key" {
	make_input 2000
	WEIR_FRAME_SIZE=600 scat -t .ts in.jsonl | sreplay -a log --partitions 3 -k .u --segment-size 4KiB >/dev/null
	sreplay --compact log >told
	[ "$(wc -l <told)" -eq 3 ]
	for i in 0 1 2; do
		sreplay --verify log/$i
		[ "$(sreplay --list log/$i | jq -s 'map(select(.state == "compacted")) | length')" -gt 0 ]
	done
	# The last of each user is there.
	plays log | jq -s 'group_by(.u) | map(last)' | cmp - <(jq -s 'group_by(.u) | map(last)' in.jsonl)
}

@test "--number tells the offset, and takes the place of a field of that name" {
	make_input 5
	record log
	plays --number at log >got
	[ "$(head -1 got)" = '{"ts":1700000001,"n":1,"u":"user1","at":0}' ]
	[ "$(jq -c .at got | tr '\n' ' ')" = '0 1 2 3 4 ' ]
	[ "$(plays --number n --from 3 -n 1 log)" = '{"ts":1700000004,"n":3,"u":"user4"}' ]
	plays --number at --loop 2 log | jq .at | cmp - <(jq -r .at got got)
	scat -t .ts in.jsonl | sreplay -a plog --partitions 2 -k .n >/dev/null
	plays --number at --partition 1 plog | jq -es '[.[].at] == [range(length)]'
	fails 2 'sreplay --number "" log'
	fails 2 'scat in.jsonl | sreplay --number at -a log'
}

@test "partitions: the key may be an expression, scat reads them merged" {
	make_input
	scat -t .ts in.jsonl | sreplay -a log --partitions 4 -k 'who=.u | ltrimstr("user") | tonumber % 2' >/dev/null
	ok 'scat -O json log'
	cmp out in.jsonl
	[ "$(ls log/?/*.weir | wc -l)" -eq 2 ]
	for i in log/[0-3]; do plays $i | jq -r '.u[4:] | tonumber % 2' | sort -u; done | sort | tr '\n' ' ' >halves
	[ "$(cat halves)" = '0 1 ' ]
	[ "$(scat -O json -n 7 log | tail -1)" = "$(sed -n 7p in.jsonl)" ]
	# A plain path keeps the partition that the page's hash gives, and several -k are one key.
	scat -t .ts in.jsonl | sreplay -a log2 --partitions 4 -k .u,.n >/dev/null
	scat -t .ts in.jsonl | sreplay -a log3 --partitions 4 -k .u -k .n >/dev/null
	for i in 0 1 2 3; do cmp <(plays log2/$i) <(plays log3/$i); done
	run_pipe 'scat in.jsonl' 'sreplay -a log2 --partitions 4 -k .u'
	[ "${statuses[1]}" -eq 78 ]
	fails 2 'scat in.jsonl | sreplay -a log4 --partitions 4 -k "x=.a |"'
	[ ! -e log4 ]
	run_pipe 'scat -t .ts in.jsonl' 'sreplay -a log5 --partitions 4 -k .usr'
	rm -r log/2
	fails 66 'scat log'
}

@test "care of a log with partitions is taken of each" {
	make_input
	WEIR_FRAME_SIZE=600 scat -t .ts in.jsonl | sreplay -a log --partitions 3 -k .u --segment-size 4KiB >/dev/null
	sreplay --list log/ >list
	[ "$(jq .partition list | sort -u | wc -l)" -eq 3 ]
	[ "$(jq -s 'map(.records) | add' list)" -eq 1000 ]
	[ "$(sreplay --verify log | grep -c sound)" -eq 3 ]
	fails 2 'sreplay --trim-before 5 log'
	sreplay --trim-before @1700000600 log
	plays log | jq -es 'map(.n) | (.[0] > 100 and .[0] < 600 and .[-1] == 1000)'
	[ "$(plays --from @1700000600 log | wc -l)" -eq 401 ]
	for i in 0 2; do printf X | dd of="$(ls log/$i/*.weir | head -1)" bs=1 seek=1000 conv=notrunc status=none; done
	run_pipe 'sreplay --verify log >found'
	[ "$status" -eq 76 ]
	[ "$(grep -c 'damaged at byte' err)" -eq 2 ]
	grep -q 'log/1: .* sound' found
}

@test "--explain of what removes something removes nothing" {
	make_input
	record log --segment-size 4KiB
	for option in '--trim-before 900' '--max-size 5kB' '--max-age 1s' '--compact -k .u' '--salvage new' --list --verify; do
		ok "sreplay --explain $option log"
		grep -q . out
	done
	[ ! -e new ]
	plays log | cmp - in.jsonl
}

@test "a reader from under whom the log is trimmed is told so, with the offset" {
	make_input 60000
	WEIR_FRAME_SIZE=4000 scat -t .ts in.jsonl | sreplay -a log --segment-size 64KiB >/dev/null
	mkfifo pipe
	sreplay log >pipe 2>err &
	reader=$!
	exec 8<pipe
	read -r -N 1 _ <&8 || true
	sreplay --trim-before 59000 log
	cat <&8 >/dev/null
	status=0
	wait "$reader" || status=$?
	[ "$status" -eq 66 ]
	grep -q 'has been removed: the log begins at' err
	# One that begins then, and has a checkpoint, is noted from there on.
	sreplay -C state --epoch-records 50 -n 100 log | scat -o got.jsonl
	sreplay --list -v log 2>&1 >/dev/null | grep -q 'has come to offset 5'
}

@test "what a log is split by can't be changed, and the messages say how to go on; nothing is appended to one partition alone" {
	make_input 50
	record log
	record parts --partitions 3 -k .u -k 'x=.n % 2'
	while IFS='|' read -r code args what; do
		fails "$code" "scat in.jsonl | sreplay $args >/dev/null"
		err_has "$what"
	done <<-'END'
		78|-a log -k .u --partitions 3|sreplay: log: the log has no partitions, which can't be changed: append to it without --partitions and -k
		78|-a parts -k .n --partitions 3|parts: the log has --partitions 3 -k .u -k x=.n % 2, which can't be changed: append to it without saying these
		78|-a parts -k .u --partitions 4|the log has --partitions 3 -k .u
		2|-a parts -k .u|to append to a log that is split already neither is needed
		2|-a parts --partitions 3|--partitions N, at most 1024, and -k KEYS go together
		2|-a parts/1|-a parts/1: a partition of a log: append to the log
		2|-a ./parts/1/|a partition of a log
		2|--partition 0 log|log: --partition 0: it has no partitions
		2|--partition 3 parts|numbers from 0 to 2
		2|--partition 0, parts|numbers from 0 to 2
		2|--partition 0,+1 parts|numbers from 0 to 2
		2|--partition "" parts|numbers from 0 to 2
	END
	(cd parts && fails 2 'sreplay -a 2 </dev/null') || { show; false; }
	record parts
	[ "$(plays parts | wc -l)" -eq 100 ]
	sreplay --partition 2,0,1 parts | scat | cmp - <(plays parts)
	record 5
	[ "$(plays 5 | wc -l)" -eq 50 ]
}

@test "wrong usage is said, and nothing is touched" {
	fails 2 'sreplay'
	fails 2 'sreplay a b'
	fails 2 'sreplay -a log x'
	fails 2 'sreplay -a log --from 3 </dev/null'
	fails 2 'sreplay --from yesterday log'
	fails 2 'sreplay -s 0 log'
	fails 2 'sreplay -s 1 --rate 3 log'
	fails 2 'sreplay --max-gap 1s log'
	fails 2 'sreplay --list --verify log'
	fails 2 'sreplay --loop 2 -f log'
	fails 2 'sreplay --partitions 3 log'
	fails 2 'scat /dev/null | sreplay -a log --partitions 3'
	fails 2 'scat /dev/null | sreplay -a log --sync often'
	fails 2 'scat /dev/null | sreplay -a log -z 99'
	[ ! -e log ]
	fails 66 'sreplay nothing'
	mkdir dir
	touch dir/precious
	fails 66 'sreplay dir'
	make_input 3
	run_pipe 'scat in.jsonl' 'sreplay -a dir'
	[ "${statuses[1]}" -eq 73 ]
	run_pipe 'scat in.jsonl' 'sreplay -a in.jsonl'
	[ "${statuses[1]}" -eq 73 ]
	[ "$(ls dir)" = precious ]
	fails 74 'record log; sreplay log >/dev/full'
	for care in --list --verify '--compact -k .u'; do
		fails 74 "sreplay $care log >/dev/full"
		err_has 'No space left'
	done
	fails 2 'sreplay --max-age 0 log'
	run_pipe 'printf text' 'sreplay -a log9'
	[ "${statuses[1]}" -eq 76 ]
	[ ! -e log9 ]
}

@test "a damaged or unfinished stream leaves what was sound in the log, and its status" {
	make_input 100
	WEIR_FRAME_SIZE=600 scat -t .ts -O frames in.jsonl >whole.weir
	head -c 3000 whole.weir >cut.weir
	run_pipe 'cat cut.weir' 'sreplay -a log' 'scat -O json'
	[ "${statuses[1]}" -eq 76 ]
	plays log >got
	[ -s got ]
	cmp <(head -c "$(stat -c %s got)" in.jsonl) got
	sreplay --verify log
}

@test "ten million bytes or a hundred: memory is constant" {
	need_lean
	make_input 300000
	scat -t .ts in.jsonl | sreplay -a log --stats w.json >/dev/null
	sreplay --stats r.json log >/dev/null
	[ "$(jq .peak_memory w.json)" -lt 16777216 ]
	[ "$(jq .peak_memory r.json)" -lt 16777216 ]
}

@test "a consumer that is stopped holds nobody up, and catches up; memory of both is constant" {
	need_lean
	make_input 300
	scat -t .ts in.jsonl | sreplay -a short --stats short-w.json >/dev/null
	sreplay short --stats short-r.json >/dev/null
	make_input 400000
	head -1000 in.jsonl >first
	tail -n +1001 in.jsonl >rest
	scat -t .ts first | sreplay -a log >/dev/null
	sreplay -f --committed --stats r.json log >pipe.weir &
	reader=$!
	size() { [ "$(stat -c %s pipe.weir)" -gt 60000 ]; }
	wait_for size
	kill -STOP "$reader"
	until grep -q '^State:.T' "/proc/$reader/status"; do :; done
	behind=$(stat -c %s pipe.weir)
	# Some 35 MB, and nobody reads: what is appended does not wait for it.
	scat -t .ts rest | sreplay -a log --stats w.json --segment-size 4MiB >/dev/null
	[ "$(sreplay --committed log --stats all.json >/dev/null; jq .records_out all.json)" -eq 400000 ]
	[ "$(stat -c %s pipe.weir)" -eq "$behind" ]
	kill -CONT "$reader"
	caught_up() { [ "$(stat -c %s pipe.weir)" -gt 26000000 ] && scat -i frames -O json pipe.weir 2>/dev/null | tail -1 | grep -q '"n":400000,'; }
	wait_for caught_up
	kill -TERM "$reader"
	wait "$reader"
	scat -i frames -O json pipe.weir | cmp - in.jsonl
	for who in r w; do
		[ "$(jq .peak_memory $who.json)" -lt $(($(jq .peak_memory short-$who.json) + 4 * 1024 * 1024)) ]
	done
}

# A sample of the crash tests; `make crash` has all of them (tests/crash/log.py).
crash() {
	need_lean
	need_command sfilter
	run python3 "$ROOT/tests/crash/run" --records 6000 "$@"
	echo "$output"
	[ "$status" -eq 0 ] || return 1
	[[ $output != *skipped:* ]] || skip "${output##*skipped: }"
	[[ $output = *" points tried, 0 differences"* ]] || fail "nothing was tried"
}

@test "crash: a writer or a reader that is killed at any call loses and repeats nothing" {
	crash --points 60 logstage logend logreader logplain
}

@test "crash: a flipped bit anywhere is noticed, and nothing before it is lost" {
	crash --points 150 logflip
}

@test "crash: a compaction that is killed or fails at any call loses and repeats nothing" {
	crash --points 24 logcompact logcompactio
}

@test "two that begin one new log at once: it has one identity, and the records of whoever had it" {
	need_lean
	command -v strace >/dev/null || skip 'strace is missing'
	strace -o /dev/null true || skip 'strace may not trace'
	seq 1000 | sed 's/.*/{"n":&}/' | scat -i json -O frames >in
	local tmp n one two first last
	for tmp in committed log; do
		rm -rf log identity
		# It stops where it gives the log its beginning, and its identity: behind its own directory's, and the beginning's two.
		[ $tmp = committed ] && n=2 || n=4
		strace -o trace -e trace=fsync -e inject=fsync:signal=STOP:when=$n sh -c 'echo $$ >one.pid; exec sreplay -q -a log' <in >x 2>one.err 3>&- &
		one=$!
		until [ -e log/.$tmp.tmp ]; do kill -0 $one; done
		sreplay -q -a log <in >y 2>two.err 3>&- &
		two=$!
		# The other one waits for it; if not, it has ended.
		until grep -qE -- "-> FLOCK +ADVISORY +WRITE +$two " /proc/locks || ! kill -0 $two 2>y.err; do :; done
		[ ! -e log/log ] || cp log/log identity
		while kill -0 $one 2>y.err; do kill -CONT "$(cat one.pid)" 2>y.err || true; done
		first=0 last=0
		wait $one || first=$?
		wait $two || last=$?
		[ "$first" -eq 0 ] || [ "$first" -eq 75 ] || fail "$(cat one.err)"
		[ "$last" -eq 0 ] || [ "$last" -eq 75 ] || fail "$(cat two.err)"
		[ ! -e identity ] || cmp log/log identity
		[ "$(sreplay -q --committed log | scat -O raw | wc -l)" -eq $((1000 * ((first == 0) + (last == 0)))) ]
		sreplay --verify log >x
	done
}
