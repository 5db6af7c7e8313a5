#!/usr/bin/env bats
# scat -f: files that go on, through rotation.

load ../helper

@test "follow: rotated at random moments by rename and copytruncate, packed: each record comes once" { judge cmd/follow.py rotate 20; }
@test "follow: a writer that goes on with the old file" { judge cmd/follow.py late 0; }
@test "follow: several files; a file at its end holds the watermark" { judge cmd/follow.py merged 0; }
@test "follow: a directory" { judge cmd/follow.py directory 0; }
@test "follow: a directory whose files are packed" { judge cmd/follow.py packed 0; }
@test "follow: half a line, the end, a pipe, a file cut" { judge cmd/follow.py ends 0; }

@test "follow: --idle: pipes and files that fall silent, and come back" { judge cmd/idle.py; }

@test "follow: a log that is cut, renamed or copied beside what is made of it: each line comes once" {
	for line in 'scat -q -f log -O json -o got' 'scat -q -f log | scat -q -O json >got'; do
		for how in cut rename copy; do
			rm -f log* got archive
			: >log
			: >got
			(ulimit -f 2048; exec timeout 300 bash -c "$line") 2>err 3>&- &
			for i in 1 2 3 4; do
				printf '{"n":%d}\n' $((2 * i)) $((2 * i + 1)) >>log
				until [ "$(wc -l <got)" -ge $((2 * i)) ]; do kill -0 $! || fail "$line: $how: $(cat err)"; done
				cat log >>archive
				case $how in
				cut) : >log ;;
				rename) mv log log.1 && : >log ;;
				copy) cp log log.1 && : >log ;;
				esac
			done
			printf '{"n":0}\n' >>log
			until grep -q '"n":0' got; do kill -0 $!; done
			pkill -TERM -P $! scat || kill $!
			wait $! || true
			{ printf '{"n":%d}\n' 2 3 4 5 6 7 8 9 0; } | diff - got || fail "$line: $how"
		done
	done
}

@test "follow: what makes no sense" {
	printf '{"a":1}\n' >a
	fails 2 'scat -f --in-order a a'
	err_has '-f never gets to the second source'
	ok 'scat a -o a.weir'
	fails 2 'scat -f a.weir'
	err_has '-f follows text'
	fails 66 'scat -f nothing'
}

@test "scat: a directory is the files in it" {
	mkdir d
	printf 'a,b\n1,2\n' >d/2.csv
	printf 'b,a\n4,3\n' | gzip >d/3.csv.gz
	printf 'a,b\n0,0\n' >d/.hidden
	ok 'scat -O json d'
	out_is '{"a":1,"b":2}
{"b":4,"a":3}'
	mkdir e
	ok 'scat -O json e'
	[ ! -s out ]
}
