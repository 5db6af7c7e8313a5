#!/usr/bin/env bats
# Conformance vectors of the stream: tests/vectors/NAME.hex is a stream, the files beside it say what must come of
# it. tests/vectors/make.py wrote them, by the format's description alone.

load helper

V=$BATS_TEST_DIRNAME/vectors

setup_file() {
	python3 - "$V" "$BATS_FILE_TMPDIR" <<-'END'
	import os, sys
	for name in os.listdir(sys.argv[1]):
	    if name.endswith(".hex"):
	        with open(os.path.join(sys.argv[1], name)) as f, open(os.path.join(sys.argv[2], name[:-4]), "wb") as out:
	            out.write(bytes.fromhex(f.read()))
	END
}

unhex() { cp "$BATS_FILE_TMPDIR/$1" "$T/stream"; }

# The names of the vectors with a file of this kind.
each() {
	local f
	for f in "$V"/*."$1"; do
		basename "$f" ".$1"
	done
}

want_status() { cat "$V/$1.status" 2>/dev/null || echo 0; }

@test "vectors: there are valid and invalid ones" {
	[ "$(each hex | wc -l)" -ge 70 ]
	[ "$(each why | wc -l)" -ge 30 ]
}

@test "vectors: records come out as JSON" {
	for name in $(each json); do
		[ ! -e "$V/$name.why" ] || continue
		unhex "$name"
		run_pipe 'scat -O json <stream'
		[ "$status" -eq "$(want_status "$name")" ] || { show; fail "$name"; }
		[ ! -s err ] || { show; fail "$name"; }
		cmp out "$V/$name.json" || fail "$name"
	done
}

@test "vectors: passed through as frames they mean the same" {
	for name in $(each json); do
		[ ! -e "$V/$name.why" ] || continue
		unhex "$name"
		for options in '' '-z 1'; do
			run_pipe "scat -O frames $options <stream" 'scat -i frames -O json'
			[ "${statuses[0]} ${statuses[1]}" = "$(want_status "$name") $(want_status "$name")" ] || { show; fail "$name"; }
			cmp out "$V/$name.json" || fail "$name"
		done
	done
}

@test "vectors: frames of any size mean the same" {
	for name in $(each json); do
		[ ! -e "$V/$name.why" ] || continue
		unhex "$name"
		run_pipe 'WEIR_FRAME_SIZE=1 scat -O frames <stream' 'scat -i frames -O json'
		cmp out "$V/$name.json" || fail "$name"
	done
}

@test "vectors: what is wrong is refused, with its message and status 76" {
	for name in $(each why); do
		unhex "$name"
		for to in json frames; do
			# What is only passed on is not looked into slot by slot.
			[[ $to = json || $name != bad-slot-* ]] || continue
			run_pipe "scat -i frames -O $to <stream"
			[ "$status" -eq 76 ] || { show; fail "$name"; }
			diff <(sed "s/^/scat: standard input: /" "$V/$name.why") err || fail "$name"
		done
	done
}

@test "vectors: before what is wrong, only whole and right records come out" {
	for name in $(each why); do
		unhex "$name"
		run_pipe 'scat -i frames -O json <stream'
		if [ -e "$V/$name.json" ]; then
			cmp out "$V/$name.json" || fail "$name"
		else
			[ ! -s out ] || { show; fail "$name"; }
		fi
	done
}

@test "vectors: a stage refuses them too and its output says so" {
	for name in $(each why); do
		unhex "$name"
		run_pipe 'swindow -w 1m count <stream' 'scat -i frames -O json'
		[ "${statuses[*]}" = '76 76' ] || { show; fail "$name"; }
		[ ! -s out ] || { show; fail "$name"; }
	done
}

@test "vectors: watermarks pass through: what is late stays late" {
	python3 - >stream <<'END'
import sys, stream as s
sec = 10 ** 9
def r(t): return s.values(7, [(s.NUMBER, str(t))], time=t * sec)
sys.stdout.buffer.write(s.hello() + s.shape(7, s.VALUES, ["n"]) + s.data([r(1), s.watermark(10 * sec), r(3), r(12),
    s.watermark(8 * sec), r(13), r(9)]) + s.end())
END
	for middle in 'cat' 'scat -O frames' 'WEIR_FRAME_SIZE=1 scat -O frames' 'scat -z 3 -O frames'; do
		run_pipe 'cat stream' "$middle" 'swindow -w 10s list=count min:.n max:.n' 'scat -O json'
		[ "$status" -eq 0 ]
		out_is '{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:00:10Z","list":1,"min_n":1,"max_n":1}
{"start":"1970-01-01T00:00:10Z","end":"1970-01-01T00:00:20Z","list":2,"min_n":12,"max_n":13}'
		err_has 'swindow: 2 late records left out'
	done
}

@test "vectors: they are what make.py writes" {
	python3 "$V/make.py" --check
}
