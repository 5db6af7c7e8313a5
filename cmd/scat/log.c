/*
 * log - a log as the one source: what sreplay keeps, printed; its partitions merged by event time, as sreplay does
 *
 * sreplay plays a log at a pace, follows it and keeps a reader's place; this only reads what is there.
 */
#include "base/say.h"
#include "log/whole.h"
#include "scat.h"

#include <unistd.h>

struct log_reader {
	struct scat_conf *cf;
	const char *path;
	struct weir_whole whole;
	struct weir_out *out;            /* NULL: not opened */
	uint64_t left;
};

static int
on_hello(void *self, struct weir_hello *h, struct weir_out *out)
{
	struct log_reader *r = self;
	int rc = weir_whole_open(&r->whole, r->path, false);

	r->out = out;
	weir_hello_add_source(h, r->path);
	if (rc != 0)
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&r->whole.log.why));
	return rc;
}

static int
put(struct log_reader *r, struct weir_out *out)
{
	const struct weir_record *rec = &r->whole.merge.at->rec;
	int rc;

	r->left--;
	weir_out_watermark(out, rec->watermark);
	rc = r->whole.n == 1 ? weir_out_pass(out, rec) : weir_out_copy(out, rec);
	return rc == 0 ? 1 : rc;
}

static int
next(void *self, struct weir_out *out)
{
	struct log_reader *r = self;
	const struct weir_cursor *c = r->whole.cursors;

	while (r->left > 0)
		switch (weir_merge_next(&r->whole.merge)) {
		case WEIR_CURSOR_RECORD: return put(r, out);
		case WEIR_CURSOR_WATERMARK:
			weir_out_watermark(out, r->whole.n == 1 ? c->watermark : r->whole.merge.watermark);
			break;
		case WEIR_CURSOR_FRAME:
			/* Only where there is one. */
			weir_out_watermark(out, c->watermark);
			if (weir_out_settle(out, c->f.payload, c->f.head.flags == 0 ? c->f.len : 0, c->f.head.sum) != 0)
				return -1;
			break;
		case WEIR_CURSOR_HELLO: break;
		case WEIR_CURSOR_NONE: return 0;
		case WEIR_CURSOR_FAILED:
			c = r->whole.merge.at;
			return weir_stage_fail(out, c->status, "%s", weir_buf_cstr(&c->log->why));
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
	if (r->out != NULL)
		weir_whole_release(&r->whole);
	return status;
}

int
scat_log(struct scat_conf *cf, const char *path)
{
	struct weir_source source = {.name = "scat", .on_hello = on_hello, .next = next, .on_close = on_close};
	struct log_reader r = {.cf = cf, .path = path, .left = cf->limit};
	struct weir_source_dest dest = {.path = cf->dest, .fd = STDOUT_FILENO, .level = (int)cf->level};
	struct weir_sink sink;

	if (cf->output != WEIR_EMIT_FRAMES) {
		weir_sink_init(&sink, &cf->emit, cf->dest);
		dest.sink = &sink;
	}
	return weir_source_run(&source, &cf->common, &r, &dest);
}
