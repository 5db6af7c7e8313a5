/*
 * window_keep - keys whose windows have gone to disk as a whole, and the order in which they are come back to
 *
 * A key is in memory or on disk, never in both: one that gets a record, or whose turn comes, is taken back first, so that all goes
 * through the same hands as if it had never left. What is due of more keys than memory has room for is read from disk
 * line by line, in the order of results.
 *
 * Rows of the store:
 *   kept     what the kind keeps of a key
 *   turn     by end, start and key in jq's order: a window of the key, without a value; at the end of the input with its state
 *   changed  the same: a window that has changed since its last result
 */
#ifndef WEIR_TIME_WINDOW_KEEP_H
#define WEIR_TIME_WINDOW_KEEP_H

#include "state/nodes.h"
#include "time/window_disk.h"

enum weir_window_keep_row { WEIR_WINDOW_KEEP_KEPT, WEIR_WINDOW_KEEP_TURN, WEIR_WINDOW_KEEP_CHANGED };

/* A walk over rows of a kind, as they were when it began. */
struct weir_window_keep_each {
	struct weir_spill_each each;
	enum weir_window_keep_row row;
	/* valid until the next call: */
	const unsigned char *key, *value;
	size_t len, vlen;
	int64_t end, start;            /* not of kept ones */
};

struct weir_window_keep {
	struct weir_window_disk disk;  /* first; moved, fetched: keys */
	uint64_t keys;                 /* that are on disk */
	uint64_t changed;              /* rows */
	/* for the kinds: what is being given */
	struct weir_window_keep_each each;
	struct weir_window_temps temps;
	struct weir_buf names;
};

/* As those of window_disk. */
int weir_window_keep_open(struct weir_window_keep *k, const char *dir, const struct weir_window_conf *conf);
void weir_window_keep_close(struct weir_window_keep *k);

/* Moves keys, in runs that are sorted: the store takes them at a third of the time. put: leaves what is kept of a node in
 * disk.value, and puts its other rows: 0, or -1. Afterwards all are on disk, and still there: 0; or -1. */
int weir_window_keep_move(struct weir_window_keep *k, const struct weir_nodes *nodes,
    int (*put)(void *self, struct weir_node *node), void *self);

/* What is kept of a key, into disk.value: 1; 0: it is not on disk; -1. */
int weir_window_keep_get(struct weir_window_keep *k, const void *key, size_t len);

/* Puts disk.value in the place of what was kept. */
int weir_window_keep_set(struct weir_window_keep *k, const void *key, size_t len);

/* The key is no longer on disk; its other rows are the caller's to remove. */
int weir_window_keep_remove(struct weir_window_keep *k, const void *key, size_t len);

/* A turn or changed, without a value: put, or removed if it is there. */
int weir_window_keep_row_put(struct weir_window_keep *k, enum weir_window_keep_row row, int64_t end, int64_t start,
    const void *key, size_t len);
int weir_window_keep_row_remove(struct weir_window_keep *k, enum weir_window_keep_row row, int64_t end, int64_t start,
    const void *key, size_t len);

/* A turn with a value: the end of the input. */
int weir_window_keep_last_put(struct weir_window_keep *k, int64_t end, int64_t start, const void *key, size_t len,
    const void *value, size_t vlen);

/* All rows are gone. */
void weir_window_keep_clear(struct weir_window_keep *k);

/* Rows with from <= end < until, which is no bound if it is WEIR_TIME_MAX; neither counts for those that are kept. */
void weir_window_keep_each_init(struct weir_window_keep_each *e, struct weir_window_keep *k,
    enum weir_window_keep_row row, int64_t from, int64_t until);
void weir_window_keep_each_release(struct weir_window_keep_each *e);

/* 1: the next one; 0: there is none; -1. */
int weir_window_keep_each_next(struct weir_window_keep_each *e);

/* Whether so many lines are to be given in pieces, which are more than a piece has, unless there is no room at all. */
static inline bool
weir_window_keep_crowds(const struct weir_window_keep *k, uint64_t lines)
{
	uint64_t few = k->disk.room > 0 ? WEIR_WINDOW_DISK_PIECE : 1;

	/* As they are and sorted. */
	return lines > few + k->disk.room / (2 * sizeof(struct weir_window_line));
}

/* Lines whose keys and cells hold until the next begin: begin forgets what the last ones had, a line is added with the key that is copied, and
 * the end, behind the last, with first as it was before them, says where the keys lie. */
void weir_window_keep_lines_begin(struct weir_window_keep *k);
void weir_window_keep_lines_add(struct weir_window_keep *k, struct weir_window_lines *lines, struct weir_window_line *line,
    const void *key, size_t len);
void weir_window_keep_lines_end(struct weir_window_keep *k, struct weir_window_lines *lines, size_t first);

#endif
