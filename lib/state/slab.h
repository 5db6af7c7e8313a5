/*
 * slab - zeroed memory that is only added to, in large pages once it is much
 *
 * The blocks of a table or pool. Looked into at random, half of the time of such a look goes into finding the page; from
 * WEIR_SLAB_LARGE on, blocks are cut from maps of 2 MiB (weir_mem_map), which the system can back with one page.
 */
#ifndef WEIR_STATE_SLAB_H
#define WEIR_STATE_SLAB_H

#include <stddef.h>
#include <stdint.h>

#define WEIR_SLAB_LARGE ((size_t)1024 * 1024)

/* A zeroed struct is an empty slab. */
struct weir_slab {
	/* private */
	struct weir_slab_piece {
		void *p;
		size_t size;
	} *pieces;
	uint32_t n;
	size_t total;              /* bytes handed out */
	unsigned char *at;         /* what is left of the last map */
	size_t left;
};

/* n bytes of zeros, aligned to 16, until the slab is released. */
void *weir_slab_get(struct weir_slab *s, size_t n);
void weir_slab_release(struct weir_slab *s);

/* An array of its own, freed with the same size: for indexes, which grow by being made anew. NULL is fine there. */
void *weir_slab_array(size_t size);
void weir_slab_array_free(void *p, size_t size);

#endif
