/*
 * window_cold - see window_cold.h
 */
#include "time/window_cold.h"
#include "base/mem.h"
#include "text/order.h"
#include "time/window_cell.h"

#include <stdlib.h>
#include <string.h>

#define HEAD WEIR_WINDOW_CELL_HEAD
#define TAIL WEIR_WINDOW_CELL_TAIL
#define RUN 65536            /* cells that are sorted before they are written */

struct weir_window_cold_group {
	struct weir_spill_each each;
	const unsigned char *key, *value;
	size_t len, vlen;
	int more;            /* 1: key and value are the next ones; 0: the walk is over */
};

/* A key's cell of one slice. */
struct weir_window_cold_part {
	int64_t start;
	void *cell;
};

int
weir_window_cold_open(struct weir_window_cold *c, const char *dir, const struct weir_window_conf *conf)
{
	memset(c, 0, sizeof(*c));
	return weir_window_disk_open(&c->disk, dir, conf, weir_window_cell_compare);
}

static void
drop_parts(struct weir_window_cold *c)
{
	while (c->nparts > 0) {
		void *cell = c->parts[--c->nparts].cell;

		if (cell != NULL)
			weir_agg_clear(c->disk.conf->aggs, c->disk.conf->naggs, cell);
		free(cell);
	}
}

static void
end(struct weir_window_cold *c)
{
	drop_parts(c);
	while (c->ngroups > 0)
		weir_spill_each_release(&c->groups[--c->ngroups].each);
	c->disk.giving = false;
}

void
weir_window_cold_close(struct weir_window_cold *c)
{
	if (c->disk.conf != NULL)
		end(c);
	weir_window_disk_close(&c->disk);
	weir_buf_release(&c->keys);
	free(c->groups);
	free(c->parts);
	*c = (struct weir_window_cold){.disk = c->disk};
}

struct mover {
	uint64_t prefix;
	struct weir_table_entry *e;
};

static int
by_key(const void *a, const void *b)
{
	const struct mover *x = a, *y = b;

	if (x->prefix != y->prefix)
		return x->prefix < y->prefix ? -1 : 1;
	return weir_order_compare_keys(x->e->key, x->e->len, y->e->key, y->e->len);
}

/* Entries [from, from + n) of the slice's table, in order: the store takes them at a third of the time. */
static int
move_run(struct weir_window_cold *c, struct weir_window_slice *s, uint32_t from, uint32_t n)
{
	struct weir_window_disk *d = &c->disk;
	struct mover *list = weir_mem_alloc(n * sizeof(*list));
	uint32_t i;
	int rc = 0;

	for (i = 0; i < n; i++) {
		list[i].e = weir_table_entry(&s->table, from + i);
		list[i].prefix = weir_order_prefix(list[i].e->key, list[i].e->len, 0);
	}
	qsort(list, n, sizeof(*list), by_key);
	for (i = 0; i < n && rc == 0; i++) {
		weir_window_cell_key(&d->key, s, list[i].prefix, list[i].e->key, list[i].e->len);
		weir_buf_clear(&d->value);
		weir_window_disk_pack(d, weir_table_cell(list[i].e));
		rc = weir_spill_put(&d->spill, d->key.p, d->key.len, d->value.p, d->value.len);
	}
	free(list);
	return rc;
}

static void
move(struct weir_window_cold *c, struct weir_window_slice *s)
{
	uint32_t i, n;

	for (i = 0; i < s->table.n; i += n) {
		n = s->table.n - i < RUN ? s->table.n - i : RUN;
		if (move_run(c, s, i, n) != 0)
			return;
	}
	c->disk.moved += i;
	s->cold = s->cold || i > 0;
	weir_window_table_clear(c->disk.conf, &s->table);
}

static struct weir_window_slice *
oldest(const struct weir_window_slices *w)
{
	struct weir_window_slice *s = NULL;
	unsigned i;

	for (i = 0; i < w->n; i++)
		if (w->open[i]->table.n > 0 && (s == NULL || w->open[i]->touched < s->touched))
			s = w->open[i];
	return s;
}

bool
weir_window_cold_shrink(struct weir_window_slices *w)
{
	struct weir_window_slice *s = oldest(w);
	uint64_t held = 0, moved = 0;
	unsigned i;

	weir_window_runs_clear(&w->runs);
	for (i = 0; i < w->n; i++)
		held += w->open[i]->table.memory;
	if (s == NULL)
		return false;
	for (; s != NULL && moved < (held + 1) / 2 && !w->cold->disk.spill.failed; s = oldest(w)) {
		moved += s->table.memory;
		move(w->cold, s);
	}
	return true;
}

