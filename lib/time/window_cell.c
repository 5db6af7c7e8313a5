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
