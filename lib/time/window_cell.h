/*
 * window_cell - keys in the store on disk of what windows of a grid keep: cells of slices, and what was said
 *
 * Such a key is a byte of what it is, a time of 8 bytes, the prefix of the record's key (weir_order_prefix), 8; that key; and a
 * time again. Of a cell the times are the slice's group and its start; of what was said of a key in a window they are the window's
 * end and 0. Times are big-endian with the sign turned, so that they compare as bytes. Values are window_disk's and
 * window_books'.
 */
#ifndef WEIR_TIME_WINDOW_CELL_H
#define WEIR_TIME_WINDOW_CELL_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

#define WEIR_WINDOW_CELL_HEAD 17
#define WEIR_WINDOW_CELL_TAIL 8

enum weir_window_cell_what { WEIR_WINDOW_CELL_AGGS, WEIR_WINDOW_CELL_SAID };

struct weir_window_cell_key {
	enum weir_window_cell_what what;
	int64_t when, tail;
	const unsigned char *key;      /* the record's */
	size_t len;
};

/* The store's key, in place of what b held; prefix: of the record's key. And read again. */
void weir_window_cell_put(struct weir_buf *b, const struct weir_window_cell_key *k, uint64_t prefix);
void weir_window_cell_get(struct weir_window_cell_key *k, const unsigned char *p, size_t n);

/* A bound before all keys of that time, in place of what b held; and one behind them. */
void weir_window_cell_from(struct weir_buf *b, enum weir_window_cell_what what, int64_t when);
void weir_window_cell_to(struct weir_buf *b, enum weir_window_cell_what what, int64_t when);

/* The order of the store: by what, time, key in jq's order, the last time; and of two keys by the record's key alone. */
int weir_window_cell_compare(const unsigned char *a, size_t alen, const unsigned char *b, size_t blen);
int weir_window_cell_order(const unsigned char *a, size_t alen, const unsigned char *b, size_t blen);

#endif
