/*
 * codec - see codec.h. Each library's state is one member of a union; its step
 * function turns what is in the buffer into plain bytes until one of the two is
 * used up or a member ends.
 *
 * Memory is bounded: zstd windows up to 8 MiB (what the zstd program makes up to
 * level 19 without --long), xz up to 128 MiB (its level 9 takes 65).
 *
 * Sources: RFC 1952 (gzip), RFC 8878 (zstd), the .xz file format 1.2.0, the
 * bzip2 manual.
 */
#include "text/codec.h"
#include "base/mem.h"

#include <bzlib.h>
#include <limits.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define ROOM ((size_t)64 * 1024)
#define MAGIC 10 /* the longest magic number */
#define ZSTD_WINDOW_LOG 23
#define XZ_MEMORY (UINT64_C(128) << 20)

struct kind {
	const char *name, *bad, *cut;
	/* Takes from in[pos, len), writes to out. The bytes written, or -1. */
	ssize_t (*step)(struct weir_codec *c, unsigned char *out, size_t room);
	void (*release)(struct weir_codec *c);
};

struct weir_codec {
	const struct kind *kind;
	const char *why;
	bool ready;       /* the library's state is set up */
	bool open;        /* inside a member */
	bool full;        /* the last step filled its room: there may be more without input */
	union {
		z_stream gzip;
		lzma_stream xz;
		bz_stream bzip2;
		ZSTD_DCtx *zstd;
	} u;
	size_t pos, len, cap;
	unsigned char in[];
};

static ssize_t
fail(struct weir_codec *c, const char *why)
{
	c->why = why;
	return -1;
}

/* Between two members lie zeros, or nothing. */
static bool
another_member(struct weir_codec *c)
{
	while (c->ready && c->pos < c->len && c->in[c->pos] == 0)
		c->pos++;
	return c->pos < c->len;
}

static ssize_t
gzip_step(struct weir_codec *c, unsigned char *out, size_t room)
{
	z_stream *z = &c->u.gzip;
	int rc = Z_OK;

	if (!c->open) {
		if (!another_member(c))
			return 0;
		rc = c->ready ? inflateReset(z) : inflateInit2(z, 16 + MAX_WBITS);
		if (rc != Z_OK)
			return fail(c, "gzip: out of memory");
		c->ready = c->open = true;
	}
	z->next_in = c->in + c->pos;
	z->avail_in = (uInt)(c->len - c->pos);
	z->next_out = out;
	z->avail_out = (uInt)room;
	rc = inflate(z, Z_NO_FLUSH);
	c->pos = c->len - z->avail_in;
	if (rc == Z_STREAM_END)
		c->open = false;
	else if (rc != Z_OK && rc != Z_BUF_ERROR)
		return fail(c, c->kind->bad);
	return (ssize_t)(room - z->avail_out);
}

static void
gzip_release(struct weir_codec *c)
{
	inflateEnd(&c->u.gzip);
}

static ssize_t
xz_step(struct weir_codec *c, unsigned char *out, size_t room)
{
	lzma_stream *s = &c->u.xz;
	lzma_ret rc;

	if (!c->open) {
		if (!another_member(c))
			return 0;
		if (lzma_stream_decoder(s, XZ_MEMORY, 0) != LZMA_OK)
			return fail(c, "xz: out of memory");
		c->ready = c->open = true;
	}
	s->next_in = c->in + c->pos;
	s->avail_in = c->len - c->pos;
	s->next_out = out;
	s->avail_out = room;
	rc = lzma_code(s, LZMA_RUN);
	c->pos = c->len - s->avail_in;
	if (rc == LZMA_STREAM_END)
		c->open = false;
	else if (rc == LZMA_MEMLIMIT_ERROR)
		return fail(c, "xz: needs more than 128 MiB of memory");
	else if (rc != LZMA_OK && rc != LZMA_BUF_ERROR)
		return fail(c, c->kind->bad);
	return (ssize_t)(room - s->avail_out);
}

static void
xz_release(struct weir_codec *c)
{
	lzma_end(&c->u.xz);
}

static ssize_t
bzip2_step(struct weir_codec *c, unsigned char *out, size_t room)
{
	bz_stream *s = &c->u.bzip2;
	int rc;

	if (!c->open) {
		if (c->pos == c->len)
			return 0;
		if (BZ2_bzDecompressInit(s, 0, 0) != BZ_OK)
			return fail(c, "bzip2: out of memory");
		c->ready = c->open = true;
	}
	s->next_in = (char *)c->in + c->pos;
	s->avail_in = (unsigned)(c->len - c->pos);
	s->next_out = (char *)out;
	s->avail_out = (unsigned)room;
	rc = BZ2_bzDecompress(s);
	c->pos = c->len - s->avail_in;
	if (rc == BZ_STREAM_END) {
		BZ2_bzDecompressEnd(s);
		c->ready = c->open = false;
	} else if (rc != BZ_OK) {
		return fail(c, c->kind->bad);
	}
	return (ssize_t)(room - s->avail_out);
}

