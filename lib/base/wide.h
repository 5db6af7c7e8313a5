/*
 * wide - magnitudes of 256 bits, for the sums and quotients of decimals
 *
 * A decimal has at most 38 digits and 38 of them behind the point. Aligned to
 * another one, or multiplied with it, it takes up to 76 digits; that is what
 * this room holds. There are no signs here: num keeps them.
 *
 * Invariant: a value stays below 2^255 (10^76 is below 2^253), so that one bit
 * is free for a carry.
 */
#ifndef WEIR_BASE_WIDE_H
#define WEIR_BASE_WIDE_H

#include <stdbool.h>
#include <stdint.h>

__extension__ typedef __int128 weir_i128;
__extension__ typedef unsigned __int128 weir_u128;

/* The least significant word first. */
struct weir_wide {
	uint64_t w[4];
};

/* 10^0 to 10^38. */
extern const weir_u128 weir_wide_ten[39];

/* a * b; the product must be below 2^255. */
struct weir_wide weir_wide_mul(weir_u128 a, weir_u128 b);

struct weir_wide weir_wide_add(struct weir_wide a, struct weir_wide b);

/* a - b; a must not be below b. */
struct weir_wide weir_wide_sub(struct weir_wide a, struct weir_wide b);

/* -1, 0, 1. */
int weir_wide_cmp(const struct weir_wide *a, const struct weir_wide *b);

/* a divided by ten in place; the remainder is returned. */
unsigned weir_wide_tenth(struct weir_wide *a);

/* The value if it is below 2^128. */
bool weir_wide_fits(const struct weir_wide *a, weir_u128 *value);

/* The double nearest to n / d, ties to even; d must not be 0. If side is not
 * NULL it says where the exact quotient lies: -1 below the answer, 0 on it, 1
 * above. The quotient of two values of this size is never subnormal. */
double weir_wide_quotient(struct weir_wide n, struct weir_wide d, int *side);

/* The double nearest n * 10^up / (d * 10^down); both products must be below
 * 2^255. A few cycles where all is small. */
double weir_wide_ratio(weir_u128 n, int up, weir_u128 d, int down);

#endif
