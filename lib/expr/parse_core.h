/*
 * parse_core - what the files of the parser share
 *
 * A function that parses returns a node, or NULL after weir_parse_fail. p->word is the word that
 * is looked at; everything before it is done.
 */
#ifndef WEIR_EXPR_PARSE_CORE_H
#define WEIR_EXPR_PARSE_CORE_H

#include "expr/ast.h"
#include "expr/expr.h"
#include "expr/lex.h"

#include <stdbool.h>
#include <stddef.h>

/* Binding power of the operators, loosest first. */
enum weir_parse_level {
	WEIR_PARSE_PIPE = 1,
	WEIR_PARSE_COMMA,
	WEIR_PARSE_ALT,
	WEIR_PARSE_SET,
	WEIR_PARSE_OR,
	WEIR_PARSE_AND,
	WEIR_PARSE_COMPARE,
	WEIR_PARSE_ADD,
	WEIR_PARSE_MUL
};

enum weir_parse_binding { WEIR_PARSE_FUNCTION, WEIR_PARSE_VARIABLE, WEIR_PARSE_LABEL };

/* A name that is known from here on; the innermost comes first. It is in `slot` of the scope
 * that is the level-th from outside; a function of the program was defined in that scope. */
struct weir_parse_scope {
	const struct weir_parse_scope *outer;
	enum weir_parse_binding what;
	const char *name;
	size_t len;
	unsigned arity;
	uint32_t level, slot;
	const struct weir_def *def;   /* NULL for a parameter */
	struct weir_param *param;     /* of a function that is one */
};

struct weir_parse {
	struct weir_lex lex;
	struct weir_lex_word word;
	struct weir_ast *ast;
	struct weir_expr_fault *fault;
	const struct weir_expr_conf *conf;
	const struct weir_parse_scope *scope;
	uint32_t level;               /* scopes around */
	unsigned depth;
	bool source;                  /* the next expression is what a loop goes over: up to "as" */
	const struct weir_parse *user;/* in a text of the prelude: who uses it */
	struct weir_lex_word used;    /* ... by this word, which is the user's */
	struct weir_ast_def *pending; /* ... and where the definition goes */
};

/* One word further; false, with the fault told, if there is none to be read. */
bool weir_parse_next(struct weir_parse *p);

/* Whether the word is of this kind; if it is, it is taken. */
bool weir_parse_take(struct weir_parse *p, int kind);

/* Takes a word of this kind or fails: "unexpected X", with what was expected as the hint. */
bool weir_parse_need(struct weir_parse *p, int kind, const char *hint);

/* The fault; the first one counts. NULL. */
struct weir_node *weir_parse_fail(struct weir_parse *p, size_t at, size_t span, const char *hint,
    const char *what, ...) __attribute__((format(printf, 5, 6)));
struct weir_node *weir_parse_unexpected(struct weir_parse *p, const char *hint);

/* "did you mean \"X\"?" for the fault told last, if a name is near: one of names, or one in
 * scope. */
void weir_parse_suggest(struct weir_parse *p, const char *word, size_t len,
    const char *const *names, size_t n, enum weir_parse_binding what);

/* A node that is libjq's; the first of them gives the program's foreign word. */
struct weir_node *weir_parse_foreign(const struct weir_parse *p, const struct weir_lex_word *word);

/* One level of nesting deeper, or too deep. */
bool weir_parse_enter(struct weir_parse *p);

/* An expression of operators that bind at least as tightly as `level`. */
struct weir_node *weir_parse_expr(struct weir_parse *p, enum weir_parse_level level);

/* ... up to, and not with, the next comma: an object's value. */
struct weir_node *weir_parse_value(struct weir_parse *p);

/* A term with what is hung on it: .a[0]? */
struct weir_node *weir_parse_term(struct weir_parse *p);

struct weir_node *weir_parse_object(struct weir_parse *p);

/* The literal at p->word, a QUOTE. */
struct weir_node *weir_parse_string(struct weir_parse *p);

/* def, reduce, foreach, if, try, label, break: p->word is the keyword. */
struct weir_node *weir_parse_form(struct weir_parse *p);

/* "as PATTERNS | BODY" behind an expression. In parse_pattern.c: the patterns, and their names
 * in scope; p->level and p->scope are the caller's to set back. */
struct weir_node *weir_parse_as(struct weir_parse *p, struct weir_node *source);
bool weir_parse_patterns(struct weir_parse *p, struct weir_node *n);

/* A word that is a name, or a keyword where one is a name too; and $NAME, whose name is
 * *name. */
bool weir_parse_is_name(const struct weir_parse *p);
bool weir_parse_dollar(struct weir_parse *p, struct weir_lex_word *name);

/* Whether this can be a member's name; a literal that can't is a fault. */
bool weir_parse_is_key(struct weir_parse *p, const struct weir_node *key);

/* p->word is "def": up to the semicolon, and the name is bound. */
bool weir_parse_definition(struct weir_parse *p);

/* A name, called or not; and "$name". */
struct weir_node *weir_parse_call(struct weir_parse *p);
struct weir_node *weir_parse_variable(struct weir_parse *p);

/* A call of a native function, if there is one of that name. */
struct weir_node *weir_parse_native(struct weir_parse *p, const struct weir_lex_word *word,
    const char *name, struct weir_node **args, uint32_t n);

/* ".." at the word. */
struct weir_node *weir_parse_recurse(struct weir_parse *p, const struct weir_lex_word *word);

/* The test node with its arguments; compiles the pattern if it is a literal. */
struct weir_node *weir_parse_test(struct weir_parse *p, const struct weir_lex_word *word,
    struct weir_node *pattern, struct weir_node *flags);

/* What jq has of its own: the forms that look like calls, functions, the prelude. NULL if there
 * is none. */
struct weir_node *weir_parse_builtin(struct weir_parse *p, const struct weir_lex_word *word,
    struct weir_node **args, uint32_t n);

/* A new name in the scope p->level. */
struct weir_parse_scope *weir_parse_bind(struct weir_parse *p, enum weir_parse_binding what,
    const char *name, size_t len, unsigned arity);
const struct weir_parse_scope *weir_parse_bound(const struct weir_parse *p,
    enum weir_parse_binding what, const char *name, size_t len, unsigned arity);

static inline const char *
weir_parse_text(const struct weir_parse *p, const struct weir_lex_word *w)
{
	return p->lex.text + w->at;
}

static inline struct weir_node *
weir_parse_literal(struct weir_parse *p, size_t at, size_t span, struct weir_val v)
{
	struct weir_node *n = weir_ast_node(p->ast, WEIR_NODE_LITERAL, at, span);

	n->v = v;
	return n;
}

#endif
