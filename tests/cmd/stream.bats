#!/usr/bin/env bats
# What holds for every command: outputs that fail, readers that go, inputs that are no streams or break
# off, signals, and the options that all share.

load ../helper

# One line each: how a command is run on the stream (or text) in a file.
stages() {
	echo 'scat -i frames -O json <stream'
	echo 'scat -i frames -O frames <stream'
	echo 'scat -i frames -O csv <stream'
	echo 'swindow -w 1s count <stream'
	echo 'sdedup -k .n --within 10s <stream'
	echo 'sdedup --which last --dups <stream'
	[ ! -x "$BUILD_DIR/bin/sfilter" ] || echo "sfilter '.n > 0' <stream"
	[ ! -x "$BUILD_DIR/bin/sfilter" ] || echo "sfilter -m '{n}' --set 'm=.n' --drop n <stream"
}

sources() {
	echo 'scat -i json -O json text'
	echo 'scat -i json text'
	echo 'scat -i json -O csv text'
}

all() {
	stages
	sources
}

commands() {
	echo scat
	echo swindow
	echo sdedup
	[ ! -x "$BUILD_DIR/bin/sfilter" ] || echo sfilter
}

# Records 1 to N, a second apart, as the files text and stream.
make_input() {
	seq "$1" | awk '{ printf "{\"ts\":%d,\"n\":%d}\n", $1, $1 }' >text
	scat -i json text >stream
}

# Output that fails, readers that go

@test "stream: a full disk is status 74 and a message, for much output and for little" {
	for n in 1 100000; do
		make_input $n
		while read -r line; do
			fails 74 "$line >/dev/full"
			[ "$(wc -l <err)" -eq 1 ] || { show; fail "$line"; }
			err_has 'No space left on device'
			err_has "${line%% *}: "
			err_lacks 'table'
		done < <(all)
	done
}

@test "stream: a full disk named by -o, and by --rejects" {
	make_input 1
	echo x >>text
	for o in json csv frames; do
		fails 74 "scat -i json -q -O $o -o /dev/full text"
		err_has '/dev/full: No space left on device'
		fails 74 "scat -q -O $o -o /dev/full stream"
		err_has '/dev/full: No space left on device'
	done
	fails 74 'scat -i json -O json --rejects /dev/full text'
	err_has '/dev/full: No space left on device'
	err_lacks 'the bad ones are in'
	fails 74 'scat -q --stats /dev/full -O json stream'
	err_has '--stats /dev/full: No space left on device'
	fails 73 'scat -q --stats none/s -O json stream'
	err_has '--stats none/s: No such file or directory'
	for what in --help --version '--explain stream'; do
		fails 74 "scat $what >/dev/full"
		err_has 'standard output: No space left on device'
	done
}

@test "stream: a standard output that is closed is status 74" {
	make_input 3
	while read -r line; do
		fails 74 "$line >&-"
		err_has "${line%% *}: "
	done < <(all)
}

@test "stream: an output that can't be created is status 73, and one that exists is left alone before hello" {
	make_input 1
	fails 73 'scat -i json -o missing/x.json text'
	err_is 'scat: missing/x.json: No such file or directory'
	fails 73 'scat -o missing/x.json stream'
	err_is 'scat: missing/x.json: No such file or directory'
	fails 73 'scat -i json -o missing/x.weir text'
	fails 73 'scat -O frames -o missing/x.weir stream'
	echo x >>text
	fails 73 'scat -i json -O json --rejects missing/r text'
	err_has 'scat: missing/r: No such file or directory'
	for o in json csv frames; do
		echo precious >kept
		fails 76 "scat -i frames -O $o -o kept </dev/null"
		fails 76 "echo text | scat -i frames -O $o -o kept"
		[ "$(cat kept)" = precious ] || fail "$o: $(cat kept)"
	done
}

