/*
 * arith - see arith.h. Here: the operators on numbers, strings, arrays and objects.
 */
#include "expr/arith.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>

static int
refuse(struct weir_buf *why, const struct weir_val *a, const struct weir_val *b, const char *what)
{
	weir_arith_describe(why, a);
	weir_buf_puts(why, " and ");
	weir_arith_describe(why, b);
	weir_buf_printf(why, " cannot be %s", what);
	return -1;
}

static int
too_long(struct weir_buf *why)
{
	weir_buf_puts(why, "Repeat string result too long");
	return -1;
}

static bool
both(const struct weir_val *a, const struct weir_val *b, enum weir_val_kind kind)
{
	return a->kind == kind && b->kind == kind;
}

static struct weir_val
on_numbers(struct weir_num (*f)(const struct weir_num *, const struct weir_num *),
    const struct weir_val *a, const struct weir_val *b)
{
	struct weir_num x, y, n;

	weir_val_num(a, &x);
	weir_val_num(b, &y);
	n = f(&x, &y);
	return weir_val_number(&n);
}

static int
join_strings(const struct weir_val *a, const struct weir_val *b, struct weir_val *out,
    struct weir_buf *why)
{
	struct weir_val x = weir_val_ref(a), y = weir_val_ref(b);
	struct weir_buf joined = {0};
	size_t n, m;
	const unsigned char *p = weir_val_bytes(&x, &n), *q = weir_val_bytes(&y, &m);
	int rc = 0;

	if (n + m > WEIR_ARITH_STRING_MAX) {
		rc = too_long(why);
	} else {
		weir_buf_put(&joined, p, n);
		weir_buf_put(&joined, q, m);
		*out = weir_val_string(joined.p, joined.len);
	}
	weir_buf_release(&joined);
	weir_val_drop(&x);
	weir_val_drop(&y);
	return rc;
}

static struct weir_val
join_arrays(const struct weir_val *a, const struct weir_val *b)
{
	struct weir_val all = weir_val_ref(a), more = weir_val_ref(b);
	uint32_t i;

	weir_val_open(&all);
	weir_val_open(&more);
	for (i = 0; i < more.arr->n; i++)
		weir_val_push(&all, weir_val_ref(&more.arr->v[i]));
	weir_val_drop(&more);
	return all;
}

static struct weir_val
merge(const struct weir_val *a, const struct weir_val *b, bool deep)
{
	struct weir_val all = weir_val_ref(a), more = weir_val_ref(b), old, sum;
	uint32_t i;

	weir_val_open(&all);
	weir_val_open(&more);
	for (i = 0; i < more.obj->n; i++) {
		struct weir_val_pair *m = &more.obj->m[i];
		size_t len;
		const unsigned char *key = weir_val_bytes(&m->key, &len);

		if (!deep || !weir_val_get(&all, key, len, &old)) {
			weir_val_set(&all, weir_val_ref(&m->key), weir_val_ref(&m->value));
			continue;
		}
		sum = both(&old, &m->value, WEIR_VAL_OBJECT) ? merge(&old, &m->value, true)
		                                             : weir_val_ref(&m->value);
		weir_val_drop(&old);
		weir_val_set(&all, weir_val_ref(&m->key), sum);
	}
	weir_val_drop(&more);
	return all;
}

static int
add(const struct weir_val *a, const struct weir_val *b, struct weir_val *out, struct weir_buf *why)
{
	if (a->kind == WEIR_VAL_NULL)
		*out = weir_val_ref(b);
	else if (b->kind == WEIR_VAL_NULL)
		*out = weir_val_ref(a);
	else if (both(a, b, WEIR_VAL_NUMBER))
		*out = on_numbers(weir_num_add, a, b);
	else if (both(a, b, WEIR_VAL_STRING))
		return join_strings(a, b, out, why);
	else if (both(a, b, WEIR_VAL_ARRAY))
		*out = join_arrays(a, b);
	else if (both(a, b, WEIR_VAL_OBJECT))
		*out = merge(a, b, false);
	else
		return refuse(why, a, b, "added");
	return 0;
}

static int
in_order(const void *a, const void *b)
{
	return weir_val_cmp(a, b);
}

/* a without the members that b has: b is sorted first. */
static struct weir_val
without(const struct weir_val *a, const struct weir_val *b)
{
	struct weir_val left = weir_val_array(0), from = weir_val_ref(a), gone = weir_val_ref(b);
	struct weir_val *sorted;
	uint32_t i;

	weir_val_open(&from);
	weir_val_open(&gone);
	sorted = weir_mem_realloc(NULL, gone.arr->n, sizeof(*sorted));
	for (i = 0; i < gone.arr->n; i++)
		sorted[i] = gone.arr->v[i];
	qsort(sorted, gone.arr->n, sizeof(*sorted), in_order);
	for (i = 0; i < from.arr->n; i++)
		if (bsearch(&from.arr->v[i], sorted, gone.arr->n, sizeof(*sorted), in_order) == NULL)
			weir_val_push(&left, weir_val_ref(&from.arr->v[i]));
	free(sorted);
	weir_val_drop(&gone);
	weir_val_drop(&from);
	return left;
}

