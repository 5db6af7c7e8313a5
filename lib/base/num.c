/*
 * num - see num.h. A short plain number is read in one pass over its digits;
 * all others are taken apart first. What leaves 128 bits goes through
 * base/wide.h. A text becomes a double through strtod, after it was brought to the form
 * DIGITSeEXPONENT, which has no decimal point and so means the same in every
 * locale.
 */
#include "base/num.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SHORT_TEXT 20                   /* a sign, a point and 18 digits */
#define EXP_LIMIT INT64_C(100000000000000000)

/* The middle between two doubles has at most 767 digits; beyond these it only
 * matters whether there is anything but zeros. */
#define TEXT_DIGITS 800

/* A text by JSON's grammar: sign, digits before and behind the point, exponent
 * (cut to +-EXP_LIMIT). */
struct parts {
	const unsigned char *whole, *frac;
	size_t nwhole, nfrac;
	int64_t exponent;
	bool neg;
};

static struct weir_num
exact(bool neg, weir_u128 m, int scale)
{
	return (struct weir_num){ .m = neg ? -(weir_i128)m : (weir_i128)m, .scale = scale };
}

struct weir_num
weir_num_int(int64_t i)
{
	return (struct weir_num){ .m = i };
}

struct weir_num
weir_num_dbl(double d)
{
	return (struct weir_num){ .d = d, .inexact = true };
}

static size_t
digits(const unsigned char *p, size_t len)
{
	size_t n = 0;

	while (n < len && p[n] - (unsigned)'0' <= 9)
		n++;
	return n;
}

/* The exponent at p, which begins with e or E; its length, 0 if it is none. */
static size_t
scan_exponent(const unsigned char *p, size_t len, int64_t *exponent)
{
	size_t at = 1, n;
	bool neg = false;
	int64_t e = 0;

	if (at < len && (p[at] == '+' || p[at] == '-'))
		neg = p[at++] == '-';
	n = digits(p + at, len - at);
	for (size_t i = 0; i < n && e < EXP_LIMIT; i++)
		e = e * 10 + (p[at + i] - '0');
	if (n == 0)
		return 0;
	if (e > EXP_LIMIT)
		e = EXP_LIMIT;
	*exponent = neg ? -e : e;
	return at + n;
}

/* The longest number at p; its length, 0 if there is none. */
static size_t
scan(const unsigned char *p, size_t len, struct parts *t)
{
	size_t at = 0, n;

	*t = (struct parts){ .neg = len > 0 && p[0] == '-' };
	at = t->neg;
	t->whole = p + at;
	t->nwhole = digits(p + at, len - at);
	if (t->nwhole == 0)
		return 0;
	if (p[at] == '0')
		t->nwhole = 1;
	at += t->nwhole;
	if (at < len && p[at] == '.' && (n = digits(p + at + 1, len - at - 1)) > 0) {
		t->frac = p + at + 1;
		t->nfrac = n;
		at += 1 + n;
	}
	if (at < len && (p[at] == 'e' || p[at] == 'E'))
		at += scan_exponent(p + at, len - at, &t->exponent);
	return at;
}

size_t
weir_num_span(const void *p, size_t len)
{
	struct parts t;

	return scan(p, len, &t);
}

static int
digit_at(const struct parts *t, size_t i)
{
	return (i < t->nwhole ? t->whole[i] : t->frac[i - t->nwhole]) - '0';
}

static double
nearest(const struct parts *t)
{
	char text[TEXT_DIGITS + 32];
	size_t all = t->nwhole + t->nfrac, n = 0, i;
	int64_t exponent = t->exponent - (int64_t)t->nfrac;
	double d;

	for (i = 0; i < all && n < TEXT_DIGITS; i++)
		if (n > 0 || digit_at(t, i) != 0)
			text[n++] = (char)('0' + digit_at(t, i));
	exponent += (int64_t)(all - i);
	for (; i < all; i++)
		if (digit_at(t, i) != 0) {
			text[n++] = '1';
			exponent--;
			break;
		}
	if (exponent > 9999 || exponent < -9999)
		exponent = exponent > 0 ? 9999 : -9999;
	snprintf(text + n, sizeof(text) - n, "e%d", (int)exponent);
	d = strtod(text, NULL);
	return t->neg ? -d : d;
}

