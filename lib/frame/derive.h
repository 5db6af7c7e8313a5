/*
 * derive - shapes made of other shapes: some fields left out, or one more
 *
 * What becomes of a shape is worked out once, when its first record comes, and kept as long as
 * the shape's id means that shape. Shapes with the same fields in the same order are made once.
 * What is made has WEIR_FORMAT_VALUES: it has no text of its own.
 */
#ifndef WEIR_FRAME_DERIVE_H
#define WEIR_FRAME_DERIVE_H

#include "frame/shape.h"

#include <stdint.h>

/* In place of a source's field: there is none. */
#define WEIR_DERIVE_NEW UINT32_MAX

struct weir_derived {
	uint64_t serial;           /* of the source */
	struct weir_shape *shape;  /* a reference */
	uint32_t *field;           /* of each field: the source's field */
	uint32_t *tag;             /* and a number of the maker's */
};

/* Fills names, field and tag, each with room for n + 1, from the source; returns how many there
 * are. tag is zeroed; names are copied afterwards. */
typedef uint32_t (*weir_derive_make)(void *self, const struct weir_shape *from,
    struct weir_name *names, uint32_t *field, uint32_t *tag);

struct weir_derive {
	weir_derive_make make;
	void *self;
	/* private */
	struct weir_derived *of[WEIR_SHAPE_IDS];    /* by the source's id */
	struct weir_shape *made[WEIR_SHAPE_IDS];    /* the last ones */
	unsigned nmade;
};

void weir_derive_init(struct weir_derive *d, weir_derive_make make, void *self);
void weir_derive_release(struct weir_derive *d);

const struct weir_derived *weir_derive_add(struct weir_derive *d, const struct weir_shape *from);

/* What the shape becomes; valid until the next call. */
static inline const struct weir_derived *
weir_derive_get(struct weir_derive *d, const struct weir_shape *from)
{
	const struct weir_derived *known = d->of[from->id];

	return known != NULL && known->serial == from->serial ? known : weir_derive_add(d, from);
}

#endif
