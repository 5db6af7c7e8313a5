/*
 * utf8 - UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, up to U+10FFFF
 */
#ifndef WEIR_BASE_UTF8_H
#define WEIR_BASE_UTF8_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* The length of the sequence that begins at p (1 to 4), or 0 if no valid one of at most n bytes does. */
unsigned weir_utf8_next(const unsigned char *p, size_t n, uint32_t *rune);

/* How many bytes at p are valid UTF-8: n if all are. */
size_t weir_utf8_span(const unsigned char *p, size_t n);

/* Appends p[0, n) with U+FFFD for what isn't valid: for each byte that can't begin a sequence, and for each
 * sequence that is cut off or wrong, as far as it goes. */
void weir_utf8_repair(struct weir_buf *b, const unsigned char *p, size_t n);

/* Writes a code point up to U+10FFFF; returns its length, 1 to 4. */
unsigned weir_utf8_put(unsigned char *p, uint32_t rune);

#endif
