/*
 * say - messages on stderr, for the floors that know their user (cmd/ and stage)
 *
 * A message is one line, "program: what", written with one write(2) so that the
 * lines of a pipeline's processes don't mix. What is shown has its control
 * characters made visible. Where stderr is the journal's stream, lines begin
 * with its priority mark.
 */
#ifndef WEIR_BASE_SAY_H
#define WEIR_BASE_SAY_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

enum weir_say_level {
	WEIR_SAY_ERROR = 3,   /* syslog's numbers; always said */
	WEIR_SAY_WARNING = 4, /* not with -q */
	WEIR_SAY_INFO = 6     /* with -v only */
};

enum weir_when { WEIR_WHEN_AUTO, WEIR_WHEN_ALWAYS, WEIR_WHEN_NEVER };

/* Something that is wrong in a text, shown with a caret under it. */
struct weir_say_fault {
	const char *place;           /* "app.log:5648", or NULL */
	const char *what;
	const unsigned char *text;   /* or NULL: no excerpt */
	size_t len, at, span;        /* text[at, at + span) is at fault; both 0 and no hint: not known */
	const char *hint;            /* behind the caret, or NULL */
	const char *outcome;         /* what became of it, or NULL */
	bool always;                 /* the excerpt even where stderr is no terminal */
};

/* Once, before anything is said. name must last. */
void weir_say_init(const char *name);

/* -q, -v, --color. */
void weir_say_set(bool quiet, bool verbose, enum weir_when color);

bool weir_say_verbose(void);

/* Whether colour is wanted on fd: --color, $NO_COLOR, $TERM, and whether it is a terminal. */
bool weir_say_color(int fd);

void weir_say(enum weir_say_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The first line always; the excerpt, the hint and the outcome if stderr is a terminal or with -v. */
void weir_say_fault(enum weir_say_level level, const struct weir_say_fault *f);

/* An error, and the end. */
_Noreturn void weir_say_die(int status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* What was printed on standard output is out: 0; or it is said that it is not, and why: WEIR_EX_IOERR. */
int weir_say_flushed(void);

/* Appends p[0, len) with control characters as ^X (tab stays one blank) and bytes that are no UTF-8 as \xNN. */
void weir_say_visible(struct weir_buf *b, const void *p, size_t len);

#endif
