/*
 * parse_term - terms: literals, paths, strings, arrays and objects
 */
#include "expr/function.h"
#include "expr/names.h"
#include "expr/parse_core.h"

#include <string.h>

/* A number literal by JSON's grammar: jq also has 007, .5 and 5. */
static struct weir_node *
number(struct weir_parse *p)
{
	const char *s = weir_parse_text(p, &p->word), *end = s + p->word.span;
	size_t at = p->word.at, span = p->word.span;
	char *text = weir_ast_alloc(p->ast, span + 2), *q = text;

	while (end - s > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '9')
		s++;
	if (*s == '.')
		*q++ = '0';
	while (s < end) {
		bool point = *s == '.' && (s + 1 == end || s[1] < '0' || s[1] > '9');

		if (!point)
			*q++ = *s;
		s++;
	}
	return weir_parse_next(p)
	    ? weir_parse_literal(p, at, span, weir_val_text(WEIR_VAL_NUMBER, text, (size_t)(q - text)))
	    : NULL;
}

/* An expression in a string: behind "\(" up to the parenthesis, behind which the string goes on. */
static struct weir_node *
interpolation(struct weir_parse *p)
{
	struct weir_node *n;

	if (!weir_parse_next(p) || (n = weir_parse_expr(p, WEIR_PARSE_PIPE)) == NULL)
		return NULL;
	return p->word.kind == ')' ? n : weir_parse_unexpected(p, "expected \")\"");
}

/* One more piece of a string: its text so far, then an expression, and so on. */
static void
add_piece(struct weir_parse *p, struct weir_node *string, struct weir_node *piece)
{
	string->args = weir_ast_grow(p->ast, string->args, string->n, sizeof(struct weir_node *));
	string->args[string->n++] = piece;
}

static struct weir_node *
text_piece(struct weir_parse *p, struct weir_buf *b, size_t at)
{
	struct weir_val v =
	    weir_val_text(WEIR_VAL_STRING, weir_ast_copy(p->ast, b->p, b->len), b->len);

	weir_buf_clear(b);
	return weir_parse_literal(p, at, p->lex.at - at, v);
}

/* The pieces; one that has no expressions is a literal. */
static struct weir_node *
pieces(struct weir_parse *p, struct weir_buf *b)
{
	struct weir_node *string = weir_ast_node(p->ast, WEIR_NODE_STRING, p->word.at, 1), *piece;
	size_t at = p->word.at;
	struct weir_lex_word bad;
	int rc;

	while ((rc = weir_lex_piece(&p->lex, b, &bad)) > 0) {
		add_piece(p, string, text_piece(p, b, at));
		if ((piece = interpolation(p)) == NULL)
			return NULL;
		add_piece(p, string, piece);
	}
	if (rc < 0 && bad.at == p->lex.len)
		return weir_parse_fail(p, at, 1, NULL, "the string does not end");
	if (rc < 0)
		return weir_parse_fail(p, bad.at, bad.span, NULL, "%s", p->lex.why);
	add_piece(p, string, text_piece(p, b, at));
	string->span = p->lex.at - at;
	string->v = weir_val_text(WEIR_VAL_STRING, "text", 4);
	string->fn = weir_function_find("_format", 7, 1);
	return string->n == 1 ? string->args[0] : string;
}

struct weir_node *
weir_parse_string(struct weir_parse *p)
{
	struct weir_buf b = {0};
	struct weir_node *n = pieces(p, &b);

	weir_buf_release(&b);
	return n != NULL && weir_parse_next(p) ? n : NULL;
}

