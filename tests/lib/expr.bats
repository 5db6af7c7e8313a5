#!/usr/bin/env bats
# expr/: jq's language, held against jq 1.6; its faults; libjq's child.

load ../helper

X=$BUILD_DIR/tests/expr

judge() {
	run python3 "$BATS_TEST_DIRNAME/expr_oracle.py" "$@"
	echo "$output"
	[ "$status" -eq 0 ]
}

# gives EXPECTED ARG...: what the program prints for the records on stdin.
gives() {
	local want=$1
	shift
	run "$X" "${@:1:$#-1}" -- "${@: -1}"
	[ "$output" = "$want" ] || { printf 'got:\n%s\nwanted:\n%s\n' "$output" "$want"; return 1; }
}

# A fault as FILE prints it: at, span, words.
faults() {
	gives "fault $2" -c "$1" </dev/null
}

@test "expr: generated programs and records, as jq answers them, in place and by the machine" {
	judge random "$X" 1001 12000
	[[ ${lines[-1]} == *" pairs, "*" as listed, 0 different" ]]
}

@test "expr: generated control structures, paths and assignments, as jq answers them" {
	judge forms "$X" 2002 12000
	[[ ${lines[-1]} == *" pairs, "*" as listed, 0 different" ]]
}

@test "expr: jq's own cases, the manual's and those of its functions, but for the list" {
	need_data conformance/jq/jq.test
	for name in jq man onig manonig base64 uri optional; do
		judge conformance "$X" "$WEIR_DATA/conformance/jq/$name.test" "$ROOT/tests/data/jq.list"
		[[ ${lines[-1]} == *" listed, 0 foreign, 0 different" ]]
	done
}

@test "expr: numbers are exact" {
	gives $'false\ntrue\n9007199254740993\n18446744073709551615\n0.3\n1.10\n18446744073709551615000000000000000001\n.' -o \
	    '.a == 9007199254740992, .a == 9007199254740993, .a, .b, .c + 0.2, .d, .b * 1000000000000000000 + 1' \
	    <<<'{"a":9007199254740993,"b":18446744073709551615,"c":0.1,"d":1.10}'
	gives pass '.a > 9007199254740992' <<<'{"a":9007199254740993}'
	gives drop '.c == 0.30000000000000001' <<<'{"c":0.3}'
	gives pass '.c == 3e-1' <<<'{"c":0.30}'
	gives $'0\n.' -o '.n % -1' <<<'{"n":-9223372036854775808}'
}

@test "expr: missing fields are null, and types have an order" {
	for engine in fast general jq; do
		gives $'drop\npass\ndrop\npass\npass' -e "$engine" '.status >= 500' <<-'E'
			{}
			{"status":"x"}
			{"status":true}
			{"status":[]}
			{"status":500}
		E
		gives $'pass\ndrop' -e "$engine" '.a == null' <<<$'{}\n{"a":0}'
	done
}

@test "expr: a program that holds for many shapes, one after the other" {
	python3 - >in <<-'E'
		for i in range(2000):
		    extra = ",".join('"k%d":1' % k for k in range(i % 50))
		    print('{%s%s"n":%d}' % (extra, "," if extra else "", i))
	E
	"$X" '.n >= 1000 and .n < 1500' <in >fast
	"$X" -e general '.n >= 1000 and .n < 1500' <in >general
	cmp fast general
	[ "$(grep -c pass fast)" -eq 500 ]
}

@test "expr: escaped strings and times compare as what they mean" {
	for engine in fast general; do
		gives $'pass\npass' -e "$engine" '.a == "/é\n"' <<<$'{"a":"\\/\\u00e9\\n"}\n{"a":"/é\\n"}'
		gives pass -e "$engine" '."@time" == "2015-05-17T08:05:32Z"' <<<'{"@time":1431849932000000000}'
		gives pass -e "$engine" '.["@time"] | test("^2015-05-17T08:05:32\\.5Z$")' <<<'{"@time":1431849932500000000}'
		gives pass -e "$engine" '.a.b[1] == "x"' <<<'{"a":{"b":[0,"\u0078"]}}'
	done
}

