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

@test "function: where regular expressions part from Oniguruma, and where they don't" {
	judge regex "$F"
	[[ ${lines[-1]} == *" patterns, 0 otherwise" ]]
}

@test "function: local time, as Python's zone data has it" {
	judge zones "$F" 1 300
	[[ ${lines[-1]} == "1500 times, 0 different" ]]
}

@test "function: now is the time, to the microsecond" {
	before=$(date +%s)
	now=$("$F" <<<'["now",null]' | tail -1 | sed 's/.* //')
	[[ $now =~ ^[0-9]{10}\.[0-9]{6}$ ]]
	[ "${now%.*}" -ge "$before" ] && [ "${now%.*}" -le "$(date +%s)" ]
}

@test "function: the environment, and the number of the record" {
	run env -i A=1 B=x=y EMPTY= "$F" <<<$'["_env",null]\n["input_line_number",null]'
	[ "$output" = $'{"A":"1","B":"x=y","EMPTY":""}\n2' ]
}
