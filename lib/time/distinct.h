/*
 * distinct - how many different values there were, approximately, in bounded memory
 *
 * A value counts by the 64-bit hash of its canonical form (weir_hash_fixed: XXH3, seed 0; weir_order_canon). Up to
 * WEIR_DISTINCT_EXACT values the hashes are kept and the answer is exact; beyond that there are
 * 2^14 registers of the hashes' leading zeros, 16 KiB, and the answer has a standard error of 0.81 %. Either form
 * depends on the set of values alone, not on their order or on how often they came.
 *
 * Source: HyperLogLog++ (Heule, Nunkesser, Hall, EDBT 2013) with another estimator, which needs neither tables of
 * corrections nor logarithms: Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017).
 */
#ifndef WEIR_TIME_DISTINCT_H
#define WEIR_TIME_DISTINCT_H

#include "base/buf.h"
#include "frame/record.h"

#include <stdbool.h>
#include <stdint.h>

#define WEIR_DISTINCT_EXACT 1024

/* A zeroed struct is empty. */
struct weir_distinct {
	union {
		uint64_t *hashes;       /* open addressing; 0: free */
		uint8_t *registers;
	};
	uint32_t n, cap;                /* hashes, places for them */
	bool zero;                      /* the hash 0 was there: it has no place */
	bool dense;
};

void weir_distinct_add(struct weir_distinct *d, uint64_t hash);
void weir_distinct_merge(struct weir_distinct *into, const struct weir_distinct *from);
uint64_t weir_distinct_count(const struct weir_distinct *d);

/* The state as a string: the hashes in ascending order, 16 hexadecimal digits each, or "=" and the registers, a character each, "0"
 * being 0. And back, into an empty one: 0, or -1 if it is none. */
void weir_distinct_save(const struct weir_distinct *d, struct weir_buf *b);
int weir_distinct_load(struct weir_distinct *d, const struct weir_value *v);
void weir_distinct_release(struct weir_distinct *d);

#endif
