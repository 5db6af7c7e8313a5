/*
 * lax - reads JSON text as jq's own reader does, for what programs read
 *
 * It accepts what that accepts beyond JSON (nan, Infinity, 01, .5, +5, a byte order mark), nested up to
 * 10,000 deep, and says what that says where the text is wrong. The values own
 * their memory. Text of streams goes through text/json.h, which is strict and fast.
 */
#ifndef WEIR_EXPR_LAX_H
#define WEIR_EXPR_LAX_H

#include "expr/val.h"

#include <stdbool.h>
#include <stddef.h>

/* Reads the one value in p[0, len); -1, null in *v, and what is wrong appended to why. */
int weir_lax_read(const unsigned char *p, size_t len, struct weir_val *v, struct weir_buf *why);

/* A number as strtod reads it, in decimal: signs, leading zeros, a point at either end, nan, infinity; all
 * len bytes of it. */
bool weir_lax_number(const unsigned char *p, size_t len, struct weir_num *n);

#endif
