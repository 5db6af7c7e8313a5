/*
 * function_value - functions of any value: what it is, how long it is, other kinds of it
 */
#include "base/utf8.h"
#include "expr/function.h"

#include <math.h>
#include <string.h>

extern char **environ;

static bool
type(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	const char *name = weir_val_kind_name(v);

	(void)c;
	(void)args;
	weir_val_drop(v);
	*v = weir_val_text(WEIR_VAL_STRING, name, strlen(name));
	return true;
}

static void
become(struct weir_val *v, struct weir_val with)
{
	weir_val_drop(v);
	*v = with;
}

static void
become_count(struct weir_val *v, size_t n)
{
	struct weir_num num = weir_num_int((int64_t)n);

	become(v, weir_val_number(&num));
}

static size_t
characters(const unsigned char *p, size_t len)
{
	size_t n = 0, at = 0, run;
	uint32_t rune;

	while (at < len) {
		for (run = at; at < len && p[at] < 0x80; at++)
			;
		n += at - run;
		if (at < len) {
			unsigned k = weir_utf8_next(p + at, len - at, &rune);

			at += k > 0 ? k : 1;
			n++;
		}
	}
	return n;
}

/* Of a number, without a sign. The text of one is kept, with all its digits. */
static void
magnitude(struct weir_val *v)
{
	struct weir_num n;

	if (v->form == WEIR_VAL_TEXT && v->p[0] != '-')
		return;
	weir_val_num(v, &n);
	if (n.inexact && v->form == WEIR_VAL_TEXT) {
		v->p++;
		v->len--;
		return;
	}
	if (n.inexact)
		n.d = fabs(n.d);
	else if (n.m < 0)
		n = weir_num_neg(&n);
	become(v, weir_val_number(&n));
}

static bool
length(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	const unsigned char *p;
	size_t len;

	(void)args;
	switch (v->kind) {
	case WEIR_VAL_NULL:
		become_count(v, 0);
		return true;
	case WEIR_VAL_NUMBER:
		magnitude(v);
		return true;
	case WEIR_VAL_STRING:
		p = weir_val_bytes(v, &len);
		become_count(v, characters(p, len));
		return true;
	case WEIR_VAL_ARRAY:
		weir_val_open(v);
		become_count(v, v->arr->n);
		return true;
	case WEIR_VAL_OBJECT:
		weir_val_open(v);
		become_count(v, v->obj->n);
		return true;
	default:
		return weir_call_refuse(c, v, "has no length");
	}
}

static bool
utf8bytelength(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	size_t len;

	(void)args;
	if (v->kind != WEIR_VAL_STRING)
		return weir_call_refuse(c, v, "only strings have UTF-8 byte length");
	weir_val_bytes(v, &len);
	become_count(v, len);
	return true;
}

/* As jq defines it, by its order of kinds: what isn't below 0 stays. */
static bool
absolute(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)args;
	if (v->kind < WEIR_VAL_NUMBER)
		return weir_call_refuse(c, v, "cannot be negated");
	if (v->kind == WEIR_VAL_NUMBER)
		magnitude(v);
	return true;
}

static bool
is_text(struct weir_val *v, const char *text)
{
	size_t len;
	const unsigned char *p = weir_val_bytes(v, &len);

	return len == strlen(text) && memcmp(p, text, len) == 0;
}

static bool
toboolean(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)args;
	if (v->kind == WEIR_VAL_FALSE || v->kind == WEIR_VAL_TRUE)
		return true;
	if (v->kind == WEIR_VAL_STRING && (is_text(v, "true") || is_text(v, "false"))) {
		become(v, weir_val_bool(is_text(v, "true")));
		return true;
	}
	return weir_call_refuse(c, v, "cannot be parsed as a boolean");
}

static bool
toarray(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_val array;

	(void)c;
	(void)args;
	if (v->kind == WEIR_VAL_ARRAY)
		return true;
	array = weir_val_array(1);
	weir_val_push(&array, *v);
	*v = array;
	return true;
}

static bool
constant(struct weir_val *v, double d)
{
	struct weir_num n = weir_num_dbl(d);

	become(v, weir_val_number(&n));
	return true;
}

static bool
infinite(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)c;
	(void)args;
	return constant(v, (double)INFINITY);
}

static bool
nan_(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)c;
	(void)args;
	return constant(v, (double)NAN);
}

/* Whether it is a number of a class; an exact one is normal unless it is 0. */
static bool
classify(struct weir_val *v, int class)
{
	struct weir_num n;
	bool is = false;

	if (v->kind == WEIR_VAL_NUMBER) {
		weir_val_num(v, &n);
		is = n.inexact ? fpclassify(n.d) == class : class == FP_NORMAL && n.m != 0;
	}
	become(v, weir_val_bool(is));
	return true;
}

static bool
isnan_(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)c;
	(void)args;
	return classify(v, FP_NAN);
}

static bool
isinfinite(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)c;
	(void)args;
	return classify(v, FP_INFINITE);
}

static bool
isfinite_(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_num n = weir_num_dbl((double)INFINITY);

	(void)c;
	(void)args;
	if (v->kind == WEIR_VAL_NUMBER)
		weir_val_num(v, &n);
	become(v, weir_val_bool(!n.inexact || !isinf(n.d)));
	return true;
}

static bool
isnormal_(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)c;
	(void)args;
	return classify(v, FP_NORMAL);
}

/* A number that is only passed on keeps its digits. */
static bool
keeps_literals(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)c;
	(void)args;
	become(v, weir_val_bool(true));
	return true;
}

static struct weir_val
environment(void)
{
	struct weir_val env = weir_val_object();
	char **e;

	for (e = environ; *e != NULL; e++) {
		size_t name = strcspn(*e, "=");

		if ((*e)[name] == '=')
			weir_val_set(&env, weir_val_string(*e, name),
			    weir_val_string(*e + name + 1, strlen(*e + name + 1)));
	}
	return env;
}

static bool
env(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)args;
	if (c->env.kind != WEIR_VAL_OBJECT)
		c->env = environment();
	become(v, weir_val_ref(&c->env));
	return true;
}

static bool
input_line_number(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)args;
	become_count(v, (size_t)c->record);
	return true;
}

const struct weir_function weir_function_value[] = {
	{"type", 0, type},
	{"length", 0, length},
	{"utf8bytelength", 0, utf8bytelength},
	{"abs", 0, absolute},
	{"toboolean", 0, toboolean},
	{"toarray", 0, toarray},
	{"infinite", 0, infinite},
	{"nan", 0, nan_},
	{"isnan", 0, isnan_},
	{"isinfinite", 0, isinfinite},
	{"isfinite", 0, isfinite_},
	{"isnormal", 0, isnormal_},
	{"have_literal_numbers", 0, keeps_literals},
	{"have_decnum", 0, keeps_literals},
	{"_env", 0, env},
	{"env", 0, env},
	{"input_line_number", 0, input_line_number},
	{NULL, 0, NULL},
};
