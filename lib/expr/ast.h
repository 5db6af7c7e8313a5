/*
 * ast - a program as a tree
 *
 * The nodes and all that they point to live in the tree's own memory until it is freed.
 * Literals borrow from that memory, so they need not be counted.
 */
#ifndef WEIR_EXPR_AST_H
#define WEIR_EXPR_AST_H

#include "text/regex.h"
#include "expr/val.h"

#include <stddef.h>
#include <stdint.h>

enum weir_node_kind {
	WEIR_NODE_DOT,       /* . */
	WEIR_NODE_LITERAL,   /* v */
	WEIR_NODE_INDEX,     /* a[b] */
	WEIR_NODE_SLICE,     /* a[b:c]; an open end is the literal null */
	WEIR_NODE_EACH,      /* a[] */
	WEIR_NODE_TRY,       /* a? */
	WEIR_NODE_PIPE,      /* a | b */
	WEIR_NODE_COMMA,     /* a, b */
	WEIR_NODE_ALT,       /* a // b */
	WEIR_NODE_AND,
	WEIR_NODE_OR,
	WEIR_NODE_COMPARE,   /* a op b; op holds WEIR_NODE_LESS and its like */
	WEIR_NODE_ARITH,     /* a op b; op is one of + - * / % */
	WEIR_NODE_NEGATE,    /* -a */
	WEIR_NODE_NOT,       /* not */
	WEIR_NODE_ARRAY,     /* [a]; NULL if empty */
	WEIR_NODE_OBJECT,    /* {members} */
	WEIR_NODE_TEST,      /* test(a; b); or with the pattern compiled: re */
	WEIR_NODE_FOREIGN    /* libjq's */
};

/* A comparison is the set of outcomes that make it true. */
#define WEIR_NODE_LESS 1
#define WEIR_NODE_SAME 2
#define WEIR_NODE_MORE 4

struct weir_member {
	struct weir_node *key, *value;
};

struct weir_node {
	uint8_t kind, op;
	uint32_t n;                   /* members */
	size_t at, span;              /* where in the program; of an operator, its word */
	struct weir_node *a, *b, *c;
	struct weir_val v;
	struct weir_member *members;
	struct weir_regex *re;
};

struct weir_ast_block;

struct weir_ast {
	struct weir_node *root;
	char *foreign;                /* the first word that isn't native, or NULL */
	size_t foreign_at, foreign_span;
	/* private */
	struct weir_ast_block *blocks;
	struct weir_ast_regex *regexes;
};

/* A zeroed struct is an empty tree. */
void weir_ast_release(struct weir_ast *ast);

/* Zeroed memory that lives as long as the tree. */
void *weir_ast_alloc(struct weir_ast *ast, size_t n);

/* A copy of the bytes, with a NUL and WEIR_SCAN_PAD bytes behind them. */
char *weir_ast_copy(struct weir_ast *ast, const void *p, size_t len);

struct weir_node *weir_ast_node(struct weir_ast *ast, enum weir_node_kind kind, size_t at,
    size_t span);

/* Leaves the regex to the tree, which frees it. */
void weir_ast_keep(struct weir_ast *ast, struct weir_regex *re);

#endif
