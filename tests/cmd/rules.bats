#!/usr/bin/env bats
# The rules of weir-checkpoint(7), one by one, where no kill is needed to see them. The crash tests have the others (checkpoint.bats).

load ../helper

# put FIRST N: records, a second apart.
put() { seq "$1" $(($1 + $2 - 1)) | sed 's/.*/{"ts":17000&,"n":&}/' >>in.jsonl; }

# The usual line; its arguments are the source's.
line() { run_pipe "scat -C st -q -t .ts --time-format s $* in.jsonl" 'swindow -q -w 10s count s=sum:.n' 'scat -q -o out.jsonl'; }

good() { line "$@" && [ "$status" -eq 0 ] || { show; return 1; }; }

# What the line writes without a checkpoint.
want() { scat -q -t .ts --time-format s in.jsonl | swindow -q -w 10s count s=sum:.n | scat -O json; }

# refused STATUS TEXT OPTION...: by one of them, and nothing has changed.
refused() {
	local code=$1 text=$2
	shift 2
	cp out.jsonl before.out && cp st/committed before.committed
	line "$@" || true
	[[ " ${statuses[*]} " = *" $code "* ]] || { show; fail "expected a status $code"; return 1; }
	err_has "$text" && cmp out.jsonl before.out && cmp st/committed before.committed
}

epoch() { scat --list-checkpoint "${1-st}" -O json | jq -s 'map(.epoch) | max'; }

@test "rules: the directory is 0700 and its files 0600; a symlink, or one that others can write to, is refused" {
	put 10000 35
	(umask 0 && good)
	[ "$(stat -c %a st)" = 700 ]
	[ "$(find st -type f ! -perm 600)" = '' ]
	[ "$(find st -mindepth 1 -type d ! -perm 700)" = '' ]
	put 10035 5
	cp st/id id
	good
	cmp st/id id
	chmod 722 st
	refused 73 'writable by others'
	chmod 700 st
	mv st real && ln -s real st
	refused 73 'not a directory, or a symlink'
	rm st && mv real st
	scat -q in.jsonl | sreplay -a log >/dev/null
	ls log >before.log
	run_pipe 'scat -C log in.jsonl' 'scat -o none.jsonl'
	[ "${statuses[0]}" -eq 73 ]
	err_has 'belongs to something else'
	ls log | diff before.log -
	if [ "$(id -u)" -eq 0 ]; then
		chown 12345 st
		refused 73 "must be one's own"
		chown 0 st
	fi
	good --final
	want | diff - out.jsonl
}

@test "rules: a network file system is refused without --force; an epoch's time does not go by the clock on the wall" {
	need_lean
	cat >fake.c <<-'END'
		#define _GNU_SOURCE
		#include <sys/syscall.h>
		#include <sys/vfs.h>
		#include <time.h>
		#include <unistd.h>
		static int nfs(long *type) { *type = 0x6969; return 0; }
		int fstatfs(int fd, struct statfs *fs) { (void)fd; return nfs(&fs->f_type); }
		int fstatfs64(int fd, struct statfs64 *fs) { (void)fd; return nfs(&fs->f_type); }
		int clock_gettime(clockid_t c, struct timespec *t)
		{
			if (c != CLOCK_REALTIME)
				return (int)syscall(SYS_clock_gettime, c, t);
			*t = (struct timespec){1000000000, 0};
			return 0;
		}
	END
	"${CC:-cc}" -shared -fPIC -o fake.so fake.c
	seq 1000000 >in
	run_pipe 'LD_PRELOAD=$PWD/fake.so scat -C st -q -i lines in' 'scat -q -O raw -o got' || true
	[ "${statuses[0]}" -eq 73 ] && [ ! -e got ] || { show; false; }
	err_has 'on a network file system'
	run_pipe 'LD_PRELOAD=$PWD/fake.so scat -C st --force --epoch 1ms -q -i lines in' 'scat -q -O raw -o got'
	[ "$status" -eq 0 ] && cmp in got || { show; false; }
	[ "$(epoch)" -gt 2 ]
}

@test "rules: no descriptor is left to what a stage may start" {
	need_strace
	put 10000 35
	echo junk >>in.jsonl
	s='strace -f -qq -o'
	run_pipe "$s 1.log scat -C st -q -t .ts --time-format s --rejects bad in.jsonl" "$s 2.log swindow -q -w 10s --late late count" "$s 3.log scat -q -o seg/"
	[ "$status" -eq 0 ] || { show; false; }
	# Those of the C library's loader have it as well.
	made='^[0-9]+ +(openat|pipe2|memfd_create|eventfd2|inotify_init1|epoll_create1)\('
	cat [123].log >log
	[ "$(grep -cE "$made" log)" -gt 30 ]
	no grep -E '^[0-9]+ +(open|creat|pipe|dup)\(|F_DUPFD[^_]' log
	grep -E "$made" log | grep -v -e CLOEXEC -e ' = -1 ' >left || true
	[ ! -s left ] || fail "$(cat left)"
}

