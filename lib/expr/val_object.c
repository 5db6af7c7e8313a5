/*
 * val_object - objects: pairs in the order they came, and above 8 of them an index by hash
 */
#include "expr/val_object.h"
#include "base/hash.h"
#include "base/mem.h"
#include "text/json.h"
#include "text/value.h"

#include <stdlib.h>

#define UNINDEXED 8

static size_t
bytes(const struct weir_val_obj *o)
{
	return sizeof(*o) + o->cap * sizeof(*o->m) + o->slots * sizeof(*o->index);
}

void
weir_val_object_clear(struct weir_val_obj *o)
{
	uint32_t i;

	for (i = 0; i < o->n; i++) {
		weir_val_drop(&o->m[i].key);
		weir_val_drop(&o->m[i].value);
	}
	weir_val_count(0, bytes(o));
	free(o->m);
	free(o->index);
}

struct weir_val
weir_val_object(void)
{
	struct weir_val_obj *o = weir_mem_zalloc(1, sizeof(*o));

	o->refs = o->depth = 1;
	weir_val_count(bytes(o), 0);
	return (struct weir_val){.kind = WEIR_VAL_OBJECT, .obj = o};
}

static bool
is_key(const struct weir_val_pair *m, const void *key, size_t len)
{
	struct weir_val k = m->key;  /* neither kept nor changed: it isn't ESCAPED */
	size_t n;
	const unsigned char *p = weir_val_bytes(&k, &n);

	return n == len && (len == 0 || memcmp(p, key, len) == 0);
}

/* The place in the index where the key is, or is to be put. */
static uint32_t *
probe(const struct weir_val_obj *o, const void *key, size_t len)
{
	uint64_t at = weir_hash_table(key, len);

	for (;; at++) {
		uint32_t *slot = &o->index[at & (o->slots - 1)];

		if (*slot == 0 || is_key(&o->m[*slot - 1], key, len))
			return slot;
	}
}

static struct weir_val_pair *
find(const struct weir_val_obj *o, const void *key, size_t len)
{
	uint32_t i;

	if (o->slots > 0) {
		i = *probe(o, key, len);
		return i > 0 ? &o->m[i - 1] : NULL;
	}
	for (i = 0; i < o->n; i++)
		if (is_key(&o->m[i], key, len))
			return &o->m[i];
	return NULL;
}

static void
reindex(struct weir_val_obj *o)
{
	uint32_t i;

	free(o->index);
	o->slots = o->cap * 2;
	o->index = weir_mem_zalloc(o->slots, sizeof(*o->index));
	for (i = 0; i < o->n; i++) {
		size_t len;
		const unsigned char *p = weir_val_bytes(&o->m[i].key, &len);

		*probe(o, p, len) = i + 1;
	}
}

static void
deepen(struct weir_val_obj *o, const struct weir_val *value)
{
	if (weir_val_depth(value) >= o->depth)
		o->depth = weir_val_depth(value) + 1;
}

/* Adds a key that isn't there. */
static void
add(struct weir_val_obj *o, struct weir_val key, struct weir_val value)
{
	const unsigned char *p;
	size_t len, before;

	deepen(o, &value);
	if (o->n == o->cap || o->m == NULL) {
		before = bytes(o);
		o->cap = o->cap < 4 ? 4 : o->cap * 2;
		o->m = weir_mem_realloc(o->m, o->cap, sizeof(*o->m));
		if (o->cap > UNINDEXED)
			reindex(o);
		weir_val_count(bytes(o), before);
	}
	if (o->slots > 0) {
		p = weir_val_bytes(&key, &len);
		*probe(o, p, len) = o->n + 1;
	}
	o->m[o->n++] = (struct weir_val_pair){key, value};
}

void
weir_val_object_own(struct weir_val *object)
{
	struct weir_val_obj *o = object->obj;
	struct weir_val copy;
	uint32_t i;

	if (o->refs == 1)
		return;
	copy = weir_val_object();
	for (i = 0; i < o->n; i++)
		add(copy.obj, weir_val_ref(&o->m[i].key), weir_val_ref(&o->m[i].value));
	weir_val_drop(object);
	*object = copy;
}

void
weir_val_set(struct weir_val *object, struct weir_val key, struct weir_val value)
{
	struct weir_val_pair *m;
	const unsigned char *p;
	size_t len;

	weir_val_open(object);
	weir_val_object_own(object);
	p = weir_val_bytes(&key, &len);
	m = find(object->obj, p, len);
	if (m == NULL) {
		add(object->obj, key, value);
		return;
	}
	deepen(object->obj, &value);
	weir_val_drop(&key);
	weir_val_drop(&m->value);
	m->value = value;
}

