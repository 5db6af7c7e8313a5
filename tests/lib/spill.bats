#!/usr/bin/env bats
# state/spill.h and the directory it lives in, state/scratch.h.

load ../helper

setup() {
	T=$BATS_TEST_TMPDIR
	export T
	cd "$T" || return 1
	[ "$(echo | "$BUILD_DIR/tests/spill" probe 2>&1)" = ready ] || skip "built without RocksDB"
	rmdir probe
}

# start DIR: a store that waits for commands on descriptor 7, in the process $pid, and has made its directory.
start() {
	rm -f in said
	mkfifo in
	"$BUILD_DIR/tests/spill" "$1" <in >said 7>&- &
	pid=$!
	exec 7>in
	until [ -s said ]; do :; done
	[ "$(cat said)" = ready ]
}

stop() {
	exec 7>&-
	wait "$pid"
}

@test "spill: what is put, got, dropped and walked over is as in a dictionary" { judge lib/spill_oracle.py 5000; }
@test "spill: the same with other cases" { judge lib/spill_oracle.py 5000 2; }

@test "spill: the directory is made, is private, and is empty at the end" {
	start dir
	[ "$(stat -c %a dir)" = 700 ]
	[ "$(ls dir | wc -l)" -eq 1 ]
	[ "$(stat -c %a dir/weir-spill-*)" = 700 ]
	stop
	[ -z "$(ls -A dir)" ]
}

@test "spill: what a killed process left is removed by the next one; what a living one has is not, nor what is not a store's" {
	start dir
	left=$(echo dir/weir-spill-*)
	kill -9 "$pid"
	run wait "$pid"
	exec 7>&-
	[ -e "$left/CURRENT" ]
	mkdir dir/weir-spiller dir/other
	touch dir/weir-spill-file
	start dir
	[ ! -e "$left" ]
	living=$(ls -d dir/weir-spill-????????????????)
	echo 'put a 1
get a' | "$BUILD_DIR/tests/spill" dir >out
	[ "$(tail -1 out)" = 1 ]
	[ -e "$living/CURRENT" ]
	stop
	[ "$(ls dir | tr '\n' ' ')" = 'other weir-spill-file weir-spiller ' ]
}

@test "spill: a directory that is a symlink, open to all, missing its parent or a file is refused with 73; /tmp's kind is not" {
	mkdir real open sticky
	ln -s real link
	chmod 777 open
	chmod 1777 sticky
	touch file
	for d in link open file none/of/it; do
		run "$BUILD_DIR/tests/spill" $d </dev/null
		[ "$status" -eq 73 ] || fail "$d: $status $output"
		[[ $output = "no: $d"* ]] || fail "$output"
	done
	[ -z "$(find open real -mindepth 1)" ]
	"$BUILD_DIR/tests/spill" sticky </dev/null
	[ -z "$(ls -A sticky)" ]
}

@test "spill: a file beyond what may be written is an error that stays, and names the directory" {
	need_lean
	run bash -c 'ulimit -f 2048; printf "fill 60000 1000\nget fill-1\n" | "$BUILD_DIR/tests/spill" dir'
	[ "$status" -eq 74 ] || fail "$status: $output"
	[[ ${lines[-1]} = 'no: dir/weir-spill-'*': IO error: '* ]] || fail "$output"
	[ -z "$(ls -A dir)" ]
}
