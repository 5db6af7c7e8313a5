/*
 * moments - see moments.h
 *
 * Invariant of the exact form: every |x| 10^scale is below 2^63, n below 2^62, |sum| below
 * 2^126 and the scale at most 19, so that n squares, sum^2 and the divisor n (n - 1)
 * 10^(2 scale) stay below 2^255, which is what base/wide.h holds.
 */
#include "time/moments.h"

#include <math.h>
#include <string.h>

#define SCALE_MAX 19
#define SUM_MAX ((weir_i128)1 << 126)

/* n squares - sum^2, which is not negative. */
static struct weir_wide
spread_of(const struct weir_moments *m)
{
	weir_u128 sum = weir_num_magnitude(m->sum);

	return weir_wide_sub(weir_wide_mul(m->squares, m->n), weir_wide_mul(sum, sum));
}

/* From exact sums to a mean and a spread. */
static void
roughen(struct weir_moments *m)
{
	struct weir_moments was = *m;

	if (m->rough)
		return;
	m->rough = true;
	m->mean = m->spread = 0;
	m->scale = 0;
	if (m->n == 0)
		return;
	m->mean = weir_wide_ratio(weir_num_magnitude(was.sum), 0, was.n, was.scale);
	if (was.sum < 0)
		m->mean = -m->mean;
	m->spread =
	    weir_wide_quotient(spread_of(&was), weir_wide_mul(was.n, weir_wide_ten[2 * was.scale]), NULL);
}

/* Gives an exact form a greater scale; false if it can't have it. */
static bool
rescale(struct weir_moments *m, int scale)
{
	weir_u128 ten, most = 0;

	if (scale > SCALE_MAX)
		return false;
	if (m->n > 0) {
		ten = weir_wide_ten[scale - m->scale];
		most = ~(weir_u128)0 / ten / ten;
		if (m->squares > most || weir_num_magnitude(m->sum) >= (weir_u128)SUM_MAX / ten)
			return false;
		/* The greatest |x| is at most the root of the squares' sum. */
		if (m->squares * ten * ten >= (weir_u128)1 << 126)
			return false;
		m->sum *= (weir_i128)ten;
		m->squares *= ten * ten;
	}
	m->scale = (uint8_t)scale;
	return true;
}

static bool
add_exact(struct weir_moments *m, const struct weir_num *x)
{
	weir_i128 v = x->m;
	weir_u128 square;

	if (x->inexact || (x->scale > m->scale && !rescale(m, x->scale)))
		return false;
	if (weir_num_magnitude(v) > INT64_MAX)
		return false;
	if (x->scale < m->scale) {
		if (weir_num_magnitude(v) > (weir_u128)INT64_MAX / weir_wide_ten[m->scale - x->scale])
			return false;
		v *= (weir_i128)weir_wide_ten[m->scale - x->scale];
	}
	square = (weir_u128)(v * v);
	if (m->squares > ~(weir_u128)0 - square)
		return false;
	m->sum += v;
	m->squares += square;
	m->n++;
	return true;
}

void
weir_moments_add(struct weir_moments *m, const struct weir_num *x)
{
	double d, from;

	if (!m->rough && add_exact(m, x))
		return;
	roughen(m);
	d = weir_num_double(x);
	from = d - m->mean;
	m->n++;
	m->mean += from / (double)m->n;
	m->spread += from * (d - m->mean);
}

static bool
merge_exact(struct weir_moments *into, const struct weir_moments *from)
{
	struct weir_moments other = *from;

	if (into->rough || from->rough)
		return false;
	if ((from->scale > into->scale && !rescale(into, from->scale)) ||
	    (from->scale < into->scale && !rescale(&other, into->scale)))
		return false;
	if (into->squares > ~(weir_u128)0 - other.squares)
		return false;
	into->sum += other.sum;
	into->squares += other.squares;
	into->n += other.n;
	return true;
}

void
weir_moments_merge(struct weir_moments *into, const struct weir_moments *from)
{
	struct weir_moments other = *from;
	double apart, n;

	if (from->n == 0)
		return;
	if (into->n == 0) {
		*into = *from;
		return;
	}
	if (merge_exact(into, from))
		return;
	roughen(into);
	roughen(&other);
	n = (double)(into->n + other.n);
	apart = other.mean - into->mean;
	into->spread += other.spread + apart * apart * ((double)into->n / n * (double)other.n);
	into->mean += apart * ((double)other.n / n);
	into->n += other.n;
}

double
weir_moments_variance(const struct weir_moments *m)
{
	/* Once a square or a distance is beyond a double nothing is known, nor is the sign. */
	if (m->rough)
		return isfinite(m->spread) ? m->spread / (double)(m->n - 1) : NAN;
	return weir_wide_quotient(spread_of(m),
	    weir_wide_mul((weir_u128)m->n * (m->n - 1), weir_wide_ten[2 * m->scale]), NULL);
}

