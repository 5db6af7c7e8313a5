/*
 * layout - lines made of fields and of the fixed text between them
 *
 * What a server's log format says, whatever its syntax (nginx.c, apache.c): a
 * lead, then fields, each followed by a text that is always the same. A field
 * ends where the text behind it first comes; if what follows then doesn't fit,
 * at the next place where it comes, and so on: the first way to read the line counts,
 * the earliest ends first, as a regular expression with (.*?) would have it.
 * A field in quotes ends at the first quote without a backslash before it and nowhere else.
 * The last field reaches to the end of the line, or to the text that ends it.
 */
#ifndef WEIR_TEXT_LAYOUT_H
#define WEIR_TEXT_LAYOUT_H

#include "base/buf.h"
#include "text/parser.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_LAYOUT_MAX 200 /* fields */

enum weir_layout_kind {
	WEIR_LAYOUT_TEXT,     /* any bytes */
	WEIR_LAYOUT_NUMBER,   /* a number by JSON's grammar */
	WEIR_LAYOUT_INFER,    /* a number if it is one, else a string */
	WEIR_LAYOUT_STATUS,   /* a number of three digits */
	WEIR_LAYOUT_REQUEST,  /* three fields: method, path, protocol */
	WEIR_LAYOUT_URL,      /* two fields: path, and query with its "?", which may be empty */
	WEIR_LAYOUT_CLF,      /* 17/May/2015:08:05:32 +0000 */
	WEIR_LAYOUT_RFC3339,
	WEIR_LAYOUT_UNIT,     /* a number that is a time, in `unit` */
	WEIR_LAYOUT_PATTERN   /* a time by the strptime pattern `pattern` */
};

/* How the server writes what could be taken for the end of a field. */
enum weir_layout_escape {
	WEIR_LAYOUT_BACKSLASH, /* a backslash takes the next byte with it; it stays in the value */
	WEIR_LAYOUT_JSON,      /* as JSON's strings do; undone where it is read */
	WEIR_LAYOUT_AS_IS      /* not at all */
};

/* A field as the format's compiler hands it over. */
struct weir_layout_field {
	enum weir_layout_kind kind;
	const char *name;       /* of the record's field; REQUEST and URL have their own */
	bool slash;             /* always begins with "/": nothing need be before it */
	bool list;              /* ", " and " : " are between its elements: without quotes it ends at neither */
	unsigned unit;          /* UNIT: enum weir_civil_unit */
	char *pattern;          /* PATTERN: allocated; the layout's from then on */
	size_t at, span;        /* where the format names it, for messages */
};

struct weir_layout;

/* A layout without fields. */
struct weir_layout *weir_layout_new(enum weir_layout_escape escape);
void weir_layout_free(struct weir_layout *l);    /* NULL is fine */

void weir_layout_escape(struct weir_layout *l, enum weir_layout_escape escape);

/* The next byte of the fixed text: of the lead, or behind the last field. */
void weir_layout_literal(struct weir_layout *l, unsigned char c);

/* The next field. as: its text in the format, for messages ("$status"). 0, or -1 and *m if there are too many. */
int weir_layout_add(struct weir_layout *l, const struct weir_layout_field *f, const char *as,
    size_t len, struct weir_parser_misuse *m);

/* Behind the last one: 0, or -1 and *m: no field, or two with nothing between them to tell
 * where one ends. */
int weir_layout_finish(struct weir_layout *l, struct weir_parser_misuse *m);

/* A parser by a finished layout, which becomes its own; for the open, next and free of ops. */
struct weir_parser *weir_layout_open(struct weir_layout *l, const struct weir_parser_ops *ops,
    struct weir_input *in, const struct weir_parser_conf *conf);
int weir_layout_next(struct weir_parser *p, struct weir_parsed *rec);
void weir_layout_parser_free(struct weir_parser *p);

#endif
