/*
 * queue - see queue.h
 */
#include "state/queue.h"

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

static void
free_rows(struct weir_row *row)
{
	struct weir_row *next;

	for (; row != NULL; row = next) {
		next = row->next;
		weir_row_free(row);
	}
}

void
weir_queue_release(struct weir_queue *q)
{
	unsigned i;

	for (i = 0; i < WEIR_QUEUE_BUCKETS; i++)
		free_rows(q->buckets[i].first);
	weir_queue_init(q);
}

static void
put(struct weir_queue *q, struct weir_row *row)
{
	uint64_t time = rank(row->time);
	unsigned i = bucket_of(q, time);
	struct weir_queue_bucket *b = &q->buckets[i];

	if (b->first == NULL || time < b->least)
		b->least = time;
	if (i > 0)
		q->used |= UINT64_C(1) << (i - 1);
	row->next = NULL;
	if (b->first == NULL)
		b->first = row;
	else
		b->last->next = row;
	b->last = row;
}

void
weir_queue_put(struct weir_queue *q, struct weir_row *row)
{
	put(q, row);
	q->n++;
}

bool
weir_queue_least(const struct weir_queue *q, int64_t *time)
{
	if (q->n == 0)
		return false;
	*time = (int64_t)rank((int64_t)(q->buckets[0].first != NULL ? q->last : q->buckets[lowest(q->used) + 1].least));
	return true;
}

static struct weir_row *
empty(struct weir_queue *q, unsigned i)
{
	struct weir_queue_bucket *b = &q->buckets[i];
	struct weir_row *first = b->first;

	b->first = NULL;
	if (i > 0)
		q->used &= ~(UINT64_C(1) << (i - 1));
	return first;
}

struct weir_row *
weir_queue_take(struct weir_queue *q)
{
	struct weir_row *row, *next;
	unsigned i;

	if (q->n == 0)
		return NULL;
	if (q->buckets[0].first == NULL) {
		/* The earliest time becomes the last one; its bucket's rows share more bits with it than their bucket says. */
		i = lowest(q->used) + 1;
		q->last = q->buckets[i].least;
		for (row = empty(q, i); row != NULL; row = next) {
			next = row->next;
			put(q, row);
		}
	}
	row = empty(q, 0);
	for (next = row; next != NULL; next = next->next)
		q->n--;
	return row;
}

struct weir_row *
weir_queue_next(const struct weir_queue *q, unsigned *bucket, struct weir_row *row)
{
	if (row == NULL)
		*bucket = 0;
	else if (row->next != NULL)
		return row->next;
	else
		++*bucket;
	for (; *bucket < WEIR_QUEUE_BUCKETS; ++*bucket)
		if (q->buckets[*bucket].first != NULL)
			return q->buckets[*bucket].first;
	return NULL;
}
