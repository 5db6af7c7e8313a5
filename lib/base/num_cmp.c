/*
 * num_cmp - the order of numbers by exact value, see num.h
 */
#include "base/num.h"

#include <math.h>

static int
cmp_exact(const struct weir_num *a, const struct weir_num *b)
{
	int scale = a->scale > b->scale ? a->scale : b->scale;
	struct weir_wide p, q;

	if (a->scale == b->scale || (a->m < 0) != (b->m < 0))
		return a->m < b->m ? -1 : a->m > b->m;
	p = weir_wide_mul(weir_num_magnitude(a->m), weir_wide_ten[scale - a->scale]);
	q = weir_wide_mul(weir_num_magnitude(b->m), weir_wide_ten[scale - b->scale]);
	return a->m < 0 ? weir_wide_cmp(&q, &p) : weir_wide_cmp(&p, &q);
}

/* Rounding keeps the order, so that only a number whose nearest double is d
 * needs a second look. */
static int
cmp_double(const struct weir_num *a, double d)
{
	double near = weir_num_double(a);
	int side;

	if (near != d)
		return near < d ? -1 : 1;
	weir_wide_quotient(weir_wide_mul(weir_num_magnitude(a->m), 1),
	    weir_wide_mul(weir_wide_ten[a->scale], 1), &side);
	return a->m < 0 ? -side : side;
}

int
weir_num_cmp(const struct weir_num *a, const struct weir_num *b)
{
	if (a->inexact && isnan(a->d))
		return -1;
	if (b->inexact && isnan(b->d))
		return 1;
	if (a->inexact && b->inexact)
		return a->d < b->d ? -1 : a->d > b->d;
	if (a->inexact)
		return -cmp_double(b, a->d);
	return b->inexact ? cmp_double(a, b->d) : cmp_exact(a, b);
}
