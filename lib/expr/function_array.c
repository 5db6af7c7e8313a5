/*
 * function_array - functions of arrays, and of what else can be iterated over
 */
#include "base/utf8.h"
#include "expr/arith.h"
#include "expr/function.h"

#include <math.h>

static bool
give(struct weir_val *v, struct weir_val with)
{
	weir_val_drop(v);
	*v = with;
	return true;
}

static struct weir_val
integer(int64_t i)
{
	struct weir_num n = weir_num_int(i);

	return weir_val_number(&n);
}

static bool
iterable(struct weir_call *c, struct weir_val *v)
{
	struct weir_buf why = {0};

	if (v->kind >= WEIR_VAL_ARRAY) {
		weir_val_open(v);
		return true;
	}
	weir_buf_puts(&why, "Cannot iterate over ");
	weir_arith_describe(&why, v);
	return weir_call_fail_with(c, &why);
}

/* Of an open array or object. */
static uint32_t
count(const struct weir_val *v)
{
	return v->kind == WEIR_VAL_ARRAY ? v->arr->n : v->obj->n;
}

static struct weir_val *
member(const struct weir_val *v, uint32_t i)
{
	return v->kind == WEIR_VAL_ARRAY ? &v->arr->v[i] : &v->obj->m[i].value;
}

/* The members from i on that are strings, behind *sum, in one buffer. Returns the first that is
 * neither a string nor null; 0 if the text is too long. */
static uint32_t
add_strings(struct weir_val *sum, const struct weir_val *v, uint32_t i)
{
	struct weir_buf all = {0};
	const unsigned char *p;
	size_t len;

	p = weir_val_bytes(sum, &len);
	weir_buf_put(&all, p, len);
	for (; i < count(v) && (member(v, i)->kind == WEIR_VAL_STRING ||
	        member(v, i)->kind == WEIR_VAL_NULL); i++) {
		if (member(v, i)->kind == WEIR_VAL_NULL)
			continue;
		p = weir_val_bytes(member(v, i), &len);
		weir_buf_put(&all, p, len);
		if (all.len > WEIR_ARITH_STRING_MAX) {
			i = 0;
			break;
		}
	}
	weir_val_drop(sum);
	*sum = weir_val_string(all.p, all.len);
	weir_buf_release(&all);
	return i;
}

/* Arrays and objects grow in place: the sum has no other owner. */
static void
append(struct weir_val *sum, const struct weir_val *more)
{
	struct weir_val from = weir_val_ref(more);
	uint32_t i;

	weir_val_open(&from);
	for (i = 0; i < count(&from); i++)
		if (from.kind == WEIR_VAL_ARRAY)
			weir_val_push(sum, weir_val_ref(&from.arr->v[i]));
		else
			weir_val_set(sum, weir_val_ref(&from.obj->m[i].key),
			    weir_val_ref(&from.obj->m[i].value));
	weir_val_drop(&from);
}

static bool
add_one(struct weir_call *c, struct weir_val *sum, const struct weir_val *item)
{
	struct weir_buf why = {0};
	struct weir_val next;

	if (sum->kind == item->kind && sum->kind >= WEIR_VAL_ARRAY) {
		append(sum, item);
		return true;
	}
	if (weir_arith_apply('+', sum, item, &next, &why) != 0)
		return weir_call_fail_with(c, &why);
	return give(sum, next);
}

static bool
add(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_val sum = weir_val_of_kind(WEIR_VAL_NULL);
	uint32_t i = 0;
	bool ok = true;

	(void)args;
	if (!iterable(c, v))
		return false;
	while (ok && i < count(v)) {
		if (sum.kind == WEIR_VAL_STRING && member(v, i)->kind <= WEIR_VAL_STRING &&
		    (member(v, i)->kind == WEIR_VAL_STRING || member(v, i)->kind == WEIR_VAL_NULL)) {
			i = add_strings(&sum, v, i);
			if (i == 0)
				ok = weir_call_fail(c, "String too long");
		} else {
			ok = add_one(c, &sum, member(v, i++));
		}
	}
	give(v, sum);
	return ok;
}

