/*
 * shape - the list of field names that records refer to
 *
 * A field name is resolved once per shape and stage, never per record: caches
 * compare the serial, which no two shapes of a process share. A shape does not
 * change once made; it is counted, and freed with its last reference.
 */
#ifndef WEIR_FRAME_SHAPE_H
#define WEIR_FRAME_SHAPE_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* Shape ids on the wire are below this; more shapes redefine ids. */
#define WEIR_SHAPE_IDS 1024

/* What the text of a record is, so that a record nobody changed can be written
 * back as the very bytes it came as. The numbers are on the wire. */
enum weir_format {
	WEIR_FORMAT_VALUES = 0,     /* no text: the bytes of the values, in any order */
	WEIR_FORMAT_JSON = 1,       /* one JSON object */
	WEIR_FORMAT_JSON_VALUE = 2, /* one JSON value that is no object; its only field is "value" */
	WEIR_FORMAT_CSV = 3,        /* one CSV row; the shape's param is the delimiter */
	WEIR_FORMAT_LINE = 4,       /* a line of any other format */
	WEIR_FORMAT_TSV = 5,        /* one row of tab-separated values */
	WEIR_FORMAT_LOGFMT = 6      /* name=value, with blanks between */
};

struct weir_name {
	const unsigned char *p;
	uint32_t len;
};

struct weir_shape {
	uint64_t serial;          /* unique in the process, from 1 */
	unsigned refs;
	uint16_t id;              /* the id that it would like to have on the wire */
	uint8_t format;           /* enum weir_format */
	uint8_t param;            /* of the format */
	uint32_t n;               /* fields */
	const struct weir_name *names;
};

/* A shape with one reference and copies of the names, with an id of this
 * process' own choosing (from the top down, away from those of its input). */
struct weir_shape *weir_shape_new(enum weir_format format, uint8_t param,
    const struct weir_name *names, uint32_t n);

struct weir_shape *weir_shape_ref(struct weir_shape *s);
void weir_shape_free(struct weir_shape *s);     /* drops a reference; NULL is fine */

/* The index of a field, or -1. Names are compared as bytes. */
int weir_shape_find(const struct weir_shape *s, const void *name, size_t len);

/* A name that no field has, behind what is in b: name, with prefix in front as often as it takes. */
void weir_shape_unused(const struct weir_shape *s, const char *prefix, const char *name, struct weir_buf *b);

#endif
