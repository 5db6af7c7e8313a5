/*
 * agg_many - aggregates of many values: quantiles, distinct values, the most frequent ones, lists
 */
#include "base/hash.h"
#include "text/order.h"
#include "text/value.h"
#include "time/agg_ops.h"
#include "time/distinct.h"
#include "time/hist.h"
#include "time/list.h"
#include "time/tally.h"

#include <stdlib.h>

static const char a_number[] = "a number";

static uint64_t
room(const struct weir_agg *a)
{
	return a->exact ? UINT64_MAX : WEIR_QUANTILE_EXACT;
}

static int
quantile_add(struct weir_agg *a, void *cell, const struct weir_value *v, int64_t time)
{
	struct weir_num n;
	int64_t m;
	int scale;

	(void)time;
	if (v->type != WEIR_NUMBER)
		return -1;
	if (weir_num_decimal(v->p, v->len, &m, &scale)) {
		weir_quantile_add_decimal(cell, m, scale, room(a));
		return 0;
	}
	if (weir_num_parse(&n, v->p, v->len) != 0)
		return -1;
	weir_quantile_add(cell, &n, room(a));
	return 0;
}

static void
quantile_merge(struct weir_agg *a, void *into, const void *from)
{
	weir_quantile_merge(into, from, room(a));
}

static uint8_t
quantile_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct weir_quantile *q = cell;
	struct weir_num v;

	if (q->n == 0)
		return WEIR_NULL;
	v = weir_quantile_get(q, a->rank);
	return weir_agg_put(b, &v);
}

static uint8_t
quantile_save(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	(void)a;
	weir_quantile_save(cell, b);
	return WEIR_ARRAY;
}

static int
quantile_load(struct weir_agg *a, void *cell, const struct weir_value *v)
{
	return weir_quantile_load(cell, v, room(a));
}

static void
quantile_clear(void *cell)
{
	weir_quantile_release(cell);
}

/* A value's canonical bytes, valid until the next one. */
static void
canon(struct weir_agg *a, const struct weir_value *v)
{
	weir_buf_clear(&a->scratch);
	weir_order_canon(&a->scratch, v);
}

static int
distinct_add(struct weir_agg *a, void *cell, const struct weir_value *v, int64_t time)
{
	(void)time;
	canon(a, v);
	weir_distinct_add(cell, weir_hash_fixed(a->scratch.p, a->scratch.len));
	return 0;
}

static void
distinct_merge(struct weir_agg *a, void *into, const void *from)
{
	(void)a;
	weir_distinct_merge(into, from);
}

static uint8_t
distinct_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	(void)a;
	weir_buf_put_int(b, weir_distinct_count(cell));
	return WEIR_NUMBER;
}

static uint8_t
distinct_save(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	(void)a;
	weir_distinct_save(cell, b);
	return WEIR_STRING;
}

static int
distinct_load(struct weir_agg *a, void *cell, const struct weir_value *v)
{
	(void)a;
	return weir_distinct_load(cell, v);
}

static void
distinct_clear(void *cell)
{
	weir_distinct_release(cell);
}

/* How many values are kept to know the most frequent ones. */
static uint32_t
counters(const struct weir_agg *a)
{
	uint64_t n = 10 * a->limit;

	return a->exact ? UINT32_MAX : n < 1000 ? 1000 : (uint32_t)n;
}

static int
top_add(struct weir_agg *a, void *cell, const struct weir_value *v, int64_t time)
{
	(void)time;
	canon(a, v);
	weir_tally_add(cell, a->scratch.p, a->scratch.len, counters(a));
	return 0;
}

static void
top_merge(struct weir_agg *a, void *into, const void *from)
{
	weir_tally_merge(into, from, counters(a));
}

/* [{"value":"x","count":3},...], with "error":2 behind a count that may be so much too great. */
static uint8_t
top_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct weir_tally *t = cell;
	const struct weir_tally_item **order = weir_tally_list(t, WEIR_TALLY_BY_COUNT);
	struct weir_value v;
	uint32_t i;

	weir_buf_putc(b, '[');
	for (i = 0; i < t->n && i < a->limit; i++) {
		weir_buf_puts(b, i > 0 ? ",{\"value\":" : "{\"value\":");
		weir_tally_value(order[i], &v);
		weir_value_json(b, &v, true);
		weir_buf_puts(b, ",\"count\":");
		weir_buf_put_int(b, order[i]->count);
		if (order[i]->error > 0) {
			weir_buf_puts(b, ",\"error\":");
			weir_buf_put_int(b, order[i]->error);
		}
		weir_buf_putc(b, '}');
	}
	weir_buf_putc(b, ']');
	free(order);
	return WEIR_ARRAY;
}

static uint8_t
tally_save(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	(void)a;
	weir_tally_save(cell, b);
	return WEIR_STRING;
}

static int
top_load(struct weir_agg *a, void *cell, const struct weir_value *v)
{
	return weir_tally_load(cell, v, counters(a));
}

static void
tally_clear(void *cell)
{
	weir_tally_release(cell);
}

/* Of a set; --exact's distinct is one without a bound. */
static uint32_t
set_limit(const struct weir_agg *a)
{
	return a->limit > 0 ? (uint32_t)a->limit : UINT32_MAX;
}

