/*
 * ahead - a record whose time runs away from the watermark, set aside until its source's next one is known
 *
 * One absurd time would make all that follows late. If the next record lies near it, time has really moved, and both
 * are taken; if not, the record is refused and the watermark never saw it.
 */
#ifndef WEIR_TEXT_AHEAD_H
#define WEIR_TEXT_AHEAD_H

#include "base/buf.h"
#include "text/parser.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_ahead {
	struct weir_parsed aside;      /* its text is NULL: none */
	int64_t time;
	struct weir_parsed next;       /* read behind it, and not yet taken; its text is NULL: none */
	int64_t next_time;
	unsigned sure;                 /* records to come that need not be looked at: one bore the other out */
	/* private */
	struct weir_buf bytes;         /* what aside consists of */
};

void weir_ahead_release(struct weir_ahead *a);

/* Sets a copy of the record aside. */
void weir_ahead_keep(struct weir_ahead *a, const struct weir_parsed *rec, int64_t time);

/* Takes next, if there is one. */
bool weir_ahead_take(struct weir_ahead *a, struct weir_parsed *rec, int64_t *time);

/* Whether a time lies more than max beyond greatest - delay. */
bool weir_ahead_of(int64_t time, int64_t greatest, int64_t delay, int64_t max);

/* Whether two times are at most max apart. */
bool weir_ahead_near(int64_t a, int64_t b, int64_t max);

#endif
