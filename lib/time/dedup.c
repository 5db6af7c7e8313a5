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
	d->floor = d->next = INT64_MIN;
	weir_digests_init(&d->last, d->words);
}

void
weir_dedup_release(struct weir_dedup *d)
{
	unsigned i;

	for (i = 0; i < d->nspans; i++)
		weir_digests_release(&d->spans[i].set);
	weir_digests_release(&d->last);
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

static inline struct weir_dedup_span *
find_span(struct weir_dedup *d, int64_t number)
{
	unsigned i = d->recent;

	/* The one asked for last, as a rule. */
	if (i >= d->nspans || d->spans[i].number != number)
		i = search(d, number);
	if (i == d->nspans || d->spans[i].number != number)
		return NULL;
	d->recent = i;
	return &d->spans[i];
}

static struct weir_dedup_span *
make_span(struct weir_dedup *d, int64_t number)
{
	struct weir_dedup_span *span = find_span(d, number);
	unsigned i;

	if (span != NULL)
		return span;
	i = search(d, number);
	if (d->nspans == d->cap) {
		d->cap = d->cap == 0 ? 4 : 2 * d->cap;
		d->spans = weir_mem_realloc(d->spans, d->cap, sizeof(*d->spans));
	}
	memmove(&d->spans[i + 1], &d->spans[i], (d->nspans - i) * sizeof(*d->spans));
	d->spans[i].number = number;
	d->spans[i].n = 0;
	weir_digests_init(&d->spans[i].set, d->words);
	d->nspans++;
	d->recent = i;
	return &d->spans[i];
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

static inline struct weir_hash_pair
unmix(struct weir_hash_pair h, int64_t cell)
{
	return mix(h, (int64_t)-(uint64_t)cell);
}

static inline bool
is_near(const struct weir_dedup *d, int64_t a, int64_t b)
{
	return (a < b ? (uint64_t)b - (uint64_t)a : (uint64_t)a - (uint64_t)b) <= (uint64_t)d->within;
}

static uint64_t *
look(struct weir_dedup *d, struct weir_hash_pair key, int64_t cell, int64_t time)
{
	const struct weir_dedup_span *span = find_span(d, span_of(d, cell));
	uint64_t *e = span != NULL ? weir_digests_find(&span->set, mix(key, cell)) : NULL;

	return e != NULL && is_near(d, (int64_t)e[0], time) ? e + 1 : NULL;
}

/* Among those that are not the last. */
static uint64_t *
find_older(struct weir_dedup *d, struct weir_hash_pair key, int64_t time)
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

uint64_t *
weir_dedup_find(struct weir_dedup *d, struct weir_hash_pair key, int64_t time, bool earlier)
{
	uint64_t *e = weir_digests_find(&d->last, key), *older = NULL;
	bool near;

	if (e == NULL || d->within < 0)
		return e;
	near = is_near(d, (int64_t)e[0], time);
	if (time < (int64_t)e[0] && (earlier || !near))
		older = find_older(d, key, time);
	return older != NULL ? older : near ? e + 1 : NULL;
}

static void
set_entry(const struct weir_dedup *d, uint64_t *e, int64_t time, uint64_t extra)
{
	e[0] = (uint64_t)time;
	if (d->words > 1)
		e[1] = extra;
}

static void
put_older(struct weir_dedup *d, struct weir_hash_pair key, int64_t time, uint64_t extra)
{
	int64_t cell = cell_of(d, time);
	bool made;

	set_entry(d, weir_digests_put(&make_span(d, span_of(d, cell))->set, mix(key, cell), &made), time, extra);
}

static inline void
enter(struct weir_dedup *d, struct weir_hash_pair key, int64_t time, uint64_t extra)
{
	bool made;
	uint64_t *e = weir_digests_put(&d->last, key, &made);

	if (d->within < 0) {
		if (d->words > 0)
			e[0] = extra;
		return;
	}
	if (!made && time < (int64_t)e[0]) {
		put_older(d, key, time, extra);
		return;
	}
	if (!made && (int64_t)e[0] >= d->floor)
		put_older(d, key, (int64_t)e[0], d->words > 1 ? e[1] : 0);
	set_entry(d, e, time, extra);
}

void
weir_dedup_put(struct weir_dedup *d, struct weir_hash_pair key, int64_t time, uint64_t extra)
{
	d->n++;
	if (d->within >= 0)
		make_span(d, span_of(d, cell_of(d, time)))->n++;
	enter(d, key, time, extra);
}

void
weir_dedup_return(struct weir_dedup *d, struct weir_hash_pair key, int64_t time, uint64_t extra)
{
	enter(d, key, time, extra);
}

void
weir_dedup_advance(struct weir_dedup *d, int64_t watermark)
{
	int64_t floor = weir_dedup_floor(d, watermark), cell;
	unsigned i, gone;

	if (d->within < 0 || floor <= d->floor)
		return;
	d->floor = d->last.dead = floor;
	if (floor < d->next)
		return;
	cell = floor_div(floor, d->cell);
	gone = search(d, span_of(d, cell));
	for (i = 0; i < gone; i++) {
		d->n -= d->spans[i].n;
		weir_digests_release(&d->spans[i].set);
	}
	d->nspans -= gone;
	d->recent = 0;
	if (gone > 0)
		memmove(d->spans, d->spans + gone, d->nspans * sizeof(*d->spans));
	/* Where the next cell begins. */
	d->next = cell >= INT64_MAX / d->cell - 1 ? INT64_MAX : (cell + 1) * d->cell;
}

uint64_t
weir_dedup_held(const struct weir_dedup *d)
{
	uint64_t n = d->last.n;
	unsigned i;

	for (i = 0; i < d->nspans; i++)
		n += d->spans[i].set.n;
	return n;
}

void
weir_dedup_empty(struct weir_dedup *d)
{
	unsigned i;

	for (i = 0; i < d->nspans; i++)
		weir_digests_release(&d->spans[i].set);
	weir_digests_release(&d->last);
	d->last.dead = d->floor;
}

int
weir_dedup_next(const struct weir_dedup *d, struct weir_dedup_walk *at, struct weir_hash_pair *key, int64_t *time)
{
	unsigned times = d->within >= 0;
	const uint64_t *e;

	for (; at->set <= d->nspans; at->set++, at->at = 0)
		while (weir_digests_next(at->set == 0 ? &d->last : &d->spans[at->set - 1].set, &at->at, key, &e)) {
			*time = times ? (int64_t)e[0] : 0;
			if (*time < d->floor)
				continue;
			at->extra = d->words > times ? e[times] : 0;
			if (at->set > 0)
				*key = unmix(*key, floor_div(*time, d->cell));
			return 1;
		}
	return 0;
}

void
weir_dedup_recount(struct weir_dedup *d, int64_t number, uint64_t n)
{
	struct weir_dedup_span *span = make_span(d, number);

	d->n += n - span->n;
	span->n = n;
}
