/*
 * aside - records that a stage sets aside in a file of their own: a weir stream, as they came
 *
 * The file is an output of the stage's (ckpt/output.h): without a checkpoint it is created or cut when the first hello comes;
 * under one it is appended to, made durable at each barrier, and cut back to what was committed. What a
 * barrier finds in it is a whole stream, with an end.
 */
#ifndef WEIR_STAGE_ASIDE_H
#define WEIR_STAGE_ASIDE_H

#include "ckpt/output.h"
#include "frame/out.h"

#include <stdbool.h>

struct weir_aside {
	const char *path;            /* NULL: nothing is kept, and all calls do nothing */
	/* private */
	struct weir_output output;
	bool begun;                  /* a hello is in the file, and no end behind it */
	struct weir_hello hello;
	struct weir_out out;
};

void weir_aside_init(struct weir_aside *a, const char *path);

/* The stage's on_hello, and a record; out: the stage's. 0, or -1: the stage ends, after a message. */
int weir_aside_hello(struct weir_aside *a, const struct weir_hello *h, struct weir_out *out);
int weir_aside_put(struct weir_aside *a, const struct weir_record *rec, struct weir_out *out);

/* The stage's on_restore and on_prepare. 0, or an exit status after a message. */
int weir_aside_restore(struct weir_aside *a, const struct weir_barrier_entry *was, bool discard);
int weir_aside_prepare(struct weir_aside *a, struct weir_barrier_entry *mine);

/* The stage's on_close: ends the stream, and frees. The status, or another one that closing led to. */
int weir_aside_close(struct weir_aside *a, int status);

#endif
