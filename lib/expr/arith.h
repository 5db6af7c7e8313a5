/*
 * arith - jq's operators on values: + - * / %, unary minus, and what . [ ] take out
 *
 * Each computes into *out, a new reference, and leaves its operands alone. They return 0, or
 * -1 with jq 1.6's words appended to why.
 */
#ifndef WEIR_EXPR_ARITH_H
#define WEIR_EXPR_ARITH_H

#include "expr/val.h"

/* The longest string that an expression may make. */
#define WEIR_ARITH_STRING_MAX (256u * 1024 * 1024)

/* op is one of + - * / %. */
int weir_arith_apply(int op, const struct weir_val *a, const struct weir_val *b,
    struct weir_val *out, struct weir_buf *why);

int weir_arith_negate(const struct weir_val *a, struct weir_val *out, struct weir_buf *why);

/* t[key], where key may also be an object with start and end, or an array to be found. */
int weir_arith_index(const struct weir_val *t, const struct weir_val *key, struct weir_val *out,
    struct weir_buf *why);

/* t[from:to]; null is an open end. */
int weir_arith_slice(const struct weir_val *t, const struct weir_val *from,
    const struct weir_val *to, struct weir_val *out, struct weir_buf *why);

/* What jq calls a value in its messages: "string (\"aaaaaaaaaa...)"; and what is in the
 * parentheses alone. */
void weir_arith_describe(struct weir_buf *b, const struct weir_val *v);
void weir_arith_show(struct weir_buf *b, const struct weir_val *v);

#endif
