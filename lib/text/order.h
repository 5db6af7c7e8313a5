/*
 * order - values compared as jq compares them, whatever their spelling
 *
 * null < false < true < numbers < strings < arrays < objects. Numbers by exact
 * value (1 and 1.0 are equal), strings by code point, arrays element by element,
 * objects first by their sorted names, then value by value. An absent value is a
 * null, a time the string that it prints as.
 */
#ifndef WEIR_TEXT_ORDER_H
#define WEIR_TEXT_ORDER_H

#include "base/buf.h"
#include "frame/record.h"

/* -1, 0, 1. */
int weir_order_compare(const struct weir_value *a, const struct weir_value *b);

/* Appends the value's canonical form: a length of 4 bytes, a type (WEIR_NULL .. WEIR_OBJECT, strings
 * WEIR_STRING), and its text: equal values, and only they, have equal bytes. Numbers lose trailing zeros, strings their escapes,
 * objects are sorted by name. */
void weir_order_canon(struct weir_buf *b, const struct weir_value *v);

/* The value in the canonical form at p; *p moves behind it. Valid as long as the bytes. */
void weir_order_open(const unsigned char **p, struct weir_value *v);

/* Keys: canonical forms one behind the other. Compared value by value; one that the other begins with comes first. */
int weir_order_compare_keys(const unsigned char *p, size_t n, const unsigned char *q, size_t m);

/* 64 bits of a key's first value that keep the order: of two keys the one with the lesser prefix comes first. skip: bytes
 * that all first values begin with, if they are all strings; else 0. */
uint64_t weir_order_prefix(const unsigned char *p, size_t n, uint32_t skip);

#endif
