/*
 * dir - see dir.h
 */
#include "ckpt/dir_core.h"
#include "base/durable.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int
weir_dir_fail(struct weir_dir *d, int status, const char *fmt, ...)
{
	va_list ap;

	weir_buf_clear(&d->why);
	va_start(ap, fmt);
	weir_buf_vprintf(&d->why, fmt, ap);
	va_end(ap);
	return status;
}

static void
put_hex(struct weir_buf *b, const unsigned char *p, size_t n)
{
	for (; n > 0; n--)
		weir_buf_printf(b, "%02x", *p++);
}

/* n bytes from 2 n digits. */
static int
get_hex(const char *s, unsigned char *p, size_t n)
{
	unsigned v;

	for (; n > 0; n--, s += 2, p++) {
		if (strspn(s, "0123456789abcdef") < 2 || sscanf(s, "%2x", &v) != 1)
			return -1;
		*p = (unsigned char)v;
	}
	return 0;
}

/* "/absolute", below $STATE_DIRECTORY or the working directory. */
static char *
absolute(const char *path)
{
	const char *state = getenv("STATE_DIRECTORY");
	char cwd[PATH_MAX], *whole;
	struct weir_buf b = {0};

	if (path[0] != '/') {
		/* systemd lists several with colons between them; the first counts. */
		if (state != NULL && state[0] == '/')
			weir_buf_put(&b, state, strcspn(state, ":"));
		else if (getcwd(cwd, sizeof(cwd)) != NULL)
			weir_buf_puts(&b, cwd);
		weir_buf_putc(&b, '/');
	}
	weir_buf_puts(&b, path);
	while (b.len > 1 && b.p[b.len - 1] == '/')
		b.len--;
	whole = weir_mem_strdup(weir_buf_cstr(&b));
	weir_buf_release(&b);
	return whole;
}

int
weir_dir_check(struct weir_dir *d, bool force)
{
	struct stat st;

	if (fstat(d->fd, &st) != 0)
		return weir_dir_fail(d, WEIR_EX_IOERR, "%s: %s", d->path, strerror(errno));
	if (st.st_uid != geteuid())
		return weir_dir_fail(d, WEIR_EX_CANTCREAT, "%s: a checkpoint directory must be one's own", d->path);
	if ((st.st_mode & 022) != 0)
		return weir_dir_fail(d, WEIR_EX_CANTCREAT, "%s: writable by others; chmod 700 it", d->path);
	if (!force && weir_sys_is_remote(d->fd))
		return weir_dir_fail(d, WEIR_EX_CANTCREAT,
		    "%s: on a network file system, whose locks may not hold; --force uses it all the same", d->path);
	return 0;
}

int
weir_dir_open_dir(struct weir_dir *d, const char *path)
{
	d->path = absolute(path);
	d->fd = weir_durable_open(AT_FDCWD, d->path);
	if (d->fd >= 0)
		return 0;
	if (errno == ELOOP || errno == ENOTDIR)
		return weir_dir_fail(d, WEIR_EX_CANTCREAT, "%s: not a directory, or a symlink to one", d->path);
	return weir_dir_fail(d, WEIR_EX_CANTCREAT, "%s: %s", d->path, strerror(errno));
}

/* The directory above, so that a new one is there for good. */
static int
make_dir(struct weir_dir *d, const char *path)
{
	char *whole = absolute(path), *slash = strrchr(whole, '/');
	int parent, rc = -1;

	*slash = '\0';
	parent = open(slash == whole ? "/" : whole, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent >= 0) {
		rc = weir_durable_mkdir(parent, slash + 1);
		if (rc != 0 && errno == EEXIST)
			rc = 0;
		if (rc != 0)
			weir_dir_fail(d, WEIR_EX_CANTCREAT, "%s: %s", path, strerror(errno));
		close(parent);
	} else {
		weir_dir_fail(d, WEIR_EX_CANTCREAT, "%s: %s", whole, strerror(errno));
	}
	free(whole);
	return rc == 0 ? 0 : WEIR_EX_CANTCREAT;
}

