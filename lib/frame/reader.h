/*
 * reader - frames, read from a descriptor, checked, and taken apart
 *
 * The reader checks headers, checksums, lengths, the order of frames (hello
 * first; after an end only another hello) and of sequence numbers, decompresses,
 * and keeps the shapes. Payloads are handed out where they were read: no copy.
 * A reader holds a buffer of 256 KiB, or of one frame if that is larger.
 *
 * Two streams one after the other are one input; the end of the descriptor
 * without an end frame before it is an error (truncated).
 */
#ifndef WEIR_FRAME_READER_H
#define WEIR_FRAME_READER_H

#include "base/buf.h"
#include "frame/header.h"
#include "frame/hello.h"
#include "frame/record.h"
#include "frame/shape.h"
#include "frame/transpose.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A frame; payload (decompressed) is valid until the next call on the reader. */
struct weir_frame {
	struct weir_header head;
	const unsigned char *payload;
	size_t len;
	const unsigned char *wire;   /* the payload as it came, head.payload bytes */
	uint64_t offset;             /* of the frame's first byte in the input */
};

enum weir_reader_error {
	WEIR_READER_OK,
	WEIR_READER_IO,         /* read failed: errnum */
	WEIR_READER_FOREIGN,    /* the first byte is no frame's: text, most likely */
	WEIR_READER_EMPTY,      /* no byte at all */
	WEIR_READER_TRUNCATED,  /* ends without an end frame, or within a frame */
	WEIR_READER_DAMAGED     /* why, offset */
};

struct weir_reader {
	int fd;
	enum weir_reader_error error;
	int errnum;
	const char *why;
	uint64_t offset;          /* of the next frame, or of the one that is damaged */
	uint64_t chain;           /* of the frames so far (weir_header_chain) */
	bool damage;              /* a record of the last data frame had a slot that points outside */
	bool grows;               /* set by the caller: the end of the descriptor is no end, more may come */
	uint64_t limit;           /* set by the caller: bytes of the input beyond it are not read */
	/* private */
	unsigned char *buf;
	size_t cap, start, end;   /* unread bytes: buf[start, end) */
	uint64_t taken;           /* read from fd */
	bool eof, open, sequenced;
	uint64_t next_seq;
	struct weir_buf plain;
	struct weir_transpose columns;
	void *zstd;
	struct weir_shape *shapes[WEIR_SHAPE_IDS];
};

/* first: bytes already read from fd, nfirst of them. */
void weir_reader_init(struct weir_reader *r, int fd, const void *first, size_t nfirst);
void weir_reader_release(struct weir_reader *r);

/* Whether the next frame is in the buffer, so that weir_reader_next won't read. */
bool weir_reader_ready(const struct weir_reader *r);

/* 1: *f is a hello, data, barrier or end frame (shapes are taken in here); 0: the input has ended, and the
 * last frame was an end, or, if it grows, the next frame is not all there yet; -1: r->error says why, and stays. */
int weir_reader_next(struct weir_reader *r, struct weir_frame *f);

/* For who must not wait: the same from what has been read; 2: the next frame is not all there. And one read(2), which doesn't
 * wait if fd is readable: 0, or -1 as above. Payloads are not valid any more after either. */
int weir_reader_take(struct weir_reader *r, struct weir_frame *f);
int weir_reader_fill(struct weir_reader *r);

/* Of a file: forgets what was read beyond the last frame, and an error with it; the next call reads it anew. 0, or -1
 * with errno. */
int weir_reader_again(struct weir_reader *r);

/* Ends the stream as damaged, at the frame f: also for what only a caller can see. Returns -1. */
int weir_reader_damaged(struct weir_reader *r, const struct weir_frame *f, const char *why);

/* Walks the entries of a data frame: *at is the offset in the payload, from 0. 1: *rec
 * is set (seq and watermark are the caller's), *at moved; 0: the end; -1: malformed (r->error). Inline:
 * it is run for every record there is. */
static inline int
weir_reader_entry(struct weir_reader *r, const struct weir_frame *f, size_t *at,
    struct weir_record *rec)
{
	unsigned kind, id;

	if (*at == f->len)
		return 0;
	if (weir_record_open(rec, f->payload + *at, f->len - *at) != 0)
		return weir_reader_damaged(r, f, "an entry is longer than its frame");
	*at += rec->size;
	kind = rec->flags & WEIR_ENTRY_KIND;
	if (kind == WEIR_ENTRY_RECORD) {
		id = weir_record_shape_id(rec);
		if (id >= WEIR_SHAPE_IDS || r->shapes[id] == NULL)
			return weir_reader_damaged(r, f, "a record of an unknown shape");
		if (weir_record_bind(rec, r->shapes[id]) != 0)
			return weir_reader_damaged(r, f, "a record is shorter than its shape");
		rec->damage = &r->damage;
	} else if (kind > WEIR_ENTRY_IDLE || rec->size != WEIR_ENTRY_SIZE) {
		return weir_reader_damaged(r, f, "an entry of an unknown kind");
	}
	return 1;
}

#endif
