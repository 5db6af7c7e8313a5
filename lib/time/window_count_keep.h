/*
 * window_count_keep - parts of keys that have gone to disk: windows of so many records, and of all
 *
 * What a key has is on disk as one. Results come with a record, and so from memory, but for those of all records: early ones and
 * the last. Where some of these are on disk, or have no room, all that is in memory goes there, and they come in pieces.
 */
#ifndef WEIR_TIME_WINDOW_COUNT_KEEP_H
#define WEIR_TIME_WINDOW_COUNT_KEEP_H

#include "time/window_count.h"
#include "time/window_keep.h"

struct weir_window_count_keep {
	struct weir_window_keep of;    /* first */
	/* private */
	bool last;                     /* the last results are being given */
};

/* As those of window_disk. */
int weir_window_count_keep_open(struct weir_window_count_keep *k, const char *dir, const struct weir_window_conf *conf);
void weir_window_count_keep_close(struct weir_window_count_keep *k);

/* All keys to disk, where they are from then on as well as in memory: 0, or -1. */
int weir_window_count_keep_move(struct weir_window_counts *w);

/* What is on disk of a key whose node was just made becomes the node's. */
void weir_window_count_keep_take(struct weir_window_counts *w, struct weir_node *node, const void *key, size_t len);

/* Begins to give results in pieces: early ones, or the last. */
void weir_window_count_keep_begin(struct weir_window_counts *w, bool last, struct weir_window_lines *lines);

/* Appends the next lines of what is being given, or the disk has failed: true. */
bool weir_window_count_keep_gives(struct weir_window_counts *w, struct weir_window_lines *lines);

/* What is kept of a key, at *p, which moves behind it; and then each of its n parts, with the states of weir_agg_save. */
struct weir_window_count_image {
	uint64_t skip;
	uint32_t n, fill, rev;
	bool changed;
};

void weir_window_count_keep_read(const unsigned char **p, struct weir_window_count_image *image);
void weir_window_count_keep_read_part(struct weir_window_count_keep *k, const unsigned char **p, struct weir_window_part *part,
    struct weir_value *states);

#endif
