/*
 * window_session - windows that last as long as a key's records are at most `gap` apart
 *
 * A session is [first record's time, last one's + gap). A record exactly `gap` away belongs to it; one that lies
 * within `gap` of two sessions makes them one. It closes when the watermark is greater than its
 * end, and is forgotten when the watermark is greater than end + lateness.
 *
 * If a session of which a result went out gets an earlier start, or becomes part of another one, that
 * result is taken back: a line without a cell.
 */
#ifndef WEIR_TIME_WINDOW_SESSION_H
#define WEIR_TIME_WINDOW_SESSION_H

#include "state/nodes.h"
#include "time/window.h"
#include "time/window_turns.h"

struct weir_window_session {
	struct weir_window_session *next;   /* of the key, by start */
	struct weir_node *node;             /* the key; NULL: out of its key's list, to be freed when its last turn comes */
	int64_t start, last;
	/* the aggregates' cell follows, aligned to 16 bytes; and, where windows can have several results: */
};

struct weir_window_session_past {
	struct weir_window_said said;
	bool closed;                        /* the watermark has passed its end, and that was told */
	uint32_t turns;                     /* queued ones */
	int64_t turn;                       /* the one that counts: the others were overtaken */
};

/* A key's own bytes in its node. */
struct weir_window_session_key {
	struct weir_window_session *first;
};

struct weir_window_session_keep;

struct weir_window_sessions {
	const struct weir_window_conf *conf;
	int64_t gap;
	int64_t mark;                       /* the watermark up to which all that was due has been given */
	struct weir_nodes nodes;
	uint64_t changed;                   /* sessions whose said.changed is set, wherever they are */
	struct weir_window_session_keep *keep;   /* where keys go that memory has no room for; or NULL */
	/* private */
	struct weir_pool sessions;
	struct weir_window_turns turns;
	struct weir_window_session *trash;  /* what the last lines pointed to */
	struct weir_window_session **due;   /* of a moment */
	size_t ndue, due_cap;
};

void weir_window_sessions_init(struct weir_window_sessions *w, const struct weir_window_conf *conf,
    int64_t gap);
void weir_window_sessions_release(struct weir_window_sessions *w);

/* The session of a time and key, made or merged if need be; NULL if it is late: time + gap + lateness is below the
 * watermark and no session that is kept is touched. Appends what is to be taken back. */
struct weir_window_session *weir_window_sessions_at(struct weir_window_sessions *w, int64_t time,
    const void *key, size_t len, uint32_t hash, struct weir_window_lines *lines);

/* Asks for the memory that it will look into: steps 0, 1, 2, each some time after the one before. */
void weir_window_sessions_prefetch(const struct weir_window_sessions *w, uint32_t hash, unsigned step);

/* A record was added to the session: appends the result that is due for it at once. Only where windows can have
 * several results. */
void weir_window_sessions_touch(struct weir_window_sessions *w, struct weir_window_session *s,
    struct weir_window_lines *lines);

/* As those of window_slices; 1 as well if the disk has failed. */
int weir_window_sessions_due(struct weir_window_sessions *w, int64_t watermark,
    struct weir_window_lines *lines);
int weir_window_sessions_finish(struct weir_window_sessions *w, struct weir_window_lines *lines);

/* A session that is loaded from a state. */
struct weir_window_session *weir_window_sessions_restore(struct weir_window_sessions *w, int64_t start,
    int64_t last, const void *key, size_t len);

/* A session more of a key, behind that one in its list, or at the beginning: window_session_keep's. */
struct weir_window_session *weir_window_sessions_put(struct weir_window_sessions *w, struct weir_node *node,
    struct weir_window_session *behind, int64_t start, int64_t last);

/* Moves all keys to disk. Whether there were any. No lines hold any more. */
bool weir_window_sessions_shrink(struct weir_window_sessions *w);

/* A key's sessions, by start. */
static inline struct weir_window_session *
weir_window_session_first(struct weir_node *node)
{
	return ((struct weir_window_session_key *)weir_node_bytes(node))->first;
}

static inline void *
weir_window_session_cell(struct weir_window_session *s)
{
	return s + 1;
}

/* NULL where a window has one result. */
static inline struct weir_window_session_past *
weir_window_session_past(const struct weir_window_sessions *w, struct weir_window_session *s)
{
	if (!weir_window_revises(w->conf))
		return NULL;
	return (struct weir_window_session_past *)(void *)((unsigned char *)(s + 1) + w->conf->cell);
}

#endif
