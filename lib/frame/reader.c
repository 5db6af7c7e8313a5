/*
 * reader - see reader.h
 *
 * Bytes are read as many at a time as the buffer takes; frames are handed out
 * where they lie, and the beginning of a frame that is not all there is moved to
 * the front before the next read.
 *
 * A shape frame's payload: id, 2 bytes; format, 1; its parameter, 1; number of
 * fields, 4; then for each field the length of its name, 4, and the name.
 */
#include "frame/reader.h"
#include "base/mem.h"
#include "base/sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#define BUFFER (256 * 1024)
#define SHAPE_HEAD 8

void
weir_reader_init(struct weir_reader *r, int fd, const void *first, size_t nfirst)
{
	memset(r, 0, sizeof(*r));
	r->fd = fd;
	r->cap = nfirst > BUFFER ? nfirst : BUFFER;
	r->buf = weir_mem_alloc(r->cap);
	if (nfirst > 0)
		memcpy(r->buf, first, nfirst);
	r->end = nfirst;
	r->taken = nfirst;
	r->limit = UINT64_MAX;
}

static void
forget_shapes(struct weir_reader *r)
{
	unsigned i;

	for (i = 0; i < WEIR_SHAPE_IDS; i++) {
		weir_shape_free(r->shapes[i]);
		r->shapes[i] = NULL;
	}
}

void
weir_reader_release(struct weir_reader *r)
{
	forget_shapes(r);
	ZSTD_freeDCtx(r->zstd);
	weir_buf_release(&r->plain);
	weir_transpose_release(&r->columns);
	free(r->buf);
	r->buf = NULL;
}

static int
fail(struct weir_reader *r, enum weir_reader_error error, const char *why)
{
	r->error = error;
	r->why = why;
	return -1;
}

int
weir_reader_damaged(struct weir_reader *r, const struct weir_frame *f, const char *why)
{
	r->offset = f->offset;
	return fail(r, WEIR_READER_DAMAGED, why);
}

int
weir_reader_again(struct weir_reader *r)
{
	size_t n = r->end - r->start;

	if (n > 0 && lseek(r->fd, -(off_t)n, SEEK_CUR) < 0)
		return -1;
	r->taken -= n;
	r->start = r->end = 0;
	r->eof = false;
	r->error = WEIR_READER_OK;
	return 0;
}

bool
weir_reader_ready(const struct weir_reader *r)
{
	size_t n = r->end - r->start;

	if (r->eof || r->error != WEIR_READER_OK)
		return true;
	if (n < WEIR_FRAME_HEADER)
		return n > 0 && r->buf[r->start] != WEIR_FRAME_MAGIC;
	return n - WEIR_FRAME_HEADER >= weir_load32(r->buf + r->start + 8);
}

/* One read, into a buffer that has room for n bytes from start on. 0, or -1. */
static int
read_more(struct weir_reader *r, size_t n)
{
	size_t room;
	ssize_t k;

	if (r->start > 0) {
		memmove(r->buf, r->buf + r->start, r->end - r->start);
		r->end -= r->start;
		r->start = 0;
	}
	if (n > r->cap) {
		r->buf = weir_mem_realloc(r->buf, n, 1);
		r->cap = n;
	}
	room = r->cap - r->end;
	if (room > r->limit - r->taken)
		room = (size_t)(r->limit - r->taken);
	k = room > 0 ? weir_sys_read(r->fd, r->buf + r->end, room) : 0;
	if (k < 0) {
		r->errnum = errno;
		return fail(r, WEIR_READER_IO, "reading failed");
	}
	r->eof = k == 0;
	r->end += (size_t)k;
	r->taken += (uint64_t)k;
	return 0;
}

/* Makes n bytes from start on be there. 1: they are; 0: the input ends before; -1: failed. */
static int
want(struct weir_reader *r, size_t n)
{
	while (r->end - r->start < n) {
		if (r->eof)
			return 0;
		if (read_more(r, n) != 0)
			return -1;
	}
	return 1;
}

/* Bytes that are still missing for next_frame not to read; 0: none, also if it would fail or find the end. */
static size_t
missing(const struct weir_reader *r)
{
	size_t n = r->end - r->start, whole;
	struct weir_header h;
	const char *why;

	if (r->eof || r->error != WEIR_READER_OK ||
	    (n > 0 && r->offset == 0 && r->buf[r->start] != WEIR_FRAME_MAGIC))
		return 0;
	if (n < WEIR_FRAME_HEADER)
		return WEIR_FRAME_HEADER - n;
	if (weir_header_decode(&h, r->buf + r->start, &why) != 0)
		return 0;
	whole = WEIR_FRAME_HEADER + (size_t)h.payload;
	return n < whole ? whole - n : 0;
}

int
weir_reader_fill(struct weir_reader *r)
{
	size_t more = missing(r);

	return more == 0 ? 0 : read_more(r, r->end - r->start + more);
}

/* The payload is columns, with a pad behind them. */
static int
untranspose(struct weir_reader *r, struct weir_frame *f)
{
	if (weir_transpose_decode(&r->columns, f->payload, f->len, WEIR_FRAME_MAX) != 0)
		return weir_reader_damaged(r, f, "columns that don't make up entries");
	f->payload = r->columns.out.p;
	f->len = r->columns.out.len;
	return 0;
}

static int
unzstd(struct weir_reader *r, struct weir_frame *f)
{
	size_t n;

	if (r->zstd == NULL && (r->zstd = ZSTD_createDCtx()) == NULL) {
		r->errnum = ENOMEM;
		return fail(r, WEIR_READER_IO, "zstd");
	}
	weir_buf_clear(&r->plain);
	weir_buf_need(&r->plain, f->head.plain + (size_t)WEIR_TRANSPOSE_PAD);
	n = ZSTD_decompressDCtx(r->zstd, r->plain.p, f->head.plain, f->wire, f->head.payload);
	if (ZSTD_isError(n) || n != f->head.plain)
		return weir_reader_damaged(r, f, "zstd data that does not unpack to its length");
	f->payload = r->plain.p;
	f->len = n;
	return 0;
}

