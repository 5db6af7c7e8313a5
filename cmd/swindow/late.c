/*
 * late - records whose window the watermark has closed: counted, and kept by --late
 *
 * The file is a weir stream: the records as they came, with a field more, the
 * starts of the windows that they missed.
 */
#include "base/civil.h"
#include "base/mem.h"
#include "base/say.h"
#include "base/units.h"
#include "swindow.h"
#include "text/value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int
late_failed(struct swindow *s, struct weir_out *out)
{
	return weir_stage_fail(out, WEIR_EX_IOERR, "%s: %s", s->cf->late, strerror(s->late.out.errnum));
}

/* A status of the output, after its message. */
static int
said(struct swindow *s, int status)
{
	if (status != 0)
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&s->late.output.why));
	return status;
}

/* A stream begins in the file. */
static int
begin(struct swindow *s)
{
	struct swindow_late *l = &s->late;

	weir_out_init(&l->out, l->output.fd);
	l->begun = true;
	return weir_out_hello(&l->out, &l->hello);
}

int
swindow_late_open(struct swindow *s, const struct weir_hello *h, struct weir_out *out)
{
	struct swindow_late *l = &s->late;
	struct weir_buf bytes = {0};

	if (s->cf->late == NULL || l->begun)
		return 0;
	weir_hello_release(&l->hello);
	weir_hello_encode(h, &bytes);
	weir_hello_decode(&l->hello, bytes.p, bytes.len);
	weir_buf_release(&bytes);
	/* It is no pipeline's stream any more: nobody's barriers, nobody's checkpoint. */
	l->hello.implied = false;
	free(l->hello.checkpoint.dir);
	l->hello.checkpoint.dir = NULL;
	if (l->output.checkpointed)
		return 0;
	if (weir_output_open(&l->output) != 0)
		return weir_stage_fail(out, l->output.status, "%s", weir_buf_cstr(&l->output.why));
	return begin(s) == 0 ? 0 : late_failed(s, out);
}

int
swindow_late_restore(void *self, const struct weir_barrier_entry *was, bool discard)
{
	struct swindow *s = self;

	s->late.output.discard = discard;
	return s->cf->late != NULL ? said(s, weir_output_restore(&s->late.output, was, true)) : 0;
}

/* What a barrier finds is a whole stream. */
int
swindow_late_prepare(void *self, struct weir_barrier_entry *mine)
{
	struct weir_end end = {.how = WEIR_END_PAUSED};
	struct swindow *s = self;
	struct swindow_late *l = &s->late;

	if (s->cf->late == NULL)
		return 0;
	if (l->begun) {
		if (weir_out_end(&l->out, &end) != 0)
			return said(s, weir_output_fail(&l->output, WEIR_EX_IOERR, l->out.errnum, "%s", strerror(l->out.errnum)));
		weir_out_release(&l->out);
		l->begun = false;
	}
	return said(s, weir_output_prepare(&l->output, mine));
}

/* The input's fields and one more; "late_missed" if "missed" is taken. */
static void
make_shape(struct swindow *s, const struct weir_shape *of)
{
	static const struct weir_name missed = {(const unsigned char *)"missed", 6},
	                              other = {(const unsigned char *)"late_missed", 11};
	struct weir_name *names = weir_mem_alloc((of->n + (size_t)1) * sizeof(*names));

	memcpy(names, of->names, of->n * sizeof(*names));
	names[of->n] = weir_shape_find(of, "missed", 6) < 0 ? missed : other;
	weir_shape_free(s->late.shape);
	weir_shape_free(s->late.of);
	s->late.shape = weir_shape_new(WEIR_FORMAT_VALUES, 0, names, of->n + 1);
	s->late.of = weir_shape_ref((struct weir_shape *)(uintptr_t)of);
	s->late.values =
	    weir_mem_realloc(s->late.values, of->n + (size_t)1, sizeof(*s->late.values));
	free(names);
}

