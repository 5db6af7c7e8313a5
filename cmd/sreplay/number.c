/*
 * number - see number.h
 */
#include "number.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The record's fields with the number in its place, or behind them. */
static uint32_t
with_number(void *self, const struct weir_shape *from, struct weir_name *names, uint32_t *field, uint32_t *tag)
{
	const struct number *n = self;
	size_t len = strlen(n->field);
	int at = weir_shape_find(from, n->field, len);
	uint32_t i;

	(void)tag;
	for (i = 0; i < from->n; i++) {
		names[i] = from->names[i];
		field[i] = (int)i == at ? WEIR_DERIVE_NEW : i;
	}
	if (at >= 0)
		return i;
	names[i] = (struct weir_name){(const unsigned char *)n->field, (uint32_t)len};
	field[i] = WEIR_DERIVE_NEW;
	return i + 1;
}

void
number_init(struct number *n, const char *field)
{
	memset(n, 0, sizeof(*n));
	n->field = field;
	weir_derive_init(&n->shapes, with_number, n);
}

void
number_release(struct number *n)
{
	weir_derive_release(&n->shapes);
	free(n->values);
	n->values = NULL;
}

int
number_put(struct number *n, struct weir_out *out, const struct weir_record *rec)
{
	const struct weir_derived *d = weir_derive_get(&n->shapes, rec->shape);
	char text[24];
	uint32_t i;

	if (d->shape->n > n->room) {
		n->room = d->shape->n;
		n->values = weir_mem_realloc(n->values, n->room, sizeof(*n->values));
	}
	for (i = 0; i < d->shape->n; i++)
		if (d->field[i] != WEIR_DERIVE_NEW)
			weir_record_get(rec, d->field[i], &n->values[i]);
		else
			n->values[i] = (struct weir_value){.p = (unsigned char *)text, .type = WEIR_NUMBER,
			    .len = (uint32_t)snprintf(text, sizeof(text), "%" PRIu64, rec->seq)};
	return weir_out_values(out, d->shape, rec->time, n->values);
}
