/*
 * shape - see shape.h. A shape, its name table and the bytes of the names are
 * one allocation.
 */
#include "frame/shape.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static uint64_t serials;
static uint16_t own_ids;

struct weir_shape *
weir_shape_new(enum weir_format format, uint8_t param, const struct weir_name *names, uint32_t n)
{
	size_t bytes = 0;
	struct weir_shape *s;
	struct weir_name *table;
	unsigned char *p;
	uint32_t i;

	for (i = 0; i < n; i++)
		bytes += names[i].len;
	s = weir_mem_alloc(sizeof(*s) + n * sizeof(*table) + bytes);
	table = (struct weir_name *)(void *)(s + 1);
	p = (unsigned char *)(table + n);
	for (i = 0; i < n; i++) {
		table[i].p = p;
		table[i].len = names[i].len;
		if (names[i].len > 0)
			memcpy(p, names[i].p, names[i].len);
		p += names[i].len;
	}
	s->serial = ++serials;
	s->refs = 1;
	s->id = (uint16_t)(WEIR_SHAPE_IDS - 1 - own_ids++ % WEIR_SHAPE_IDS);
	s->format = (uint8_t)format;
	s->param = param;
	s->n = n;
	s->names = table;
	return s;
}

struct weir_shape *
weir_shape_ref(struct weir_shape *s)
{
	s->refs++;
	return s;
}

void
weir_shape_free(struct weir_shape *s)
{
	if (s != NULL && --s->refs == 0)
		free(s);
}

int
weir_shape_find(const struct weir_shape *s, const void *name, size_t len)
{
	uint32_t i;

	for (i = 0; i < s->n; i++)
		if (s->names[i].len == len && memcmp(s->names[i].p, name, len) == 0)
			return (int)i;
	return -1;
}

void
weir_shape_unused(const struct weir_shape *s, const char *prefix, const char *name, struct weir_buf *b)
{
	size_t at = b->len;
	uint32_t times, i;

	for (times = 0;; times++) {
		b->len = at;
		for (i = 0; i < times; i++)
			weir_buf_puts(b, prefix);
		weir_buf_puts(b, name);
		if (weir_shape_find(s, b->p + at, b->len - at) < 0)
			return;
	}
}
