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

/* Of this run: the others have said theirs. With the -d that would have kept all: the delay so far, and what the latest was below the watermark by. */
void
sjoin_late_say(const struct sjoin *s)
{
	char behind[WEIR_UNITS_TEXT], delay[WEIR_UNITS_TEXT];
	const char *where = weir_aside_where(&s->aside);
	int side;

	for (side = 0; side < 2; side++) {
		const struct sjoin_late *l = &s->late[side];
		uint64_t n = l->count - l->before;
		int64_t most;

		if (n == 0)
			continue;
		weir_units_format_duration(round_up(l->most_now), behind);
		if (__builtin_add_overflow(l->delay > 0 ? l->delay : 0, l->most_now, &most))
			most = INT64_MAX;
		weir_units_format_duration(round_up(most), delay);
		weir_say(WEIR_SAY_WARNING,
		    "%" PRIu64 " late record%s of %s (%s) left out, up to %s behind the watermark; %s %s at its source would have kept %s%s%s",
		    n, n == 1 ? "" : "s", s->cf->names[side], sides[side], behind,
		    l->delay >= 0 ? "-d" : "a -d greater by", l->delay >= 0 ? delay : behind,
		    n == 1 ? "it" : "them", s->cf->late == NULL ? ", --late FILE keeps them aside" : where != NULL ? "; see " : "",
		    where != NULL ? where : "");
	}
}
