/*
 * pick - see pick.h. The paths make a tree, whose first level is looked up once a shape.
 */
#include "text/pick.h"
#include "base/mem.h"
#include "frame/derive.h"
#include "frame/header.h"
#include "text/json.h"
#include "text/value.h"

#include <stdlib.h>
#include <string.h>

struct node {
	unsigned char *name;    /* or NULL: an index */
	uint32_t len;
	int64_t index;
	bool whole;             /* a path ends here */
	struct node *child;
	unsigned n;
};

struct weir_pick {
	struct node root;
	bool drop;
	struct weir_derive shapes;
	struct weir_value *values;
	size_t *starts;         /* of what was written to bytes */
	uint32_t cap;
	struct weir_buf bytes, scratch;
};

static struct node *
find(const struct node *n, const struct weir_path_step *s)
{
	unsigned i;

	for (i = 0; i < n->n; i++) {
		struct node *c = &n->child[i];

		if (s->name == NULL ? c->name == NULL && c->index == s->index
		                    : c->name != NULL && c->len == s->len && memcmp(c->name, s->name, s->len) == 0)
			return c;
	}
	return NULL;
}

static void
add_path(struct node *n, const struct weir_path *path)
{
	unsigned i;

	for (i = 0; i < path->n && !n->whole; i++) {
		const struct weir_path_step *s = &path->steps[i];
		struct node *c = find(n, s);

		if (c == NULL) {
			n->child = weir_mem_realloc(n->child, n->n + (size_t)1, sizeof(*n->child));
			c = &n->child[n->n++];
			*c = (struct node){.len = s->len, .index = s->index};
			if (s->name != NULL)
				c->name = weir_mem_dup(s->name, s->len);
		}
		n = c;
	}
	n->whole = true;
}

static void
free_children(struct node *n)
{
	unsigned i;

	for (i = 0; i < n->n; i++) {
		free_children(&n->child[i]);
		free(n->child[i].name);
	}
	free(n->child);
}

/* tag: 0, or 1 + the node that goes into the field. */
static uint32_t
make_shape(void *self, const struct weir_shape *from, struct weir_name *names, uint32_t *field,
    uint32_t *tag)
{
	struct weir_pick *p = self;
	uint32_t i, n = 0;

	for (i = 0; i < from->n; i++) {
		struct weir_path_step s = {.name = (unsigned char *)(uintptr_t)from->names[i].p,
		    .len = from->names[i].len};
		const struct node *c = find(&p->root, &s);

		if (c == NULL || c->whole ? (c != NULL) == p->drop : false)
			continue;
		names[n] = from->names[i];
		field[n] = i;
		tag[n++] = c != NULL && !c->whole ? 1 + (uint32_t)(c - p->root.child) : 0;
	}
	return n;
}

struct weir_pick *
weir_pick_new(const struct weir_path *paths, unsigned n, bool drop)
{
	struct weir_pick *p = weir_mem_zalloc(1, sizeof(*p));
	unsigned i;

	for (i = 0; i < n; i++)
		add_path(&p->root, &paths[i]);
	p->drop = drop;
	weir_derive_init(&p->shapes, make_shape, p);
	return p;
}

void
weir_pick_free(struct weir_pick *p)
{
	if (p == NULL)
		return;
	free_children(&p->root);
	weir_derive_release(&p->shapes);
	weir_buf_release(&p->bytes);
	weir_buf_release(&p->scratch);
	free(p->values);
	free(p->starts);
	free(p);
}

static bool filter(struct weir_pick *p, const struct node *n, const struct weir_value *v);

/* Writes a member, or nothing, at the end of p->bytes; c: the node that names it, or NULL. Returns whether
 * it is there. */
static bool
filter_member(struct weir_pick *p, const struct node *c, const struct weir_value *v)
{
	if (c != NULL && !c->whole)
		return filter(p, c, v);
	if ((c != NULL) == p->drop)
		return false;
	weir_value_json(&p->bytes, v, true);
	return true;
}

static const struct node *
named(struct weir_pick *p, const struct node *n, const struct weir_value *key)
{
	struct weir_path_step s = {0};
	size_t len;

	s.name = (unsigned char *)(uintptr_t)weir_value_bytes(key, &p->scratch, &len);
	s.len = (uint32_t)len;
	return find(n, &s);
}

