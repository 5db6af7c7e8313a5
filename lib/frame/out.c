/*
 * out - see out.h
 *
 * The buffer has room for a header in front of the payload, so a frame of copied
 * entries is one write. A run that is RUN_DIRECT bytes or longer is written
 * from the input's frame: hashing it costs less than copying it. What is packed packs better with its neighbours.
 */
#include "frame/out_core.h"
#include "base/mem.h"
#include "base/sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define RUN_DIRECT (16 * 1024)
#define NO_WATERMARK SIZE_MAX

static size_t
frame_size(void)
{
	const char *s = getenv("WEIR_FRAME_SIZE");
	unsigned long n = s != NULL ? strtoul(s, NULL, 0) : 0;

	return n >= 1 && n <= 1024 * 1024 ? n : WEIR_FRAME_SIZE;
}

void
weir_out_init(struct weir_out *o, int fd)
{
	memset(o, 0, sizeof(*o));
	o->fd = fd;
	o->promised = o->told = o->before = INT64_MIN;
	o->limit = frame_size();
	o->cap = o->limit;
	o->buf = weir_mem_alloc(WEIR_FRAME_HEADER + o->cap);
	o->last = NO_WATERMARK;
	if (fd >= 0)
		weir_sys_grow_pipe(fd, 1024 * 1024);
}

void
weir_out_init_tap(struct weir_out *o, weir_out_tap tap, void *ctx)
{
	weir_out_init(o, -1);
	o->tap = tap;
	o->ctx = ctx;
}

void
weir_out_unbind(struct weir_out *o)
{
	unsigned i;

	for (i = 0; i < WEIR_SHAPE_IDS; i++)
		weir_shape_free(o->bound[i]), o->bound[i] = NULL;
}

void
weir_out_release(struct weir_out *o)
{
	weir_out_unbind(o);
	ZSTD_freeCCtx(o->zstd);
	weir_transpose_release(&o->transpose);
	weir_buf_release(&o->packed);
	weir_buf_release(&o->scratch);
	free(o->buf);
	o->buf = NULL;
}

void
weir_out_gather(struct weir_out *o, size_t bytes, bool columns)
{
	o->columns = columns;
	o->limit = o->cap = bytes;
	o->buf = weir_mem_realloc(o->buf, WEIR_FRAME_HEADER + bytes, 1);
}

int
weir_out_compress(struct weir_out *o, int level)
{
	if (level < 0 || level > ZSTD_maxCLevel())
		return -1;
	o->level = level;
	if (level > 0 && o->zstd == NULL)
		o->zstd = ZSTD_createCCtx();
	return level == 0 || o->zstd != NULL ? 0 : -1;
}

static int
failed(struct weir_out *o, int errnum)
{
	o->errnum = errnum;
	return -1;
}

/* Packs the payload; NULL if that fails or doesn't make it smaller. */
static unsigned char *
pack(struct weir_out *o, const unsigned char *payload, size_t *len)
{
	size_t n, bound = ZSTD_compressBound(*len);
	unsigned char *room;

	weir_buf_clear(&o->packed);
	room = weir_buf_need(&o->packed, WEIR_FRAME_HEADER + bound);
	n = ZSTD_compressCCtx(o->zstd, room + WEIR_FRAME_HEADER, bound, payload, *len, o->level);
	if (ZSTD_isError(n) || n >= *len)
		return NULL;
	*len = n;
	return room;
}

int
weir_out_frame(struct weir_out *o, struct weir_header *h, unsigned char *room,
    const unsigned char *payload, size_t len, const uint32_t *sum)
{
	unsigned char head[WEIR_FRAME_HEADER], *packed = NULL;

	if (o->errnum != 0)
		return -1;
	if (o->tap != NULL)
		return 0;
	if (o->columns && o->level > 0 && h->kind == WEIR_FRAME_DATA &&
	    weir_transpose_encode(&o->transpose, payload, len, o->bound) == 0) {
		room = NULL;
		payload = o->transpose.out.p;
		len = o->transpose.out.len;
		sum = NULL;
		h->flags |= WEIR_FRAME_COLUMNS;
	}
	h->plain = (uint32_t)len;
	if (o->level > 0 && len > 0 && (packed = pack(o, payload, &len)) != NULL) {
		room = packed;
		payload = room + WEIR_FRAME_HEADER;
		sum = NULL;
		h->flags |= WEIR_FRAME_ZSTD;
	}
	h->payload = (uint32_t)len;
	h->sum = sum != NULL ? *sum : weir_header_sum(payload, len);
	weir_header_encode(room != NULL ? room : head, h);
	if (room != NULL ? weir_sys_write(o->fd, room, WEIR_FRAME_HEADER + len) != 0
	                 : weir_sys_write2(o->fd, head, sizeof(head), payload, len) != 0)
		return failed(o, errno);
	o->chain = weir_header_chain(o->chain, room != NULL ? room : head);
	o->bytes += WEIR_FRAME_HEADER + len;
	return 0;
}

