/*
 * table - see table.h. Open addressing with linear probes; a slot carries 32 bits
 * of the hash, so a miss rarely touches an entry.
 */
#include "state/table.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define ENTRIES 256          /* in a block */
#define KEY_BLOCK (16 * 1024)
#define MOVES 16             /* old slots that a call moves */

_Static_assert(sizeof(struct weir_table_entry) == 16, "cells are aligned by it");

static size_t
stride(const struct weir_table *t)
{
	return sizeof(struct weir_table_entry) + (t->cell + 15) / 16 * 16;
}

/* Bytes of so many slots. */
static size_t
index_size(uint32_t cap)
{
	return cap * sizeof(uint64_t);
}

void
weir_table_init(struct weir_table *t, size_t cell)
{
	memset(t, 0, sizeof(*t));
	t->cell = cell;
}

void
weir_table_release(struct weir_table *t)
{
	weir_slab_release(&t->slab);
	free(t->blocks);
	weir_slab_array_free(t->slots, index_size(t->cap));
	weir_slab_array_free(t->old, index_size(t->cap / 2));
	weir_table_init(t, t->cell);
}

struct weir_table_entry *
weir_table_entry(const struct weir_table *t, uint32_t i)
{
	return (struct weir_table_entry *)(void *)(t->blocks[i / ENTRIES] + i % ENTRIES * stride(t));
}

/* Moves some of the old slots to the new ones: at most n. They stay valid where they were until all are. */
static void
move(struct weir_table *t, uint32_t n)
{
	uint32_t half = t->cap / 2;

	for (; n > 0 && t->moved < half; n--, t->moved++) {
		uint64_t slot = t->old[t->moved];
		uint32_t at = (uint32_t)(slot >> 32) & (t->cap - 1);

		if (slot == 0)
			continue;
		while (t->slots[at] != 0)
			at = (at + 1) & (t->cap - 1);
		t->slots[at] = slot;
	}
	if (t->moved < half)
		return;
	weir_slab_array_free(t->old, index_size(half));
	t->old = NULL;
	t->memory -= index_size(half);
}

static void
grow(struct weir_table *t)
{
	if (t->old != NULL)
		move(t, t->cap);
	t->old = t->slots;
	t->moved = 0;
	t->cap = t->cap == 0 ? 64 : 2 * t->cap;
	t->slots = weir_slab_array(index_size(t->cap));
	t->memory += index_size(t->cap);
}

/* The key's cell by an index of cap slots; NULL, and *at is where it would go. */
static inline void *
find(const struct weir_table *t, const uint64_t *slots, uint32_t cap, uint32_t hash, const void *key, size_t len,
    uint32_t *at)
{
	uint32_t i;

	for (i = hash & (cap - 1); slots[i] != 0; i = (i + 1) & (cap - 1)) {
		struct weir_table_entry *e;

		if (slots[i] >> 32 != hash)
			continue;
		e = weir_table_entry(t, (uint32_t)slots[i] - 1);
		if (e->len == len && (len == 0 || memcmp(e->key, key, len) == 0))
			return weir_table_cell(e);
	}
	*at = i;
	return NULL;
}

static const unsigned char *
keep_key(struct weir_table *t, const void *key, size_t len)
{
	unsigned char *p;

	if (len == 0)
		return (const unsigned char *)"";
	if (t->keys_left < len) {
		t->keys_left = len > KEY_BLOCK ? len : KEY_BLOCK;
		t->keys = weir_slab_get(&t->slab, t->keys_left);
		t->memory += t->keys_left;
	}
	p = t->keys;
	memcpy(p, key, len);
	t->keys += len;
	t->keys_left -= len;
	return p;
}

static struct weir_table_entry *
new_entry(struct weir_table *t)
{
	if (t->n % ENTRIES == 0) {
		t->blocks = weir_mem_realloc(t->blocks, t->nblocks + (size_t)1, sizeof(*t->blocks));
		t->blocks[t->nblocks++] = weir_slab_get(&t->slab, ENTRIES * stride(t));
		t->memory += ENTRIES * stride(t);
	}
	return weir_table_entry(t, t->n++);
}

void
weir_table_prefetch(const struct weir_table *t, uint32_t hash, enum weir_table_step step)
{
	struct weir_table_entry *e;
	uint64_t slot;

	if (t->n == 0)
		return;
	if (step == WEIR_TABLE_SLOT) {
		__builtin_prefetch(&t->slots[hash & (t->cap - 1)]);
		return;
	}
	slot = t->slots[hash & (t->cap - 1)];
	if (slot >> 32 != hash || (uint32_t)slot == 0)
		return;
	e = weir_table_entry(t, (uint32_t)slot - 1);
	if (step == WEIR_TABLE_ENTRY)
		__builtin_prefetch(e);
	else
		__builtin_prefetch(e->key);
}

void *
weir_table_put(struct weir_table *t, const void *key, size_t len, bool *made)
{
	return weir_table_put_hashed(t, key, len, weir_table_hash(key, len), made);
}

void *
weir_table_put_hashed(struct weir_table *t, const void *key, size_t len, uint32_t hash, bool *made)
{
	uint32_t at, other;
	struct weir_table_entry *e;
	void *cell;

	if ((uint64_t)t->n * 4 >= (uint64_t)t->cap * 3)
		grow(t);
	if (t->old != NULL)
		move(t, MOVES);
	*made = false;
	if ((cell = find(t, t->slots, t->cap, hash, key, len, &at)) != NULL)
		return cell;
	if (t->old != NULL && (cell = find(t, t->old, t->cap / 2, hash, key, len, &other)) != NULL)
		return cell;
	e = new_entry(t);
	e->key = keep_key(t, key, len);
	e->len = (uint32_t)len;
	e->hash = hash;
	t->slots[at] = (uint64_t)hash << 32 | t->n;
	*made = true;
	return weir_table_cell(e);
}

void *
weir_table_get(const struct weir_table *t, const void *key, size_t len)
{
	uint32_t hash = weir_table_hash(key, len), at;
	void *cell;

	if (t->n == 0)
		return NULL;
	if ((cell = find(t, t->slots, t->cap, hash, key, len, &at)) != NULL || t->old == NULL)
		return cell;
	return find(t, t->old, t->cap / 2, hash, key, len, &at);
}
