/*
 * timing - the event time of a source's records: where it is and how it reads
 *
 * What is not told is decided by the source's first record and kept: the field
 * (the format's own, or the first of time, timestamp, ts, @timestamp that reads as
 * a time), the kind of text, and a number's unit, by its size.
 */
#ifndef WEIR_TEXT_TIMING_H
#define WEIR_TEXT_TIMING_H

#include "base/buf.h"
#include "base/civil.h"
#include "text/parser.h"
#include "text/path.h"

struct weir_timing_conf {
	const char *path;              /* -t, or NULL */
	const char *format;            /* --time-format: s ms us ns, a strptime pattern, or NULL */
	const struct weir_zone *zone;  /* of times without an offset */
};

enum weir_timing_kind {
	WEIR_TIMING_OPEN,     /* not decided yet */
	WEIR_TIMING_NONE,     /* no event time */
	WEIR_TIMING_NATIVE,   /* the format reads it */
	WEIR_TIMING_RFC3339,
	WEIR_TIMING_CLF,
	WEIR_TIMING_NUMBER,
	WEIR_TIMING_PATTERN
};

struct weir_timing {
	struct weir_timing_conf conf;
	struct weir_path path;         /* set unless OPEN or NONE */
	enum weir_timing_kind kind;
	enum weir_civil_unit unit;
	bool guessed;                  /* the field was found, not told */
	struct weir_buf scratch;
	unsigned char minute[17];      /* "2026-01-02T03:04:" of the last RFC 3339 time in UTC, */
	int64_t minute_ns;             /* and its instant: most records fall into the same one */
};

/* NULL, or what is wrong with the format (also: "" for a path, with *why). */
const char *weir_timing_check(const struct weir_timing_conf *conf);

/* Whether the format is a pattern without a year, by which all times are of 1970; conf has passed the check. */
bool weir_timing_is_yearless(const struct weir_timing_conf *conf);

/* conf must have passed the check; it is copied, what it points to must last. */
void weir_timing_init(struct weir_timing *t, const struct weir_timing_conf *conf);
void weir_timing_release(struct weir_timing *t);

/* Decides what the source's first record can decide. own: the format's field with the time, or NULL. */
void weir_timing_decide(struct weir_timing *t, const struct weir_parsed *rec, const char *own);

/* 1: *ns is the record's time; 0: it has none (the field is missing or null); -1: the value is no
 * time, and *v is that value. */
int weir_timing_read(struct weir_timing *t, const struct weir_parsed *rec, int64_t *ns,
    struct weir_value *v);

/* What was decided, in words for a state: "rfc3339", "number"; NULL: nothing yet. */
const char *weir_timing_kind(const struct weir_timing *t);
const char *weir_timing_unit(const struct weir_timing *t);   /* of a number; or NULL */

/* Decides as those words say; what was told by conf stays. 0, or -1 if they mean nothing. path: of the field; unless NULL. */
int weir_timing_load(struct weir_timing *t, const char *kind, const char *unit, const char *path);

/* Appends how times are read: ".ts, RFC 3339", ".t, a number in ms (by its size)". */
void weir_timing_explain(const struct weir_timing *t, struct weir_buf *b);

#endif
