/*
 * val_cmp - jq's order of values
 *
 * Two slices with the same bytes are equal without being read.
 */
#include "expr/val_object.h"

#include <stdlib.h>

static int
cmp_bytes(const unsigned char *p, size_t n, const unsigned char *q, size_t m)
{
	size_t least = n < m ? n : m;
	int c = least > 0 ? memcmp(p, q, least) : 0;

	if (c == 0)
		c = (n > m) - (n < m);
	return (c > 0) - (c < 0);
}

static int
cmp_numbers(const struct weir_val *a, const struct weir_val *b)
{
	struct weir_num x, y;

	weir_val_num(a, &x);
	weir_val_num(b, &y);
	return weir_num_cmp(&x, &y);
}

static int
cmp_strings(struct weir_val *a, struct weir_val *b)
{
	size_t n, m;
	const unsigned char *p = weir_val_bytes(a, &n), *q = weir_val_bytes(b, &m);

	return cmp_bytes(p, n, q, m);
}

static int
cmp_arrays(const struct weir_val_arr *a, const struct weir_val_arr *b)
{
	uint32_t i;
	int c;

	for (i = 0; i < a->n && i < b->n; i++)
		if ((c = weir_val_cmp(&a->v[i], &b->v[i])) != 0)
			return c;
	return (a->n > b->n) - (a->n < b->n);
}

static int
cmp_pairs(const struct weir_val_pair **x, uint32_t n, const struct weir_val_pair **y, uint32_t m)
{
	uint32_t i;
	int c;

	for (i = 0; i < n && i < m; i++)
		if ((c = weir_val_cmp(&x[i]->key, &y[i]->key)) != 0)
			return c;
	if (n != m)
		return n < m ? -1 : 1;
	for (i = 0; i < n; i++)
		if ((c = weir_val_cmp(&x[i]->value, &y[i]->value)) != 0)
			return c;
	return 0;
}

static int
cmp_objects(const struct weir_val_obj *a, const struct weir_val_obj *b)
{
	const struct weir_val_pair **x = weir_val_object_sorted(a), **y = weir_val_object_sorted(b);
	int c = cmp_pairs(x, a->n, y, b->n);

	free(x);
	free(y);
	return c;
}

int
weir_val_cmp(const struct weir_val *a, const struct weir_val *b)
{
	struct weir_val x, y;
	int c;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->kind < WEIR_VAL_NUMBER)
		return 0;
	if (a->kind == WEIR_VAL_NUMBER)
		return cmp_numbers(a, b);
	if (a->form == b->form && (a->form == WEIR_VAL_TEXT || a->form == WEIR_VAL_ESCAPED) &&
	    a->len == b->len && memcmp(a->p, b->p, a->len) == 0)
		return 0;
	x = weir_val_ref(a);
	y = weir_val_ref(b);
	if (a->kind == WEIR_VAL_STRING) {
		c = cmp_strings(&x, &y);
	} else {
		weir_val_open(&x);
		weir_val_open(&y);
		c = a->kind == WEIR_VAL_ARRAY ? cmp_arrays(x.arr, y.arr) : cmp_objects(x.obj, y.obj);
	}
	weir_val_drop(&x);
	weir_val_drop(&y);
	return c;
}