static int
send_data(struct weir_out *o, unsigned char *room, const unsigned char *payload, size_t len,
    uint32_t count, const uint32_t *sum)
{
	struct weir_header h = {.kind = WEIR_FRAME_DATA, .seq = o->records - count, .count = count};

	if (o->tap != NULL && o->errnum == 0) {
		int errnum = o->tap(o->ctx, payload, len, o->bound, h.seq);

		return errnum == 0 ? 0 : failed(o, errnum);
	}
	return weir_out_frame(o, &h, room, payload, len, sum);
}

/* Sends the buffer, which is empty afterwards. */
static int
send_buffer(struct weir_out *o)
{
	size_t len = o->len;
	uint32_t count = o->count;

	if (len == 0)
		return 0;
	o->len = 0;
	o->count = 0;
	o->last = NO_WATERMARK;
	return send_data(o, o->buf, o->buf + WEIR_FRAME_HEADER, len, count, NULL);
}

static unsigned char *
make_room(struct weir_out *o, size_t n)
{
	if (o->len > 0 && send_buffer(o) != 0)
		return NULL;
	if (n > o->cap) {
		o->buf = weir_mem_realloc(o->buf, WEIR_FRAME_HEADER + n, 1);
		o->cap = n;
	}
	return o->buf + WEIR_FRAME_HEADER;
}

/* Room for n more bytes of one entry in the buffer, or NULL. */
static inline unsigned char *
room_for(struct weir_out *o, size_t n)
{
	if (o->len + n <= o->limit)
		return o->buf + WEIR_FRAME_HEADER + o->len;
	return make_room(o, n);
}

/* Moves the run into the buffer, or writes it where it lies. */
static int
drop_run(struct weir_out *o)
{
	const unsigned char *run = o->run;
	size_t n = o->nrun;
	uint32_t count = o->run_count;
	unsigned char *p;

	if (n == 0)
		return 0;
	o->nrun = 0;
	o->run_count = 0;
	if (n >= (o->level > 0 ? o->limit / 2 : RUN_DIRECT) && n <= o->limit && o->tap == NULL) {
		o->records -= count;
		if (send_buffer(o) != 0)
			return -1;
		o->records += count;
		return send_data(o, NULL, run, n, count, NULL);
	}
	if (o->len + n > o->limit && o->len > 0) {
		o->records -= count;
		if (send_buffer(o) != 0)
			return -1;
		o->records += count;
	}
	if ((p = room_for(o, n)) == NULL)
		return -1;
	memcpy(p, run, n);
	o->len += n;
	o->count += count;
	o->last = NO_WATERMARK;
	return 0;
}

static int
put_mark(struct weir_out *o, unsigned kind, int64_t time)
{
	unsigned char *p;

	if (kind == WEIR_ENTRY_WATERMARK && o->last != NO_WATERMARK) {
		weir_store64(o->buf + WEIR_FRAME_HEADER + o->last + 8, (uint64_t)time);
		return 0;
	}
	if ((p = room_for(o, WEIR_ENTRY_SIZE)) == NULL)
		return -1;
	memset(p, 0, WEIR_ENTRY_SIZE);
	weir_store32(p, WEIR_ENTRY_SIZE);
	p[6] = (unsigned char)kind;
	weir_store64(p + 8, (uint64_t)time);
	o->last = kind == WEIR_ENTRY_WATERMARK ? o->len : NO_WATERMARK;
	o->len += WEIR_ENTRY_SIZE;
	return 0;
}

/* Tells the promised watermark if it is not known yet. */
static int
tell(struct weir_out *o)
{
	if (o->promised <= o->told)
		return 0;
	if (drop_run(o) != 0)
		return -1;
	/* Who keeps what has closed for a while has to see how far it went before all closes. */
	if (o->promised == INT64_MAX) {
		if (o->before > o->told && put_mark(o, WEIR_ENTRY_WATERMARK, o->before) != 0)
			return -1;
		o->last = NO_WATERMARK;
	}
	if (put_mark(o, WEIR_ENTRY_WATERMARK, o->promised) != 0)
		return -1;
	o->told = o->promised;
	return 0;
}

/* A record of this time has been put: what its readers conclude from it. */
static inline void
imply(struct weir_out *o, int64_t time)
{
	if (o->implied && time >= INT64_MIN + 1 + o->delay && time - o->delay > o->told) {
		o->told = time - o->delay;
		if (o->told > o->promised)
			o->promised = o->told;
	}
}

static int
send_shape(struct weir_out *o, const struct weir_shape *s)
{
	struct weir_header h = {.kind = WEIR_FRAME_SHAPE};
	unsigned char head[8];
	struct weir_buf *b = &o->scratch;
	uint32_t i;

	weir_buf_clear(b);
	weir_store16(head, s->id);
	head[2] = s->format;
	head[3] = s->param;
	weir_store32(head + 4, s->n);
	weir_buf_put(b, head, sizeof(head));
	for (i = 0; i < s->n; i++) {
		weir_store32(head, s->names[i].len);
		weir_buf_put(b, head, 4);
		weir_buf_put(b, s->names[i].p, s->names[i].len);
	}
	if (b->len > WEIR_FRAME_MAX)
		return failed(o, EMSGSIZE);
	return weir_out_frame(o, &h, NULL, b->p, b->len, NULL);
}

