/*
 * machine_loop - reduce and foreach, label and break, limit and its like, range
 *
 * The state of a loop lies in a choice below those of what it loops over.
 */
#include "expr/arith.h"
#include "expr/machine_core.h"

#include <math.h>

/* A first state: what is looped over comes next. */
enum weir_machine_course
weir_machine_init(struct weir_machine *m, struct weir_machine_frame *f)
{
	enum weir_machine_resume resume =
	    f->node->kind == WEIR_NODE_REDUCE ? WEIR_RESUME_GIVE : WEIR_RESUME_NOTHING;
	struct weir_machine_frame *g;

	weir_machine_choose(m, resume, f->node);
	g = weir_machine_push(m, WEIR_STEP_BIND, f->node);
	g->mark = m->n - 1;
	weir_machine_set_trail(m, NULL);
	return weir_machine_run(m, f->node->a, weir_machine_moved(f, &f->input));
}

/* The variables are bound: the next state is made from the last, which leaves null. */
enum weir_machine_course
weir_machine_turn(struct weir_machine *m, const struct weir_node *node, uint32_t mark)
{
	struct weir_machine_choice *c = &m->choices[mark];
	struct weir_val state = c->value;

	c->value = weir_val_of_kind(WEIR_VAL_NULL);
	weir_machine_set_trail(m, weir_machine_trail_ref(c->trail));
	weir_machine_push(m, WEIR_STEP_STATE, node)->mark = mark;
	return weir_machine_run(m, node->c, state);
}

enum weir_machine_course
weir_machine_state(struct weir_machine *m, struct weir_machine_frame *f)
{
	struct weir_machine_choice *c = &m->choices[f->mark];
	bool reduce = f->node->kind == WEIR_NODE_REDUCE;

	weir_val_drop(&c->value);
	c->value = reduce ? weir_machine_value(m) : weir_val_ref(&m->value);
	weir_machine_untrail(c->trail);
	c->trail = weir_machine_trail_ref(m->trail);
	if (reduce)
		return WEIR_MACHINE_RETREAT;
	m->node = f->node->d;
	return m->node != NULL ? WEIR_MACHINE_EVAL : WEIR_MACHINE_GIVE;
}

enum weir_machine_course
weir_machine_label(struct weir_machine *m, const struct weir_node *node)
{
	struct weir_machine_scope *s = weir_machine_scope(1, m->scope);
	struct weir_num place = weir_num_int(m->n);

	weir_machine_choose(m, WEIR_RESUME_NOTHING, node);
	s->slots[0].v = weir_val_number(&place);
	weir_machine_set_scope(m, s);
	m->node = node->a;
	return WEIR_MACHINE_EVAL;
}

enum weir_machine_course
weir_machine_break(struct weir_machine *m, const struct weir_node *node)
{
	const struct weir_machine_scope *s = weir_machine_outwards(m, node->up);

	weir_machine_cut(m, (uint32_t)s->slots[0].v.i + 1);
	return WEIR_MACHINE_RETREAT;
}

/* How many outputs are to pass or to be skipped. */
enum weir_machine_course
weir_machine_count(struct weir_machine *m, struct weir_machine_frame *f)
{
	bool limit = f->node->kind == WEIR_NODE_LIMIT;
	struct weir_num n;
	double d;

	if (m->value.kind != WEIR_VAL_NUMBER) {
		weir_arith_describe(&m->why, &m->value);
		weir_buf_puts(&m->why, " is no count");
		return weir_machine_fail(m);
	}
	weir_val_num(&m->value, &n);
	d = ceil(weir_num_double(&n));
	if (limit && !(d > 0))
		return WEIR_MACHINE_RETREAT;
	weir_machine_rerun(m, f->node->b, f);
	weir_machine_choose(m, WEIR_RESUME_NOTHING, f->node)->i =
	    !(d > 0) ? 0 : d < (double)UINT32_MAX ? (uint32_t)d : UINT32_MAX;
	weir_machine_push(m, limit ? WEIR_STEP_LIMIT : WEIR_STEP_SKIP, f->node)->mark = m->n - 1;
	return WEIR_MACHINE_EVAL;
}

enum weir_machine_course
weir_machine_last(struct weir_machine *m, const struct weir_node *node)
{
	weir_machine_choose(m, WEIR_RESUME_FOUND, node);
	weir_machine_push(m, WEIR_STEP_LAST, node)->mark = m->n - 1;
	m->node = node->a;
	return WEIR_MACHINE_EVAL;
}

static bool
is_int(const struct weir_val *v)
{
	return v->form == WEIR_VAL_INT && v->scale == 0;
}

/* Whether the next number of [next, end, step] is to be given. */
static bool
inside(const struct weir_val *b)
{
	struct weir_val zero = {.kind = WEIR_VAL_NUMBER, .form = WEIR_VAL_INT};
	int way;

	if (is_int(&b[0]) && is_int(&b[1]) && is_int(&b[2]))
		return b[2].i > 0 ? b[0].i < b[1].i : b[2].i < 0 && b[0].i > b[1].i;
	way = weir_val_cmp(&b[2], &zero);
	return way != 0 && weir_val_cmp(&b[0], &b[1]) == -way;
}

static bool
advance(struct weir_val *b)
{
	struct weir_buf why = {0};
	struct weir_val next;
	int64_t sum;

	if (is_int(&b[0]) && is_int(&b[2]) && !__builtin_add_overflow(b[0].i, b[2].i, &sum)) {
		b[0].i = sum;
		return inside(b);
	}
	if (weir_arith_apply('+', &b[0], &b[2], &next, &why) != 0) {
		weir_buf_release(&why);
		return false;
	}
	weir_val_drop(&b[0]);
	b[0] = next;
	return inside(b);
}

/* A number that is text is one INT wherever that can be: it is counted with. */
static bool
counted(struct weir_val *v)
{
	struct weir_num n;

	if (v->kind != WEIR_VAL_NUMBER)
		return false;
	if (v->form == WEIR_VAL_TEXT) {
		weir_val_num(v, &n);
		*v = weir_val_number(&n);
	}
	return true;
}

/* The arguments of range come last one first, as a native function's. */
enum weir_machine_course
weir_machine_bounds(struct weir_machine *m, struct weir_val *args)
{
	struct weir_val *v = args->arr->v, from = v[2];

	v[2] = v[0];
	v[0] = from;
	if (counted(&v[0]) && counted(&v[1]) && counted(&v[2])) {
		if (inside(v))
			return weir_machine_range(m, *args);
		weir_val_drop(args);
		return WEIR_MACHINE_RETREAT;
	}
	weir_val_drop(args);
	weir_buf_puts(&m->why, "Range bounds must be numeric");
	return weir_machine_fail(m);
}

enum weir_machine_course
weir_machine_range(struct weir_machine *m, struct weir_val bounds)
{
	struct weir_val v = weir_val_ref(&bounds.arr->v[0]);
	struct weir_machine_choice *c;

	if (advance(bounds.arr->v)) {
		c = weir_machine_choose(m, WEIR_RESUME_RANGE, NULL);
		weir_val_drop(&c->value);
		c->value = bounds;
	} else {
		weir_val_drop(&bounds);
	}
	weir_machine_lose(m);
	return weir_machine_give(m, v);
}