/* The exact value of the parts; 0 if there is none. */
static int
gather(const struct parts *t, struct weir_num *n)
{
	size_t all = t->nwhole + t->nfrac;
	int64_t exponent = t->exponent - (int64_t)t->nfrac;
	weir_u128 m = 0;
	int kept = 0;

	for (size_t i = 0; i < all; i++) {
		int digit = digit_at(t, i);

		if (kept < WEIR_NUM_DIGITS) {
			m = m * 10 + (unsigned)digit;
			kept += m > 0;
		} else if (digit == 0) {
			exponent++;
		} else {
			return 0;
		}
	}
	if (m == 0 && (exponent > 0 || exponent < -WEIR_NUM_DIGITS))
		exponent = exponent > 0 ? 0 : -WEIR_NUM_DIGITS;
	for (; exponent < -WEIR_NUM_DIGITS && m % 10 == 0; exponent++)
		m /= 10;
	if (exponent > 0) {
		if (exponent >= WEIR_NUM_DIGITS || m >= weir_wide_ten[WEIR_NUM_DIGITS - exponent])
			return 0;
		m *= weir_wide_ten[exponent];
		exponent = 0;
	}
	if (exponent < -WEIR_NUM_DIGITS)
		return 0;
	*n = exact(t->neg, m, (int)-exponent);
	return 1;
}

/* Up to 18 digits with or without a point. 20 digits may wrap the sum around,
 * but are not accepted. */
static inline int
parse_short(struct weir_num *n, const unsigned char *p, size_t len)
{
	const unsigned char *end = p + len, *whole, *frac;
	bool neg = len > 0 && *p == '-';
	uint64_t v = 0;
	ptrdiff_t before, behind = 0;

	whole = p += neg;
	for (; p < end && *p - (unsigned)'0' <= 9; p++)
		v = v * 10 + (*p - (unsigned)'0');
	before = p - whole;
	if (before == 0 || (before > 1 && *whole == '0'))
		return 0;
	if (p < end && *p == '.') {
		frac = ++p;
		for (; p < end && *p - (unsigned)'0' <= 9; p++)
			v = v * 10 + (*p - (unsigned)'0');
		behind = p - frac;
		if (behind == 0)
			return 0;
	}
	if (p != end || before + behind > 18)
		return 0;
	*n = (struct weir_num){ .m = neg ? -(int64_t)v : (int64_t)v, .scale = (int)behind };
	return 1;
}

int
weir_num_parse(struct weir_num *n, const void *p, size_t len)
{
	struct parts t;

	if (len <= SHORT_TEXT && parse_short(n, p, len))
		return 0;
	if (len == 0 || scan(p, len, &t) != len)
		return -1;
	if (!gather(&t, n))
		*n = weir_num_dbl(nearest(&t));
	return 0;
}

void
weir_num_trim(struct weir_num *n)
{
	if (n->inexact)
		return;
	if (n->m == 0)
		n->scale = 0;
	for (; n->scale > 0 && n->m % 10 == 0; n->scale--)
		n->m /= 10;
}

