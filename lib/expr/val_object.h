/*
 * val_object - the part of val.h that is about objects, for val.c's use
 */
#ifndef WEIR_EXPR_VAL_OBJECT_H
#define WEIR_EXPR_VAL_OBJECT_H

#include "expr/val.h"

/* Frees all that the object holds, but not the object. */
void weir_val_object_clear(struct weir_val_obj *o);

/* A TEXT or RECORD object becomes a HELD one. */
void weir_val_object_open(struct weir_val *v);

/* Makes this owner of a HELD object the only one. */
void weir_val_object_own(struct weir_val *object);

/* As weir_val_json, of a value, or of an object, that lies so many levels down: beyond WEIR_VAL_DEPTH it
 * is left out, as jq does. */
size_t weir_val_object_put(struct weir_buf *b, const struct weir_val *v, unsigned level);
size_t weir_val_object_json(struct weir_buf *b, const struct weir_val *v, unsigned level);

/* The pairs of a HELD object, sorted by key, in a new array. */
const struct weir_val_pair **weir_val_object_sorted(const struct weir_val_obj *o);

#endif
