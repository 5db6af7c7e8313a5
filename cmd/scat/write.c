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
	struct weir_output *o = &w->sink.output;

	if (o->errnum == EPIPE)
		weir_sys_die_of_pipe();
	weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&o->why));
	return o->status;
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
	int before = w->sink.output.status;

	if (weir_sink_close(&w->sink) != 0 && status == 0 && before == 0)
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
on_save(void *self, struct weir_out *state)
{
	struct writer *w = self;

	return weir_sink_save(&w->sink, state);
}

static int
on_load(void *self, const struct weir_record *rec)
{
	struct writer *w = self;

	return weir_sink_load(&w->sink, rec);
}

static int
on_restore(void *self, const struct weir_barrier_entry *was, bool discard)
{
	struct writer *w = self;

	w->sink.output.discard = discard;
	if (w->cf->dest == NULL && !isatty(STDOUT_FILENO))
		weir_say(WEIR_SAY_WARNING,
		    "exactly once ends at this pipe: what its reader has not finished at a crash may be lost to it; -o FILE keeps it");
	return weir_sink_restore(&w->sink, was, w->cf->append) == 0 ? 0 : output_failed(w);
}

static int
on_prepare(void *self, struct weir_barrier_entry *mine)
{
	struct writer *w = self;

	return weir_sink_prepare(&w->sink, mine) == 0 ? 0 : output_failed(w);
}

static int
on_publish(void *self)
{
	struct writer *w = self;

	return weir_output_publish(&w->sink.output) == 0 ? 0 : output_failed(w);
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

/* Nothing is written to it: a neighbour's pipe must not be held open by this process. */
static void
leave_stdout(void)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && fd != STDOUT_FILENO) {
		dup2(fd, STDOUT_FILENO);
		close(fd);
	}
}

static int
explain(const struct scat_conf *cf)
{
	static const char *const names[] = {"frames", "json", "csv", "tsv", "logfmt", "table", "raw"};

	printf("input     a weir stream\noutput    %s%s%s\nmemory    a buffer of 256 KiB, or of the "
	       "longest frame\n",
	    names[cf->output], cf->dest != NULL ? " to " : "", cf->dest != NULL ? cf->dest : "");
	return weir_say_flushed();
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
		if (cf->dest != NULL)
			leave_stdout();
		stage.flags = WEIR_STAGE_SINK;
		stage.watch = cf->dest == NULL ? STDOUT_FILENO : -1;
		stage.on_record = on_record;
		stage.on_flush = on_flush;
		stage.on_close = on_close;
		stage.options = scat_options(cf, true);
		stage.version = 1;
		stage.on_save = on_save;
		stage.on_load = on_load;
		stage.on_restore = on_restore;
		stage.on_prepare = on_prepare;
		stage.on_publish = on_publish;
		stage.keeps = cf->dest;
	}
	return weir_stage_run_from(&stage, &cf->common, &w, fd, first, nfirst);
}
