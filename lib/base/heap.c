/*
 * heap - see heap.h
 */
#include "base/heap.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void
weir_heap_release(struct weir_heap *h)
{
	free(h->items);
	memset(h, 0, sizeof(*h));
}

static int
compare(const void *a, const void *b)
{
	const struct weir_heap_item *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

void
weir_heap_return(struct weir_heap *h, int64_t time, uint64_t seq, void *p)
{
	struct weir_heap_item item = {.time = time, .seq = seq, .p = p};
	size_t i = h->n++, up;

	if (h->n > h->cap) {
		h->cap = h->cap == 0 ? 64 : 2 * h->cap;
		h->items = weir_mem_realloc(h->items, h->cap, sizeof(*h->items));
	}
	for (; i > 0 && compare(&item, &h->items[up = (i - 1) / 2]) < 0; i = up)
		h->items[i] = h->items[up];
	h->items[i] = item;
}

void
weir_heap_add(struct weir_heap *h, int64_t time, void *p)
{
	weir_heap_return(h, time, h->seq++, p);
}

void *
weir_heap_take(struct weir_heap *h)
{
	struct weir_heap_item last = h->items[--h->n];
	void *p = h->items[0].p;
	size_t i = 0, down;

	while ((down = 2 * i + 1) < h->n) {
		if (down + 1 < h->n && compare(&h->items[down + 1], &h->items[down]) < 0)
			down++;
		if (compare(&last, &h->items[down]) <= 0)
			break;
		h->items[i] = h->items[down];
		i = down;
	}
	h->items[i] = last;
	return p;
}

void
weir_heap_sort(struct weir_heap *h)
{
	if (h->n > 1)
		qsort(h->items, h->n, sizeof(*h->items), compare);
}
