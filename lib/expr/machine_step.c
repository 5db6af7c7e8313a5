/*
 * machine_step - what a frame does with the value that it is given
 */
#include "expr/machine_core.h"

/* The other operand, on the frame's input; the one that came is held. */
static enum weir_machine_course
other(struct weir_machine *m, struct weir_machine_frame *f, enum weir_machine_step step,
    const struct weir_node *operand)
{
	weir_machine_again(m, step, f)->held = weir_machine_value(m);
	return weir_machine_run(m, operand, weir_machine_moved(f, &f->input));
}

/* As other, for a frame that goes on to a third operand. */
static enum weir_machine_course
second(struct weir_machine *m, struct weir_machine_frame *f, enum weir_machine_step step,
    const struct weir_node *operand)
{
	struct weir_machine_frame *g = weir_machine_again(m, step, f);

	g->held = weir_machine_value(m);
	g->input = weir_val_ref(&f->input);
	return weir_machine_run(m, operand, weir_machine_moved(f, &f->input));
}

/* The end of a slice has come: what is to be sliced may have a place. */
static enum weir_machine_course
slice_to(struct weir_machine *m, struct weir_machine_frame *f)
{
	struct weir_machine_frame *g = weir_machine_push(m, WEIR_STEP_SLICE, f->node);

	g->held = weir_machine_moved(f, &f->held);
	g->input = weir_machine_value(m);
	return weir_machine_rerun(m, f->node->a, f);
}

static enum weir_machine_course
logic(struct weir_machine *m, struct weir_machine_frame *f, bool yes)
{
	if (yes == (f->node->kind == WEIR_NODE_OR)) {
		weir_machine_new_value(m, f);
		return weir_machine_give(m, weir_val_bool(yes));
	}
	weir_machine_again(m, WEIR_STEP_BOOL, f);
	return weir_machine_run(m, f->node->b, weir_machine_moved(f, &f->input));
}

/* The last of those wanted ends what would give more. */
static enum weir_machine_course
limited(struct weir_machine *m, const struct weir_machine_frame *f)
{
	if (--m->choices[f->mark].i == 0)
		weir_machine_cut(m, f->mark);
	return WEIR_MACHINE_GIVE;
}

static enum weir_machine_course
skipped(struct weir_machine *m, const struct weir_machine_frame *f)
{
	if (m->choices[f->mark].i == 0)
		return WEIR_MACHINE_GIVE;
	m->choices[f->mark].i--;
	return WEIR_MACHINE_RETREAT;
}

/* The choice keeps the value and its place. */
static void
keep(struct weir_machine *m, uint32_t mark)
{
	struct weir_machine_choice *c = &m->choices[mark];

	weir_val_drop(&c->value);
	c->value = weir_machine_value(m);
	weir_machine_untrail(c->trail);
	c->trail = weir_machine_trail_ref(m->trail);
	c->found = true;
}

/* The right side of an assignment has come. */
static enum weir_machine_course
assign(struct weir_machine *m, struct weir_machine_frame *f)
{
	struct weir_val right = weir_machine_value(m);

	weir_machine_rerun(m, f->node, f);
	return weir_machine_update(m, f->node, right);
}

static enum weir_machine_course
proceed_form(struct weir_machine *m, struct weir_machine_frame *f)
{
	switch ((enum weir_machine_step)f->step) {
	case WEIR_STEP_PIECE:
		return weir_machine_piece(m, f);
	case WEIR_STEP_ARGUMENT:
		return weir_machine_argument(m, f);
	case WEIR_STEP_PARAM:
		return weir_machine_param(m, f);
	case WEIR_STEP_BIND:
		return weir_machine_bind(m, f);
	case WEIR_STEP_BOUND:
		return weir_machine_bound(m, f);
	case WEIR_STEP_INIT:
		return weir_machine_init(m, f);
	case WEIR_STEP_STATE:
		return weir_machine_state(m, f);
	case WEIR_STEP_COUNT:
		return weir_machine_count(m, f);
	case WEIR_STEP_LIMIT:
		return limited(m, f);
	case WEIR_STEP_SKIP:
		return skipped(m, f);
	case WEIR_STEP_LAST:
		keep(m, f->mark);
		return WEIR_MACHINE_RETREAT;
	case WEIR_STEP_PATH:
		return weir_machine_path(m, f);
	case WEIR_STEP_GETPATH:
		return weir_machine_getpath(m, f);
	case WEIR_STEP_UPDATE:
		return assign(m, f);
	case WEIR_STEP_PLACE:
		return weir_machine_place(m, f);
	case WEIR_STEP_PUT:
		return weir_machine_replace(m, f);
	default:
		return WEIR_MACHINE_RETREAT;
	}
}

enum weir_machine_course
weir_machine_proceed(struct weir_machine *m, struct weir_machine_frame *f)
{
	const struct weir_node *node = f->node;
	bool yes = weir_val_truthy(&m->value);

	switch ((enum weir_machine_step)f->step) {
	case WEIR_STEP_PIPE:
		m->node = node->b;
		return WEIR_MACHINE_EVAL;
	case WEIR_STEP_KEY:
		weir_machine_push(m, WEIR_STEP_INDEX, node)->held = weir_machine_value(m);
		return weir_machine_rerun(m, node->a, f);
	case WEIR_STEP_INDEX:
		return weir_machine_index(m, node, &f->held);
	case WEIR_STEP_FROM:
		return second(m, f, WEIR_STEP_TO, node->c);
	case WEIR_STEP_TO:
		return slice_to(m, f);
	case WEIR_STEP_SLICE:
		return weir_machine_slice(m, node, &f->held, &f->input);
	case WEIR_STEP_EACH:
		return weir_machine_each(m, node);
	case WEIR_STEP_LEAVE:
		m->handler = f->mark;
		return WEIR_MACHINE_GIVE;
	case WEIR_STEP_LOGIC:
		return logic(m, f, yes);
	case WEIR_STEP_BOOL:
		weir_machine_new_value(m, f);
		return weir_machine_give(m, weir_val_bool(yes));
	case WEIR_STEP_ALT:
		m->choices[f->mark].found |= yes;
		return yes ? WEIR_MACHINE_GIVE : WEIR_MACHINE_RETREAT;
	case WEIR_STEP_RIGHT:
		return other(m, f, WEIR_STEP_LEFT, node->a);
	case WEIR_STEP_LEFT:
		weir_machine_new_value(m, f);
		return weir_machine_compute(m, node, &f->held);
	case WEIR_STEP_NEGATE:
		weir_machine_new_value(m, f);
		return weir_machine_negate(m, node);
	case WEIR_STEP_COLLECT:
		weir_val_push(&m->choices[f->mark].value, weir_machine_value(m));
		return WEIR_MACHINE_RETREAT;
	case WEIR_STEP_NAME:
		return weir_machine_name(m, f);
	case WEIR_STEP_MEMBER:
		return weir_machine_put(m, f);
	case WEIR_STEP_FLAGS:
		return second(m, f, WEIR_STEP_TEST, node->a);
	case WEIR_STEP_TEST:
		weir_machine_new_value(m, f);
		return weir_machine_test(m, f);
	case WEIR_STEP_IF:
		return weir_machine_rerun(m, yes ? node->b : node->c, f);
	default:
		return proceed_form(m, f);
	}
}
