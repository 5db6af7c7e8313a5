/*
 * hist - see hist.h
 *
 * Invariants: the first and the last bin are not empty; e is the least that is at least `finest` and leaves no more
 * than WEIR_HIST_FINE bins. Numbers that come can only raise it, unless e is `finest` itself: then every number so far lies
 * at the lower end of its bin, and the bins can be made finer for a number with more decimals.
 */
#include "time/hist.h"
#include "base/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDEX_MAX (INT64_C(1) << 58)

/* A number as digits 10^p, with as few decimals as it has. */
struct digits {
	weir_i128 m;
	int32_t p;
};

static struct digits
digits_of(const struct weir_num *x)
{
	struct digits d = {x->m, -x->scale};
	char text[WEIR_NUM_TEXT], *e;

	if (x->inexact) {
		/* 17 digits tell one double from another; the point is behind the first. */
		snprintf(text, sizeof(text), "%.16e", x->d);
		e = strchr(text, 'e');
		d.p = (int32_t)strtol(e + 1, NULL, 10) - 16;
		for (d.m = 0, e = text; *e != 'e'; e++)
			if (*e >= '0' && *e <= '9')
				d.m = d.m * 10 + (*e - '0');
		d.m = x->d < 0 ? -d.m : d.m;
	}
	if (d.m == 0)
		d.p = 0;
	while (d.p < 0 && d.m % 10 == 0) {
		d.m /= 10;
		d.p++;
	}
	return d;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	int64_t q = a / b;

	return a % b < 0 ? q - 1 : q;
}

/* The bin, 10^e wide, of a number; false if its index is too great. */
static bool
index_of(struct digits d, int32_t e, int64_t *index)
{
	weir_i128 m = d.m, ten;

	for (; d.p > e; d.p--) {
		if (m >= INDEX_MAX || m <= -INDEX_MAX)
			return false;
		m *= 10;
	}
	if (e - d.p > WEIR_NUM_DIGITS) {
		m = m < 0 ? -1 : 0;
	} else {
		ten = (weir_i128)weir_wide_ten[e - d.p];
		m = m / ten - (m % ten < 0);
	}
	*index = (int64_t)m;
	return m < INDEX_MAX && m > -INDEX_MAX;
}

/* Bins ten times as wide. */
static void
coarsen(struct weir_hist *h)
{
	int64_t first = floor_div(h->first, 10), at;
	uint64_t count;
	uint32_t i, n = 0;

	for (i = 0; i < h->n; i++) {
		at = floor_div(h->first + i, 10) - first;
		count = h->counts[i];
		while (n <= at)
			h->counts[n++] = 0;
		h->counts[at] += count;
	}
	h->first = first;
	h->n = n;
	h->e++;
}

static void
reserve(struct weir_hist *h, uint32_t n)
{
	if (n <= h->room)
		return;
	while (h->room < n)
		h->room = h->room == 0 ? 8 : 2 * h->room;
	h->counts = weir_mem_realloc(h->counts, h->room, sizeof(*h->counts));
}

/* Bins a tenth as wide: every number lies at the lower end of its bin. */
static void
refine(struct weir_hist *h)
{
	uint32_t n = 10 * (h->n - 1) + 1, i;

	reserve(h, n);
	for (i = h->n; i-- > 0;) {
		uint64_t count = h->counts[i];

		memset(&h->counts[10 * i], 0, (i + 1 < h->n ? 10 : 1) * sizeof(*h->counts));
		h->counts[10 * i] = count;
	}
	h->first *= 10;
	h->n = n;
	h->e--;
}

/* Whether the bins and one for the number are no more than there may be, at this width; the bins' first and last. */
static bool
fits(int64_t first, int64_t last, struct digits d, int32_t e)
{
	int64_t i;

	if (!index_of(d, e, &i) || first >= INDEX_MAX || first <= -INDEX_MAX || last >= INDEX_MAX || last <= -INDEX_MAX)
		return false;
	return (i > last ? i : last) - (i < first ? i : first) < WEIR_HIST_FINE;
}

/* Makes the bins as wide as they have to be with the number among them. */
static void
adjust(struct weir_hist *h, struct digits d)
{
	int64_t index;

	if (h->n == 0) {
		for (h->e = h->finest = d.p; !index_of(d, h->e, &index); h->e++)
			;
		return;
	}
	if (d.p < h->finest) {
		bool loose = h->e == h->finest;

		h->finest = d.p;
		while (loose && h->e > h->finest &&
		    fits(h->first * 10, (h->first + h->n - 1) * 10, d, h->e - 1))
			refine(h);
	}
	while (!fits(h->first, h->first + h->n - 1, d, h->e))
		coarsen(h);
}

