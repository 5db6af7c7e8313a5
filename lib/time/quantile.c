/*
 * quantile - see quantile.h
 */
#include "time/quantile.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define SHIFT (52 - WEIR_QUANTILE_MANTISSA)

/* A value of 8 bytes: the digits above, the scale in the lowest 6 bits; or WIDE there, and a place in wide. */
#define SCALE_BITS 6
#define WIDE 63
#define DIGITS_MAX (INT64_C(1) << 57)

#define EXACT_DOUBLE (INT64_C(1) << 53)

void
weir_quantile_release(struct weir_quantile *q)
{
	int i;

	if (q->sketched) {
		for (i = 0; i < 2; i++) {
			free(q->sketch->side[i].counts);
			free(q->sketch->side[i].carries);
		}
		free(q->sketch);
	} else {
		free(q->exact);
	}
	free(q->wide);
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

static inline uint64_t
count_of(const struct weir_quantile_side *s, int32_t i)
{
	return s->counts[i] | (s->carries != NULL ? (uint64_t)s->carries[i] << 32 : 0);
}

/* The side of a value other than 0, spanning its bucket, whose place is set. */
static inline struct weir_quantile_side *
reserve(struct weir_quantile_sketch *k, double d, int32_t *at)
{
	struct weir_quantile_side *s = &k->side[d < 0];
	int32_t bucket = bucket_of(d < 0 ? -d : d);

	if (bucket < s->first || bucket >= s->first + s->n)
		widen(s, bucket);
	*at = bucket - s->first;
	return s;
}

static void
carry(struct weir_quantile_side *s, int32_t at, uint32_t n)
{
	if (s->carries == NULL)
		s->carries = weir_mem_zalloc((size_t)s->n, sizeof(*s->carries));
	s->carries[at] += n;
}

static inline void
count(struct weir_quantile_sketch *k, double d)
{
	struct weir_quantile_side *s;
	int32_t at;

	if (d == 0) {
		k->zeros++;
		return;
	}
	s = reserve(k, d, &at);
	s->total++;
	if (++s->counts[at] == 0)
		carry(s, at, 1);
}

/* Equal values by their scale, so that an answer's spelling does not depend on the order they came in. */
static int
by_value(const void *a, const void *b)
{
	const struct weir_num *x = a, *y = b;
	int c = weir_num_cmp(x, y);

	return c != 0 ? c : x->scale - y->scale;
}

/* The extremes are compared as doubles first: rounding keeps the order. */
static void
stretch(struct weir_quantile_sketch *k, const struct weir_num *v, double d)
{
	if (d <= k->low && by_value(v, &k->least) < 0) {
		k->least = *v;
		k->low = d;
	}
	if (d >= k->high && by_value(v, &k->greatest) > 0) {
		k->greatest = *v;
		k->high = d;
	}
}

static struct weir_num
opened(const struct weir_quantile *q, int64_t code)
{
	struct weir_num n;
	int scale = (int)(code & WIDE);

	if (scale == WIDE)
		return q->wide[code >> SCALE_BITS];
	n = weir_num_int(code >> SCALE_BITS);
	n.scale = scale;
	return n;
}

/* m / 10^scale, scale < 19, |m| <= EXACT_DOUBLE: both are doubles as they are, so the quotient is the nearest one. */
static inline double
quotient(int64_t m, int scale)
{
	static const double ten[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14,
	    1e15, 1e16, 1e17, 1e18};

	return scale == 0 ? (double)m : (double)m / ten[scale];
}

static double
opened_double(const struct weir_quantile *q, int64_t code)
{
	int64_t m = code >> SCALE_BITS;
	struct weir_num v;

	if ((code & WIDE) < 19 && m <= EXACT_DOUBLE && m >= -EXACT_DOUBLE)
		return quotient(m, (int)(code & WIDE));
	v = opened(q, code);
	return weir_num_double(&v);
}

struct weir_num
weir_quantile_kept(const struct weir_quantile *q, uint64_t i)
{
	return opened(q, q->exact[i]);
}

/* Appends a value to those that are kept: room for 4, 8, 16 ... of them. */
static void
keep(struct weir_quantile *q, const struct weir_num *v)
{
	int64_t code;

	if (q->n == 0 || (q->n >= 4 && (q->n & (q->n - 1)) == 0))
		q->exact = weir_mem_realloc(q->exact, q->n == 0 ? 4 : 2 * q->n, sizeof(*q->exact));
	if (!v->inexact && v->m < DIGITS_MAX && v->m > -DIGITS_MAX) {
		code = (int64_t)v->m * (1 << SCALE_BITS) + v->scale;
	} else {
		if (q->nwide == 0 || (q->nwide & (q->nwide - 1)) == 0)
			q->wide = weir_mem_realloc(q->wide, q->nwide == 0 ? 1 : 2 * (size_t)q->nwide, sizeof(*q->wide));
		q->wide[q->nwide] = *v;
		code = (int64_t)q->nwide++ * (1 << SCALE_BITS) + WIDE;
	}
	q->exact[q->n++] = code;
}

/* From values to buckets. */
static void
spill(struct weir_quantile *q)
{
	struct weir_quantile_sketch *k = weir_mem_zalloc(1, sizeof(*k));
	struct weir_num v = opened(q, q->exact[0]);
	int32_t at;
	uint64_t i;

	k->least = k->greatest = v;
	k->low = k->high = weir_num_double(&v);
	for (i = 1; i < q->n; i++) {
		double d = opened_double(q, q->exact[i]);

		if (d > k->low && d < k->high)
			continue;
		v = opened(q, q->exact[i]);
		stretch(k, &v, d);
	}
	/* The far end of each sign first, so that the buckets are laid out in few steps. */
	if (k->low != 0)
		reserve(k, k->low, &at);
	if (k->high != 0)
		reserve(k, k->high, &at);
	for (i = 0; i < q->n; i++)
		count(k, opened_double(q, q->exact[i]));
	free(q->exact);
	free(q->wide);
	q->wide = NULL;
	q->nwide = 0;
	q->sketch = k;
	q->sketched = true;
}

void
weir_quantile_add(struct weir_quantile *q, const struct weir_num *v, uint64_t limit)
{
	double d;

	if (!q->sketched) {
		if (q->n < limit) {
			keep(q, v);
			return;
		}
		spill(q);
	}
	d = weir_num_double(v);
	stretch(q->sketch, v, d);
	q->n++;
	count(q->sketch, d);
}

void
weir_quantile_add_decimal(struct weir_quantile *q, int64_t m, int scale, uint64_t limit)
{
	struct weir_num v;

	if (q->sketched && m <= EXACT_DOUBLE && m >= -EXACT_DOUBLE) {
		double d = quotient(m, scale);

		if (d > q->sketch->low && d < q->sketch->high) {
			q->n++;
			count(q->sketch, d);
			return;
		}
	}
	v = weir_num_int(m);
	v.scale = scale;
	weir_quantile_add(q, &v, limit);
}

static void
merge_side(struct weir_quantile_side *into, const struct weir_quantile_side *from)
{
	int32_t i, at;

	if (from->n == 0)
		return;
	if (from->first < into->first || into->n == 0)
		widen(into, from->first);
	if (from->first + from->n > into->first + into->n)
		widen(into, from->first + from->n - 1);
	for (i = 0; i < from->n; i++) {
		uint64_t sum;

		at = from->first + i - into->first;
		sum = (uint64_t)into->counts[at] + from->counts[i];
		into->counts[at] = (uint32_t)sum;
		if (sum >> 32 != 0 || (from->carries != NULL && from->carries[i] != 0))
			carry(into, at, (uint32_t)(sum >> 32) + (from->carries != NULL ? from->carries[i] : 0));
	}
	into->total += from->total;
}

void
weir_quantile_merge(struct weir_quantile *into, const struct weir_quantile *from, uint64_t limit)
{
	struct weir_num v;
	uint64_t i;
	int s;

	if (!from->sketched) {
		for (i = 0; i < from->n; i++) {
			v = opened(from, from->exact[i]);
			weir_quantile_add(into, &v, limit);
		}
		return;
	}
	if (!into->sketched && into->n > 0)
		spill(into);
	if (!into->sketched) {
		into->sketch = weir_mem_zalloc(1, sizeof(*into->sketch));
		into->sketched = true;
		into->sketch->least = from->sketch->least;
		into->sketch->greatest = from->sketch->greatest;
		into->sketch->low = from->sketch->low;
		into->sketch->high = from->sketch->high;
	}
	stretch(into->sketch, &from->sketch->least, from->sketch->low);
	stretch(into->sketch, &from->sketch->greatest, from->sketch->high);
	into->n += from->n;
	into->sketch->zeros += from->sketch->zeros;
	for (s = 0; s < 2; s++)
		merge_side(&into->sketch->side[s], &from->sketch->side[s]);
}

/* Of one scale: their codes are in the order of the values. */
static int
by_code(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static struct weir_num
exact_at(const struct weir_quantile *q, uint64_t at)
{
	size_t n = (size_t)q->n, i;
	bool plain = q->nwide == 0;
	struct weir_num *sorted, v;
	int64_t *codes;

	for (i = 1; i < n && plain; i++)
		plain = ((q->exact[i] ^ q->exact[0]) & WIDE) == 0;
	if (plain) {
		codes = weir_mem_alloc(n * sizeof(*codes));
		memcpy(codes, q->exact, n * sizeof(*codes));
		qsort(codes, n, sizeof(*codes), by_code);
		v = opened(q, codes[at]);
		free(codes);
		return v;
	}
	sorted = weir_mem_alloc(n * sizeof(*sorted));
	for (i = 0; i < n; i++)
		sorted[i] = opened(q, q->exact[i]);
	qsort(sorted, n, sizeof(*sorted), by_value);
	v = sorted[at];
	free(sorted);
	return v;
}

/* The value at a place in ascending order: the negative ones come first, greatest magnitude first. */
static double
bucket_at(const struct weir_quantile_sketch *k, uint64_t at)
{
	const struct weir_quantile_side *pos = &k->side[0], *neg = &k->side[1];
	int32_t i;

	if (at < neg->total) {
		for (i = neg->n - 1; at >= count_of(neg, i); i--)
			at -= count_of(neg, i);
		return -middle(neg->first + i);
	}
	at -= neg->total;
	if (at < k->zeros)
		return 0;
	at -= k->zeros;
	for (i = 0; at >= count_of(pos, i); i++)
		at -= count_of(pos, i);
	return middle(pos->first + i);
}

struct weir_num
weir_quantile_get(const struct weir_quantile *q, struct weir_quantile_rank rank)
{
	weir_u128 product = (weir_u128)q->n * rank.num;
	uint64_t at = (uint64_t)((product + rank.den - 1) / rank.den);
	const struct weir_quantile_sketch *k = q->sketch;
	struct weir_num v;

	at = at > 0 ? at - 1 : 0;
	if (!q->sketched)
		return exact_at(q, at);
	if (at == 0)
		return k->least;
	if (at == q->n - 1)
		return k->greatest;
	v = weir_num_dbl(bucket_at(k, at));
	if (weir_num_cmp(&v, &k->least) < 0)
		return k->least;
	return weir_num_cmp(&v, &k->greatest) > 0 ? k->greatest : v;
}
