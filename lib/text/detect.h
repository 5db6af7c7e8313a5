/*
 * detect - which format a source is in, by its first bytes
 *
 * Magic bytes, then the first complete line; so it never waits for more and
 * never depends on timing.
 */
#ifndef WEIR_TEXT_DETECT_H
#define WEIR_TEXT_DETECT_H

#include "base/buf.h"
#include "text/parser.h"

#define WEIR_DETECT_FRAMES 0x9e  /* the first byte of a weir stream */

/* The parsers by name, NULL-terminated. */
extern const struct weir_parser_ops *const weir_detect_formats[];

/* The parser that NAME or NAME:PATTERN names, or NULL. *pattern: what is behind the colon, or NULL; whether a format with a
 * check has one, and a right one, is for the caller to see. */
const struct weir_parser_ops *weir_detect_named(const char *name, const char **pattern);

/* The format of an input that has been opened, or NULL with *frames set if it is a weir stream. Appends to why (unless NULL)
 * what spoke for it and against the others. -1 in *rc: reading failed (in->err); 0 otherwise. */
const struct weir_parser_ops *weir_detect(struct weir_input *in,
    const struct weir_parser_conf *conf, bool *frames, int *rc, struct weir_buf *why);

#endif
