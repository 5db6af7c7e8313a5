/*
 * emit - text formats, written: records in, lines out
 *
 * A record that nobody changed leaves as the bytes it came as, where it came in
 * the format that is written. Text is appended to a buffer, which the caller
 * empties; nothing here does I/O.
 */
#ifndef WEIR_TEXT_EMIT_H
#define WEIR_TEXT_EMIT_H

#include "base/buf.h"
#include "frame/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum weir_emit_format {
	WEIR_EMIT_FRAMES, /* not text: for the option's table; weir_emit_new refuses it */
	WEIR_EMIT_JSON,   /* one object a line */
	WEIR_EMIT_CSV,    /* header first; RFC 4180 quoting, LF */
	WEIR_EMIT_TSV,    /* header first; \t \n \r \\ for tab, LF, CR, backslash */
	WEIR_EMIT_LOGFMT, /* name=value, quoted where need be */
	WEIR_EMIT_TABLE,  /* for people: aligned columns */
	WEIR_EMIT_RAW     /* the text that the record came as, and LF */
};

struct weir_emit_conf {
	enum weir_emit_format format;
	unsigned width;           /* table: columns of the terminal; 0: no limit */
	bool color;               /* table */
	bool terminal;            /* make control characters visible */
	unsigned char delimiter;  /* csv; 0: comma */
	bool no_header;           /* csv, tsv */
	const struct weir_name *columns; /* csv, tsv, table: these, in this order; NULL: the first record's */
	uint32_t ncolumns;
};

struct weir_emit {
	uint64_t replaced;        /* bytes that were not UTF-8 and left as U+FFFD (json, table) */
	uint64_t dropped;         /* csv, tsv: fields left out because the header lacks them */
	struct weir_buf first_dropped; /* the name of the first such field */
	/* private */
	const struct weir_emit_ops *ops;
	struct weir_emit_conf conf;
};

struct weir_emit *weir_emit_new(const struct weir_emit_conf *conf);
void weir_emit_free(struct weir_emit *e);

/* Appends the record. 0, or -1 with *why if the format can't hold it (raw: a record
 * without text of its own); then nothing was appended. */
int weir_emit_record(struct weir_emit *e, const struct weir_record *r, struct weir_buf *b,
    const char **why);

/* Appends what is held back (a table's first rows wait for their widths). Before the
 * caller waits for input, and at the end. */
void weir_emit_flush(struct weir_emit *e, struct weir_buf *b);

/* What a header has fixed, for a later run that goes on behind this text: the columns, or NULL. Such a run
 * begins with weir_emit_resume. */
const struct weir_shape *weir_emit_columns(const struct weir_emit *e);
void weir_emit_resume(struct weir_emit *e, const struct weir_name *names, uint32_t n);

/* A new text begins: a header comes again, of the same columns. */
void weir_emit_restart(struct weir_emit *e);

#endif
