#!/usr/bin/env bats
# Lines under a checkpoint that are stopped and gone on with: following, every format, golden files, what is told of them.

load ../helper

@test "resume: -f is killed while it waits, takes epochs though its directory is busy, ends well at SIGTERM" {
	need_lean
	judge cmd/resume.py follow 0
}

@test "resume: a new run waits for what is left of the old one to drain, and goes on behind its last commit" {
	need_lean
	strace -qq -o /dev/null true 2>/dev/null || skip "strace is missing, or may not trace"
	judge cmd/resume.py drain 0
}

@test "resume: a line whose epochs come and go is listed and saved while it runs" { judge cmd/resume.py watched 0; }

@test "resume: a source that has nothing to read takes part in its sister's epochs" { judge cmd/resume.py sisters 0; }

# The stages of tests/data/golden/make, as one run over the whole input; or resuming, if there are options.
golden_line() {
	scat -q "$@" -d 30s in.csv | sfilter '.bytes > 3' |
		swindow -q -w 2m -k .who count sum:.bytes avg:.bytes p50:.bytes distinct:.note
}

@test "resume: a checkpoint of every format version is gone on with" {
	local d
	for d in "$ROOT"/tests/data/golden/*/; do
		rm -rf g && cp -r "$d" g && cd g
		chmod 700 st
		# The output came to a place in the middle, so both halves are looked at.
		[ "$(cat out/* | wc -l)" -gt 5 ]
		golden_line | scat -o want.jsonl
		golden_line -C st --epoch-records 16 --final | scat -o out/
		cat out/* | diff - want.jsonl
		[ "$(wc -l <want.jsonl)" -gt 20 ]
		cd ..
	done
}

@test "resume: a checkpoint of every format version is gone on with: sdedup, with and without --spill" {
	local d spill
	[ "$(echo | "$BUILD_DIR/tests/spill" probe 2>&1)" != ready ] || spill='--spill store'
	for d in "$ROOT"/tests/data/golden/*/; do
		for s in '' "$spill"; do
			rm -rf g && cp -r "$d" g && cd g
			chmod 700 dedup/st
			[ "$(cat dedup/out/* | wc -l)" -eq 17 ]
			scat -q -d 30s in.csv | sdedup -q -k .who --within 90s | scat -o want.jsonl
			scat -q -C dedup/st --epoch-records 16 --final -d 30s in.csv | WEIR_SPILL_EVERY=2 sdedup -q -k .who --within 90s $s |
				scat -o dedup/out/
			cat dedup/out/* | diff - want.jsonl
			[ "$(wc -l <want.jsonl)" -gt 20 ]
			cd ..
		done
	done
}

# golden_join LEFT-OPTIONS RIGHT-OPTIONS SJOIN-OPTIONS
golden_join() {
	sjoin -q -k .who -w 45s --type full $3 <(scat -q -d 30s $1 in.csv) <(scat -q -d 30s $2 in.csv)
}

@test "resume: a checkpoint of every format version is gone on with: sjoin, with and without --spill" {
	local d spill both='-C join/st --sources 2 --epoch-records 16 --final'
	[ "$(echo | "$BUILD_DIR/tests/spill" probe 2>&1)" != ready ] || spill='--spill store'
	for d in "$ROOT"/tests/data/golden/*/; do
		for s in '' "$spill"; do
			rm -rf g && cp -r "$d" g && cd g
			chmod 700 join/st
			[ "$(cat join/out/* | wc -l)" -eq 52 ]
			golden_join | scat -o want.jsonl
			WEIR_SPILL_EVERY=5 golden_join "$both --id left" "$both --id right" "$s" | scat -q -o join/out/
			cat join/out/* | diff - want.jsonl
			[ "$(wc -l <want.jsonl)" -gt 70 ]
			cd ..
		done
	done
}

@test "resume: a stream of every format version is read" {
	local d
	for d in "$ROOT"/tests/data/golden/*/; do
		scat -O json "$d/stream" | diff - "$d/stream.json"
		[ "$(wc -l <"$d/stream.json")" -eq 60 ]
	done
}

@test "resume: a state of a version to come is refused" {
	cp -r "$ROOT/tests/data/golden/1" g
	chmod 700 g/st
	judge cmd/resume.py newer 0
	cp g/in.csv .
	mv g/out segments
	run_pipe 'scat -q -C g/st -d 30s --final in.csv' "sfilter '.bytes > 3'" \
		'swindow -q -w 2m -k .who count sum:.bytes avg:.bytes p50:.bytes distinct:.note' 'scat -o segments/' || true
	[ "${statuses[2]}" -eq 78 ] || { show; false; }
	err_has 'a newer weir wrote its state (version 99'
}
