/*
 * nodes - keys to nodes that come and go: a hash table for what is forgotten key by key
 *
 * A node is allocated on its own, and stays where it is until it is removed; the caller's bytes lie behind its
 * head, the key behind them. The table grows by one bucket for each key (linear hashing), so no insertion takes
 * long; it does not shrink. Beyond the key and the caller's bytes a key takes 16 bytes, a
 * bucket of 8, and what malloc takes. Hashed with the process' seed; there is no order.
 */
#ifndef WEIR_STATE_NODES_H
#define WEIR_STATE_NODES_H

#include <stddef.h>
#include <stdint.h>

struct weir_node {
	struct weir_node *chain;
	uint32_t hash, len;
	/* the caller's bytes follow, and the key */
};

struct weir_nodes {
	size_t size;                   /* the caller's bytes */
	uint32_t n;
	uint64_t memory;               /* bytes held, malloc's own not counted */
	/* private */
	struct weir_node ***segments;
	uint32_t buckets;
	uint32_t low;                  /* a power of 2: buckets from 0 to buckets - low are split */
};

/* size: a multiple of 8. */
void weir_nodes_init(struct weir_nodes *t, size_t size);

/* Frees the nodes; what their bytes own is to be freed before. */
void weir_nodes_release(struct weir_nodes *t);

/* The key's node, or NULL; or one made of zeros if there is none. */
struct weir_node *weir_nodes_find(const struct weir_nodes *t, const void *key, size_t len);
struct weir_node *weir_nodes_put(struct weir_nodes *t, const void *key, size_t len);

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
