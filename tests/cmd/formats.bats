#!/usr/bin/env bats
# scat's line formats besides combined and lines: nginx, apache, common, logfmt, tsv, regex; read and written. Random
# lines are judged by formats_oracle.py.

load ../helper

oracle() { judge cmd/formats_oracle.py "$@"; }

NGINX='$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'

@test "formats: nginx: random formats and lines, as Python's re reads them" { oracle nginx 60; }
@test "formats: apache: random formats and lines, as Python's re reads them" { oracle apache 60; }
@test "formats: common: lines changed at random" { oracle common 40; }
@test "formats: logfmt: random pairs, as a reader in Python has them" { oracle logfmt 60; }
@test "formats: tsv: random cells, as a reader in Python has them" { oracle tsv 40; }
@test "formats: logfmt and tsv: what is written is read back" { oracle trip 30; }

@test "formats: logfmt and tsv as mlr reads them" {
	command -v mlr >/dev/null || skip "no mlr"
	oracle mlr 200
}

@test "formats: logfmt: lnav's sample" {
	need_data logs/logfile_logfmt.0
	oracle logfmt_data 0
}

@test "formats: regex: 7,121 lines of syslog, as Python's re reads them" {
	need_data syslog/auth.log
	oracle regex 0
}

@test "formats: nginx, apache and common read nginx's log as combined does" {
	need_data weblogs/nginx.log
	oracle data 0
}

@test "formats: nginx: names, nulls, times, lists" {
	cat >t <<'END2'
10.0.0.1 - bob [17/May/2015:08:05:32 +0200] "GET /a?b=\x22 HTTP/1.1" 200 5 "-" "x" 0.005 0.001, 0.004 - 2015-05-17T08:05:32+02:00 1431842732.123 "1.2.3.4, 5.6.7.8"
10.0.0.1 - - [17/May/2015:08:05:33 +0200] "" 000 0 "-" "-" 0.000 - - 2015-05-17T08:05:33+02:00 1431842733.000 "-"
END2
	ok "scat -i nginx:'$NGINX \$request_time \$upstream_response_time \$pipe2 \$time_iso8601 \${msec} \"\$http_x_forwarded_for\"' -O json t"
	out_is '{"addr":"10.0.0.1","user":"bob","time":"2015-05-17T06:05:32Z","method":"GET","path":"/a?b=\\x22","protocol":"HTTP/1.1","status":200,"bytes":5,"referer":null,"agent":"x","request_time":0.005,"upstream_response_time":"0.001, 0.004","pipe2":null,"time_iso8601":"2015-05-17T06:05:32Z","msec":"2015-05-17T06:05:32.123Z","http_x_forwarded_for":"1.2.3.4, 5.6.7.8"}
{"addr":"10.0.0.1","user":null,"time":"2015-05-17T06:05:33Z","method":null,"path":"","protocol":null,"status":0,"bytes":0,"referer":null,"agent":null,"request_time":0.000,"upstream_response_time":null,"pipe2":null,"time_iso8601":"2015-05-17T06:05:33Z","msec":"2015-05-17T06:05:33Z","http_x_forwarded_for":null}'
	# The first time is the event time, and the text stays.
	ok "scat -i nginx:'\$msec \$time_iso8601' - <<<'1431842732.5 2020-01-01T00:00:00+00:00'" 'swindow -w 1ns count' 'scat -O json' 'jq -r .start'
	out_is '2015-05-17T06:05:32.5Z'
	ok "scat -i nginx:'\$msec \$time_iso8601' - <<<'1431842732.5 2020-01-01T00:00:00+00:00'" 'scat -O raw'
	out_is '1431842732.5 2020-01-01T00:00:00+00:00'
	# $scheme://$host$request_uri: a URI begins with a slash, so nothing need be before it.
	ok "scat -i nginx:'\$scheme://\$host\$request_uri \$uri' -O json - <<<'https://example.org/a?b /a'"
	out_is '{"scheme":"https","host":"example.org","request_uri":"/a?b","uri":"/a"}'
	# A name that is there already gets a number.
	ok "scat -i nginx:'\$status \$status' -O json - <<<'200 404'"
	out_is '{"status":200,"status_2":404}'
}

