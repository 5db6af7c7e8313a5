/*
 * window_pieces - see window_pieces.h
 */
#include "time/window_pieces.h"
#include "base/mem.h"
#include "time/window_cold.h"

#include <stdlib.h>
#include <string.h>

#define HEAD WEIR_WINDOW_CELL_HEAD
#define TAIL WEIR_WINDOW_CELL_TAIL
#define SAID 64              /* bytes of what was said of a key */

struct weir_window_pieces_group {
	struct weir_spill_each each;
	const unsigned char *key, *value;
	size_t len, vlen;
	int more;            /* 1: key and value are the next ones; 0: the walk is over */
};

/* A key's cell of one slice. */
struct weir_window_pieces_part {
	int64_t start;
	void *cell;
};

static void
drop_parts(struct weir_window_pieces *p)
{
	while (p->nparts > 0) {
		void *cell = p->parts[--p->nparts].cell;

		if (cell != NULL)
			weir_agg_clear(p->disk->conf->aggs, p->disk->conf->naggs, cell);
		free(cell);
	}
}

/* The window has been given. */
static void
end(struct weir_window_pieces *p)
{
	drop_parts(p);
	if (p->book != NULL)
		weir_window_books_each_release(&p->said);
	p->book = NULL;
	while (p->ngroups > 0)
		weir_spill_each_release(&p->groups[--p->ngroups].each);
}

void
weir_window_pieces_release(struct weir_window_pieces *p)
{
	end(p);
	weir_buf_release(&p->keys);
	free(p->groups);
	free(p->parts);
	free(p->jobs);
	*p = (struct weir_window_pieces){0};
}

bool
weir_window_pieces_want(struct weir_window_slices *w, int64_t start, int64_t end)
{
	const struct weir_window_span span = weir_window_slices_span(w, start, end);
	const struct weir_window_book *book = weir_window_books_at(&w->books, end, false);
	uint64_t bytes = 0, n = 0;
	unsigned i;

	if (w->cold->disk.giving || (book != NULL && book->cold))
		return true;
	for (i = 0; i < span.n; i++) {
		if (span.v[i]->cold)
			return true;
		n += span.v[i]->table.n;
		bytes += span.v[i]->table.memory;
	}
	/* The lines, twice: as they are and sorted; what is said of them; and those of several slices are merged into tables first. */
	n *= 2 * sizeof(struct weir_window_line) + (weir_window_revises(w->conf) ? SAID : 0);
	return n + (span.n > 1 ? 2 * bytes : 0) > w->cold->disk.room;
}

static void
advance(struct weir_window_pieces_group *g)
{
	g->more = weir_spill_each_next(&g->each, &g->key, &g->len, &g->value, &g->vlen);
}

static void
add_group(struct weir_window_pieces *p, int64_t group)
{
	struct weir_window_pieces_group *g;
	struct weir_buf to = {0};

	if (p->ngroups == p->groups_cap) {
		p->groups_cap += 2;
		p->groups = weir_mem_realloc(p->groups, p->groups_cap, sizeof(*p->groups));
	}
	g = &p->groups[p->ngroups++];
	weir_window_cell_from(&p->disk->key, WEIR_WINDOW_CELL_AGGS, group);
	weir_window_cell_to(&to, WEIR_WINDOW_CELL_AGGS, group);
	weir_spill_each_init(&g->each, &p->disk->spill, p->disk->key.p, p->disk->key.len, to.p, to.len);
	weir_buf_release(&to);
	advance(g);
}

static void
advance_said(struct weir_window_pieces *p)
{
	p->more_said = weir_window_books_each_next(&p->said);
}

/* What is in memory still goes to disk as well: then a window is there, all of it, and in order. */
static void
begin(struct weir_window_slices *w)
{
	struct weir_window_pieces *p = &w->cold->pieces;
	struct weir_window_span span;
	unsigned i;

	p->job = *p->jobs;
	memmove(p->jobs, p->jobs + 1, --p->njobs * sizeof(*p->jobs));
	span = weir_window_slices_span(w, p->job.line.start, p->job.line.end);
	weir_window_runs_clear(&w->runs);
	for (i = 0; i < span.n; i++)
		weir_window_cold_move(w->cold, span.v[i]);
	p->middle = p->job.why == WEIR_WINDOW_PIECES_CLOSES ? weir_window_grid_middle(&w->grid, p->job.line.end) : INT64_MIN;
	if (weir_window_revises(w->conf)) {
		p->book = weir_window_books_at(&w->books, p->job.line.end, true);
		weir_window_books_move(&w->books, p->book);
		p->book->cold = true;
		weir_window_books_each_init(&p->said, &w->books, p->book);
		advance_said(p);
	}
	for (i = 0; i < span.n && !p->disk->spill.failed; i++)
		if (span.v[i]->cold && (p->ngroups == 0 || span.v[i]->group != span.v[i - 1]->group))
			add_group(p, span.v[i]->group);
}

void
weir_window_pieces_queue(struct weir_window_slices *w, const struct weir_window_line *line, enum weir_window_pieces_why why)
{
	struct weir_window_pieces *p = &w->cold->pieces;

	if (p->njobs == p->jobs_cap) {
		p->jobs_cap = p->jobs_cap == 0 ? 4 : 2 * p->jobs_cap;
		p->jobs = weir_mem_realloc(p->jobs, p->jobs_cap, sizeof(*p->jobs));
	}
	p->jobs[p->njobs++] = (struct weir_window_pieces_job){*line, why};
	p->disk->giving = true;
}

