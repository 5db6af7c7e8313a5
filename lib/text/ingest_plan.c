/*
 * ingest_plan - where the sources were, found again in what is there now
 *
 * A place belongs to the source (operand) it was saved for, if that is given again, else to the one whose
 * file it is. It is looked for in this order: a file of the operands with its device and inode, one with its bytes,
 * a file beside where it was. A file that is found is read on from its place before anything else of the source;
 * the operand's own file, if that is another one, follows from its start.
 */
#include "base/mem.h"
#include "text/ingest_core.h"
#include "text/twin.h"

#include <stdlib.h>
#include <string.h>

/* A file that the operands name. */
struct candidate {
	unsigned source;
	const char *path;             /* the part's */
	struct weir_origin_now now;
	bool there, claimed;
};

/* A place and the file found for it. */
struct found {
	bool any, done;               /* done: nothing is behind the place, the input was not opened */
	bool copy, read;              /* read: only a copy that ends where the place is */
	char *path;
	unsigned source;              /* of the operand's file; or n: a file beside it */
	struct weir_origin_now now;
	struct weir_input in;
};

struct plan {
	struct weir_ingest *g;
	struct candidate *files;
	size_t n;
	struct found *found;          /* one a place */
};

/* Directories become their files; all files are asked for what they are. */
static void
list_files(struct plan *pl)
{
	struct weir_ingest *g = pl->g;
	struct weir_origin_list l;
	unsigned i, k;

	for (i = 0; i < g->n; i++) {
		struct weir_ingest_source *s = &g->sources[i];

		if (s->nparts == 1 && strcmp(s->name, "-") != 0 && weir_origin_list(s->name, &l) == 0) {
			s->set = true;
			weir_ingest_part_drop(s, 0);
			for (k = 0; k < l.n; k++)
				weir_ingest_part_add(s, l.names[k]);
			weir_origin_list_release(&l);
		}
		pl->files = weir_mem_realloc(pl->files, pl->n + s->nparts + 1, sizeof(*pl->files));
		for (k = 0; (g->nplaces > 0 || g->conf.partial) && k < s->nparts; k++) {
			struct candidate *c = &pl->files[pl->n++];

			*c = (struct candidate){.source = i, .path = s->parts[k].path};
			c->there = strcmp(c->path, "-") != 0 && weir_origin_find(c->path, &c->now) == 0 && c->now.again;
		}
	}
}

/* The source's part of that path, not one that a place was found for, goes. */
static void
drop_part(struct weir_ingest_source *s, const char *path)
{
	unsigned k;

	for (k = 0; k < s->nparts; k++)
		if (!s->parts[k].placed && strcmp(s->parts[k].path, path) == 0) {
			weir_ingest_part_drop(s, k);
			return;
		}
}

static bool
has_place(const struct weir_ingest *g, const struct weir_origin_now *now)
{
	size_t i;

	for (i = 0; i < g->nplaces; i++)
		if (weir_origin_same(&g->places[i].now, now))
			return true;
	return false;
}

/* Whether c may be what is just being made of the other one: packed, by its name; or a copy, new beside one that was read. */
static bool
may_be_twin(const struct plan *pl, const struct candidate *c, const char *original, const struct candidate *of)
{
	struct weir_origin_now now;

	if (!of->there || weir_origin_same(&c->now, &of->now))
		return false;
	if (original != NULL)
		return weir_origin_find(original, &now) == 0 && weir_origin_same(&now, &of->now);
	return c->now.size >= WEIR_INPUT_FIRST && weir_place_kin(c->path, of->path) && has_place(pl->g, &of->now) &&
	    !has_place(pl->g, &c->now);
}

/* A copy, packed or not, of a file that is read itself is left out as long as that one is there and has all of it: afterwards it
 * is known by its bytes. Two logs may begin with the same few lines, so names count as well, and a small one is no copy. */
static void
drop_twin(struct plan *pl, struct candidate *c)
{
	char *original = c->there ? weir_twin_original(c->path) : NULL;
	struct weir_input in;
	size_t k;

	for (k = 0; k < pl->n && c->there; k++) {
		if (!may_be_twin(pl, c, original, &pl->files[k]) || !weir_twin_of(c->path, pl->files[k].path, &in))
			continue;
		weir_input_release(&in);
		drop_part(&pl->g->sources[c->source], c->path);
		c->there = false;
	}
	free(original);
}

