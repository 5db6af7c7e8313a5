/*
 * care - a log that is looked after, or a partition of one
 */
#ifndef SREPLAY_CARE_H
#define SREPLAY_CARE_H

#include "log/extent.h"
#include "sreplay.h"

struct care {
	struct sreplay_conf *cf;
	struct weir_log log;     /* or the partition of one */
	uint64_t part;           /* its number */
	struct weir_extent extent;
	uint64_t *firsts;
	size_t n;
	unsigned faults;
	bool thinned;            /* segments before lack records, or could not be read */
	uint64_t records;
};

/* What a segment holds. */
struct care_row {
	uint64_t part, offset, records, bytes, plain;
	int64_t oldest, newest;  /* newest is the log's up to its end, not the segment's alone */
	const char *state;
};

/* Says why, if the status is not 0, and returns it; and the same for errno. */
int care_said(struct care *c, int status);
int care_failed(struct care *c);

/* Of segment i: by its index if it is finished, else by reading it. A status, after saying why. */
int care_look(struct care *c, size_t i, struct care_row *r);

/* retain.c: --trim-before, --max-size and --max-age; verify.c and salvage.c: --verify and --salvage, of an opened log. ctx is not used. A status. */
int care_trim(struct care *c, void *ctx);
int care_verify(struct care *c, void *ctx);
int care_salvage(struct care *c, void *ctx);

#endif
