/*
 * batch - see batch.h
 */
#include "frame/batch.h"
#include "base/mem.h"

#include <stdlib.h>

void
weir_batch_clear(struct weir_batch *b)
{
	while (b->n > 0)
		weir_shape_free(b->items[--b->n].shape);
	weir_buf_clear(&b->bytes);
}

void
weir_batch_release(struct weir_batch *b)
{
	weir_batch_clear(b);
	weir_buf_release(&b->bytes);
	free(b->items);
	*b = (struct weir_batch){0};
}

void
weir_batch_add(struct weir_batch *b, struct weir_shape *shape, size_t size)
{
	if (b->n == b->cap) {
		b->cap = b->cap == 0 ? 4 : b->cap * 2;
		b->items = weir_mem_realloc(b->items, b->cap, sizeof(*b->items));
	}
	b->items[b->n++] = (struct weir_batch_item){weir_shape_ref(shape), b->bytes.len};
	b->bytes.len += size;
}

void
weir_batch_get(const struct weir_batch *b, unsigned i, const struct weir_record *of,
    struct weir_record *r)
{
	size_t at = b->items[i].at;

	*r = *of;
	weir_record_open(r, b->bytes.p + at, b->bytes.len - at);
	weir_record_bind(r, b->items[i].shape);
}
