/*
 * durable - see durable.h
 */
#include "base/durable.h"
#include "base/buf.h"
#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
weir_durable_open(int at, const char *path)
{
	return openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int
weir_durable_mkdir(int dfd, const char *name)
{
	return mkdirat(dfd, name, 0700) == 0 && fsync(dfd) == 0 ? 0 : -1;
}

static const char *
temporary(struct weir_buf *b, const char *name)
{
	weir_buf_printf(b, ".%s.tmp", name);
	return weir_buf_cstr(b);
}

int
weir_durable_begin(int dfd, const char *name)
{
	struct weir_buf tmp = {0};
	int fd = openat(dfd, temporary(&tmp, name), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	weir_buf_release(&tmp);
	return fd;
}

int
weir_durable_commit(int dfd, const char *name, int fd)
{
	struct weir_buf tmp = {0};
	const char *from = temporary(&tmp, name);
	int rc = fsync(fd), saved = errno;

	if (close(fd) != 0 && rc == 0) {
		rc = -1;
		saved = errno;
	}
	if (rc == 0 && (rc = renameat(dfd, from, dfd, name)) != 0)
		saved = errno;
	if (rc != 0)
		unlinkat(dfd, from, 0);
	else if ((rc = fsync(dfd)) != 0)
		saved = errno;
	weir_buf_release(&tmp);
	errno = saved;
	return rc;
}

void
weir_durable_abandon(int dfd, const char *name, int fd)
{
	struct weir_buf tmp = {0};
	int saved = errno;

	close(fd);
	unlinkat(dfd, temporary(&tmp, name), 0);
	weir_buf_release(&tmp);
	errno = saved;
}

int
weir_durable_put(int dfd, const char *name, const void *p, size_t n)
{
	int fd = weir_durable_begin(dfd, name);

	if (fd < 0)
		return -1;
	if (weir_sys_write(fd, p, n) != 0) {
		weir_durable_abandon(dfd, name, fd);
		return -1;
	}
	return weir_durable_commit(dfd, name, fd);
}

static bool
is_temporary(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && name[0] == '.' && strcmp(name + n - 4, ".tmp") == 0;
}

/* Unlinks the files of a directory, or only the temporary ones. */
static int
unlink_files(int dfd, bool temporaries)
{
	int copy = openat(dfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent *e;

	if (d == NULL)
		return -1;
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		    (!temporaries || is_temporary(e->d_name)) && unlinkat(dfd, e->d_name, 0) != 0 &&
		    errno != ENOENT)
			rc = -1;
	closedir(d);
	return rc;
}

int
weir_durable_sweep(int dfd)
{
	return unlink_files(dfd, true);
}

int
weir_durable_empty(int dfd)
{
	return unlink_files(dfd, false);
}

int
weir_durable_remove(int dfd, const char *name)
{
	int fd = weir_durable_open(dfd, name), rc;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	rc = weir_durable_empty(fd);
	close(fd);
	return rc == 0 && unlinkat(dfd, name, AT_REMOVEDIR) == 0 ? 0 : -1;
}