void
weir_val_unset(struct weir_val *object, const void *key, size_t len)
{
	struct weir_val_pair *m;
	struct weir_val_obj *o;

	weir_val_open(object);
	if (find(object->obj, key, len) == NULL)
		return;
	weir_val_object_own(object);
	o = object->obj;
	m = find(o, key, len);
	weir_val_drop(&m->key);
	weir_val_drop(&m->value);
	o->n--;
	memmove(m, m + 1, (size_t)(&o->m[o->n] - m) * sizeof(*m));
	if (o->slots > 0)
		reindex(o);
}

bool
weir_val_get(const struct weir_val *object, const void *key, size_t len, struct weir_val *v)
{
	struct weir_value text = {.p = object->p, .len = object->len, .type = WEIR_OBJECT}, found;
	const struct weir_val_pair *m;
	int i;

	if (object->form == WEIR_VAL_HELD) {
		m = find(object->obj, key, len);
		if (m != NULL)
			*v = weir_val_ref(&m->value);
		return m != NULL;
	}
	if (object->form == WEIR_VAL_TEXT) {
		weir_json_member(&text, key, len, &found);
	} else {
		i = weir_shape_find(object->rec->shape, key, len);
		if (i < 0)
			return false;
		weir_record_get(object->rec, (uint32_t)i, &found);
	}
	if (found.type != WEIR_ABSENT)
		*v = weir_val_from(&found);
	return found.type != WEIR_ABSENT;
}

static struct weir_val
open_record(const struct weir_record *r)
{
	struct weir_val object = weir_val_object();
	const struct weir_name *names = r->shape->names;
	struct weir_value v;
	uint32_t i;

	for (i = 0; i < r->shape->n; i++) {
		weir_record_get(r, i, &v);
		if (v.type != WEIR_ABSENT)
			weir_val_set(&object, weir_val_text(WEIR_VAL_STRING, names[i].p, names[i].len),
			    weir_val_from(&v));
	}
	return object;
}

void
weir_val_object_open(struct weir_val *v)
{
	struct weir_value text = {.p = v->p, .len = v->len, .type = WEIR_OBJECT}, key, item;
	struct weir_json_each each;

	if (v->form == WEIR_VAL_RECORD) {
		*v = open_record(v->rec);
		return;
	}
	*v = weir_val_object();
	weir_json_each_init(&each, &text);
	while (weir_json_each_next(&each, &key, &item) > 0)
		weir_val_set(v, weir_val_from(&key), weir_val_from(&item));
}

static size_t
put_pair(struct weir_buf *b, const struct weir_val *key, const struct weir_val *value, unsigned level)
{
	size_t replaced;

	if (b->p[b->len - 1] != '{')
		weir_buf_putc(b, ',');
	replaced = weir_val_json(b, key);
	weir_buf_putc(b, ':');
	return replaced + weir_val_object_put(b, value, level);
}

/* A record's fields, whose names are all different. */
static size_t
put_record(struct weir_buf *b, const struct weir_record *r, unsigned level)
{
	size_t replaced = 0;
	struct weir_val key, value;
	struct weir_value v;
	uint32_t i;

	for (i = 0; i < r->shape->n; i++) {
		weir_record_get(r, i, &v);
		if (v.type == WEIR_ABSENT)
			continue;
		key = weir_val_text(WEIR_VAL_STRING, r->shape->names[i].p, r->shape->names[i].len);
		value = weir_val_from(&v);
		replaced += put_pair(b, &key, &value, level);
		weir_val_drop(&value);
	}
	return replaced;
}

size_t
weir_val_object_json(struct weir_buf *b, const struct weir_val *v, unsigned level)
{
	size_t replaced = 0;
	uint32_t i;

	weir_buf_putc(b, '{');
	if (v->form == WEIR_VAL_RECORD)
		replaced = put_record(b, v->rec, level);
	else
		for (i = 0; i < v->obj->n; i++)
			replaced += put_pair(b, &v->obj->m[i].key, &v->obj->m[i].value, level);
	weir_buf_putc(b, '}');
	return replaced;
}

static int
by_key(const void *a, const void *b)
{
	const struct weir_val_pair *const *x = a, *const *y = b;

	return weir_val_cmp(&(*x)->key, &(*y)->key);
}

const struct weir_val_pair **
weir_val_object_sorted(const struct weir_val_obj *o)
{
	const struct weir_val_pair **m = weir_mem_realloc(NULL, o->n, sizeof(*m));
	uint32_t i;

	for (i = 0; i < o->n; i++)
		m[i] = &o->m[i];
	qsort(m, o->n, sizeof(*m), by_key);
	return m;
}