static const struct node *
numbered(const struct node *n, int64_t i, int64_t count)
{
	struct weir_path_step s = {.index = i};
	const struct node *c = find(n, &s);

	s.index = i - count;
	return c != NULL ? c : find(n, &s);
}

static int64_t
count_elements(const struct weir_value *array)
{
	struct weir_json_each each;
	struct weir_value v;
	int64_t n = 0;

	weir_json_each_init(&each, array);
	while (weir_json_each_next(&each, NULL, &v) > 0)
		n++;
	return n;
}

/* The members of an array or object that stay; false if none was asked for and none stays. */
static bool
filter_members(struct weir_pick *p, const struct node *n, const struct weir_value *v)
{
	bool object = v->type == WEIR_OBJECT;
	int64_t count = object ? 0 : count_elements(v), i = 0;
	size_t start = p->bytes.len, before;
	struct weir_json_each each;
	struct weir_value key, item;

	weir_buf_putc(&p->bytes, object ? '{' : '[');
	weir_json_each_init(&each, v);
	while (weir_json_each_next(&each, object ? &key : NULL, &item) > 0) {
		const struct node *c = object ? named(p, n, &key) : numbered(n, i++, count);

		before = p->bytes.len;
		if (before > start + 1)
			weir_buf_putc(&p->bytes, ',');
		if (object) {
			weir_value_json(&p->bytes, &key, true);
			weir_buf_putc(&p->bytes, ':');
		}
		if (!filter_member(p, c, &item))
			p->bytes.len = before;
	}
	if (p->bytes.len == start + 1 && !p->drop) {
		p->bytes.len = start;
		return false;
	}
	weir_buf_putc(&p->bytes, object ? '}' : ']');
	return true;
}

/* Writes what is left of a value that n goes into, as JSON text. A path that goes into what has no members
 * names nothing. */
static bool
filter(struct weir_pick *p, const struct node *n, const struct weir_value *v)
{
	if (v->type == WEIR_OBJECT || v->type == WEIR_ARRAY)
		return filter_members(p, n, v);
	if (p->drop)
		weir_value_json(&p->bytes, v, true);
	return p->drop;
}

/* The same of a field, whose value it replaces. Its bytes lie at *start once all is written. */
static void
filter_field(struct weir_pick *p, const struct node *n, struct weir_value *v, size_t *start)
{
	bool members = v->type == WEIR_OBJECT || v->type == WEIR_ARRAY;
	size_t from = p->bytes.len;

	*start = SIZE_MAX;
	if (members && filter_members(p, n, v)) {
		*start = from;
		v->len = (uint32_t)(p->bytes.len - from);
	} else if (!p->drop) {
		v->type = WEIR_ABSENT;
	}
}

/* All that goes into fields. */
static void
filter_fields(struct weir_pick *p, const struct weir_derived *d)
{
	uint32_t i, n = d->shape->n;

	weir_buf_clear(&p->bytes);
	for (i = 0; i < n; i++)
		if (d->tag[i] > 0)
			filter_field(p, &p->root.child[d->tag[i] - 1], &p->values[i], &p->starts[i]);
	for (i = 0; i < n; i++)
		if (d->tag[i] > 0 && p->starts[i] != SIZE_MAX)
			p->values[i].p = p->bytes.p + p->starts[i];
}

int
weir_pick_put(struct weir_pick *p, const struct weir_record *r, struct weir_batch *b)
{
	const struct weir_derived *d = weir_derive_get(&p->shapes, r->shape);
	uint32_t i, n = d->shape->n;
	bool deep = false;
	size_t bytes, bound;

	if (p->cap < n) {
		p->cap = n;
		p->values = weir_mem_realloc(p->values, n, sizeof(*p->values));
		p->starts = weir_mem_realloc(p->starts, n, sizeof(*p->starts));
	}
	for (i = 0; i < n; i++) {
		weir_record_get(r, d->field[i], &p->values[i]);
		deep |= d->tag[i] > 0;
	}
	if (deep)
		filter_fields(p, d);
	else if (n == r->shape->n)
		return 1;
	bytes = weir_record_weigh(p->values, n);
	bound = weir_record_bound(n, 0, bytes);
	if (bound > WEIR_RECORD_MAX)
		return -1;
	weir_batch_add(b, d->shape, weir_record_encode_values(weir_batch_room(b, bound), d->shape->id, n,
	        r->time, p->values, bytes));
	return 0;
}
