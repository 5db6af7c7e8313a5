/*
 * window_disk - what all kinds of windows have in common when more of them is kept than memory has room for
 *
 * A kind has a room of its own for that (window_cold for slices), which begins with one of these and says how it lies in
 * the store. What is due can then come in pieces, over several calls for one moment: between them `giving` is true.
 *
 * What fails on the disk is in spill.why; from then on nothing is moved, fetched or given.
 */
#ifndef WEIR_TIME_WINDOW_DISK_H
#define WEIR_TIME_WINDOW_DISK_H

#include "state/spill.h"
#include "time/window.h"

/* Lines that come at once; entries that are sorted before they are written. */
#define WEIR_WINDOW_DISK_PIECE 256
#define WEIR_WINDOW_DISK_RUN 65536

struct weir_window_disk {
	struct weir_spill spill;
	const struct weir_window_conf *conf;
	uint64_t room;                 /* bytes that results may take at once: those that need more come in pieces */
	uint64_t moved, fetched;       /* what went to disk and came back, for statistics */
	bool giving;
	/* for the kind's use */
	struct weir_buf key, value, bytes;
	struct weir_value *values;     /* of an aggregate each */
};

/* 0, or an exit status; then spill.why says why. conf must last; compare as of weir_spill_open. */
int weir_window_disk_open(struct weir_window_disk *d, const char *dir, const struct weir_window_conf *conf,
    weir_spill_compare compare);

/* Without effect on what was not opened (zeros). The statistics stay. */
void weir_window_disk_close(struct weir_window_disk *d);

/* Appends a cell's state to value: of each aggregate a length of 4 bytes, its type and its bytes. */
void weir_window_disk_pack(struct weir_window_disk *d, const void *cell);

/* Entries [from, from + n) of a table in the order of their keys, in which the store takes them at a third of the time; the
 * caller's to free. */
struct weir_window_disk_entry {
	uint64_t prefix;               /* weir_order_prefix */
	struct weir_table_entry *e;
};

struct weir_window_disk_entry *weir_window_disk_sort(const struct weir_table *t, uint32_t from, uint32_t n);

/* Reads what pack wrote at *p, which moves behind it: the states, as weir_agg_load takes them, which point into it; or
 * loads them into a cell of zeros. */
void weir_window_disk_states(const struct weir_window_disk *d, const unsigned char **p, struct weir_value *v);
void weir_window_disk_load(struct weir_window_disk *d, const unsigned char **p, void *cell);

#endif