/* @name, or @name "string" */
static struct weir_node *
format(struct weir_parse *p)
{
	struct weir_lex_word w = p->word;
	const char *name = weir_parse_text(p, &w);
	struct weir_node *string, *call, **args = weir_ast_alloc(p->ast, sizeof(struct weir_node *));
	const char *const *formats;
	size_t n;

	if (!weir_names_is_format(name, w.span)) {
		weir_parse_fail(p, w.at, w.span, NULL, "no format \"%.*s\"",
		    (int)(w.span < 64 ? w.span : 64), name);
		formats = weir_names_formats(&n);
		weir_parse_suggest(p, name, w.span, formats, n, WEIR_PARSE_FUNCTION);
		return NULL;
	}
	args[0] = weir_parse_literal(p, w.at, w.span, weir_val_text(WEIR_VAL_STRING,
	    weir_ast_copy(p->ast, name + 1, w.span - 1), w.span - 1));
	call = weir_parse_native(p, &w, "_format", args, 1);
	if (call == NULL)
		call = weir_parse_foreign(p, &w);
	if (!weir_parse_next(p) || p->word.kind != WEIR_LEX_QUOTE)
		return call;
	string = weir_parse_string(p);
	if (string != NULL && string->kind == WEIR_NODE_STRING) {
		string->v = args[0]->v;
		string->fn = call->fn;
	}
	return string;
}

static struct weir_node *
array(struct weir_parse *p)
{
	struct weir_node *n = weir_ast_node(p->ast, WEIR_NODE_ARRAY, p->word.at, 1);

	if (!weir_parse_next(p))
		return NULL;
	if (p->word.kind != ']' && (n->a = weir_parse_expr(p, WEIR_PARSE_PIPE)) == NULL)
		return NULL;
	return weir_parse_need(p, ']', "expected \"]\"") ? n : NULL;
}

static struct weir_node *
parenthesis(struct weir_parse *p)
{
	struct weir_node *n;

	if (!weir_parse_next(p) || (n = weir_parse_expr(p, WEIR_PARSE_PIPE)) == NULL)
		return NULL;
	return weir_parse_need(p, ')', "expected \")\"") ? n : NULL;
}

static struct weir_node *
index_of(struct weir_parse *p, struct weir_node *term, struct weir_node *key)
{
	struct weir_node *n;

	if (key == NULL)
		return NULL;
	n = weir_ast_node(p->ast, WEIR_NODE_INDEX, key->at, key->span);
	n->a = term;
	n->b = key;
	return n;
}

/* The word .name as the key it is. */
static struct weir_node *
field(struct weir_parse *p)
{
	struct weir_lex_word w = p->word;
	const char *name = weir_ast_copy(p->ast, weir_parse_text(p, &w) + 1, w.span - 1);

	return weir_parse_next(p) ? weir_parse_literal(p, w.at, w.span,
	                                weir_val_text(WEIR_VAL_STRING, name, w.span - 1))
	                          : NULL;
}

/* [] [i] [i:] [:j] [i:j] behind a term. */
static struct weir_node *
brackets(struct weir_parse *p, struct weir_node *term)
{
	struct weir_node *n = weir_ast_node(p->ast, WEIR_NODE_EACH, p->word.at, 1);

	n->a = term;
	n->b = n->c = weir_parse_literal(p, p->word.at, 1, weir_val_of_kind(WEIR_VAL_NULL));
	if (!weir_parse_next(p))
		return NULL;
	if (p->word.kind == ']')
		return weir_parse_next(p) ? n : NULL;
	n->kind = WEIR_NODE_INDEX;
	if (p->word.kind != ':' && (n->b = weir_parse_expr(p, WEIR_PARSE_PIPE)) == NULL)
		return NULL;
	if (p->word.kind == ':') {
		n->kind = WEIR_NODE_SLICE;
		if (!weir_parse_next(p))
			return NULL;
		if (p->word.kind != ']' && (n->c = weir_parse_expr(p, WEIR_PARSE_PIPE)) == NULL)
			return NULL;
	}
	if (n->kind == WEIR_NODE_INDEX)
		return weir_parse_need(p, ']', "expected \"]\" or \":\"") ? n : NULL;
	return weir_parse_need(p, ']', "expected \"]\"") ? n : NULL;
}

