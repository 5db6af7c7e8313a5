/*
 * function - functions that make one value of a few
 *
 * Each is plain C without control flow of the language's own: `length`, `sort`,
 * `pow(a; b)`. The machine evaluates the arguments first, and calls one for each combination of
 * their outputs. What takes a closure or gives several outputs is written in the language over
 * these (prelude.h), as jq does it; names that begin with "_" are for that only.
 */
#ifndef WEIR_EXPR_FUNCTION_H
#define WEIR_EXPR_FUNCTION_H

#include "expr/call.h"

#include <stdbool.h>
#include <stddef.h>

/* *v is the input and becomes the output; a function may move the arguments out (then
 * they are null), the caller drops them all. False: it failed, and *v may be anything that can
 * be dropped. */
typedef bool weir_function_run(struct weir_call *c, struct weir_val *v, struct weir_val *args);

struct weir_function {
	const char *name;
	unsigned nargs;
	weir_function_run *run;
};

/* NULL if there is none of that name with so many arguments. */
const struct weir_function *weir_function_find(const char *name, size_t len, unsigned nargs);

/* The tables behind it, one a file, each ended by a NULL name. */
extern const struct weir_function weir_function_path[];
extern const struct weir_function weir_function_value[];
extern const struct weir_function weir_function_json[];
extern const struct weir_function weir_function_array[];
extern const struct weir_function weir_function_sort[];
extern const struct weir_function weir_function_object[];
extern const struct weir_function weir_function_string[];
extern const struct weir_function weir_function_format[];
extern const struct weir_function weir_function_match[];
extern const struct weir_function weir_function_math[];
extern const struct weir_function weir_function_date[];

#endif
