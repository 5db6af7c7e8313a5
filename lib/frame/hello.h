/*
 * hello - the first frame of a stream, and the last: who writes, and how it ended
 *
 * Items of a hello (frame/item.h):
 *   1  run id, 16 random bytes, the same for all stages of a run
 *   2  stage id ("scat", "sfilter-2"), one item a stage so far, source first
 *   3  source, as messages call it, one item a source
 *   4  delay in nanoseconds: each record implies the watermark time - delay.
 *      Absent: watermarks come as entries only
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
};

/* A zeroed struct is an empty hello. */
void weir_hello_release(struct weir_hello *h);

/* Adds a stage called name, or name-2, name-3, ... if that is taken. Returns the id. */
const char *weir_hello_add_stage(struct weir_hello *h, const char *name);
void weir_hello_add_source(struct weir_hello *h, const char *name);

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
