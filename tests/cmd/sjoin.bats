#!/usr/bin/env bats
# sjoin: two streams by interval, window or as of; a stream and a table. The worked tables of other engines are in
# ../semantics.bats, the join as a room in ../lib/join.bats.

load ../helper

# Two small inputs, in seconds.
inputs() {
	cat >l <<-'E'
		{"t":1,"k":"a","n":1}
		{"t":5,"k":"b","n":2}
		{"t":9,"k":null,"n":3}
		{"t":10,"n":4}
		{"t":20,"k":"a","n":5}
	E
	cat >r <<-'E'
		{"t":2,"k":"a","m":1}
		{"t":3,"k":"a","m":2}
		{"t":9,"k":null,"m":3}
		{"t":30,"k":"c","m":4}
	E
}

read_as() { scat -q -i json -t .t --time-format s "$@"; }
export -f read_as

# join ARG...: l and r, joined, as JSON.
join() {
	run_pipe "sjoin $* <(read_as l) <(read_as r)" 'scat -O json'
	[ "$status" -eq 0 ] && [ ! -s err ] || { show; return 1; }
}

# streams, against SQL

@test "sjoin: intervals of every type agree with sqlite3, out-of-order and late records included" {
	judge cmd/sjoin_oracle.py "$(cases 500)" 11 interval
	[ "$(grep -c "interval .*: $(cases 500) cases" <<<"$output")" -eq 6 ]
	no grep -q ' 0 late' <<<"$output"
}

@test "sjoin: tumbling windows of every type agree with sqlite3" {
	judge cmd/sjoin_oracle.py "$(cases 500)" 12 tumbling
	[ "$(grep -c "tumbling .*: $(cases 500) cases" <<<"$output")" -eq 6 ]
}

@test "sjoin: as of, with and without a tolerance, agrees with sqlite3" {
	judge cmd/sjoin_oracle.py "$(cases 500)" 13 asof
	[ "$(grep -c "asof .*: $(cases 500) cases" <<<"$output")" -eq 4 ]
}

@test "sjoin: 200 runs with producers that stop at random moments write the same bytes" {
	judge cmd/sjoin_delays.py "$(cases 200)"
	[ "$(grep -c "$(cases 100) runs, [0-9]* lines, the same" <<<"$output")" -eq 2 ]
}

@test "sjoin: Zeek's TLS sessions and what its analyzers say of them" {
	need_data zeek/ssl.json.gz zeek/analyzer.json.gz
	ssl=$WEIR_DATA/zeek/ssl.json.gz analyzer=$WEIR_DATA/zeek/analyzer.json.gz
	ok "sjoin -k .uid -w 20s <(scat -d 15m $ssl) <(scat -d 15m $analyzer)" 'scat -O json' 'jq -r "[.uid, .ts, .right_ts] | @csv"' 'sort'
	[ "$(wc -l <out)" -eq 15775 ]
	for side in ssl analyzer; do
		gzip -dc "${!side}" | jq -r '[.uid, .ts, (.ts | (.[:19] + "Z" | fromdate) + ("0" + .[19:-1] | tonumber))] | @csv' >$side.csv
	done
	sqlite3 :memory: '.mode csv' 'create table l(uid, ts, t real)' 'create table r(uid, ts, t real)' '.import ssl.csv l' '.import analyzer.csv r' \
		'select l.uid, l.ts, r.ts from l join r on l.uid = r.uid and abs(r.t - l.t) <= 20' | tr -d '"\r' | sort >want
	tr -d '"' <out | sort | diff -q want -
	[ "$(cut -d, -f1 want | sort -u | wc -l)" -eq 15755 ]
	ok "sjoin -k .uid -w 20s --type semi <(scat -d 15m $ssl) <(scat -d 15m $analyzer)" 'scat -O json'
	[ "$(wc -l <out)" -eq 15755 ]
}

@test "sjoin: each trade of a coin with the newest trade of a share not later" {
	need_data trades/btc.csv trades/nasdaq.csv
	run_pipe "sjoin --asof -k one=1 --type left <(scat $WEIR_DATA/trades/btc.csv) <(scat $WEIR_DATA/trades/nasdaq.csv)" 'scat -O json' \
		'jq -r "[.timestamp, .price, .right_timestamp, .id, .right_price] | map(tostring) | join(\"|\")"'
	[ "$status" -eq 0 ] || show
	sqlite3 :memory: '.mode csv' ".import $WEIR_DATA/trades/btc.csv b" ".import $WEIR_DATA/trades/nasdaq.csv n" \
		'create table l as select rowid as i, cast(timestamp as text) ts, max(timestamp) over (order by rowid) as m, price from b' \
		'create table r as select rowid as i, timestamp ts, max(timestamp) over (order by rowid) as m, id, price from n' \
		'create index ri on r(ts, i)' '.mode list' \
		'select l.ts, cast(l.price as real), r.ts, r.id, cast(r.price as real) from l left join r on r.i = (select i from r where r.ts = r.m and r.ts <= l.ts order by r.ts desc, i desc limit 1) where l.ts = l.m order by l.ts, l.i' |
		tr -d '\r' >want
	[ "$(wc -l <want)" -gt 5800 ]
	python3 - <<-'E'
		def rows(name):
		    for line in open(name):
		        a = line.rstrip("\n").split("|")
		        yield a[0], float(a[1]), a[2], a[3], float(a[4])
		assert list(rows("want")) == list(rows("out"))
	E
}