/* One member of a join as text: null is empty. */
static bool
put_joined(struct weir_call *c, struct weir_buf *b, struct weir_val *item)
{
	struct weir_val left;
	const unsigned char *p;
	size_t len;

	if (item->kind == WEIR_VAL_STRING) {
		p = weir_val_bytes(item, &len);
		weir_buf_put(b, p, len);
	} else if (item->kind < WEIR_VAL_STRING && item->kind != WEIR_VAL_NULL) {
		weir_val_canonical(b, item);
	} else if (item->kind >= WEIR_VAL_ARRAY) {
		left = weir_val_text(WEIR_VAL_STRING, b->p, b->len);
		return weir_call_refuse_both(c, &left, item, "cannot be added");
	}
	return true;
}

static bool
join(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_buf b = {0};
	struct weir_val left;
	const unsigned char *p = NULL;
	size_t len = 0;
	uint32_t i;
	bool ok = true;

	if (!iterable(c, v))
		return false;
	if (args[0].kind == WEIR_VAL_STRING)
		p = weir_val_bytes(&args[0], &len);
	for (i = 0; ok && i < count(v); i++) {
		if (i > 0 && args[0].kind != WEIR_VAL_STRING && args[0].kind != WEIR_VAL_NULL) {
			left = weir_val_text(WEIR_VAL_STRING, b.p, b.len);
			ok = weir_call_refuse_both(c, &left, &args[0], "cannot be added");
			break;
		}
		if (i > 0)
			weir_buf_put(&b, p, len);
		ok = put_joined(c, &b, member(v, i));
		if (ok && b.len > WEIR_ARITH_STRING_MAX)
			ok = weir_call_fail(c, "String too long");
	}
	if (ok)
		give(v, weir_val_string(b.p, b.len));
	weir_buf_release(&b);
	return ok;
}

/* depth counts down and ends the descent at 0; below 0 there is no end. */
static void
flatten_into(struct weir_val *out, struct weir_val *v, double depth)
{
	uint32_t i;

	weir_val_open(v);
	for (i = 0; i < count(v); i++)
		if (member(v, i)->kind == WEIR_VAL_ARRAY && depth != 0)
			flatten_into(out, member(v, i), depth - 1);
		else
			weir_val_push(out, weir_val_ref(member(v, i)));
}

static bool
holds_array(const struct weir_val *v)
{
	uint32_t i;

	for (i = 0; i < count(v); i++)
		if (member(v, i)->kind == WEIR_VAL_ARRAY)
			return true;
	return false;
}

static bool
flatten_by(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_val out, one;
	struct weir_num n = weir_num_int(1);
	double depth = 0;

	if (args[0].kind == WEIR_VAL_NUMBER) {
		weir_val_num(&args[0], &n);
		depth = weir_num_double(&n);
	}
	if (args[0].kind < WEIR_VAL_NUMBER || depth < 0 || isnan(depth))
		return weir_call_fail(c, "flatten depth must not be negative");
	if (!iterable(c, v))
		return false;
	if (args[0].kind != WEIR_VAL_NUMBER && holds_array(v)) {
		one = integer(1);
		return weir_call_refuse_both(c, &args[0], &one, "cannot be subtracted");
	}
	out = weir_val_array(count(v));
	flatten_into(&out, v, depth);
	return give(v, out);
}

static bool
flatten(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_val out;

	(void)args;
	if (!iterable(c, v))
		return false;
	out = weir_val_array(count(v));
	flatten_into(&out, v, -1);
	return give(v, out);
}

static bool
refuse_index(struct weir_call *c, const struct weir_val *v)
{
	return weir_call_fail(c, "Cannot index %s with number", weir_val_kind_name(v));
}

