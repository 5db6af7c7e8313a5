/*
 * quantile - see quantile.h
 */
#include "time/quantile.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define MANTISSA 6   /* bits of the mantissa in a bucket's number */
#define SHIFT (52 - MANTISSA)

void
weir_quantile_release(struct weir_quantile *q)
{
	free(q->exact);
	free(q->side[0].counts);
	free(q->side[0].carries);
	free(q->side[1].counts);
	free(q->side[1].carries);
	memset(q, 0, sizeof(*q));
}

static int32_t
bucket_of(double d)
{
	uint64_t bits;

	memcpy(&bits, &d, sizeof(bits));
	return (int32_t)(bits >> SHIFT);
}

/* The middle of a bucket. */
static double
middle(int32_t bucket)
{
	uint64_t bits = (uint64_t)bucket << SHIFT | UINT64_C(1) << (SHIFT - 1);
	double d;

	memcpy(&d, &bits, sizeof(d));
	return d;
}

static uint32_t *
moved(uint32_t *old, int32_t n, int32_t by, int32_t room)
{
	uint32_t *counts;

	if (old == NULL && n > 0)
		return NULL;
	counts = weir_mem_zalloc((size_t)room, sizeof(*counts));
	if (n > 0)
		memcpy(counts + by, old, (size_t)n * sizeof(*counts));
	free(old);
	return counts;
}

/* Makes the side span the bucket, and half as many as there are beyond it. */
static void
widen(struct weir_quantile_side *s, int32_t bucket)
{
	int32_t first = s->first, end = s->first + s->n;

	if (s->n == 0) {
		first = bucket;
		end = bucket + 1;
	} else if (bucket < first) {
		first = bucket > s->n / 2 ? bucket - s->n / 2 : 0;
	} else {
		end = bucket + 1 + s->n / 2;
	}
	s->counts = moved(s->counts, s->n, s->first - first, end - first);
	if (s->carries != NULL)
		s->carries = moved(s->carries, s->n, s->first - first, end - first);
	s->first = first;
	s->n = end - first;
}

static uint64_t
count_of(const struct weir_quantile_side *s, int32_t i)
{
	return s->counts[i] | (s->carries != NULL ? (uint64_t)s->carries[i] << 32 : 0);
}

/* The side of a value other than 0, spanning its bucket, whose place is set. */
static struct weir_quantile_side *
reserve(struct weir_quantile *q, double d, int32_t *at)
{
	struct weir_quantile_side *s = &q->side[d < 0];
	int32_t bucket = bucket_of(d < 0 ? -d : d);

	if (bucket < s->first || bucket >= s->first + s->n)
		widen(s, bucket);
	*at = bucket - s->first;
	return s;
}

static void
count(struct weir_quantile *q, double d)
{
	struct weir_quantile_side *s;
	int32_t at;

	if (d == 0) {
		q->zeros++;
		return;
	}
	s = reserve(q, d, &at);
	s->total++;
	if (++s->counts[at] == 0) {
		if (s->carries == NULL)
			s->carries = weir_mem_zalloc((size_t)s->n, sizeof(*s->carries));
		s->carries[at]++;
	}
}

/* From values to buckets. */
static void
spill(struct weir_quantile *q)
{
	int32_t at;
	unsigned i;

	/* The far end of each sign first, so that the buckets are laid out in few steps. */
	if (q->low != 0)
		reserve(q, q->low, &at);
	if (q->high != 0)
		reserve(q, q->high, &at);
	for (i = 0; i < WEIR_QUANTILE_EXACT; i++)
		count(q, weir_num_double(&q->exact[i]));
	free(q->exact);
	q->exact = NULL;
}

/* The extremes are compared as doubles first: rounding keeps the order. */
static inline void
stretch(struct weir_quantile *q, const struct weir_num *v, double d)
{
	if (q->n == 0 || (d <= q->low && weir_num_cmp(v, &q->least) < 0)) {
		q->least = *v;
		q->low = d;
	}
	if (q->n == 0 || (d >= q->high && weir_num_cmp(v, &q->greatest) > 0)) {
		q->greatest = *v;
		q->high = d;
	}
}

void
weir_quantile_add(struct weir_quantile *q, const struct weir_num *v)
{
	double d = weir_num_double(v);

	stretch(q, v, d);
	if (q->n < WEIR_QUANTILE_EXACT) {
		/* Room for 4, 8, 16, 32 values. */
		if (q->n == 0 || (q->n >= 4 && (q->n & (q->n - 1)) == 0))
			q->exact = weir_mem_realloc(q->exact, q->n == 0 ? 4 : 2 * q->n, sizeof(*q->exact));
		q->exact[q->n++] = *v;
		return;
	}
	if (q->n == WEIR_QUANTILE_EXACT)
		spill(q);
	q->n++;
	count(q, d);
}

static int
by_value(const void *a, const void *b)
{
	return weir_num_cmp(a, b);
}

static struct weir_num
exact_at(const struct weir_quantile *q, uint64_t at)
{
	struct weir_num sorted[WEIR_QUANTILE_EXACT];

	memcpy(sorted, q->exact, q->n * sizeof(*sorted));
	qsort(sorted, q->n, sizeof(*sorted), by_value);
	return sorted[at];
}

/* The value at a place in ascending order: the negative ones come first, greatest magnitude first. */
static double
bucket_at(const struct weir_quantile *q, uint64_t at)
{
	const struct weir_quantile_side *pos = &q->side[0], *neg = &q->side[1];
	int32_t i;

	if (at < neg->total) {
		for (i = neg->n - 1; at >= count_of(neg, i); i--)
			at -= count_of(neg, i);
		return -middle(neg->first + i);
	}
	at -= neg->total;
	if (at < q->zeros)
		return 0;
	at -= q->zeros;
	for (i = 0; at >= count_of(pos, i); i++)
		at -= count_of(pos, i);
	return middle(pos->first + i);
}

struct weir_num
weir_quantile_get(const struct weir_quantile *q, struct weir_quantile_rank rank)
{
	weir_u128 product = (weir_u128)q->n * rank.num;
	uint64_t at = (uint64_t)((product + rank.den - 1) / rank.den);
	struct weir_num v;

	at = at > 0 ? at - 1 : 0;
	if (q->exact != NULL)
		return exact_at(q, at);
	if (at == 0)
		return q->least;
	if (at == q->n - 1)
		return q->greatest;
	v = weir_num_dbl(bucket_at(q, at));
	if (weir_num_cmp(&v, &q->least) < 0)
		return q->least;
	return weir_num_cmp(&v, &q->greatest) > 0 ? q->greatest : v;
}
