/*
 * digests - see digests.h
 *
 * Of hi times an odd number the first bits choose the part, the 32 bits behind them the place in the part. The number is the
 * process' own: a state has its entries in the order of one set's places, and in another set with the same places those that come first
 * would all lie together, at its beginning, and be walked over by each that follows.
 */
#include "state/digests.h"
#include "base/mem.h"
#include "state/slab.h"

#include <stdlib.h>
#include <string.h>

#define SPLIT 65536          /* entries of a set in one part */
#define LEAST 16             /* slots of a part */
#define PART_BITS 5

_Static_assert(1 << PART_BITS == WEIR_DIGESTS_PARTS, "parts go by the first bits");

void
weir_digests_init(struct weir_digests *d, unsigned words)
{
	memset(d, 0, sizeof(*d));
	d->words = words;
	d->dead = INT64_MIN;
	d->odd = weir_hash_seed() * UINT64_C(0x9e3779b97f4a7c15) | 1;
}

static size_t
slots_size(const struct weir_digests *d, const struct weir_digests_part *p)
{
	return (2 + (size_t)d->words) * sizeof(*p->slots) * p->cap;
}

static void
slots_free(const struct weir_digests *d, struct weir_digests_part *p)
{
	weir_slab_array_free(p->slots, slots_size(d, p));
}

void
weir_digests_release(struct weir_digests *d)
{
	unsigned i;

	for (i = 0; i < d->nparts; i++)
		slots_free(d, &d->parts[i]);
	free(d->parts);
	weir_digests_init(d, d->words);
}

static inline struct weir_digests_part *
part_of(const struct weir_digests *d, uint64_t hi)
{
	return &d->parts[d->nparts == 1 ? 0 : hi * d->odd >> (64 - PART_BITS)];
}

static inline uint32_t
place_of(const struct weir_digests *d, const struct weir_digests_part *p, uint64_t hi)
{
	return (uint32_t)((hi * d->odd << PART_BITS >> 32) * p->cap >> 32);
}

static inline uint64_t *
slot_at(const struct weir_digests *d, const struct weir_digests_part *p, uint32_t i)
{
	return p->slots + (2 + (size_t)d->words) * i;
}

/* The entry's slot, or the free one where it would be. */
static inline uint64_t *
look(const struct weir_digests *d, const struct weir_digests_part *p, uint64_t hi, uint64_t lo)
{
	uint32_t i = place_of(d, p, hi);
	uint64_t *s;

	for (s = slot_at(d, p, i); s[0] != 0 && (s[0] != lo || s[1] != hi); s = slot_at(d, p, i))
		if (++i == p->cap)
			i = 0;
	return s;
}

/* lo 0 is not told from 1: one pair of 2^128 more. */
static inline uint64_t
mark_of(struct weir_hash_pair h)
{
	return h.lo + (h.lo == 0);
}

static bool
is_dead(const struct weir_digests *d, const uint64_t *s)
{
	return d->dead > INT64_MIN && d->words > 0 && (int64_t)s[2] < d->dead;
}

static uint32_t
count_dead(const struct weir_digests *d, const struct weir_digests_part *p)
{
	uint32_t i, n = 0;

	for (i = 0; d->dead > INT64_MIN && i < p->cap; i++)
		n += slot_at(d, p, i)[0] != 0 && is_dead(d, slot_at(d, p, i));
	return n;
}

/* Room for as many again as live in the part: half of it is full then, which grows it by half if none is dead, and makes it
 * smaller if most are. */
static void
grow(struct weir_digests *d, struct weir_digests_part *p)
{
	struct weir_digests_part bigger = {.n = p->n - count_dead(d, p)};
	size_t width = 2 + (size_t)d->words;
	uint32_t i;

	bigger.cap = bigger.n < LEAST / 2 ? LEAST : 2 * bigger.n;
	bigger.slots = weir_slab_array(slots_size(d, &bigger));
	for (i = 0; i < p->cap; i++) {
		const uint64_t *s = slot_at(d, p, i);

		if (s[0] != 0 && !is_dead(d, s))
			memcpy(look(d, &bigger, s[1], s[0]), s, width * sizeof(*s));
	}
	d->n -= p->n - bigger.n;
	slots_free(d, p);
	*p = bigger;
}

static uint64_t *
add(struct weir_digests *d, struct weir_digests_part *p, uint64_t hi, uint64_t lo)
{
	uint64_t *s;

	if (((uint64_t)p->n + 1) * 4 > (uint64_t)p->cap * 3)
		grow(d, p);
	s = look(d, p, hi, lo);
	s[0] = lo;
	s[1] = hi;
	p->n++;
	return s;
}

/* One part becomes many. */
static void
split(struct weir_digests *d)
{
	struct weir_digests_part whole = d->parts[0];
	uint32_t i;

	free(d->parts);
	d->nparts = WEIR_DIGESTS_PARTS;
	d->parts = weir_mem_zalloc(d->nparts, sizeof(*d->parts));
	for (i = 0; i < whole.cap; i++) {
		const uint64_t *s = slot_at(d, &whole, i);

		if (s[0] != 0)
			memcpy(add(d, part_of(d, s[1]), s[1], s[0]) + 2, s + 2, d->words * sizeof(*s));
	}
	slots_free(d, &whole);
}

uint64_t *
weir_digests_find(const struct weir_digests *d, struct weir_hash_pair h)
{
	const struct weir_digests_part *p;
	uint64_t *s;

	if (d->n == 0 || (p = part_of(d, h.hi))->cap == 0)
		return NULL;
	s = look(d, p, h.hi, mark_of(h));
	return s[0] != 0 ? s + 2 : NULL;
}

uint64_t *
weir_digests_put(struct weir_digests *d, struct weir_hash_pair h, bool *made)
{
	uint64_t *s = weir_digests_find(d, h);

	*made = s == NULL;
	if (s != NULL)
		return s;
	if (d->nparts == 0) {
		d->nparts = 1;
		d->parts = weir_mem_zalloc(1, sizeof(*d->parts));
	}
	if (d->n == SPLIT && d->nparts == 1)
		split(d);
	d->n++;
	return add(d, part_of(d, h.hi), h.hi, mark_of(h)) + 2;
}

void
weir_digests_prefetch(const struct weir_digests *d, struct weir_hash_pair h)
{
	const struct weir_digests_part *p;

	if (d->n > 0 && (p = part_of(d, h.hi))->cap > 0)
		__builtin_prefetch(slot_at(d, p, place_of(d, p, h.hi)));
}

int
weir_digests_next(const struct weir_digests *d, uint64_t *at, struct weir_hash_pair *h, const uint64_t **numbers)
{
	uint64_t part = *at >> 32, i = *at & UINT32_MAX;

	for (; part < d->nparts; part++, i = 0)
		for (; i < d->parts[part].cap; i++) {
			const uint64_t *s = slot_at(d, &d->parts[part], (uint32_t)i);

			if (s[0] == 0)
				continue;
			h->lo = s[0];
			h->hi = s[1];
			*numbers = s + 2;
			*at = part << 32 | (i + 1);
			return 1;
		}
	*at = part << 32;
	return 0;
}
