#!/usr/bin/env bats
# The law of the house: what style.md's habits say of headers, names, floors and files.

load helper

CC=${CC:-cc}

# The floors, ground first; a room includes only rooms of its own floor or below.
FLOORS='base frame text expr state time ckpt log stage'

floor_of() {
	local i=0 f
	for f in $FLOORS; do
		[ "$f" != "$1" ] || { echo $i; return; }
		i=$((i + 1))
	done
	return 1
}

@test "house: every header compiles alone" {
	n=0
	for h in "$ROOT"/lib/*/*.h "$ROOT"/cmd/*/*.h; do
		printf '#include "%s"\n#include "%s"\n' "$h" "$h" >alone.c
		"$CC" -std=c11 -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 -Wall -Wextra -Wpedantic -Werror -Wno-unused-function \
			-fsyntax-only -I"$ROOT/lib" alone.c || fail "$h"
		n=$((n + 1))
	done
	[ "$n" -gt 30 ]
}

@test "house: every header is guarded by its path, and begins with what it is" {
	for h in "$ROOT"/lib/*/*.h; do
		guard=$(echo "${h#"$ROOT"/lib/}" | tr 'a-z/.' 'A-Z__')
		grep -q "^#ifndef WEIR_$guard$" "$h" || fail "$h: no WEIR_$guard"
		[ "$(head -1 "$h")" = '/*' ] && sed -n 2p "$h" | grep -q "^ \* $(basename "$h" .h) - " || fail "$h"
	done
	for c in "$ROOT"/lib/*/*.c; do
		[ "$(head -1 "$c")" = '/*' ] || fail "$c"
	done
}

@test "house: exported names carry weir_ and the prefix of their file or room" {
	# The other half of a file, named in its header: an end is what a hello's stream ends with.
	cat >allowed <<-'END'
		frame/hello weir_end_decode
		frame/hello weir_end_encode
		frame/hello weir_end_release
		text/table weir_emit_table_ops
	END
	for c in "$ROOT"/lib/*/*.c; do
		file=${c#"$ROOT"/lib/}
		nm -g --defined-only "$BUILD_DIR/lib/${file%.c}.o" | awk -v f="${file%.c}" 'NF == 3 { print f, $3 }'
	done >list
	[ "$(wc -l <list)" -gt 200 ]
	while read -r file name; do
		room=${file%%/*} noun=${file##*/}
		case $name in
		weir_"${noun%%_*}" | weir_"${noun%%_*}"_* | weir_"${noun%%_*}"s_* | weir_"$room"_*) ;;
		# The sanitizers' own.
		__asan* | __odr_asan* | _ZTI*) ;;
		*) grep -qx "$file $name" allowed || echo "$file: $name" ;;
		esac
	done <list >strange
	[ ! -s strange ] || { cat strange; false; }
	# None of those allowed is a memory of former times.
	[ "$(sort list | comm -12 - allowed | wc -l)" -eq "$(wc -l <allowed)" ]
}

@test "house: the shared library exports nothing else" {
	nm -D -g --defined-only "$BUILD_DIR"/lib/libweir.so | awk '{ print $3 }' | grep -v '^weir_' |
		grep -Ev '^(__asan|__odr_asan|_init$|_fini$)' >strange || true
	[ ! -s strange ] || { cat strange; false; }
}

@test "house: rooms include only their own floor and those below" {
	n=0
	for f in "$ROOT"/lib/*/*.[ch]; do
		room=$(basename "$(dirname "$f")")
		mine=$(floor_of "$room") || fail "$f: no floor called $room"
		while read -r included; do
			theirs=$(floor_of "${included%%/*}") || fail "$f includes $included, of no floor"
			[ "$theirs" -le "$mine" ] || fail "$f includes $included, of a higher floor"
			n=$((n + 1))
		done < <(sed -n 's/^#include "\(.*\)"$/\1/p' "$f" | grep /)
	done
	[ "$n" -gt 100 ]
}

@test "house: no include goes in circles" {
	for f in "$ROOT"/lib/*/*.h; do
		sed -n "s|^#include \"\(.*/.*\)\"$|${f#"$ROOT"/lib/} \1|p" "$f"
	done >edges
	[ -s edges ]
	tsort edges >/dev/null
}

