/*
 * barrier - the payload of a barrier frame: what was made durable on its way
 *
 * A barrier closes an epoch (the frame header's number). Each stage that it passes adds an entry.
 * The one that stands in DIR/committed is the manifest of the checkpoint: all entries of all branches.
 *
 * Items of a barrier (frame/item.h):
 *   1  entry, one a stage, a list of items itself:
 *        1  stage id
 *        2  command
 *        3  options that matter, a line each: "-w 60s"
 *        4  flags, 8 bytes: 1 source, 2 sink, 4 has a state, 8 its state is still being written
 *        5  bytes of the state file, 8 bytes
 *        6  chained XXH3 (64 bits) of the state file's frame headers, each seeded by the one before, the first by 0; 8 bytes
 *        8  which process of the run it is, from 1, 8 bytes; absent: not known
 *        7  output, one a file that the stage writes, a list of items:
 *             1  path as it was given
 *             2  device, 3  inode, 4  length that is durable, 5  XXH3 of up to 4 KiB before it; 8 bytes each
 *        8  which process of the run it is, from 1, 8 bytes; absent: not known
 *   2  run id that committed it (in `committed`)
 */
#ifndef WEIR_FRAME_BARRIER_H
#define WEIR_FRAME_BARRIER_H

#include "base/buf.h"
#include "frame/hello.h"

#include <stddef.h>
#include <stdint.h>

#define WEIR_BARRIER_SOURCE 1
#define WEIR_BARRIER_SINK 2
#define WEIR_BARRIER_STATE 4
#define WEIR_BARRIER_PENDING 8

/* A file that grew up to `length`. */
struct weir_barrier_output {
	char *path;
	uint64_t device, inode, length, tail;
};

struct weir_barrier_entry {
	char *id, *command, *options;
	uint64_t flags, size, sum, member;
	struct weir_barrier_output *outputs;
	unsigned noutputs;
};

struct weir_barrier {
	unsigned char run[WEIR_RUN_ID];
	struct weir_barrier_entry *entries;
	unsigned n;
};

/* A zeroed struct is an empty barrier. */
void weir_barrier_release(struct weir_barrier *b);

/* A new entry, its texts copied. Valid until the next add. */
struct weir_barrier_entry *weir_barrier_add(struct weir_barrier *b, const char *id,
    const char *command, const char *options);

/* A copy of the output, appended to the entry. */
void weir_barrier_add_output(struct weir_barrier_entry *e, const struct weir_barrier_output *o);

/* The entry of a stage, or NULL. */
struct weir_barrier_entry *weir_barrier_find(const struct weir_barrier *b, const char *id);

/* Takes over the entries of `from` that b lacks, and empties it. */
void weir_barrier_merge(struct weir_barrier *b, struct weir_barrier *from);

/* The id of two stages, one of each, or NULL: entries with one id that are of different processes. */
const char *weir_barrier_clash(const struct weir_barrier *a, const struct weir_barrier *b);

void weir_barrier_encode(const struct weir_barrier *b, struct weir_buf *buf);

/* Into an empty b. 0, or -1 if the payload is malformed; b is to be released either way. */
int weir_barrier_decode(struct weir_barrier *b, const unsigned char *p, size_t len);

#endif
