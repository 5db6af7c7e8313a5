/*
 * stage - the loop that every command runs in
 *
 * A command is a few callbacks; the stage does the rest: hello, shapes,
 * watermarks, the end of the stream, statistics, signals, a table in place of
 * frames on a terminal, and the exit status. A stage of your own, whole:
 *
 *   static int
 *   on_record(void *self, const struct weir_record *rec, struct weir_out *out)
 *   {
 *           return weir_out_pass(out, rec);
 *   }
 *
 *   int
 *   main(void)
 *   {
 *           static const struct weir_stage stage = {.name = "mine",
 *               .flags = WEIR_STAGE_PASSES, .on_record = on_record};
 *           struct weir_common common = {0};
 *
 *           return weir_stage_run(&stage, &common, NULL);
 *   }
 *
 * Callbacks return 0 to go on; what weir_out_* and weir_stage_bad return can be
 * handed back as it is. Another non-zero value ends the stage with status 70.
 */
#ifndef WEIR_STAGE_STAGE_H
#define WEIR_STAGE_STAGE_H

#include "base/opt.h"
#include "base/status.h"
#include "frame/out.h"
#include "frame/reader.h"
#include "stage/sink.h"

#include <stdbool.h>
#include <stdint.h>

/* The stage passes records on with times and order unchanged: then the input's
 * delay holds for its output too. Without it watermarks are the stage's to send
 * (weir_out_watermark), as entries. */
#define WEIR_STAGE_PASSES 0x1

/* The stage writes no frames; what it writes goes out in on_flush and on_close. */
#define WEIR_STAGE_SINK 0x2

/* Frames also to a terminal: it was asked for by name. */
#define WEIR_STAGE_FRAMES 0x4

/* The stage gives its records event times of its own: each implies a watermark, by the stage's delay, and the
 * input's are not passed on. */
#define WEIR_STAGE_TIMES 0x8

/* on_save can't run in a copy of the process (threads, a store on disk): the stream waits for it, however long it takes. */
#define WEIR_STAGE_ALONE 0x10

struct weir_stage {
	const char *name;
	unsigned flags;
	const char *path;            /* write frames to this file, created when hello comes; or NULL */
	int64_t delay;               /* with WEIR_STAGE_TIMES */
	int level;                   /* of zstd inside the frames; 0: none */
	const char *input;           /* what messages call the input; NULL: standard input */
	int watch;                   /* of a sink: the descriptor whose reader may go, or -1 */
	/* A hello has come: h is what was before this stage. May be NULL, as all below but on_record. */
	int (*on_hello)(void *self, const struct weir_hello *h, struct weir_out *out);
	/* A whole data frame has come; its records are still to be handed to on_record. For what takes frames as they are.
	 * 0, or an exit status after saying why; -1 if r has an error (weir_reader_damaged). */
	int (*on_data)(void *self, struct weir_reader *r, const struct weir_frame *f);
	/* rec is valid until the call returns; a passed record until the frame ends, which is the stage's care. */
	int (*on_record)(void *self, const struct weir_record *rec, struct weir_out *out);
	/* Each record of a frame some records before on_record has it, in the same order: time to ask for memory that
	 * on_record will look into. Nothing may be decided here; seq and watermark are not set. False: neither this one
	 * nor the frame's next are of use. */
	bool (*on_ahead)(void *self, const struct weir_record *rec);
	/* The watermark has moved to time. */
	int (*on_watermark)(void *self, int64_t time, struct weir_out *out);
	/* The input has ended for good: close what is open. Not called if the producer failed or died. */
	int (*on_final)(void *self, struct weir_out *out);
	/* About to wait for input, or at the end: a sink writes what it holds. 0, or an exit status after saying why. */
	int (*on_flush)(void *self);
	/* When on_flush wants to be called again, though no input has come: on the monotonic clock; 0: need not be. */
	int64_t (*on_wait)(void *self);
	/* The last call, in every case but sudden death; status is what the run will end with. Returns the status. */
	int (*on_close)(void *self, int status);
	/* Under a checkpoint (weir-checkpoint(7)). The options that matter to the state, a line each: "-w 60s"; and the version
	 * of what on_save writes. */
	const char *options;
	uint64_t version;
	/* Everything the stage knows, as records: 0, or an out's error. Each comes back to on_load, before any other
	 * record: 0, or -1 if it makes no sense. on_save NULL: there is no state. */
	int (*on_save)(void *self, struct weir_out *state);
	int (*on_load)(void *self, const struct weir_record *rec);
	/* The stage's own outputs (a sink's, --late): back to what was committed, which `was` lists (NULL: nothing yet),
	 * with `discard` even behind what was published since; made durable and listed in mine; published after the
	 * commit. 0, or an exit status after saying why. */
	int (*on_restore)(void *self, const struct weir_barrier_entry *was, bool discard);
	int (*on_prepare)(void *self, struct weir_barrier_entry *mine);
	int (*on_publish)(void *self);
	/* A file or directory that it writes besides its output, or NULL. If the stream names a checkpoint that is not to be
	 * obeyed, and this is one of its outputs, the run is refused with status 75; so it is with --rejects. */
	const char *keeps;
	/* Appends members (`,"name":value`) to the line of --stats. */
	void (*on_stats)(void *self, struct weir_buf *json);
};

/* What all commands share on their command lines: weir_stage_options. Zeroed is the default. */
struct weir_common {
	bool quiet, verbose, explain;
	int color;                   /* enum weir_when */
	const char *stats;
	const char *rejects;
	int on_error;                /* 0 skip, 1 fail */
	const char *max_errors;
	const char *id;              /* of the stage, in place of its name */
};

/* The options of struct weir_common, which must be the first member of the command's conf. */
extern const struct weir_opt weir_stage_options[];

/* For struct weir_cmd: options that are looked for at the wrong command. */
extern const struct weir_opt_elsewhere weir_stage_elsewhere[];

/* For struct weir_cmd: weir's version and those of its libraries. */
void weir_stage_version(void);

/* Parses the command line; the rest of main is the command's. Returns the number of operands. */
int weir_stage_options_parse(const struct weir_cmd *cmd, int argc, char *argv[], void *conf);

/* Ends with status 2 if an operand, which is to be a name, is empty: it comes of a variable that is not set. */
void weir_stage_options_names(const struct weir_cmd *cmd, char *const *operands, int n);

/* What -i names, and its pattern; NULL: auto or frames. Ends with status 2 if there is no such format, or its pattern is missing. */
const struct weir_parser_ops *weir_stage_options_format(const struct weir_cmd *cmd, const char *input, const char **pattern);

/* Of an operand that is refused: if it is the name of a file, the misuse that says how its records come in. */
void weir_stage_options_file(const struct weir_cmd *cmd, const char *operand);

/* Runs the stage on standard input and output; returns the exit status. */
int weir_stage_run(const struct weir_stage *st, const struct weir_common *common, void *self);

/* The same, when some bytes of the input have been read already. */
int weir_stage_run_from(const struct weir_stage *st, const struct weir_common *common, void *self,
    int fd, const void *first, size_t nfirst);

/* In a callback: the record is bad, for the reason formatted. 0 if the run goes on. */
int weir_stage_bad(struct weir_out *out, const struct weir_record *rec, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* In a callback: ends the run here, with this status, without a message; with 0 as if the input had
 * ended, though nothing more is read. Returns -1. */
int weir_stage_quit(struct weir_out *out, int status);

/* In a callback: ends the stage with this status, after an error message. Returns -1. */
int weir_stage_fail(struct weir_out *out, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
