/*
 * state - what a stage keeps from one run to the next: a weir stream in DIR/EPOCH/ID
 *
 * hello (run, stage id, epoch, version, command, options), shapes and data as the stage likes, and, of a
 * sink, the barrier as it arrived there with the sink's own entry; then an end. So `scat
 * DIR/17/swindow` prints it.
 *
 * A manifest knows a state by its size and its sum, weir_header_chain's, which comes about while the
 * state is written and while it is read: neither goes over the bytes twice.
 *
 * The calls return 0, or an exit status with the reason in `why`.
 */
#ifndef WEIR_CKPT_STATE_H
#define WEIR_CKPT_STATE_H

#include "ckpt/dir.h"
#include "frame/barrier.h"
#include "frame/out.h"

#include <stdint.h>

/* On its way to the disk. */
struct weir_state {
	struct weir_out out;         /* for the records */
	struct weir_dir *dir;
	char *id;
	uint64_t epoch;
	int dfd, fd;
};

/* Begins the file: h says whose it is (one stage, h->state filled). */
int weir_state_begin(struct weir_state *s, struct weir_dir *d, const struct weir_hello *h);

/* Ends it and makes it durable under its name. b: of a sink, else NULL. *size and *sum are for
 * the entry in the barrier. The state is released in every case. */
int weir_state_commit(struct weir_state *s, const struct weir_barrier *b, uint64_t *size,
    uint64_t *sum);

void weir_state_abandon(struct weir_state *s);

/* What is found in a state. */
struct weir_state_read {
	struct weir_hello hello;
	struct weir_barrier barrier;
	bool has_barrier;
	uint64_t size, sum;
};

void weir_state_read_release(struct weir_state_read *r);

/* Only the hello. */
int weir_state_peek(struct weir_dir *d, uint64_t epoch, const char *id, struct weir_hello *h);

/* All of it: each record goes to take (may be NULL), which returns 0 or -1 (then -1 is returned: the reason
 * is the taker's). expect: what the manifest says of it, or NULL; a file that differs is damaged, which
 * shows at its end at the latest: what take was given before must not be used then. */
int weir_state_load(struct weir_dir *d, uint64_t epoch, const char *id,
    const struct weir_barrier_entry *expect, int (*take)(void *ctx, const struct weir_record *rec),
    void *ctx, struct weir_state_read *r);

/* The size and the sum of a state that another process has written, from the headers of its frames: 0, or -1 with
 * errno, EPROTO if they are not whole. */
int weir_state_measure(int fd, uint64_t *size, uint64_t *sum);

#endif