/* The last characters first; a byte that is no UTF-8 is one. */
static struct weir_val
reversed(struct weir_val *v)
{
	size_t len, at, n;
	const unsigned char *p = weir_val_bytes(v, &len);
	struct weir_buf b = {0};
	struct weir_val s;

	weir_buf_need(&b, len);
	for (at = len; at > 0;) {
		for (n = 1; n < 4 && n < at && (p[at - n] & 0xc0) == 0x80; n++)
			;
		if (weir_utf8_span(p + at - n, n) != n)
			n = 1;
		at -= n;
		weir_buf_put(&b, p + at, n);
	}
	s = weir_val_string(b.p, b.len);
	weir_buf_release(&b);
	return s;
}

static bool
reverse(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_num n = weir_num_int(1);
	struct weir_val *m, swap;
	uint32_t i, k;

	(void)args;
	switch (v->kind) {
	case WEIR_VAL_NULL:
		return give(v, weir_val_array(0));
	case WEIR_VAL_STRING:
		return give(v, reversed(v));
	case WEIR_VAL_NUMBER:
		weir_val_num(v, &n);
		return weir_num_double(&n) == 0 ? give(v, weir_val_array(0)) : refuse_index(c, v);
	case WEIR_VAL_OBJECT:
		weir_val_open(v);
		return v->obj->n == 0 ? give(v, weir_val_array(0)) : refuse_index(c, v);
	case WEIR_VAL_ARRAY:
		break;
	default:
		return weir_call_refuse(c, v, "has no length");
	}
	weir_val_own(v);
	m = v->arr->v;
	for (i = 0, k = v->arr->n; i + 1 < k; i++) {
		swap = m[i];
		m[i] = m[--k];
		m[k] = swap;
	}
	return true;
}

/* How many columns there are: the length of the longest row. */
static bool
columns(struct weir_call *c, const struct weir_val *rows, uint32_t *width)
{
	uint32_t i;

	*width = 0;
	for (i = 0; i < count(rows); i++) {
		struct weir_val *row = member(rows, i);
		struct weir_num n = weir_num_int(0);
		uint32_t len = 0;

		if (row->kind == WEIR_VAL_FALSE || row->kind == WEIR_VAL_TRUE)
			return weir_call_refuse(c, row, "has no length");
		if (row->kind == WEIR_VAL_NUMBER)
			weir_val_num(row, &n);
		if (row->kind == WEIR_VAL_NUMBER || row->kind == WEIR_VAL_STRING)
			len = row->kind == WEIR_VAL_STRING ? row->len > 0 : weir_num_double(&n) != 0;
		if (row->kind >= WEIR_VAL_ARRAY) {
			weir_val_open(row);
			len = count(row);
		}
		*width = len > *width ? len : *width;
	}
	if (*width > 0 && rows->kind == WEIR_VAL_OBJECT)
		return refuse_index(c, rows);
	for (i = 0; *width > 0 && i < count(rows); i++)
		if (rows->arr->v[i].kind != WEIR_VAL_NULL && rows->arr->v[i].kind != WEIR_VAL_ARRAY)
			return refuse_index(c, &rows->arr->v[i]);
	return true;
}

/* Rows become columns; a row that is too short, or null, has nulls there. */
static bool
transpose(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_val out, column;
	uint32_t i, k, width;

	(void)args;
	if (!iterable(c, v))
		return false;
	if (!columns(c, v, &width))
		return false;
	out = weir_val_array(width);
	for (k = 0; k < width; k++) {
		column = weir_val_array(v->arr->n);
		for (i = 0; i < v->arr->n; i++) {
			const struct weir_val *row = &v->arr->v[i];

			weir_val_push(&column, row->kind == WEIR_VAL_ARRAY && k < row->arr->n
			        ? weir_val_ref(&row->arr->v[k])
			        : weir_val_of_kind(WEIR_VAL_NULL));
		}
		weir_val_push(&out, column);
	}
	return give(v, out);
}

const struct weir_function weir_function_array[] = {
	{"add", 0, add},
	{"join", 1, join},
	{"flatten", 0, flatten},
	{"flatten", 1, flatten_by},
	{"reverse", 0, reverse},
	{"transpose", 0, transpose},
	{NULL, 0, NULL},
};