static int
subtract(const struct weir_val *a, const struct weir_val *b, struct weir_val *out,
    struct weir_buf *why)
{
	if (both(a, b, WEIR_VAL_NUMBER))
		*out = on_numbers(weir_num_sub, a, b);
	else if (both(a, b, WEIR_VAL_ARRAY))
		*out = without(a, b);
	else
		return refuse(why, a, b, "subtracted");
	return 0;
}

/* The string, as often as the number says, without its fraction; null if that is less than none. */
static int
repeat(const struct weir_val *string, const struct weir_val *times, struct weir_val *out,
    struct weir_buf *why)
{
	struct weir_val s = weir_val_ref(string);
	struct weir_buf all = {0};
	struct weir_num n;
	const unsigned char *p;
	size_t len, i;
	double d;
	int rc = 0;

	weir_val_num(times, &n);
	d = weir_num_double(&n);
	p = weir_val_bytes(&s, &len);
	if (!(d >= 0)) {
		*out = weir_val_of_kind(WEIR_VAL_NULL);
	} else if (len > 0 && floor(d) * (double)len > (double)WEIR_ARITH_STRING_MAX) {
		rc = too_long(why);
	} else {
		for (i = 1; len > 0 && (double)i <= d; i++)
			weir_buf_put(&all, p, len);
		*out = weir_val_string(all.p, all.len);
	}
	weir_buf_release(&all);
	weir_val_drop(&s);
	return rc;
}

static int
multiply(const struct weir_val *a, const struct weir_val *b, struct weir_val *out,
    struct weir_buf *why)
{
	if (both(a, b, WEIR_VAL_NUMBER))
		*out = on_numbers(weir_num_mul, a, b);
	else if (a->kind == WEIR_VAL_STRING && b->kind == WEIR_VAL_NUMBER)
		return repeat(a, b, out, why);
	else if (b->kind == WEIR_VAL_STRING && a->kind == WEIR_VAL_NUMBER)
		return repeat(b, a, out, why);
	else if (both(a, b, WEIR_VAL_OBJECT))
		*out = merge(a, b, true);
	else
		return refuse(why, a, b, "multiplied");
	return 0;
}

/* By an empty separator: into characters; a byte that is no UTF-8 is one. */
static struct weir_val
split(const struct weir_val *string, const struct weir_val *separator)
{
	struct weir_val s = weir_val_ref(string), by = weir_val_ref(separator);
	struct weir_val parts = weir_val_array(0);
	size_t n, m, from = 0, at = 0;
	const unsigned char *p = weir_val_bytes(&s, &n), *q = weir_val_bytes(&by, &m);
	uint32_t rune;

	while (m == 0 && at < n) {
		unsigned k = weir_utf8_next(p + at, n - at, &rune);

		k = k > 0 ? k : 1;
		weir_val_push(&parts, weir_val_string(p + at, k));
		at += k;
	}
	for (; m > 0 && n > 0 && at + m <= n; at++)
		if (memcmp(p + at, q, m) == 0) {
			weir_val_push(&parts, weir_val_string(p + from, at - from));
			from = at + m;
			at = from - 1;
		}
	if (m > 0 && n > 0)
		weir_val_push(&parts, weir_val_string(p + from, n - from));
	weir_val_drop(&s);
	weir_val_drop(&by);
	return parts;
}

/* Both are numbers. Whether a / b or, of the whole parts, a % b has an answer. */
static bool
divides(int op, const struct weir_val *b)
{
	struct weir_num n;

	weir_val_num(b, &n);
	return op == '%' ? weir_num_cut(&n) != 0 || (n.inexact && isnan(n.d)) : weir_num_double(&n) != 0;
}

static struct weir_num
modulo(const struct weir_num *a, const struct weir_num *b)
{
	if ((a->inexact && isnan(a->d)) || (b->inexact && isnan(b->d)))
		return weir_num_dbl((double)NAN);
	return weir_num_mod(a, b);
}

static int
divide(int op, const struct weir_val *a, const struct weir_val *b, struct weir_val *out,
    struct weir_buf *why)
{
	if (both(a, b, WEIR_VAL_NUMBER) && divides(op, b))
		*out = on_numbers(op == '%' ? modulo : weir_num_div, a, b);
	else if (both(a, b, WEIR_VAL_NUMBER))
		return refuse(why, a, b, op == '%'
		        ? "divided (remainder) because the divisor is zero"
		        : "divided because the divisor is zero");
	else if (op == '/' && both(a, b, WEIR_VAL_STRING))
		*out = split(a, b);
	else
		return refuse(why, a, b, op == '%' ? "divided (remainder)" : "divided");
	return 0;
}

int
weir_arith_apply(int op, const struct weir_val *a, const struct weir_val *b, struct weir_val *out,
    struct weir_buf *why)
{
	switch (op) {
	case '+':
		return add(a, b, out, why);
	case '-':
		return subtract(a, b, out, why);
	case '*':
		return multiply(a, b, out, why);
	default:
		return divide(op, a, b, out, why);
	}
}

int
weir_arith_negate(const struct weir_val *a, struct weir_val *out, struct weir_buf *why)
{
	struct weir_num n;

	if (a->kind != WEIR_VAL_NUMBER) {
		weir_arith_describe(why, a);
		weir_buf_puts(why, " cannot be negated");
		return -1;
	}
	weir_val_num(a, &n);
	n = weir_num_neg(&n);
	*out = weir_val_number(&n);
	return 0;
}
