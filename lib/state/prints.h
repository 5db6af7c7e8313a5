/*
 * prints - keys remembered by a few bits each, in memory that is fixed from the start
 *
 * A table of lines of 64 bytes; in a line lie 32 prints of 16 bits or 16 of 32. A key may lie in either of two
 * lines that its hash chooses, and is put into the emptier one; so nine tenths of the table can be filled before some key finds both
 * full (Azar, Broder, Karlin, Upfal, "Balanced Allocations", 1994; such lines as in Fan, Andersen, Kaminsky, Mitzenmacher,
 * "Cuckoo Filter", 2014, without moving entries). A key that was put is always found; another one is taken for one of the prints that it
 * is compared with, c at most, with a probability of c / 2^bits: WEIR_PRINTS_COMPARED.
 *
 * Timed: of 32 bits so many hold a time, in ticks that are the caller's, modulo their number. A key is found
 * if it was put at a time no more than `reach` ticks away. Times below the base are forgotten: their places are free, at once
 * and at no cost, until a sweep, before they could be taken for others, clears them. Times are half of all ticks
 * ahead of the base at most. The lines are chosen by the hash and by a stretch of time of 2 to 4 times the reach, so that a key that is put
 * again and again does not fill its lines; a find looks into those of two stretches.
 */
#ifndef WEIR_STATE_PRINTS_H
#define WEIR_STATE_PRINTS_H

#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_PRINTS_LINE 64

/* How many a key is compared with at most, of 16 bits, of 32, and timed. */
#define WEIR_PRINTS_COMPARED 64
#define WEIR_PRINTS_COMPARED_WIDE 32
#define WEIR_PRINTS_COMPARED_TIMED 64

struct weir_prints {
	uint64_t n;                  /* put so far */
	uint64_t memory;             /* bytes of the lines */
	uint64_t base;               /* ticks */
	/* private */
	unsigned char *lines;
	uint64_t nlines;
	unsigned width;              /* bits of an entry */
	unsigned time_bits;
	unsigned stretch;            /* bits of a tick that are not of its stretch's number */
	uint64_t reach;
	uint32_t *used;              /* lines that may hold something, */
	uint32_t nused, most;        /* how many; beyond `most` it is not known any more, and all are swept */
	uint64_t swept;              /* the base at the last sweep */
};

/* memory: bytes, of which whole lines are used, 64 at least. width: 16 or 32. time_bits: 0, or of 32 bits at most 30; reach:
 * below a quarter of their number of ticks. base: below this no time will be put. */
void weir_prints_init(struct weir_prints *p, uint64_t memory, unsigned width, unsigned time_bits, uint64_t reach, uint64_t base);
void weir_prints_release(struct weir_prints *p);

/* Ticks from the base on that can be told apart. */
static inline uint64_t
weir_prints_range(const struct weir_prints *p)
{
	return p->time_bits == 0 ? UINT64_MAX : UINT64_C(1) << (p->time_bits - 1);
}

/* tick: base <= tick < base + range. Without time bits it means nothing. */
bool weir_prints_find(const struct weir_prints *p, struct weir_hash_pair h, uint64_t tick);

/* 0; -1: both lines are full. */
int weir_prints_put(struct weir_prints *p, struct weir_hash_pair h, uint64_t tick);

/* Asks for the memory that find will look into. */
void weir_prints_prefetch(const struct weir_prints *p, struct weir_hash_pair h, uint64_t tick);

/* Moves the base up; a lower one is nothing. */
void weir_prints_advance(struct weir_prints *p, uint64_t base);

/* Puts back bytes of the lines at an offset, both whole lines. 0, or -1 if there is no such place. */
int weir_prints_load(struct weir_prints *p, uint64_t at, const unsigned char *bytes, size_t n);

#endif
