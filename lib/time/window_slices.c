/*
 * window_slices - see window_slices.h
 *
 * Open slices are few and records come nearly in order: the slice of the last record is tried first, then the
 * list is searched by halves.
 */
#include "time/window_slices.h"
#include "base/civil.h"
#include "base/mem.h"
#include "time/window_cold.h"

#include <stdlib.h>
#include <string.h>

void
weir_window_slices_init(struct weir_window_slices *w, const struct weir_window_conf *conf,
    const struct weir_window_grid *grid)
{
	memset(w, 0, sizeof(*w));
	w->conf = conf;
	w->grid = *grid;
	w->mark = w->gone = WEIR_TIME_NONE;
	weir_window_runs_init(&w->runs, conf);
	weir_table_init(&w->merged, conf->cell);
}

void
weir_window_slices_mark(struct weir_window_slices *w, int64_t mark)
{
	w->mark = mark;
	w->gone = weir_window_earlier(mark, w->conf->lateness);
}

static void
free_slice(struct weir_window_slices *w, struct weir_window_slice *s)
{
	if (w->recent == s)
		w->recent = NULL;
	weir_window_table_clear(w->conf, &s->table);
	free(s);
}

/* What the last lines pointed to, and what is forgotten. */
static void
tidy(struct weir_window_slices *w)
{
	unsigned i = 0;
	bool cold = false;

	weir_window_table_clear(w->conf, &w->merged);
	weir_window_temps_clear(&w->temps, w->conf);
	for (; i < w->n && w->open[i]->place.last <= w->gone; i++) {
		cold = cold || w->open[i]->cold;
		free_slice(w, w->open[i]);
	}
	if (i > 0)
		memmove(w->open, w->open + i, (w->n -= i) * sizeof(*w->open));
	if (cold)
		weir_window_cold_forget(w);
	weir_window_books_forget(&w->books, w->gone);
}

void
weir_window_slices_release(struct weir_window_slices *w)
{
	unsigned i;

	tidy(w);
	for (i = 0; i < w->n; i++)
		free_slice(w, w->open[i]);
	weir_window_books_release(&w->books);
	weir_window_temps_release(&w->temps, w->conf);
	weir_window_runs_clear(&w->runs);
	free(w->open);
	memset(w, 0, sizeof(*w));
}