@test "expr: errors are worded as jq 1.8 words them" {
	while IFS=$'\t' read -r program record want; do
		gives "error: $want" "$program" <<<"$record"
	done <<-'E'
		.a - 1	{"a":"aaaaaaaaaaaaaaaaaaa"}	"string (\"aaaaaaaaaaaaaaaaaaa\") and number (1) cannot be subtracted"
		.a - 1	{"a":"aééééééééééé"}	"string (\"aééééééééééé\") and number (1) cannot be subtracted"
		.a - .b	{"a":{"x":[1,2,3]},"b":null}	"object ({\"x\":[1,2,3]}) and null (null) cannot be subtracted"
		.a / 0	{"a":1,"b":0}	"number (1) and number (0) cannot be divided because the divisor is zero"
		.a / .b	{"a":1,"b":0}	"number (1) and number (0) cannot be divided because the divisor is zero"
		.a % .b	{"a":1,"b":0.5}	"number (1) and number (0.5) cannot be divided (remainder) because the divisor is zero"
		.a[0]	{"a":"x"}	"Cannot index string with number (0)"
		.a.b	{"a":5}	"Cannot index number with string (\"b\")"
		.a.bbbbbbbbbbbbbbbbbbbbbbbbbbbbb	{"a":5}	"Cannot index number with string (\"bbbbbbbbbbbbbbbbbbbbbbbb...\")"
		.a.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb	{"a":5}	"Cannot index number with string (\"bbbbbbbbbbbbbbbbbbbbbbbb...\")"
		.a["x"]	{"a":[1]}	"Cannot index array with string (\"x\")"
		.a[null]	{"a":[1]}	"Cannot index array with null (null)"
		.a[]	{"a":true}	"Cannot iterate over boolean (true)"
		.a[]	{}	"Cannot iterate over null (null)"
		.a["x":]	{"a":[1]}	"Start and end indices of an array slice must be numbers"
		.a["x":]	{"a":"abc"}	"Start and end indices of an string slice must be numbers"
		.a[1:]	{"a":1}	"Cannot index number with object"
		-.a	{"a":[1]}	"array ([1]) cannot be negated"
		.a | test("x")	{"a":5}	"number (5) cannot be matched, as it is not a string"
		.a | test(.b)	{"a":"x","b":5}	"Cannot index string with string (\"b\")"
		.a | test(.b)	{"a":"x","b":[]}	"Cannot index string with string (\"b\")"
		.a | test(.b)	{"a":"x","b":["y",5]}	"Cannot index string with string (\"b\")"
		.a | test("x"; .b)	{"a":"x","b":"q\"w"}	"Cannot index string with string (\"b\")"
		{(.a): 1}	{"a":{"b":1}}	"Cannot use object ({\"b\":1}) as object key"
		true + .a	{"a":false}	"boolean (true) and boolean (false) cannot be added"
		.a * .b	{"a":[],"b":2}	"array ([]) and number (2) cannot be multiplied"
		error	{"a":1}	"(not a string): {\"a\":1}"
		error(null)	{}	"(not a string): null"
		.a | error	{"a":"x"}	"x"
		.a as [$x] | $x	{"a":5}	"Cannot index number with number (0)"
		path(1)	{}	"Invalid path expression with result 1"
		[.a[] | .b] |= 1	{"a":[]}	"Invalid path expression with result []"
		.a["x"] = 1	{"a":[1]}	"Cannot index array with string (\"x\")"
		.a[-5] = 1	{"a":[1]}	"Out of bounds negative array index"
		.a[2:1] = 5	{"a":[1]}	"A slice of an array can only be assigned another array"
		del(.a.b)	{"a":[1]}	"Cannot index array with string (\"b\")"
		del(.a[0])	{"a":{"b":1}}	"Cannot index object with number (0)"
		setpath("a"; 1)	{}	"Path must be specified as an array"
		delpaths([1])	{}	"Path must be specified as an array"
		limit(-1; 1)	{}	"limit doesn't support negative count"
		range("a"; 1)	{}	"Range bounds must be numeric"
		try error("\(.a)") catch error	{"a":[1]}	"[1]"
		label $f | error("x")	{}	"x"
		"\(.a.b)"	{"a":1}	"Cannot index number with string (\"b\")"
	E
}

