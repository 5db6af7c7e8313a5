/*
 * val - see val.h. Here: single values and arrays; objects are in val_object.c.
 */
#include "expr/val.h"
#include "base/mem.h"
#include "expr/val_object.h"
#include "text/json.h"
#include "text/value.h"

#include <math.h>
#include <stdlib.h>

#define FREED_BY_RECURSION 1000

struct weir_val_num {
	uint32_t refs;
	struct weir_num n;
};

struct weir_val_str {
	uint32_t refs;
	unsigned char p[];
};

size_t weir_val_held;

/* The dead that are nested deeply wait in a list, so that no stack is needed for them. */
static void
put_off(struct weir_val *item, struct weir_val *dead)
{
	if (!weir_val_counted(item) || --*item->refs > 0)
		return;
	*item->refs = 1;
	weir_val_push(dead, *item);
}

static void
free_flat(struct weir_val *v, struct weir_val *dead)
{
	uint32_t i;

	for (i = 0; v->kind == WEIR_VAL_ARRAY && i < v->arr->n; i++)
		put_off(&v->arr->v[i], dead);
	for (i = 0; v->kind == WEIR_VAL_OBJECT && i < v->obj->n; i++) {
		weir_val_drop(&v->obj->m[i].key);
		put_off(&v->obj->m[i].value, dead);
	}
	if (v->kind == WEIR_VAL_ARRAY)
		v->arr->n = v->arr->depth = 0;
	else if (v->kind == WEIR_VAL_OBJECT)
		v->obj->n = v->obj->depth = 0;
}

static void
free_deep(struct weir_val *v)
{
	struct weir_val dead = weir_val_array(0), item;

	free_flat(v, &dead);
	while (dead.arr->n > 0) {
		item = dead.arr->v[--dead.arr->n];
		free_flat(&item, &dead);
		weir_val_drop(&item);
	}
	dead.arr->depth = 0;
	weir_val_drop(&dead);
}

void
weir_val_free(struct weir_val *v)
{
	uint32_t i;

	if (weir_val_depth(v) > FREED_BY_RECURSION)
		free_deep(v);
	if (v->kind == WEIR_VAL_ARRAY) {
		for (i = 0; i < v->arr->n; i++)
			weir_val_drop(&v->arr->v[i]);
		weir_val_held -= sizeof(*v->arr) + v->arr->cap * sizeof(*v->arr->v);
		free(v->arr->v);
	} else if (v->kind == WEIR_VAL_OBJECT) {
		weir_val_object_clear(v->obj);
	} else if (v->kind == WEIR_VAL_STRING) {
		weir_val_held -= sizeof(*v->str) + v->len;
	}
	free(v->refs);
}

struct weir_val
weir_val_string(const void *p, size_t len)
{
	struct weir_val_str *s = weir_mem_alloc(sizeof(*s) + len);

	weir_val_held += sizeof(*s) + len;
	s->refs = 1;
	if (len > 0)
		memcpy(s->p, p, len);
	return (struct weir_val){.kind = WEIR_VAL_STRING, .len = (uint32_t)len, .str = s};
}

/* A string that its text doesn't hold byte for byte. */
static struct weir_val
decoded(const struct weir_value *v)
{
	struct weir_buf b = {0};
	struct weir_val s;

	weir_value_string(&b, v);
	s = weir_val_string(b.p, b.len);
	weir_buf_release(&b);
	return s;
}

