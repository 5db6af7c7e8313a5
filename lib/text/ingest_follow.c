/*
 * ingest_follow - files that go on while they are read, as tail -F
 *
 * At the end of a file it is looked whether its name belongs to another file now (it was renamed; the
 * new one is read next, and the old one is kept open, because its writer may not know yet), or
 * whether the file was cut (copytruncate: the copy has the rest, then the file begins anew).
 */
#include "base/mem.h"
#include "text/ingest_core.h"
#include "text/twin.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* Looks for a copy this often: it may be renamed between the listing of its directory and its opening. */
#define TRIES 3

static void
put_first(struct weir_ingest_source *s, const struct weir_ingest_part *part)
{
	struct weir_ingest_part *p = weir_ingest_part_at(s, 0, "");

	free(p->path);
	*p = *part;
}

/* Whether the file before this one has grown: then it is read on first. */
static bool
old_grew(struct weir_ingest *g, struct weir_ingest_source *s)
{
	struct weir_origin_now now;
	struct weir_ingest_part part, old = s->old;

	if (!old.opened || weir_origin_now(&old.in.origin, &now) != 0 ||
	    now.size <= old.in.offset + (uint64_t)(old.in.end - old.in.p))
		return false;
	memset(&s->old, 0, sizeof(s->old));
	if (s->opened && weir_ingest_part_detach(g, s, &part) == 0)
		put_first(s, &part);
	old.in.eof = false;
	put_first(s, &old);
	return true;
}

static bool
is_written(void *ctx, const struct weir_origin_now *now)
{
	return weir_ingest_writes(ctx, now);
}

/* The file was cut and may have been written anew. 1, -2. */
static int
was_cut(struct weir_ingest *g, struct weir_ingest_source *s)
{
	enum weir_place_found rc = WEIR_PLACE_NONE;
	struct weir_ingest_part *part;
	struct weir_place p;
	struct weir_input in;
	char *found = NULL;
	bool copied;
	int i;

	if (weir_ingest_part_place(g, s, &p) != 0)
		return weir_ingest_failed(g, s, "it can't be read again");
	for (i = 0; rc == WEIR_PLACE_NONE && i < TRIES; i++)
		rc = weir_place_find(&p, s->in.name, is_written, g, &found, &in);
	copied = found != NULL;
	if (copied) {
		p.copy = true;
		part = weir_ingest_part_at(s, 0, found);
		part->placed = part->opened = true;
		part->in = in;
		weir_place_move(&part->place, &p);
		free(found);
	} else if (rc == WEIR_PLACE_NONE && (!p.done || s->in.p < s->in.end) && weir_ingest_missing(g, s, &p) != 0) {
		weir_place_release(&p);
		return -2;
	}
	weir_place_release(&p);
	weir_ingest_part_at(s, copied, s->in.name);
	return 1;
}

/* Whether the file is one that is open. */
static bool
is_open(const struct weir_ingest_source *s, const struct weir_origin_now *now)
{
	struct weir_origin_now mine;

	return (s->opened && weir_origin_now(&s->in.origin, &mine) == 0 && weir_origin_same(&mine, now)) ||
	    (s->old.opened && weir_origin_same(&s->old.place.now, now));
}

/* Adds a file as a part, to be read from the place if it is that place's. 1; 0: it isn't. */
static int
add_placed(struct weir_ingest_source *s, const char *path, struct weir_place *p)
{
	struct weir_ingest_part *part;
	struct weir_input in;

	if (weir_place_open(p, path, &in) != 1)
		return 0;
	part = weir_ingest_part_add(s, path);
	part->placed = part->opened = true;
	part->in = in;
	weir_place_move(&part->place, p);
	return 1;
}

/* A packed file of which nothing is to be read, and of which `in` has all: it is noted once it is whole, which one is not that has
 * not begun. */
static void
note_packed(struct weir_ingest_source *s, const char *path, const struct weir_input *in)
{
	struct weir_place p = {.at = {.offset = in->offset, .line = 1}, .greatest = s->greatest};

	if (in->compression == NULL || in->err != 0 || in->why != NULL || weir_place_mark(&p, in) != 0)
		return;
	p.source = weir_mem_strdup(s->name);
	p.path = weir_mem_strdup(path);
	p.packed = weir_mem_strdup(in->compression);
	weir_ingest_past(s, &p);
}

/* The packed file is what a packer makes of one that is there, which is read itself. */
static bool
is_twin(struct weir_ingest_source *s, const char *path, const char *original)
{
	struct weir_origin_now now;
	struct weir_input in;

	if (weir_origin_find(original, &now) != 0 || !now.again || !weir_twin_of(path, original, &in))
		return false;
	note_packed(s, path, &in);
	weir_input_release(&in);
	return true;
}

/* Whether the packed file may have been made of the place's, by its name: two logs may begin with the same few lines. */
static bool
may_have_been(const struct weir_place *p, const char *path)
{
	return p->packed == NULL && p->nhead > 0 && weir_place_kin(path, p->path);
}

