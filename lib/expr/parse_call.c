/*
 * parse_call - functions and variables: are they known, and are they native?
 */
#include "expr/function.h"
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

/* (a; b; c) */
static bool
arguments(struct weir_parse *p, struct weir_node ***args, uint32_t *n)
{
	struct weir_node *arg;

	do {
		arg = weir_parse_expr(p, WEIR_PARSE_PIPE);
		if (arg == NULL)
			return false;
		*args = weir_ast_grow(p->ast, *args, *n, sizeof(**args));
		(*args)[(*n)++] = arg;
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

/* A function of the program, or a parameter. */
static struct weir_node *
bound_call(struct weir_parse *p, const struct weir_lex_word *w, const struct weir_parse_scope *s,
    struct weir_node **args, uint32_t n)
{
	struct weir_node *call = weir_ast_node(p->ast, s->def != NULL ? WEIR_NODE_CALL : WEIR_NODE_PARAM,
	    w->at, w->span);

	call->up = p->level - s->level;
	call->slot = s->slot;
	call->def = s->def;
	call->args = args;
	call->n = n;
	if (s->param != NULL)
		s->param->closure = true;
	return call;
}

struct weir_node *
weir_parse_native(struct weir_parse *p, const struct weir_lex_word *word, const char *name,
    struct weir_node **args, uint32_t n)
{
	const struct weir_function *fn = weir_function_find(name, name == NULL ? 0 : strlen(name), n);
	struct weir_node *call;

	if (fn == NULL)
		return NULL;
	call = weir_ast_node(p->ast, WEIR_NODE_NATIVE, word->at, word->span);
	call->fn = fn;
	call->args = args;
	call->n = n;
	return call;
}

struct weir_node *
weir_parse_call(struct weir_parse *p)
{
	struct weir_node **args = NULL, *n;
	struct weir_lex_word w = p->word;
	const char *name = weir_parse_text(p, &w);
	const struct weir_parse_scope *s;
	uint32_t count = 0;

	if (!weir_parse_next(p) || (weir_parse_take(p, '(') && !arguments(p, &args, &count)))
		return NULL;
	if (count == 0 && (n = constant(p, &w)) != NULL)
		return n;
	if ((s = weir_parse_bound(p, WEIR_PARSE_FUNCTION, name, w.span, count)) != NULL)
		return bound_call(p, &w, s, args, count);
	if ((n = weir_parse_builtin(p, &w, args, count)) != NULL || p->fault->what.len > 0)
		return n;
	if (p->user == NULL && (count >= ARGUMENTS || !(weir_names_arities(name, w.span) >> count & 1)))
		return unknown_function(p, &w, count);
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

/* Where in the program this is, as jq says it. */
static struct weir_node *
location(struct weir_parse *p, const struct weir_lex_word *w)
{
	struct weir_buf b = {0};
	struct weir_node *n;
	unsigned line = 1;
	size_t i;

	for (i = 0; i < w->at; i++)
		line += p->lex.text[i] == '\n';
	weir_buf_printf(&b, "{\"file\":\"<top-level>\",\"line\":%u}", line);
	n = weir_parse_literal(p, w->at, w->span,
	    weir_val_text(WEIR_VAL_OBJECT, weir_ast_copy(p->ast, b.p, b.len), b.len));
	weir_buf_release(&b);
	return n;
}

/* Variables that are everywhere; NULL if it is none of them. */
static struct weir_node *
global(struct weir_parse *p, const struct weir_lex_word *w, const struct weir_lex_word *whole)
{
	struct weir_node *n;
	unsigned i;

	for (i = 0; p->user == NULL && i < p->conf->nargs; i++)
		if (is_word(p, w, p->conf->args[i].name))
			return weir_parse_literal(p, whole->at, whole->span, argument(p, &p->conf->args[i]));
	if (is_word(p, w, "__loc__"))
		return location(p, whole);
	if (!is_word(p, w, "ENV"))
		return NULL;
	n = weir_parse_native(p, whole, "_env", NULL, 0);
	return n != NULL ? n : weir_parse_foreign(p, whole);
}

struct weir_node *
weir_parse_variable(struct weir_parse *p)
{
	struct weir_lex_word w, whole = p->word;
	const struct weir_parse_scope *s;
	struct weir_node *n;

	if (weir_lex_name(&p->lex) == 0 && p->lex.at < p->lex.len &&
	    strchr(" \t\r\n#", p->lex.text[p->lex.at]) != NULL)
		return weir_parse_fail(p, whole.at, 1, NULL, "a name must follow \"$\" at once");
	if (!weir_parse_dollar(p, &w))
		return NULL;
	whole.span = 1 + w.span;
	s = weir_parse_bound(p, WEIR_PARSE_VARIABLE, weir_parse_text(p, &w), w.span, 0);
	if (s == NULL) {
		n = global(p, &w, &whole);
		return n != NULL ? n : unknown_variable(p, &w, whole.at, whole.span);
	}
	n = weir_ast_node(p->ast, WEIR_NODE_VARIABLE, whole.at, whole.span);
	n->up = p->level - s->level;
	n->slot = s->slot;
	return n;
}
