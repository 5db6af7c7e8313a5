/*
 * window_count - windows of so many records of a key, and of all of them
 *
 * Windows of `size` records begin each `slide` records; a key's records count in the order in which they arrive. A
 * window gives its result when it is full; what never fills gives none. With size 0 a key has one window, which the
 * end of the input closes.
 *
 * A result's start and end are the first and the last event time in it, or WEIR_TIME_NONE.
 */
#ifndef WEIR_TIME_WINDOW_COUNT_H
#define WEIR_TIME_WINDOW_COUNT_H

#include "state/nodes.h"
#include "time/window.h"

/* Some records of a key, of which every window has all or none. */
struct weir_window_part {
	int64_t first, last;           /* event times */
	/* the aggregates' cell follows */
};

struct weir_window_counter {
	uint64_t skip;                 /* records that no window has, before the next one begins */
	uint32_t n, cap;               /* parts */
	uint32_t fill;                 /* records in the last part */
	struct weir_window_said said;  /* size 0 */
	unsigned char *parts;
};

struct weir_window_count_keep;

struct weir_window_counts {
	const struct weir_window_conf *conf;
	uint64_t size, slide;          /* records; size 0: all */
	int64_t mark;                  /* size 0: the watermark up to which early results have been given */
	struct weir_nodes nodes;
	uint64_t memory, changed;      /* bytes of parts; counters whose said.changed is set, wherever they are */
	struct weir_window_count_keep *keep;   /* where keys go that memory has no room for; or NULL */
	/* private */
	uint32_t grain;                /* records in a part; 0: all */
	struct weir_node *spent;       /* has nothing in it any more */
	bool told;                     /* the last results have been given */
	struct weir_pool singles;      /* the parts of keys that have one */
	struct weir_window_temps temps;
};

/* NULL, or why there are no such windows. */
const char *weir_window_counts_init(struct weir_window_counts *w, const struct weir_window_conf *conf,
    uint64_t size, uint64_t slide);
void weir_window_counts_release(struct weir_window_counts *w);

/* The node of a key, made if there is none, with what of it was on disk. */
struct weir_node *weir_window_counts_key(struct weir_window_counts *w, const void *key, size_t len, uint32_t hash);

/* The cell for the next record of a key; NULL: it lies between windows. */
void *weir_window_counts_at(struct weir_window_counts *w, int64_t time, const void *key, size_t len,
    uint32_t hash, struct weir_node **node);

/* Asks for the memory that it will look into: steps 0, 1, 2, each some time after the one before. */
void weir_window_counts_prefetch(const struct weir_window_counts *w, uint32_t hash, unsigned step);

/* The record was added to the cell: appends the results that are due. The lines hold until the next touch. */
void weir_window_counts_touch(struct weir_window_counts *w, struct weir_node *node,
    struct weir_window_lines *lines);

/* Size 0: early results on the way to a watermark; and the last ones, at the end of the input, after which nothing is
 * left. As those of window_slices; 1 as well if the disk has failed. */
int weir_window_counts_due(struct weir_window_counts *w, int64_t watermark,
    struct weir_window_lines *lines);
int weir_window_counts_finish(struct weir_window_counts *w, struct weir_window_lines *lines);

/* Moves all keys to disk. Whether there were any. No lines hold any more. */
bool weir_window_counts_shrink(struct weir_window_counts *w);

struct weir_window_part *weir_window_counter_part(const struct weir_window_counts *w,
    const struct weir_window_counter *c, uint32_t i);

/* A part more, for a state that is loaded. */
struct weir_window_part *weir_window_counter_add(struct weir_window_counts *w, struct weir_window_counter *c);

static inline void *
weir_window_part_cell(struct weir_window_part *p)
{
	return p + 1;
}

#endif
