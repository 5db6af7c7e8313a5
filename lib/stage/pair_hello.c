/*
 * pair_hello - two hellos become one, and two barriers
 *
 * The pipelines of both inputs make up the one that stands behind this stage. What they have in common at their
 * beginning is one source with a tee behind it; any other name that both have would be two stages' in one
 * checkpoint.
 */
#include "base/mem.h"
#include "base/say.h"
#include "stage/follow.h"
#include "stage/pair_core.h"

#include <inttypes.h>
#include <string.h>

static int
restore(void *self, const struct weir_barrier_entry *was, bool discard)
{
	struct weir_pair_loop *l = self;

	return l->st->on_restore(l->self, was, discard);
}

static int
prepare(void *self, struct weir_barrier_entry *mine)
{
	struct weir_pair_loop *l = self;

	return l->st->on_prepare(l->self, mine);
}

static int
publish(void *self)
{
	struct weir_pair_loop *l = self;

	return l->st->on_publish(l->self);
}

/* The stage as the checkpoint sees it: every callback of it gets the loop. */
static void
wrap(struct weir_pair_loop *l)
{
	l->inner = *l->st;
	l->inner.on_save = weir_pair_save;
	l->inner.on_load = weir_pair_load;
	l->inner.on_restore = l->st->on_restore != NULL ? restore : NULL;
	l->inner.on_prepare = l->st->on_prepare != NULL ? prepare : NULL;
	l->inner.on_publish = l->st->on_publish != NULL ? publish : NULL;
}

/* Inputs whose epochs can't be the same ones. */
static int
check_checkpoints(struct weir_pair_loop *l)
{
	const struct weir_pair_in *a = &l->in[0], *b = &l->in[1];
	const struct weir_hello_checkpoint *x = &a->hello.checkpoint, *y = &b->hello.checkpoint;

	if (x->dir == NULL && y->dir == NULL)
		return 0;
	if (x->dir == NULL || y->dir == NULL)
		return weir_run_die(&l->run, WEIR_EX_CONFIG,
		    "%s belongs to the checkpoint %s, and %s to none, so it could not go on after a crash: give both sources -C %s --sources 2, and an --id each",
		    x->dir != NULL ? a->name : b->name, x->dir != NULL ? x->dir : y->dir,
		    x->dir != NULL ? b->name : a->name, x->dir != NULL ? x->dir : y->dir);
	if (strcmp(x->dir, y->dir) != 0 || memcmp(x->id, y->id, sizeof(x->id)) != 0)
		return weir_run_die(&l->run, WEIR_EX_CONFIG,
		    "%s and %s belong to different checkpoints, %s and %s: give both sources the same -C DIR, with --sources 2",
		    a->name, b->name, x->dir, y->dir);
	/* One of them may be a rest of an earlier run, and gone by the next try. */
	if (!l->kin)
		return weir_run_die(&l->run, WEIR_EX_TEMPFAIL, "%s and %s come from different runs on the checkpoint %s",
		    a->name, b->name, x->dir);
	if (x->restored != y->restored || x->epoch != y->epoch)
		return weir_run_die(&l->run, WEIR_EX_CONFIG,
		    "%s and %s have gone back to different epochs of the checkpoint %s: %s%" PRIu64 " and %s%" PRIu64,
		    a->name, b->name, x->dir, x->restored ? "" : "before ", x->epoch, y->restored ? "" : "before ", y->epoch);
	return 0;
}

static bool
listed(char *const *list, unsigned n, const char *id)
{
	while (n > 0)
		if (strcmp(list[--n], id) == 0)
			return true;
	return false;
}

static int
clash(struct weir_pair_loop *l, const char *id)
{
	return weir_run_die(&l->run, WEIR_EX_CONFIG, "two stages are called %s, one before %s and one before %s: give one of them --id NAME",
	    id, l->in[0].name, l->in[1].name);
}

