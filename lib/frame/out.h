/*
 * out - records on their way out of a stage: batched into frames, and written
 *
 * Records are laid into a buffer that becomes a data frame when it is full
 * (WEIR_FRAME_SIZE) or when weir_out_flush is called. Batches never mean anything.
 * Records that are only passed on are not copied one by one: neighbours in the
 * input's frame are one run of bytes, and a long run is written from where it lies.
 *
 * Watermarks. `promised` is the watermark that holds at this point of the
 * stream: no later record will be below it, unless it is late. What the reader of the stream
 * knows is `told`: by entries, and, if the hello says so, by the records
 * themselves (time - delay). Before each record, and when the buffer is sent, an
 * entry makes up the difference. So neighbouring watermarks melt into the last (but one before INT64_MAX,
 * which closes everything: what closed by itself before that is another thing), and
 * the watermark in force before a record never depends on batches.
 *
 * Invariants: told <= promised before each record; the buffer holds whole
 * entries; every shape id used in the buffer is bound to the shape that was
 * meant.
 *
 * A stream may end in memory: with a tap, whole payloads go to a function
 * instead of a descriptor, and only data frames.
 *
 * Errors: the calls return 0, or -1 with out->errnum; after an error nothing more is
 * written. EPIPE is an error like another here.
 */
#ifndef WEIR_FRAME_OUT_H
#define WEIR_FRAME_OUT_H

#include "base/buf.h"
#include "frame/barrier.h"
#include "frame/header.h"
#include "frame/hello.h"
#include "frame/record.h"
#include "frame/shape.h"
#include "frame/transpose.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes the entries of one batch: records, watermarks and idle marks; shapes by id. Returns 0, or
 * the errno of what failed. */
typedef int (*weir_out_tap)(void *ctx, const unsigned char *entries, size_t len,
    struct weir_shape *const *shapes, uint64_t seq);

struct weir_out {
	int fd;                   /* or -1: a tap */
	int errnum;
	uint64_t records;         /* put so far: the sequence number of the next */
	uint64_t bytes;           /* written, headers included */
	uint64_t chain;           /* of what was written (weir_header_chain) */
	int64_t promised, told;
	int64_t before;           /* promised before INT64_MAX was */
	bool implied;             /* records imply watermarks, by delay */
	int64_t delay;
	/* private */
	unsigned char *buf;       /* room for the header, then the payload */
	size_t cap, len, limit;   /* of the payload */
	size_t last;              /* offset of the last entry if that is a watermark, else SIZE_MAX */
	uint32_t count;
	const unsigned char *run; /* entries passed on but not copied yet, in the input's frame */
	size_t nrun;
	uint32_t run_count;
	struct weir_shape *bound[WEIR_SHAPE_IDS];
	weir_out_tap tap;
	void *ctx;
	int level;
	void *zstd;
	bool columns;
	struct weir_transpose transpose;
	struct weir_buf packed;
	struct weir_buf scratch;
};

void weir_out_init(struct weir_out *o, int fd);
void weir_out_init_tap(struct weir_out *o, weir_out_tap tap, void *ctx);

/* Frees memory; sends nothing and does not close fd. */
void weir_out_release(struct weir_out *o);

/* zstd inside the frames from now on; 0: none. 0, or -1 if there is no such level. */
int weir_out_compress(struct weir_out *o, int level);

/* Entries up to so many bytes are gathered into a frame, in place of WEIR_FRAME_SIZE; before the first record. With columns, what is
 * packed by zstd is put into columns first where that is worth it (frame/transpose.h). */
void weir_out_gather(struct weir_out *o, size_t bytes, bool columns);

/* The first frame of a stream; sets implied and delay. Sent at once. What a stream before it told, shapes and the
 * watermark, is told again. */
int weir_out_hello(struct weir_out *o, const struct weir_hello *h);

/* A record that is a text and slices of it (weir_record_encode_text). 1, and nothing
 * was put, if its encoded form may be beyond WEIR_RECORD_MAX. */
int weir_out_text(struct weir_out *o, struct weir_shape *shape, int64_t time, unsigned flags,
    const void *text, size_t len, const struct weir_slot *slots, const int64_t *words,
    unsigned nwords);

/* A record made of values; 1 as above. */
int weir_out_values(struct weir_out *o, struct weir_shape *shape, int64_t time,
    const struct weir_value *v);

/* Where an entry of the shape goes that the caller writes: n bytes; NULL is an error. It counts with weir_out_take, the next
 * call, if any; size: its bytes. */
unsigned char *weir_out_room(struct weir_out *o, struct weir_shape *shape, size_t n);
int weir_out_take(struct weir_out *o, size_t size, int64_t time);

/* A record as it came in; its bytes must stay until weir_out_settle. */
int weir_out_pass(struct weir_out *o, const struct weir_record *r);

/* A record made elsewhere, whose bytes need not outlive the call. */
int weir_out_copy(struct weir_out *o, const struct weir_record *r);

/* No later record will be below time (but late ones): a promise, put into the
 * stream when something follows or the buffer is sent. */
static inline void
weir_out_watermark(struct weir_out *o, int64_t time)
{
	if (time <= o->promised)
		return;
	if (time == INT64_MAX)
		o->before = o->promised;
	o->promised = time;
}

/* A data frame without entries, at once, for a writer that waits for its readers: it finds out by it that one is gone, though
 * something stands between them that writes only what it has read. */
int weir_out_beat(struct weir_out *o);

/* The source has gone silent. */
int weir_out_idle(struct weir_out *o);

/* An idle mark that also says that n records were here and have been removed (weir-log(5)): in a log's segments alone. */
int weir_out_gap(struct weir_out *o, uint64_t n);

/* Copies what was passed on and lies in the input's frame still. whole: that frame; it
 * is sent as it is when all of it was passed on. */
int weir_out_settle(struct weir_out *o, const unsigned char *whole, size_t len, uint32_t sum);

/* Sends what is in the buffer, and the promised watermark. */
int weir_out_flush(struct weir_out *o);

/* Whether a flush would send anything. */
bool weir_out_pending(const struct weir_out *o);

/* Closes an epoch; flushes first, the promised watermark included. */
int weir_out_barrier(struct weir_out *o, uint64_t epoch, const struct weir_barrier *b);

/* The last frame; flushes first. */
int weir_out_end(struct weir_out *o, const struct weir_end *e);

#endif
