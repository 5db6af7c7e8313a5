/*
 * row - see row.h
 */
#include "state/row.h"
#include "base/mem.h"

#include <stdlib.h>

struct weir_row *
weir_row_new(const struct weir_record *rec, bool content)
{
	struct weir_row *row = weir_mem_alloc(sizeof(*row) + (content ? rec->size : 0));

	memset(row, 0, sizeof(*row));
	row->time = rec->time;
	row->seq = rec->seq;
	if (content) {
		row->shape = weir_shape_ref((struct weir_shape *)(uintptr_t)rec->shape);
		row->size = rec->size;
		memcpy(row + 1, rec->p, rec->size);
	}
	return row;
}

void
weir_row_free(struct weir_row *row)
{
	weir_shape_free(row->shape);
	free(row);
}

void
weir_row_get(const struct weir_row *row, struct weir_record *rec, bool *damage)
{
	*rec = (struct weir_record){.watermark = row->time, .seq = row->seq, .damage = damage};
	/* It was whole when it was kept. */
	(void)weir_record_open(rec, (const unsigned char *)(row + 1), row->size);
	(void)weir_record_bind(rec, row->shape);
}
