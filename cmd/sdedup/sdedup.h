/*
 * sdedup - duplicates: what a command line asked for, and what is remembered
 */
#ifndef SDEDUP_H
#define SDEDUP_H

#include "base/heap.h"
#include "expr/keys.h"
#include "stage/aside.h"
#include "stage/stage.h"
#include "state/shapes.h"
#include "time/dedup.h"
#include "time/dedup_approx.h"
#include "time/dedup_cold.h"

#include <stdbool.h>
#include <stdint.h>

enum sdedup_which { SDEDUP_FIRST, SDEDUP_LAST };

struct sdedup_conf {
	struct weir_common common;   /* first */
	struct weir_opt_list keys;
	int64_t within, lateness;    /* ns; -1: not given */
	int which;
	bool dups;
	const char *late, *approx, *spill;
	uint64_t max_memory;
	/* made from these */
	const struct weir_cmd *cmd;
	struct weir_keys key;        /* none: the whole record */
	double rate;                 /* of --approx, or 0 */
};

/* The fields of a shape in the order of their names, for keys that are whole records. */
struct sdedup_order {
	uint64_t serial;
	uint32_t n;
	uint32_t *field;
	uint32_t *name;              /* of each, where its length and bytes begin in names */
	struct weir_buf names;
};

/* Keys that have been hashed ahead of their records' turn: as many as a stage looks ahead, and more. */
#define SDEDUP_AHEAD 64

/* --which last: the records that are duplicates of one, of which the last is kept. */
struct sdedup_group {
	struct weir_hash_pair key;
	int64_t first;               /* event time of the first that came */
	uint64_t number;             /* from 0, in the order in which groups began */
	uint64_t folded;             /* records but one */
	bool fetched;                /* from disk */
	struct weir_shape *shape;    /* of the last, a reference */
	unsigned char *bytes;        /* and its entry */
	uint32_t size;
};

/* Where a walk over groups on disk is. Zeroed: not begun. */
struct sdedup_rows {
	struct weir_buf ahead;       /* rows that were read, of which the next one begins at */
	size_t at;
	struct weir_buf from;        /* where on disk it goes on, */
	bool open, last;             /* if it has begun, and does */
	bool has, used;              /* a row; which has been given */
	struct sdedup_group group;   /* its view */
};

/* Groups on disk. */
struct sdedup_cold {
	bool rows;                   /* there are some */
	int64_t least;               /* none is before this: heap's times */
	int64_t given, dropped;      /* those before have gone out, and are not there any more */
	uint64_t gone;               /* bytes of those that are there still */
	struct sdedup_rows due;      /* from there on */
	struct weir_shapes shapes;
	struct weir_buf key, value;
};

struct sdedup {
	struct sdedup_conf *cf;
	uint64_t seed;               /* of the hashes; kept with the state */
	struct weir_buf key;
	struct sdedup_order *orders[WEIR_SHAPE_IDS];
	struct sdedup_ahead {
		struct weir_hash_pair hash;
		bool failed;         /* it has no key */
	} ahead[SDEDUP_AHEAD];
	unsigned put, taken;
	struct weir_dedup exact;
	struct weir_dedup_approx approx;
	struct weir_dedup_cold cold; /* --spill */
	struct sdedup_cold waiting;  /* and with it what waits */
	uint64_t most;               /* entries that --max-memory has room for */
	uint64_t room;               /* --spill: bytes for entries and groups */
	uint64_t every, put_so_far;  /* WEIR_SPILL_EVERY, or 0; entries since */
	struct weir_heap groups;
	uint64_t held;               /* bytes of groups */
	struct sdedup_group *loaded; /* a group whose record is the next of the state */
	struct weir_derive *counted; /* --dups: shapes with a field more */
	struct weir_buf dups;        /* and its name */
	struct weir_value *values;
	size_t nvalues;
	bool timed;                  /* some record had an event time */
	uint64_t records, duplicates, late, unremembered;
	int64_t latest;              /* by how much the latest one was late */
	int64_t latest_now;          /* of those of this run */
	/* Of earlier runs of the checkpoint, which have told of them. */
	uint64_t late_before, unremembered_before;
	struct weir_aside aside;
};

/* conf.c: the options, checked and understood; or the end, with status 2. */
void sdedup_conf_check(struct sdedup_conf *cf, char *const *operands, int n);
int sdedup_conf_explain(const struct sdedup *s);

/* key.c: the hash of a record's key. 0; 1: an expression failed, and cf->key.why says how. */
int sdedup_key_hash(struct sdedup *s, const struct weir_record *rec, struct weir_hash_pair *hash);
void sdedup_key_release(struct sdedup *s);

/* group.c: --which last. */
int sdedup_group_add(struct sdedup *s, struct weir_hash_pair key, const struct weir_record *rec, struct weir_out *out);
int sdedup_group_emit(struct sdedup *s, int64_t watermark, bool all, struct weir_out *out);
struct sdedup_group *sdedup_group_new(struct sdedup *s, struct weir_hash_pair key, int64_t first);
void sdedup_group_keep(struct sdedup *s, struct sdedup_group *g, const struct weir_record *rec);
void sdedup_group_get(const struct sdedup_group *g, struct weir_record *rec, bool *damage);
/* One in memory again: a copy of this view, in its old place. */
struct sdedup_group *sdedup_group_return(struct sdedup *s, const struct sdedup_group *view);
void sdedup_group_forget(struct sdedup *s);
void sdedup_group_release(struct sdedup *s);

/* cold.c: groups on disk. What fails is for sdedup_memory_check; -1 then. */
void sdedup_cold_init(struct sdedup *s);
void sdedup_cold_release(struct sdedup *s);

/* Moves all groups to disk. */
void sdedup_cold_move(struct sdedup *s);

/* Puts the one on disk that a record of this key and time belongs to in the place of *g (which may be NULL) if it began earlier.
 * 0, -1. */
int sdedup_cold_fetch(struct sdedup *s, struct weir_hash_pair key, int64_t time, struct sdedup_group **g);

/* The next group to go out, of `mine`, the next in memory (or NULL), and those on disk that began before the floor: or of all.
 * 1: *g is `mine`, or a view that is valid until the next call; 0: there is none; -1. */
int sdedup_cold_next(struct sdedup *s, struct sdedup_rows *r, int64_t floor, bool all, const struct sdedup_group *mine,
    const struct sdedup_group **g);
void sdedup_cold_close(struct sdedup_rows *r);

/* All that began before the floor, or all there is, has gone out by the walk `due`. */
void sdedup_cold_given(struct sdedup *s, int64_t floor, bool all);

/* memory.c: --spill. open: 0, or an exit status after saying why. check: -1 if the disk failed. Behind each entry that was put
 * `look` moves what there is to disk if it is time. */
int sdedup_memory_open(struct sdedup *s);
int sdedup_memory_check(struct sdedup *s, struct weir_out *out);
void sdedup_memory_look(struct sdedup *s);

/* state.c: what a checkpoint keeps. */
int sdedup_state_save(void *self, struct weir_out *state);
int sdedup_state_load(void *self, const struct weir_record *rec);

#endif
