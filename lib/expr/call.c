/*
 * call - see call.h
 */
#include "expr/call.h"
#include "base/buf.h"

#include <stdarg.h>

void
weir_call_release(struct weir_call *c)
{
	weir_val_drop(&c->error);
	weir_val_drop(&c->env);
	weir_regex_cache_release(&c->regexes);
}

bool
weir_call_fail(struct weir_call *c, const char *format, ...)
{
	struct weir_buf b = {0};
	va_list ap;

	va_start(ap, format);
	weir_buf_vprintf(&b, format, ap);
	va_end(ap);
	weir_val_drop(&c->error);
	c->error = weir_val_string(b.p, b.len);
	weir_buf_release(&b);
	return false;
}
