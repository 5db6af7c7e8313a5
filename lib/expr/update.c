/*
 * update - see update.h. A child is taken out of its parent, changed and put back, so that
 * it is changed in place when nobody else holds it.
 */
#include "expr/update.h"
#include "expr/arith.h"
#include "expr/update_core.h"

#include <math.h>

/* What jq allows, and what may be held at all, of 16 bytes each. */
#define ELEMENTS ((int64_t)1 << 26)

bool
weir_update_open(struct weir_val *path, struct weir_buf *why)
{
	if (path->kind != WEIR_VAL_ARRAY)
		weir_buf_puts(why, "Path must be specified as an array");
	else
		weir_val_open(path);
	if (path->kind == WEIR_VAL_ARRAY &&
	    (path->arr->n > WEIR_UPDATE_KEYS || weir_val_depth(path) > WEIR_VAL_DEPTH))
		weir_buf_puts(why, "Path too deep");
	return why->len == 0;
}

int
weir_update_get(const struct weir_val *v, const struct weir_val *path, struct weir_val *out,
    struct weir_buf *why)
{
	struct weir_val keys = weir_val_ref(path), at = weir_val_ref(v), next;
	int rc = weir_update_open(&keys, why) ? 0 : -1;
	uint32_t i;

	for (i = 0; rc == 0 && i < keys.arr->n && at.kind != WEIR_VAL_NULL; i++) {
		rc = weir_arith_index(&at, &keys.arr->v[i], &next, why);
		if (rc != 0)
			break;
		weir_val_drop(&at);
		at = next;
	}
	weir_val_drop(&keys);
	if (rc == 0)
		*out = at;
	else
		weir_val_drop(&at);
	return rc;
}

struct weir_val_arr *
weir_update_own(struct weir_val *array)
{
	struct weir_val copy;
	uint32_t i;

	weir_val_open(array);
	if (array->arr->refs > 1) {
		copy = weir_val_array(array->arr->n);
		for (i = 0; i < array->arr->n; i++)
			weir_val_push(&copy, weir_val_ref(&array->arr->v[i]));
		weir_val_drop(array);
		*array = copy;
	}
	return array->arr;
}

int64_t
weir_update_place(const struct weir_val *key, uint32_t n, bool *nan)
{
	struct weir_num num;
	int64_t i;

	weir_val_num(key, &num);
	*nan = num.inexact && isnan(num.d);
	if (*nan)
		return -1;
	i = (int64_t)floor(weir_num_double(&num) < 9e18 ? weir_num_double(&num) : 9e18);
	return i < 0 ? i + n : i;
}

static int put(struct weir_val *v, const struct weir_val *keys, uint32_t n, struct weir_val item,
    struct weir_buf *why);

static int
put_element(struct weir_val *v, const struct weir_val *keys, uint32_t n, struct weir_val item,
    struct weir_buf *why)
{
	struct weir_val_arr *a = weir_update_own(v);
	struct weir_val child;
	bool nan;
	int64_t i = weir_update_place(&keys[0], a->n, &nan);
	int rc;

	if (i < 0 || i >= ELEMENTS) {
		weir_buf_puts(why, nan ? "Cannot set array element at NaN index"
		        : i < 0        ? "Out of bounds negative array index"
		                       : "Array index too large");
		weir_val_drop(&item);
		return -1;
	}
	while (a->n <= (uint64_t)i)
		weir_val_push(v, weir_val_of_kind(WEIR_VAL_NULL));
	child = a->v[i];
	a->v[i] = weir_val_of_kind(WEIR_VAL_NULL);
	rc = put(&child, keys + 1, n - 1, item, why);
	if (rc != 0)
		weir_val_drop(&child);
	else
		weir_val_replace(v, (uint32_t)i, child);
	return rc;
}

static int
put_member(struct weir_val *v, const struct weir_val *keys, uint32_t n, struct weir_val item,
    struct weir_buf *why)
{
	struct weir_val key = weir_val_ref(&keys[0]), child;
	size_t len;
	const unsigned char *p = weir_val_bytes(&key, &len);
	int rc;

	weir_val_open(v);
	if (!weir_val_get(v, p, len, &child))
		child = weir_val_of_kind(WEIR_VAL_NULL);
	if (n > 1)
		weir_val_set(v, weir_val_ref(&key), weir_val_of_kind(WEIR_VAL_NULL));
	rc = put(&child, keys + 1, n - 1, item, why);
	if (rc == 0) {
		weir_val_set(v, key, child);
	} else {
		weir_val_drop(&key);
		weir_val_drop(&child);
	}
	return rc;
}

