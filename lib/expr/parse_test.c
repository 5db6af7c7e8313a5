/*
 * parse_test - test(re), test(re; flags), test([re, flags])
 *
 * A pattern that stands in the program is compiled with it, and a fault in
 * it is shown where it stands.
 */
#include "expr/parse_core.h"

static bool
is_string(const struct weir_node *n)
{
	return n->kind == WEIR_NODE_LITERAL && n->v.kind == WEIR_VAL_STRING;
}

static bool
is_flags(const struct weir_node *n)
{
	return n == NULL || is_string(n) ||
	    (n->kind == WEIR_NODE_LITERAL && n->v.kind == WEIR_VAL_NULL);
}

/* Takes [re] and [re, flags] apart. */
static void
unpack(const struct weir_node **pattern, const struct weir_node **flags)
{
	const struct weir_node *inner = (*pattern)->a;

	if ((*pattern)->kind != WEIR_NODE_ARRAY || *flags != NULL || inner == NULL)
		return;
	if (inner->kind == WEIR_NODE_COMMA) {
		*pattern = inner->a;
		*flags = inner->b;
	} else {
		*pattern = inner;
	}
}

static struct weir_node *
bad_pattern(struct weir_parse *p, const struct weir_node *pattern,
    const struct weir_regex_fault *fault)
{
	size_t at = pattern->at, span = pattern->span;

	if (p->lex.text[at] == '"') {
		at = weir_lex_offset(p->lex.text, p->lex.len, at + 1, fault->at);
		span = 1;
	}
	return weir_parse_fail(p, at, span, NULL, "bad regular expression: %s", fault->message);
}

struct weir_node *
weir_parse_test(struct weir_parse *p, const struct weir_lex_word *word, struct weir_node *pattern,
    struct weir_node *flags)
{
	struct weir_node *n = weir_ast_node(p->ast, WEIR_NODE_TEST, word->at, word->span);
	const struct weir_node *re = pattern, *letters = flags;
	struct weir_regex_fault fault = {0};
	unsigned set = 0;

	n->a = pattern;
	n->b = flags;
	unpack(&re, &letters);
	if (!is_string(re) || !is_flags(letters))
		return n;
	if (letters != NULL && is_string(letters) &&
	    weir_regex_flags(letters->v.p, letters->v.len, &set) != 0)
		return weir_parse_fail(p, letters->at, letters->span, "flags are g i l n p s x",
		    "unknown flag of a regular expression");
	n->re = weir_regex_new(re->v.p, re->v.len, set, &fault);
	if (n->re == NULL)
		return bad_pattern(p, re, &fault);
	weir_ast_keep(p->ast, n->re);
	return n;
}
