/*
 * window_grid - where windows of one size lie: tumbling, hopping, cumulating, by clock or calendar
 *
 * Windows begin each `slide` (hopping; tumbling where slide == size), or grow by `slide` from a start that they
 * share each `size` (cumulating). They are aligned to 1970-01-01T00:00Z plus the offset; those whose slide (of
 * cumulating ones: size) is whole weeks to Monday 1970-01-05. In a zone the same is true of its local time, so
 * that a day has 23, 24 or 25 hours; steps of less than a day are then counted from the day's start.
 *
 * A slice is a stretch of time that no window's bound cuts. A window is told from others by its end.
 * Times saturate near the ends of 64 bits.
 */
#ifndef WEIR_TIME_WINDOW_GRID_H
#define WEIR_TIME_WINDOW_GRID_H

#include "base/zone.h"

#include <stdbool.h>
#include <stdint.h>

#define WEIR_WINDOW_GRID_SLICES 10000

struct weir_window_grid {
	int64_t size, slide;           /* nanoseconds, above 0 */
	bool cumulating;
	int64_t offset;                /* any number */
	const struct weir_zone *zone;  /* whose days they are; NULL: of 24 hours, UTC */
	/* private */
	int64_t origin, point;         /* points lie at origin + k * point */
	int64_t n, rest;               /* size = n * slide + rest */
	bool steps;                    /* of less than a day, within days of the zone */
};

/* The first five members are set. NULL, or why there are no such windows. */
const char *weir_window_grid_init(struct weir_window_grid *g);

/* A slice, and the ends of the first and the last window that it belongs to; first > last: to none. */
struct weir_window_place {
	int64_t start, end, first, last;
};

void weir_window_grid_place(const struct weir_window_grid *g, int64_t time,
    struct weir_window_place *p);

/* The least end of a window that is greater than time. */
int64_t weir_window_grid_after(const struct weir_window_grid *g, int64_t time);

/* The start of the window with this end. */
int64_t weir_window_grid_start(const struct weir_window_grid *g, int64_t end);

/* Where the slices of the window with this end are split, for window_runs: the start of a run of slices that goes
 * on behind it, by the grid alone. */
int64_t weir_window_grid_middle(const struct weir_window_grid *g, int64_t end);

#endif
