/*
 * window_runs - what windows that overlap have in common, put together once
 *
 * A window's slices are split at a middle that depends on the grid alone: what lies before it is the end of a run of
 * slices that the windows before share, what lies behind is the beginning of another one. All ends of the first
 * run are made at once, the beginnings grow; so a window costs the merging of two tables, not of all of its slices, and its
 * result does not depend on which windows were asked for before (van Herk and Gil-Werman's filter).
 */
#ifndef WEIR_TIME_WINDOW_RUNS_H
#define WEIR_TIME_WINDOW_RUNS_H

#include "state/table.h"
#include "time/window.h"
#include "time/window_grid.h"

struct weir_window_slice {
	struct weir_window_place place;
	struct weir_table table;       /* of the aggregates' cells */
	int64_t group;                 /* the middle of the window that ends at place.last */
	uint64_t touched;              /* counts up; when it was last turned to */
	bool cold;                     /* more of its cells may be on disk: window_cold */
};

/* Slices, by start. */
struct weir_window_span {
	struct weir_window_slice *const *v;
	unsigned n;
};

struct weir_window_runs {
	const struct weir_window_conf *conf;
	int64_t middle, until;         /* front reaches to middle, back from there to until */
	/* private */
	struct weir_window_front {
		int64_t start;
		struct weir_table table;
	} *front;                      /* the latest start first */
	unsigned n;
	struct weir_table back, whole;
};

void weir_window_runs_init(struct weir_window_runs *r, const struct weir_window_conf *conf);

/* Gives up what was put together; what a record is added to may have been part of it. */
void weir_window_runs_clear(struct weir_window_runs *r);

/* The table of all keys in the span, which is a window's; it is split at middle. Valid until the next call. */
struct weir_table *weir_window_runs_table(struct weir_window_runs *r, const struct weir_window_span *span, int64_t end,
    int64_t middle);

#endif
