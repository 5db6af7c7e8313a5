/*
 * window_cold - see window_cold.h
 */
#include "time/window_cold.h"
#include "base/mem.h"
#include "text/order.h"
#include "time/window_cell.h"

#include <stdlib.h>
#include <string.h>

int
weir_window_cold_open(struct weir_window_cold *c, const char *dir, const struct weir_window_conf *conf)
{
	memset(c, 0, sizeof(*c));
	c->pieces.disk = &c->disk;
	return weir_window_disk_open(&c->disk, dir, conf, weir_window_cell_compare);
}

void
weir_window_cold_close(struct weir_window_cold *c)
{
	weir_window_pieces_release(&c->pieces);
	weir_window_disk_close(&c->disk);
}

static void
cell_key(struct weir_window_cold *c, const struct weir_window_slice *s, uint64_t prefix, const unsigned char *key, size_t len)
{
	const struct weir_window_cell_key k = {.what = WEIR_WINDOW_CELL_AGGS, .when = s->group, .tail = s->place.start, .key = key,
	    .len = len};

	weir_window_cell_put(&c->disk.key, &k, prefix);
}

/* Entries [from, from + n) of the slice's table. */
static int
move_run(struct weir_window_cold *c, struct weir_window_slice *s, uint32_t from, uint32_t n)
{
	struct weir_window_disk *d = &c->disk;
	struct weir_window_disk_entry *list = weir_window_disk_sort(&s->table, from, n);
	uint32_t i;
	int rc = 0;

	for (i = 0; i < n && rc == 0; i++) {
		cell_key(c, s, list[i].prefix, list[i].e->key, list[i].e->len);
		weir_buf_clear(&d->value);
		weir_window_disk_pack(d, weir_table_cell(list[i].e));
		rc = weir_spill_put(&d->spill, d->key.p, d->key.len, d->value.p, d->value.len);
	}
	free(list);
	return rc;
}

void
weir_window_cold_move(struct weir_window_cold *c, struct weir_window_slice *s)
{
	uint32_t i, n;

	for (i = 0; i < s->table.n; i += n) {
		n = s->table.n - i < WEIR_WINDOW_DISK_RUN ? s->table.n - i : WEIR_WINDOW_DISK_RUN;
		if (move_run(c, s, i, n) != 0)
			return;
	}
	c->disk.moved += i;
	s->cold = s->cold || i > 0;
	weir_window_table_clear(c->disk.conf, &s->table);
}

/* What was turned to longest ago, and its memory: a slice, or a book; *none if there is nothing. */
static uint64_t
move_oldest(struct weir_window_slices *w, bool *none)
{
	struct weir_window_slice *s = NULL;
	struct weir_window_book *book = NULL;
	uint64_t memory;
	unsigned i;

	for (i = 0; i < w->n; i++)
		if (w->open[i]->table.n > 0 && (s == NULL || w->open[i]->touched < s->touched))
			s = w->open[i];
	for (i = 0; i < w->books.n; i++)
		if (w->books.v[i]->table.n > 0 && (book == NULL || w->books.v[i]->touched < book->touched))
			book = w->books.v[i];
	*none = s == NULL && book == NULL;
	if (book != NULL && (s == NULL || book->touched < s->touched)) {
		memory = book->table.memory;
		weir_window_books_move(&w->books, book);
	} else {
		memory = s != NULL ? s->table.memory : 0;
		if (s != NULL)
			weir_window_cold_move(w->cold, s);
	}
	return memory;
}

bool
weir_window_cold_shrink(struct weir_window_slices *w)
{
	uint64_t held = 0, moved = 0;
	bool none = false;
	unsigned i;

	weir_window_runs_clear(&w->runs);
	for (i = 0; i < w->n; i++)
		held += w->open[i]->table.memory;
	for (i = 0; i < w->books.n; i++)
		held += w->books.v[i]->table.memory;
	while (!none && moved < (held + 1) / 2 && !w->cold->disk.spill.failed)
		moved += move_oldest(w, &none);
	return moved > 0;
}

/* What is on disk of a cell goes to c->disk.value. */
static bool
get(struct weir_window_cold *c, const struct weir_window_slice *s, const void *key, size_t len)
{
	struct weir_window_disk *d = &c->disk;

	cell_key(c, s, weir_order_prefix(key, len, 0), key, len);
	if (weir_spill_get(&d->spill, d->key.p, d->key.len, &d->value) <= 0)
		return false;
	d->fetched++;
	return true;
}

void
weir_window_cold_fetch(struct weir_window_slices *w, const struct weir_window_slice *s, const void *key, size_t len,
    void *cell)
{
	const unsigned char *p;

	if (!get(w->cold, s, key, len))
		return;
	p = w->cold->disk.value.p;
	weir_window_disk_load(&w->cold->disk, &p, cell);
}

void *
weir_window_cold_look(struct weir_window_slices *w, const struct weir_window_slice *s, const void *key, size_t len)
{
	const unsigned char *p;
	void *cell;

	if (!get(w->cold, s, key, len))
		return NULL;
	p = w->cold->disk.value.p;
	cell = weir_window_temps_new(&w->temps, w->conf);
	weir_window_disk_load(&w->cold->disk, &p, cell);
	return cell;
}

void
weir_window_cold_forget(struct weir_window_slices *w)
{
	struct weir_window_cold *c = w->cold;
	struct weir_buf from = {0}, to = {0};

	weir_window_cell_from(&from, WEIR_WINDOW_CELL_AGGS, INT64_MIN);
	if (w->n > 0)
		weir_window_cell_from(&to, WEIR_WINDOW_CELL_AGGS, w->open[0]->group);
	else
		weir_window_cell_to(&to, WEIR_WINDOW_CELL_AGGS, INT64_MAX);
	(void)weir_spill_drop(&c->disk.spill, from.p, from.len, to.p, to.len);
	weir_buf_release(&from);
	weir_buf_release(&to);
}

void
weir_window_cold_each_init(struct weir_window_cold_each *e, struct weir_window_slices *w)
{
	struct weir_buf from = {0}, to = {0};

	weir_window_cell_from(&from, WEIR_WINDOW_CELL_AGGS, INT64_MIN);
	weir_window_cell_to(&to, WEIR_WINDOW_CELL_AGGS, INT64_MAX);
	weir_spill_each_init(&e->each, &w->cold->disk.spill, from.p, from.len, to.p, to.len);
	weir_buf_release(&from);
	weir_buf_release(&to);
}

int
weir_window_cold_each_next(struct weir_window_cold_each *e, struct weir_window_slices *w, struct weir_value *v)
{
	const unsigned char *key, *value;
	struct weir_window_cell_key k;
	size_t len, vlen;
	int rc;

	while ((rc = weir_spill_each_next(&e->each, &key, &len, &value, &vlen)) > 0) {
		weir_window_cell_get(&k, key, len);
		e->slice = weir_window_slices_find(w, k.tail);
		e->key = k.key;
		e->len = (uint32_t)k.len;
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
