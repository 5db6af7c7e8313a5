/*
 * sink - see sink.h
 */
#include "stage/sink.h"
#include "base/say.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#define BUFFER (64 * 1024)

void
weir_sink_init(struct weir_sink *s, const struct weir_emit_conf *conf, const char *path)
{
	size_t n = path != NULL ? strlen(path) : 0;

	memset(s, 0, sizeof(*s));
	s->emit = weir_emit_new(conf);
	s->chosen = conf->columns != NULL;
	s->path = path;
	s->fd = path != NULL ? -1 : STDOUT_FILENO;
	if (n > 4 && strcmp(path + n - 4, ".zst") == 0)
		s->zstd = ZSTD_createCCtx();
}

struct weir_emit_conf
weir_sink_terminal(int fd)
{
	return (struct weir_emit_conf){.format = WEIR_EMIT_TABLE, .width = weir_sys_columns(fd),
	    .color = weir_say_color(fd), .terminal = true};
}

static int
failed(struct weir_sink *s, int errnum)
{
	s->errnum = errnum;
	return -1;
}

static int
write_out(struct weir_sink *s, const void *p, size_t n)
{
	if (weir_sys_write(s->fd, p, n) != 0)
		return failed(s, errno);
	s->bytes += n;
	return 0;
}

static int
pack(struct weir_sink *s, ZSTD_EndDirective how)
{
	ZSTD_inBuffer in = {s->buf.p, s->buf.len, 0};
	size_t left;

	weir_buf_need(&s->packed, ZSTD_CStreamOutSize());
	do {
		ZSTD_outBuffer out = {s->packed.p, s->packed.cap, 0};

		left = ZSTD_compressStream2(s->zstd, &out, &in, how);
		if (ZSTD_isError(left))
			return failed(s, EIO);
		if (out.pos > 0 && write_out(s, s->packed.p, out.pos) != 0)
			return -1;
	} while (how == ZSTD_e_continue ? in.pos < in.size : left > 0);
	return 0;
}

static int
drain(struct weir_sink *s, ZSTD_EndDirective how)
{
	int rc;

	if (s->errnum != 0)
		return -1;
	if (s->fd < 0 && (s->fd = open(s->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) < 0) {
		s->creating = true;
		return failed(s, errno);
	}
	if (s->zstd != NULL)
		rc = pack(s, how);
	else
		rc = s->buf.len > 0 ? write_out(s, s->buf.p, s->buf.len) : 0;
	weir_buf_clear(&s->buf);
	return rc;
}

int
weir_sink_record(struct weir_sink *s, const struct weir_record *r, const char **why)
{
	size_t before = s->buf.len;

	if (weir_emit_record(s->emit, r, &s->buf, why) != 0)
		return 1;
	if (*r->damage) {
		s->buf.len = before;
		return 0;
	}
	s->records++;
	return s->buf.len >= BUFFER ? drain(s, ZSTD_e_continue) : 0;
}

int
weir_sink_flush(struct weir_sink *s)
{
	weir_emit_flush(s->emit, &s->buf);
	return s->buf.len > 0 ? drain(s, ZSTD_e_flush) : s->errnum == 0 ? 0 : -1;
}

const char *
weir_sink_name(const struct weir_sink *s)
{
	return s->path != NULL ? s->path : "standard output";
}

static void
report(struct weir_emit *e, bool chosen)
{
	if (e->replaced > 0)
		weir_say(WEIR_SAY_WARNING, "%" PRIu64 " byte%s not UTF-8 and left as U+FFFD; -O raw keeps them",
		    e->replaced, e->replaced == 1 ? " was" : "s were");
	if (e->dropped > 0 && !chosen)
		weir_say(WEIR_SAY_WARNING,
		    "%" PRIu64 " field%s left out because the header lacks them, \"%s\" first; --columns names them",
		    e->dropped, e->dropped == 1 ? " was" : "s were", weir_buf_cstr(&e->first_dropped));
}

int
weir_sink_close(struct weir_sink *s)
{
	int rc = s->errnum == 0 ? 0 : -1;

	if (rc == 0) {
		weir_emit_flush(s->emit, &s->buf);
		if (s->buf.len > 0 || (s->path != NULL && s->begun))
			rc = drain(s, ZSTD_e_end);
	}
	if (s->fd >= 0 && close(s->fd) != 0 && rc == 0)
		rc = failed(s, errno);
	s->fd = -1;
	report(s->emit, s->chosen);
	weir_emit_free(s->emit);
	ZSTD_freeCCtx(s->zstd);
	weir_buf_release(&s->buf);
	weir_buf_release(&s->packed);
	return rc;
}

int
weir_sink_tap(void *ctx, const unsigned char *entries, size_t len,
    struct weir_shape *const *shapes, uint64_t seq)
{
	struct weir_sink *s = ctx;
	struct weir_record rec = {.damage = &s->damage, .seq = seq, .watermark = INT64_MIN};
	const char *why;
	size_t at;

	for (at = 0; at < len; at += rec.size) {
		if (weir_record_open(&rec, entries + at, len - at) != 0)
			return EPROTO;
		if ((rec.flags & WEIR_ENTRY_KIND) != WEIR_ENTRY_RECORD)
			continue;
		if (weir_record_bind(&rec, shapes[weir_record_shape_id(&rec)]) != 0)
			return EPROTO;
		if (weir_sink_record(s, &rec, &why) < 0)
			return s->errnum;
		rec.seq++;
	}
	return 0;
}
