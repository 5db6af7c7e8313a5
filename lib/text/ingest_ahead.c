/*
 * ingest_ahead - conf.max_ahead: which records are set aside, and what becomes of them
 *
 * The judgement does not reach over a bad record or over the end of a file, but for one that may go on: there the
 * record waits, and it is what a saved place points to.
 */
#include "text/ingest_core.h"

/* The record that was set aside stays there: no neighbour bears it out. */
static void
refuse(struct weir_ingest_source *s, struct weir_ingest_bad *b)
{
	struct weir_parsed *p = &s->ahead.aside;

	weir_buf_clear(&b->what);
	weir_buf_puts(&b->what, "its time is further ahead of the watermark than --max-ahead, and the next record's is not near it");
	b->source = s;
	b->line = p->line;
	b->offset = p->offset;
	b->hint = NULL;
	b->text = p->text;
	b->len = p->len;
	b->at = b->span = 0;
	p->text = NULL;
}

int
weir_ingest_ahead(struct weir_ingest *g, struct weir_ingest_source *s, int rc)
{
	struct weir_ahead *a = &s->ahead;

	if (a->aside.text == NULL) {
		if (rc != 1)
			return rc;
		if (a->sure > 0 || !weir_ahead_of(s->time, s->greatest, g->conf.delay, g->conf.max_ahead)) {
			a->sure -= a->sure > 0;
			return 1;
		}
		weir_ahead_keep(a, &s->head, s->time);
		return 2;
	}
	if (rc == 0 && s->in.partial && !g->conf.final && s->nparts == 0)
		return 0;
	if (rc == -1) {
		refuse(s, &g->refused);
		return -1;
	}
	if (rc == 1) {
		a->next = s->head;
		a->next_time = s->time;
		if (weir_ahead_near(s->time, a->time, g->conf.max_ahead)) {
			s->head = a->aside;
			s->time = a->time;
			a->aside.text = NULL;
			a->sure = 1;
			return 1;
		}
		s->head.text = NULL;
	} else {
		s->ended = s->nparts == 0;
	}
	refuse(s, &g->bad);
	return -1;
}
