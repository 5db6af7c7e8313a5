/*
 * memory - what windows may take of it: --max-memory, and --spill for the rest
 *
 * Measured is what the whole process takes, every so many records or results. With --spill the limit is no
 * less than what there is at the start and the store on disk take.
 */
#include "base/say.h"
#include "base/sys.h"
#include "base/units.h"
#include "swindow.h"

#include <stdlib.h>

/* Records between two looks at the memory. */
#define LOOK 1024

/* The store of the kind of windows. */
static int
open_store(struct swindow *s)
{
	const struct swindow_conf *cf = s->cf;

	switch (cf->kind) {
	case SWINDOW_GRID:
		s->disk = &s->cold.disk;
		s->slices.cold = &s->cold;
		s->slices.books.disk = s->disk;
		return weir_window_cold_open(&s->cold, cf->spill, &cf->window);
	case SWINDOW_SESSION:
		s->disk = &s->kept_sessions.of.disk;
		s->sessions.keep = &s->kept_sessions;
		return weir_window_session_keep_open(&s->kept_sessions, cf->spill, &cf->window);
	default:
		s->disk = &s->kept_counts.of.disk;
		s->counts.keep = &s->kept_counts;
		return weir_window_count_keep_open(&s->kept_counts, cf->spill, &cf->window);
	}
}

void
swindow_memory_close(struct swindow *s)
{
	if (s->disk == NULL)
		return;
	switch (s->cf->kind) {
	case SWINDOW_GRID: weir_window_cold_close(&s->cold); break;
	case SWINDOW_SESSION: weir_window_session_keep_close(&s->kept_sessions); break;
	default: weir_window_count_keep_close(&s->kept_counts);
	}
}

int
swindow_memory_open(struct swindow *s)
{
	const struct swindow_conf *cf = s->cf;
	const char *every = getenv("WEIR_SPILL_EVERY");
	uint64_t least;
	int status;

	s->look = LOOK;
	s->limit = cf->max_memory;
	if (cf->spill == NULL)
		return 0;
	status = open_store(s);
	if (status != 0) {
		weir_say(WEIR_SAY_ERROR, "--spill: %s", weir_buf_cstr(&s->disk->spill.why));
		swindow_memory_close(s);
		return status;
	}
	least = weir_sys_memory() + WEIR_SPILL_MEMORY;
	if (s->limit != 0 && s->limit < least)
		s->limit = least;
	if (every != NULL && (s->look = strtoull(every, NULL, 10)) == 0)
		s->look = LOOK;
	s->forced = every != NULL;
	return 0;
}

int
swindow_memory_check(struct swindow *s, struct weir_out *out)
{
	if (s->disk == NULL || !s->disk->spill.failed)
		return 0;
	return weir_stage_fail(out, WEIR_EX_IOERR, "--spill: %s", weir_buf_cstr(&s->disk->spill.why));
}

/* What is in memory to disk; whether there was anything. */
static bool
move(struct swindow *s)
{
	switch (s->cf->kind) {
	case SWINDOW_GRID: return weir_window_cold_shrink(&s->slices);
	case SWINDOW_SESSION: return weir_window_sessions_shrink(&s->sessions);
	default: return weir_window_counts_shrink(&s->counts);
	}
}

/* As much of it as need be, early enough that the store's own buffers have room when they are filled. Whether the limit is kept. */
static bool
shrink(struct swindow *s)
{
	uint64_t memory, room = s->disk != NULL ? WEIR_SPILL_MEMORY / 2 : 0;

	if (s->disk != NULL && s->forced)
		(void)move(s);
	if (s->limit == 0)
		return true;
	while ((memory = weir_sys_memory()) > s->limit - room) {
		if (s->disk == NULL || s->disk->spill.failed || !move(s))
			return memory <= s->limit;
		weir_sys_trim();
	}
	if (s->disk != NULL)
		s->disk->room = s->forced ? 0 : s->limit - room - memory;
	return true;
}

int
swindow_memory_look(struct swindow *s, struct weir_out *out)
{
	static const char *const needs[] = {"fewer keys, shorter windows or less -d and --lateness need",
	    "fewer keys, a shorter --session or less -d and --lateness need", "fewer keys or a smaller --count need", "fewer keys need"};
	char limit[WEIR_UNITS_TEXT];

	if (shrink(s))
		return swindow_memory_check(s, out);
	if (swindow_memory_check(s, out) != 0)
		return -1;
	weir_units_format_size(s->limit, limit);
	if (s->disk != NULL)
		return weir_stage_fail(out, WEIR_EX_OSERR,
		    "more than --max-memory %s is taken by what --spill can't move to disk", limit);
	return weir_stage_fail(out, WEIR_EX_OSERR,
	    "the open windows take more than --max-memory %s: %s less%s; --spill DIR moves keys to disk", limit, needs[s->cf->kind],
	    s->cf->exact ? ", and so do aggregates without --exact" : "");
}

void
swindow_memory_loaded(struct swindow *s)
{
	if (s->disk != NULL && ++s->loaded % s->look == 0)
		(void)shrink(s);
}
