/*
 * tally - different values and how often each came: all of them, or the most frequent in bounded memory
 *
 * With a limit, at most so many values are counted at once. While there are no more, counts are exact. Then a
 * new value takes the place of the one with the least count, of several the one whose count has stood longest, and goes on
 * from there: what it may owe to others is its error. So a count is too great by at most its error, no error is
 * above (values added) / limit, and every value more frequent than that is among them.
 *
 * Nothing here depends on the process' hash seed but where in its index a value lies.
 *
 * Sources: SpaceSaving (Metwally, Agrawal, El Abbadi, ICDT 2005); merging: Agarwal et al., "Mergeable summaries" (PODS 2012).
 */
#ifndef WEIR_TIME_TALLY_H
#define WEIR_TIME_TALLY_H

#include "base/buf.h"
#include "frame/record.h"
#include "time/pack.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_tally_item {
	unsigned char *key;     /* weir_order_canon's form */
	uint32_t len;
	uint32_t hash;
	uint64_t count;         /* too great by at most error */
	uint64_t error;
	uint64_t stamp;         /* when count was last changed; all differ */
};

/* A zeroed struct is empty. limit: the same in all calls; UINT32_MAX for no limit. */
struct weir_tally {
	struct weir_tally_item *items;
	uint32_t n, room;
	uint32_t *index;        /* 1 + an item's number; 0: free */
	uint32_t slots;
	uint32_t *heap;         /* once it is full: items by count and stamp, the least first */
	uint32_t *at;           /* an item's place in the heap */
	uint64_t stamp;
};

/* Counts the value with this canonical form. */
void weir_tally_add(struct weir_tally *t, const void *key, size_t len, uint32_t limit);

/* The same, but where there are `limit` others it is left out, and the answer is false. */
bool weir_tally_note(struct weir_tally *t, const void *key, size_t len, uint32_t limit);

void weir_tally_merge(struct weir_tally *into, const struct weir_tally *from, uint32_t limit);

/* The items in an order, in memory of the caller's: by count, the greatest first, those of one count by value; by
 * value; by the time of their last change. */
enum weir_tally_order { WEIR_TALLY_BY_COUNT, WEIR_TALLY_BY_VALUE, WEIR_TALLY_BY_STAMP };
const struct weir_tally_item **weir_tally_list(const struct weir_tally *t, enum weir_tally_order order);

/* The state as a string of time/pack.h: each item's value in canonical form, count and error, by the time of the last change. */
void weir_tally_save(const struct weir_tally *t, struct weir_buf *b);
int weir_tally_load(struct weir_tally *t, const struct weir_value *v, uint32_t limit);
void weir_tally_release(struct weir_tally *t);

/* The value of an item. */
void weir_tally_value(const struct weir_tally_item *i, struct weir_value *v);

#endif
