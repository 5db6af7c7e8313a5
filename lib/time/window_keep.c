/*
 * window_keep - see window_keep.h
 *
 * The store's keys: a byte, which kind of row; of turns and changed ones end and start, 8 bytes each; weir_order_prefix of the key, 8;
 * and the key. Times are big-endian with the sign turned, so that they compare as bytes.
 */
#include "time/window_keep.h"
#include "base/civil.h"
#include "base/mem.h"
#include "text/order.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_HEAD (1 + 8)
#define TURN_HEAD (1 + 16 + 8)
#define RUN 65536            /* keys that are sorted before they are written */

static size_t
head_of(int row)
{
	return row == WEIR_WINDOW_KEEP_KEPT ? KEPT_HEAD : TURN_HEAD;
}

/* Bounds of a walk are shorter than a head. */
static int
compare(const unsigned char *a, size_t alen, const unsigned char *b, size_t blen)
{
	size_t n = alen < blen ? alen : blen, head = head_of(n > 0 ? a[0] : 0);
	int c = memcmp(a, b, n < head ? n : head);

	/* What is kept is found by its key alone: any order does. */
	if (c == 0 && n > head && a[0] == WEIR_WINDOW_KEEP_KEPT)
		c = memcmp(a + head, b + head, n - head);
	if (c != 0 || n < head || a[0] == WEIR_WINDOW_KEEP_KEPT)
		return c != 0 ? c : (alen > blen) - (alen < blen);
	return weir_order_compare_keys(a + head, alen - head, b + head, blen - head);
}

int
weir_window_keep_open(struct weir_window_keep *k, const char *dir, const struct weir_window_conf *conf)
{
	memset(k, 0, sizeof(*k));
	return weir_window_disk_open(&k->disk, dir, conf, compare);
}

void
weir_window_keep_close(struct weir_window_keep *k)
{
	weir_window_keep_each_release(&k->each);
	if (k->disk.conf != NULL)
		weir_window_temps_release(&k->temps, k->disk.conf);
	weir_window_disk_close(&k->disk);
	weir_buf_release(&k->names);
	*k = (struct weir_window_keep){.disk = k->disk};
}

static void
kept_key(struct weir_window_keep *k, uint64_t prefix, const void *key, size_t len)
{
	struct weir_buf *b = &k->disk.key;

	weir_buf_clear(b);
	weir_buf_putc(b, WEIR_WINDOW_KEEP_KEPT);
	weir_spill_key(b, prefix);
	weir_buf_put(b, key, len);
}

static void
row_key(struct weir_window_keep *k, enum weir_window_keep_row row, int64_t end, int64_t start, const void *key, size_t len)
{
	struct weir_buf *b = &k->disk.key;

	weir_buf_clear(b);
	weir_buf_putc(b, row);
	weir_spill_key_time(b, end);
	weir_spill_key_time(b, start);
	weir_spill_key(b, weir_order_prefix(key, len, 0));
	weir_buf_put(b, key, len);
}

struct mover {
	uint64_t prefix;
	struct weir_node *node;
	const unsigned char *key;
};

static int
by_key(const void *a, const void *b)
{
	const struct mover *x = a, *y = b;

	if (x->prefix != y->prefix)
		return x->prefix < y->prefix ? -1 : 1;
	return weir_order_compare_keys(x->key, x->node->len, y->key, y->node->len);
}

int
weir_window_keep_move(struct weir_window_keep *k, const struct weir_nodes *nodes,
    int (*put)(void *self, struct weir_node *node), void *self)
{
	struct weir_window_disk *d = &k->disk;
	struct mover *list = weir_mem_alloc((nodes->n < RUN ? nodes->n : RUN) * sizeof(*list));
	struct weir_node *node = NULL;
	size_t n, i;
	int rc = d->spill.failed ? -1 : 0;

	do {
		for (n = 0; n < RUN && (node = weir_nodes_next(nodes, node)) != NULL; n++) {
			list[n].node = node;
			list[n].key = weir_node_key(nodes, node);
			list[n].prefix = weir_order_prefix(list[n].key, node->len, 0);
		}
		qsort(list, n, sizeof(*list), by_key);
		for (i = 0; i < n && rc == 0; i++) {
			weir_buf_clear(&d->value);
			if ((rc = put(self, list[i].node)) != 0)
				break;
			kept_key(k, list[i].prefix, list[i].key, list[i].node->len);
			rc = weir_spill_put(&d->spill, d->key.p, d->key.len, d->value.p, d->value.len);
		}
		k->keys += i;
		d->moved += i;
	} while (rc == 0 && node != NULL);
	free(list);
	return rc;
}

