/*
 * backlog - entries of a stream that were read before their turn
 *
 * A queue of whole entries: records, each with a reference to its shape, watermarks, idle marks, and changes of the
 * delay by which records imply watermarks (another hello). Bytes are copied in once and
 * handed out where they lie, in pieces of memory that are given back as they are used up.
 */
#ifndef WEIR_FRAME_BACKLOG_H
#define WEIR_FRAME_BACKLOG_H

#include "frame/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In place of an entry's kind: from here on records imply watermarks by `time`, or none do if that is negative. */
#define WEIR_BACKLOG_DELAY 3

struct weir_backlog_piece;

/* A zeroed struct is an empty backlog. */
struct weir_backlog {
	struct weir_backlog_piece *first, *last;
	size_t bytes;                /* of memory */
	uint64_t entries;
};

/* Where a walk over a backlog is; zeroed: at its beginning. Valid while the backlog is not changed. */
struct weir_backlog_place {
	const struct weir_backlog_piece *piece;
	size_t at;
};

void weir_backlog_release(struct weir_backlog *b);

/* Appends a copy: a record with its shape, a watermark, an idle mark. */
void weir_backlog_put(struct weir_backlog *b, const struct weir_record *rec);
void weir_backlog_put_delay(struct weir_backlog *b, int64_t delay);

/* The first entry, whose flags tell the kind: 1, or 0 if there is none. *rec is valid until it is dropped; seq,
 * watermark and damage are the caller's. */
int weir_backlog_get(const struct weir_backlog *b, struct weir_record *rec);

/* Removes the first entry. */
void weir_backlog_drop(struct weir_backlog *b);

/* Each entry in turn, for who looks at them all: 1, or 0 at the end. */
int weir_backlog_next(const struct weir_backlog *b, struct weir_backlog_place *at, struct weir_record *rec);

#endif
