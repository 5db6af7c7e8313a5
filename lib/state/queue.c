/*
 * queue - see queue.h
 */
#include "state/queue.h"
#include "base/mem.h"

#include <stdlib.h>

/* Signed times in the order of unsigned numbers. */
static inline uint64_t
rank(int64_t time)
{
	return (uint64_t)time ^ UINT64_C(1) << 63;
}

static inline unsigned
lowest(uint64_t bits)
{
	return (unsigned)__builtin_ctzll(bits);
}

static inline unsigned
bucket_of(const struct weir_queue *q, uint64_t time)
{
	return time == q->last ? 0 : 64 - (unsigned)__builtin_clzll(time ^ q->last);
}

void
weir_queue_init(struct weir_queue *q)
{
	memset(q, 0, sizeof(*q));
}

void
weir_queue_release(struct weir_queue *q)
{
	unsigned i;
	size_t k;

	for (i = 0; i < WEIR_QUEUE_BUCKETS; i++) {
		for (k = 0; k < q->buckets[i].n; k++)
			weir_row_free(q->buckets[i].v[k].row);
		free(q->buckets[i].v);
	}
	weir_queue_init(q);
}

static inline void
put(struct weir_queue *q, uint64_t time, struct weir_row *row)
{
	unsigned i = bucket_of(q, time);
	struct weir_queue_bucket *b = &q->buckets[i];

	if (b->n == b->cap) {
		b->cap = b->cap == 0 ? 16 : 2 * b->cap;
		b->v = weir_mem_realloc(b->v, b->cap, sizeof(*b->v));
	}
	if (b->n == 0 || time < b->least)
		b->least = time;
	if (i > 0)
		q->used |= UINT64_C(1) << (i - 1);
	b->v[b->n++] = (struct weir_queue_item){time, row};
}

void
weir_queue_put(struct weir_queue *q, struct weir_row *row)
{
	put(q, rank(row->time), row);
	q->n++;
}

bool
weir_queue_least(const struct weir_queue *q, int64_t *time)
{
	if (q->n == 0)
		return false;
	*time = (int64_t)rank((int64_t)(q->buckets[0].n > 0 ? q->last : q->buckets[lowest(q->used) + 1].least));
	return true;
}

/* The earliest time becomes the last one: its bucket's rows share more bits with it than their bucket says. */
static void
deal(struct weir_queue *q)
{
	unsigned i = lowest(q->used) + 1;
	struct weir_queue_bucket *b = &q->buckets[i];
	size_t k, n = b->n;

	q->last = b->least;
	q->used &= ~(UINT64_C(1) << (i - 1));
	b->n = 0;
	/* All of them go to lower buckets. */
	for (k = 0; k < n; k++)
		put(q, b->v[k].time, b->v[k].row);
}

struct weir_row *
weir_queue_take(struct weir_queue *q)
{
	struct weir_queue_bucket *b = &q->buckets[0];
	struct weir_row *first = NULL;

	if (q->n == 0)
		return NULL;
	if (b->n == 0)
		deal(q);
	q->n -= b->n;
	while (b->n > 0) {
		b->v[--b->n].row->next = first;
		first = b->v[b->n].row;
	}
	return first;
}

void
weir_queue_empty(struct weir_queue *q)
{
	uint64_t last = q->last;
	unsigned i;

	for (i = 0; i < WEIR_QUEUE_BUCKETS; i++)
		free(q->buckets[i].v);
	weir_queue_init(q);
	q->last = last;
}

struct weir_row *
weir_queue_next(const struct weir_queue *q, unsigned *bucket, size_t *i)
{
	for (; *bucket < WEIR_QUEUE_BUCKETS; ++*bucket, *i = 0)
		if (*i < q->buckets[*bucket].n)
			return q->buckets[*bucket].v[(*i)++].row;
	return NULL;
}