/* The group with the least key; NULL if all walks are over. */
static struct weir_window_pieces_group *
least(struct weir_window_pieces *p)
{
	struct weir_window_pieces_group *g = NULL;
	unsigned i;

	for (i = 0; i < p->ngroups; i++)
		if (p->groups[i].more > 0 && (g == NULL || weir_window_cell_order(p->groups[i].key, p->groups[i].len, g->key, g->len) < 0))
			g = &p->groups[i];
	return g;
}

static void
add_part(struct weir_window_pieces *p, int64_t start, const unsigned char *value)
{
	struct weir_window_pieces_part *part;

	if (p->nparts == p->parts_cap) {
		p->parts_cap = p->parts_cap == 0 ? 16 : 2 * p->parts_cap;
		p->parts = weir_mem_realloc(p->parts, p->parts_cap, sizeof(*p->parts));
	}
	part = &p->parts[p->nparts++];
	part->start = start;
	part->cell = weir_mem_zalloc(1, p->disk->conf->cell);
	weir_window_disk_load(p->disk, &value, part->cell);
}

/* What was said of the least key, whose entry is given; the walk over the book is at it or behind it then. */
static struct weir_window_said
said_of(struct weir_window_pieces *p, const struct weir_window_pieces_group *g)
{
	int order = -1;

	while (p->more_said > 0 && (order = weir_window_cell_order(p->said.entry, p->said.size, g->key, g->len)) < 0)
		advance_said(p);
	return p->more_said > 0 && order == 0 ? p->said.said : (struct weir_window_said){0};
}

/* Whether a key of which that was said has a line. */
static bool
is_due(const struct weir_window_pieces *p, const struct weir_window_said *said)
{
	if (p->job.why == WEIR_WINDOW_PIECES_CHANGES)
		return said->changed;
	return p->book == NULL || p->job.line.final || said->rev == 0 || said->changed;
}

/* Reads the cells of the least key, which goes to p->disk->key: those of the window's slices, by start; none if it has no line. */
static bool
read_key(struct weir_window_pieces *p, struct weir_window_said *said)
{
	struct weir_window_pieces_group *g = least(p);
	struct weir_window_cell_key k;
	bool due;
	unsigned i;

	if (g == NULL)
		return false;
	if (p->book != NULL)
		*said = said_of(p, g);
	due = is_due(p, said);
	weir_window_cell_get(&k, g->key, g->len);
	weir_buf_clear(&p->disk->key);
	weir_buf_put(&p->disk->key, k.key, k.len);
	for (i = 0; i < p->ngroups; i++) {
		for (g = &p->groups[i]; g->more > 0 && g->len == HEAD + p->disk->key.len + TAIL &&
		     (p->disk->key.len == 0 || memcmp(g->key + HEAD, p->disk->key.p, p->disk->key.len) == 0); advance(g)) {
			weir_window_cell_get(&k, g->key, g->len);
			if (due && k.tail >= p->job.line.start && k.tail < p->job.line.end)
				add_part(p, k.tail, g->value);
		}
	}
	return true;
}

static void
merge(const struct weir_window_pieces *p, size_t into, size_t from)
{
	weir_agg_merge(p->disk->conf->aggs, p->disk->conf->naggs, p->parts[into].cell, p->parts[from].cell);
}

/* Puts the key's parts together as window_runs does: those before the middle from the last one on, those behind it from the
 * first one on. Returns the cell, which is the caller's. */
static void *
put_together(struct weir_window_pieces *p)
{
	size_t front = 0, i;
	void *cell;

	while (front < p->nparts && p->parts[front].start < p->middle)
		front++;
	for (i = front; i > 1; i--)
		merge(p, i - 2, i - 1);
	for (i = front + 1; i < p->nparts; i++)
		merge(p, front, i);
	if (front > 0 && front < p->nparts)
		merge(p, 0, front);
	cell = p->parts[0].cell;
	p->parts[0].cell = NULL;
	drop_parts(p);
	return cell;
}

/* Adds the line of the key in p->disk->key, whose parts have been read. */
static void
add_line(struct weir_window_slices *w, struct weir_window_said *said, struct weir_window_lines *lines)
{
	struct weir_window_pieces *p = &w->cold->pieces;
	struct weir_window_line line = p->job.line;

	line.cell = put_together(p);
	line.time = line.end - 1;
	line.len = (uint32_t)p->disk->key.len;
	weir_window_temps_keep(&w->temps, line.cell);
	weir_buf_put(&p->keys, p->disk->key.p, p->disk->key.len);
	if (p->book != NULL) {
		line.rev = ++said->rev;
		weir_window_books_change(&w->books, p->book, said, false);
		if (!line.final)
			weir_window_books_write(&w->books, p->book, p->keys.p + p->keys.len - line.len, line.len, said);
	}
	weir_window_lines_add(lines, &line);
}

void
weir_window_pieces_give(struct weir_window_slices *w, struct weir_window_lines *lines)
{
	struct weir_window_pieces *p = &w->cold->pieces;
	struct weir_window_said said = {0};
	size_t first = lines->n, at = 0, i;

	weir_buf_clear(&p->keys);
	while (lines->n - first < WEIR_WINDOW_DISK_PIECE) {
		if (p->ngroups == 0 && p->njobs == 0) {
			p->disk->giving = false;
			break;
		}
		if (p->ngroups == 0)
			begin(w);
		if (!read_key(p, &said))
			end(p);
		else if (p->nparts > 0)
			add_line(w, &said, lines);
	}
	for (i = first; i < lines->n; i++) {
		lines->v[i].key = p->keys.len > 0 ? p->keys.p + at : (const unsigned char *)"";
		at += lines->v[i].len;
	}
}