@test "stream: a closed reader ends a command without a message, as SIGPIPE does" {
	make_input 300000
	deaths=141
	while read -r line; do
		run_pipe "$line" 'head -c 100 | wc -c'
		[ "${statuses[*]}" = '141 0' ] || { show; fail "$line"; }
		[ ! -s err ] || { show; fail "$line"; }
	done < <(all)
}

@test "stream: the same where SIGPIPE was ignored at the start" {
	make_input 300000
	deaths=141
	while read -r line; do
		run_pipe "trap '' PIPE; $line" 'head -c 100 | wc -c'
		[ "${statuses[*]}" = '141 0' ] || { show; fail "$line"; }
		[ ! -s err ] || { show; fail "$line"; }
	done < <(all)
}

@test "stream: in the middle of a pipeline, head ends all of it" {
	make_input 300000
	deaths=141
	run_pipe 'scat -i json text' 'scat -O frames' 'scat -O json' 'head -1'
	[ "${statuses[*]}" = '141 141 141 0' ] || { show; false; }
	out_is '{"ts":1,"n":1}'
	[ ! -s err ]
}

@test "stream: a reader that goes is noticed while the input is silent" {
	make_input 2
	mkfifo in
	deaths=141
	for line in 'scat -i json -O json -' 'scat -i json -' 'scat -i frames -O json' 'scat -i frames -O frames'; do
		# The pipe stays open for writing: the reader's leaving is all that can end the command. A stream is
		# given without its end frame, which is 54 bytes long.
		exec 7<>in
		case $line in *'-i frames'*) head -c -54 stream >&7 ;; *) cat text >&7 ;; esac
		run_pipe "timeout -s KILL 60 $line <in 7>&-" 'head -c 5 7>&- >/dev/null'
		exec 7>&-
		[ "${statuses[0]}" -eq 141 ] || { show; fail "$line"; }
		[ ! -s err ] || { show; fail "$line"; }
	done
}

# Inputs

@test "stream: text where frames are due" {
	for line in 'scat -i frames -O json' 'scat -i frames -O frames' 'swindow -w 1m count'; do
		fails 76 "echo '{\"a\":1}' | $line"
		[ "${statuses[-1]}" -eq 76 ]
		err_is "${line%% *}: standard input: not a weir stream; pipe it through scat first"
	done
}

@test "stream: no bytes at all are a producer that died, but for text by name" {
	for line in 'scat' 'scat -O json' 'scat -i frames' 'swindow -w 1m count'; do
		fails 76 "$line </dev/null"
		err_has 'standard input: empty: the command before it wrote nothing'
		[ "$(wc -l <err)" -eq 1 ]
	done
	# The one whose command line is wrong says so, the next one what it saw, the others nothing; all have a status.
	run_pipe 'scat -i json </dev/null' 'swindow -w 1x count' 'sfilter .a' 'scat'
	[ "${statuses[*]}" = '0 2 76 76' ] || [ "${statuses[*]}" = '141 2 76 76' ] || { show; false; }
	err_has 'swindow: --window: "1x" is no duration'
	err_has 'sfilter: standard input: empty: the command before it wrote nothing'
	err_lacks died
	[ "$(wc -l <err)" -eq 3 ] || { show; false; }
	: >empty
	for i in json csv combined lines; do
		ok "scat -i $i -O json </dev/null"
		[ ! -s out ]
		ok "scat -i $i -O json empty"
		[ ! -s out ]
		ok "scat -i $i </dev/null" 'swindow -w 1m count' 'scat -O json'
		[ ! -s out ]
	done
	ok 'scat -O json empty'
	[ ! -s out ]
}

@test "stream: a directory, a missing file, one without rights" {
	mkdir dir
	fails 66 'scat -i frames dir'
	err_is 'scat: dir: Is a directory'
	for line in 'scat -O json dir' 'scat -i json -O json dir'; do
		ok "$line"
		[ ! -s out ]
	done
	for line in 'scat no.log' 'scat -i json no.log' 'scat -i frames no.log' 'scat -O json -i csv no.log'; do
		fails 66 "$line"
		err_is 'scat: no.log: No such file or directory'
	done
	for line in 'scat -i json -O json' 'scat -i frames' 'swindow -w 1m count' 'scat'; do
		fails 74 "$line <dir"
		err_has 'Is a directory'
	done
	echo '{}' >locked
	chmod 0 locked
	[ -r locked ] || fails 66 'scat -O json locked'
}

