/*
 * dir - a checkpoint directory: whose it is, and which run may use it
 *
 *   DIR/id    a random id in hexadecimal, made once. Its flock is the directory's mutex: held for moments
 *   DIR/run   the latest run: its id, how many sources it wants, have come and have ended, and their pids.
 *             Its flock is held shared by every process of that run, so that no other can begin.
 *
 * Besides, every process marks a byte of `run` as its own (base/sys.h), by its place among the run's
 * members, and a source a second one, and a third one by its id; so the others can see that one has died.
 *
 * The calls return 0, or an exit status with `why` filled.
 */
#ifndef WEIR_CKPT_DIR_H
#define WEIR_CKPT_DIR_H

#include "base/buf.h"
#include "frame/hello.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_dir {
	char *path;                          /* absolute */
	int fd, id_fd, run_fd;               /* -1: not open */
	unsigned char id[WEIR_RUN_ID];
	unsigned char run[WEIR_RUN_ID];
	uint64_t place;                      /* of a source: the how manieth came, from 0 */
	uint64_t member;                     /* the how manieth process of the run */
	struct weir_buf why;
};

/* The first source of several is still looking through the directory; no other may join yet. */
#define WEIR_DIR_CLOSED (-2)

/* What `run` says; read and written under the mutex. */
struct weir_dir_run {
	unsigned char id[WEIR_RUN_ID];
	uint64_t sources, come, ended, pid;
	uint64_t members, left;              /* processes that took part so far; that have ended well */
	int64_t epoch;                       /* the latest that was begun in this run, or -1, or WEIR_DIR_CLOSED */
	bool closing;                        /* that one is the last */
};

/* Makes the directory if need be, and checks it: not a symlink, ours, not writable by others;
 * on a network file system only if forced. path may be relative: then below $STATE_DIRECTORY if that is
 * set. Statuses: WEIR_EX_CANTCREAT, WEIR_EX_IOERR, WEIR_EX_PROTOCOL (a damaged id). */
int weir_dir_create(struct weir_dir *d, const char *path, bool force);

/* Opens a directory that is there, to look at it only: no part in any run. */
int weir_dir_look(struct weir_dir *d, const char *path);

/* For a source called id: begins a run of that many sources, or joins one that still waits for some. Waits up to
 * `patience` nanoseconds for stages of an earlier run that are still draining; WEIR_EX_TEMPFAIL if
 * somebody else has the directory, WEIR_EX_CONFIG if a source of that run has the same id. */
int weir_dir_lead(struct weir_dir *d, const char *id, uint64_t sources, int64_t patience);

/* The first source has found what the run goes on from: the others may come. */
int weir_dir_admit(struct weir_dir *d);

/* For any other process: opens the directory that a hello names and takes its part in that
 * run. -1 (and why): the directory has another id, or the run in it is another; the hello's checkpoint is then to be
 * ignored. */
int weir_dir_follow(struct weir_dir *d, const char *path, const unsigned char id[WEIR_RUN_ID],
    const unsigned char run[WEIR_RUN_ID]);

/* The mutex. 0, or WEIR_EX_IOERR. */
int weir_dir_lock(struct weir_dir *d);
void weir_dir_unlock(struct weir_dir *d);

/* `run`, read or replaced, under the mutex. */
int weir_dir_get(struct weir_dir *d, struct weir_dir_run *r);
int weir_dir_put(struct weir_dir *d, const struct weir_dir_run *r);

/* This source has nothing more to read: a run that begins now waits for it, as for every other process of this one, instead of being
 * refused. */
void weir_dir_retire(struct weir_dir *d, const char *id);

/* This process ends well. If that can't be noted, it has not: the others take it for dead. */
int weir_dir_leave(struct weir_dir *d);

/* Whether the directory, or what is in it, was removed under the run. Then d->why says so. */
bool weir_dir_removed(struct weir_dir *d);

/* Whether a process of the run has died: what is not committed now won't be. And whether nobody but this one takes part. */
bool weir_dir_lost(struct weir_dir *d);
bool weir_dir_alone(struct weir_dir *d);

/* Whether any source of the run lives. */
bool weir_dir_led(const struct weir_dir *d);

/* For a source of several: whether all others live, as far as they have come. */
bool weir_dir_sources_live(const struct weir_dir *d, uint64_t sources);

/* Whether the epoch has a directory; all epochs that have one, ascending (how many: free(*all)); the highest, or -1. */
bool weir_dir_has(const struct weir_dir *d, int64_t epoch);
size_t weir_dir_epochs(const struct weir_dir *d, int64_t **all);
int64_t weir_dir_highest(const struct weir_dir *d);

/* Gives up the run and closes everything. A zeroed struct with fds of -1 (WEIR_DIR_NONE) is fine. */
void weir_dir_release(struct weir_dir *d);

#define WEIR_DIR_NONE {.fd = -1, .id_fd = -1, .run_fd = -1}

#endif
