/*
 * dedup - which keys were kept, and when: the memory of sdedup, exactly
 *
 * A record is a duplicate if one with its key was kept and their event times differ by no more than `within`. Records come
 * out of order by up to `lateness` behind the watermark; what is further behind is late, and is not asked about. So a
 * kept one matters until the watermark is more than within + lateness above it.
 *
 * Of each key the last one kept is found by the key's hash, and answers for nearly all records: what is not before it is
 * a duplicate of it or of none. Those kept before it matter only to records that are far out of order. They lie elsewhere, by cells of
 * time as long as `within`: two records in one cell are always duplicates of each other, so a key is kept at most once in a cell,
 * and what a record can be a duplicate of lies in its own cell or beside it. An entry there is found by the hash of
 * its key mixed with the number of its cell.
 *
 * Nothing is put in order of time. Of the last ones those that don't matter any more go when room is needed. The others lie in
 * spans of cells, of an eighth of within + lateness as a rule, and a span goes as a whole. It also counts what was kept
 * in it, so `n` does not depend on when room was needed: it is what was kept in the spans that matter.
 *
 * Without a bound (within < 0) times don't matter.
 */
#ifndef WEIR_TIME_DEDUP_H
#define WEIR_TIME_DEDUP_H

#include "state/digests.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_dedup_span {
	int64_t number;
	uint64_t n;                  /* kept in it */
	struct weir_digests set;     /* those that are not the last of their key */
};

struct weir_dedup {
	int64_t within;              /* ns; below 0: no bound */
	int64_t lateness;            /* ns */
	uint64_t n;                  /* kept ones that matter, about */
	unsigned words;              /* of each: its time if there is a bound, and what the caller keeps */
	/* private */
	struct weir_digests last;    /* of each key */
	int64_t cell;                /* ns */
	int64_t cells;               /* of a span */
	struct weir_dedup_span *spans;   /* by number */
	unsigned nspans, cap;
	int64_t floor;
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

/* The entry that a record of this key and time is a duplicate of, or NULL; of two the earlier one, if `earlier`, else any. What is returned
 * points to the caller's number (if there is one), until the next put. The time is not late. */
uint64_t *weir_dedup_find(struct weir_dedup *d, struct weir_hash_pair key, int64_t time, bool earlier);

/* Keeps one that find has not found, with a number of the caller's. */
void weir_dedup_put(struct weir_dedup *d, struct weir_hash_pair key, int64_t time, uint64_t extra);

/* The same with one that was counted before, and forgotten since (weir_dedup_empty). */
void weir_dedup_return(struct weir_dedup *d, struct weir_hash_pair key, int64_t time, uint64_t extra);

/* Asks for the memory that find will look into. */
static inline void
weir_dedup_prefetch(const struct weir_dedup *d, struct weir_hash_pair key)
{
	weir_digests_prefetch(&d->last, key);
}

/* Forgets what doesn't matter at this watermark. */
void weir_dedup_advance(struct weir_dedup *d, int64_t watermark);

/* Entries in memory, those that are as good as gone included; forgets them, but not how many there were. */
uint64_t weir_dedup_held(const struct weir_dedup *d);
void weir_dedup_empty(struct weir_dedup *d);

/* Walks what is kept and matters: *at from zeros. 1: *key, *time and at->extra are set, to be put again in any order; 0: no more. */
struct weir_dedup_walk {
	unsigned set;
	uint64_t at;
	uint64_t extra;              /* the caller's number, if there is one */
};
int weir_dedup_next(const struct weir_dedup *d, struct weir_dedup_walk *at, struct weir_hash_pair *key, int64_t *time);

/* After all has been put again: how many a span has counted, those included that a walk leaves out. */
void weir_dedup_recount(struct weir_dedup *d, int64_t number, uint64_t n);

#endif
