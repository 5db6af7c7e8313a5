/*
 * buf - a growable run of bytes
 *
 * p[0 .. len) is the content; cap bytes are allocated. A zeroed struct is an
 * empty buffer. Growth doubles; memory is kept by clear and given back by
 * release.
 */
#ifndef WEIR_BASE_BUF_H
#define WEIR_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct weir_buf {
	unsigned char *p;
	size_t len;
	size_t cap;
};

/* Room for n more bytes behind the content; returns where they go. len stays. */
unsigned char *weir_buf_grow(struct weir_buf *b, size_t n);

/* Appends what printf would print, without a NUL. */
void weir_buf_printf(struct weir_buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void weir_buf_vprintf(struct weir_buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* Frees the memory; the buffer is empty and usable again. */
void weir_buf_release(struct weir_buf *b);

static inline unsigned char *
weir_buf_need(struct weir_buf *b, size_t n)
{
	if (b->cap - b->len < n || b->p == NULL)
		return weir_buf_grow(b, n);
	return b->p + b->len;
}

static inline void
weir_buf_clear(struct weir_buf *b)
{
	b->len = 0;
}

static inline void
weir_buf_put(struct weir_buf *b, const void *p, size_t n)
{
	if (n > 0) {
		memcpy(weir_buf_need(b, n), p, n);
		b->len += n;
	}
}

static inline void
weir_buf_puts(struct weir_buf *b, const char *s)
{
	weir_buf_put(b, s, strlen(s));
}

static inline void
weir_buf_putc(struct weir_buf *b, int c)
{
	*weir_buf_need(b, 1) = (unsigned char)c;
	b->len++;
}

/* An integer in decimal digits. */
static inline void
weir_buf_put_int(struct weir_buf *b, uint64_t v)
{
	unsigned char text[20], *p = text + sizeof(text);

	do
		*--p = (unsigned char)('0' + v % 10);
	while ((v /= 10) > 0);
	weir_buf_put(b, p, (size_t)(text + sizeof(text) - p));
}

/* A NUL is put behind the content, not counted; the content as a C string. */
static inline char *
weir_buf_cstr(struct weir_buf *b)
{
	*weir_buf_need(b, 1) = '\0';
	return (char *)b->p;
}

#endif
