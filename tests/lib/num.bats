#!/usr/bin/env bats
# base/num.h: exact decimals and doubles, judged by Python's fractions and floats, and by jq.

setup() {
	export BUILD_DIR="${BUILD_DIR:-$BATS_TEST_DIRNAME/../../build}"
	export PYTHONDONTWRITEBYTECODE=1
}

judge() {
	run python3 "$BATS_TEST_DIRNAME/num_oracle.py" "$@"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "num: texts are read as JSON's grammar says, exactly or as the nearest double" { judge parse 8000; }
@test "num: long texts keep their value" { judge long 60; }
@test "num: sum, difference, product and quotient" { judge arith 6000; }
@test "num: a difference borrows through equal words" { judge borrow 2000; }
@test "num: a quotient that is a short decimal is exact" { judge divide 6000; }
@test "num: double and mean are rounded once" { judge round 8000; }
@test "num: order by exact value, between exact numbers and doubles too" { judge cmp 6000; }
@test "num: cut to 64 bits, and the remainder" { judge cut 4000; }
@test "num: trim and negation" { judge trim 4000; }
@test "num: text of exact numbers and doubles" { judge format 5000; }
@test "num: a double's text is the one that jq writes" { judge jq 8000; }

@test "num: the mean of a known sum" {
	run "$BUILD_DIR/tests/num" <<-'EOF'
		add 11.10 0.05
		fmt 11.10
		mean 0.3 3
		div 1 8
		div 1 3
	EOF
	[ "$status" -eq 0 ]
	[ "$output" = "e + 0 45b 2
11.10
0x1.999999999999ap-4
e + 0 7d 3
d 0x1.5555555555555p-2" ]
}
