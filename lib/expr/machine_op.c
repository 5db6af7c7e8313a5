/*
 * machine_op - what the machine's nodes and frames do to the value
 */
#include "expr/arith.h"
#include "expr/machine_core.h"

#include <string.h>

/* What an operation came to. A forgiven error is no output. */
static enum weir_machine_todo
result(struct weir_machine *m, const struct weir_node *node, int rc, struct weir_val v)
{
	if (rc == 0)
		return weir_machine_give(m, v);
	if (node->op != '?')
		return WEIR_MACHINE_RAISE;
	weir_buf_clear(&m->error);
	return WEIR_MACHINE_RETREAT;
}

enum weir_machine_todo
weir_machine_compute(struct weir_machine *m, const struct weir_node *node, const struct weir_val *right)
{
	struct weir_val v = {0};
	int rc = 0;

	if (node->kind == WEIR_NODE_COMPARE)
		v = weir_val_bool(node->op >> (weir_val_cmp(&m->value, right) + 1) & 1);
	else
		rc = weir_arith_apply(node->op, &m->value, right, &v, &m->error);
	return result(m, node, rc, v);
}

enum weir_machine_todo
weir_machine_index(struct weir_machine *m, const struct weir_node *node, const struct weir_val *key)
{
	struct weir_val v = {0};
	int rc = weir_arith_index(&m->value, key, &v, &m->error);

	return result(m, node, rc, v);
}

enum weir_machine_todo
weir_machine_slice(struct weir_machine *m, const struct weir_node *node, const struct weir_val *from,
    const struct weir_val *to)
{
	struct weir_val v = {0};
	int rc = weir_arith_slice(&m->value, from, to, &v, &m->error);

	return result(m, node, rc, v);
}

enum weir_machine_todo
weir_machine_negate(struct weir_machine *m, const struct weir_node *node)
{
	struct weir_val v = {0};
	int rc = weir_arith_negate(&m->value, &v, &m->error);

	return result(m, node, rc, v);
}

enum weir_machine_todo
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
	if (i + 1 < n) {
		weir_val_drop(&m->value);
		m->value = of;
		weir_machine_choose(m, WEIR_RESUME_EACH, NULL)->i = i + 1;
	} else {
		weir_val_drop(&of);
	}
	return weir_machine_give(m, v);
}

enum weir_machine_todo
weir_machine_each(struct weir_machine *m, const struct weir_node *node)
{
	struct weir_val of = m->value;

	if (of.kind != WEIR_VAL_ARRAY && of.kind != WEIR_VAL_OBJECT) {
		weir_buf_puts(&m->error, "Cannot iterate over ");
		weir_arith_describe(&m->error, &of);
		return result(m, node, -1, of);
	}
	m->value = weir_val_of_kind(WEIR_VAL_NULL);
	weir_val_open(&of);
	return weir_machine_member(m, of, 0);
}

/* test's pattern and flags, checked as jq checks them. */
static struct weir_regex *
pattern(struct weir_machine *m, struct weir_val *re, struct weir_val *flags)
{
	struct weir_regex_fault fault = {0};
	const unsigned char *p;
	struct weir_regex *found;
	unsigned set = 0;
	size_t len;

	if (re->kind != WEIR_VAL_STRING ||
	    (flags->kind != WEIR_VAL_STRING && flags->kind != WEIR_VAL_NULL)) {
		weir_arith_describe(&m->error, re->kind != WEIR_VAL_STRING ? re : flags);
		weir_buf_puts(&m->error, " is not a string");
		return NULL;
	}
	if (flags->kind == WEIR_VAL_STRING) {
		p = weir_val_bytes(flags, &len);
		if (weir_regex_flags(p, len, &set) != 0) {
			weir_buf_put(&m->error, p, strnlen((const char *)p, len));
			weir_buf_puts(&m->error, " is not a valid modifier string");
			return NULL;
		}
	}
	p = weir_val_bytes(re, &len);
	found = weir_regex_cached(&m->regexes, p, len, set, &fault);
	if (found == NULL)
		weir_buf_printf(&m->error, "Regex failure: %s", fault.message);
	return found;
}

