#!/usr/bin/env bats
# What a command says, and when it says nothing: closed descriptors, runs of a checkpoint without news, limits, tables without rows.

load ../helper

@test "manners: a closed standard input is an input that can't be read, and no pipe of the command's own" {
	printf '{"ts":1,"k":1}\n' >a.json
	local c
	for c in 'scat' 'scat -i json' 'scat -f' 'sfilter true' 'swindow --all count' 'sdedup' 'sjoin --table a.json -k .k' \
		'sjoin -k .k -w 1m - a.json' 'sreplay -a log'; do
		fails 74 "timeout 60 $c <&-"
		err_has 'Bad file descriptor'
	done
	scat a.json | scat -O json >want
	scat a.json 2>&- | scat -o out.json 0<&0 >&- 2>&-
	cmp out.json want
	fails 74 'scat a.json >&-'
	err_is 'scat: standard output: Bad file descriptor'
}

# A run of two streams from files that are read once.
joined() {
	run_pipe "sjoin -k .k -w 1s $* <(scat -C st --sources 2 --id a a.json) <(scat -C st --sources 2 --id b b.json)" 'scat -o out.json'
	[ "$status" -eq 0 ] || { show; return 1; }
}

@test "manners: a run of a checkpoint without news says nothing of event times" {
	printf '{"ts":1700000000,"k":1}\n' | tee a.json >b.json
	joined
	joined
	[ ! -s err ] || { show; false; }
	run_pipe "scat -C sd a.json" 'sdedup --within 1s' 'scat -o d.json'
	ok "scat -C sd a.json" 'sdedup --within 1s' 'scat -o d.json'
	run_pipe "scat -C sw a.json" 'swindow -w 1s count' 'scat -o w.json'
	ok "scat -C sw a.json" 'swindow -w 1s count' 'scat -o w.json'
}

# told COMMAND...: of its three runs, the first with two late records, the second with none, the third with one that is less late.
told() {
	rm -rf st out.json in.json
	at 100 130 90 80
	"$@"
	err_has '2 late records'
	"$@"
	[ ! -s err ] || { show; return 1; }
	at 131 120
	"$@"
	err_has '1 late record '
}
at() { printf '{"ts":1700000%03d,"k":1}\n' "$@" >>in.json; }
alone() { run_pipe 'scat -C st in.json' "$*" 'scat -o out.json'; }
beside() { run_pipe "$* <(scat -C st --sources 2 --id a in.json) <(scat -C st --sources 2 --id b in.json)" 'scat -o out.json'; }

@test "manners: each run of a checkpoint warns of its own late records, and --stats goes on counting" {
	told alone 'swindow -w 10s --stats stats count'
	err_has ', up to 1.001s behind the end'
	[ "$(jq .late stats)" = 3 ]
	told alone 'sdedup --within 10s --lateness 5s --stats stats'
	err_has ', up to 6s too late to be judged; --lateness 11s would'
	[ "$(jq .late stats)" = 3 ]
	told beside 'sjoin -k .k -w 1s --stats stats'
	err_has 'up to 11s behind the watermark; -d 11s at its source would have kept it'
	[ "$(jq .late stats)" = 5 ]
}

@test "manners: a state that says of a record that it was late by decades or centuries can be read again" {
	printf '{"ts":"%s","k":1}\n' 2023-11-14T22:15:00Z 1970-01-01T00:00:00Z 1700-01-01T00:00:00Z | tee a.json >b.json
	joined
	err_has '2 late records'
	joined
	[ ! -s err ] || { show; false; }
	local c
	for c in 'sdedup --within 1s' 'swindow -w 1s count'; do
		rm -rf st out.json
		run_pipe 'scat -C st a.json' "$c" 'scat -o out.json'
		err_has '2 late records'
		ok 'scat -C st a.json' "$c" 'scat -o out.json'
	done
	rm -rf st out.json
	printf '{"ts":170000000%d,"k":1}\n' 0 1 | tee a.json >b.json
	for c in 1 2; do
		ok 'sjoin -k .k -w 1s <(scat -d 12000d -C st --sources 2 --id a a.json) <(scat -d 12000d -C st --sources 2 --id b b.json)' 'scat -o out.json'
	done
}

