/*
 * agg - see agg.h. How one is written: agg_parse.c.
 */
#include "time/agg.h"
#include "time/agg_ops.h"

#include <math.h>
#include <string.h>

/* The ways of a record into a cell, the common ones told apart by one look. Until a record has had the one path there is, it goes the
 * rare way, which notes that. */
enum { ROUTE_PLAIN, ROUTE_PATH, ROUTE_OTHER };

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Behind the test's question mark, or NULL. */
static const char *
test_of(const struct weir_agg *a)
{
	return a->test != NULL ? a->test_text : NULL;
}

/* Whether two keep the same of the same values: the sum and the mean of a field, its quantiles. */
static bool
keep_same(const struct weir_agg *a, const struct weir_agg *b)
{
	unsigned i;

	if (a->ops->add != b->ops->add || a->ops->save != b->ops->save || a->npaths != b->npaths ||
	    a->half != b->half || a->limit != b->limit || !same_text(test_of(a), test_of(b)))
		return false;
	for (i = 0; i < a->npaths; i++)
		if (!same_text(a->path[i].text, b->path[i].text))
			return false;
	return true;
}

size_t
weir_agg_layout(struct weir_agg *list, unsigned n)
{
	size_t off = 0;
	unsigned i, j;

	for (i = 0; i < n; i++) {
		list[i].owner = NULL;
		for (j = 0; j < i && list[i].owner == NULL; j++)
			if (list[j].owner == NULL && keep_same(&list[j], &list[i]))
				list[i].owner = &list[j];
		list[i].route = list[i].owner != NULL || list[i].test != NULL || list[i].npaths > 0 ? ROUTE_OTHER : ROUTE_PLAIN;
		list[i].off = list[i].owner != NULL ? list[i].owner->off : off;
		if (list[i].owner == NULL)
			off += (list[i].ops->size + 15) / 16 * 16;
	}
	return off;
}

int
weir_agg_number(const struct weir_value *v, struct weir_num *n)
{
	int64_t m;
	int scale;

	if (v->type != WEIR_NUMBER)
		return -1;
	if (weir_num_decimal(v->p, v->len, &m, &scale)) {
		*n = weir_num_int(m);
		n->scale = scale;
		return 0;
	}
	return weir_num_parse(n, v->p, v->len);
}

uint8_t
weir_agg_put(struct weir_buf *b, const struct weir_num *n)
{
	char text[WEIR_NUM_TEXT];

	if (n->inexact && isnan(n->d))
		return WEIR_NULL;
	weir_buf_put(b, text, weir_num_format(n, text));
	return WEIR_NUMBER;
}

uint8_t
weir_agg_put_double(struct weir_buf *b, double d)
{
	struct weir_num n = weir_num_dbl(d);

	return weir_agg_put(b, &n);
}

/* 1 if the record is to be counted, 0 if not, -1 if the test failed. */
static int
passes(struct weir_agg *a, const struct weir_record *r)
{
	int rc = weir_expr_test(a->test, r);

	a->failed = rc < 0;
	return rc;
}

/* Notes which paths the record has. */
static __attribute__((noinline)) void
meet(struct weir_agg *a, const struct weir_record *r, const struct weir_value *v)
{
	unsigned i;

	a->met = true;
	for (i = 0; i < a->npaths; i++) {
		a->slip[i].seen |= v[i].type != WEIR_ABSENT;
		if (!a->slip[i].seen)
			weir_slip_miss(&a->slip[i], &a->path[i], r->shape);
		a->met &= a->slip[i].seen;
	}
	if (a->met && a->test == NULL && a->npaths == 1)
		a->route = ROUTE_PATH;
}

/* What is rare: a test, an owner, two paths, one that no record has had yet. */
static __attribute__((noinline)) int
add_other(struct weir_agg *a, void *cell, const struct weir_record *r)
{
	struct weir_value v[2];
	unsigned i;
	int rc;

	if (a->owner != NULL)
		return 0;
	if (a->test != NULL && (rc = passes(a, r)) <= 0)
		return rc;
	for (i = 0; i < a->npaths; i++)
		weir_path_get(&a->path[i], r, &v[i]);
	if (!a->met)
		meet(a, r, v);
	if (a->npaths > 0 && v[0].type <= WEIR_NULL)
		return 0;
	return a->ops->add(a, (char *)cell + a->off, v, r->time);
}

