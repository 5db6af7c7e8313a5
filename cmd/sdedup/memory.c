/*
 * memory - --spill: what --max-memory has no room for
 *
 * A quarter of it is the filter that saves looks at the disk; the rest is for entries, and the records that wait, which all go to
 * disk when it is full.
 */
#include "base/say.h"
#include "base/sys.h"
#include "sdedup.h"

#include <stdlib.h>

int
sdedup_memory_open(struct sdedup *s)
{
	const struct sdedup_conf *cf = s->cf;
	const char *every = getenv("WEIR_SPILL_EVERY");
	int status;

	if (cf->spill == NULL)
		return 0;
	status = weir_dedup_cold_open(&s->cold, cf->spill, &s->exact, cf->max_memory / 4);
	if (status != 0) {
		weir_say(WEIR_SAY_ERROR, "--spill: %s", weir_buf_cstr(&s->cold.spill.why));
		weir_dedup_cold_close(&s->cold);
		return status;
	}
	s->room = cf->max_memory - cf->max_memory / 4;
	sdedup_cold_init(s);
	s->every = every != NULL ? strtoull(every, NULL, 10) : 0;
	return 0;
}

int
sdedup_memory_check(struct sdedup *s, struct weir_out *out)
{
	if (!s->cold.spill.failed)
		return 0;
	return weir_stage_fail(out, WEIR_EX_IOERR, "--spill: %s", weir_buf_cstr(&s->cold.spill.why));
}

static bool
is_full(const struct sdedup *s)
{
	return weir_dedup_held(&s->exact) * WEIR_DIGESTS_COST(s->exact.words) + s->held >= s->room;
}

void
sdedup_memory_look(struct sdedup *s)
{
	if (s->cf->spill == NULL)
		return;
	s->put_so_far++;
	if (!is_full(s) && (s->every == 0 || s->put_so_far < s->every))
		return;
	s->put_so_far = 0;
	if (s->cf->which == SDEDUP_LAST)
		sdedup_cold_move(s);
	else if (weir_dedup_cold_move(&s->cold, NULL) == 0)
		weir_sys_trim();
}
