/*
 * parse_call - functions and variables: are they known, and are they native?
 */
#include "expr/names.h"
#include "expr/parse_core.h"
#include "text/json.h"

#include <string.h>

#define ARGUMENTS 16

static bool
is_word(const struct weir_parse *p, const struct weir_lex_word *w, const char *word)
{
	return strlen(word) == w->span && memcmp(weir_parse_text(p, w), word, w->span) == 0;
}

/* The arities of a name, bit by bit: jq's own functions and those in scope. */
static unsigned
arities(const struct weir_parse *p, const char *name, size_t len)
{
	unsigned set = weir_names_arities(name, len), i;

	for (i = 0; i < ARGUMENTS; i++)
		if (weir_parse_bound(p, WEIR_PARSE_FUNCTION, name, len, i) != NULL)
			set |= 1u << i;
	return set;
}

static struct weir_node *
wrong_arity(struct weir_parse *p, const struct weir_lex_word *w, unsigned set, unsigned n)
{
	struct weir_buf list = {0};
	unsigned i, last = 0;

	for (i = 0; i < ARGUMENTS; i++)
		if (set >> i & 1) {
			weir_buf_puts(&list, list.len == 0 ? "" : set >> (i + 1) != 0 ? ", " : " or ");
			weir_buf_printf(&list, "%u", i);
			last = i;
		}
	weir_parse_fail(p, w->at, w->span, n > 0 && n < last ? "arguments are separated by \";\"" : NULL,
	    "\"%.*s\" takes %s argument%s, not %u", (int)w->span, weir_parse_text(p, w),
	    last == 0 ? "no" : weir_buf_cstr(&list), last == 1 ? "" : "s", n);
	weir_buf_release(&list);
	return NULL;
}

static struct weir_node *
unknown_function(struct weir_parse *p, const struct weir_lex_word *w, unsigned n)
{
	const char *name = weir_parse_text(p, w);
	unsigned set = arities(p, name, w->span);
	const char *const *names;
	size_t nnames;

	if (set != 0)
		return wrong_arity(p, w, set, n);
	weir_parse_fail(p, w->at, w->span, NULL, "no function \"%.*s\"",
	    (int)(w->span < 64 ? w->span : 64), name);
	if (n == 0 && w->span < 64)
		weir_buf_printf(&p->fault->hint, "did you mean the field \".%.*s\"?", (int)w->span, name);
	names = weir_names_all(&nnames);
	weir_parse_suggest(p, name, w->span, names, nnames, WEIR_PARSE_FUNCTION);
	return NULL;
}

/* (a; b; c); the first two arguments are kept. */
static bool
arguments(struct weir_parse *p, struct weir_node *kept[2], unsigned *n)
{
	struct weir_node *arg;

	do {
		arg = weir_parse_expr(p, WEIR_PARSE_PIPE);
		if (arg == NULL)
			return false;
		if (*n < 2)
			kept[*n] = arg;
		++*n;
	} while (weir_parse_take(p, ';'));
	return weir_parse_need(p, ')', "expected \";\" or \")\"");
}

/* true, false and null are no functions, and can't be defined. */
static struct weir_node *
constant(struct weir_parse *p, const struct weir_lex_word *w)
{
	static const char *const words[] = {"null", "false", "true"};
	unsigned i;

	for (i = 0; i < 3; i++)
		if (is_word(p, w, words[i]))
			return weir_parse_literal(p, w->at, w->span, weir_val_of_kind((enum weir_val_kind)i));
	return NULL;
}

struct weir_node *
weir_parse_call(struct weir_parse *p)
{
	struct weir_node *args[2] = {NULL, NULL}, *n;
	struct weir_lex_word w = p->word;
	const char *name = weir_parse_text(p, &w);
	unsigned count = 0;

	if (!weir_parse_next(p) || (weir_parse_take(p, '(') && !arguments(p, args, &count)))
		return NULL;
	if (count == 0 && (n = constant(p, &w)) != NULL)
		return n;
	if (weir_parse_bound(p, WEIR_PARSE_FUNCTION, name, w.span, count) != NULL)
		return weir_parse_foreign(p, &w);
	if (count >= ARGUMENTS || !(weir_names_arities(name, w.span) >> count & 1))
		return unknown_function(p, &w, count);
	if (is_word(p, &w, "not"))
		return weir_ast_node(p->ast, WEIR_NODE_NOT, w.at, w.span);
	if (is_word(p, &w, "test"))
		return weir_parse_test(p, &w, args[0], args[1]);
	return weir_parse_foreign(p, &w);
}

/* What --arg or --argjson says. expr.c saw that the JSON is valid. */
static struct weir_val
argument(struct weir_parse *p, const struct weir_expr_arg *arg)
{
	size_t len = strlen(arg->text);
	const unsigned char *text = (unsigned char *)weir_ast_copy(p->ast, arg->text, len);
	struct weir_value v = {.p = text, .len = (uint32_t)len, .type = WEIR_STRING};
	struct weir_json_fault fault;

	if (arg->json)
		weir_json_read(text, text + len, &v, &fault);
	return weir_val_from(&v);
}

static struct weir_node *
unknown_variable(struct weir_parse *p, const struct weir_lex_word *name, size_t at, size_t span)
{
	const char *word = weir_parse_text(p, name), *names[ARGUMENTS];
	unsigned n;

	weir_parse_fail(p, at, span, NULL, "no variable \"$%.*s\"",
	    (int)(name->span < 64 ? name->span : 64), word);
	if (name->span < 64)
		weir_buf_printf(&p->fault->hint, "--arg %.*s TEXT sets it", (int)name->span, word);
	for (n = 0; n < p->conf->nargs && n < ARGUMENTS; n++)
		names[n] = p->conf->args[n].name;
	weir_parse_suggest(p, word, name->span, names, n, WEIR_PARSE_VARIABLE);
	return NULL;
}

struct weir_node *
weir_parse_variable(struct weir_parse *p)
{
	size_t at = p->word.at, span;
	struct weir_lex_word w, whole;
	unsigned i;

	if (!weir_parse_next(p))
		return NULL;
	w = p->word;
	if (w.at != at + 1)
		return weir_parse_fail(p, at, 1, NULL, "a name must follow \"$\" at once");
	span = 1 + w.span;
	whole = (struct weir_lex_word){.kind = '$', .at = at, .span = span};
	if (w.kind == WEIR_LEX_LOC)
		return weir_parse_next(p) ? weir_parse_foreign(p, &whole) : NULL;
	if (!weir_parse_need(p, WEIR_LEX_IDENT, "expected a name behind \"$\""))
		return NULL;
	if (weir_parse_bound(p, WEIR_PARSE_VARIABLE, weir_parse_text(p, &w), w.span, 0) != NULL)
		return weir_parse_foreign(p, &whole);
	for (i = 0; i < p->conf->nargs; i++)
		if (is_word(p, &w, p->conf->args[i].name))
			return weir_parse_literal(p, at, span, argument(p, &p->conf->args[i]));
	if (is_word(p, &w, "ENV"))
		return weir_parse_foreign(p, &whole);
	return unknown_variable(p, &w, at, span);
}
