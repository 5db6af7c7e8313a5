/*
 * update_core - what the files of update.h share
 */
#ifndef WEIR_EXPR_UPDATE_CORE_H
#define WEIR_EXPR_UPDATE_CORE_H

#include "expr/update.h"

#include <stdbool.h>

/* The path as an array that can be read; false if it is none or too long. */
bool weir_update_open(struct weir_val *path, struct weir_buf *why);

/* An array for this owner alone. */
struct weir_val_arr *weir_update_own(struct weir_val *array);

/* The place that a number means in an array of n, negative if there is none. */
int64_t weir_update_place(const struct weir_val *key, uint32_t n, bool *nan);

/* The ends of the slice that an object means; -1 if they are no numbers. */
int weir_update_ends(const struct weir_val *key, uint32_t n, uint32_t *from, uint32_t *to,
    struct weir_buf *why);

#endif
