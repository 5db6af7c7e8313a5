/*
 * quantile - see quantile.h
 */
#include "time/quantile.h"
#include "base/mem.h"
#include "text/json.h"

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

void
weir_quantile_put(struct weir_buf *b, const struct weir_num *n)
{
	char text[WEIR_NUM_TEXT];

	if (n->inexact)
		weir_buf_printf(b, "\"%a\"", n->d);
	else
		weir_buf_put(b, text, weir_num_format(n, text));
}

int
weir_quantile_take(const struct weir_value *v, struct weir_num *n)
{
	char text[WEIR_NUM_TEXT], *end;

	if (v->type == WEIR_NUMBER)
		return weir_num_parse(n, v->p, v->len);
	if (v->type != WEIR_STRING || v->len == 0 || v->len >= sizeof(text))
		return -1;
	memcpy(text, v->p, v->len);
	text[v->len] = '\0';
	*n = weir_num_dbl(strtod(text, &end));
	return *end == '\0' ? 0 : -1;
}

static void
save_side(const struct weir_quantile_side *s, struct weir_buf *b)
{
	int32_t i, last = -1;

	weir_buf_puts(b, ",[");
	for (i = 0; i < s->n; i++) {
		if (s->counts[i] == 0 && (s->carries == NULL || s->carries[i] == 0))
			continue;
		if (last >= 0)
			weir_buf_putc(b, ',');
		weir_buf_put_int(b, (uint64_t)(s->first + i - last - 1));
		weir_buf_putc(b, ',');
		weir_buf_put_int(b, count_of(s, i));
		last = s->first + i;
	}
	weir_buf_putc(b, ']');
}

void
weir_quantile_save(const struct weir_quantile *q, struct weir_buf *b)
{
	uint64_t i;

	weir_buf_putc(b, '[');
	weir_buf_put_int(b, q->n);
	weir_buf_putc(b, ',');
	weir_quantile_put(b, &q->least);
	weir_buf_putc(b, ',');
	weir_quantile_put(b, &q->greatest);
	if (q->n <= WEIR_QUANTILE_EXACT) {
		weir_buf_puts(b, ",[");
		for (i = 0; i < q->n; i++) {
			weir_buf_puts(b, i > 0 ? "," : "");
			weir_quantile_put(b, &q->exact[i]);
		}
		weir_buf_puts(b, "]]");
		return;
	}
	weir_buf_putc(b, ',');
	weir_buf_put_int(b, q->zeros);
	save_side(&q->side[0], b);
	save_side(&q->side[1], b);
	weir_buf_putc(b, ']');
}

static int
take_count(const struct weir_value *v, int64_t *n)
{
	return v->type == WEIR_NUMBER && weir_num_small(v->p, v->len, n) && *n >= 0 ? 0 : -1;
}

static int
load_exact(struct weir_quantile *q, const struct weir_value *v)
{
	struct weir_json_each e;
	struct weir_value x;
	struct weir_num n;

	if (v->type != WEIR_ARRAY)
		return -1;
	weir_json_each_init(&e, v);
	while (weir_json_each_next(&e, NULL, &x) == 1)
		if (q->n == WEIR_QUANTILE_EXACT || weir_quantile_take(&x, &n) != 0)
			return -1;
		else
			weir_quantile_add(q, &n);
	return 0;
}

static void
set_count(struct weir_quantile_side *s, int32_t i, uint64_t n)
{
	s->total += n;
	s->counts[i] = (uint32_t)n;
	if (n >> 32 != 0 && s->carries == NULL)
		s->carries = weir_mem_zalloc((size_t)s->n, sizeof(*s->carries));
	if (n >> 32 != 0)
		s->carries[i] = (uint32_t)(n >> 32);
}

/* Walks the pairs; without counts it only finds the first bucket and how many the side spans. */
static int
walk_side(struct weir_quantile_side *s, const struct weir_value *v, bool set)
{
	struct weir_json_each e;
	struct weir_value x;
	int64_t skip, n, at = -1;
	bool any = false;

	weir_json_each_init(&e, v);
	while (weir_json_each_next(&e, NULL, &x) == 1) {
		if (take_count(&x, &skip) != 0 || weir_json_each_next(&e, NULL, &x) != 1 || take_count(&x, &n) != 0 ||
		    skip > INT64_C(2048) << MANTISSA || (at += skip + 1) >= INT64_C(2048) << MANTISSA)
			return -1;
		if (set)
			set_count(s, (int32_t)at - s->first, (uint64_t)n);
		else if (!any)
			s->first = (int32_t)at;
		any = true;
	}
	if (!set)
		s->n = any ? (int32_t)at - s->first + 1 : 0;
	return 0;
}

static int
load_side(struct weir_quantile_side *s, const struct weir_value *v)
{
	if (v->type != WEIR_ARRAY || walk_side(s, v, false) != 0)
		return -1;
	if (s->n == 0)
		return 0;
	s->counts = weir_mem_zalloc((size_t)s->n, sizeof(*s->counts));
	return walk_side(s, v, true);
}

int
weir_quantile_load(struct weir_quantile *q, const struct weir_value *v)
{
	struct weir_json_each e;
	struct weir_value part[6];
	int64_t n, zeros;
	unsigned k = 0;

	if (v->type != WEIR_ARRAY)
		return -1;
	weir_json_each_init(&e, v);
	while (k < 6 && weir_json_each_next(&e, NULL, &part[k]) == 1)
		k++;
	if (k == 4 && take_count(&part[0], &n) == 0)
		return load_exact(q, &part[3]) == 0 && q->n == (uint64_t)n ? 0 : -1;
	if (k != 6 || take_count(&part[0], &n) != 0 || take_count(&part[3], &zeros) != 0 ||
	    weir_quantile_take(&part[1], &q->least) != 0 || weir_quantile_take(&part[2], &q->greatest) != 0 ||
	    load_side(&q->side[0], &part[4]) != 0 || load_side(&q->side[1], &part[5]) != 0)
		return -1;
	q->n = (uint64_t)n;
	q->zeros = (uint64_t)zeros;
	q->low = weir_num_double(&q->least);
	q->high = weir_num_double(&q->greatest);
	return q->n > WEIR_QUANTILE_EXACT && q->side[0].total + q->side[1].total + q->zeros == q->n ? 0 : -1;
}
