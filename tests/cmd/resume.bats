#!/usr/bin/env bats
# Lines under a checkpoint that are stopped and gone on with: following, every format, golden files, what is told of them.

load ../helper

@test "resume: -f is killed while it waits, takes epochs though its directory is busy, ends well at SIGTERM" {
	need_lean
	judge cmd/resume.py follow 0
}