@test "formats: nginx: the directive as it stands in the configuration" {
	cat >conf <<'END2'
log_format  main  '$remote_addr - $remote_user [$time_local] '
                  '"$request" $status\t'
                  "it's \"$host\"";
END2
	printf '1.2.3.4 - - [17/May/2015:08:05:32 +0000] "GET / HTTP/1.1" 200\tit'"'"'s "h"\n' >t
	ok 'scat -i nginx:"$(cat conf)" -O json t'
	out_is '{"addr":"1.2.3.4","user":null,"time":"2015-05-17T08:05:32Z","method":"GET","path":"/","protocol":"HTTP/1.1","status":200,"host":"h"}'
	# escape=json: the values are JSON's; escape=none: a quote doesn't end a value, what is behind it does.
	echo '{"a":"q\"q\u00e9","n":12,"u":"","e":""}' >t
	ok "scat -i nginx:'log_format j escape=json '\''{\"a\":\"\$args\",\"n\":\$bytes_sent,\"u\":\"\$remote_user\",\"e\":\"\$request_time\"}'\'';' -O json t"
	out_is '{"args":"q\"q\u00e9","bytes_sent":12,"user":"","request_time":null}'
	echo '"a"b\" x"' >t
	ok "scat -i nginx:'escape=none \"\$a\" \$b\"' -O json t"
	out_is '{"a":"a\"b\\","b":"x"}'
	fails 65 "scat -q --max-errors 0 -i nginx:'\"\$a\" \$b\"' -O json t"
}

@test "formats: apache: names, times, arguments, the directive as it stands in the configuration" {
	cat >t <<'END2'
www:443 10.0.0.1 - al bert [17/May/2015:08:05:32 +0200] "GET /a HTTP/1.1" 304 - "http://x/\"" "a\"b" 1234 - k=v sess
END2
	ok "scat -i apache:'LogFormat \"%v:%p %h %l %u %t \\\"%r\\\" %>s %b \\\"%{Referer}i\\\" \\\"%{User-agent}i\\\" %D %{X-Real-IP}i %400,501{VARY-by}o %{Session}C\" vhost' -O json t"
	out_is '{"vhost":"www","port":443,"addr":"10.0.0.1","ident":null,"user":"al bert","time":"2015-05-17T06:05:32Z","method":"GET","path":"/a","protocol":"HTTP/1.1","status":304,"bytes":null,"referer":"http://x/\\\"","agent":"a\\\"b","duration_us":1234,"x_real_ip":null,"vary_by":"k=v","session":"sess"}'
	echo '2026-03-02 09:00:07.123 GET /a/b?q=1 100% 5' >t
	ok "scat -i apache:'%{%Y-%m-%d %T}t.%{msec_frac}t %m %U%q 100%% %{ms}T' --tz Europe/Berlin -O json t"
	out_is '{"time":"2026-03-02T08:00:07Z","msec_frac":"123","method":"GET","path":"/a/b","query":"?q=1","duration_ms":5}'
	echo '1431842732 1431842732123 1431842732123456 /x' >t
	ok "scat -i apache:'%{sec}t %{msec}t %{end:usec}t %U%q' -O json t"
	out_is '{"time":"2015-05-17T06:05:32Z","time_2":"2015-05-17T06:05:32.123Z","time_end":"2015-05-17T06:05:32.123456Z","path":"/x","query":""}'
}

