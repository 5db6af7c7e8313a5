#!/usr/bin/env bats
# base/civil.h and base/zone.h: calendar time, judged by Python's datetime and zoneinfo, by
# the C library's strptime, and by a conformance suite.

setup() {
	export BUILD_DIR="${BUILD_DIR:-$BATS_TEST_DIRNAME/../../build}"
	export PYTHONDONTWRITEBYTECODE=1
	export WEIR_DATA="${WEIR_DATA:-$BATS_TEST_DIRNAME/../../../shared/data}"
}

judge() {
	run python3 "$BATS_TEST_DIRNAME/civil_oracle.py" "$@"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "civil: RFC 3339's date-time, as JSON Schema's suite sees it" {
	[ -e "$WEIR_DATA/conformance/json-schema-formats/date-time.json" ] || skip "no data"
	judge vectors 0
}

@test "civil: JSON Schema's dates and times, but for those that we can't hold" {
	[ -e "$WEIR_DATA/conformance/json-schema-formats/time.json" ] || skip "no data"
	judge dates 0
}

@test "zone: as the C library's localtime and mktime have it, gaps and hours that come twice too" { judge libc 10000; }
@test "civil: ends of the range, refusals, specs, names of zones" { judge edges 0; }
@test "civil: RFC 3339 and its kin, strict and not, in ten zones" { judge rfc 10000; }
@test "civil: web servers' logs" { judge clf 10000; }
@test "civil: numbers in four units, and the unit guessed" { judge number 8000; }
@test "civil: days, dates and text" { judge calendar 4000; }
@test "civil: patterns as the C library's strptime reads them" { judge pattern 8000; }
@test "civil: patterns with fractions and offsets" { judge fraction 4000; }
@test "zone: ten zones from 1900 to 2100, both directions" { judge zone 6000; }
@test "zone: the rule alone as a name" { judge rule 4000; }
@test "zone: the calendar repeats after 400 years" { judge far 3000; }
@test "zone: each kind of date in a rule, and summer all year" { judge allyear 0; }
@test "zone: files of version 1" { judge old 2000; }
@test "zone: damaged files are refused or harmless" { judge damage 300; }
