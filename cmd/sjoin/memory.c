/*
 * memory - --max-memory, and --spill for what it has no room for
 */
#include "base/say.h"
#include "sjoin.h"

#include <stdlib.h>

uint64_t
sjoin_memory_most(const struct sjoin_conf *cf)
{
	return cf->max_memory > 0 ? cf->max_memory : SJOIN_MEMORY;
}

int
sjoin_memory_open(struct sjoin *s)
{
	const char *every = getenv("WEIR_SPILL_EVERY");
	int status;

	if (s->cf->spill == NULL)
		return 0;
	status = weir_spill_open(&s->spill, s->cf->spill, NULL);
	if (status != 0) {
		weir_say(WEIR_SAY_ERROR, "--spill: %s", weir_buf_cstr(&s->spill.why));
		weir_spill_close(&s->spill);
		return status;
	}
	/* Half of it is for what is read ahead; a table is not kept here. */
	weir_join_cold_init(&s->cold, &s->spill, &s->join, sjoin_memory_most(s->cf) / 2);
	s->every = every != NULL ? strtoull(every, NULL, 10) : 0;
	return 0;
}

int
sjoin_memory_check(struct sjoin *s, struct weir_out *out)
{
	if (!s->spill.failed)
		return 0;
	return weir_stage_fail(out, WEIR_EX_IOERR, "--spill: %s", weir_buf_cstr(&s->spill.why));
}

void
sjoin_memory_look(struct sjoin *s)
{
	bool must = s->every > 0 && ++s->put % s->every == 0;

	if (s->cf->spill != NULL)
		weir_join_cold_shrink(&s->join, must);
}
