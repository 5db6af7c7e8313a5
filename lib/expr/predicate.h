/*
 * predicate - the common filter, on the record's slices: no value is made
 *
 * Paths compared with constants, paths by themselves, and paths matched by a pattern, under
 * and, or, not. Whatever is unusual about a record is left to the machine, which decides then
 * for the whole program; so this file never makes an error, and the two agree wherever it
 * answers.
 */
#ifndef WEIR_EXPR_PREDICATE_H
#define WEIR_EXPR_PREDICATE_H

#include "base/buf.h"
#include "expr/ast.h"
#include "frame/record.h"

struct weir_predicate;

/* NULL if the program isn't of this kind. Borrows from the tree. */
struct weir_predicate *weir_predicate_new(const struct weir_node *program);

void weir_predicate_free(struct weir_predicate *p);     /* NULL is fine */

/* 1 or 0; -1: the machine must look. Hot. */
int weir_predicate_test(struct weir_predicate *p, const struct weir_record *r);

/* How many tests of a path it is made of. */
unsigned weir_predicate_tests(const struct weir_predicate *p);

#endif
