/*
 * ingest_idle - conf.idle_after: sources that are silent, and what wakes them
 *
 * A pipe is silent when it has been waited for so long (its input is dry then, input.h); a file that is followed, when it
 * has been at its end for so long. Looked at now and then while others have records, and when none has any.
 */
#include "base/mem.h"
#include "base/sys.h"
#include "text/ingest_core.h"

#include <stdlib.h>
#include <unistd.h>

void
weir_ingest_idle(struct weir_ingest *g, struct weir_ingest_source *s)
{
	g->nidle += !s->idle;
	s->idle = true;
}

void
weir_ingest_idle_look(struct weir_ingest *g, struct weir_ingest_source *s)
{
	int64_t now = weir_sys_monotonic();

	if (s->ended && s->fixed)
		weir_ingest_idle_over(g, s);
	else if (s->since == 0)
		s->since = now;
	else if (now - s->since >= g->conf.idle_after)
		weir_ingest_idle(g, s);
}

void
weir_ingest_idle_over(struct weir_ingest *g, struct weir_ingest_source *s)
{
	if (s->idle) {
		g->nidle--;
		g->told = g->nidle < g->told ? g->nidle : g->told;
		/* It may be the lowest again. */
		g->low = g->n;
	}
	s->idle = false;
	s->since = 0;
}

/* Whether all sources that have not ended for good are idle, and there is one. */
static bool
all_idle(const struct weir_ingest *g)
{
	unsigned i;

	for (i = 0; i < g->n; i++)
		if (!g->sources[i].idle && !(g->sources[i].ended && (g->sources[i].fixed || !g->conf.partial)))
			return false;
	return g->nidle > 0;
}

bool
weir_ingest_idle_tell(struct weir_ingest *g, int64_t *mark)
{
	if (g->nidle <= g->told)
		return false;
	g->told = g->nidle;
	g->silent = all_idle(g);
	if (g->merged)
		*mark = weir_ingest_watermark(g);
	return true;
}

/* When the first of those that are not idle yet will be, or 0. */
static int64_t
deadline(const struct weir_ingest *g)
{
	int64_t first = 0;
	unsigned i;

	for (i = 0; i < g->n; i++) {
		const struct weir_ingest_source *s = &g->sources[i];

		if (s->since != 0 && !s->idle && (first == 0 || s->since < first))
			first = s->since;
	}
	return first != 0 ? first + g->conf.idle_after : 0;
}

int
weir_ingest_idle_wait(struct weir_ingest *g)
{
	int *fds = weir_mem_alloc((g->n + (size_t)1) * sizeof(*fds)), fd, rc;
	unsigned i, n = 0;

	g->silent = false;
	if (g->watch.fd >= 0)
		fds[n++] = g->watch.fd;
	for (i = 0; i < g->n; i++)
		if (g->sources[i].in.dry)
			fds[n++] = g->sources[i].in.origin.fd;
	if ((fd = weir_sys_any_of(fds, n)) >= 0) {
		rc = g->conf.idle.until(g->conf.idle.ctx, fd, deadline(g));
		close(fd);
	} else {
		rc = -1;
	}
	free(fds);
	return rc == 2 ? 0 : rc;
}

/* Reads those that can be. 1: some source has a record, or none is idle any more; 0; -1, -2. */
static int
read_again(struct weir_ingest *g)
{
	unsigned i;
	int rc;

	g->turns = 0;
	for (i = 0; i < g->n; i++) {
		struct weir_ingest_source *s = &g->sources[i];

		if (!s->idle)
			continue;
		if ((rc = weir_ingest_move(g, s)) < 0) {
			g->turns = WEIR_INGEST_TURNS;
			return rc;
		}
		if (rc == 1) {
			s->timed = s->timing.kind != WEIR_TIMING_NONE;
			if (s->timed)
				weir_ingest_enter(g, i);
		}
		if (rc == 1 || s->ended)
			weir_ingest_idle_over(g, s);
	}
	return g->nheap > 0 || g->nidle == 0;
}

int
weir_ingest_idle_wake(struct weir_ingest *g, int64_t *mark)
{
	int rc = read_again(g);

	if (rc != 0)
		return rc;
	if (weir_ingest_idle_tell(g, mark))
		return 2;
	rc = weir_ingest_idle_wait(g);
	return rc < 0 ? 0 : rc > 0 ? 2 : 1;
}