@test "rules: ids are unique in a pipeline" {
	put 10000 35
	run_pipe 'scat -C st -q -t .ts --time-format s in.jsonl' 'sfilter true' 'sfilter true' 'scat -q -o out.jsonl'
	[ "$status" -eq 0 ]
	[ "$(scat --list-checkpoint st -O json | jq -sc 'map(.stage)')" = '["scat","scat-2","sfilter","sfilter-2"]' ]
	# Those of a tee's branches are the same; those without a state, too.
	for branches in '>(scat -o copy.jsonl) | scat' '>(sfilter true | scat --id copy -o copy.jsonl) | sfilter true | scat'; do
		rm -rf two.st
		run timeout 300 bash -c "scat -C two.st --sinks 2 -q in.jsonl | tee $branches -o other.jsonl"
		[ "$status" -ne 0 ] && [ "$status" -ne 124 ]
		[[ $output = *'--id NAME'* ]] || fail "$output"
		[ ! -s copy.jsonl ] && [ ! -s other.jsonl ]
	done
}

@test "rules: epochs without committed, and a state that is missing, are damage" {
	put 10000 35
	good
	put 10035 5
	mv st/committed aside
	line || true
	[ "${statuses[0]}" -eq 76 ] || { show; false; }
	err_has 'missing, though there are epochs'
	mv aside st/committed
	mv st/1/swindow aside
	refused 76 'st/1/swindow'
	mv aside st/1/swindow
	good --final
	want | diff - out.jsonl
}

@test "rules: a run that reads nothing takes no epoch, numbers go on, old epochs go" {
	put 10000 35
	good
	[ "$(epoch)" = 1 ]
	good
	good
	[ "$(epoch)" = 1 ]
	put 10035 5
	good
	[ "$(epoch)" = 2 ]
	[ "$(cd st && echo [0-9]*)" = 2 ]
	# A number that was begun is not used again.
	mkdir -m 700 st/7
	put 10040 5
	good
	[ "$(epoch)" = 8 ]
	[ "$(cd st && echo [0-9]*)" = 8 ]
	good --final
	want | diff - out.jsonl
}

@test "rules: without --final windows stay open over five runs; with it they close, and stay closed" {
	for i in 0 1 2 3 4; do
		put $((10000 + 7 * i)) 7
		good
		[ "$(wc -l <out.jsonl)" -eq $((7 * (i + 1) / 10 - (i == 4 ? 1 : 0) + (i == 4 ? 1 : 0) - ((7 * (i + 1)) % 10 == 0))) ] ||
			[ "$(wc -l <out.jsonl)" -lt "$(want | wc -l)" ]
	done
	good --final
	want | diff - out.jsonl
	# All of it is closed: what comes is late, for each window that was ever seen.
	cp out.jsonl closed
	put 10033 2
	run_pipe 'scat -C st -q -t .ts --time-format s --final in.jsonl' 'swindow -w 10s count s=sum:.n' 'scat -q -o out.jsonl'
	err_has '2 late records'
	diff closed out.jsonl
}

# killed CALL N [MORE]: the prefix by which a stage dies on entry to its Nth such call.
killed() { printf 'strace -f -qq -o /dev/null -e trace=%s -e inject=%s:signal=KILL:when=%s %s' "$1" "$1" "$2" "${3-}"; }

need_strace() {
	need_lean
	strace -qq -o /dev/null true 2>/dev/null || skip 'strace is missing, or may not trace'
}

@test "rules: nothing is written to a side file before it is committed where it begins" {
	need_strace
	put 10000 1
	echo junk >>in.jsonl
	put 10001 34
	deaths=137
	# The sink is slow to prepare, and dies before it commits.
	run_pipe 'scat -C st -q -t .ts --time-format s --rejects bad --final in.jsonl' 'swindow -q -w 10s count s=sum:.n' \
		"$(killed renameat 2 '-e inject=fdatasync:delay_enter=500000') scat -q -o out.jsonl" || true
	[ ! -e st/committed ] && [ ! -s bad ] || { show; false; }
	run_pipe 'scat -C st -q -t .ts --time-format s --rejects bad --final in.jsonl' 'swindow -q -w 10s count s=sum:.n' 'scat -q -o out.jsonl'
	[ "$status" -eq 0 ] && [ "$(wc -l <bad)" -eq 1 ] || { show; cat bad; false; }
}

@test "rules: a sink ends well only if its last epoch is committed, 76 if a sister died" {
	need_strace
	put 10000 35
	cat >two <<-END
		scat -C st --sinks 2 -q in.jsonl | tee >($(killed fdatasync 2) scat -q --id copy -o copy.jsonl) | scat -q -o out.jsonl
	END
	run timeout 300 bash two
	[ "$status" -eq 76 ] || fail "$status: $output"
	sed 's/>(strace .* scat -q --id/>(scat -q --id/' two >again
	run bash again
	[ "$status" -eq 0 ] || fail "$output"
	cmp out.jsonl copy.jsonl && cmp out.jsonl in.jsonl
}

@test "rules: a state that is whole, but another one, is refused" {
	put 10000 35
	good
	mkdir other
	(cd other && put 10000 34 && run_pipe 'scat -C st -q -t .ts --time-format s in.jsonl' 'swindow -q -w 10s count s=sum:.n' 'scat -q -o out.jsonl')
	put 10035 5
	cp other/st/1/swindow st/1/swindow
	refused 76 'st/1/swindow'
}

@test "rules: a sink obeys a hello only if it restored what is committed" {
	put 10000 15
	good
	cp st/committed old
	put 10015 30
	good
	put 10045 20
	cp out.jsonl before
	run_pipe 'scat -C st -q -t .ts --time-format s in.jsonl' 'swindow -q -w 10s count s=sum:.n' '{ until [ -e st/3/swindow ]; do :; done; mv old st/committed; scat -o out.jsonl; }' || true
	[ "${statuses[2]}" -eq 75 ] || { show; false; }
	err_has 'restored another epoch than the one that is committed; the stream'
	err_has 'out.jsonl: an output of the checkpoint'
	cmp before out.jsonl
}

