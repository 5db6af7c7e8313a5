/*
 * window_session_keep - sessions of keys that have gone to disk
 *
 * A key's sessions are on disk as one, with a turn for each by its end: the closed ones are those whose end the
 * watermark has passed. Of turns that come next some are taken back at once, with all that their keys have. Where a moment has
 * too many of them, all that is in memory goes to disk as well, and the moment's lines come in pieces: of those that are
 * forgotten, then those that close, then those that have changed, which is the order of their ends.
 */
#ifndef WEIR_TIME_WINDOW_SESSION_KEEP_H
#define WEIR_TIME_WINDOW_SESSION_KEEP_H

#include "time/window_keep.h"
#include "time/window_session.h"

enum weir_window_session_phase {
	WEIR_WINDOW_SESSION_FORGET,
	WEIR_WINDOW_SESSION_CLOSE,
	WEIR_WINDOW_SESSION_CHANGES,
	WEIR_WINDOW_SESSION_LAST,
	WEIR_WINDOW_SESSION_DONE
};

struct weir_window_session_keep {
	struct weir_window_keep of;    /* first */
	/* private */
	struct weir_window_session_least {
		bool any;
		int64_t end;
	} open, all;                   /* no session on disk that is open, or none at all, ends before that */
	bool crowded;                  /* more are due at the next moment than are taken back */
	bool tick;
	int64_t at;                    /* the moment that is being given */
	enum weir_window_session_phase phase;
};

/* As those of window_disk. */
int weir_window_session_keep_open(struct weir_window_session_keep *k, const char *dir, const struct weir_window_conf *conf);
void weir_window_session_keep_close(struct weir_window_session_keep *k);

/* All keys to disk, where they are from then on as well as in memory: 0, or -1. */
int weir_window_session_keep_move(struct weir_window_sessions *w);

/* The node of a key, made of what is on disk if it is there; NULL: the key has no sessions. */
struct weir_node *weir_window_session_keep_find(struct weir_window_sessions *w, const void *key, size_t len, uint32_t hash);

/* How far the watermark can go, to `until` at most, before something on disk is due; and if that is not so far, takes some
 * of it back: whether it did, so that it is worth while to ask again. */
int64_t weir_window_session_keep_limit(const struct weir_window_sessions *w, int64_t until);
bool weir_window_session_keep_fetch(struct weir_window_sessions *w, int64_t until);

/* Whether so many results, early ones or the last, are to come in pieces. */
bool weir_window_session_keep_wants(const struct weir_window_sessions *w, uint64_t lines);

/* The moment at which the lines are to come in pieces as too many are due. */
bool weir_window_session_keep_crowded(struct weir_window_sessions *w, int64_t *at);

/* Begins to give a moment in pieces, at which the mark is; tick: early results are due as well. Or the end of the input. */
void weir_window_session_keep_begin(struct weir_window_sessions *w, bool tick, struct weir_window_lines *lines);
void weir_window_session_keep_last(struct weir_window_sessions *w, struct weir_window_lines *lines);

/* Appends the next lines of what is being given, or the disk has failed: true. */
bool weir_window_session_keep_gives(struct weir_window_sessions *w, struct weir_window_lines *lines);

/* One session of those that are kept of a key, at *p, which moves behind it; states: of weir_agg_save. */
struct weir_window_session_image {
	int64_t start, last;
	uint32_t rev;
	bool changed;
	const unsigned char *states;
};

void weir_window_session_keep_read(struct weir_window_session_keep *k, const unsigned char **p,
    struct weir_window_session_image *image, struct weir_value *states);

#endif
