/*
 * key - what a record is known by: the values of its keys, or all of it
 *
 * By value, not by spelling: canonical bytes (text/order.h), hashed. A whole record is its fields in the
 * order of their names, each with its name; a field that it lacks is not there, null is.
 */
#include "base/mem.h"
#include "sdedup.h"
#include "text/order.h"

#include <stdlib.h>
#include <string.h>

struct named {
	const struct weir_name *name;
	uint32_t field;
};

static int
by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	uint32_t n = x->name->len < y->name->len ? x->name->len : y->name->len;
	int c = n > 0 ? memcmp(x->name->p, y->name->p, n) : 0;

	if (c == 0)
		c = x->name->len < y->name->len ? -1 : x->name->len > y->name->len;
	return c != 0 ? c : x->field < y->field ? -1 : 1;
}

static void
order_free(struct sdedup_order *o)
{
	if (o == NULL)
		return;
	free(o->field);
	free(o->name);
	weir_buf_release(&o->names);
	free(o);
}

static struct sdedup_order *
order_new(const struct weir_shape *shape)
{
	struct named *list = weir_mem_alloc((shape->n + (size_t)1) * sizeof(*list));
	struct sdedup_order *o = weir_mem_zalloc(1, sizeof(*o));
	unsigned char len[4];
	uint32_t i;

	for (i = 0; i < shape->n; i++)
		list[i] = (struct named){.name = &shape->names[i], .field = i};
	qsort(list, shape->n, sizeof(*list), by_name);
	o->serial = shape->serial;
	o->field = weir_mem_alloc((shape->n + (size_t)1) * sizeof(*o->field));
	o->name = weir_mem_alloc((shape->n + (size_t)1) * sizeof(*o->name));
	for (i = 0; i < shape->n; i++) {
		/* Of equal names the last one counts. */
		if (i + 1 < shape->n && list[i].name->len == list[i + 1].name->len &&
		    memcmp(list[i].name->p, list[i + 1].name->p, list[i].name->len) == 0)
			continue;
		o->field[o->n] = list[i].field;
		o->name[o->n++] = (uint32_t)o->names.len;
		weir_store32(len, list[i].name->len);
		weir_buf_put(&o->names, len, sizeof(len));
		weir_buf_put(&o->names, list[i].name->p, list[i].name->len);
	}
	free(list);
	return o;
}

static void
whole_record(struct sdedup *s, const struct weir_record *rec)
{
	struct sdedup_order *o = s->orders[rec->shape->id];
	struct weir_value v;
	uint32_t i;

	if (o == NULL || o->serial != rec->shape->serial) {
		order_free(o);
		o = s->orders[rec->shape->id] = order_new(rec->shape);
	}
	for (i = 0; i < o->n; i++) {
		weir_record_get(rec, o->field[i], &v);
		if (v.type == WEIR_ABSENT)
			continue;
		weir_buf_put(&s->key, o->names.p + o->name[i], 4 + (size_t)weir_load32(o->names.p + o->name[i]));
		weir_order_canon(&s->key, &v);
	}
}

int
sdedup_key_hash(struct sdedup *s, const struct weir_record *rec, struct weir_hash_pair *hash)
{
	weir_buf_clear(&s->key);
	if (s->cf->key.n == 0)
		whole_record(s, rec);
	else if (weir_keys_make(&s->cf->key, rec, &s->key) != 0)
		return 1;
	*hash = weir_hash_pair(s->key.p, s->key.len, s->seed);
	return 0;
}

void
sdedup_key_release(struct sdedup *s)
{
	unsigned i;

	for (i = 0; i < WEIR_SHAPE_IDS; i++)
		order_free(s->orders[i]);
	weir_buf_release(&s->key);
}
