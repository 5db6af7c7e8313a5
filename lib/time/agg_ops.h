/*
 * agg_ops - the aggregates' cells: adding, merging, results, states; agg's alone
 */
#ifndef WEIR_TIME_AGG_OPS_H
#define WEIR_TIME_AGG_OPS_H

#include "time/agg.h"
#include "time/pack.h"

/* What stands behind the word's colons. */
enum weir_agg_ops_takes {
	WEIR_AGG_OPS_NOTHING,
	WEIR_AGG_OPS_MAYBE_PATH,
	WEIR_AGG_OPS_PATH,
	WEIR_AGG_OPS_TWO_PATHS,
	WEIR_AGG_OPS_PATH_DURATION,
	WEIR_AGG_OPS_PATH_LIMIT       /* a path, and perhaps a number */
};

enum weir_agg_ops_number {             /* what may stand right behind the word */
	WEIR_AGG_OPS_PLAIN,
	WEIR_AGG_OPS_RANK,             /* p99.9 */
	WEIR_AGG_OPS_COUNT             /* top5 */
};

struct weir_agg_ops {
	const char *word;
	enum weir_agg_ops_takes takes;
	enum weir_agg_ops_number number;
	const char *wants;                    /* of a value; NULL: anything */
	size_t size;
	/* v: the values of the paths, the first neither null nor absent; NULL without a path. -1: the wrong type. */
	int (*add)(struct weir_agg *a, void *cell, const struct weir_value *v, int64_t time);
	void (*merge)(struct weir_agg *a, void *into, const void *from);
	/* Appends the result's bytes; returns its type. */
	uint8_t (*result)(const struct weir_agg *a, const void *cell, struct weir_buf *b);
	/* The same of the whole state; and it is read back into an empty cell: 0, or -1 if it is none. */
	uint8_t (*save)(const struct weir_agg *a, const void *cell, struct weir_buf *b);
	int (*load)(struct weir_agg *a, void *cell, const struct weir_value *v);
	void (*clear)(void *cell);
	const struct weir_agg_ops *exact;     /* what --exact makes of it, if that is another one */
};

/* Each ends with a word of NULL. */
extern const struct weir_agg_ops weir_agg_numbers[];   /* agg_numbers.c: of arithmetic */
extern const struct weir_agg_ops weir_agg_kept[];      /* agg_kept.c: a value of a record */
extern const struct weir_agg_ops weir_agg_many[];      /* agg_many.c: of many values */

/* A value's number; -1 if it is none. */
int weir_agg_number(const struct weir_value *v, struct weir_num *n);

/* Appends a number; NaN as null. Returns the type. */
uint8_t weir_agg_put(struct weir_buf *b, const struct weir_num *n);
uint8_t weir_agg_put_double(struct weir_buf *b, double d);

#endif