void
weir_window_cold_fetch(struct weir_window_slices *w, const struct weir_window_slice *s, const void *key, size_t len,
    void *cell)
{
	struct weir_window_disk *d = &w->cold->disk;
	const unsigned char *p;

	weir_window_cell_key(&d->key, s, weir_order_prefix(key, len, 0), key, len);
	if (weir_spill_get(&d->spill, d->key.p, d->key.len, &d->value) > 0) {
		p = d->value.p;
		weir_window_disk_load(d, &p, cell);
		d->fetched++;
	}
}

void
weir_window_cold_forget(struct weir_window_slices *w)
{
	struct weir_window_cold *c = w->cold;
	struct weir_buf from = {0}, to = {0};

	weir_window_cell_when(&from, INT64_MIN);
	if (w->n > 0)
		weir_window_cell_when(&to, w->open[0]->group);
	else
		weir_buf_put(&to, "\377\377\377\377\377\377\377\377\377", 9);
	(void)weir_spill_drop(&c->disk.spill, from.p, from.len, to.p, to.len);
	weir_buf_release(&from);
	weir_buf_release(&to);
}

bool
weir_window_cold_wants(const struct weir_window_slices *w, const struct weir_window_span *span)
{
	uint64_t bytes = 0, n = 0;
	unsigned i;

	if (w->cold == NULL)
		return false;
	for (i = 0; i < span->n; i++) {
		if (span->v[i]->cold)
			return true;
		n += span->v[i]->table.n;
		bytes += span->v[i]->table.memory;
	}
	/* The lines, twice: as they are and sorted; and those of several slices are merged into tables first. */
	return n * 2 * sizeof(struct weir_window_line) + (span->n > 1 ? 2 * bytes : 0) > w->cold->disk.room;
}

static void
advance(struct weir_window_cold_group *g)
{
	g->more = weir_spill_each_next(&g->each, &g->key, &g->len, &g->value, &g->vlen);
}

static void
add_group(struct weir_window_cold *c, int64_t group)
{
	struct weir_window_cold_group *g;
	struct weir_buf to = {0};

	if (c->ngroups == c->groups_cap) {
		c->groups_cap += 2;
		c->groups = weir_mem_realloc(c->groups, c->groups_cap, sizeof(*c->groups));
	}
	g = &c->groups[c->ngroups++];
	weir_buf_clear(&c->disk.key);
	weir_window_cell_when(&c->disk.key, group);
	/* Above every prefix, whose first byte is a type. */
	weir_window_cell_when(&to, group);
	weir_buf_putc(&to, 0xFF);
	weir_spill_each_init(&g->each, &c->disk.spill, c->disk.key.p, c->disk.key.len, to.p, to.len);
	weir_buf_release(&to);
	advance(g);
}

void
weir_window_cold_begin(struct weir_window_slices *w, const struct weir_window_span *span, const struct weir_window_line *line,
    bool closes)
{
	struct weir_window_cold *c = w->cold;
	unsigned i;

	/* What is in memory still goes to disk as well: then a window is there, all of it, and in order. */
	weir_window_runs_clear(&w->runs);
	for (i = 0; i < span->n; i++)
		move(c, span->v[i]);
	c->line = *line;
	c->middle = closes ? weir_window_grid_middle(&w->grid, line->end) : INT64_MIN;
	for (i = 0; i < span->n && !c->disk.spill.failed; i++)
		if (span->v[i]->cold && (c->ngroups == 0 || span->v[i]->group != span->v[i - 1]->group))
			add_group(c, span->v[i]->group);
	c->disk.giving = c->ngroups > 0;
}

/* The group with the least key; NULL if all walks are over. */
static struct weir_window_cold_group *
least(struct weir_window_cold *c)
{
	struct weir_window_cold_group *g = NULL;
	unsigned i;

	for (i = 0; i < c->ngroups; i++)
		if (c->groups[i].more > 0 && (g == NULL || weir_window_cell_order(c->groups[i].key, c->groups[i].len, g->key, g->len) < 0))
			g = &c->groups[i];
	return g;
}

