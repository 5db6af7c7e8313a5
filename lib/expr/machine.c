/*
 * machine - see machine.h
 *
 * The state is a value and what is done with it next: `eval` runs a node on it,
 * `give` hands it to the frame on top, `retreat` drops it and takes the
 * last choice, `raise` drops the choices down to the handler in force. A frame does not
 * change once it is made, because choices may share it; whoever holds the only
 * reference moves its values out instead of copying them.
 *
 * An error is caught by the handler in force where it is raised. What comes out of a "?" leaves
 * its handler, so an error raised further down the pipe passes it by.
 */
#include "expr/machine.h"
#include "expr/machine_core.h"

#include <stdlib.h>

struct weir_machine *
weir_machine_new(const struct weir_node *program)
{
	struct weir_machine *m = weir_mem_zalloc(1, sizeof(*m));

	m->program = program;
	m->over = true;
	return m;
}

static void
unref(struct weir_machine *m, struct weir_machine_frame *f)
{
	while (f != NULL && --f->refs == 0) {
		struct weir_machine_frame *next = f->next;

		weir_val_drop(&f->input);
		weir_val_drop(&f->held);
		weir_val_drop(&f->name);
		f->next = m->spare;
		m->spare = f;
		f = next;
	}
}

static void
pop(struct weir_machine *m)
{
	struct weir_machine_choice *c = &m->choices[--m->n];

	weir_val_drop(&c->value);
	unref(m, c->next);
}

static void
clear(struct weir_machine *m)
{
	while (m->n > 0)
		pop(m);
	unref(m, m->frame);
	m->frame = NULL;
	weir_val_drop(&m->value);
	m->handler = 0;
	m->over = true;
}

void
weir_machine_free(struct weir_machine *m)
{
	struct weir_machine_frame *f;

	if (m == NULL)
		return;
	clear(m);
	while ((f = m->spare) != NULL) {
		m->spare = f->next;
		free(f);
	}
	weir_regex_cache_release(&m->regexes);
	weir_buf_release(&m->error);
	free(m->choices);
	free(m);
}

struct weir_machine_choice *
weir_machine_choose(struct weir_machine *m, enum weir_machine_resume resume, const struct weir_node *node)
{
	struct weir_machine_choice *c;

	if (m->n == m->cap) {
		m->cap = m->cap == 0 ? 16 : m->cap * 2;
		m->choices = weir_mem_realloc(m->choices, m->cap, sizeof(*m->choices));
	}
	c = &m->choices[m->n++];
	*c = (struct weir_machine_choice){.resume = (uint8_t)resume, .handler = m->handler, .node = node,
	    .next = m->frame, .value = weir_val_ref(&m->value)};
	if (m->frame != NULL)
		m->frame->refs++;
	return c;
}

