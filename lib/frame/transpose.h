/*
 * transpose - the entries of a data frame as columns, and back
 *
 * What is alike in an access log are not neighbours in a record but the same field of many. So records are taken apart:
 * those of one form (shape, flags, number of words) are a group, and of a group the times, each field's lengths, each field's
 * bytes and the bytes between fields lie one behind the other. zstd then makes of an access log less than half of what it
 * makes of the records as they are (measured, level 3, 1 MiB at a time: 18.1 MB in rows, under 7 MB in columns).
 *
 * Any payload comes back byte by byte: what is not regular (slots that lie outside, overlap, go backwards) is kept as it is
 * written, and an entry that fits no group goes verbatim. Nothing of a record is looked at but its slots: texts mean nothing here.
 *
 *   4    bytes of the entries
 *   4    number of the entries
 *   4    bytes of the verbatim entries
 *   4    number of groups, at most 255
 *        a head of 12 bytes for each group:
 *          4  entries in it    2  shape id    1  flags    1  words, w    4  fields, n
 *          2n the fields' numbers, in the order in which their bytes lie
 *   e    for each entry its group, counted from 1; 0: verbatim
 *        the verbatim entries, one behind the other
 *        for each group, m being its entries:
 *          time      8 bytes: that of the first entry; 1 byte: u; numbers: zigzag of the difference to the entry before, in
 *                    units of 10^u, that of the first one being 0
 *          words     for each of w: numbers: zigzag of the difference to the entry's time
 *          fields    in that order:
 *            numbers   bits 0-3 type, 4-7 how the slot lies (TRANSPOSE_*, transpose_core.h)
 *            8 bytes   offset and length, for each slot that says so
 *            strings   the bytes between the slice before (at first: the text's beginning) and this one
 *            strings   the slice
 *          strings   what is behind the last slice
 *
 * numbers, of m integers: a byte: 0 to 8, so many planes of m bytes, the least significant ones first; none: all are
 * 0. 0x11 to 0x18: one integer of 1 to 8 bytes stands for all.
 *
 * strings: a byte:
 *   0  all are empty
 *   1  numbers, their lengths; then the strings, one behind the other
 *   2  4 bytes: the length of each; then the first bytes of all, their second ones ...
 *   3  4 bytes: the length of one that stands for all; then that
 *   4  4 bytes: how many follow; then each string and a NUL, which is in none
 *
 * The decoder trusts nothing: lengths are added up before a byte is written, and what doesn't add up is refused.
 */
#ifndef WEIR_FRAME_TRANSPOSE_H
#define WEIR_FRAME_TRANSPOSE_H

#include "base/buf.h"
#include "frame/shape.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes behind the input of weir_transpose_decode that must be readable; what they are does not matter. */
#define WEIR_TRANSPOSE_PAD 64

/* Memory that is used again from call to call; zeroed is empty. */
struct weir_transpose {
	struct weir_buf out;         /* what the last call made */
	struct weir_buf scratch;
	struct weir_buf table;
};

void weir_transpose_release(struct weir_transpose *t);

/* The payload of a data frame, whose shapes are these by id, into t->out. 0; 1: it isn't worth it, rows will do. Equal
 * payloads give equal bytes. */
int weir_transpose_encode(struct weir_transpose *t, const unsigned char *rows, size_t len, struct weir_shape *const *shapes);

/* Back again, into t->out, at most `most` bytes. 0; -1: malformed. That the entries are sound is the reader's to check, as of any
 * payload. */
int weir_transpose_decode(struct weir_transpose *t, const unsigned char *p, size_t len, size_t most);

#endif
