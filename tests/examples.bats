#!/usr/bin/env bats
# The examples print what stands beside them.

load helper

# Standard error names the temporary files that some examples make; they are called TMP here. Several
# processes write to it, each in its own order.
check() {
	local dir=$ROOT/examples/$1

	"$dir/run" >"$T/out" 2>"$T/err"
	diff -u "$dir/expected" "$T/out"
	sed 's,/[^ ]*/tmp\.[A-Za-z0-9]*,TMP,g' "$T/err" | sort >"$T/err.sorted"
	if [ -e "$dir/expected.err" ]; then
		sort "$dir/expected.err" | diff -u - "$T/err.sorted"
	else
		diff -u /dev/null "$T/err.sorted"
	fi
}

@test "each example has a run and an expected output, and a test here" {
	for dir in "$ROOT"/examples/*/; do
		[ -x "$dir/run" ]
		[ -e "$dir/expected" ]
		grep -q "^@test \"$(basename "$dir")\"" "$BATS_TEST_FILENAME"
	done
}

@test "the sample logs are what their generators make" {
	awk -f "$ROOT/examples/access.awk" | cmp - "$ROOT/examples/access.log"
	awk -f "$ROOT/examples/slowest-paths/app.awk" | cmp - "$ROOT/examples/slowest-paths/app.jsonl"
}

@test "bad-records" { check bad-records; }
@test "bank" { check bank; }
@test "csv-to-json" { check csv-to-json; }
@test "demo" { check demo; }
@test "errors-by-hour" { check errors-by-hour; }
@test "kill-nine" { check kill-nine; }
@test "late-records" { check late-records; }
@test "noisy-hours" { check noisy-hours; }
@test "local-times" { check local-times; }
@test "merged-logs" { check merged-logs; }
@test "nginx-format" { check nginx-format; }
@test "payments" { check payments; }
@test "once-each" { check once-each; }
@test "slowest-paths" { check slowest-paths; }
@test "stream-format" { check stream-format; }
