/*
 * place_find - the file of a place, known again
 */
#include "base/mem.h"
#include "text/place.h"

#include <stdlib.h>
#include <string.h>

/* Listings of a directory whose files are being renamed or packed. */
#define TRIES 10

int
weir_place_mark(struct weir_place *p, const struct weir_input *in)
{
	const unsigned char *past;
	size_t n = 0;

	if (weir_origin_now(&in->origin, &p->now) != 0)
		return -1;
	p->nhead = in->nfirst;
	weir_hash_wide(in->first, in->nfirst, p->head);
	past = weir_input_past(in, p->at.offset, &n);
	p->ntail = n;
	weir_hash_wide(past, n, p->tail);
	if (in->compression != NULL) {
		p->done = in->eof && in->p == in->end && p->at.offset == in->offset;
	} else if (weir_input_lies(in)) {
		p->done = p->at.offset >= p->now.size;
	} else {
		/* Cut, and perhaps written anew: what was read lies elsewhere by now, in a copy that was made before. */
		p->done = in->drained;
		p->now = (struct weir_origin_now){.modified = in->modified, .again = true};
	}
	return 0;
}

static bool
has_hash(const void *p, size_t n, const unsigned char *want)
{
	unsigned char h[WEIR_HASH_WIDE];

	weir_hash_wide(p, n, h);
	return memcmp(h, want, sizeof(h)) == 0;
}

/* Whether the input is of the place's file, as far as its bytes tell; then it is there. */
static bool
is_there(const struct weir_place *p, struct weir_input *in)
{
	const unsigned char *past;
	size_t n;

	if (weir_input_need_first(in, p->nhead) != 0 || in->nfirst < p->nhead ||
	    !has_hash(in->first, p->nhead, p->head))
		return false;
	if (weir_input_seek(in, p->at.offset, p->at.line, p->ntail) != 1)
		return false;
	past = weir_input_past(in, p->at.offset, &n);
	return n >= p->ntail && has_hash(past + (n - p->ntail), p->ntail, p->tail);
}

int
weir_place_open(const struct weir_place *p, const char *path, struct weir_input *in)
{
	if (weir_input_open(in, path, NULL) != 0)
		return 0;
	if (in->origin.once == NULL && is_there(p, in))
		return 1;
	weir_input_release(in);
	return 0;
}

/* Whether what is there may be the file, by what needs no reading. */
static bool
may_be(const struct weir_place *p, const struct weir_origin_now *now)
{
	if (weir_origin_same(now, &p->now))
		return true;
	/* Without any bytes to know it by, a file of another inode is another one. Copies and compressed ones are as
	 * new as the file was; older ones were rotated before. */
	return p->nhead > 0 && now->modified >= p->now.modified;
}

static bool
is_older(const struct weir_origin_now *a, const struct weir_origin_now *b)
{
	return a->modified < b->modified || (a->modified == b->modified && a->nanos < b->nanos);
}

/* Whether the file has more than what was read of it. */
static bool
goes_on(struct weir_input *in)
{
	return in->p < in->end || weir_input_fill(in) == 1;
}

static const char *
base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

bool
weir_place_kin(const char *name, const char *path)
{
	const char *stem = base_of(path);
	size_t n = strcspn(stem, ".");

	return n > 0 && strncmp(base_of(name), stem, n) == 0;
}

/* Whether all of it was read when it had another name already: what was written before it was renamed has been seen, so what begins as it does
 * and goes on may well be more than a copy of it (all logs so far in one archive, or what a pipeline made of them). */
static bool
was_rotated(const struct weir_place *p)
{
	return p->done && strcmp(p->path, p->source) != 0;
}

/* What has been found so far. */
struct best {
	enum weir_place_found what;
	bool kin;
	struct weir_origin_now now;
	char *path;
	struct weir_input in;
};

static void
take(struct best *b, enum weir_place_found what, bool kin, const struct weir_origin_now *now, const char *path,
    const struct weir_input *in)
{
	if (b->path != NULL) {
		weir_input_release(&b->in);
		free(b->path);
	}
	*b = (struct best){what, kin, *now, weir_mem_strdup(path), *in};
}

/* One listing of the directory. -1: a name that was listed is gone by now, so another may have come; else 0. */
static int
look_beside(const struct weir_place *p, const char *path, const struct weir_origin_list *l,
    bool (*taken)(void *ctx, const struct weir_origin_now *now), void *ctx, struct best *b)
{
	struct weir_origin_now now;
	struct weir_input in;
	bool vanished = false, same, kin;
	size_t i;

	for (i = 0; i < l->n && b->what != WEIR_PLACE_FILE; i++) {
		if (weir_origin_find(l->names[i], &now) != 0) {
			vanished = true;
			continue;
		}
		kin = weir_place_kin(l->names[i], path);
		same = weir_origin_same(&now, &p->now);
		if (!may_be(p, &now) || taken(ctx, &now) || (!kin && !same && was_rotated(p)) ||
		    (!same && b->path != NULL && (kin == b->kin ? !is_older(&now, &b->now) : b->kin)))
			continue;
		if (weir_place_open(p, l->names[i], &in) != 1) {
			vanished = vanished || weir_origin_find(l->names[i], &now) != 0;
		} else if (same || goes_on(&in)) {
			take(b, same ? WEIR_PLACE_FILE : WEIR_PLACE_COPY, kin, &now, l->names[i], &in);
		} else {
			weir_input_release(&in);
			if (b->what == WEIR_PLACE_NONE)
				b->what = WEIR_PLACE_READ;
		}
	}
	return vanished ? -1 : 0;
}

enum weir_place_found
weir_place_find(const struct weir_place *p, const char *path,
    bool (*taken)(void *ctx, const struct weir_origin_now *now), void *ctx, char **found,
    struct weir_input *in)
{
	char *dir = weir_origin_parent(path);
	struct best b = {0};
	int tries, rc = -1;

	for (tries = 0; b.path == NULL && rc < 0 && tries < TRIES; tries++) {
		struct weir_origin_list l = {0};

		rc = weir_origin_list(dir, &l) == 0 ? look_beside(p, path, &l, taken, ctx, &b) : 0;
		weir_origin_list_release(&l);
	}
	free(dir);
	*found = b.path;
	if (b.path != NULL)
		*in = b.in;
	return b.what;
}
