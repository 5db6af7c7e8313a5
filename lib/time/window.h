/*
 * window - tumbling windows: which one a time belongs to, which are open, which close
 *
 * A window is [start, end) of event time, aligned to 1970-01-01T00:00Z plus the
 * offset; sizes of whole weeks to Monday 1970-01-05. It exists if a record fell
 * into it, holds a table of keyed cells, and closes when the watermark reaches
 * its end. Nothing here reads a clock or does I/O.
 */
#ifndef WEIR_TIME_WINDOW_H
#define WEIR_TIME_WINDOW_H

#include "state/table.h"

#include <stddef.h>
#include <stdint.h>

struct weir_window {
	int64_t start, end;
	struct weir_table table;
};

struct weir_windows {
	int64_t size, offset;          /* nanoseconds; size > 0, 0 <= offset < size */
	size_t cell;
	int64_t closed;                /* the greatest end of a window that was closed, or INT64_MIN */
	struct weir_window **open;     /* by start, ascending */
	unsigned n, cap;
	/* private */
	struct weir_window *recent;
};

/* offset may be any number; weeks are aligned as said above before it is added. */
void weir_windows_init(struct weir_windows *w, int64_t size, int64_t offset, size_t cell);

/* Frees windows and tables; cells that own memory are to be cleared before. */
void weir_windows_release(struct weir_windows *w);

/* The bounds of the window that a time belongs to. Near the ends of 64 bits they saturate. */
void weir_windows_bounds(const struct weir_windows *w, int64_t time, int64_t *start, int64_t *end);

/* The window of a time, made if need be; NULL if the watermark, or an earlier close, has closed it: the time is late,
 * and *start and *end are the bounds that it missed. */
struct weir_window *weir_windows_at(struct weir_windows *w, int64_t time, int64_t watermark,
    int64_t *start, int64_t *end);

/* Takes out the first window that the watermark closes, or NULL. The caller frees it with weir_window_free. */
struct weir_window *weir_windows_close(struct weir_windows *w, int64_t watermark);
void weir_window_free(struct weir_window *window);

#endif
