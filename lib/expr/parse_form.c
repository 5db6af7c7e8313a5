/*
 * parse_form - the forms that begin with a keyword
 *
 * Their names go in and out of scope here.
 */
#include "expr/parse_core.h"

#include <string.h>

static struct weir_node *
expression(struct weir_parse *p)
{
	return weir_parse_expr(p, WEIR_PARSE_PIPE);
}

static void
leave_scope(struct weir_parse *p, const struct weir_parse_scope *outer, uint32_t level)
{
	p->scope = outer;
	p->level = level;
}

struct weir_node *
weir_parse_as(struct weir_parse *p, struct weir_node *source)
{
	const struct weir_parse_scope *outer = p->scope;
	struct weir_node *n = weir_ast_node(p->ast, WEIR_NODE_BIND, p->word.at, p->word.span);
	uint32_t level = p->level;
	bool ok = weir_parse_patterns(p, n) && weir_parse_need(p, '|', "expected \"|\"");

	n->a = source;
	if (ok)
		n->b = expression(p);
	leave_scope(p, outer, level);
	return n->b != NULL ? n : NULL;
}

/* (INIT; UPDATE) or (INIT; UPDATE; EXTRACT), of which the first doesn't know the variables. */
static bool
loop_body(struct weir_parse *p, struct weir_node *n, const struct weir_parse_scope *outer, uint32_t level)
{
	const struct weir_parse_scope *inner = p->scope;
	uint32_t inside = p->level;

	leave_scope(p, outer, level);
	if (!weir_parse_need(p, '(', "expected \"(\"") || (n->b = expression(p)) == NULL)
		return false;
	leave_scope(p, inner, inside);
	if (!weir_parse_need(p, ';', "expected \";\"") || (n->c = expression(p)) == NULL)
		return false;
	if (n->kind == WEIR_NODE_REDUCE)
		return weir_parse_need(p, ')', "expected \")\"");
	if (weir_parse_take(p, ';') && (n->d = expression(p)) == NULL)
		return false;
	return weir_parse_need(p, ')', "expected \";\" or \")\"");
}

/* reduce SOURCE as PATTERNS (INIT; UPDATE), foreach with an optional third part. */
static struct weir_node *
loop(struct weir_parse *p, enum weir_node_kind kind)
{
	const struct weir_parse_scope *outer = p->scope;
	struct weir_node *n = weir_ast_node(p->ast, kind, p->word.at, p->word.span);
	uint32_t level = p->level;
	bool ok = weir_parse_next(p);

	p->source = true;
	ok = ok && (n->a = weir_parse_expr(p, WEIR_PARSE_ALT)) != NULL;
	p->source = false;
	ok = ok && weir_parse_patterns(p, n) && loop_body(p, n, outer, level);
	leave_scope(p, outer, level);
	return ok ? n : NULL;
}

/* Behind "if" or "elif": each is an if of its own, and the last one's end is that of all. */
static struct weir_node *
condition(struct weir_parse *p)
{
	struct weir_node *first = NULL, **place = &first, *n;

	do {
		n = weir_ast_node(p->ast, WEIR_NODE_IF, p->word.at, p->word.span);
		if (!weir_parse_next(p) || (n->a = expression(p)) == NULL ||
		    !weir_parse_need(p, WEIR_LEX_THEN, "expected \"then\"") ||
		    (n->b = expression(p)) == NULL)
			return NULL;
		*place = n;
		place = &n->c;
	} while (p->word.kind == WEIR_LEX_ELIF);
	*place = weir_parse_take(p, WEIR_LEX_ELSE)
	    ? expression(p) : weir_ast_node(p->ast, WEIR_NODE_DOT, p->word.at, 0);
	if (*place == NULL)
		return NULL;
	return weir_parse_need(p, WEIR_LEX_END_IF, "expected \"elif\", \"else\" or \"end\"") ? first : NULL;
}

/* An operand and no operator: what try and catch take. */
static struct weir_node *
short_expression(struct weir_parse *p)
{
	return weir_parse_expr(p, (enum weir_parse_level)(WEIR_PARSE_MUL + 1));
}

static struct weir_node *
attempt(struct weir_parse *p)
{
	struct weir_node *n = weir_ast_node(p->ast, WEIR_NODE_TRY, p->word.at, p->word.span), *whole = n;

	if (!weir_parse_next(p) || (n->a = short_expression(p)) == NULL)
		return NULL;
	if (weir_parse_take(p, WEIR_LEX_CATCH) && (n->b = short_expression(p)) == NULL)
		return NULL;
	for (; p->word.kind == '?'; weir_parse_next(p)) {
		whole = weir_ast_node(p->ast, WEIR_NODE_TRY, p->word.at, 1);
		whole->a = n;
		n = whole;
	}
	return whole;
}

static struct weir_node *
label(struct weir_parse *p)
{
	const struct weir_parse_scope *outer = p->scope;
	struct weir_node *n = weir_ast_node(p->ast, WEIR_NODE_LABEL, p->word.at, p->word.span);
	uint32_t level = p->level;
	struct weir_lex_word w;

	if (!weir_parse_next(p) || !weir_parse_dollar(p, &w))
		return NULL;
	p->level++;
	weir_parse_bind(p, WEIR_PARSE_LABEL, weir_parse_text(p, &w), w.span, 0);
	if (weir_parse_need(p, '|', "expected \"|\""))
		n->a = expression(p);
	leave_scope(p, outer, level);
	return n->a != NULL ? n : NULL;
}

