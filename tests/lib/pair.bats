#!/usr/bin/env bats
# stage/pair: two inputs into one stage, by a stage that passes both on (pair.c).

load ../helper

setup() {
	T=$BATS_TEST_TMPDIR
	export T PATH="$BUILD_DIR/tests:$PATH"
	cd "$T" || return 1
	mkfifo l r
}

# left and right: so many records each, the right one's twice as dense; whole: in the order that they are to come out in.
make_inputs() {
	seq "$1" | awk '{ printf "{\"ts\":%d,\"l\":%d}\n", 2 * $1, $1 }' >left
	seq "$2" | awk '{ printf "{\"ts\":%d,\"r\":%d}\n", $1, $1 }' >right
}

# The line: each source into a FIFO, the stage, and what is behind it. A source's options come first: both have the same.
line() {
	timeout -s KILL 300 scat "$@" -q --id a -t .ts left >l &
	a=$!
	timeout -s KILL 300 scat "$@" -q --id b -t .ts right >r &
	b=$!
	run_pipe 'timeout -s KILL 300 pair --stats stats ${pair_args-} l r' "timeout -s KILL 300 scat -q ${sink--o out.jsonl}"
	wait $a && wait $b
}

@test "pair: 200 runs with random delays in both producers: the records and watermarks of the rule, each time" {
	judge lib/pair_oracle.py order 50
}

@test "pair: inputs from one run, read ahead where they would block each other: the same records" {
	judge lib/pair_oracle.py silent 10
}

@test "pair: what is read ahead has a bound, status 71 with the reason" { judge lib/pair_oracle.py bound; }
@test "pair: hellos joined, producers that die or fail, inputs that don't fit together" { judge lib/pair_oracle.py joined; }
@test "pair: an idle input holds nothing back" { judge lib/pair_oracle.py idle; }
@test "pair: barriers of a saved stream mean nothing" { judge lib/pair_oracle.py barriers; }

@test "pair: operands: a file, standard input, FIFOs in any order, what isn't there" {
	make_inputs 3 3
	scat -t .ts left >left.weir
	ok 'scat -t .ts right' 'pair left.weir -' 'scat -O json --columns l,r'
	cp out want
	[ "$(wc -l <want)" -eq 6 ]
	ok 'pair <(scat -t .ts left) <(scat -t .ts right)' 'scat -O json --columns l,r'
	cmp out want
	# The writers open the second one first.
	{ exec 8>r 9>l; scat -t .ts left >&9; scat -t .ts right >&8; } &
	ok 'pair l r' 'scat -O json --columns l,r'
	wait $!
	cmp out want
	fails 66 'pair left.weir missing'
	err_is 'pair: missing: No such file or directory'
	fails 66 "pair $T left.weir"
	err_has 'Is a directory'
	fails 2 'pair - -'
	fails 76 'pair left.weir left'
	err_is 'pair: left: not a weir stream; pipe it through scat first'
	ok 'pair left.weir left.weir' 'scat -O json'
	[ "$(wc -l <out)" -eq 6 ]
}

@test "pair: a diamond by tee never hangs, whatever the frames, and its output is the same" {
	seq 30000 | awk '{ printf "{\"ts\":%d,\"n\":%d,\"x\":\"%0*d\"}\n", $1, $1, $1 % 97, 0 }' >in
	jq -c '., if .n % 100 == 0 then . else empty end' in >want
	for size in 1 1000 65536; do
		for filter in l r; do
			export WEIR_FRAME_SIZE=$size
			local plain=r
			[ $filter = l ] || plain=l
			for limit in 4096 1048576; do
				timeout -s KILL 300 scat -t .ts in | WEIR_PIPE_SIZE=$limit tee $plain | sfilter '.n % 100 == 0' >$filter &
				WEIR_PIPE_SIZE=$limit ok 'timeout -s KILL 300 pair l r' 'scat -O json'
				wait
				cmp out want || fail "frames of $size, filter into $filter"
			done
		done
	done
}

# Passes the first frame on, and all others once there are no more.
hello_first() {
	python3 -c '
import sys
head = sys.stdin.buffer.read(40)
sys.stdout.buffer.write(head + sys.stdin.buffer.read(int.from_bytes(head[8:12], "little")))
sys.stdout.buffer.flush()
sys.stdout.buffer.write(sys.stdin.buffer.read())'
}

