/*
 * num_format - a number as text, see num.h
 *
 * A double's digits are those of the shortest decimal that reads back as the
 * same double; of several, the one nearest to it. 15 digits are tried, then 16,
 * then 17. Below the normal doubles fewer may do. At a power of two the nearest
 * 16 digits may lie on the near side, where the next double is only half as
 * far, and read back wrong while the next 16 digits up read back right.
 */
#include "base/num.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ZEROS 15            /* put behind the digits at most, as jq does */
#define MAX_BEFORE 3            /* and between the point and the digits */
#define EXACT_TEN 22            /* 10^22 is a double */
#define HALF 19                 /* decimal digits that fit 64 bits */

/* digits * 10^exponent, without trailing zeros. */
struct decimal {
	uint64_t digits;
	int exponent;
};

/* Writes v so that it ends before end, with at least min digits. */
static char *
put_back(char *end, uint64_t v, int min)
{
	for (; v > 0 || min > 0; v /= 10, min--)
		*--end = (char)('0' + v % 10);
	return end;
}

static bool
reads_back(const struct decimal *t, double d)
{
	char text[40];

	if (t->exponent <= 0 && t->exponent >= -EXACT_TEN)
		return weir_wide_ratio(t->digits, 0, 1, -t->exponent) == d;
	snprintf(text, sizeof(text), "%" PRIu64 "e%d", t->digits, t->exponent);
	return strtod(text, NULL) == d;
}

/* d, from 10^-5 to 10^15, rounded to n >= 15 digits, ties to even, in integers: it
 * is m / 2^shift, and m * 10^22 is below 2^127. The number of digits before the
 * point is guessed from the bits, and once in a while one too low. */
static struct decimal
rounded_near(double d, int n)
{
	int bits, shift, places;
	weir_u128 m = (uint64_t)(frexp(d, &bits) * 0x1p53), t, half, rest;

	shift = 53 - bits;
	half = (weir_u128)1 << (shift - 1);
	for (places = n - (bits - 1) * 1233 / 4096 - (bits > 0); ; places--) {
		t = m * weir_wide_ten[places];
		rest = t & (2 * half - 1);
		t >>= shift;
		t += rest > half || (rest == half && t % 2 != 0);
		if (places == 0 || t < weir_wide_ten[n])
			return (struct decimal){ (uint64_t)t, -places };
	}
}

/* d > 0, rounded to n digits. The decimal point, which is the locale's, is
 * skipped whatever it is. */
static struct decimal
rounded(double d, int n)
{
	struct decimal t = { 0, 0 };
	char text[40];
	const char *p = text;

	if (d >= 1e-5 && d < 1e15 && n >= DBL_DIG)
		return rounded_near(d, n);
	snprintf(text, sizeof(text), "%.*e", n - 1, d);
	for (; *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			t.digits = t.digits * 10 + (uint64_t)(*p - '0');
	t.exponent = atoi(p + 1) - (n - 1);
	return t;
}

static struct decimal
shortest(double d)
{
	int power, n = d < DBL_MIN ? 1 : DBL_DIG;
	struct decimal t = rounded(d, n);

	while (!reads_back(&t, d)) {
		if (n == DBL_DECIMAL_DIG - 1 && frexp(d, &power) == 0.5) {
			t.digits++;
			if (reads_back(&t, d))
				break;
		}
		t = rounded(d, ++n);
	}
	for (; t.digits % 10 == 0; t.digits /= 10)
		t.exponent++;
	return t;
}

static size_t
format_double(double d, char buf[WEIR_NUM_TEXT])
{
	char digits[HALF + 1], *first;
	const char *sign = signbit(d) ? "-" : "";
	struct decimal t;
	int n, point, len;

	if (isnan(d))
		return (size_t)snprintf(buf, WEIR_NUM_TEXT, "null");
	if (d == 0)
		return (size_t)snprintf(buf, WEIR_NUM_TEXT, "%s0", sign);
	t = shortest(fmin(fabs(d), DBL_MAX));
	digits[HALF] = '\0';
	first = put_back(digits + HALF, t.digits, 1);
	n = (int)(digits + HALF - first);
	point = n + t.exponent;                 /* where it is, from the first digit */
	if (point <= -MAX_BEFORE - 1 || t.exponent > MAX_ZEROS)
		len = snprintf(buf, WEIR_NUM_TEXT, "%s%c%s%se%+03d", sign, *first,
		    n > 1 ? "." : "", first + 1, point - 1);
	else if (point <= 0)
		len = snprintf(buf, WEIR_NUM_TEXT, "%s0.%.*s%s", sign, -point, "000", first);
	else if (t.exponent < 0)
		len = snprintf(buf, WEIR_NUM_TEXT, "%s%.*s.%s", sign, point, first, first + point);
	else
		len = snprintf(buf, WEIR_NUM_TEXT, "%s%s%.*s", sign, first, t.exponent,
		    "000000000000000");
	return (size_t)len;
}

size_t
weir_num_format(const struct weir_num *n, char buf[WEIR_NUM_TEXT])
{
	char text[2 * HALF + 2], *end = text + sizeof(text), *p = end;
	weir_u128 m = weir_num_magnitude(n->m);
	weir_u128 half = weir_wide_ten[HALF];
	size_t before, len = 0;

	if (n->inexact)
		return format_double(n->d, buf);
	if (m >= half)
		p = put_back(put_back(p, (uint64_t)(m % half), HALF), (uint64_t)(m / half), 0);
	else
		p = put_back(p, (uint64_t)m, 0);
	while (end - p <= n->scale)
		*--p = '0';
	before = (size_t)(end - p - n->scale);
	if (n->m < 0)
		buf[len++] = '-';
	memcpy(buf + len, p, before);
	len += before;
	if (n->scale > 0) {
		buf[len++] = '.';
		memcpy(buf + len, p + before, (size_t)n->scale);
		len += (size_t)n->scale;
	}
	buf[len] = '\0';
	return len;
}
