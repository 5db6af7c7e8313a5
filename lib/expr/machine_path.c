/*
 * machine_path - path(...), getpath, and the assignments
 *
 * Where paths are asked of, each value has the trail of keys that leads to it. An
 * assignment goes over the paths of its left side in the document as it was, and changes a
 * second one, which lies in a choice: [document, paths to be deleted, the right side's value].
 */
#include "expr/arith.h"
#include "expr/machine_core.h"
#include "expr/update.h"

#include <stdlib.h>

static void
extend(struct weir_machine *m, const struct weir_val *key)
{
	struct weir_machine_trail *t = weir_mem_alloc(sizeof(*t));

	weir_val_count(sizeof(*t), 0);
	*t = (struct weir_machine_trail){.refs = 1, .len = m->trail->len + 1, .up = m->trail,
	    .key = weir_val_ref(key)};
	m->trail = t;
}

bool
weir_machine_follow(struct weir_machine *m, const struct weir_val *key)
{
	if (m->trail != &m->lost) {
		extend(m, key);
		return true;
	}
	weir_buf_puts(&m->why, "Invalid path expression near attempt to access element ");
	weir_arith_show(&m->why, key);
	weir_buf_puts(&m->why, " of ");
	weir_arith_show(&m->why, &m->value);
	return false;
}

/* The trail as an array of keys. */
static struct weir_val
keys(const struct weir_machine_trail *t)
{
	struct weir_val path = weir_val_array(t->len);
	uint32_t i;

	for (i = 0; i < t->len; i++)
		weir_val_push(&path, weir_val_of_kind(WEIR_VAL_NULL));
	for (; t->len > 0; t = t->up)
		weir_val_replace(&path, t->len - 1, weir_val_ref(&t->key));
	return path;
}

static bool
has_path(struct weir_machine *m)
{
	if (m->trail != &m->lost)
		return true;
	weir_buf_puts(&m->why, "Invalid path expression with result ");
	weir_arith_show(&m->why, &m->value);
	return false;
}

enum weir_machine_course
weir_machine_path(struct weir_machine *m, struct weir_machine_frame *f)
{
	struct weir_val path;

	if (!has_path(m))
		return weir_machine_fail(m);
	path = keys(m->trail);
	weir_machine_set_trail(m, NULL);
	weir_machine_new_value(m, f);
	return weir_machine_give(m, path);
}

enum weir_machine_course
weir_machine_getpath(struct weir_machine *m, struct weir_machine_frame *f)
{
	struct weir_val path = weir_machine_value(m), v;
	int rc = weir_update_get(&f->input, &path, &v, &m->why);
	uint32_t i;

	if (rc == 0) {
		weir_machine_rerun(m, f->node, f);
		weir_val_open(&path);
		for (i = 0; rc == 0 && m->trail != NULL && i < path.arr->n; i++)
			rc = weir_machine_follow(m, &path.arr->v[i]) ? 0 : -1;
		weir_machine_give(m, v);
	}
	weir_val_drop(&path);
	return rc == 0 ? WEIR_MACHINE_GIVE : weir_machine_fail(m);
}

enum weir_machine_course
weir_machine_update(struct weir_machine *m, const struct weir_node *node, struct weir_val right)
{
	struct weir_val state = weir_val_array(3);
	struct weir_machine_choice *c;

	weir_val_push(&state, weir_val_ref(&m->value));
	weir_val_push(&state, weir_val_array(0));
	weir_val_push(&state, right);
	c = weir_machine_choose(m, WEIR_RESUME_UPDATED, node);
	weir_val_drop(&c->value);
	c->value = state;
	weir_machine_push(m, WEIR_STEP_PLACE, node)->mark = m->n - 1;
	weir_machine_set_trail(m, weir_machine_trail_ref(&m->root));
	m->node = node->a;
	return WEIR_MACHINE_EVAL;
}

/* The new value of a place of `a op= b`. */
static int
computed(const struct weir_node *node, const struct weir_val *old, const struct weir_val *right,
    struct weir_val *v, struct weir_buf *why)
{
	if (node->op == '=' || (node->op == '?' && !weir_val_truthy(old)))
		*v = weir_val_ref(right);
	else if (node->op == '?')
		*v = weir_val_ref(old);
	else
		return weir_arith_apply(node->op, old, right, v, why);
	return 0;
}

enum weir_machine_course
weir_machine_place(struct weir_machine *m, struct weir_machine_frame *f)
{
	const struct weir_node *node = f->node;
	struct weir_val *state = m->choices[f->mark].value.arr->v, path, old, v;
	struct weir_machine_frame *g;

	if (!has_path(m))
		return weir_machine_fail(m);
	path = keys(m->trail);
	weir_machine_set_trail(m, NULL);
	if (weir_update_get(&state[0], &path, &old, &m->why) != 0) {
		weir_val_drop(&path);
		return weir_machine_fail(m);
	}
	if (node->kind == WEIR_NODE_UPDATE) {
		int rc = computed(node, &old, &state[2], &v, &m->why);

		weir_val_drop(&old);
		if (rc == 0)
			rc = weir_update_set(&state[0], &path, v, &m->why);
		weir_val_drop(&path);
		return rc == 0 ? WEIR_MACHINE_RETREAT : weir_machine_fail(m);
	}
	weir_val_drop(&m->value);
	m->value = path;
	weir_machine_choose(m, WEIR_RESUME_DELETE, node)->i = f->mark;
	g = weir_machine_push(m, WEIR_STEP_PUT, node);
	g->mark = m->n - 1;
	g->i = f->mark;
	g->held = weir_machine_value(m);
	return weir_machine_run(m, node->b, old);
}

enum weir_machine_course
weir_machine_replace(struct weir_machine *m, struct weir_machine_frame *f)
{
	struct weir_val *state = m->choices[f->i].value.arr->v;

	weir_machine_cut(m, f->mark);
	if (weir_update_set(&state[0], &f->held, weir_machine_value(m), &m->why) != 0)
		return weir_machine_fail(m);
	return WEIR_MACHINE_RETREAT;
}

/* All places are done. */
enum weir_machine_course
weir_machine_updated(struct weir_machine *m, struct weir_val state)
{
	struct weir_val v = state.arr->v[0];
	int rc = 0;

	state.arr->v[0] = weir_val_of_kind(WEIR_VAL_NULL);
	if (state.arr->v[1].arr->n > 0)
		rc = weir_update_delete(&v, &state.arr->v[1], &m->why);
	weir_val_drop(&state);
	weir_machine_lose(m);
	weir_machine_give(m, v);
	return rc == 0 ? WEIR_MACHINE_GIVE : weir_machine_fail(m);
}