/* The packed file was made of one that is still open at that place: whatever it has is read there. */
static bool
was_open(struct weir_ingest_source *s, const struct weir_place *p, const char *path)
{
	struct weir_input in;

	if (!may_have_been(p, path) || weir_place_open(p, path, &in) != 1)
		return false;
	do
		weir_input_take(&in, (size_t)(in.end - in.p), 0);
	while (weir_input_fill(&in) == 1);
	note_packed(s, path, &in);
	weir_input_release(&in);
	return true;
}

/* The packed file was made of one that is gone: of a past one, then what that had left is read; or of one that is open. */
static bool
was_packed(const struct weir_ingest *g, struct weir_ingest_source *s, const char *path)
{
	struct weir_place p = {0};
	bool is = false;
	unsigned i;

	for (i = 0; i < s->npast && !is; i++)
		if (may_have_been(&s->past[i], path) && (is = add_placed(s, path, &s->past[i])))
			memmove(&s->past[i], &s->past[i] + 1, (--s->npast - i) * sizeof(s->past[i]));
	if (!is && s->opened && weir_ingest_part_place(g, s, &p) == 0)
		is = was_open(s, &p, path);
	weir_place_release(&p);
	return is || (s->old.opened && was_open(s, &s->old.place, path));
}

/* Adds a file that is not open. An inode is used again, so that a past file has it says little. */
static void
add_file(const struct weir_ingest *g, struct weir_ingest_source *s, const char *path, const struct weir_origin_now *now)
{
	char *original;
	unsigned i;
	bool known;

	for (i = 0; i < s->npast; i++) {
		struct weir_place *p = &s->past[i];

		if (!weir_origin_same(&p->now, now))
			continue;
		if (p->done && p->now.size == now->size && p->now.modified == now->modified && p->now.nanos == now->nanos &&
		    strcmp(p->path, path) == 0)
			return;
		if (add_placed(s, path, p)) {
			memmove(p, p + 1, (--s->npast - i) * sizeof(*p));
			return;
		}
	}
	original = weir_twin_original(path);
	known = original != NULL && (is_twin(s, path, original) || was_packed(g, s, path));
	free(original);
	if (!known)
		weir_ingest_part_add(s, path);
}

/* The files of the directory that have come since, or gone on. */
static void
add_new_files(const struct weir_ingest *g, struct weir_ingest_source *s)
{
	struct weir_origin_list l;
	struct weir_origin_now now;
	size_t i;

	if (weir_origin_list(s->name, &l) != 0)
		return;
	for (i = 0; i < l.n; i++)
		if (weir_origin_find(l.names[i], &now) == 0 && !is_open(s, &now))
			add_file(g, s, l.names[i], &now);
	weir_origin_list_release(&l);
}

/* The file that has the operand's name now, if it is another one: read from its start, or, if it is a
 * copy of the one before, from the same place. */
static void
add_successor(struct weir_ingest *g, struct weir_ingest_source *s)
{
	struct weir_origin_now now;
	struct weir_place p = {0};
	bool placed = false;

	if (weir_origin_find(s->name, &now) != 0 || is_open(s, &now))
		return;
	if (s->opened && weir_ingest_part_place(g, s, &p) == 0)
		placed = p.nhead > 0 && p.at.offset > 0 && add_placed(s, s->name, &p);
	weir_place_release(&p);
	if (!placed)
		add_file(g, s, s->name, &now);
}

int
weir_ingest_follow(struct weir_ingest *g, struct weir_ingest_source *s)
{
	int rc = 0;

	if (s->opened && s->in.partial) {
		if ((rc = weir_input_again(&s->in)) != 0)
			return rc < 0 ? weir_ingest_failed(g, s, NULL) : 1;
		if (s->in.changed)
			return was_cut(g, s);
	}
	if (old_grew(g, s))
		return 1;
	if (s->set)
		add_new_files(g, s);
	else
		add_successor(g, s);
	if (s->nparts == 0)
		return 0;
	/* What was written before the name changed hands is read first. */
	if (s->opened && s->in.partial && (rc = weir_input_again(&s->in)) != 0)
		return rc < 0 ? weir_ingest_failed(g, s, NULL) : 2;
	return 1;
}

int
weir_ingest_follow_wait(struct weir_ingest *g)
{
	struct pollfd pfd = {.fd = g->watch.fd, .events = POLLIN};
	int rc = 0;

	if (g->conf.idle_after > 0)
		rc = weir_ingest_idle_wait(g);
	else if (g->conf.idle.wait != NULL)
		rc = g->conf.idle.wait(g->conf.idle.ctx, g->watch.fd);
	else if (poll(&pfd, 1, -1) < 0 && errno != EINTR)
		rc = -1;
	weir_sys_watch_take(&g->watch);
	return rc < 0 ? 0 : rc > 0 ? 2 : 1;
}
