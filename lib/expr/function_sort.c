/*
 * function_sort - what goes by the order of values: sort, group_by, unique, min and their kin, bsearch
 *
 * Sorted are small entries: a rank, that is the kind of the key and as much of its content as
 * fits into 61 bits so that ranks never contradict the order of values; the key, looked at only
 * where ranks are equal; and the place in the array. The sort is a merge, stable, and takes runs
 * that are in order already as they are.
 */
#include "base/mem.h"
#include "expr/function.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	uint64_t rank;
	struct weir_val key;      /* owned */
	uint32_t at;
};

#define RANK_BITS 61

/* The order of doubles as the order of integers: negative ones have all their bits turned over, others
 * the sign. NaN is the least. */
static uint64_t
number_rank(const struct weir_val *v)
{
	struct weir_num n;
	uint64_t bits;
	double d;

	weir_val_num(v, &n);
	d = weir_num_double(&n);
	if (isnan(d))
		return 0;
	d += 0.0;                 /* -0 */
	memcpy(&bits, &d, sizeof(bits));
	bits = bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
	return bits >> (64 - RANK_BITS);
}

static uint64_t
string_rank(struct weir_val *v)
{
	unsigned char head[8] = {0};
	size_t len, i;
	const unsigned char *p = weir_val_bytes(v, &len);
	uint64_t bits = 0;

	if (len > 0)
		memcpy(head, p, len < 8 ? len : 8);
	for (i = 0; i < 8; i++)
		bits = bits << 8 | head[i];
	return bits >> (64 - RANK_BITS);
}

/* Of the first member of an array: arrays are compared by it first. */
static uint64_t
array_rank(struct weir_val *v)
{
	struct weir_val *first = v->arr->v;
	uint64_t rank = 0;

	if (v->arr->n == 0)
		return 0;
	if (first->kind == WEIR_VAL_NUMBER)
		rank = number_rank(first);
	else if (first->kind == WEIR_VAL_STRING)
		rank = string_rank(first);
	return (uint64_t)first->kind << (RANK_BITS - 3) | rank >> 3;
}

/* What is still text is read once, and not at each comparison. */
static void
prepare(struct entry *e, const struct weir_val *key, uint32_t at)
{
	uint64_t rank = 0;

	e->key = weir_val_ref(key);
	e->at = at;
	if (key->kind >= WEIR_VAL_ARRAY)
		weir_val_open(&e->key);
	if (key->kind == WEIR_VAL_NUMBER)
		rank = number_rank(key);
	else if (key->kind == WEIR_VAL_STRING)
		rank = string_rank(&e->key);
	else if (key->kind == WEIR_VAL_ARRAY)
		rank = array_rank(&e->key);
	e->rank = (uint64_t)key->kind << RANK_BITS | rank;
}

static int
compare(const struct entry *a, const struct entry *b)
{
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return weir_val_cmp(&a->key, &b->key);
}

