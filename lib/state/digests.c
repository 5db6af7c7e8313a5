/*
 * digests - see digests.h
 *
 * The first byte of hi chooses the part, the 32 bits behind it the place in the part.
 */
#include "state/digests.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define SPLIT 4096           /* entries of a set in one part */
#define LEAST 16             /* slots of a part */

void
weir_digests_init(struct weir_digests *d, unsigned words)
{
	memset(d, 0, sizeof(*d));
	d->words = words;
}

void
weir_digests_release(struct weir_digests *d)
{
	unsigned i;

	for (i = 0; i < d->nparts; i++)
		free(d->parts[i].slots);
	free(d->parts);
	weir_digests_init(d, d->words);
}

static inline struct weir_digests_part *
part_of(const struct weir_digests *d, uint64_t hi)
{
	return &d->parts[d->nparts == 1 ? 0 : hi >> 56];
}

static inline uint32_t
place_of(const struct weir_digests_part *p, uint64_t hi)
{
	return (uint32_t)((hi << 8 >> 32) * p->cap >> 32);
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
	uint32_t i = place_of(p, hi);
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

static void
grow(const struct weir_digests *d, struct weir_digests_part *p)
{
	struct weir_digests_part bigger = {.n = p->n, .cap = p->cap == 0 ? LEAST : p->cap + p->cap / 2};
	size_t width = 2 + (size_t)d->words;
	uint32_t i;

	bigger.slots = weir_mem_zalloc(bigger.cap, width * sizeof(*bigger.slots));
	for (i = 0; i < p->cap; i++) {
		const uint64_t *s = slot_at(d, p, i);

		if (s[0] != 0)
			memcpy(look(d, &bigger, s[1], s[0]), s, width * sizeof(*s));
	}
	free(p->slots);
	*p = bigger;
}

static uint64_t *
add(const struct weir_digests *d, struct weir_digests_part *p, uint64_t hi, uint64_t lo)
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
	free(whole.slots);
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
		__builtin_prefetch(slot_at(d, p, place_of(p, h.hi)));
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
