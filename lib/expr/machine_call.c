/*
 * machine_call - functions, native ones and those of the language
 */
#include "expr/function.h"
#include "expr/machine_core.h"

#include <string.h>

/* Functions that compare values, or walk down by recursion: not where those are nested too
 * deeply. */
static bool
too_deep(struct weir_machine *m, const struct weir_node *node, const struct weir_val *args)
{
	static const char *const walkers[] = {"_group_by", "_indices", "_max_by", "_min_by", "_sort_by",
		"_unique_by", "bsearch", "contains", "flatten", "index", "indices", "max", "min", "rindex",
		"sort", "unique"};
	uint32_t depth = weir_val_depth(&m->value), i;

	for (i = 0; i < node->n; i++)
		if (weir_val_depth(&args[i]) > depth)
			depth = weir_val_depth(&args[i]);
	if (depth <= WEIR_VAL_DEPTH)
		return false;
	for (i = 0; i < sizeof(walkers) / sizeof(walkers[0]); i++)
		if (strcmp(node->fn->name, walkers[i]) == 0) {
			weir_call_fail(&m->call, strcmp(walkers[i], "contains") == 0
			        ? "Containment check too deep" : "Comparison too deep");
			return true;
		}
	return false;
}

enum weir_machine_course
weir_machine_nullary(struct weir_machine *m, const struct weir_node *node)
{
	weir_machine_lose(m);
	if (too_deep(m, node, NULL))
		return WEIR_MACHINE_RAISE;
	return node->fn->run(&m->call, &m->value, NULL) ? WEIR_MACHINE_GIVE : WEIR_MACHINE_RAISE;
}

/* The arguments came last one first. */
static enum weir_machine_course
invoke(struct weir_machine *m, const struct weir_node *node, struct weir_val *args)
{
	uint32_t i;
	bool ok;

	if (node->kind == WEIR_NODE_RANGE)
		return weir_machine_bounds(m, args);
	for (i = 0; i < args->arr->n / 2; i++) {
		struct weir_val v = args->arr->v[i];

		args->arr->v[i] = args->arr->v[args->arr->n - 1 - i];
		args->arr->v[args->arr->n - 1 - i] = v;
	}
	ok = !too_deep(m, node, args->arr->v) && node->fn->run(&m->call, &m->value, args->arr->v);
	weir_val_drop(args);
	weir_machine_lose(m);
	return ok ? WEIR_MACHINE_GIVE : WEIR_MACHINE_RAISE;
}

/* The array of arguments for this owner alone. */
static void
own(struct weir_val *args)
{
	struct weir_val copy;
	uint32_t i;

	if (args->arr->refs == 1)
		return;
	copy = weir_val_array(args->arr->n);
	for (i = 0; i < args->arr->n; i++)
		weir_val_push(&copy, weir_val_ref(&args->arr->v[i]));
	weir_val_drop(args);
	*args = copy;
}

enum weir_machine_course
weir_machine_native(struct weir_machine *m, const struct weir_node *node, uint32_t n, struct weir_val args,
    struct weir_val input)
{
	struct weir_machine_frame *f;
	struct weir_val v;

	while (n > 0 && weir_machine_simple(m, node->args[n - 1], &input, &v)) {
		weir_val_push(&args, v);
		n--;
	}
	if (n == 0) {
		own(&args);
		weir_val_drop(&m->value);
		m->value = input;
		return invoke(m, node, &args);
	}
	f = weir_machine_push(m, WEIR_STEP_ARGUMENT, node);
	f->mark = n - 1;
	f->held = args;
	f->input = input;
	weir_machine_set_trail(m, NULL);
	return weir_machine_run(m, node->args[n - 1], weir_val_ref(&input));
}

enum weir_machine_course
weir_machine_argument(struct weir_machine *m, struct weir_machine_frame *f)
{
	struct weir_val args = weir_machine_moved(f, &f->held);

	weir_val_push(&args, weir_machine_value(m));
	if (f->trail != NULL)
		weir_machine_set_trail(m, weir_machine_trail_ref(f->trail));
	return weir_machine_native(m, f->node, f->mark, args, weir_machine_moved(f, &f->input));
}

