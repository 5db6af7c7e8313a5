/*
 * machine_eval - what a node does first
 */
#include "expr/machine_core.h"

static enum weir_machine_course
collect(struct weir_machine *m, const struct weir_node *node)
{
	struct weir_machine_choice *c = weir_machine_choose(m, WEIR_RESUME_NEW, node);

	weir_val_drop(&c->value);
	c->value = weir_val_array(0);
	if (node->a == NULL)
		return WEIR_MACHINE_RETREAT;
	weir_machine_push(m, WEIR_STEP_COLLECT, node)->mark = m->n - 1;
	weir_machine_set_trail(m, NULL);
	m->node = node->a;
	return WEIR_MACHINE_EVAL;
}

struct weir_machine_scope *
weir_machine_outwards(const struct weir_machine *m, uint32_t up)
{
	struct weir_machine_scope *s = m->scope;

	while (up-- > 0)
		s = s->outer;
	return s;
}

bool
weir_machine_simple(const struct weir_machine *m, const struct weir_node *node,
    const struct weir_val *input, struct weir_val *v)
{
	switch (node->kind) {
	case WEIR_NODE_DOT:
		*v = weir_val_ref(input);
		return true;
	case WEIR_NODE_LITERAL:
		*v = node->v;
		return true;
	case WEIR_NODE_VARIABLE:
		*v = weir_val_ref(&weir_machine_outwards(m, node->up)->slots[node->slot].v);
		return true;
	default:
		return false;
	}
}

/* An operator whose right side is simple needs no frame for it. */
static enum weir_machine_course
operate(struct weir_machine *m, const struct weir_node *node)
{
	struct weir_val right;

	if (!weir_machine_simple(m, node->b, &m->value, &right))
		return weir_machine_first(m, WEIR_STEP_RIGHT, node, node->b);
	weir_machine_push(m, WEIR_STEP_LEFT, node)->held = right;
	weir_machine_set_trail(m, NULL);
	m->node = node->a;
	return WEIR_MACHINE_EVAL;
}

static enum weir_machine_course
look_up(struct weir_machine *m, const struct weir_node *node)
{
	struct weir_val key;

	if (node->b->kind == WEIR_NODE_LITERAL && node->a->kind == WEIR_NODE_DOT)
		return weir_machine_index(m, node, &node->b->v);
	if (!weir_machine_simple(m, node->b, &m->value, &key))
		return weir_machine_first(m, WEIR_STEP_KEY, node, node->b);
	weir_machine_push(m, WEIR_STEP_INDEX, node)->held = key;
	m->node = node->a;
	return WEIR_MACHINE_EVAL;
}

/* What is the same as the value it stands for is in its place: jq has null, true and false so. */
static enum weir_machine_course
give_known(struct weir_machine *m, struct weir_val v)
{
	const struct weir_val *old = &m->value;
	bool same = v.kind == old->kind && v.form == old->form &&
	    (v.kind < WEIR_VAL_NUMBER || (v.p == old->p && v.len == old->len));

	if (!same)
		weir_machine_lose(m);
	return weir_machine_give(m, v);
}

static enum weir_machine_course
attempt(struct weir_machine *m, const struct weir_node *node)
{
	weir_machine_choose(m, WEIR_RESUME_TRY, node);
	weir_machine_push(m, WEIR_STEP_LEAVE, node)->mark = m->handler;
	m->handler = m->n;
	m->node = node->a;
	return WEIR_MACHINE_EVAL;
}

/* An operand and then a step, with paths or without. */
static enum weir_machine_course
then(struct weir_machine *m, enum weir_machine_step step, const struct weir_node *node, bool paths)
{
	weir_machine_push(m, step, node);
	if (!paths)
		weir_machine_set_trail(m, NULL);
	m->node = node->a;
	return WEIR_MACHINE_EVAL;
}

static enum weir_machine_course
closure(struct weir_machine *m, const struct weir_node *node)
{
	const struct weir_machine_slot *slot =
	    &weir_machine_outwards(m, node->up)->slots[node->slot];

	m->node = slot->node;
	weir_machine_set_scope(m, weir_machine_scope_ref(slot->scope));
	return WEIR_MACHINE_EVAL;
}

static enum weir_machine_course
raise(struct weir_machine *m)
{
	weir_val_drop(&m->call.error);
	m->call.error = weir_machine_value(m);
	return WEIR_MACHINE_RAISE;
}

