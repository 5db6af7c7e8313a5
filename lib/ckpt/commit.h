/*
 * commit - DIR/committed: the manifest of the last committed epoch, and the only commit point
 *
 * A weir stream of three frames: hello (the run that committed), the barrier with every stage's entry, end. It is
 * replaced by rename under the directory's mutex. Whatever sink finds that all sinks of an
 * epoch are prepared commits it.
 *
 * The calls return 0, or an exit status with the reason in the directory's `why`.
 */
#ifndef WEIR_CKPT_COMMIT_H
#define WEIR_CKPT_COMMIT_H

#include "ckpt/dir.h"
#include "frame/barrier.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_commit {
	bool any;                    /* something has been committed */
	uint64_t epoch;
	struct weir_barrier manifest;
};

void weir_commit_release(struct weir_commit *c);

/* Reads `committed` into an empty c. That there is none is fine, unless an epoch above 0 has a
 * directory: then it was lost (WEIR_EX_PROTOCOL). */
int weir_commit_read(struct weir_dir *d, struct weir_commit *c);

/* The committed epoch, -1 if there is none (or it can't be read now). */
int64_t weir_commit_epoch(struct weir_dir *d);

/* Commits the epoch if so many sinks have prepared it and all states that they tell of are there.
 * *done: it is committed, by this call or before; else somebody is to try again later. id: the sink that asks. */
int weir_commit_try(struct weir_dir *d, uint64_t epoch, uint64_t sinks, const char *id, bool *done);

/* Whether the epoch is committed without the stage: it belongs to a sink more than were told of. Then d->why says so. */
bool weir_commit_lacks(struct weir_dir *d, uint64_t epoch, const char *id);

/* The manifest of an epoch whose directory is still there, put together again from what its sinks wrote. */
int weir_commit_rebuild(struct weir_dir *d, uint64_t epoch, struct weir_commit *c);

/* Makes that manifest the committed one: the run goes on from there. */
int weir_commit_replace(struct weir_dir *d, struct weir_commit *c);

/* Makes the directory of an epoch; that of epoch 0 anew. */
int weir_commit_begin(struct weir_dir *d, uint64_t epoch);

/* Removes epochs older than the last `keep` up to the committed one. */
void weir_commit_clean(struct weir_dir *d, uint64_t committed, uint64_t keep);

#endif
