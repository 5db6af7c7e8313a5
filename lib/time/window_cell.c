/*
 * window_cell - see window_cell.h
 */
#include "time/window_cell.h"
#include "state/spill.h"
#include "text/order.h"

#include <string.h>

#define HEAD WEIR_WINDOW_CELL_HEAD
#define TAIL WEIR_WINDOW_CELL_TAIL

void
weir_window_cell_when(struct weir_buf *b, int64_t time)
{
	weir_spill_key_time(b, time);
}

int64_t
weir_window_cell_start(const unsigned char *key, size_t len)
{
	return weir_spill_unkey_time(key + len - TAIL);
}

/* Bounds of a walk are shorter than a key. */
int
weir_window_cell_compare(const unsigned char *a, size_t alen, const unsigned char *b, size_t blen)
{
	int c = memcmp(a, b, alen < HEAD || blen < HEAD ? (alen < blen ? alen : blen) : HEAD);

	if (c != 0 || alen < HEAD + TAIL || blen < HEAD + TAIL)
		return c != 0 ? c : (alen > blen) - (alen < blen);
	c = weir_order_compare_keys(a + HEAD, alen - HEAD - TAIL, b + HEAD, blen - HEAD - TAIL);
	return c != 0 ? c : memcmp(a + alen - TAIL, b + blen - TAIL, TAIL);
}

int
weir_window_cell_order(const unsigned char *a, size_t alen, const unsigned char *b, size_t blen)
{
	int c = memcmp(a + 8, b + 8, HEAD - 8);

	return c != 0 ? c : weir_order_compare_keys(a + HEAD, alen - HEAD - TAIL, b + HEAD, blen - HEAD - TAIL);
}

void
weir_window_cell_key(struct weir_buf *b, const struct weir_window_slice *s, uint64_t prefix, const unsigned char *key,
    size_t len)
{
	weir_buf_clear(b);
	weir_window_cell_when(b, s->group);
	weir_spill_key(b, prefix);
	weir_buf_put(b, key, len);
	weir_window_cell_when(b, s->place.start);
}

void
weir_window_cell_pack(const struct weir_window_conf *cf, const void *cell, struct weir_value *v, struct weir_buf *bytes,
    struct weir_buf *out)
{
	unsigned i;

	weir_buf_clear(bytes);
	weir_agg_save(cf->aggs, cf->naggs, cell, v, bytes);
	weir_buf_clear(out);
	for (i = 0; i < cf->naggs; i++) {
		unsigned char *head = weir_buf_need(out, 5 + 8);

		weir_store32(head, v[i].type == WEIR_TIME ? 8 : v[i].len);
		head[4] = v[i].type;
		out->len += 5;
		if (v[i].type == WEIR_TIME) {
			weir_store64(head + 5, (uint64_t)v[i].time);
			out->len += 8;
		} else {
			weir_buf_put(out, v[i].p, v[i].len);
		}
	}
}

void
weir_window_cell_unpack(const struct weir_window_conf *cf, const unsigned char *p, struct weir_value *v)
{
	unsigned i;

	for (i = 0; i < cf->naggs; i++) {
		weir_order_open(&p, &v[i]);
		if (v[i].type == WEIR_TIME)
			v[i].time = (int64_t)weir_load64(v[i].p);
	}
}
