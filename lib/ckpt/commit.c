/*
 * commit - see commit.h
 */
#include "ckpt/commit.h"
#include "base/durable.h"
#include "base/mem.h"
#include "base/status.h"
#include "ckpt/state.h"
#include "frame/reader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MORE_SINKS "more sinks than --sinks says at the source"

static int
fail(struct weir_dir *d, int status, const char *what)
{
	weir_buf_clear(&d->why);
	weir_buf_printf(&d->why, "%s/committed: %s", d->path, what);
	return status;
}

void
weir_commit_release(struct weir_commit *c)
{
	weir_barrier_release(&c->manifest);
	memset(c, 0, sizeof(*c));
}

static int
read_frames(struct weir_reader *in, struct weir_commit *c)
{
	struct weir_frame f;

	if (weir_reader_next(in, &f) != 1 || f.head.kind != WEIR_FRAME_HELLO ||
	    weir_reader_next(in, &f) != 1 || f.head.kind != WEIR_FRAME_BARRIER ||
	    weir_barrier_decode(&c->manifest, f.payload, f.len) != 0)
		return -1;
	c->epoch = f.head.seq;
	c->any = true;
	return weir_reader_next(in, &f) == 1 && f.head.kind == WEIR_FRAME_END && weir_reader_next(in, &f) == 0 ? 0 : -1;
}

int
weir_commit_read(struct weir_dir *d, struct weir_commit *c)
{
	int fd = openat(d->fd, "committed", O_RDONLY | O_NOFOLLOW | O_CLOEXEC), rc;
	struct weir_reader in;

	if (fd < 0 && errno == ENOENT)
		return weir_dir_highest(d) <= 0 ? 0
		    : fail(d, WEIR_EX_PROTOCOL, "missing, though there are epochs: the checkpoint is damaged");
	if (fd < 0)
		return fail(d, WEIR_EX_IOERR, strerror(errno));
	weir_reader_init(&in, fd, NULL, 0);
	rc = read_frames(&in, c);
	weir_reader_release(&in);
	close(fd);
	return rc == 0 ? 0 : fail(d, WEIR_EX_PROTOCOL, "damaged");
}

int64_t
weir_commit_epoch(struct weir_dir *d)
{
	struct weir_commit c = {0};
	int64_t epoch = weir_commit_read(d, &c) == 0 && c.any ? (int64_t)c.epoch : -1;

	weir_commit_release(&c);
	return epoch;
}

static void
epoch_name(char name[24], uint64_t epoch)
{
	snprintf(name, 24, "%" PRIu64, epoch);
}

int
weir_commit_begin(struct weir_dir *d, uint64_t epoch)
{
	char name[24];

	epoch_name(name, epoch);
	if (epoch == 0 && weir_durable_remove(d->fd, name) != 0)
		return fail(d, WEIR_EX_IOERR, strerror(errno));
	return weir_durable_mkdir(d->fd, name) == 0 ? 0 : fail(d, WEIR_EX_IOERR, strerror(errno));
}

static int
twice(struct weir_dir *d, const char *id)
{
	weir_buf_clear(&d->why);
	weir_buf_printf(&d->why, "two stages are called %s: give one of them --id NAME", id);
	return WEIR_EX_CONFIG;
}

/* The state of a sink that has prepared: its barrier joins the manifest, with its own size and sum. */
static int
gather(struct weir_dir *d, uint64_t epoch, const char *id, struct weir_barrier *all)
{
	struct weir_state_read r = {0};
	struct weir_barrier_entry *e;
	const char *clash;
	int rc = weir_state_load(d, epoch, id, NULL, NULL, NULL, &r);

	if (rc == 0 && r.has_barrier && (e = weir_barrier_find(&r.barrier, id)) != NULL) {
		e->size = r.size;
		e->sum = r.sum;
		e->flags |= WEIR_BARRIER_STATE;
		/* Stages without state, in two branches. */
		if ((clash = weir_barrier_clash(all, &r.barrier)) != NULL)
			rc = twice(d, clash);
		else
			weir_barrier_merge(all, &r.barrier);
	}
	weir_state_read_release(&r);
	return rc;
}