@test "house: below stage nobody prints or exits, but for what talks to its user" {
	for f in "$ROOT"/lib/{base,frame,text,expr,state,time}/*.c; do
		case ${f#"$ROOT"/lib/} in
		base/say.c | base/opt.c | base/mem.c) continue ;;
		# A process of its own: it ends by itself.
		expr/jqworker.c | expr/jq*.c) continue ;;
		esac
		! grep -nE '(^|[^a-z_])(printf|fprintf|puts|perror|exit|_exit|abort) ?\(' "$f" | grep -v 'format(printf' |
			grep -v '^[0-9]*:.*__attribute__' || [ "${f##*/}" = sys.c ] || fail "$f"
	done
	! grep -nE 'weir_say|base/opt.h' "$ROOT"/lib/{frame,text,state,time}/*.[ch] || false
}

@test "house: nothing is left over: marks, trailing blanks, tabs where they belong, paths of this machine" {
	cd "$ROOT"
	files=$(find cmd lib man tests completions examples -type f \( -name '*.[ch1-9]' -o -name '*.bats' -o -name '*.bash' -o -name '*.py' \
		-o -name '_weir' -o -name '*.fish' \) ! -path 'tests/house.bats')
	[ "$(echo "$files" | wc -l)" -gt 100 ]
	for mark in TODO FIXME XXX HACK; do
		! grep -nw "$mark" $files || fail "$mark"
	done
	! grep -nE '[ 	]+$' $(echo "$files" | grep '\.[ch]$') || fail 'trailing blanks'
	! grep -nE '(^|[^a-z.])/(work|home|root)/' $files || fail 'a path of some machine'
	! grep -nE '(^|[;&| 	])sleep [0-9]' $(echo "$files" | grep '\.bats$') || fail 'a sleep in a test'
}

@test "house: files and functions have a size that can be read" {
	for f in "$ROOT"/lib/*/*.c; do
		[ "$(wc -l <"$f")" -le 480 ] || fail "$f: $(wc -l <"$f") lines"
	done
	for d in "$ROOT"/cmd/*/; do
		awk '/^main\(/ { on = 1; n = 0 } on { n++ } on && /^}/ { if (n > 60) { print FILENAME ": main has", n, "lines"; bad = 1 } on = 0 }
			END { exit bad }' "$d"main.c
	done
	awk '/^\{/ { on = 1; n = 0 } on { n++ } on && /^}/ { if (n > 90) { print FILENAME ":" FNR ": a function of", n, "lines"; bad = 1 } on = 0 }
		END { exit bad }' "$ROOT"/lib/*/*.c "$ROOT"/cmd/*/*.c
}

@test "house: the usage lines of --help are those of the manual page" {
	for c in scat sfilter swindow sjoin sdedup sreplay; do
		[ -x "$BUILD_DIR/bin/$c" ] || continue
		"$c" --help | awk '/^usage: / { on = 1; sub(/^usage: /, "") } on && !NF { exit } on' |
			sed 's/^ *//; s/   .*//; s/\([A-Z]\)\.\.\./\1 .../g' >usage
		mandoc -T ascii -O width=500 "$ROOT/man/$c.1" | col -bx | sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' | sed '1d; $d; /^$/d; s/^ *//' >synopsis
		[ -s usage ]
		diff usage synopsis || fail "$c"
	done
}

@test "house: the statuses that the pages tell are those of status.h, and weir(7) tells all that can come" {
	sed -n 's/^\tWEIR_EX_[A-Z]* = \([0-9]*\),\{0,1\}.*/\1/p' "$ROOT/lib/base/status.h" | sort -n >statuses
	[ "$(wc -l <statuses)" -ge 11 ]
	for page in "$ROOT"/man/*.1; do
		sed -n '/^\.Sh EXIT STATUS/,/^\.Sh [^E]/s/^\.It \([0-9]*\)$/\1/p' "$page" >told
		[ "$(wc -l <told)" -ge 5 ]
		while read -r st; do
			grep -qx "$st" statuses || fail "$page: $st"
		done <told
	done
	sed -n '/^\.Sh EXIT STATUS/,/^\.Sh [^E]/s/^\.It \([0-9]*\)$/\1/p' "$ROOT/man/weir.7" | sort -n >told
	# Those that no code uses yet needn't be there.
	while read -r name st; do
		! grep -rqw "$name" "$ROOT"/cmd "$ROOT"/lib/{base,stage,text,frame}/*.c || echo "$st"
	done < <(sed -n 's/^\t\(WEIR_EX_[A-Z]*\) = \([0-9]*\).*/\1 \2/p' "$ROOT/lib/base/status.h") | sort -n | diff - told
}
