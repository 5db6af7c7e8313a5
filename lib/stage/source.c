/*
 * source - see source.h
 */
#include "stage/source.h"
#include "base/mem.h"
#include "base/sys.h"
#include "base/units.h"
#include "stage/epoch.h"
#include "stage/lead.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct weir_run *
run_of(struct weir_out *out)
{
	return (struct weir_run *)(void *)out;
}

static int
flush(struct weir_run *run)
{
	if (weir_out_flush(&run->out) != 0)
		return weir_run_check(run, -1);
	if (run->table != NULL && weir_sink_flush(run->table) != 0)
		return weir_run_sink_failed(run);
	return 0;
}

/* The descriptor whose reader may go, or -1. */
static int
watched(const struct weir_run *run)
{
	if (run->table == NULL)
		return run->out.fd;
	return run->table->output.path == NULL ? STDOUT_FILENO : -1;
}

static bool
is_file(int fd, uint64_t device, uint64_t inode)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_dev == device && (uint64_t)st.st_ino == inode;
}

bool
weir_source_writes(void *ctx, uint64_t device, uint64_t inode)
{
	struct weir_run *run = run_of(ctx);
	struct weir_commit latest = {0};
	bool listed;

	if (is_file(STDOUT_FILENO, device, inode) || is_file(run->out.fd, device, inode) ||
	    (run->table != NULL && is_file(run->table->output.fd, device, inode)))
		return true;
	if (!run->epoch.on)
		return false;
	/* As it is now: a new checkpoint had none when this run began. */
	listed = weir_commit_read(&run->epoch.dir, &latest) == 0 && latest.any && weir_output_listed(&latest.manifest, device, inode);
	weir_commit_release(&latest);
	return listed;
}

int
weir_source_wait_until(void *ctx, int fd, int64_t until)
{
	struct weir_run *run = run_of(ctx);

	while (!weir_run_stopped() && !weir_sys_readable(fd)) {
		int64_t at = run->wake_at != 0 && (until == 0 || run->wake_at < until) ? run->wake_at : until;

		if (flush(run) != 0)
			return -1;
		if (at != 0 && at <= weir_sys_monotonic())
			return at == run->wake_at ? 1 : 2;
		if (weir_run_wait(fd, watched(run), at) == 0)
			weir_sys_die_of_pipe();
		weir_run_answer(run);
		if (weir_epoch_reap(&run->epoch, false) != 0)
			return weir_run_epoch_failed(run, WEIR_EX_IOERR);
	}
	return weir_run_stopped() ? -1 : 0;
}

int
weir_source_wait(void *ctx, int fd)
{
	return weir_source_wait_until(ctx, fd, 0);
}

int
weir_source_idle(void *ctx, int fd)
{
	return weir_source_idle_until(ctx, fd, 0);
}

int
weir_source_idle_until(void *ctx, int fd, int64_t until)
{
	struct weir_run *run = run_of(ctx);

	if (flush(run) != 0)
		return -1;
	weir_run_pause(run, 0);
	if (run->wake_at != 0 && weir_sys_monotonic() >= run->wake_at && !weir_run_stopped())
		return 1;
	return weir_source_wait_until(ctx, fd, until);
}

int
weir_source_sleep(struct weir_out *out, int64_t until)
{
	struct weir_run *run = run_of(out);
	int64_t now;

	while (!weir_run_stopped() && (now = weir_sys_monotonic()) < until) {
		if (flush(run) != 0)
			return -1;
		if (run->wake_at != 0 && now >= run->wake_at)
			return 1;
		weir_run_pause(run, (run->wake_at != 0 && run->wake_at < until ? run->wake_at : until) - now);
	}
	return weir_run_stopped() ? -1 : 0;
}

int
weir_source_bad(struct weir_out *out, const struct weir_reject_note *note)
{
	struct weir_run *run = run_of(out);
	int status;

	run->records++;
	status = weir_reject_add(&run->reject, note, run->records - run->reject.count - 1);
	return status == 0 ? 0 : weir_run_fail(run, status, note->what);
}