@test "rules: a saved stream played again harms neither outputs nor side files" {
	put 10000 35
	echo junk >>in.jsonl
	put 10001 2
	put 10035 20
	mkfifo gate
	run_pipe 'scat -C st -q -t .ts --time-format s --rejects bad in.jsonl' 'tee saved' 'swindow -q -w 10s --late late count s=sum:.n' 'scat -q -o seg/'
	[ "$status" -eq 0 ] || { show; false; }
	[ -s bad ] && [ -s late ]
	cp bad bad.before && cp late late.before && cp -r seg seg.before
	fails 75 'swindow -q -w 10s --late late count s=sum:.n <saved >x'
	cmp late late.before
	fails 75 'scat -q -o seg/ <saved'
	fails 75 'sfilter --rejects bad true <saved >x'
	diff -r seg seg.before && cmp bad bad.before && cmp late late.before
	# Elsewhere it may.
	run_pipe 'sfilter true <saved' 'scat -q -o other.jsonl'
	[ "$status" -eq 0 ] && err_has 'the stream'"'"'s checkpoint is ignored'
	[ "$(wc -l <other.jsonl)" -eq 57 ]
	# Its end says paused, which counts under a checkpoint only.
	run_pipe 'swindow -q -w 10s count <saved' 'scat -O json'
	[ "$(wc -l <out)" -eq 6 ] || { show; false; }
	rm -rf st
	run_pipe 'scat -C st -q in.jsonl' 'scat -q -o new.jsonl'
	fails 0 'scat -o another.jsonl <saved'
	err_has 'another checkpoint by now; the stream'
}

@test "rules: a stream of another run is not obeyed, though it restored what is committed" {
	put 10000 35
	good
	put 10035 20
	cp out.jsonl before
	# Two runs without a sink, so both restore the same epoch, and nothing is committed.
	for i in 1 2; do
		scat -C st -q -t .ts --time-format s in.jsonl | cat >saved.$i
	done
	fails 75 'scat -o out.jsonl <saved.1'
	err_has 'belongs to another run'
	cmp before out.jsonl
	good --final
	want | diff - out.jsonl
}

@test "rules: what is left of a run that was overtaken before the first commit touches no file" {
	put 10000 35
	for i in 1 2; do
		mkfifo pipe.$i
		cat pipe.$i >saved.$i &
		scat -C st -q -t .ts --time-format s in.jsonl >pipe.$i 3>&- &
		until [ -s saved.$i ]; do :; done
		kill -KILL $!
		wait || true
	done
	[ ! -e st/committed ]
	for f in late bad out.jsonl; do echo "of the other run" >$f; done
	cp late before
	fails 75 'swindow -w 10s --late late count <saved.1 >x'
	err_has 'belongs to another run'
	err_has 'late: perhaps an output of the run that has'
	fails 75 'sfilter --rejects bad true <saved.1 >x'
	fails 75 'scat -o out.jsonl <saved.1'
	for f in late bad out.jsonl; do cmp $f before; done
	# Who writes nothing of its own may look at it.
	fails 76 'sfilter -q true <saved.1 >x'
}

# begun FILE TEXT OPTION...: the stream of a source that follows its input, until it has come to TEXT; then it is killed.
begun() {
	local file=$1 text=$2
	shift 2
	rm -f pipe && mkfifo pipe
	cat pipe >"$file" &
	scat -f -C st -q -t .ts --time-format s "$@" in.jsonl >pipe 3>&- &
	until grep -q "$text" "$file"; do :; done
	kill -KILL $!
	wait || true
}

@test "rules: nor does it if the checkpoint was removed and made anew meanwhile" {
	put 10000 35
	good
	put 10035 5
	begun saved 10039
	rm -r st
	begun x in.jsonl
	[ ! -e st/committed ]
	for f in late bad out.jsonl out.weir; do echo "of the other run" >$f; done
	cp late before
	fails 75 'swindow -w 10s --late late count <saved >x'
	err_has 'is another checkpoint by now'
	fails 75 'sfilter --rejects bad true <saved >x'
	fails 75 'scat -o out.jsonl <saved'
	fails 75 'scat -O frames -o out.weir <saved'
	for f in late bad out.jsonl out.weir; do cmp $f before; done
	# What can't be read tells of nobody's outputs.
	echo damaged >st/committed
	fails 76 'scat -o out.jsonl <saved'
	cmp out.jsonl before
	rm -r st
	fails 76 'scat -o other.jsonl <saved'
}

@test "rules: a stream that was part of a checkpoint is left out of its log, whole or in partitions; in a file of its own it may be kept" {
	need_command sreplay
	for more in '' '--partitions 2 -k .n'; do
		rm -rf st log in.jsonl
		put 10000 35
		run_pipe 'scat -C st -q -t .ts --time-format s in.jsonl' "sreplay -q -a log $more >/dev/null"
		[ "$status" -eq 0 ]
		put 10035 5
		begun saved 10039
		run_pipe 'scat -C st -q -t .ts --time-format s in.jsonl' 'sreplay -q -a log >/dev/null'
		[ "$status" -eq 0 ]
		fails 75 'sreplay -a log <saved >x'
		err_has 'log: an output of the checkpoint'
		[ "$(sreplay log | scat -O raw | wc -l)" -eq 40 ]
		put 10040 5
		run_pipe 'scat -C st -q -t .ts --time-format s in.jsonl' 'sreplay -q -a log >/dev/null'
		[ "$status" -eq 0 ]
		[ "$(sreplay log | scat -O raw | wc -l)" -eq 45 ]
	done
	fails 76 'scat -q -O frames -o kept.weir <saved >x'
	[ ! -s x ]
	[ "$(scat -q -i frames -O raw kept.weir | head -1)" = '{"ts":1700010035,"n":10035}' ]
	# A stage that fails before it has one makes none, and tells nobody else.
	fails 66 'scat missing | scat -O frames -o none.weir >x'
	[ ! -e none.weir ] && [ ! -s x ]
}

