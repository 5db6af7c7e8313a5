/*
 * write - frames in: text out, or frames again
 */
#include "base/say.h"
#include "base/sys.h"
#include "scat.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct writer {
	struct scat_conf *cf;
	struct weir_sink sink;
	uint64_t left;
};

static int
output_failed(struct writer *w)
{
	if (w->sink.errnum == EPIPE)
		weir_sys_die_of_pipe();
	weir_say(WEIR_SAY_ERROR, "%s: %s", weir_sink_name(&w->sink), strerror(w->sink.errnum));
	return w->sink.creating ? WEIR_EX_CANTCREAT : WEIR_EX_IOERR;
}

static int
on_flush(void *self)
{
	struct writer *w = self;

	return weir_sink_flush(&w->sink) == 0 ? 0 : output_failed(w);
}

static int
on_close(void *self, int status)
{
	struct writer *w = self;
	int errnum = w->sink.errnum;

	if (weir_sink_close(&w->sink) != 0 && status == 0 && errnum == 0)
		return output_failed(w);
	return status;
}

static int
on_hello(void *self, const struct weir_hello *h, struct weir_out *out)
{
	struct writer *w = self;

	(void)h;
	w->sink.begun = true;
	return w->left == 0 ? weir_stage_quit(out, 0) : 0;
}

static int
on_record(void *self, const struct weir_record *rec, struct weir_out *out)
{
	struct writer *w = self;
	const char *why;
	int rc = weir_sink_record(&w->sink, rec, &why);

	if (rc > 0)
		return weir_stage_bad(out, rec, "%s", why);
	if (rc < 0)
		return weir_stage_quit(out, output_failed(w));
	return --w->left == 0 ? weir_stage_quit(out, 0) : 0;
}

static int
pass_record(void *self, const struct weir_record *rec, struct weir_out *out)
{
	struct writer *w = self;
	int rc = weir_out_pass(out, rec);

	return rc == 0 && --w->left == 0 ? weir_stage_quit(out, 0) : rc;
}

static int
explain(const struct scat_conf *cf)
{
	static const char *const names[] = {"frames", "json", "csv", "tsv", "logfmt", "table", "raw"};

	printf("input     a weir stream\noutput    %s%s%s\nmemory    a buffer of 256 KiB, or of the "
	       "longest frame\n",
	    names[cf->output], cf->dest != NULL ? " to " : "", cf->dest != NULL ? cf->dest : "");
	return fflush(stdout) == 0 ? 0 : WEIR_EX_IOERR;
}

int
scat_write(struct scat_conf *cf, int fd, const char *name, const void *first, size_t nfirst)
{
	struct writer w = {.cf = cf, .left = cf->limit};
	struct weir_stage stage = {.name = "scat", .input = name, .on_hello = on_hello};

	if (cf->common.explain)
		return explain(cf);
	if (cf->output == WEIR_EMIT_FRAMES) {
		stage.flags = WEIR_STAGE_PASSES | WEIR_STAGE_FRAMES;
		stage.on_record = pass_record;
		stage.level = (int)cf->level;
		stage.path = cf->dest;
	} else {
		weir_sink_init(&w.sink, &cf->emit, cf->dest);
		stage.flags = WEIR_STAGE_SINK;
		stage.watch = cf->dest == NULL ? STDOUT_FILENO : -1;
		stage.on_record = on_record;
		stage.on_flush = on_flush;
		stage.on_close = on_close;
	}
	return weir_stage_run_from(&stage, &cf->common, &w, fd, first, nfirst);
}
