/*
 * window_cold - slices whose keys have gone to disk
 *
 * A key's cell is in its slice's table, or on disk, or in both: then the table's is the one that counts, and the other is
 * what it was made from. A key that gets a record is fetched first, so that every cell goes through the same hands
 * as if it had never left: results are the same to the byte, also of aggregates that are sensitive to order.
 *
 * So it is with what was said of a key in a window (window_books).
 *
 * On disk a cell lies by group, key in jq's order, and slice. A group is the run of slices between two of the places where
 * window_runs splits windows: no window has slices of more than two. From there window_pieces puts windows together.
 */
#ifndef WEIR_TIME_WINDOW_COLD_H
#define WEIR_TIME_WINDOW_COLD_H

#include "time/window_pieces.h"
#include "time/window_slices.h"

struct weir_window_cold {
	struct weir_window_disk disk;  /* moved, fetched: cells, and what was said of a key */
	struct weir_window_pieces pieces;
};

/* As those of window_disk. */
int weir_window_cold_open(struct weir_window_cold *c, const char *dir, const struct weir_window_conf *conf);
void weir_window_cold_close(struct weir_window_cold *c);

/* Moves a slice's cells to disk. */
void weir_window_cold_move(struct weir_window_cold *c, struct weir_window_slice *s);

/* Moves the cells of slices, and books, to disk, those first whose turn to be written to was longest ago, until half of their
 * memory is free. Whether there were any. */
bool weir_window_cold_shrink(struct weir_window_slices *w);

/* A cell that was just made in the slice's table: what is on disk is loaded into it. */
void weir_window_cold_fetch(struct weir_window_slices *w, const struct weir_window_slice *s, const void *key, size_t len,
    void *cell);

/* The cell of a key that is not in the slice's table, as it is on disk, among the temporary ones; or NULL. */
void *weir_window_cold_look(struct weir_window_slices *w, const struct weir_window_slice *s, const void *key, size_t len);

/* What the slices before the first that is open have on disk can go. */
void weir_window_cold_forget(struct weir_window_slices *w);

/* What is on disk and counts, cell by cell, for a state: v are those of weir_agg_save. 1, 0, -1. */
struct weir_window_cold_each {
	struct weir_spill_each each;
	const unsigned char *key;
	uint32_t len;
	const struct weir_window_slice *slice;
};

void weir_window_cold_each_init(struct weir_window_cold_each *e, struct weir_window_slices *w);
int weir_window_cold_each_next(struct weir_window_cold_each *e, struct weir_window_slices *w, struct weir_value *v);
void weir_window_cold_each_release(struct weir_window_cold_each *e);

#endif
