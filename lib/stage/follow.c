/*
 * follow - see follow.h
 */
#include "stage/follow.h"
#include "base/say.h"
#include "base/status.h"
#include "base/sys.h"

#include <string.h>
#include <unistd.h>

#define PAUSE_NS (2 * 1000 * 1000)

/* Pauses between two looks at whether the others still live. */
#define LOOK 10

static bool
is_sink(const struct weir_stage *st)
{
	return (st->flags & WEIR_STAGE_SINK) != 0;
}

/* Every output of the stage back to where the manifest says; was is NULL in a new checkpoint. */
static int
restore_outputs(struct weir_run *run, const struct weir_stage *st, void *self,
    const struct weir_barrier_entry *was)
{
	int status = weir_reject_restore(&run->reject, was);

	if (status != 0)
		return weir_run_fail(run, status, "the rejects can't be opened");
	status = st->on_restore != NULL ? st->on_restore(self, was, run->epoch.conf.discard) : 0;
	return status == 0 ? 0 : weir_run_fail(run, status, "the output can't be opened");
}

/* Whether the manifest tells of every output of the run that has the directory: it does once that run has committed. Until then
 * it is the one that the stream began with, or there is none. */
static bool
tells_all(const struct weir_epoch *e, const struct weir_hello_checkpoint *c)
{
	return e->from.any && (memcmp(e->dir.id, c->id, sizeof(c->id)) != 0 || !c->restored || e->from.epoch != c->epoch);
}

/* A saved stream played again, or what is left of a run that another one overtook, must not write into what a checkpoint
 * counts on. */
static int
leave_alone(struct weir_run *run, const struct weir_hello_checkpoint *c, const char *path)
{
	if (weir_output_belongs(path, &run->epoch.from.manifest))
		return weir_run_die(run, WEIR_EX_TEMPFAIL,
		    "%s: an output of the checkpoint that this stream was part of: write to another file", path);
	if (tells_all(&run->epoch, c))
		return 0;
	return weir_run_die(run, WEIR_EX_TEMPFAIL,
	    "%s: perhaps an output of the run that has %s now, which has committed nothing yet: not touched", path, c->dir);
}

/* Whatever the stage would write to, beside its standard output. */
static int
leave_all(struct weir_run *run, const struct weir_stage *st, const struct weir_hello_checkpoint *c)
{
	const char *const paths[] = {st->keeps, st->path, run->reject.path};
	struct weir_epoch *e = &run->epoch;
	unsigned i, n = sizeof(paths) / sizeof(paths[0]);
	int rc = 0;

	/* Of a checkpoint that is gone nobody counts on anything. */
	if (!e->refused || e->dir.fd < 0)
		return 0;
	rc = weir_commit_read(&e->dir, &e->from);
	for (i = 0; i < n; i++) {
		if (paths[i] == NULL)
			continue;
		if (rc != 0)
			return weir_run_epoch_failed(run, rc);
		if (leave_alone(run, c, paths[i]) != 0)
			return -1;
	}
	return 0;
}

int
weir_follow_hello(struct weir_run *run, const struct weir_stage *st, void *self,
    const struct weir_hello *h, const char *id, int fd)
{
	struct weir_epoch *e = &run->epoch;
	int rc;

	e->who = (struct weir_epoch_who){.command = st->name, .options = weir_run_options(run, st->options),
	    .version = st->version, .role = is_sink(st) ? WEIR_BARRIER_SINK : 0, .self = self,
	    .save = st->on_save, .load = st->on_load, .timed = (st->flags & WEIR_STAGE_TIMES) != 0,
	    .alone = (st->flags & WEIR_STAGE_ALONE) != 0};
	if ((rc = weir_epoch_follow(e, h, id, weir_sys_is_pipe(fd))) != 0)
		return weir_run_epoch_failed(run, rc);
	if (!e->on)
		return leave_all(run, st, &h->checkpoint);
	if (!is_sink(st) && run->writes && !weir_sys_is_pipe(STDOUT_FILENO))
		return weir_run_die(run, WEIR_EX_CANTCREAT,
		    "standard output is no pipe, and the end of a pipeline with a checkpoint commits: | scat -o FILE");
	if ((is_sink(st) && (rc = weir_epoch_compare(e, h)) != 0) || (rc = weir_epoch_restore(e)) > 0)
		return weir_run_epoch_failed(run, rc);
	if (rc < 0)
		return weir_run_die(run, WEIR_EX_PROTOCOL, "%s: its state in %s does not fit it", id, e->dir.path);
	if (st->path != NULL)
		return weir_run_die(run, WEIR_EX_USAGE,
		    "-O frames -o %s: a checkpoint's output is text; frames are kept by sreplay", st->path);
	return restore_outputs(run, st, self, e->from.any ? weir_barrier_find(&e->from.manifest, id) : NULL);
}

