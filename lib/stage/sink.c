/*
 * sink - see sink.h
 */
#include "stage/sink.h"
#include "base/civil.h"
#include "base/mem.h"
#include "base/say.h"
#include "base/status.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#define BUFFER (64 * 1024)

/* What segments' names end in. */
static const char *
suffix_of(const struct weir_emit_conf *conf, bool packed)
{
	switch (conf->format) {
	case WEIR_EMIT_JSON: return packed ? ".jsonl.zst" : ".jsonl";
	case WEIR_EMIT_CSV: return packed ? ".csv.zst" : ".csv";
	case WEIR_EMIT_TSV: return packed ? ".tsv.zst" : ".tsv";
	case WEIR_EMIT_LOGFMT: return packed ? ".logfmt.zst" : ".logfmt";
	default: return packed ? ".txt.zst" : ".txt";
	}
}

/* By the name of the file, or of the directory. */
static bool
is_packed(const char *path)
{
	size_t n = path != NULL ? strlen(path) : 0;

	while (n > 1 && path[n - 1] == '/')
		n--;
	return n > 4 && memcmp(path + n - 4, ".zst", 4) == 0;
}

void
weir_sink_init(struct weir_sink *s, const struct weir_emit_conf *conf, const char *path)
{
	bool packed = is_packed(path);

	memset(s, 0, sizeof(*s));
	s->emit = weir_emit_new(conf);
	s->chosen = conf->columns != NULL;
	weir_output_init(&s->output, path);
	s->output.suffix = suffix_of(conf, packed);
	if (packed)
		s->zstd = ZSTD_createCCtx();
}

struct weir_emit_conf
weir_sink_terminal(int fd)
{
	return (struct weir_emit_conf){.format = WEIR_EMIT_TABLE, .width = weir_sys_columns(fd),
	    .color = weir_say_color(fd), .terminal = true};
}

static int
write_out(struct weir_sink *s, const void *p, size_t n)
{
	if (weir_output_write(&s->output, p, n) != 0)
		return -1;
	s->bytes += n;
	return 0;
}

static int
pack(struct weir_sink *s, ZSTD_EndDirective how)
{
	ZSTD_inBuffer in = {s->buf.p, s->buf.len, 0};
	size_t left;

	weir_buf_need(&s->packed, ZSTD_CStreamOutSize());
	s->packing = how != ZSTD_e_end;
	do {
		ZSTD_outBuffer out = {s->packed.p, s->packed.cap, 0};

		left = ZSTD_compressStream2(s->zstd, &out, &in, how);
		if (ZSTD_isError(left))
			return weir_output_fail(&s->output, WEIR_EX_IOERR, EIO, "zstd: %s", ZSTD_getErrorName(left)), -1;
		if (out.pos > 0 && write_out(s, s->packed.p, out.pos) != 0)
			return -1;
	} while (how == ZSTD_e_continue ? in.pos < in.size : left > 0);
	return 0;
}

static int
drain(struct weir_sink *s, ZSTD_EndDirective how)
{
	int rc;

	if (s->zstd != NULL)
		rc = pack(s, how);
	else
		rc = write_out(s, s->buf.p, s->buf.len);
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
	return s->buf.len > 0 ? drain(s, ZSTD_e_flush) : s->output.status == 0 ? 0 : -1;
}

int
weir_sink_restore(struct weir_sink *s, const struct weir_barrier_entry *was, bool append)
{
	return weir_output_restore(&s->output, was, append) == 0 ? 0 : -1;
}

int
weir_sink_prepare(struct weir_sink *s, struct weir_barrier_entry *e)
{
	weir_emit_flush(s->emit, &s->buf);
	if ((s->buf.len > 0 || s->packing) && drain(s, ZSTD_e_end) != 0)
		return -1;
	if (weir_output_prepare(&s->output, e) != 0)
		return -1;
	if (s->output.ops == &weir_output_segments)
		weir_emit_restart(s->emit);
	return 0;
}

int
weir_sink_save(struct weir_sink *s, struct weir_out *state)
{
	static const struct weir_name name = {(const unsigned char *)"column", 6};
	const struct weir_shape *columns = weir_emit_columns(s->emit);
	struct weir_shape *shape;
	uint32_t i;
	int rc = 0;

	if (columns == NULL)
		return 0;
	shape = weir_shape_new(WEIR_FORMAT_VALUES, 0, &name, 1);
	for (i = 0; rc == 0 && i < columns->n; i++) {
		struct weir_value v = {.p = columns->names[i].p, .len = columns->names[i].len, .type = WEIR_STRING};

		rc = weir_out_values(state, shape, WEIR_TIME_NONE, &v);
	}
	weir_shape_free(shape);
	return rc;
}

int
weir_sink_load(struct weir_sink *s, const struct weir_record *rec)
{
	const struct weir_shape *columns = weir_emit_columns(s->emit);
	uint32_t n = columns != NULL && s->loaded > 0 ? columns->n : 0;
	struct weir_name *names = weir_mem_alloc((n + (size_t)1) * sizeof(*names));
	struct weir_value v;

	/* A column a record: the list grows by one. */
	if (n > 0)
		memcpy(names, columns->names, n * sizeof(*names));
	weir_record_get(rec, 0, &v);
	names[n] = (struct weir_name){v.p, v.len};
	weir_emit_resume(s->emit, names, n + 1);
	s->loaded++;
	free(names);
	return 0;
}

const char *
weir_sink_name(const struct weir_sink *s)
{
	return s->output.path != NULL ? s->output.path : "standard output";
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
	int rc = s->output.status == 0 ? 0 : -1;

	/* Under a checkpoint nothing comes behind the last barrier. */
	if (rc == 0 && !s->output.checkpointed) {
		weir_emit_flush(s->emit, &s->buf);
		if (s->buf.len > 0 || (s->output.path != NULL && s->begun))
			rc = drain(s, ZSTD_e_end);
	}
	if (weir_output_close(&s->output) != 0)
		rc = -1;
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
			return s->output.errnum != 0 ? s->output.errnum : EIO;
		rec.seq++;
	}
	return 0;
}