@test "stream: one missing source among several: nothing is written as if all were well" {
	make_input 2
	fails 66 'scat -i json -O json text no.log'
	err_is 'scat: no.log: No such file or directory'
	run_pipe 'scat -i json text no.log' 'swindow -w 1m count' 'scat -O json'
	[ "${statuses[*]}" = '66 66 66' ] || { show; false; }
	err_is 'scat: no.log: No such file or directory'
	[ ! -s out ]
}

@test "stream: no final newline, NUL bytes" {
	for i in json lines; do
		printf '{"a":1}\n{"a":2}' >t
		ok "scat -i $i -O raw t"
		printf '{"a":1}\n{"a":2}\n' | cmp - out
	done
	printf 'a\0b\n\0' >t
	ok 'scat -i lines -O json t'
	out_is '{"line":"a\u0000b"}
{"line":"\u0000"}'
	ok 'scat -i lines t' 'scat -O raw'
	printf 'a\0b\n\0\n' | cmp - out
	printf 'a,b\n1,x\0y\n' >t
	ok 'scat -i csv t' 'scat -O json'
	out_is '{"a":1,"b":"x\u0000y"}'
	printf '{"a":1}\n{"a":"\0"}\n{"a":3}\n' >t
	run_pipe 'scat -i json -O json t'
	[ "$status" -eq 0 ]
	out_is '{"a":1}
{"a":3}'
	err_has 't:2: '
}

@test "stream: cut at every byte, it is status 76 and no window that was open comes out" { judge cmd/damage.py cut; }
@test "stream: each single bit that is flipped is noticed" { judge cmd/damage.py flip; }
@test "stream: each single bit of compressed frames that is flipped is noticed" { judge cmd/damage.py flip-packed; }
@test "stream: frames lost, repeated, exchanged, and random damage" { judge cmd/damage.py frames; }

@test "stream: two streams one after the other are one input" {
	printf '{"ts":1,"n":1}\n' | scat -i json >a
	printf '{"ts":2,"n":2}\n{"m":[]}\n' | scat -i json -d 5s >b
	ok 'cat a b' 'scat -O json'
	out_is '{"ts":1,"n":1}
{"ts":2,"n":2}
{"m":[]}'
	ok 'cat a b a' 'scat -O frames' 'scat -z 3 -O frames' 'scat -O csv --columns n'
	out_is 'n
1
2
""
1'
	run_pipe 'cat a b b' 'swindow -w 1m count sum:.n' 'scat -O json'
	[ "$status" -eq 0 ]
	out_is '{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:01:00Z","count":3,"sum_n":5}'
	head -c -1 b >cut
	for f in 'a cut' 'cut a' 'a a text'; do
		echo '{"n":3}' >text
		fails 76 "cat $f | scat -O json"
	done
}

@test "stream: a second stream that breaks off closes no window" {
	printf '{"ts":1,"n":1}\n' | scat -i json >a
	head -c -1 a >cut
	run_pipe 'cat a cut' 'swindow -w 1m count' 'scat -O json'
	[ "${statuses[*]}" = '0 76 76' ] || { show; false; }
	[ ! -s out ]
}

@test "stream: compressed frames mean the same and are smaller" {
	make_input 20000
	scat -i json -O frames text >plain
	for level in 1 3 19; do
		ok "scat -i json -z $level text" 'tee packed' 'scat -O json'
		cmp out text
		[ "$(stat -c %s packed)" -lt "$(($(stat -c %s plain) / 3))" ]
		ok 'swindow -w 1h count sum:.n <packed' 'scat -O json'
		cp out a
		ok 'swindow -w 1h count sum:.n <plain' 'scat -O json'
		cmp out a
		ok "scat -z $level -O frames plain" 'scat -O json'
		cmp out text
	done
	ok 'scat -O frames packed' 'scat -O json'
	cmp out text
	ok 'zstd -qc plain' 'zstd -dc' 'scat -O json'
	cmp out text
}