@test "expr: what is forgiven, and how far" {
	gives $'[1]\n.' -o '[.a[]?, (.b | .c)?, 1]' <<<'{"a":5,"b":5}'
	gives 'error: "Cannot index number with string (\"b\")"' '.a.b.c?' <<<'{"a":5}'
	# jq 1.6 lets a "?" catch what is raised behind it; later ones and weir do not
	gives 'error: "number (1) and string (\"x\") cannot be added"' '(.a)? | . + "x"' <<<'{"a":1}'
	gives $'1\n.' -o '.a ?// 1' <<<'{}'
}

@test "expr: operators bind as in jq" {
	for p in '1,2|.+1' '1 - 2 - 3' '2 * 3 + 4 * 5' '8 / 4 / 2' '-1 * 2' '2 * -1 * 3' '1 < 2 and 2 < 1 or true' \
	    'false or true and false' '1 // 2 , 3' 'null // false // 3' '[1,2] | .[0] , .[1] | . * 10' '-(1,2) | -.' \
	    '7 % 4 * 2' '1 + 2 == 3' '"a" + "b" * 2' '[.[]?] | not' 'null | not | not' '{a: 1 | 2, b: 3}' '.5 + 5. + 1.e2'; do
		gives "$(jq -nc "{} | $p" | sed 's/$//')"$'\n.' -o "$p" <<<'{}'
	done
}

@test "expr: patterns" {
	gives $'true\ntrue\nfalse\ntrue\nfalse\n.' -o \
	    '.s | test("^A"; "i"), test("B C"; "xi"), test("b c"), test(["^a", "gi"]), test("x*"; "n")' <<<'{"s":"abc"}'
	gives $'pass\npass\ndrop' '.s | test("\\p{Lu}")' <<<$'{"s":"É"}\n{"s":"\\u00c9"}\n{"s":"é"}'
	gives 'error: "the regular expression needs too many steps on this text"' '.s | test("^(a|a)*$")' \
	    <<<'{"s":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"}'
	gives $'pass\ndrop' '.s | test("a.b")' <<<$'{"s":"a\\u0000b"}\n{"s":"a\\nb"}'
	gives $'true\ntrue\nfalse\ntrue\n.' -o '.s | test("a","A"; "i",null)' <<<'{"s":"A"}'
}

@test "expr: arguments" {
	gives $'"5"\n5.00\n[1]\n{"a":1}\n.' -a s=5 -j n=5.00 -j 'o={"a": [1]}' -o '$s, $n, $o.a, {a: 1}' <<<'{}'
	gives $'"5"\n5\n.' -e jq -a s=5 -j n=5 -o '$s, $n' <<<'{}'
	gives $'drop\npass' -j 'n=500' '.status >= $n' <<<$'{"status":499}\n{"status":500}'
	run "$X" -j 'n=[1' -c '$n'
	[ "$output" = 'fault 0 0 --argjson n: the text ends too early' ]
	run "$X" -j 'n=1 2' -c '$n'
	[ "$output" = 'fault 0 0 --argjson n: more than one value' ]
}

