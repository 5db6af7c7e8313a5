/*
 * swindow - windows of event time: what a command line asked for, and its state
 */
#ifndef SWINDOW_H
#define SWINDOW_H

#include "expr/keys.h"
#include "frame/out.h"
#include "stage/aside.h"
#include "stage/stage.h"
#include "time/agg.h"
#include "time/window_cold.h"
#include "time/window_count_keep.h"
#include "time/window_session_keep.h"
#include "time/window_slices.h"

#include <stdbool.h>
#include <stdint.h>

enum swindow_kind { SWINDOW_GRID, SWINDOW_SESSION, SWINDOW_COUNT, SWINDOW_ALL };

struct swindow_conf {
	struct weir_common common;   /* first */
	int64_t size, step, gap;
	const char *slide, *offset, *tz, *emit;
	uint64_t count;
	bool all;
	struct weir_opt_list keys;
	const char *late;
	int64_t lateness;
	uint64_t max_memory;
	const char *spill;
	bool exact;
	const char *top;
	/* made from these */
	const struct weir_cmd *cmd;
	enum swindow_kind kind;
	struct weir_window_grid grid;
	struct weir_zone *zone;
	uint64_t count_slide;
	struct weir_window_conf window;
	struct weir_keys key;
	struct weir_agg *aggs;
	unsigned naggs;
	size_t top_n;                /* results of a window that are kept, or 0: all */
	unsigned top_agg;            /* those with the greatest of this */
};

/* Records that are shown ahead of their turn at most, and more; a power of 2. */
#define SWINDOW_AHEAD 32

struct swindow {
	struct swindow_conf *cf;
	union {
		struct weir_window_slices slices;
		struct weir_window_sessions sessions;
		struct weir_window_counts counts;
	};
	struct weir_window_lines lines;
	struct weir_window_lines held;   /* --top, of a window that comes in pieces: keys and cells are its own */
	union {                          /* --spill */
		struct weir_window_cold cold;
		struct weir_window_session_keep kept_sessions;
		struct weir_window_count_keep kept_counts;
	};
	struct weir_window_disk *disk;   /* what each of them begins with; NULL: no --spill */
	uint64_t limit;              /* of memory, or 0 */
	uint64_t look;               /* records, or results, between two looks at it */
	uint64_t given;              /* results since the last */
	bool forced;                 /* each look moves something to disk: tests */
	uint64_t loaded;             /* records of a state */
	struct weir_shape *shape;    /* of results */
	struct weir_shape *saved;    /* of what a checkpoint keeps, */
	struct weir_shape *slim;     /* and the same without the last fields, for slices */
	struct weir_value *values;   /* of one result */
	struct weir_buf key, bytes;
	uint32_t hash;               /* of the key */
	struct swindow_ahead {       /* keys of the records to come */
		struct weir_buf key;
		uint32_t hash;
	} ahead[SWINDOW_AHEAD];
	unsigned put, taken;
	bool resumed;                /* the run goes on from a checkpoint */
	bool timed;                  /* some record had an event time */
	uint64_t records;
	int64_t delay;               /* the input's, or -1 if records don't imply it */
	struct swindow_late {
		uint64_t count, before; /* before: those of earlier runs of the checkpoint, which these have told of */
		int64_t most;        /* greatest watermark - end: how late the latest was */
		int64_t most_now;    /* of those of this run */
		int64_t *missed;     /* starts of the windows that a record missed */
		size_t nmissed, cap;
		struct weir_aside aside;
		struct weir_buf text;
	} late;
};

/* conf.c: the options, checked and understood; or the end, with status 2. */
void swindow_conf_check(struct swindow_conf *cf, char *const *operands, int n);
void swindow_conf_release(struct swindow_conf *cf);
int swindow_conf_explain(const struct swindow_conf *cf);

/* The name of field i of a result; NULL behind the last. */
const char *swindow_conf_field(const struct swindow_conf *cf, unsigned i, size_t *len);

/* windows.c: the windows of the kind that was asked for. */
void swindow_windows_init(struct swindow *s);
void swindow_windows_release(struct swindow *s);
int swindow_windows_record(struct swindow *s, const struct weir_record *rec, struct weir_out *out);
int swindow_windows_advance(struct swindow *s, int64_t watermark, struct weir_out *out);
int swindow_windows_finish(struct swindow *s, struct weir_out *out);

/* memory.c: --max-memory and --spill. open: 0, or an exit status after saying why; after the windows' init. check: -1 if the
 * disk has failed, look: also if there is no room; no lines hold behind it. loaded: a record of a state was. */
int swindow_memory_open(struct swindow *s);
int swindow_memory_check(struct swindow *s, struct weir_out *out);
int swindow_memory_look(struct swindow *s, struct weir_out *out);
void swindow_memory_loaded(struct swindow *s);
void swindow_memory_close(struct swindow *s);

/* ahead.c: keys of records that are still to come. Whether it is of use to look at the next ones. */
bool swindow_ahead_look(struct swindow *s, const struct weir_record *rec);
void swindow_ahead_release(struct swindow *s);

/* The key of the record whose turn it is, into s->key and s->hash. 0; 1: s->cf->key.why. */
int swindow_ahead_key(struct swindow *s, const struct weir_record *rec);

/* late.c: records whose window is closed; s->late.missed are its starts, end the first one's. */
void swindow_late_miss(struct swindow *s, int64_t start);
int swindow_late_add(struct swindow *s, const struct weir_record *rec, int64_t end, struct weir_out *out);
int swindow_late_close(struct swindow *s, int status);

/* state.c: what a checkpoint keeps. */
int swindow_state_save(void *self, struct weir_out *state);
int swindow_state_load(void *self, const struct weir_record *rec);

/* A result on its way out: keys are compared by a prefix that keeps their order first. */
struct swindow_line {
	uint64_t prefix;
	const struct weir_window_line *of;
};

/* top.c: --top N:NAME. Of the lines of a window, by key, those with the greatest NAME are moved to the front, in their
 * order; returns how many they are. */
void swindow_top_parse(struct swindow_conf *cf);
size_t swindow_top_select(struct swindow_conf *cf, struct swindow_line *lines, size_t n);

/* Of a window that comes in pieces, by key: adds s->lines to s->held, of which it keeps what can still be among the
 * first; and forgets all. */
void swindow_top_hold(struct swindow *s);
void swindow_top_drop(struct swindow *s);

/* result.c: the records of lines. */
void swindow_result_init(struct swindow *s);
int swindow_result_emit(struct swindow *s, const struct weir_window_lines *of, struct weir_out *out);

#endif
