/*
 * agg_numbers - aggregates that calculate
 *
 * States: a count, [n, sum], a quantile's JSON (time/quantile.h); of the others a string of time/pack.h.
 */
#include "base/civil.h"
#include "time/agg_ops.h"
#include "time/decay.h"
#include "time/moments.h"

#include <math.h>
#include <string.h>

static const char a_number[] = "a number";
static const char numbers[] = "numbers";

static int
count_add(struct weir_agg *a, void *cell, const struct weir_value *v, int64_t time)
{
	(void)a;
	(void)v;
	(void)time;
	++*(uint64_t *)cell;
	return 0;
}

static void
count_merge(struct weir_agg *a, void *into, const void *from)
{
	(void)a;
	*(uint64_t *)into += *(const uint64_t *)from;
}

static uint8_t
count_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	(void)a;
	weir_buf_put_int(b, *(const uint64_t *)cell);
	return WEIR_NUMBER;
}

static int
take_count(const struct weir_value *v, uint64_t *count)
{
	int64_t n;

	if (v->type != WEIR_NUMBER || !weir_num_small(v->p, v->len, &n) || n < 0)
		return -1;
	*count = (uint64_t)n;
	return 0;
}

static int
count_load(struct weir_agg *a, void *cell, const struct weir_value *v)
{
	(void)a;
	return take_count(v, cell);
}

/* Per second of the window; of one without a length, or without bounds, null. */
static uint8_t
rate_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	struct weir_num n, length;

	if (a->start == WEIR_TIME_NONE || a->end == WEIR_TIME_NONE || a->end <= a->start)
		return WEIR_NULL;
	n = weir_num_int(0);
	n.m = (weir_i128)*(const uint64_t *)cell * 1000000000;
	length = n;
	length.m = (weir_i128)a->end - a->start;
	n = weir_num_div(&n, &length);
	return weir_agg_put(b, &n);
}

struct sum {
	struct weir_num sum;
	uint64_t n;
};

/* A sum that takes another 18 digits without a look at its own. */
#define SUM_ROOM ((weir_i128)1 << 120)

static int
sum_add(struct weir_agg *a, void *cell, const struct weir_value *v, int64_t time)
{
	struct sum *s = cell;
	struct weir_num n;
	int64_t m;
	int scale;

	(void)a;
	(void)time;
	if (v->type != WEIR_NUMBER)
		return -1;
	if (weir_num_decimal(v->p, v->len, &m, &scale) && scale == s->sum.scale && !s->sum.inexact &&
	    s->sum.m < SUM_ROOM && s->sum.m > -SUM_ROOM) {
		s->sum.m += m;
	} else {
		if (weir_agg_number(v, &n) != 0)
			return -1;
		s->sum = weir_num_add(&s->sum, &n);
	}
	s->n++;
	return 0;
}

static void
sum_merge(struct weir_agg *a, void *into, const void *from)
{
	const struct sum *other = from;
	struct sum *s = into;

	(void)a;
	if (s->n == 0)
		*s = *other;
	else if (other->n > 0) {
		s->sum = weir_num_add(&s->sum, &other->sum);
		s->n += other->n;
	}
}

static uint8_t
sum_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct sum *s = cell;

	(void)a;
	return s->n == 0 ? WEIR_NULL : weir_agg_put(b, &s->sum);
}

static uint8_t
avg_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct sum *s = cell;

	(void)a;
	return s->n == 0 ? WEIR_NULL : weir_agg_put_double(b, weir_num_mean(&s->sum, s->n));
}

/* [n, sum] */
static uint8_t
sum_save(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct sum *s = cell;

	(void)a;
	weir_buf_putc(b, '[');
	weir_buf_put_int(b, s->n);
	weir_buf_putc(b, ',');
	weir_quantile_put(b, &s->sum);
	weir_buf_putc(b, ']');
	return WEIR_ARRAY;
}

static int
sum_load(struct weir_agg *a, void *cell, const struct weir_value *v)
{
	struct sum *s = cell;
	struct weir_value n = {.type = WEIR_NUMBER}, x = {.type = WEIR_NUMBER};
	const unsigned char *end = v->p + v->len - 1, *comma;

	(void)a;
	if (v->type != WEIR_ARRAY || v->len < 5 || v->p[0] != '[' || *end != ']' || (comma = memchr(v->p, ',', v->len)) == NULL)
		return -1;
	n.p = v->p + 1;
	n.len = (uint32_t)(comma - n.p);
	x.p = comma + 1;
	x.len = (uint32_t)(end - x.p);
	if (x.len > 2 && x.p[0] == '"' && x.p[x.len - 1] == '"') {
		x.type = WEIR_STRING;
		x.p++;
		x.len -= 2;
	}
	return take_count(&n, &s->n) == 0 && weir_quantile_take(&x, &s->sum) == 0 ? 0 : -1;
}

static int
var_add(struct weir_agg *a, void *cell, const struct weir_value *v, int64_t time)
{
	struct weir_num n;

	(void)a;
	(void)time;
	if (weir_agg_number(v, &n) != 0)
		return -1;
	weir_moments_add(cell, &n);
	return 0;
}

static void
var_merge(struct weir_agg *a, void *into, const void *from)
{
	(void)a;
	weir_moments_merge(into, from);
}

static uint8_t
var_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct weir_moments *m = cell;

	(void)a;
	return m->n < 2 ? WEIR_NULL : weir_agg_put_double(b, weir_moments_variance(m));
}

static uint8_t
stddev_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct weir_moments *m = cell;

	(void)a;
	return m->n < 2 ? WEIR_NULL : weir_agg_put_double(b, sqrt(weir_moments_variance(m)));
}

