/*
 * heap - pointers in order of a time, and of arrival where times are equal
 *
 * A binary heap. Adding what is not before the others costs nothing but its place, so a stream
 * that comes nearly in order is cheap.
 */
#ifndef WEIR_BASE_HEAP_H
#define WEIR_BASE_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct weir_heap_item {
	int64_t time;
	uint64_t seq;                /* of the adding, from 0 */
	void *p;
};

/* A zeroed struct is an empty heap; items[0] is the first of n. */
struct weir_heap {
	struct weir_heap_item *items;
	size_t n, cap;
	uint64_t seq;
};

/* Frees the heap, not what its pointers point to. */
void weir_heap_release(struct weir_heap *h);

void weir_heap_add(struct weir_heap *h, int64_t time, void *p);

/* Adds what was in it before, in its old place among those of its time: the seq it had. */
void weir_heap_return(struct weir_heap *h, int64_t time, uint64_t seq, void *p);

/* Takes the first out, which there is. */
void *weir_heap_take(struct weir_heap *h);

/* Puts the items in order; the heap stays one. */
void weir_heap_sort(struct weir_heap *h);

#endif
