/*
 * swindow - windows of event time: what a command line asked for, and its state
 */
#ifndef SWINDOW_H
#define SWINDOW_H

#include "ckpt/output.h"
#include "frame/out.h"
#include "stage/stage.h"
#include "text/path.h"
#include "time/agg.h"
#include "time/window.h"

#include <stdbool.h>
#include <stdint.h>

struct swindow_conf {
	struct weir_common common;   /* first */
	int64_t size;
	const char *offset;
	const char *keys;
	const char *late;
	bool exact;
	const char *top;
	/* made from these */
	const struct weir_cmd *cmd;
	struct weir_path *key_paths;
	unsigned nkeys;
	struct weir_agg *aggs;
	unsigned naggs;
	uint32_t top_n;              /* results of a window that are kept, or 0: all */
	unsigned top_agg;            /* those with the greatest of this */
};

/* A path that may have been meant as one name with dots in it. */
struct swindow_slip {
	bool seen;                   /* some record had a value there */
	bool named;                  /* some record has a field called by the whole path */
};

struct swindow {
	struct swindow_conf *cf;
	struct weir_windows windows;
	struct weir_shape *shape;    /* of results */
	struct weir_value *values;   /* of one result */
	struct weir_buf key, bytes;
	struct swindow_slip *slips;  /* of the keys */
	bool timed;                  /* some record had an event time */
	uint64_t records;
	int64_t delay;               /* the input's, or -1 if records don't imply it */
	struct swindow_late {
		uint64_t count;
		int64_t most;        /* greatest watermark - end: how late the latest was */
		struct weir_output output;
		bool begun;          /* a hello is in the file, and no end behind it */
		struct weir_hello hello;
		struct weir_out out;
		struct weir_shape *shape, *of;   /* of late records; of the input's, which it was made from */
		struct weir_value *values;
		struct weir_buf missed;
	} late;
};

/* late.c: records whose window is closed. */
int swindow_late_open(struct swindow *s, const struct weir_hello *h, struct weir_out *out);
int swindow_late_add(struct swindow *s, const struct weir_record *rec, int64_t start, int64_t end,
    struct weir_out *out);
int swindow_late_restore(void *self, const struct weir_barrier_entry *was, bool discard);
int swindow_late_prepare(void *self, struct weir_barrier_entry *mine);
int swindow_late_close(struct swindow *s, int status);

/* state.c: what a checkpoint keeps. */
int swindow_state_save(void *self, struct weir_out *state);
int swindow_state_load(void *self, const struct weir_record *rec);

/* top.c: --top N:NAME, the results of a window with the greatest NAME. */
void swindow_top_parse(struct swindow_conf *cf);
uint32_t swindow_top_select(struct swindow_conf *cf, struct weir_table_entry **entries, uint32_t n);

/* result.c: what a window says when it closes. */
void swindow_result_init(struct swindow *s);
int swindow_result_emit(struct swindow *s, struct weir_window *w, struct weir_out *out);

#endif