@test "formats: a pattern that is none is wrong usage, with the place under a caret and the nearest name" {
	while IFS='|' read -r format what caret; do
		fails 2 "scat -i '$format' </dev/null"
		[ "$(sed -n 1p err)" = "scat: $what" ] || { show; fail "$format"; }
		[ "$(sed -n 3p err)" = "  | $caret" ] || { show; fail "$format"; }
	done <<-'END'
		apache:%h %Z|-i apache: no such directive of Apache's LogFormat|   ^^
		apache:%h %d|-i apache: no such directive of Apache's LogFormat; did you mean %D?|   ^^
		apache:%h %i|-i apache: it takes a name in braces, such as %{Referer}i|   ^^
		apache:%h %{Referer|-i apache: no "}"|   ^^^^^^^^^
		apache:%h %{mss}T|-i apache: in the braces it takes s ms us; did you mean ms?|   ^^^^^^^
		apache:%h%u|-i apache: nothing between the two tells where the first one ends|^^^^
		apache:%h %{%Q}t|-i apache: no conversion %Q|   ^^^^^^
		apache:%h %|-i apache: a "%" without a directive; %% stands for itself|   ^
		nginx:$host$uri$args|-i nginx: nothing between the two tells where the first one ends|     ^^^^^^^^^
		nginx:$host $|-i nginx: a "$" without a variable's name|      ^
		nginx:${host x|-i nginx: no "}" behind it|^^
		nginx:log_format x escape=jsn "$host"|-i nginx: escape= takes default, json or none|                    ^^^
		nginx:log_format x "$host" y|-i nginx: text behind the format's strings|                     ^
		nginx:log_format x "$host|-i nginx: no closing quote|             ^
		regex:(?<a>x|-i regex: missing closing parenthesis|      ^
	END
	fails 2 'scat -i nginx:words </dev/null'
	err_has 'scat: -i nginx: no field in it'
	fails 2 'scat -i regex:"a(b)" </dev/null'
	err_has 'scat: -i regex: no named group, so no field: name one with (?<name>...)'
	for f in nginx apache regex; do
		fails 2 "scat -i $f </dev/null"
		err_has "scat: -i $f takes a pattern: -i $f:'...'"
	done
	fails 2 'scat -i json:x </dev/null'
	err_has 'scat: -i: no format "json"'
	fails 2 'scat -i logftm </dev/null'
	err_has 'did you mean "logfmt"?'
	fails 2 'scat -i ngnix:x </dev/null'
	err_has 'no format "ngnix"; did you mean "nginx"?'
	fails 2 'scat -O tvs </dev/null'
	err_has 'did you mean "tsv"?'
}

@test "formats: a line that doesn't fit is bad, and the message says where" {
	while IFS='|' read -r format line what caret; do
		echo "$line" >t
		run_pipe "scat -v -i '$format' -O json t"
		[ "$status" -eq 0 ] && [ ! -s out ] || { show; fail "$line"; }
		[ "$(sed -n 1p err)" = "scat: t:1: $what" ] || { show; fail "$line"; }
		[ "$(sed -n 3p err)" = "  | $caret" ] || { show; fail "$line"; }
	done <<-'END'
		nginx:[$time_local] $status|[17/May/2015] 200|unexpected text| ^^^^^^^^^^^^ expected $time_local, a time as 17/May/2015:08:05:32 +0000, then "] "
		nginx:"$request" $status|"GET / 200|unexpected text| ^^^ expected $request, then '" '
		nginx:"$request" $status|"GET /" 2x0|unexpected text|        ^^^ expected $status, three digits, then the end of the line
		nginx:<$host>|<a> |unexpected text| ^^ expected $host, then ">" and the end of the line
		nginx:<$host>|a>|unexpected text|^^ expected <
		nginx:$host $request_time|a |unexpected end of the line|  ^ expected $request_time, a number, then the end of the line
		apache:%h %b|a 5x|unexpected text|  ^^ expected %b, a number, then the end of the line
		common|h - - [17/May/2015:08:05:32 +0000] "" 200 5x|unexpected text|                                    ^ expected the end of the line
		logfmt|a=1 =2|no name before "="|    ^ expected name=value
		logfmt|a=1 b"=2|a quote in a name|     ^ expected name=value
		logfmt|a="x"y|text behind a closing quote|     ^ expected a blank or the end of the line
		logfmt|a="x\"|no closing quote|  ^ quotes inside are written \"
	END
	run_pipe "scat -v -i 'regex:(?<a>x)' -O json - <<<y"
	[ "$(sed -n 1,2p err)" = 'scat: (stdin):1: the regular expression does not match
  | y' ] || { show; false; }
	# A search that takes too many steps is a bad record too, not an hour.
	printf 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n' >t
	run_pipe "scat -i 'regex:^(?<a>(a|aa)+)\$' -O json t"
	err_has 'too many steps'
	# And so is a line with more readings than anyone would try, soon.
	python3 -c 'print("a " * 2000 + "x")' >t
	run_pipe "timeout 20 scat -i 'nginx:\$a \$b \$c \$d \$e \$f \$status.' -O json t"
	[ "$status" -eq 0 ] && [ ! -s out ] || { show; false; }
}

@test "formats: regex: groups, unmatched ones, numbers, one name twice, what isn't UTF-8" {
	printf '12 ab\n7\nx1y\n\n\377 3\r\n' >t
	run_pipe "scat -i 'regex:(?<n>\d+)(?: (?<word>[a-z]+))?(?<end>\$)?' -O json t"
	out_is '{"n":12,"word":"ab","end":""}
{"n":7,"word":null,"end":""}
{"n":1,"word":null,"end":null}
{"n":3,"word":null,"end":""}'
	[ ! -s err ]
	ok "scat -i 'regex:(?<n>\d+)' --no-infer -O json t" 'head -1'
	out_is '{"n":"12"}'
	ok "scat -i 'regex:a(?<v>1)|b(?<v>2)' -O json - <<<'b2'"
	out_is '{"v":2}'
	ok "scat -i 'regex:(?<v>01|-1.5e3|1\.)' -O json - <<<'01'"
	out_is '{"v":"01"}'
	# A time among the groups is found by the usual names.
	ok "scat -i 'regex:^\[(?<time>[^\]]+)\]' - <<<'[17/May/2015:08:05:32 +0000] x'" 'swindow -w 1ns count' 'scat -O json' 'jq -r .start'
	out_is '2015-05-17T08:05:32Z'
	ok "scat -i 'regex:^(?<t>.{19}),' -t .t --time-format '%Y-%m-%d %H:%M:%S' - <<<'2012-07-02 10:22:40,672:DEBUG'" 'swindow -w 1ns count' 'scat -O json' 'jq -r .start'
	out_is '2012-07-02T10:22:40Z'
}

@test "formats: logfmt: the decided cases" {
	printf '%s\n' 'a=1 b="x \"y\"" c d= e=true f="true" a=2' 'n=null u=/x?a=b&c="d" x=1.0 y=01 z=-' '   lead=1	tab=2  ' 'g="\x1b\"" h="\u00e9\/"' >t
	ok 'scat -i logfmt -O json t'
	out_is '{"a":2,"b":"x \"y\"","c":true,"d":"","e":true,"f":"true"}
{"n":null,"u":"/x?a=b&c=\"d\"","x":1.0,"y":"01","z":"-"}
{"lead":1,"tab":2}
{"g":"\\x1b\\\"","h":"\u00e9\/"}'
	ok 'scat -i logfmt t' 'scat -O raw'
	cmp out t
	ok 'scat -i logfmt --no-infer -O json - <<<"a=1 b=true c"'
	out_is '{"a":"1","b":"true","c":true}'
	# Written: null, nested values, names that no line can hold.
	ok 'scat -i json -O logfmt - <<<'\''{"a b":null,"":[1, {"x":"y"}],"t":true,"n":1.50,"s":"","q=":"p q"}'\'
	out_is 'a_b=null _="[1,{\"x\":\"y\"}]" t=true n=1.50 s= q_="p q"'
	ok "scat -i 'nginx:[\$time_local] \$status' -O logfmt - <<<'[17/May/2015:08:05:32 +0000] -'"
	out_is 'time=2015-05-17T08:05:32Z status=null'
}

@test "formats: tsv: header, escapes, rows of another length" {
	printf 'a\\tb\ta\ta\t\n1\t"x"\t\\\\n\t\\x\n\n3\n1\t2\t3\t4\t5\n' >t
	run_pipe 'scat -i tsv -O json --rejects r t'
	out_is '{"a\tb":1,"a":"\"x\"","a_2":"\\n","c4":"\\x"}'
	[ "$(jq -c '[.line, .reason]' r | tr '\n' ' ')" = '[4,"1 field, the header has 4"] [5,"5 fields, the header has 4"] ' ] || { cat r; false; }
	printf '1\t2\n3\t4\n' >t
	ok 'scat -i tsv --no-header --no-infer -O json t'
	out_is '{"c1":"1","c2":"2"}
{"c1":"3","c2":"4"}'
	printf 'a\n\n1\n' >t
	ok 'scat -i tsv -O json t'
	out_is '{"a":""}
{"a":1}'
	# From csv and back; a csv with tabs is no tsv.
	printf 'a,b\n"x\ty","l\nm"\n\\,\n' >t
	ok 'scat -i csv -O tsv t'
	out_is 'a	b
x\ty	l\nm
\\	'
	ok 'scat -i csv -O tsv t' 'scat -i tsv -O csv'
	out_is 'a,b
x	y,"l
m"
\,'
	printf 'a\tb\n"1\t2"\t\\\n' >t
	ok "scat -i csv --delimiter '\\t' -O tsv t"
	out_is 'a	b
1\t2	\\'
	printf 'a\tb\n1\t2\n' >t
	ok 'scat -o x.tsv -i tsv t'
	cmp x.tsv t || { cat x.tsv; false; }
	ok 'scat -o x.logfmt -i json - <<<{\"a\":1}'
	[ "$(cat x.logfmt)" = 'a=1' ]
}

@test "formats: auto tells logfmt, tsv and common by the first line, and what only looks like them not" {
	while IFS='|' read -r line want; do
		printf '%b\n' "$line" >t
		ok 'scat --explain t' "sed -n 's/^  format  //p'"
		[[ $(cat out) = $want ]] || { show; fail "$line"; }
	done <<-'END'
		level=info msg="a b" n=1|logfmt: the first line is all name=value; not json: *; not combined: *; not common: *
		a=1 b=2\r|logfmt: *
		error at x=1 y=2|lines: *; not logfmt: the first line is not all name=value; *
		a=1,b=2|csv: *; not logfmt: the first line has only one name=value; *
		a=1|lines: *
		SELECT * WHERE a=1 b=2|lines: *
		a\tb c\td|lines: *not tsv: the first line does not read as a header*
		a\tb\tc.d|tsv: the first line reads as a header; not json: *
		a\tb\ta|lines: *
		a\t\tb|lines: *
		h - - [17/May/2015:08:05:32 +0000] "-" 200 5|common: the first line matches; *
		h - - [17/May/2015:08:05:32 +0000] "-" 200 5 x|lines: *
	END
	printf 'a\tb\n1\t2\n' >t
	ok "scat --delimiter '\\t' --explain t" "sed -n 's/^  format  //p'"
	[[ $(cat out) = csv:*'not tsv: --delimiter is for csv'* ]]
	# The event time is found in them as in json and csv.
	ok "scat - <<<'ts=2026-01-02T03:04:05Z level=info'" 'swindow -w 1ns count' 'scat -O json' 'jq -r .start'
	out_is '2026-01-02T03:04:05Z'
}

@test "formats: CRLF, no final newline, a byte order mark, blank lines, NUL bytes and what isn't UTF-8, in every one" {
	while IFS='|' read -r format line want; do
		printf '%b\r\n\r\n  \n\n%b' "\357\273\277$line" "$line" >t
		[ "$format" = tsv ] && printf 'a\tb\r\n%b\r\n%b' "$line" "$line" >t
		run_pipe "scat -i '$format' -O json t"
		[ "$status" -eq 0 ]
		[ "$(cat out)" = "$want"$'\n'"$want" ] || { show; fail "$format"; }
	done <<-'END'
		nginx:$host "$uri"|x\0\0377 "\0"|{"host":"x\u0000�","uri":"\u0000"}
		apache:%h %v|x\0\0377 \0|{"addr":"x\u0000�","vhost":"\u0000"}
		logfmt|a=x\0\0377 b="\0"|{"a":"x\u0000�","b":"\u0000"}
		tsv|x\0\0377\t\0|{"a":"x\u0000�","b":"\u0000"}
		regex:^(?<a>.\x{0})(?<b>z)?|x\0\0377|{"a":"x\u0000","b":null}
		common|\0\0377 - - [17/May/2015:08:05:32 +0000] "-" 200 5|{"addr":"\u0000�","ident":null,"user":null,"time":"2015-05-17T08:05:32Z","method":null,"path":null,"protocol":null,"status":200,"bytes":5}
	END
	for format in 'nginx:$host' apache:%h logfmt tsv 'regex:(?<a>.)' common; do
		: >t
		ok "scat -i '$format' -O json t"
		[ ! -s out ]
		ok "scat -i '$format' -O json </dev/null"
		[ ! -s out ]
		head -c 5000 /dev/zero | tr '\0' x >t
		run_pipe "scat -i '$format' --max-record 4096 -O json t"
		[ ! -s out ]
		err_has 'scat: t:1: a line of more than 4096 bytes'
	done
}

@test "formats: what they read does not depend on how the bytes arrive" {
	for f in 'nginx:$a "$b" $status' 'apache:%h "%U" %s' 'regex:^(?<a>\S+) "(?<b>.*)" (?<s>\d+)' logfmt tsv common; do
		if [ "$f" = logfmt ]; then echo 'a=1 b="2 \" 3" c'
		elif [ "$f" = tsv ]; then printf 'a\tb\n1\t\\t2\n'
		elif [ "$f" = common ]; then echo 'h - - [17/May/2015:08:05:32 +0000] "GET / HTTP/1.1" 200 5'
		else echo 'x "/y \" z" 200'; fi >t
		for _ in 1 2 3; do cat t; done >whole
		[ "$f" != tsv ] || cp t whole
		"$BUILD_DIR/tests/text" parse "$f" <whole >want
		grep -q ^record want || { cat want; fail "$f"; }
		for step in 1 2 5; do
			"$BUILD_DIR/tests/text" parse "$f" -s "$step" <whole | cmp - want || fail "$f"
		done
	done
}
