/*
 * agg_many - aggregates of many values: quantiles, distinct values, the most frequent ones, lists
 */
#include "time/agg_ops.h"

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
	int64_t i;

	(void)time;
	if (v->type != WEIR_NUMBER)
		return -1;
	if (weir_num_small(v->p, v->len, &i)) {
		weir_quantile_add_int(cell, i, room(a));
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

const struct weir_agg_ops weir_agg_many[] = {
	{"median", WEIR_AGG_OPS_PATH, 0, a_number, sizeof(struct weir_quantile), quantile_add, quantile_merge,
	    quantile_result, quantile_save, quantile_load, quantile_clear, NULL},
	{"p", WEIR_AGG_OPS_PATH, WEIR_AGG_OPS_RANK, a_number, sizeof(struct weir_quantile), quantile_add,
	    quantile_merge, quantile_result, quantile_save, quantile_load, quantile_clear, NULL},
	{.word = NULL},
};
