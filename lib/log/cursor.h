/*
 * cursor - reads the records of a log, from an offset on
 *
 * A cursor never writes and takes no lock: any number of them read while a writer appends. It sees what the writer
 * has handed to the kernel, or, if asked, only what is committed.
 *
 * A log may have been compacted: then the offsets of its records have gaps. Compaction puts other files in the place of
 * segments; a cursor that stands in one goes on in the old file to its end.
 *
 * Records are handed out where they were read: valid until WEIR_CURSOR_FRAME has been returned and the cursor is called again.
 *
 * Damage is told of with segment and offset (WEIR_EX_PROTOCOL). A torn end behind the committed length is none: it
 * is the end.
 */
#ifndef WEIR_LOG_CURSOR_H
#define WEIR_LOG_CURSOR_H

#include "frame/reader.h"
#include "log/extent.h"
#include "log/log.h"

#include <stdbool.h>
#include <stdint.h>

enum weir_cursor_step {
	WEIR_CURSOR_FAILED = -1,     /* status, and log->why */
	WEIR_CURSOR_NONE = 0,        /* nothing more, now */
	WEIR_CURSOR_RECORD,          /* rec; its offset is rec.seq */
	WEIR_CURSOR_WATERMARK,       /* rec.time */
	WEIR_CURSOR_FRAME,           /* the records' frame ends: f, for weir_out_settle */
	WEIR_CURSOR_HELLO            /* what follows has another delay: implied and delay */
};

struct weir_cursor {
	struct weir_log *log;        /* not owned */
	bool committed;              /* only what is durable */
	int status;
	uint64_t offset;             /* of the next record */
	bool implied;                /* records imply watermarks, by delay */
	int64_t delay;
	int64_t watermark;           /* in force behind the last step */
	struct weir_record rec;
	struct weir_frame f;
	struct weir_extent extent;   /* as it was read last */
	uint64_t segment;            /* the first offset of the one that is read */
	uint64_t bytes;              /* read */
	/* private */
	bool greeted, opened, inside, last;
	int fd;
	uint64_t base;               /* position in the file that the reader began at */
	uint64_t gaps;               /* of this block, removed records so far */
	uint64_t skip;               /* records below this offset are passed over */
	size_t at;
	uint32_t count;
	struct weir_reader reader;
};

/* The beginning of the log, or what is committed of it, is the place to begin. 0, or a status. */
int weir_cursor_init(struct weir_cursor *c, struct weir_log *log, bool committed);
void weir_cursor_release(struct weir_cursor *c);

/* Goes to an offset. WEIR_EX_NOINPUT if it is no longer there, or not yet. */
int weir_cursor_seek(struct weir_cursor *c, uint64_t offset);

/* Goes to where no record before has that time or a later one, near the first that has. */
int weir_cursor_seek_time(struct weir_cursor *c, int64_t time);

/* Whether a segment may have records before that time: for a reader that wants no others. Only of one that is finished. */
bool weir_cursor_has_before(struct weir_cursor *c, int64_t time);

/* Leaves out what is left of this segment: 1, or 0 if there is no next one. */
int weir_cursor_next_segment(struct weir_cursor *c);

enum weir_cursor_step weir_cursor_next(struct weir_cursor *c);

#endif
