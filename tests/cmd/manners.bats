#!/usr/bin/env bats
# What a command says, and when it says nothing: closed descriptors, runs of a checkpoint without news, limits, tables without rows.

load ../helper

@test "manners: a closed standard input is an input that can't be read, and no pipe of the command's own" {
	printf '{"ts":1,"k":1}\n' >a.json
	local c
	for c in 'scat' 'scat -i json' 'scat -f' 'sfilter true' 'swindow --all count' 'sdedup' 'sjoin --table a.json -k .k' \
		'sjoin -k .k -w 1m - a.json' 'sreplay -a log'; do
		fails 74 "timeout 10 $c <&-"
		err_has 'Bad file descriptor'
	done
	scat a.json | scat -O json >want
	scat a.json 2>&- | scat -o out.json 0<&0 >&- 2>&-
	cmp out.json want
	fails 74 'scat a.json >&-'
	err_is 'scat: standard output: Bad file descriptor'
}
