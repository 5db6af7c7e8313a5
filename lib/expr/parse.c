/*
 * parse - see parse.h. Recursive descent; operators by precedence climbing.
 *
 * "as" takes all that stands before it up to a comma or "|". "|" and "//" are right-associative in jq, but also associative in meaning, so
 * all chains are built to the left, without recursion: however long a program is, only its
 * nesting needs stack.
 */
#include "expr/parse.h"
#include "base/near.h"
#include "base/utf8.h"
#include "expr/parse_core.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NESTING 1000

static const struct operator
{
	int word;
	uint8_t level, node, op;
	bool alone;            /* doesn't chain: a == b == c is wrong */
} operators[] = {
	{'|', WEIR_PARSE_PIPE, WEIR_NODE_PIPE, 0, false},
	{',', WEIR_PARSE_COMMA, WEIR_NODE_COMMA, 0, false},
	{WEIR_LEX_ALT, WEIR_PARSE_ALT, WEIR_NODE_ALT, 0, false},
	{'=', WEIR_PARSE_SET, WEIR_NODE_UPDATE, '=', true},
	{WEIR_LEX_SET_PIPE, WEIR_PARSE_SET, WEIR_NODE_MODIFY, 0, true},
	{WEIR_LEX_SET_ADD, WEIR_PARSE_SET, WEIR_NODE_UPDATE, '+', true},
	{WEIR_LEX_SET_SUB, WEIR_PARSE_SET, WEIR_NODE_UPDATE, '-', true},
	{WEIR_LEX_SET_MUL, WEIR_PARSE_SET, WEIR_NODE_UPDATE, '*', true},
	{WEIR_LEX_SET_DIV, WEIR_PARSE_SET, WEIR_NODE_UPDATE, '/', true},
	{WEIR_LEX_SET_MOD, WEIR_PARSE_SET, WEIR_NODE_UPDATE, '%', true},
	{WEIR_LEX_SET_ALT, WEIR_PARSE_SET, WEIR_NODE_UPDATE, '?', true},
	{WEIR_LEX_OR, WEIR_PARSE_OR, WEIR_NODE_OR, 0, false},
	{WEIR_LEX_AND, WEIR_PARSE_AND, WEIR_NODE_AND, 0, false},
	{WEIR_LEX_EQ, WEIR_PARSE_COMPARE, WEIR_NODE_COMPARE, WEIR_NODE_SAME, true},
	{WEIR_LEX_NE, WEIR_PARSE_COMPARE, WEIR_NODE_COMPARE, WEIR_NODE_LESS | WEIR_NODE_MORE, true},
	{'<', WEIR_PARSE_COMPARE, WEIR_NODE_COMPARE, WEIR_NODE_LESS, true},
	{WEIR_LEX_LE, WEIR_PARSE_COMPARE, WEIR_NODE_COMPARE, WEIR_NODE_LESS | WEIR_NODE_SAME, true},
	{'>', WEIR_PARSE_COMPARE, WEIR_NODE_COMPARE, WEIR_NODE_MORE, true},
	{WEIR_LEX_GE, WEIR_PARSE_COMPARE, WEIR_NODE_COMPARE, WEIR_NODE_MORE | WEIR_NODE_SAME, true},
	{'+', WEIR_PARSE_ADD, WEIR_NODE_ARITH, '+', false},
	{'-', WEIR_PARSE_ADD, WEIR_NODE_ARITH, '-', false},
	{'*', WEIR_PARSE_MUL, WEIR_NODE_ARITH, '*', false},
	{'/', WEIR_PARSE_MUL, WEIR_NODE_ARITH, '/', false},
	{'%', WEIR_PARSE_MUL, WEIR_NODE_ARITH, '%', false},
};

struct weir_node *
weir_parse_fail(struct weir_parse *p, size_t at, size_t span, const char *hint, const char *what,
    ...)
{
	char text[256];
	va_list ap;

	if (p->fault->what.len > 0)
		return NULL;
	va_start(ap, what);
	vsnprintf(text, sizeof(text), what, ap);
	va_end(ap);
	weir_buf_puts(&p->fault->what, text);
	if (hint != NULL)
		weir_buf_puts(&p->fault->hint, hint);
	p->fault->at = at;
	p->fault->span = span;
	return NULL;
}

/* Words as they are quoted in messages; a long one is cut between characters. */
static int
shown(const struct weir_parse *p, const struct weir_lex_word *w)
{
	size_t n = w->span < 40 ? w->span : 40;

	return (int)weir_utf8_span((const unsigned char *)weir_parse_text(p, w), n);
}

