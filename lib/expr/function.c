/*
 * function - see function.h
 */
#include "expr/function.h"

#include <string.h>

static const struct weir_function *const tables[] = {weir_function_path, weir_function_value,
    weir_function_json, weir_function_array, weir_function_sort, weir_function_object,
    weir_function_string, weir_function_format, weir_function_match, weir_function_math,
    weir_function_date};

const struct weir_function *
weir_function_find(const char *name, size_t len, unsigned nargs)
{
	const struct weir_function *f;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (f = tables[i]; f->name != NULL; f++)
			if (f->nargs == nargs && strlen(f->name) == len && memcmp(f->name, name, len) == 0)
				return f;
	return NULL;
}
