/*
 * agg_ops - see agg_ops.h
 *
 * States are values too: a count, [n, sum], the value kept, a sketch (time/quantile.h).
 */
#include "time/agg_ops.h"
#include "base/mem.h"
#include "base/num.h"
#include "text/json.h"
#include "text/order.h"

#include <stdlib.h>
#include <string.h>

static int
number(const struct weir_value *v, struct weir_num *n)
{
	int64_t i;

	if (v->type != WEIR_NUMBER)
		return -1;
	if (weir_num_small(v->p, v->len, &i)) {
		*n = weir_num_int(i);
		return 0;
	}
	return weir_num_parse(n, v->p, v->len);
}

static uint8_t
put_number(struct weir_buf *b, const struct weir_num *n)
{
	char text[WEIR_NUM_TEXT];

	weir_buf_put(b, text, weir_num_format(n, text));
	return WEIR_NUMBER;
}

static int
count_add(void *cell, const struct weir_value *v)
{
	(void)v;
	++*(uint64_t *)cell;
	return 0;
}

static uint8_t
count_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	(void)a;
	weir_buf_put_int(b, *(const uint64_t *)cell);
	return WEIR_NUMBER;
}

static uint8_t
count_save(const void *cell, struct weir_buf *b)
{
	return count_result(NULL, cell, b);
}

static int
count_load(void *cell, const struct weir_value *v)
{
	int64_t n;

	if (v->type != WEIR_NUMBER || !weir_num_small(v->p, v->len, &n) || n < 0)
		return -1;
	*(uint64_t *)cell = (uint64_t)n;
	return 0;
}

struct sum {
	struct weir_num sum;
	uint64_t n;
};

/* Integers that a sum of integers can take without a look at its digits: both stay far below 10^38. */
#define SUM_ROOM ((weir_i128)1 << 120)

static int
sum_add(void *cell, const struct weir_value *v)
{
	struct sum *s = cell;
	struct weir_num n;
	int64_t i;

	if (v->type != WEIR_NUMBER)
		return -1;
	if (s->sum.scale == 0 && !s->sum.inexact && weir_num_small(v->p, v->len, &i) &&
	    s->sum.m < SUM_ROOM && s->sum.m > -SUM_ROOM) {
		s->sum.m += i;
	} else {
		if (number(v, &n) != 0)
			return -1;
		s->sum = weir_num_add(&s->sum, &n);
	}
	s->n++;
	return 0;
}

static uint8_t
sum_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct sum *s = cell;

	(void)a;
	return s->n == 0 ? WEIR_NULL : put_number(b, &s->sum);
}

static uint8_t
avg_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct sum *s = cell;
	struct weir_num mean;

	(void)a;
	if (s->n == 0)
		return WEIR_NULL;
	mean = weir_num_dbl(weir_num_mean(&s->sum, s->n));
	return put_number(b, &mean);
}

/* [n, sum] */
static uint8_t
sum_save(const void *cell, struct weir_buf *b)
{
	const struct sum *s = cell;

	weir_buf_putc(b, '[');
	weir_buf_put_int(b, s->n);
	weir_buf_putc(b, ',');
	weir_quantile_put(b, &s->sum);
	weir_buf_putc(b, ']');
	return WEIR_ARRAY;
}

static int
sum_load(void *cell, const struct weir_value *v)
{
	struct sum *s = cell;
	struct weir_json_each e;
	struct weir_value x;

	if (v->type != WEIR_ARRAY)
		return -1;
	weir_json_each_init(&e, v);
	return weir_json_each_next(&e, NULL, &x) == 1 && count_load(&s->n, &x) == 0 &&
	        weir_json_each_next(&e, NULL, &x) == 1 && weir_quantile_take(&x, &s->sum) == 0
	    ? 0
	    : -1;
}

/* A value that is kept: small ones in place. */
struct kept {
	unsigned char *p;        /* heap, or NULL: in place */
	uint32_t len;
	uint8_t type;            /* 0: none yet */
	unsigned char bytes[35];
};

