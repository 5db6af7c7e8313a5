/*
 * log - a log as the one source: what sreplay keeps, printed
 *
 * sreplay plays a log at a pace, follows it and keeps a reader's place; this only reads what is there.
 */
#include "base/say.h"
#include "log/cursor.h"
#include "scat.h"

#include <unistd.h>

struct log_reader {
	struct scat_conf *cf;
	const char *path;
	struct weir_log log;
	struct weir_cursor cursor;
	struct weir_out *out;
	uint64_t left;
	bool opened;
};

static int
on_hello(void *self, struct weir_hello *h, struct weir_out *out)
{
	struct log_reader *r = self;
	int rc = weir_log_open(&r->log, r->path);

	r->out = out;
	if (rc == 0 && r->log.partitions > 0)
		rc = weir_log_fail(&r->log, WEIR_EX_USAGE, "it has partitions: sreplay %s | scat merges them, %s/0 is one", r->path, r->path);
	if (rc == 0)
		rc = weir_cursor_init(&r->cursor, &r->log, false);
	r->opened = rc == 0;
	if (rc != 0)
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&r->log.why));
	weir_hello_add_source(h, r->path);
	return rc;
}

static int
next(void *self, struct weir_out *out)
{
	struct log_reader *r = self;
	struct weir_cursor *c = &r->cursor;
	int rc;

	while (r->left > 0)
		switch (weir_cursor_next(c)) {
		case WEIR_CURSOR_RECORD:
			r->left--;
			weir_out_watermark(out, c->rec.watermark);
			rc = weir_out_pass(out, &c->rec);
			return rc == 0 ? 1 : rc;
		case WEIR_CURSOR_WATERMARK:
			weir_out_watermark(out, c->watermark);
			break;
		case WEIR_CURSOR_FRAME:
			weir_out_watermark(out, c->watermark);
			if (weir_out_settle(out, c->f.payload, c->f.head.flags == 0 ? c->f.len : 0, c->f.head.sum) != 0)
				return -1;
			break;
		case WEIR_CURSOR_HELLO:
			break;
		case WEIR_CURSOR_NONE:
			return 0;
		case WEIR_CURSOR_FAILED:
			return weir_stage_fail(out, c->status, "%s", weir_buf_cstr(&r->log.why));
		}
	return 0;
}

static int
on_close(void *self, int status)
{
	struct log_reader *r = self;

	/* What was passed on lies in the cursor's memory. */
	if (r->out != NULL && r->out->errnum == 0)
		(void)!weir_out_settle(r->out, NULL, 0, 0);
	if (r->opened)
		weir_cursor_release(&r->cursor);
	weir_log_release(&r->log);
	return status;
}

int
scat_log(struct scat_conf *cf, const char *path)
{
	struct weir_source source = {.name = "scat", .on_hello = on_hello, .next = next, .on_close = on_close};
	struct log_reader r = {.cf = cf, .path = path, .log = WEIR_LOG_NONE, .left = cf->limit};
	struct weir_source_dest dest = {.path = cf->dest, .fd = STDOUT_FILENO, .level = (int)cf->level};
	struct weir_sink sink;

	if (cf->output != WEIR_EMIT_FRAMES) {
		weir_sink_init(&sink, &cf->emit, cf->dest);
		dest.sink = &sink;
	}
	return weir_source_run(&source, &cf->common, &r, &dest);
}
