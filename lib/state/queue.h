/*
 * queue - rows that are taken out by time, the earliest first
 *
 * Rows may be put in any order, but never before the time that was taken out last: then a row is
 * moved at most 64 times, mostly a few, and never compared with others (a radix heap: Ahuja, Mehlhorn, Orlin and
 * Tarjan, "Faster Algorithms for the Shortest Path Problem", JACM 1990); what is moved is its time and its address, so a
 * row that waits is not touched. Rows of one time come out as they were put in.
 */
#ifndef WEIR_STATE_QUEUE_H
#define WEIR_STATE_QUEUE_H

#include "state/row.h"

#include <stdbool.h>
#include <stdint.h>

#define WEIR_QUEUE_BUCKETS 65

struct weir_queue {
	uint64_t n;
	/* private */
	uint64_t last;               /* the time taken out last, in unsigned order */
	uint64_t used;               /* a bit for each bucket but the first that is not empty */
	struct weir_queue_bucket {
		struct weir_queue_item {
			uint64_t time;
			struct weir_row *row;
		} *v;
		size_t n, cap;
		uint64_t least;      /* time */
	} buckets[WEIR_QUEUE_BUCKETS];   /* i: the highest bit that differs from last is i - 1; 0: none */
};

void weir_queue_init(struct weir_queue *q);

/* Frees the rows that are in it. */
void weir_queue_release(struct weir_queue *q);

/* The row's time is not before the one taken out last. */
void weir_queue_put(struct weir_queue *q, struct weir_row *row);

/* Whether there is a row, and the time of the earliest. */
bool weir_queue_least(const struct weir_queue *q, int64_t *time);

/* Takes out all rows of the earliest time, linked by next; NULL: there are none. */
struct weir_row *weir_queue_take(struct weir_queue *q);

/* Forgets the rows, which are the caller's from here on; times go on as they were. */
void weir_queue_empty(struct weir_queue *q);

/* The rows one by one, those of one time in the order in which they were put; NULL behind the last. *bucket and *i are 0 at
 * first, and the caller's to keep. */
struct weir_row *weir_queue_next(const struct weir_queue *q, unsigned *bucket, size_t *i);

#endif
