/*
 * buf - see buf.h. The capacity doubles, so appending n bytes one by one costs
 * O(n) in all.
 */
#include "base/buf.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

unsigned char *
weir_buf_grow(struct weir_buf *b, size_t n)
{
	if (b->cap - b->len < n || b->p == NULL) {
		size_t cap = b->cap < 128 ? 128 : b->cap;

		while (cap - b->len < n)
			cap *= 2;
		b->p = weir_mem_realloc(b->p, cap, 1);
		b->cap = cap;
	}
	return b->p + b->len;
}

void
weir_buf_vprintf(struct weir_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return;
	weir_buf_need(b, (size_t)n + 1);
	vsnprintf((char *)b->p + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
}

void
weir_buf_printf(struct weir_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	weir_buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void
weir_buf_release(struct weir_buf *b)
{
	free(b->p);
	b->p = NULL;
	b->len = b->cap = 0;
}