/* Whether a later place is of the same source. */
static bool
is_last(const struct weir_ingest *g, const struct weir_place *p)
{
	const struct weir_place *q;

	for (q = p + 1; q < g->places + g->nplaces; q++)
		if (strcmp(q->source, p->source) == 0)
			return false;
	return true;
}

/* Whether the file is the place's: if so it is claimed. */
static bool
try(const struct weir_ingest *g, const struct weir_place *p, struct found *f, struct candidate *c)
{
	/* A file that was read to its end and has not changed need not be opened, but for one that may go on. */
	f->done = p->done && weir_origin_same(&p->now, &c->now) && p->now.size == c->now.size &&
	    p->now.modified == c->now.modified && strcmp(p->path, c->path) == 0 && (p->packed != NULL || !is_last(g, p));
	if (!f->done && weir_place_open(p, c->path, &f->in) != 1) {
		/* Its name may have changed hands since it was listed: then what it was is to be looked for elsewhere. */
		c->there = weir_origin_find(c->path, &c->now) == 0 && c->now.again;
		return false;
	}
	c->claimed = f->any = true;
	f->path = weir_mem_strdup(c->path);
	f->source = c->source;
	f->now = c->now;
	return true;
}

/* Among the operands' files, those with the place's inode or those that could be copies. */
static void
match(struct plan *pl, unsigned i, bool same)
{
	const struct weir_place *p = &pl->g->places[i];
	struct found *f = &pl->found[i];
	size_t pass, k;

	/* Of copies the one of the same name first. */
	for (pass = 0; !f->any && pass < 2; pass++)
		for (k = 0; !f->any && k < pl->n; k++) {
			struct candidate *c = &pl->files[k];

			if (!c->there || c->claimed || weir_origin_same(&p->now, &c->now) != same ||
			    (strcmp(c->path, p->path) == 0) != (pass == 0))
				continue;
			if (!same && (p->nhead == 0 || c->now.modified < p->now.modified))
				continue;
			try(pl->g, p, f, c);
		}
}

/* A file that is an operand's or another place's is not the one looked for. */
static bool
is_taken(void *ctx, const struct weir_origin_now *now)
{
	const struct plan *pl = ctx;
	size_t i;

	if (weir_ingest_writes(pl->g, now))
		return true;
	for (i = 0; i < pl->n; i++)
		if (pl->files[i].there && weir_origin_same(&pl->files[i].now, now))
			return true;
	for (i = 0; i < pl->g->nplaces; i++)
		if (pl->found[i].any && weir_origin_same(&pl->found[i].now, now))
			return true;
	return false;
}

static void
search(struct plan *pl, unsigned i)
{
	const struct weir_place *p = &pl->g->places[i];
	struct found *f = &pl->found[i];
	enum weir_place_found what = weir_place_find(p, p->path, is_taken, pl, &f->path, &f->in);

	f->read = what == WEIR_PLACE_READ;
	if (f->path == NULL)
		return;
	f->copy = what == WEIR_PLACE_COPY;
	f->any = true;
	f->source = pl->g->n;
	weir_origin_now(&f->in.origin, &f->now);
}

/* The source that the place belongs to; a new one for a file that no operand names any more but is still there. */
static struct weir_ingest_source *
owner(struct plan *pl, unsigned i)
{
	struct weir_ingest *g = pl->g;
	const struct weir_place *p = &g->places[i];
	const struct found *f = &pl->found[i];
	unsigned k;

	for (k = 0; k < g->n; k++)
		if (strcmp(g->sources[k].name, p->source) == 0)
			return &g->sources[k];
	if (f->any && f->source < g->n)
		return &g->sources[f->source];
	if (!f->any || p->done)
		return NULL;
	return weir_ingest_source(g, p->source);
}

