/*
 * json_object - one JSON value, read as a record: its fields are slices of the text
 */
#ifndef WEIR_TEXT_JSON_OBJECT_H
#define WEIR_TEXT_JSON_OBJECT_H

#include "text/json.h"
#include "text/json_shapes.h"
#include "text/parser.h"

struct weir_json_object {
	struct weir_json_shapes shapes;   /* of the objects read so far */
	struct weir_shape *value_shape;   /* of what is no object */
	struct weir_slot *slots;
	uint32_t nslots;
};

void weir_json_object_init(struct weir_json_object *o);
void weir_json_object_release(struct weir_json_object *o);

/* Reads the value at p, without white space before it: an object's fields, or the one field
 * "value". The byte at end must be a line feed or NUL, or the text known to be JSON; WEIR_INPUT_PAD bytes from there on
 * are readable. Sets shape, slots (offsets count from text), words and flags of rec; they are valid until the next call.
 * Returns the byte behind the value, or NULL with *fault. */
const unsigned char *weir_json_object_read(struct weir_json_object *o, const unsigned char *p,
    const unsigned char *end, const unsigned char *text, struct weir_parsed *rec,
    struct weir_json_fault *fault);

#endif
