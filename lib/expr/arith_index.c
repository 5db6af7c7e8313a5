/*
 * arith_index - what is taken out of a value: t[key] and t[from:to]
 */
#include "base/utf8.h"
#include "expr/arith.h"
#include "text/json.h"

#include <math.h>
#include <string.h>

static int
refuse(struct weir_buf *why, const struct weir_val *t, const char *kind)
{
	weir_buf_printf(why, "Cannot index %s with %s", weir_val_kind_name(t), kind);
	return -1;
}

static int
refuse_key(struct weir_buf *why, const struct weir_val *t, const struct weir_val *key)
{
	weir_buf_printf(why, "Cannot index %s with ", weir_val_kind_name(t));
	weir_arith_describe(why, key);
	return -1;
}

static struct weir_val
member(const struct weir_val *object, const struct weir_val *key)
{
	struct weir_val k = weir_val_ref(key), v;
	size_t len;
	const unsigned char *p = weir_val_bytes(&k, &len);

	if (!weir_val_get(object, p, len, &v))
		v = weir_val_of_kind(WEIR_VAL_NULL);
	weir_val_drop(&k);
	return v;
}

static struct weir_val
element(const struct weir_val *array, const struct weir_val *key)
{
	struct weir_value text = {.p = array->p, .len = array->len, .type = WEIR_ARRAY}, v;
	struct weir_num n;
	int64_t i;

	weir_val_num(key, &n);
	if (n.inexact && isnan(n.d))
		return weir_val_of_kind(WEIR_VAL_NULL);
	i = weir_num_cut(&n);
	if (array->form == WEIR_VAL_TEXT) {
		weir_json_element(&text, i, &v);
		return weir_val_from(&v);
	}
	if (i < 0)
		i += array->arr->n;
	return i >= 0 && i < array->arr->n ? weir_val_ref(&array->arr->v[i])
	                                   : weir_val_of_kind(WEIR_VAL_NULL);
}

static bool
is_at(const struct weir_val_arr *a, uint32_t at, const struct weir_val_arr *b)
{
	uint32_t i;

	for (i = 0; i < b->n; i++)
		if (weir_val_cmp(&a->v[at + i], &b->v[i]) != 0)
			return false;
	return true;
}

/* Where the members of b stand in a, one behind the other. */
static struct weir_val
places(const struct weir_val *a, const struct weir_val *b)
{
	struct weir_val in = weir_val_ref(a), what = weir_val_ref(b), all = weir_val_array(0);
	struct weir_num n;
	uint32_t i;

	weir_val_open(&in);
	weir_val_open(&what);
	for (i = 0; what.arr->n > 0 && i + (uint64_t)what.arr->n <= in.arr->n; i++)
		if (is_at(in.arr, i, what.arr)) {
			n = weir_num_int(i);
			weir_val_push(&all, weir_val_number(&n));
		}
	weir_val_drop(&what);
	weir_val_drop(&in);
	return all;
}

/* One end of a slice, from the start; NaN if it is open. -1 if v is no number. */
static int
bound(const struct weir_val *v, size_t len, double *d)
{
	struct weir_num n;

	*d = (double)NAN;
	if (v->kind == WEIR_VAL_NULL)
		return 0;
	if (v->kind != WEIR_VAL_NUMBER)
		return -1;
	weir_val_num(v, &n);
	*d = weir_num_double(&n);
	if (*d < 0)
		*d += (double)len;
	*d = *d < 0 ? 0 : *d > (double)len ? (double)len : *d;
	return 0;
}

/* [*start, *stop) of len. The start is rounded down, the end up. */
static int
bounds(const struct weir_val *from, const struct weir_val *to, size_t len, size_t *start,
    size_t *stop)
{
	double d, e;

	if (bound(from, len, &d) != 0 || bound(to, len, &e) != 0)
		return -1;
	*start = isnan(d) ? 0 : (size_t)d;
	*stop = isnan(e) ? len : (size_t)ceil(e);
	if (*stop < *start)
		*stop = *start;
	return 0;
}

