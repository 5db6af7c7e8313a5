/*
 * bloom - what may have been put, in fixed memory: a filter in front of a store on disk
 *
 * What was put is always found; what was not is found too, by chance: of a filter that holds n hashes in b bits, about one in
 * 100 at b / n = 12, one in 1,000 at 18, and nearly all when it is far too full. It never runs out of room.
 *
 * Blocks of 64 bytes, a cache line; a hash chooses one, and in it a bit in each of eight words (Putze, Sanders and Singler,
 * "Cache-, Hash- and Space-Efficient Bloom Filters", 2007; the split blocks are those of Parquet).
 */
#ifndef WEIR_STATE_BLOOM_H
#define WEIR_STATE_BLOOM_H

#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_bloom {
	uint64_t n;                  /* put, again and again included */
	uint64_t *words;             /* private, as the next one */
	uint64_t blocks;
};

/* memory: bytes, of which whole blocks are used, one at least. They are zeros, and take no memory before they are written. */
void weir_bloom_init(struct weir_bloom *b, uint64_t memory);
void weir_bloom_release(struct weir_bloom *b);

/* Nothing has been put. */
void weir_bloom_clear(struct weir_bloom *b);

void weir_bloom_put(struct weir_bloom *b, struct weir_hash_pair h);
bool weir_bloom_has(const struct weir_bloom *b, struct weir_hash_pair h);

#endif
