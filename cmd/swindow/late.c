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

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The starts that the record missed, as an array. */
static int
keep(struct swindow *s, const struct weir_record *rec, struct weir_out *out)
{
	struct swindow_late *l = &s->late;
	char text[WEIR_CIVIL_TEXT];
	struct weir_value v;
	size_t j;
	int status;

	weir_buf_clear(&l->text);
	for (j = 0; j < l->nmissed; j++) {
		weir_civil_format(l->missed[j], text);
		weir_buf_printf(&l->text, "%s\"%s\"", j == 0 ? "[" : ",", text);
	}
	weir_buf_putc(&l->text, ']');
	v = (struct weir_value){.type = WEIR_ARRAY, .p = l->text.p, .len = (uint32_t)l->text.len};
	status = weir_aside_put(&l->aside, rec, &v);
	return status == 0 ? 0 : weir_stage_quit(out, status);
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
	int64_t kept = weir_window_later(end, s->cf->lateness), by = 0;
	int rc = 0;

	if (rec->watermark > kept && __builtin_sub_overflow(rec->watermark, kept, &by))
		by = INT64_MAX;
	if (s->late.count == s->late.before || by > s->late.most_now)
		s->late.most_now = by;
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

	return ns > INT64_MAX - unit ? INT64_MAX : (ns + unit - 1) / unit * unit;
}

/* Of this run: the others have said theirs. With the -d that would have kept all: the delay so far, and what the latest missed its window's end by. */
static void
say_late(const struct swindow *s)
{
	char behind[WEIR_UNITS_TEXT], delay[WEIR_UNITS_TEXT];
	int64_t more = weir_window_later(s->late.most_now, 1);
	const char *where = weir_aside_where(&s->late.aside);
	uint64_t n = s->late.count - s->late.before;

	weir_units_format_duration(round_up(more), behind);
	weir_units_format_duration(round_up(weir_window_later(more, s->delay > 0 ? s->delay : 0)), delay);
	weir_say(WEIR_SAY_WARNING,
	    "%" PRIu64 " late record%s left out%s, up to %s behind the end of a window; %s %s at the source would have kept them%s%s",
	    n, n == 1 ? "" : "s", s->cf->grid.slide != s->cf->grid.size ? " of windows" : "", behind,
	    s->delay >= 0 ? "-d" : "a -d greater by", s->delay >= 0 ? delay : behind,
	    s->cf->late == NULL ? ", --late FILE keeps them aside" : where != NULL ? "; they are in " : "", where != NULL ? where : "");
}

int
swindow_late_close(struct swindow *s, int status)
{
	struct swindow_late *l = &s->late;

	status = weir_aside_close(&l->aside, status);
	if (l->count > l->before)
		say_late(s);
	weir_buf_release(&l->text);
	free(l->missed);
	return status;
}
