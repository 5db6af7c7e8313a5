/*
 * value - what a field's bytes mean: decoded, and written as JSON
 */
#ifndef WEIR_TEXT_VALUE_H
#define WEIR_TEXT_VALUE_H

#include "base/buf.h"
#include "frame/record.h"

#include <stddef.h>

/* Appends the string that a value is: escapes and doubled quotes decoded; a time as RFC 3339; other
 * types as their JSON text. A lone surrogate escape decodes to U+FFFD, as in jq. */
void weir_value_string(struct weir_buf *b, const struct weir_value *v);

/* The same without a copy where the bytes already are the string; scratch is used otherwise. */
const unsigned char *weir_value_bytes(const struct weir_value *v, struct weir_buf *scratch,
    size_t *len);

/* Appends the value as JSON text: strings quoted and escaped, arrays and objects without white space
 * between tokens if `compact`, a time as a string, absent as null. Returns how many
 * bytes that were not UTF-8 it had to write as U+FFFD. */
size_t weir_value_json(struct weir_buf *b, const struct weir_value *v, bool compact);

/* Appends p[0, len) as a JSON string with its quotes. Returns as above. */
size_t weir_value_quote(struct weir_buf *b, const void *p, size_t len);

/* Appends JSON text without the white space between its tokens. The text is valid JSON, or is
 * copied byte for byte as far as it is not. */
void weir_value_compact(struct weir_buf *b, const void *p, size_t len);

/* Appends the bytes of a JSON string's inside (no quotes), decoded. */
void weir_value_unescape(struct weir_buf *b, const void *p, size_t len);

#endif