@test "expr: faults point at the word, with a hint" {
	faults '.status >=' '10 0 the program ends too early (expected an expression)'
	faults '.a)' '2 1 unexpected ")" (expected an operator or the end)'
	faults 'selct(.a)' '0 5 no function "selct" (did you mean "select"?)'
	faults '.a | startwith("x")' '5 9 no function "startwith" (did you mean "startswith"?)'
	faults 'status >= 500' '0 6 no function "status" (did you mean the field ".status"?)'
	faults 'def abc: 1; abd' '12 3 no function "abd" (did you mean "abc"?)'
	faults '.a as $foo | $fo' '13 3 no variable "$fo" (did you mean "$foo"?)'
	faults '$x' '0 2 no variable "$x" (--arg x TEXT sets it)'
	faults 'label $abc | break $abd' '20 3 no label "$abd" (did you mean "$abc"?)'
	faults '@jsn' '0 4 no format "@jsn" (did you mean "@json"?)'
	faults 'test(1;2;3)' '0 4 "test" takes 1 or 2 arguments, not 3'
	faults 'sub("a","b")' '0 3 "sub" takes 2 or 3 arguments, not 1 (arguments are separated by ";")'
	faults 'not(1)' '0 3 "not" takes no arguments, not 1'
	faults '.a == 1 == 2' '8 2 unexpected "==" (such operators do not chain: use parentheses)'
	faults ".a == 'x'" "6 1 unexpected \"'\" (strings are in double quotes)"
	faults '.a && .b' '3 1 unexpected "&" (did you mean "and"?)'
	faults '.a || .b' '4 1 unexpected "|" (did you mean "or"?)'
	faults '.a => 1' '4 1 unexpected ">" (did you mean ">="?)'
	faults '.a =< 1' '4 1 unexpected "<" (did you mean "<="?)'
	faults '.a === 1' '5 1 unexpected "=" (did you mean "=="?)'
	faults '.a <> 1' '4 1 unexpected ">" (did you mean "!="?)'
	faults '.a =~ "x"' '4 1 unexpected "~" (a regular expression is matched by test("..."))'
	faults '| .a' '0 1 unexpected "|" (expected an expression)'
	faults '"abc' '0 1 the string does not end'
	faults '"a\qb"' '2 2 no such escape in a string'
	faults '{1: 2}' '1 1 unexpected "1" (expected a key: a name, a string, $name or (expression))'
	faults 'import "a" as a; 1' '0 6 modules are not supported'
	faults $'.a |\n  .b |\n  foo(1)' '14 3 no function "foo"'
	faults $'.a == "\xff"' '7 1 the program is not UTF-8'
	faults 'if . then 1' '11 0 the program ends too early (expected "elif", "else" or "end")'
	faults 'reduce .[] as x (0; 1)' '14 1 unexpected "x" (expected a variable: $name)'
}

@test "expr: a bad pattern is shown at its byte in the program" {
	faults 'test("(")' '7 1 bad regular expression: missing closing parenthesis'
	faults '.a | test("a\tb\u00e9[")' '22 1 bad regular expression: missing terminating ] for character class'
	faults 'test(["*"])' '7 1 bad regular expression: quantifier does not follow a repeatable item'
	faults 'test("a"; "q")' '10 3 unknown flag of a regular expression (flags are g i l n p s x)'
}

@test "expr: what is libjq's goes to libjq" {
	while IFS=$'\t' read -r word program; do
		run "$X" -c "$program"
		[ "$status" -eq 2 ]
		[[ $output == *" \"$word\" is not native (--engine auto gives the program to libjq)" ]] || { echo "$program: $output"; return 1; }
		jq -n "$program" >/dev/null 2>jq.err </dev/null || ! grep -q 'compile error' jq.err || { cat jq.err; return 1; }
	done <<-'E'
		input	[.[]?] | input
		inputs	def f: inputs; f
		debug	.a | debug
		stderr	stderr
		input_filename	{a: input_filename}
		halt	if .a then halt else 1 end
		halt_error	halt_error
		halt_error	halt_error(3)
		get_search_list	get_search_list
		modulemeta	modulemeta
	E
}

