/*
 * derive - see derive.h
 */
#include "frame/derive.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void
weir_derive_init(struct weir_derive *d, weir_derive_make make, void *self)
{
	memset(d, 0, sizeof(*d));
	d->make = make;
	d->self = self;
}

static void
free_derived(struct weir_derived *x)
{
	if (x == NULL)
		return;
	weir_shape_free(x->shape);
	free(x->field);
	free(x->tag);
	free(x);
}

void
weir_derive_release(struct weir_derive *d)
{
	unsigned i;

	for (i = 0; i < WEIR_SHAPE_IDS; i++) {
		free_derived(d->of[i]);
		weir_shape_free(d->made[i]);
	}
	memset(d, 0, sizeof(*d));
}

static int
has_names(const struct weir_shape *s, const struct weir_name *names, uint32_t n)
{
	uint32_t i;

	for (i = 0; s->n == n && i < n; i++)
		if (s->names[i].len != names[i].len ||
		    memcmp(s->names[i].p, names[i].p, names[i].len) != 0)
			return 0;
	return s->n == n;
}

/* A reference to the shape of these names. The oldest one makes room for a new one. */
static struct weir_shape *
shape_of(struct weir_derive *d, const struct weir_name *names, uint32_t n)
{
	struct weir_shape **place;
	unsigned i;

	for (i = 0; i < WEIR_SHAPE_IDS && d->made[i] != NULL; i++)
		if (has_names(d->made[i], names, n))
			return weir_shape_ref(d->made[i]);
	place = &d->made[d->nmade++ % WEIR_SHAPE_IDS];
	weir_shape_free(*place);
	*place = weir_shape_new(WEIR_FORMAT_VALUES, 0, names, n);
	return weir_shape_ref(*place);
}

const struct weir_derived *
weir_derive_add(struct weir_derive *d, const struct weir_shape *from)
{
	struct weir_derived *x = weir_mem_zalloc(1, sizeof(*x));
	struct weir_name *names = weir_mem_zalloc(from->n + (size_t)1, sizeof(*names));
	uint32_t n;

	x->serial = from->serial;
	x->field = weir_mem_zalloc(from->n + (size_t)1, sizeof(*x->field));
	x->tag = weir_mem_zalloc(from->n + (size_t)1, sizeof(*x->tag));
	n = d->make(d->self, from, names, x->field, x->tag);
	x->shape = shape_of(d, names, n);
	free(names);
	free_derived(d->of[from->id]);
	return d->of[from->id] = x;
}