static int
set_add(struct weir_agg *a, void *cell, const struct weir_value *v, int64_t time)
{
	(void)time;
	canon(a, v);
	if (!weir_tally_note(cell, a->scratch.p, a->scratch.len, set_limit(a)))
		a->full = true;
	return 0;
}

static void
set_merge(struct weir_agg *a, void *into, const void *from)
{
	const struct weir_tally *t = from;
	const struct weir_tally_item **order = weir_tally_list(t, WEIR_TALLY_BY_STAMP);
	uint32_t i;

	for (i = 0; i < t->n; i++)
		if (!weir_tally_note(into, order[i]->key, order[i]->len, set_limit(a)))
			a->full = true;
	free(order);
}

static uint8_t
set_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct weir_tally *t = cell;
	const struct weir_tally_item **order = weir_tally_list(t, WEIR_TALLY_BY_VALUE);
	struct weir_value v;
	uint32_t i;

	(void)a;
	weir_buf_putc(b, '[');
	for (i = 0; i < t->n; i++) {
		if (i > 0)
			weir_buf_putc(b, ',');
		weir_tally_value(order[i], &v);
		weir_value_json(b, &v, true);
	}
	weir_buf_putc(b, ']');
	free(order);
	return WEIR_ARRAY;
}

static uint8_t
size_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	(void)a;
	weir_buf_put_int(b, ((const struct weir_tally *)cell)->n);
	return WEIR_NUMBER;
}

static int
set_load(struct weir_agg *a, void *cell, const struct weir_value *v)
{
	return weir_tally_load(cell, v, set_limit(a));
}

static int
list_add(struct weir_agg *a, void *cell, const struct weir_value *v, int64_t time)
{
	(void)time;
	if (!weir_list_add(cell, v, a->arrival++, a->limit))
		a->full = true;
	return 0;
}

static void
list_merge(struct weir_agg *a, void *into, const void *from)
{
	if (!weir_list_merge(into, from, a->limit))
		a->full = true;
}

static uint8_t
list_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	(void)a;
	weir_list_json(cell, b);
	return WEIR_ARRAY;
}

static uint8_t
list_save(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	(void)a;
	weir_list_save(cell, b);
	return WEIR_STRING;
}

static int
list_load(struct weir_agg *a, void *cell, const struct weir_value *v)
{
	return weir_list_load(cell, v, a->limit, &a->arrival);
}

static void
list_clear(void *cell)
{
	weir_list_release(cell);
}

static int
hist_add(struct weir_agg *a, void *cell, const struct weir_value *v, int64_t time)
{
	struct weir_num n;

	(void)a;
	(void)time;
	return weir_agg_number(v, &n) == 0 && weir_hist_add(cell, &n) ? 0 : -1;
}

static void
hist_merge(struct weir_agg *a, void *into, const void *from)
{
	(void)a;
	weir_hist_merge(into, from);
}

static uint8_t
hist_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	(void)a;
	weir_hist_json(cell, b);
	return WEIR_ARRAY;
}

static uint8_t
hist_save(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	(void)a;
	weir_hist_save(cell, b);
	return WEIR_STRING;
}

static int
hist_load(struct weir_agg *a, void *cell, const struct weir_value *v)
{
	(void)a;
	return weir_hist_load(cell, v);
}

static void
hist_clear(void *cell)
{
	weir_hist_release(cell);
}

static const struct weir_agg_ops exact_distinct = {"distinct", WEIR_AGG_OPS_PATH, 0, NULL,
    sizeof(struct weir_tally), set_add, set_merge, size_result, tally_save, set_load, tally_clear, NULL};

const struct weir_agg_ops weir_agg_many[] = {
	{"median", WEIR_AGG_OPS_PATH, 0, a_number, sizeof(struct weir_quantile), quantile_add, quantile_merge,
	    quantile_result, quantile_save, quantile_load, quantile_clear, NULL},
	{"p", WEIR_AGG_OPS_PATH, WEIR_AGG_OPS_RANK, a_number, sizeof(struct weir_quantile), quantile_add,
	    quantile_merge, quantile_result, quantile_save, quantile_load, quantile_clear, NULL},
	{"distinct", WEIR_AGG_OPS_PATH, 0, NULL, sizeof(struct weir_distinct), distinct_add, distinct_merge,
	    distinct_result, distinct_save, distinct_load, distinct_clear, &exact_distinct},
	{"top", WEIR_AGG_OPS_PATH, WEIR_AGG_OPS_COUNT, NULL, sizeof(struct weir_tally), top_add, top_merge,
	    top_result, tally_save, top_load, tally_clear, NULL},
	{"list", WEIR_AGG_OPS_PATH_LIMIT, 0, NULL, sizeof(struct weir_list), list_add, list_merge, list_result,
	    list_save, list_load, list_clear, NULL},
	{"set", WEIR_AGG_OPS_PATH_LIMIT, 0, NULL, sizeof(struct weir_tally), set_add, set_merge, set_result,
	    tally_save, set_load, tally_clear, NULL},
	{"hist", WEIR_AGG_OPS_PATH, 0, a_number, sizeof(struct weir_hist), hist_add, hist_merge, hist_result,
	    hist_save, hist_load, hist_clear, NULL},
	{.word = NULL},
};
