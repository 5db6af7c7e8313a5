/*
 * join_core - what the files of join share; theirs alone
 */
#ifndef WEIR_TIME_JOIN_CORE_H
#define WEIR_TIME_JOIN_CORE_H

#include "time/join.h"

/* The bytes of a key's node. */
struct weir_join_kin {
	struct weir_row *first[2], *last[2];     /* rows by side; as of: first[WEIR_JOIN_R] is the newest */
	struct weir_row *now;                    /* the first right row of the instant */
	uint64_t instant;                        /* that now is of */
	uint64_t rows;                           /* of the key; at 0 its node goes */
};

static inline struct weir_join_kin *
weir_join_kin(const struct weir_row *row)
{
	return weir_node_bytes(row->node);
}

static inline int64_t
weir_join_minus(int64_t time, int64_t by)
{
	return time < INT64_MIN + by ? INT64_MIN : time - by;
}

static inline int64_t
weir_join_plus(int64_t time, int64_t by)
{
	return time > INT64_MAX - by ? INT64_MAX : time + by;
}

/* Whether no record can come at that time any more. */
static inline bool
weir_join_passed(const struct weir_join *j, int64_t time)
{
	return time < j->mark || j->mark == INT64_MAX;
}

/* The least and the greatest time that a row of this side and time can match. */
int64_t weir_join_from(const struct weir_join *j, enum weir_join_side side, int64_t time);
int64_t weir_join_to(const struct weir_join *j, enum weir_join_side side, int64_t time);

/* Whether a row whose turn it is has a match among those that have come. What is before the earliest that it could match has been
 * forgotten. */
bool weir_join_matched(const struct weir_join *j, const struct weir_row *row);

/* Takes the row's memory back, and its key's if it was the last. The row is in no list any more. */
void weir_join_drop(struct weir_join *j, struct weir_row *row);

/* Emits what comes out at the instant. */
int weir_join_match(struct weir_join *j, int64_t time);

/* As of: all rows beyond the watermark have their turn. */
int weir_join_asof(struct weir_join *j);

#endif
