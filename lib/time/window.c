/*
 * window - see window.h. Open windows are few and records come nearly in order: the
 * window of the last record is tried first, then the list is searched by halves.
 */
#include "time/window.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define DAY (INT64_C(86400) * 1000000000)

void
weir_windows_init(struct weir_windows *w, int64_t size, int64_t offset, size_t cell)
{
	memset(w, 0, sizeof(*w));
	w->size = size;
	if (size % (7 * DAY) == 0)
		offset += 4 * DAY;
	offset %= size;
	w->offset = offset < 0 ? offset + size : offset;
	w->cell = cell;
	w->closed = INT64_MIN;
}

void
weir_window_free(struct weir_window *window)
{
	weir_table_release(&window->table);
	free(window);
}

void
weir_windows_release(struct weir_windows *w)
{
	while (w->n > 0)
		weir_window_free(w->open[--w->n]);
	free(w->open);
	memset(w, 0, sizeof(*w));
}

void
weir_windows_bounds(const struct weir_windows *w, int64_t time, int64_t *start, int64_t *end)
{
	int64_t into = time % w->size - w->offset;

	if (into < 0)
		into += w->size;
	if (into < 0)
		into += w->size;
	*start = time < INT64_MIN + into ? INT64_MIN : time - into;
	*end = *start > INT64_MAX - w->size ? INT64_MAX : time + (w->size - into);
}

/* The place in the list of the first window that starts at or after start. */
static unsigned
place(const struct weir_windows *w, int64_t start)
{
	unsigned lo = 0, hi = w->n;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;

		if (w->open[mid]->start < start)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct weir_window *
insert(struct weir_windows *w, unsigned at, int64_t start, int64_t end)
{
	struct weir_window *window = weir_mem_zalloc(1, sizeof(*window));

	if (w->n == w->cap) {
		w->cap = w->cap == 0 ? 8 : 2 * w->cap;
		w->open = weir_mem_realloc(w->open, w->cap, sizeof(*w->open));
	}
	memmove(&w->open[at + 1], &w->open[at], (w->n - at) * sizeof(*w->open));
	w->open[at] = window;
	w->n++;
	window->start = start;
	window->end = end;
	weir_table_init(&window->table, w->cell);
	return window;
}

struct weir_window *
weir_windows_at(struct weir_windows *w, int64_t time, int64_t watermark, int64_t *start,
    int64_t *end)
{
	struct weir_window *r = w->recent;
	unsigned at;

	if (r != NULL && time >= r->start && time < r->end) {
		*start = r->start;
		*end = r->end;
		return r;
	}
	weir_windows_bounds(w, time, start, end);
	if (*end <= watermark || *end <= w->closed)
		return NULL;
	at = place(w, *start);
	if (at < w->n && w->open[at]->start == *start)
		return w->recent = w->open[at];
	return w->recent = insert(w, at, *start, *end);
}

struct weir_window *
weir_windows_close(struct weir_windows *w, int64_t watermark)
{
	struct weir_window *first;

	if (w->n == 0 || w->open[0]->end > watermark)
		return NULL;
	first = w->open[0];
	memmove(&w->open[0], &w->open[1], --w->n * sizeof(*w->open));
	if (w->recent == first)
		w->recent = NULL;
	if (first->end > w->closed)
		w->closed = first->end;
	return first;
}
