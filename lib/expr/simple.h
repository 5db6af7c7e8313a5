/*
 * simple - expressions of one output, computed without the machine
 *
 * Paths, constants, arithmetic, comparisons, and, or, and unary minus: what most members of an object and
 * most --set are. Where an error would be raised this gives up, and the machine is run and raises
 * it; so the two agree wherever this answers.
 */
#ifndef WEIR_EXPR_SIMPLE_H
#define WEIR_EXPR_SIMPLE_H

#include "expr/ast.h"
#include "expr/reach.h"

struct weir_simple;

/* NULL if the program isn't of this kind. Borrows from the tree. */
struct weir_simple *weir_simple_new(const struct weir_node *program);

void weir_simple_free(struct weir_simple *s);   /* NULL is fine */

/* The output, a new reference that may borrow from the record; false: the machine must look. */
bool weir_simple_get(struct weir_simple *s, const struct weir_record *r, struct weir_val *out);

/* The path, if it is nothing else, or NULL. */
struct weir_reach *weir_simple_path(struct weir_simple *s);

#endif
