/*
 * pack - the state of an aggregate as one string: numbers and values, one behind the other
 *
 * An integer is its digits and a space; a double the 16 hexadecimal digits of its
 * bits and a space; an exact number "MeS " with its digits and scale; a value its
 * type, its length, and its bytes as they are, whatever they are: "5 3 abc ". What is read back is the same
 * to the bit, which JSON can't promise of doubles and of bytes that are not UTF-8.
 */
#ifndef WEIR_TIME_PACK_H
#define WEIR_TIME_PACK_H

#include "base/buf.h"
#include "base/num.h"
#include "frame/record.h"

#include <stdbool.h>

void weir_pack_int(struct weir_buf *b, int64_t i);
void weir_pack_double(struct weir_buf *b, double d);
void weir_pack_num(struct weir_buf *b, const struct weir_num *n);
void weir_pack_value(struct weir_buf *b, const struct weir_value *v);

/* A reader. Beyond the end, or where something else lies, it gives zeros and sets bad. */
struct weir_pack {
	const unsigned char *p, *end;
	bool bad;
};

/* On the state v; bad at once unless it is a string. */
void weir_pack_init(struct weir_pack *r, const struct weir_value *v);

int64_t weir_pack_take_int(struct weir_pack *r);

/* An integer from 0 to max. */
uint64_t weir_pack_take_count(struct weir_pack *r, uint64_t max);
double weir_pack_take_double(struct weir_pack *r);
void weir_pack_take_num(struct weir_pack *r, struct weir_num *n);

/* The value's bytes stay where they are. */
void weir_pack_take_value(struct weir_pack *r, struct weir_value *v);

/* 0 if all was read and nothing was wrong, else -1. */
int weir_pack_end(const struct weir_pack *r);

#endif
