/*
 * window_cold - slices whose keys have gone to disk, and windows that are put together from there
 *
 * A key's cell is in its slice's table, or on disk, or in both: then the table's is the one that counts, and the other is
 * what it was made from. A key that gets a record is fetched first, so that every cell goes through the same hands
 * as if it had never left: results are the same to the byte, also of aggregates that are sensitive to order.
 *
 * On disk a cell lies by group, key in jq's order, and slice. A group is the run of slices between two of the places where
 * window_runs splits windows: no window has slices of more than two, and is read in one walk over each, key by
 * key, however many slices and keys it has. Cells of a key are merged in the order in which window_runs merges them.
 */
#ifndef WEIR_TIME_WINDOW_COLD_H
#define WEIR_TIME_WINDOW_COLD_H

#include "time/window_disk.h"
#include "time/window_slices.h"

struct weir_window_cold_group;
struct weir_window_cold_part;

struct weir_window_cold {
	struct weir_window_disk disk;  /* moved, fetched: cells */
	/* private */
	/* The window that is being given: its groups, and what of the key's cells has been read. */
	struct weir_window_line line;
	int64_t middle;
	struct weir_window_cold_group *groups;
	unsigned ngroups, groups_cap;
	struct weir_window_cold_part *parts;
	size_t nparts, parts_cap;
	struct weir_buf keys;          /* of the lines that were given */
};

/* As those of window_disk. */
int weir_window_cold_open(struct weir_window_cold *c, const char *dir, const struct weir_window_conf *conf);
void weir_window_cold_close(struct weir_window_cold *c);

/* Moves the cells of slices to disk, those first whose turn to be written to was longest ago, until half of their memory is
 * free. Whether there were any. */
bool weir_window_cold_shrink(struct weir_window_slices *w);

/* A cell that was just made in the slice's table: what is on disk is loaded into it. */
void weir_window_cold_fetch(struct weir_window_slices *w, const struct weir_window_slice *s, const void *key, size_t len,
    void *cell);

/* What the slices before the first that is open have on disk can go. */
void weir_window_cold_forget(struct weir_window_slices *w);

/* Whether the window of these slices is to be given in pieces. */
bool weir_window_cold_wants(const struct weir_window_slices *w, const struct weir_window_span *span);

/* Begins to give it. line: its start and end, and whether that is final; closes: it is put together as window_runs
 * does, else slice by slice. */
void weir_window_cold_begin(struct weir_window_slices *w, const struct weir_window_span *span,
    const struct weir_window_line *line, bool closes);

/* Appends the next lines of the window, by key: their cells and keys hold until the next call. When there are no more,
 * disk.giving is false. */
void weir_window_cold_give(struct weir_window_slices *w, struct weir_window_lines *lines);

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
