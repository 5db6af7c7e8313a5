/*
 * append - writes records behind the end of a log
 *
 * Records go into frames, frames into blocks of about 1 MiB, blocks into segments. A block is a whole weir stream: it
 * tells its delay, its shapes and the watermark again, so that a reader can begin at any. So an entry of the index says
 * only where a block begins.
 *
 * One process at a time appends (a lock on LOG/writer). Opening recovers: the last segment is walked, its index is made
 * again if it differs, the committed record is mended if one of the two is damaged; what is whole behind the committed
 * length stays, for it was written in order and every frame carries its checksum; from the first torn frame on it is cut.
 * Damage below the committed length is refused, with segment and offset.
 *
 * What is packed is gathered up to a block first, for columns pack better the longer they are. What is flushed before is a frame of
 * its own: nobody waits for a block to fill. A log whose records come one by one stays rows, a frame each.
 *
 * Order on disk. A finished segment is durable, its index too, before the next one is made. So if a segment has a
 * successor, it is whole; a torn frame before a successor is damage.
 *
 * Nothing here depends on the clock: a segment is finished by its size, or by the event times in it.
 *
 * The calls return 0, or an exit status with the reason in log->why; after one that failed, nothing more is written.
 */
#ifndef WEIR_LOG_APPEND_H
#define WEIR_LOG_APPEND_H

#include "base/buf.h"
#include "frame/out.h"
#include "log/extent.h"
#include "log/index.h"
#include "log/log.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_append_conf {
	uint64_t size;       /* a segment is finished when it has so many bytes, */
	int64_t span;        /* or when its event times lie further apart than this; 0: no such bound */
	int level;           /* of zstd, 0: none; others put records into columns (frame/transpose.h) */
	size_t gather;       /* bytes of records that are packed together, if they come without a pause; 0: a block's, which is the most */
};

struct weir_append {
	struct weir_log *log;            /* not owned */
	struct weir_append_conf conf;
	struct weir_extent extent;       /* what is committed */
	uint64_t next;                   /* offset of the next record */
	int64_t newest, oldest;          /* event times: of the log, of the segment */
	struct weir_buf notes;           /* what recovery did, a line each: to be said by who knows the user */
	bool mended;                     /* there was damage, of what could be made again */
	bool rolled;                     /* a segment was finished since this was last cleared */
	/* private */
	int status, lock, extent_fd, fd, index_fd;
	bool implied;                    /* of the stream that is appended */
	int64_t delay;
	bool block, changed;             /* a block is open; the next record begins a new one */
	bool fresh;                      /* a file's name is not durable yet */
	bool ended;                      /* the file ends with an end */
	bool synced;                     /* all that was flushed is durable */
	uint64_t segment, base;          /* the segment's first offset; bytes that it had when the out began */
	uint64_t plain, block_plain;     /* bytes of the segment's records, of the block's */
	int64_t promised;                /* watermark */
	uint64_t entries;                /* in the segment's index */
	struct weir_extent prepared;
	struct weir_out out;
};

/* Takes the lock (WEIR_EX_TEMPFAIL if another process has it) and recovers. */
int weir_append_open(struct weir_append *a, struct weir_log *log, const struct weir_append_conf *conf);

/* What the hello of the stream to come says of watermarks. */
void weir_append_hello(struct weir_append *a, bool implied, int64_t delay);

/* Takes back what is behind an offset, of a checkpoint. What is committed beyond it is only removed with `discard`
 * (else WEIR_EX_PROTOCOL); it is damage if the log does not reach that far. */
int weir_append_cut(struct weir_append *a, uint64_t offset, bool discard);

/* A record; its bytes must stay until weir_append_settle. */
int weir_append_record(struct weir_append *a, const struct weir_record *r);

/* The greatest time but one, which closes everything, is not kept: a log goes on. */
static inline void
weir_append_watermark(struct weir_append *a, int64_t time)
{
	if (time > a->promised && time != INT64_MAX)
		a->promised = time;
}

/* At the end of the frame that the records lie in: as weir_out_settle. Segments are finished here. */
int weir_append_settle(struct weir_append *a, const unsigned char *whole, size_t len, uint32_t sum);

/* Hands everything to the kernel, for readers to see. */
int weir_append_flush(struct weir_append *a);

/* Flushes, and makes it durable: it survives a power loss, but does not count yet. */
int weir_append_prepare(struct weir_append *a);

/* What was prepared is committed. */
int weir_append_commit(struct weir_append *a);

/* Whether there is anything that a prepare would make durable. */
bool weir_append_pending(const struct weir_append *a);

/* Moves the log's beginning to the segment that begins with `first`: those before it are removed. Also committed. */
int weir_append_trim(struct weir_append *a, uint64_t first);

/* Ends the open block, so that the file is a whole stream; prepares and commits if `commit`. Releases everything. */
int weir_append_close(struct weir_append *a, bool commit);

#endif
