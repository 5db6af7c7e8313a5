/*
 * output_segments - a directory of files that appear whole, once they are committed
 *
 * Segment N is written as DIR/.N.EXT.tmp, made durable when it is prepared, and renamed to
 * DIR/N.EXT when it is published. N counts on by itself and has ten digits; an epoch without
 * bytes makes none. A published segment may be deleted by its reader at any time.
 *
 * In a manifest the output's length is the number of the last segment that was prepared, and its
 * inode that segment's; so recovery renames it if it still waits, and removes the later ones.
 */
#include "base/durable.h"
#include "base/status.h"
#include "base/sys.h"
#include "ckpt/output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
failed(struct weir_output *o)
{
	return weir_output_fail(o, WEIR_EX_IOERR, errno, "%s", strerror(errno));
}

static void
segment_name(const struct weir_output *o, char name[64], uint64_t n, bool hidden)
{
	snprintf(name, 64, "%s%010" PRIu64 "%s%s", hidden ? "." : "", n, o->suffix, hidden ? ".tmp" : "");
}

/* The number of a segment's name, hidden or not; 0 if it is none. */
static uint64_t
number_of(const char *name, bool *hidden)
{
	size_t n;

	*hidden = name[0] == '.';
	name += *hidden;
	n = strspn(name, "0123456789");
	return n == 10 && name[n] == '.' ? strtoull(name, NULL, 10) : 0;
}

/* Publishes the hidden segment `last`, removes hidden ones behind it; the counter goes on behind all that is there. */
static int
recover(struct weir_output *o, uint64_t last)
{
	int copy = openat(o->dfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent *e;
	int rc = 0;

	if (d == NULL)
		return failed(o);
	o->counter = last;
	while (rc == 0 && (e = readdir(d)) != NULL) {
		bool hidden;
		uint64_t n = number_of(e->d_name, &hidden);

		if (n == 0)
			continue;
		if ((hidden || o->discard) && n > last && unlinkat(o->dfd, e->d_name, 0) != 0)
			rc = failed(o);
		if (!hidden && !o->discard && n > o->counter)
			o->counter = n;
	}
	closedir(d);
	if (rc == 0 && o->checkpointed && last > 0 && o->counter > last)
		return weir_output_fail(o, WEIR_EX_PROTOCOL, 0,
		    "segment %" PRIu64 " is there, but the checkpoint has only come to %" PRIu64, o->counter, last);
	o->prepared = last;
	return rc == 0 ? o->ops->publish(o) : rc;
}

static int
segments_open(struct weir_output *o, const struct weir_barrier_output *was, bool append)
{
	bool hidden;
	struct dirent *e;
	DIR *d;
	int fd;

	if (was == NULL && mkdir(o->path, 0777) != 0 && errno != EEXIST)
		return weir_output_fail(o, WEIR_EX_CANTCREAT, errno, "%s", strerror(errno));
	o->dfd = open(o->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o->dfd < 0)
		return weir_output_fail(o, was != NULL ? WEIR_EX_PROTOCOL : WEIR_EX_CANTCREAT, errno, "%s", strerror(errno));
	if (was == NULL && o->checkpointed && !append) {
		fd = openat(o->dfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		d = fd >= 0 ? fdopendir(fd) : NULL;
		while (d != NULL && (e = readdir(d)) != NULL)
			if (number_of(e->d_name, &hidden) > 0 && !hidden) {
				closedir(d);
				return weir_output_fail(o, WEIR_EX_CANTCREAT, 0,
				    "has segments, and this checkpoint is new: --append goes on behind them");
			}
		if (d != NULL)
			closedir(d);
	}
	return recover(o, was != NULL ? was->length : 0);
}

static int
segments_write(struct weir_output *o, const void *p, size_t n)
{
	char name[64];

	if (o->fd < 0) {
		segment_name(o, name, ++o->counter, true);
		o->fd = openat(o->dfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
		if (o->fd < 0)
			return weir_output_fail(o, WEIR_EX_CANTCREAT, errno, "%s: %s", name, strerror(errno));
	}
	return weir_sys_write(o->fd, p, n) == 0 ? 0 : failed(o);
}

/* What is open becomes durable under its hidden name. */
static int
finish(struct weir_output *o)
{
	int fd = o->fd;

	if (fd < 0)
		return 0;
	o->fd = -1;
	if (fsync(fd) != 0) {
		failed(o);
		close(fd);
		return o->status;
	}
	if (close(fd) != 0 || fsync(o->dfd) != 0)
		return failed(o);
	o->prepared = o->counter;
	return 0;
}

static int
segments_prepare(struct weir_output *o, struct weir_barrier_entry *e)
{
	struct weir_barrier_output mine = {.path = (char *)(uintptr_t)o->path};
	struct stat st;
	int rc = finish(o);

	if (rc != 0)
		return rc;
	if (fstat(o->dfd, &st) != 0)
		return failed(o);
	mine.length = o->counter;
	mine.device = (uint64_t)st.st_dev;
	mine.inode = (uint64_t)st.st_ino;
	weir_barrier_add_output(e, &mine);
	return 0;
}

static int
segments_publish(struct weir_output *o)
{
	char from[64], to[64];

	if (o->prepared == 0)
		return 0;
	segment_name(o, from, o->prepared, true);
	segment_name(o, to, o->prepared, false);
	o->prepared = 0;
	if (renameat(o->dfd, from, o->dfd, to) != 0)
		return errno == ENOENT ? 0 : failed(o);
	return fsync(o->dfd) == 0 ? 0 : failed(o);
}

static int
segments_close(struct weir_output *o)
{
	int rc = o->checkpointed ? 0 : finish(o);

	return rc != 0 || o->checkpointed ? rc : segments_publish(o);
}

const struct weir_output_ops weir_output_segments = {"segments", segments_open, segments_write, segments_prepare,
	segments_publish, segments_close};