@test "manners: at the limit of memory a message names what would need less, and --spill" {
	need_lean
	run_pipe 'seq 300000 | sed "s/.*/{\"ts\":1,\"k\":&}/"' 'scat -i json' 'swindow --all -k .k count --max-memory 20MiB' 'wc -c'
	[ "${statuses[2]}" -eq 71 ] || { show; false; }
	err_has 'take more than --max-memory 20 MiB: fewer keys need less; --spill DIR moves keys to disk'
	seq 10000 | sed 's/.*/{"k":&}/' >table
	fails 71 'sjoin --table table -k .k --max-memory 100KiB < <(scat table)'
	err_has 'take more than --max-memory 100 KiB; --spill DIR keeps them on disk'
}

@test "manners: --explain tells the limit of memory, and where more goes" {
	ok 'swindow -w 1m -k .k count --max-memory 20MiB --spill there --explain'
	grep -q '^memory .*; at most 20 MiB in all, and more goes to there$' out
	ok 'swindow --count 5 count --explain'
	grep -q '^memory .* part; at most 1 GiB in all$' out
	ok 'sjoin -k .k -w 1s l r --spill there --explain'
	grep -q '^memory .*; at most 1 GiB, and more goes to there$' out
	ok 'sjoin -k .k --table t --explain'
	grep -q "^memory    the table's rows; no limit$" out
	ok 'sdedup --max-memory 20MiB --spill there --explain'
	grep -q '^memory    up to 20 MiB: .*; more go to there$' out
}

@test "manners: a table without rows is told of" {
	printf '{"k":1}\n' >s
	mkdir empty
	: >none
	echo '{"k":1' >bad
	local t
	for t in '--table /dev/null' '--table none' '--table-dir empty'; do
		run_pipe 'scat s' "sjoin $t -k .k" 'scat -O json'
		[ "$status" -eq 0 ] || { show; false; }
		err_is "sjoin: ${t#* }: the table has no rows"
	done
	run_pipe 'scat s' "sjoin --table bad -k .k" 'scat -O json'
	err_lacks 'no rows'
	ok 'scat s' "sjoin --table s -k .k" 'scat -O json'
}

# A file may be of 1 KiB.
full() { (trap '' XFSZ; ulimit -f 1; exec "$@"); }

@test "manners: late records that could not be kept are not said to be in the file" {
	at 100 130 $(seq 100)
	local c
	for c in 'swindow -w 10s --late kept count' 'sdedup --within 10s --late kept' \
		'sjoin -k .k -w 1s --late kept <(scat in.json) <(scat in.json)'; do
		run_pipe 'scat in.json' "full $c" 'scat -O json'
		[ "${statuses[1]}" -eq 74 ] || { show; false; }
		err_has 'kept: File too large'
		err_has '100 late records'
		err_lacks ' in kept'
		err_lacks 'see kept'
	done
	run_pipe 'scat in.json' 'swindow -w 10s --late kept count' 'scat -O json'
	err_has '; they are in kept'
}

@test "manners: what is wrong with a command line is said of what was given" {
	ok 'scat </dev/null -i json' 'sreplay -a log' 'cat >there'
	fails 2 'sjoin --table log -i json -k .k </dev/null'
	err_has 'sjoin: --table log is a log: -i does not go with it'
	fails 2 'sjoin --table a --table-dir b -k .k'
	err_has 'sjoin: --table and --table-dir: only one of -w'
	fails 2 'sjoin --table log --asof -w 1s -k .k'
	err_has 'sjoin: -w and --asof and --table: only one of -w'
	fails 2 'swindow --count 99999999999999999999 count'
	err_has 'swindow: --count: 99999999999999999999 is too large'
	fails 2 'swindow --count 9e9 count'
	err_has '"9e9" is no whole number'
	fails 2 'scat -C st --epoch 0 a.json'
	err_has 'scat: --epoch has to be longer than 0'
}

@test "manners: a pattern for times that has no year is warned of" {
	echo '{"t":"Feb 28 10:00:00"}' >a
	run_pipe "scat -t t --time-format '%b %d %H:%M:%S' a" 'swindow -w 1s count' 'scat -O json'
	err_is 'scat: --time-format "%b %d %H:%M:%S" has no year: all times are of 1970'
	[ "$(jq -r .start out)" = 1970-02-28T10:00:00Z ]
	run_pipe "scat -t t --time-format '%b %d %%Y' a" 'cat'
	err_has 'has no year'
	sed -i 's/Feb/2024 Feb/' a
	ok "scat -t t --time-format '%Y %b %d %T' a" 'swindow -w 1s count' 'scat -O json'
	[ "$(jq -r .start out)" = 2024-02-28T10:00:00Z ]
	ok "scat -t t --time-format s --explain a"
}
