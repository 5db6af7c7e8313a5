#!/usr/bin/env bats
# scat -f: files that go on, through rotation.

load ../helper

@test "follow: rotated at random moments by rename and copytruncate, packed: each record comes once" { judge cmd/follow.py rotate 20; }
@test "follow: a writer that goes on with the old file" { judge cmd/follow.py late 0; }
@test "follow: several files; a file at its end holds the watermark" { judge cmd/follow.py merged 0; }
@test "follow: a directory" { judge cmd/follow.py directory 0; }
@test "follow: half a line, the end, a pipe, a file cut" { judge cmd/follow.py ends 0; }

@test "follow: --idle: pipes and files that fall silent, and come back" { judge cmd/idle.py; }

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
