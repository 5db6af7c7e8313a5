/*
 * window_disk - see window_disk.h
 */
#include "time/window_disk.h"
#include "base/mem.h"
#include "text/order.h"

#include <stdlib.h>
#include <string.h>

int
weir_window_disk_open(struct weir_window_disk *d, const char *dir, const struct weir_window_conf *conf,
    weir_spill_compare compare)
{
	memset(d, 0, sizeof(*d));
	d->conf = conf;
	d->room = UINT64_MAX;
	d->values = weir_mem_zalloc(conf->naggs + (size_t)1, sizeof(*d->values));
	return weir_spill_open(&d->spill, dir, compare);
}

void
weir_window_disk_close(struct weir_window_disk *d)
{
	weir_spill_close(&d->spill);
	weir_buf_release(&d->key);
	weir_buf_release(&d->value);
	weir_buf_release(&d->bytes);
	free(d->values);
	*d = (struct weir_window_disk){.moved = d->moved, .fetched = d->fetched};
}

void
weir_window_disk_pack(struct weir_window_disk *d, const void *cell)
{
	const struct weir_value *v = d->values;
	unsigned i;

	weir_buf_clear(&d->bytes);
	weir_agg_save(d->conf->aggs, d->conf->naggs, cell, d->values, &d->bytes);
	for (i = 0; i < d->conf->naggs; i++, v++) {
		unsigned char *head = weir_buf_need(&d->value, 5 + 8);

		weir_store32(head, v->type == WEIR_TIME ? 8 : v->len);
		head[4] = v->type;
		d->value.len += 5;
		if (v->type == WEIR_TIME) {
			weir_store64(head + 5, (uint64_t)v->time);
			d->value.len += 8;
		} else {
			weir_buf_put(&d->value, v->p, v->len);
		}
	}
}

static int
by_key(const void *a, const void *b)
{
	const struct weir_window_disk_entry *x = a, *y = b;

	if (x->prefix != y->prefix)
		return x->prefix < y->prefix ? -1 : 1;
	return weir_order_compare_keys(x->e->key, x->e->len, y->e->key, y->e->len);
}

struct weir_window_disk_entry *
weir_window_disk_sort(const struct weir_table *t, uint32_t from, uint32_t n)
{
	struct weir_window_disk_entry *list = weir_mem_alloc(n * sizeof(*list));
	uint32_t i;

	for (i = 0; i < n; i++) {
		list[i].e = weir_table_entry(t, from + i);
		list[i].prefix = weir_order_prefix(list[i].e->key, list[i].e->len, 0);
	}
	qsort(list, n, sizeof(*list), by_key);
	return list;
}

void
weir_window_disk_states(const struct weir_window_disk *d, const unsigned char **p, struct weir_value *v)
{
	unsigned i;

	for (i = 0; i < d->conf->naggs; i++, v++) {
		weir_order_open(p, v);
		if (v->type == WEIR_TIME)
			v->time = (int64_t)weir_load64(v->p);
	}
}

void
weir_window_disk_load(struct weir_window_disk *d, const unsigned char **p, void *cell)
{
	weir_window_disk_states(d, p, d->values);
	(void)weir_agg_load(d->conf->aggs, d->conf->naggs, cell, d->values);
}
