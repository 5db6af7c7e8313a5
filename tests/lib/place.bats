#!/usr/bin/env bats
# lib/text: place, ingest: reading that is cut and gone on with, also when the files were rotated meanwhile.

bats_require_minimum_version 1.5.0

setup() {
	export BUILD_DIR="${BUILD_DIR:-$BATS_TEST_DIRNAME/../../build}"
	export PYTHONDONTWRITEBYTECODE=1
	cd "$BATS_TEST_TMPDIR"
}

judge() {
	run python3 "$BATS_TEST_DIRNAME/place_oracle.py" "$@"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "place: cut after every record: the same records, watermarks and bad records, in every format" { judge cuts 2; }
@test "place: a file that grows is read once, whatever is there when it is looked at" { judge partial 8; }
@test "place: rotated between runs by rename and by copy, packed" { judge rotation 6; }
@test "place: what is gone" { judge missing 0; }