/* The id, or, if the file is empty, a new one. Under the mutex. */
static int
read_id(struct weir_dir *d, bool make)
{
	char text[2 * WEIR_RUN_ID + 2];
	ssize_t n = weir_sys_pread(d->id_fd, text, sizeof(text) - 1, 0);
	struct weir_buf b = {0};
	int rc = 0;

	if (n < 0)
		return weir_dir_fail(d, WEIR_EX_IOERR, "%s/id: %s", d->path, strerror(errno));
	text[n > 0 ? n : 0] = '\0';
	if (n == 2 * WEIR_RUN_ID + 1 && get_hex(text, d->id, WEIR_RUN_ID) == 0)
		return 0;
	if (n != 0 || !make)
		return weir_dir_fail(d, WEIR_EX_PROTOCOL, "%s/id: damaged", d->path);
	weir_sys_random_bytes(d->id, sizeof(d->id));
	put_hex(&b, d->id, sizeof(d->id));
	weir_buf_putc(&b, '\n');
	if (weir_sys_write(d->id_fd, b.p, b.len) != 0 || fsync(d->id_fd) != 0 || fsync(d->fd) != 0) {
		rc = weir_dir_fail(d, WEIR_EX_IOERR, "%s/id: %s", d->path, strerror(errno));
		(void)!ftruncate(d->id_fd, 0);
	}
	weir_buf_release(&b);
	return rc;
}

