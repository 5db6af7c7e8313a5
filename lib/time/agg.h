/*
 * agg - aggregates: what a window computes of its records
 *
 * An aggregate is written [NAME=]WORD[:PATH[:PATH or ARGUMENT]][?EXPR]. Its state is a cell of fixed size, zeroed at
 * the start, that may own memory. Null and missing values are passed over; with ?EXPR so are the
 * records for which the expression (expr/expr.h) is not true.
 *
 *   count            records; those in which the value is not null
 *   rate             records a second of the window
 *   sum              exact for integers and decimals, with the greatest scale of its terms,
 *                    to 38 digits; beyond that a double; of nothing null
 *   avg              the double nearest the exact quotient
 *   var, stddev      time/moments.h; of fewer than two null
 *   min, max         as jq compares, of any type
 *   first, last      by event time, then arrival
 *   argmax, argmin   the second value of the record with the greatest (least) first; of several the earliest
 *   delta            last - first
 *   ewma             the mean, each value with half the weight of one a half-life later
 *   corr             time/moments.h
 *   p.., median      time/quantile.h
 *   distinct         time/distinct.h
 *   top..            time/tally.h
 *   list, set        values in arrival order; distinct ones in jq's order: both bounded
 *   hist             time/hist.h
 *
 * Every cell can be merged with another one, so that slices of a window and sessions can be put together.
 * Merging says: where two records have the same time, those of `into` came before those of `from`.
 */
#ifndef WEIR_TIME_AGG_H
#define WEIR_TIME_AGG_H

#include "base/buf.h"
#include "expr/expr.h"
#include "frame/record.h"
#include "text/path.h"
#include "text/slip.h"
#include "time/quantile.h"

#include <stddef.h>

struct weir_agg_ops;

struct weir_agg {
	const struct weir_agg_ops *ops;
	char *text;                     /* as it was written */
	char *name;                     /* of the result's field */
	struct weir_path path[2];
	unsigned npaths;
	struct weir_expr *test;         /* or NULL */
	char *test_text;
	struct weir_quantile_rank rank;
	uint64_t limit;                 /* of the values that are kept, or reported */
	int64_t half;                   /* half-life */
	bool exact;                     /* no sketch */
	const struct weir_agg *owner;   /* of the cell: another one before it that keeps the same; or NULL */
	int route;                      /* of a record into the cell: agg.c */
	size_t off;                     /* of the state in a window's cell */
	/* moving */
	int64_t start, end;             /* of the window whose results are asked for */
	uint64_t arrival;               /* numbers the values that lists keep */
	bool failed;                    /* what was wrong last was the test */
	struct weir_buf scratch;
	bool full;                      /* a list or set had to leave values out */
	bool met;                       /* some record had each path */
	struct weir_slip slip[2];       /* of each path; seen: some record had it, null or not */
};

/* The words, NULL-terminated, for messages. */
extern const char *const weir_agg_words[];

/* Reads one. 0, or -1 with why filled: "no aggregate \"cuont\"; did you mean ...". exact: quantiles, distinct and top
 * keep all values. */
int weir_agg_parse(struct weir_agg *a, const char *s, bool exact, struct weir_buf *why);
void weir_agg_release(struct weir_agg *a);

/* Gives each its place in a cell; returns the cell's size. Those that keep the same share it: the list must stay where it is. */
size_t weir_agg_layout(struct weir_agg *list, unsigned n);

/* Adds a record to the cell. 0; or 1 and the number of the first aggregate to which nothing was added, as the value has the
 * wrong type or the test failed. */
unsigned weir_agg_add(struct weir_agg *list, unsigned n, void *cell, const struct weir_record *r);

/* Then: the reason, "sum:.x needs a number in .x". */
void weir_agg_why(const struct weir_agg *a, struct weir_buf *why);

/* Whether no record that was added had path i, and that may be a slip: then what to say of it, "no record had .x; did you mean ...",
 * is appended (why may be NULL). Of count:.x, and of the records that a test lets pass, it is as it should be. */
bool weir_agg_slip(const struct weir_agg *a, unsigned i, struct weir_buf *why);

/* Adds what is in one cell to another one, which may be empty. */
void weir_agg_merge(struct weir_agg *list, unsigned n, void *into, const void *from);

/* The window whose results are asked for next; WEIR_TIME_NONE for a bound that isn't known. */
void weir_agg_window(struct weir_agg *list, unsigned n, int64_t start, int64_t end);

/* The results v[0, n) of a cell; their bytes are appended to b and stay there until it changes. */
void weir_agg_results(const struct weir_agg *list, unsigned n, const void *cell,
    struct weir_value *v, struct weir_buf *b);

/* The states of a cell, as values that weir_agg_load takes; the same of memory. */
void weir_agg_save(const struct weir_agg *list, unsigned n, const void *cell, struct weir_value *v,
    struct weir_buf *b);

/* Fills an empty cell. 0, or -1 if a value is no state of its aggregate. */
int weir_agg_load(struct weir_agg *list, unsigned n, void *cell, const struct weir_value *v);

/* Frees what the cell owns. */
void weir_agg_clear(const struct weir_agg *list, unsigned n, void *cell);

#endif
