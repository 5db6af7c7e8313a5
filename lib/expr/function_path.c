/*
 * function_path - setpath and delpaths; getpath knows paths and is the machine's own
 */
#include "expr/function.h"
#include "expr/update.h"

static bool
result(struct weir_call *c, struct weir_buf *why, int rc)
{
	if (rc != 0)
		weir_call_fail(c, "%s", weir_buf_cstr(why));
	weir_buf_release(why);
	return rc == 0;
}

static bool
setpath(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_buf why = {0};
	struct weir_val item = args[1];

	args[1] = weir_val_of_kind(WEIR_VAL_NULL);
	return result(c, &why, weir_update_set(v, &args[0], item, &why));
}

static bool
delpaths(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_buf why = {0};

	return result(c, &why, weir_update_delete(v, &args[0], &why));
}

const struct weir_function weir_function_path[] = {
	{"setpath", 2, setpath},
	{"delpaths", 1, delpaths},
	{NULL, 0, NULL},
};
