/*
 * agg - aggregates: what a window computes of its records
 *
 * An aggregate is written [NAME=]WORD[:PATH]: count, count:.x, sum:.x, avg:.x,
 * min:.x, max:.x, median:.x, p50:.x, p99.9:.x. Its state is a cell of fixed size, zeroed at the start, that may
 * own memory. Null and missing values are passed over.
 *
 *   sum   exact for integers and decimals, with the greatest scale of its terms,
 *         to 38 digits; beyond that a double; of nothing null
 *   avg   the double nearest the exact quotient
 *   min, max   as jq compares, of any type
 *   p..   time/quantile.h
 */
#ifndef WEIR_TIME_AGG_H
#define WEIR_TIME_AGG_H

#include "base/buf.h"
#include "frame/record.h"
#include "text/path.h"
#include "time/quantile.h"

#include <stddef.h>

struct weir_agg_ops;

struct weir_agg {
	const struct weir_agg_ops *ops;
	char *text;                     /* as it was written */
	char *name;                     /* of the result's field */
	struct weir_path path;
	bool has_path;
	struct weir_quantile_rank rank;
	size_t off;                     /* of the state in a window's cell */
};

/* The words, NULL-terminated, for messages. */
extern const char *const weir_agg_words[];

/* Reads one. 0, or -1 with why filled: "no aggregate \"cuont\"; did you mean ...". */
int weir_agg_parse(struct weir_agg *a, const char *s, struct weir_buf *why);
void weir_agg_release(struct weir_agg *a);

/* Gives each its place in a cell; returns the cell's size. */
size_t weir_agg_layout(struct weir_agg *list, unsigned n);

/* Adds a record to the cell. 0; -1: the value has the wrong type, and nothing was added. */
int weir_agg_add(struct weir_agg *a, void *cell, const struct weir_record *r);

/* The results v[0, n) of a cell; their bytes are appended to b and stay there until it changes. */
void weir_agg_results(const struct weir_agg *list, unsigned n, const void *cell,
    struct weir_value *v, struct weir_buf *b);

/* The states of a cell, as values that weir_agg_load takes; the same of memory. */
void weir_agg_save(const struct weir_agg *list, unsigned n, const void *cell, struct weir_value *v,
    struct weir_buf *b);

/* Fills an empty cell. 0, or -1 if a value is no state of its aggregate. */
int weir_agg_load(const struct weir_agg *list, unsigned n, void *cell, const struct weir_value *v);

/* Frees what the cell owns. */
void weir_agg_clear(const struct weir_agg *list, unsigned n, void *cell);

/* What the value must be: "a number". */
const char *weir_agg_wants(const struct weir_agg *a);

#endif
