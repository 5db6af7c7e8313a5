/*
 * parse - a program's text becomes a tree
 *
 * The grammar is jq 1.6's, with what later releases allow besides: .a.[0], if without else,
 * ? behind any term, and operators in the values of an object.
 */
#ifndef WEIR_EXPR_PARSE_H
#define WEIR_EXPR_PARSE_H

#include "expr/ast.h"
#include "expr/expr.h"

#include <stddef.h>

/* Fills an empty tree. 0, or -1 with *fault; the tree is to be released either way. Names are
 * looked up on the way: afterwards every function, variable and label is known. */
int weir_parse(struct weir_ast *ast, const char *program, size_t len,
    const struct weir_expr_conf *conf, struct weir_expr_fault *fault);

#endif