@test "expr: every function that jq lists is native, but for libjq's words" {
	"$X" -o 'builtins[]' <<<'{}' | sed -n 's/^"\(.*\)"$/\1/p' >names
	[ "$(wc -l <names)" -gt 220 ]
	while IFS=/ read -r name n; do
		args=$(printf '%.*s' "$((n * 2))" '1;1;1;1;')
		run "$X" -c "$name${args:+(${args%;})}"
		[[ $output == 'engine    native'* ]] || echo "$name/$n"
	done <names | sort >foreign
	diff - foreign <<-'E'
		debug/0
		get_jq_origin/0
		get_prog_origin/0
		get_search_list/0
		halt/0
		halt_error/0
		halt_error/1
		input/0
		input_filename/0
		inputs/0
		modulemeta/0
		stderr/0
	E
}

@test "expr: a word that libjq does not know, and one that only libjq has" {
	for program in 'pick(.a) | debug' 'debug | pick(.a)'; do
		run "$X" -e auto -c "$program"
		[ "$status" -eq 2 ]
		[[ $output == *' "pick" is not known to libjq, which "debug" needs' ]]
	done
	faults 'pik(.a)' '0 3 no function "pik" (did you mean "pick"?)'
	faults '_sort_by(.a)' '0 8 no function "_sort_by" (did you mean "sort_by"?)'
	gives $'1\n.' -o 'def pick: 1; pick' <<<'{}'
}

@test "expr: scopes, closures and parameters" {
	gives $'[1,2,1]\n.' -o '1 as $x | [$x, (2 as $x | $x), $x]' <<<'{}'
	gives $'[[11,12],[21,22]]\n.' -o 'def f($a; g): [g | $a + .]; [f(10, 20; 1, 2)]' <<<'{}'
	gives $'[1,2,1]\n[1,2,2]\n.' -o 'def f($a): [a, $a]; f(1, 2)' <<<'{}'
	gives $'[1,[2],3]\n.' -o '. as {a: $x, b: [$y, {$z}]} | [$x, [$y], $z]' <<<'{"a":1,"b":[2,{"z":3}]}'
	gives $'[1,1]\n[1,2]\n[2,1]\n[2,2]\n.' -o '[1, 2] as [$a, $b] | {a: ($a, $b), b: ($a, $b)} | [.a, .b]' <<<'{}'
	gives $'["e",null]\n[null,"e"]\n.' -o '[["e"], "e"][] | . as [$a] ?// $b | [$a, $b]' <<<'{}'
	gives $'{"a":1,"$":"x","k2":3}\n.' -o '"k2" as $k | {a, "$": "x", $k: 3}' <<<'{"a":1}'
}

@test "expr: a call in tail position takes no memory, and no call takes stack" {
	gives $'300000\n.' -o 'def f: if . < 300000 then . + 1 | f else . end; 0 | f' <<<'{}'
	gives $'300000\n.' -o 'def f($n): if $n < 300000 then f($n + 1) else $n end; f(0)' <<<'{}'
	gives $'100000\n.' -o 'def f: if . > 0 then 1 + (. - 1 | f) else 0 end; 100000 | f' <<<'{}'
	gives $'100001\n.' -o 'def f(g): if . < 100000 then . + 1 | f(g + 1) else g + 1 end; 0 | [f(1)] | length + 100000' <<<'{}'
	gives $'199999\n.' -o 'last(range(200000))' <<<'{}'
	gives $'65536\n.' -o '1 | until(. > 65535; . * 2)' <<<'{}'
	gives $'300000\n.' -o 'reduce range(300000) as $i (0; . + 1)' <<<'{}'
	gives $'[200000,199999]\n.' -o '[foreach range(200000) as $i (0; . + 1; [., $i])] | last' <<<'{}'
	for wrap in '[.]' '{a: .}'; do
		gives $'5\n.' -o "(reduce range(300000) as \$i (0; $wrap)) | 5" <<<'{}'
		gives 'error: "Comparison too deep"' "(reduce range(30000) as \$i (0; $wrap)) as \$x | \$x < \$x" <<<'{}'
	done
}

