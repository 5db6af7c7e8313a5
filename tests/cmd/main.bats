#!/usr/bin/env bats
# The main job: an access log, windows of an hour by status, against an independent computation.

load ../helper

LOG=weblogs/nginx.log

# job DELAY WINDOW [LEAST STATUS], in seconds
job() {
	local filter=()
	[ $# -lt 3 ] || filter=("sfilter '.status >= $3'")
	run_pipe "scat -i combined -d $1s '$WEIR_DATA/$LOG'" "${filter[@]}" \
		"swindow -w $2s -k .status count sum:.bytes p99:.bytes" 'scat -O json'
	[ "$status" -eq 0 ] || { show; return 1; }
	python3 "$ROOT/tests/cmd/main_oracle.py" "$WEIR_DATA/$LOG" "$1" "$2" "${3:-0}" <out >judged ||
		{ cat judged; return 1; }
	cat judged
	local late
	late=$(sed -n 's/^late: //p' judged)
	if [ "$late" -eq 0 ]; then
		[ ! -s err ] || { show; return 1; }
	else
		err_has "swindow: $late late records left out"
	fi
}

@test "main: every window and key of the real log, nothing late" {
	need_data "$LOG"
	job 60 3600
	grep -qx 'late: 0' judged
}

@test "main: with less delay exactly the records that the watermark left behind are late" {
	need_data "$LOG"
	for d in 0 10 40; do
		job $d 10
		no grep -qx 'late: 0' judged
	done
}

@test "main: the message about late records names a delay that keeps them all" {
	need_data "$LOG"
	job 0 10
	delay=$(sed -n 's/.*; -d \([0-9a-z]*\) at the source.*/\1/p' err)
	[ -n "$delay" ] || { show; false; }
	run_pipe "scat -i combined -d $delay '$WEIR_DATA/$LOG'" 'swindow -w 10s -k .status count' 'scat -O json'
	[ ! -s err ] || { show; false; }
}

@test "main: errors only" {
	need_data "$LOG"
	need_command sfilter
	job 60 3600 400
	grep -qx 'late: 0' judged
}

@test "main: errors only, with late records: what was dropped still moves the watermark" {
	need_data "$LOG"
	need_command sfilter
	job 0 10 400
	job 5 30 404
	no grep -qx 'late: 0' judged
}

@test "main: the log is recognized, and zstd, gzip and a pipe make no difference" {
	need_data "$LOG"
	scat -i combined -d 1m -O json "$WEIR_DATA/$LOG" >want
	[ "$(wc -l <want)" -eq 51462 ]
	gzip -c "$WEIR_DATA/$LOG" >log.gz
	zstd -qc "$WEIR_DATA/$LOG" >log.zst
	for line in "scat -O json '$WEIR_DATA/$LOG'" 'scat -O json log.gz' 'scat -O json log.zst' 'scat -O json <log.gz' \
		'cat log.zst | scat -i combined -O json' "scat '$WEIR_DATA/$LOG' | scat -O json"; do
		ok "$line"
		cmp out want
	done
	ok "scat '$WEIR_DATA/$LOG'" 'scat -O raw'
	cmp out "$WEIR_DATA/$LOG"
}

@test "main: the same bytes for any frame size, pipe size, hash seed and CPU level" {
	need_data "$LOG"
	filter=cat
	[ ! -x "$BUILD_DIR/bin/sfilter" ] || filter="sfilter '.bytes > 100'"
	# The head of the log is enough for frames of one record each.
	head -6000 "$WEIR_DATA/$LOG" >log
	n=0
	for frame in 65536 1 100 4096 1048576; do
		for pipe in 1048576 4096; do
			for cpu in avx2 sse2; do
				n=$((n + 1))
				export WEIR_FRAME_SIZE=$frame WEIR_PIPE_SIZE=$pipe WEIR_CPU=$cpu WEIR_HASH_SEED=$((n * 7919))
				run_pipe 'scat -i combined -d 5s log' "$filter" \
					'swindow -w 10s -k .status,.path,.addr count sum:.bytes p99:.bytes min:.agent --late late --stats s' \
					'scat -O json'
				[ "$status" -eq 0 ] || { show; false; }
				scat -O json late >late.json
				scat -i combined -d 5s -O csv log >log.csv
				[ -s out ]
				[ -s late.json ]
				[ -s log.csv ]
				cat out late.json log.csv err | sha256sum >"sum.$n"
				cmp sum.1 "sum.$n" || { show; fail "frame $frame, pipe $pipe, $cpu"; }
			done
		done
	done
	unset WEIR_FRAME_SIZE WEIR_PIPE_SIZE WEIR_CPU WEIR_HASH_SEED
	[ "$n" -eq 20 ]
}

@test "main: between stages too: the same records and the same watermark before each, however frames are cut" {
	need_data "$LOG"
	head -2000 "$WEIR_DATA/$LOG" >log
	sum() { python3 "$ROOT/tests/cmd/entries.py" | sha256sum; }
	for stages in cat 'scat -O frames' 'swindow -w 1h -k .path,.addr count avg:.bytes' 'swindow -w 1s count'; do
		scat -i combined -d 1m log | eval "$stages" | sum >want
		for env in WEIR_PIPE_SIZE=4096 WEIR_FRAME_SIZE=1 WEIR_FRAME_SIZE=500 WEIR_CPU=sse2 WEIR_HASH_SEED=1; do
			export "${env?}"
			scat -i combined -d 1m log | eval "$stages" | sum >got
			unset "${env%%=*}"
			cmp want got || fail "$stages: $env"
		done
	done
}
