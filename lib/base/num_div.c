/*
 * num_div - the quotient of two numbers, see num.h. It is exact where that is
 * a decimal of few digits, which is found from the divisor's factors alone,
 * without a long division.
 */
#include "base/num.h"

#define QUOTIENT_DIGITS 17

/* m / d * 10^-scale, if it is a decimal of at most 17 digits. It is one if m
 * contains all of d but the factors 2 and 5; those left over of one are made up
 * for with the other. */
static bool
divide(weir_u128 m, weir_u128 d, int scale, bool neg, struct weir_num *n)
{
	int twos = 0, fives = 0;

	for (; d % 2 == 0; d /= 2)
		twos++;
	for (; d % 5 == 0; d /= 5)
		fives++;
	if (m % d != 0)
		return false;
	m /= d;
	for (; twos > 0 && m % 2 == 0; m /= 2)
		twos--;
	for (; fives > 0 && m % 5 == 0; m /= 5)
		fives--;
	for (; twos < fives && m < weir_wide_ten[QUOTIENT_DIGITS]; m *= 2)
		twos++;
	for (; fives < twos && m < weir_wide_ten[QUOTIENT_DIGITS]; m *= 5)
		fives++;
	scale += twos;
	for (; m > 0 && m % 10 == 0; m /= 10)
		scale--;
	if (m == 0)
		scale = 0;
	if (m >= weir_wide_ten[QUOTIENT_DIGITS] || scale > WEIR_NUM_DIGITS ||
	    scale <= -WEIR_NUM_DIGITS)
		return false;
	if (scale < 0) {
		if (m >= weir_wide_ten[WEIR_NUM_DIGITS + scale])
			return false;
		m *= weir_wide_ten[-scale];
		scale = 0;
	}
	*n = (struct weir_num){ .m = neg ? -(weir_i128)m : (weir_i128)m, .scale = scale };
	return true;
}

struct weir_num
weir_num_div(const struct weir_num *a, const struct weir_num *b)
{
	weir_u128 m = weir_num_magnitude(a->m), d = weir_num_magnitude(b->m);
	int up = b->scale > a->scale ? b->scale - a->scale : 0;
	int down = a->scale > b->scale ? a->scale - b->scale : 0;
	bool neg = (a->m < 0) != (b->m < 0);
	struct weir_num n;
	double q;

	if (a->inexact || b->inexact)
		return weir_num_dbl(weir_num_double(a) / weir_num_double(b));
	if (divide(m, d, a->scale - b->scale, neg, &n))
		return n;
	q = weir_wide_ratio(m, up, d, down);
	return weir_num_dbl(neg ? -q : q);
}
