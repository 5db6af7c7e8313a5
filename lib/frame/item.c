/*
 * item - see item.h
 */
#include "frame/item.h"
#include "frame/record.h"

#define ITEM_HEAD 6

void
weir_item_put(struct weir_buf *b, uint16_t key, const void *p, size_t len)
{
	unsigned char *head = weir_buf_need(b, ITEM_HEAD);

	weir_store16(head, key);
	weir_store32(head + 2, (uint32_t)len);
	b->len += ITEM_HEAD;
	weir_buf_put(b, p, len);
}

void
weir_item_put_int(struct weir_buf *b, uint16_t key, uint64_t v)
{
	unsigned char bytes[8];

	weir_store64(bytes, v);
	weir_item_put(b, key, bytes, sizeof(bytes));
}

int
weir_item_next(const unsigned char **p, size_t *n, struct weir_item *item)
{
	if (*n == 0)
		return 0;
	if (*n < ITEM_HEAD)
		return -1;
	item->key = weir_load16(*p);
	item->len = weir_load32(*p + 2);
	item->p = *p + ITEM_HEAD;
	if (item->len > *n - ITEM_HEAD)
		return -1;
	*p += ITEM_HEAD + (size_t)item->len;
	*n -= ITEM_HEAD + (size_t)item->len;
	return 1;
}

int
weir_item_int(const struct weir_item *item, uint64_t *v)
{
	if (item->len != 8)
		return -1;
	*v = weir_load64(item->p);
	return 0;
}
