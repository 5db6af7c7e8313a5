/*
 * parse_form - the forms that begin with a keyword, and the patterns of "as"
 *
 * Their names go in and out of scope here; the forms themselves are libjq's.
 */
#include "expr/parse_core.h"

#include <string.h>

static bool pattern(struct weir_parse *p);

static bool
expression(struct weir_parse *p)
{
	return weir_parse_expr(p, WEIR_PARSE_PIPE) != NULL;
}

/* $NAME: the name is to be bound or looked up by the caller. */
static bool
dollar_name(struct weir_parse *p, struct weir_lex_word *name)
{
	if (!weir_parse_need(p, '$', "expected a variable: $name"))
		return false;
	*name = p->word;
	return weir_parse_need(p, WEIR_LEX_IDENT, "expected a name behind \"$\"");
}

static bool
bind_dollar(struct weir_parse *p, enum weir_parse_binding what)
{
	struct weir_lex_word w;

	if (!dollar_name(p, &w))
		return false;
	weir_parse_bind(p, what, weir_parse_text(p, &w), w.span, 0);
	return true;
}

/* A member of {$a, b: PATTERN, "c": PATTERN, (expr): PATTERN}. */
static bool
member_pattern(struct weir_parse *p)
{
	int kind = p->word.kind;

	if (kind == '$') {
		if (!bind_dollar(p, WEIR_PARSE_VARIABLE))
			return false;
		return !weir_parse_take(p, ':') || pattern(p);
	}
	if (kind == '(') {
		if (!weir_parse_next(p) || !expression(p) || !weir_parse_need(p, ')', "expected \")\""))
			return false;
	} else if (kind == WEIR_LEX_QUOTE) {
		if (weir_parse_string(p) == NULL)
			return false;
	} else if (kind == WEIR_LEX_IDENT || kind >= WEIR_LEX_AND) {
		weir_parse_next(p);
	} else {
		weir_parse_unexpected(p, "expected a key: a name, a string, $name or (expression)");
		return false;
	}
	return weir_parse_need(p, ':', "expected \":\"") && pattern(p);
}

static bool
members(struct weir_parse *p, bool (*one)(struct weir_parse *), int close, const char *hint)
{
	if (!weir_parse_next(p))
		return false;
	do
		if (!one(p))
			return false;
	while (weir_parse_take(p, ','));
	return weir_parse_need(p, close, hint);
}

static bool
pattern(struct weir_parse *p)
{
	bool ok;

	if (!weir_parse_enter(p))
		return false;
	if (p->word.kind == '[')
		ok = members(p, pattern, ']', "expected \",\" or \"]\"");
	else if (p->word.kind == '{')
		ok = members(p, member_pattern, '}', "expected \",\" or \"}\"");
	else
		ok = bind_dollar(p, WEIR_PARSE_VARIABLE);
	p->depth--;
	return ok;
}

/* as PATTERN ?// PATTERN ... */
static bool
as_patterns(struct weir_parse *p)
{
	if (!weir_parse_need(p, WEIR_LEX_AS, "expected \"as\""))
		return false;
	do
		if (!pattern(p))
			return false;
	while (weir_parse_take(p, WEIR_LEX_OR_PATTERN));
	return true;
}

struct weir_node *
weir_parse_as(struct weir_parse *p)
{
	const struct weir_parse_scope *outer = p->scope;
	struct weir_lex_word w = p->word;
	bool ok = as_patterns(p) && weir_parse_need(p, '|', "expected \"|\"") && expression(p);

	p->scope = outer;
	return ok ? weir_parse_foreign(p, &w) : NULL;
}

/* reduce TERM as PATTERNS (INIT; UPDATE), foreach with an optional third part. */
static bool
loop(struct weir_parse *p, bool third)
{
	const struct weir_parse_scope *outer = p->scope, *inner;
	bool ok;

	if (!weir_parse_next(p) || weir_parse_term(p) == NULL || !as_patterns(p))
		return false;
	inner = p->scope;
	p->scope = outer;
	ok = weir_parse_need(p, '(', "expected \"(\"") && expression(p);
	p->scope = inner;
	ok = ok && weir_parse_need(p, ';', "expected \";\"") && expression(p);
	if (ok && third && weir_parse_take(p, ';'))
		ok = expression(p);
	p->scope = outer;
	return ok && weir_parse_need(p, ')', third ? "expected \";\" or \")\"" : "expected \")\"");
}