@test "pair: a diamond whose branch says nothing until the end" {
	seq 30000 | awk '{ printf "{\"ts\":%d,\"n\":%d}\n", $1, $1 }' >in
	# The branch is behind by all there is: what the other one has waits in the queue.
	for filter in l r; do
		local plain=r
		[ $filter = l ] || plain=l
		scat -t .ts in | tee $plain | hello_first >$filter &
		WEIR_PIPE_SIZE=4096 ok 'timeout -s KILL 300 pair l r' 'scat -O json'
		wait
		jq -c '., .' in | cmp - out
		scat -t .ts in 2>/dev/null | tee $plain 2>/dev/null | hello_first >$filter 2>/dev/null &
		WEIR_PIPE_SIZE=4096 fails 71 'timeout -s KILL 300 pair --max-memory 600KiB l r >/dev/null'
		err_has 'has been silent, and what '
		err_has 'is beyond --max-memory 600 KiB'
		wait || true
	done
}

@test "pair: a diamond under a checkpoint: one state for both branches, run again and again" {
	seq 5000 | awk '{ printf "{\"ts\":%d,\"n\":%d}\n", $1, $1 }' >all
	for size in 1 65536; do
		rm -rf in st out.jsonl
		export WEIR_FRAME_SIZE=$size WEIR_PIPE_SIZE=4096
		for part in 1,1000 1001,1001 1002,4000 4001,5000; do
			sed -n "${part}p" all >>in
			timeout -s KILL 300 scat -C st --epoch-records 300 -t .ts in | tee l | sfilter '.n % 3 == 0' >r &
			ok 'timeout -s KILL 300 pair l r' 'scat -o out.jsonl'
			wait $!
		done
		# What the left one's last records might still have met stays open, the rest is there.
		jq -c '., if .n % 3 == 0 then . else empty end' all >want
		head -n "$(wc -l <out.jsonl)" want | cmp - out.jsonl
		[ "$(wc -l <out.jsonl)" -ge 6660 ]
		timeout -s KILL 300 scat -C st --final -t .ts in | tee l | sfilter '.n % 3 == 0' >r &
		ok 'timeout -s KILL 300 pair l r' 'scat -o out.jsonl'
		wait $!
		cmp want out.jsonl
	done
}

@test "pair: two branches with a stage of one name are refused under a checkpoint, with the advice" {
	seq 100 | awk '{ printf "{\"ts\":%d,\"n\":%d}\n", $1, $1 }' >in
	scat -C st -t .ts in 2>/dev/null | tee >(sfilter '.n > 5' >l 2>/dev/null) | sfilter '.n > 7' >r 2>/dev/null &
	run_pipe 'timeout -s KILL 300 pair l r' 'scat -o out.jsonl'
	wait $! || true
	[ "${statuses[*]}" = '78 78' ] || { show; false; }
	err_is 'pair: two stages are called sfilter, one before l and one before r: give one of them --id NAME'
	[ ! -s out.jsonl ]
	# New ones: the branch that nothing waits for may still have the old one open.
	rm l r && mkfifo l r
	scat -C st -t .ts in | tee >(sfilter '.n > 5' >l) | sfilter --id other '.n > 7' >r &
	ok 'timeout -s KILL 300 pair l r' 'scat -o out.jsonl'
	wait $!
	[ "$(wc -l <out.jsonl)" -ge 180 ]
}

