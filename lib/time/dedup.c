/*
 * dedup - see dedup.h
 */
#include "time/dedup.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define SPANS 8              /* of within + lateness, at most */

static int64_t
minus(int64_t a, int64_t b)
{
	return a < INT64_MIN + b ? INT64_MIN : a - b;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

void
weir_dedup_init(struct weir_dedup *d, int64_t within, int64_t lateness, bool extra)
{
	memset(d, 0, sizeof(*d));
	d->within = within;
	d->lateness = lateness;
	d->words = (within >= 0) + extra;
	d->cell = within > 0 ? within : 1;
	d->cells = 1;
	/* Spans of whole cells, and as few as that takes: what is too old may stay for as long as a span. */
	if (within >= 0 && (within + lateness) / SPANS > d->cell)
		d->cells = (within + lateness) / SPANS / d->cell + 1;
	d->next = INT64_MIN;
}

void
weir_dedup_release(struct weir_dedup *d)
{
	unsigned i;

	for (i = 0; i < d->nspans; i++)
		weir_digests_release(&d->spans[i].set);
	free(d->spans);
	d->spans = NULL;
	d->nspans = d->cap = 0;
	d->n = 0;
}

int64_t
weir_dedup_limit(const struct weir_dedup *d, int64_t watermark)
{
	return d->within < 0 ? INT64_MIN : minus(watermark, d->lateness);
}

int64_t
weir_dedup_floor(const struct weir_dedup *d, int64_t watermark)
{
	return d->within < 0 ? INT64_MIN : minus(minus(watermark, d->lateness), d->within);
}

/* Which cell a time is in. Divisions are slow, and records mostly come in order. */
static inline int64_t
cell_of(struct weir_dedup *d, int64_t time)
{
	if (d->within < 0)
		return 0;
	if ((uint64_t)time - d->start >= d->length) {
		d->number = floor_div(time, d->cell);
		d->start = (uint64_t)d->number * (uint64_t)d->cell;
		/* The first one of all may begin before there are times. */
		d->length = d->number < INT64_MIN / d->cell ? 0 : (uint64_t)d->cell;
	}
	return d->number;
}

static inline int64_t
span_of(const struct weir_dedup *d, int64_t cell)
{
	return d->cells == 1 ? cell : floor_div(cell, d->cells);
}

/* The first span whose number is not below it. */
static unsigned
search(const struct weir_dedup *d, int64_t number)
{
	unsigned from = 0, to = d->nspans;

	while (from < to) {
		unsigned mid = from + (to - from) / 2;

		if (d->spans[mid].number < number)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

static inline struct weir_digests *
find_span(struct weir_dedup *d, int64_t number)
{
	unsigned i = d->recent;

	/* The one asked for last, or a neighbour, as a rule. */
	if (i >= d->nspans || d->spans[i].number != number) {
		if (i + 1 < d->nspans && d->spans[i + 1].number == number)
			return &d->spans[i + 1].set;
		if (i > 0 && i - 1 < d->nspans && d->spans[i - 1].number == number)
			return &d->spans[i - 1].set;
		i = search(d, number);
		if (i == d->nspans || d->spans[i].number != number)
			return NULL;
	}
	return &d->spans[i].set;
}

static struct weir_digests *
make_span(struct weir_dedup *d, int64_t number)
{
	unsigned i = search(d, number);

	if (i == d->nspans || d->spans[i].number != number) {
		if (d->nspans == d->cap) {
			d->cap = d->cap == 0 ? 4 : 2 * d->cap;
			d->spans = weir_mem_realloc(d->spans, d->cap, sizeof(*d->spans));
		}
		memmove(&d->spans[i + 1], &d->spans[i], (d->nspans - i) * sizeof(*d->spans));
		d->spans[i].number = number;
		weir_digests_init(&d->spans[i].set, d->words);
		d->nspans++;
	}
	d->recent = i;
	return &d->spans[i].set;
}

/* Odd numbers, so that no two cells do the same to a hash; hi chooses the place, and cells of one key shall not be
 * neighbours in memory. */
static inline struct weir_hash_pair
mix(struct weir_hash_pair h, int64_t cell)
{
	h.hi += (uint64_t)cell * UINT64_C(0x9e3779b97f4a7c15);
	h.lo += (uint64_t)cell * UINT64_C(0xd1342543de82ef95);
	return h;
}

static inline uint64_t *
look(struct weir_dedup *d, struct weir_hash_pair key, int64_t cell, int64_t time)
{
	struct weir_digests *set = find_span(d, span_of(d, cell));
	uint64_t *e = set != NULL ? weir_digests_find(set, mix(key, cell)) : NULL;
	int64_t kept;

	if (e == NULL || d->within < 0)
		return e;
	kept = (int64_t)e[0];
	if ((kept < time ? (uint64_t)time - (uint64_t)kept : (uint64_t)kept - (uint64_t)time) > (uint64_t)d->within)
		return NULL;
	return e + 1;
}

uint64_t *
weir_dedup_find(struct weir_dedup *d, struct weir_hash_pair key, int64_t time)
{
	int64_t cell = cell_of(d, time);
	uint64_t *e = NULL;

	if (d->within > 0 && cell > INT64_MIN)
		e = look(d, key, cell - 1, time);
	if (e == NULL)
		e = look(d, key, cell, time);
	if (e == NULL && d->within > 0 && cell < INT64_MAX)
		e = look(d, key, cell + 1, time);
	return e;
}

static uint64_t *
put(struct weir_dedup *d, struct weir_hash_pair h, int64_t cell, int64_t time)
{
	bool made;
	uint64_t *e = weir_digests_put(make_span(d, span_of(d, cell)), h, &made);

	if (!made)
		return NULL;
	d->n++;
	if (d->within < 0)
		return e;
	e[0] = (uint64_t)time;
	return e + 1;
}

uint64_t *
weir_dedup_put(struct weir_dedup *d, struct weir_hash_pair key, int64_t time)
{
	int64_t cell = cell_of(d, time);

	return put(d, mix(key, cell), cell, time);
}

uint64_t *
weir_dedup_restore(struct weir_dedup *d, struct weir_hash_pair h, int64_t time)
{
	return put(d, h, cell_of(d, time), time);
}

void
weir_dedup_prefetch(struct weir_dedup *d, struct weir_hash_pair key, int64_t time)
{
	int64_t cell = cell_of(d, time), to = cell, c;

	if (d->within > 0) {
		cell -= cell > INT64_MIN;
		to += to < INT64_MAX;
	}
	for (c = cell;; c++) {
		struct weir_digests *set = find_span(d, span_of(d, c));

		if (set != NULL)
			weir_digests_prefetch(set, mix(key, c));
		if (c == to)
			return;
	}
}

void
weir_dedup_advance(struct weir_dedup *d, int64_t watermark)
{
	int64_t floor = weir_dedup_floor(d, watermark), cell, span;
	unsigned i, gone;

	if (d->within < 0 || floor < d->next)
		return;
	cell = floor_div(floor, d->cell);
	span = span_of(d, cell);
	gone = search(d, span);
	for (i = 0; i < gone; i++) {
		d->n -= d->spans[i].set.n;
		weir_digests_release(&d->spans[i].set);
	}
	d->nspans -= gone;
	memmove(d->spans, d->spans + gone, d->nspans * sizeof(*d->spans));
	d->recent = d->recent > gone ? d->recent - gone : 0;
	/* Where the next cell begins. */
	d->next = cell >= INT64_MAX / d->cell - 1 ? INT64_MAX : (cell + 1) * d->cell;
}

int
weir_dedup_next(const struct weir_dedup *d, struct weir_dedup_walk *at, struct weir_hash_pair *h, int64_t *time,
    const uint64_t **extra)
{
	const uint64_t *e;

	for (; at->span < d->nspans; at->span++, at->at = 0)
		if (weir_digests_next(&d->spans[at->span].set, &at->at, h, &e)) {
			*time = d->within < 0 ? 0 : (int64_t)e[0];
			*extra = d->within < 0 ? e : e + 1;
			return 1;
		}
	return 0;
}
