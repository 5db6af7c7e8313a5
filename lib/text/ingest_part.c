/*
 * ingest_part - the files of one source, one after the other
 */
#include "base/mem.h"
#include "text/ingest_core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct weir_ingest_part *
weir_ingest_part_at(struct weir_ingest_source *s, unsigned at, const char *path)
{
	struct weir_ingest_part *p;

	s->parts = weir_mem_realloc(s->parts, s->nparts + (size_t)1, sizeof(*s->parts));
	p = &s->parts[at];
	memmove(p + 1, p, (s->nparts - at) * sizeof(*p));
	s->nparts++;
	memset(p, 0, sizeof(*p));
	p->path = weir_mem_strdup(path);
	return p;
}

struct weir_ingest_part *
weir_ingest_part_add(struct weir_ingest_source *s, const char *path)
{
	return weir_ingest_part_at(s, s->nparts, path);
}

void
weir_ingest_part_release(struct weir_ingest_part *part)
{
	if (part->opened)
		weir_input_release(&part->in);
	weir_place_release(&part->place);
	free(part->path);
	memset(part, 0, sizeof(*part));
}

/* Takes the part out of the queue, without releasing it. */
static void
unlink_part(struct weir_ingest_source *s, unsigned i)
{
	s->nparts--;
	memmove(&s->parts[i], &s->parts[i + 1], (s->nparts - i) * sizeof(*s->parts));
}

void
weir_ingest_part_drop(struct weir_ingest_source *s, unsigned i)
{
	weir_ingest_part_release(&s->parts[i]);
	unlink_part(s, i);
}

void
weir_ingest_past(struct weir_ingest_source *s, struct weir_place *p)
{
	s->past = weir_mem_realloc(s->past, s->npast + (size_t)1, sizeof(*s->past));
	weir_place_move(&s->past[s->npast++], p);
}

static char *
copy(const char *s)
{
	return s != NULL ? weir_mem_strdup(s) : NULL;
}

int
weir_ingest_part_place(const struct weir_ingest *g, const struct weir_ingest_source *s,
    struct weir_place *p)
{
	bool pending = s->head.text != NULL && (g->current == g->n || s != &g->sources[g->current]);
	const struct weir_parsed *rec = pending ? &s->head
	    : s->ahead.aside.text != NULL       ? &s->ahead.aside
	    : s->ahead.next.text != NULL        ? &s->ahead.next
	                                        : NULL;

	memset(p, 0, sizeof(*p));
	if (!s->opened || s->in.origin.once != NULL)
		return -1;
	p->at.offset = s->in.offset;
	p->at.line = s->in.line;
	if (s->parser != NULL)
		weir_parser_save(s->parser, rec, &p->at);
	if (weir_place_mark(p, &s->in) != 0) {
		weir_place_release(p);
		return -1;
	}
	p->source = weir_mem_strdup(s->name);
	p->path = weir_mem_strdup(s->in.name);
	p->packed = copy(s->in.compression);
	p->format = copy(s->format != NULL ? s->format->name : NULL);
	p->kind = copy(weir_timing_kind(&s->timing));
	p->unit = copy(weir_timing_unit(&s->timing));
	p->time = copy(s->timing.guessed ? s->timing.path.text : NULL);
	p->greatest = s->greatest;
	p->sure = (uint64_t)pending + s->ahead.sure;
	p->done = p->done && rec == NULL;
	p->copy = s->copy;
	return 0;
}

static void
close_parser(struct weir_ingest_source *s)
{
	if (s->parser != NULL)
		s->parser->ops->free(s->parser);
	s->parser = NULL;
	s->head.text = NULL;
}

static void
close_input(struct weir_ingest_source *s)
{
	close_parser(s);
	if (s->opened) {
		s->bytes += s->in.offset;
		weir_input_release(&s->in);
	} else {
		free(s->in.name);
		s->in.name = NULL;
	}
	s->opened = false;
}

int
weir_ingest_part_detach(const struct weir_ingest *g, struct weir_ingest_source *s,
    struct weir_ingest_part *part)
{
	memset(part, 0, sizeof(*part));
	if (weir_ingest_part_place(g, s, &part->place) != 0)
		return -1;
	part->path = weir_mem_strdup(s->in.name);
	part->placed = part->opened = true;
	part->in = s->in;
	close_parser(s);
	s->bytes += s->in.offset;
	memset(&s->in, 0, sizeof(s->in));
	s->opened = false;
	return 0;
}

/* The file that is read now becomes a past one. */
static void
retire(struct weir_ingest *g, struct weir_ingest_source *s)
{
	struct weir_ingest_part part;

	/* Of a file that was cut, what was read is in a copy, or nowhere; and whatever a copy gets later is something else. */
	if (!s->in.changed && !s->copy && weir_ingest_part_detach(g, s, &part) == 0) {
		/* A followed file stays open: whoever writes to it may not know yet that there is a new one. */
		if (s->old.opened)
			weir_ingest_past(s, &s->old.place);
		weir_ingest_part_release(&s->old);
		if (g->conf.follow && part.in.partial) {
			s->old = part;
			return;
		}
		weir_ingest_past(s, &part.place);
		weir_ingest_part_release(&part);
	}
	close_input(s);
}

