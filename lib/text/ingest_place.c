/*
 * ingest_place - where the sources are, saved
 */
#include "base/mem.h"
#include "text/ingest_core.h"

#include <inttypes.h>
#include <string.h>

int
weir_ingest_missing(struct weir_ingest *g, struct weir_ingest_source *s, const struct weir_place *p)
{
	struct weir_buf *b = g->conf.skip_missing ? &g->missing : &g->bad.what;

	if (!g->conf.skip_missing)
		weir_buf_clear(b);
	weir_buf_printf(b, "%s: what follows line %" PRIu64 " (offset %" PRIu64
	    ") was not read yet and is gone: no file of that name or beside it has what came before", p->path,
	    p->at.line - (p->at.line > 0), p->at.offset);
	if (g->conf.skip_missing) {
		weir_buf_putc(b, '\n');
		return 0;
	}
	g->bad.source = s;
	g->bad.missing = true;
	g->bad.text = NULL;
	return -2;
}

/* A file that has not been begun may be renamed before it is: it is noted as it is. */
static int
peek(const struct weir_ingest_source *s, const struct weir_ingest_part *part, struct weir_place *p)
{
	struct weir_input in;
	int rc = -1;

	memset(p, 0, sizeof(*p));
	if (s->set || strcmp(part->path, "-") == 0 || weir_input_open(&in, part->path, NULL) != 0)
		return -1;
	if (in.origin.once == NULL && weir_input_need_first(&in, WEIR_INPUT_FIRST) == 0 &&
	    weir_place_mark(p, &in) == 0) {
		p->source = weir_mem_strdup(s->name);
		p->path = weir_mem_strdup(part->path);
		p->at.line = 1;
		p->greatest = s->greatest;
		p->done = p->now.size == 0;
		rc = 0;
	}
	weir_input_release(&in);
	return rc;
}

static int
save_source(const struct weir_ingest *g, const struct weir_ingest_source *s, struct weir_shape *shape,
    struct weir_out *state)
{
	struct weir_place p;
	unsigned i;
	int rc = 0;

	for (i = 0; rc == 0 && i < s->npast; i++)
		rc = weir_place_put(&s->past[i], shape, state);
	if (rc == 0 && s->old.opened)
		rc = weir_place_put(&s->old.place, shape, state);
	if (rc == 0 && weir_ingest_part_place(g, s, &p) == 0) {
		rc = weir_place_put(&p, shape, state);
		weir_place_release(&p);
	}
	for (i = 0; rc == 0 && i < s->nparts; i++) {
		if (s->parts[i].placed) {
			rc = weir_place_put(&s->parts[i].place, shape, state);
		} else if (peek(s, &s->parts[i], &p) == 0) {
			rc = weir_place_put(&p, shape, state);
			weir_place_release(&p);
		}
	}
	return rc;
}

int
weir_ingest_save(struct weir_ingest *g, struct weir_out *state)
{
	struct weir_shape *shape = weir_place_shape();
	unsigned i;
	int rc = 0;

	for (i = 0; rc == 0 && i < g->n; i++)
		rc = save_source(g, &g->sources[i], shape, state);
	weir_shape_free(shape);
	return rc;
}

int
weir_ingest_load(struct weir_ingest *g, const struct weir_record *rec)
{
	struct weir_place p;

	if (weir_place_get(&p, rec) != 0)
		return -1;
	g->places = weir_mem_realloc(g->places, g->nplaces + (size_t)1, sizeof(*g->places));
	weir_place_move(&g->places[g->nplaces++], &p);
	return 0;
}