int
weir_update_ends(const struct weir_val *key, uint32_t n, uint32_t *from, uint32_t *to, struct weir_buf *why)
{
	struct weir_val ends[2] = {{0}, {0}};
	double d[2] = {0, n};
	struct weir_num num;
	int i, rc = 0;

	weir_val_get(key, "start", 5, &ends[0]);
	weir_val_get(key, "end", 3, &ends[1]);
	for (i = 0; i < 2; i++) {
		if (ends[i].kind == WEIR_VAL_NUMBER) {
			weir_val_num(&ends[i], &num);
			if (!num.inexact || !isnan(num.d))
				d[i] = weir_num_double(&num);
		} else if (ends[i].kind != WEIR_VAL_NULL) {
			rc = -1;
		}
		d[i] = d[i] < 0 ? d[i] + n : d[i];
		d[i] = d[i] < 0 ? 0 : d[i] > n ? n : d[i];
		weir_val_drop(&ends[i]);
	}
	*from = (uint32_t)floor(d[0]);
	*to = (uint32_t)ceil(d[1]);
	if (*to < *from)
		*to = *from;
	if (rc != 0)
		weir_buf_puts(why, "Start and end indices of an array slice must be numbers");
	return rc;
}

/* a with what lies in [from, to) replaced by the members of b. */
static struct weir_val
spliced(const struct weir_val_arr *a, uint32_t from, uint32_t to, const struct weir_val_arr *b)
{
	struct weir_val all = weir_val_array(a->n - (to - from) + b->n);
	uint32_t i;

	for (i = 0; i < from; i++)
		weir_val_push(&all, weir_val_ref(&a->v[i]));
	for (i = 0; i < b->n; i++)
		weir_val_push(&all, weir_val_ref(&b->v[i]));
	for (i = to; i < a->n; i++)
		weir_val_push(&all, weir_val_ref(&a->v[i]));
	return all;
}

/* A slice of null is null, though what it becomes must be an array. */
static int
put_slice(struct weir_val *v, const struct weir_val *keys, uint32_t n, struct weir_val item,
    struct weir_buf *why)
{
	struct weir_val part = {0}, whole;
	bool null = v->kind == WEIR_VAL_NULL;
	uint32_t from, to;

	if (null)
		*v = weir_val_array(0);
	weir_val_open(v);
	if (weir_update_ends(&keys[0], v->arr->n, &from, &to, why) != 0 ||
	    (!null && weir_arith_index(v, &keys[0], &part, why) != 0)) {
		weir_val_drop(&item);
		return -1;
	}
	if (put(&part, keys + 1, n - 1, item, why) != 0) {
		weir_val_drop(&part);
		return -1;
	}
	if (part.kind != WEIR_VAL_ARRAY) {
		weir_buf_puts(why, "A slice of an array can only be assigned another array");
		weir_val_drop(&part);
		return -1;
	}
	weir_val_open(&part);
	whole = spliced(v->arr, from, to, part.arr);
	weir_val_drop(&part);
	weir_val_drop(v);
	*v = whole;
	return 0;
}

/* Why a key does not fit a value. */
static int
refuse(const struct weir_val *v, const struct weir_val *key, struct weir_val *item, struct weir_buf *why)
{
	struct weir_val none;

	weir_val_drop(item);
	if (v->kind == WEIR_VAL_ARRAY && key->kind == WEIR_VAL_ARRAY)
		weir_buf_puts(why, "Cannot update field at array index of array");
	else if (v->kind == WEIR_VAL_STRING && key->kind == WEIR_VAL_OBJECT)
		weir_buf_puts(why, "Cannot update string slices");
	else if (key->kind == WEIR_VAL_OBJECT)
		weir_buf_printf(why, "Cannot update field at object index of %s", weir_val_kind_name(v));
	else if (weir_arith_index(v, key, &none, why) == 0)
		weir_val_drop(&none);
	return -1;
}

static int
put(struct weir_val *v, const struct weir_val *keys, uint32_t n, struct weir_val item, struct weir_buf *why)
{
	enum weir_val_kind key;

	if (n == 0) {
		weir_val_drop(v);
		*v = item;
		return 0;
	}
	key = (enum weir_val_kind)keys[0].kind;
	if (v->kind == WEIR_VAL_NULL && key == WEIR_VAL_STRING)
		*v = weir_val_object();
	else if (v->kind == WEIR_VAL_NULL && key == WEIR_VAL_NUMBER)
		*v = weir_val_array(0);
	if (v->kind == WEIR_VAL_OBJECT && key == WEIR_VAL_STRING)
		return put_member(v, keys, n, item, why);
	if (v->kind == WEIR_VAL_ARRAY && key == WEIR_VAL_NUMBER)
		return put_element(v, keys, n, item, why);
	if ((v->kind == WEIR_VAL_ARRAY || v->kind == WEIR_VAL_NULL) && key == WEIR_VAL_OBJECT)
		return put_slice(v, keys, n, item, why);
	return refuse(v, &keys[0], &item, why);
}

int
weir_update_set(struct weir_val *v, const struct weir_val *path, struct weir_val item,
    struct weir_buf *why)
{
	struct weir_val keys = weir_val_ref(path);
	int rc = -1;

	if (weir_update_open(&keys, why))
		rc = put(v, keys.arr->v, keys.arr->n, item, why);
	else
		weir_val_drop(&item);
	weir_val_drop(&keys);
	return rc;
}
