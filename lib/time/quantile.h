/*
 * quantile - the ceil(Q n)-th smallest value, within 1 % relative error
 *
 * Up to WEIR_QUANTILE_EXACT values are kept as they are and the answer is exact.
 * Beyond that, counts in buckets: a bucket is a double's sign, exponent and first
 * six bits of the mantissa, taken from its bits (no logarithm: the same on every
 * CPU), so it is at most 1/64 wide relative to its lower end and its middle is
 * within 1/128 (0.79 %) of every value in it. The least and the greatest value stay
 * exact. The state depends on the values alone, not on their order; two sketches can be
 * added bucket by bucket.
 *
 * Source: DDSketch (Masson, Rim, Lee, VLDB 2019), with buckets linear in the
 * mantissa in place of logarithmic ones, as in HDR histograms.
 */
#ifndef WEIR_TIME_QUANTILE_H
#define WEIR_TIME_QUANTILE_H

#include "base/buf.h"
#include "base/num.h"
#include "frame/record.h"

#include <stdbool.h>
#include <stdint.h>

#define WEIR_QUANTILE_EXACT 32
#define WEIR_QUANTILE_MANTISSA 6   /* bits of the mantissa in a bucket's number */

/* Buckets [first, first + n) of one sign. Counts are of 64 bits in two halves; the upper half is made when
 * one of them first overflows. */
struct weir_quantile_side {
	uint32_t *counts;
	uint32_t *carries;
	int32_t first, n;
	uint64_t total;
};

/* What many values are put into. */
struct weir_quantile_sketch {
	struct weir_num least, greatest;
	double low, high;             /* the doubles nearest to them */
	uint64_t zeros;
	struct weir_quantile_side side[2];  /* positive, negative */
};

/* Values kept as they are take 8 bytes: the digits and the scale of an integer or decimal of up to 17 digits, else the
 * place in wide. */
struct weir_quantile {
	uint64_t n;                   /* values */
	union {
		int64_t *exact;
		struct weir_quantile_sketch *sketch;
	};
	struct weir_num *wide;
	uint32_t nwide;
	bool sketched;
};

/* A rank as a fraction: p99.9 is 999 / 1000. */
struct weir_quantile_rank {
	uint32_t num, den;
};

/* A zeroed struct is empty. limit: how many values are kept as they are, WEIR_QUANTILE_EXACT or, for an answer
 * that is always exact, UINT64_MAX; the same in all calls. */
void weir_quantile_release(struct weir_quantile *q);
void weir_quantile_add(struct weir_quantile *q, const struct weir_num *v, uint64_t limit);
void weir_quantile_add_decimal(struct weir_quantile *q, int64_t m, int scale, uint64_t limit);  /* m / 10^scale; scale < 19 */

/* Adds the values of another one. */
void weir_quantile_merge(struct weir_quantile *into, const struct weir_quantile *from, uint64_t limit);

/* The value of a rank; n must not be 0. */
struct weir_num weir_quantile_get(const struct weir_quantile *q, struct weir_quantile_rank rank);

/* Value i of those that are kept as they are. */
struct weir_num weir_quantile_kept(const struct weir_quantile *q, uint64_t i);

/* The state as a JSON array: [n, [value, ...]] while it is exact, else [n, least,
 * greatest, zeros, [skip, count, ...], [skip, count, ...]] with the buckets of the positive and the negative
 * side: how many empty ones to pass over, and the count of the next. And back, into an empty sketch: 0, or -1 if it is none. */
void weir_quantile_save(const struct weir_quantile *q, struct weir_buf *b);
int weir_quantile_load(struct weir_quantile *q, const struct weir_value *v, uint64_t limit);

/* A number in a state: exact ones as they are, a double as a string, "0x1.8p+1". */
void weir_quantile_put(struct weir_buf *b, const struct weir_num *n);
int weir_quantile_take(const struct weir_value *v, struct weir_num *n);

#endif