static void
add_part(struct weir_window_cold *c, int64_t start, const unsigned char *value)
{
	struct weir_window_cold_part *part;

	if (c->nparts == c->parts_cap) {
		c->parts_cap = c->parts_cap == 0 ? 16 : 2 * c->parts_cap;
		c->parts = weir_mem_realloc(c->parts, c->parts_cap, sizeof(*c->parts));
	}
	part = &c->parts[c->nparts++];
	part->start = start;
	part->cell = weir_mem_zalloc(1, c->disk.conf->cell);
	weir_window_disk_load(&c->disk, &value, part->cell);
}

/* Reads the cells of the least key, which goes to c->key: those of the window's slices, by start. */
static bool
read_key(struct weir_window_cold *c)
{
	struct weir_window_cold_group *g = least(c);
	unsigned i;

	if (g == NULL)
		return false;
	weir_buf_clear(&c->disk.key);
	weir_buf_put(&c->disk.key, g->key + HEAD, g->len - HEAD - TAIL);
	for (i = 0; i < c->ngroups; i++) {
		for (g = &c->groups[i]; g->more > 0 && g->len == HEAD + c->disk.key.len + TAIL &&
		     (c->disk.key.len == 0 || memcmp(g->key + HEAD, c->disk.key.p, c->disk.key.len) == 0); advance(g)) {
			int64_t start = weir_window_cell_start(g->key, g->len);

			if (start >= c->line.start && start < c->line.end)
				add_part(c, start, g->value);
		}
	}
	return true;
}

static void
merge(const struct weir_window_cold *c, size_t into, size_t from)
{
	weir_agg_merge(c->disk.conf->aggs, c->disk.conf->naggs, c->parts[into].cell, c->parts[from].cell);
}

/* Puts the key's parts together as window_runs does: those before the middle from the last one on, those behind it from the
 * first one on. Returns the cell, which is the caller's. */
static void *
put_together(struct weir_window_cold *c)
{
	size_t front = 0, i;
	void *cell;

	while (front < c->nparts && c->parts[front].start < c->middle)
		front++;
	for (i = front; i > 1; i--)
		merge(c, i - 2, i - 1);
	for (i = front + 1; i < c->nparts; i++)
		merge(c, front, i);
	if (front > 0 && front < c->nparts)
		merge(c, 0, front);
	cell = c->parts[0].cell;
	c->parts[0].cell = NULL;
	drop_parts(c);
	return cell;
}

void
weir_window_cold_give(struct weir_window_slices *w, struct weir_window_lines *lines)
{
	struct weir_window_cold *c = w->cold;
	struct weir_window_line line = c->line;
	size_t first = lines->n, n = 0, at = 0;

	weir_buf_clear(&c->keys);
	while (n < WEIR_WINDOW_DISK_PIECE && read_key(c)) {
		if (c->nparts == 0)
			continue;
		line.cell = put_together(c);
		line.len = (uint32_t)c->disk.key.len;
		weir_window_temps_keep(&w->temps, line.cell);
		weir_buf_put(&c->keys, c->disk.key.p, c->disk.key.len);
		weir_window_lines_add(lines, &line);
		n++;
	}
	for (; first < lines->n; first++) {
		lines->v[first].key = c->keys.len > 0 ? c->keys.p + at : (const unsigned char *)"";
		at += lines->v[first].len;
	}
	if (n < WEIR_WINDOW_DISK_PIECE)
		end(c);
}

void
weir_window_cold_each_init(struct weir_window_cold_each *e, struct weir_window_slices *w)
{
	struct weir_buf from = {0};

	weir_window_cell_when(&from, INT64_MIN);
	weir_spill_each_init(&e->each, &w->cold->disk.spill, from.p, from.len, "\377\377\377\377\377\377\377\377\377", 9);
	weir_buf_release(&from);
}

int
weir_window_cold_each_next(struct weir_window_cold_each *e, struct weir_window_slices *w, struct weir_value *v)
{
	const unsigned char *key, *value;
	size_t len, vlen;
	int rc;

	while ((rc = weir_spill_each_next(&e->each, &key, &len, &value, &vlen)) > 0) {
		e->slice = weir_window_slices_find(w, weir_window_cell_start(key, len));
		e->key = key + HEAD;
		e->len = (uint32_t)(len - HEAD - TAIL);
		if (e->slice == NULL || weir_table_get(&e->slice->table, e->key, e->len) != NULL)
			continue;
		weir_window_disk_states(&w->cold->disk, &value, v);
		return 1;
	}
	return rc;
}

void
weir_window_cold_each_release(struct weir_window_cold_each *e)
{
	weir_spill_each_release(&e->each);
}