int
weir_window_keep_get(struct weir_window_keep *k, const void *key, size_t len)
{
	if (k->keys == 0)
		return 0;
	kept_key(k, weir_order_prefix(key, len, 0), key, len);
	return weir_spill_get(&k->disk.spill, k->disk.key.p, k->disk.key.len, &k->disk.value);
}

int
weir_window_keep_set(struct weir_window_keep *k, const void *key, size_t len)
{
	struct weir_window_disk *d = &k->disk;

	kept_key(k, weir_order_prefix(key, len, 0), key, len);
	return weir_spill_put(&d->spill, d->key.p, d->key.len, d->value.p, d->value.len);
}

int
weir_window_keep_remove(struct weir_window_keep *k, const void *key, size_t len)
{
	k->keys--;
	kept_key(k, weir_order_prefix(key, len, 0), key, len);
	return weir_spill_remove(&k->disk.spill, k->disk.key.p, k->disk.key.len);
}

int
weir_window_keep_row_put(struct weir_window_keep *k, enum weir_window_keep_row row, int64_t end, int64_t start,
    const void *key, size_t len)
{
	k->changed += row == WEIR_WINDOW_KEEP_CHANGED;
	row_key(k, row, end, start, key, len);
	return weir_spill_put(&k->disk.spill, k->disk.key.p, k->disk.key.len, "", 0);
}

int
weir_window_keep_last_put(struct weir_window_keep *k, int64_t end, int64_t start, const void *key, size_t len,
    const void *value, size_t vlen)
{
	row_key(k, WEIR_WINDOW_KEEP_TURN, end, start, key, len);
	return weir_spill_put(&k->disk.spill, k->disk.key.p, k->disk.key.len, value, vlen);
}

int
weir_window_keep_row_remove(struct weir_window_keep *k, enum weir_window_keep_row row, int64_t end, int64_t start,
    const void *key, size_t len)
{
	k->changed -= row == WEIR_WINDOW_KEEP_CHANGED;
	row_key(k, row, end, start, key, len);
	return weir_spill_remove(&k->disk.spill, k->disk.key.p, k->disk.key.len);
}

void
weir_window_keep_clear(struct weir_window_keep *k)
{
	(void)weir_spill_drop(&k->disk.spill, "\0", 1, "\3", 1);
	k->keys = k->changed = 0;
}

void
weir_window_keep_each_init(struct weir_window_keep_each *e, struct weir_window_keep *k, enum weir_window_keep_row row,
    int64_t from, int64_t until)
{
	struct weir_buf low = {0}, high = {0};
	bool bounded = row != WEIR_WINDOW_KEEP_KEPT;

	weir_buf_putc(&low, row);
	weir_buf_putc(&high, row);
	if (bounded)
		weir_spill_key_time(&low, from);
	if (bounded && until != WEIR_TIME_MAX)
		weir_spill_key_time(&high, until);
	else
		high.p[0]++;
	*e = (struct weir_window_keep_each){.row = row};
	weir_spill_each_init(&e->each, &k->disk.spill, low.p, low.len, high.p, high.len);
	weir_buf_release(&low);
	weir_buf_release(&high);
}

void
weir_window_keep_each_release(struct weir_window_keep_each *e)
{
	weir_spill_each_release(&e->each);
	*e = (struct weir_window_keep_each){.row = e->row};
}

int
weir_window_keep_each_next(struct weir_window_keep_each *e)
{
	size_t head = head_of(e->row);
	int rc = weir_spill_each_next(&e->each, &e->key, &e->len, &e->value, &e->vlen);

	if (rc <= 0)
		return rc;
	if (e->row != WEIR_WINDOW_KEEP_KEPT) {
		e->end = weir_spill_unkey_time(e->key + 1);
		e->start = weir_spill_unkey_time(e->key + 9);
	}
	e->key += head;
	e->len -= head;
	return rc;
}

void
weir_window_keep_lines_begin(struct weir_window_keep *k)
{
	weir_window_temps_clear(&k->temps, k->disk.conf);
	weir_buf_clear(&k->names);
}

void
weir_window_keep_lines_add(struct weir_window_keep *k, struct weir_window_lines *lines, struct weir_window_line *line,
    const void *key, size_t len)
{
	weir_buf_put(&k->names, key, len);
	line->key = NULL;
	line->len = (uint32_t)len;
	weir_window_lines_add(lines, line);
}

void
weir_window_keep_lines_end(struct weir_window_keep *k, struct weir_window_lines *lines, size_t first)
{
	size_t at = 0;

	for (; first < lines->n; first++) {
		lines->v[first].key = k->names.len > 0 ? k->names.p + at : (const unsigned char *)"";
		at += lines->v[first].len;
	}
}
