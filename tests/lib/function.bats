#!/usr/bin/env bats
# expr/function: the language's functions, called one by one; judged by jq 1.6 and by cases of later jq's.

load ../helper

F=$BUILD_DIR/tests/function

judge() {
	run python3 "$BATS_TEST_DIRNAME/function_oracle.py" "$@"
	echo "$output"
	[ "$status" -eq 0 ]
}

# Every value is given back: the test runs without leaks where a sanitizer looks for them.
export ASAN_OPTIONS=detect_leaks=1

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

@test "function: bytes that are no UTF-8 are characters, and harm nobody" {
	judge bytes "$F" 1 100
	[[ ${lines[-1]} == *" calls, 0 bad" ]]
	run "$F" -b <<-'E'
		["length", "a\uf7ff\uf7c3é"]
		["_match", "é\uf7ffab", "b", null, false]
		["_match", "\uf7ff\uf7ff", "", "g", false]
		["explode", "\uf7e2\uf782x"]
		["reverse", "ab\uf7c3"]
		["indices", "\uf7ff,é,", ","]
		["split", "\uf7ffa", ""]
		["trim", " \uf780 "]
	E
	[ "$output" = '4
[{"offset":3,"length":1,"string":"b","captures":[]}]
[{"offset":0,"length":0,"string":"","captures":[]},{"offset":1,"length":0,"string":"","captures":[]},{"offset":2,"length":0,"string":"","captures":[]}]
[65533,65533,120]
"�ba"
[1,3]
["�","a"]
"�"' ]
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
