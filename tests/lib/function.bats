#!/usr/bin/env bats
# expr/function: the language's functions, called one by one; judged by jq 1.6 and by cases of later jq's.

load ../helper

F=$BUILD_DIR/tests/function

judge() {
	run python3 "$BATS_TEST_DIRNAME/function_oracle.py" "$@"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "function: cases, one by one" {
	judge cases "$F" "$BATS_TEST_DIRNAME/function.cases"
	[[ ${lines[-1]} == *" cases, 0 wrong" ]]
}

@test "function: generated calls, as jq answers them" {
	judge random "$F" 1 300
	[[ ${lines[-1]} == *" calls, 0 different, "* ]]
}
