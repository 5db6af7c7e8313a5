/*
 * shapes - numbers for shapes, which records that lie on disk have in place of addresses
 *
 * A shape that was given a number is kept until the numbers are cleared: when nothing is on disk any more.
 */
#ifndef WEIR_STATE_SHAPES_H
#define WEIR_STATE_SHAPES_H

#include "frame/shape.h"

#include <stdint.h>

/* A zeroed struct has none. */
struct weir_shapes {
	struct weir_shape **v;       /* by number; references */
	uint32_t n;
	/* private */
	uint32_t *slots;             /* numbers plus 1, by the serial's hash; 0: free */
	uint32_t cap;                /* of both; a power of 2 for the slots, half of them for v */
	uint32_t last;
};

void weir_shapes_release(struct weir_shapes *s);

/* The shape's number. */
uint32_t weir_shapes_put(struct weir_shapes *s, const struct weir_shape *shape);

/* Forgets them all. */
void weir_shapes_clear(struct weir_shapes *s);

#endif
