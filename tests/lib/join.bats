#!/usr/bin/env bats
# time/join.h: what comes out of a join, and in which order, is what its definition says.

load ../helper

@test "join: intervals, tumbling windows and as of, of every type, agree with the definition pair by pair" {
	for seed in 1 2; do
		judge lib/join_oracle.py "$BUILD_DIR/tests/join" 120 $seed
		# Late records are in it.
		[[ $output =~ ([0-9]+)\ cases,\ ([0-9]+)\ rows,\ ([0-9]+)\ late ]]
		[ "${BASH_REMATCH[1]}" -eq 1920 ] && [ "${BASH_REMATCH[2]}" -gt 20000 ] && [ "${BASH_REMATCH[3]}" -gt 2000 ]
	done
}

@test "join: the same whatever the hash seed" {
	for seed in 3 4; do
		WEIR_HASH_SEED=$seed judge lib/join_oracle.py "$BUILD_DIR/tests/join" 20 3
	done
}

# lines LINE...: what the program prints of these.
lines() {
	printf '%s\n' "$@" | "$BUILD_DIR/tests/join"
}

@test "join: an unmatched row waits for the watermark, a match does not" {
	# Left at 10, partners up to 15: at 15 one can still come, at 16 none.
	run -0 lines 'case 0 1 5 5 1 0' 'l 10 a' 'w 15' 'w 16' end
	[ "$output" = $'least 10\n10 0 -\nleast 16\nleft 0' ]
	run -0 lines 'case 0 1 5 5 1 0' 'l 10 a' 'r 14 a' 'w 14' 'w 15' end
	[ "$output" = $'least 10\n14 0 0\nleast 15\nleft 0' ]
	# A row of a later time does not overtake it, though it is known to be matched.
	run -0 lines 'case 0 1 5 5 1 0' 'l 10 a' 'l 11 b' 'r 11 b' 'w 15' 'w 16' end
	[ "$output" = $'least 10\n10 0 -\n11 1 0\nleast 16\nleft 0' ]
}

@test "join: times near the ends of 64 bits" {
	low=-9223372036854775807 high=9223372036854775806
	run -0 lines "case 0 3 10 10 1 0" "l $low a" "r $low a" "l $high a" "r $high a" end
	[ "$output" = "$low 0 0"$'\n'"$high 1 1"$'\n'"left 0" ]
	run -0 lines "case 1 3 0 0 1000 0" "l $low a" "r $low a" "l $high a" "r $high a" end
	[ "$output" = "$low 0 0"$'\n'"$high 1 1"$'\n'"left 0" ]
	run -0 lines "case 2 1 0 0 1 9223372036854775807" "r $low a" "l $high a" end
	[ "$output" = "$high 0 0"$'\nleft 0' ]
}
