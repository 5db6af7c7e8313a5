/*
 * csv_row - one row of a CSV scanned into slots; csv's alone
 */
#ifndef WEIR_TEXT_CSV_ROW_H
#define WEIR_TEXT_CSV_ROW_H

#include "frame/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum weir_csv_step {
	WEIR_CSV_ROW,     /* the row is whole */
	WEIR_CSV_MORE,    /* more bytes are needed */
	WEIR_CSV_OPEN,    /* the source ends inside a quoted field */
	WEIR_CSV_GARBAGE  /* text behind a closing quote */
};

#define WEIR_CSV_AHEAD 2 /* bytes behind a closing quote that are looked at */

/* What rows are scanned with. slots and cap are the caller's to free and to set. */
struct weir_csv_rows {
	struct weir_slot *slots;
	uint32_t cap;               /* of slots; fields beyond are counted only */
	uint32_t cap_max;           /* slots are added as long as cap is below this */
	bool infer;                 /* unquoted numbers are numbers */
	unsigned char delimiter;
	const unsigned char *block, *end;  /* bits are the marks in the 64 bytes at block, */
	uint64_t bits;                     /* less those passed */
};

/* One row. All offsets count from its first byte. */
struct weir_csv_row {
	size_t start;       /* of the field that is being read */
	size_t scan;        /* MORE: scanning goes on here */
	size_t stop;        /* ROW: of the row, without the LF; GARBAGE: where it is */
	size_t eol;         /* ROW: 1, or 0 at the end of the source */
	size_t quote;       /* the opening quote of the field that the first LF lies in */
	size_t extra;       /* the first field that is beyond the slots */
	uint64_t lines;     /* LFs inside fields */
	uint32_t n;         /* fields so far */
	bool inside;        /* MORE: of a quoted field */
	bool doubled;       /* the field has "" in it */
};

/* Scanning begins, or goes on, at p; the bytes up to end are there, and 64 readable ones behind. */
void weir_csv_row_seek(struct weir_csv_rows *c, const unsigned char *p, const unsigned char *end);

/* Scans the row that begins at base into r, which began zeroed, and the slots. After MORE, and with more
 * bytes, which may have moved: weir_csv_row_seek to base + r->scan, and again. Behind a ROW the
 * next one may be scanned at once. eof: nothing comes behind end. */
enum weir_csv_step weir_csv_row_scan(struct weir_csv_rows *c, struct weir_csv_row *r,
    const unsigned char *base, bool eof);

#endif