/* Opens the parser. 1; 0: the format is to be told by a first line that is not there yet; -2. */
static int
begin(struct weir_ingest *g, struct weir_ingest_source *s, const struct weir_parser_place *at)
{
	const unsigned char *line;
	bool frames = false;
	size_t len, eol;
	int rc = 0;

	if (s->format == NULL && (s->in.partial || s->in.patience > 0) &&
	    (rc = weir_input_line(&s->in, g->conf.parser.max_record, &line, &len, &eol)) == 0)
		return 0;
	if (rc == -1)
		return weir_ingest_failed(g, s, NULL);
	rc = 0;
	if (s->format == NULL)
		s->format = weir_detect(&s->in, &g->conf.parser, &frames, &rc, g->conf.explain ? &s->why : NULL);
	if (frames)
		return weir_ingest_failed(g, s, "a weir stream among text sources: give it alone");
	if (rc != 0)
		return weir_ingest_failed(g, s, NULL);
	s->parser = s->format->open(&s->in, &g->conf.parser);
	if (at != NULL && weir_parser_load(s->parser, at) != 0)
		return weir_ingest_failed(g, s, "its saved place does not fit its format");
	return 1;
}

/* The input is open at the part's start or place. 1, 0, -2 as begin. */
static int
start(struct weir_ingest *g, struct weir_ingest_source *s, const struct weir_ingest_part *part)
{
	s->opened = true;
	s->bytes -= s->in.offset;
	s->in.wait = g->conf.wait;
	s->in.patience = g->conf.in_order ? 0 : g->conf.idle_after;
	if (s->format == NULL)
		s->format = g->conf.format;
	/* Whether it is compressed shows when it is read; only then it is known whether it may go on. */
	if (weir_ingest_open_ended(g) && s->in.origin.once == NULL) {
		if (!s->in.begun && weir_input_fill(&s->in) < 0)
			return weir_ingest_failed(g, s, NULL);
		s->in.partial = s->in.compression == NULL;
	}
	s->fixed = !s->in.partial && !s->set;
	s->copy = part->placed && part->place.copy;
	s->ahead.sure = part->placed ? (unsigned)part->place.sure : 0;
	if (g->conf.follow && s->in.partial)
		weir_sys_watch_add(&g->watch, s->in.name);
	return begin(g, s, part->placed ? &part->place.at : NULL);
}

/* The next part. 1, 0, -2 as begin; 1 also if there is no file yet of a source that had one. */
static int
open_next(struct weir_ingest *g, struct weir_ingest_source *s)
{
	struct weir_ingest_part part;
	int rc;

	if (s->opened)
		retire(g, s);
	part = s->parts[0];
	unlink_part(s, 0);
	free(s->in.name);
	s->in.name = NULL;
	if (part.opened) {
		s->in = part.in;
		part.opened = false;
	} else if (weir_input_open(&s->in, part.path, NULL) != 0) {
		bool gone = s->in.err == ENOENT && s->npast > 0;

		s->in.name = weir_mem_strdup(strcmp(part.path, "-") == 0 ? "(stdin)" : part.path);
		weir_ingest_part_release(&part);
		return gone ? 0 : weir_ingest_failed(g, s, NULL);
	}
	rc = start(g, s, &part);
	weir_ingest_part_release(&part);
	return rc;
}

int
weir_ingest_part_turn(struct weir_ingest *g, struct weir_ingest_source *s)
{
	int rc;

	for (;;) {
		if (s->opened && s->parser == NULL && (rc = begin(g, s, NULL)) != 0)
			return rc;
		if (s->in.stopped || s->in.dry)
			return 0;
		if (s->nparts == 0) {
			if (!g->conf.follow || (s->opened && !s->in.partial && !s->set))
				return 0;
			if ((rc = weir_ingest_follow(g, s)) <= 0)
				return rc;
			if ((s->nparts == 0 || rc == 2) && s->parser != NULL)
				return 1;
			if (rc == 2 && (rc = begin(g, s, NULL)) != 0)
				return rc;
		}
		if (s->nparts > 0 && s->ahead.aside.text != NULL)
			return 0;
		if (s->nparts > 0 && (rc = open_next(g, s)) != 0)
			return rc;
	}
}

void
weir_ingest_part_close(struct weir_ingest_source *s)
{
	close_input(s);
	while (s->nparts > 0)
		weir_ingest_part_drop(s, 0);
	free(s->parts);
	while (s->npast > 0)
		weir_place_release(&s->past[--s->npast]);
	free(s->past);
	weir_ingest_part_release(&s->old);
	weir_ahead_release(&s->ahead);
	weir_timing_release(&s->timing);
	weir_buf_release(&s->why);
	free(s->name);
}

uint64_t
weir_ingest_waiting(const struct weir_ingest_source *s)
{
	uint64_t n = s->opened && s->in.partial ? (uint64_t)(s->in.end - s->in.p) : 0;

	return n + (s->old.opened ? (uint64_t)(s->old.in.end - s->old.in.p) : 0);
}
