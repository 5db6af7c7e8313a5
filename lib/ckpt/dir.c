/*
 * dir - see dir.h
 */
#include "ckpt/dir.h"
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
#include <time.h>
#include <unistd.h>

/* Bytes of `run` that are marked: far behind its text. */
#define MARK_SOURCE (INT64_C(1) << 32)
#define MARK_MEMBER (INT64_C(2) << 32)
#define MARK_ID (INT64_C(3) << 32)
#define MARKS (INT64_C(1) << 32)

#define POLL_NS (20 * 1000 * 1000)

/* How long a source waits for one of its own name to go: of an earlier run, or it is a mistake. */
#define NAMESAKE_NS (INT64_C(2) * 1000 * 1000 * 1000)
#define NAMESAKE (-2)

static int fail(struct weir_dir *d, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int
fail(struct weir_dir *d, int status, const char *fmt, ...)
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

static int
check(struct weir_dir *d, bool force)
{
	struct stat st;

	if (fstat(d->fd, &st) != 0)
		return fail(d, WEIR_EX_IOERR, "%s: %s", d->path, strerror(errno));
	if (st.st_uid != geteuid())
		return fail(d, WEIR_EX_CANTCREAT, "%s: a checkpoint directory must be one's own", d->path);
	if ((st.st_mode & 022) != 0)
		return fail(d, WEIR_EX_CANTCREAT, "%s: writable by others; chmod 700 it", d->path);
	if (!force && weir_sys_is_remote(d->fd))
		return fail(d, WEIR_EX_CANTCREAT,
		    "%s: on a network file system, whose locks may not hold; --force uses it all the same", d->path);
	return 0;
}

static int
open_dir(struct weir_dir *d, const char *path)
{
	d->path = absolute(path);
	d->fd = weir_durable_open(AT_FDCWD, d->path);
	if (d->fd >= 0)
		return 0;
	if (errno == ELOOP || errno == ENOTDIR)
		return fail(d, WEIR_EX_CANTCREAT, "%s: not a directory, or a symlink to one", d->path);
	return fail(d, WEIR_EX_CANTCREAT, "%s: %s", d->path, strerror(errno));
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
			fail(d, WEIR_EX_CANTCREAT, "%s: %s", path, strerror(errno));
		close(parent);
	} else {
		fail(d, WEIR_EX_CANTCREAT, "%s: %s", whole, strerror(errno));
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
		return fail(d, WEIR_EX_IOERR, "%s/id: %s", d->path, strerror(errno));
	text[n > 0 ? n : 0] = '\0';
	if (n == 2 * WEIR_RUN_ID + 1 && get_hex(text, d->id, WEIR_RUN_ID) == 0)
		return 0;
	if (n != 0 || !make)
		return fail(d, WEIR_EX_PROTOCOL, "%s/id: damaged", d->path);
	weir_sys_random_bytes(d->id, sizeof(d->id));
	put_hex(&b, d->id, sizeof(d->id));
	weir_buf_putc(&b, '\n');
	if (weir_sys_write(d->id_fd, b.p, b.len) != 0 || fsync(d->id_fd) != 0 || fsync(d->fd) != 0) {
		rc = fail(d, WEIR_EX_IOERR, "%s/id: %s", d->path, strerror(errno));
		(void)!ftruncate(d->id_fd, 0);
	}
	weir_buf_release(&b);
	return rc;
}

static int
open_files(struct weir_dir *d, bool make)
{
	int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | (make ? O_CREAT : 0), rc;

	d->id_fd = openat(d->fd, "id", flags, 0600);
	if (d->id_fd < 0)
		return fail(d, WEIR_EX_CANTCREAT, "%s/id: %s", d->path, strerror(errno));
	if ((rc = weir_dir_lock(d)) != 0)
		return rc;
	rc = read_id(d, make);
	weir_dir_unlock(d);
	if (rc != 0)
		return errno = 0, rc;
	d->run_fd = openat(d->fd, "run", flags, 0600);
	if (d->run_fd < 0)
		return fail(d, WEIR_EX_CANTCREAT, "%s/run: %s", d->path, strerror(errno));
	return 0;
}

int
weir_dir_create(struct weir_dir *d, const char *path, bool force)
{
	int rc;

	if ((rc = make_dir(d, path)) != 0 || (rc = open_dir(d, path)) != 0 || (rc = check(d, force)) != 0)
		return rc;
	return open_files(d, true);
}

int
weir_dir_look(struct weir_dir *d, const char *path)
{
	int rc;

	if ((rc = open_dir(d, path)) != 0)
		return rc == WEIR_EX_CANTCREAT ? WEIR_EX_NOINPUT : rc;
	return open_files(d, false) == 0 ? 0
	                                 : fail(d, WEIR_EX_NOINPUT, "%s: not a checkpoint directory", d->path);
}

int
weir_dir_lock(struct weir_dir *d)
{
	while (flock(d->id_fd, LOCK_EX) != 0)
		if (errno != EINTR)
			return fail(d, WEIR_EX_IOERR, "%s/id: %s", d->path, strerror(errno));
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
		return fail(d, WEIR_EX_IOERR, "%s/run: %s", d->path, strerror(errno));
	text[n] = '\0';
	if (n > 0 && (sscanf(text, "run %32s sources %" SCNu64 " come %" SCNu64 " ended %" SCNu64
	                           " members %" SCNu64 " left %" SCNu64 " epoch %" SCNd64 " closing %u pid %" SCNu64,
	                  hex, &r->sources, &r->come, &r->ended, &r->members, &r->left, &r->epoch, &closing, &r->pid) != 9 || get_hex(hex, r->id, WEIR_RUN_ID) != 0))
		return fail(d, WEIR_EX_PROTOCOL, "%s/run: damaged", d->path);
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
		rc = fail(d, WEIR_EX_IOERR, "%s/run: %s", d->path, strerror(errno));
	weir_buf_release(&b);
	return rc;
}

/* Becomes one of the run's processes. Under the mutex, so nobody gets in between. */
static int
take_part(struct weir_dir *d, struct weir_dir_run *r, int64_t source)
{
	int rc;

	memcpy(d->run, r->id, WEIR_RUN_ID);
	d->member = r->members++;
	if ((rc = weir_dir_put(d, r)) != 0)
		return rc;
	if (flock(d->run_fd, LOCK_SH | LOCK_NB) != 0 || weir_sys_mark(d->run_fd, MARK_MEMBER + (int64_t)d->member) != 0 ||
	    (source >= 0 && weir_sys_mark(d->run_fd, MARK_SOURCE + source) != 0))
		return fail(d, WEIR_EX_IOERR, "%s/run: %s", d->path, strerror(errno));
	return 0;
}

/* A source's name is marked like a place: those of a run must differ. */
static int64_t
mark_of(const char *id)
{
	return MARK_ID + (int64_t)(weir_hash_fixed(id, strlen(id)) & 0xffffffff);
}

static int
take_lead(struct weir_dir *d, struct weir_dir_run *r, const char *id)
{
	int rc = take_part(d, r, (int64_t)d->place);

	if (rc == 0 && weir_sys_mark(d->run_fd, mark_of(id)) != 0)
		rc = fail(d, WEIR_EX_IOERR, "%s/run: %s", d->path, strerror(errno));
	return rc;
}

/* One try to begin or join a run, under the mutex. -1, NAMESAKE: not now, perhaps later. */
static int
try_lead(struct weir_dir *d, const char *id, uint64_t sources)
{
	struct weir_dir_run r;
	bool alive;
	int rc;

	/* With nobody alive, whatever is in the file (a power loss may have torn it) means nothing. */
	if (flock(d->run_fd, LOCK_EX | LOCK_NB) == 0) {
		r = (struct weir_dir_run){.sources = sources, .come = 1, .epoch = sources > 1 ? WEIR_DIR_CLOSED : -1, .pid = (uint64_t)getpid()};
		weir_sys_random_bytes(r.id, sizeof(r.id));
		return take_lead(d, &r, id);
	}
	if ((rc = weir_dir_get(d, &r)) != 0)
		return rc;
	alive = weir_sys_marked(d->run_fd, MARK_SOURCE, MARKS);
	if (alive && r.epoch == WEIR_DIR_CLOSED)
		return fail(d, -1, "%s: in use by another pipeline (its source: pid %" PRIu64 ")", d->path, r.pid);
	if (alive && r.come < r.sources && sources == r.sources) {
		if (weir_sys_marked(d->run_fd, mark_of(id), 1))
			return fail(d, NAMESAKE, "%s: two sources are called %s: give each an --id NAME of its own", d->path, id);
		d->place = r.come++;
		return take_lead(d, &r, id);
	}
	if (alive && r.come < r.sources)
		return fail(d, WEIR_EX_CONFIG, "%s: this run's other source was given --sources %" PRIu64 ", not %" PRIu64,
		    d->path, r.sources, sources);
	fail(d, WEIR_EX_TEMPFAIL, "%s: in use by another pipeline (its source: pid %" PRIu64 ")%s", d->path, r.pid,
	    alive ? r.sources > 1 ? "; all its --sources have come" : ""
	          : "; stages of an earlier run are still draining");
	return alive ? WEIR_EX_TEMPFAIL : -1;
}

int
weir_dir_lead(struct weir_dir *d, const char *id, uint64_t sources, int64_t patience)
{
	const struct timespec pause = {.tv_nsec = POLL_NS};
	int64_t now = weir_sys_monotonic(), until = now + patience, namesake = now + NAMESAKE_NS;
	int rc;

	for (;;) {
		if ((rc = weir_dir_lock(d)) != 0)
			return rc;
		rc = try_lead(d, id, sources);
		weir_dir_unlock(d);
		if (rc >= 0)
			return rc;
		now = weir_sys_monotonic();
		if (rc == NAMESAKE && now >= namesake)
			return WEIR_EX_CONFIG;
		if (now >= until)
			return WEIR_EX_TEMPFAIL;
		nanosleep(&pause, NULL);
	}
}

int
weir_dir_admit(struct weir_dir *d)
{
	struct weir_dir_run r;
	int rc = weir_dir_lock(d);

	if (rc != 0)
		return rc;
	if ((rc = weir_dir_get(d, &r)) == 0 && r.epoch == WEIR_DIR_CLOSED) {
		r.epoch = -1;
		rc = weir_dir_put(d, &r);
	}
	weir_dir_unlock(d);
	return rc;
}

/* A directory that is gone, or is not ours, belongs to no run of ours; what can't be read now is an error. */
static bool
is_gone(void)
{
	return errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EACCES;
}

int
weir_dir_follow(struct weir_dir *d, const char *path, const unsigned char id[WEIR_RUN_ID],
    const unsigned char run[WEIR_RUN_ID])
{
	struct weir_dir_run r;
	int rc;

	errno = 0;
	if (open_dir(d, path) != 0)
		return is_gone() ? -1 : WEIR_EX_IOERR;
	if ((rc = check(d, true)) != 0)
		return rc == WEIR_EX_CANTCREAT ? -1 : rc;
	if ((rc = open_files(d, false)) != 0)
		return is_gone() ? -1 : rc == WEIR_EX_CANTCREAT ? WEIR_EX_IOERR : rc;
	if (memcmp(d->id, id, WEIR_RUN_ID) != 0)
		return fail(d, -1, "%s is another checkpoint by now", d->path);
	if ((rc = weir_dir_lock(d)) != 0)
		return rc;
	rc = weir_dir_get(d, &r);
	if (rc == 0 && memcmp(r.id, run, WEIR_RUN_ID) != 0)
		rc = fail(d, -1, "%s belongs to another run", d->path);
	if (rc == 0)
		rc = take_part(d, &r, -1);
	weir_dir_unlock(d);
	return rc;
}

int
weir_dir_leave(struct weir_dir *d)
{
	struct weir_dir_run r;
	int rc;

	if ((rc = weir_dir_lock(d)) != 0)
		return rc;
	if ((rc = weir_dir_get(d, &r)) == 0) {
		r.left++;
		rc = weir_dir_put(d, &r);
	}
	weir_sys_unmark(d->run_fd, MARK_MEMBER + (int64_t)d->member);
	weir_dir_unlock(d);
	return rc;
}

/* Members that neither live nor have left; *others: those that live, but this one. */
static uint64_t
count_lost(struct weir_dir *d, uint64_t *others)
{
	struct weir_dir_run r = {0};
	uint64_t i;

	*others = 0;
	if (weir_dir_lock(d) != 0)
		return 0;
	if (weir_dir_get(d, &r) == 0)
		for (i = 0; i < r.members; i++)
			*others += i != d->member && weir_sys_marked(d->run_fd, MARK_MEMBER + (int64_t)i, 1);
	weir_dir_unlock(d);
	return r.members > 1 + *others + r.left ? r.members - 1 - *others - r.left : 0;
}

bool
weir_dir_lost(struct weir_dir *d)
{
	uint64_t others;

	return count_lost(d, &others) > 0;
}

bool
weir_dir_alone(struct weir_dir *d)
{
	uint64_t others;

	return count_lost(d, &others) == 0 && others == 0;
}

bool
weir_dir_sources_live(const struct weir_dir *d, uint64_t sources)
{
	uint64_t i;

	for (i = 0; i < sources; i++)
		if (i != d->place && !weir_sys_marked(d->run_fd, MARK_SOURCE + (int64_t)i, 1))
			return false;
	return true;
}

bool
weir_dir_has(const struct weir_dir *d, int64_t epoch)
{
	struct stat st;
	char name[24];

	snprintf(name, sizeof(name), "%" PRId64, epoch);
	return fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int64_t
weir_dir_highest(const struct weir_dir *d)
{
	int copy = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	int64_t most = -1, n;
	struct dirent *e;

	if (dir == NULL)
		return -1;
	while ((e = readdir(dir)) != NULL) {
		size_t digits = strspn(e->d_name, "0123456789");

		if (digits == 0 || digits > 18 || e->d_name[digits] != '\0')
			continue;
		n = strtoll(e->d_name, NULL, 10);
		if (n > most)
			most = n;
	}
	closedir(dir);
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