@test "stream: an unknown item of a hello is skipped by every stage, and stages are named in it" {
	python3 -c '
import sys, stream as s
sys.stdout.buffer.write(s.hello(["scat"], delay=0, extra=s.item(4711, b"new")) + s.shape(0, 0, ["ts"])
    + s.data([s.values(0, [(s.NUMBER, "1")], time=10**9)]) + s.end())' >stream
	run_pipe 'scat -O frames <stream' 'scat -O frames' 'swindow -w 1m count' 'tee piped' 'scat -O json'
	[ "$status" -eq 0 ]
	out_is '{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:01:00Z","count":1}'
	python3 -c '
import sys, stream as s
payload = next(s.frames(open("piped", "rb").read()))[4]
print([v.decode() for k, v in s.items(payload) if k == 2], [v for k, v in s.items(payload) if k == 1] == [bytes(range(16))])' >names
	[ "$(cat names)" = "['scat', 'scat-2', 'scat-3', 'swindow'] True" ] || fail "$(cat names)"
}

@test "stream: every run has an id of its own; otherwise the same input gives the same bytes" {
	make_input 1000
	scat -i json text >again
	python3 -c '
import sys, stream as s
a, b = (list(s.frames(open(f, "rb").read())) for f in ("stream", "again"))
ida, idb = (dict(s.items(x[0][4]))[1] for x in (a, b))
assert ida != idb and len(ida) == 16
assert a[0][4].replace(ida, idb) == b[0][4] and a[1:] == b[1:]'
}

@test "stream: a failed end carries its status and reason down" {
	printf '{"ts":1}\nx\n{"ts":2}\n' >text
	run_pipe 'scat -i json --max-errors 0 text' 'swindow -w 1m count' 'scat -O frames' 'tee end' 'scat -O json -v'
	[ "${statuses[*]}" = '65 65 65 0 65' ] || { show; false; }
	[ ! -s out ]
	err_has 'scat: 1 bad record: more than --max-errors 0'
	err_has 'scat failed with status 65'
	python3 -c '
import stream as s
last = list(s.frames(open("end", "rb").read()))[-1]
e = dict(s.items(last[4]))
assert last[0] == "E" and e[1][0] == 2 and e[2] == (65).to_bytes(8, "little") and e[4] == b"scat", e'
	for st in 1 2 70 71 74 78 127; do
		python3 -c "
import sys, stream as s
sys.stdout.buffer.write(s.hello() + s.end(2, $st, 'a reason', 'sjoin-2'))" >stream
		while read -r line; do
			[[ $line = *stream ]] || continue
			fails "$st" "$line"
			[ ! -s err ] || { show; false; }
			run_pipe "${line/ / -v }"
			err_has "sjoin-2 failed with status $st: a reason"
		done < <(stages)
	done
}

@test "stream: of what a dead process leaves, nothing is guessed" {
	judge cmd/signals.py killed
}

# Signals

@test "stream: SIGTERM and SIGINT to the source end the pipeline cleanly" { judge cmd/signals.py stop; }
@test "stream: SIGTERM to a stage leaves it running until the end" { judge cmd/signals.py stage; }
@test "stream: SIGUSR1 prints one line and changes nothing" { judge cmd/signals.py usr1; }

# The options that all share

@test "stream: --help is one screen with examples, --version names the libraries" {
	for c in $(commands); do
		ok "$c --help"
		[ "$(wc -l <out)" -le 50 ]
		grep -q '^usage: '"$c" out
		[ "$(grep -n '|' out | head -1 | cut -d: -f1)" -lt "$(grep -n '^usage' out | cut -d: -f1)" ]
		cp out long
		ok "$c -h"
		cmp out long
		ok "$c --version"
		grep -Eqx 'weir [0-9.]+ \(libjq [^ ]+, PCRE2 .+, zstd [0-9.]+\)' out || { show; false; }
		cp out long
		ok "$c -V"
		cmp out long
		fails 74 "$c --help >/dev/full"
		fails 74 "$c --version >/dev/full"
	done
}

