/*
 * parse_builtin - what jq has of its own: forms that look like calls, functions, the prelude
 *
 * A definition of the prelude is parsed when the first use of it is, and only then.
 */
#include "expr/names.h"
#include "expr/parse_core.h"
#include "expr/prelude.h"

#include <string.h>

/* Calls that the machine knows how to run; a and b are the arguments. */
static const struct form {
	const char *name;
	uint8_t nargs, node;
} forms[] = {
	{"empty", 0, WEIR_NODE_EMPTY},
	{"error", 0, WEIR_NODE_ERROR},
	{"not", 0, WEIR_NODE_NOT},
	{"path", 1, WEIR_NODE_PATH},
	{"getpath", 1, WEIR_NODE_GETPATH},
	{"last", 1, WEIR_NODE_LAST},
	{"_limit", 2, WEIR_NODE_LIMIT},
	{"_skip", 2, WEIR_NODE_SKIP},
	{"_modify", 2, WEIR_NODE_MODIFY},
};

static bool
is_word(const struct weir_parse *p, const struct weir_lex_word *w, const char *word)
{
	return strlen(word) == w->span && memcmp(weir_parse_text(p, w), word, w->span) == 0;
}

static struct weir_node *
node(struct weir_parse *p, enum weir_node_kind kind, const struct weir_lex_word *w, struct weir_node *a,
    struct weir_node *b)
{
	struct weir_node *n = weir_ast_node(p->ast, kind, w->at, w->span);

	n->a = a;
	n->b = b;
	return n;
}

static struct weir_node *
number(struct weir_parse *p, const struct weir_lex_word *w, int64_t i)
{
	struct weir_num num = weir_num_int(i);

	return weir_parse_literal(p, w->at, w->span, weir_val_number(&num));
}

static bool
is_simple(const struct weir_node *n)
{
	return n->kind == WEIR_NODE_LITERAL || n->kind == WEIR_NODE_VARIABLE || n->kind == WEIR_NODE_DOT;
}

/* range, where its first argument alone can have several outputs; else the prelude has it. */
static struct weir_node *
range(struct weir_parse *p, const struct weir_lex_word *w, struct weir_node **args, uint32_t n)
{
	struct weir_node *call = weir_ast_node(p->ast, WEIR_NODE_RANGE, w->at, w->span);

	if (n < 1 || n > 3 || (n > 1 && !is_simple(args[1])) || (n > 2 && !is_simple(args[2])))
		return NULL;
	call->args = weir_ast_alloc(p->ast, 3 * sizeof(struct weir_node *));
	call->n = 3;
	call->args[0] = n == 1 ? number(p, w, 0) : args[0];
	call->args[1] = args[n > 1 ? 1 : 0];
	call->args[2] = n == 3 ? args[2] : number(p, w, 1);
	return call;
}

/* What is only another way to write something. */
static struct weir_node *
written_out(struct weir_parse *p, const struct weir_lex_word *w, struct weir_node **args, uint32_t n)
{
	struct weir_node *dot, *inner;

	if (is_word(p, w, "range") || is_word(p, w, "_range"))
		return range(p, w, args, n);
	if (is_word(p, w, "test") && (n == 1 || n == 2))
		return weir_parse_test(p, w, args[0], n == 2 ? args[1] : NULL);
	if (n != 1)
		return NULL;
	dot = node(p, WEIR_NODE_DOT, w, NULL, NULL);
	if (is_word(p, w, "select")) {
		inner = node(p, WEIR_NODE_IF, w, args[0], dot);
		inner->c = node(p, WEIR_NODE_EMPTY, w, NULL, NULL);
		return inner;
	}
	if (is_word(p, w, "map")) {
		inner = node(p, WEIR_NODE_EACH, w, dot, NULL);
		return node(p, WEIR_NODE_ARRAY, w, node(p, WEIR_NODE_PIPE, w, inner, args[0]), NULL);
	}
	if (is_word(p, w, "first"))
		return node(p, WEIR_NODE_LIMIT, w, number(p, w, 1), args[0]);
	if (is_word(p, w, "error"))
		return node(p, WEIR_NODE_PIPE, w, args[0], node(p, WEIR_NODE_ERROR, w, NULL, NULL));
	return NULL;
}

