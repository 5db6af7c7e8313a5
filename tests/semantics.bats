#!/usr/bin/env bats
# The worked tables of windows and joins, from other engines' public tests, and their traps: semantics/NAME.in is fed to NAME.cmd,
# which must write NAME.out; the messages must begin with NAME.err, or there are none.

load helper

table() {
	local d=$BATS_TEST_DIRNAME/semantics
	run_pipe "bash -e -o pipefail '$d/$1.cmd' <'$d/$1.in'"
	[ "$status" -eq 0 ] || { show; return 1; }
	diff "$d/$1.out" out
	if [ -e "$d/$1.err" ]; then
		cut -c 1-"$(($(wc -c <"$d/$1.err") - 1))" err | diff "$d/$1.err" -
	else
		[ ! -s err ] || { show; return 1; }
	fi
}

@test "semantics: Flink's tumbling windows" { table flink; }
@test "semantics: Kafka's suppressed windows, grace 1" { table kafka-1; }
@test "semantics: Kafka's suppressed windows, grace 2" { table kafka-2; }
@test "semantics: Spark's watermark" { table spark; }
@test "semantics: offsets" { table offsets; }
@test "semantics: alignment of days and weeks" { table aligned; }
@test "semantics: what is late is judged record by record" { table late; }
@test "semantics: Flink's hopping windows" { table flink-hopping; }
@test "semantics: Flink's cumulating windows" { table flink-cumulating; }
@test "semantics: sessions" { table sessions-1; }
@test "semantics: sessions that late records bridge" { table sessions-2; }
@test "semantics: a session bridged after its result" { table bridge; }
@test "semantics: sessions without lateness overlap" { table overlap; }
@test "semantics: the exact end" { table end; }
@test "semantics: results are corrected" { table corrections; }
@test "semantics: early results" { table early; }
@test "semantics: days and weeks across both changes of the clock" { table clock; }

@test "semantics: duplicates within a time" { table dedup; }
@test "semantics: the last of duplicates within a time" { table dedup-last; }

@test "semantics: Flink's interval join" { table flink-interval; }
@test "semantics: Flink's temporal join" { table flink-asof; }
@test "semantics: Kafka's join of streams" { table kafka-join; }
@test "semantics: Spark's join of streams" { table spark-join; }

@test "semantics: every table is run" {
	for f in "$BATS_TEST_DIRNAME"/semantics/*.cmd; do
		grep -q "{ table $(basename "$f" .cmd); }" "$BATS_TEST_DIRNAME/semantics.bats" || fail "$f"
	done
}
