/*
 * assign - a record with a value put at a path: .name, or .a.b inside of a field
 *
 * The field keeps its place, or comes last if it is new; the others are copied as they are. On
 * the way to a deeper name, null and what is missing become objects, as in jq.
 */
#ifndef WEIR_EXPR_ASSIGN_H
#define WEIR_EXPR_ASSIGN_H

#include "expr/val.h"
#include "frame/batch.h"
#include "text/path.h"

struct weir_assign;

/* The path is of names only; it is borrowed. */
struct weir_assign *weir_assign_new(const struct weir_path *path);
void weir_assign_free(struct weir_assign *a);   /* NULL is fine */

/* Appends the record with the value in it. 0, or -1: there is no such place in it, or the record would be
 * too long (weir_assign_error). */
int weir_assign_put(struct weir_assign *a, const struct weir_record *r, const struct weir_val *v,
    struct weir_batch *b);

const char *weir_assign_error(struct weir_assign *a);

#endif
