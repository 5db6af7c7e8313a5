/*
 * ingest_core - what the files of ingest share; its alone
 */
#ifndef WEIR_TEXT_INGEST_CORE_H
#define WEIR_TEXT_INGEST_CORE_H

#include "text/ingest.h"

/* Whether the end of a file is not its last word. */
static inline bool
weir_ingest_open_ended(const struct weir_ingest *g)
{
	return g->conf.partial && !g->conf.final;
}

/* Sets g->bad: the source failed; what: or NULL for what its input says. Returns -2. */
int weir_ingest_failed(struct weir_ingest *g, struct weir_ingest_source *s, const char *what);

/* Set g->bad, return -1: the parser's fault; or v, the value of the head's time field, is no time. */
int weir_ingest_bad_record(struct weir_ingest *g, struct weir_ingest_source *s,
    const struct weir_parser_fault *f);
int weir_ingest_bad_time(struct weir_ingest *g, struct weir_ingest_source *s,
    const struct weir_value *v);

/* Sets g->bad: unread bytes of the place's file are gone. Returns -2; 0 if that is to be passed over. */
int weir_ingest_missing(struct weir_ingest *g, struct weir_ingest_source *s,
    const struct weir_place *p);

struct weir_ingest_source *weir_ingest_source(struct weir_ingest *g, const char *name);

/* conf.written. */
static inline bool
weir_ingest_writes(const struct weir_ingest *g, const struct weir_origin_now *now)
{
	return g->conf.written != NULL && g->conf.written(g->conf.wait.ctx, now->device, now->inode);
}

/* A new part of the source, the at-th of those to come, or the last; its path is copied. */
struct weir_ingest_part *weir_ingest_part_at(struct weir_ingest_source *s, unsigned at,
    const char *path);
struct weir_ingest_part *weir_ingest_part_add(struct weir_ingest_source *s, const char *path);
void weir_ingest_part_release(struct weir_ingest_part *part);

/* Takes part i out of the source's. */
void weir_ingest_part_drop(struct weir_ingest_source *s, unsigned i);

/* Where the source is in the file that it is reading. 0, or -1 if there is no telling. */
int weir_ingest_part_place(const struct weir_ingest *g, const struct weir_ingest_source *s,
    struct weir_place *p);

/* Moves the file that is read now, and where, into a part; the source has none then. 0, or -1 as above. */
int weir_ingest_part_detach(const struct weir_ingest *g, struct weir_ingest_source *s,
    struct weir_ingest_part *part);

/* The parser has nothing more (or there is none yet): opens what is next. 1: there may be a record now; 0: the end, for
 * now or for good; -2. */
int weir_ingest_part_turn(struct weir_ingest *g, struct weir_ingest_source *s);

/* Adds a place to the source's past; moves it. */
void weir_ingest_past(struct weir_ingest_source *s, struct weir_place *p);

void weir_ingest_part_close(struct weir_ingest_source *s);

/* Sets up the parts of all sources by what is there and by the places loaded. 0, or -2. */
int weir_ingest_plan(struct weir_ingest *g);

/* Moves the source to its next record: 1; 0: it has none; -1, -2. */
int weir_ingest_move(struct weir_ingest *g, struct weir_ingest_source *s);

/* A source that has a record again is merged again. */
void weir_ingest_enter(struct weir_ingest *g, unsigned i);

int64_t weir_ingest_watermark(struct weir_ingest *g);

/* Records between two looks at sources that had nothing. */
#define WEIR_INGEST_TURNS 256

/* conf.idle_after. The source was silent for so long; or follow: has nothing, and may have been. */
void weir_ingest_idle(struct weir_ingest *g, struct weir_ingest_source *s);
void weir_ingest_idle_look(struct weir_ingest *g, struct weir_ingest_source *s);

/* It has a record, or has ended. */
void weir_ingest_idle_over(struct weir_ingest *g, struct weir_ingest_source *s);

/* Whether a source has become idle since the caller was told last: sets *mark and g->silent. */
bool weir_ingest_idle_tell(struct weir_ingest *g, int64_t *mark);

/* Idle sources that can be read again are; without any that has a record it waits for one of them. 1: go on;
 * 0: the end was asked for; 2: to be handed on; -1, -2. */
int weir_ingest_idle_wake(struct weir_ingest *g, int64_t *mark);

/* Waits for sources that had nothing, by conf.idle. As weir_ingest_follow_wait. */
int weir_ingest_idle_wait(struct weir_ingest *g);

/* At the end of a file that is followed: 1 if it goes on, or parts were added; 2 if both; 0; -2. */
int weir_ingest_follow(struct weir_ingest *g, struct weir_ingest_source *s);

/* Waits until the files may have changed. 1; 0: the end was asked for; 2: the waiter wants to go back. */
int weir_ingest_follow_wait(struct weir_ingest *g);

/* conf.max_ahead: what reading said (1, 0 or -1), and the record that is set aside. 1: head is the next record; 2: read
 * on; 0; -1 (g->bad, and g->refused). */
int weir_ingest_ahead(struct weir_ingest *g, struct weir_ingest_source *s, int rc);

#endif