static inline int
add_value(struct weir_agg *a, void *cell, const struct weir_record *r)
{
	struct weir_value v;

	weir_path_get(&a->path[0], r, &v);
	if (v.type <= WEIR_NULL)
		return 0;
	return a->ops->add(a, (char *)cell + a->off, &v, r->time);
}

static inline int
add(struct weir_agg *a, void *cell, const struct weir_record *r)
{
	switch (a->route) {
	case ROUTE_PLAIN: return a->ops->add(a, (char *)cell + a->off, NULL, r->time);
	case ROUTE_PATH: return add_value(a, cell, r);
	default: return add_other(a, cell, r);
	}
}

unsigned
weir_agg_add(struct weir_agg *list, unsigned n, void *cell, const struct weir_record *r)
{
	unsigned i, wrong = 0;

	for (i = 0; i < n; i++)
		if (add(&list[i], cell, r) != 0 && wrong == 0)
			wrong = i + 1;
	return wrong;
}

void
weir_agg_why(const struct weir_agg *a, struct weir_buf *why)
{
	if (a->failed)
		weir_buf_printf(why, "%s: %s", a->text, weir_expr_error(a->test));
	else if (a->npaths > 1)
		weir_buf_printf(why, "%s needs %s in %s and %s", a->text, a->ops->wants, a->path[0].text,
		    a->path[1].text);
	else
		weir_buf_printf(why, "%s needs %s in %s", a->text, a->ops->wants, a->path[0].text);
}

bool
weir_agg_slip(const struct weir_agg *a, unsigned i, struct weir_buf *why)
{
	if (a->owner != NULL || a->test != NULL || a->ops->takes == WEIR_AGG_OPS_MAYBE_PATH || a->slip[i].seen || !a->slip[i].missed)
		return false;
	if (why == NULL)
		return true;
	weir_buf_printf(why, "no record had %s", a->path[i].text);
	weir_slip_hint(&a->slip[i], &a->path[i], "", why);
	return true;
}

void
weir_agg_merge(struct weir_agg *list, unsigned n, void *into, const void *from)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (list[i].owner == NULL)
			list[i].ops->merge(&list[i], (char *)into + list[i].off, (const char *)from + list[i].off);
}

void
weir_agg_window(struct weir_agg *list, unsigned n, int64_t start, int64_t end)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		list[i].start = start;
		list[i].end = end;
	}
}

/* The values' bytes lie one behind the other from `start`; b may have moved while they were made. */
static void
point(struct weir_value *v, unsigned n, const struct weir_buf *b, size_t start)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		const unsigned char *p = b->p + start;

		start += v[i].len;
		if (v[i].type == WEIR_TIME)
			v[i].time = (int64_t)weir_load64(p);
		else
			v[i].p = p;
	}
}

void
weir_agg_results(const struct weir_agg *list, unsigned n, const void *cell, struct weir_value *v,
    struct weir_buf *b)
{
	size_t start = b->len;
	unsigned i;

	for (i = 0; i < n; i++) {
		size_t before = b->len;

		v[i].type = list[i].ops->result(&list[i], (const char *)cell + list[i].off, b);
		v[i].len = (uint32_t)(b->len - before);
	}
	point(v, n, b, start);
}

void
weir_agg_save(const struct weir_agg *list, unsigned n, const void *cell, struct weir_value *v,
    struct weir_buf *b)
{
	size_t start = b->len;
	unsigned i;

	for (i = 0; i < n; i++) {
		size_t before = b->len;

		v[i].type = WEIR_NULL;
		if (list[i].owner == NULL)
			v[i].type = list[i].ops->save(&list[i], (const char *)cell + list[i].off, b);
		v[i].len = (uint32_t)(b->len - before);
	}
	point(v, n, b, start);
}

int
weir_agg_load(struct weir_agg *list, unsigned n, void *cell, const struct weir_value *v)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (list[i].owner == NULL && list[i].ops->load(&list[i], (char *)cell + list[i].off, &v[i]) != 0)
			return -1;
	return 0;
}

void
weir_agg_clear(const struct weir_agg *list, unsigned n, void *cell)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (list[i].owner == NULL && list[i].ops->clear != NULL)
			list[i].ops->clear((char *)cell + list[i].off);
}
