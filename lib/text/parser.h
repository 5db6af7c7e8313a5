/*
 * parser - text formats, read: one interface, one member a format
 *
 * A parser turns the bytes of an input into records that are slices of their
 * text. What a parser hands out (text, slots, words, shape, fault) is valid
 * until the next call on it.
 */
#ifndef WEIR_TEXT_PARSER_H
#define WEIR_TEXT_PARSER_H

#include "base/buf.h"
#include "base/zone.h"
#include "frame/record.h"
#include "frame/shape.h"
#include "text/input.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How to read; zeroed is the default but for max_record. */
struct weir_parser_conf {
	size_t max_record;       /* bytes of a record's text */
	unsigned char delimiter; /* csv; 0: the format's own */
	bool no_header;          /* csv: the first row is data; fields are c1, c2, ... */
	bool no_infer;           /* unquoted numbers stay strings */
	const char *pattern;     /* for formats that take one; has passed their check */
	const struct weir_zone *zone; /* of times that the format reads, where they have no offset */
};

/* What is wrong with a pattern: pattern[at, at + span). */
struct weir_parser_misuse {
	size_t at, span;
	char what[256];
};

/* A record just parsed. */
struct weir_parsed {
	struct weir_shape *shape;       /* the parser's; take a reference to keep it */
	const unsigned char *text;
	size_t len;
	unsigned flags;                 /* WEIR_ENTRY_MULTILINE or 0 */
	const struct weir_slot *slots;  /* shape->n of them */
	const int64_t *words;
	unsigned nwords;
	uint64_t line, offset;          /* where it begins: from 1, from 0 */
	/* json: in an array on its line, the record is this element, from 1, this far behind the line's start; or 0 */
	uint32_t listed, within;
};

/* Why a record is bad. at/span: the bytes at fault within text. */
struct weir_parser_fault {
	struct weir_buf what;           /* "unexpected \"}\"" */
	const char *hint;               /* "expected a value", or NULL */
	const unsigned char *text;
	size_t len, at, span;
	uint64_t line, offset;          /* of the text */
};

/* Where a parser is in its source, in full: what was told before it is told, what comes is still to come. */
struct weir_parser_place {
	uint64_t offset, line;
	bool rest;                      /* inside a line that was reported as bad already */
	const char *mode;               /* what else the format must know, or NULL; a static string */
	uint64_t listed;                /* json: elements of the array on this line that were handed out */
	struct weir_buf header;         /* csv, tsv: the row that the columns go by, or empty */
};

struct weir_parser;

struct weir_parser_ops {
	const char *name;               /* as -i takes it */
	const char *time;               /* field with the event time by default, or NULL */
	/* Of formats that take a pattern (-i nginx:PATTERN), NULL of others: 0 if it is one, or -1 and *m. */
	int (*check)(const char *pattern, struct weir_parser_misuse *m);
	struct weir_parser *(*open)(struct weir_input *in, const struct weir_parser_conf *conf);
	/* 1: *rec is a record; 0: the end; -1: a bad record (p->fault; the next call goes on
	 * behind it); -2: the input failed (in->err, in->why). The end of a partial input may be the end for now:
	 * what is unfinished is not taken, and after weir_input_again the next call goes on. */
	int (*next)(struct weir_parser *p, struct weir_parsed *rec);
	void (*free)(struct weir_parser *p);
	/* Of formats that must know more than offset and line; NULL of others. See weir_parser_save. load: 0, or -1 if
	 * there is no such place. */
	void (*save)(const struct weir_parser *p, const struct weir_parsed *rec,
	    struct weir_parser_place *at);
	int (*load)(struct weir_parser *p, const struct weir_parser_place *at);
};

/* What every parser begins with. */
struct weir_parser {
	const struct weir_parser_ops *ops;
	struct weir_input *in;
	struct weir_parser_conf conf;
	struct weir_parser_fault fault;
	const char *time;               /* instead of ops->time, unless NULL */
	bool rest;                      /* the rest of a line that was too long is still to be passed over */
};

extern const struct weir_parser_ops weir_json_ops;
extern const struct weir_parser_ops weir_csv_ops;
extern const struct weir_parser_ops weir_tsv_ops;
extern const struct weir_parser_ops weir_logfmt_ops;
extern const struct weir_parser_ops weir_combined_ops;
extern const struct weir_parser_ops weir_combined_common_ops;
extern const struct weir_parser_ops weir_nginx_ops;
extern const struct weir_parser_ops weir_apache_ops;
extern const struct weir_parser_ops weir_capture_ops;
extern const struct weir_parser_ops weir_lines_ops;

/* Sets fault: text[at, at + span) of the record at line/offset is wrong. Returns -1. what is
 * formatted by printf's rules; hint must be static. */
int weir_parser_bad(struct weir_parser *p, const unsigned char *text, size_t len, size_t at,
    size_t span, uint64_t line, uint64_t offset, const char *hint, const char *what, ...)
    __attribute__((format(printf, 9, 10)));

/* Sets *m: what (by printf's rules) is wrong with pattern[at, at + span). Returns -1. */
int weir_parser_misuse(struct weir_parser_misuse *m, size_t at, size_t span, const char *what, ...)
    __attribute__((format(printf, 4, 5)));

/* For members made of lines: the next line, taken from the input; without `blank`, the next that has
 * more than spaces, tabs and CRs. A UTF-8 BOM at the start of the source is skipped. *len is without LF
 * but with a CR before it. 1, 0, -1 (a line beyond max_record: fault set), -2 as next. *line and
 * *offset: where it began. */
int weir_parser_line(struct weir_parser *p, bool blank, const unsigned char **text, size_t *len,
    uint64_t *line, uint64_t *offset);

/* Passes over a BOM if the input is at its start. 0, or -1 (a source that is nothing but a BOM: fault
 * set), or -2 as next. */
int weir_parser_bom(struct weir_parser *p);

/* Takes the line at the input's head, known to be longer than max_record. -1 (fault set), or -2 as next. */
int weir_parser_overlong(struct weir_parser *p);

/* Passes over the rest of a bad line. 1; 0: its end is still to come; -2 as next. */
int weir_parser_rest(struct weir_parser *p);

/* Where the parser is: before rec, if that is the record it handed out last; with NULL, behind all that it took.
 * at->header is appended to. */
void weir_parser_save(const struct weir_parser *p, const struct weir_parsed *rec,
    struct weir_parser_place *at);

/* The parser was just opened, the input is at the place's offset and line: goes on from there. 0, or -1. */
int weir_parser_load(struct weir_parser *p, const struct weir_parser_place *at);

/* The value of slot i of a parsed record. */
static inline void
weir_parsed_get(const struct weir_parsed *rec, uint32_t i, struct weir_value *v)
{
	const struct weir_slot *s = &rec->slots[i];

	v->type = s->type;
	v->len = s->len;
	if (s->type == WEIR_TIME)
		v->time = rec->words[s->off];
	else
		v->p = rec->text + s->off;
}

#endif
