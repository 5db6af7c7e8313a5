# What the bats files of the commands share. Loaded by: load helper, or load ../helper

bats_require_minimum_version 1.5.0

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD_DIR=${BUILD_DIR:-$ROOT/build}
[[ $BUILD_DIR = /* ]] || BUILD_DIR=$ROOT/$BUILD_DIR
WEIR_DATA=${WEIR_DATA:-$ROOT/../shared/data}
export ROOT BUILD_DIR WEIR_DATA
export PATH="$BUILD_DIR/bin:$PATH" PYTHONPATH="$ROOT/tests"
export TZ=UTC LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 PYTHONUTF8=1
unset WEIR_FRAME_SIZE WEIR_PIPE_SIZE WEIR_HASH_SEED WEIR_CPU WEIR_SPILL_EVERY JOURNAL_STREAM NO_COLOR COLUMNS

setup() {
	T=$BATS_TEST_TMPDIR
	export T
	cd "$T" || return 1
}

# Skips the test unless these files of the data directory are there.
need_data() {
	local f
	for f; do
		[ -e "$WEIR_DATA/$f" ] || skip "no data"
	done
}

# Skips what measures memory where the sanitizers take most of it.
need_lean() {
	[ -z "${WEIR_SAN-}" ] || skip "sanitizers"
}

# Generated cases, each of them processes: under the sanitizers, which take long to start, a quarter.
cases() {
	[ -z "${WEIR_SAN-}" ] || set -- $(($1 / 4))
	echo "$1"
}

need_command() {
	[ -x "$BUILD_DIR/bin/$1" ] || skip "no $1 in this build"
}

fail() {
	printf '%s\n' "$@"
	return 1
}

# no CMD...: fails if the command succeeds (a leading "!" alone would not end a test).
no() { ! "$@"; }

show() {
	printf 'statuses: %s\n' "${statuses[*]}"
	printf 'stdout (%s bytes): ' "$(stat -c %s out)"
	head -c 2000 out
	printf '\nstderr: '
	head -c 2000 err
}

# A death by signal is never an expected error, but those in $deaths (141: SIGPIPE), and that of a writer
# whose reader has failed: whether it was still writing then is a matter of timing.
no_deaths() {
	local i s
	for ((i = 0; i < ${#statuses[@]}; i++)); do
		s=${statuses[i]}
		[ "$s" -lt 128 ] && continue
		[[ $s = 141 && ${statuses[*]:i+1} = *[1-9]* ]] && continue
		[[ " $deaths " == *" $s "* ]] || { show; fail "a process died of signal $((s - 128))"; return 1; }
	done
}

# run_pipe CMD...: the commands, each a piece of shell text, as one pipeline. Leaves the files out and err,
# the array statuses, and in status the first that is not 0 (or 0).
run_pipe() {
	local line='' part s
	statuses=()
	for part; do
		line+="${line:+ | }{ $part"$'\n'"}"
	done
	{ eval "$line; statuses=(\"\${PIPESTATUS[@]}\")" || true; } >out 2>err
	status=0
	for s in "${statuses[@]}"; do
		[ "$status" -ne 0 ] || status=$s
	done
	no_deaths
}

# ok CMD...: a pipeline in which every command ends with status 0 and says nothing.
ok() {
	run_pipe "$@" || return 1
	[ "$status" -eq 0 ] && [ ! -s err ] || { show; return 1; }
}

# fails STATUS CMD: one command that ends with that status.
fails() {
	local want=$1
	shift
	run_pipe "$@" || return 1
	[ "${statuses[-1]}" -eq "$want" ] || { show; fail "expected status $want"; return 1; }
}

# out_is TEXT, err_is TEXT: all of it, but the last line's end. err_has TEXT: somewhere.
out_is() { diff <(printf '%s\n' "$1") out; }
err_is() { diff <(printf '%s\n' "$1") err; }
err_has() { grep -qF -- "$1" err || { show; fail "no message: $1"; return 1; }; }
err_lacks() { ! grep -qF -- "$1" err || { show; fail "unwanted message: $1"; return 1; }; }

# judge PROGRAM ARG...: a Python judge of tests/; its output is shown when it fails.
judge() {
	run python3 "$ROOT/tests/$1" "${@:2}"
	echo "$output"
	[ "$status" -eq 0 ]
}