/* The place in the list of the first slice that ends behind time. */
static unsigned
slice_behind(const struct weir_window_slices *w, int64_t time)
{
	unsigned lo = 0, hi = w->n;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;

		if (w->open[mid]->place.end <= time)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct weir_window_slice *
insert_slice(struct weir_window_slices *w, unsigned at, const struct weir_window_place *place)
{
	struct weir_window_slice *s = weir_mem_zalloc(1, sizeof(*s));

	if (w->n == w->cap) {
		w->cap = w->cap == 0 ? 8 : 2 * w->cap;
		w->open = weir_mem_realloc(w->open, w->cap, sizeof(*w->open));
	}
	memmove(&w->open[at + 1], &w->open[at], (w->n - at) * sizeof(*w->open));
	w->open[at] = s;
	w->n++;
	s->place = *place;
	s->group = weir_window_grid_middle(&w->grid, place->last);
	weir_table_init(&s->table, w->conf->cell);
	return s;
}

struct weir_window_slice *
weir_window_slices_at(struct weir_window_slices *w, int64_t time, struct weir_window_place *place)
{
	struct weir_window_slice *s = w->recent;
	unsigned at = 0;

	if (s == NULL || time < s->place.start || time >= s->place.end) {
		at = slice_behind(w, time);
		s = at < w->n && w->open[at]->place.start <= time ? w->open[at] : NULL;
		if (s == NULL)
			weir_window_grid_place(&w->grid, time, place);
	}
	if (s != NULL)
		*place = s->place;
	if (place->first > place->last || place->last <= w->gone)
		return NULL;
	if (place->start < w->runs.until)
		weir_window_runs_clear(&w->runs);
	if (s == NULL)
		s = insert_slice(w, at, place);
	if (s != w->recent)
		s->touched = ++w->turns;
	return w->recent = s;
}

void *
weir_window_slices_cell(struct weir_window_slices *w, struct weir_window_slice *s, const void *key, size_t len,
    uint32_t hash, bool *made)
{
	void *cell = weir_table_put_hashed(&s->table, key, len, hash, made);

	if (*made && s->cold)
		weir_window_cold_fetch(w, s, key, len, cell);
	return cell;
}

struct weir_window_slice *
weir_window_slices_find(const struct weir_window_slices *w, int64_t start)
{
	unsigned at = slice_behind(w, start);

	return at < w->n && w->open[at]->place.start == start ? w->open[at] : NULL;
}

/* What was said of a key in a window, made if need be. */
static struct weir_window_said *
said_of(struct weir_window_slices *w, struct weir_window_book *book, const void *key, size_t len)
{
	book->touched = w->turns;
	return weir_window_books_said(&w->books, book, key, len);
}

void
weir_window_slices_restore(struct weir_window_slices *w, int64_t end, const void *key, size_t len,
    const struct weir_window_said *was)
{
	struct weir_window_book *book = weir_window_books_at(&w->books, end, true);
	struct weir_window_said *said = said_of(w, book, key, len);

	said->rev = was->rev;
	weir_window_books_change(&w->books, book, said, was->changed);
}

struct weir_window_span
weir_window_slices_span(const struct weir_window_slices *w, int64_t start, int64_t end)
{
	unsigned from = slice_behind(w, start), to = from;

	while (to < w->n && w->open[to]->place.end <= end)
		to++;
	return (struct weir_window_span){w->open + from, to - from};
}

/* A key's cell in a window; NULL if it has none. */
static void *
cell_of(struct weir_window_slices *w, int64_t start, int64_t end, const void *key, size_t len)
{
	struct weir_window_span span = weir_window_slices_span(w, start, end);
	void *one = NULL, *sum = NULL, *cell;
	unsigned i;

	for (i = 0; i < span.n; i++) {
		cell = weir_table_get(&span.v[i]->table, key, len);
		if (cell == NULL && span.v[i]->cold)
			cell = weir_window_cold_look(w, span.v[i], key, len);
		if (cell == NULL)
			continue;
		if (one != NULL && sum == NULL) {
			sum = weir_window_temps_new(&w->temps, w->conf);
			weir_agg_merge(w->conf->aggs, w->conf->naggs, sum, one);
		}
		if (sum != NULL)
			weir_agg_merge(w->conf->aggs, w->conf->naggs, sum, cell);
		one = cell;
	}
	return sum != NULL ? sum : one;
}

/* All keys of a window: the table of its only slice, or one put together. Windows close in order, so they share runs;
 * those that are forgotten are further back. */
static struct weir_table *
table_of(struct weir_window_slices *w, int64_t start, int64_t end, bool closes)
{
	struct weir_window_span span = weir_window_slices_span(w, start, end);
	struct weir_window_slice *first = span.n > 0 ? span.v[0] : NULL;
	unsigned at;
	uint32_t i;
	bool made;

	if (span.n == 1)
		return &first->table;
	if (closes)
		return weir_window_runs_table(&w->runs, &span, end, weir_window_grid_middle(&w->grid, end));
	for (at = 0; at < span.n; at++)
		for (i = 0; i < span.v[at]->table.n; i++) {
			struct weir_table_entry *e = weir_table_entry(&span.v[at]->table, i);

			weir_agg_merge(w->conf->aggs, w->conf->naggs,
			    weir_table_put(&w->merged, e->key, e->len, &made), weir_table_cell(e));
		}
	return &w->merged;
}

static void
add_line(struct weir_window_slices *w, struct weir_window_lines *lines, struct weir_window_line *line,
    struct weir_window_book *book, struct weir_window_said *said)
{
	line->time = line->end - 1;
	if (said != NULL) {
		line->rev = ++said->rev;
		weir_window_books_change(&w->books, book, said, false);
	}
	weir_window_lines_add(lines, line);
}

void
weir_window_slices_touch(struct weir_window_slices *w, const struct weir_window_slice *s, const void *key,
    size_t len, struct weir_window_lines *lines)
{
	const struct weir_window_conf *c = w->conf;
	int64_t end = s->place.first;

	weir_window_temps_clear(&w->temps, c);
	if (w->gone >= end)
		end = weir_window_grid_after(&w->grid, w->gone);
	for (; end <= s->place.last; end = weir_window_grid_after(&w->grid, end)) {
		struct weir_window_line line = {.end = end, .key = key, .len = (uint32_t)len};
		struct weir_window_book *book;
		struct weir_window_said *said;

		if (end > w->mark && c->emit == WEIR_WINDOW_FINAL)
			break;
		book = weir_window_books_at(&w->books, end, true);
		said = said_of(w, book, key, len);
		if (end > w->mark && c->emit == WEIR_WINDOW_PERIODIC) {
			weir_window_books_change(&w->books, book, said, true);
		} else {
			line.start = weir_window_grid_start(&w->grid, end);
			line.cell = cell_of(w, line.start, end, key, len);
			add_line(w, lines, &line, book, said);
		}
		if (end == WEIR_TIME_MAX)
			break;
	}
}

/* The least end behind x of a window with records; WEIR_TIME_MAX and *any false if there is none. */
static int64_t
next_end(const struct weir_window_slices *w, int64_t x, bool *any)
{
	unsigned i;

	*any = false;
	for (i = 0; i < w->n; i++) {
		const struct weir_window_place *p = &w->open[i]->place;

		if (p->last <= x)
			continue;
		*any = true;
		return p->first > x ? p->first : weir_window_grid_after(&w->grid, x);
	}
	return WEIR_TIME_MAX;
}

/* The results of a window that closes (those not said yet), or that is forgotten: final, all. */
static void
close_window(struct weir_window_slices *w, int64_t end, bool closes, bool final, struct weir_window_lines *lines)
{
	struct weir_window_line line = {.start = weir_window_grid_start(&w->grid, end), .end = end, .final = final};
	struct weir_window_book *book = NULL;
	struct weir_table *t;
	uint32_t i;

	if (w->cold != NULL && weir_window_pieces_want(w, line.start, end)) {
		weir_window_pieces_queue(w, &line, closes ? WEIR_WINDOW_PIECES_CLOSES : WEIR_WINDOW_PIECES_FORGETS);
		return;
	}
	if (weir_window_revises(w->conf))
		book = weir_window_books_at(&w->books, end, true);
	t = table_of(w, line.start, end, closes);
	for (i = 0; i < t->n; i++) {
		struct weir_table_entry *e = weir_table_entry(t, i);
		struct weir_window_said *said = book != NULL ? said_of(w, book, e->key, e->len) : NULL;

		if (!final && said->rev > 0 && !said->changed)
			continue;
		line.key = e->key;
		line.len = e->len;
		line.cell = weir_table_cell(e);
		add_line(w, lines, &line, book, said);
	}
}

/* Early results of a window that is open still. */
static void
tell_changes(struct weir_window_slices *w, struct weir_window_book *book, struct weir_window_lines *lines)
{
	struct weir_window_line line = {.start = weir_window_grid_start(&w->grid, book->end), .end = book->end};
	uint32_t i;

	if (w->cold != NULL && weir_window_pieces_want(w, line.start, line.end)) {
		weir_window_pieces_queue(w, &line, WEIR_WINDOW_PIECES_CHANGES);
		return;
	}
	for (i = 0; i < book->table.n; i++) {
		struct weir_table_entry *e = weir_table_entry(&book->table, i);
		struct weir_window_said *said = weir_table_cell(e);

		if (!said->changed)
			continue;
		line.key = e->key;
		line.len = e->len;
		line.cell = cell_of(w, line.start, line.end, e->key, e->len);
		add_line(w, lines, &line, book, said);
	}
}

static void
tell_all_changes(struct weir_window_slices *w, int64_t time, struct weir_window_lines *lines)
{
	unsigned i;

	for (i = 0; i < w->books.n; i++)
		if (w->books.v[i]->end > time && w->books.v[i]->changed > 0)
			tell_changes(w, w->books.v[i], lines);
}

/* The first lines of windows that are given in pieces, behind those of others. */
static void
begin_giving(struct weir_window_slices *w, struct weir_window_lines *lines)
{
	if (w->cold != NULL && w->cold->disk.giving)
		weir_window_pieces_give(w, lines);
}

/* The next ones. */
static bool
go_on_giving(struct weir_window_slices *w, struct weir_window_lines *lines)
{
	if (w->cold == NULL || !w->cold->disk.giving)
		return false;
	weir_window_temps_clear(&w->temps, w->conf);
	weir_window_pieces_give(w, lines);
	return true;
}

int
weir_window_slices_due(struct weir_window_slices *w, int64_t watermark, struct weir_window_lines *lines)
{
	int64_t late = w->conf->lateness, at = WEIR_TIME_MAX, close, forget = 0, tick = WEIR_TIME_MAX;
	bool any, closes, forgets = false;

	if (go_on_giving(w, lines))
		return 1;
	tidy(w);
	if (watermark <= w->mark)
		return 0;
	close = next_end(w, w->mark, &closes);
	any = closes;
	if (late > 0) {
		forget = next_end(w, w->gone, &forgets);
		any = any || forgets;
		at = forgets ? weir_window_later(forget, late) : at;
	}
	if (closes && close < at)
		at = close;
	if (w->books.changed > 0 && w->conf->emit == WEIR_WINDOW_PERIODIC) {
		tick = weir_window_tick(w->conf, w->mark);
		at = tick < at ? tick : at;
		any = true;
	}
	if (!any || at > watermark) {
		weir_window_slices_mark(w, watermark);
		return 0;
	}
	if (forgets && weir_window_later(forget, late) == at)
		close_window(w, forget, false, true, lines);
	if (closes && close == at)
		close_window(w, close, true, late == 0, lines);
	if (tick == at && w->books.changed > 0)
		tell_all_changes(w, at, lines);
	weir_window_slices_mark(w, at);
	begin_giving(w, lines);
	return 1;
}

int
weir_window_slices_finish(struct weir_window_slices *w, struct weir_window_lines *lines)
{
	int64_t end;
	bool any;

	if (go_on_giving(w, lines))
		return 1;
	tidy(w);
	end = next_end(w, w->gone, &any);
	if (!any)
		return 0;
	close_window(w, end, true, true, lines);
	w->gone = end;
	begin_giving(w, lines);
	return 1;
}
