/*
 * build - see build.h
 *
 * The record is put together as JSON text: before each member what lies between it and the one
 * before, {"user": or ,"cents": and so on, then its value, and a slot for that.
 */
#include "expr/build.h"
#include "base/mem.h"
#include "expr/machine.h"
#include "expr/simple.h"
#include "frame/header.h"
#include "text/json_core.h"
#include "text/value.h"

#include <stdlib.h>

enum source { LITERAL, PATH, COMPUTED };

struct member {
	enum source source;
	unsigned char *before;         /* what stands before the value; of a LITERAL the value too */
	uint32_t len, value;           /* where in `before` the value of a LITERAL begins */
	uint8_t type;                  /* and its slot's type */
	struct weir_simple *simple;    /* of a PATH; of a COMPUTED, or NULL */
	struct weir_machine *machine;
};

struct weir_build {
	struct weir_shape *shape;
	struct member *m;
	unsigned n;
	struct weir_slot *slots;
	struct weir_buf text;
	unsigned wait_ms;            /* of the machines */
	struct weir_map *map;
	size_t replaced;        /* bytes of the record at hand that were not UTF-8 */
};

/* The type that a reader of JSON gives to a value of this text. */
static uint8_t
type_of(uint8_t kind, const unsigned char *p, size_t len)
{
	static const uint8_t types[] = {[WEIR_VAL_NULL] = WEIR_NULL, [WEIR_VAL_FALSE] = WEIR_FALSE,
	    [WEIR_VAL_TRUE] = WEIR_TRUE, [WEIR_VAL_NUMBER] = WEIR_NUMBER, [WEIR_VAL_STRING] = WEIR_STRING,
	    [WEIR_VAL_ARRAY] = WEIR_ARRAY, [WEIR_VAL_OBJECT] = WEIR_OBJECT};

	if (kind == WEIR_VAL_STRING && memchr(p, '\\', len) != NULL)
		return WEIR_STRING_JSON;
	if (kind == WEIR_VAL_NUMBER && *p == 'n')
		return WEIR_NULL;               /* NaN */
	return types[kind];
}

/* The slot of the value that was written from `start` on; a string's is inside of its quotes. */
static struct weir_slot
slot_of(const struct weir_buf *text, size_t start, uint8_t type)
{
	uint32_t quote = type == WEIR_STRING || type == WEIR_STRING_JSON;

	return (struct weir_slot){.off = (uint32_t)start + quote,
	    .len = (uint32_t)(text->len - start) - 2 * quote, .type = type};
}

static void
add_literal(struct member *m, struct weir_buf *before, const struct weir_val *v)
{
	m->source = LITERAL;
	m->value = (uint32_t)before->len;
	weir_val_json(before, v);
	m->type = type_of(v->kind, before->p + m->value, before->len - m->value);
}

static void
add_member(struct weir_build *b, const struct weir_member *of, const struct weir_buf *name)
{
	struct member *m = &b->m[b->n];
	struct weir_buf before = {0};

	weir_buf_putc(&before, b->n++ == 0 ? '{' : ',');
	weir_buf_put(&before, name->p, name->len);
	weir_buf_putc(&before, ':');
	if (of->value->kind == WEIR_NODE_LITERAL && of->value->v.kind < WEIR_VAL_ARRAY) {
		add_literal(m, &before, &of->value->v);
	} else {
		m->simple = weir_simple_new(of->value);
		m->source = m->simple != NULL && weir_simple_path(m->simple) != NULL ? PATH : COMPUTED;
		if (m->simple == NULL)
			m->machine = weir_machine_new(of->value, b->wait_ms);
	}
	m->before = before.p;
	m->len = (uint32_t)before.len;
}

/* Whether the names are known, and all different; they are written to `name` and make the shape. */
static bool
add_members(struct weir_build *b, const struct weir_node *program, struct weir_map *map)
{
	struct weir_json_node *at = map->object.shapes.root;
	struct weir_buf name = {0};
	unsigned i;

	for (i = 0; i < program->n && program->members[i].key->kind == WEIR_NODE_LITERAL &&
	        program->members[i].key->v.kind == WEIR_VAL_STRING; i++) {
		weir_buf_clear(&name);
		weir_val_json(&name, &program->members[i].key->v);
		add_member(b, &program->members[i], &name);
		at = weir_json_shapes_step(&map->object.shapes, at, name.p + 1, (uint32_t)name.len - 1);
	}
	weir_buf_release(&name);
	if (i < program->n)
		return false;
	b->shape = weir_shape_ref(weir_json_shapes_end(at));
	return b->shape->n == b->n;
}

struct weir_build *
weir_build_new(const struct weir_node *program, struct weir_map *map, unsigned wait_ms)
{
	struct weir_build *b;

	if (program->kind != WEIR_NODE_OBJECT || program->n == 0)
		return NULL;
	b = weir_mem_zalloc(1, sizeof(*b));
	b->wait_ms = wait_ms;
	b->map = map;
	b->m = weir_mem_zalloc(program->n, sizeof(*b->m));
	b->slots = weir_mem_zalloc(program->n, sizeof(*b->slots));
	if (add_members(b, program, map))
		return b;
	weir_build_free(b);
	return NULL;
}