double
weir_num_double(const struct weir_num *n)
{
	/* Powers of ten that are doubles; the quotient of two exact doubles is rounded once (Clinger 1990). */
	static const double ten[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
	    1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	const int64_t exact = INT64_C(1) << 53;
	double d;

	if (n->inexact)
		return n->d;
	if (n->scale <= 22 && n->m <= exact && n->m >= -exact)
		return (double)(int64_t)n->m / ten[n->scale];
	d = weir_wide_ratio(weir_num_magnitude(n->m), 0, 1, n->scale);
	return n->m < 0 ? -d : d;
}

double
weir_num_mean(const struct weir_num *a, uint64_t count)
{
	double d;

	if (a->inexact)
		return a->d / (double)count;
	d = weir_wide_ratio(weir_num_magnitude(a->m), 0, count, a->scale);
	return a->m < 0 ? -d : d;
}

int64_t
weir_num_cut(const struct weir_num *n)
{
	double d = n->d;

	if (!n->inexact) {
		weir_i128 whole = n->m / (weir_i128)weir_wide_ten[n->scale];

		return whole > INT64_MAX ? INT64_MAX :
		    whole < INT64_MIN ? INT64_MIN : (int64_t)whole;
	}
	if (isnan(d))
		return 0;
	return d >= 0x1p63 ? INT64_MAX : d <= -0x1p63 ? INT64_MIN : (int64_t)d;
}

int
weir_num_whole(const unsigned char *p, size_t len, int64_t *value)
{
	struct weir_num n;

	if (weir_num_small(p, len, value))
		return 1;
	if (weir_num_parse(&n, p, len) != 0 || n.inexact || n.scale != 0 || n.m > INT64_MAX || n.m < INT64_MIN)
		return 0;
	*value = (int64_t)n.m;
	return 1;
}

/* The magnitude m / 10^scale, scale up to 76, as a number. */
static struct weir_num
fit(bool neg, struct weir_wide m, int scale)
{
	struct weir_wide cut = m;
	weir_u128 low;
	double d;

	for (int s = scale;; s--) {
		if (s <= WEIR_NUM_DIGITS && weir_wide_fits(&cut, &low) &&
		    low < weir_wide_ten[WEIR_NUM_DIGITS])
			return exact(neg, low, s);
		if (s == 0 || weir_wide_tenth(&cut) != 0)
			break;
	}
	d = weir_wide_quotient(m, weir_wide_mul(weir_wide_ten[scale / 2],
	    weir_wide_ten[scale - scale / 2]), NULL);
	return weir_num_dbl(neg ? -d : d);
}

/* The digits for a greater scale, where they are at most 38. */
static inline bool
rescale(const struct weir_num *n, int scale, weir_i128 *m)
{
	*m = n->m;
	if (scale == n->scale)
		return true;
	if (weir_num_magnitude(n->m) >= weir_wide_ten[WEIR_NUM_DIGITS - (scale - n->scale)])
		return false;
	*m *= (weir_i128)weir_wide_ten[scale - n->scale];
	return true;
}

/* Of exact numbers. */
static struct weir_num
sum(const struct weir_num *a, const struct weir_num *b)
{
	int scale = a->scale > b->scale ? a->scale : b->scale;
	bool neg = a->m < 0;
	weir_i128 x, y, total;
	struct weir_wide p, q;

	if (rescale(a, scale, &x) && rescale(b, scale, &y) &&
	    !__builtin_add_overflow(x, y, &total) &&
	    weir_num_magnitude(total) < weir_wide_ten[WEIR_NUM_DIGITS])
		return (struct weir_num){ .m = total, .scale = scale };
	p = weir_wide_mul(weir_num_magnitude(a->m), weir_wide_ten[scale - a->scale]);
	q = weir_wide_mul(weir_num_magnitude(b->m), weir_wide_ten[scale - b->scale]);
	if (neg == (b->m < 0))
		return fit(neg, weir_wide_add(p, q), scale);
	if (weir_wide_cmp(&p, &q) < 0)
		return fit(!neg, weir_wide_sub(q, p), scale);
	return fit(neg, weir_wide_sub(p, q), scale);
}

struct weir_num
weir_num_add(const struct weir_num *a, const struct weir_num *b)
{
	if (a->inexact || b->inexact)
		return weir_num_dbl(weir_num_double(a) + weir_num_double(b));
	return sum(a, b);
}

struct weir_num
weir_num_sub(const struct weir_num *a, const struct weir_num *b)
{
	struct weir_num minus = weir_num_neg(b);

	if (a->inexact || b->inexact)
		return weir_num_dbl(weir_num_double(a) - weir_num_double(b));
	return sum(a, &minus);
}

struct weir_num
weir_num_mul(const struct weir_num *a, const struct weir_num *b)
{
	if (a->inexact || b->inexact)
		return weir_num_dbl(weir_num_double(a) * weir_num_double(b));
	return fit((a->m < 0) != (b->m < 0),
	    weir_wide_mul(weir_num_magnitude(a->m), weir_num_magnitude(b->m)), a->scale + b->scale);
}

struct weir_num
weir_num_neg(const struct weir_num *a)
{
	struct weir_num n = *a;

	n.m = -n.m;
	n.d = -n.d;
	return n;
}

struct weir_num
weir_num_mod(const struct weir_num *a, const struct weir_num *b)
{
	int64_t x = weir_num_cut(a), y = weir_num_cut(b);

	return weir_num_int(y == -1 || y == 0 ? 0 : x % y);       /* INT64_MIN % -1 traps */
}
