/*
 * update_delete - deletes what paths name
 *
 * All paths mean the value as it was: first they are written with places counted from the
 * start, a slice at the end of one as each of its members, then sorted, and then all that go out
 * of one parent go at once.
 */
#include "base/mem.h"
#include "expr/arith.h"
#include "expr/update_core.h"

#include <stdlib.h>

static int
refuse(const struct weir_val *v, const struct weir_val *key, struct weir_buf *why)
{
	if (v->kind == WEIR_VAL_ARRAY || v->kind == WEIR_VAL_OBJECT)
		weir_buf_printf(why, "Cannot delete field at %s index of %s",
		    key->kind == WEIR_VAL_STRING ? "object" : weir_val_kind_name(key),
		    weir_val_kind_name(v));
	else
		weir_buf_printf(why, "Cannot delete fields from %s", weir_val_kind_name(v));
	return -1;
}

static struct weir_val
number(int64_t i)
{
	struct weir_num n = weir_num_int(i);

	return weir_val_number(&n);
}

/* The path with its last key, a slice, as each of the places in it. */
static int
spread(struct weir_val *all, const struct weir_val *path, const struct weir_val *at, struct weir_buf *why)
{
	uint32_t last = path->arr->n - 1, from, to;
	struct weir_val one;

	if (weir_update_ends(&path->arr->v[last], at->arr->n, &from, &to, why) != 0)
		return -1;
	for (; from < to; from++) {
		one = weir_val_ref(path);
		weir_update_own(&one);
		weir_val_replace(&one, last, number(from));
		weir_val_push(all, one);
	}
	return 0;
}

/* The path as it is meant in v, into `all`; none if there is no such place. */
static int
normal(struct weir_val *all, const struct weir_val *v, struct weir_val *path, struct weir_buf *why)
{
	struct weir_val_arr *a = weir_update_own(path);
	struct weir_val at = weir_val_ref(v), next;
	uint32_t i;
	int64_t n;
	bool nan;
	int rc = 0;

	for (i = 0; rc == 0 && i < a->n && at.kind != WEIR_VAL_NULL; i++) {
		const struct weir_val *key = &a->v[i];
		bool array = at.kind == WEIR_VAL_ARRAY;

		if (array)
			weir_val_open(&at);
		if (array && key->kind == WEIR_VAL_NUMBER) {
			n = weir_update_place(key, at.arr->n, &nan);
			if (n < 0 || n >= at.arr->n)
				break;
			weir_val_replace(path, i, number(n));
		} else if (array && key->kind == WEIR_VAL_OBJECT && i + 1 == a->n) {
			rc = spread(all, path, &at, why);
			break;
		} else if ((!array || key->kind != WEIR_VAL_OBJECT) &&
		    (at.kind != WEIR_VAL_OBJECT || key->kind != WEIR_VAL_STRING)) {
			rc = i + 1 == a->n ? refuse(&at, key, why) : weir_arith_index(&at, key, &next, why);
			break;
		}
		rc = weir_arith_index(&at, &a->v[i], &next, why);
		if (rc == 0) {
			weir_val_drop(&at);
			at = next;
		}
	}
	if (rc == 0 && i == a->n)
		weir_val_push(all, weir_val_ref(path));
	weir_val_drop(&at);
	return rc;
}

static int prune(struct weir_val *v, const struct weir_val *paths, uint32_t n, uint32_t depth,
    struct weir_buf *why);

/* The child under a key without what n paths name in it. */
static int
prune_child(struct weir_val *v, const struct weir_val *paths, uint32_t n, uint32_t depth,
    struct weir_buf *why)
{
	struct weir_val place = weir_val_array(1), child;
	const struct weir_val *key = &paths[0].arr->v[depth];
	bool slice = key->kind == WEIR_VAL_OBJECT;
	int rc = weir_arith_index(v, key, &child, why);

	weir_val_push(&place, weir_val_ref(key));
	if (rc == 0 && child.kind != WEIR_VAL_NULL) {
		if (!slice)
			rc = weir_update_set(v, &place, weir_val_of_kind(WEIR_VAL_NULL), why);
		if (rc == 0)
			rc = prune(&child, paths, n, depth + 1, why);
		if (rc == 0)
			rc = weir_update_set(v, &place, child, why);
		else
			weir_val_drop(&child);
	}
	weir_val_drop(&place);
	return rc;
}

/* An array's members that are marked go. */
static void
sweep(struct weir_val *v, const bool *gone)
{
	struct weir_val_arr *a = weir_update_own(v);
	uint32_t i, kept = 0;

	for (i = 0; i < a->n; i++)
		if (gone[i])
			weir_val_drop(&a->v[i]);
		else
			a->v[kept++] = a->v[i];
	a->n = kept;
}

/* Paths that agree up to depth, sorted, each longer than that. */
static int
prune(struct weir_val *v, const struct weir_val *paths, uint32_t n, uint32_t depth, struct weir_buf *why)
{
	bool array = v->kind == WEIR_VAL_ARRAY, *gone = NULL, any = false;
	const unsigned char *p;
	uint32_t i, next;
	size_t len;
	int rc = 0;

	if (array) {
		weir_val_open(v);
		gone = weir_mem_zalloc(v->arr->n + 1, sizeof(*gone));
	}
	for (i = 0; rc == 0 && i < n; i = next) {
		const struct weir_val *key = &paths[i].arr->v[depth];

		for (next = i + 1; next < n && weir_val_cmp(&paths[next].arr->v[depth], key) == 0;)
			next++;
		if (paths[i].arr->n > depth + 1) {
			rc = prune_child(v, paths + i, next - i, depth, why);
		} else if (array) {
			gone[key->i] = any = true;
		} else {
			struct weir_val name = weir_val_ref(key);

			p = weir_val_bytes(&name, &len);
			weir_val_unset(v, p, len);
			weir_val_drop(&name);
		}
	}
	if (rc == 0 && any)
		sweep(v, gone);
	free(gone);
	return rc;
}

static int
by_value(const void *a, const void *b)
{
	return weir_val_cmp(a, b);
}

int
weir_update_delete(struct weir_val *v, const struct weir_val *paths, struct weir_buf *why)
{
	struct weir_val given = weir_val_ref(paths), all = weir_val_array(0), path;
	uint32_t i;
	int rc = 0;

	if (given.kind != WEIR_VAL_ARRAY) {
		weir_buf_puts(why, "Paths must be specified as an array");
		rc = -1;
	} else {
		weir_val_open(&given);
	}
	for (i = 0; rc == 0 && i < given.arr->n; i++) {
		path = weir_val_ref(&given.arr->v[i]);
		rc = weir_update_open(&path, why) ? normal(&all, v, &path, why) : -1;
		weir_val_drop(&path);
	}
	if (rc == 0 && all.arr->n > 1)
		qsort(all.arr->v, all.arr->n, sizeof(all), by_value);
	if (rc == 0 && all.arr->n > 0 && all.arr->v[0].arr->n == 0)
		weir_val_drop(v);
	else if (rc == 0 && all.arr->n > 0)
		rc = prune(v, all.arr->v, all.arr->n, 0, why);
	weir_val_drop(&all);
	weir_val_drop(&given);
	return rc;
}