@test "rules: one of several sources that waits for a run of all of them is left out of it, and does not wait for them in the next" {
	need_strace
	put 10000 35
	cp in.jsonl b.jsonl
	local pids=() n
	for n in a b; do
		mkfifo pipe.$n
		scat -q --id to_$n -o $n.out <pipe.$n 3>&- &
		pids+=($!)
		scat -f -C st --sources 2 --sinks 2 --id $n -q -t .ts --time-format s in.jsonl >pipe.$n 3>&- &
		pids+=($!)
	done
	until grep -q 'come 2 .* members 4 ' st/run && [ -e st/committed ]; do :; done
	# It stops where it has looked once, so that the run ends while it waits, however long that takes.
	{ status=0; strace -o naps -e trace=clock_nanosleep -e inject=clock_nanosleep:signal=STOP:when=1 \
		sh -c 'echo $$ >late.pid; exec scat -C st --sources 2 --sinks 2 --id b -q -t .ts --time-format s in.jsonl' 2>err || status=$?
		echo $status >status; } | cat >x 3>&- &
	until [ -s naps ]; do :; done
	kill -TERM "${pids[1]}" "${pids[3]}"
	for n in "${pids[@]}"; do wait "$n"; done
	until [ -s status ]; do kill -CONT "$(cat late.pid)" 2>x.cont || true; done
	[ "$(cat status)" -eq 75 ]
	grep -q 'a run of all its --sources has ended meanwhile: run the line again' err
}

@test "rules: two sources that are run again at once wait for those of the run before, which no shell waits for, to be gone" {
	need_strace
	put 10000 35
	mkfifo held
	# The first run's left source comes to its very end when somebody reads what it counts.
	twice() {
		run_pipe "sjoin -q -k .n -w 1s <($1 scat -C st --sources 2 --id a -q -t .ts --time-format s $2 in.jsonl) \
			<(scat -C st --sources 2 --id b -q -t .ts --time-format s in.jsonl)" 'scat -q -o out.jsonl'
		[ "$status" -eq 0 ] && [ ! -s err ] || { show; return 1; }
	}
	twice '' '--stats held'
	put 10035 5
	{ until [ -s naps ]; do :; done; cat held >counts; } 3>&- &
	twice 'strace -o naps -e trace=clock_nanosleep'
	wait
	grep -q '"records_in":35' counts
	[ "$(jq -s 'map(.n) | unique | length' out.jsonl)" -ge 38 ]
}

@test "rules: a source whose state a process of its own writes ends if that one is killed, in the first epoch, the last one, one amid them" {
	need_strace
	export WEIR_SNAPSHOT_MS=0
	put 10000 35
	local next=10000 kill="strace -f -qq -o /dev/null -e trace=renameat -e inject=renameat:signal=KILL:when=1"
	for more in '' '' '--epoch-records 10' '-f --epoch-records 20' '-f --epoch 1ms'; do
		# The line is whole before the second one: it goes on from there.
		run_pipe "$kill scat -C st -q -t .ts --time-format s $more in.jsonl" 'scat -q -o out.jsonl'
		[ "${statuses[0]}" -eq 74 ] || { show; return 1; }
		err_has 'the process that wrote the state failed'
		run_pipe 'scat -C st -q -t .ts --time-format s in.jsonl' 'scat -q -o out.jsonl'
		[ "$status" -eq 0 ]
		put "$((next += 100))" 35
	done
	run_pipe 'scat -C st -q -t .ts --time-format s in.jsonl' 'scat -q -o out.jsonl'
	[ "$status" -eq 0 ]
	scat -q -O json in.jsonl | diff - out.jsonl
}

@test "rules: the rejects of a stage are the same in five runs and in one" {
	for n in 8 9 10 11 12; do
		put ${n}000 7
		run_pipe 'scat -C st -q -t .ts --time-format s in.jsonl' "sfilter -q --rejects bad 'if .n % 5 == 1 then error(\"one\") else true end'" \
			'scat -q -o out.jsonl'
		[ "$status" -eq 0 ]
	done
	run_pipe 'scat -C one -q -t .ts --time-format s in.jsonl' "sfilter -q --rejects bad.one 'if .n % 5 == 1 then error(\"one\") else true end'" \
		'scat -q -o one.jsonl'
	[ "$(wc -l <bad)" -eq 10 ]
	cmp bad bad.one
	cmp out.jsonl one.jsonl
	# It is the run that such a number belongs to, so without a checkpoint it is told.
	scat -q -t .ts --time-format s in.jsonl | sfilter -q --rejects bad.plain 'if .n % 5 == 1 then error("one") else true end' >x
	jq -c 'del(.record)' bad.plain | cmp - bad
	[ "$(jq -s 'map(.record) | first' bad.plain)" -eq 2 ]
}