struct weir_val
weir_val_from(const struct weir_value *v)
{
	struct weir_val s;

	switch (v->type) {
	case WEIR_FALSE:
	case WEIR_TRUE:
		return weir_val_bool(v->type == WEIR_TRUE);
	case WEIR_NUMBER:
		return weir_val_text(WEIR_VAL_NUMBER, v->p, v->len);
	case WEIR_STRING:
		return weir_val_text(WEIR_VAL_STRING, v->p, v->len);
	case WEIR_STRING_JSON:
		s = weir_val_text(WEIR_VAL_STRING, v->p, v->len);
		s.form = WEIR_VAL_ESCAPED;
		return s;
	case WEIR_STRING_CSV:
	case WEIR_STRING_TSV:
	case WEIR_TIME:
		return decoded(v);
	case WEIR_ARRAY:
		return weir_val_text(WEIR_VAL_ARRAY, v->p, v->len);
	case WEIR_OBJECT:
		return weir_val_text(WEIR_VAL_OBJECT, v->p, v->len);
	default:
		return weir_val_of_kind(WEIR_VAL_NULL);
	}
}

const unsigned char *
weir_val_bytes(struct weir_val *v, size_t *len)
{
	struct weir_value text = {.p = v->p, .len = v->len, .type = WEIR_STRING_JSON};

	if (v->form == WEIR_VAL_ESCAPED)
		*v = decoded(&text);
	*len = v->len;
	return v->form == WEIR_VAL_TEXT ? v->p : v->str->p;
}

struct weir_val
weir_val_number(const struct weir_num *n)
{
	struct weir_val v = {.kind = WEIR_VAL_NUMBER, .form = WEIR_VAL_DOUBLE, .d = n->d};

	if (n->inexact)
		return v;
	if (n->m >= INT64_MIN && n->m <= INT64_MAX) {
		v.form = WEIR_VAL_INT;
		v.scale = (uint8_t)n->scale;
		v.i = (int64_t)n->m;
		return v;
	}
	v.form = WEIR_VAL_HELD;
	v.num = weir_mem_alloc(sizeof(*v.num));
	v.num->refs = 1;
	v.num->n = *n;
	return v;
}

void
weir_val_num(const struct weir_val *v, struct weir_num *n)
{
	switch (v->form) {
	case WEIR_VAL_INT:
		*n = weir_num_int(v->i);
		n->scale = v->scale;
		break;
	case WEIR_VAL_DOUBLE:
		*n = weir_num_dbl(v->d);
		break;
	case WEIR_VAL_TEXT:
		if (weir_num_parse(n, v->p, v->len) != 0)
			*n = weir_num_dbl((double)NAN);
		break;
	default:
		*n = v->num->n;
		break;
	}
}

struct weir_val
weir_val_array(uint32_t n)
{
	struct weir_val_arr *a = weir_mem_zalloc(1, sizeof(*a));

	a->refs = 1;
	a->cap = n;
	a->depth = 1;
	weir_val_held += sizeof(*a) + n * sizeof(*a->v);
	a->v = n > 0 ? weir_mem_realloc(NULL, n, sizeof(*a->v)) : NULL;
	return (struct weir_val){.kind = WEIR_VAL_ARRAY, .arr = a};
}

/* Makes this owner of an array the only one. */
static void
own(struct weir_val *array)
{
	struct weir_val_arr *a = array->arr;
	struct weir_val copy;
	uint32_t i;

	if (a->refs == 1)
		return;
	copy = weir_val_array(a->n + 1);
	for (i = 0; i < a->n; i++)
		copy.arr->v[i] = weir_val_ref(&a->v[i]);
	copy.arr->n = a->n;
	copy.arr->depth = a->depth;
	a->refs--;
	*array = copy;
}

void
weir_val_own(struct weir_val *v)
{
	weir_val_open(v);
	if (v->kind == WEIR_VAL_ARRAY)
		own(v);
	else
		weir_val_object_own(v);
}

void
weir_val_push(struct weir_val *array, struct weir_val item)
{
	struct weir_val_arr *a;

	weir_val_open(array);
	own(array);
	a = array->arr;
	if (a->n == a->cap) {
		weir_val_held -= a->cap * sizeof(*a->v);
		a->cap = a->cap < 4 ? 4 : a->cap * 2;
		weir_val_held += a->cap * sizeof(*a->v);
		a->v = weir_mem_realloc(a->v, a->cap, sizeof(*a->v));
	}
	if (weir_val_depth(&item) >= a->depth)
		a->depth = weir_val_depth(&item) + 1;
	a->v[a->n++] = item;
}

