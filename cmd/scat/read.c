/*
 * read - text in: frames out, or text at once
 */
#include "base/say.h"
#include "base/units.h"
#include "scat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct reader {
	struct scat_conf *cf;
	struct weir_ingest ingest;
	uint64_t left;               /* records until -n */
};

static int
report(struct weir_ingest_bad *b, struct weir_out *out)
{
	struct weir_reject_note note = {.source = b->source->in.name, .line = b->line,
	    .offset = b->offset, .has_offset = true, .what = weir_buf_cstr(&b->what), .hint = b->hint,
	    .text = b->text, .len = b->len, .at = b->at, .span = b->span};

	return weir_source_bad(out, &note);
}

/* The bad record is ingest.bad; before it there may be one that is refused for it. */
static int
report_bad(struct reader *r, struct weir_out *out)
{
	int rc = r->ingest.refused.source != NULL ? report(&r->ingest.refused, out) : 0;

	r->ingest.refused.source = NULL;
	return rc != 0 ? rc : report(&r->ingest.bad, out);
}

/* What messages call a source: the file of it that is read now. */
static const char *
name_of(const struct weir_ingest_source *s)
{
	const char *name = s->in.name != NULL ? s->in.name : s->name;

	return strcmp(name, "-") == 0 ? "(stdin)" : name;
}

static int
source_status(const struct weir_ingest_bad *b)
{
	const struct weir_ingest_source *s = b->source;

	if (b->missing)
		return WEIR_EX_NOINPUT;
	if (s->in.err == 0 && s->in.compression == NULL && s->in.why != NULL)
		return WEIR_EX_DATAERR;
	return s->in.err == EIO || s->in.offset > 0 || strcmp(name_of(s), "(stdin)") == 0 ? WEIR_EX_IOERR : WEIR_EX_NOINPUT;
}

static void
say_failed(struct weir_ingest *g)
{
	if (g->bad.missing)
		weir_say(WEIR_SAY_ERROR, "%s; --missing skip goes on without", weir_buf_cstr(&g->bad.what));
	else
		weir_say(WEIR_SAY_ERROR, "%s: %s", name_of(g->bad.source), weir_buf_cstr(&g->bad.what));
}

static int
on_hello(void *self, struct weir_hello *h, struct weir_out *out)
{
	struct reader *r = self;
	struct weir_ingest *g = &r->ingest;
	unsigned i;
	int rc;

	g->conf.wait.ctx = g->conf.idle.ctx = out;
	while ((rc = weir_ingest_open(g)) == 0)
		if (report_bad(r, out) != 0)
			return WEIR_EX_DATAERR;
	if (rc < 0) {
		say_failed(g);
		return source_status(&g->bad);
	}
	if (g->missing.len > 0)
		weir_say(WEIR_SAY_WARNING, "%.*s", (int)g->missing.len - 1, (const char *)g->missing.p);
	for (i = 0; i < g->n; i++)
		weir_hello_add_source(h, strcmp(g->sources[i].name, "-") == 0 ? "(stdin)" : g->sources[i].name);
	h->implied = !g->merged;
	h->delay = r->cf->delay;
	return 0;
}

static int
next(void *self, struct weir_out *out)
{
	struct reader *r = self;
	struct weir_ingest *g = &r->ingest;
	struct weir_parsed *rec;
	int64_t time, mark = WEIR_TIME_NONE;
	int rc;

	if (r->left == 0)
		return 0;
	for (;;) {
		rc = weir_ingest_next(g, &rec, &time, &mark);
		if (rc == -1) {
			if (report_bad(r, out) != 0)
				return -1;
			continue;
		}
		if (rc == -2)
			return weir_stage_fail(out, source_status(&g->bad), "%s%s%s",
			    g->bad.missing ? "" : name_of(g->bad.source), g->bad.missing ? "" : ": ",
			    weir_buf_cstr(&g->bad.what));
		if (rc == 2) {
			weir_out_watermark(out, mark);
			return g->silent && weir_out_idle(out) != 0 ? -1 : 2;
		}
		if (rc == 0)
			return 0;
		weir_out_watermark(out, mark);
		rc = weir_out_text(out, rec->shape, time, rec->flags, rec->text, rec->len, rec->slots,
		    rec->words, rec->nwords);
		if (rc <= 0)
			break;
		weir_buf_clear(&g->bad.what);
		weir_buf_puts(&g->bad.what, "its encoded form is beyond 15 MiB");
		g->bad.source = &g->sources[g->current];
		g->bad.line = rec->line;
		g->bad.offset = rec->offset;
		g->bad.text = rec->text;
		g->bad.len = rec->len;
		g->bad.at = g->bad.span = 0;
		g->bad.hint = NULL;
		if (report_bad(r, out) != 0)
			return -1;
	}
	r->left--;
	return rc == 0 ? 1 : -1;
}

static int
on_close(void *self, int status)
{
	struct reader *r = self;
	struct weir_ingest *g = &r->ingest;
	uint64_t waiting;
	unsigned i;

	for (i = 0; status == 0 && i < g->n; i++)
		if ((waiting = weir_ingest_waiting(&g->sources[i])) > 0 && r->left > 0)
			weir_say(WEIR_SAY_WARNING, "%s: its last line has no end yet: %" PRIu64 " bytes were not read",
			    g->sources[i].name, waiting);
	weir_ingest_release(g);
	return status;
}

