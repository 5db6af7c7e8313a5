/*
 * digests - a set of keys by their 128-bit hashes, each with up to two numbers
 *
 * For states of many millions of keys: the key itself is not kept, so an entry is 16 bytes and 8 a number, whatever
 * the key's length, and one look at memory finds it. Two keys are one if their hashes are: among n keys with the
 * probability n^2 / 2^129, 1.5e-25 for ten million.
 *
 * Open addressing with linear probes, at most three quarters full. From 65,536 entries on the set is cut
 * into 32 parts by the hash's first bits, and each part grows by half for itself: no moment needs the memory of two sets,
 * or the time to move all entries. After it has grown a part is half full: an entry takes at most twice its bytes: WEIR_DIGESTS_COST.
 */
#ifndef WEIR_STATE_DIGESTS_H
#define WEIR_STATE_DIGESTS_H

#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_DIGESTS_PARTS 32

/* Bytes that an entry with so many numbers takes, at most; a set takes 2 KiB more. */
#define WEIR_DIGESTS_COST(words) (2 * (16 + 8 * (uint64_t)(words)))

/* lo (never 0: then it is free), hi, the numbers. */
struct weir_digests_part {
	uint64_t *slots;
	uint32_t n, cap;
};

struct weir_digests {
	unsigned words;              /* numbers of an entry, 0 to 2 */
	uint64_t n;                  /* entries */
	/* An entry whose first number is below this, both signed, is as good as none, and goes when its part would grow. Never without
	 * numbers. */
	int64_t dead;
	/* private */
	struct weir_digests_part *parts;
	unsigned nparts;             /* 1, or WEIR_DIGESTS_PARTS */
	uint64_t odd;
};

void weir_digests_init(struct weir_digests *d, unsigned words);
void weir_digests_release(struct weir_digests *d);

/* The numbers of the hash's entry, valid until the next put (of words 0: not to be looked into); NULL if there is none. */
uint64_t *weir_digests_find(const struct weir_digests *d, struct weir_hash_pair h);

/* The same, and made with zeros if there is none (*made). */
uint64_t *weir_digests_put(struct weir_digests *d, struct weir_hash_pair h, bool *made);

/* Asks for the memory that a find will look into. */
void weir_digests_prefetch(const struct weir_digests *d, struct weir_hash_pair h);

/* Walks the entries, in no order that means anything: *at from 0. 1: *h and *numbers are set; 0: there are no more. */
int weir_digests_next(const struct weir_digests *d, uint64_t *at, struct weir_hash_pair *h, const uint64_t **numbers);

#endif
