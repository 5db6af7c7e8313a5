/*
 * window_slices - windows of a grid, kept as slices: a record is added once, whatever it counts in
 *
 * A slice holds a table of keyed cells. A window's result is put together of its slices when it is due; that of a
 * window of one slice is the slice's own. A window exists if a record fell into it, closes when the watermark
 * reaches its end, and is forgotten when the watermark is `lateness` beyond.
 *
 * Where windows can have several results, a book for each window with any keeps what was said of each key.
 */
#ifndef WEIR_TIME_WINDOW_SLICES_H
#define WEIR_TIME_WINDOW_SLICES_H

#include "state/table.h"
#include "time/window.h"
#include "time/window_books.h"
#include "time/window_grid.h"
#include "time/window_runs.h"

struct weir_window_cold;

struct weir_window_slices {
	const struct weir_window_conf *conf;
	struct weir_window_grid grid;
	int64_t mark;                      /* the watermark up to which all that was due has been given */
	struct weir_window_slice **open;   /* by start */
	unsigned n, cap;
	struct weir_window_books books;
	struct weir_window_cold *cold;     /* where what memory has no room for goes, also of books; or NULL */
	/* private */
	int64_t gone;                      /* windows with ends up to here are forgotten: mark - lateness */
	struct weir_window_slice *recent;
	uint64_t turns;                    /* of recent to another slice */
	struct weir_window_runs runs;
	struct weir_table merged;          /* of a window that is forgotten */
	struct weir_window_temps temps;
};

/* grid has been initialised; conf must last. */
void weir_window_slices_init(struct weir_window_slices *w, const struct weir_window_conf *conf,
    const struct weir_window_grid *grid);
void weir_window_slices_release(struct weir_window_slices *w);

/* The slice of a time, made if need be, and its place. NULL if no window takes it: all are forgotten, or there is
 * none (place->first > place->last). */
struct weir_window_slice *weir_window_slices_at(struct weir_window_slices *w, int64_t time,
    struct weir_window_place *place);

/* The cell of a key in a slice, made if there is none (*made). hash: weir_table_hash of the key. */
void *weir_window_slices_cell(struct weir_window_slices *w, struct weir_window_slice *s, const void *key, size_t len,
    uint32_t hash, bool *made);

/* The slice that begins there, or NULL. */
struct weir_window_slice *weir_window_slices_find(const struct weir_window_slices *w, int64_t start);

/* Whether a record in this place has missed a window. */
static inline bool
weir_window_slices_missed(const struct weir_window_slices *w, const struct weir_window_place *p)
{
	return p->first <= w->gone && p->first <= p->last;
}

/* What is due up to here has been given: for a state that is loaded. */
void weir_window_slices_mark(struct weir_window_slices *w, int64_t mark);

/* A record was added to the key of the slice: appends the results that are due for it at once. Only where windows
 * can have several results. */
void weir_window_slices_touch(struct weir_window_slices *w, const struct weir_window_slice *s,
    const void *key, size_t len, struct weir_window_lines *lines);

/* Appends what is due next on the way to a watermark, and sets mark to when it was: 1; 0: nothing, and mark is the
 * watermark. The lines hold until the next call. */
int weir_window_slices_due(struct weir_window_slices *w, int64_t watermark,
    struct weir_window_lines *lines);

/* At the end of the input: the last results of the next window that is not forgotten. 1, or 0. */
int weir_window_slices_finish(struct weir_window_slices *w, struct weir_window_lines *lines);

/* The slices of the window [start, end). */
struct weir_window_span weir_window_slices_span(const struct weir_window_slices *w, int64_t start, int64_t end);

/* What was said of a key in the window with this end: for a state that is loaded. */
void weir_window_slices_restore(struct weir_window_slices *w, int64_t end, const void *key, size_t len,
    const struct weir_window_said *said);

#endif