static struct weir_node *
leave(struct weir_parse *p)
{
	struct weir_node *n = weir_ast_node(p->ast, WEIR_NODE_BREAK, p->word.at, p->word.span);
	const struct weir_parse_scope *s;
	struct weir_lex_word w;

	if (!weir_parse_next(p) || !weir_parse_dollar(p, &w))
		return NULL;
	s = weir_parse_bound(p, WEIR_PARSE_LABEL, weir_parse_text(p, &w), w.span, 0);
	if (s != NULL) {
		n->up = p->level - s->level;
		return n;
	}
	weir_parse_fail(p, w.at, w.span, NULL, "no label \"$%.*s\"", (int)w.span, weir_parse_text(p, &w));
	weir_parse_suggest(p, weir_parse_text(p, &w), w.span, NULL, 0, WEIR_PARSE_LABEL);
	return NULL;
}

/* One of (a; $b): $b is also the function b. */
static bool
parameter(struct weir_parse *p, struct weir_def *def, struct weir_lex_word *w)
{
	struct weir_param param = {.closure = true};

	if (p->word.kind == '$') {
		if (!weir_parse_dollar(p, w))
			return false;
		param = (struct weir_param){.value = true};
	} else {
		*w = p->word;
		if (!weir_parse_is_name(p)) {
			weir_parse_unexpected(p, "expected a parameter: name or $name");
			return false;
		}
		weir_parse_next(p);
	}
	def->params = weir_ast_grow(p->ast, def->params, def->n, sizeof(*def->params));
	def->params[def->n++] = param;
	return true;
}

/* The parameters, which are bound only when all are known: their places may move. */
static bool
parameters(struct weir_parse *p, struct weir_def *def)
{
	struct weir_lex_word *words = NULL;
	struct weir_parse_scope *s;
	uint32_t i;

	do {
		words = weir_ast_grow(p->ast, words, def->n, sizeof(*words));
		if (!parameter(p, def, &words[def->n]))
			return false;
	} while (weir_parse_take(p, ';'));
	p->level++;
	for (i = 0; i < def->n; i++) {
		const char *name = weir_parse_text(p, &words[i]);

		s = weir_parse_bind(p, WEIR_PARSE_FUNCTION, name, words[i].span, 0);
		s->slot = i;
		s->param = &def->params[i];
		if (def->params[i].value)
			weir_parse_bind(p, WEIR_PARSE_VARIABLE, name, words[i].span, 0)->slot = i;
	}
	return weir_parse_need(p, ')', "expected \";\" or \")\"");
}

bool
weir_parse_definition(struct weir_parse *p)
{
	const struct weir_parse_scope *outer = p->scope;
	struct weir_def *def = weir_ast_alloc(p->ast, sizeof(*def));
	struct weir_parse_scope *own;
	uint32_t level = p->level;
	struct weir_lex_word name;

	if (!weir_parse_next(p))
		return false;
	name = p->word;
	if (!weir_parse_is_name(p)) {
		weir_parse_unexpected(p, "expected the function's name");
		return false;
	}
	weir_parse_next(p);
	if (weir_parse_take(p, '(') && !parameters(p, def))
		return false;
	own = weir_parse_bind(p, WEIR_PARSE_FUNCTION, weir_parse_text(p, &name), name.span, def->n);
	own->level = level;
	own->def = def;
	if (p->pending != NULL) {
		p->pending->def = def;
		p->pending = NULL;
	}
	if (!weir_parse_need(p, ':', def->n > 0 ? "expected \":\"" : "expected \":\" or \"(\"") ||
	    (def->body = expression(p)) == NULL ||
	    !weir_parse_need(p, ';', "expected \";\" behind the function's body"))
		return false;
	leave_scope(p, outer, level);
	own = weir_parse_bind(p, WEIR_PARSE_FUNCTION, weir_parse_text(p, &name), name.span, def->n);
	own->def = def;
	return true;
}

/* Definitions, one behind the other, and what follows, where they are known. */
static struct weir_node *
definitions(struct weir_parse *p)
{
	const struct weir_parse_scope *outer = p->scope;
	struct weir_node *n = NULL;
	bool ok;

	do
		ok = weir_parse_definition(p);
	while (ok && p->word.kind == WEIR_LEX_DEF);
	if (ok)
		n = p->word.kind == WEIR_LEX_END ? weir_ast_node(p->ast, WEIR_NODE_DOT, p->word.at, 0)
		                                 : expression(p);
	p->scope = outer;
	return n;
}

struct weir_node *
weir_parse_form(struct weir_parse *p)
{
	switch (p->word.kind) {
	case WEIR_LEX_DEF:
		return definitions(p);
	case WEIR_LEX_LABEL:
		return label(p);
	case WEIR_LEX_TRY:
		return attempt(p);
	case WEIR_LEX_IF:
		return condition(p);
	case WEIR_LEX_BREAK:
		return leave(p);
	default:
		return loop(p, p->word.kind == WEIR_LEX_FOREACH ? WEIR_NODE_FOREACH : WEIR_NODE_REDUCE);
	}
}