@test "rules: a sink with -o holds no neighbour's pipe; its reader sees an end" {
	put 10000 5
	mkfifo frames pipe
	timeout 300 cat pipe >/dev/null &
	reader=$!
	scat -q -o got <frames >pipe 3>&- &
	sink=$!
	exec 4>frames
	scat in.jsonl | head -c 300 >&4
	# Its reader sees the end of the pipe, though the sink lives.
	wait $reader
	kill -0 $sink
	exec 4>&-
	wait $sink || true
	[ -e got ]
}

@test "rules: one sink too many, and one too few" {
	# More than the pipes hold: the source lives until both sinks have come.
	put 10000 90000
	cat >two <<-'END'
		set -o pipefail
		scat -C st $1 -q -t .ts --time-format s in.jsonl | tee >(scat -q --id copy -o copy.jsonl; echo $? >copy.status) |
			{ scat -q -o out.jsonl; echo $? >out.status; }
	END
	run bash two '--sinks 1'
	until [ -s copy.status ]; do :; done
	# Which of them comes second is chance.
	grep -qx 78 copy.status out.status
	[[ $output = *'more sinks than --sinks says'* ]] || fail "$output"
	rm -rf st copy.jsonl out.jsonl copy.status
	run bash two '--sinks 2'
	until [ -s copy.status ]; do :; done
	[ "$(cat copy.status out.status | tr '\n' ' ')" = '0 0 ' ] || fail "$output"
	cmp copy.jsonl out.jsonl
	[ "$(wc -l <out.jsonl)" -eq 90000 ]
}

@test "rules: a sink too many that comes after the first commit is refused; one that reads what was saved of a line is not" {
	put 10000 90000
	mkfifo copy out
	timeout 60 scat -C st -q -t .ts --time-format s in.jsonl | tee copy saved >out &
	(timeout 60 scat -q -o out.jsonl <out 2>out.err || echo $? >out.status) &
	exec 5<copy
	until [ -e st/committed ]; do :; done
	timeout 60 scat <saved >seen 2>saved.err || true
	grep -q "the stream's checkpoint is ignored" saved.err
	timeout 60 scat --id copy -o copy.jsonl <&5 2>err || echo $? >copy.status
	exec 5<&-
	wait
	[ "$(cat copy.status out.status | tr '\n' ' ')" = '78 76 ' ] || fail "$(cat copy.status out.status out.err err)"
	err_has 'committed without it already: more sinks than --sinks says at the source'
	[ ! -e copy.jsonl ]
}

@test "rules: a sink too many that prepares after the commit is refused all the same, and the other one ends with 76" {
	need_strace
	: >in.jsonl
	(
		scat -C st -f -q -i json in.jsonl & echo $! >source.pid
		wait
	) | tee >(
		timeout 300 strace -f -qq -o /dev/null -e trace=fdatasync -e inject=fdatasync:signal=STOP:when=1 \
			sh -c 'echo $$ >copy.pid; exec scat -q --id copy -o copy.jsonl' 2>err || echo $? >copy.status
	) | {
		until grep -q 'members 2' st/run 2>/dev/null; do :; done
		timeout 300 scat -q -o out.jsonl 2>out.err || echo $? >out.status
	} &
	until [ -e st/committed ]; do :; done
	# It may not have come to its stop yet.
	until [ -s copy.status ]; do kill -CONT "$(cat copy.pid)" 2>x || true; done
	kill -TERM "$(cat source.pid)"
	wait $!
	[ "$(cat copy.status out.status | tr '\n' ' ')" = '78 76 ' ] || fail "$(cat copy.status out.status out.err err)"
	err_has 'more sinks than --sinks says at the source'
	grep -q 'another process of this run died' out.err
}

@test "rules: a sink waits for a sister that is slow: what is committed when it ends is its last epoch" {
	need_strace
	put 10000 35
	mkfifo one two
	(scat -C st -q --sinks 2 in.jsonl | tee one >two) &
	(timeout 300 strace -f -qq -o /dev/null -e trace=fdatasync -e inject=fdatasync:signal=STOP:when=2 \
		sh -c 'echo $$ >copy.pid; exec scat -q --id copy -o copy.jsonl' <two 2>err; echo $? >copy.status) &
	(timeout 300 scat -q -o out.jsonl <one; echo $? >out.status; epoch >ended) &
	until [ -e st/1/scat-2 ]; do :; done
	until [ -s copy.status ]; do kill -CONT "$(cat copy.pid)" 2>x || true; done
	wait
	[ "$(cat copy.status out.status ended | tr '\n' ' ')" = '0 0 1 ' ] || fail "$(cat copy.status out.status ended err)"
	cmp copy.jsonl out.jsonl && cmp out.jsonl in.jsonl
}

@test "rules: what a log in the middle has is read when its epoch is committed, not before" {
	need_strace
	put 10000 40
	mkfifo end
	(timeout 300 strace -f -qq -o /dev/null -e trace=fdatasync -e inject=fdatasync:signal=STOP:when=2 \
		sh -c 'echo $$ >sink.pid; exec scat -q -o out.jsonl' <end 2>err; echo $? >sink.status) &
	(timeout 300 scat -C st -q --epoch-records 10 in.jsonl | sreplay -a log >end) &
	until [ "$(wc -l <out.jsonl)" -eq 10 ] 2>x; do :; done
	# The log has more by now, and time to say so.
	until [ "$(sreplay log | scat -O json | wc -l)" -eq 20 ]; do :; done
	for _ in {1..20}; do
		[ "$(sreplay --committed log | scat -O json | wc -l)" -eq 0 ]
	done
	until [ -s sink.status ]; do kill -CONT "$(cat sink.pid)" 2>x || true; done
	wait
	[ "$(cat sink.status)" -eq 0 ] || fail "$(cat sink.status err)"
	sreplay --committed log | scat -O json | cmp - in.jsonl
}

