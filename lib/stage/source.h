/*
 * source - the loop of a command that begins a stream
 *
 * The command makes records; the source writes hello and end, flushes before it
 * would wait, and ends the input at SIGTERM and SIGINT.
 */
#ifndef WEIR_STAGE_SOURCE_H
#define WEIR_STAGE_SOURCE_H

#include "stage/reject.h"
#include "stage/stage.h"

/* A checkpoint (weir-checkpoint(7)), as the command line asks for it. */
struct weir_checkpoint {
	const char *dir;                 /* -C */
	int64_t epoch;                   /* --epoch, ns */
	uint64_t epoch_records;          /* --epoch-records, or 0 */
	uint64_t sources, sinks;
	uint64_t keep;                   /* --keep-epochs */
	bool final, force, accept, discard;
	uint64_t from;                   /* --from-epoch; UINT64_MAX: the committed one */
	const char *const *dropped;      /* --drop-state */
	unsigned ndropped;
	const char *options;             /* of the source that matter, a line each */
	uint64_t version;                /* of its state */
};

/* Before the options are parsed. */
extern const struct weir_checkpoint weir_source_checkpoint;

/* The options, checked; or the end, with status 2. Whether there is a checkpoint. */
bool weir_source_check(struct weir_checkpoint *c, const struct weir_opt_list *dropped, const struct weir_cmd *cmd,
    const struct weir_common *common);

struct weir_source {
	const char *name;
	/* The sources by name and the delay, into h. 0, or an exit status after saying why. out is there to
	 * wait by (weir_source_wait); records come later. */
	int (*on_hello)(void *self, struct weir_hello *h, struct weir_out *out);
	/* Makes the next record: 1: go on; 2: the same, but there was none yet (weir_source_wait has returned 1); 0: the
	 * input has ended; -1: weir_stage_fail or an out's error. */
	int (*next)(void *self, struct weir_out *out);
	int (*on_close)(void *self, int status);
	const struct weir_checkpoint *checkpoint;   /* or NULL */
	/* The place in the input, as in struct weir_stage; loaded before on_hello. */
	int (*on_save)(void *self, struct weir_out *state);
	int (*on_load)(void *self, const struct weir_record *rec);
	uint64_t (*bytes)(void *self);   /* read so far */
	void (*on_stats)(void *self, struct weir_buf *json);
};

/* Where a source writes: frames to fd (with zstd level), or text to a sink. */
struct weir_source_dest {
	struct weir_sink *sink;    /* text; or NULL: frames */
	const char *path;          /* frames: a file, created once the inputs are open; or NULL: */
	int fd;                    /* a descriptor */
	int level;                 /* of zstd; 0: none */
};

int weir_source_run(const struct weir_source *src, const struct weir_common *common, void *self,
    const struct weir_source_dest *dest);

/* For weir_input_wait: flushes and waits. ctx is the struct weir_out of the source. 0: there is something; 1: an epoch may be
 * due; -1: the run ends. */
int weir_source_wait(void *ctx, int fd);

/* The same where it is known that there is nothing to read, and fd only tells when to look again: what others wait for, signals and
 * epochs have their turn though fd be readable each time, as a directory's is in which other files come and go. */
int weir_source_idle(void *ctx, int fd);

/* The same two until the monotonic clock says `until` (0: for ever): then 2. */
int weir_source_wait_until(void *ctx, int fd, int64_t until);
int weir_source_idle_until(void *ctx, int fd, int64_t until);

/* Flushes and sleeps until then, on the monotonic clock. 0: slept; 1 and -1 as above. */
int weir_source_sleep(struct weir_out *out, int64_t until);

/* For weir_ingest_conf: whether the file is an output of the checkpoint, or what this process writes to. */
bool weir_source_writes(void *ctx, uint64_t device, uint64_t inode);

/* Counts a bad record of an input. 0, or -1 if the run ends by it. */
int weir_source_bad(struct weir_out *out, const struct weir_reject_note *note);

#endif
