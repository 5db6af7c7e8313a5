/*
 * decay - see decay.h
 *
 * The whole half-lives are an exponent; the rest, x in [0, 1), is e^(-x ln 2) by
 * Taylor's series: 0.7^19 / 19! is below 10^-19.
 */
#include "time/decay.h"

#include <math.h>

#define TERMS 18
#define LN2 0x1.62e42fefa39efp-1

double
weir_decay(uint64_t ns, uint64_t half)
{
	uint64_t whole = ns / half;
	double y = -((double)(ns % half) / (double)half) * LN2, sum = 1;
	int k;

	if (whole > 1100)
		return 0;
	for (k = TERMS; k > 0; k--)
		sum = 1 + sum * y / k;
	return ldexp(sum, -(int)whole);
}
