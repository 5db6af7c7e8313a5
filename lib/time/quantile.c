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
	free(q->side[1].counts);
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

/* Makes the side span the bucket. */
static void
widen(struct weir_quantile_side *s, int32_t bucket)
{
	int32_t first = s->n == 0 || bucket < s->first ? bucket : s->first;
	int32_t end = s->n == 0 || bucket >= s->first + s->n ? bucket + 1 : s->first + s->n;
	uint64_t *counts;

	if (s->n > 0 && bucket < s->first)
		first -= s->n / 2;
	if (s->n > 0 && bucket >= s->first + s->n)
		end += s->n / 2;
	counts = weir_mem_zalloc((size_t)(end - first), sizeof(*counts));
	if (s->n > 0)
		memcpy(counts + (s->first - first), s->counts, (size_t)s->n * sizeof(*counts));
	free(s->counts);
	s->counts = counts;
	s->first = first;
	s->n = end - first;
}

static void
count(struct weir_quantile *q, double d)
{
	struct weir_quantile_side *s = &q->side[d < 0];
	int32_t bucket;

	if (d == 0) {
		q->zeros++;
		return;
	}
	bucket = bucket_of(d < 0 ? -d : d);
	if (bucket < s->first || bucket >= s->first + s->n)
		widen(s, bucket);
	s->counts[bucket - s->first]++;
	s->total++;
}

/* From values to buckets. */
static void
spill(struct weir_quantile *q)
{
	unsigned i;

	for (i = 0; i < WEIR_QUANTILE_EXACT; i++)
		count(q, weir_num_double(&q->exact[i]));
	free(q->exact);
	q->exact = NULL;
}

void
weir_quantile_add(struct weir_quantile *q, const struct weir_num *v)
{
	if (q->n == 0 || weir_num_cmp(v, &q->least) < 0)
		q->least = *v;
	if (q->n == 0 || weir_num_cmp(v, &q->greatest) > 0)
		q->greatest = *v;
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
	count(q, weir_num_double(v));
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
		for (i = neg->n - 1; at >= neg->counts[i]; i--)
			at -= neg->counts[i];
		return -middle(neg->first + i);
	}
	at -= neg->total;
	if (at < q->zeros)
		return 0;
	at -= q->zeros;
	for (i = 0; at >= pos->counts[i]; i++)
		at -= pos->counts[i];
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
