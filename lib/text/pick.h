/*
 * pick - parts of a record, by paths: only these, or all but these
 *
 * What is not named is not looked at: fields are copied as they are, and JSON text is read only
 * where a path goes into it. With "keep", a part is there if something named is in it; with
 * "drop", what is named is gone and all around it stays. An array's elements are counted as it
 * came, and those behind one that is gone move up.
 */
#ifndef WEIR_TEXT_PICK_H
#define WEIR_TEXT_PICK_H

#include "frame/batch.h"
#include "text/path.h"

#include <stdbool.h>

struct weir_pick;

struct weir_pick *weir_pick_new(const struct weir_path *paths, unsigned n, bool drop);
void weir_pick_free(struct weir_pick *p);       /* NULL is fine */

/* Appends what is left of the record and returns 0. Nothing is appended and 1 returned if that is all of
 * it, -1 if its slots would be longer than a record can be. */
int weir_pick_put(struct weir_pick *p, const struct weir_record *r, struct weir_batch *b);

#endif
