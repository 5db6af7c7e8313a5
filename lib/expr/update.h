/*
 * update - a value's places: read, set and deleted by path
 *
 * A path is an array of keys: strings, numbers, and objects with start and end for slices.
 * All take an array; they return 0, or -1 with jq's words appended to why.
 */
#ifndef WEIR_EXPR_UPDATE_H
#define WEIR_EXPR_UPDATE_H

#include "expr/val.h"

/* The longest path. */
#define WEIR_UPDATE_KEYS 10000

/* What is there, or null, into *out as a new reference. */
int weir_update_get(const struct weir_val *v, const struct weir_val *path, struct weir_val *out,
    struct weir_buf *why);

/* Puts `item`, which is taken over, into *v, in place where its owners are alone. After a failure
 * *v can only be dropped. */
int weir_update_set(struct weir_val *v, const struct weir_val *path, struct weir_val item,
    struct weir_buf *why);

/* Deletes what the paths of an array name, the last ones first. */
int weir_update_delete(struct weir_val *v, const struct weir_val *paths, struct weir_buf *why);

#endif
