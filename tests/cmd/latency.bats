#!/usr/bin/env bats
# A slow producer: each record must have come out of three stages before the next is written. Nothing here
# waits for time to pass; a record that is held back is a test that never ends (and timeout ends it).

load ../helper

@test "latency: one record after the other through three stages" {
	run timeout -s KILL 660 python3 "$ROOT/tests/cmd/signals.py" latency
	echo "$output"
	[ "$status" -eq 0 ]
}