static int
unpack(struct weir_reader *r, struct weir_frame *f)
{
	f->payload = f->wire;
	f->len = f->head.payload;
	if (f->head.flags & WEIR_FRAME_ZSTD) {
		if (unzstd(r, f) != 0)
			return -1;
	} else if (f->head.flags & WEIR_FRAME_COLUMNS) {
		weir_buf_clear(&r->plain);
		memcpy(weir_buf_need(&r->plain, f->len + WEIR_TRANSPOSE_PAD), f->wire, f->len);
		f->payload = r->plain.p;
	}
	return f->head.flags & WEIR_FRAME_COLUMNS ? untranspose(r, f) : 0;
}

static int
take_shape(struct weir_reader *r, const struct weir_frame *f)
{
	const unsigned char *p = f->payload, *end = p + f->len;
	struct weir_name *names;
	struct weir_shape *s;
	uint32_t n, i;
	unsigned id;

	if (f->len < SHAPE_HEAD)
		return weir_reader_damaged(r, f, "a short shape");
	id = weir_load16(p);
	n = weir_load32(p + 4);
	if (id >= WEIR_SHAPE_IDS || n > (f->len - SHAPE_HEAD) / 4)
		return weir_reader_damaged(r, f, "a shape beyond the limits");
	names = weir_mem_alloc((n + (size_t)1) * sizeof(*names));
	p += SHAPE_HEAD;
	for (i = 0; i < n; i++) {
		if ((size_t)(end - p) < 4 || (size_t)(end - p) - 4 < weir_load32(p))
			break;
		names[i].len = weir_load32(p);
		names[i].p = p + 4;
		p += 4 + (size_t)names[i].len;
	}
	s = i == n && p == end ? weir_shape_new(f->payload[2], f->payload[3], names, n) : NULL;
	free(names);
	if (s == NULL)
		return weir_reader_damaged(r, f, "a shape whose names don't fit its length");
	s->id = (uint16_t)id;
	weir_shape_free(r->shapes[id]);
	r->shapes[id] = s;
	return 0;
}

/* The frame's place among the others: 0, or -1. */
static int
check_order(struct weir_reader *r, const struct weir_frame *f)
{
	if (f->head.kind == WEIR_FRAME_HELLO) {
		if (r->open)
			return weir_reader_damaged(r, f, "a hello inside a stream");
		r->open = true;
		r->sequenced = false;
		forget_shapes(r);
		return 0;
	}
	if (!r->open)
		return weir_reader_damaged(r, f, "a frame outside a stream");
	if (f->head.kind == WEIR_FRAME_END)
		r->open = false;
	if (f->head.kind == WEIR_FRAME_DATA) {
		if (r->sequenced && f->head.seq != r->next_seq)
			return weir_reader_damaged(r, f, "frames are missing or repeated before it");
		r->sequenced = true;
		r->next_seq = f->head.seq + f->head.count;
	}
	return 0;
}

/* The end of the descriptor at a frame's first byte, or not. */
static int
ended(struct weir_reader *r)
{
	if (r->grows) {
		r->eof = false;
		return 0;
	}
	if (r->end == r->start && r->offset == 0)
		return fail(r, WEIR_READER_EMPTY, "there is not a single byte");
	if (r->end > r->start || r->open)
		return fail(r, WEIR_READER_TRUNCATED, "it ends without an end frame");
	return 0;
}

/* As weir_reader_next; 2: it was a shape. */
static int
next_frame(struct weir_reader *r, struct weir_frame *f)
{
	const char *why;
	int rc;

	if (r->error != WEIR_READER_OK)
		return -1;
	f->offset = r->offset;
	if ((rc = want(r, 1)) > 0 && r->buf[r->start] != WEIR_FRAME_MAGIC && r->offset == 0)
		return fail(r, WEIR_READER_FOREIGN, "not a weir stream");
	if (rc > 0)
		rc = want(r, WEIR_FRAME_HEADER);
	if (rc <= 0)
		return rc < 0 ? -1 : ended(r);
	if (weir_header_decode(&f->head, r->buf + r->start, &why) != 0)
		return weir_reader_damaged(r, f, why);
	rc = want(r, WEIR_FRAME_HEADER + (size_t)f->head.payload);
	if (rc <= 0)
		return rc < 0 ? -1 : ended(r);
	f->wire = r->buf + r->start + WEIR_FRAME_HEADER;
	if (weir_header_sum(f->wire, f->head.payload) != f->head.sum)
		return weir_reader_damaged(r, f, "its payload is damaged");
	r->chain = weir_header_chain(r->chain, r->buf + r->start);
	r->start += WEIR_FRAME_HEADER + (size_t)f->head.payload;
	r->offset += WEIR_FRAME_HEADER + (uint64_t)f->head.payload;
	if (check_order(r, f) != 0 || unpack(r, f) != 0)
		return -1;
	if (f->head.kind != WEIR_FRAME_SHAPE)
		return 1;
	return take_shape(r, f) != 0 ? -1 : 2;
}

int
weir_reader_next(struct weir_reader *r, struct weir_frame *f)
{
	int rc;

	while ((rc = next_frame(r, f)) == 2)
		;
	return rc;
}

int
weir_reader_take(struct weir_reader *r, struct weir_frame *f)
{
	int rc = 2;

	while (rc == 2 && missing(r) == 0)
		rc = next_frame(r, f);
	return rc;
}