/* The constructs that the paths of a program are not made of. */
static enum weir_machine_course
eval_form(struct weir_machine *m)
{
	const struct weir_node *node = m->node;
	struct weir_val v;

	switch ((enum weir_node_kind)node->kind) {
	case WEIR_NODE_STRING:
		return weir_machine_string(m, node, node->n, weir_val_array(node->n),
		    weir_val_ref(&m->value));
	case WEIR_NODE_BIND:
		return weir_machine_first(m, WEIR_STEP_BIND, node, node->a);
	case WEIR_NODE_REDUCE:
	case WEIR_NODE_FOREACH:
		weir_machine_push(m, WEIR_STEP_INIT, node)->input = weir_val_ref(&m->value);
		m->node = node->b;
		return WEIR_MACHINE_EVAL;
	case WEIR_NODE_LABEL:
		return weir_machine_label(m, node);
	case WEIR_NODE_BREAK:
		return weir_machine_break(m, node);
	case WEIR_NODE_VARIABLE:
		weir_machine_simple(m, node, &m->value, &v);
		return give_known(m, v);
	case WEIR_NODE_PARAM:
		return closure(m, node);
	case WEIR_NODE_CALL:
		return weir_machine_call(m, node);
	case WEIR_NODE_NATIVE:
		if (node->n == 0)
			return weir_machine_nullary(m, node);
		/* fall through */
	case WEIR_NODE_RANGE:
		return weir_machine_native(m, node, node->n, weir_val_array(node->n),
		    weir_val_ref(&m->value));
	case WEIR_NODE_LIMIT:
	case WEIR_NODE_SKIP:
		return weir_machine_first(m, WEIR_STEP_COUNT, node, node->a);
	case WEIR_NODE_LAST:
		return weir_machine_last(m, node);
	case WEIR_NODE_PATH:
		weir_machine_push(m, WEIR_STEP_PATH, node);
		weir_machine_set_trail(m, weir_machine_trail_ref(&m->root));
		m->node = node->a;
		return WEIR_MACHINE_EVAL;
	case WEIR_NODE_GETPATH:
		return weir_machine_first(m, WEIR_STEP_GETPATH, node, node->a);
	case WEIR_NODE_MODIFY:
		return weir_machine_update(m, node, weir_val_of_kind(WEIR_VAL_NULL));
	case WEIR_NODE_UPDATE:
		return weir_machine_first(m, WEIR_STEP_UPDATE, node, node->b);
	default:                       /* a foreign tree never gets here */
		return WEIR_MACHINE_RETREAT;
	}
}

enum weir_machine_course
weir_machine_eval(struct weir_machine *m)
{
	const struct weir_node *node = m->node;

	switch ((enum weir_node_kind)node->kind) {
	case WEIR_NODE_DOT:
		return WEIR_MACHINE_GIVE;
	case WEIR_NODE_LITERAL:
		return give_known(m, node->v);
	case WEIR_NODE_INDEX:
		return look_up(m, node);
	case WEIR_NODE_SLICE:
		return weir_machine_first(m, WEIR_STEP_FROM, node, node->b);
	case WEIR_NODE_EACH:
		if (node->a->kind == WEIR_NODE_DOT)
			return weir_machine_each(m, node);
		return then(m, WEIR_STEP_EACH, node, true);
	case WEIR_NODE_TRY:
		return attempt(m, node);
	case WEIR_NODE_PIPE:
		return then(m, WEIR_STEP_PIPE, node, true);
	case WEIR_NODE_COMMA:
		weir_machine_choose(m, WEIR_RESUME_EVAL, node->b);
		m->node = node->a;
		return WEIR_MACHINE_EVAL;
	case WEIR_NODE_ALT:
		weir_machine_choose(m, WEIR_RESUME_ALT, node);
		weir_machine_push(m, WEIR_STEP_ALT, node)->mark = m->n - 1;
		m->node = node->a;
		return WEIR_MACHINE_EVAL;
	case WEIR_NODE_AND:
	case WEIR_NODE_OR:
		return weir_machine_first(m, WEIR_STEP_LOGIC, node, node->a);
	case WEIR_NODE_COMPARE:
	case WEIR_NODE_ARITH:
		return operate(m, node);
	case WEIR_NODE_NEGATE:
		return then(m, WEIR_STEP_NEGATE, node, false);
	case WEIR_NODE_NOT:
		weir_machine_lose(m);
		return weir_machine_give(m, weir_val_bool(!weir_val_truthy(&m->value)));
	case WEIR_NODE_ARRAY:
		return collect(m, node);
	case WEIR_NODE_OBJECT:
		return weir_machine_build(m, node, 0, weir_val_object(), weir_val_ref(&m->value));
	case WEIR_NODE_TEST:
		if (node->re != NULL) {
			weir_machine_lose(m);
			return weir_machine_match(m, node->re);
		}
		if (node->b != NULL)
			return weir_machine_first(m, WEIR_STEP_FLAGS, node, node->b);
		return weir_machine_first(m, WEIR_STEP_TEST, node, node->a);
	case WEIR_NODE_IF:
		return weir_machine_first(m, WEIR_STEP_IF, node, node->a);
	case WEIR_NODE_EMPTY:
		return WEIR_MACHINE_RETREAT;
	case WEIR_NODE_ERROR:
		return raise(m);
	default:
		return eval_form(m);
	}
}
