/*
 * json_shapes - see json_shapes.h. All nodes but the root are in one hash table,
 * keyed by parent and name.
 */
#include "text/json_shapes.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "text/value.h"

#include <stdlib.h>

#define MAX_NODES 65536

static struct weir_json_node *
new_node(struct weir_json_node *parent, const unsigned char *raw, uint32_t len)
{
	size_t room = (len + (size_t)15) / 16 * 16 + 16;
	struct weir_json_node *node = weir_mem_zalloc(1, sizeof(*node) + room);

	node->parent = parent;
	node->depth = parent != NULL ? parent->depth + 1 : 0;
	node->len = len;
	node->mask = len < 32 ? (1u << len) - 1 : 0;
	if (len > 0)
		memcpy(node->raw, raw, len);
	return node;
}

static void
free_node(struct weir_json_node *node)
{
	weir_shape_free(node->shape);
	free(node->place);
	free(node);
}

void
weir_json_shapes_init(struct weir_json_shapes *s)
{
	s->cap = 64;
	s->n = 0;
	s->table = weir_mem_zalloc(s->cap, sizeof(struct weir_json_node *));
	s->root = new_node(NULL, NULL, 0);
}

void
weir_json_shapes_release(struct weir_json_shapes *s)
{
	uint32_t i;

	for (i = 0; i < s->cap; i++)
		while (s->table[i] != NULL) {
			struct weir_json_node *next = s->table[i]->chain;

			free_node(s->table[i]);
			s->table[i] = next;
		}
	free(s->table);
	free_node(s->root);
}

void
weir_json_shapes_trim(struct weir_json_shapes *s)
{
	if (s->n < MAX_NODES)
		return;
	weir_json_shapes_release(s);
	weir_json_shapes_init(s);
}

static uint32_t
bucket(const struct weir_json_shapes *s, const struct weir_json_node *parent,
    const unsigned char *raw, uint32_t len)
{
	uint64_t h = weir_hash_table(raw, len) ^ ((uint64_t)(uintptr_t)parent >> 4) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(h ^ h >> 32) & (s->cap - 1);
}

static void
grow(struct weir_json_shapes *s)
{
	struct weir_json_node **old = s->table;
	uint32_t i, n = s->cap;

	s->cap *= 2;
	s->table = weir_mem_zalloc(s->cap, sizeof(struct weir_json_node *));
	for (i = 0; i < n; i++)
		while (old[i] != NULL) {
			struct weir_json_node *node = old[i], **to;

			old[i] = node->chain;
			to = &s->table[bucket(s, node->parent, node->raw, node->len)];
			node->chain = *to;
			*to = node;
		}
	free(old);
}

struct weir_json_node *
weir_json_shapes_step(struct weir_json_shapes *s, struct weir_json_node *node,
    const unsigned char *raw, uint32_t len)
{
	struct weir_json_node **to = &s->table[bucket(s, node, raw, len)], *child;

	for (child = *to; child != NULL; child = child->chain)
		if (child->parent == node && child->len == len && memcmp(child->raw, raw, len) == 0)
			break;
	if (child == NULL) {
		if (s->n >= s->cap) {
			grow(s);
			to = &s->table[bucket(s, node, raw, len)];
		}
		child = new_node(node, raw, len);
		child->chain = *to;
		*to = child;
		s->n++;
	}
	if (len < 32 && child != node->guess[0]) {
		node->guess[1] = node->guess[0];
		node->guess[0] = child;
	}
	return child;
}

struct named {
	unsigned char *p;
	uint32_t len, at;  /* at: which of the object's names */
};

static int
by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c = memcmp(x->p, y->p, x->len < y->len ? x->len : y->len);

	if (c == 0)
		c = x->len < y->len ? -1 : x->len > y->len;
	return c != 0 ? c : x->at < y->at ? -1 : 1;
}

/* The names from the root down, decoded, in the order of the text. */
static struct named *
names_of(const struct weir_json_node *node)
{
	struct named *names = weir_mem_zalloc(node->depth, sizeof(*names));
	struct weir_buf b = {0};

	for (; node->parent != NULL; node = node->parent) {
		struct named *name = &names[node->depth - 1];

		weir_buf_clear(&b);
		if (node->raw[node->len - 1] == '"')
			weir_value_unescape(&b, node->raw, node->len - 1);
		else
			weir_buf_put(&b, node->raw, node->len - 1);
		name->p = weir_mem_dup(b.p, b.len);
		name->len = (uint32_t)b.len;
		name->at = node->depth - 1;
	}
	weir_buf_release(&b);
	return names;
}

/* place[i]: the field of name i, that of its first twin; returns how many fields that makes. */
static uint32_t
place_names(struct named *sorted, uint32_t n, uint32_t *place)
{
	uint32_t i, first = 0, fields = 0;

	for (i = 0; i < n; i++) {
		if (i == 0 || sorted[i].len != sorted[first].len ||
		    memcmp(sorted[i].p, sorted[first].p, sorted[i].len) != 0)
			first = i;
		place[sorted[i].at] = sorted[first].at;
	}
	for (i = 0; i < n; i++)
		place[i] = place[i] == i ? fields++ : place[place[i]];
	return fields;
}

struct weir_shape *
weir_json_shapes_end(struct weir_json_node *node)
{
	struct named *names;
	struct weir_name *fields;
	uint32_t i, n = node->depth, nfields;

	if (node->shape != NULL)
		return node->shape;
	names = names_of(node);
	node->place = weir_mem_zalloc(n, sizeof(*node->place));
	fields = weir_mem_zalloc(n, sizeof(*fields));
	qsort(names, n, sizeof(*names), by_name);
	nfields = place_names(names, n, node->place);
	for (i = n; i-- > 0;) {
		struct weir_name *field = &fields[node->place[names[i].at]];

		field->p = names[i].p;
		field->len = names[i].len;
	}
	node->shape = weir_shape_new(n > 0 && node->raw[node->len - 1] == '=' ? WEIR_FORMAT_LOGFMT : WEIR_FORMAT_JSON, 0,
	    fields, nfields);
	if (nfields == n) {
		free(node->place);
		node->place = NULL;
	}
	for (i = 0; i < n; i++)
		free(names[i].p);
	free(names);
	free(fields);
	return node->shape;
}
