/*
 * call - see call.h
 */
#include "expr/call.h"
#include "base/buf.h"
#include "expr/arith.h"

#include <stdarg.h>

void
weir_call_release(struct weir_call *c)
{
	weir_val_drop(&c->error);
	weir_val_drop(&c->env);
	weir_regex_cache_release(&c->regexes);
}

bool
weir_call_fail_with(struct weir_call *c, struct weir_buf *why)
{
	weir_val_drop(&c->error);
	c->error = weir_val_string(why->p, why->len);
	weir_buf_release(why);
	return false;
}

bool
weir_call_fail(struct weir_call *c, const char *format, ...)
{
	struct weir_buf b = {0};
	va_list ap;

	va_start(ap, format);
	weir_buf_vprintf(&b, format, ap);
	va_end(ap);
	return weir_call_fail_with(c, &b);
}

bool
weir_call_refuse(struct weir_call *c, const struct weir_val *v, const char *words)
{
	struct weir_buf b = {0};

	weir_arith_describe(&b, v);
	weir_buf_printf(&b, " %s", words);
	return weir_call_fail_with(c, &b);
}

bool
weir_call_refuse_both(struct weir_call *c, const struct weir_val *a, const struct weir_val *b,
    const char *words)
{
	struct weir_buf why = {0};

	weir_arith_describe(&why, a);
	weir_buf_puts(&why, " and ");
	weir_arith_describe(&why, b);
	weir_buf_printf(&why, " %s", words);
	return weir_call_fail_with(c, &why);
}
