/*
 * follow - what a stage that is not the source does for a checkpoint: at hello, at barriers, at the end
 *
 * Private to lib/stage. The calls return 0, or -1 when the run ends by it (run->status).
 */
#ifndef WEIR_STAGE_FOLLOW_H
#define WEIR_STAGE_FOLLOW_H

#include "stage/run.h"

/* The first hello: takes part in the checkpoint that it names, goes back to what was committed, loads the state. id: this
 * stage's; fd: where the hello came from. */
int weir_follow_hello(struct weir_run *run, const struct weir_stage *st, void *self,
    const struct weir_hello *h, const char *id, int fd);

/* A barrier: what was written is durable, the state is saved, the barrier goes on; a sink commits. */
int weir_follow_barrier(struct weir_run *run, const struct weir_stage *st, void *self,
    uint64_t epoch, struct weir_barrier *b);

/* Whether a commit of this sink waits for a state that is still being written; and tries again, if the last try is a
 * while ago. */
bool weir_follow_waits(const struct weir_run *run);
int weir_follow_poll(struct weir_run *run, const struct weir_stage *st, void *self);

/* Before a sink's first byte, and before it ends well: what it has prepared is committed. */
int weir_follow_await(struct weir_run *run, const struct weir_stage *st, void *self);

#endif
