/*
 * dedup_cold - what was kept and has gone to disk, of time/dedup.h
 *
 * All that a dedup has in memory is moved at once, and it begins anew: so what was kept is the sum of both, and a
 * record is a duplicate if either has one that is near enough.
 *
 * On disk an entry lies by its cell and the key's hash, with its time: two in one cell are duplicates of each other, so there is
 * none twice. What a record may be a duplicate of lies in its cell or beside it: three looks, of which a filter in memory
 * saves nearly all that would find nothing. Cells go as the watermark passes.
 *
 * The filter is in four parts, and stretches of time, each of within + lateness, take them in turn; a part is emptied when all that
 * it has is forgotten. So it holds what matters and little more, however long the stream is.
 *
 * With each entry goes a number of the caller's, if the dedup has them. What the caller keeps for it may lie in the same store.
 *
 * What fails on the disk is in spill.why; from then on nothing is moved, and a look fails.
 */
#ifndef WEIR_TIME_DEDUP_COLD_H
#define WEIR_TIME_DEDUP_COLD_H

#include "state/bloom.h"
#include "state/spill.h"
#include "time/dedup.h"

#define WEIR_DEDUP_COLD_PARTS 4

struct weir_dedup_cold {
	struct weir_spill spill;     /* others may use keys that begin with other bytes than 'D' */
	uint64_t moved, looks;       /* entries; looks on the disk: for statistics */
	/* private */
	struct weir_dedup *of;
	struct weir_dedup_cold_part {
		struct weir_bloom bloom;
		int64_t newest;      /* stretch in it */
	} parts[WEIR_DEDUP_COLD_PARTS];
	unsigned nparts;
	int64_t stretch;             /* cells */
	int64_t gone;                /* cells below this are not on disk any more */
	int64_t newest;              /* cell on disk */
	struct weir_buf key, value;
};

/* Of a dedup that lasts as long. filter: bytes of memory. 0, or an exit status; then
 * spill.why says why. */
int weir_dedup_cold_open(struct weir_dedup_cold *c, const char *dir, struct weir_dedup *d, uint64_t filter);
void weir_dedup_cold_close(struct weir_dedup_cold *c);

/* What the disk shall have in place of the caller's number; false: the entry is there already, with its number. */
typedef bool (*weir_dedup_cold_number)(uint64_t *extra);

/* Moves all that the dedup has in memory; its counts stay. number: NULL if the dedup has none. 0, or -1. */
int weir_dedup_cold_move(struct weir_dedup_cold *c, weir_dedup_cold_number number);

/* Whether the record is a duplicate of one on disk: 1, 0, -1. The time is not late. */
int weir_dedup_cold_find(struct weir_dedup_cold *c, struct weir_hash_pair key, int64_t time);

/* The same, of two the earlier one: 1: *at is when that was kept, or 0 without a bound, and *number the caller's. */
int weir_dedup_cold_get(struct weir_dedup_cold *c, struct weir_hash_pair key, int64_t time, int64_t *at, uint64_t *number);

/* Behind weir_dedup_advance: what doesn't matter any more can go. */
void weir_dedup_cold_forget(struct weir_dedup_cold *c);

/* What is on disk and matters, as weir_dedup_next gives what is in memory: 1, 0, -1. */
struct weir_dedup_cold_each {
	struct weir_spill_each each;
};

void weir_dedup_cold_each_init(struct weir_dedup_cold_each *e, struct weir_dedup_cold *c);
int weir_dedup_cold_each_next(struct weir_dedup_cold_each *e, const struct weir_dedup_cold *c, struct weir_hash_pair *key,
    int64_t *time);
void weir_dedup_cold_each_release(struct weir_dedup_cold_each *e);

#endif
