/*
 * run - what a stage and a source have in common: one process' part of a run
 *
 * Private to lib/stage. The out comes first, so that a callback's out leads back
 * to its run.
 */
#ifndef WEIR_STAGE_RUN_H
#define WEIR_STAGE_RUN_H

#include "stage/epoch.h"
#include "stage/reject.h"
#include "stage/sink.h"
#include "stage/stage.h"

#include <stdarg.h>

struct weir_run {
	struct weir_out out;
	const char *name;
	const char *dest;               /* the file that frames go to; NULL: standard output */
	char *id;                       /* in the pipeline, once hello is known */
	const struct weir_common *common;
	struct weir_reject reject;
	struct weir_sink *table;        /* a terminal's, or NULL */
	struct weir_sink table_room;
	bool writes;                    /* frames or a table */
	int status;                     /* why the run ends, or 0 */
	void (*answer)(struct weir_run *run);   /* says more when the line of status was asked for; or NULL */
	const char *source;             /* what bad records are said to come from; NULL: no need to say */
	char *origin;                   /* the stage that failed, if it was one before this */
	bool unpublished;               /* not a sink, but with something to publish once its epoch is committed */
	bool quit;                      /* it ends though there is more input */
	struct weir_buf options;        /* weir_run_options */
	struct weir_buf reason;
	uint64_t records, bytes;        /* read, bad ones included */
	struct weir_emit *json;         /* shows bad records; made when the first comes */
	int64_t watermark;
	int64_t began;                  /* monotonic clock */
	struct weir_epoch epoch;        /* the part in a checkpoint; off without one */
	int64_t wake_at;                /* a source that waits for input is to look up then, monotonic; 0: no need */
};

/* Also catches the signals. */
void weir_run_init(struct weir_run *run, const char *name, const struct weir_common *common);

/* What the stage is called: --id or the command. */
const char *weir_run_name(const struct weir_run *run);

/* Opens the out on standard output: frames, or a table on a terminal unless frames are forced. */
void weir_run_output(struct weir_run *run, bool frames);

/* Ends the run with this status; the first one stays. Returns -1. */
int weir_run_fail(struct weir_run *run, int status, const char *reason);

/* The same after saying why. */
int weir_run_die(struct weir_run *run, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int weir_run_vdie(struct weir_run *run, int status, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

/* Something failed with this errno while writing: dies of EPIPE, else status 74 and a message. -1. */
int weir_run_write_failed(struct weir_run *run, int errnum, const char *dest);

/* The same of the sink in run->table. -1. */
int weir_run_sink_failed(struct weir_run *run);

/* Ends it because a stage before this one failed; because the reader can't go on, with a message. -1. */
int weir_run_pass_failure(struct weir_run *run, const struct weir_end *end);
int weir_run_broken(struct weir_run *run, const struct weir_reader *r, const char *name);

/* A run that fails before its input says hello says so in a stream all the same. */
void weir_run_greet_late(struct weir_run *run);

/* What a callback that returned rc means: 0 if the run goes on. */
int weir_run_check(struct weir_run *run, int rc);

/* Writes the end (how it ended, or that it failed), closes the output, says the totals, writes --stats.
 * Returns the exit status. */
int weir_run_finish(struct weir_run *run, enum weir_end_how how,
    void (*on_stats)(void *, struct weir_buf *), void *self);

/* The options that a checkpoint compares: the command's own list (NULL: none), and --rejects, which names an output. Lasts as the run. */
const char *weir_run_options(struct weir_run *run, const char *own);

/* weir_sys_wait that a signal ends, also one that came before it; until that time, monotonic, or 0. */
int weir_run_wait(int fd, int out, int64_t until);

/* The same for any of two, for ns at most (negative: for ever): a sum as weir_sys_wait_any's, or 0. Dies of a pipe whose
 * reader is gone. */
unsigned weir_run_wait_any(struct weir_run *run, const int fds[2], int64_t ns);

/* Sleeps for ns at most: weir_sys_pause on the run's output. Dies of a pipe whose reader is gone. */
void weir_run_pause(struct weir_run *run, int64_t ns);

/* Ends the run by what a call on its checkpoint returned, with the reason that the directory has. -1. */
int weir_run_epoch_failed(struct weir_run *run, int status);

/* Whether SIGTERM or SIGINT has come. A source stops at the first; a second one, a second
 * later or more, ends any process at once. */
bool weir_run_stopped(void);

/* Writes the line of status if it was asked for. */
void weir_run_answer(struct weir_run *run);

#endif