static int
publish(struct weir_run *run, const struct weir_stage *st, void *self)
{
	int status = st->on_publish != NULL ? st->on_publish(self) : 0;

	run->unpublished = false;
	return status == 0 ? 0 : weir_run_fail(run, status, "publishing the output failed");
}

bool
weir_follow_waits(const struct weir_run *run)
{
	return run->epoch.waits;
}

int
weir_follow_poll(struct weir_run *run, const struct weir_stage *st, void *self)
{
	struct weir_epoch *e = &run->epoch;
	int64_t now;
	int rc;

	/* The longer it waits already, the less often it looks. */
	if ((!e->waits && !run->unpublished) || (now = weir_sys_monotonic()) - e->tried < PAUSE_NS + (e->tried - e->prepared) / 16)
		return 0;
	e->tried = now;
	if (run->unpublished)
		return weir_epoch_committed(e) ? publish(run, st, self) : 0;
	if ((rc = weir_epoch_commit(e, (uint64_t)e->current)) != 0)
		return weir_run_epoch_failed(run, rc);
	e->waits = e->done < e->current;
	return e->waits ? 0 : publish(run, st, self);
}

int
weir_follow_await(struct weir_run *run, const struct weir_stage *st, void *self)
{
	struct weir_epoch *e = &run->epoch;
	unsigned tries;

	if (weir_epoch_committed(e))
		return publish(run, st, self);
	for (tries = 1; !weir_epoch_committed(e); tries++) {
		if (tries % LOOK == 0 && weir_dir_removed(&e->dir))
			return weir_run_epoch_failed(run, WEIR_EX_IOERR);
		if (tries % LOOK == 0 && weir_dir_lost(&e->dir) && !weir_epoch_committed(e))
			return weir_run_die(run, WEIR_EX_PROTOCOL,
			    "another process of this run died: its last epoch is not committed; run the line again");
		if (weir_epoch_reap(e, false) != 0)
			return weir_run_epoch_failed(run, WEIR_EX_IOERR);
		weir_run_pause(run, PAUSE_NS);
		if (weir_follow_poll(run, st, self) != 0)
			return -1;
	}
	e->waits = false;
	return publish(run, st, self);
}

/* Whether any state that the barrier tells of is still being written. */
static bool
pending(const struct weir_barrier *b)
{
	unsigned i;

	for (i = 0; i < b->n; i++)
		if (b->entries[i].flags & WEIR_BARRIER_PENDING)
			return true;
	return false;
}

/* Of a stage that gives its records times of its own. */
static int64_t
own_watermark(const struct weir_run *run)
{
	return run->out.promised > run->out.told ? run->out.promised : run->out.told;
}

int
weir_follow_barrier(struct weir_run *run, const struct weir_stage *st, void *self,
    uint64_t epoch, struct weir_barrier *b)
{
	struct weir_epoch *e = &run->epoch;
	struct weir_barrier_entry *mine;
	int rc;

	if (!e->on)
		return 0;
	/* The epoch before is committed, or this one would not have begun. */
	if ((is_sink(st) || run->unpublished) && e->current >= 0 && weir_follow_await(run, st, self) != 0)
		return -1;
	if (weir_barrier_find(b, e->id) != NULL)
		return weir_run_die(run, WEIR_EX_CONFIG, "two stages are called %s: give one of them --id NAME", e->id);
	mine = weir_epoch_entry(e, b);
	if ((rc = weir_reject_prepare(&run->reject, mine)) != 0 ||
	    (rc = st->on_prepare != NULL ? st->on_prepare(self, mine) : 0) != 0)
		return weir_run_fail(run, rc, "making the output durable failed");
	e->watermark = st->flags & WEIR_STAGE_TIMES ? own_watermark(run) : run->watermark;
	/* Its directory may have gone already. */
	if ((rc = weir_epoch_save(e, epoch, b)) != 0)
		return weir_run_epoch_failed(run, weir_commit_lacks(&e->dir, epoch, e->id) ? WEIR_EX_CONFIG : rc);
	run->unpublished = !is_sink(st) && st->on_publish != NULL;
	e->tried = e->prepared = weir_sys_monotonic();
	if (!is_sink(st))
		return run->writes ? weir_run_check(run, weir_out_barrier(&run->out, epoch, b)) : 0;
	if ((rc = weir_epoch_commit(e, epoch)) != 0)
		return weir_run_epoch_failed(run, rc);
	e->waits = e->done < e->current && pending(b);
	return e->done == e->current ? publish(run, st, self) : 0;
}
