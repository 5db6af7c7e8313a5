/*
 * overflow - entries of a stream that were read before their turn, more of them than memory has room for
 *
 * frame/backlog.h, and behind it as many as must be on disk: while there are any, what is put goes there too, and when the
 * backlog is used up it is filled from there. Without a store everything is in memory.
 *
 * What fails on the disk is in the store's why, and then nothing is given.
 */
#ifndef WEIR_STATE_OVERFLOW_H
#define WEIR_STATE_OVERFLOW_H

#include "frame/backlog.h"
#include "state/shapes.h"
#include "state/spill.h"

struct weir_overflow {
	uint64_t entries;            /* in all */
	uint64_t moved;              /* to disk, so far */
	/* private */
	struct weir_backlog front;
	struct weir_spill *spill;    /* or NULL */
	struct weir_shapes shapes;   /* of what is on disk */
	unsigned char prefix;        /* of its keys */
	size_t room;
	uint64_t from, to;           /* numbers of what is on disk, */
	uint64_t dropped;            /* and what is not there any more: those before this */
	struct weir_buf key, value;
};

/* Where a walk is; zeroed: at the beginning. Valid while nothing is put or dropped. */
struct weir_overflow_place {
	struct weir_backlog_place front;
	uint64_t n;                  /* of those on disk */
};

/* spill: NULL, or a store that others use with other first bytes of their keys, and lasts as long; room: bytes of memory. A zeroed struct is
 * an empty one without a store. */
void weir_overflow_init(struct weir_overflow *o, struct weir_spill *spill, unsigned char prefix, size_t room);
void weir_overflow_release(struct weir_overflow *o);

static inline size_t
weir_overflow_memory(const struct weir_overflow *o)
{
	return o->front.bytes;
}

/* As those of a backlog. What get gives is valid until the next call; next's record too. */
void weir_overflow_put(struct weir_overflow *o, const struct weir_record *rec);
void weir_overflow_put_mark(struct weir_overflow *o, unsigned kind, int64_t time);
int weir_overflow_get(struct weir_overflow *o, struct weir_record *rec);
void weir_overflow_drop(struct weir_overflow *o);
int weir_overflow_next(struct weir_overflow *o, struct weir_overflow_place *at, struct weir_record *rec);

#endif
