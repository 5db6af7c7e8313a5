/*
 * moments - sample variance and correlation of numbers, by stable methods
 *
 * Variance: while the numbers are integers or decimals of up to 18 digits and the sums of
 * their squares fit, the sums are exact, and the answer is the double nearest to
 * the exact variance, whatever the order of the numbers. Beyond that by updated
 * means (Welford 1962), put together as by Chan, Golub and LeVeque (1979).
 * Correlation is always by updated means.
 */
#ifndef WEIR_TIME_MOMENTS_H
#define WEIR_TIME_MOMENTS_H

#include "base/num.h"
#include "time/pack.h"

#include <stdbool.h>
#include <stdint.h>

/* A zeroed struct is empty. */
struct weir_moments {
	union {
		struct {
			weir_i128 sum;       /* of x 10^scale */
			weir_u128 squares;
		};
		struct {
			double mean, spread; /* the mean; the sum of the squares of (x - mean) */
		};
	};
	uint64_t n;
	uint8_t scale;
	bool rough;                          /* mean and spread are in use */
};

void weir_moments_add(struct weir_moments *m, const struct weir_num *x);
void weir_moments_merge(struct weir_moments *into, const struct weir_moments *from);

/* n must be 2 or more. NaN: beyond what a double holds. */
double weir_moments_variance(const struct weir_moments *m);

void weir_moments_save(const struct weir_moments *m, struct weir_buf *b);
void weir_moments_load(struct weir_moments *m, struct weir_pack *r);

struct weir_moments_pair {
	uint64_t n;
	double mean[2], spread[2], shared;   /* shared: the sum of (x - mean)(y - mean) */
};

void weir_moments_pair_add(struct weir_moments_pair *m, double x, double y);
void weir_moments_pair_merge(struct weir_moments_pair *into, const struct weir_moments_pair *from);

/* Pearson's r; NaN where there is none: of fewer than 2 pairs, or without any spread. */
double weir_moments_pair_correlation(const struct weir_moments_pair *m);

void weir_moments_pair_save(const struct weir_moments_pair *m, struct weir_buf *b);
void weir_moments_pair_load(struct weir_moments_pair *m, struct weir_pack *r);

#endif
