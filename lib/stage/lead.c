/*
 * lead - see lead.h
 */
#include "stage/lead.h"
#include "base/durable.h"
#include "base/mem.h"
#include "base/say.h"
#include "base/status.h"
#include "base/sys.h"

#include <errno.h>
#include <string.h>

#define PATIENCE_NS (INT64_C(10) * 1000 * 1000 * 1000)
#define PAUSE_NS (1000 * 1000)

/* How often a source that waits for input looks whether another has begun an epoch. */
#define LOOK_NS (50 * 1000 * 1000)

/* Pauses between two looks at whether the others still live, and until it is said that there are none. */
#define LOOK_PAUSES 20
#define ALONE 5000

/* And between two beats: what died before it could take part in the run is missed by nobody else. */
#define BEAT 200

/* Records between two looks at the clock, and the time between two at what is committed. */
#define LOOK 256
#define COMMIT_NS (1000 * 1000)

static int
restore(struct weir_lead *l)
{
	struct weir_epoch *e = &l->run->epoch;
	int rc = weir_epoch_restore(e);

	if (rc > 0)
		return weir_run_epoch_failed(l->run, rc);
	if (rc < 0)
		return weir_run_die(l->run, WEIR_EX_PROTOCOL, "%s: its state in %s does not fit it", e->id, e->dir.path);
	return 0;
}

/* Whether any output of one manifest has another length in the other. */
static bool
outputs_differ(const struct weir_barrier *a, const struct weir_barrier *b)
{
	unsigned i, k;

	for (i = 0; i < a->n; i++)
		for (k = 0; k < a->entries[i].noutputs; k++) {
			const struct weir_barrier_output *x = &a->entries[i].outputs[k];
			const struct weir_barrier_output *y = weir_output_find(weir_barrier_find(b, a->entries[i].id), x->path);

			if (y == NULL || y->length != x->length)
				return true;
		}
	return false;
}

/* --from-epoch: an older epoch that is kept becomes the committed one again. */
static int
go_back(struct weir_lead *l)
{
	struct weir_epoch *e = &l->run->epoch;
	struct weir_commit old = {0};
	int rc = 0;

	if (l->conf->from == UINT64_MAX || !e->from.any || l->conf->from == e->from.epoch)
		return 0;
	if ((rc = weir_commit_rebuild(&e->dir, l->conf->from, &old)) != 0)
		weir_run_epoch_failed(l->run, rc);
	else if (!l->conf->discard && outputs_differ(&e->from.manifest, &old.manifest))
		rc = weir_run_die(l->run, WEIR_EX_CONFIG,
		    "--from-epoch %llu: output has been written since; --discard-output cuts it off",
		    (unsigned long long)l->conf->from);
	else if ((rc = weir_commit_replace(&e->dir, &old)) != 0)
		weir_run_epoch_failed(l->run, rc);
	if (rc == 0) {
		weir_commit_release(&e->from);
		e->from = old;
		return 0;
	}
	weir_commit_release(&old);
	return -1;
}

/* The numbers of epochs go on behind every one that has a directory; another source may have begun the first one of this run
 * already. */
static int
number(struct weir_lead *l)
{
	struct weir_epoch *e = &l->run->epoch;
	struct weir_dir_run r = {0};
	int64_t highest;
	int rc;

	if ((rc = weir_dir_lock(&e->dir)) != 0)
		return weir_run_epoch_failed(l->run, rc);
	highest = weir_dir_highest(&e->dir);
	rc = weir_dir_get(&e->dir, &r);
	weir_dir_unlock(&e->dir);
	e->current = e->done = e->from.any ? (int64_t)e->from.epoch : -1;
	l->next = !e->from.any ? 0 : (highest > e->current ? highest : e->current) + 1;
	if (rc == 0 && r.epoch >= 0)
		l->next = r.epoch;
	if (rc == 0 && e->dir.place == 0)
		rc = weir_dir_admit(&e->dir);
	return rc == 0 ? 0 : weir_run_epoch_failed(l->run, rc);
}