void
weir_moments_save(const struct weir_moments *m, struct weir_buf *b)
{
	weir_pack_int(b, (int64_t)m->n);
	weir_pack_int(b, m->rough ? -1 : m->scale);
	if (m->rough) {
		weir_pack_double(b, m->mean);
		weir_pack_double(b, m->spread);
		return;
	}
	/* 128 bits are more than a number's 38 digits: in halves. */
	weir_pack_int(b, (int64_t)(m->sum >> 63));
	weir_pack_int(b, (int64_t)(m->sum & INT64_MAX));
	weir_pack_int(b, (int64_t)(m->squares >> 65));
	weir_pack_int(b, (int64_t)(m->squares >> 32 & 0x1ffffffff));
	weir_pack_int(b, (int64_t)(m->squares & 0xffffffff));
}

void
weir_moments_load(struct weir_moments *m, struct weir_pack *r)
{
	int64_t scale;

	m->n = weir_pack_take_count(r, INT64_MAX / 2);
	scale = weir_pack_take_int(r);
	if (scale < -1 || scale > SCALE_MAX)
		r->bad = true;
	m->rough = scale == -1;
	if (m->rough) {
		m->mean = weir_pack_take_double(r);
		m->spread = weir_pack_take_double(r);
		return;
	}
	m->scale = (uint8_t)scale;
	m->sum = (weir_i128)weir_pack_take_int(r) * ((weir_i128)1 << 63);
	m->sum += (weir_i128)weir_pack_take_count(r, INT64_MAX);
	m->squares = (weir_u128)weir_pack_take_count(r, INT64_MAX) << 65;
	m->squares += (weir_u128)weir_pack_take_count(r, 0x1ffffffff) << 32;
	m->squares += weir_pack_take_count(r, 0xffffffff);
	/* What no numbers can have left: a spread below 0. */
	if (m->n > 0 && !r->bad) {
		weir_u128 sum = weir_num_magnitude(m->sum);
		struct weir_wide a, c;

		if (sum >= (weir_u128)SUM_MAX) {
			r->bad = true;
			return;
		}
		a = weir_wide_mul(m->squares, m->n);
		c = weir_wide_mul(sum, sum);
		r->bad = weir_wide_cmp(&a, &c) < 0;
	}
}

void
weir_moments_pair_add(struct weir_moments_pair *m, double x, double y)
{
	double from = x - m->mean[0], other = y - m->mean[1], n = (double)++m->n;

	m->mean[0] += from / n;
	m->mean[1] += other / n;
	m->spread[0] += from * (x - m->mean[0]);
	m->spread[1] += other * (y - m->mean[1]);
	m->shared += from * (y - m->mean[1]);
}

void
weir_moments_pair_merge(struct weir_moments_pair *into, const struct weir_moments_pair *from)
{
	double n = (double)(into->n + from->n), apart[2], part;
	int i;

	if (from->n == 0)
		return;
	if (into->n == 0) {
		*into = *from;
		return;
	}
	part = (double)into->n / n * (double)from->n;
	for (i = 0; i < 2; i++) {
		apart[i] = from->mean[i] - into->mean[i];
		into->spread[i] += from->spread[i] + apart[i] * apart[i] * part;
		into->mean[i] += apart[i] * ((double)from->n / n);
	}
	into->shared += from->shared + apart[0] * apart[1] * part;
	into->n += from->n;
}

double
weir_moments_pair_correlation(const struct weir_moments_pair *m)
{
	double r;

	if (m->n < 2 || m->spread[0] <= 0 || m->spread[1] <= 0)
		return NAN;
	r = m->shared / (sqrt(m->spread[0]) * sqrt(m->spread[1]));
	return r > 1 ? 1 : r < -1 ? -1 : r;
}

void
weir_moments_pair_save(const struct weir_moments_pair *m, struct weir_buf *b)
{
	weir_pack_int(b, (int64_t)m->n);
	weir_pack_double(b, m->mean[0]);
	weir_pack_double(b, m->mean[1]);
	weir_pack_double(b, m->spread[0]);
	weir_pack_double(b, m->spread[1]);
	weir_pack_double(b, m->shared);
}

void
weir_moments_pair_load(struct weir_moments_pair *m, struct weir_pack *r)
{
	m->n = weir_pack_take_count(r, INT64_MAX);
	m->mean[0] = weir_pack_take_double(r);
	m->mean[1] = weir_pack_take_double(r);
	m->spread[0] = weir_pack_take_double(r);
	m->spread[1] = weir_pack_take_double(r);
	m->shared = weir_pack_take_double(r);
}