void
weir_build_free(struct weir_build *b)
{
	unsigned i;

	if (b == NULL)
		return;
	for (i = 0; i < b->n; i++) {
		weir_simple_free(b->m[i].simple);
		weir_machine_free(b->m[i].machine);
		free(b->m[i].before);
	}
	weir_shape_free(b->shape);
	weir_buf_release(&b->text);
	free(b->slots);
	free(b->m);
	free(b);
}

unsigned
weir_build_members(const struct weir_build *b)
{
	return b->n;
}

unsigned
weir_build_copied(const struct weir_build *b)
{
	unsigned i, n = 0;

	for (i = 0; i < b->n; i++)
		n += b->m[i].source == PATH;
	return n;
}

/* What is nested is read, to know that it isn't nested too deeply. */
static bool
is_shallow(struct weir_buf *text, size_t start)
{
	struct weir_json_fault fault;
	struct weir_value v;

	memset(weir_buf_need(text, WEIR_SCAN_PAD), 0, WEIR_SCAN_PAD);
	return weir_json_core_value(text->p + start, text->p + text->len, 1, &v, &fault) != NULL;
}

/* A field's value as it is. A string that is plain in JSON text needs no look at its bytes. */
static bool
put_path(struct weir_build *b, struct member *m, const struct weir_record *r,
    struct weir_slot *slot)
{
	bool json = r->shape->format == WEIR_FORMAT_JSON;
	size_t start = b->text.len;
	struct weir_value v;
	unsigned char *q;
	uint8_t type;

	if (!weir_reach_get(weir_simple_path(m->simple), r, &v))
		return false;
	if (v.type == WEIR_STRING && json) {
		q = weir_buf_need(&b->text, (size_t)v.len + 2);
		*q = '"';
		memcpy(q + 1, v.p, v.len);
		q[v.len + 1] = '"';
		b->text.len += (size_t)v.len + 2;
		*slot = slot_of(&b->text, start, WEIR_STRING);
		return true;
	}
	b->replaced += weir_value_json(&b->text, &v, true);
	type = v.type == WEIR_ABSENT ? WEIR_NULL : v.type;
	if (type == WEIR_STRING_CSV || type == WEIR_TIME || type == WEIR_STRING)
		type = type_of(WEIR_VAL_STRING, b->text.p + start, b->text.len - start);
	*slot = slot_of(&b->text, start, type);
	if (type >= WEIR_ARRAY && !json && !is_shallow(&b->text, start))
		return false;
	/* A string that says it has escapes and has none is read as a plain one. */
	return type != WEIR_STRING_JSON || memchr(b->text.p + start, '\\', b->text.len - start) != NULL;
}

static bool
put_value(struct weir_build *b, struct weir_val *v, struct weir_slot *slot)
{
	size_t start = b->text.len;
	uint8_t kind = v->kind;

	b->replaced += weir_val_json(&b->text, v);
	weir_val_drop(v);
	*slot = slot_of(&b->text, start, type_of(kind, b->text.p + start, b->text.len - start));
	return kind < WEIR_VAL_ARRAY || is_shallow(&b->text, start);
}

/* The one output of an expression. */
static bool
put_computed(struct weir_build *b, struct member *m, const struct weir_record *r,
    struct weir_slot *slot)
{
	struct weir_val v;

	if (m->simple != NULL)
		return weir_simple_get(m->simple, r, &v) && put_value(b, &v, slot);
	weir_machine_start(m->machine, weir_val_record(r), r->seq + 1);
	if (weir_machine_next(m->machine, &v) <= 0 || !put_value(b, &v, slot))
		return false;
	if (weir_machine_next(m->machine, &v) == 0)
		return true;
	weir_val_drop(&v);
	return false;
}

int
weir_build_put(struct weir_build *b, const struct weir_record *r, struct weir_batch *to)
{
	size_t bound;
	unsigned i;

	weir_buf_clear(&b->text);
	b->replaced = 0;
	for (i = 0; i < b->n; i++) {
		struct member *m = &b->m[i];
		size_t start = b->text.len + m->value;

		weir_buf_put(&b->text, m->before, m->len);
		if (m->source == LITERAL)
			b->slots[i] = slot_of(&b->text, start, m->type);
		else if (m->source == PATH ? !put_path(b, m, r, &b->slots[i]) : !put_computed(b, m, r, &b->slots[i]))
			return 0;
	}
	weir_buf_putc(&b->text, '}');
	bound = weir_record_bound(b->n, 0, b->text.len);
	if (bound > WEIR_RECORD_MAX)
		return 0;
	b->map->replaced += b->replaced;
	weir_batch_add(to, b->shape, weir_record_encode_text(weir_batch_room(to, bound), b->shape->id, b->n,
	        r->time, 0, b->text.p, b->text.len, b->slots, NULL, 0));
	return 1;
}
