/*
 * window - what all kinds of windows share: their configuration, and the lines that they give
 *
 * A kind (window_slices, window_session, window_count) takes a record's time and key and hands out the
 * cell that the record is added to; when something is due it gives lines: a window, a key and a cell that is a
 * result. Nothing here reads a clock or does I/O.
 */
#ifndef WEIR_TIME_WINDOW_H
#define WEIR_TIME_WINDOW_H

#include "state/table.h"
#include "time/agg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum weir_window_emit { WEIR_WINDOW_FINAL, WEIR_WINDOW_UPDATE, WEIR_WINDOW_PERIODIC };

struct weir_window_conf {
	struct weir_agg *aggs;
	unsigned naggs;
	size_t cell;               /* weir_agg_layout's */
	int64_t lateness;          /* how long a window can be corrected after it closed */
	enum weir_window_emit emit;
	int64_t every;             /* of WEIR_WINDOW_PERIODIC: results at its multiples, aligned to 1970 */
};

/* Whether results are numbered: whether a window can have more than one. */
static inline bool
weir_window_revises(const struct weir_window_conf *c)
{
	return c->lateness > 0 || c->emit != WEIR_WINDOW_FINAL;
}

/* What a window has said of a key. */
struct weir_window_said {
	uint32_t rev;              /* results so far */
	bool changed;              /* since the last one */
};

/* A result. key and cell are valid until the next call on the kind that gave it. */
struct weir_window_line {
	int64_t start, end;        /* WEIR_TIME_NONE where there is none */
	int64_t time;              /* the result's event time */
	const unsigned char *key;
	uint32_t len;
	uint32_t rev;
	void *cell;                /* NULL: the window is taken back (a session that became part of another) */
	bool final;
};

struct weir_window_lines {
	struct weir_window_line *v;
	size_t n, cap;
};

void weir_window_lines_add(struct weir_window_lines *l, const struct weir_window_line *line);
void weir_window_lines_release(struct weir_window_lines *l);

/* Cells for results that are put together of several: cleared all at once. */
struct weir_window_temps {
	void **v;
	size_t n, cap;
};

void *weir_window_temps_new(struct weir_window_temps *t, const struct weir_window_conf *c);
void weir_window_temps_keep(struct weir_window_temps *t, void *cell);
void weir_window_temps_clear(struct weir_window_temps *t, const struct weir_window_conf *c);
void weir_window_temps_release(struct weir_window_temps *t, const struct weir_window_conf *c);

/* Empties a table of cells. */
void weir_window_table_clear(const struct weir_window_conf *c, struct weir_table *t);

/* a + b and a - b, held to the range of times. */
int64_t weir_window_later(int64_t a, int64_t b);
int64_t weir_window_earlier(int64_t a, int64_t b);

/* The first multiple of `every` behind a watermark. With none there is one at once: WEIR_TIME_NONE + 1. */
int64_t weir_window_tick(const struct weir_window_conf *c, int64_t mark);

#endif
