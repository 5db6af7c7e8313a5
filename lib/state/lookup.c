/*
 * lookup - see lookup.h
 */
#include "state/lookup.h"
#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>

/* A row: lengths of key and entry and the shape's number, 4 bytes each, then both. */
#define HEAD 12
#define ROWS_MAX (UINT64_C(8) * (UINT32_MAX - 1))

void
weir_lookup_release(struct weir_lookup *l)
{
	uint32_t i;

	for (i = 0; i < l->nshapes; i++)
		weir_shape_free(l->shapes[i]);
	free(l->shapes);
	free(l->slots);
	free(l->rows);
	memset(l, 0, sizeof(*l));
}

/* Twice as many slots; the hashes are in the old ones. */
static void
grow(struct weir_lookup *l)
{
	uint64_t *old = l->slots, cap = l->cap, i, at;

	l->cap = cap == 0 ? 64 : 2 * cap;
	l->slots = weir_mem_zalloc(l->cap, sizeof(*l->slots));
	for (i = 0; i < cap; i++) {
		if (old[i] == 0)
			continue;
		for (at = old[i] >> 32 & (l->cap - 1); l->slots[at] != 0; at = (at + 1) & (l->cap - 1))
			;
		l->slots[at] = old[i];
	}
	l->memory += (l->cap - cap) * sizeof(*l->slots);
	free(old);
}

/* The key's slot, or the free one where it would go. */
static inline uint64_t *
find(const struct weir_lookup *l, uint32_t hash, const void *key, size_t len)
{
	uint64_t at;

	for (at = hash & (l->cap - 1); l->slots[at] != 0; at = (at + 1) & (l->cap - 1)) {
		const unsigned char *row;

		if (l->slots[at] >> 32 != hash)
			continue;
		row = l->rows + 8 * ((l->slots[at] & UINT32_MAX) - 1);
		if (weir_load32(row) == len && memcmp(row + HEAD, key, len) == 0)
			break;
	}
	return &l->slots[at];
}

/* The shape's number; most often it is the one before. A new one is part of the version. */
static uint32_t
number_of(struct weir_lookup *l, struct weir_shape *shape)
{
	uint32_t i = l->nshapes, k;

	while (i > 0)
		if (l->shapes[--i] == shape)
			return i;
	l->shapes = weir_mem_realloc(l->shapes, l->nshapes + (size_t)1, sizeof(struct weir_shape *));
	l->shapes[l->nshapes] = weir_shape_ref(shape);
	for (k = 0; k < shape->n; k++)
		l->version = weir_hash_seeded(shape->names[k].p, shape->names[k].len, l->version + 1);
	return l->nshapes++;
}

/* Room for n bytes at an offset that 8 divides. */
static unsigned char *
make_room(struct weir_lookup *l, size_t n)
{
	size_t at = (l->used + 7) / 8 * 8;

	if (at + n > l->room) {
		/* Pages that are not written yet take nothing. */
		l->room = 2 * (at + n) < 64 * 1024 ? 64 * 1024 : 2 * (at + n);
		l->rows = weir_mem_realloc(l->rows, l->room, 1);
	}
	l->memory += at - l->used;
	l->used = at;
	return l->rows + at;
}

int
weir_lookup_put(struct weir_lookup *l, const void *key, size_t len, struct weir_shape *shape, const struct weir_value *v)
{
	size_t bytes = weir_record_weigh(v, shape->n), size;
	uint32_t hash = (uint32_t)weir_hash_table(key, len), number = number_of(l, shape);
	unsigned char *row;
	uint64_t *slot;
	int made;

	if (l->used + HEAD + len + weir_record_bound(shape->n, 0, bytes) > ROWS_MAX)
		return -1;
	if (l->n * 4 >= l->cap * 3)
		grow(l);
	slot = find(l, hash, key, len);
	made = *slot == 0;
	row = make_room(l, HEAD + len + weir_record_bound(shape->n, 0, bytes));
	memcpy(row + HEAD, key, len);
	size = weir_record_encode_values(row + HEAD + len, 0, shape->n, INT64_MIN, v, bytes);
	weir_store32(row, (uint32_t)len);
	weir_store32(row + 4, (uint32_t)size);
	weir_store32(row + 8, number);
	l->version = weir_hash_seeded(row, HEAD + len + size, l->version + 1);
	*slot = (uint64_t)hash << 32 | (l->used / 8 + 1);
	l->used += HEAD + len + size;
	l->memory += HEAD + len + size;
	l->n += (uint64_t)made;
	return made;
}

int
weir_lookup_get(const struct weir_lookup *l, const void *key, size_t len, struct weir_record *rec, bool *damage)
{
	const unsigned char *row;
	uint64_t slot;

	if (l->n == 0)
		return 0;
	slot = *find(l, (uint32_t)weir_hash_table(key, len), key, len);
	if (slot == 0)
		return 0;
	row = l->rows + 8 * ((slot & UINT32_MAX) - 1);
	rec->damage = damage;
	/* It was encoded here. */
	(void)weir_record_open(rec, row + HEAD + weir_load32(row), weir_load32(row + 4));
	(void)weir_record_bind(rec, l->shapes[weir_load32(row + 8)]);
	return 1;
}
