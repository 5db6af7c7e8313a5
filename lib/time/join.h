/*
 * join - records of two streams put together by key and event time
 *
 * Three kinds: an interval (the right record's time in [left - before, left + after]), a tumbling window (both fall
 * into the same one, aligned as in time/window.h), and as of (each left record with the newest right one that is not
 * later, and not older than a tolerance). Rows are kept until the watermark says that nothing can come that they
 * match; what is emitted depends on the records and their watermarks alone.
 *
 * What comes out is in order: by its event time (the later of the two; of a row alone, its own), then by the left row's
 * arrival, then by the right's; a right row alone comes behind the left rows of its time. An instant has its turn when the
 * watermark is beyond it, and, for the types that tell what is unmatched (or only whether), when each row of it has a match or can't
 * find one any more.
 *
 * Invariants: rows not yet beyond the watermark wait in the queue; those beyond it are in the list of their
 * side, and in that of their key and side, both by time, then arrival; those before `turn` have been dealt with, and stay as long as
 * rows to come may match them.
 *
 * Source of the interval join's retention: Flink, IntervalJoinOperator; the order is weir's own.
 */
#ifndef WEIR_TIME_JOIN_H
#define WEIR_TIME_JOIN_H

#include "frame/record.h"
#include "state/nodes.h"
#include "state/queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum weir_join_kind { WEIR_JOIN_INTERVAL, WEIR_JOIN_TUMBLING, WEIR_JOIN_ASOF };

enum weir_join_type {
	WEIR_JOIN_INNER,
	WEIR_JOIN_LEFT,      /* and left rows without a match */
	WEIR_JOIN_RIGHT,     /* and right rows without a match; not as of */
	WEIR_JOIN_FULL,      /* and both; not as of */
	WEIR_JOIN_SEMI,      /* left rows with a match, alone */
	WEIR_JOIN_ANTI       /* left rows without a match */
};

enum weir_join_side { WEIR_JOIN_L, WEIR_JOIN_R };

struct weir_join_conf {
	enum weir_join_kind kind;
	enum weir_join_type type;
	int64_t before, after;       /* interval; not negative */
	int64_t size;                /* tumbling; > 0 */
	int64_t tolerance;           /* as of; INT64_MAX: any age */
};

/* Takes what comes out: one of the rows may be NULL. 0, or what ends the call that led here. */
typedef int (*weir_join_emit)(void *ctx, int64_t time, const struct weir_row *left, const struct weir_row *right);

struct weir_join_cold;

struct weir_join {
	struct weir_join_conf conf;
	int64_t mark;                /* the watermark so far, or INT64_MIN */
	int64_t turn;                /* instants before this have been dealt with */
	uint64_t rows;               /* kept; on disk, some more than are needed */
	struct weir_join_cold *cold; /* join_cold.h; or NULL */
	/* private */
	uint64_t row_memory;
	weir_join_emit emit;
	void *ctx;
	struct weir_queue queue;
	struct weir_nodes nodes;
	struct weir_join_line {
		struct weir_row *first, *last;
		struct weir_row *next;   /* whose turn is next; NULL: all have had it */
		struct weir_row *unsure; /* of the next instant: those before it are decided */
	} side[2];
	uint64_t instant;            /* counts them */
	struct weir_row **found[2];  /* rows of an instant's matches */
	size_t cap[2];
};

void weir_join_init(struct weir_join *j, const struct weir_join_conf *conf, weir_join_emit emit, void *ctx);
void weir_join_release(struct weir_join *j);

/* Whether the record is too late to be joined: before the watermark. */
static inline bool
weir_join_late(const struct weir_join *j, int64_t time)
{
	return time < j->mark;
}

/* The bytes that rows and their keys take, malloc's own not counted. */
static inline uint64_t
weir_join_memory(const struct weir_join *j)
{
	return j->row_memory + j->nodes.memory;
}

/* Takes a record that is not late, with an event time; rec->seq is its arrival. key: canonical bytes; NULL: it matches
 * nothing. Nothing comes out yet. */
void weir_join_add(struct weir_join *j, enum weir_join_side side, const struct weir_record *rec, const void *key,
    size_t len);

/* The watermark (the lower of both sides') has moved: no record that is not late comes before it. What is due comes out, and
 * what nothing will match is forgotten. 0, or what emit returned; -1 if the disk failed. */
int weir_join_advance(struct weir_join *j, int64_t mark);

/* The least event time that may still come out. */
int64_t weir_join_least(const struct weir_join *j);

/* Nothing comes any more: the rest comes out. */
int weir_join_finish(struct weir_join *j);

/* Each row that is kept goes to take, in such an order that adding them again, with mark and turn set as they are, gives
 * the same join. 0, or what take returned; -1 if the disk failed. */
int weir_join_each(struct weir_join *j, int (*take)(void *ctx, const struct weir_row *row), void *ctx);

/* The key of a row that has one; its length in *len. */
const unsigned char *weir_join_key(const struct weir_join *j, const struct weir_row *row, size_t *len);

#endif