static void
tell(const struct weir_lead *l, struct weir_hello *h)
{
	const struct weir_epoch *e = &l->run->epoch;
	unsigned i;

	memcpy(h->run, e->dir.run, sizeof(h->run));
	memcpy(h->checkpoint.id, e->dir.id, sizeof(h->checkpoint.id));
	h->checkpoint.dir = weir_mem_strdup(e->dir.path);
	h->checkpoint.restored = e->from.any;
	h->checkpoint.epoch = e->from.epoch;
	h->checkpoint.sources = l->conf->sources;
	h->checkpoint.sinks = l->conf->sinks;
	h->checkpoint.keep = l->conf->keep;
	h->checkpoint.accept = l->conf->accept;
	h->checkpoint.discard = l->conf->discard;
	for (i = 0; i < l->conf->ndropped; i++)
		weir_hello_drop_stage(h, l->conf->dropped[i]);
}

int
weir_lead_start(struct weir_lead *l, struct weir_run *run, const struct weir_source *src,
    void *self, struct weir_hello *h)
{
	struct weir_epoch *e = &run->epoch;
	int rc;

	l->conf = src->checkpoint;
	l->run = run;
	e->who = (struct weir_epoch_who){.command = src->name, .options = weir_run_options(run, src->checkpoint->options),
	    .version = src->checkpoint->version, .role = WEIR_BARRIER_SOURCE, .self = self,
	    .save = src->on_save, .load = src->on_load};
	e->id = weir_mem_strdup(run->id);
	e->conf.accept = l->conf->accept;
	e->conf.sinks = l->conf->sinks;
	if ((rc = weir_dir_create(&e->dir, l->conf->dir, l->conf->force)) != 0 ||
	    (rc = weir_dir_lead(&e->dir, e->id, l->conf->sources, PATIENCE_NS)) != 0 ||
	    (rc = weir_commit_read(&e->dir, &e->from)) != 0)
		return weir_run_epoch_failed(run, rc);
	if (e->dir.place == 0 && weir_durable_sweep(e->dir.fd) != 0)
		return weir_run_die(run, WEIR_EX_IOERR, "%s: %s", e->dir.path, strerror(errno));
	e->on = true;
	if (e->dir.place == 0 && go_back(l) != 0)
		return -1;
	if (number(l) != 0)
		return -1;
	tell(l, h);
	if (restore(l) != 0)
		return -1;
	rc = weir_reject_restore(&run->reject,
	    e->from.any ? weir_barrier_find(&e->from.manifest, e->id) : NULL);
	return rc == 0 ? 0 : weir_run_fail(run, rc, "the rejects can't be opened");
}

/* Until the epoch before is committed. */
static int
await(struct weir_lead *l)
{
	struct weir_dir *d = &l->run->epoch.dir;
	unsigned tries;

	if (weir_epoch_committed(&l->run->epoch))
		return 0;
	if (weir_out_flush(&l->run->out) != 0)
		return weir_run_check(l->run, -1);
	for (tries = 1; !weir_epoch_committed(&l->run->epoch); tries++) {
		weir_run_pause(l->run, PAUSE_NS);
		if (tries % BEAT == 0 && weir_out_beat(&l->run->out) != 0)
			return weir_run_check(l->run, -1);
		if (weir_epoch_reap(&l->run->epoch, false) != 0)
			return weir_run_epoch_failed(l->run, WEIR_EX_IOERR);
		if (tries % LOOK_PAUSES != 0 || weir_epoch_committed(&l->run->epoch))
			continue;
		if (weir_dir_removed(d))
			return weir_run_epoch_failed(l->run, WEIR_EX_IOERR);
		if (weir_dir_lost(d))
			return weir_run_die(l->run, WEIR_EX_PROTOCOL, "a process of this run died; run the line again");
		if (tries == ALONE && l->conf->sources > 1 && !weir_dir_sources_live(d, l->conf->sources))
			weir_say(WEIR_SAY_WARNING, "waiting for another source: --sources says that there are %llu",
			    (unsigned long long)l->conf->sources);
		else if (tries == ALONE && weir_dir_alone(d))
			weir_say(WEIR_SAY_WARNING, "nobody behind the pipe takes part in the checkpoint: its end must be scat -o FILE");
		else if (tries == 2 * ALONE && weir_commit_epoch(d) < 0)
			weir_say(WEIR_SAY_WARNING, "waiting for the first commit: the end of the line must be scat -o FILE, or sreplay -a LOG");
	}
	return 0;
}

