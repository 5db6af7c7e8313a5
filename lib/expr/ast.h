/*
 * ast - a program as a tree
 *
 * The nodes and all that they point to live in the tree's own memory until it is freed.
 * Literals borrow from that memory, so they need not be counted.
 *
 * Names are resolved: variables, parameters and labels are in the slots of scopes, a name is
 * how many scopes outwards and which slot. as, reduce, foreach, label and functions with
 * parameters make a scope each.
 */
#ifndef WEIR_EXPR_AST_H
#define WEIR_EXPR_AST_H

#include "text/regex.h"
#include "expr/val.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum weir_node_kind {
	WEIR_NODE_DOT,       /* . */
	WEIR_NODE_LITERAL,   /* v */
	WEIR_NODE_INDEX,     /* a[b] */
	WEIR_NODE_SLICE,     /* a[b:c]; an open end is the literal null */
	WEIR_NODE_EACH,      /* a[] */
	WEIR_NODE_TRY,       /* try a catch b; b is NULL in a? */
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
	WEIR_NODE_IF,        /* if a then b else c */
	WEIR_NODE_EMPTY,
	WEIR_NODE_ERROR,     /* raises its input */
	WEIR_NODE_STRING,    /* "args": every other one is text, those between are formatted by fn as v */
	WEIR_NODE_BIND,      /* a as patterns | b */
	WEIR_NODE_REDUCE,    /* reduce a as patterns (b; c) */
	WEIR_NODE_FOREACH,   /* foreach a as patterns (b; c; d); d is NULL if it isn't there */
	WEIR_NODE_LABEL,     /* label $x | a; its place is in the new scope's slot 0 */
	WEIR_NODE_BREAK,     /* of the label in `slot`, `up` scopes outwards */
	WEIR_NODE_VARIABLE,  /* the value in `slot`, `up` scopes outwards */
	WEIR_NODE_PARAM,     /* the closure there */
	WEIR_NODE_CALL,      /* def, defined `up` scopes outwards, on args */
	WEIR_NODE_NATIVE,    /* fn on args */
	WEIR_NODE_LIMIT,     /* the first a outputs of b */
	WEIR_NODE_SKIP,      /* the others */
	WEIR_NODE_LAST,      /* the last output of a */
	WEIR_NODE_RANGE,     /* from args[0] to args[1] by args[2] */
	WEIR_NODE_PATH,      /* path(a) */
	WEIR_NODE_GETPATH,   /* getpath(a) */
	WEIR_NODE_MODIFY,    /* a |= b */
	WEIR_NODE_UPDATE,    /* a op= b; op is one of + - * / %, '=' for =, '?' for //= */
	WEIR_NODE_FOREIGN    /* libjq's */
};

/* A comparison is the set of outcomes that make it true. */
#define WEIR_NODE_LESS 1
#define WEIR_NODE_SAME 2
#define WEIR_NODE_MORE 4

struct weir_member {
	struct weir_node *key, *value;
};

/* Slot `to` gets what slot `from` has under the key, which is computed on it. */
struct weir_binding {
	uint32_t from, to;
	struct weir_node *key;
};

/* The value goes to slot `root`, and then the bindings are done in their order. */
struct weir_pattern {
	uint32_t root, n;
	struct weir_binding *bindings;
};

/* A parameter: its value is wanted ($name), or it is called as a function, or both. */
struct weir_param {
	bool value, closure;
};

/* A function of the language. Its body's scope is one further in if it has parameters. */
struct weir_def {
	struct weir_node *body;
	uint32_t n;
	struct weir_param *params;
};

struct weir_function;

struct weir_node {
	uint8_t kind, op;
	uint32_t n;                   /* members, args or patterns */
	uint32_t up, slot;            /* of a name; slot: of patterns, how many slots they need */
	size_t at, span;              /* where in the program; of an operator, its word */
	struct weir_node *a, *b, *c, *d;
	struct weir_val v;
	struct weir_member *members;
	struct weir_node **args;
	struct weir_pattern *patterns;
	const struct weir_def *def;
	const struct weir_function *fn;
	struct weir_regex *re;
};

/* A function of the prelude that the program uses. */
struct weir_ast_def {
	const char *name;
	unsigned arity;
	const struct weir_def *def;
	struct weir_ast_def *next;
};

struct weir_ast_block;

struct weir_ast {
	struct weir_node *root;
	char *foreign;                /* the first word that isn't native, or NULL */
	size_t foreign_at, foreign_span;
	char *newer;                  /* the first word that libjq doesn't know, or NULL */
	size_t newer_at, newer_span;
	struct weir_ast_def *defs;
	/* private */
	struct weir_ast_block *blocks;
	struct weir_ast_regex *regexes;
};

/* A zeroed struct is an empty tree. */
void weir_ast_release(struct weir_ast *ast);

/* Zeroed memory that lives as long as the tree. */
void *weir_ast_alloc(struct weir_ast *ast, size_t n);

/* Room for one more behind the n things at p, which may move. */
void *weir_ast_grow(struct weir_ast *ast, void *p, uint32_t n, size_t size);

/* A copy of the bytes, with a NUL and WEIR_SCAN_PAD bytes behind them. */
char *weir_ast_copy(struct weir_ast *ast, const void *p, size_t len);

struct weir_node *weir_ast_node(struct weir_ast *ast, enum weir_node_kind kind, size_t at,
    size_t span);

/* Leaves the regex to the tree, which frees it. */
void weir_ast_keep(struct weir_ast *ast, struct weir_regex *re);

#endif
