/*
 * prelude - functions that are written in the language itself
 */
#ifndef WEIR_EXPR_PRELUDE_H
#define WEIR_EXPR_PRELUDE_H

#include <stddef.h>

/* What takes a closure or has several outputs. The text is one definition; it may use every
 * function there is, those whose names begin with "_" too. */
struct weir_prelude {
	const char *name;
	unsigned nargs;
	const char *text;
};

/* NULL if there is none of that name with so many arguments. */
const struct weir_prelude *weir_prelude_find(const char *name, size_t len, unsigned nargs);

#endif
