/*
 * wide - see wide.h. The quotient is found to 55 or 56 bits, by the machine's
 * division where 128 bits are enough (35 ns, not 250), else bit by bit. What is
 * left over goes into its lowest bit, so that the one rounding there is, from
 * integer to double, sees on which side of the middle the exact value lies.
 */
#include "base/wide.h"

#include <math.h>
#include <stddef.h>

/* 55 bits at least: 53 to keep, one for the half, one for the remainder. */
#define QUOTIENT_BITS 56

#define HELD (UINT64_C(1) << 53)        /* integers up to here are doubles */
#define HELD_TEN 22                     /* so is 10^22, but not 10^23 */

#define ONE ((weir_u128)1)
#define TENS(x) \
	(x), (x) * 10, (x) * 100, (x) * 1000, (x) * 10000, (x) * 100000, \
	(x) * 1000000, (x) * 10000000, (x) * 100000000, (x) * 1000000000, \
	(x) * UINT64_C(10000000000), (x) * UINT64_C(100000000000), \
	(x) * UINT64_C(1000000000000)
#define TEN13 (ONE * UINT64_C(10000000000000))

const weir_u128 weir_wide_ten[39] = { TENS(ONE), TENS(TEN13), TENS(TEN13 * TEN13) };

struct weir_wide
weir_wide_mul(weir_u128 a, weir_u128 b)
{
	uint64_t x[2] = { (uint64_t)a, (uint64_t)(a >> 64) };
	uint64_t y[2] = { (uint64_t)b, (uint64_t)(b >> 64) };
	struct weir_wide r = { { 0 } };

	for (int i = 0; i < 2; i++) {
		weir_u128 carry = 0;

		for (int j = 0; j < 2; j++) {
			carry += (weir_u128)x[i] * y[j] + r.w[i + j];
			r.w[i + j] = (uint64_t)carry;
			carry >>= 64;
		}
		r.w[i + 2] = (uint64_t)carry;
	}
	return r;
}

struct weir_wide
weir_wide_add(struct weir_wide a, struct weir_wide b)
{
	weir_u128 carry = 0;

	for (int i = 0; i < 4; i++) {
		carry += (weir_u128)a.w[i] + b.w[i];
		a.w[i] = (uint64_t)carry;
		carry >>= 64;
	}
	return a;
}

struct weir_wide
weir_wide_sub(struct weir_wide a, struct weir_wide b)
{
	bool borrow = false;

	for (int i = 0; i < 4; i++) {
		uint64_t word = a.w[i] - b.w[i] - borrow;

		borrow = a.w[i] < b.w[i] || (borrow && a.w[i] == b.w[i]);
		a.w[i] = word;
	}
	return a;
}

int
weir_wide_cmp(const struct weir_wide *a, const struct weir_wide *b)
{
	for (int i = 3; i >= 0; i--)
		if (a->w[i] != b->w[i])
			return a->w[i] < b->w[i] ? -1 : 1;
	return 0;
}

unsigned
weir_wide_tenth(struct weir_wide *a)
{
	weir_u128 rest = 0;

	for (int i = 3; i >= 0; i--) {
		rest = rest << 64 | a->w[i];
		a->w[i] = (uint64_t)(rest / 10);
		rest %= 10;
	}
	return (unsigned)rest;
}

bool
weir_wide_fits(const struct weir_wide *a, weir_u128 *value)
{
	*value = (weir_u128)a->w[1] << 64 | a->w[0];
	return (a->w[2] | a->w[3]) == 0;
}

static int
bits(const struct weir_wide *a)
{
	for (int i = 3; i >= 0; i--)
		if (a->w[i] != 0)
			return 64 * (i + 1) - __builtin_clzll(a->w[i]);
	return 0;
}

static struct weir_wide
shift(struct weir_wide a, int by)
{
	int words = by / 64, rest = by % 64;

	for (int i = 3; i >= 0; i--) {
		uint64_t low = i > words ? a.w[i - words - 1] : 0;
		uint64_t high = i >= words ? a.w[i - words] : 0;

		a.w[i] = rest == 0 ? high : high << rest | low >> (64 - rest);
	}
	return a;
}

/* The first QUOTIENT_BITS bits of n / d, both with their highest bit at one place;
 * whether anything is left. */
static uint64_t
divide_wide(struct weir_wide n, struct weir_wide d, bool *rest)
{
	uint64_t q = 0;

	for (int i = 0; i < QUOTIENT_BITS; i++) {
		q <<= 1;
		if (weir_wide_cmp(&n, &d) >= 0) {
			n = weir_wide_sub(n, d);
			q |= 1;
		}
		n = weir_wide_add(n, n);
	}
	*rest = bits(&n) != 0;
	return q;
}

double
weir_wide_quotient(struct weir_wide n, struct weir_wide d, int *side)
{
	int nbits = bits(&n), dbits = bits(&d), exponent = nbits - dbits - (QUOTIENT_BITS - 1);
	uint64_t q, rounded;
	weir_u128 low;
	bool rest;

	if (dbits <= 64 && exponent <= 0 && weir_wide_fits(&n, &low)) {
		low <<= -exponent;
		q = (uint64_t)(low / d.w[0]);
		rest = low % d.w[0] != 0;
	} else {
		q = divide_wide(nbits < dbits ? shift(n, dbits - nbits) : n,
		    nbits > dbits ? shift(d, nbits - dbits) : d, &rest);
	}
	rounded = (uint64_t)(double)(q | rest);
	if (side != NULL)
		*side = rounded > q ? -1 : rounded < q || rest ? 1 : 0;
	return ldexp((double)rounded, exponent);
}

/* Of two integers that are doubles, the machine's division rounds once. */
double
weir_wide_ratio(weir_u128 n, int up, weir_u128 d, int down)
{
	if (up == 0 && n <= HELD && d <= HELD && down <= HELD_TEN) {
		weir_u128 divisor = d * weir_wide_ten[down];

		if (divisor <= HELD || d == 1)
			return (double)(int64_t)n / (double)divisor;
	}
	return weir_wide_quotient(weir_wide_mul(n, weir_wide_ten[up]),
	    weir_wide_mul(d, weir_wide_ten[down]), NULL);
}
