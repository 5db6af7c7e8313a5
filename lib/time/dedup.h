/*
 * dedup - which keys were kept, and when: the memory of sdedup, exactly
 *
 * A record is a duplicate if one with its key was kept and their event times differ by no more than `within`. Records come
 * out of order by up to `lateness` behind the watermark; what is further behind is late, and is not asked about. So a
 * kept one matters until the watermark is more than within + lateness above it.
 *
 * Time is cut into cells as long as `within`. Two records in one cell are always duplicates of each other, so a key is
 * kept at most once in a cell, and what a record can be a duplicate of lies in its own cell or beside it: an entry is
 * found by the hash of its key mixed with the number of its cell, and three looks answer. Cells lie in spans, a set of
 * digests each, of at least an eighth of within + lateness; a span goes as a whole when the last time in it
 * doesn't matter any more. No entry is ever taken out, or put in order of time.
 *
 * Without a bound (within < 0) there is one span, for ever, and times don't matter.
 */
#ifndef WEIR_TIME_DEDUP_H
#define WEIR_TIME_DEDUP_H

#include "state/digests.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_dedup_span {
	int64_t number;
	struct weir_digests set;
};

struct weir_dedup {
	int64_t within;              /* ns; below 0: no bound */
	int64_t lateness;            /* ns */
	uint64_t n;                  /* entries */
	unsigned words;              /* of each: its time if there is a bound, and what the caller keeps */
	/* private */
	int64_t cell;                /* ns */
	int64_t cells;               /* of a span */
	struct weir_dedup_span *spans;   /* by number */
	unsigned nspans, cap;
	int64_t next;                /* while the floor is below this no span is to go */
	uint64_t start, length;      /* of the cell that was asked for last, */
	int64_t number;
	unsigned recent;             /* and which span */
};

/* extra: whether a number of the caller's lies with each entry. within and lateness are at most 2^60. */
void weir_dedup_init(struct weir_dedup *d, int64_t within, int64_t lateness, bool extra);
void weir_dedup_release(struct weir_dedup *d);

/* The least event time that is not late at this watermark (INT64_MIN: none is); the least time of a
 * kept record that still matters. */
int64_t weir_dedup_limit(const struct weir_dedup *d, int64_t watermark);
int64_t weir_dedup_floor(const struct weir_dedup *d, int64_t watermark);

/* The entry that a record of this key and time is a duplicate of, the earlier one of two, or NULL. What is returned points to the
 * caller's number (if there is one), until the next put. The time is not late. */
uint64_t *weir_dedup_find(struct weir_dedup *d, struct weir_hash_pair key, int64_t time);

/* Keeps one that find has not found. */
uint64_t *weir_dedup_put(struct weir_dedup *d, struct weir_hash_pair key, int64_t time);

/* Asks for the memory that find will look into. */
void weir_dedup_prefetch(struct weir_dedup *d, struct weir_hash_pair key, int64_t time);

/* Forgets what doesn't matter at this watermark. */
void weir_dedup_advance(struct weir_dedup *d, int64_t watermark);

/* Walks the entries: *at from {0, 0}. 1: *h is the hash as it is kept (with its cell mixed in), and *time set; 0: no more. */
struct weir_dedup_walk {
	unsigned span;
	uint64_t at;
};
int weir_dedup_next(const struct weir_dedup *d, struct weir_dedup_walk *at, struct weir_hash_pair *h, int64_t *time,
    const uint64_t **extra);

/* Puts back what a walk gave. NULL if it is there already. */
uint64_t *weir_dedup_restore(struct weir_dedup *d, struct weir_hash_pair h, int64_t time);

#endif
