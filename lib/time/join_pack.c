/*
 * join_pack - rows as bytes
 *
 * Side, shape's number plus 1 (0: no content), time, arrival, length of the entry; the entry.
 */
#include "base/mem.h"
#include "time/join_cold.h"
#include "time/join_core.h"

#include <string.h>

#define HEAD 25

void
weir_join_pack(struct weir_join_cold *c, const struct weir_row *row, struct weir_buf *b)
{
	unsigned char *p = weir_buf_need(b, HEAD);

	p[0] = row->side;
	weir_store32(p + 1, row->shape != NULL ? weir_shapes_put(&c->shapes, row->shape) + 1 : 0);
	weir_store64(p + 5, (uint64_t)row->time);
	weir_store64(p + 13, row->seq);
	weir_store32(p + 21, row->size);
	b->len += HEAD;
	weir_buf_put(b, row + 1, row->size);
}

struct weir_row *
weir_join_unpack(const struct weir_join_cold *c, const unsigned char **p)
{
	const unsigned char *head = *p;
	uint32_t size = weir_load32(head + 21), shape = weir_load32(head + 1);
	struct weir_row *row = weir_mem_alloc(sizeof(*row) + size);

	memset(row, 0, sizeof(*row));
	row->side = head[0];
	row->shape = shape > 0 ? weir_shape_ref(c->shapes.v[shape - 1]) : NULL;
	row->time = (int64_t)weir_load64(head + 5);
	row->seq = weir_load64(head + 13);
	row->size = size;
	memcpy(row + 1, head + HEAD, size);
	*p = head + HEAD + size;
	return row;
}

void
weir_join_adopt(struct weir_join *j, struct weir_row *row, const void *key, size_t len)
{
	if (key != NULL) {
		row->node = weir_nodes_put(&j->nodes, key, len, weir_nodes_hash(key, len));
		weir_join_kin(row)->rows++;
	}
	j->rows++;
	j->row_memory += weir_row_memory(row);
}
