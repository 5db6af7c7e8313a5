/*
 * function_match - match and test, over text/regex.h
 *
 * Offsets and lengths are in characters: the text between two matches is counted once. A byte that is no
 * UTF-8 is a character, and matches nothing.
 */
#include "base/utf8.h"
#include "expr/function.h"

#include <string.h>

/* What a byte offset is in characters, for offsets that seldom go back. */
struct place {
	const unsigned char *p;
	size_t len, byte, character;
};

static size_t
step(const struct place *at, size_t byte)
{
	uint32_t rune;
	unsigned k = weir_utf8_next(at->p + byte, at->len - byte, &rune);

	return k > 0 ? k : 1;
}

static size_t
count(struct place *at, size_t byte)
{
	if (byte < at->byte)
		at->byte = at->character = 0;
	for (; at->byte < byte; at->character++)
		at->byte += step(at, at->byte);
	return at->character;
}

static void
set(struct weir_val *object, const char *key, struct weir_val value)
{
	weir_val_set(object, weir_val_text(WEIR_VAL_STRING, key, strlen(key)), value);
}

static struct weir_val
integer(int64_t i)
{
	struct weir_num n = weir_num_int(i);

	return weir_val_number(&n);
}

/* offset, length and string of [from, to); of a group that took no part -1, 0 and null. */
static struct weir_val
span(const struct place *start, size_t from, size_t to)
{
	struct weir_val object = weir_val_object();
	struct place at = *start;
	size_t offset;

	if (from == WEIR_REGEX_UNSET) {
		set(&object, "offset", integer(-1));
		set(&object, "length", integer(0));
		set(&object, "string", weir_val_of_kind(WEIR_VAL_NULL));
		return object;
	}
	offset = count(&at, from);
	set(&object, "offset", integer((int64_t)offset));
	set(&object, "length", integer((int64_t)(to > from ? count(&at, to) - offset : 0)));
	set(&object, "string", weir_val_string(at.p + from, to > from ? to - from : 0));
	return object;
}

static struct weir_val
captures(const struct weir_regex *re, const struct place *start, const size_t *at)
{
	unsigned n = weir_regex_groups(re), i;
	struct weir_val all = weir_val_array(n), one;
	const char *name;

	for (i = 1; i <= n; i++) {
		one = span(start, at[2 * i], at[2 * i + 1]);
		name = weir_regex_name(re, i);
		set(&one, "name", name != NULL ? weir_val_string(name, strlen(name))
		                               : weir_val_of_kind(WEIR_VAL_NULL));
		weir_val_push(&all, one);
	}
	return all;
}

/* All matches, or the first; false if the search ran into a limit. */
static bool
matches(struct weir_call *c, struct weir_regex *re, struct place *at, bool global,
    struct weir_val *out)
{
	struct weir_val one;
	const size_t *o;
	const char *why;
	size_t from = 0;
	int rc = 0;

	while (from <= at->len &&
	    (rc = weir_regex_match(re, at->p, at->len, from, &o, &why)) > 0) {
		count(at, o[0]);
		one = span(at, o[0], o[1]);
		set(&one, "captures", captures(re, at, o));
		weir_val_push(out, one);
		if (!global)
			break;
		from = o[1] > o[0] ? o[1] : o[1] < at->len ? o[1] + step(at, o[1]) : at->len + 1;
	}
	return rc >= 0 || weir_call_fail(c, "%s", why);
}

static bool
read_flags(struct weir_call *c, struct weir_val *v, unsigned *flags, bool *global)
{
	struct weir_buf why = {0};
	const unsigned char *p;
	size_t len;

	*flags = 0;
	*global = false;
	if (v->kind == WEIR_VAL_NULL)
		return true;
	if (v->kind != WEIR_VAL_STRING)
		return weir_call_refuse(c, v, "is not a string");
	p = weir_val_bytes(v, &len);
	if (weir_regex_flags(p, len, flags) != 0) {
		weir_buf_put(&why, p, len);
		weir_buf_puts(&why, " is not a valid modifier string");
		return weir_call_fail_with(c, &why);
	}
	*global = len > 0 && memchr(p, 'g', len) != NULL;
	return true;
}

static struct weir_regex *
compile(struct weir_call *c, struct weir_val *pattern, unsigned flags)
{
	struct weir_regex_fault fault;
	struct weir_buf why = {0};
	struct weir_regex *re;
	size_t len;
	const unsigned char *p = weir_val_bytes(pattern, &len);

	re = weir_regex_cached(&c->regexes, p, len, flags, &fault);
	if (re == NULL) {
		weir_buf_put(&why, p, len);
		weir_buf_printf(&why, " (at offset %zu) is not a valid regex: %s", fault.at, fault.message);
		weir_call_fail_with(c, &why);
	}
	return re;
}

static bool
match(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_val out;
	struct weir_regex *re;
	struct place at = {0};
	const char *why;
	unsigned flags;
	bool global, ok;
	int rc;

	if (v->kind != WEIR_VAL_STRING)
		return weir_call_refuse(c, v, "cannot be matched, as it is not a string");
	if (args[0].kind != WEIR_VAL_STRING)
		return weir_call_refuse(c, &args[0], "cannot be matched, as it is not a string");
	if (!read_flags(c, &args[1], &flags, &global) || (re = compile(c, &args[0], flags)) == NULL)
		return false;
	at.p = weir_val_bytes(v, &at.len);
	if (weir_val_truthy(&args[2])) {
		rc = weir_regex_test(re, at.p, at.len, &why);
		ok = rc >= 0 || weir_call_fail(c, "%s", why);
		out = weir_val_bool(rc > 0);
	} else {
		out = weir_val_array(0);
		ok = matches(c, re, &at, global, &out);
	}
	weir_val_drop(v);
	*v = out;
	return ok;
}

const struct weir_function weir_function_match[] = {
	{"_match", 3, match},
	{NULL, 0, NULL},
};