@test "stream: wrong usage is status 2, reads nothing and names the nearest" {
	echo text >t
	while IFS='|' read -r line want; do
		fails 2 "$line <t"
		[ ! -s out ] || { show; fail "$line"; }
		err_has "$want"
		[ "$(tail -1 err)" = "Try '${line%% *} --help'." ] || { show; fail "$line"; }
	done <<-'END'
		scat --imput-format json|no option "--imput-format"; did you mean "--input-format"?
		scat --verbos|did you mean "--verbose"?
		scat -i jsno|-i: no format "jsno"; did you mean "json"?
		scat -i combind|did you mean "combined"?
		scat -O jsn|did you mean "json"?
		scat -O xml|it takes one of: frames json csv tsv logfmt table raw
		scat --on-error fial|did you mean "fail"?
		scat --color sometimes|it takes one of: auto always never
		scat -Y|no option "-Y"
		scat -i|-i needs F
		scat --input-format|--input-format needs F
		scat --no-infer=1|--no-infer takes no argument
		scat -d 5x|--delay: "5x" is no duration
		scat -d -1s|is no duration
		scat -n ten|--limit: "ten" is no whole number
		scat -n -1|is no whole number
		scat --max-record 1QB|--max-record: "1QB" is no size
		scat --max-record 16MiB|--max-record: at most 15MiB
		scat --max-record 0|--max-record
		scat --max-errors x|--max-errors: "x": expected a number of records, or a percentage
		scat --max-errors 101%|--max-errors
		scat --tz Nowhere/Land|--tz: no zone "Nowhere/Land"
		scat --time-format %Q|--time-format "%Q"
		scat --time-format hours|--time-format "hours": it takes s, ms, us, ns
		scat -t .a[|-t ".a["
		scat -t ""|-t "": an empty path
		scat -t .a,.b|-t ".a,.b": one path only
		scat --delimiter ab|--delimiter takes one byte
		scat --columns .a.b -O csv|--columns takes top-level fields
		scat -z 99|-z 99: levels are 1 to 22
		scat -z 1 -O json|-z compresses frames
		scat -i frames t t|one weir stream at a time
		swindow count|-w SIZE is missing
		swindow -w 0 count|longer than 0
		swindow -w 0s count|longer than 0
		swindow -w 1y count|"1y" is no duration
		swindow -w 1m|no aggregate
		swindow -w 1m cuont|no aggregate "cuont"; did you mean "count"?
		swindow -w 1m sun:.x|no aggregate "sun"; did you mean "sum"?
		swindow -w 1m medain:.x|did you mean "median"?
		swindow -w 1m p101:.x|no aggregate "p101"
		swindow -w 1m sum|sum needs a field: sum:.field
		swindow -w 1m sum:.x[|".x["
		swindow -w 1m =count|a name is missing before "="
		swindow -w 1m -k .a,, count|-k ".a,,"
		swindow -w 1m count count|two fields of the result would be called "count"
		swindow -w 1m -k .count count|two fields of the result would be called "count"
		swindow -w 1m end=count|two fields of the result would be called "end"
		swindow -w 1m -k .a.x,.b.x count|two fields of the result would be called "x"
		swindow -w 1m --offset 5q count|--offset: "5q" is no duration
		swindow --wnidow 1m count|did you mean "--window"?
		swindow -w 1m --session 5m count|one of -w, --session, --count and --all
		swindow --session 0 count|a gap has to be longer than 0
		swindow --count 0 count|a window has to have a record
		swindow --session 1m --offset 5s count|--step, --offset and --tz go with -w
		swindow --all --slide 5s count|--slide goes with -w or --count
		swindow --count 5 --lateness 5s count|no record is late for --count
		swindow --all --late l count|no record is late for --all
		swindow -w 1h --slide 1m --step 1m count|--slide or --step, not both
		swindow -w 1h --slide 0 count|--slide has to be longer than 0
		swindow -w 1h --slide x count|--slide: "x" is no duration
		swindow -w 1m --step 1h count|--step is longer than the window
		swindow -w 1h --step 7m count|the step has to divide the size
		swindow -w 1d --slide 1s count|more than 10,000 slices a key
		swindow -w 6000s --slide 0.7s count|more than 10,000 slices a key
		swindow --count 20000 --slide 1 count|more than 10,000 slices a key
		swindow --count 5 --slide 5s count|"5s" is no number of records
		swindow -w 1d --tz Nowhere/Land count|--tz: no zone "Nowhere/Land"
		scat --epoch 1s t|an option for a checkpoint, but no -C DIR
		sreplay --sources 2 t|an option for a checkpoint, but no -C DIR
		swindow -w 1h --tz Europe/Berlin count|a zone's calendar needs windows of whole days
		swindow -w 1d --slide 1h --tz Europe/Berlin count|windows slide by whole days
		swindow -w 1h --emit often count|--emit takes final, update or a duration, not "often"
		swindow -w 1h --emit 0 count|--emit: a period has to be longer than 0
		swindow --count 5 --emit 5s count|windows of --count know no time
		swindow --session 5m --top 2:count count|--top: each key has windows of its own with --session and --count
		swindow --count 5 --top 2:count count|--top: each key has windows of its own
		swindow -w 1m --emit update --top 2:count count|it goes without --emit and --lateness
		swindow -w 1m --emit 5s --top 2:count count|it goes without --emit and --lateness
		swindow -w 1m --lateness 5s --top 2:count count|it goes without --emit and --lateness
		swindow -w 1h sum:|a path is missing behind the colon
		swindow -w 1h argmax:.a: count|a path is missing behind the colon
		swindow -w 1h list::2|a path is missing behind the colon
		swindow -w 1h --emit update rev=count|two fields of the result would be called "rev"
		swindow -w 1h -k x=.a+ count|-k "x=.a+": byte 4 of the expression
		swindow -w 1m mean:.x|no aggregate "mean"; did you mean "avg"?
		swindow -w 1m "sum(.x)"|no aggregate "sum(.x)"; it is written WORD:PATH, as sum:.bytes
		swindow -w 1m sum=.x|no aggregate ".x"; a path stands behind a word
		swindow -w 1m count,sum:.x|no aggregate "count,sum"; blanks stand between aggregates
		swindow -w 1m top5000:.x|no aggregate "top5000"; top1 to top1000
		swindow -w 1m -d 5s count|no option "-d": how late records may be is told at the source: scat -d DUR
		swindow --tumbling 1m count|no option "--tumbling": -w SIZE makes tumbling windows
		swindow -w 1d --tz Berlin count|one is called Europe/Berlin, say
		scat -w 1m|no option "-w": windows are swindow's
		scat -i log|-i: no format "log"; it takes one of: auto frames json csv
		sdedup -w 5m|no option "-w": --within DUR says
		sdedup -o x|no option "-o": the end of the line writes: ... | scat -o DEST
		sjoin --within 1m|no option "--within": -w DUR pairs records
		sjoin --type=left -t x|no option "-t": --type TYPE says what comes out
		sfilter -t .ts .x|no option "-t": the event time is told at the source: scat -t PATH
		sfilter|no expression: which records pass
		sfilter -m . --set a\ =1|--set "a =1": no blank stands before the "="
		swindow -w 1m x=|no aggregate ""; a word is missing
		swindow -w 1m "count where .x"|a condition is written count?
		sfilter --sample 50 .x|--sample "50": it is more than all, which is 1; 50% is 0.5
		scat a ""|operand 2: the name is empty
		scat -o "" a|--output: the name is empty
		sjoin -k .k -w 1m "" a|operand 1: the name is empty
		sjoin -k .k --table ""|--table: the name is empty
		sreplay ""|operand 1: the name is empty
		sreplay -a ""|--append: the name is empty
		sreplay --from 5 --to 3 log|--to 3 lies before --from 5
		sreplay --from 2026-01-02 --to 2026-01-01 log|--to 2026-01-01 lies before
		sreplay -i json log|no option "-i": text is read at the source
		sreplay -s 10x log|-s "10x": a number above 0, as 10 or 0.5
	END
}

@test "stream: -k NAME= without its expression is refused, and a computed key without a name is shown how it is written" {
	while read -r line; do
		for k in 'a=' 'a= '; do
			fails 2 "$line -k '$k' </dev/null"
			err_has "-k \"$k\": an expression is missing behind \"=\": NAME=EXPR, as a="
		done
		fails 2 "$line -k '.user|ascii_downcase' </dev/null"
		err_has 'what is computed needs a name: NAME=EXPR'
	done <<-'END'
		swindow -w 1m count
		sdedup
		sjoin --asof l r
		sreplay -a log --partitions 2
		sreplay --compact log
	END
	fails 2 "sfilter --set 'x= ' </dev/null"
	err_has 'an expression is missing behind "="'
	fails 2 "swindow --all 'count? ' </dev/null"
	err_has 'an expression is missing behind "?"'
}

@test "stream: the name of a file where none is taken: how its records come in" {
	echo '{"ts":1700000000,"n":1}' >t
	scat t >t.weir
	mkdir dir
	while read -r name line; do
		fails 2 "$line t </dev/null"
		[ "$(head -1 err)" = "$name: \"t\" is a file: $name reads a stream from standard input: scat t | $name ..." ] || { show; false; }
		fails 2 "$line t.weir </dev/null"
		err_has "standard input: $name ... <t.weir"
		fails 2 "$line dir </dev/null"
		err_has "standard input: sreplay dir | $name ... if it is a log"
		fails 2 "$line none </dev/null"
		err_lacks 'is a file'
	done <<-'END'
		swindow swindow -w 1m count
		swindow swindow --all
		sfilter sfilter
		sfilter sfilter .n
		sdedup sdedup -k .n
		sjoin sjoin -k .n --table t
		sreplay sreplay -a log
	END
	# One that is called as an aggregate is.
	: >count
	ok 'swindow --all count <t.weir' "scat -O json"
	[ "$(jq .count out)" -eq 1 ]
}

@test "stream: --stats is one line of JSON, also when something failed" {
	printf '{"ts":1}\nx\n{"ts":2}\n' >text
	run_pipe 'scat -i json -q --stats a text' 'swindow -w 1s --stats b count' 'scat --stats c -O json'
	[ "$status" -eq 0 ] || { show; false; }
	for f in a b c; do
		[ "$(wc -l <$f)" -eq 1 ]
		jq -e '.seconds >= 0 and .peak_memory > 0' $f >/dev/null
	done
	[ "$(jq -c '[.stage, .status, .records_in, .records_out, .bytes_in, .bad, .watermark]' a)" = \
		'["scat",0,3,2,20,1,"1970-01-01T00:00:02Z"]' ] || fail "$(cat a)"
	[ "$(jq -c '[.stage, .status, .records_in, .records_out, .bad, .late, .watermark]' b)" = \
		'["swindow",0,2,2,0,0,"1970-01-01T00:00:02Z"]' ] || fail "$(cat b)"
	[ "$(jq -c '[.stage, .status, .records_in, .bad]' c)" = '["scat-2",0,2,0]' ] || fail "$(cat c)"
	scat -i json -q text >stream
	[ "$(jq .bytes_out a)" -eq "$(stat -c %s stream)" ]
	[ "$(jq .bytes_in b)" -eq "$(jq .bytes_out a)" ]
	run_pipe 'scat -i json --max-errors 0 --stats - text >/dev/null'
	[ "$status" -eq 65 ]
	[ "$(tail -1 err | jq .status)" -eq 65 ]
	run_pipe 'scat -i frames --stats - -O json <text'
	[ "$status" -eq 76 ]
	[ "$(tail -1 err | jq .status)" -eq 76 ]
}

@test "stream: --explain reads no more than it must and writes no stream" {
	make_input 3
	ok 'scat --explain text'
	grep -q '^source text' out
	grep -q 'json: the first line is JSON' out
	grep -q 'ts.*number in s' out
	ok 'scat --explain -d 90s -O csv -o x.csv text'
	grep -q '1m30s' out
	grep -q 'csv to x.csv' out
	[ ! -e x.csv ]
	ok 'scat --explain stream'
	grep -q 'a weir stream' out
	ok 'swindow --explain -w 1h -k .a,.b.c count sum:.n </dev/null'
	grep -q 'tumbling, 1h' out
	grep -q 'start end a c count sum_n' out
	fails 74 'scat --explain text >/dev/full'
	fails 66 'scat --explain no.log'
	# A pipe that stays open: the answer must not wait for its end.
	mkfifo in
	exec 7<>in
	head -1 text >&7
	run_pipe 'timeout -s KILL 60 scat --explain - <in 7>&-'
	exec 7>&-
	[ "$status" -eq 0 ] || { show; false; }
}

@test "stream: -q is errors only, -v shows the fault itself" {
	printf '{"ts":1}\n{"ts":2,}\n' >text
	ok 'scat -i json -q -O json text'
	out_is '{"ts":1}'
	run_pipe 'scat -i json -O json text'
	[ "$(head -1 err)" = 'scat: text:2: not a name' ] || { show; false; }
	[ "$(wc -l <err)" -eq 2 ]
	run_pipe 'scat -i json -v -O json text'
	[ "$(sed -n 2,4p err)" = '  | {"ts":2,}
  |         ^ expected a name in quotes
  = skipped; --rejects FILE keeps such records, --on-error fail stops at the first' ] || { show; false; }
	run_pipe 'scat -i json -q --on-error fail -O json text'
	[ "$status" -eq 65 ]
	[ -s err ]
}

@test "stream: on the journal's stream lines begin with their priority" {
	printf '{"ts":1}\nx\n' >text
	: >err
	JOURNAL_STREAM=$(stat -c %d:%i err)
	export JOURNAL_STREAM
	run_pipe 'scat -i json -v -O json text 2>err'
	grep -q '^<4>scat: text:2: ' err || { show; false; }
	no grep -qv '^<[346]>' err
	run_pipe 'scat -i json --on-error fail -O json text 2>err'
	grep -q '^<3>scat: text:2: ' err
	JOURNAL_STREAM=1:2
	run_pipe 'scat -i json -O json text 2>err'
	no grep -q '^<' err
}

@test "stream: what is shown has its control characters made visible" {
	printf '{"ts":1}\n{"\033[31mred\007\302\205":\n' >text
	run_pipe 'scat -i json -v -O json text'
	err_has '^[[31mred^G\u0085'
	no grep -q "$(printf '[\033\007]')" err
	cp text "$(printf 'a\033b')"
	run_pipe 'scat -i json -O json a*b'
	err_has 'a^[b:2: '
}

@test "stream: what a stage writes is nothing that it reads" {
	printf '{"ts":%d}\n' {1..9} >text
	scat -O frames -o w text
	cp w whole
	# It would read what it has written, for ever.
	ulimit -f 2000
	for line in 'sfilter .ts' 'swindow -w 1s count' 'swindow --all count' 'sdedup -k .ts' 'scat -O frames' 'scat -O json'; do
		for to in '>>w' '1<>w'; do
			fails 2 "$line <w $to"
			err_has 'standard output is what is read, too: write to another file'
			cmp w whole
		done
	done
	ok "sfilter .ts <w >v"
	ok "sfilter .ts <w | cat >/dev/null"
}