/* The stages of the right pipeline behind those of the left one. */
static int
join_stages(struct weir_pair_loop *l, struct weir_hello *h, const struct weir_hello *right)
{
	unsigned common = 0, n = h->nstages, i;

	while (l->kin && common < n && common < right->nstages &&
	    strcmp(h->stages[common], right->stages[common]) == 0)
		common++;
	for (i = common; i < right->nstages; i++) {
		if (right->checkpoint.dir != NULL && listed(h->stages, n, right->stages[i]))
			return clash(l, right->stages[i]);
		weir_hello_add_stage(h, right->stages[i]);
	}
	for (i = 0; i < right->nsources; i++)
		if (common == 0 || !listed(h->sources, h->nsources, right->sources[i]))
			weir_hello_add_source(h, right->sources[i]);
	return 0;
}

/* Both hellos as one. */
static int
join(struct weir_pair_loop *l, struct weir_hello *h)
{
	const struct weir_hello *right = &l->in[1].hello;
	struct weir_buf copy = {0};
	unsigned i;

	l->kin = memcmp(l->in[0].hello.run, right->run, sizeof(right->run)) == 0;
	if (check_checkpoints(l) != 0)
		return -1;
	weir_hello_encode(&l->in[0].hello, &copy);
	weir_hello_decode(h, copy.p, copy.len);
	weir_buf_release(&copy);
	h->checkpoint.accept = h->checkpoint.accept || right->checkpoint.accept;
	h->checkpoint.discard = h->checkpoint.discard || right->checkpoint.discard;
	for (i = 0; i < right->checkpoint.ndropped; i++)
		if (!listed(h->checkpoint.dropped, h->checkpoint.ndropped, right->checkpoint.dropped[i]))
			weir_hello_drop_stage(h, right->checkpoint.dropped[i]);
	if (right->checkpoint.keep > h->checkpoint.keep)
		h->checkpoint.keep = right->checkpoint.keep;
	/* Records of the input that is ahead would imply more than both promise. */
	h->implied = false;
	return join_stages(l, h, right);
}

/* Goes back to what was committed. */
static int
go_back(struct weir_pair_loop *l, const struct weir_hello *h)
{
	unsigned i;

	wrap(l);
	if (weir_follow_hello(&l->run, &l->inner, l, h, l->run.id, l->in[0].reader.fd) != 0)
		return -1;
	if (l->any && (l->loading < 2 || l->to_load > 0))
		return weir_run_die(&l->run, WEIR_EX_PROTOCOL, "%s: its state in %s breaks off", l->run.id, l->run.epoch.dir.path);
	for (i = 0; i < 2; i++)
		weir_pair_set_delay(&l->in[i], &l->in[i].hello);
	return 0;
}

static int
tell_stage(struct weir_pair_loop *l)
{
	int rc = 0;

	for (l->side = 0; rc == 0 && l->st->on_hello != NULL; l->side++) {
		rc = weir_run_check(&l->run, l->st->on_hello(l->self, &l->in[l->side].hello, &l->run.out));
		if (l->side == WEIR_PAIR_RIGHT)
			break;
	}
	return rc;
}

int
weir_pair_start(struct weir_pair_loop *l)
{
	struct weir_hello h = {0};
	int rc = join(l, &h);

	l->run.id = weir_mem_strdup(weir_hello_add_stage(&h, weir_run_name(&l->run)));
	if (rc == 0)
		rc = go_back(l, &h);
	if (rc == 0)
		rc = tell_stage(l);
	if (rc == 0 && (l->run.out.fd >= 0 || l->run.table != NULL)) {
		rc = weir_run_check(&l->run, weir_out_hello(&l->run.out, &h));
		l->started = rc == 0;
	}
	weir_hello_release(&h);
	return rc;
}

int
weir_pair_align(struct weir_pair_loop *l)
{
	struct weir_pair_in *a = &l->in[0], *b = &l->in[1];
	const char *id;
	int rc;

	if (a->epoch != b->epoch)
		return weir_run_die(&l->run, WEIR_EX_PROTOCOL, "%s is at epoch %" PRIu64 ", %s at epoch %" PRIu64, a->name, a->epoch,
		    b->name, b->epoch);
	if ((id = weir_barrier_clash(&a->barrier, &b->barrier)) != NULL)
		return clash(l, id);
	weir_barrier_merge(&a->barrier, &b->barrier);
	a->barred = b->barred = false;
	rc = weir_follow_barrier(&l->run, &l->inner, l, a->epoch, &a->barrier);
	weir_barrier_release(&a->barrier);
	weir_barrier_release(&b->barrier);
	return rc;
}
