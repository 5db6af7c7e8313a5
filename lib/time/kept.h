/*
 * kept - a value that outlives its record
 *
 * Small ones lie in place. An integer or decimal of up to 18 digits is kept as such beside its text, so
 * that the least and the greatest of numbers are found without reading digits twice.
 */
#ifndef WEIR_TIME_KEPT_H
#define WEIR_TIME_KEPT_H

#include "base/num.h"
#include "frame/record.h"
#include "time/pack.h"

#include <stdbool.h>
#include <stdint.h>

#define WEIR_KEPT_PLACE 25

struct weir_kept {
	unsigned char *p;        /* heap, or NULL: in place */
	int64_t small;           /* is_small: the value times 10^scale */
	uint32_t len;
	uint8_t type;            /* 0: nothing is kept */
	bool is_small;
	uint8_t scale;
	unsigned char bytes[WEIR_KEPT_PLACE];
};

/* Keeps v in place of what was. */
void weir_kept_set(struct weir_kept *k, const struct weir_value *v);

/* What is kept, valid until it changes. */
void weir_kept_get(const struct weir_kept *k, struct weir_value *v);

/* v against what is kept, as text/order.h; something must be. */
int weir_kept_order(const struct weir_kept *k, const struct weir_value *v);

static inline int
weir_kept_compare(const struct weir_kept *k, const struct weir_value *v)
{
	int64_t m;
	int scale;

	if (k->is_small && v->type == WEIR_NUMBER && weir_num_decimal(v->p, v->len, &m, &scale) && scale == k->scale)
		return m < k->small ? -1 : m > k->small;
	return weir_kept_order(k, v);
}

/* Appends the bytes; returns the type, null if nothing is kept. */
uint8_t weir_kept_put(const struct weir_kept *k, struct weir_buf *b);

void weir_kept_save(const struct weir_kept *k, struct weir_buf *b);
void weir_kept_load(struct weir_kept *k, struct weir_pack *r);
void weir_kept_release(struct weir_kept *k);

#endif