static void
bzip2_release(struct weir_codec *c)
{
	BZ2_bzDecompressEnd(&c->u.bzip2);
}

static ssize_t
zstd_step(struct weir_codec *c, unsigned char *out, size_t room)
{
	ZSTD_inBuffer in = {c->in, c->len, c->pos};
	ZSTD_outBuffer to = {out, room, 0};
	size_t rc;

	if (!c->ready) {
		c->u.zstd = ZSTD_createDCtx();
		if (c->u.zstd == NULL)
			return fail(c, "zstd: out of memory");
		ZSTD_DCtx_setParameter(c->u.zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
		c->ready = true;
	}
	rc = ZSTD_decompressStream(c->u.zstd, &to, &in);
	if (ZSTD_getErrorCode(rc) == ZSTD_error_frameParameter_windowTooLarge)
		return fail(c, "zstd: made with a window over 8 MiB (--long, --ultra)");
	if (ZSTD_isError(rc))
		return fail(c, c->kind->bad);
	if (in.pos > c->pos || to.pos > 0)
		c->open = rc != 0;
	c->pos = in.pos;
	return (ssize_t)to.pos;
}

static void
zstd_release(struct weir_codec *c)
{
	ZSTD_freeDCtx(c->u.zstd);
}

static const struct kind kinds[] = {
	{"zstd", "zstd: bad data", "zstd: unexpected end of data", zstd_step, zstd_release},
	{"gzip", "gzip: bad data", "gzip: unexpected end of data", gzip_step, gzip_release},
	{"xz", "xz: bad data", "xz: unexpected end of data", xz_step, xz_release},
	{"bzip2", "bzip2: bad data", "bzip2: unexpected end of data", bzip2_step, bzip2_release},
};

/* Each byte of a magic number lies in [low, high]. */
static const struct {
	int kind;
	unsigned len;
	unsigned char low[MAGIC], high[MAGIC];
} magics[] = {
	{0, 4, {0x28, 0xb5, 0x2f, 0xfd}, {0x28, 0xb5, 0x2f, 0xfd}},
	{0, 4, {0x50, 0x2a, 0x4d, 0x18}, {0x5f, 0x2a, 0x4d, 0x18}}, /* a skippable frame */
	{1, 2, {0x1f, 0x8b}, {0x1f, 0x8b}},
	{2, 6, {0xfd, '7', 'z', 'X', 'Z', 0}, {0xfd, '7', 'z', 'X', 'Z', 0}},
	{3, 10, {'B', 'Z', 'h', '1', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59},
	    {'B', 'Z', 'h', '9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59}},
	{3, 10, {'B', 'Z', 'h', '1', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90}, /* of nothing */
	    {'B', 'Z', 'h', '9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90}},
};

int
weir_codec_detect(const unsigned char *p, size_t n)
{
	int answer = -1;
	size_t i;
	unsigned k;

	for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		for (k = 0; k < magics[i].len && k < n; k++)
			if (p[k] < magics[i].low[k] || p[k] > magics[i].high[k])
				break;
		if (k == magics[i].len)
			return magics[i].kind;
		if (k == n)
			answer = -2;
	}
	return answer;
}

struct weir_codec *
weir_codec_new(int number, const void *first, size_t n)
{
	size_t cap = n > ROOM ? n : ROOM;
	struct weir_codec *c = weir_mem_alloc(sizeof(*c) + cap);

	memset(c, 0, sizeof(*c));
	c->kind = &kinds[number];
	c->cap = cap;
	c->len = n;
	memcpy(c->in, first, n);
	return c;
}

void
weir_codec_free(struct weir_codec *c)
{
	if (c != NULL && c->ready)
		c->kind->release(c);
	free(c);
}

const char *
weir_codec_name(const struct weir_codec *c)
{
	return c->kind->name;
}

const char *
weir_codec_why(const struct weir_codec *c)
{
	return c->why;
}

unsigned char *
weir_codec_room(struct weir_codec *c, size_t *n)
{
	c->pos = c->len = 0;
	*n = c->cap;
	return c->in;
}

void
weir_codec_put(struct weir_codec *c, size_t n)
{
	c->len = n;
}

ssize_t
weir_codec_read(struct weir_codec *c, unsigned char *out, size_t room)
{
	if (room > INT_MAX)
		room = INT_MAX;
	while (c->why == NULL && (c->pos < c->len || c->full)) {
		size_t before = c->pos;
		ssize_t n = c->kind->step(c, out, room);

		if (n < 0)
			break;
		c->full = (size_t)n == room;
		if (n > 0)
			return n;
		if (c->pos == before && c->pos < c->len)
			return fail(c, c->kind->bad);
	}
	return c->why == NULL ? 0 : -1;
}

int
weir_codec_end(struct weir_codec *c)
{
	return c->open ? (int)fail(c, c->kind->cut) : 0;
}
