/*
 * nodes - keys to nodes that come and go: a hash table for what is forgotten key by key
 *
 * A node stays where it is until it is removed; the caller's bytes lie behind its head, the key behind them.
 * Nodes of a size come from a pool (state/pool.h). The table grows by two buckets for each key (linear hashing), so no
 * insertion takes long, and most nodes are the first in their bucket; it does not shrink. Beyond the key and the caller's bytes a
 * key takes 16 bytes, two buckets of 8, and what rounding to 8 takes. Hashed with the process' seed; there is no order.
 */
#ifndef WEIR_STATE_NODES_H
#define WEIR_STATE_NODES_H

#include "base/hash.h"
#include "state/pool.h"

#include <stddef.h>
#include <stdint.h>

/* Nodes up to 8 times this many bytes lie in pools; longer ones are allocated each on its own. */
#define WEIR_NODES_POOLS 64

struct weir_node {
	struct weir_node *chain;
	uint32_t hash, len;
	/* the caller's bytes follow, and the key */
};

struct weir_nodes {
	size_t size;                   /* the caller's bytes */
	uint32_t n;
	uint64_t memory;               /* bytes of nodes and buckets */
	/* private */
	struct weir_pool pools[WEIR_NODES_POOLS];
	struct weir_node ***segments;
	struct weir_slab slab;         /* where they lie */
	uint32_t buckets;
	uint32_t low;                  /* a power of 2: buckets from 0 to buckets - low are split */
};

/* size: a multiple of 8. */
void weir_nodes_init(struct weir_nodes *t, size_t size);

/* Frees the nodes; what their bytes own is to be freed before. */
void weir_nodes_release(struct weir_nodes *t);

/* What the calls below take, if it is known before they are made. */
static inline uint32_t
weir_nodes_hash(const void *key, size_t len)
{
	return (uint32_t)weir_hash_table(key, len);
}

/* The key's node, or NULL; or one made of zeros if there is none. */
struct weir_node *weir_nodes_find(const struct weir_nodes *t, const void *key, size_t len, uint32_t hash);
struct weir_node *weir_nodes_put(struct weir_nodes *t, const void *key, size_t len, uint32_t hash);

/* Ask for the memory that a find will look into: its bucket; and, some time later, the first node in it. Some time after that: the
 * node of the hash, as far as can be told without looking at its key, or NULL. */
void weir_nodes_prefetch(const struct weir_nodes *t, uint32_t hash);
void weir_nodes_prefetch_node(const struct weir_nodes *t, uint32_t hash);
struct weir_node *weir_nodes_prefetched(const struct weir_nodes *t, uint32_t hash);

void weir_nodes_remove(struct weir_nodes *t, struct weir_node *node);

/* The nodes one by one, in no order: from NULL to NULL. */
struct weir_node *weir_nodes_next(const struct weir_nodes *t, const struct weir_node *node);

static inline void *
weir_node_bytes(struct weir_node *node)
{
	return node + 1;
}

static inline const unsigned char *
weir_node_key(const struct weir_nodes *t, const struct weir_node *node)
{
	return (const unsigned char *)(node + 1) + t->size;
}

#endif
