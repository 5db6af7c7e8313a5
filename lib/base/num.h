/*
 * num - numbers that keep their digits
 *
 * A number is exact, m / 10^scale with |m| < 10^38 and 0 <= scale <= 38, or it
 * is a double. What cannot be held exactly (more than 38 digits, a magnitude of
 * 10^38 or more, more than 38 digits behind the point after trailing zeros are
 * dropped) becomes the nearest double. "-0" is the exact 0. The scale of a text
 * is kept: "11.10" is 1110 / 10^2 and prints as 11.10.
 *
 * Sum, difference and product of exact numbers are exact where they fit after
 * trailing zeros are dropped as far as needed, else the double nearest the exact
 * result. With a double on either side they are the double operation on the
 * nearest doubles. Nothing here allocates, fails on magnitude or depends on the
 * locale.
 */
#ifndef WEIR_BASE_NUM_H
#define WEIR_BASE_NUM_H

#include "base/wide.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_num {
	weir_i128 m;    /* exact: the digits */
	double d;       /* inexact: the value */
	int scale;      /* exact: digits behind the point, 0..38 */
	bool inexact;
};

/* Of an exact number, in all and behind the point. */
#define WEIR_NUM_DIGITS 38

/* Enough for any formatted number and a NUL. */
#define WEIR_NUM_TEXT 48

/* Reads a number by JSON's grammar, all len bytes of it; -1 if it is none (then
 * *n is unchanged).
 * "1e400" is the double infinity. */
int weir_num_parse(struct weir_num *n, const void *p, size_t len);

/* How many bytes at p (up to len) are a number by JSON's grammar, the longest
 * such prefix; 0 if there is none. */
size_t weir_num_span(const void *p, size_t len);

struct weir_num weir_num_int(int64_t i);
struct weir_num weir_num_dbl(double d);

/* The text. Exact: the digits, with all of the scale. A double: the fewest
 * digits that read back as the same double, in jq's notation (as jq 1.6 prints:
 * 0.0001, 1e-05, 123456789012345680, 1000000000000000, 1e+16, 1e+300, -0): with
 * an exponent, of two digits or more, below 10^-4 and where more than 15 zeros
 * would have to be put behind the digits. NaN is "null", infinities are
 * +-1.7976931348623157e+308 (as jq). Returns its length; buf is NUL-terminated. */
size_t weir_num_format(const struct weir_num *n, char buf[WEIR_NUM_TEXT]);

/* Drops trailing zeros behind the point from an exact number. */
void weir_num_trim(struct weir_num *n);

/* -1, 0, 1 by exact value, also between exact and double; NaN is below every
 * number, itself included (jq's order). */
int weir_num_cmp(const struct weir_num *a, const struct weir_num *b);

struct weir_num weir_num_add(const struct weir_num *a, const struct weir_num *b);
struct weir_num weir_num_sub(const struct weir_num *a, const struct weir_num *b);
struct weir_num weir_num_mul(const struct weir_num *a, const struct weir_num *b);
struct weir_num weir_num_neg(const struct weir_num *a);

/* Exact, without trailing zeros, where the quotient of exact numbers has at most 17
 * significant digits, else the double nearest the exact quotient. b must not be 0. */
struct weir_num weir_num_div(const struct weir_num *a, const struct weir_num *b);

/* Cut to a 64-bit integer, towards 0, saturating; NaN is 0. */
int64_t weir_num_cut(const struct weir_num *n);

/* jq's %: of what weir_num_cut gives, with the sign of a; b's cut must not be 0. */
struct weir_num weir_num_mod(const struct weir_num *a, const struct weir_num *b);

/* The nearest double, correctly rounded. */
double weir_num_double(const struct weir_num *n);

/* The double nearest to the exact a / count; count > 0. */
double weir_num_mean(const struct weir_num *a, uint64_t count);

static inline weir_u128
weir_num_magnitude(weir_i128 m)
{
	return m < 0 ? -(weir_u128)m : (weir_u128)m;
}

/* 1 and the value if the text is an integer of 64 bits, else 0. For numbers that the program itself has written. */
int weir_num_whole(const unsigned char *p, size_t len, int64_t *value);

/* 1 and the value if the text is an integer of at most 18 digits (the common
 * case, in a few cycles); 0 if weir_num_parse must look. */
static inline int
weir_num_small(const unsigned char *p, size_t len, int64_t *value)
{
	size_t i = 0;
	int64_t v = 0;
	bool neg = len > 0 && p[0] == '-';

	if (neg)
		i = 1;
	if (len - i == 0 || len - i > 18)
		return 0;
	for (; i < len; i++) {
		unsigned d = p[i] - (unsigned)'0';

		if (d > 9)
			return 0;
		v = v * 10 + (int64_t)d;
	}
	*value = neg ? -v : v;
	return 1;
}

/* 1 and m / 10^scale if the text is an integer or decimal of at most 18 digits without an exponent, which most
 * numbers are: a third of the instructions of weir_num_parse. 0 if that must look. */
static inline int
weir_num_decimal(const unsigned char *p, size_t len, int64_t *m, int *scale)
{
	const unsigned char *end = p + len, *point;
	bool neg = len > 0 && p[0] == '-';
	int64_t v = 0;
	unsigned d;

	p += neg;
	if (p == end || end - p > 18)
		return 0;
	for (; p < end && (d = *p - (unsigned)'0') <= 9; p++)
		v = v * 10 + (int64_t)d;
	*scale = 0;
	if (p < end) {
		if (*p != '.')
			return 0;
		for (point = ++p; p < end && (d = *p - (unsigned)'0') <= 9; p++)
			v = v * 10 + (int64_t)d;
		if (p < end)
			return 0;
		*scale = (int)(end - point);
	}
	*m = neg ? -v : v;
	return 1;
}

#endif
