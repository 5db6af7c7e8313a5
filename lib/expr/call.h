/*
 * call - what the functions of one run share, and how they fail
 */
#ifndef WEIR_EXPR_CALL_H
#define WEIR_EXPR_CALL_H

#include "expr/val.h"
#include "text/regex.h"

#include <stdbool.h>
#include <stdint.h>

/* A zeroed struct is ready; release ends it. */
struct weir_call {
	struct weir_val error;         /* of a function that failed: what `catch` gets */
	struct weir_regex_cache regexes;
	struct weir_val env;           /* the environment as an object, once it was asked for */
	uint64_t record;               /* the number of the record, from 1 */
};

void weir_call_release(struct weir_call *c);

/* Fails with a text: "%s cannot be parsed as a number". Always false. */
bool weir_call_fail(struct weir_call *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Fails with a value as messages show it, and what is wrong with it: "string (\"a\") has no keys". */
bool weir_call_refuse(struct weir_call *c, const struct weir_val *v, const char *words);

/* The same of two: "A and B cannot be sorted". */
bool weir_call_refuse_both(struct weir_call *c, const struct weir_val *a, const struct weir_val *b,
    const char *words);

/* Fails with the text gathered, and empties it. */
bool weir_call_fail_with(struct weir_call *c, struct weir_buf *why);

#endif
