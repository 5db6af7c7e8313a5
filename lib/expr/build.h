/*
 * build - objects of fixed names, made records without a value on the way
 *
 * {user, cents: (.amount * 100)}: the names are known when the program is compiled, so the shape
 * is too. A member that is a path is copied from the record's field, others run in a
 * machine of their own. What needs more, an error or any number of outputs but one, is left to
 * the whole program; so the two agree byte for byte wherever this answers.
 */
#ifndef WEIR_EXPR_BUILD_H
#define WEIR_EXPR_BUILD_H

#include "expr/ast.h"
#include "expr/map.h"

struct weir_build;

/* NULL if the program isn't of this kind. Borrows from the tree; the shape is the map's. wait_ms: as of
 * weir_machine_new. */
struct weir_build *weir_build_new(const struct weir_node *program, struct weir_map *map,
    unsigned wait_ms);

void weir_build_free(struct weir_build *b);     /* NULL is fine */

/* Appends the record of the program's one output: 1; or 0, and nothing: the program must be run. */
int weir_build_put(struct weir_build *b, const struct weir_record *r, struct weir_batch *to);

/* How many members are copied, and how many there are. */
unsigned weir_build_copied(const struct weir_build *b);
unsigned weir_build_members(const struct weir_build *b);

#endif
