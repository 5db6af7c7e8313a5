/*
 * extent - LOG/committed: how far a log reaches for good
 *
 * Two records of 64 bytes, at offsets 0 and 4096 of a file of 8,192, the rest zero. They are
 * written in turns, each with a number one higher, so that a write that a power loss tears
 * leaves the other. One that is damaged is noticed and told of: the other may be a step
 * older, which costs nothing, because a writer looks at what lies behind it as well.
 *
 *   offset size, little-endian
 *      0     4   "wrE", then the version, 1
 *      4     4   zero
 *      8     8   number of this record; the even ones lie at 0, the odd ones at 4096
 *     16     8   offset of the log's first record: what was before has been removed
 *     24     8   offset of the first record of the last segment
 *     32     8   bytes of that segment that are durable
 *     40     8   offset of the next record: those below it are durable
 *     48     8   greatest event time below it; the least value if there is none
 *     56     8   XXH3 of bytes 0-55
 *
 * In place of a file that is replaced by rename: a commit then is one write and one fdatasync,
 * not two files' fsync and two of the directory, which --sync each pays for every batch.
 */
#ifndef WEIR_LOG_EXTENT_H
#define WEIR_LOG_EXTENT_H

#include <stdbool.h>
#include <stdint.h>

#define WEIR_EXTENT_FILE "committed"

struct weir_extent {
	uint64_t number;
	uint64_t first, segment, length, next;
	int64_t newest;
	bool half;      /* read only: the other record is damaged */
};

/* Makes the file, durable. 0, or -1 with errno. */
int weir_extent_create(int dfd, const struct weir_extent *e);

/* Opens it for weir_extent_put. A descriptor, or -1 with errno. */
int weir_extent_open(int dfd);

/* 0; 1: damaged beyond use; -1 with errno. May be called while another process puts. */
int weir_extent_read(int dfd, struct weir_extent *e);

/* Raises the number and makes the record durable. After an error nothing more is to be put. 0, or -1 with errno. */
int weir_extent_put(int fd, struct weir_extent *e);

/* The same into both records: behind this, neither is damaged. */
int weir_extent_mend(int fd, struct weir_extent *e);

#endif