/* [from, mid) and [mid, to), each sorted, become one run of out. */
static void
merge(const struct entry *e, size_t from, size_t mid, size_t to, struct entry *out)
{
	size_t i = from, k = mid;

	if (mid >= to || compare(&e[mid - 1], &e[mid]) <= 0) {
		memcpy(out + from, e + from, (to - from) * sizeof(*e));
		return;
	}
	for (out += from; i < mid && k < to; out++)
		*out = compare(&e[i], &e[k]) <= 0 ? e[i++] : e[k++];
	memcpy(out, e + (i < mid ? i : k), (i < mid ? mid - i : to - k) * sizeof(*e));
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The members of keys in order; the caller frees. */
static struct entry *
sorted(struct weir_val *keys)
{
	size_t n = keys->arr->n, width, from;
	struct entry *e = weir_mem_realloc(NULL, n, sizeof(*e)), *out, *swap;

	for (from = 0; from < n; from++)
		prepare(&e[from], &keys->arr->v[from], (uint32_t)from);
	out = weir_mem_realloc(NULL, n, sizeof(*out));
	for (width = 1; width < n; width *= 2) {
		for (from = 0; from < n; from += 2 * width)
			merge(e, from, least(from + width, n), least(from + 2 * width, n), out);
		swap = e;
		e = out;
		out = swap;
	}
	free(out);
	return e;
}

static void
drop_all(struct entry *e, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		weir_val_drop(&e[i].key);
	free(e);
}

/* Opens the input and its keys; without keys, it is its own. False: they don't fit. */
static bool
fit(struct weir_call *c, struct weir_val *v, struct weir_val *keys, const char *words)
{
	if (v->kind != WEIR_VAL_ARRAY || keys->kind != WEIR_VAL_ARRAY)
		return weir_call_refuse_both(c, v, keys, words);
	weir_val_open(v);
	weir_val_open(keys);
	if (v->arr->n != keys->arr->n)
		return weir_call_refuse_both(c, v, keys, words);
	return true;
}

static bool
fit_alone(struct weir_call *c, struct weir_val *v, struct weir_val *keys)
{
	if (v->kind != WEIR_VAL_ARRAY)
		return weir_call_refuse(c, v, "cannot be sorted, as it is not an array");
	weir_val_open(v);
	*keys = weir_val_ref(v);
	return true;
}

static void
sort_by(struct weir_val *v, struct weir_val *keys)
{
	struct weir_val out = weir_val_array(v->arr->n);
	struct entry *e = sorted(keys);
	uint32_t i;

	for (i = 0; i < v->arr->n; i++)
		weir_val_push(&out, weir_val_ref(&v->arr->v[e[i].at]));
	drop_all(e, v->arr->n);
	weir_val_drop(v);
	*v = out;
}

/* The first of each group of equal keys. */
static void
unique_by(struct weir_val *v, struct weir_val *keys)
{
	struct weir_val out = weir_val_array(0);
	struct entry *e = sorted(keys);
	uint32_t i;

	for (i = 0; i < v->arr->n; i++)
		if (i == 0 || compare(&e[i - 1], &e[i]) != 0)
			weir_val_push(&out, weir_val_ref(&v->arr->v[e[i].at]));
	drop_all(e, v->arr->n);
	weir_val_drop(v);
	*v = out;
}

static void
group_by(struct weir_val *v, struct weir_val *keys)
{
	struct weir_val out = weir_val_array(0);
	struct entry *e = sorted(keys);
	uint32_t i;

	for (i = 0; i < v->arr->n; i++) {
		if (i == 0 || compare(&e[i - 1], &e[i]) != 0)
			weir_val_push(&out, weir_val_array(0));
		weir_val_push(&out.arr->v[out.arr->n - 1], weir_val_ref(&v->arr->v[e[i].at]));
	}
	drop_all(e, v->arr->n);
	weir_val_drop(v);
	*v = out;
}

static bool
sort(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_val keys;

	(void)args;
	if (!fit_alone(c, v, &keys))
		return false;
	sort_by(v, &keys);
	weir_val_drop(&keys);
	return true;
}

static bool
unique(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_val keys;

	(void)args;
	if (!fit_alone(c, v, &keys))
		return false;
	unique_by(v, &keys);
	weir_val_drop(&keys);
	return true;
}

#define NOT_ARRAYS "as they are not both arrays"

static bool
sort_by_keys(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	if (!fit(c, v, &args[0], "cannot be sorted, " NOT_ARRAYS))
		return false;
	sort_by(v, &args[0]);
	return true;
}

static bool
unique_by_keys(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	if (!fit(c, v, &args[0], "cannot be sorted, " NOT_ARRAYS))
		return false;
	unique_by(v, &args[0]);
	return true;
}

static bool
group_by_keys(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	if (!fit(c, v, &args[0], "cannot be sorted, " NOT_ARRAYS))
		return false;
	group_by(v, &args[0]);
	return true;
}

/* Of several that are equal, jq takes the first least and the last greatest. */
static bool
extreme(struct weir_call *c, struct weir_val *v, struct weir_val *keys, bool greatest)
{
	struct weir_val best = weir_val_of_kind(WEIR_VAL_NULL);
	uint32_t i, at = 0;

	if (!fit(c, v, keys, "cannot be iterated over"))
		return false;
	for (i = 1; i < v->arr->n; i++)
		if ((weir_val_cmp(&keys->arr->v[i], &keys->arr->v[at]) < 0) != greatest)
			at = i;
	if (v->arr->n > 0)
		best = weir_val_ref(&v->arr->v[at]);
	weir_val_drop(v);
	*v = best;
	return true;
}

static bool
extreme_alone(struct weir_call *c, struct weir_val *v, bool greatest)
{
	struct weir_val keys;
	bool ok;

	if (v->kind == WEIR_VAL_ARRAY)
		weir_val_open(v);
	keys = weir_val_ref(v);
	ok = extreme(c, v, &keys, greatest);
	weir_val_drop(&keys);
	return ok;
}

static bool
min(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)args;
	return extreme_alone(c, v, false);
}

static bool
max(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)args;
	return extreme_alone(c, v, true);
}

static bool
min_by_keys(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	return extreme(c, v, &args[0], false);
}

static bool
max_by_keys(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	return extreme(c, v, &args[0], true);
}

/* The place of the target in a sorted array; if it isn't there, -1 less the place where it belongs. */
static bool
bsearch_(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_num found;
	int64_t low = 0, high, mid;
	int cmp = 1;

	if (v->kind != WEIR_VAL_ARRAY)
		return weir_call_refuse(c, v, "cannot be searched from");
	weir_val_open(v);
	high = (int64_t)v->arr->n - 1;
	while (low <= high) {
		mid = (low + high) / 2;
		cmp = weir_val_cmp(&args[0], &v->arr->v[mid]);
		if (cmp == 0) {
			low = mid;
			break;
		}
		if (cmp < 0)
			high = mid - 1;
		else
			low = mid + 1;
	}
	found = weir_num_int(cmp == 0 ? low : -1 - low);
	weir_val_drop(v);
	*v = weir_val_number(&found);
	return true;
}

const struct weir_function weir_function_sort[] = {
	{"sort", 0, sort},
	{"unique", 0, unique},
	{"min", 0, min},
	{"max", 0, max},
	{"_sort_by", 1, sort_by_keys},
	{"_group_by", 1, group_by_keys},
	{"_unique_by", 1, unique_by_keys},
	{"_min_by", 1, min_by_keys},
	{"_max_by", 1, max_by_keys},
	{"bsearch", 1, bsearch_},
	{NULL, 0, NULL},
};
