/*
 * scratch - a directory of this process' own inside one that others may use, gone when it is done
 *
 * What lies in it is never the truth. It is made new (0700, a random name), held locked as long as the process
 * lives, and removed at the end; what a process left that was killed is known by its lock that nobody holds, and is removed
 * by the next one that comes to the same directory.
 */
#ifndef WEIR_STATE_SCRATCH_H
#define WEIR_STATE_SCRATCH_H

#include "base/buf.h"

struct weir_scratch {
	struct weir_buf path;      /* DIR/weir-spill-RANDOM */
	/* private */
	int parent, fd;            /* descriptors of DIR and of the directory */
	char name[32];
};

/* dir is made (0700) if it is missing. It may be writable by others only where they can't remove what isn't theirs
 * (the sticky bit, as /tmp has), and is no symlink. 0; -1, and why says what is wrong. */
int weir_scratch_open(struct weir_scratch *s, const char *dir, struct weir_buf *why);

/* Removes it and the files in it. Without effect on what was not opened (zeros). */
void weir_scratch_close(struct weir_scratch *s);

#endif