/* The bytes of the first n characters; a byte that is no UTF-8 is one. */
static size_t
skip(const unsigned char *p, size_t len, size_t n)
{
	size_t at = 0;
	uint32_t rune;

	while (n-- > 0 && at < len) {
		unsigned k = weir_utf8_next(p + at, len - at, &rune);

		at += k > 0 ? k : 1;
	}
	return at;
}

static size_t
characters(const unsigned char *p, size_t len)
{
	size_t n = 0, at = 0;

	for (; at < len; n++)
		at += skip(p + at, len - at, 1);
	return n;
}

static int
slice_string(const struct weir_val *t, const struct weir_val *from, const struct weir_val *to,
    struct weir_val *out)
{
	struct weir_val s = weir_val_ref(t);
	size_t len, start, stop, head, rest;
	const unsigned char *p = weir_val_bytes(&s, &len);
	int rc = bounds(from, to, characters(p, len), &start, &stop);

	if (rc == 0) {
		head = skip(p, len, start);
		rest = skip(p + head, len - head, stop - start);
		*out = weir_val_string(p + head, rest);
	}
	weir_val_drop(&s);
	return rc;
}

static int
slice_array(const struct weir_val *t, const struct weir_val *from, const struct weir_val *to,
    struct weir_val *out)
{
	struct weir_val a = weir_val_ref(t);
	size_t start, stop;
	int rc;

	weir_val_open(&a);
	rc = bounds(from, to, a.arr->n, &start, &stop);
	if (rc == 0) {
		*out = weir_val_array((uint32_t)(stop - start));
		for (; start < stop; start++)
			weir_val_push(out, weir_val_ref(&a.arr->v[start]));
	}
	weir_val_drop(&a);
	return rc;
}

int
weir_arith_slice(const struct weir_val *t, const struct weir_val *from, const struct weir_val *to,
    struct weir_val *out, struct weir_buf *why)
{
	int rc;

	switch (t->kind) {
	case WEIR_VAL_NULL:
		*out = *t;
		return 0;
	case WEIR_VAL_STRING:
		rc = slice_string(t, from, to, out);
		break;
	case WEIR_VAL_ARRAY:
		rc = slice_array(t, from, to, out);
		break;
	default:
		return refuse(why, t, "object");
	}
	if (rc != 0)
		weir_buf_printf(why, "Start and end indices of an %s slice must be numbers",
		    weir_val_kind_name(t));
	return rc;
}

/* t[{"start": ..., "end": ...}] */
static int
slice_by_object(const struct weir_val *t, const struct weir_val *key, struct weir_val *out,
    struct weir_buf *why)
{
	struct weir_val from = weir_val_of_kind(WEIR_VAL_FALSE), to = from;
	int rc;

	weir_val_get(key, "start", 5, &from);
	weir_val_get(key, "end", 3, &to);
	rc = weir_arith_slice(t, &from, &to, out, why);
	weir_val_drop(&from);
	weir_val_drop(&to);
	return rc;
}

int
weir_arith_index(const struct weir_val *t, const struct weir_val *key, struct weir_val *out,
    struct weir_buf *why)
{
	if (t->kind == WEIR_VAL_OBJECT && key->kind == WEIR_VAL_STRING)
		*out = member(t, key);
	else if (t->kind == WEIR_VAL_ARRAY && key->kind == WEIR_VAL_NUMBER)
		*out = element(t, key);
	else if (t->kind == WEIR_VAL_ARRAY && key->kind == WEIR_VAL_ARRAY)
		*out = places(t, key);
	else if (t->kind == WEIR_VAL_NULL &&
	    (key->kind == WEIR_VAL_STRING || key->kind == WEIR_VAL_NUMBER))
		*out = *t;
	else if (key->kind == WEIR_VAL_OBJECT)
		return slice_by_object(t, key, out, why);
	else
		return refuse_key(why, t, key);
	return 0;
}