# keys

@test "sjoin: keys are paths, pairs of paths, several, and expressions with a name" {
	inputs
	join -k .k -w 2s
	out_is '{"t":1,"k":"a","n":1,"right_t":2,"m":1}
{"t":1,"k":"a","n":1,"right_t":3,"m":2}'
	sed 's/"k"/"key"/' r >r2 && mv r2 r
	join -k .k=.key -w 2s
	out_is '{"t":1,"k":"a","n":1,"right_t":2,"m":1}
{"t":1,"k":"a","n":1,"right_t":3,"m":2}'
	join -k .k=.key,.n=.m -w 2s
	out_is '{"t":1,"k":"a","n":1,"right_t":2}'
	join -k .k=.key -k .n=.m -w 2s
	out_is '{"t":1,"k":"a","n":1,"right_t":2}'
	join -k "'up=(.k // .key) | if . then ascii_upcase else . end'" -w 1s
	out_is '{"t":1,"k":"a","n":1,"up":"A","right_t":2,"key":"a","m":1}'
	join -k '.[\"k\"]=key' -w 1s
	out_is '{"t":1,"k":"a","n":1,"right_t":2,"m":1}'
}

@test "sjoin: numbers match by value, not strings; null and missing match nothing" {
	printf '{"t":%s,"k":%s,"n":%s}\n' 1 1 1 2 1.0 2 3 '"1"' 3 4 null 4 5 '[1,{"a":2,"b":1}]' 5 >l
	printf '{"t":6,"k":%s,"m":%s}\n' 1e0 1 '"\u0031"' 2 null 3 '[1.0,{"b":1,"a":2.0}]' 4 >r
	join -k .k -w 9s
	[ "$(jq -c '[.n, .m]' out | tr '\n' ' ')" = '[1,1] [2,1] [3,2] [5,4] ' ]
}

@test "sjoin: a key that is null in every record of an input while a field bears its name: a warning" {
	printf '{"t":1,"id.orig":"a"}\n' | tee l >r
	run_pipe 'sjoin -k id.orig -w 1s <(read_as l) <(read_as r)' 'scat -O json'
	message=", but there is a field of that name: write -k '.[\"id.orig\"]'"
	err_is "sjoin: -k id.orig was null in every record of the left input$message
sjoin: -k id.orig was null in every record of the right input$message"
	join -k "'.[\"id.orig\"]'" -w 1s
	[ "$(wc -l <out)" -eq 1 ]
}

# names and order of fields

@test "sjoin: what is unmatched, of each type; names don't depend on a match where right ones may be alone" {
	inputs
	join -k .k -w 1s --type left
	out_is '{"t":1,"k":"a","n":1,"right_t":2,"m":1}
{"t":5,"k":"b","n":2}
{"t":9,"k":null,"n":3}
{"t":10,"n":4}
{"t":20,"k":"a","n":5}'
	join -k .k -w 1s --type full
	out_is '{"t":1,"k":"a","n":1,"right_t":2,"right_m":1}
{"k":"a","right_t":3,"right_m":2}
{"t":5,"k":"b","n":2}
{"t":9,"k":null,"n":3}
{"k":null,"right_t":9,"right_m":3}
{"t":10,"n":4}
{"t":20,"k":"a","n":5}
{"k":"c","right_t":30,"right_m":4}'
	join -k .k -w 1s --type right --prefix r.
	out_is '{"t":1,"k":"a","n":1,"r.t":2,"r.m":1}
{"k":"a","r.t":3,"r.m":2}
{"k":null,"r.t":9,"r.m":3}
{"k":"c","r.t":30,"r.m":4}'
	join -k .k -w 1s --type semi
	out_is '{"t":1,"k":"a","n":1}'
	join -k .k -w 1s --type anti
	[ "$(jq -c .n out | tr '\n' ' ')" = '2 3 4 5 ' ]
	# A record alone comes out as it came.
	printf '{ "t" : 1, "k" : "\\u0061" }\n' >l
	join -k .k -w 0 --type anti
	cmp out l
}

@test "sjoin: --nest, a prefix twice, a computed key whose name left has" {
	inputs
	join -k .k -w 1s --nest --type full
	[ "$(sed -n 1p out)" = '{"left":{"t":1,"k":"a","n":1},"right":{"t":2,"k":"a","m":1}}' ]
	[ "$(sed -n 2p out)" = '{"right":{"t":3,"k":"a","m":2}}' ]
	[ "$(sed -n 3p out)" = '{"left":{"t":5,"k":"b","n":2}}' ]
	printf '{"t":1,"k":"a","right_t":0}\n' >l
	join -k .k -w 1s
	out_is '{"t":1,"k":"a","right_t":0,"right_right_t":2,"m":1}'
	join -k k=.k -w 1s
	out_is '{"t":1,"k":"a","right_t":0,"right_right_t":2,"right_k":"a","m":1}'
}

