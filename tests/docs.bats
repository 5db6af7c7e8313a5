#!/usr/bin/env bats
# README.md, the manual pages and the completions: what they show is what is printed,
# and they know the options that there are.

load helper

commands='scat sfilter swindow sjoin sdedup sreplay'

# The options of a command, a line each: from its help, and from its page.
helped() {
	"$1" --help | awk '/^  (-., |    )--/ {
		for (i = 1; i <= 2; i++) if ($i ~ /^-/) { sub(/,$/, "", $i); print $i }
	}
	/^  more: / { more = 1 }
	more && NF == 0 { more = 0 }
	more { for (i = 1; i <= NF; i++) if ($i ~ /^--/) print $i }' | sort -u
}

paged() {
	awk '/^\.It Fl / {
		gsub(/ , Fl /, " Fl ")
		for (i = 2; i <= NF; i++) if ($i == "Fl") print "-" $(i + 1)
	}' "$ROOT/man/$1.1" | sort -u
}

@test "README.md: every example prints what it shows" {
	python3 "$ROOT/tests/docs.py" "$ROOT/README.md"
}

@test "the pages: every example prints what it shows" {
	for page in "$ROOT"/man/*; do
		python3 "$ROOT/tests/docs.py" "$page"
	done
}

@test "docs.py tells a difference, on both outputs and in the status" {
	for shown in "a\nc" "a" "scat: a\na\nb" "a\nb\nscat: c"; do
		printf '```console\n$ printf "a\\\\nb\\\\n"\n%b\n```\n' "$shown" >wrong.md
		run -1 python3 "$ROOT/tests/docs.py" wrong.md
	done
	printf '```console\n$ printf "a\\\\nb\\\\n"; exit 3\na\nb\n$ echo $?\n3\n```\n' >right.md
	python3 "$ROOT/tests/docs.py" right.md
}

@test "the pages pass mandoc's lint, and have the sections that a page has" {
	run -0 mandoc -Tlint -W warning "$ROOT"/man/*
	[ -z "$output" ]
	for page in "$ROOT"/man/*; do
		for section in NAME DESCRIPTION EXAMPLES 'SEE ALSO'; do
			grep -qx ".Sh $section" "$page"
		done
	done
	for page in "$ROOT"/man/*.1; do
		for section in SYNOPSIS 'EXIT STATUS' ENVIRONMENT; do
			grep -qx ".Sh $section" "$page"
		done
	done
}

@test "a page's references are pages of weir's, or other programs'" {
	grep -h '^\.Xr' "$ROOT"/man/* | awk '{ print $2 "." $3 }' | sort -u >refs
	for ref in $(grep -E '^(weir|scat|sfilter|swindow|sjoin|sdedup|sreplay)' refs); do
		[ -e "$ROOT/man/$ref" ]
	done
}

@test "a command's page has its options, and no others" {
	for c in $commands; do
		helped "$c" >help
		[ "$(wc -l <help)" -gt 10 ]
		paged "$c" | diff help -
	done
}

@test "the completions know each command's options, and no others" {
	for c in $commands; do
		helped "$c" >help
		bash -c 'compopt() { :; }; . "$1"; COMP_WORDS=("$2" -) COMP_CWORD=1; "_weir_$2"; printf "%s\n" "${COMPREPLY[@]}"' \
			- "$ROOT/completions/weir.bash" "$c" | sort -u | diff help -
		awk -v c="$c" '$1 == "complete" && ($3 == c || $3 == "$c") || $2 == "-c" && $3 == "$c" {
			for (i = 1; i < NF; i++) {
				if ($i == "-s") print "-" $(i + 1)
				if ($i == "-l") print "--" $(i + 1)
			}
		}' "$ROOT/completions/weir.fish" | sort -u | diff help -
		awk -v c="$c" '$0 == "common=(" || $0 == c ")" { on = 1; next } /^\t;;|^\)/ { on = 0 }
			on && match($0, /\{[^}]*\}/) {
				n = split(substr($0, RSTART + 1, RLENGTH - 2), o, ",")
				for (i = 1; i <= n; i++) { gsub(/[=+]/, "", o[i]); print o[i] }
				next
			}
			on && match($0, /--[a-z-]+/) { print substr($0, RSTART, RLENGTH) }' \
			"$ROOT/completions/_weir" | sort -u | diff help -
	done
}

# The completions that bash offers for the words given, the last one being typed.
offered() {
	bash -c 'compopt() { :; }; . "$1"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); "_weir_$1"
		printf "%s\n" "${COMPREPLY[@]}"' - "$ROOT/completions/weir.bash" "$@" | sort | tr '\n' ' '
}

@test "bash completes choices, files, aggregates and --option=value" {
	touch access.log late.weir
	[ "$(offered scat -O '')" = 'csv frames json logfmt raw table tsv ' ]
	[ "$(offered scat --output-format = j)" = 'json ' ]
	[ "$(offered scat --output-format =)" = 'csv frames json logfmt raw table tsv ' ]
	[ "$(offered scat acc)" = 'access.log ' ]
	[ "$(offered scat -n '')" = ' ' ]
	[ "$(offered sfilter --engine '')" = 'auto jq native ' ]
	[ "$(offered sfilter acc)" = ' ' ]
	[ "$(offered swindow -w 1m p9)" = 'p90: p95: p99.9: p99: ' ]
	[ "$(offered swindow --late la)" = 'late.weir ' ]
	[ "$(offered swindow -w 1m --on-error = s)" = 'skip ' ]
	[ "$(offered sjoin --type '')" = 'anti full inner left right semi ' ]
	[ "$(offered sjoin --table acc)" = 'access.log ' ]
	[ "$(offered sjoin -k .id -w 5m la)" = 'late.weir ' ]
}

@test "the choices in the completions are those that the commands take" {
	for f in weir.bash _weir weir.fish; do
		for words in 'json csv tsv logfmt combined common nginx: apache: regex: lines frames auto' \
			'frames json csv tsv logfmt table raw' 's ms us ns' 'skip fail' 'auto always never' 'auto native jq' 'inner left right full semi anti'; do
			sed 's/\\:/:/g' "$ROOT/completions/$f" | grep -qF "$words"
		done
	done
	for f in json csv tsv logfmt combined common 'nginx:$host' apache:%h 'regex:(?<a>.)' lines; do
		run -0 scat -i "$f" /dev/null
	done
	for f in frames json csv tsv logfmt table raw; do
		run -0 scat -i json -O "$f" /dev/null
	done
	for a in count sum:.x avg:.x min:.x max:.x median:.x p50:.x p90:.x p95:.x p99:.x p99.9:.x; do
		run -0 swindow -w 1m "$a" --explain
		grep -qF "${a%%:*}" "$ROOT/completions/_weir"
		grep -qF "${a%%.x}" "$ROOT/completions/weir.bash" || grep -qF "${a%%:*}" "$ROOT/completions/weir.bash"
	done
}

@test "the walk through a stream shows the bytes that scat writes" {
	dir=$ROOT/examples/stream-format
	(cd "$dir" && scat -d 1s -O frames tiny.jsonl) >now
	# The run id, and the checksums of the hello's payload and header.
	cmp -l "$dir/tiny.weir" now | awk '{ at = $1 - 1 } !(at >= 46 && at < 62 || at >= 28 && at < 36) { bad = 1 }
		END { exit bad }'
	[ "$(wc -c <now)" -eq 376 ]
}
