/*
 * batch - records just made, before they go anywhere
 *
 * Whole entries, one behind the other, each with its shape. What one record is turned
 * into is put together here first, so that an error on the way leaves nothing behind.
 */
#ifndef WEIR_FRAME_BATCH_H
#define WEIR_FRAME_BATCH_H

#include "base/buf.h"
#include "frame/record.h"

#include <stddef.h>

struct weir_batch_item {
	struct weir_shape *shape;       /* a reference */
	size_t at;
};

/* A zeroed struct is an empty batch. */
struct weir_batch {
	struct weir_buf bytes;
	struct weir_batch_item *items;
	unsigned n, cap;
};

void weir_batch_release(struct weir_batch *b);

/* Empties it; memory is kept. */
void weir_batch_clear(struct weir_batch *b);

/* Appends an entry: size bytes that have been written where weir_batch_room said. */
void weir_batch_add(struct weir_batch *b, struct weir_shape *shape, size_t size);

/* Where the next entry goes: n bytes of room. */
static inline unsigned char *
weir_batch_room(struct weir_batch *b, size_t n)
{
	return weir_buf_need(&b->bytes, n);
}

/* Record i, as a view that is valid until the batch is changed; the watermark before it, its
 * place in the stream and its damage are those of `of`, which it was made from. */
void weir_batch_get(const struct weir_batch *b, unsigned i, const struct weir_record *of,
    struct weir_record *r);

#endif
