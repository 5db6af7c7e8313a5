#!/usr/bin/env bats
# base/units.h: durations and sizes, judged by Python's fractions.

setup() {
	export BUILD_DIR="${BUILD_DIR:-$BATS_TEST_DIRNAME/../../build}"
	export PYTHONDONTWRITEBYTECODE=1
}

judge() {
	run python3 "$BATS_TEST_DIRNAME/units_oracle.py" "$@"
	echo "$output"
	[ "$status" -eq 0 ]
}

# answers WANTED: what the program says to the commands on stdin
answers() {
	run "$BUILD_DIR/tests/units"
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$output" = "$1" ]
}

@test "units: durations" { judge duration 8000; }
@test "units: sizes" { judge size 8000; }
@test "units: a duration as text is read back as itself" { judge fduration 6000; }
@test "units: a size as text has three digits" { judge fsize 8000; }

@test "units: the manual's examples" {
	answers "250000000
5000000000
5400000000000
5400000000000
7000000000
604800000000000
65536
10000000
1024" <<-'EOF'
		duration 250ms
		duration 5
		duration 1h30m
		duration 1.5h
		duration 2s5s
		duration 7d
		size 64KiB
		size 10MB
		size 1k
	EOF
}

@test "units: shapes of durations and sizes as text" {
	answers "0s
1h30m
250ms
1.5s
1.5ms
1h500ms
1w
10d
-1m
-106751d23h47m16.854775808s
0 B
1.5 GiB
312 KiB
1023 B
1 MiB
16 EiB" <<-'EOF'
		fduration 0
		fduration 5400000000000
		fduration 250000000
		fduration 1500000000
		fduration 1500000
		fduration 3600500000000
		fduration 604800000000000
		fduration 864000000000000
		fduration -60000000000
		fduration -9223372036854775808
		fsize 0
		fsize 1610612736
		fsize 319488
		fsize 1023
		fsize 1048575
		fsize 18446744073709551615
	EOF
}

@test "units: a refusal says why" {
	answers 'no: it is empty
no: it is negative
no: no unit behind 30
no: no unit "M"; use ns us ms s m h d w
no: no unit "h "; use ns us ms s m h d w
no: no unit "??month-and-a-lo"; use ns us ms s m h d w
no: 0.5ns is finer than a nanosecond
no: it is too long
no: it is too large
no: it has too many decimals
no: it does not begin with a digit
no: no unit "KiBs"; use B KB MB GB TB or KiB MiB GiB TiB
no: it is too large
no: no unit " "; use B KB MB GB TB or KiB MiB GiB TiB' < <(printf '%b\n' \
		'duration ' 'duration -5s' 'duration 1h30' 'duration 1M' 'duration 1h ' \
		'duration 1\001\377month-and-a-long-one' 'duration 1h0.5ns' 'duration 99999999999' \
		'duration 99999999999999999999' 'duration 0.0000000000000000001h' 'duration .5s' \
		'size 5KiBs' 'size 16EiB' 'size 5 ')
}
