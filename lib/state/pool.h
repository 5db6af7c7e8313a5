/*
 * pool - pieces of memory of one size, without malloc's own share
 *
 * Blocks of many pieces; those that are put back are handed out again, the last first. Blocks stay until the
 * pool is released: a pool is as large as it ever had to be.
 */
#ifndef WEIR_STATE_POOL_H
#define WEIR_STATE_POOL_H

#include "state/slab.h"

#include <stddef.h>
#include <stdint.h>

struct weir_pool {
	size_t size;                 /* of a piece */
	uint64_t memory;             /* bytes held */
	/* private */
	struct weir_slab blocks;
	uint32_t nblocks;
	unsigned char *at;           /* the rest of the last one */
	size_t left;
	void *spare;                 /* pieces that were put back, each with the next one's address */
};

/* size: a multiple of 8 above 0; of 16 for pieces that are aligned to 16 bytes. */
void weir_pool_init(struct weir_pool *p, size_t size);
void weir_pool_release(struct weir_pool *p);

/* A piece, with anything in it. */
void *weir_pool_get(struct weir_pool *p);
void weir_pool_put(struct weir_pool *p, void *piece);

#endif
