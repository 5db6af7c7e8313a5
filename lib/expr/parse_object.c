/*
 * parse_object - {a, "b": 1, $c, (expr): 2}
 */
#include "expr/parse_core.h"

#include <string.h>

static bool
is_keyword(int kind)
{
	return kind >= WEIR_LEX_AND;
}

/* A name, a keyword or a string: alone it stands for its own field. */
static bool
named(struct weir_parse *p, struct weir_member *m)
{
	struct weir_lex_word w = p->word;

	if (w.kind == WEIR_LEX_QUOTE) {
		m->key = weir_parse_string(p);
	} else if (w.kind == WEIR_LEX_FORMAT) {
		m->key = weir_parse_term(p);
	} else {
		m->key = weir_parse_literal(p, w.at, w.span, weir_val_text(WEIR_VAL_STRING,
		    weir_ast_copy(p->ast, weir_parse_text(p, &w), w.span), w.span));
		weir_parse_next(p);
	}
	if (m->key == NULL || p->word.kind == ':')
		return m->key != NULL;
	m->value = weir_ast_node(p->ast, WEIR_NODE_INDEX, m->key->at, m->key->span);
	m->value->a = weir_ast_node(p->ast, WEIR_NODE_DOT, m->key->at, 0);
	m->value->b = m->key;
	return true;
}

/* $name: the key is its name; or, before a colon, its value. */
static bool
variable(struct weir_parse *p, struct weir_member *m)
{
	size_t at = p->word.at + 1, len = weir_lex_name(&p->lex);
	const char *name = p->lex.text + at;

	m->value = weir_parse_variable(p);
	if (m->value == NULL)
		return false;
	if (p->word.kind == ':') {
		m->key = m->value;
		m->value = NULL;
		return true;
	}
	m->key = weir_parse_literal(p, m->value->at, m->value->span,
	    weir_val_text(WEIR_VAL_STRING, weir_ast_copy(p->ast, name, len), len));
	return true;
}

static bool
computed(struct weir_parse *p, struct weir_member *m)
{
	if (!weir_parse_next(p) || (m->key = weir_parse_expr(p, WEIR_PARSE_PIPE)) == NULL ||
	    !weir_parse_need(p, ')', "expected \")\""))
		return false;
	if (p->word.kind != ':')
		weir_parse_unexpected(p, "expected \":\"");
	return p->word.kind == ':' && weir_parse_is_key(p, m->key);
}

static bool
member(struct weir_parse *p, struct weir_member *m)
{
	int kind = p->word.kind;

	if (kind == '$') {
		if (!variable(p, m))
			return false;
	} else if (kind == '(') {
		if (!computed(p, m))
			return false;
	} else if (kind == WEIR_LEX_IDENT || kind == WEIR_LEX_QUOTE || kind == WEIR_LEX_FORMAT ||
	    is_keyword(kind)) {
		if (!named(p, m))
			return false;
	} else {
		weir_parse_unexpected(p, "expected a key: a name, a string, $name or (expression)");
		return false;
	}
	if (m->value == NULL) {
		if (!weir_parse_need(p, ':', "expected \":\""))
			return false;
		m->value = weir_parse_value(p);
	}
	return m->value != NULL;
}

struct weir_node *
weir_parse_object(struct weir_parse *p)
{
	struct weir_node *n = weir_ast_node(p->ast, WEIR_NODE_OBJECT, p->word.at, 1);

	if (!weir_parse_next(p))
		return NULL;
	while (p->word.kind != '}') {
		n->members = weir_ast_grow(p->ast, n->members, n->n, sizeof(*n->members));
		n->members[n->n] = (struct weir_member){NULL, NULL};
		if (!member(p, &n->members[n->n]))
			return NULL;
		n->n++;
		if (p->word.kind != '}' && !weir_parse_need(p, ',', "expected \",\" or \"}\""))
			return NULL;
	}
	return weir_parse_next(p) ? n : NULL;
}
