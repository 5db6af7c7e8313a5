/*
 * nodes - see nodes.h
 *
 * Linear hashing (Litwin, VLDB 1980): `low` buckets and some of their images. A key's bucket is its hash modulo
 * 2 * low if that bucket exists, else modulo low. Each new key splits the next two buckets in two. Buckets
 * lie in segments, which never move.
 */
#include "state/nodes.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define SEGMENT 1024

void
weir_nodes_init(struct weir_nodes *t, size_t size)
{
	unsigned i;

	memset(t, 0, sizeof(*t));
	t->size = size;
	for (i = 0; i < WEIR_NODES_POOLS; i++)
		weir_pool_init(&t->pools[i], 8 * (i + (size_t)1));
}

/* Bytes of a node, in eights. */
static size_t
eights(const struct weir_nodes *t, size_t len)
{
	return (sizeof(struct weir_node) + t->size + len + 7) / 8;
}

static struct weir_node **
bucket(const struct weir_nodes *t, uint32_t i)
{
	return &t->segments[i / SEGMENT][i % SEGMENT];
}

static uint32_t
index_of(const struct weir_nodes *t, uint32_t hash)
{
	uint32_t i = hash & (2 * t->low - 1);

	return i < t->buckets ? i : hash & (t->low - 1);
}

static void
free_node(struct weir_nodes *t, struct weir_node *node)
{
	size_t n = eights(t, node->len);

	t->memory -= 8 * n;
	if (n <= WEIR_NODES_POOLS)
		weir_pool_put(&t->pools[n - 1], node);
	else
		free(node);
}

void
weir_nodes_release(struct weir_nodes *t)
{
	struct weir_node *node, *next;
	uint32_t i;

	for (i = 0; i < t->buckets; i++)
		for (node = *bucket(t, i); node != NULL; node = next) {
			next = node->chain;
			if (eights(t, node->len) > WEIR_NODES_POOLS)
				free(node);
		}
	weir_slab_release(&t->slab);
	free(t->segments);
	for (i = 0; i < WEIR_NODES_POOLS; i++)
		weir_pool_release(&t->pools[i]);
	weir_nodes_init(t, t->size);
}

static void
add_segment(struct weir_nodes *t)
{
	uint32_t i = t->buckets / SEGMENT;

	t->segments = weir_mem_realloc(t->segments, i + (size_t)1, sizeof(*t->segments));
	t->segments[i] = weir_slab_get(&t->slab, SEGMENT * sizeof(**t->segments));
	t->memory += SEGMENT * sizeof(**t->segments);
}

/* One bucket more: the keys of another one are dealt to both. */
static void
split(struct weir_nodes *t)
{
	uint32_t from = t->buckets - t->low, to = t->buckets;
	struct weir_node **keep, **move, *node, *next;

	if (t->buckets % SEGMENT == 0)
		add_segment(t);
	t->buckets++;
	keep = bucket(t, from);
	move = bucket(t, to);
	for (node = *keep, *keep = NULL; node != NULL; node = next) {
		struct weir_node **b = (node->hash & (2 * t->low - 1)) == to ? move : keep;

		next = node->chain;
		node->chain = *b;
		*b = node;
	}
	if (t->buckets == 2 * t->low)
		t->low *= 2;
}

struct weir_node *
weir_nodes_find(const struct weir_nodes *t, const void *key, size_t len, uint32_t hash)
{
	struct weir_node *node;

	if (t->n == 0)
		return NULL;
	for (node = *bucket(t, index_of(t, hash)); node != NULL; node = node->chain)
		if (node->hash == hash && node->len == len && (len == 0 || memcmp(weir_node_key(t, node), key, len) == 0))
			return node;
	return NULL;
}

void
weir_nodes_prefetch(const struct weir_nodes *t, uint32_t hash)
{
	if (t->n > 0)
		__builtin_prefetch(bucket(t, index_of(t, hash)));
}

void
weir_nodes_prefetch_node(const struct weir_nodes *t, uint32_t hash)
{
	if (t->n > 0)
		__builtin_prefetch(*bucket(t, index_of(t, hash)));
}

struct weir_node *
weir_nodes_prefetched(const struct weir_nodes *t, uint32_t hash)
{
	struct weir_node *node = t->n > 0 ? *bucket(t, index_of(t, hash)) : NULL;

	while (node != NULL && node->hash != hash)
		node = node->chain;
	return node;
}

static struct weir_node *
new_node(struct weir_nodes *t, const void *key, size_t len)
{
	size_t n = eights(t, len);
	struct weir_node *node = n <= WEIR_NODES_POOLS ? weir_pool_get(&t->pools[n - 1]) : weir_mem_alloc(8 * n);

	memset(node, 0, sizeof(*node) + t->size);
	node->len = (uint32_t)len;
	if (len > 0)
		memcpy((unsigned char *)(node + 1) + t->size, key, len);
	t->memory += 8 * n;
	return node;
}

struct weir_node *
weir_nodes_put(struct weir_nodes *t, const void *key, size_t len, uint32_t hash)
{
	struct weir_node *node = weir_nodes_find(t, key, len, hash), **b;
	unsigned i;

	if (node != NULL)
		return node;
	if (t->buckets == 0) {
		add_segment(t);
		t->buckets = t->low = 64;
	} else if (t->buckets < UINT32_C(1) << 30) {
		for (i = 0; i < 2 && 2 * t->n >= t->buckets; i++)
			split(t);
	}
	node = new_node(t, key, len);
	node->hash = hash;
	b = bucket(t, index_of(t, hash));
	node->chain = *b;
	*b = node;
	t->n++;
	return node;
}

void
weir_nodes_remove(struct weir_nodes *t, struct weir_node *node)
{
	struct weir_node **b = bucket(t, index_of(t, node->hash));

	while (*b != node)
		b = &(*b)->chain;
	*b = node->chain;
	t->n--;
	free_node(t, node);
}

struct weir_node *
weir_nodes_next(const struct weir_nodes *t, const struct weir_node *node)
{
	uint32_t i = 0;

	if (node != NULL) {
		if (node->chain != NULL)
			return node->chain;
		i = index_of(t, node->hash) + 1;
	}
	for (; i < t->buckets; i++)
		if (*bucket(t, i) != NULL)
			return *bucket(t, i);
	return NULL;
}
