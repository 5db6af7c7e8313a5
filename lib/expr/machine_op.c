/*
 * machine_op - what the machine's nodes and frames do to the value
 */
#include "expr/arith.h"
#include "expr/machine_core.h"

#include <string.h>

/* What an operation came to. A forgiven error is no output. */
static enum weir_machine_course
result(struct weir_machine *m, const struct weir_node *node, int rc, struct weir_val v)
{
	if (rc == 0)
		return weir_machine_give(m, v);
	if (node->op != '?')
		return weir_machine_fail(m);
	weir_buf_clear(&m->why);
	return WEIR_MACHINE_RETREAT;
}

/* Values that are nested too deeply are not walked down. */
static const char *
too_deep(const struct weir_node *node, const struct weir_val *a, const struct weir_val *b)
{
	bool equality = node->op == WEIR_NODE_SAME || node->op == (WEIR_NODE_LESS | WEIR_NODE_MORE);

	if (weir_val_depth(a) <= WEIR_VAL_DEPTH && weir_val_depth(b) <= WEIR_VAL_DEPTH)
		return NULL;
	if (node->kind == WEIR_NODE_COMPARE)
		return equality ? "Equality check too deep" : "Comparison too deep";
	return node->op == '*' ? "Object merge too deep" : node->op == '-' ? "Equality check too deep" : NULL;
}

/* Adds to an array or an object in place, if nobody else has it. */
static bool
added(struct weir_machine *m, const struct weir_val *right)
{
	struct weir_val *v = &m->value, more = *right;
	uint32_t i;

	if (v->kind != right->kind || v->kind < WEIR_VAL_ARRAY || v->form != WEIR_VAL_HELD || *v->refs > 1)
		return false;
	weir_val_ref(&more);
	weir_val_open(&more);
	if (v->kind == WEIR_VAL_ARRAY)
		for (i = 0; i < more.arr->n; i++)
			weir_val_push(v, weir_val_ref(&more.arr->v[i]));
	else
		for (i = 0; i < more.obj->n; i++)
			weir_val_set(v, weir_val_ref(&more.obj->m[i].key), weir_val_ref(&more.obj->m[i].value));
	weir_val_drop(&more);
	return true;
}

enum weir_machine_course
weir_machine_compute(struct weir_machine *m, const struct weir_node *node, const struct weir_val *right)
{
	const char *why = too_deep(node, &m->value, right);
	struct weir_val v = {0};
	int rc = 0;

	if (why != NULL) {
		weir_buf_puts(&m->why, why);
		return weir_machine_fail(m);
	}
	if (node->kind == WEIR_NODE_ARITH && node->op == '+' && added(m, right))
		return WEIR_MACHINE_GIVE;
	if (node->kind == WEIR_NODE_COMPARE)
		v = weir_val_bool(node->op >> (weir_val_cmp(&m->value, right) + 1) & 1);
	else
		rc = weir_arith_apply(node->op, &m->value, right, &v, &m->why);
	return result(m, node, rc, v);
}

enum weir_machine_course
weir_machine_index(struct weir_machine *m, const struct weir_node *node, const struct weir_val *key)
{
	struct weir_val v = {0};
	int rc = -1;

	if (m->trail == NULL || weir_machine_follow(m, key))
		rc = weir_arith_index(&m->value, key, &v, &m->why);
	return result(m, node, rc, v);
}

static struct weir_val
word(const char *name)
{
	return weir_val_text(WEIR_VAL_STRING, name, strlen(name));
}

static bool
follow_slice(struct weir_machine *m, const struct weir_val *from, const struct weir_val *to)
{
	struct weir_val key = weir_val_object();
	bool ok;

	weir_val_set(&key, word("start"), weir_val_ref(from));
	weir_val_set(&key, word("end"), weir_val_ref(to));
	ok = weir_machine_follow(m, &key);
	weir_val_drop(&key);
	return ok;
}

enum weir_machine_course
weir_machine_slice(struct weir_machine *m, const struct weir_node *node, const struct weir_val *from,
    const struct weir_val *to)
{
	struct weir_val v = {0};
	int rc = -1;

	if (m->trail == NULL || follow_slice(m, from, to))
		rc = weir_arith_slice(&m->value, from, to, &v, &m->why);
	return result(m, node, rc, v);
}

enum weir_machine_course
weir_machine_negate(struct weir_machine *m, const struct weir_node *node)
{
	struct weir_val v = {0};
	int rc = weir_arith_negate(&m->value, &v, &m->why);

	return result(m, node, rc, v);
}

/* The place of member i of the value, which has one itself: each saw to that. */
static void
follow_member(struct weir_machine *m, uint32_t i)
{
	struct weir_num n = weir_num_int(i);
	struct weir_val key;

	if (m->value.kind == WEIR_VAL_OBJECT)
		key = m->value.obj->m[i].key;
	else
		key = weir_val_number(&n);
	weir_machine_follow(m, &key);
}

enum weir_machine_course
weir_machine_member(struct weir_machine *m, struct weir_val of, uint32_t i)
{
	bool array = of.kind == WEIR_VAL_ARRAY;
	uint32_t n = array ? of.arr->n : of.obj->n;
	struct weir_val v;

	if (i >= n) {
		weir_val_drop(&of);
		return WEIR_MACHINE_RETREAT;
	}
	v = weir_val_ref(array ? &of.arr->v[i] : &of.obj->m[i].value);
	weir_val_drop(&m->value);
	m->value = of;
	if (i + 1 < n)
		weir_machine_choose(m, WEIR_RESUME_EACH, NULL)->i = i + 1;
	if (m->trail != NULL)
		follow_member(m, i);
	return weir_machine_give(m, v);
}

enum weir_machine_course
weir_machine_each(struct weir_machine *m, const struct weir_node *node)
{
	struct weir_val of = m->value;

	if (m->trail == &m->lost) {
		weir_buf_puts(&m->why, "Invalid path expression near attempt to iterate through ");
		weir_arith_show(&m->why, &of);
		return result(m, node, -1, of);
	}
	if (of.kind != WEIR_VAL_ARRAY && of.kind != WEIR_VAL_OBJECT) {
		weir_buf_puts(&m->why, "Cannot iterate over ");
		weir_arith_describe(&m->why, &of);
		return result(m, node, -1, of);
	}
	m->value = weir_val_of_kind(WEIR_VAL_NULL);
	weir_val_open(&of);
	return weir_machine_member(m, of, 0);
}
