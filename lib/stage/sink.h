/*
 * sink - records become text in a file or on a descriptor
 *
 * The one place where text leaves weir: scat's output side, and every other
 * command whose standard output is a terminal. Text is gathered in a buffer of 64
 * KiB and written when that is full or at a flush.
 */
#ifndef WEIR_STAGE_SINK_H
#define WEIR_STAGE_SINK_H

#include "base/buf.h"
#include "ckpt/output.h"
#include "frame/out.h"
#include "frame/record.h"
#include "text/emit.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_sink {
	struct weir_emit *emit;
	struct weir_output output;
	bool begun;               /* the input has come: a file is made even if it stays empty */
	uint64_t records, bytes;  /* written; bytes as they left, compressed */
	/* private */
	struct weir_buf buf;
	struct weir_buf packed;
	void *zstd;               /* the name ends in .zst */
	bool packing;             /* inside a zstd frame */
	bool damage;
	uint32_t loaded;          /* columns, from a state */
	bool chosen;              /* the columns were named: others are not missed */
};

/* path: -o's, or NULL for standard output; without a checkpoint a file is created or cut when the first text comes, or at
 * weir_sink_close if begun is set by then. */
void weir_sink_init(struct weir_sink *s, const struct weir_emit_conf *conf, const char *path);

/* 0; 1 and *why if the format can't hold the record; -1: output.status and output.why. A record with a slot that
 * points outside is left out, and those after it: its reader will say so. */
int weir_sink_record(struct weir_sink *s, const struct weir_record *r, const char **why);

/* 0, or -1. */
int weir_sink_flush(struct weir_sink *s);

/* Under a checkpoint: goes back to what was committed (was: this stage's entry, or NULL); makes what was written
 * durable and notes it in e. 0, or -1. */
int weir_sink_restore(struct weir_sink *s, const struct weir_barrier_entry *was, bool append);
int weir_sink_prepare(struct weir_sink *s, struct weir_barrier_entry *e);

/* What the text's format must remember across runs, to a state and from it. 0, or -1. */
int weir_sink_save(struct weir_sink *s, struct weir_out *state);
int weir_sink_load(struct weir_sink *s, const struct weir_record *rec);

/* Flushes, closes, says what the format could not hold (a csv's extra fields, bytes that were no
 * UTF-8), and frees. 0, or -1. */
int weir_sink_close(struct weir_sink *s);

/* What messages call it. */
const char *weir_sink_name(const struct weir_sink *s);

/* A weir_out_tap: ctx is the sink. */
int weir_sink_tap(void *ctx, const unsigned char *entries, size_t len,
    struct weir_shape *const *shapes, uint64_t seq);

/* The conf for people: a table as wide as the terminal behind fd. */
struct weir_emit_conf weir_sink_terminal(int fd);

#endif