@test "rules: the end of a line has to commit: another stage there is refused" {
	put 10000 35
	for to in frames /dev/null; do
		run_pipe 'timeout 300 scat -C st -q in.jsonl' "swindow -q -w 10s count >$to" || true
		[ "${statuses[1]}" -eq 73 ] || { show; fail "$to"; }
		err_has 'the end of a pipeline with a checkpoint commits: | scat -o FILE'
		[ ! -e st/committed ]
	done
	good --final
	want | diff - out.jsonl
}

@test "rules: a directory that is removed under a line is status 74 for who waits for a commit" {
	put 10000 35
	mkfifo pipe
	cat pipe >x &
	scat -C st -q in.jsonl >pipe 2>err & source=$!
	until [ -e st/0/scat ]; do :; done
	rm -rf st
	status=0
	wait $source || status=$?
	[ "$status" -eq 74 ] && err_has 'st: was removed while a pipeline runs on it'
}

@test "rules: standard output under a checkpoint: a file is refused, a pipe warned of; -n is refused; so is a pipe as a source" {
	put 10000 35
	run_pipe 'scat -C st -q in.jsonl' 'scat -O json >file' || true
	[ "${statuses[1]}" -eq 73 ] || { show; false; }
	err_has 'use -o FILE'
	rm -rf st
	run_pipe 'scat -C st -q in.jsonl' 'scat -O json' 'cat'
	[ "$status" -eq 0 ] && err_has 'exactly once ends at this pipe'
	rm -rf st
	run_pipe 'scat -C st -q in.jsonl' 'scat -n 3 -o out.jsonl' || true
	[ "${statuses[1]}" -eq 2 ] || { show; false; }
	rm -rf st
	run_pipe 'cat in.jsonl' 'scat -C st -q -i json -' 'scat -o out.jsonl' || true
	[ "${statuses[1]}" -eq 2 ] || { show; false; }
	err_has "can't be read again after a crash"
	run_pipe 'scat -C st -q -i json <(cat in.jsonl)' 'scat -o out.jsonl' || true
	[ "${statuses[0]}" -eq 2 ] || { show; false; }
	err_has "can't be read again after a crash"
}

@test "rules: after a restore the source restates its watermark, for who has no state of it" {
	put 10000 35
	run_pipe 'scat -C st -q -t .ts --time-format s in.jsonl' 'swindow -q --id a -w 10s count' 'scat -q -o out.jsonl'
	[ "$status" -eq 0 ]
	put 10001 1
	put 10040 1
	run_pipe 'scat -C st -q -t .ts --time-format s --final --accept-change --drop-state a in.jsonl' 'swindow --id b -w 10s count' 'scat -q -o out.jsonl'
	[ "$status" -eq 0 ] || { show; false; }
	err_has '1 late record'
	[ "$(tail -1 out.jsonl | jq -c '[.start, .count]')" = "[\"$(date -u -d @1700010040 +%Y-%m-%dT%H:%M:%SZ)\",1]" ]
}

@test "rules: unread bytes that are gone are an error, or passed over; read ones are forgotten" {
	put 10000 35
	good -n 20
	mv in.jsonl ../gone.jsonl
	put 10100 35
	refused 66 'was not read yet and is gone'
	good --missing skip
	rm in.jsonl
	put 10200 5
	good --final
	[ "$(jq -s 'map(.count) | add' out.jsonl)" -eq 60 ]
}

@test "rules: a file is known by its first bytes and by those before the place, whatever its name and inode" {
	put 10000 500
	good -n 450
	put 10500 10
	# Elsewhere: beside it, it would be found as its copy, with what was not read.
	mkdir aside
	cp -a in.jsonl aside/keep
	sed 's/"n":10440}/"n":10044}/' aside/keep >in.jsonl
	refused 66 'was not read yet and is gone'
	sed '1s/"n":10000}/"n":10001}/' aside/keep >in.jsonl
	refused 66 'was not read yet and is gone'
	rm in.jsonl
	cp aside/keep in.jsonl
	good --final
	want | diff - out.jsonl
}

@test "rules: a log that is cut while it is read is gone on with in its copy, whose time is older" {
	seq 200000 >log
	mkfifo go
	exec 5<>go
	# Of the stream a beginning is let through: no epoch but the first few is committed until it is let go on.
	(timeout 300 scat -C st -q -i lines --epoch-records 500 log | { head -c 100000 && read -r _ <&5 && cat; } | scat -q -O raw -o got) &
	until compgen -G 'st/[1-9]*' >x; do kill -0 $!; done
	pid=$(sed 's/.* pid //' st/run)
	kill -STOP "$pid"
	[ "$(scat --list-checkpoint st -O json | jq -s 'map(select(.stage == "scat").at[0].offset) | max')" -lt 900000 ]
	cp -p log log.1
	seq 200001 200100 >log
	touch -d '+1 minute' log
	kill -CONT "$pid"
	echo >&5
	wait $!
	exec 5>&-
	gzip log.1
	run_pipe 'scat -C st -q -i lines log' 'scat -q -O raw -o got'
	[ "$status" -eq 0 ] || { show; false; }
	seq 200100 | cmp - got
}