static uint64_t
bytes(void *self)
{
	struct reader *r = self;

	return weir_ingest_bytes(&r->ingest);
}

static int
on_save(void *self, struct weir_out *state)
{
	struct reader *r = self;

	return weir_ingest_save(&r->ingest, state);
}

static int
on_load(void *self, const struct weir_record *rec)
{
	struct reader *r = self;

	return weir_ingest_load(&r->ingest, rec);
}

static const char *
output_name(const struct scat_conf *cf)
{
	static const char *const names[] = {"frames", "json", "csv", "tsv", "logfmt", "table", "raw"};

	return names[cf->output];
}

static int
explain(struct reader *r)
{
	struct weir_ingest *g = &r->ingest;
	char delay[WEIR_UNITS_TEXT];
	struct weir_buf b = {0};
	unsigned i;
	int rc;

	while ((rc = weir_ingest_open(g)) == 0)
		;
	for (i = 0; i < g->n; i++) {
		struct weir_ingest_source *s = &g->sources[i];

		weir_buf_printf(&b, "source %s\n", s->in.name != NULL ? s->in.name : s->name);
		if (s->parser == NULL)
			continue;
		weir_buf_printf(&b, "  format  %s\n",
		    s->why.len > 0 ? weir_buf_cstr(&s->why) : s->parser->ops->name);
		if (s->in.compression != NULL)
			weir_buf_printf(&b, "  packed  %s\n", s->in.compression);
		weir_buf_puts(&b, "  time    ");
		weir_timing_explain(&s->timing, &b);
		weir_buf_putc(&b, '\n');
	}
	weir_buf_printf(&b, "order     %s\n", g->merged ? "merged by event time" : "as given");
	weir_buf_printf(&b, "watermark greatest time - %s\n",
	    weir_units_format_duration(r->cf->delay, delay));
	weir_buf_printf(&b, "output    %s%s%s\n", output_name(r->cf), r->cf->dest != NULL ? " to " : "",
	    r->cf->dest != NULL ? r->cf->dest : "");
	weir_buf_puts(&b, "memory    a buffer of 256 KiB a source, or of its longest record\n");
	fwrite(b.p, 1, b.len, stdout);
	weir_buf_release(&b);
	if (rc < 0)
		say_failed(g);
	rc = rc < 0 ? source_status(&g->bad) : weir_say_flushed();
	weir_ingest_release(g);
	return rc;
}

/* What can't be read again can't be gone on with. */
static void
refuse_pipes(const struct scat_conf *cf, const struct weir_ingest *g)
{
	const char *why;
	unsigned i;

	for (i = 0; i < g->n; i++)
		if ((why = weir_ingest_once(g, i)) != NULL)
			weir_opt_misuse(cf->cmd, "-C: %s is %s, which can't be read again after a crash: save it to a file first",
			    g->sources[i].name, why);
}

int
scat_read(struct scat_conf *cf, char *const *operands, int n, const void *first, size_t nfirst)
{
	struct weir_source source = {.name = "scat", .on_hello = on_hello, .next = next,
	    .on_close = on_close, .bytes = bytes, .on_save = on_save, .on_load = on_load};
	struct weir_ingest_conf conf = {
	    .format = cf->format,
	    .parser = {.max_record = cf->max_record,
	        .delimiter = cf->delimiter != NULL ? (unsigned char)cf->delimiter[0] : 0,
	        .no_header = cf->no_header, .no_infer = cf->no_infer,
	        .pattern = cf->pattern, .zone = cf->zone},
	    .timing = {.path = cf->time, .format = cf->time_format, .zone = cf->zone},
	    .delay = cf->delay, .max_ahead = cf->max_ahead, .idle_after = cf->idle, .in_order = cf->in_order,
	    .explain = cf->common.explain,
	    .follow = cf->follow, .skip_missing = cf->missing == 1,
	    .partial = cf->checkpoint.dir != NULL, .final = cf->checkpoint.final,
	};
	struct reader r = {.cf = cf, .left = cf->limit};
	struct weir_source_dest dest = {.path = cf->dest, .fd = STDOUT_FILENO, .level = (int)cf->level};
	struct weir_sink sink;
	int i;

	if (cf->common.explain)
		conf.idle_after = 0;
	if (!cf->common.explain) {
		conf.written = weir_source_writes;
		conf.wait = (struct weir_input_wait){.wait = weir_source_wait, .until = weir_source_wait_until};
		conf.idle = (struct weir_input_wait){.wait = weir_source_idle, .until = weir_source_idle_until};
	}
	weir_ingest_init(&r.ingest, &conf);
	if (first != NULL)
		weir_ingest_add_begun(&r.ingest, STDIN_FILENO, first, nfirst);
	for (i = first != NULL; i < n; i++)
		weir_ingest_add(&r.ingest, operands[i]);
	if (cf->common.explain)
		return explain(&r);
	if (cf->checkpoint.dir != NULL) {
		refuse_pipes(cf, &r.ingest);
		cf->checkpoint.options = scat_options(cf, false);
		cf->checkpoint.version = 1;
		source.checkpoint = &cf->checkpoint;
	}
	if (cf->output != WEIR_EMIT_FRAMES) {
		weir_sink_init(&sink, &cf->emit, cf->dest);
		dest.sink = &sink;
	}
	return weir_source_run(&source, &cf->common, &r, &dest);
}
