#!/usr/bin/env bats
# What a checkpoint promises, by a sample of the crash tests; `make crash` has all of them, tests/crash/run tells of them.

load ../helper

# The sanitizers' processes take a second to start, and are no different to a signal.
crash() {
	need_lean
	need_command sfilter
	run python3 "$ROOT/tests/crash/run" --records 6000 "$@"
	echo "$output"
	[ "$status" -eq 0 ] || return 1
	[[ $output != *skipped:* ]] || skip "${output##*skipped: }"
	[[ $output = *" points tried, 0 differences"* ]] || fail "nothing was tried"
}

@test "checkpoint: a kill at any system call of any stage: run again, the output is as if nothing had happened" {
	crash --points 300 kill
}

@test "checkpoint: a second kill while it recovers" {
	crash --points 60 recover
}

@test "checkpoint: of 200 sources that start at once on one directory one runs, and 199 end with status 75" {
	crash crowd
}

@test "checkpoint: a changed line is refused with the option and both values, or its output is right" {
	crash change
}

@test "checkpoint: a full disk, a broken one, a quota at any call: a status and a reason, no commit after it, and nothing is lost" {
	crash --points 90 errors
}

@test "checkpoint: power lost after any operation, and the disk kept of what wasn't synced what it liked" {
	crash --points 90 power
}

@test "checkpoint: states that copies of the processes write: killed, and the power lost" {
	export WEIR_SNAPSHOT_MS=0
	crash --points 60 kill
	crash --points 60 power
}

@test "checkpoint: a flipped bit, in any of its files, is refused or without harm" {
	crash --points 1500 damage
}

@test "checkpoint: short reads and writes, interrupted calls, and no memory" {
	crash --points 60 shim
}

@test "checkpoint: every rename and every barrier comes after the syncs that it needs; a run without syncs is noticed" {
	crash monitor teeth
}

@test "checkpoint: the sizes of pipes and frames, and the seed of hashes, change no byte" {
	crash sizes
}

@test "checkpoint: five runs over a file that grows are as one" {
	crash growth
}

@test "checkpoint: a second line, and a saved stream played again, leave a checkpoint alone" {
	crash second
}

@test "checkpoint: a kill at any system call of a line with sdedup, of every kind" {
	crash --points 90 dedup
}

@test "checkpoint: a kill at any system call of a line with swindow, of every kind" {
	crash --points 68 windows
}

@test "checkpoint: two sinks behind a tee, either of them killed" {
	crash --points 40 twosinks
}

@test "checkpoint: two sources of different length into one stage, any of the four processes killed, once and again" {
	crash --points 60 pair
	crash --points 20 pairagain
}

@test "checkpoint: a log that rotates in all ways while runs read it: each line counts once" {
	crash --points 100 rotate
}

@test "checkpoint: segments, packed ones, a packed file: what is published is committed, and the text is the same" {
	crash --points 60 segments
}

@test "checkpoint: states that are written behind the stream's back are waited for" {
	crash --points 12 behind
}

@test "checkpoint: two sources that share a directory take each epoch together" {
	crash --points 40 twosources
}

@test "checkpoint: two sources, sjoin of every kind, and a sink, any of them killed" {
	need_command sjoin
	crash --points 70 join
}

@test "checkpoint: a diamond, one source through tee into two branches that are joined again, any of its processes killed" {
	crash --points 18 diamond
}

@test "checkpoint: a line that is run again at once, while what is left of the killed one is slow to come to its hello and its files" {
	crash --points 60 overlap
}
