/*
 * shapes - see shapes.h
 */
#include "state/shapes.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void
weir_shapes_clear(struct weir_shapes *s)
{
	while (s->n > 0)
		weir_shape_free(s->v[--s->n]);
	if (s->cap > 0)
		memset(s->slots, 0, s->cap * sizeof(*s->slots));
	s->last = 0;
}

void
weir_shapes_release(struct weir_shapes *s)
{
	weir_shapes_clear(s);
	free(s->v);
	free(s->slots);
	*s = (struct weir_shapes){0};
}

/* The shape's slot, or the free one where it would go. */
static uint32_t *
find(const struct weir_shapes *s, uint64_t serial)
{
	uint32_t i = (uint32_t)(serial * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (s->cap - 1);

	while (s->slots[i] != 0 && s->v[s->slots[i] - 1]->serial != serial)
		i = (i + 1) & (s->cap - 1);
	return &s->slots[i];
}

static void
grow(struct weir_shapes *s)
{
	uint32_t i;

	s->cap = s->cap == 0 ? 16 : 2 * s->cap;
	free(s->slots);
	s->slots = weir_mem_zalloc(s->cap, sizeof(*s->slots));
	s->v = weir_mem_realloc(s->v, s->cap / 2, sizeof(*s->v));
	for (i = 0; i < s->n; i++)
		*find(s, s->v[i]->serial) = i + 1;
}

uint32_t
weir_shapes_put(struct weir_shapes *s, const struct weir_shape *shape)
{
	uint32_t *slot;

	/* Mostly it is the one before. */
	if (s->last < s->n && s->v[s->last]->serial == shape->serial)
		return s->last;
	if (2 * s->n >= s->cap)
		grow(s);
	slot = find(s, shape->serial);
	if (*slot == 0) {
		s->v[s->n++] = weir_shape_ref((struct weir_shape *)(uintptr_t)shape);
		*slot = s->n;
	}
	return s->last = *slot - 1;
}