static int
open_output(struct weir_run *run, const struct weir_source_dest *dest)
{
	if (dest->sink != NULL || dest->path == NULL)
		return 0;
	run->out.fd = open(dest->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	return run->out.fd >= 0 ? 0
	    : weir_run_die(run, WEIR_EX_CANTCREAT, "%s: %s", dest->path, strerror(errno));
}

static int
greet(struct weir_run *run, struct weir_lead *l, const struct weir_source *src, void *self,
    const struct weir_source_dest *dest)
{
	struct weir_hello h = {0};
	int status, rc;

	weir_sys_random_bytes(h.run, sizeof(h.run));
	run->id = weir_mem_strdup(weir_hello_add_stage(&h, weir_run_name(run)));
	status = src->checkpoint != NULL && weir_lead_start(l, run, src, self, &h) != 0 ? run->status
	                                                                              : src->on_hello(self, &h, &run->out);
	if (status != 0) {
		/* What stands behind a pipe learns of it by a stream that fails; a file stays as it was. */
		rc = weir_run_fail(run, status, "an input can't be read");
		memset(h.run, 0, sizeof(h.run));
		if (run->out.fd >= 0 && weir_out_hello(&run->out, &h) != 0)
			weir_run_check(run, -1);
	} else if ((rc = run->status != 0 ? -1 : open_output(run, dest)) == 0) {
		rc = weir_run_check(run, weir_out_hello(&run->out, &h));
	}
	if (rc == 0 && run->table != NULL)
		run->table->begun = true;
	if (rc == 0 && src->checkpoint != NULL)
		rc = weir_lead_greet(l);
	weir_hello_release(&h);
	return rc;
}

const struct weir_checkpoint weir_source_checkpoint = {.epoch = 10 * WEIR_SECOND, .sources = 1, .sinks = 1, .keep = 1,
    .from = UINT64_MAX};

/* Whether an option is not as it is by default; --force may be another's. */
static bool
is_set(const struct weir_checkpoint *c)
{
	const struct weir_checkpoint *d = &weir_source_checkpoint;

	return c->final || c->accept || c->discard || c->ndropped > 0 || c->epoch_records != 0 || c->epoch != d->epoch ||
	    c->sources != d->sources || c->sinks != d->sinks || c->keep != d->keep || c->from != d->from;
}

bool
weir_source_check(struct weir_checkpoint *c, const struct weir_opt_list *dropped, const struct weir_cmd *cmd,
    const struct weir_common *common)
{
	c->dropped = dropped->v;
	c->ndropped = dropped->n;
	if (c->sources == 0 || c->sinks == 0 || c->keep == 0)
		weir_opt_misuse(cmd, "--sources, --sinks and --keep-epochs are at least 1");
	if (c->epoch == 0)
		weir_opt_misuse(cmd, "--epoch has to be longer than 0");
	if (c->dir == NULL && is_set(c))
		weir_opt_misuse(cmd, "an option for a checkpoint, but no -C DIR");
	if (c->dir != NULL && c->sources > 1 && common->id == NULL)
		weir_opt_misuse(cmd, "with --sources each source needs a name of its own: --id NAME");
	return c->dir != NULL;
}

int
weir_source_run(const struct weir_source *src, const struct weir_common *common, void *self,
    const struct weir_source_dest *dest)
{
	struct weir_lead lead = {0};
	struct weir_run run;
	enum weir_end_how how;
	int rc = 0, status;

	weir_run_init(&run, src->name, common);
	run.writes = true;
	run.dest = dest->path;
	run.table = dest->sink;
	if (dest->sink != NULL)
		weir_out_init_tap(&run.out, weir_sink_tap, dest->sink);
	else
		weir_out_init(&run.out, dest->path != NULL ? -1 : dest->fd);
	if (dest->level > 0 && weir_out_compress(&run.out, dest->level) != 0)
		rc = weir_run_die(&run, WEIR_EX_USAGE, "--zstd: no level %d", dest->level);
	if (rc == 0 && greet(&run, &lead, src, self, dest) == 0) {
		while (!weir_run_stopped() && (rc = src->next(self, &run.out)) > 0) {
			run.records += rc == 1;
			if (lead.run != NULL && (rc == 1 ? weir_lead_due(&lead) : weir_lead_look(&lead)) &&
			    (rc = weir_lead_epoch(&lead)) != 0)
				break;
		}
		if (rc < 0)
			weir_run_check(&run, -1);
		else if (lead.run != NULL && run.status == 0)
			weir_lead_finish(&lead);
	}
	/* If it dies now nobody else would tell the sink, which waits for the state of the last epoch. */
	if (run.status == 0 && (status = weir_epoch_reap(&run.epoch, true)) != 0)
		weir_run_epoch_failed(&run, status);
	run.watermark = run.out.told;
	run.bytes = src->bytes != NULL ? src->bytes(self) : 0;
	status = src->on_close != NULL ? src->on_close(self, run.status) : run.status;
	if (status != run.status)
		weir_run_fail(&run, status, "closing an input failed");
	how = src->checkpoint != NULL && !lead.final ? WEIR_END_PAUSED : WEIR_END_FINAL;
	/* Before the end is told: a shell that waits for the last command of the line only runs it again once that one has heard. */
	if (run.epoch.on)
		weir_dir_retire(&run.epoch.dir, run.epoch.id);
	return weir_run_finish(&run, how, src->on_stats, self);
}