static int
keep(struct swindow *s, const struct weir_record *rec, struct weir_out *out)
{
	struct swindow_late *l = &s->late;
	char text[WEIR_CIVIL_TEXT];
	uint32_t i, n = rec->shape->n;
	size_t j;

	if (!l->begun && begin(s) != 0)
		return late_failed(s, out);
	if (l->of != rec->shape)
		make_shape(s, rec->shape);
	for (i = 0; i < n; i++)
		weir_record_get(rec, i, &l->values[i]);
	weir_buf_clear(&l->text);
	for (j = 0; j < l->nmissed; j++) {
		weir_civil_format(l->missed[j], text);
		weir_buf_printf(&l->text, "%s\"%s\"", j == 0 ? "[" : ",", text);
	}
	weir_buf_putc(&l->text, ']');
	l->values[n].type = WEIR_ARRAY;
	l->values[n].p = l->text.p;
	l->values[n].len = (uint32_t)l->text.len;
	if (weir_out_values(&l->out, l->shape, rec->time, l->values) != 0)
		return late_failed(s, out);
	return 0;
}

void
swindow_late_miss(struct swindow *s, int64_t start)
{
	struct swindow_late *l = &s->late;

	if (l->nmissed == l->cap) {
		l->cap = l->cap == 0 ? 16 : 2 * l->cap;
		l->missed = weir_mem_realloc(l->missed, l->cap, sizeof(*l->missed));
	}
	l->missed[l->nmissed++] = start;
}

int
swindow_late_add(struct swindow *s, const struct weir_record *rec, int64_t end, struct weir_out *out)
{
	int64_t kept = weir_window_later(end, s->cf->lateness), by = rec->watermark > kept ? rec->watermark - kept : 0;
	int rc = 0;

	if (s->late.count++ == 0 || by > s->late.most)
		s->late.most = by;
	if (s->cf->late != NULL)
		rc = keep(s, rec, out);
	s->late.nmissed = 0;
	return rc;
}

/* Rounded up to what people would write: milliseconds, from ten seconds on seconds. */
static int64_t
round_up(int64_t ns)
{
	int64_t unit = ns > 10 * WEIR_SECOND ? WEIR_SECOND : WEIR_SECOND / 1000;

	return (ns + unit - 1) / unit * unit;
}

/* With the -d that would have kept all: the delay so far, and what the latest missed its window's end by. */
static void
say_late(const struct swindow *s)
{
	char behind[WEIR_UNITS_TEXT], delay[WEIR_UNITS_TEXT];
	int64_t more = s->late.most + 1;

	weir_units_format_duration(round_up(more), behind);
	weir_units_format_duration(round_up((s->delay > 0 ? s->delay : 0) + more), delay);
	weir_say(WEIR_SAY_WARNING,
	    "%" PRIu64 " late record%s left out%s, up to %s behind the end of a window; %s %s at the source would have kept them%s%s",
	    s->late.count, s->late.count == 1 ? "" : "s", s->cf->grid.slide != s->cf->grid.size ? " of windows" : "", behind,
	    s->delay >= 0 ? "-d" : "a -d greater by", s->delay >= 0 ? delay : behind,
	    s->cf->late == NULL ? ", --late FILE keeps them aside" : "; they are in ",
	    s->cf->late == NULL ? "" : s->cf->late);
}

int
swindow_late_close(struct swindow *s, int status)
{
	struct weir_end end = {.how = WEIR_END_FINAL};
	struct swindow_late *l = &s->late;

	if (l->count > 0)
		say_late(s);
	if (l->begun) {
		if (status != 0) {
			end.how = WEIR_END_FAILED;
			end.status = status;
		}
		if (l->out.errnum == 0 && weir_out_end(&l->out, &end) != 0) {
			weir_say(WEIR_SAY_ERROR, "%s: %s", s->cf->late, strerror(l->out.errnum));
			status = status != 0 ? status : WEIR_EX_IOERR;
		}
		weir_out_release(&l->out);
	}
	if (s->cf->late != NULL && l->output.status == 0 && said(s, weir_output_close(&l->output)) != 0 && status == 0)
		status = l->output.status;
	weir_hello_release(&l->hello);
	weir_shape_free(l->shape);
	weir_shape_free(l->of);
	weir_buf_release(&l->text);
	free(l->missed);
	free(l->values);
	return status;
}