/* Makes the shape's id mean the shape. A shape frame goes ahead of the records
 * in the buffer, so they are sent first if they may mean the id's old shape. */
static int
bind(struct weir_out *o, struct weir_shape *s)
{
	if (o->bound[s->id] != NULL && (drop_run(o) != 0 || send_buffer(o) != 0))
		return -1;
	weir_shape_free(o->bound[s->id]);
	o->bound[s->id] = weir_shape_ref(s);
	return send_shape(o, s);
}

static inline int
ready(struct weir_out *o, struct weir_shape *s)
{
	if (o->bound[s->id] != s && bind(o, s) != 0)
		return -1;
	return o->promised > o->told ? tell(o) : 0;
}

static inline int
put_record(struct weir_out *o, size_t n, int64_t time)
{
	o->len += n;
	o->count++;
	o->records++;
	o->last = NO_WATERMARK;
	imply(o, time);
	return o->len >= o->limit ? send_buffer(o) : 0;
}

int
weir_out_text(struct weir_out *o, struct weir_shape *shape, int64_t time, unsigned flags,
    const void *text, size_t len, const struct weir_slot *slots, const int64_t *words,
    unsigned nwords)
{
	size_t bound = weir_record_bound(shape->n, nwords, len);
	unsigned char *p;

	if (bound > WEIR_RECORD_MAX)
		return 1;
	if (ready(o, shape) != 0 || (o->nrun > 0 && drop_run(o) != 0) || (p = room_for(o, bound)) == NULL)
		return -1;
	return put_record(o,
	    weir_record_encode_text(p, shape->id, shape->n, time, flags, text, len, slots, words, nwords),
	    time);
}

int
weir_out_values(struct weir_out *o, struct weir_shape *shape, int64_t time,
    const struct weir_value *v)
{
	size_t bytes = weir_record_weigh(v, shape->n);
	size_t bound = weir_record_bound(shape->n, 0, bytes);
	unsigned char *p;

	if (bound > WEIR_RECORD_MAX)
		return 1;
	if (ready(o, shape) != 0 || (o->nrun > 0 && drop_run(o) != 0) || (p = room_for(o, bound)) == NULL)
		return -1;
	return put_record(o,
	    weir_record_encode_values(p, shape->id, shape->n, time, v, bytes), time);
}

unsigned char *
weir_out_room(struct weir_out *o, struct weir_shape *shape, size_t n)
{
	if (ready(o, shape) != 0 || (o->nrun > 0 && drop_run(o) != 0))
		return NULL;
	return room_for(o, n);
}

int
weir_out_take(struct weir_out *o, size_t size, int64_t time)
{
	return put_record(o, size, time);
}

int
weir_out_pass(struct weir_out *o, const struct weir_record *r)
{
	struct weir_shape *s = (struct weir_shape *)(uintptr_t)r->shape;

	if (ready(o, s) != 0)
		return -1;
	if (o->run + o->nrun != r->p || o->nrun == 0 || o->nrun + r->size > o->limit) {
		if (drop_run(o) != 0)
			return -1;
		o->run = r->p;
	}
	o->nrun += r->size;
	o->run_count++;
	o->records++;
	imply(o, r->time);
	return 0;
}

int
weir_out_copy(struct weir_out *o, const struct weir_record *r)
{
	struct weir_shape *s = (struct weir_shape *)(uintptr_t)r->shape;
	unsigned char *p;

	if (ready(o, s) != 0 || (o->nrun > 0 && drop_run(o) != 0) || (p = room_for(o, r->size)) == NULL)
		return -1;
	memcpy(p, r->p, r->size);
	weir_store16(p + 4, s->id);
	return put_record(o, r->size, r->time);
}

int
weir_out_idle(struct weir_out *o)
{
	if (tell(o) != 0 || drop_run(o) != 0)
		return -1;
	return put_mark(o, WEIR_ENTRY_IDLE, 0);
}

int
weir_out_gap(struct weir_out *o, uint64_t n)
{
	return drop_run(o) != 0 ? -1 : put_mark(o, WEIR_ENTRY_IDLE, (int64_t)n);
}

int
weir_out_settle(struct weir_out *o, const unsigned char *whole, size_t len, uint32_t sum)
{
	uint32_t count = o->run_count;

	if (o->nrun != len || o->run != whole || len == 0 || o->level > 0)
		return drop_run(o);
	o->records -= count;
	o->nrun = 0;
	o->run_count = 0;
	if (send_buffer(o) != 0)
		return -1;
	o->records += count;
	return send_data(o, NULL, whole, len, count, &sum);
}

int
weir_out_flush(struct weir_out *o)
{
	if (tell(o) != 0 || drop_run(o) != 0)
		return -1;
	return send_buffer(o);
}

int
weir_out_beat(struct weir_out *o)
{
	if (weir_out_flush(o) != 0)
		return -1;
	return o->tap != NULL ? 0 : send_data(o, NULL, (const unsigned char *)"", 0, 0, NULL);
}

bool
weir_out_pending(const struct weir_out *o)
{
	return o->len > 0 || o->nrun > 0 || o->promised > o->told;
}
