/*
 * output - where a stage's bytes end up: an interface with few members
 *
 * Members: standard output, a file (-o FILE, --rejects, --late), a directory of segments (-o DIR/).
 * A new member (a broker, an object store) is a table of these calls; nothing above knows what a file is.
 *
 * Without a checkpoint: open, write, close. Under one: open with what the manifest says of this
 * output (or NULL in a new checkpoint), write, prepare at each barrier (what was written so far is
 * durable, and noted), publish once that is committed. What was written but not committed is cut off by the next
 * open. After an error nothing more is written.
 *
 * The calls return 0, or an exit status with `why` filled ("alerts.jsonl: No space left on device").
 */
#ifndef WEIR_CKPT_OUTPUT_H
#define WEIR_CKPT_OUTPUT_H

#include "base/buf.h"
#include "frame/barrier.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_output;

struct weir_output_ops {
	const char *name;
	/* was: of a checkpoint's output, or NULL. keep: what is there already stays (--append). */
	int (*open)(struct weir_output *o, const struct weir_barrier_output *was, bool keep);
	int (*write)(struct weir_output *o, const void *p, size_t n);
	int (*prepare)(struct weir_output *o, struct weir_barrier_entry *e);
	int (*publish)(struct weir_output *o);
	int (*close)(struct weir_output *o);
};

struct weir_output {
	const struct weir_output_ops *ops;
	const char *path;            /* as it was given; NULL: standard output */
	bool checkpointed;
	bool discard;                /* what is behind the restored epoch may be removed though it was published */
	bool opened;
	int fd;
	int errnum;                  /* of what failed, or 0; EPIPE: the reader is gone */
	int status;                  /* the exit status of the first failure, or 0 */
	uint64_t length;             /* of the file */
	uint64_t counter;            /* segments: of the one written last */
	uint64_t prepared;           /* segments: the one that waits to be published, or 0 */
	const char *suffix;          /* segments: ".jsonl", of their names */
	int dfd;
	struct weir_buf why;
};

/* The member by the path's form. */
void weir_output_init(struct weir_output *o, const char *path);

/* Opens it if that has not been done; without a checkpoint the file is created or cut. */
int weir_output_open(struct weir_output *o);
int weir_output_restore(struct weir_output *o, const struct weir_barrier_entry *was, bool append);
int weir_output_write(struct weir_output *o, const void *p, size_t n);
int weir_output_prepare(struct weir_output *o, struct weir_barrier_entry *e);
int weir_output_publish(struct weir_output *o);
int weir_output_close(struct weir_output *o);

/* The output of that path in an entry, or NULL. */
const struct weir_barrier_output *weir_output_find(const struct weir_barrier_entry *e, const char *path);

/* Whether the manifest lists the file as an output. */
bool weir_output_listed(const struct weir_barrier *manifest, uint64_t device, uint64_t inode);

/* Whether the file, the directory of segments or the log is one of the checkpoint's outputs, or has one in it: whoever does
 * not take part in it leaves it alone. */
bool weir_output_belongs(const char *path, const struct weir_barrier *manifest);

/* For members: fails with a text "PATH: ...", the errno and the status. */
int weir_output_fail(struct weir_output *o, int status, int errnum, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

extern const struct weir_output_ops weir_output_stdout, weir_output_file, weir_output_segments;

#endif
