#!/usr/bin/env bats
# time/agg.h and what it is made of, judged by models in Python; the sketches by exact results on real data.

load ../helper

# exact_in_python FILE FIELD...: of each field how many values, how many are different, and the counts, as JSON.
exact_in_python() {
	python3 -c '
import collections, json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
for name in sys.argv[2:]:
    c = collections.Counter(json.dumps(r[name]) for r in records if r.get(name) is not None)
    print(json.dumps({"different": len(c), "counts": c}))' "$@"
}

# aggregates TEXT: what the program prints for the commands, spaces for tabs.
aggregates() {
	run bash -c "tr ' ' '\t' <<<'$1' | '$BUILD_DIR/tests/agg'"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "agg: generated cases: sliced, merged, saved and loaded at random, as the models say" { judge lib/agg_oracle.py cases 800; }
@test "agg: the same with other cases" { judge lib/agg_oracle.py cases 400 2; }
@test "agg: the errors of sketches of many values are within what the page says" { judge lib/agg_oracle.py rough; }
@test "agg: states with wrong bytes are refused or taken, without harm" { judge lib/agg_oracle.py damage 150; }

@test "agg: a value of the wrong type is refused by those that can't take it, and counts for the others" {
	aggregates 'use count sum:.x max:.x corr:.x:.y distinct:.x hist:.x ewma:.x:1s
add 0 1 "a" 1
add 0 2 2 "b"
add 0 3 null 3
add 0 4 1e400 -
get 0 0 10'
	[ "$output" = 'bad sum:.x needs a number in .x
bad corr:.x:.y needs numbers in .x and .y
bad hist:.x needs a number in .x
bad ewma:.x:1s needs a number in .x
bad corr:.x:.y needs numbers in .x and .y
bad hist:.x needs a number in .x
[4,1.7976931348623157e+308,"a",null,3,[{"from":2,"to":3,"count":1}],1.7976931348623157e+308]' ]
}

@test "agg: a condition that fails makes the record bad; false, null and no output leave it out" {
	aggregates 'use count?.x>1 count?.x count?(.x|tonumber)>0
add 0 1 2 1
add 0 2 0 1
add 0 3 "z" 1
add 0 4 - 1
get 0 0 10'
	[ "${lines[0]}" = 'bad count?(.x|tonumber)>0: z (while parsing '"'z'"') cannot be parsed as a number' ] ||
		[[ ${lines[0]} == 'bad count?(.x|tonumber)>0: '* ]]
	[ "${lines[-1]}" = '[2,3,1]' ]
}

@test "agg: what is written wrong is refused with the reason" {
	aggregates 'use cuont
use sum
use count:.x:.y
use corr:.x
use ewma:.x
use ewma:.x:soon
use ewma:.x:0s
use top:.x
use top0:.x
use top1001:.x
use list:.x:0
use p101:.x
use sum:.x,.y
use sum:x[
use count?
use =count
use rate:.x
use count?.x>'
	[ "$output" = 'no: no aggregate "cuont"; did you mean "count"?
no: sum needs a field: sum:.field
no: count takes no more than count[:.field]
no: corr needs corr:.field:.field
no: ewma needs ewma:.field:DURATION
no: "soon" is no half-life: it does not begin with a digit
no: "0s" is no half-life: it is 0
no: no aggregate "top"; did you mean "top5"?
no: no aggregate "top0"; top1 to top1000
no: no aggregate "top1001"; top1 to top1000
no: "0" is no number from 1 to 1000000
no: no aggregate "p101"
no: ".x,.y": one path only
no: "x[": expected a number or a name in quotes, and "]"
no: an expression is missing behind "?"
no: a name is missing before "="
no: rate takes no more than rate
no: ".x>": the program ends too early; expected an expression' ]
}

@test "agg: the last and the first of one time go by arrival; the greatest that stands first wins" {
	aggregates 'use first:.x last:.x argmax:.x:.y argmin:.x:.y delta:.x
add 0 5 1 "a"
add 0 5 3 "b"
add 0 4 3 "c"
add 0 5 1 "d"
add 0 4 2 null
get 0 0 10'
	[ "$output" = '[3,1,"c","a",-2]' ]
}

@test "agg: variance is the double nearest to the exact one, though the numbers are far from 0" {
	aggregates 'use var:.x stddev:.x
add 0 1 1000000000000000 -
add 0 1 1000000000000001 -
add 0 1 1000000000000002 -
add 1 1 99999999999999999999 -
add 1 1 99999999999999999999 -
get 0 0 10
get 1 0 10'
	[ "$output" = '[1,1]
[0,0]' ]
}

@test "agg: distinct and top of real sessions, against exact results" {
	need_data zeek/ssl.json.gz
	zcat "$WEIR_DATA/zeek/ssl.json.gz" >ssl
	exact_in_python ssl uid id.orig_p id.resp_h >exact
	scat -i json -t .ts -d 1h ssl >frames
	for exact in '' --exact; do
		swindow $exact -w 52w 'distinct:.["uid"]' 'b=distinct:.["id.orig_p"]' 'c=distinct:.["id.resp_h"]' \
			'd=top10:.["id.resp_h"]' 'e=top10:.["id.orig_p"]' <frames | scat -O json >"got$exact"
	done
	python3 - <<-'END'
	import json
	from collections import Counter
	exact = [json.loads(line) for line in open("exact")]
	rough, whole = json.load(open("got")), json.load(open("got--exact"))
	for name, e in zip(("distinct_uid", "b", "c"), exact):
	    assert whole[name] == e["different"], name
	    print(name, e["different"], rough[name], "%.2f %%" % (100 * (rough[name] / e["different"] - 1)))
	    assert rough[name] == e["different"] if e["different"] <= 1024 else abs(rough[name] / e["different"] - 1) < 3 * 0.0081
	for name, e in (("d", exact[2]), ("e", exact[1])):
	    counts = Counter(e["counts"])
	    most = [c for _, c in counts.most_common(10)]
	    assert [v["count"] for v in whole[name]] == most, name
	    for v in whole[name]:
	        assert counts[json.dumps(v["value"])] == v["count"], name
	    n = sum(counts.values())
	    for v in rough[name]:
	        true = counts[json.dumps(v["value"])]
	        assert 0 <= v["count"] - true <= v.get("error", 0) <= n // 1000, (name, v, true)
	    assert len(counts) > 1000 or rough[name] == whole[name]
	END
}

@test "agg: quantiles of real requests are within 1 %, and exact with --exact" {
	need_data weblogs/nginx.log
	scat -i combined -d 1h "$WEIR_DATA/weblogs/nginx.log" >frames
	scat -O json frames | jq -r .bytes | sort -n >bytes
	for exact in '' --exact; do
		swindow $exact -w 52w p10:.bytes p50:.bytes p90:.bytes p99:.bytes p99.9:.bytes <frames | scat -O json >"got$exact"
	done
	python3 - <<-'END'
	import json, math
	from fractions import Fraction
	values = [int(line) for line in open("bytes")]
	rough, whole = json.load(open("got")), json.load(open("got--exact"))
	assert len(values) > 50000
	for q in ("10", "50", "90", "99", "99.9"):
	    name = "p%s_bytes" % q.replace(".", "_")
	    want = values[math.ceil(Fraction(q) / 100 * len(values)) - 1]
	    assert whole[name] == want, name
	    print(name, want, rough[name])
	    assert abs(rough[name] - want) <= want * 0.01, name
	END
}

@test "agg: hourly mean and deviation of a sensor, as exact arithmetic has them" {
	need_data nab/machine_temperature_system_failure.csv
	# An offset behind the times: they have none, and are taken as UTC by both.
	sed 's/ \([0-9:]*\),/T\1Z,/' "$WEIR_DATA/nab/machine_temperature_system_failure.csv" >t.csv
	scat -i csv -t .timestamp -d 1h t.csv | swindow -w 1h -q count avg:.value var:.value stddev:.value | scat -O json >got
	python3 - <<-'END'
	import csv, json, math
	from fractions import Fraction
	ONE = 10 ** 20
	def whole(s):
	    a, _, b = s.partition(".")
	    assert a.isdigit() and len(b) <= 20 and not b.strip("0123456789"), s
	    return int(a + b.ljust(20, "0"))
	hours = {}
	for r in csv.DictReader(open("t.csv")):
	    hours.setdefault(r["timestamp"][:13], []).append(whole(r["value"]))
	got = [json.loads(line) for line in open("got")]
	assert len(got) == len(hours) > 1000
	for g in got:
	    v = hours[g["start"][:13]]
	    n, sum1 = len(v), sum(v)
	    assert g["count"] == n and g["avg_value"] == float(Fraction(sum1, n * ONE)), g
	    if n < 2:
	        assert g["var_value"] is None and g["stddev_value"] is None
	        continue
	    var = Fraction(n * sum(x * x for x in v) - sum1 * sum1, n * (n - 1) * ONE * ONE)
	    assert abs(g["var_value"] - float(var)) <= 1e-12 * float(var), (g, float(var))
	    assert abs(g["stddev_value"] - math.sqrt(float(var))) <= 1e-12 * math.sqrt(float(var)), g
	END
	# The same by sqlite3, whose sums are doubles.
	sqlite3 :memory: '.mode csv' '.import t.csv t' '.mode list' \
		'create table hours as select substr(timestamp, 1, 13) h, count(*) n, avg(value) avg from t group by 1' \
		'create index by_hour on hours(h)' "select h, n, avg, sqrt(sum((value - avg) * (value - avg)) / (n - 1))
		from t join hours on h = substr(timestamp, 1, 13) where n > 1 group by h order by h" >want
	jq -r 'select(.count > 1) | [.start[:13], .count, .avg_value, .stddev_value] | join("|")' got |
		awk -F'|' 'function near(a, b) { return a - b <= 1e-9 * b && b - a <= 1e-9 * b }
			(getline line <"want") <= 0 { exit 1 } { split(line, w); if ($1 != w[1] || $2 != w[2] || !near($3, w[3]) || !near($4, w[4])) exit 1 }
			END { if (NR < 1000) exit 1 }' || fail "sqlite3 has it otherwise"
	# The page's example: the hours in which it varied most are in one of the anomalies that somebody labelled.
	cp t.csv machine.csv
	page=$(sed -n 's/^[$] \(scat machine.csv | .*\)/\1/p' "$ROOT/man/swindow.1" | sed "s/\\\\(aq/'/g")
	eval "$page" | scat -O json | jq -r '.start[:19] | sub("T"; " ")' >strange
	[ -s strange ]
	while read -r hour; do
		jq -e --arg h "$hour" '.[keys[] | select(contains("machine_temperature"))] | any(.[]; .[0] <= $h and $h <= .[1])' \
			"$WEIR_DATA/nab/combined_windows.json" >/dev/null || fail "$hour"
	done <strange
}
