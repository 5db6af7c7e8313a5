/*
 * layout_line - one line read by a layout; layout's alone
 */
#ifndef WEIR_TEXT_LAYOUT_LINE_H
#define WEIR_TEXT_LAYOUT_LINE_H

#include "base/buf.h"
#include "base/civil.h"
#include "frame/record.h"
#include "text/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_LAYOUT_STAMP 40 /* bytes of a time's text that are remembered */

struct weir_layout_piece {
	enum weir_layout_kind kind;
	uint32_t slot, word;        /* its first ones */
	struct weir_buf stop;       /* the text that it ends before */
	size_t take;                /* bytes of stop that are behind it: all, or none if they are the next field's */
	uint64_t head, mask;        /* stop's first 8 bytes, little-endian */
	bool last, quoted, json, may_be_empty, slash, list;
	struct weir_buf hint;
	char *pattern;
	enum weir_civil_unit unit;
	size_t at, span;
	unsigned char seen[WEIR_LAYOUT_STAMP]; /* the text that the last time was read from, seconds repeat; */
	size_t nseen;                          /* its length, or 0 */
	int64_t time;                          /* and that time */
};

struct weir_layout {
	struct weir_buf lead, lead_hint;
	struct weir_layout_piece *fields;
	unsigned n;
	char **names;               /* of the record's fields */
	unsigned nnames, nwords;
	enum weir_layout_escape escape;
	struct weir_shape *shape;
};

struct weir_layout_line {
	const unsigned char *text, *end;
	struct weir_slot *slots;
	int64_t *words;
	const struct weir_zone *zone;
	const unsigned char *wrong; /* where the reading that came farthest ended, */
	const char *hint;           /* and what it expected there */
};

/* 0: slots and words are set; -1: the line is none of the layout's (wrong, hint). WEIR_SCAN_PAD bytes behind
 * the line's end are readable. Hot. */
int weir_layout_line_read(struct weir_layout *l, struct weir_layout_line *line);

#endif
