/*
 * parse_pattern - the patterns of "as", reduce and foreach
 *
 * A pattern becomes a list of bindings, outermost first: each takes what is under a key in one
 * slot to another. What has no name of its own gets a slot too. The variables of all
 * alternatives share one scope.
 */
#include "expr/parse_core.h"

#include <string.h>

struct named {
	struct weir_lex_word word;
	uint32_t slot;
};

/* The patterns of one node as they are read. */
struct patterns {
	struct weir_node *node;
	struct weir_pattern *now;
	struct named *names;
	uint32_t n;
};

static bool structure(struct weir_parse *p, struct patterns *ps, uint32_t from);

bool
weir_parse_is_name(const struct weir_parse *p)
{
	return p->word.kind == WEIR_LEX_IDENT || p->word.kind >= WEIR_LEX_AND;
}

bool
weir_parse_dollar(struct weir_parse *p, struct weir_lex_word *name)
{
	if (!weir_parse_need(p, '$', "expected a variable: $name"))
		return false;
	*name = p->word;
	if (weir_parse_is_name(p))
		return weir_parse_next(p);
	weir_parse_unexpected(p, "expected a name behind \"$\"");
	return false;
}

bool
weir_parse_is_key(struct weir_parse *p, const struct weir_node *key)
{
	if (key->kind != WEIR_NODE_LITERAL || key->v.kind == WEIR_VAL_STRING)
		return true;
	weir_parse_fail(p, key->at, key->span, NULL, "a %s can't be a key", weir_val_kind_name(&key->v));
	return false;
}

/* The slot of $NAME, which is looked at. */
static bool
variable(struct weir_parse *p, struct patterns *ps, uint32_t *slot)
{
	struct weir_lex_word w;
	uint32_t i;

	if (!weir_parse_dollar(p, &w))
		return false;
	for (i = 0; i < ps->n; i++)
		if (ps->names[i].word.span == w.span &&
		    memcmp(weir_parse_text(p, &ps->names[i].word), weir_parse_text(p, &w), w.span) == 0)
			break;
	if (i == ps->n) {
		ps->names = weir_ast_grow(p->ast, ps->names, ps->n, sizeof(*ps->names));
		ps->names[ps->n++] = (struct named){w, ps->node->slot++};
	}
	*slot = ps->names[i].slot;
	return true;
}

static void
add(struct weir_parse *p, struct patterns *ps, uint32_t from, uint32_t to, struct weir_node *key)
{
	struct weir_pattern *now = ps->now;

	now->bindings = weir_ast_grow(p->ast, now->bindings, now->n, sizeof(*now->bindings));
	now->bindings[now->n++] = (struct weir_binding){from, to, key};
}

/* What is under a key: a variable or a pattern. */
static bool
element(struct weir_parse *p, struct patterns *ps, uint32_t from, struct weir_node *key)
{
	uint32_t to;

	if (p->word.kind == '$') {
		if (!variable(p, ps, &to))
			return false;
		add(p, ps, from, to, key);
		return true;
	}
	to = ps->node->slot++;
	add(p, ps, from, to, key);
	return structure(p, ps, to);
}

static struct weir_node *
name_key(struct weir_parse *p, const struct weir_lex_word *w)
{
	const char *name = weir_ast_copy(p->ast, weir_parse_text(p, w), w->span);

	return weir_parse_literal(p, w->at, w->span, weir_val_text(WEIR_VAL_STRING, name, w->span));
}

/* $name, or $name: PATTERN */
static bool
named_member(struct weir_parse *p, struct patterns *ps, uint32_t from)
{
	struct weir_lex_word w = {.at = p->word.at + 1, .span = weir_lex_name(&p->lex)};
	struct weir_node *key;
	uint32_t to;

	if (!variable(p, ps, &to))
		return false;
	key = name_key(p, &w);
	add(p, ps, from, to, key);
	return !weir_parse_take(p, ':') || element(p, ps, from, key);
}

/* A member of {$a, b: PATTERN, "c": PATTERN, (expr): PATTERN}. */
static bool
member(struct weir_parse *p, struct patterns *ps, uint32_t from)
{
	struct weir_lex_word w = p->word;
	struct weir_node *key = NULL;

	if (w.kind == '$')
		return named_member(p, ps, from);
	if (w.kind == '(') {
		if (!weir_parse_next(p) || (key = weir_parse_expr(p, WEIR_PARSE_PIPE)) == NULL ||
		    !weir_parse_need(p, ')', "expected \")\"") || !weir_parse_is_key(p, key))
			return false;
	} else if (w.kind == WEIR_LEX_QUOTE) {
		if ((key = weir_parse_string(p)) == NULL)
			return false;
	} else if (weir_parse_is_name(p)) {
		key = name_key(p, &w);
		weir_parse_next(p);
	} else {
		weir_parse_unexpected(p, "expected a key: a name, a string, $name or (expression)");
		return false;
	}
	return weir_parse_need(p, ':', "expected \":\"") && element(p, ps, from, key);
}

static bool
elements(struct weir_parse *p, struct patterns *ps, uint32_t from)
{
	struct weir_num num;
	uint32_t i = 0;

	do {
		num = weir_num_int(i++);
		if (!element(p, ps, from, weir_parse_literal(p, p->word.at, p->word.span,
		                              weir_val_number(&num))))
			return false;
	} while (weir_parse_take(p, ','));
	return weir_parse_need(p, ']', "expected \",\" or \"]\"");
}

static bool
members(struct weir_parse *p, struct patterns *ps, uint32_t from)
{
	do
		if (!member(p, ps, from))
			return false;
	while (weir_parse_take(p, ','));
	return weir_parse_need(p, '}', "expected \",\" or \"}\"");
}

static bool
structure(struct weir_parse *p, struct patterns *ps, uint32_t from)
{
	bool ok = weir_parse_enter(p);

	if (ok && weir_parse_take(p, '['))
		ok = elements(p, ps, from);
	else if (ok && weir_parse_take(p, '{'))
		ok = members(p, ps, from);
	else if (ok)
		ok = weir_parse_unexpected(p, "expected a variable: $name") != NULL;
	p->depth--;
	return ok;
}

bool
weir_parse_patterns(struct weir_parse *p, struct weir_node *n)
{
	struct patterns ps = {.node = n};
	uint32_t i;

	if (!weir_parse_need(p, WEIR_LEX_AS, "expected \"as\""))
		return false;
	do {
		n->patterns = weir_ast_grow(p->ast, n->patterns, n->n, sizeof(*n->patterns));
		ps.now = &n->patterns[n->n++];
		*ps.now = (struct weir_pattern){0};
		if (p->word.kind == '$') {
			if (!variable(p, &ps, &ps.now->root))
				return false;
		} else {
			ps.now->root = n->slot++;
			if (!structure(p, &ps, ps.now->root))
				return false;
		}
	} while (weir_parse_take(p, WEIR_LEX_OR_PATTERN));
	p->level++;
	for (i = 0; i < ps.n; i++)
		weir_parse_bind(p, WEIR_PARSE_VARIABLE, weir_parse_text(p, &ps.names[i].word),
		    ps.names[i].word.span, 0)->slot = ps.names[i].slot;
	return true;
}