@test "rules: a second signal ends a stage at once, but not within a second of the first" {
	mkfifo in
	swindow -w 1s count <in >x 2>err 5>&- & pid=$!
	exec 5>in
	# 15 is caught; the sanitizers catch others, and earlier.
	until grep -q '^SigCgt:.*[4-7c-f]...$' /proc/$pid/status && [ "$(cat /proc/$pid/comm)" = swindow ]; do :; done
	began=$(date +%s%N)
	while kill -TERM $pid 2>x; do :; done
	ended=$(date +%s%N)
	status=0
	wait $pid || status=$?
	exec 5>&-
	[ "$status" -eq 143 ] && [ $((ended - began)) -ge 1000000000 ]
}

@test "rules: a last line without its end waits, and is a record with --final" {
	put 10000 35
	printf '{"ts":1700010035,"n":1' >>in.jsonl
	good
	good
	run_pipe 'scat -C other.st in.jsonl' 'scat -q -o other.jsonl'
	err_is 'scat: in.jsonl: its last line has no end yet: 22 bytes were not read'
	printf '0035}\n{"ts":1700010036,"n":10036}' >>in.jsonl
	good --final
	want | diff - out.jsonl
	[ "$(jq -s 'map(.count) | add' out.jsonl)" -eq 37 ]
}

@test "rules: an output that was edited, cut, replaced or lost is refused; what was not committed is cut" {
	put 10000 35
	good
	put 10035 20
	cp -a out.jsonl keep && cp out.jsonl copy
	seq -f 'not committed %g' 500 >>out.jsonl
	good
	[ "$(wc -l <out.jsonl)" -eq 5 ]
	no grep -q 'not committed' out.jsonl
	put 10055 20
	sed -i.bak 's/count/Count/' out.jsonl
	refused 76 'not the file that the checkpoint wrote to'
	mv out.jsonl.bak out.jsonl
	cp out.jsonl copy
	printf X | dd of=out.jsonl bs=1 seek=9 conv=notrunc status=none
	refused 76 'are not those that were committed'
	cat copy >out.jsonl
	truncate -s -5 out.jsonl
	refused 76 'were committed'
	cat copy >out.jsonl
	mv out.jsonl aside
	line || true
	[ "${statuses[2]}" -eq 76 ] && err_has 'gone, though'
	mv aside out.jsonl
	good --final
	want | diff - out.jsonl
}

@test "rules: a new checkpoint refuses a file that is not empty, but with --append" {
	put 10000 35
	echo before >out.jsonl
	line || true
	[ "${statuses[2]}" -eq 73 ] && err_has '--append writes behind'
	rm -rf st
	run_pipe 'scat -C st -q -t .ts --time-format s --final in.jsonl' 'swindow -q -w 10s count s=sum:.n' 'scat -q --append -o out.jsonl'
	[ "$status" -eq 0 ]
	(echo before && want) | diff - out.jsonl
}

@test "rules: zstd is a whole frame at each epoch" {
	put 10000 35
	run_pipe 'scat -C st -q --epoch-records 10 in.jsonl' 'scat -q -o out.jsonl.zst'
	[ "$status" -eq 0 ]
	[ "$(zstd -lv out.jsonl.zst 2>&1 | sed -n 's/.*# *Zstandard Frames: *//Ip')" -eq 4 ]
	zstd -dcq out.jsonl.zst | cmp - in.jsonl
	# Cut where a frame ends it is a whole file.
	scat --list-checkpoint st -O json | jq -e --argjson n "$(stat -c %s out.jsonl.zst)" 'select(.stage == "scat-2") | .at[0].length == $n'
}

