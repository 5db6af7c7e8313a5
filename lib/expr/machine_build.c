/*
 * machine_build - objects and strings, which are put together from the outputs of their parts
 *
 * jq's order where a part has several outputs: an object's first member varies slowest, a
 * string's first piece fastest.
 */
#include "expr/arith.h"
#include "expr/function.h"
#include "expr/machine_core.h"

enum weir_machine_course
weir_machine_build(struct weir_machine *m, const struct weir_node *node, uint32_t i, struct weir_val object,
    struct weir_val input)
{
	struct weir_machine_frame *f;
	struct weir_val key;

	if (i == node->n) {
		weir_val_drop(&input);
		weir_machine_lose(m);
		return weir_machine_give(m, object);
	}
	f = weir_machine_push(m, WEIR_STEP_NAME, node);
	f->mark = i;
	f->held = object;
	f->input = input;
	weir_machine_set_trail(m, NULL);
	if (!weir_machine_simple(m, node->members[i].key, &input, &key))
		return weir_machine_run(m, node->members[i].key, weir_val_ref(&input));
	f->step = WEIR_STEP_MEMBER;
	f->name = key;
	return weir_machine_run(m, node->members[i].value, weir_val_ref(&input));
}

enum weir_machine_course
weir_machine_name(struct weir_machine *m, struct weir_machine_frame *f)
{
	struct weir_machine_frame *g = weir_machine_again(m, WEIR_STEP_MEMBER, f);
	struct weir_val input = weir_val_ref(&f->input);

	g->held = weir_machine_moved(f, &f->held);
	g->input = weir_val_ref(&input);
	g->name = weir_machine_value(m);
	return weir_machine_run(m, f->node->members[f->mark].value, input);
}

enum weir_machine_course
weir_machine_put(struct weir_machine *m, struct weir_machine_frame *f)
{
	struct weir_val object, v;

	if (f->name.kind != WEIR_VAL_STRING) {
		weir_buf_puts(&m->why, "Cannot use ");
		weir_arith_describe(&m->why, &f->name);
		weir_buf_puts(&m->why, " as object key");
		return weir_machine_fail(m);
	}
	v = weir_machine_value(m);
	object = weir_machine_moved(f, &f->held);
	weir_val_set(&object, weir_machine_moved(f, &f->name), v);
	if (f->trail != NULL)
		weir_machine_set_trail(m, weir_machine_trail_ref(f->trail));
	return weir_machine_build(m, f->node, f->mark + 1, object, weir_machine_moved(f, &f->input));
}

/* The pieces, which came last one first, as one string. */
static enum weir_machine_course
join(struct weir_machine *m, struct weir_val *pieces)
{
	struct weir_val_arr *a = pieces->arr;
	const unsigned char *p;
	size_t len, all = 0;
	uint32_t i;

	for (i = a->n; i-- > 0;) {
		p = weir_val_bytes(&a->v[i], &len);
		all += len;
		if (all > WEIR_ARITH_STRING_MAX)
			break;
		weir_buf_put(&m->why, p, len);
	}
	weir_val_drop(pieces);
	if (all > WEIR_ARITH_STRING_MAX) {
		weir_buf_clear(&m->why);
		weir_buf_puts(&m->why, "the string is longer than 256 MiB");
		return weir_machine_fail(m);
	}
	weir_machine_give(m, weir_val_string(m->why.p, m->why.len));
	weir_buf_clear(&m->why);
	weir_machine_lose(m);
	return WEIR_MACHINE_GIVE;
}

/* Pieces at even places are the text between the others. */
enum weir_machine_course
weir_machine_string(struct weir_machine *m, const struct weir_node *node, uint32_t n, struct weir_val pieces,
    struct weir_val input)
{
	struct weir_machine_frame *f;

	if (n % 2 == 1)
		weir_val_push(&pieces, node->args[--n]->v);
	if (n == 0) {
		weir_val_drop(&input);
		return join(m, &pieces);
	}
	f = weir_machine_push(m, WEIR_STEP_PIECE, node);
	f->mark = n - 1;
	f->held = pieces;
	f->input = input;
	weir_machine_set_trail(m, NULL);
	return weir_machine_run(m, node->args[n - 1], weir_val_ref(&input));
}

enum weir_machine_course
weir_machine_piece(struct weir_machine *m, struct weir_machine_frame *f)
{
	struct weir_val format = f->node->v, pieces;

	if (!f->node->fn->run(&m->call, &m->value, &format))
		return WEIR_MACHINE_RAISE;
	pieces = weir_machine_moved(f, &f->held);
	weir_val_push(&pieces, weir_machine_value(m));
	if (f->trail != NULL)
		weir_machine_set_trail(m, weir_machine_trail_ref(f->trail));
	return weir_machine_string(m, f->node, f->mark, pieces, weir_machine_moved(f, &f->input));
}
