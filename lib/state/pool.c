/*
 * pool - see pool.h
 */
#include "state/pool.h"

#include <string.h>

/* Bytes of a block; the first ones are smaller. */
#define BLOCK (64 * 1024)
#define FIRST 1024

void
weir_pool_init(struct weir_pool *p, size_t size)
{
	memset(p, 0, sizeof(*p));
	p->size = size;
}

void
weir_pool_release(struct weir_pool *p)
{
	weir_slab_release(&p->blocks);
	weir_pool_init(p, p->size);
}

/* Bytes of block i: whole pieces, one at least. */
static size_t
room(const struct weir_pool *p, uint32_t i)
{
	size_t bytes = i < 6 ? (size_t)FIRST << i : BLOCK;

	return bytes < p->size ? p->size : bytes / p->size * p->size;
}

void *
weir_pool_get(struct weir_pool *p)
{
	void *piece = p->spare;

	if (piece != NULL) {
		memcpy(&p->spare, piece, sizeof(p->spare));
		return piece;
	}
	if (p->left == 0) {
		p->left = room(p, p->nblocks++);
		p->at = weir_slab_get(&p->blocks, p->left);
		p->memory += p->left;
	}
	piece = p->at;
	p->at += p->size;
	p->left -= p->size;
	return piece;
}

void
weir_pool_put(struct weir_pool *p, void *piece)
{
	memcpy(piece, &p->spare, sizeof(p->spare));
	p->spare = piece;
}