@test "sjoin: records of many shapes, long ones, CSV beside JSON" {
	python3 -c '
import json
for i in range(3000):
    r = {"t": i, "k": i, "f%d" % (i % 1500): "x" * (5000 if i % 100 == 0 else 5)}
    print(json.dumps(r))' >l
	python3 -c '
print("t,k,v")
for i in range(3000):
    print("%d,%d,\"a \"\"%d\"\"\"" % (i, i, i))' >r
	run_pipe "sjoin -k .k -w 1s <(read_as l) <(scat -i csv -t .t --time-format s r)" 'scat -O json'
	[ ! -s err ]
	python3 - <<-'E'
		import json
		out = [json.loads(line) for line in open("out")]
		assert len(out) == 3000
		for i, r in enumerate(out):
		    assert r == {"t": i, "k": i, "f%d" % (i % 1500): "x" * (5000 if i % 100 == 0 else 5), "right_t": i, "v": 'a "%d"' % i}, r
	E
}

@test "sjoin: what comes out can be windowed: its event time is the later one, its watermark holds" {
	inputs
	run_pipe 'sjoin -k .k -w 1s --type full <(read_as l) <(read_as r)' 'swindow -w 10s count' 'scat -O json'
	[ ! -s err ]
	[ "$(jq -c .count out | tr '\n' ' ')" = '5 1 1 1 ' ]
}

# late records

