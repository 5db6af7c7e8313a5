/*
 * sample - a part of all records, chosen by what is in them
 *
 * Each record is chosen or not by itself: its hash, XXH3's 64 bits with the seed, taken as a
 * number of [0, 1), is below the rate. So the choice doesn't depend on the order of records or on
 * how they are batched, and a smaller rate chooses among those that a greater one does. The hash is of
 *
 *   a record with a text    the bytes of that text, as it was read, without the line's end
 *   one that was made       its JSON text, as scat -O json writes it, without the line feed
 *   keys                    the canonical forms of their values (text/order.h), one behind
 *                           the other: records that agree in them share their fate
 *
 * This is a promise: the answer is the same in every version.
 */
#ifndef WEIR_TEXT_SAMPLE_H
#define WEIR_TEXT_SAMPLE_H

#include "text/emit.h"
#include "text/path.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_sample {
	uint64_t below;            /* hashes under this are chosen; */
	bool all;                  /* or all of them */
	uint64_t seed;
	struct weir_path *keys;    /* borrowed; NULL: the whole record */
	unsigned nkeys;
	struct weir_emit *json;    /* made when a record needs it */
	struct weir_buf bytes;
};

/* "0.1", "10%", "1/100": a rate of 0 to 1, taken exactly. 0, or -1 with *why in words. */
int weir_sample_parse(struct weir_sample *s, const char *rate, const char **why);

void weir_sample_release(struct weir_sample *s);

/* Whether the record is chosen. */
bool weir_sample_takes(struct weir_sample *s, const struct weir_record *r);

#endif