/* Parses a definition of the prelude, where only the prelude is in scope. */
static bool
read_definition(struct weir_parse *p, const struct weir_lex_word *word, const char *text,
    struct weir_ast_def *entry)
{
	struct weir_parse in = {.lex = {.text = text, .len = strlen(text)}, .ast = p->ast,
	    .fault = p->fault, .conf = p->conf, .user = p, .used = *word, .pending = entry};

	return weir_parse_next(&in) && weir_parse_definition(&in);
}

static const struct weir_def *
prelude(struct weir_parse *p, const struct weir_lex_word *word, const char *name, size_t len,
    uint32_t n)
{
	const struct weir_prelude *text = weir_prelude_find(name, len, n);
	struct weir_ast_def *entry;

	if (text == NULL)
		return NULL;
	for (entry = p->ast->defs; entry != NULL; entry = entry->next)
		if (entry->arity == n && strcmp(entry->name, text->name) == 0)
			return entry->def;
	entry = weir_ast_alloc(p->ast, sizeof(*entry));
	entry->name = text->name;
	entry->arity = n;
	entry->next = p->ast->defs;
	p->ast->defs = entry;
	return read_definition(p, word, text->text, entry) ? entry->def : NULL;
}

/* All names as jq lists them: "length/0". */
static struct weir_node *
builtins(struct weir_parse *p, const struct weir_lex_word *w)
{
	struct weir_buf b = {0};
	struct weir_node *list;
	size_t i, n;
	const char *const *names = weir_names_all(&n);
	unsigned set, k;

	for (i = 0; i < n; i++)
		for (k = 0, set = weir_names_arities(names[i], strlen(names[i])); set >> k != 0; k++)
			if (set >> k & 1)
				weir_buf_printf(&b, "%c\"%s/%u\"", b.len == 0 ? '[' : ',', names[i], k);
	weir_buf_putc(&b, ']');
	list = weir_parse_literal(p, w->at, w->span,
	    weir_val_text(WEIR_VAL_ARRAY, weir_ast_copy(p->ast, b.p, b.len), b.len));
	weir_buf_release(&b);
	return list;
}

static struct weir_node *
find(struct weir_parse *p, const struct weir_lex_word *word, struct weir_node **args, uint32_t n)
{
	const char *name = weir_parse_text(p, word);
	const struct weir_def *def;
	struct weir_node *call;
	size_t i;

	if (n == 0 && is_word(p, word, "builtins"))
		return builtins(p, word);
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (forms[i].nargs == n && is_word(p, word, forms[i].name))
			return node(p, (enum weir_node_kind)forms[i].node, word, n > 0 ? args[0] : NULL,
			    n > 1 ? args[1] : NULL);
	if ((call = written_out(p, word, args, n)) != NULL || p->fault->what.len > 0)
		return call;
	if ((call = weir_parse_native(p, word, weir_ast_copy(p->ast, name, word->span), args, n)) != NULL)
		return call;
	def = prelude(p, word, name, word->span, n);
	if (def == NULL)
		return NULL;
	call = node(p, WEIR_NODE_CALL, word, NULL, NULL);
	call->up = p->level;
	call->def = def;
	call->args = args;
	call->n = n;
	return call;
}

/* Remembers a word of the program that libjq doesn't know. */
static void
note_newer(struct weir_parse *p, const struct weir_lex_word *w, uint32_t n)
{
	const char *name = weir_parse_text(p, w);

	if (p->ast->newer != NULL || (weir_names_of_libjq(name, w->span) >> n & 1) != 0)
		return;
	p->ast->newer = weir_ast_copy(p->ast, name, w->span);
	p->ast->newer_at = w->at;
	p->ast->newer_span = w->span;
}

struct weir_node *
weir_parse_builtin(struct weir_parse *p, const struct weir_lex_word *word, struct weir_node **args,
    uint32_t n)
{
	struct weir_node *call;

	if (*weir_parse_text(p, word) == '_' && p->user == NULL)
		return NULL;
	call = find(p, word, args, n);
	if (call != NULL && p->user == NULL)
		note_newer(p, word, n);
	return call;
}

struct weir_node *
weir_parse_recurse(struct weir_parse *p, const struct weir_lex_word *word)
{
	struct weir_node *call = node(p, WEIR_NODE_CALL, word, NULL, NULL);

	call->up = p->level;
	call->def = prelude(p, word, "recurse", 7, 0);
	return call;
}