/* test([re, flags]): takes the array apart. */
static bool
unpack(struct weir_machine *m, struct weir_val *re, struct weir_val *flags)
{
	struct weir_val array = *re;

	if (array.kind == WEIR_VAL_ARRAY)
		weir_val_open(&array);
	if (array.kind != WEIR_VAL_ARRAY || array.arr->n == 0) {
		*re = array;
		weir_buf_printf(&m->error, "%s not a string or array", weir_val_kind_name(re));
		return false;
	}
	*re = weir_val_ref(&array.arr->v[0]);
	if (array.arr->n > 1)
		*flags = weir_val_ref(&array.arr->v[1]);
	weir_val_drop(&array);
	return true;
}

static bool
is_string(struct weir_machine *m)
{
	if (m->value.kind == WEIR_VAL_STRING)
		return true;
	weir_arith_describe(&m->error, &m->value);
	weir_buf_puts(&m->error, " cannot be matched, as it is not a string");
	return false;
}

enum weir_machine_todo
weir_machine_match(struct weir_machine *m, struct weir_regex *re)
{
	const unsigned char *p;
	const char *why;
	size_t len;
	int rc;

	if (re == NULL || !is_string(m))
		return WEIR_MACHINE_RAISE;
	p = weir_val_bytes(&m->value, &len);
	rc = weir_regex_test(re, p, len, &why);
	if (rc < 0) {
		weir_buf_puts(&m->error, why);
		return WEIR_MACHINE_RAISE;
	}
	return weir_machine_give(m, weir_val_bool(rc > 0));
}

enum weir_machine_todo
weir_machine_test(struct weir_machine *m, struct weir_machine_frame *f)
{
	struct weir_val re = m->value, flags = weir_val_ref(&f->held);
	struct weir_regex *compiled = NULL;
	bool known = true;

	m->value = weir_val_ref(&f->input);
	if (f->node->b == NULL && re.kind != WEIR_VAL_STRING)
		known = unpack(m, &re, &flags);
	if (known && is_string(m))
		compiled = pattern(m, &re, &flags);
	weir_val_drop(&re);
	weir_val_drop(&flags);
	return weir_machine_match(m, compiled);
}

enum weir_machine_todo
weir_machine_build(struct weir_machine *m, const struct weir_node *node, uint32_t i, struct weir_val object,
    struct weir_val input)
{
	struct weir_machine_frame *f;

	if (i == node->n) {
		weir_val_drop(&input);
		return weir_machine_give(m, object);
	}
	f = weir_machine_push(m, WEIR_STEP_NAME, node);
	f->mark = i;
	f->held = object;
	f->input = input;
	return weir_machine_run(m, node->members[i].key, weir_val_ref(&input));
}

enum weir_machine_todo
weir_machine_name(struct weir_machine *m, struct weir_machine_frame *f)
{
	struct weir_val key = m->value, input = weir_val_ref(&f->input);
	struct weir_machine_frame *g;

	m->value = weir_val_of_kind(WEIR_VAL_NULL);
	g = weir_machine_push(m, WEIR_STEP_MEMBER, f->node);
	g->mark = f->mark;
	g->held = weir_machine_moved(f, &f->held);
	g->input = weir_val_ref(&input);
	g->name = key;
	return weir_machine_run(m, f->node->members[f->mark].value, input);
}

enum weir_machine_todo
weir_machine_put(struct weir_machine *m, struct weir_machine_frame *f)
{
	struct weir_val object, v = m->value;

	if (f->name.kind != WEIR_VAL_STRING) {
		weir_buf_puts(&m->error, "Cannot use ");
		weir_arith_describe(&m->error, &f->name);
		weir_buf_puts(&m->error, " as object key");
		return WEIR_MACHINE_RAISE;
	}
	m->value = weir_val_of_kind(WEIR_VAL_NULL);
	object = weir_machine_moved(f, &f->held);
	weir_val_set(&object, weir_machine_moved(f, &f->name), v);
	return weir_machine_build(m, f->node, f->mark + 1, object, weir_machine_moved(f, &f->input));
}