/* A question mark: of a path's last step it forgives that step, of anything else all. */
static struct weir_node *
forgiven(struct weir_parse *p, struct weir_node *term)
{
	struct weir_node *n;

	if (term->op == 0 && (term->kind == WEIR_NODE_INDEX || term->kind == WEIR_NODE_SLICE ||
	                         term->kind == WEIR_NODE_EACH)) {
		term->op = '?';
		return term;
	}
	n = weir_ast_node(p->ast, WEIR_NODE_TRY, p->word.at, 1);
	n->a = term;
	return n;
}

/* .name or ."name" or .[...], p->word being the dot or the field. */
static struct weir_node *
step(struct weir_parse *p, struct weir_node *term)
{
	if (p->word.kind == WEIR_LEX_FIELD)
		return index_of(p, term, field(p));
	if (!weir_parse_next(p))
		return NULL;
	if (p->word.kind == WEIR_LEX_QUOTE)
		return index_of(p, term, weir_parse_string(p));
	if (p->word.kind == '[')
		return brackets(p, term);
	return weir_parse_unexpected(p, "expected a name, a string or \"[\" behind \".\"");
}

static struct weir_node *
hung_on(struct weir_parse *p, struct weir_node *term)
{
	while (term != NULL) {
		switch (p->word.kind) {
		case '.':
		case WEIR_LEX_FIELD:
			term = step(p, term);
			break;
		case '[':
			term = brackets(p, term);
			break;
		case '?':
			term = weir_parse_next(p) ? forgiven(p, term) : NULL;
			break;
		case WEIR_LEX_OR_PATTERN:
			p->word.kind = WEIR_LEX_ALT;
			p->word.at++;
			p->word.span--;
			term = forgiven(p, term);
			break;
		default:
			return term;
		}
	}
	return NULL;
}

static struct weir_node *
dot(struct weir_parse *p)
{
	struct weir_node *n = weir_ast_node(p->ast, WEIR_NODE_DOT, p->word.at, 1);

	if (!weir_parse_next(p))
		return NULL;
	return p->word.kind == WEIR_LEX_QUOTE ? index_of(p, n, weir_parse_string(p)) : n;
}

/* Two bytes that are one operator in other languages, the second of which is where a term should be. */
static const char *
meant(const struct weir_parse *p)
{
	const char *s = weir_parse_text(p, &p->word);
	char was = p->word.at > 0 ? s[-1] : ' ', is = p->word.span > 0 ? *s : ' ';

	if (was == '|' && is == '|')
		return "did you mean \"or\"?";
	if (was == '=' && is == '>')
		return "did you mean \">=\"?";
	if (was == '=' && is == '<')
		return "did you mean \"<=\"?";
	if (was == '=' && is == '=')
		return "did you mean \"==\"?";
	if (was == '<' && is == '>')
		return "did you mean \"!=\"?";
	return "expected an expression";
}

static struct weir_node *
head(struct weir_parse *p)
{
	struct weir_lex_word w = p->word;

	switch (w.kind) {
	case '.':
		return dot(p);
	case WEIR_LEX_FIELD:
		return step(p, weir_ast_node(p->ast, WEIR_NODE_DOT, w.at, 1));
	case WEIR_LEX_NUMBER:
		return number(p);
	case WEIR_LEX_QUOTE:
		return weir_parse_string(p);
	case WEIR_LEX_FORMAT:
		return format(p);
	case '(':
		return parenthesis(p);
	case '[':
		return array(p);
	case '{':
		return weir_parse_object(p);
	case '$':
		return weir_parse_variable(p);
	case WEIR_LEX_IDENT:
		return weir_parse_call(p);
	case WEIR_LEX_RECURSE:
		return weir_parse_next(p) ? weir_parse_recurse(p, &w) : NULL;
	case WEIR_LEX_REDUCE:
	case WEIR_LEX_FOREACH:
	case WEIR_LEX_IF:
	case WEIR_LEX_BREAK:
		return weir_parse_form(p);
	default:
		return weir_parse_unexpected(p, meant(p));
	}
}

struct weir_node *
weir_parse_term(struct weir_parse *p)
{
	return hung_on(p, head(p));
}
