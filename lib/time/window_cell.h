/*
 * window_cell - a cell of a slice as a key in a store: window_cold's
 *
 * The store's key is the slice's group, 8 bytes; the key's prefix (weir_order_prefix), 8; the key; the slice's start, 8.
 * Times are big-endian with the sign turned, so that they compare as bytes. The value is window_disk's.
 */
#ifndef WEIR_TIME_WINDOW_CELL_H
#define WEIR_TIME_WINDOW_CELL_H

#include "time/window_runs.h"

#define WEIR_WINDOW_CELL_HEAD 16
#define WEIR_WINDOW_CELL_TAIL 8

/* Appends a time: what is shorter than HEAD is a bound between keys. */
void weir_window_cell_when(struct weir_buf *b, int64_t time);

/* The key of a cell, in place of what b held. */
void weir_window_cell_key(struct weir_buf *b, const struct weir_window_slice *s, uint64_t prefix, const unsigned char *key,
    size_t len);

/* The slice's start in the store's key. */
int64_t weir_window_cell_start(const unsigned char *key, size_t len);

/* The order of the store: by group, key in jq's order, slice; and of two keys of different groups by the key alone. */
int weir_window_cell_compare(const unsigned char *a, size_t alen, const unsigned char *b, size_t blen);
int weir_window_cell_order(const unsigned char *a, size_t alen, const unsigned char *b, size_t blen);

#endif
