/*
 * function_value - functions of any value: what it is, how long it is
 */
#include "expr/function.h"

#include <string.h>

static bool
type(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	const char *name = weir_val_kind_name(v);

	(void)c;
	(void)args;
	weir_val_drop(v);
	*v = weir_val_text(WEIR_VAL_STRING, name, strlen(name));
	return true;
}

const struct weir_function weir_function_value[] = {
	{"type", 0, type},
	{NULL, 0, NULL},
};
