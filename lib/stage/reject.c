/*
 * reject - see reject.h
 */
#include "stage/reject.h"
#include "base/status.h"
#include "base/sys.h"
#include "base/utf8.h"
#include "text/value.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOWN 5
#define PERCENT_FROM 1000  /* records before a limit in percent can end a run early */

int
weir_reject_limit(struct weir_reject *r, const char *s, const char **why)
{
	char *end;
	double d;

	*why = "expected a number of records, or a percentage such as 0.5%";
	if (s[0] < '0' || s[0] > '9')
		return -1;
	r->limited = true;
	if (s[strlen(s) - 1] == '%') {
		d = strtod(s, &end);
		if (strcmp(end, "%") != 0 || d > 100)
			return -1;
		r->percent = true;
		r->limit = (uint64_t)(d * 1000);
		return 0;
	}
	errno = 0;
	r->limit = strtoull(s, &end, 10);
	return *end == '\0' && errno == 0 ? 0 : -1;
}

static void
put_base64(struct weir_buf *b, const unsigned char *p, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i;

	for (i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
		    (i + 2 < n ? p[i + 2] : 0);

		weir_buf_putc(b, digits[v >> 18]);
		weir_buf_putc(b, digits[v >> 12 & 63]);
		weir_buf_putc(b, i + 1 < n ? digits[v >> 6 & 63] : '=');
		weir_buf_putc(b, i + 2 < n ? digits[v & 63] : '=');
	}
}

static struct weir_output *
output(struct weir_reject *r)
{
	if (r->output.ops == NULL) {
		weir_output_init(&r->output, r->path);
		r->output.suffix = ".jsonl";
	}
	return &r->output;
}

/* A status of the output, after its message. */
static int
said(struct weir_reject *r, int status)
{
	if (status != 0)
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&r->output.why));
	return status;
}

int
weir_reject_restore(struct weir_reject *r, const struct weir_barrier_entry *was)
{
	return r->path != NULL ? said(r, weir_output_restore(output(r), was, true)) : 0;
}

int
weir_reject_prepare(struct weir_reject *r, struct weir_barrier_entry *mine)
{
	return r->path != NULL ? said(r, weir_output_prepare(output(r), mine)) : 0;
}

static int
keep(struct weir_reject *r, const struct weir_reject_note *n)
{
	struct weir_buf *b = &r->buf;

	weir_buf_clear(b);
	weir_buf_puts(b, "{\"source\":");
	weir_value_quote(b, n->source, strlen(n->source));
	if (n->line != 0)
		weir_buf_printf(b, ",\"line\":%" PRIu64, n->line);
	/* A run that goes on counts from its own beginning. */
	if (n->record != 0 && !r->output.checkpointed)
		weir_buf_printf(b, ",\"record\":%" PRIu64, n->record);
	if (n->has_offset)
		weir_buf_printf(b, ",\"offset\":%" PRIu64, n->offset);
	weir_buf_puts(b, ",\"reason\":");
	weir_value_quote(b, n->what, strlen(n->what));
	weir_buf_puts(b, ",\"text\":");
	weir_value_quote(b, n->text, n->len);
	if (weir_utf8_span(n->text, n->len) < n->len) {
		weir_buf_puts(b, ",\"base64\":\"");
		put_base64(b, n->text, n->len);
		weir_buf_putc(b, '"');
	}
	weir_buf_puts(b, "}\n");
	return said(r, weir_output_write(output(r), b->p, b->len));
}

static void
show(const struct weir_reject *r, const struct weir_reject_note *n)
{
	struct weir_say_fault f = {.what = n->what, .text = n->text, .len = n->len, .at = n->at,
	    .span = n->span, .hint = n->hint};
	struct weir_buf place = {0};

	weir_buf_puts(&place, n->source);
	if (n->line != 0)
		weir_buf_printf(&place, ":%" PRIu64, n->line);
	if (n->record != 0)
		weir_buf_printf(&place, "%srecord %" PRIu64, place.len > 0 ? ": " : "", n->record);
	f.place = weir_buf_cstr(&place);
	f.outcome = r->fail ? "stopped, as --on-error fail says"
	    : r->path != NULL ? "kept with the rejects"
	    : r->count == SHOWN
	    ? "skipped; further ones are only counted"
	    : "skipped; --rejects FILE keeps such records, --on-error fail stops at the first";
	weir_say_fault(r->fail ? WEIR_SAY_ERROR : WEIR_SAY_WARNING, &f);
	weir_buf_release(&place);
}

static bool
beyond(const struct weir_reject *r, uint64_t good)
{
	if (!r->limited)
		return false;
	if (!r->percent)
		return r->count > r->limit;
	return (double)r->count * 100000.0 > (double)r->limit * (double)(r->count + good);
}

static int
give_up(struct weir_reject *r)
{
	r->over = true;
	if (!r->percent)
		weir_say(WEIR_SAY_ERROR, "%" PRIu64 " bad record%s: more than --max-errors %" PRIu64,
		    r->count, r->count == 1 ? "" : "s", r->limit);
	else
		weir_say(WEIR_SAY_ERROR, "%" PRIu64 " bad records: more than --max-errors %g%%",
		    r->count, (double)r->limit / 1000);
	return WEIR_EX_DATAERR;
}

int
weir_reject_add(struct weir_reject *r, const struct weir_reject_note *note, uint64_t good)
{
	int status = 0;

	if (++r->count <= SHOWN || r->fail)
		show(r, note);
	if (r->path != NULL && (status = keep(r, note)) != 0)
		return status;
	if (r->fail)
		return WEIR_EX_DATAERR;
	if (beyond(r, good) && (!r->percent || r->count + good >= PERCENT_FROM))
		return give_up(r);
	return 0;
}

int
weir_reject_close(struct weir_reject *r, uint64_t good)
{
	bool kept = r->output.ops != NULL && r->output.status == 0;
	int status = 0;

	weir_buf_release(&r->buf);
	if (kept)
		status = said(r, weir_output_close(&r->output));
	kept = kept && status == 0;
	if (r->count == 0)
		return status;
	if (!r->over && r->percent && beyond(r, good))
		status = give_up(r);
	else if (!r->over && !r->fail)
		weir_say(WEIR_SAY_WARNING, "%" PRIu64 " bad record%s skipped, %" PRIu64 " good%s%s", r->count,
		    r->count == 1 ? "" : "s", good, kept ? "; the bad ones are in " : "", kept ? r->path : "");
	return status;
}