static void
put(struct weir_hist *h, struct digits d, uint64_t count)
{
	int64_t i, more;

	adjust(h, d);
	index_of(d, h->e, &i);
	if (h->n == 0)
		h->first = i;
	if (i < h->first) {
		more = h->first - i;
		reserve(h, h->n + (uint32_t)more);
		memmove(h->counts + more, h->counts, h->n * sizeof(*h->counts));
		memset(h->counts, 0, (size_t)more * sizeof(*h->counts));
		h->first = i;
		h->n += (uint32_t)more;
	} else if (i >= h->first + h->n) {
		more = i - h->first + 1;
		reserve(h, (uint32_t)more);
		memset(h->counts + h->n, 0, ((size_t)more - h->n) * sizeof(*h->counts));
		h->n = (uint32_t)more;
	}
	h->counts[i - h->first] += count;
}

bool
weir_hist_add(struct weir_hist *h, const struct weir_num *x)
{
	if (x->inexact && !isfinite(x->d))
		return false;
	put(h, digits_of(x), 1);
	return true;
}

/* Brings the bins to the width of the other's where they can be divided, or have to be put together: the other's
 * may no longer be its numbers themselves. What is too fine for both is put together as their numbers come. */
static void
meet(struct weir_hist *h, const struct weir_hist *other)
{
	bool loose = h->e == h->finest;

	if (other->finest < h->finest)
		h->finest = other->finest;
	while (loose && h->e > other->e && h->n <= WEIR_HIST_FINE / 10 && h->first > -INDEX_MAX / 10 &&
	    h->first < INDEX_MAX / 10)
		refine(h);
	while (h->e < other->e && other->e > other->finest)
		coarsen(h);
}

void
weir_hist_merge(struct weir_hist *into, const struct weir_hist *from)
{
	uint32_t i;

	if (from->n == 0)
		return;
	if (into->n == 0) {
		into->e = from->e;
		into->finest = from->finest;
		into->first = from->first;
		into->n = from->n;
		reserve(into, from->n);
		memcpy(into->counts, from->counts, from->n * sizeof(*from->counts));
		return;
	}
	meet(into, from);
	for (i = 0; i < from->n; i++)
		if (from->counts[i] > 0)
			put(into, (struct digits){from->first + i, from->e}, from->counts[i]);
}

/* Appends i 10^e. */
static void
put_bound(struct weir_buf *b, int64_t i, int32_t e)
{
	char text[WEIR_NUM_TEXT];
	struct weir_num x;
	int len = snprintf(text, sizeof(text), "%" PRId64 "e%d", i, (int)e);

	weir_num_parse(&x, text, (size_t)len);
	weir_num_trim(&x);
	weir_buf_put(b, text, weir_num_format(&x, text));
}

void
weir_hist_json(const struct weir_hist *h, struct weir_buf *b)
{
	static const int64_t nice[] = {1, 2, 5, 10, 20, 50, 100};
	int64_t last = h->first + h->n - 1, width, bin, i;
	unsigned k = 0;

	weir_buf_putc(b, '[');
	while (h->n > 0 && floor_div(last, nice[k]) - floor_div(h->first, nice[k]) >= WEIR_HIST_BINS)
		k++;
	width = nice[k];
	for (bin = floor_div(h->first, width); h->n > 0 && bin <= floor_div(last, width); bin++) {
		uint64_t count = 0;

		for (i = bin * width; i < (bin + 1) * width; i++)
			if (i >= h->first && i <= last)
				count += h->counts[i - h->first];
		weir_buf_puts(b, bin > floor_div(h->first, width) ? ",{\"from\":" : "{\"from\":");
		put_bound(b, bin * width, h->e);
		weir_buf_puts(b, ",\"to\":");
		put_bound(b, (bin + 1) * width, h->e);
		weir_buf_puts(b, ",\"count\":");
		weir_buf_put_int(b, count);
		weir_buf_putc(b, '}');
	}
	weir_buf_putc(b, ']');
}

void
weir_hist_save(const struct weir_hist *h, struct weir_buf *b)
{
	uint32_t i;

	weir_pack_int(b, h->n);
	weir_pack_int(b, h->e);
	weir_pack_int(b, h->finest);
	weir_pack_int(b, h->first);
	for (i = 0; i < h->n; i++)
		weir_pack_int(b, (int64_t)h->counts[i]);
}

int
weir_hist_load(struct weir_hist *h, const struct weir_value *v)
{
	struct weir_pack r;
	int64_t e, finest;
	uint32_t i;

	weir_pack_init(&r, v);
	h->n = (uint32_t)weir_pack_take_count(&r, WEIR_HIST_FINE);
	e = weir_pack_take_int(&r);
	finest = weir_pack_take_int(&r);
	h->first = weir_pack_take_int(&r);
	if (r.bad || finest < -400 || e > 400 || e < finest || h->first <= -INDEX_MAX || h->first >= INDEX_MAX)
		return h->n = 0, -1;
	h->e = (int32_t)e;
	h->finest = (int32_t)finest;
	reserve(h, h->n);
	for (i = 0; i < h->n; i++)
		h->counts[i] = weir_pack_take_count(&r, INT64_MAX);
	if (h->n > 0 && (h->counts[0] == 0 || h->counts[h->n - 1] == 0))
		return -1;
	return weir_pack_end(&r);
}

void
weir_hist_release(struct weir_hist *h)
{
	free(h->counts);
	memset(h, 0, sizeof(*h));
}
