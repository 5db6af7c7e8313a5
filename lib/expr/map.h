/*
 * map - values made records, as scat makes them of JSON
 *
 * An object's members are the fields; any other value is the one field "value". The record is
 * the JSON text of the value, without white space, and slices of it: the very bytes that
 * scat -i json would make of that text.
 */
#ifndef WEIR_EXPR_MAP_H
#define WEIR_EXPR_MAP_H

#include "expr/val.h"
#include "frame/batch.h"
#include "text/json_object.h"

struct weir_map {
	struct weir_json_object object;
	struct weir_buf text;
	uint64_t replaced;      /* bytes of made records that were not UTF-8, and are U+FFFD now */
	char why[64];           /* a value can't be a record: the reason */
};

void weir_map_init(struct weir_map *m);
void weir_map_release(struct weir_map *m);

/* Appends the record of a value, with this event time. 0, or -1: nested too deep, or too long. */
int weir_map_put(struct weir_map *m, const struct weir_val *v, int64_t time,
    struct weir_batch *b);

#endif
