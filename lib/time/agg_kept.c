/*
 * agg_kept - aggregates that keep a value of a record: the least, the first, the one beside the greatest
 *
 * States are strings of time/pack.h; of min and max the value itself.
 */
#include "time/agg_ops.h"
#include "time/kept.h"

static const char a_number[] = "a number";

static int
extreme_add(struct weir_kept *k, const struct weir_value *v, int sign)
{
	if (k->type == WEIR_ABSENT || weir_kept_compare(k, v) * sign > 0)
		weir_kept_set(k, v);
	return 0;
}

static int
min_add(struct weir_agg *a, void *cell, const struct weir_value *v, int64_t time)
{
	(void)a;
	(void)time;
	return extreme_add(cell, v, -1);
}

static int
max_add(struct weir_agg *a, void *cell, const struct weir_value *v, int64_t time)
{
	(void)a;
	(void)time;
	return extreme_add(cell, v, 1);
}

static void
extreme_merge(struct weir_agg *a, void *into, const void *from)
{
	const struct weir_kept *k = from;
	struct weir_value v;

	weir_kept_get(k, &v);
	if (v.type != WEIR_ABSENT)
		a->ops->add(a, into, &v, 0);
}

static uint8_t
extreme_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	(void)a;
	return weir_kept_put(cell, b);
}

static int
extreme_load(struct weir_agg *a, void *cell, const struct weir_value *v)
{
	(void)a;
	if (v->type > WEIR_NULL)
		weir_kept_set(cell, v);
	return 0;
}

static void
extreme_clear(void *cell)
{
	weir_kept_release(cell);
}

/* A value and when it was. */
struct timed {
	struct weir_kept value;
	int64_t time;
};

static int
first_add(struct weir_agg *a, void *cell, const struct weir_value *v, int64_t time)
{
	struct timed *t = cell;

	(void)a;
	if (t->value.type == WEIR_ABSENT || time < t->time) {
		weir_kept_set(&t->value, v);
		t->time = time;
	}
	return 0;
}

static int
last_add(struct weir_agg *a, void *cell, const struct weir_value *v, int64_t time)
{
	struct timed *t = cell;

	(void)a;
	if (t->value.type == WEIR_ABSENT || time >= t->time) {
		weir_kept_set(&t->value, v);
		t->time = time;
	}
	return 0;
}

static void
timed_merge(struct weir_agg *a, void *into, const void *from)
{
	const struct timed *t = from;
	struct weir_value v;

	weir_kept_get(&t->value, &v);
	if (v.type != WEIR_ABSENT)
		a->ops->add(a, into, &v, t->time);
}

static uint8_t
timed_save(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct timed *t = cell;

	(void)a;
	weir_pack_int(b, t->time);
	weir_kept_save(&t->value, b);
	return WEIR_STRING;
}

static int
timed_load(struct weir_agg *a, void *cell, const struct weir_value *v)
{
	struct timed *t = cell;
	struct weir_pack r;

	(void)a;
	weir_pack_init(&r, v);
	t->time = weir_pack_take_int(&r);
	weir_kept_load(&t->value, &r);
	return weir_pack_end(&r);
}

/* The value beside the greatest or the least one. */
struct beside {
	struct weir_kept by, value;
	int64_t time;
};

static int
beside_add(struct beside *s, const struct weir_value *v, int64_t time, int sign)
{
	int c = s->by.type == WEIR_ABSENT ? 1 : weir_kept_compare(&s->by, &v[0]) * sign;

	if (c > 0 || (c == 0 && time < s->time)) {
		weir_kept_set(&s->by, &v[0]);
		weir_kept_set(&s->value, &v[1]);
		s->time = time;
	}
	return 0;
}

static int
argmax_add(struct weir_agg *a, void *cell, const struct weir_value *v, int64_t time)
{
	(void)a;
	return beside_add(cell, v, time, 1);
}

static int
argmin_add(struct weir_agg *a, void *cell, const struct weir_value *v, int64_t time)
{
	(void)a;
	return beside_add(cell, v, time, -1);
}

static void
beside_merge(struct weir_agg *a, void *into, const void *from)
{
	const struct beside *s = from;
	struct weir_value v[2];

	weir_kept_get(&s->by, &v[0]);
	weir_kept_get(&s->value, &v[1]);
	if (v[0].type != WEIR_ABSENT)
		a->ops->add(a, into, v, s->time);
}

static uint8_t
beside_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct beside *s = cell;

	(void)a;
	return weir_kept_put(&s->value, b);
}

