#!/usr/bin/env bats
# lib/log: what lies on the disk, read by a reader that was written from weir-log(5).

bats_require_minimum_version 1.5.0

setup() {
	export BUILD_DIR="${BUILD_DIR:-$BATS_TEST_DIRNAME/../../build}"
	export PYTHONDONTWRITEBYTECODE=1
	unset WEIR_FRAME_SIZE
	cd "$BATS_TEST_TMPDIR"
}

oracle() {
	run python3 "$BATS_TEST_DIRNAME/log_oracle.py" "$1"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "committed: read, written and mended, sound, torn and damaged" { oracle extent; }
@test "index: read, written and searched, sound, torn and damaged" { oracle index; }
@test "logs of sreplay: every byte is as the page says, also compacted, trimmed and in partitions" { oracle logs; }
