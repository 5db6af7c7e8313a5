/*
 * slab - see slab.h
 */
#include "state/slab.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define MAP ((size_t)2 * 1024 * 1024)

void *
weir_slab_array(size_t size)
{
	return size >= WEIR_SLAB_LARGE ? weir_mem_map(size) : weir_mem_zalloc(size, 1);
}

void
weir_slab_array_free(void *p, size_t size)
{
	if (size >= WEIR_SLAB_LARGE)
		weir_mem_unmap(p, size);
	else
		free(p);
}

static unsigned char *
add_piece(struct weir_slab *s, size_t size)
{
	s->pieces = weir_mem_realloc(s->pieces, s->n + (size_t)1, sizeof(*s->pieces));
	s->pieces[s->n] = (struct weir_slab_piece){weir_slab_array(size), size};
	return s->pieces[s->n++].p;
}

void *
weir_slab_get(struct weir_slab *s, size_t n)
{
	unsigned char *p;

	n = (n + 15) / 16 * 16;
	if (s->left < n) {
		if (s->total < WEIR_SLAB_LARGE || n > MAP / 4) {
			s->total += n;
			return add_piece(s, n);
		}
		s->at = add_piece(s, MAP);
		s->left = MAP;
	}
	p = s->at;
	s->at += n;
	s->left -= n;
	s->total += n;
	return p;
}

void
weir_slab_release(struct weir_slab *s)
{
	uint32_t i;

	for (i = 0; i < s->n; i++)
		weir_slab_array_free(s->pieces[i].p, s->pieces[i].size);
	free(s->pieces);
	memset(s, 0, sizeof(*s));
}