static uint8_t
beside_save(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct beside *s = cell;

	(void)a;
	weir_pack_int(b, s->time);
	weir_kept_save(&s->by, b);
	weir_kept_save(&s->value, b);
	return WEIR_STRING;
}

static int
beside_load(struct weir_agg *a, void *cell, const struct weir_value *v)
{
	struct beside *s = cell;
	struct weir_pack r;

	(void)a;
	weir_pack_init(&r, v);
	s->time = weir_pack_take_int(&r);
	weir_kept_load(&s->by, &r);
	weir_kept_load(&s->value, &r);
	return weir_pack_end(&r);
}

static void
beside_clear(void *cell)
{
	struct beside *s = cell;

	weir_kept_release(&s->by);
	weir_kept_release(&s->value);
}

/* The first and the last number. */
struct delta {
	struct weir_num first, last;
	int64_t began, ended;
	uint64_t n;
};

static void
delta_join(struct delta *d, const struct delta *other)
{
	if (d->n == 0 || other->began < d->began) {
		d->first = other->first;
		d->began = other->began;
	}
	if (d->n == 0 || other->ended >= d->ended) {
		d->last = other->last;
		d->ended = other->ended;
	}
	d->n += other->n;
}

static int
delta_add(struct weir_agg *a, void *cell, const struct weir_value *v, int64_t time)
{
	struct delta one = {.began = time, .ended = time, .n = 1};

	(void)a;
	if (weir_agg_number(v, &one.first) != 0)
		return -1;
	one.last = one.first;
	delta_join(cell, &one);
	return 0;
}

static void
delta_merge(struct weir_agg *a, void *into, const void *from)
{
	const struct delta *other = from;

	(void)a;
	if (other->n > 0)
		delta_join(into, other);
}

static uint8_t
delta_result(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct delta *d = cell;
	struct weir_num diff;

	(void)a;
	if (d->n == 0)
		return WEIR_NULL;
	diff = weir_num_sub(&d->last, &d->first);
	return weir_agg_put(b, &diff);
}

static uint8_t
delta_save(const struct weir_agg *a, const void *cell, struct weir_buf *b)
{
	const struct delta *d = cell;

	(void)a;
	weir_pack_int(b, (int64_t)d->n);
	weir_pack_int(b, d->began);
	weir_pack_num(b, &d->first);
	weir_pack_int(b, d->ended);
	weir_pack_num(b, &d->last);
	return WEIR_STRING;
}

static int
delta_load(struct weir_agg *a, void *cell, const struct weir_value *v)
{
	struct delta *d = cell;
	struct weir_pack r;

	(void)a;
	weir_pack_init(&r, v);
	d->n = weir_pack_take_count(&r, INT64_MAX);
	d->began = weir_pack_take_int(&r);
	weir_pack_take_num(&r, &d->first);
	d->ended = weir_pack_take_int(&r);
	weir_pack_take_num(&r, &d->last);
	return weir_pack_end(&r);
}

const struct weir_agg_ops weir_agg_kept[] = {
	{"min", WEIR_AGG_OPS_PATH, 0, NULL, sizeof(struct weir_kept), min_add, extreme_merge, extreme_result,
	    extreme_result, extreme_load, extreme_clear, NULL},
	{"max", WEIR_AGG_OPS_PATH, 0, NULL, sizeof(struct weir_kept), max_add, extreme_merge, extreme_result,
	    extreme_result, extreme_load, extreme_clear, NULL},
	{"first", WEIR_AGG_OPS_PATH, 0, NULL, sizeof(struct timed), first_add, timed_merge, extreme_result,
	    timed_save, timed_load, extreme_clear, NULL},
	{"last", WEIR_AGG_OPS_PATH, 0, NULL, sizeof(struct timed), last_add, timed_merge, extreme_result,
	    timed_save, timed_load, extreme_clear, NULL},
	{"argmax", WEIR_AGG_OPS_TWO_PATHS, 0, NULL, sizeof(struct beside), argmax_add, beside_merge,
	    beside_result, beside_save, beside_load, beside_clear, NULL},
	{"argmin", WEIR_AGG_OPS_TWO_PATHS, 0, NULL, sizeof(struct beside), argmin_add, beside_merge,
	    beside_result, beside_save, beside_load, beside_clear, NULL},
	{"delta", WEIR_AGG_OPS_PATH, 0, a_number, sizeof(struct delta), delta_add, delta_merge, delta_result,
	    delta_save, delta_load, NULL, NULL},
	{.word = NULL},
};
