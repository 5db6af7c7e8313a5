/*
 * hist - numbers counted in bins of equal width, for plotting
 *
 * What is kept are counts in fine bins, 10^e wide: as fine as the numbers' own decimals, but so that there are
 * no more than WEIR_HIST_FINE from the least to the greatest. The result has WEIR_HIST_BINS at most, 1, 2 or 5 times
 * a power of ten wide, and is exact: each number is in the bin that it belongs to. It depends on the numbers alone, not on their order.
 */
#ifndef WEIR_TIME_HIST_H
#define WEIR_TIME_HIST_H

#include "base/num.h"
#include "time/pack.h"

#include <stdbool.h>
#include <stdint.h>

#define WEIR_HIST_FINE 1000
#define WEIR_HIST_BINS 20

/* A zeroed struct is empty. */
struct weir_hist {
	uint64_t *counts;     /* of the bins first, first + 1 ...; a bin i is [i, i + 1) 10^e */
	int64_t first;
	uint32_t n, room;
	int32_t e;
	int32_t finest;       /* the least e that the numbers' decimals ask for */
};

/* False if it is no finite number; then nothing is counted. */
bool weir_hist_add(struct weir_hist *h, const struct weir_num *x);
void weir_hist_merge(struct weir_hist *into, const struct weir_hist *from);

/* Appends [{"from":0,"to":10,"count":5},...], the empty ones between others included; of nothing []. */
void weir_hist_json(const struct weir_hist *h, struct weir_buf *b);

void weir_hist_save(const struct weir_hist *h, struct weir_buf *b);
int weir_hist_load(struct weir_hist *h, const struct weir_value *v);
void weir_hist_release(struct weir_hist *h);

#endif
