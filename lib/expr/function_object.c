/*
 * function_object - functions of objects and of what else has keys
 */
#include "base/mem.h"
#include "expr/arith.h"
#include "expr/function.h"
#include "expr/val_object.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH 10000

static bool
give(struct weir_val *v, struct weir_val with)
{
	weir_val_drop(v);
	*v = with;
	return true;
}

static struct weir_val
integer(uint32_t i)
{
	struct weir_num n = weir_num_int(i);

	return weir_val_number(&n);
}

static struct weir_val
name(const char *s)
{
	return weir_val_text(WEIR_VAL_STRING, s, strlen(s));
}

/* The keys of an open object in its order, or sorted; of an open array its places. */
static struct weir_val
keys_of(const struct weir_val *v, bool in_order)
{
	uint32_t n = v->kind == WEIR_VAL_ARRAY ? v->arr->n : v->obj->n, i;
	struct weir_val out = weir_val_array(n);
	const struct weir_val_pair **m = NULL;

	if (v->kind == WEIR_VAL_OBJECT && in_order)
		m = weir_val_object_sorted(v->obj);
	for (i = 0; i < n; i++)
		if (v->kind == WEIR_VAL_ARRAY)
			weir_val_push(&out, integer(i));
		else
			weir_val_push(&out, weir_val_ref(m != NULL ? &m[i]->key : &v->obj->m[i].key));
	free(m);
	return out;
}

static bool
has_keys(struct weir_call *c, struct weir_val *v)
{
	if (v->kind < WEIR_VAL_ARRAY)
		return weir_call_refuse(c, v, "has no keys");
	weir_val_open(v);
	return true;
}

static bool
keys(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)args;
	return has_keys(c, v) && give(v, keys_of(v, true));
}

static bool
keys_unsorted(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)args;
	return has_keys(c, v) && give(v, keys_of(v, false));
}

static bool
has_place(struct weir_val *v, const struct weir_val *key)
{
	struct weir_num n;
	double d;

	weir_val_open(v);
	weir_val_num(key, &n);
	d = weir_num_double(&n);
	return d > -1 && d < v->arr->n;      /* cut towards 0, as an index is; NaN is no place */
}

static bool
has(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_val found;
	const unsigned char *p;
	size_t len;

	if (v->kind == WEIR_VAL_ARRAY && args[0].kind == WEIR_VAL_NUMBER)
		return give(v, weir_val_bool(has_place(v, &args[0])));
	if (v->kind == WEIR_VAL_NULL)
		return give(v, weir_val_bool(false));
	if (v->kind != WEIR_VAL_OBJECT || args[0].kind != WEIR_VAL_STRING)
		return weir_call_fail(c, "Cannot check whether %s has a %s key", weir_val_kind_name(v),
		    weir_val_kind_name(&args[0]));
	p = weir_val_bytes(&args[0], &len);
	if (!weir_val_get(v, p, len, &found))
		return give(v, weir_val_bool(false));
	weir_val_drop(&found);
	return give(v, weir_val_bool(true));
}

static bool
has_bytes(struct weir_val *a, struct weir_val *b)
{
	size_t n, m;
	const unsigned char *p = weir_val_bytes(a, &n), *q = weir_val_bytes(b, &m), *at;

	if (m == 0)
		return true;
	while (n >= m && (at = memchr(p, q[0], n - m + 1)) != NULL) {
		if (memcmp(at, q, m) == 0)
			return true;
		n -= (size_t)(at + 1 - p);
		p = at + 1;
	}
	return false;
}

static int contains_all(struct weir_val *a, struct weir_val *b, unsigned depth);

static int
has_member(const struct weir_val_arr *a, struct weir_val *item, unsigned depth)
{
	uint32_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < a->n; i++)
		rc = contains_all(&a->v[i], item, depth);
	return rc;
}

static int
has_pair(const struct weir_val *a, struct weir_val_pair *m, unsigned depth)
{
	struct weir_val found;
	size_t len;
	const unsigned char *p = weir_val_bytes(&m->key, &len);
	int rc;

	if (!weir_val_get(a, p, len, &found))
		return 0;
	rc = contains_all(&found, &m->value, depth);
	weir_val_drop(&found);
	return rc;
}

/* Whether all of b is in a: 1 or 0; -1 if they are nested too deep. */
static int
contains_all(struct weir_val *a, struct weir_val *b, unsigned depth)
{
	uint32_t i;
	int rc = 1;

	if (depth > DEPTH)
		return -1;
	if (a->kind == WEIR_VAL_STRING && b->kind == WEIR_VAL_STRING)
		return has_bytes(a, b);
	if (a->kind != b->kind || a->kind < WEIR_VAL_ARRAY)
		return weir_val_cmp(a, b) == 0;
	weir_val_open(a);
	weir_val_open(b);
	if (a->kind == WEIR_VAL_ARRAY)
		for (i = 0; rc == 1 && i < b->arr->n; i++)
			rc = has_member(a->arr, &b->arr->v[i], depth + 1);
	else
		for (i = 0; rc == 1 && i < b->obj->n; i++)
			rc = has_pair(a, &b->obj->m[i], depth + 1);
	return rc;
}

