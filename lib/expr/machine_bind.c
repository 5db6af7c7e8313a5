/*
 * machine_bind - the patterns of as, reduce and foreach
 *
 * A new scope takes a value apart, key by key. A computed key may have several outputs, and then
 * the rest is done for each. Of several patterns (?//) the next one is tried when an error
 * comes out of one, its body included; the variables of all are in the scope, null at first.
 */
#include "expr/arith.h"
#include "expr/machine_core.h"

/* All variables are there: what they were wanted for. */
static enum weir_machine_course
go_on(struct weir_machine *m, struct weir_machine_frame *f, struct weir_machine_scope *made)
{
	weir_machine_set_scope(m, made);
	if (f->node->kind == WEIR_NODE_BIND)
		return weir_machine_rerun(m, f->node->b, f);
	return weir_machine_turn(m, f->node, f->mark);
}

/* Binding i and those behind it. */
static enum weir_machine_course
bind_from(struct weir_machine *m, struct weir_machine_frame *f, struct weir_machine_scope *made, uint32_t i)
{
	const struct weir_pattern *p = &f->node->patterns[f->alt];
	struct weir_machine_frame *g;
	struct weir_val v;

	for (; i < p->n; i++) {
		const struct weir_binding *b = &p->bindings[i];
		struct weir_val *from = &made->slots[b->from].v;

		if (b->key->kind != WEIR_NODE_LITERAL) {
			g = weir_machine_again(m, WEIR_STEP_BOUND, f);
			g->alt = f->alt;
			g->i = i;
			g->input = weir_val_ref(&f->input);
			g->made = made;
			return weir_machine_run(m, b->key, weir_val_ref(from));
		}
		if (weir_arith_index(from, &b->key->v, &v, &m->why) != 0) {
			weir_machine_unscope(made);
			return weir_machine_fail(m);
		}
		weir_val_drop(&made->slots[b->to].v);
		made->slots[b->to].v = v;
	}
	return go_on(m, f, made);
}

/* Leaves a way back to the next pattern, for the same value. */
static void
leave_next(struct weir_machine *m, struct weir_machine_frame *f)
{
	struct weir_machine_frame *g = weir_machine_again(m, WEIR_STEP_BIND, f), *next = g->next;

	g->alt = (uint16_t)(f->alt + 1);
	g->input = weir_val_ref(&f->input);
	weir_machine_choose(m, WEIR_RESUME_NEXT, f->node);
	if (next != NULL)
		next->refs++;
	weir_machine_unref(m, g);
	m->frame = next;
	weir_machine_push(m, WEIR_STEP_LEAVE, f->node)->mark = m->handler;
	m->handler = m->n;
}

enum weir_machine_course
weir_machine_bind(struct weir_machine *m, struct weir_machine_frame *f)
{
	const struct weir_node *node = f->node;
	struct weir_machine_scope *made = weir_machine_scope(node->slot, m->scope);

	if (f->alt + 1u < node->n)
		leave_next(m, f);
	made->slots[node->patterns[f->alt].root].v = weir_machine_value(m);
	return bind_from(m, f, made, 0);
}

enum weir_machine_course
weir_machine_bound(struct weir_machine *m, struct weir_machine_frame *f)
{
	const struct weir_binding *b = &f->node->patterns[f->alt].bindings[f->i];
	struct weir_machine_scope *made = weir_machine_made(f);
	struct weir_val v;

	if (weir_arith_index(&made->slots[b->from].v, &m->value, &v, &m->why) != 0) {
		weir_machine_unscope(made);
		return weir_machine_fail(m);
	}
	weir_val_drop(&made->slots[b->to].v);
	made->slots[b->to].v = v;
	return bind_from(m, f, made, f->i + 1);
}
