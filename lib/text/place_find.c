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
	if (now->device == p->now.device && now->inode == p->now.inode)
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

/* Whether the file has more than what was read of it. A copy of what was read, as an output may be one, has not. */
static bool
goes_on(struct weir_input *in)
{
	return in->p < in->end || weir_input_fill(in) == 1;
}

/* One listing of the directory. 1: found; 0: not; -1: not, but a name that was listed is gone by now, so another may have come. */
static int
look_beside(const struct weir_place *p, const char *dir,
    bool (*taken)(void *ctx, const struct weir_origin_now *now), void *ctx, char **found,
    struct weir_input *in)
{
	struct weir_origin_list l = {0};
	struct weir_origin_now now, best = {0};
	struct weir_input other;
	bool vanished = false, same = false, more = false, had_more = false;
	size_t i;

	if (weir_origin_list(dir, &l) != 0)
		l.n = 0;
	for (i = 0; i < l.n && !same; i++) {
		if (weir_origin_find(l.names[i], &now) != 0) {
			vanished = true;
			continue;
		}
		if (!may_be(p, &now))
			continue;
		same = now.device == p->now.device && now.inode == p->now.inode;
		if ((had_more && !same && !is_older(&now, &best)) || (taken != NULL && taken(ctx, &now)) ||
		    weir_place_open(p, l.names[i], &other) != 1) {
			vanished = vanished || weir_origin_find(l.names[i], &now) != 0;
			same = false;
			continue;
		}
		more = goes_on(&other);
		if (*found != NULL && !same && (more == had_more ? !is_older(&now, &best) : had_more)) {
			weir_input_release(&other);
			continue;
		}
		if (*found != NULL)
			weir_input_release(in);
		free(*found);
		*found = weir_mem_strdup(l.names[i]);
		*in = other;
		best = now;
		had_more = more;
	}
	weir_origin_list_release(&l);
	return *found != NULL ? 1 : vanished ? -1 : 0;
}

int
weir_place_find(const struct weir_place *p, const char *path,
    bool (*taken)(void *ctx, const struct weir_origin_now *now), void *ctx, char **found,
    struct weir_input *in)
{
	char *dir = weir_origin_parent(path);
	int tries, rc = -1;

	*found = NULL;
	for (tries = 0; rc < 0 && tries < TRIES; tries++)
		rc = look_beside(p, dir, taken, ctx, found, in);
	free(dir);
	return rc == 1;
}
