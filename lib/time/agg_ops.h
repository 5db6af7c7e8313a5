/*
 * agg_ops - the aggregates' cells: adding, results, states; agg's alone
 */
#ifndef WEIR_TIME_AGG_OPS_H
#define WEIR_TIME_AGG_OPS_H

#include "time/agg.h"

enum weir_agg_ops_path { WEIR_AGG_OPS_NEVER, WEIR_AGG_OPS_MAYBE, WEIR_AGG_OPS_ALWAYS };

struct weir_agg_ops {
	const char *word;
	enum weir_agg_ops_path path;          /* takes one */
	const char *wants;                    /* of a value; NULL: anything */
	size_t size;
	int (*add)(void *cell, const struct weir_value *v);  /* v: neither null nor absent */
	/* Appends the result's bytes; returns its type. */
	uint8_t (*result)(const struct weir_agg *a, const void *cell, struct weir_buf *b);
	/* The same of the whole state; and it is read back into an empty cell: 0, or -1 if it is none. */
	uint8_t (*save)(const void *cell, struct weir_buf *b);
	int (*load)(void *cell, const struct weir_value *v);
	void (*clear)(void *cell);
};

#define WEIR_AGG_OPS 7

/* The last one is p..., whatever the rank. */
extern const struct weir_agg_ops weir_agg_ops_all[WEIR_AGG_OPS];

#endif
