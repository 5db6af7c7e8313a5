/*
 * origin_file - files, pipes and what else has a path or a descriptor, as origins
 */
#include "base/buf.h"
#include "base/mem.h"
#include "text/origin.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *
once(const struct stat *st)
{
	return S_ISREG(st->st_mode) ? NULL
	    : S_ISFIFO(st->st_mode) ? "a pipe"
	    : S_ISSOCK(st->st_mode) ? "a socket"
	                            : "a device";
}

const char *
weir_origin_once(const char *name)
{
	struct stat st;

	if (strcmp(name, "-") == 0)
		return "standard input";
	return stat(name, &st) != 0 || S_ISDIR(st.st_mode) ? NULL : once(&st);
}

static void
take(struct weir_origin *o, int fd, const struct stat *st)
{
	o->fd = fd;
	o->blocks = !S_ISREG(st->st_mode);
	o->once = fd == STDIN_FILENO ? "standard input" : once(st);
}

void
weir_origin_adopt(struct weir_origin *o, int fd)
{
	struct stat st = {0};

	memset(o, 0, sizeof(*o));
	o->fd = -1;
	if (fd < 0)
		return;
	o->ops = &weir_origin_file;
	/* A descriptor that can't be asked is read all the same: that says what is wrong with it. */
	(void)fstat(fd, &st);
	take(o, fd, &st);
}

static int
file_open(struct weir_origin *o, const char *name)
{
	int fd = strcmp(name, "-") == 0 ? STDIN_FILENO : open(name, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	int saved;

	if (fd >= 0 && fstat(fd, &st) == 0) {
		if (!S_ISDIR(st.st_mode)) {
			take(o, fd, &st);
			return 0;
		}
		errno = EISDIR;
	}
	saved = errno;
	if (fd > STDIN_FILENO)
		close(fd);
	errno = saved;
	return -1;
}

static ssize_t
file_read(struct weir_origin *o, void *p, size_t n)
{
	return read(o->fd, p, n);
}

static ssize_t
file_look(const struct weir_origin *o, uint64_t at, void *p, size_t n)
{
	unsigned char *q = p;
	size_t got = 0;

	while (got < n) {
		ssize_t k = pread(o->fd, q + got, n - got, (off_t)(at + got));

		if (k < 0 && errno != EINTR)
			return -1;
		if (k == 0)
			break;
		if (k > 0)
			got += (size_t)k;
	}
	return (ssize_t)got;
}

static int
file_seek(struct weir_origin *o, uint64_t at)
{
	return lseek(o->fd, (off_t)at, SEEK_SET) < 0 ? -1 : 0;
}

static void
describe(const struct stat *st, struct weir_origin_now *now)
{
	now->device = (uint64_t)st->st_dev;
	now->inode = (uint64_t)st->st_ino;
	now->size = (uint64_t)st->st_size;
	now->modified = (int64_t)st->st_mtime;
	now->nanos = (uint32_t)st->st_mtim.tv_nsec;
	now->again = S_ISREG(st->st_mode);
}

static int
file_now(const struct weir_origin *o, struct weir_origin_now *now)
{
	struct stat st;

	if (fstat(o->fd, &st) != 0)
		return -1;
	describe(&st, now);
	return 0;
}

static void
file_close(struct weir_origin *o)
{
	close(o->fd);
}

static int
file_find(const char *name, struct weir_origin_now *now)
{
	struct stat st;

	if (stat(name, &st) != 0)
		return -1;
	describe(&st, now);
	return 0;
}

const struct weir_origin_ops weir_origin_file = {
    file_open, file_read, file_look, file_seek, file_now, file_close, file_find};

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *
join(const char *dir, const char *name)
{
	struct weir_buf b = {0};
	char *path;

	weir_buf_puts(&b, dir);
	if (b.len > 0 && b.p[b.len - 1] != '/')
		weir_buf_putc(&b, '/');
	weir_buf_puts(&b, name);
	path = weir_mem_strdup(weir_buf_cstr(&b));
	weir_buf_release(&b);
	return path;
}

int
weir_origin_list(const char *dir, struct weir_origin_list *l)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	size_t cap = 0;

	memset(l, 0, sizeof(*l));
	if (d == NULL)
		return -1;
	while ((e = readdir(d)) != NULL) {
		struct stat st;

		if (e->d_name[0] == '.' || fstatat(dirfd(d), e->d_name, &st, 0) != 0 || !S_ISREG(st.st_mode))
			continue;
		if (l->n == cap) {
			cap = cap == 0 ? 16 : 2 * cap;
			l->names = weir_mem_realloc(l->names, cap, sizeof(*l->names));
		}
		l->names[l->n++] = strcmp(dir, ".") == 0 && strcmp(e->d_name, "-") != 0
		    ? weir_mem_strdup(e->d_name)
		    : join(dir, e->d_name);
	}
	closedir(d);
	if (l->n > 1)
		qsort(l->names, l->n, sizeof(*l->names), by_name);
	return 0;
}

void
weir_origin_list_release(struct weir_origin_list *l)
{
	while (l->n > 0)
		free(l->names[--l->n]);
	free(l->names);
	l->names = NULL;
}

char *
weir_origin_parent(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash == NULL ? weir_mem_strdup(".")
	    : slash == name  ? weir_mem_strdup("/")
	                     : weir_mem_dup(name, (size_t)(slash - name));
}
