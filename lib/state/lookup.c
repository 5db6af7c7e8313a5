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
	struct weir_buf to = {0};
	uint32_t i;

	if (l->moved > 0) {
		weir_buf_clear(&l->key);
		weir_spill_key(&l->key, l->number);
		weir_spill_key(&to, l->number + 1);
		(void)weir_spill_drop(l->spill, l->key.p, l->key.len, to.p, to.len);
		weir_buf_release(&to);
	}
	weir_bloom_release(&l->bloom);
	weir_buf_release(&l->key);
	weir_buf_release(&l->value);
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

void
weir_lookup_spill(struct weir_lookup *l, struct weir_spill *spill, uint64_t number, uint64_t most)
{
	l->spill = spill;
	l->number = number;
	l->most = most - most / 4;
	weir_bloom_init(&l->bloom, most / 4);
}

static void
make_key(struct weir_lookup *l, const void *key, size_t len)
{
	weir_buf_clear(&l->key);
	weir_spill_key(&l->key, l->number);
	weir_buf_put(&l->key, key, len);
}

/* All rows in memory to disk: the number of the shape and the entry. */
static int
move(struct weir_lookup *l)
{
	uint64_t i;

	for (i = 0; i < l->cap; i++) {
		const unsigned char *row;
		uint32_t len;

		if (l->slots[i] == 0)
			continue;
		row = l->rows + 8 * ((l->slots[i] & UINT32_MAX) - 1);
		len = weir_load32(row);
		make_key(l, row + HEAD, len);
		weir_buf_clear(&l->value);
		weir_buf_put(&l->value, row + 8, 4);
		weir_buf_put(&l->value, row + HEAD + len, weir_load32(row + 4));
		if (weir_spill_put(l->spill, l->key.p, l->key.len, l->value.p, l->value.len) != 0)
			return -1;
		weir_bloom_put(&l->bloom, weir_hash_pair(row + HEAD, len, 0));
		l->moved++;
		l->slots[i] = 0;
	}
	l->inside = 0;
	l->used = 0;
	l->memory = l->cap * sizeof(*l->slots);
	return 0;
}

/* The row on disk, into l->value. */
static int
look(struct weir_lookup *l, const void *key, size_t len)
{
	if (l->moved == 0 || !weir_bloom_has(&l->bloom, weir_hash_pair(key, len, 0)))
		return 0;
	make_key(l, key, len);
	return weir_spill_get(l->spill, l->key.p, l->key.len, &l->value);
}

int
weir_lookup_put(struct weir_lookup *l, const void *key, size_t len, struct weir_shape *shape, const struct weir_value *v)
{
	size_t bytes = weir_record_weigh(v, shape->n), size;
	uint32_t hash = (uint32_t)weir_hash_table(key, len), number = number_of(l, shape);
	unsigned char *row;
	uint64_t *slot;
	int made, there;

	if (l->used + HEAD + len + weir_record_bound(shape->n, 0, bytes) > ROWS_MAX)
		return -1;
	if (l->inside * 4 >= l->cap * 3)
		grow(l);
	slot = find(l, hash, key, len);
	made = *slot == 0;
	l->inside += (uint64_t)made;
	if (made && (there = look(l, key, len)) != 0)
		made = there > 0 ? 0 : -1;
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
	if (made < 0 || (l->spill != NULL && l->memory > l->most && move(l) != 0))
		return -1;
	l->n += (uint64_t)made;
	return made;
}

int
weir_lookup_get(struct weir_lookup *l, const void *key, size_t len, struct weir_record *rec, bool *damage)
{
	const unsigned char *row;
	uint64_t slot = 0;
	int rc;

	if (l->inside > 0)
		slot = *find(l, (uint32_t)weir_hash_table(key, len), key, len);
	if (slot == 0) {
		if ((rc = look(l, key, len)) <= 0)
			return rc;
		rec->damage = damage;
		(void)weir_record_open(rec, l->value.p + 4, l->value.len - 4);
		(void)weir_record_bind(rec, l->shapes[weir_load32(l->value.p)]);
		return 1;
	}
	row = l->rows + 8 * ((slot & UINT32_MAX) - 1);
	rec->damage = damage;
	/* It was encoded here. */
	(void)weir_record_open(rec, row + HEAD + weir_load32(row), weir_load32(row + 4));
	(void)weir_record_bind(rec, l->shapes[weir_load32(row + 8)]);
	return 1;
}