struct weir_node *
weir_parse_unexpected(struct weir_parse *p, const char *hint)
{
	const struct weir_lex_word *w = &p->word;

	if (w->kind == WEIR_LEX_END)
		return weir_parse_fail(p, w->at, 0, hint, "the program ends too early");
	if (w->kind == WEIR_LEX_QUOTE)
		return weir_parse_fail(p, w->at, 1, hint, "unexpected string");
	return weir_parse_fail(p, w->at, w->span, hint, "unexpected \"%.*s\"", shown(p, w),
	    weir_parse_text(p, w));
}

bool
weir_parse_next(struct weir_parse *p)
{
	const struct weir_lex_word *w = &p->word;
	const char *hint = NULL;

	p->word = weir_lex_next(&p->lex);
	if (w->kind != WEIR_LEX_BAD)
		return true;
	if (*weir_parse_text(p, w) == '\'')
		hint = "strings are in double quotes";
	else if (*weir_parse_text(p, w) == '&')
		hint = "did you mean \"and\"?";
	else if (*weir_parse_text(p, w) == '!')
		hint = "did you mean \"!=\" or \"| not\"?";
	else if (*weir_parse_text(p, w) == '~')
		hint = "a regular expression is matched by test(\"...\")";
	weir_parse_fail(p, w->at, w->span, hint, "unexpected \"%.*s\"", shown(p, w),
	    weir_parse_text(p, w));
	return false;
}

bool
weir_parse_take(struct weir_parse *p, int kind)
{
	if (p->word.kind != kind)
		return false;
	weir_parse_next(p);
	return true;
}

bool
weir_parse_need(struct weir_parse *p, int kind, const char *hint)
{
	if (p->word.kind == kind)
		return weir_parse_next(p);
	weir_parse_unexpected(p, hint);
	return false;
}

void
weir_parse_suggest(struct weir_parse *p, const char *word, size_t len, const char *const *names,
    size_t n, enum weir_parse_binding what)
{
	const struct weir_parse_scope *s;
	const char *near = NULL;

	for (s = p->scope; s != NULL && near == NULL; s = s->outer)
		if (s->what == what)
			near = weir_near(word, len, &s->name, 1);
	if (near == NULL)
		near = weir_near(word, len, names, n);
	if (near == NULL)
		return;
	weir_buf_clear(&p->fault->hint);
	weir_buf_printf(&p->fault->hint, "did you mean \"%s%s\"?",
	    what == WEIR_PARSE_FUNCTION ? "" : "$", near);
}

struct weir_node *
weir_parse_foreign(const struct weir_parse *p, const struct weir_lex_word *word)
{
	struct weir_ast *ast = p->ast;

	for (; p->user != NULL; p = p->user)
		word = &p->used;
	if (ast->foreign == NULL || word->at < ast->foreign_at) {
		ast->foreign = weir_ast_copy(ast, weir_parse_text(p, word), word->span);
		ast->foreign_at = word->at;
		ast->foreign_span = word->span;
	}
	return weir_ast_node(ast, WEIR_NODE_FOREIGN, word->at, word->span);
}

bool
weir_parse_enter(struct weir_parse *p)
{
	if (++p->depth <= NESTING)
		return true;
	weir_parse_fail(p, p->word.at, p->word.span, NULL, "nested too deeply: more than %d levels",
	    NESTING);
	return false;
}

struct weir_parse_scope *
weir_parse_bind(struct weir_parse *p, enum weir_parse_binding what, const char *name, size_t len,
    unsigned arity)
{
	struct weir_parse_scope *s = weir_ast_alloc(p->ast, sizeof(*s));

	s->outer = p->scope;
	s->what = what;
	s->name = weir_ast_copy(p->ast, name, len);
	s->len = len;
	s->arity = arity;
	s->level = p->level;
	p->scope = s;
	return s;
}

const struct weir_parse_scope *
weir_parse_bound(const struct weir_parse *p, enum weir_parse_binding what, const char *name,
    size_t len, unsigned arity)
{
	const struct weir_parse_scope *s;

	for (s = p->scope; s != NULL; s = s->outer)
		if (s->what == what && s->arity == arity && s->len == len &&
		    memcmp(s->name, name, len) == 0)
			return s;
	return NULL;
}