/* Hands the value to a frame that was taken off the chain. */
static enum weir_machine_todo
proceed(struct weir_machine *m, struct weir_machine_frame *f)
{
	const struct weir_node *node = f->node;
	bool yes = weir_val_truthy(&m->value);
	struct weir_machine_frame *g;

	switch ((enum weir_machine_step)f->step) {
	case WEIR_STEP_PIPE:
		m->node = node->b;
		return WEIR_MACHINE_EVAL;
	case WEIR_STEP_KEY:
		weir_machine_push(m, WEIR_STEP_INDEX, node)->held = m->value;
		m->value = weir_val_of_kind(WEIR_VAL_NULL);
		return weir_machine_run(m, node->a, weir_machine_moved(f, &f->input));
	case WEIR_STEP_INDEX:
		return weir_machine_index(m, node, &f->held);
	case WEIR_STEP_FROM:
		g = weir_machine_push(m, WEIR_STEP_TO, node);
		g->held = m->value;
		m->value = weir_val_of_kind(WEIR_VAL_NULL);
		g->input = weir_val_ref(&f->input);
		return weir_machine_run(m, node->c, weir_machine_moved(f, &f->input));
	case WEIR_STEP_TO:
		g = weir_machine_push(m, WEIR_STEP_SLICE, node);
		g->held = weir_machine_moved(f, &f->held);
		g->input = m->value;
		m->value = weir_val_of_kind(WEIR_VAL_NULL);
		return weir_machine_run(m, node->a, weir_machine_moved(f, &f->input));
	case WEIR_STEP_SLICE:
		return weir_machine_slice(m, node, &f->held, &f->input);
	case WEIR_STEP_EACH:
		return weir_machine_each(m, node);
	case WEIR_STEP_LEAVE:
		m->handler = f->mark;
		return WEIR_MACHINE_GIVE;
	case WEIR_STEP_LOGIC:
		if (yes == (node->kind == WEIR_NODE_OR))
			return weir_machine_give(m, weir_val_bool(yes));
		weir_machine_push(m, WEIR_STEP_BOOL, node);
		return weir_machine_run(m, node->b, weir_machine_moved(f, &f->input));
	case WEIR_STEP_BOOL:
		return weir_machine_give(m, weir_val_bool(yes));
	case WEIR_STEP_ALT:
		m->choices[f->mark].found |= yes;
		return yes ? WEIR_MACHINE_GIVE : WEIR_MACHINE_RETREAT;
	case WEIR_STEP_RIGHT:
		weir_machine_push(m, WEIR_STEP_LEFT, node)->held = m->value;
		m->value = weir_val_of_kind(WEIR_VAL_NULL);
		return weir_machine_run(m, node->a, weir_machine_moved(f, &f->input));
	case WEIR_STEP_LEFT:
		return weir_machine_compute(m, node, &f->held);
	case WEIR_STEP_NEGATE:
		return weir_machine_negate(m, node);
	case WEIR_STEP_COLLECT:
		weir_val_push(&m->choices[f->mark].value, m->value);
		m->value = weir_val_of_kind(WEIR_VAL_NULL);
		return WEIR_MACHINE_RETREAT;
	case WEIR_STEP_NAME:
		return weir_machine_name(m, f);
	case WEIR_STEP_MEMBER:
		return weir_machine_put(m, f);
	case WEIR_STEP_FLAGS:
		g = weir_machine_push(m, WEIR_STEP_TEST, node);
		g->held = m->value;
		m->value = weir_val_of_kind(WEIR_VAL_NULL);
		g->input = weir_val_ref(&f->input);
		return weir_machine_run(m, node->a, weir_machine_moved(f, &f->input));
	case WEIR_STEP_TEST:
		return weir_machine_test(m, f);
	}
	return WEIR_MACHINE_RETREAT;
}

/* Pushes a frame that gets the input again, and runs a node on it. */
static enum weir_machine_todo
first(struct weir_machine *m, enum weir_machine_step step, const struct weir_node *node,
    const struct weir_node *operand)
{
	weir_machine_push(m, step, node)->input = weir_val_ref(&m->value);
	m->node = operand;
	return WEIR_MACHINE_EVAL;
}

static enum weir_machine_todo
collect(struct weir_machine *m, const struct weir_node *node)
{
	struct weir_machine_choice *c = weir_machine_choose(m, WEIR_RESUME_ARRAY, node);

	weir_val_drop(&c->value);
	c->value = weir_val_array(0);
	if (node->a == NULL)
		return WEIR_MACHINE_RETREAT;
	weir_machine_push(m, WEIR_STEP_COLLECT, node)->mark = m->n - 1;
	m->node = node->a;
	return WEIR_MACHINE_EVAL;
}

/* An operator whose right side is a literal needs no frame for it. */
static enum weir_machine_todo
operate(struct weir_machine *m, const struct weir_node *node)
{
	if (node->b->kind != WEIR_NODE_LITERAL)
		return first(m, WEIR_STEP_RIGHT, node, node->b);
	weir_machine_push(m, WEIR_STEP_LEFT, node)->held = node->b->v;
	m->node = node->a;
	return WEIR_MACHINE_EVAL;
}

static enum weir_machine_todo
look_up(struct weir_machine *m, const struct weir_node *node)
{
	if (node->b->kind != WEIR_NODE_LITERAL)
		return first(m, WEIR_STEP_KEY, node, node->b);
	if (node->a->kind == WEIR_NODE_DOT)
		return weir_machine_index(m, node, &node->b->v);
	weir_machine_push(m, WEIR_STEP_INDEX, node)->held = node->b->v;
	m->node = node->a;
	return WEIR_MACHINE_EVAL;
}

