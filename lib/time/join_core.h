/*
 * join_core - what the files of join share; theirs alone
 */
#ifndef WEIR_TIME_JOIN_CORE_H
#define WEIR_TIME_JOIN_CORE_H

#include "time/join_cold.h"

/* The bytes of a key's node. */
struct weir_join_kin {
	struct weir_row *first[2], *last[2];     /* rows by side; as of: first[WEIR_JOIN_R] is the newest */
	struct weir_row *now;                    /* the first right row of the instant */
	uint64_t instant;                        /* that now is of */
	uint64_t rows : 63;                      /* of the key; at 0 its node goes */
	uint64_t fetched : 1;                    /* those on disk are in its lists */
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

/* join_pack.c: a row as bytes, behind others; and again, with the next one's place: of no key, counted in no memory. content: with its entry. */
void weir_join_pack(struct weir_join_cold *c, const struct weir_row *row, struct weir_buf *b);
struct weir_row *weir_join_unpack(const struct weir_join_cold *c, const unsigned char **p);

/* Rows of one instant, linked by next, in the order of arrival on each side: a state may have them in another. */
struct weir_row *weir_join_sorted(struct weir_join *j, struct weir_row *rows);

/* Gives a row from disk its key, and counts it. */
void weir_join_adopt(struct weir_join *j, struct weir_row *row, const void *key, size_t len);

/* join_later.c: rows that come later, on disk. put: whether the row went there, and was freed. step: up to which time rows can be handed on in
 * memory, at most to mark: those before it have been read back. */
bool weir_join_later_put(struct weir_join *j, struct weir_row *row, const void *key, size_t len);
void weir_join_later_move(struct weir_join *j);
int64_t weir_join_later_step(struct weir_join *j, int64_t mark);
int weir_join_later_each(struct weir_join *j, int (*take)(void *ctx, const struct weir_row *row), void *ctx);

/* join_turn.c: the turn of an instant, with what is on disk of its keys. least: of those on disk. keep: a row that is moved to disk before
 * its turn; whole: it is in no run. end: done, or to be begun again. */
bool weir_join_turn_least(const struct weir_join *j, int64_t *time);
void weir_join_turn_keep(struct weir_join *j, const struct weir_row *row, bool whole);
void weir_join_turn_kept(struct weir_join *j);
int weir_join_turn_begin(struct weir_join *j, int64_t time);
void weir_join_turn_end(struct weir_join *j, bool done);
int weir_join_turn_each(struct weir_join *j, int (*take)(void *ctx, const struct weir_row *row), void *ctx);

/* join_cold.c. Puts the key's rows of all runs in front of its lists; forgets runs; saves them. newest: as of, the key's row on disk
 * that a left row of this time matches, until the next call, or NULL. */
int weir_join_cold_fetch(struct weir_join *j, struct weir_node *node);
void weir_join_cold_forget(struct weir_join *j, int64_t left, int64_t right);
int weir_join_cold_each(struct weir_join *j, int (*take)(void *ctx, const struct weir_row *row), void *ctx);
const struct weir_row *weir_join_cold_newest(struct weir_join *j, const struct weir_node *node, int64_t time);

/* Emits what comes out at the instant. */
int weir_join_match(struct weir_join *j, int64_t time);

/* As of: all rows beyond the watermark have their turn. */
int weir_join_asof(struct weir_join *j);

#endif
