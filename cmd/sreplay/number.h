/*
 * number - --number: a record with its offset in a field
 */
#ifndef SREPLAY_NUMBER_H
#define SREPLAY_NUMBER_H

#include "frame/derive.h"
#include "frame/out.h"

#include <stdint.h>

struct number {
	const char *field;           /* NULL: not asked for */
	/* private */
	struct weir_derive shapes;
	struct weir_value *values;
	uint32_t room;
};

/* A field of that name that a record has gives way. */
void number_init(struct number *n, const char *field);
void number_release(struct number *n);

/* Puts the record and its rec->seq. 0, -1; 1: that would be longer than a record may be. */
int number_put(struct number *n, struct weir_out *out, const struct weir_record *rec);

#endif