void
weir_val_replace(struct weir_val *array, uint32_t i, struct weir_val item)
{
	struct weir_val_arr *a = array->arr;

	if (weir_val_depth(&item) >= a->depth)
		a->depth = weir_val_depth(&item) + 1;
	weir_val_drop(&a->v[i]);
	a->v[i] = item;
}

void
weir_val_open(struct weir_val *v)
{
	struct weir_value text = {.p = v->p, .len = v->len, .type = WEIR_ARRAY}, item;
	struct weir_json_each each;

	if (v->form == WEIR_VAL_HELD)
		return;
	if (v->kind == WEIR_VAL_OBJECT) {
		weir_val_object_open(v);
		return;
	}
	*v = weir_val_array(0);
	weir_json_each_init(&each, &text);
	while (weir_json_each_next(&each, NULL, &item) > 0)
		weir_val_push(v, weir_val_from(&item));
}

const char *
weir_val_kind_name(const struct weir_val *v)
{
	static const char *const names[] = {"null", "boolean", "boolean", "number", "string", "array",
		"object"};

	return names[v->kind];
}

static void
put_number(struct weir_buf *b, const struct weir_val *v)
{
	char text[WEIR_NUM_TEXT];
	struct weir_num n;

	weir_val_num(v, &n);
	weir_buf_put(b, text, weir_num_format(&n, text));
}

/* A slice as text/value.h knows it. */
static size_t
put_text(struct weir_buf *b, const struct weir_val *v)
{
	static const uint8_t types[] = {[WEIR_VAL_NUMBER] = WEIR_NUMBER, [WEIR_VAL_STRING] = WEIR_STRING,
		[WEIR_VAL_ARRAY] = WEIR_ARRAY, [WEIR_VAL_OBJECT] = WEIR_OBJECT};
	struct weir_value text = {.p = v->p, .len = v->len, .type = types[v->kind]};

	if (v->form == WEIR_VAL_ESCAPED)
		text.type = WEIR_STRING_JSON;
	return weir_value_json(b, &text, true);
}

static size_t
put_array(struct weir_buf *b, const struct weir_val_arr *a, unsigned level)
{
	size_t replaced = 0;
	uint32_t i;

	weir_buf_putc(b, '[');
	for (i = 0; i < a->n; i++) {
		if (i > 0)
			weir_buf_putc(b, ',');
		replaced += weir_val_object_put(b, &a->v[i], level);
	}
	weir_buf_putc(b, ']');
	return replaced;
}

size_t
weir_val_object_put(struct weir_buf *b, const struct weir_val *v, unsigned level)
{
	if (v->form == WEIR_VAL_TEXT || v->form == WEIR_VAL_ESCAPED)
		return put_text(b, v);
	if (v->kind == WEIR_VAL_STRING)
		return weir_value_quote(b, v->str->p, v->len);
	if (v->kind >= WEIR_VAL_ARRAY && level == WEIR_VAL_DEPTH)
		weir_buf_puts(b, "\"<skipped: too deep>\"");
	else if (v->kind == WEIR_VAL_ARRAY)
		return put_array(b, v->arr, level + 1);
	else if (v->kind == WEIR_VAL_OBJECT)
		return weir_val_object_json(b, v, level + 1);
	else if (v->kind == WEIR_VAL_NUMBER)
		put_number(b, v);
	else
		weir_buf_puts(b, v->kind == WEIR_VAL_NULL ? "null"
		        : v->kind == WEIR_VAL_TRUE        ? "true"
		                                          : "false");
	return 0;
}

size_t
weir_val_json(struct weir_buf *b, const struct weir_val *v)
{
	return weir_val_object_put(b, v, 0);
}
