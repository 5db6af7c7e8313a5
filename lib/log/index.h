/*
 * index - where the blocks of a segment begin
 *
 * A segment is a row of weir streams, called blocks here: about 1 MiB of records each. Beside it lies its
 * index, one entry of 64 bytes a block, and one at the end when the segment is finished. An index says
 * nothing that the segment doesn't, and is made again from it when it is missing or damaged.
 *
 *   offset size, little-endian
 *      0     4   "wrI", then the version, 1
 *      4     4   bit 0: the segment ends here; bit 1, then: records have been removed from it; others zero
 *      8     8   offset of the record that is next
 *     16     8   position in the segment's file
 *     24     8   greatest event time of all records of the log before this, removed ones included; the least value if
 *                there is none
 *     32     8   least event time of this segment's records before this; the greatest value if there is none
 *     40     8   bytes of this segment's records before this, before compression
 *     48     8   number of the entry in its index, from 0
 *     56     8   XXH3 of bytes 0-55
 */
#ifndef WEIR_LOG_INDEX_H
#define WEIR_LOG_INDEX_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_INDEX_ENTRY 64

struct weir_index_entry {
	uint64_t offset, position;
	int64_t newest, oldest;
	uint64_t plain;
	bool end, thinned;
};

/* A zeroed struct is an empty index. */
struct weir_index {
	struct weir_index_entry *entries;
	size_t n, cap;
};

void weir_index_release(struct weir_index *ix);
void weir_index_add(struct weir_index *ix, const struct weir_index_entry *e);

/* Entry number i as it is written. */
void weir_index_encode(const struct weir_index_entry *e, uint64_t i, unsigned char p[WEIR_INDEX_ENTRY]);

/* All of it, appended. */
void weir_index_format(const struct weir_index *ix, struct weir_buf *b);

/* Reads a file into an empty index. 0; 1: entry number ix->n is damaged or torn; -1 with errno. */
int weir_index_load(int dfd, const char *name, struct weir_index *ix);

/* The last entry at or before an offset, and the last one with no record at or behind the time before it: where to begin
 * to read. Of an index with at least one entry. */
const struct weir_index_entry *weir_index_find(const struct weir_index *ix, uint64_t offset);
const struct weir_index_entry *weir_index_find_time(const struct weir_index *ix, int64_t time);

/* Whether the last entry is the segment's end. */
static inline bool
weir_index_ended(const struct weir_index *ix)
{
	return ix->n > 0 && ix->entries[ix->n - 1].end;
}

#endif