static const struct operator *
operator_at(const struct weir_parse *p)
{
	size_t i;

	for (i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (operators[i].word == p->word.kind)
			return &operators[i];
	return NULL;
}

static struct weir_node *
join(struct weir_parse *p, const struct operator *o, const struct weir_lex_word *w,
    struct weir_node *a, struct weir_node *b)
{
	struct weir_node *n = weir_ast_node(p->ast, (enum weir_node_kind)o->node, w->at, w->span);

	n->op = o->op;
	n->a = a;
	n->b = b;
	return n;
}

/* A minus sign; one on a number belongs to the number. */
static struct weir_node *
negation(struct weir_parse *p)
{
	struct weir_lex_word w = p->word;
	struct weir_node *a, *n;
	char *text;

	if (!weir_parse_next(p) || (a = weir_parse_expr(p, WEIR_PARSE_MUL)) == NULL)
		return NULL;
	if (a->kind == WEIR_NODE_LITERAL && a->v.kind == WEIR_VAL_NUMBER && a->v.p[0] != '-') {
		text = weir_ast_alloc(p->ast, a->v.len + 1);
		text[0] = '-';
		memcpy(text + 1, a->v.p, a->v.len);
		return weir_parse_literal(p, w.at, a->at + a->span - w.at,
		    weir_val_text(WEIR_VAL_NUMBER, text, a->v.len + 1));
	}
	n = weir_ast_node(p->ast, WEIR_NODE_NEGATE, w.at, w.span);
	n->a = a;
	return n;
}

/* What an operator stands between: the forms that begin with a word of their own, or a term. */
static struct weir_node *
operand(struct weir_parse *p)
{
	struct weir_node *n;

	if (!weir_parse_enter(p))
		return NULL;
	switch (p->word.kind) {
	case '-':
		n = negation(p);
		break;
	case WEIR_LEX_DEF:
	case WEIR_LEX_LABEL:
	case WEIR_LEX_TRY:
		n = weir_parse_form(p);
		break;
	default:
		n = weir_parse_term(p);
		break;
	}
	p->depth--;
	return n;
}

struct weir_node *
weir_parse_expr(struct weir_parse *p, enum weir_parse_level level)
{
	bool source = p->source;
	struct weir_node *left, *right;
	const struct operator *o, *next;

	p->source = false;
	left = operand(p);
	while (left != NULL && (o = operator_at(p)) != NULL && o->level >= (int)level) {
		struct weir_lex_word w = p->word;

		if (!weir_parse_next(p))
			return NULL;
		p->source = source;
		right = weir_parse_expr(p, (enum weir_parse_level)(o->level + 1));
		if (right == NULL)
			return NULL;
		next = operator_at(p);
		if (o->alone && next != NULL && next->level == o->level)
			return weir_parse_unexpected(p, "such operators do not chain: use parentheses");
		left = join(p, o, &w, left, right);
	}
	if (left != NULL && p->word.kind == WEIR_LEX_AS && !source && level <= WEIR_PARSE_ALT)
		return weir_parse_as(p, left);
	return left;
}

struct weir_node *
weir_parse_value(struct weir_parse *p)
{
	struct weir_node *left = weir_parse_expr(p, WEIR_PARSE_ALT), *n;

	while (left != NULL && p->word.kind == '|') {
		n = weir_ast_node(p->ast, WEIR_NODE_PIPE, p->word.at, p->word.span);
		if (!weir_parse_next(p))
			return NULL;
		n->a = left;
		n->b = weir_parse_expr(p, WEIR_PARSE_ALT);
		left = n->b != NULL ? n : NULL;
	}
	return left;
}

/* Bytes that no program has. */
static bool
clean(struct weir_parse *p)
{
	const char *text = p->lex.text, *nul = memchr(text, '\0', p->lex.len);
	size_t n = weir_utf8_span((const unsigned char *)text, p->lex.len);

	if (nul != NULL && (size_t)(nul - text) < n)
		weir_parse_fail(p, (size_t)(nul - text), 1, NULL, "a NUL byte in the program");
	else if (n < p->lex.len)
		weir_parse_fail(p, n, 1, NULL, "the program is not UTF-8");
	return p->fault->what.len == 0;
}

int
weir_parse(struct weir_ast *ast, const char *program, size_t len, const struct weir_expr_conf *conf,
    struct weir_expr_fault *fault)
{
	struct weir_parse p = {.lex = {.text = program, .len = len}, .ast = ast, .fault = fault,
	    .conf = conf};

	if (!clean(&p) || !weir_parse_next(&p))
		return -1;
	if (p.word.kind == WEIR_LEX_MODULE || p.word.kind == WEIR_LEX_IMPORT ||
	    p.word.kind == WEIR_LEX_INCLUDE) {
		weir_parse_fail(&p, p.word.at, p.word.span, NULL, "modules are not supported");
		return -1;
	}
	if (p.word.kind == WEIR_LEX_END)
		ast->root = weir_ast_node(ast, WEIR_NODE_DOT, 0, 0);
	else
		ast->root = weir_parse_expr(&p, WEIR_PARSE_PIPE);
	if (ast->root != NULL && p.word.kind != WEIR_LEX_END)
		weir_parse_unexpected(&p, "expected an operator or the end");
	return fault->what.len > 0 ? -1 : 0;
}
