/*
 * epoch - one process' part in a checkpoint
 *
 * Private to lib/stage. Holds the directory, what the run was restored from, and what was last
 * saved. The calls return 0, or an exit status with the reason in dir.why, unless said otherwise.
 */
#ifndef WEIR_STAGE_EPOCH_H
#define WEIR_STAGE_EPOCH_H

#include "ckpt/commit.h"
#include "ckpt/dir.h"
#include "frame/barrier.h"
#include "frame/out.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Who takes part; what the strings point to must last. */
struct weir_epoch_who {
	const char *command;
	const char *options;         /* that matter, a line each; "" if none does */
	uint64_t version;            /* of the state's records */
	uint64_t role;               /* WEIR_BARRIER_SOURCE, WEIR_BARRIER_SINK or 0 */
	void *self;
	int (*save)(void *self, struct weir_out *state);             /* NULL: no state */
	int (*load)(void *self, const struct weir_record *rec);
	bool timed;                  /* the watermark alone is a state */
	bool alone;                  /* save runs in this process */
};

struct weir_epoch {
	bool on;                     /* takes part */
	bool refused;                /* the hello named a checkpoint that is not obeyed */
	struct weir_epoch_who who;
	struct weir_dir dir;
	char *id;
	struct weir_commit from;     /* what was restored; from.any is false in a new checkpoint */
	struct weir_hello_checkpoint conf;   /* as the hello says it */
	int64_t current;             /* the latest epoch begun or seen, or -1 */
	int64_t done;                /* the latest one known to be committed, or -1 */
	int64_t watermark;           /* kept with the state: set before a save, and by a restore */
	uint64_t bytes;              /* of the last state, */
	int64_t took;                /* and the time that the stream stood still for it, in ns */
	int64_t slow;                /* the time that writing the last state took, here or behind, */
	int64_t cpu;                 /* and what of it was the processor's */
	bool waits;                  /* a sink: the commit is to be tried again; */
	int64_t tried;               /* when it was tried last, monotonic, */
	int64_t prepared;            /* and when the first time */
	pid_t child;                 /* writes a state behind our back, or 0, */
	int report;                  /* and says there how that went */
	bool behind;                 /* the last state was written so */
	bool broken;                 /* it failed: the epoch won't be committed */
};

void weir_epoch_init(struct weir_epoch *e, const struct weir_epoch_who *who);
void weir_epoch_release(struct weir_epoch *e);

/* For what is not a source: obeys the checkpoint of a hello, or refuses to with a warning (0 as well: on is then
 * false). id: of this stage; piped: the hello came from a pipe, so it is no saved stream. Reads the manifest that the run was
 * restored from. WEIR_EX_CONFIG: the run has committed without this stage. */
int weir_epoch_follow(struct weir_epoch *e, const struct weir_hello *h, const char *id, bool piped);

/* Loads the state of the restored epoch, if there is one and this stage keeps any; refuses other options than those that
 * it was written with. -1: e->who.load said no. */
int weir_epoch_restore(struct weir_epoch *e);

/* The stages of the pipeline against those of the manifest: for the sink, which knows them all. */
int weir_epoch_compare(struct weir_epoch *e, const struct weir_hello *h);

/* This stage's part of an epoch: its state is made durable, and its entry joins b. A sink's holds b itself. A state that
 * takes long is written by a copy of the process, while this one goes on: fork(2) copies no memory but the tables of its
 * pages, and then the kernel each page that either of the two changes. */
int weir_epoch_save(struct weir_epoch *e, uint64_t epoch, struct weir_barrier *b);

/* The process that writes a state in the background, if there is one: 0 while it is fine; WEIR_EX_IOERR if it
 * failed, from then on. wait: until it has ended. Whoever waits for a commit has to ask: nobody else misses that process. */
int weir_epoch_reap(struct weir_epoch *e, bool wait);

/* The entry of this stage in b, made if need be; for a sink to note its outputs. */
struct weir_barrier_entry *weir_epoch_entry(struct weir_epoch *e, struct weir_barrier *b);

/* After a sink has saved: commits the epoch, or leaves that to a sister. */
int weir_epoch_commit(struct weir_epoch *e, uint64_t epoch);

/* Whether the current epoch is committed, as far as can be seen now. */
bool weir_epoch_committed(struct weir_epoch *e);

/* How long ago the last commit was, in ns; -1: there was none. */
int64_t weir_epoch_age(struct weir_epoch *e);

#endif
