/*
 * json - JSON text, read in place
 *
 * RFC 8259, strictly: UTF-8 is checked, every escape, the grammar of numbers,
 * nesting up to WEIR_JSON_DEPTH. Values are slices of the text (frame/record.h's
 * types); nothing is converted or copied. The reader of whole sources is
 * weir_json_ops in parser.h.
 */
#ifndef WEIR_TEXT_JSON_H
#define WEIR_TEXT_JSON_H

#include "frame/record.h"

#include <stddef.h>

#define WEIR_JSON_DEPTH 1024

/* Where and why a text is no JSON; what and hint are static strings. */
struct weir_json_fault {
	const unsigned char *at;
	size_t span;
	const char *what, *hint;
};

/* Reads the value that begins at p, after white space, and sets *v: type and slice (strings without
 * their quotes). Returns the byte behind it, or NULL with *fault set; fault->at == end means that the text
 * ended too early. Up to WEIR_SCAN_PAD bytes behind end must be readable. */
const unsigned char *weir_json_read(const unsigned char *p, const unsigned char *end,
    struct weir_value *v, struct weir_json_fault *fault);

/* The members of an array or object, one by one. The text must have been read before (be valid); of
 * other text the walk ends early, but never leaves it. No byte behind the value is read. */
struct weir_json_each {
	const unsigned char *p, *end;
	bool object;
};

void weir_json_each_init(struct weir_json_each *e, const struct weir_value *v);

/* 1 and the next member (key: a WEIR_STRING or WEIR_STRING_JSON, of an object only; may be NULL); 0 at the end. */
int weir_json_each_next(struct weir_json_each *e, struct weir_value *key, struct weir_value *v);

/* The value of the last member called name (plain bytes), or WEIR_ABSENT. */
void weir_json_member(const struct weir_value *object, const void *name, size_t len,
    struct weir_value *v);

/* Element i of an array, from the end if negative, or WEIR_ABSENT. */
void weir_json_element(const struct weir_value *array, int64_t i, struct weir_value *v);

#endif