/* Makes the directory of the next epoch, or finds that another source has. 1: begun; 0: not yet, because a source
 * has not come; -1. last: no source has more to give. */
static int
begin(struct weir_lead *l, bool last)
{
	struct weir_dir *d = &l->run->epoch.dir;
	struct weir_dir_run r = {0};
	int rc, begun = 0;

	if ((rc = weir_dir_lock(d)) != 0)
		return weir_run_epoch_failed(l->run, rc);
	if ((rc = weir_dir_get(d, &r)) == 0 && r.epoch < l->next && (r.come == r.sources || l->next == 0) &&
	    (rc = weir_commit_begin(d, (uint64_t)l->next)) == 0) {
		r.epoch = l->next;
		r.closing = last && r.ended == r.sources;
		rc = weir_dir_put(d, &r);
	}
	begun = r.epoch >= l->next;
	l->closing = r.closing;
	weir_dir_unlock(d);
	return rc != 0 ? weir_run_epoch_failed(l->run, rc) : begun;
}

/* When a wait for input is to end: for an epoch of what was read, or for those that other sources begin. */
static void
set_alarm(struct weir_lead *l)
{
	bool unread = l->run->records == l->seen;

	l->run->wake_at = l->conf->sources > 1 ? weir_sys_monotonic() + LOOK_NS
	    : unread || l->conf->epoch_records != 0 ? 0
	                                            : l->began + l->conf->epoch;
}

/* This source's part of the epoch that has begun. */
static int
take_part(struct weir_lead *l)
{
	struct weir_epoch *e = &l->run->epoch;
	struct weir_barrier b = {0};
	struct weir_barrier_entry *mine = weir_epoch_entry(e, &b);
	int rc = weir_reject_prepare(&l->run->reject, mine);

	/* What closes everything is not the source's to restate in a later run. */
	if (l->closing && l->final)
		weir_out_watermark(&l->run->out, INT64_MAX);
	else if (!l->closed)
		e->watermark = l->run->out.promised > l->run->out.told ? l->run->out.promised : l->run->out.told;
	if (rc != 0)
		weir_run_fail(l->run, rc, "the rejects can't be made durable");
	else if ((rc = weir_epoch_save(e, (uint64_t)l->next, &b)) != 0)
		weir_run_epoch_failed(l->run, rc);
	else
		rc = weir_run_check(l->run, weir_out_barrier(&l->run->out, (uint64_t)l->next, &b));
	weir_barrier_release(&b);
	l->next++;
	l->since = 0;
	l->seen = l->run->records;
	l->began = weir_sys_monotonic();
	set_alarm(l);
	return rc == 0 ? 0 : -1;
}

int
weir_lead_epoch(struct weir_lead *l)
{
	int rc;

	if (await(l) != 0)
		return -1;
	rc = begin(l, false);
	if (rc == 0)
		l->since = 0;
	return rc > 0 ? take_part(l) : rc;
}

int
weir_lead_greet(struct weir_lead *l)
{
	struct weir_epoch *e = &l->run->epoch;

	l->began = weir_sys_monotonic();
	if (e->from.any && e->watermark != INT64_MIN)
		weir_out_watermark(&l->run->out, e->watermark);
	if (e->from.any && !l->conf->accept)
		return 0;
	/* Side files are written to by whoever finds a bad record or a late one: until it is committed where they begin, a
	 * second start would keep what the first one wrote. */
	return weir_lead_epoch(l) != 0 ? -1 : await(l);
}

