/*
 * function_json - values as JSON text, and back
 */
#include "expr/function.h"
#include "expr/lax.h"

static bool
fromjson(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_buf why = {0};
	struct weir_val out;
	const unsigned char *p;
	size_t len;
	int rc;

	(void)args;
	if (v->kind != WEIR_VAL_STRING)
		return weir_call_refuse(c, v, "only strings can be parsed");
	p = weir_val_bytes(v, &len);
	rc = weir_lax_read(p, len, &out, &why);
	weir_val_drop(v);
	*v = out;
	return rc == 0 || weir_call_fail_with(c, &why);
}

static bool
tonumber(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_num n;
	const unsigned char *p;
	size_t len;

	(void)args;
	if (v->kind == WEIR_VAL_NUMBER)
		return true;
	if (v->kind != WEIR_VAL_STRING || (p = weir_val_bytes(v, &len), !weir_lax_number(p, len, &n)))
		return weir_call_refuse(c, v, "cannot be parsed as a number");
	weir_val_drop(v);
	*v = weir_val_number(&n);
	return true;
}

static bool
tojson(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_buf b = {0};

	(void)c;
	(void)args;
	weir_val_canonical(&b, v);
	weir_val_drop(v);
	*v = weir_val_string(b.p, b.len);
	weir_buf_release(&b);
	return true;
}

static bool
tostring(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	return v->kind == WEIR_VAL_STRING || tojson(c, v, args);
}

const struct weir_function weir_function_json[] = {
	{"fromjson", 0, fromjson},
	{"tonumber", 0, tonumber},
	{"tojson", 0, tojson},
	{"tostring", 0, tostring},
	{NULL, 0, NULL},
};
