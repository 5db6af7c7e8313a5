/*
 * json_object - see json_object.h. Hot: a name that was guessed right and a short
 * string cost two 16-byte comparisons.
 */
#include "text/json_object.h"
#include "base/mem.h"
#include "text/json_core.h"

#include <stdlib.h>

void
weir_json_object_init(struct weir_json_object *o)
{
	static const struct weir_name value = {(const unsigned char *)"value", 5};

	weir_json_shapes_init(&o->shapes);
	o->value_shape = weir_shape_new(WEIR_FORMAT_JSON_VALUE, 0, &value, 1);
	o->nslots = 64;
	o->slots = weir_mem_alloc(o->nslots * sizeof(*o->slots));
}

void
weir_json_object_release(struct weir_json_object *o)
{
	weir_json_shapes_release(&o->shapes);
	weir_shape_free(o->value_shape);
	free(o->slots);
}

/* A value that no guess was made for: the slot's type and slice. */
static inline const unsigned char *
read_slot(const unsigned char *p, const unsigned char *end, const unsigned char *text,
    struct weir_slot *slot, struct weir_json_fault *fault)
{
	const unsigned char *stop;
	struct weir_value v;

	if (p < end && *p == '"') {
		stop = weir_json_core_string(p + 1, end, &slot->type, fault);
		if (stop == NULL)
			return NULL;
		slot->off = (uint32_t)(p + 1 - text);
		slot->len = (uint32_t)(stop - p - 1);
		return stop + 1;
	}
	if (p < end && (*p - (unsigned)'0' <= 9 || *p == '-')) {
		slot->type = WEIR_NUMBER;
		stop = weir_json_core_number(p, end, fault);
	} else {
		stop = weir_json_core_value(p, end, &v, fault);
		slot->type = v.type;
	}
	slot->off = (uint32_t)(p - text);
	slot->len = stop != NULL ? (uint32_t)(stop - p) : 0;
	return stop;
}

/* The name at p (behind its opening quote) and the colon: steps to the child and returns
 * where the value begins. */
static inline const unsigned char *
read_name(struct weir_json_object *o, struct weir_json_node **node, const unsigned char *p,
    const unsigned char *end, struct weir_json_fault *fault)
{
	struct weir_json_node *next = weir_json_shapes_guess(*node, p, end);
	const unsigned char *stop;
	uint8_t type;

	if (next != NULL) {
		p += next->len;
	} else {
		if ((stop = weir_json_core_string(p, end, &type, fault)) == NULL)
			return NULL;
		next = weir_json_shapes_step(&o->shapes, *node, p, (uint32_t)(stop + 1 - p));
		p = stop + 1;
	}
	*node = next;
	if (p < end && *p != ':')
		p = weir_json_core_space(p, end);
	if (p >= end || *p != ':')
		return weir_json_core_fail(fault, p, end, "no colon behind a name", "expected \":\"");
	p++;
	return p < end && *p <= ' ' ? weir_json_core_space(p, end) : p;
}

static void
grow_slots(struct weir_json_object *o)
{
	o->nslots *= 2;
	o->slots = weir_mem_realloc(o->slots, o->nslots, sizeof(*o->slots));
}

/* Repeated names: the slot of the last value goes to the place of the first name. */
static void
fold_slots(struct weir_json_object *o, const struct weir_json_node *node)
{
	uint32_t i;

	for (i = 0; i < node->depth; i++)
		o->slots[node->place[i]] = o->slots[i];
}

/* The object at p, a "{". Offsets count from text. */
static const unsigned char *
read_object(struct weir_json_object *o, const unsigned char *p, const unsigned char *end,
    const unsigned char *text, struct weir_parsed *rec, struct weir_json_fault *fault)
{
	struct weir_json_node *node = o->shapes.root;
	uint32_t n = 0;

	p = weir_json_core_space(p + 1, end);
	if (p < end && *p == '}')
		goto close;
	for (;;) {
		if (p >= end || *p != '"')
			return weir_json_core_fail(fault, p, end, "not a name",
			    "expected a name in quotes");
		if ((p = read_name(o, &node, p + 1, end, fault)) == NULL)
			return NULL;
		if (n == o->nslots)
			grow_slots(o);
		if ((p = read_slot(p, end, text, &o->slots[n++], fault)) == NULL)
			return NULL;
		if (p < end && *p <= ' ')
			p = weir_json_core_space(p, end);
		if (p < end && *p == ',') {
			p++;
			if (p < end && *p <= ' ')
				p = weir_json_core_space(p, end);
			continue;
		}
		if (p >= end || *p != '}')
			return weir_json_core_fail(fault, p, end, "no comma between members",
			    "expected \",\" or \"}\"");
		break;
	}
close:
	rec->shape = node->shape != NULL ? node->shape : weir_json_shapes_end(node);
	if (node->place != NULL)
		fold_slots(o, node);
	rec->slots = o->slots;
	return p + 1;
}

const unsigned char *
weir_json_object_read(struct weir_json_object *o, const unsigned char *p, const unsigned char *end,
    const unsigned char *text, struct weir_parsed *rec, struct weir_json_fault *fault)
{
	rec->words = NULL;
	rec->nwords = 0;
	rec->flags = 0;
	if (p < end && *p == '{')
		return read_object(o, p, end, text, rec, fault);
	rec->shape = o->value_shape;
	rec->slots = o->slots;
	return read_slot(p, end, text, &o->slots[0], fault);
}