@test "pair: two sources of different length: three runs write what one does" {
	make_inputs 4000 1500
	cp left all.left
	cp right all.right
	line -C one --sources 2 --epoch-records 500 --final
	[ "$status" -eq 0 ] || { show; false; }
	mv out.jsonl want
	[ "$(wc -l <want)" -eq 5500 ]
	ok 'pair <(scat -t .ts left) <(scat -t .ts right)' 'scat -O json'
	cmp out want
	: >left
	: >right
	for part in '1,100 1,1200' '101,3000 1201,1201' '3001,4000 1202,1500'; do
		read -r x y <<<"$part"
		sed -n "${x}p" all.left >>left
		sed -n "${y}p" all.right >>right
		line -C st --sources 2 --epoch-records 500
		[ "$status" -eq 0 ] && [ ! -s err ] || { show; false; }
		head -n "$(wc -l <out.jsonl)" want | cmp - out.jsonl
	done
	# The right one is only paused: the left one's later records wait for it, in the state.
	[ "$(wc -l <out.jsonl)" -lt 2300 ]
	scat -O json "st/$(ls st | grep -x '[0-9]*')/pair" >state
	grep -q '{"input":"left","watermark":"1970-01-01T00:25:02Z"' state || { head -3 state; false; }
	[ "$(jq -s 'map(.records // 0) | add' state)" -eq 3249 ]
	line -C st --sources 2 --final
	[ "$status" -eq 0 ] || { show; false; }
	cmp out.jsonl want
	[ "$(jq -c .seen stats)" = '[4000,1500]' ]
	# After the end, there is no more.
	line -C st --sources 2 --final
	cmp out.jsonl want
	[ "$(jq -c .seen stats)" = '[4000,1500]' ]
}

@test "pair: what waits for a paused input has a bound as well" {
	make_inputs 20000 10
	pair_args='--max-memory 300KiB' line -C st --sources 2 2>/dev/null || true
	[ "${statuses[*]}" = '71 71' ] || { show; false; }
	err_has 'pair: r is behind (1970-01-01T00:00:10Z) and '
	err_has 'what l has for later is beyond --max-memory 300 KiB'
	# Nothing of it is committed, and with more room it goes on.
	line -C st --sources 2
	[ "$status" -eq 0 ] && [ "$(wc -l <out.jsonl)" -le 20 ]
	# For good, it is not waited for.
	rm -rf st out.jsonl
	pair_args='--max-memory 300KiB' line -C st --sources 2 --final
	[ "$status" -eq 0 ] || { show; false; }
	[ "$(wc -l <out.jsonl)" -eq 20010 ]
}

@test "pair: with --spill what waits goes to disk beyond --max-memory, into the state and back, and nothing is different" {
	[ "$(echo | "$BUILD_DIR/tests/spill" probe 2>&1)" = ready ] || skip "built without RocksDB"
	make_inputs 20000 10
	line -C st --sources 2 --final
	mv out.jsonl want && rm -rf st
	[ "$(wc -l <want)" -eq 20010 ]
	# The right one is paused at its beginning: all the left one has waits, in two runs.
	pair_args='--max-memory 300KiB --spill store' line -C st --sources 2
	[ "$status" -eq 0 ] && [ "$(wc -l <out.jsonl)" -le 20 ] || { show; false; }
	scat -O json st/[0-9]*/pair >state
	[ "$(jq -s 'map(.records // 0) | add' state)" -gt 19900 ] || { jq -c 'select(.records)' state; false; }
	pair_args='--max-memory 300KiB --spill store' line -C st --sources 2
	pair_args='--max-memory 300KiB --spill store' line -C st --sources 2 --final
	[ "$status" -eq 0 ] || { show; false; }
	cmp out.jsonl want
	[ -z "$(ls -A store)" ]
	# And a branch of a tee that says nothing until the end.
	seq 30000 | awk '{ printf "{\"ts\":%d,\"n\":%d}\n", $1, $1 }' >in
	scat -t .ts in | tee r | hello_first >l &
	WEIR_PIPE_SIZE=4096 ok 'timeout -s KILL 300 pair --max-memory 600KiB --spill store l r' 'scat -O json'
	wait
	jq -c '., .' in | cmp - out
}