static uint8_t
var_save(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	(void)a;
	weir_moments_save(cell, b);
	return WEIR_STRING;
}

static int
var_load(struct weir_agg *a, void *cell, const struct weir_value *v)
{
	struct weir_pack r;

	(void)a;
	weir_pack_init(&r, v);
	weir_moments_load(cell, &r);
	return weir_pack_end(&r);
}

static int
corr_add(struct weir_agg *a, void *cell, const struct weir_value *v, int64_t time)
{
	struct weir_num x, y;

	(void)a;
	(void)time;
	if (weir_agg_number(&v[0], &x) != 0)
		return -1;
	if (v[1].type <= WEIR_NULL)
		return 0;
	if (weir_agg_number(&v[1], &y) != 0)
		return -1;
	weir_moments_pair_add(cell, weir_num_double(&x), weir_num_double(&y));
	return 0;
}

static void
corr_merge(struct weir_agg *a, void *into, const void *from)
{
	(void)a;
	weir_moments_pair_merge(into, from);
}

static uint8_t
corr_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	(void)a;
	return weir_agg_put_double(b, weir_moments_pair_correlation(cell));
}

static uint8_t
corr_save(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	(void)a;
	weir_moments_pair_save(cell, b);
	return WEIR_STRING;
}

static int
corr_load(struct weir_agg *a, void *cell, const struct weir_value *v)
{
	struct weir_pack r;

	(void)a;
	weir_pack_init(&r, v);
	weir_moments_pair_load(cell, &r);
	return weir_pack_end(&r);
}

/* Weights as they are at the latest time: its own is 1. */
struct ewma {
	int64_t time;
	uint64_t n;
	double sum, weight;
};

/* Moves the weights on to a later time. */
static void
ewma_age(struct ewma *e, int64_t time, int64_t half)
{
	double left;

	if (e->n > 0 && time > e->time) {
		left = weir_decay((uint64_t)time - (uint64_t)e->time, (uint64_t)half);
		e->sum *= left;
		e->weight *= left;
	}
	if (e->n == 0 || time > e->time)
		e->time = time;
}

static void
ewma_join(struct ewma *e, struct ewma other, int64_t half)
{
	ewma_age(e, other.time, half);
	ewma_age(&other, e->time, half);
	e->sum += other.sum;
	e->weight += other.weight;
	e->n += other.n;
}

static int
ewma_add(struct weir_agg *a, void *cell, const struct weir_value *v, int64_t time)
{
	struct weir_num n;

	if (weir_agg_number(v, &n) != 0)
		return -1;
	ewma_join(cell, (struct ewma){time, 1, weir_num_double(&n), 1}, a->half);
	return 0;
}

static void
ewma_merge(struct weir_agg *a, void *into, const void *from)
{
	const struct ewma *other = from;

	if (other->n > 0)
		ewma_join(into, *other, a->half);
}

static uint8_t
ewma_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct ewma *e = cell;

	(void)a;
	return e->n == 0 ? WEIR_NULL : weir_agg_put_double(b, e->sum / e->weight);
}

static uint8_t
ewma_save(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct ewma *e = cell;

	(void)a;
	weir_pack_int(b, (int64_t)e->n);
	weir_pack_int(b, e->time);
	weir_pack_double(b, e->sum);
	weir_pack_double(b, e->weight);
	return WEIR_STRING;
}

static int
ewma_load(struct weir_agg *a, void *cell, const struct weir_value *v)
{
	struct ewma *e = cell;
	struct weir_pack r;

	(void)a;
	weir_pack_init(&r, v);
	e->n = weir_pack_take_count(&r, INT64_MAX);
	e->time = weir_pack_take_int(&r);
	e->sum = weir_pack_take_double(&r);
	e->weight = weir_pack_take_double(&r);
	return weir_pack_end(&r);
}

const struct weir_agg_ops weir_agg_numbers[] = {
	{"count", WEIR_AGG_OPS_MAYBE_PATH, 0, NULL, sizeof(uint64_t), count_add, count_merge, count_result,
	    count_result, count_load, NULL, NULL},
	{"rate", WEIR_AGG_OPS_NOTHING, 0, NULL, sizeof(uint64_t), count_add, count_merge, rate_result,
	    count_result, count_load, NULL, NULL},
	{"sum", WEIR_AGG_OPS_PATH, 0, a_number, sizeof(struct sum), sum_add, sum_merge, sum_result, sum_save,
	    sum_load, NULL, NULL},
	{"avg", WEIR_AGG_OPS_PATH, 0, a_number, sizeof(struct sum), sum_add, sum_merge, avg_result, sum_save,
	    sum_load, NULL, NULL},
	{"var", WEIR_AGG_OPS_PATH, 0, a_number, sizeof(struct weir_moments), var_add, var_merge, var_result,
	    var_save, var_load, NULL, NULL},
	{"stddev", WEIR_AGG_OPS_PATH, 0, a_number, sizeof(struct weir_moments), var_add, var_merge,
	    stddev_result, var_save, var_load, NULL, NULL},
	{"corr", WEIR_AGG_OPS_TWO_PATHS, 0, numbers, sizeof(struct weir_moments_pair), corr_add, corr_merge,
	    corr_result, corr_save, corr_load, NULL, NULL},
	{"ewma", WEIR_AGG_OPS_PATH_DURATION, 0, a_number, sizeof(struct ewma), ewma_add, ewma_merge,
	    ewma_result, ewma_save, ewma_load, NULL, NULL},
	{.word = NULL},
};
