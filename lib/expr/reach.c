/*
 * reach - see reach.h
 */
#include "expr/reach.h"
#include "base/mem.h"
#include "text/json.h"

#include <stdlib.h>

/* How many steps it has; 0 if it is none. */
static unsigned
count_steps(const struct weir_node *n)
{
	int64_t i;
	unsigned count = 0;
	bool name = false;

	for (; n->kind == WEIR_NODE_INDEX && n->op == 0; n = n->a, count++) {
		const struct weir_val *key = &n->b->v;

		if (n->b->kind != WEIR_NODE_LITERAL || key->form != WEIR_VAL_TEXT)
			return 0;
		name = key->kind == WEIR_VAL_STRING;
		if (!name && (key->kind != WEIR_VAL_NUMBER || !weir_num_small(key->p, key->len, &i)))
			return 0;
	}
	return n->kind == WEIR_NODE_DOT && name ? count : 0;
}

bool
weir_reach_init(struct weir_reach *r, const struct weir_node *program)
{
	struct weir_reach_step *s;

	*r = (struct weir_reach){.n = count_steps(program)};
	if (r->n == 0)
		return false;
	r->steps = weir_mem_zalloc(r->n, sizeof(*r->steps));
	for (s = r->steps + r->n; s-- > r->steps; program = program->a) {
		const struct weir_val *key = &program->b->v;

		if (key->kind == WEIR_VAL_STRING)
			s->name = key->p;
		else
			weir_num_small(key->p, key->len, &s->index);
		s->len = key->len;
	}
	return true;
}

void
weir_reach_release(struct weir_reach *r)
{
	free(r->steps);
	*r = (struct weir_reach){0};
}

int
weir_reach_look_up(struct weir_reach *r, const struct weir_shape *shape)
{
	unsigned at = shape->serial & (WEIR_REACH_CACHE - 1);

	r->cache[at].serial = shape->serial;
	r->cache[at].field = weir_shape_find(shape, r->steps[0].name, r->steps[0].len);
	return r->cache[at].field;
}

bool
weir_reach_dig(const struct weir_reach *r, struct weir_value *v)
{
	struct weir_value inner;
	unsigned i;

	for (i = 1; i < r->n; i++) {
		const struct weir_reach_step *s = &r->steps[i];

		if (v->type == WEIR_ABSENT || v->type == WEIR_NULL)
			continue;
		if (v->type != (s->name != NULL ? WEIR_OBJECT : WEIR_ARRAY))
			return false;
		if (s->name != NULL)
			weir_json_member(v, s->name, s->len, &inner);
		else
			weir_json_element(v, s->index, &inner);
		*v = inner;
	}
	return true;
}
