/*
 * window_books - see window_books.h
 *
 * On disk it is 5 bytes: how many results there were, and whether something changed since.
 */
#include "time/window_books.h"
#include "base/mem.h"
#include "text/order.h"

#include <stdlib.h>
#include <string.h>

#define SIZE 5

static void
free_book(struct weir_window_books *b, struct weir_window_book *book)
{
	b->changed -= book->changed;
	weir_table_release(&book->table);
	free(book);
}

void
weir_window_books_release(struct weir_window_books *b)
{
	while (b->n > 0)
		free_book(b, b->v[--b->n]);
	free(b->v);
	*b = (struct weir_window_books){0};
}

/* What is on disk of windows with ends up to here. */
static void
drop(struct weir_window_books *b, int64_t gone)
{
	struct weir_buf from = {0}, to = {0};

	weir_window_cell_from(&from, WEIR_WINDOW_CELL_SAID, INT64_MIN);
	weir_window_cell_to(&to, WEIR_WINDOW_CELL_SAID, gone);
	(void)weir_spill_drop(&b->disk->spill, from.p, from.len, to.p, to.len);
	weir_buf_release(&from);
	weir_buf_release(&to);
}

void
weir_window_books_forget(struct weir_window_books *b, int64_t gone)
{
	bool cold = false;
	unsigned i;

	for (i = 0; i < b->n && b->v[i]->end <= gone; i++) {
		cold = cold || b->v[i]->cold;
		free_book(b, b->v[i]);
	}
	if (i > 0)
		memmove(b->v, b->v + i, (b->n -= i) * sizeof(struct weir_window_book *));
	if (cold)
		drop(b, gone);
}

struct weir_window_book *
weir_window_books_at(struct weir_window_books *b, int64_t end, bool make)
{
	struct weir_window_book *book;
	unsigned at = b->n;

	while (at > 0 && b->v[at - 1]->end >= end)
		at--;
	if (at < b->n && b->v[at]->end == end)
		return b->v[at];
	if (!make)
		return NULL;
	if (b->n == b->cap) {
		b->cap = b->cap == 0 ? 8 : 2 * b->cap;
		b->v = weir_mem_realloc(b->v, b->cap, sizeof(struct weir_window_book *));
	}
	memmove(&b->v[at + 1], &b->v[at], (b->n - at) * sizeof(struct weir_window_book *));
	b->n++;
	b->v[at] = book = weir_mem_zalloc(1, sizeof(*book));
	book->end = end;
	weir_table_init(&book->table, sizeof(struct weir_window_said));
	return book;
}

static void
make_key(struct weir_window_disk *d, const struct weir_window_book *book, uint64_t prefix, const void *key, size_t len)
{
	const struct weir_window_cell_key k = {.what = WEIR_WINDOW_CELL_SAID, .when = book->end, .key = key, .len = len};

	weir_window_cell_put(&d->key, &k, prefix);
}

static void
read_said(struct weir_window_said *said, const unsigned char *p)
{
	said->rev = weir_load32(p);
	said->changed = p[4] != 0;
}

struct weir_window_said *
weir_window_books_said(struct weir_window_books *b, struct weir_window_book *book, const void *key, size_t len)
{
	struct weir_window_disk *d = b->disk;
	struct weir_window_said *said;
	bool made;

	said = weir_table_put(&book->table, key, len, &made);
	if (made && book->cold) {
		make_key(d, book, weir_order_prefix(key, len, 0), key, len);
		if (weir_spill_get(&d->spill, d->key.p, d->key.len, &d->value) > 0) {
			read_said(said, d->value.p);
			d->fetched++;
		}
	}
	return said;
}

void
weir_window_books_change(struct weir_window_books *b, struct weir_window_book *book, struct weir_window_said *said,
    bool changed)
{
	b->changed = b->changed - said->changed + changed;
	book->changed = book->changed - said->changed + changed;
	said->changed = changed;
}

static void
write_said(struct weir_window_books *b, const struct weir_window_book *book, uint64_t prefix, const void *key, size_t len,
    const struct weir_window_said *said)
{
	unsigned char p[SIZE];

	make_key(b->disk, book, prefix, key, len);
	weir_store32(p, said->rev);
	p[4] = said->changed;
	(void)weir_spill_put(&b->disk->spill, b->disk->key.p, b->disk->key.len, p, SIZE);
}

void
weir_window_books_write(struct weir_window_books *b, const struct weir_window_book *book, const void *key, size_t len,
    const struct weir_window_said *said)
{
	write_said(b, book, weir_order_prefix(key, len, 0), key, len, said);
}

static void
move_run(struct weir_window_books *b, const struct weir_window_book *book, uint32_t from, uint32_t n)
{
	struct weir_window_disk_entry *list = weir_window_disk_sort(&book->table, from, n);
	uint32_t i;

	for (i = 0; i < n && !b->disk->spill.failed; i++)
		write_said(b, book, list[i].prefix, list[i].e->key, list[i].e->len, weir_table_cell(list[i].e));
	free(list);
}

bool
weir_window_books_move(struct weir_window_books *b, struct weir_window_book *book)
{
	uint32_t i, n = book->table.n;

	for (i = 0; i < n; i += WEIR_WINDOW_DISK_RUN)
		move_run(b, book, i, n - i < WEIR_WINDOW_DISK_RUN ? n - i : WEIR_WINDOW_DISK_RUN);
	if (b->disk->spill.failed)
		return n > 0;
	b->disk->moved += n;
	book->cold = book->cold || n > 0;
	weir_table_release(&book->table);
	return n > 0;
}

void
weir_window_books_each_init(struct weir_window_books_each *e, struct weir_window_books *b, const struct weir_window_book *book)
{
	struct weir_buf from = {0}, to = {0};

	weir_window_cell_from(&from, WEIR_WINDOW_CELL_SAID, book != NULL ? book->end : INT64_MIN);
	weir_window_cell_to(&to, WEIR_WINDOW_CELL_SAID, book != NULL ? book->end : INT64_MAX);
	weir_spill_each_init(&e->each, &b->disk->spill, from.p, from.len, to.p, to.len);
	weir_buf_release(&from);
	weir_buf_release(&to);
}

int
weir_window_books_each_next(struct weir_window_books_each *e)
{
	const unsigned char *value;
	size_t vlen;
	int rc = weir_spill_each_next(&e->each, &e->entry, &e->size, &value, &vlen);

	if (rc > 0) {
		weir_window_cell_get(&e->at, e->entry, e->size);
		read_said(&e->said, value);
	}
	return rc;
}

void
weir_window_books_each_release(struct weir_window_books_each *e)
{
	weir_spill_each_release(&e->each);
}