struct weir_machine_scope *
weir_machine_scope(uint32_t n, struct weir_machine_scope *outer)
{
	size_t size = sizeof(struct weir_machine_scope) + n * sizeof(struct weir_machine_slot);
	struct weir_machine_scope *s = weir_mem_zalloc(1, size);

	weir_val_count(size, 0);
	s->refs = 1;
	s->n = n;
	s->outer = weir_machine_scope_ref(outer);
	return s;
}

/* The code of an argument and where it was written. One that is but a parameter's name is what
 * that parameter is, so that functions that hand their parameters on keep nothing. */
static void
set_closure(const struct weir_machine *m, struct weir_machine_slot *slot, const struct weir_node *arg)
{
	const struct weir_machine_slot *from;

	if (arg->kind == WEIR_NODE_PARAM) {
		from = &weir_machine_outwards(m, arg->up)->slots[arg->slot];
		slot->node = from->node;
		slot->scope = weir_machine_scope_ref(from->scope);
	} else {
		slot->node = arg;
		slot->scope = arg->kind == WEIR_NODE_LITERAL || arg->kind == WEIR_NODE_DOT
		    ? NULL : weir_machine_scope_ref(m->scope);
	}
}

/* Slot i and those behind it: the values that are wanted; then the body. m->scope is the
 * caller's. */
static enum weir_machine_course
fill(struct weir_machine *m, const struct weir_node *node, struct weir_machine_scope *made, uint32_t i,
    struct weir_val input)
{
	const struct weir_def *def = node->def;
	struct weir_machine_frame *f;

	for (; i < def->n; i++) {
		if (!def->params[i].value ||
		    weir_machine_simple(m, node->args[i], &input, &made->slots[i].v))
			continue;
		f = weir_machine_push(m, WEIR_STEP_PARAM, node);
		f->mark = i;
		f->made = made;
		f->input = input;
		weir_machine_set_trail(m, NULL);
		return weir_machine_run(m, node->args[i], weir_val_ref(&input));
	}
	weir_machine_set_scope(m, made);
	return weir_machine_run(m, def->body, input);
}

enum weir_machine_course
weir_machine_call(struct weir_machine *m, const struct weir_node *node)
{
	struct weir_machine_scope *outer = weir_machine_outwards(m, node->up), *made;
	const struct weir_def *def = node->def;
	uint32_t i;

	if (def->n == 0) {
		weir_machine_set_scope(m, weir_machine_scope_ref(outer));
		m->node = def->body;
		return WEIR_MACHINE_EVAL;
	}
	made = weir_machine_scope(def->n, outer);
	for (i = 0; i < def->n; i++)
		if (def->params[i].closure)
			set_closure(m, &made->slots[i], node->args[i]);
	return fill(m, node, made, 0, weir_machine_value(m));
}

struct weir_machine_scope *
weir_machine_own_scope(struct weir_machine_scope *s)
{
	struct weir_machine_scope *copy;
	uint32_t i;

	if (s->refs == 1)
		return s;
	copy = weir_machine_scope(s->n, s->outer);
	for (i = 0; i < s->n; i++) {
		copy->slots[i].node = s->slots[i].node;
		copy->slots[i].scope = weir_machine_scope_ref(s->slots[i].scope);
		copy->slots[i].v = weir_val_ref(&s->slots[i].v);
	}
	s->refs--;
	return copy;
}

enum weir_machine_course
weir_machine_param(struct weir_machine *m, struct weir_machine_frame *f)
{
	struct weir_machine_scope *made = weir_machine_made(f);

	weir_val_drop(&made->slots[f->mark].v);
	made->slots[f->mark].v = weir_machine_value(m);
	if (f->trail != NULL)
		weir_machine_set_trail(m, weir_machine_trail_ref(f->trail));
	return fill(m, f->node, made, f->mark + 1, weir_machine_moved(f, &f->input));
}
