/*
 * machine_test - test(re; flags)
 */
#include "expr/arith.h"
#include "expr/machine_core.h"

#include <string.h>

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
		weir_arith_describe(&m->why, re->kind != WEIR_VAL_STRING ? re : flags);
		weir_buf_puts(&m->why, " is not a string");
		return NULL;
	}
	if (flags->kind == WEIR_VAL_STRING) {
		p = weir_val_bytes(flags, &len);
		if (weir_regex_flags(p, len, &set) != 0) {
			weir_buf_put(&m->why, p, strnlen((const char *)p, len));
			weir_buf_puts(&m->why, " is not a valid modifier string");
			return NULL;
		}
	}
	p = weir_val_bytes(re, &len);
	found = weir_regex_cached(&m->call.regexes, p, len, set, &fault);
	if (found == NULL)
		weir_buf_printf(&m->why, "Regex failure: %s", fault.message);
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
		weir_buf_printf(&m->why, "%s not a string or array", weir_val_kind_name(re));
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
	weir_arith_describe(&m->why, &m->value);
	weir_buf_puts(&m->why, " cannot be matched, as it is not a string");
	return false;
}

enum weir_machine_course
weir_machine_match(struct weir_machine *m, struct weir_regex *re)
{
	const unsigned char *p;
	const char *why;
	size_t len;
	int rc;

	if (re == NULL || !is_string(m))
		return weir_machine_fail(m);
	p = weir_val_bytes(&m->value, &len);
	rc = weir_regex_test(re, p, len, &why);
	if (rc < 0) {
		weir_buf_puts(&m->why, why);
		return weir_machine_fail(m);
	}
	return weir_machine_give(m, weir_val_bool(rc > 0));
}

enum weir_machine_course
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
