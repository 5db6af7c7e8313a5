/*
 * compact - of each key the last record: a log that holds a table
 *
 * What is compacted are segments that are finished and committed, from the first on; the last one of the log and those
 * behind `before` stay as they are, and don't count: a record there takes nothing away. So whatever is later taken back
 * from the log's end, the last record of each key that was committed is there.
 *
 * A record keeps its offset, its time and its place; the watermarks in force before it stay, too. In place of those that
 * go stands a mark that says how many they were (log/segment.h). A segment keeps its name, so what it begins and ends with
 * stays as well, even if no record is left in it.
 *
 * Order on disk, a segment at a time: the new file beside the old one, durable; the index goes, durably, for it must
 * never lead into another file; the new file takes the old one's name; the new index. Whatever interrupts this, the segment is
 * the old or the new one; an index that is missing is made again when the log is opened for appending, as here. A segment that
 * loses nothing is not touched.
 *
 * Two readings: in the first each key's last offset is kept, by a hash of 128 bits (state/digests.h: WEIR_DIGESTS_COST(1) bytes
 * a key); in the second those segments are read again that have lost something.
 */
#ifndef WEIR_LOG_COMPACT_H
#define WEIR_LOG_COMPACT_H

#include "base/buf.h"
#include "frame/record.h"
#include "log/append.h"

#include <stdint.h>

struct weir_compact {
	/* set by the caller */
	struct weir_append *append;      /* open: it holds the log's lock. Not owned */
	uint64_t before;                 /* segments that end at or before this offset; UINT64_MAX: all that may be */
	uint64_t max_memory;             /* of the keys, in bytes */
	int level;                       /* of zstd, for what is written; -1: none where none was, else 3 */
	void *ctx;
	/* The record's key, in place of what b held: 1; 0: it has none, and stays. */
	int (*key)(void *ctx, const struct weir_record *rec, struct weir_buf *b);
	/* what was found and done */
	uint64_t keys, keyless;          /* records without a key */
	uint64_t segments, rewritten;    /* that were looked at, and that have changed */
	uint64_t kept, removed;          /* records of the ones looked at */
	uint64_t bytes, saved;           /* of these, before; and how many fewer now */
};

/* 0, or a status with the reason in the log's why: WEIR_EX_OSERR if the keys don't fit, and damage, change nothing; after another
 * failure the segments so far are compacted. */
int weir_compact_run(struct weir_compact *c);

#endif