@test "expr: a record's evaluation has a limit on time and on memory" {
	need_lean
	gives $'error: "the expression took longer than 2100 ms on this record"\npass' -t 2100 \
	    'if .n then try (def f: f; f) catch true else true end' <<<$'{"n":1}\n{}'
	for program in '[range(1; infinite)]' '[limit(1e12; repeat("x" * 100000))]' 'def f: 1 + f; f' 'last(recurse(1, 2))' \
	    'def f(g): f(g | g); f(1)'; do
		run "$X" -t 600000 "$program" <<<'{}'
		[ "$output" = 'error: "the expression took more than 1 GiB of memory on this record"' ] || { echo "$program: $output"; return 1; }
	done
}

@test "expr: assignments and paths" {
	gives $'{"a":2,"b":[1]}\n.' -o '.a |= . + 1' <<<'{"a":1,"b":[1]}'
	gives $'{"a":[0,10,20]}\n.' -o '.a[] *= 10' <<<'{"a":[0,1,2]}'
	gives $'[1]\n[2]\n.' -o '.a = (1, 2) | [.a]' <<<'{}'
	gives $'{"a":1,"b":{"c":[null,5]}}\n.' -o '.b.c[1] = 5' <<<'{"a":1}'
	gives $'{"a":[0,9,9,3]}\n.' -o '.a[1:3] = [9, 9]' <<<'{"a":[0,1,2,3]}'
	gives $'[0,2]\n.' -o '.a | .[1, 3, 4] |= empty' <<<'{"a":[0,1,2,3,4]}'
	gives $'{"a":[1,4]}\n.' -o 'del(.a[0, 2, -2], .b)' <<<'{"a":[0,1,2,3,4],"b":1}'
	gives $'[["a"],["a",0],["a",1]]\n.' -o '[paths]' <<<'{"a":[1,2]}'
	gives $'[["a",0]]\n.' -o '[path(first(.a[] | select(. > 0)))]' <<<'{"a":[1,2]}'
	gives $'[["b"]]\n.' -o '[path(.a // .b)]' <<<'{"a":null,"b":1}'
	gives $'[["a"],["b"]]\n.' -o '[path(if .c then .c else .a, .b end)]' <<<'{}'
	gives $'[["a","x"]]\n.' -o '[path(getpath(["a", "x"]))]' <<<'{}'
	gives $'[["a",1]]\n.' -o '[path(reduce (0, 1) as $i (.a; if $i == 1 then .[$i] else . end))]' <<<'{}'
	gives $'{"a":{"b":1}}\n.' -o 'pick(.a.b)' <<<'{"a":{"b":1,"c":2},"d":3}'
}

@test "expr: a change in place does not show elsewhere" {
	gives $'[{"a":[1]},{"a":[1,2]}]\n.' -o '[., (.a += [2])]' <<<'{"a":[1]}'
	gives $'[[1],[1,5],[1,6]]\n.' -o '[1] as $x | [$x, ($x | . + [5]), ($x | . + [6])]' <<<'{}'
	gives $'[[0,1],[0,1,2]]\n.' -o '[foreach (1, 2) as $i ([0]; . + [$i])]' <<<'{}'
	gives $'[{"k":1},{"k":2}]\n.' -o '{k: 1} as $o | [$o, ($o | .k = 2)]' <<<'{}'
	gives $'[[1,2],[1,3],[1]]\n.' -o '[1] as $x | [(2, 3) as $n | $x | . + [$n]] + [$x]' <<<'{}'
	gives $'[1,10]\n[1,20]\n.' -o '[1] | . + ([10], [20])' <<<'{}'
}

