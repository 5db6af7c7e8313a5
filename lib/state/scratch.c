/*
 * scratch - see scratch.h
 *
 * A lock on the parent is held while leftovers are looked for and the new directory is made, so that nobody takes a
 * directory for a leftover that isn't locked yet.
 */
#include "state/scratch.h"
#include "base/durable.h"
#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "weir-spill-"

static int
lock(int fd, int how)
{
	int rc;

	while ((rc = flock(fd, how)) != 0 && errno == EINTR)
		;
	return rc;
}

/* Whether the directory is ours to remove: made by this user, and held by no process. */
static bool
is_leftover(int parent, const char *name)
{
	struct stat st;
	int fd = weir_durable_open(parent, name);
	bool left;

	if (fd < 0)
		return false;
	left = fstat(fd, &st) == 0 && st.st_uid == geteuid() && lock(fd, LOCK_EX | LOCK_NB) == 0;
	close(fd);
	return left;
}

static void
sweep(int parent)
{
	int copy = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent *e;

	if (d == NULL) {
		if (copy >= 0)
			close(copy);
		return;
	}
	while ((e = readdir(d)) != NULL)
		if (strncmp(e->d_name, PREFIX, strlen(PREFIX)) == 0 && is_leftover(parent, e->d_name))
			(void)weir_durable_remove(parent, e->d_name);
	closedir(d);
}

static int
check_parent(int fd, const char *dir, struct weir_buf *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0) {
		weir_buf_printf(why, "%s: %s", dir, strerror(errno));
		return -1;
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (st.st_mode & S_ISVTX) == 0) {
		weir_buf_printf(why, "%s: others may write there, and remove what isn't theirs", dir);
		return -1;
	}
	return 0;
}

static int
make(struct weir_scratch *s)
{
	snprintf(s->name, sizeof(s->name), PREFIX "%016" PRIx64, weir_sys_random());
	if (mkdirat(s->parent, s->name, 0700) != 0)
		return -1;
	s->fd = weir_durable_open(s->parent, s->name);
	if (s->fd >= 0 && lock(s->fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	unlinkat(s->parent, s->name, AT_REMOVEDIR);
	return -1;
}

int
weir_scratch_open(struct weir_scratch *s, const char *dir, struct weir_buf *why)
{
	int rc;

	*s = (struct weir_scratch){.parent = -1, .fd = -1};
	if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
		weir_buf_printf(why, "%s: %s", dir, strerror(errno));
		return -1;
	}
	s->parent = weir_durable_open(AT_FDCWD, dir);
	if (s->parent < 0 || lock(s->parent, LOCK_EX) != 0) {
		weir_buf_printf(why, "%s: %s", dir, errno == ELOOP ? "is a symbolic link" : strerror(errno));
		weir_scratch_close(s);
		return -1;
	}
	rc = check_parent(s->parent, dir, why);
	if (rc == 0) {
		sweep(s->parent);
		if ((rc = make(s)) != 0)
			weir_buf_printf(why, "%s/%s: %s", dir, s->name, strerror(errno));
	}
	lock(s->parent, LOCK_UN);
	if (rc == 0)
		weir_buf_printf(&s->path, "%s/%s", dir, s->name);
	else
		weir_scratch_close(s);
	return rc;
}

void
weir_scratch_close(struct weir_scratch *s)
{
	if (s->path.len > 0) {
		(void)weir_durable_empty(s->fd);
		(void)unlinkat(s->parent, s->name, AT_REMOVEDIR);
	}
	if (s->path.len > 0 || s->fd > 0)
		close(s->fd);
	if (s->path.len > 0 || s->parent > 0)
		close(s->parent);
	weir_buf_release(&s->path);
	*s = (struct weir_scratch){.parent = -1, .fd = -1};
}