static int
take_decisions(struct weir_ingest *g, struct weir_ingest_source *s, const struct weir_place *p)
{
	size_t i;

	if (p->greatest > s->greatest)
		s->greatest = p->greatest;
	if (p->kind != NULL && s->timing.kind == WEIR_TIMING_OPEN &&
	    weir_timing_load(&s->timing, p->kind, p->unit, p->time) != 0)
		return weir_ingest_failed(g, s, "its saved place does not fit -t or --time-format");
	if (s->format == NULL)
		s->format = g->conf.format;
	for (i = 0; s->format == NULL && p->format != NULL && weir_detect_formats[i] != NULL; i++)
		if (strcmp(weir_detect_formats[i]->name, p->format) == 0)
			s->format = weir_detect_formats[i];
	return 0;
}

/* The file's own part goes: it is read from the place, or not at all. */
static void
unpart(struct weir_ingest *g, const struct found *f)
{
	if (f->source < g->n)
		drop_part(&g->sources[f->source], f->path);
}

/* What the place means for its source. */
static int
settle(struct plan *pl, unsigned i)
{
	struct weir_ingest *g = pl->g;
	struct found *f = &pl->found[i];
	struct weir_place *p = &g->places[i];
	struct weir_ingest_source *s = owner(pl, i);
	struct weir_ingest_part *part;
	struct weir_origin_now now;
	unsigned at = 0;

	/* Whatever a copy got since is something else. */
	if (p->copy && p->done && (!f->any || f->source >= g->n))
		return 0;
	p->copy = p->copy || f->copy;
	if (f->any)
		unpart(g, f);
	if (s == NULL)
		return p->done ? 0 : weir_ingest_missing(g, weir_ingest_source(g, p->source), p);
	if (take_decisions(g, s, p) != 0)
		return -2;
	if (!f->any) {
		if (!p->done && !f->read)
			return weir_ingest_missing(g, s, p);
		/* Forgotten, but for a file that is still named: that it is gone is no error then. */
		if (!s->set && weir_origin_find(s->name, &now) != 0)
			weir_ingest_past(s, p);
		return 0;
	}
	free(p->path);
	p->path = weir_mem_strdup(f->path);
	p->now = f->now;
	if (f->done || (p->done && f->in.compression == NULL && f->now.size <= p->at.offset && !is_last(g, p))) {
		s->fixed = p->packed != NULL;
		weir_ingest_past(s, p);
		return 0;
	}
	while (at < s->nparts && s->parts[at].placed)
		at++;
	part = weir_ingest_part_at(s, at, f->path);
	part->placed = part->opened = true;
	part->in = f->in;
	f->any = false;
	weir_place_move(&part->place, p);
	return 0;
}

static void
release(struct plan *pl)
{
	struct weir_ingest *g = pl->g;
	unsigned i;

	for (i = 0; i < g->nplaces; i++) {
		if (pl->found[i].any && !pl->found[i].done)
			weir_input_release(&pl->found[i].in);
		free(pl->found[i].path);
		weir_place_release(&g->places[i]);
	}
	free(g->places);
	free(pl->found);
	free(pl->files);
	g->places = NULL;
	g->nplaces = 0;
}

int
weir_ingest_plan(struct weir_ingest *g)
{
	struct plan pl = {.g = g};
	size_t k;
	unsigned i;
	int rc = 0;

	pl.found = weir_mem_zalloc(g->nplaces + (size_t)1, sizeof(*pl.found));
	list_files(&pl);
	for (k = 0; g->conf.partial && k < pl.n; k++)
		drop_twin(&pl, &pl.files[k]);
	for (i = 0; i < g->nplaces; i++)
		match(&pl, i, true);
	for (i = 0; i < g->nplaces; i++)
		match(&pl, i, false);
	for (i = 0; i < g->nplaces; i++)
		if (!pl.found[i].any)
			search(&pl, i);
	for (i = 0; rc == 0 && i < g->nplaces; i++)
		rc = settle(&pl, i);
	/* Whose file has become another's has ended. */
	for (i = 0; i < g->n; i++)
		if (g->sources[i].nparts == 0 && g->sources[i].npast == 0 && !g->sources[i].set)
			g->sources[i].fixed = true;
	release(&pl);
	return rc;
}