@test "pair: sources that don't share a checkpoint are refused, and what to give them is said" {
	make_inputs 100 100
	scat -C st1 -t .ts left >l 2>/dev/null &
	scat -C st2 -t .ts right >r 2>/dev/null &
	run_pipe 'pair l r' 'scat -o out.jsonl'
	[ "${statuses[*]}" = '78 78' ] || { show; false; }
	err_is "pair: l and r belong to different checkpoints, $T/st1 and $T/st2: give both sources the same -C DIR, with --sources 2"
	wait
	scat -t .ts right >plain
	scat -C st1 -t .ts left >l 2>/dev/null &
	run_pipe 'pair l plain' 'scat -o out.jsonl'
	[ "${statuses[*]}" = '78 78' ] || { show; false; }
	err_is "pair: l belongs to the checkpoint $T/st1, and plain to none, so it could not go on after a crash: give both sources -C $T/st1 --sources 2, and an --id each"
	wait
	[ ! -s out.jsonl ]
	# Two with one name.
	scat -C st3 --sources 2 --id x -t .ts left >l 2>second &
	scat -C st3 --sources 2 --id x -t .ts right >r 2>third &
	run_pipe 'pair l r' 'scat -o out.jsonl'
	[ "${statuses[*]}" = '78 78' ] || { show; false; }
	[ ! -s out.jsonl ]
	wait
	cat second third | grep -qx "scat: $T/st3: two sources are called x: give each an --id NAME of its own"
}

@test "pair: a source that ends at a signal is paused, with --final too, and nothing is late afterwards" {
	make_inputs 2000 2000
	for i in 1 2 3; do
		rm -rf st out.jsonl
		line -C st --sources 2 --final --epoch-records 100
		[ "$(wc -l <out.jsonl)" -eq 4000 ]
		cp out.jsonl want
		rm -rf st out.jsonl
		# The pipe that nobody reads yet stops the source in the middle of its input.
		WEIR_PIPE_SIZE=4096 scat -C st --sources 2 --final -q --id a -t .ts left >l &
		a=$!
		WEIR_PIPE_SIZE=4096 scat -C st --sources 2 --final -q --id b -t .ts right >r &
		b=$!
		exec 8<l 9<r
		# Once they have written they catch signals.
		python3 -c 'import select
for fd in (8, 9): select.select([fd], [], [])'
		kill -TERM $a $b
		run_pipe 'timeout -s KILL 300 pair /dev/fd/8 /dev/fd/9 --stats stats' 'scat -o out.jsonl'
		exec 8<&- 9<&-
		wait $a && wait $b
		[ "$status" -eq 0 ] || { show; false; }
		[ "$(wc -l <out.jsonl)" -lt 4000 ]
		line -C st --sources 2 --final --epoch-records 100
		cmp out.jsonl want
	done
}

@test "pair: --stats and SIGUSR1 tell of both inputs" {
	make_inputs 10 10
	line
	jq -e '.left.records_in == 10 and .right.records_in == 10 and .records_in == 20 and .left.watermark == "1970-01-01T00:00:20Z"
		and .right.bytes_in > 0 and .bytes_in == .left.bytes_in + .right.bytes_in and .right.queued == 0' stats
	exec 8<>l 9<>r
	scat -t .ts left | head -c -54 >&8
	scat -t .ts right | head -c -54 >&9
	: >out
	pair l r >out 2>err 8>&- 9>&- &
	p=$!
	for _ in $(seq 3000); do
		# What it writes, it writes when it has begun to catch signals.
		[ ! -s out ] || kill -USR1 $p
		! grep -q 'l: 6 records, watermark 1970-01-01T00:00:12Z, 0 queued; r: 10 records' err || break
		python3 -c 'import time; time.sleep(0.05)'
	done
	grep -q 'pair: l: 6 records, watermark 1970-01-01T00:00:12Z, 0 queued; r: 10 records' err
	kill -KILL $p
	exec 8>&- 9>&-
}

@test "pair: a reader that goes ends it while both inputs are silent" {
	make_inputs 10 10
	exec 8<>l 9<>r
	scat -t .ts left | head -c -54 >&8
	scat -t .ts right | head -c -54 >&9
	deaths=141
	run_pipe 'timeout -s KILL 300 pair l r 8>&- 9>&-' 'head -c 5 8>&- 9>&- >/dev/null'
	exec 8>&- 9>&-
	[ "${statuses[0]}" -eq 141 ] || { show; false; }
}

@test "pair: a full disk is status 74; text where frames are due is 76" {
	make_inputs 10 10
	scat -t .ts left >left.weir
	fails 74 'pair left.weir left.weir >/dev/full'
	err_has 'No space left on device'
	fails 76 'pair left.weir left'
}
