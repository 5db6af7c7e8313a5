/*
 * list - values in the order of their arrival, the first so many
 *
 * Each value has a number, which grows with every value that arrives anywhere; so lists can be put together.
 */
#ifndef WEIR_TIME_LIST_H
#define WEIR_TIME_LIST_H

#include "base/buf.h"
#include "frame/record.h"

#include <stdbool.h>
#include <stdint.h>

/* A zeroed struct is empty. */
struct weir_list {
	struct weir_buf bytes;   /* of each: number (8), length (4), type (1), its bytes */
	uint64_t n;
};

/* False if there are `limit` already: it is left out. */
bool weir_list_add(struct weir_list *l, const struct weir_value *v, uint64_t number, uint64_t limit);

/* False if some had to be left out. */
bool weir_list_merge(struct weir_list *into, const struct weir_list *from, uint64_t limit);

/* Appends the values as a JSON array. */
void weir_list_json(const struct weir_list *l, struct weir_buf *b);

/* The state as a string of time/pack.h. Loading it sets *number to the one behind the last, unless it is beyond already. */
void weir_list_save(const struct weir_list *l, struct weir_buf *b);
int weir_list_load(struct weir_list *l, const struct weir_value *v, uint64_t limit, uint64_t *number);
void weir_list_release(struct weir_list *l);

#endif