static bool
contains(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	int rc;

	if (v->kind != args[0].kind)
		return weir_call_refuse_both(c, v, &args[0], "cannot have their containment checked");
	rc = contains_all(v, &args[0], 0);
	if (rc < 0)
		return weir_call_fail(c, "Containment check too deep");
	return give(v, weir_val_bool(rc));
}

static bool
to_entries(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_val all, out;
	uint32_t i;

	(void)args;
	if (!has_keys(c, v))
		return false;
	all = keys_of(v, false);
	out = weir_val_array(all.arr->n);
	for (i = 0; i < all.arr->n; i++) {
		struct weir_val entry = weir_val_object();

		weir_val_set(&entry, name("key"), weir_val_ref(&all.arr->v[i]));
		weir_val_set(&entry, name("value"),
		    weir_val_ref(v->kind == WEIR_VAL_ARRAY ? &v->arr->v[i] : &v->obj->m[i].value));
		weir_val_push(&out, entry);
	}
	weir_val_drop(&all);
	return give(v, out);
}

/* The first of these keys of an entry whose value is neither null nor false; else the last. */
static struct weir_val
first_of(const struct weir_val *entry, const char *const *names)
{
	struct weir_val v = weir_val_of_kind(WEIR_VAL_NULL);

	for (; *names != NULL && !weir_val_truthy(&v); names++) {
		weir_val_drop(&v);
		if (!weir_val_get(entry, *names, strlen(*names), &v))
			v = weir_val_of_kind(WEIR_VAL_NULL);
	}
	return v;
}

/* An entry's key as a string: null, booleans and numbers are their JSON text. */
static bool
entry_key(struct weir_call *c, const struct weir_val *entry, struct weir_val *key)
{
	static const char *const names[] = {"k", "name", "Name", "K", "Key", NULL};
	struct weir_buf b = {0};

	if (!weir_val_get(entry, "key", 3, key))
		*key = weir_val_of_kind(WEIR_VAL_NULL);
	if (key->kind == WEIR_VAL_NULL)
		*key = first_of(entry, names);
	if (key->kind == WEIR_VAL_STRING)
		return true;
	if (key->kind >= WEIR_VAL_ARRAY) {
		weir_buf_puts(&b, "Cannot use ");
		weir_arith_describe(&b, key);
		weir_buf_puts(&b, " as object key");
		return weir_call_fail_with(c, &b);
	}
	weir_val_canonical(&b, key);
	give(key, weir_val_string(b.p, b.len));
	weir_buf_release(&b);
	return true;
}

static struct weir_val
entry_value(const struct weir_val *entry)
{
	static const char *const names[] = {"value", "v", "Value", "V", NULL};
	struct weir_val v;
	unsigned i;

	for (i = 0; names[i] != NULL; i++)
		if (weir_val_get(entry, names[i], strlen(names[i]), &v))
			return v;
	return weir_val_of_kind(WEIR_VAL_NULL);
}

static bool
from_entry(struct weir_call *c, struct weir_val *out, const struct weir_val *entry)
{
	struct weir_val key;

	if (entry->kind == WEIR_VAL_NULL) {
		weir_val_set(out, name("null"), weir_val_of_kind(WEIR_VAL_NULL));
		return true;
	}
	if (entry->kind != WEIR_VAL_OBJECT)
		return weir_call_fail(c, "Cannot index %s with string (\"key\")", weir_val_kind_name(entry));
	if (!entry_key(c, entry, &key)) {
		weir_val_drop(&key);
		return false;
	}
	weir_val_bytes(&key, &(size_t){0});        /* a key is never ESCAPED */
	weir_val_set(out, key, entry_value(entry));
	return true;
}

static bool
from_entries(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_val out;
	struct weir_buf why = {0};
	uint32_t i, n;
	bool ok = true;

	(void)args;
	if (v->kind < WEIR_VAL_ARRAY) {
		weir_buf_puts(&why, "Cannot iterate over ");
		weir_arith_describe(&why, v);
		return weir_call_fail_with(c, &why);
	}
	weir_val_open(v);
	out = weir_val_object();
	n = v->kind == WEIR_VAL_ARRAY ? v->arr->n : v->obj->n;
	for (i = 0; ok && i < n; i++)
		ok = from_entry(c, &out, v->kind == WEIR_VAL_ARRAY ? &v->arr->v[i] : &v->obj->m[i].value);
	return give(v, out) && ok;
}

const struct weir_function weir_function_object[] = {
	{"keys", 0, keys},
	{"keys_unsorted", 0, keys_unsorted},
	{"has", 1, has},
	{"contains", 1, contains},
	{"to_entries", 0, to_entries},
	{"from_entries", 0, from_entries},
	{NULL, 0, NULL},
};