/* Every sink's barrier, merged; *sinks counts them. */
static int
gather_all(struct weir_dir *d, uint64_t epoch, struct weir_barrier *all, uint64_t *sinks)
{
	char name[24];
	struct dirent *e;
	DIR *dir;
	int fd, rc = 0;
	unsigned i;

	epoch_name(name, epoch);
	fd = weir_durable_open(d->fd, name);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (dir == NULL)
		return fail(d, WEIR_EX_IOERR, strerror(errno));
	while (rc == 0 && (e = readdir(dir)) != NULL) {
		struct weir_hello h = {0};

		if (e->d_name[0] == '.')
			continue;
		rc = weir_state_peek(d, epoch, e->d_name, &h);
		if (rc == 0 && h.state.sink)
			rc = gather(d, epoch, e->d_name, all);
		weir_hello_release(&h);
	}
	closedir(dir);
	*sinks = 0;
	for (i = 0; i < all->n; i++)
		*sinks += (all->entries[i].flags & WEIR_BARRIER_SINK) != 0;
	return rc;
}

/* A name that is seen in the directory need not be on the disk yet: who wrote it has still to say so. */
static int
sync_epoch(struct weir_dir *d, uint64_t epoch)
{
	char name[24];
	int fd, rc;

	epoch_name(name, epoch);
	if ((fd = weir_durable_open(d->fd, name)) < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

/* Sees that the state of an entry is there. -1: it is still being written. */
static int
verify(struct weir_dir *d, uint64_t epoch, struct weir_barrier_entry *e)
{
	char path[PATH_MAX];
	struct stat st;
	int fd;

	if (!(e->flags & WEIR_BARRIER_STATE))
		return 0;
	snprintf(path, sizeof(path), "%" PRIu64 "/%s", epoch, e->id);
	fd = openat(d->fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (e->flags & WEIR_BARRIER_PENDING) && errno == ENOENT)
		return -1;
	if (fd < 0)
		return errno == ENOENT ? fail(d, WEIR_EX_PROTOCOL, "a state that belongs to it is missing")
		                       : fail(d, WEIR_EX_IOERR, strerror(errno));
	if (e->flags & WEIR_BARRIER_PENDING) {
		e->flags &= ~(uint64_t)WEIR_BARRIER_PENDING;
		if (weir_state_measure(fd, &e->size, &e->sum) != 0 || sync_epoch(d, epoch) != 0) {
			close(fd);
			return fail(d, errno == EPROTO ? WEIR_EX_PROTOCOL : WEIR_EX_IOERR, strerror(errno));
		}
	}
	if (fstat(fd, &st) != 0 || (uint64_t)st.st_size != e->size) {
		close(fd);
		return fail(d, WEIR_EX_PROTOCOL, "a state that belongs to it has another size");
	}
	close(fd);
	return 0;
}

static int
by_id(const void *a, const void *b)
{
	const struct weir_barrier_entry *x = a, *y = b;

	return strcmp(x->id, y->id);
}

static int
write_manifest(struct weir_dir *d, uint64_t epoch, struct weir_barrier *all)
{
	struct weir_hello h = {0};
	struct weir_end end = {.how = WEIR_END_PAUSED};
	struct weir_out out;
	int fd = weir_durable_begin(d->fd, "committed"), rc;

	if (fd < 0)
		return fail(d, WEIR_EX_IOERR, strerror(errno));
	memcpy(h.run, d->run, sizeof(h.run));
	memcpy(all->run, d->run, sizeof(all->run));
	if (all->n > 0)
		qsort(all->entries, all->n, sizeof(*all->entries), by_id);
	weir_out_init(&out, fd);
	if (weir_out_hello(&out, &h) != 0 || weir_out_barrier(&out, epoch, all) != 0 || weir_out_end(&out, &end) != 0) {
		errno = out.errnum;
		weir_durable_abandon(d->fd, "committed", fd);
		rc = -1;
	} else {
		rc = weir_durable_commit(d->fd, "committed", fd);
	}
	weir_out_release(&out);
	return rc == 0 ? 0 : fail(d, WEIR_EX_IOERR, strerror(errno));
}

bool
weir_commit_lacks(struct weir_dir *d, uint64_t epoch, const char *id)
{
	struct weir_commit c = {0};
	bool lacks = weir_commit_read(d, &c) == 0 && c.any && c.epoch >= epoch && weir_barrier_find(&c.manifest, id) == NULL;

	weir_commit_release(&c);
	if (lacks)
		fail(d, WEIR_EX_CONFIG, MORE_SINKS);
	return lacks;
}

int
weir_commit_try(struct weir_dir *d, uint64_t epoch, uint64_t sinks, const char *id, bool *done)
{
	struct weir_barrier all = {0};
	struct weir_dir_run run;
	uint64_t ready = 0;
	unsigned i;
	int rc;

	*done = false;
	if ((rc = weir_dir_lock(d)) != 0)
		return rc;
	rc = weir_dir_get(d, &run);
	if (rc == 0 && memcmp(run.id, d->run, sizeof(run.id)) != 0)
		rc = fail(d, WEIR_EX_TEMPFAIL, "another run has taken the checkpoint over");
	if (rc == 0 && weir_commit_epoch(d) >= (int64_t)epoch) {
		*done = true;
		/* By others, before this one had prepared it. */
		rc = weir_commit_lacks(d, epoch, id) ? WEIR_EX_CONFIG : 0;
	}
	if (rc == 0 && !*done)
		rc = gather_all(d, epoch, &all, &ready);
	if (rc == 0 && !*done && ready > sinks)
		rc = fail(d, WEIR_EX_CONFIG, MORE_SINKS);
	if (rc == 0 && !*done && ready == sinks) {
		for (i = 0; rc == 0 && i < all.n; i++)
			rc = verify(d, epoch, &all.entries[i]);
		if (rc == 0)
			rc = write_manifest(d, epoch, &all);
		*done = rc == 0;
		if (rc < 0)
			rc = 0;
	}
	weir_barrier_release(&all);
	weir_dir_unlock(d);
	return rc;
}

int
weir_commit_rebuild(struct weir_dir *d, uint64_t epoch, struct weir_commit *c)
{
	uint64_t sinks;
	unsigned i;
	int rc;

	weir_commit_release(c);
	if (!weir_dir_has(d, (int64_t)epoch))
		return fail(d, WEIR_EX_CONFIG, "that epoch is not kept: --list-checkpoint shows those that are");
	rc = gather_all(d, epoch, &c->manifest, &sinks);
	for (i = 0; rc == 0 && i < c->manifest.n; i++)
		rc = verify(d, epoch, &c->manifest.entries[i]);
	if (rc < 0 || (rc == 0 && sinks == 0))
		rc = fail(d, WEIR_EX_CONFIG, "that epoch was never whole");
	c->any = rc == 0;
	c->epoch = epoch;
	return rc;
}

int
weir_commit_replace(struct weir_dir *d, struct weir_commit *c)
{
	int rc = weir_dir_lock(d);

	if (rc != 0)
		return rc;
	rc = write_manifest(d, c->epoch, &c->manifest);
	weir_dir_unlock(d);
	return rc;
}

void
weir_commit_clean(struct weir_dir *d, uint64_t committed, uint64_t keep)
{
	char name[24];
	int64_t *all;
	size_t n = weir_dir_epochs(d, &all), i;

	for (i = 0; i < n && (uint64_t)all[i] + keep <= committed; i++) {
		epoch_name(name, (uint64_t)all[i]);
		weir_durable_remove(d->fd, name);
	}
	free(all);
}