static void
kept_value(const struct kept *k, struct weir_value *v)
{
	v->type = k->type;
	v->len = k->len;
	v->p = k->p != NULL ? k->p : k->bytes;
}

static void
keep(struct kept *k, const struct weir_value *v)
{
	struct weir_value now = *v;
	unsigned char time[8];

	if (v->type == WEIR_TIME) {
		weir_store64(time, (uint64_t)v->time);
		now.p = time;
		now.len = sizeof(time);
	}
	free(k->p);
	k->p = now.len > sizeof(k->bytes) ? weir_mem_dup(now.p, now.len) : NULL;
	if (k->p == NULL)
		memcpy(k->bytes, now.p, now.len);
	k->len = now.len;
	k->type = now.type;
}

static int
extreme_add(void *cell, const struct weir_value *v, int sign)
{
	struct kept *k = cell;
	struct weir_value old;

	if (k->type != 0) {
		kept_value(k, &old);
		if (old.type == WEIR_TIME)
			old.time = (int64_t)weir_load64(old.p);
		if (weir_order_compare(v, &old) * sign <= 0)
			return 0;
	}
	keep(k, v);
	return 0;
}

static int
min_add(void *cell, const struct weir_value *v)
{
	return extreme_add(cell, v, -1);
}

static int
max_add(void *cell, const struct weir_value *v)
{
	return extreme_add(cell, v, 1);
}

static uint8_t
kept_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct kept *k = cell;
	struct weir_value v;

	(void)a;
	kept_value(k, &v);
	weir_buf_put(b, v.p, v.len);
	return k->type == 0 ? WEIR_NULL : k->type;
}

static uint8_t
kept_save(const void *cell, struct weir_buf *b)
{
	return kept_result(NULL, cell, b);
}

static int
kept_load(void *cell, const struct weir_value *v)
{
	if (v->type > WEIR_NULL)
		keep(cell, v);
	return 0;
}

static void
kept_clear(void *cell)
{
	free(((struct kept *)cell)->p);
}

static int
quantile_add(void *cell, const struct weir_value *v)
{
	struct weir_num n;

	if (number(v, &n) != 0)
		return -1;
	weir_quantile_add(cell, &n);
	return 0;
}

static uint8_t
quantile_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct weir_quantile *q = cell;
	struct weir_num v;

	if (q->n == 0)
		return WEIR_NULL;
	v = weir_quantile_get(q, a->rank);
	return put_number(b, &v);
}

static uint8_t
quantile_save(const void *cell, struct weir_buf *b)
{
	weir_quantile_save(cell, b);
	return WEIR_ARRAY;
}

static int
quantile_load(void *cell, const struct weir_value *v)
{
	return weir_quantile_load(cell, v);
}

static void
quantile_clear(void *cell)
{
	weir_quantile_release(cell);
}

static const char a_number[] = "a number";

const struct weir_agg_ops weir_agg_ops_all[WEIR_AGG_OPS] = {
	{"count", WEIR_AGG_OPS_MAYBE, NULL, sizeof(uint64_t), count_add, count_result, count_save,
	    count_load, NULL},
	{"sum", WEIR_AGG_OPS_ALWAYS, a_number, sizeof(struct sum), sum_add, sum_result, sum_save, sum_load,
	    NULL},
	{"avg", WEIR_AGG_OPS_ALWAYS, a_number, sizeof(struct sum), sum_add, avg_result, sum_save, sum_load,
	    NULL},
	{"min", WEIR_AGG_OPS_ALWAYS, NULL, sizeof(struct kept), min_add, kept_result, kept_save, kept_load,
	    kept_clear},
	{"max", WEIR_AGG_OPS_ALWAYS, NULL, sizeof(struct kept), max_add, kept_result, kept_save, kept_load,
	    kept_clear},
	{"median", WEIR_AGG_OPS_ALWAYS, a_number, sizeof(struct weir_quantile), quantile_add,
	    quantile_result, quantile_save, quantile_load, quantile_clear},
	{"p", WEIR_AGG_OPS_ALWAYS, a_number, sizeof(struct weir_quantile), quantile_add, quantile_result,
	    quantile_save, quantile_load, quantile_clear},
};
