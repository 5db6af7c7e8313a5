/*
 * item - the payload of hello, barrier and end: a list of keyed items
 *
 * An item is a 16-bit key, a 32-bit length, and that many bytes, little-endian,
 * without padding. A key may come several times. Unknown keys are skipped, which is how the
 * format grows.
 */
#ifndef WEIR_FRAME_ITEM_H
#define WEIR_FRAME_ITEM_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

struct weir_item {
	uint16_t key;
	uint32_t len;
	const unsigned char *p;  /* into the payload */
};

void weir_item_put(struct weir_buf *b, uint16_t key, const void *p, size_t len);
void weir_item_put_int(struct weir_buf *b, uint16_t key, uint64_t v);   /* 8 bytes */

/* Takes the next item from the n bytes at *p. 1: an item; 0: the end; -1: malformed. */
int weir_item_next(const unsigned char **p, size_t *n, struct weir_item *item);

/* 0 and the integer, or -1 if the item isn't 8 bytes long. */
int weir_item_int(const struct weir_item *item, uint64_t *v);

#endif
