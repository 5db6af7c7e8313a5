/*
 * row - a record that is kept for later
 *
 * A copy of the record's entry with a reference to its shape, its place in its stream and its
 * key's node; and the links that lists of rows are made of. A row whose content nobody will ask for is
 * kept without.
 */
#ifndef WEIR_STATE_ROW_H
#define WEIR_STATE_ROW_H

#include "frame/record.h"
#include "state/nodes.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_row {
	struct weir_row *next;       /* in a list by time */
	struct weir_row *kin;        /* in a list of its key's */
	struct weir_node *node;      /* of its key, or NULL: a key that matches nothing */
	struct weir_shape *shape;    /* a reference, or NULL: no content */
	int64_t time;
	uint64_t seq;                /* of its arrival in its stream */
	uint32_t size;               /* of the entry, which follows */
	uint8_t side;                /* of a join */
	bool cold;                   /* a copy of what is on disk */
};

/* The bytes that a row takes, malloc's own not counted. */
static inline uint64_t
weir_row_memory(const struct weir_row *row)
{
	return sizeof(*row) + row->size;
}

/* A row of the record; its links and node are NULL. content: whether its entry is kept. */
struct weir_row *weir_row_new(const struct weir_record *rec, bool content);
void weir_row_free(struct weir_row *row);

/* The record again, of a row with content: a view as long as the row is there. damage is told as in a record that was
 * read. */
void weir_row_get(const struct weir_row *row, struct weir_record *rec, bool *damage);

#endif
