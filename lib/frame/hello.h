/*
 * hello - the first frame of a stream, and the last: who writes, and how it ended
 *
 * Items of a hello (frame/item.h):
 *   1  run id, 16 random bytes, the same for all stages of a run; zeros: the stage failed before it
 *      knew its run, and a failed end is all that follows, so that no output is begun for it
 *   2  stage id ("scat", "sfilter-2"), one item a stage so far, source first
 *   3  source, as messages call it, one item a source
 *   4  delay in nanoseconds: each record implies the watermark time - delay.
 *      Absent: watermarks come as entries only
 *   5  checkpoint directory, an absolute path; present only under a checkpoint
 *   6  id of that checkpoint, 16 bytes
 *   7  restored epoch, 8 bytes; absent: the checkpoint is new
 *   8  sources, 9  sinks of the pipeline, 8 bytes each; absent: 1
 *  10  changed options are accepted; no content
 *  11  a stage whose state may be dropped, one item a stage
 *  12  committed epochs that stay, 8 bytes; absent: 1
 *  13  output behind the restored epoch is given up; no content
 * In the file of a stage's state, besides 1 and 2 (the stage alone):
 *  16  epoch, 17  version of what the command keeps, 8 bytes each
 *  18  command; 19  options that matter (frame/barrier.h); 20  it is a sink's; no content;
 *  21  watermark in force at the barrier, 8 bytes, absent if there was none
 * Items of an end:
 *   1  how: 8 bytes, 0 final, 1 paused (more in a later run), 2 failed
 *   2  status of the stage that failed, 8 bytes, 1 to 127
 *   3  reason, text
 *   4  id of the stage that failed
 */
#ifndef WEIR_FRAME_HELLO_H
#define WEIR_FRAME_HELLO_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_RUN_ID 16

struct weir_hello {
	unsigned char run[WEIR_RUN_ID];
	char **stages;
	unsigned nstages;
	char **sources;
	unsigned nsources;
	bool implied;       /* records imply watermarks, by delay */
	int64_t delay;
	struct weir_hello_checkpoint {
		char *dir;          /* NULL: none */
		unsigned char id[WEIR_RUN_ID];
		bool restored;
		uint64_t epoch;     /* restored from */
		uint64_t sources, sinks, keep;
		bool accept, discard;
		char **dropped;
		unsigned ndropped;
	} checkpoint;
	struct weir_hello_state {
		char *command;      /* NULL: not a state */
		char *options;
		uint64_t epoch, version;
		bool sink;
		int64_t watermark;  /* INT64_MIN: none */
	} state;
};

/* Whether the hello is of a stage that failed before it knew its run. */
bool weir_hello_is_nobody(const struct weir_hello *h);

/* A zeroed struct is an empty hello. */
void weir_hello_release(struct weir_hello *h);

/* Adds a stage called name, or name-2, name-3, ... if that is taken. Returns the id. */
const char *weir_hello_add_stage(struct weir_hello *h, const char *name);
void weir_hello_add_source(struct weir_hello *h, const char *name);

void weir_hello_drop_stage(struct weir_hello *h, const char *id);

void weir_hello_encode(const struct weir_hello *h, struct weir_buf *b);

/* Into an empty h. 0, or -1 if the payload is malformed; h is to be released either way. */
int weir_hello_decode(struct weir_hello *h, const unsigned char *p, size_t len);

/* The numbers are on the wire. */
enum weir_end_how { WEIR_END_FINAL = 0, WEIR_END_PAUSED = 1, WEIR_END_FAILED = 2 };

struct weir_end {
	enum weir_end_how how;
	int status;             /* of a failed one: not 0 */
	char *reason, *stage;   /* of a failed one, or NULL */
};

void weir_end_release(struct weir_end *e);
void weir_end_encode(const struct weir_end *e, struct weir_buf *b);
int weir_end_decode(struct weir_end *e, const unsigned char *p, size_t len);

#endif
