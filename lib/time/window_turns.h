/*
 * window_turns - whose turn comes when: a queue by time, for turns that are mostly put off
 *
 * A session's end moves with each of its records; its turn is only looked at when it comes, and then mostly put off. So
 * turns that are some way ahead lie in buckets of `width` nanoseconds, unordered, and are put in order (a heap)
 * when the time comes near: to put one off costs the same however many there are. A calendar queue (Brown, CACM 1988), of
 * fixed width.
 */
#ifndef WEIR_TIME_WINDOW_TURNS_H
#define WEIR_TIME_WINDOW_TURNS_H

#include "state/pool.h"

#include <stddef.h>
#include <stdint.h>

#define WEIR_WINDOW_TURNS_RING 64

struct weir_window_turn {
	int64_t at;
	void *whose;
};

struct weir_window_turns_block;

struct weir_window_turns {
	/* private */
	int64_t width;
	int64_t now;                         /* the first bucket that is not in the heap yet */
	struct weir_window_turn *near;       /* the heap: turns of buckets before now */
	size_t n, cap;
	struct weir_window_turns_block *ring[WEIR_WINDOW_TURNS_RING];   /* now and those behind it */
	struct weir_window_turns_block *beyond;
	size_t nring, nbeyond;
	int64_t least;                       /* of beyond: its first bucket */
	struct weir_pool blocks;
};

/* reach: how far ahead most turns are put, in nanoseconds. */
void weir_window_turns_init(struct weir_window_turns *t, int64_t reach);
void weir_window_turns_release(struct weir_window_turns *t);

void weir_window_turns_put(struct weir_window_turns *t, int64_t at, void *whose);

/* The first turn of all, if it is at most `until`: 1, and it is taken out; 0: there is none. */
int weir_window_turns_take(struct weir_window_turns *t, int64_t until, struct weir_window_turn *turn);

#endif
