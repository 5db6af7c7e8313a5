/*
 * slip - whether a path that was asked for is in any record, and what it may have been meant to be
 *
 * A misspelt path is no error: no record has to have any field. That no record had it is worth a word at the end.
 */
#ifndef WEIR_TEXT_SLIP_H
#define WEIR_TEXT_SLIP_H

#include "base/buf.h"
#include "text/path.h"

#include <stdbool.h>

/* Zeroed at the start. The owner sets seen at the first record that has a value at the path; whether null is one is its choice. */
struct weir_slip {
	bool seen;
	bool missed;       /* some record before had none */
	/* private */
	bool named;        /* some record has a field called by the whole path */
	uint64_t serial;   /* of the shape that was looked through last */
	unsigned looks;
	char *near;        /* the first field found whose name is near the path's, or NULL */
};

void weir_slip_release(struct weir_slip *s);

/* A record of this shape has nothing at the path, and none before had. */
void weir_slip_miss(struct weir_slip *s, const struct weir_path *p, const struct weir_shape *shape);

/* Appends what stands behind "no record had it": how a field that bears the whole path as its name is written, behind `option`
 * ("-k " or empty); or the name that is near; or nothing. */
void weir_slip_hint(const struct weir_slip *s, const struct weir_path *p, const char *option, struct weir_buf *b);

#endif
