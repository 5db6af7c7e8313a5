/*
 * columns - the names of a CSV's or TSV's columns, made fit to be field names
 *
 * No name is empty and no two are the same: an empty one becomes c1, c2, ... by
 * its position, a repeated one gets _2, _3, ... appended, the first number that
 * gives a new name.
 */
#ifndef WEIR_TEXT_COLUMNS_H
#define WEIR_TEXT_COLUMNS_H

#include "frame/record.h"
#include "frame/shape.h"

#include <stdint.h>

/* More columns than this are refused: what reads them must not let input choose its memory. */
#define WEIR_COLUMNS_MAX 16384

/* A shape with one reference, of that format and parameter, from n cells of a header row (at most WEIR_COLUMNS_MAX).
 * text is what the slots point into; NULL: there is no header, all names are c1, c2, ... */
struct weir_shape *weir_columns_shape(enum weir_format format, uint8_t param,
    const unsigned char *text, const struct weir_slot *slots, uint32_t n);

#endif
