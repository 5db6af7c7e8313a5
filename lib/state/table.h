/*
 * table - keys to cells: a hash table of byte strings with fixed-size values
 *
 * The state of every keyed operator. Hashed with the process' seed; nothing may
 * depend on the order of its slots. Entries stay where they are made (cells
 * don't move), in blocks; the index of slots doubles, and what was in the old one moves over little by
 * little, so that no call takes long. Beyond the key and the cell an
 * entry costs 16 bytes, and 11 to 22 for its slot.
 */
#ifndef WEIR_STATE_TABLE_H
#define WEIR_STATE_TABLE_H

#include "base/hash.h"
#include "state/slab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_table_entry {
	const unsigned char *key;
	uint32_t len;
	uint32_t hash;
	/* the cell follows, aligned to 16 bytes */
};

struct weir_table {
	size_t cell;               /* bytes of a cell */
	uint32_t n;                /* entries */
	uint64_t memory;           /* bytes held */
	/* private */
	uint64_t *slots;           /* hash in the upper half, entry + 1 in the lower; 0: free */
	uint32_t cap;              /* a power of 2, or 0 */
	uint64_t *old;             /* half as many slots, until all are in the new ones; or NULL */
	uint32_t moved;            /* of the old ones */
	unsigned char **blocks;    /* of entries */
	uint32_t nblocks;
	struct weir_slab slab;     /* where they lie, and the keys */
	unsigned char *keys;       /* room for further keys */
	size_t keys_left;
};

/* cell: bytes of each value, which begins as zeros. */
void weir_table_init(struct weir_table *t, size_t cell);
void weir_table_release(struct weir_table *t);

/* The cell of the key, made if there is none (*made). At most 2^32 - 2 keys. */
void *weir_table_put(struct weir_table *t, const void *key, size_t len, bool *made);

/* The same with the key's hash, if that is known before; and a prefetch of what it will look into: each step some time
 * after the one before it, as it looks at what that has asked for. */
enum weir_table_step { WEIR_TABLE_SLOT, WEIR_TABLE_ENTRY, WEIR_TABLE_KEY };
void *weir_table_put_hashed(struct weir_table *t, const void *key, size_t len, uint32_t hash, bool *made);
void weir_table_prefetch(const struct weir_table *t, uint32_t hash, enum weir_table_step step);

static inline uint32_t
weir_table_hash(const void *key, size_t len)
{
	return (uint32_t)weir_hash_table(key, len);
}

/* The cell of the key, or NULL. */
void *weir_table_get(const struct weir_table *t, const void *key, size_t len);

/* Entry i < n, in the order of making, and its cell. */
struct weir_table_entry *weir_table_entry(const struct weir_table *t, uint32_t i);

static inline void *
weir_table_cell(struct weir_table_entry *e)
{
	return e + 1;
}

#endif