static enum weir_machine_todo
eval(struct weir_machine *m)
{
	const struct weir_node *node = m->node;

	switch ((enum weir_node_kind)node->kind) {
	case WEIR_NODE_DOT:
		return WEIR_MACHINE_GIVE;
	case WEIR_NODE_LITERAL:
		return weir_machine_give(m, node->v);
	case WEIR_NODE_INDEX:
		return look_up(m, node);
	case WEIR_NODE_SLICE:
		return first(m, WEIR_STEP_FROM, node, node->b);
	case WEIR_NODE_EACH:
		if (node->a->kind == WEIR_NODE_DOT)
			return weir_machine_each(m, node);
		weir_machine_push(m, WEIR_STEP_EACH, node);
		m->node = node->a;
		return WEIR_MACHINE_EVAL;
	case WEIR_NODE_TRY:
		weir_machine_choose(m, WEIR_RESUME_TRY, node);
		weir_machine_push(m, WEIR_STEP_LEAVE, node)->mark = m->handler;
		m->handler = m->n;
		m->node = node->a;
		return WEIR_MACHINE_EVAL;
	case WEIR_NODE_PIPE:
		weir_machine_push(m, WEIR_STEP_PIPE, node);
		m->node = node->a;
		return WEIR_MACHINE_EVAL;
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
		return first(m, WEIR_STEP_LOGIC, node, node->a);
	case WEIR_NODE_COMPARE:
	case WEIR_NODE_ARITH:
		return operate(m, node);
	case WEIR_NODE_NEGATE:
		weir_machine_push(m, WEIR_STEP_NEGATE, node);
		m->node = node->a;
		return WEIR_MACHINE_EVAL;
	case WEIR_NODE_NOT:
		return weir_machine_give(m, weir_val_bool(!weir_val_truthy(&m->value)));
	case WEIR_NODE_ARRAY:
		return collect(m, node);
	case WEIR_NODE_OBJECT:
		return weir_machine_build(m, node, 0, weir_val_object(), weir_val_ref(&m->value));
	case WEIR_NODE_TEST:
		if (node->re != NULL)
			return weir_machine_match(m, node->re);
		if (node->b != NULL)
			return first(m, WEIR_STEP_FLAGS, node, node->b);
		return first(m, WEIR_STEP_TEST, node, node->a);
	case WEIR_NODE_FOREIGN:         /* such a tree never gets here */
		break;
	}
	return WEIR_MACHINE_RETREAT;
}

/* Goes on where the last choice says. */
static enum weir_machine_todo
retreat(struct weir_machine *m)
{
	struct weir_machine_choice c = m->choices[--m->n];

	unref(m, m->frame);
	m->frame = c.next;
	m->handler = c.handler;
	switch ((enum weir_machine_resume)c.resume) {
	case WEIR_RESUME_EVAL:
		return weir_machine_run(m, c.node, c.value);
	case WEIR_RESUME_EACH:
		return weir_machine_member(m, c.value, c.i);
	case WEIR_RESUME_ALT:
		if (!c.found)
			return weir_machine_run(m, c.node->b, c.value);
		break;
	case WEIR_RESUME_ARRAY:
		return weir_machine_give(m, c.value);
	case WEIR_RESUME_TRY:
		break;
	}
	weir_val_drop(&c.value);
	return WEIR_MACHINE_RETREAT;
}

/* Down to the handler, and what lies below it. */
static enum weir_machine_todo
handle(struct weir_machine *m)
{
	while (m->n >= m->handler)
		pop(m);
	weir_buf_clear(&m->error);
	return WEIR_MACHINE_RETREAT;
}

void
weir_machine_start(struct weir_machine *m, struct weir_val input)
{
	clear(m);
	weir_buf_clear(&m->error);
	m->over = false;
	m->node = m->program;
	m->value = input;
	weir_machine_choose(m, WEIR_RESUME_EVAL, m->program);
}

int
weir_machine_next(struct weir_machine *m, struct weir_val *out)
{
	enum weir_machine_todo todo = WEIR_MACHINE_RETREAT;

	while (!m->over) {
		struct weir_machine_frame *f;

		if (todo == WEIR_MACHINE_EVAL) {
			todo = eval(m);
		} else if (todo == WEIR_MACHINE_GIVE && m->frame == NULL) {
			*out = m->value;
			m->value = weir_val_of_kind(WEIR_VAL_NULL);
			return 1;
		} else if (todo == WEIR_MACHINE_GIVE) {
			f = weir_machine_take(m);
			todo = proceed(m, f);
			unref(m, f);
		} else if (todo == WEIR_MACHINE_RETREAT && m->n > 0) {
			todo = retreat(m);
		} else if (todo == WEIR_MACHINE_RAISE && m->handler > 0) {
			todo = handle(m);
		} else {
			clear(m);
			return todo == WEIR_MACHINE_RAISE ? -1 : 0;
		}
	}
	return 0;
}

const char *
weir_machine_error(struct weir_machine *m)
{
	return weir_buf_cstr(&m->error);
}
