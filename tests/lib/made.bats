#!/usr/bin/env bats
# expr/build.h and expr/map.h: records made by expressions are the same, whoever makes them.

load ../helper

@test "made: objects of fixed names are built as the machine and the reader of JSON make them" {
	for seed in 1 2 3; do
		PYTHONPATH="$ROOT/tests/lib" python3 "$BATS_TEST_DIRNAME/made_oracle.py" $seed 6000 >pairs
		run "$BUILD_DIR/tests/made" <pairs
		echo "$output"
		[ "$status" -eq 0 ]
		[[ $output == *" 0 different" ]]
		# Neither of the ways is idle, and neither are the errors.
		read -r records _ errors _ built _ <<<"$output"
		[ "$records" -gt 8000 ] && [ "$built" -gt 3000 ] && [ "$errors" -gt 500 ] && [ "$errors" -lt "$((records / 2))" ]
	done
}

@test "made: nesting ends where JSON's reader ends it" {
	# Three levels more than the field's own: the record, the object, and what is around.
	deep() { printf '%*s' "$1" '' | tr ' ' '['; printf '%*s' "$1" '' | tr ' ' ']'; }
	for n in 1021 1022 1023; do
		printf '"{x: .a, y: [.a]}"\t{"a":%s}\n' "$(deep $n)"
		printf '"{x: .a}"\t{"a":%s}\n' "$(deep $n)"
		printf '"{x: .value}"\t%s\n' "$(deep $((n + 1)))"
	done >pairs
	run -0 "$BUILD_DIR/tests/made" <pairs
	echo "$output"
	[ "$output" = '18 records, 4 errors, 9 built, 0 different' ]
}
