/*
 * late - records below their input's watermark: counted, not joined, and kept by --late with `input`, their side
 */
#include "base/say.h"
#include "base/units.h"
#include "sjoin.h"

#include <inttypes.h>
#include <string.h>

static const char *const sides[] = {"left", "right"};

int
sjoin_late_add(struct sjoin *s, enum weir_join_side side, const struct weir_record *rec, int64_t by, struct weir_out *out)
{
	struct weir_value v = {.p = (const unsigned char *)sides[side], .len = (uint32_t)strlen(sides[side]), .type = WEIR_STRING};
	struct sjoin_late *l = &s->late[side];
	int status;

	if (l->count == l->before || by > l->most_now)
		l->most_now = by;
	if (l->count++ == 0 || by > l->most)
		l->most = by;
	if (s->join.mark > rec->watermark) {
		l->passed++;
		l->passed_most = by > l->passed_most ? by : l->passed_most;
	} else {
		l->own_most = by > l->own_most ? by : l->own_most;
	}
	status = weir_aside_put(&s->aside, rec, &v);
	return status == 0 ? 0 : weir_stage_fail(out, status, "late records can't be kept any more");
}

/* Rounded up to what people would write: milliseconds, from ten seconds on seconds. */
static int64_t
round_up(int64_t ns)
{
	int64_t unit = ns > 10 * WEIR_SECOND ? WEIR_SECOND : WEIR_SECOND / 1000;

	return ns > INT64_MAX - unit ? INT64_MAX : (ns + unit - 1) / unit * unit;
}

/*
 * "-d 5s", which would have kept what was below the watermark by that, where so much was allowed already; or how much more, if
 * that is not known.
 */
static void
put_delay(int64_t allowed, int64_t by, struct weir_buf *b)
{
	char text[WEIR_UNITS_TEXT];
	int64_t sum;

	if (__builtin_add_overflow(allowed > 0 ? allowed : 0, by, &sum))
		sum = INT64_MAX;
	weir_buf_printf(b, "%s %s", allowed >= 0 ? "-d" : "a -d greater by", weir_units_format_duration(round_up(sum), text));
}

/* What would have kept them. One that came after its input had been idle was passed by the other: no -d of its own helps. */
static void
put_remedy(const struct sjoin *s, int side, struct weir_buf *b)
{
	const struct sjoin_late *l = &s->late[side];
	uint64_t own = l->count - l->before - l->passed;

	weir_buf_puts(b, "; ");
	if (own > 0) {
		put_delay(l->delay, l->own_most, b);
		weir_buf_printf(b, " at its source would have kept %s", own == 1 ? "it" : "them");
	}
	if (own > 0 && l->passed > 0)
		weir_buf_printf(b, ", but for %" PRIu64 ": ", l->passed);
	if (l->passed > 0) {
		weir_buf_puts(b, "it was idle, and the other went on: a longer --idle at its source, or ");
		put_delay(s->late[1 - side].delay, l->passed_most, b);
		weir_buf_printf(b, " at the other's, would have kept %s", l->passed == 1 ? "it" : "them");
	}
}

/* Of this run: the others have said theirs. */
void
sjoin_late_say(const struct sjoin *s)
{
	char behind[WEIR_UNITS_TEXT];
	const char *where = weir_aside_where(&s->aside);
	struct weir_buf remedy = {0};
	int side;

	for (side = 0; side < 2; side++) {
		const struct sjoin_late *l = &s->late[side];
		uint64_t n = l->count - l->before;

		if (n == 0)
			continue;
		weir_buf_clear(&remedy);
		put_remedy(s, side, &remedy);
		weir_say(WEIR_SAY_WARNING, "%" PRIu64 " late record%s of %s (%s) left out, up to %s behind the watermark%s%s%s", n,
		    n == 1 ? "" : "s", s->cf->names[side], sides[side], weir_units_format_duration(round_up(l->most_now), behind),
		    weir_buf_cstr(&remedy), s->cf->late == NULL ? ", --late FILE keeps them aside" : where != NULL ? "; see " : "",
		    where != NULL ? where : "");
	}
	weir_buf_release(&remedy);
}