int
weir_dir_open_files(struct weir_dir *d, bool make)
{
	int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | (make ? O_CREAT : 0), rc;

	/* A log has a file of that name, too. The id comes first, so this is none of ours. */
	if (make && faccessat(d->fd, "committed", F_OK, AT_SYMLINK_NOFOLLOW) == 0 && faccessat(d->fd, "id", F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		return weir_dir_fail(d, WEIR_EX_CANTCREAT, "%s: its file committed belongs to something else: a checkpoint gets a directory of its own",
		    d->path);
	d->id_fd = openat(d->fd, "id", flags, 0600);
	if (d->id_fd < 0)
		return weir_dir_fail(d, WEIR_EX_CANTCREAT, "%s/id: %s", d->path, strerror(errno));
	/* It is written once; who only looks waits for nobody. */
	if (make && (rc = weir_dir_lock(d)) != 0)
		return rc;
	rc = read_id(d, make);
	if (make)
		weir_dir_unlock(d);
	if (rc != 0)
		return errno = 0, rc;
	d->run_fd = openat(d->fd, "run", flags, 0600);
	if (d->run_fd < 0)
		return weir_dir_fail(d, WEIR_EX_CANTCREAT, "%s/run: %s", d->path, strerror(errno));
	return 0;
}

int
weir_dir_create(struct weir_dir *d, const char *path, bool force)
{
	int rc;

	if ((rc = make_dir(d, path)) != 0 || (rc = weir_dir_open_dir(d, path)) != 0 || (rc = weir_dir_check(d, force)) != 0)
		return rc;
	return weir_dir_open_files(d, true);
}

int
weir_dir_look(struct weir_dir *d, const char *path)
{
	int rc;

	if ((rc = weir_dir_open_dir(d, path)) != 0)
		return rc == WEIR_EX_CANTCREAT ? WEIR_EX_NOINPUT : rc;
	return weir_dir_open_files(d, false) == 0 ? 0
	                                 : weir_dir_fail(d, WEIR_EX_NOINPUT, "%s: not a checkpoint directory", d->path);
}

int
weir_dir_lock(struct weir_dir *d)
{
	while (flock(d->id_fd, LOCK_EX) != 0)
		if (errno != EINTR)
			return weir_dir_fail(d, WEIR_EX_IOERR, "%s/id: %s", d->path, strerror(errno));
	return 0;
}

void
weir_dir_unlock(struct weir_dir *d)
{
	while (flock(d->id_fd, LOCK_UN) != 0 && errno == EINTR)
		;
}

int
weir_dir_get(struct weir_dir *d, struct weir_dir_run *r)
{
	char text[256], hex[2 * WEIR_RUN_ID + 1];
	unsigned closing;
	ssize_t n = weir_sys_pread(d->run_fd, text, sizeof(text) - 1, 0);

	memset(r, 0, sizeof(*r));
	if (n < 0)
		return weir_dir_fail(d, WEIR_EX_IOERR, "%s/run: %s", d->path, strerror(errno));
	text[n] = '\0';
	if (n > 0 && (sscanf(text, "run %32s sources %" SCNu64 " come %" SCNu64 " ended %" SCNu64
	                           " members %" SCNu64 " left %" SCNu64 " epoch %" SCNd64 " closing %u pid %" SCNu64,
	                  hex, &r->sources, &r->come, &r->ended, &r->members, &r->left, &r->epoch, &closing, &r->pid) != 9 || get_hex(hex, r->id, WEIR_RUN_ID) != 0))
		return weir_dir_fail(d, WEIR_EX_PROTOCOL, "%s/run: damaged", d->path);
	r->closing = n > 0 && closing != 0;
	return 0;
}

int
weir_dir_put(struct weir_dir *d, const struct weir_dir_run *r)
{
	struct weir_buf b = {0};
	int rc = 0;

	weir_buf_puts(&b, "run ");
	put_hex(&b, r->id, sizeof(r->id));
	weir_buf_printf(&b, " sources %" PRIu64 " come %" PRIu64 " ended %" PRIu64 " members %" PRIu64 " left %" PRIu64
	                    " epoch %" PRId64 " closing %d pid %" PRIu64 "\n",
	    r->sources, r->come, r->ended, r->members, r->left, r->epoch, r->closing, r->pid);
	if (lseek(d->run_fd, 0, SEEK_SET) != 0 || weir_sys_write(d->run_fd, b.p, b.len) != 0 ||
	    ftruncate(d->run_fd, (off_t)b.len) != 0)
		rc = weir_dir_fail(d, WEIR_EX_IOERR, "%s/run: %s", d->path, strerror(errno));
	weir_buf_release(&b);
	return rc;
}

bool
weir_dir_has(const struct weir_dir *d, int64_t epoch)
{
	struct stat st;
	char name[24];

	snprintf(name, sizeof(name), "%" PRId64, epoch);
	return fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int
by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

size_t
weir_dir_epochs(const struct weir_dir *d, int64_t **all)
{
	int copy = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent *e;
	size_t n = 0;

	*all = NULL;
	if (dir == NULL)
		return 0;
	while ((e = readdir(dir)) != NULL) {
		size_t digits = strspn(e->d_name, "0123456789");

		/* As they are written: no zeros before them. */
		if (digits == 0 || digits > 18 || e->d_name[digits] != '\0' || (digits > 1 && e->d_name[0] == '0'))
			continue;
		*all = weir_mem_realloc(*all, n + 1, sizeof(**all));
		(*all)[n++] = strtoll(e->d_name, NULL, 10);
	}
	closedir(dir);
	if (n > 0)
		qsort(*all, n, sizeof(**all), by_number);
	return n;
}

int64_t
weir_dir_highest(const struct weir_dir *d)
{
	int64_t *all;
	size_t n = weir_dir_epochs(d, &all);
	int64_t most = n > 0 ? all[n - 1] : -1;

	free(all);
	return most;
}

void
weir_dir_release(struct weir_dir *d)
{
	if (d->run_fd >= 0)
		close(d->run_fd);
	if (d->id_fd >= 0)
		close(d->id_fd);
	if (d->fd >= 0)
		close(d->fd);
	free(d->path);
	weir_buf_release(&d->why);
	*d = (struct weir_dir)WEIR_DIR_NONE;
}
