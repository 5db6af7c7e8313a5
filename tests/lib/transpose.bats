#!/usr/bin/env bats
# frame/transpose.h: entries as columns and back, judged by the codec of tests/stream.py.

setup() {
	export BUILD_DIR="${BUILD_DIR:-$BATS_TEST_DIRNAME/../../build}"
	export PYTHONDONTWRITEBYTECODE=1
}

judge() {
	run python3 "$BATS_TEST_DIRNAME/transpose_oracle.py" "$@"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "transpose: what is put into columns comes back, whatever the entries are" { judge encode 300; }
@test "transpose: columns of every form come back" { judge decode 200; }
@test "transpose: damaged columns are refused, or mean what the description says" { judge damage 3000; }