@test "expr: nesting is bounded, length is not" {
	gives 'fault 1000 1 nested too deeply: more than 1000 levels' -c "$(printf '%10000s' '' | tr ' ' '(')1"
	gives 'fault 1000 1 nested too deeply: more than 1000 levels' -c "$(printf '%9999s' '' | tr ' ' '-')1"
	gives $'20001\n.' -o "1$(printf '%20000s' '' | sed 's/ /+1/g')" <<<'{}'
	gives pass ".a == 5$(printf '%9000s' '' | sed 's/ / or .a == 1/g')" <<<'{"a":1}'
	gives drop ".a$(printf '%20000s' '' | sed 's/ /|.a/g')" <<<'{}'
	deep=$(printf '%999s' '' | tr ' ' '[')$(printf '%999s' '' | tr ' ' ']')
	gives $'pass\npass' '.a == .b and [.a] > [.b][1:]' <<<"{\"a\":$deep,\"b\":$deep}"$'\n'"{\"a\":$deep,\"b\":$deep}"
}

@test "expr: libjq's outputs and errors" {
	gives $'"a1"\n[1,2]\nnull\n.' -e jq -o '"a\(.n)", [range(1; 3)], env.HOME' <<<'{"n":1}'
	gives $'error: "boo"\npass' -e jq 'if .n then error("boo") else true end' <<<$'{"n":1}\n{}'
	gives 'error: "(not a string): {\"a\":1}"' -e jq 'error({a: 1})' <<<'{}'
	gives 'error: "the program halted"' -e auto 'halt' <<<'{}'
	gives 'fault 0 0 Division by zero?' -e jq -c '1 / 0'
	gives $'false\n.' -e jq -o '.a == 9007199254740993 | not' <<<'{"a":9007199254740992}'
	gives $'drop\ndrop\npass' -e jq '.a, .b' <<<$'{}\n{"a":false}\n{"b":0}'
}

@test "expr: libjq dies, and the next record finds another" {
	gives $'pass\nerror: "libjq died of SIGFPE"\npass' -e jq '.n % -1 == 0' \
	    <<<$'{"n":5}\n{"n":-9223372036854775808}\n{"n":7}'
}

@test "expr: libjq does not end, and is ended" {
	gives $'pass\nerror: "libjq took longer than 2100 ms"\npass' -e jq -t 2100 'if .n then (.s | gsub(""; "a")) else true end' \
	    <<<$'{}\n{"n":1,"s":"x"}\n{}'
	gives 'error: "libjq took longer than 1 s"' -e jq -t 1000 'def f: f; f' <<<'{}'
}

@test "expr: libjq runs out of memory, and the next record finds another" {
	ASAN_OPTIONS=allocator_may_return_null=1 gives $'pass\nerror: "libjq ran out of memory"\npass' -e jq -t 600000 \
	    'if .n then reduce range(60) as $i ("aaaaaaaa"; . + .) | length else true end' <<<$'{}\n{"n":1}\n{}'
}

# The only child of a process, waited for.
child_of() {
	child=
	while [ -z "$child" ]; do
		child=$(tr -d ' ' <"/proc/$1/task/$1/children")
		kill -0 "$1"
	done
}

@test "expr: libjq's child has no rights, and ends with its parent" {
	[ -r "/proc/$$/task/$$/children" ] || skip "no list of children in this kernel"
	mkfifo in out
	"$X" -e jq '.a' <in >out &
	parent=$!
	exec 8>in 9<out
	child_of "$parent"
	until grep -q '^Seccomp:.2' "/proc/$child/status"; do kill -0 "$child"; done
	grep -q '^NoNewPrivs:.1' "/proc/$child/status"
	[ "$(ls "/proc/$child/fd" | wc -l)" -eq 1 ]
	grep -q '^Max core file size  *0  *0 ' "/proc/$child/limits"
	kill -9 "$parent"
	while kill -0 "$child" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$child/status"; do :; done
	exec 8>&- 9<&-
}

@test "expr: libjq's child is closed off from files and from starting programs" {
	gives $'null\n"1970-01-01T00:00:00Z"\n.' -e jq -o 'input_filename, (0 | todate)' <<<'{}'
	echo 'def secret: "leaked";' >"$T/.jq"
	HOME=$T gives 'fault 0 6 no function "secret" (did you mean the field ".secret"?)' -e jq -c 'secret'
}
