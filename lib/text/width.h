/*
 * width - text on a terminal: how many columns it takes, and made harmless
 *
 * No locale is asked: a terminal of today takes UTF-8.
 */
#ifndef WEIR_TEXT_WIDTH_H
#define WEIR_TEXT_WIDTH_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The columns of a code point that is no control character: 0 (it joins the one before), 1 or 2. */
unsigned weir_width_rune(uint32_t rune);

/* Whether the text is printable ASCII, LF and tab, so that weir_width_visible with lines would change nothing. */
bool weir_width_harmless(const void *text, size_t len);

/* Appends the text with its control characters made visible: as control pictures (U+2400 and up; LF is
 * U+240A), those beyond ASCII and the marks that turn the direction of writing as \u and their number.
 * lines: LF and tab stay. Bytes that are not UTF-8 become U+FFFD; returns how many. *columns (or NULL): what it
 * takes on a terminal, meant for text without lines. */
size_t weir_width_visible(struct weir_buf *b, const void *text, size_t len, bool lines,
    size_t *columns);

/* How many bytes of a text made visible fit into max columns; *columns: those they take. */
size_t weir_width_cut(const void *text, size_t len, size_t max, size_t *columns);

#endif