@test "rules: segments appear whole, one an epoch, an empty epoch makes none, a reader may take them" {
	put 10000 35
	segments() { run_pipe "scat -C st -q -t .ts --time-format s --epoch-records 10 $* in.jsonl" 'swindow -q -w 10s count s=sum:.n' 'scat -q -o seg/'; }
	segments
	[ "$status" -eq 0 ]
	[ "$(cd seg && echo *)" = '0000000001.jsonl 0000000002.jsonl 0000000003.jsonl' ] || { ls -la seg; false; }
	cat seg/* >all && rm seg/*
	put 10035 20
	segments --final
	[ "$status" -eq 0 ] || { show; false; }
	[ "$(cd seg && echo *)" = '0000000004.jsonl 0000000005.jsonl 0000000006.jsonl' ] || { ls -la seg; false; }
	want | diff - <(cat all seg/000000000[456].jsonl)
}

@test "rules: a segment that was committed and not published is published by the next run, though it has nothing to add" {
	need_strace
	put 10000 35
	deaths=137
	run_pipe 'scat -C st -q -t .ts --time-format s in.jsonl' 'swindow -q -w 10s count s=sum:.n' "$(killed renameat 5) scat -q -o seg/" || true
	[ "$(epoch)" = 1 ] && [ -z "$(ls seg)" ] || { show; ls -la seg; false; }
	run_pipe 'scat -C st -q -t .ts --time-format s in.jsonl' 'swindow -q -w 10s count s=sum:.n' 'scat -q -o seg/'
	[ "$status" -eq 0 ] && [ "$(cd seg && echo *)" = 0000000001.jsonl ]
	[ "$(wc -l <seg/0000000001.jsonl)" -eq 3 ]
}

@test "rules: what a stage appends to a log is committed with its epoch, not before" {
	need_strace
	need_command sreplay
	put 10000 35
	deaths=137
	# The sink has prepared the second epoch, and dies before it commits it.
	run_pipe 'scat -C st -q -t .ts --time-format s in.jsonl' 'sreplay -q -a log' "$(killed renameat 4) scat -q -o out.jsonl" || true
	[ -e st/1/scat-2 ] && [ "$(epoch)" = 0 ] || { show; ls st/*; false; }
	ok 'sreplay -q --committed log' 'scat -O json'
	[ ! -s out ]
	run_pipe 'scat -C st -q -t .ts --time-format s in.jsonl' 'sreplay -q -a log' 'scat -q -o out.jsonl'
	[ "$status" -eq 0 ] || { show; false; }
	ok 'sreplay -q --committed log' 'scat -O json'
	cmp out in.jsonl && cmp out.jsonl in.jsonl
}

@test "rules: an older epoch that was kept; what was published since must be given up; a savepoint is a checkpoint of its own" {
	put 10000 35
	good --epoch-records 10 --keep-epochs 3
	[ "$(scat --list-checkpoint st -O json | jq -sc 'map(.epoch) | unique')" = '[2,3,4]' ]
	scat -C st --savepoint sp
	[ "$(epoch sp)" = 4 ]
	refused 78 '--discard-output' --from-epoch 2
	refused 78 'is not kept' --from-epoch 1
	good --from-epoch 2 --discard-output --final
	want | diff - out.jsonl
	# The copy goes on by itself, into an output that it knows.
	fails 73 'scat -C st --savepoint sp'
	fails 73 'timeout 60 scat -C st --savepoint st'
	rm -rf st && mv sp st
	good --final
	want | diff - out.jsonl
}

@test "rules: what is seen from outside" {
	put 10000 35
	run_pipe 'scat -C st -t .ts --time-format s --epoch-records 10 --stats src.json in.jsonl' 'swindow -w 10s --stats win.json count s=sum:.n' 'scat -o out.jsonl --stats sink.json'
	[ "$status" -eq 0 ]
	for f in src win sink; do
		jq -e '.epoch == 4 and (.committed == 4 or .committed == 3 and .stage != "scat-2") and .committed_age >= 0 and .committed_age < 60 and .state_bytes > 100 and .state_ms > 0' $f.json
	done
	scat --list-checkpoint st -O json >list
	jq -se 'length == 3 and all(.epoch == 4 and .committed and .bytes > 100) and map(.stage) == ["scat", "scat-2", "swindow"]' list
	jq -se 'map(select(.stage == "scat"))[0] | .command == "scat" and .at[0].path == "in.jsonl" and .at[0].offset == '"$(stat -c %s in.jsonl)" list
	jq -se 'map(select(.stage == "scat-2"))[0] | .at == [{"output":"out.jsonl","length":'"$(stat -c %s out.jsonl)"'}]' list
	jq -se 'map(select(.stage == "swindow"))[0] | .bytes == '"$(stat -c %s st/4/swindow)" list
	jq -se 'all(.age >= 0 and .age < 60)' list
}

@test "rules: a run that meets what a rotation is just making of a log, packed or copied, whole or in part: each line comes once" {
	local pack ext n i
	more() { n=$((n + 100)) && seq $((n - 99)) $n | sed 's/.*/{"n":&,"pad":"12345678901234567890123456789012345678901234567890"}/' >>log; }
	look() {
		run_pipe "scat -C st -q 'log'*" 'scat -q -o got'
		[ "$status" -eq 0 ] || { show; return 1; }
		jq .n got | cmp - <(seq $n) || fail "$pack: $1"
	}
	for pack in gzip 'zstd -q' xz bzip2 cp; do
		rm -rf st log* got
		n=0
		case $pack in gzip) ext=.gz ;; zstd*) ext=.zst ;; xz) ext=.xz ;; bzip2) ext=.bz2 ;; cp) ext=.1 ;; esac
		more && look first
		if [ "$pack" = cp ]; then
			more && cp log log.1 && look 'unread so far'
			head -c 5000 log >log.1 && look 'a part of it'
			cp log log.1 && : >log && more && look 'cut'
			continue
		fi
		more && mv log log.1 && more
		$pack -k log.1 && mv log.1$ext whole
		for i in 0 20 200; do
			head -c $i whole >log.1$ext && look "$i bytes"
		done
		cp whole log.1$ext && look 'both are there'
		rm log.1 && look 'the packed one alone'
		more && look after
	done
}

@test "rules: a log that is rotated beside its output, and beside an archive of all of it: each line comes once" {
	for how in rename copy cut remove; do
		rm -rf st log* got archive
		for i in 1 2 3 4 5; do
			printf '{"n":%d}\n' $i >>log
			run_pipe 'scat -C st -q log' 'scat -q -o got'
			[ "$status" -eq 0 ] || { show; fail "$how"; }
			# Unread so far.
			[ $how != rename ] && [ $how != copy ] || printf '{"n":%d,"late":true}\n' $i >>log
			cat log >>archive
			case $how in
			rename) mv log log.1 ;;
			copy) cp log log.1 && : >log ;;
			cut) : >log ;;
			remove) rm log ;;
			esac
		done
		: >>log
		run_pipe 'scat -C st -q log' 'scat -q -o got'
		run_pipe 'scat -C st -q log' 'scat -q -o got'
		case $how in
		rename | copy) printf '{"n":%d}\n{"n":%d,"late":true}\n' 1 1 2 2 3 3 4 4 5 5 ;;
		*) printf '{"n":%d}\n' 1 2 3 4 5 ;;
		esac | diff - got || fail "$how"
	done
}