static bool
condition(struct weir_parse *p)
{
	do
		if (!weir_parse_next(p) || !expression(p) ||
		    !weir_parse_need(p, WEIR_LEX_THEN, "expected \"then\"") || !expression(p))
			return false;
	while (p->word.kind == WEIR_LEX_ELIF);
	if (weir_parse_take(p, WEIR_LEX_ELSE) && !expression(p))
		return false;
	return weir_parse_need(p, WEIR_LEX_END_IF, "expected \"elif\", \"else\" or \"end\"");
}

/* An operand and no operator: what try and catch take. */
static bool
short_expression(struct weir_parse *p)
{
	return weir_parse_expr(p, (enum weir_parse_level)(WEIR_PARSE_MUL + 1)) != NULL;
}

static bool
attempt(struct weir_parse *p)
{
	if (!weir_parse_next(p) || !short_expression(p))
		return false;
	if (weir_parse_take(p, WEIR_LEX_CATCH) && !short_expression(p))
		return false;
	while (weir_parse_take(p, '?'))
		;
	return true;
}

static bool
label(struct weir_parse *p)
{
	const struct weir_parse_scope *outer = p->scope;
	bool ok = weir_parse_next(p) && bind_dollar(p, WEIR_PARSE_LABEL) &&
	    weir_parse_need(p, '|', "expected \"|\"") && expression(p);

	p->scope = outer;
	return ok;
}

static bool
leave(struct weir_parse *p)
{
	struct weir_lex_word w;

	if (!weir_parse_next(p) || !dollar_name(p, &w))
		return false;
	if (weir_parse_bound(p, WEIR_PARSE_LABEL, weir_parse_text(p, &w), w.span, 0) != NULL)
		return true;
	weir_parse_fail(p, w.at, w.span, NULL, "no label \"$%.*s\"", (int)w.span, weir_parse_text(p, &w));
	weir_parse_suggest(p, weir_parse_text(p, &w), w.span, NULL, 0, WEIR_PARSE_LABEL);
	return false;
}

/* (a; $b), bound in the function's body: $b is also the function b. */
static bool
parameters(struct weir_parse *p, unsigned *n)
{
	struct weir_lex_word w;

	do {
		if (p->word.kind == '$') {
			if (!dollar_name(p, &w))
				return false;
			weir_parse_bind(p, WEIR_PARSE_VARIABLE, weir_parse_text(p, &w), w.span, 0);
		} else {
			w = p->word;
			if (!weir_parse_need(p, WEIR_LEX_IDENT, "expected a parameter: name or $name"))
				return false;
		}
		weir_parse_bind(p, WEIR_PARSE_FUNCTION, weir_parse_text(p, &w), w.span, 0);
		++*n;
	} while (weir_parse_take(p, ';'));
	return weir_parse_need(p, ')', "expected \";\" or \")\"");
}

/* def NAME(PARAMETERS): BODY; and what follows, where it is known. */
static bool
definition(struct weir_parse *p)
{
	const struct weir_parse_scope *outer = p->scope;
	struct weir_lex_word name;
	unsigned arity = 0;
	bool ok;

	if (!weir_parse_next(p))
		return false;
	name = p->word;
	if (!weir_parse_need(p, WEIR_LEX_IDENT, "expected the function's name"))
		return false;
	if (weir_parse_take(p, '(') && !parameters(p, &arity))
		return false;
	weir_parse_bind(p, WEIR_PARSE_FUNCTION, weir_parse_text(p, &name), name.span, arity);
	ok = weir_parse_need(p, ':', arity > 0 ? "expected \":\"" : "expected \":\" or \"(\"") &&
	    expression(p) && weir_parse_need(p, ';', "expected \";\" behind the function's body");
	p->scope = outer;
	weir_parse_bind(p, WEIR_PARSE_FUNCTION, weir_parse_text(p, &name), name.span, arity);
	ok = ok && (p->word.kind == WEIR_LEX_END || expression(p));
	p->scope = outer;
	return ok;
}

struct weir_node *
weir_parse_form(struct weir_parse *p)
{
	struct weir_lex_word w = p->word;
	bool ok;

	switch (w.kind) {
	case WEIR_LEX_DEF:
		ok = definition(p);
		break;
	case WEIR_LEX_LABEL:
		ok = label(p);
		break;
	case WEIR_LEX_TRY:
		ok = attempt(p);
		break;
	case WEIR_LEX_IF:
		ok = condition(p);
		break;
	case WEIR_LEX_BREAK:
		ok = leave(p);
		break;
	default:
		ok = loop(p, w.kind == WEIR_LEX_FOREACH);
		break;
	}
	return ok ? weir_parse_foreign(p, &w) : NULL;
}
