/*
 * window_cell - see window_cell.h
 */
#include "time/window_cell.h"
#include "state/spill.h"
#include "text/order.h"

#include <string.h>

#define HEAD WEIR_WINDOW_CELL_HEAD
#define TAIL WEIR_WINDOW_CELL_TAIL

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
	int c = memcmp(a + 9, b + 9, HEAD - 9);

	return c != 0 ? c : weir_order_compare_keys(a + HEAD, alen - HEAD - TAIL, b + HEAD, blen - HEAD - TAIL);
}

void
weir_window_cell_from(struct weir_buf *b, enum weir_window_cell_what what, int64_t when)
{
	weir_buf_clear(b);
	weir_buf_putc(b, (char)what);
	weir_spill_key_time(b, when);
}

void
weir_window_cell_to(struct weir_buf *b, enum weir_window_cell_what what, int64_t when)
{
	weir_window_cell_from(b, what, when);
	/* Above every prefix, whose first byte is a type. */
	weir_buf_putc(b, (char)0xFF);
}

void
weir_window_cell_put(struct weir_buf *b, const struct weir_window_cell_key *k, uint64_t prefix)
{
	weir_window_cell_from(b, k->what, k->when);
	weir_spill_key(b, prefix);
	weir_buf_put(b, k->key, k->len);
	weir_spill_key_time(b, k->tail);
}

void
weir_window_cell_get(struct weir_window_cell_key *k, const unsigned char *p, size_t n)
{
	k->what = (enum weir_window_cell_what)p[0];
	k->when = weir_spill_unkey_time(p + 1);
	k->key = p + HEAD;
	k->len = n - HEAD - TAIL;
	k->tail = weir_spill_unkey_time(p + n - TAIL);
}