/* Whether the epoch before is committed, or never will be: who begins the next one finds that out. */
static bool
is_ready(struct weir_lead *l)
{
	return weir_epoch_committed(&l->run->epoch) || weir_epoch_reap(&l->run->epoch, false) != 0;
}

bool
weir_lead_look(struct weir_lead *l)
{
	bool late = weir_sys_monotonic() - l->began >= l->conf->epoch;

	set_alarm(l);
	if (l->conf->sources > 1 && weir_dir_has(&l->run->epoch.dir, l->next))
		return true;
	if (l->conf->epoch_records != 0 || !late || l->run->records == l->seen)
		return false;
	/* Not before the last one is committed: a little later then. */
	l->run->wake_at = weir_sys_monotonic() + LOOK_NS;
	return is_ready(l);
}

/* Whether it is time for the next epoch, and the one before is committed. */
static bool
is_time(struct weir_lead *l)
{
	int64_t now = weir_sys_monotonic();

	if (now - l->began < l->conf->epoch || now - l->looked < COMMIT_NS)
		return false;
	l->looked = now;
	return is_ready(l);
}

bool
weir_lead_due(struct weir_lead *l)
{
	if (l->run->wake_at == 0)
		set_alarm(l);
	if (++l->since == l->conf->epoch_records)
		return true;
	if (l->since % LOOK != 0)
		return false;
	if (l->conf->sources > 1 && weir_dir_has(&l->run->epoch.dir, l->next))
		return true;
	return l->conf->epoch_records == 0 && is_time(l);
}

/* Counts this source as ended; the last one to end begins the last epoch. */
static int
count_end(struct weir_lead *l)
{
	struct weir_dir *d = &l->run->epoch.dir;
	struct weir_dir_run r = {0};
	int rc;

	if ((rc = weir_dir_lock(d)) == 0) {
		if ((rc = weir_dir_get(d, &r)) == 0) {
			r.ended++;
			rc = weir_dir_put(d, &r);
		}
		weir_dir_unlock(d);
	}
	l->ended = rc == 0 && r.ended == r.sources;
	return rc == 0 ? 0 : weir_run_epoch_failed(l->run, rc);
}

/* An epoch that another source begins, or, if all have ended, the last one. */
static int
stay(struct weir_lead *l)
{
	struct weir_epoch *e = &l->run->epoch;
	unsigned tries;

	for (tries = 1; !l->ended && !weir_dir_has(&e->dir, l->next); tries++) {
		if (weir_out_flush(&l->run->out) != 0)
			return weir_run_check(l->run, -1);
		weir_run_pause(l->run, PAUSE_NS);
		if (weir_epoch_reap(e, false) != 0)
			return weir_run_epoch_failed(l->run, WEIR_EX_IOERR);
		if (tries % LOOK_PAUSES == 0 && weir_dir_removed(&e->dir))
			return weir_run_epoch_failed(l->run, WEIR_EX_IOERR);
		if (tries % LOOK_PAUSES == 0 && weir_dir_lost(&e->dir) && !weir_dir_has(&e->dir, l->next))
			return weir_run_die(l->run, WEIR_EX_PROTOCOL, "a process of this run died; run the line again");
	}
	if (await(l) != 0 || begin(l, true) < 0)
		return -1;
	return take_part(l);
}

int
weir_lead_finish(struct weir_lead *l)
{
	/* A signal ends the run, not the input. */
	l->final = l->conf->final && !weir_run_stopped();
	if (l->conf->sources == 1 && l->run->records == l->seen && !l->final)
		return 0;
	if (count_end(l) != 0)
		return -1;
	/* It has ended for good and must not hold the other sources' records back, which may go on for long. */
	l->closed = l->final && l->conf->sources > 1;
	if (l->closed) {
		l->run->epoch.watermark = l->run->out.promised > l->run->out.told ? l->run->out.promised : l->run->out.told;
		weir_out_watermark(&l->run->out, INT64_MAX);
	}
	do
		if (stay(l) != 0)
			return -1;
	while (!l->closing);
	return 0;
}