@test "sjoin: a record below its input's watermark is counted, kept, not joined" {
	printf '{"t":%d,"k":"a","n":%d}\n' 10 1 5 2 11 3 >l
	printf '{"t":%d,"k":"a","input":%d}\n' 10 1 30 2 28 3 >r
	run_pipe 'sjoin -k .k -w 20s --late late <(read_as l) <(read_as -d 1s r)' 'scat -O json'
	[ "$status" -eq 0 ]
	[ "$(jq -c '[.n, .input]' out | tr '\n' ' ')" = '[1,1] [3,1] [1,2] [3,2] ' ]
	err_is 'sjoin: 1 late record of l (left) left out, up to 5s behind the watermark; -d 5s at its source would have kept it; see late
sjoin: 1 late record of r (right) left out, up to 1s behind the watermark; -d 2s at its source would have kept it; see late'
	[ "$(scat -O json late | sort)" = '{"t":28,"k":"a","input":3,"late_input":"right"}
{"t":5,"k":"a","n":2,"input":"left"}' ]
	printf '{"t":%d,"k":"a","input":%d,"late_input":%d}\n' 10 1 1 5 2 2 >n
	run_pipe 'sjoin -q -k .k -w 1s --late late <(read_as n) <(read_as n)' 'scat -O json'
	[ "$(scat -O json late | tail -n 1)" = '{"t":5,"k":"a","input":2,"late_input":2,"late_late_input":"right"}' ]
	run_pipe 'sjoin -k .k -w 20s -q --stats stats <(read_as l) <(read_as -d 2s r)' 'scat -O json'
	[ ! -s err ]
	[ "$(jq -c '[.matched, .late]' stats)" = '[6,1]' ]
}

@test "sjoin: a record without an event time is bad" {
	inputs
	echo '{"k":"a"}' >>l
	run_pipe 'sjoin -k .k -w 1s --rejects bad <(read_as l) <(read_as r)' 'scat -O json'
	[ "$status" -eq 0 ]
	err_has "a record without an event time can't be joined by it"
	[ "$(wc -l <bad)" -eq 1 ]
	printf '{"k":"a"}\n' | tee l >r
	run_pipe 'sjoin -k .k -w 1s <(scat l) <(scat r)' 'scat -O json'
	err_has 'no record had an event time: name its field with scat -t PATH'
}

@test "sjoin: memory is bounded, by what is kept and not by what passed" {
	python3 -c '
for i in range(60000): print("{\"t\":%d,\"k\":%d,\"pad\":\"%s\"}" % (i, i % 97, "x" * 100))' | tee l >r
	join -k .k -w 2s --type anti --max-memory 1MiB
	[ ! -s out ]
	run_pipe 'sjoin -k .k -w 1h --max-memory 1MiB <(read_as l) <(read_as r)' 'scat -O json'
	[ "${statuses[0]}" -eq 71 ]
	err_has 'records that are kept take more than --max-memory 1 MiB: a shorter interval or less -d need less, --spill DIR moves them to disk'
}

# --spill

need_spill() {
	[ "$(echo | "$BUILD_DIR/tests/spill" probe 2>&1)" = ready ] || skip "built without RocksDB"
	rmdir probe
}

@test "sjoin: --spill: sqlite3 agrees where everything goes to disk all the time, and comes back" {
	need_spill
	export MODEL_SPILL=store WEIR_SPILL_EVERY=9
	judge cmd/sjoin_oracle.py "$(cases 200)" 9
	[ "$(grep -c ": $(cases 200) cases" <<<"$output")" -eq 16 ]
	[ -z "$(ls -A store)" ]
}

@test "sjoin: --spill changes no byte where long rows of few and many keys wait for long" {
	need_spill
	for f in l r; do
		python3 - $f >$f <<-'E'
			import random, sys
			r, t = random.Random(sys.argv[1]), 1000
			for i in range(1500 if sys.argv[1] == "l" else 1100):
			    t += r.choice([0, 0, 1, 1, 2, 5])
			    k = r.choice(["null", '"hot"' if r.random() < .2 else '"k%d"' % r.randrange(90), '"k%d"' % r.randrange(90)])
			    late = r.randrange(40) if i % 7 == 3 else 500 if i % 401 == 400 else 0
			    print('{"t":%d,"k":%s,"%s":%d,"pad":"%s"}' % (t - late, k, sys.argv[1], i, "x" * r.randrange(600)))
		E
	done
	while read -r args; do
		run_pipe "sjoin -q -k .k $args <(read_as -d 30s l) <(read_as -d 30s r)" 'scat -O json'
		mv out want
		[ "$(wc -l <want)" -gt 90 ]
		run_pipe "sjoin -q -k .k $args --spill store --max-memory 64KiB --stats s <(read_as -d 30s l) <(read_as -d 30s r)" 'scat -O json'
		[ "$status" -eq 0 ] || { show; false; }
		cmp want out || fail "$args"
		jq -e '.spilled > 700' s || fail "$args: $(cat s)"
	done <<-'E'
		-w 5m
		--before 10m --after 0 --type left
		--tumbling 10m --type full
		-w 5m --type right
		-w 5m --type semi
		--before 0 --after 10m --type anti
		--asof --type left
		--asof --tolerance 1m
	E
	[ -z "$(ls -A store)" ]
}

@test "sjoin: --spill: a join that needs many times its --max-memory, in bounded memory" {
	need_spill
	need_lean
	awk 'BEGIN { for (i = 0; i < 120000; i++) printf "{\"t\":%d,\"k\":%d,\"pad\":\"%0200d\"}\n", i, (i * 7919) % 120011, i }' >l
	awk 'BEGIN { for (i = 0; i < 120000; i++) printf "{\"t\":%d,\"k\":%d}\n", i, ((i - 90000) * 7919) % 120011 }' >r
	read_as l >l.w
	read_as r >r.w
	run_pipe 'sjoin -k .k -w 30h --max-memory 8MiB l.w r.w' 'wc -c'
	[ "${statuses[0]}" -eq 71 ] || { show; false; }
	ok 'sjoin -k .k -w 30h l.w r.w' 'scat -O json' md5sum
	mv out want
	ok 'sjoin -k .k -w 30h --max-memory 8MiB --spill store --stats s l.w r.w' 'scat -O json' md5sum
	diff want out
	jq -e '.records_out > 25000 and .spilled > 100000 and .peak_memory < 72 * 1024 * 1024' s || fail "$(cat s)"
}

@test "sjoin: --spill on real data: Zeek's TLS sessions and what its analyzers say of them, within a day" {
	need_spill
	need_data zeek/ssl.json.gz zeek/analyzer.json.gz
	scat -d 15m "$WEIR_DATA/zeek/ssl.json.gz" >l.w
	scat -d 15m "$WEIR_DATA/zeek/analyzer.json.gz" >r.w
	for args in '-w 20s' '-w 1d --type full'; do
		ok "sjoin -q -k .uid $args l.w r.w" 'scat -O json'
		mv out want
		ok "sjoin -q -k .uid $args --spill store --max-memory 1MiB --stats s l.w r.w" 'scat -O json'
		cmp want out || fail "$args"
	done
	jq -e '.spilled > 10000 and .matched >= 15775' s || fail "$(cat s)"
}

@test "sjoin: --spill: a table larger than --max-memory; read again" {
	need_spill
	python3 - <<-'E'
		import random
		r = random.Random(4)
		with open("big.csv", "w") as f:
		    f.write("id,v\n" + "".join("%d,v%d\n" % (r.randrange(15000), i) for i in range(10000)))
		with open("in.json", "w") as f:
		    f.write("".join('{"n":%d,"id":%d}\n' % (i, r.randrange(15000)) for i in range(20000)))
	E
	for args in '--table big.csv --type left' '--table big.csv --type semi' '--table big.csv --reload --type anti'; do
		ok 'scat in.json' "sjoin -q -k id $args" 'scat -O json'
		mv out want
		ok 'scat in.json' "sjoin -q -k id $args --max-memory 100KiB --spill store --stats s" 'scat -O json'
		cmp want out || fail "$args"
		jq -e '.spilled > 5000' s || fail "$(cat s)"
	done
	ok 'scat in.json' "sjoin -q -k id --table big.csv --max-memory 100MiB --spill store --stats s" 'scat -O json'
	jq -e '.spilled == 0' s
	[ -z "$(ls -A store)" ]
}

@test "sjoin: --spill: a disk that takes no more is status 74, what can't be its directory 73" {
	need_spill
	need_lean
	seq 50000 | awk '{ p = ""; for (i = 0; i < 30; i++) p = p rand(); printf "{\"t\":1,\"k\":%d,\"p\":\"%s\"}\n", $1, p }' >l
	tac l >r
	read_as -d 1h l >l.w
	read_as -d 1h r >r.w
	for args in '-w 1s l.w r.w' '--asof l.w r.w' '--table l <r.w'; do
		run_pipe "(ulimit -f 1024; exec sjoin -q -k .k --max-memory 500KiB --spill store $args)" 'scat -q -O json'
		[ "${statuses[0]}" -eq 74 ] || { show; false; }
		err_has 'sjoin: --spill: store/weir-spill-'
		[ -z "$(ls -A store)" ]
	done
	: >file
	fails 73 'sjoin -k .k -w 1s --spill file l.w r.w'
	err_has 'sjoin: --spill: file: '
}

@test "sjoin: late behind an idle input: what would have kept it is said, and it is no -d of its own" {
	mkfifo lp rp
	# 9 comes out alone when the right one has fallen silent; by then 9.5 is late.
	sjoin -k .k -w 1s --type left --late late <(scat -i json -O frames <lp) <(scat -i json -d 3s --idle 1ms -O frames <rp) 2>err |
		scat -O json >out &
	exec 6>lp 7>rp
	printf '{"ts":%d,"k":"a"}\n' 9 20 >&6
	printf '{"ts":%d,"k":"b"}\n' 8 2 >&7
	await_lines out 1
	printf '{"ts":%s,"k":"a"}\n' 9.5 >&7
	exec 6>&- 7>&-
	wait %%
	out_is '{"ts":9,"k":"a"}
{"ts":20,"k":"a"}'
	err_is 'sjoin: 2 late records of (stdin) (right) left out, up to 11s behind the watermark; -d 6s at its source would have kept it, but for 1: it was idle, and the other went on: a longer --idle at its source, or -d 11s at the other'"'"'s, would have kept it; see late'
}

# tables

table() {
	cat >hosts.csv <<-'E'
		host,dc,n
		a,fra,1
		b,ams,2
		,none,3
		a,lon,4
	E
	cat >in <<-'E'
		{"t":1,"host":"a","n":7}
		{"t":2,"host":"b"}
		{"t":3,"host":"c"}
		{"t":4}
	E
}

@test "sjoin: a table's columns, the last row of a key; what it left out is counted" {
	table
	run_pipe 'read_as in' 'sjoin -k .host --table hosts.csv' 'scat -O json'
	out_is '{"t":1,"host":"a","n":7,"dc":"lon","right_n":4}
{"t":2,"host":"b","dc":"ams","n":2}'
	err_is 'sjoin: hosts.csv: 1 row has a later one with the same key, which holds'
	printf '{"host":null}\n{"dc":1}\n{bad\n{"host":"c","dc":"x"}\n' >hosts.json
	run_pipe 'read_as in' 'sjoin -k .host --table hosts.json --type left' 'scat -O json'
	out_is '{"t":1,"host":"a","n":7}
{"t":2,"host":"b"}
{"t":3,"host":"c","dc":"x"}
{"t":4}'
	err_has 'sjoin: hosts.json: 1 bad row was left out; the first: hosts.json:3: '
	err_has 'sjoin: hosts.json: 2 rows without the key left out'
	run_pipe 'read_as in' 'sjoin -k .host --table hosts.json --on-error fail' 'scat -O json'
	[ "${statuses[1]}" -eq 65 ]
	# A row whose key can't be computed is bad as well.
	run_pipe 'read_as in' 'sjoin -k "d=.n | ascii_upcase" --table hosts.csv --on-error fail' 'scat -O json'
	[ "${statuses[1]}" -eq 65 ]
	err_has 'sjoin: hosts.csv: -k d=.n | ascii_upcase: ascii_upcase input must be a string'
}

@test "sjoin: a table whose producer failed is no table: its status, not fewer rows" {
	table
	printf '{"host":"a","dc":"fra"}\nbad\n{"host":"b","dc":"ams"}\n' >hosts.json
	fails 65 'scat -q -i json --on-error fail -O frames hosts.json >hosts.weir'
	for t in hosts.weir '<(cat hosts.weir)' '<(sfilter true <hosts.weir)'; do
		run_pipe 'read_as in' "sjoin -k .host --type left --table $t" 'scat -O json'
		[ "${statuses[1]}" -eq 65 ]
		err_has ': not all of the table: scat failed with status 65: '
		[ ! -s out ]
	done
	mkdir dir
	cp hosts.weir dir/1
	run_pipe 'read_as in' 'sjoin -k .host --type anti --table-dir dir' 'scat -O json'
	[ "${statuses[1]}" -eq 65 ]
	[ ! -s out ]
}

@test "sjoin: a table in any format, compressed, as a weir stream; types, keys of several columns" {
	table
	for type in inner left semi anti; do
		run_pipe 'read_as in' "sjoin -q -k .host --table hosts.csv --type $type" 'scat -O json'
		mv out want
		zstd -qf hosts.csv && gzip -kf hosts.csv && scat hosts.csv >hosts.weir && scat -O json hosts.csv >hosts.json
		for t in hosts.csv.zst hosts.csv.gz hosts.weir hosts.json; do
			run_pipe 'read_as in' "sjoin -q -k .host --table $t --type $type" 'scat -O json'
			cmp out want
		done
		for t in '-i frames --table hosts.weir' '--table <(cat hosts.weir)' '--table <(cat hosts.csv.gz)'; do
			run_pipe 'read_as in' "sjoin -q -k .host $t --type $type" 'scat -O json'
			cmp out want
		done
	done
	out_is '{"t":3,"host":"c"}
{"t":4}'
	zstd -qf hosts.weir
	run_pipe 'read_as in' 'sjoin -k .host --table hosts.weir.zst' 'scat -O json'
	[ "${statuses[1]}" -eq 66 ]
	err_has 'hosts.weir.zst: a weir stream inside zstd: unpack it first'
	head -c 300 hosts.weir >cut.weir
	run_pipe 'read_as in' 'sjoin -k .host --table cut.weir' 'scat -O json'
	[ "${statuses[1]}" -eq 76 ]
	err_has 'cut.weir: a damaged weir stream, at offset'
	ok 'read_as in' 'sjoin -k .host,.n --table hosts.csv' 'scat -O json'
	[ ! -s out ]
	ok 'read_as in' 'sjoin -q -k .host=.dc --table hosts.csv --type anti' 'scat -O json'
	[ "$(wc -l <out)" -eq 4 ]
	printf 'x a 1\nx b 2\n' >lines
	ok 'read_as in' "sjoin -k .host -i 'regex:x (?<host>.) (?<v>.)' --table lines" 'scat -O json'
	out_is '{"t":1,"host":"a","n":7,"v":1}
{"t":2,"host":"b","v":2}'
}

@test "sjoin: a stream of a hundred thousand records and a table of ten thousand rows, against sqlite3" {
	python3 - <<-'E'
		import random
		r = random.Random(4)
		with open("big.csv", "w") as f:
		    f.write("id,v\n" + "".join("%d,v%d\n" % (r.randrange(15000), i) for i in range(10000)))
		with open("in.json", "w") as f:
		    f.write("".join('{"n":%d,"id":%d}\n' % (i, r.randrange(15000)) for i in range(100000)))
	E
	jq -r '[.n, .id] | @csv' in.json >in.csv
	sqlite3 :memory: '.mode csv' 'create table l(n int, id int)' '.import in.csv l' '.import big.csv b' \
		'create table r as select cast(id as int) id, v from b where rowid in (select max(rowid) from b group by id)' 'create index ri on r(id)' \
		'select n, l.id, v from l left join r on l.id = r.id order by n' | tr -d '"\r' >want
	ok 'scat in.json' 'sjoin -q -k id --table big.csv --type left' 'scat -O csv --columns n,id,v'
	tail -n +2 out | cmp - want
	ok 'scat in.json' 'sjoin -q -k id --table big.csv --type semi --stats stats' 'scat -O json'
	[ "$(jq -c '[.matched, .rows, .loads]' stats)" = "[$(wc -l <out),$(cut -d, -f1 big.csv | tail -n +2 | sort -u | wc -l),1]" ]
}

@test "sjoin: a directory of segments, the last value of a key wins" {
	printf '{"ts":%d,"k":"%s","v":%d}\n' 1 a 1 2 b 1 3 a 2 4 b 2 5 c 1 >log
	run -0 bash -c "scat -C st --epoch-records 2 log | scat -o view/"
	[ "$(ls view | wc -l)" -ge 2 ]
	printf '{"k":"a"}\n{"k":"c"}\n{"k":"d"}\n' >in
	ok 'scat in' 'sjoin -k .k --table-dir view --type left' 'scat -O json'
	out_is '{"k":"a","ts":3,"v":2}
{"k":"c","ts":5,"v":1}
{"k":"d"}'
	mkdir none
	run_pipe 'scat in' 'sjoin -k .k --table-dir none --type left' 'scat -O json'
	[ "$status" -eq 0 ]
	err_is 'sjoin: none: the table has no rows'
	cmp in out
}

# A moment: nothing ever comes out of descriptor 8.
moment() { read -rt 0.03 _ <&8 || true; }

# Waits until FILE has N lines.
await_lines() {
	for _ in $(seq 10000); do
		[ "$(wc -l <"$1")" -lt "$2" ] || return 0
		moment
	done
	return 1
}

@test "sjoin: a log as a table: what is committed, the last row of a key, also compacted and in partitions" {
	for ((i = 1; i <= 600; i++)); do printf '{"k":"%s","v":%d}\n' a $i b $((i * 10)); done >rows
	echo '{"v":0}' >>rows
	printf '{"k":"%s"}\n' a b c >in
	WEIR_FRAME_SIZE=500 scat rows | sreplay -a log --segment-size 4KiB >/dev/null
	WEIR_FRAME_SIZE=500 scat rows | sreplay -a parts -k .k --partitions 3 --segment-size 4KiB >/dev/null
	scat rows >one.weir
	run_pipe 'scat in' 'sjoin -k .k --table one.weir --type left' 'scat -O json'
	err_has '1198 rows have a later one with the same key'
	out_is '{"k":"a","v":600}
{"k":"b","v":6000}
{"k":"c"}'
	cp out want
	for compacted in '' --compact; do
		for log in log parts; do
			[ -z "$compacted" ] || sreplay -q --compact -k .k $log
			for i in auto frames; do
				run_pipe 'scat in' "sjoin -k .k -i $i --table $log --type left" 'scat -O json'
				[ "$status" -eq 0 ]
				cmp out want
				err_is "sjoin: $log: 1 row without the key left out"
			done
		done
	done
	# As text it is none; and its files one by one are not its rows.
	run_pipe 'scat in' 'sjoin -k .k -i json --table log'
	[ "${statuses[1]}" -eq 2 ]
	err_has '--table log is a log: -i does not go with it'
	fails 2 'sjoin -k .k --table-dir log </dev/null'
	err_has '--table-dir log: a log, not a directory of segments: --table log reads it'
	fails 66 'sjoin -k .k -w 1m one.weir log'
	err_is 'sjoin: log: a log, not a stream: <(sreplay log) plays it'
	scat -i json </dev/null | sreplay -a none >/dev/null
	run_pipe 'scat in' 'sjoin -k .k --table none --type anti' 'scat -O json'
	[ "$status" -eq 0 ]
	err_is 'sjoin: none: the table has no rows'
	cmp out in
	# Over the random id of its hello: a single byte might be what is there.
	printf 'xxxxxxxx' | dd of=log/00000000000000000000.weir bs=1 seek=50 conv=notrunc 2>/dev/null
	run_pipe 'scat in' 'sjoin -k .k --table log' 'scat -O json'
	[ "${statuses[1]}" -eq 76 ]
	err_has 'sjoin: log: 00000000000000000000.weir: damaged at byte'
}

@test "sjoin: of a log that is appended to, what is not committed is no row yet; --reload reads it when it is" {
	mkfifo never writer pipe
	exec 8<>never
	scat -i json -O frames <writer | sreplay -a log --sync 1h >/dev/null &
	exec 6>writer
	echo '{"k":"a","v":1}' >&6
	until [ "$(scat -O json log 2>/dev/null | wc -l)" -eq 1 ]; do moment; done
	{ scat -i json -O frames <pipe | sjoin -k .k --table log --reload --type left | scat -O json >out.json; } 6>&- &
	exec 7>pipe
	echo '{"k":"a"}' >&7
	await_lines out.json 1
	exec 6>&-
	# The writer's end commits.
	for _ in $(seq 10000); do
		echo '{"k":"a"}' >&7
		moment
		! grep -q v out.json || break
	done
	exec 7>&-
	wait
	[ "$(jq -c .v out.json | uniq | tr '\n' ' ')" = 'null 1 ' ]
}

@test "sjoin: --reload reads a table again that was replaced; without it the rows stay" {
	mkfifo never
	exec 8<>never
	for reload in --reload ''; do
		rm -f pipe out.json
		mkfifo pipe
		echo 'k,v
a,1' >t.csv
		scat -i json -O frames <pipe | sjoin -k .k --table t.csv $reload | scat -O json >out.json &
		exec 7>pipe
		echo '{"k":"a"}' >&7
		await_lines out.json 1
		echo 'k,v
a,2' >new && mv new t.csv
		# Once a second it is looked for.
		for _ in $(seq "$([ -n "$reload" ] && echo 10000 || echo 60)"); do
			echo '{"k":"a"}' >&7
			moment
			! grep -q 2 out.json || break
		done
		exec 7>&-
		wait %%
		if [ -n "$reload" ]; then
			[ "$(jq -r .v out.json | uniq | tr '\n' ' ')" = '1 2 ' ]
		else
			[ "$(jq -r .v out.json | sort -u)" = 1 ]
		fi
	done
}

@test "sjoin: a table that never stands still is given up, with its name" {
	table
	mkfifo go
	( while [ ! -e done ]; do echo 'z,z,9' >>hosts.csv; done ) &
	# Long enough to be changed while it is read.
	python3 -c 'print("\n".join("q%d,x,%d" % (i, i) for i in range(300000)))' >>hosts.csv
	run_pipe 'read_as in' 'sjoin -q -k .host --table hosts.csv' 'scat -O json'
	touch done
	wait
	[ "${statuses[1]}" -eq 74 ]
	err_has 'hosts.csv: changed while it was read, 5 times: replace it by renaming a new one'
}

@test "sjoin: a checkpoint knows its table: another one is refused, but with --reload" {
	table
	run -0 bash -c "scat -C st -q -i json in | sjoin -q -k .host --table hosts.csv | scat -o out.json"
	echo '{"t":5,"host":"b"}' >>in
	run -0 bash -c "scat -C st -q -i json in | sjoin -q -k .host --table hosts.csv | scat -o out.json"
	[ "$(wc -l <out.json)" -eq 3 ]
	echo 'd,ber,5' >>hosts.csv
	echo '{"t":6,"host":"d"}' >>in
	run_pipe 'scat -C st -q -i json in' 'sjoin -q -k .host --table hosts.csv' 'scat -o out.json'
	[ "${statuses[1]}" -eq 78 ]
	err_has 'hosts.csv has changed since the checkpoint was taken; --reload goes on with what it is now'
	run -0 bash -c "scat -C st -q -i json in | sjoin -q -k .host --table hosts.csv --reload | scat -o out.json"
	[ "$(tail -1 out.json)" = '{"t":6,"host":"d","dc":"ber","n":5}' ]
}

# checkpoints of streams

# sources [OPTION...]: a run of l and r into out.json.
two() {
	sjoin -q -k .k -w 3s --type full --late late <(scat -C st --sources 2 --epoch-records 100 -q -i json -t .t --time-format s --id a "$@" l) \
		<(scat -C st --sources 2 --epoch-records 100 -q -i json -t .t --time-format s --id b "$@" r) | scat -q -o out.json
}
export -f two

@test "sjoin: three runs over two inputs of different length, one after the other, write what one does" {
	for f in l r; do
		python3 -c '
import random, sys
r = random.Random(sys.argv[1])
for i in range(900 if sys.argv[1] == "l" else 400):
    print("{\"t\":%d,\"k\":%d,\"%s\":%d}" % (i - (r.randrange(9) if i % 50 == 9 else 0), r.randrange(9), sys.argv[1], i))' $f >$f.all
	done
	cp l.all l && cp r.all r
	run -0 bash -c 'two --final'
	mv out.json want && scat -O json late >want.late && rm -r st late
	[ "$(wc -l <want)" -gt 1000 ] && [ "$(wc -l <want.late)" -gt 5 ]
	for n in 300 301 900; do
		head -n $n l.all >l
		head -n $((n * 4 / 9)) r.all >r
		if [ $n -lt 900 ]; then run -0 bash -c two; else run -0 bash -c 'two --final'; fi
	done
	cmp out.json want
	scat -O json late | cmp - want.late
	# The state is a stream like any other.
	scat -O json st/*/sjoin >state
	grep -q '"what":"about"' state
}

# wrong usage

@test "sjoin: a join without a bound is refused, with the three ways to bound it" {
	fails 2 'sjoin -k .id l r'
	err_has 'nothing bounds what has to be kept: -w DUR pairs records at most DUR apart (or --before, --after, --tumbling), --asof takes the newest right record, --table FILE a table'
}

@test "sjoin: wrong usage is said in words, with status 2" {
	while IFS='|' read -r args message; do
		fails 2 "sjoin $args"
		err_has "$message"
		[ ! -s out ]
	done <<-'E'
		-w 1s l r|-k KEYS is missing
		-k .k -w 1s l|two inputs: LEFT RIGHT
		-k .k -w 1s - -|standard input can't be both inputs
		-k .k -w 1s --before 2s l r|-w is --before and --after in one
		-k .k -w 1s --asof l r|-w and --asof: only one of -w (or --before and --after), --tumbling, --asof, --table and --table-dir
		-k .k --tumbling 0 l r|a window has to be longer than 0
		-k .k -w 1s --tolerance 1s l r|--tolerance goes with --asof
		-k .k --asof --type full l r|--asof asks for each left record
		-k .k --table t --type right|a table's rows come out with the records that they match
		-k .k --table t --late f|no record is late for a table
		-k .k --table t l|no operand "l"
		-k .k --table -|standard input is the stream that is joined to the table
		-k .k -w 1s --reload l r|--reload goes with --table
		-k .k -w 1s --nest --prefix p l r|--nest needs no --prefix
		-k .k -w 1s --prefix '' l r|an empty prefix tells no names apart
		-k .k -w 1s --type outer l r|--type: no "outer"
		-k .a=.b=.c -w 1s l r|pairs two paths, not more
		-k .a=. -w 1s l r|-k ".a=.": expected a name
		-k 'n=.a +' -w 1s l r|-k "n=.a +": byte
		-k .k --table t -i jsn|no format "jsn"; did you mean "json"?
		-k .k -w soon l r|soon
	E
}

@test "sjoin: inputs that are missing, no streams, broken off: their status, and nothing unmatched comes out" {
	inputs
	read_as l >l.weir
	read_as r >r.weir
	fails 66 'sjoin -k .k -w 1s l.weir none'
	err_has 'none: No such file or directory'
	fails 76 'sjoin -k .k -w 1s l.weir r >x'
	err_has 'r: not a weir stream; pipe it through scat first'
	head -c -10 r.weir >cut.weir
	run_pipe 'sjoin -k .k -w 1s --type full l.weir cut.weir' 'scat -O json'
	[ "${statuses[0]}" -eq 76 ]
	# What the watermarks have passed is out, but the last one might have had a match yet.
	grep -q '"t":20' out
	no grep -q '"right_m":4' out
	fails 66 'sjoin -k .k --table none <l.weir >x'
	fails 66 'sjoin -k .k --table / <l.weir >x'
	fails 74 'sjoin -k .k -w 1s l.weir r.weir >/dev/full'
	ok 'sjoin -k .k -w 1s - r.weir <l.weir' 'scat -O json'
	[ "$(wc -l <out)" -eq 1 ]
}

@test "sjoin: one stream as both inputs, joined with itself through a tee, never hangs" {
	seq 5000 | jq -c '{t: (. / 10 | floor), k: (. % 7), n: .}' >in
	ok 'timeout 300 sjoin -k .k,.n -w 0 <(read_as in) <(read_as in)' 'scat -O json'
	[ "$(wc -l <out)" -eq 5000 ]
	mkfifo a b
	for size in 1 5000 65536; do
		read_as in | WEIR_FRAME_SIZE=$size sfilter . | tee a | sfilter --id half '.n % 2 == 0' >b &
		ok 'timeout 300 sjoin -k .k,.n -w 0 a b' 'scat -O json'
		wait
		[ "$(wc -l <out)" -eq 2500 ]
	done
}

@test "sjoin: --explain says what would be joined, and reads nothing" {
	run -0 sjoin -k .a=.b --before 5s --after 1m --type left l r --explain
	[[ $output == *'keys      .a=.b'*'from 5s before to 1m after'* ]]
	run -0 sjoin -k .a --asof --tolerance 1m l r --explain
	[[ $output == *'the newest right record that is not later, nor older than 1m'* ]]
	run -0 sjoin -k .a --table t.csv --explain
	[[ $output == *'the last row of the key in t.csv'* ]]
}
