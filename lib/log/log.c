/*
 * log - see log.h
 */
#include "log/log.h"
#include "base/civil.h"
#include "base/durable.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/sys.h"
#include "frame/header.h"
#include "frame/out.h"
#include "frame/reader.h"
#include "log/extent.h"
#include "log/segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define IDENTITY "log"

int
weir_log_fail(struct weir_log *l, int status, const char *fmt, ...)
{
	va_list ap;

	weir_buf_clear(&l->why);
	weir_buf_printf(&l->why, "%s: ", l->path);
	va_start(ap, fmt);
	weir_buf_vprintf(&l->why, fmt, ap);
	va_end(ap);
	return status;
}

void
weir_log_release(struct weir_log *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	free(l->path);
	free(l->key);
	l->path = l->key = NULL;
	weir_buf_release(&l->why);
}

static void
set_path(struct weir_log *l, const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	l->path = weir_mem_dup(path, n);
}

/* The one record of the identity. */
static int
take_record(struct weir_log *l, struct weir_reader *r, const struct weir_frame *f)
{
	struct weir_record rec = {0};
	struct weir_value v[3];
	char text[24] = "";
	size_t at = 0;
	uint32_t i;

	if (weir_reader_entry(r, f, &at, &rec) <= 0 || (rec.flags & WEIR_ENTRY_KIND) != WEIR_ENTRY_RECORD || rec.shape->n != 3)
		return -1;
	for (i = 0; i < 3; i++)
		weir_record_get(&rec, i, &v[i]);
	if (r->damage || v[0].type != WEIR_NUMBER || v[1].type != WEIR_NUMBER || v[1].len >= sizeof(text) ||
	    (v[2].type != WEIR_STRING && v[2].type != WEIR_NULL) || v[0].len != 1 || v[0].p[0] != '1')
		return -1;
	memcpy(text, v[1].p, v[1].len);
	l->partitions = strtoull(text, NULL, 10);
	if (v[2].type == WEIR_STRING)
		l->key = weir_mem_dup(v[2].p, v[2].len);
	return l->partitions <= WEIR_LOG_PARTITIONS ? 0 : -1;
}

static int
take_frames(struct weir_log *l, struct weir_reader *r)
{
	struct weir_hello h = {0};
	struct weir_frame f;
	int rc, kinds = 0;

	while ((rc = weir_reader_next(r, &f)) > 0) {
		kinds = kinds << 8 | f.head.kind;
		if (f.head.kind == WEIR_FRAME_HELLO && kinds == WEIR_FRAME_HELLO) {
			if ((rc = weir_hello_decode(&h, f.payload, f.len)) != 0)
				break;
			memcpy(l->id, h.run, sizeof(l->id));
		} else if (f.head.kind == WEIR_FRAME_DATA && (rc = take_record(l, r, &f)) != 0) {
			break;
		}
	}
	weir_hello_release(&h);
	return rc == 0 && kinds == (WEIR_FRAME_HELLO << 16 | WEIR_FRAME_DATA << 8 | WEIR_FRAME_END) ? 0 : -1;
}

/* -1: there is none. */
static int
read_identity(struct weir_log *l)
{
	int fd = openat(l->fd, IDENTITY, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), rc;
	struct weir_reader r;

	if (fd < 0 && errno == ENOENT)
		return -1;
	if (fd < 0)
		return weir_log_fail(l, WEIR_EX_NOINPUT, "%s: %s", IDENTITY, strerror(errno));
	weir_reader_init(&r, fd, NULL, 0);
	rc = take_frames(l, &r);
	weir_reader_release(&r);
	close(fd);
	return rc == 0 ? 0 : weir_log_fail(l, WEIR_EX_PROTOCOL, "%s: damaged, or of a newer weir", IDENTITY);
}

static int
write_identity(struct weir_log *l)
{
	static const struct weir_name names[] = {{(const unsigned char *)"version", 7},
	    {(const unsigned char *)"partitions", 10}, {(const unsigned char *)"key", 3}};
	char text[24];
	struct weir_value v[3] = {{.p = (const unsigned char *)"1", .len = 1, .type = WEIR_NUMBER},
	    {.p = (const unsigned char *)text, .type = WEIR_NUMBER}, {.type = WEIR_NULL}};
	struct weir_shape *shape = weir_shape_new(WEIR_FORMAT_VALUES, 0, names, 3);
	struct weir_end end = {.how = WEIR_END_FINAL};
	struct weir_hello h = {0};
	struct weir_out out;
	int fd = weir_durable_begin(l->fd, IDENTITY), rc;

	if (fd < 0) {
		weir_shape_free(shape);
		return weir_log_fail(l, WEIR_EX_CANTCREAT, "%s: %s", IDENTITY, strerror(errno));
	}
	v[1].len = (uint32_t)snprintf(text, sizeof(text), "%" PRIu64, l->partitions);
	if (l->key != NULL)
		v[2] = (struct weir_value){.p = (const unsigned char *)l->key, .len = (uint32_t)strlen(l->key), .type = WEIR_STRING};
	weir_sys_random_bytes(l->id, sizeof(l->id));
	memcpy(h.run, l->id, sizeof(h.run));
	weir_hello_add_stage(&h, "sreplay");
	weir_out_init(&out, fd);
	rc = weir_out_hello(&out, &h) != 0 || weir_out_values(&out, shape, WEIR_TIME_NONE, v) != 0 || weir_out_end(&out, &end) != 0;
	errno = out.errnum;
	if (rc != 0)
		weir_durable_abandon(l->fd, IDENTITY, fd);
	else
		rc = weir_durable_commit(l->fd, IDENTITY, fd);
	rc = rc == 0 ? 0 : weir_log_fail(l, WEIR_EX_IOERR, "%s: %s", IDENTITY, strerror(errno));
	weir_out_release(&out);
	weir_hello_release(&h);
	weir_shape_free(shape);
	return rc;
}

int
weir_log_open(struct weir_log *l, const char *path)
{
	int rc;

	set_path(l, path);
	l->fd = open(l->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->fd < 0)
		return weir_log_fail(l, WEIR_EX_NOINPUT, "%s", errno == ENOTDIR ? "a log is a directory" : strerror(errno));
	rc = read_identity(l);
	return rc >= 0 ? rc : weir_log_fail(l, WEIR_EX_NOINPUT, "no log: it has no file \"%s\"", IDENTITY);
}

/* The directory itself, durable in the one above. */
static int
make_dir(struct weir_log *l)
{
	char *copy = weir_mem_strdup(l->path), *slash = strrchr(copy, '/');
	int parent, rc;

	if (slash != NULL)
		*slash = '\0';
	parent = open(slash == NULL ? "." : slash == copy ? "/" : copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = parent >= 0 ? weir_durable_mkdir(parent, slash != NULL ? slash + 1 : copy) : -1;
	if (rc != 0 && parent >= 0 && errno == EEXIST)
		rc = 0;
	if (rc != 0)
		rc = weir_log_fail(l, WEIR_EX_CANTCREAT, "%s", strerror(errno));
	if (parent >= 0)
		close(parent);
	free(copy);
	return rc;
}

/* Whether something is in the directory that no half-made log has. */
static bool
has_others(struct weir_log *l)
{
	static const char *const own[] = {".", "..", WEIR_EXTENT_FILE, "." WEIR_EXTENT_FILE ".tmp", "." IDENTITY ".tmp", "writer", "readers"};
	int copy = openat(l->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent *e;
	bool others = false;
	size_t i, n = sizeof(own) / sizeof(own[0]);

	while (d != NULL && (e = readdir(d)) != NULL) {
		for (i = 0; i < n && strcmp(e->d_name, own[i]) != 0; i++)
			;
		others = others || (i == n && strspn(e->d_name, "0123456789") != strlen(e->d_name));
	}
	if (d != NULL)
		closedir(d);
	return others;
}

/* A new log, or what is left of one whose making was interrupted: `log` comes last, and says that all is there. */
static int
make(struct weir_log *l, uint64_t partitions, const char *key)
{
	struct weir_extent empty = {.newest = WEIR_TIME_NONE};
	uint64_t *firsts = NULL, i;
	size_t n = 0;
	int rc = 0;

	if (weir_segment_list(l->fd, &firsts, &n) != 0)
		return weir_log_fail(l, WEIR_EX_IOERR, "%s", strerror(errno));
	free(firsts);
	if (n > 0)
		return weir_log_fail(l, WEIR_EX_PROTOCOL, "damaged: it has segments, but no file \"%s\"", IDENTITY);
	if (has_others(l))
		return weir_log_fail(l, WEIR_EX_CANTCREAT, "a directory with other files in it: a log gets one of its own");
	if (weir_durable_sweep(l->fd) != 0)
		return weir_log_fail(l, WEIR_EX_IOERR, "%s", strerror(errno));
	l->partitions = partitions;
	l->key = key != NULL ? weir_mem_strdup(key) : NULL;
	for (i = 0; rc == 0 && i < partitions; i++) {
		struct weir_log part = WEIR_LOG_NONE;
		struct weir_buf name = {0};

		weir_buf_printf(&name, "%s/%" PRIu64, l->path, i);
		if ((rc = weir_log_create(&part, weir_buf_cstr(&name), 0, NULL)) != 0)
			weir_log_fail(l, rc, "partition %" PRIu64 ": %s", i, weir_buf_cstr(&part.why));
		weir_log_release(&part);
		weir_buf_release(&name);
	}
	if (rc == 0 && partitions == 0 && weir_extent_create(l->fd, &empty) != 0)
		rc = weir_log_fail(l, WEIR_EX_CANTCREAT, "%s: %s", WEIR_EXTENT_FILE, strerror(errno));
	return rc == 0 ? write_identity(l) : rc;
}

/* One at a time: two that began together would each give it an identity. Where a directory can't be locked (some network file
 * systems) that is left to the user. */
static int
make_once(struct weir_log *l, uint64_t partitions, const char *key)
{
	int rc;

	while (flock(l->fd, LOCK_EX) != 0 && errno == EINTR)
		;
	if ((rc = read_identity(l)) < 0)
		rc = make(l, partitions, key);
	flock(l->fd, LOCK_UN);
	return rc;
}

/* The keys of a log are told with --partitions, a line each. */
static int
refuse_split(struct weir_log *l)
{
	struct weir_buf keys = {0};
	const char *s;
	int rc;

	if (l->partitions == 0)
		return weir_log_fail(l, WEIR_EX_CONFIG, "the log has no partitions, which can't be changed: append to it without --partitions and -k");
	for (s = l->key != NULL ? l->key : ""; *s != '\0'; s++)
		if (*s == '\n')
			weir_buf_puts(&keys, " -k ");
		else
			weir_buf_putc(&keys, *s);
	rc = weir_log_fail(l, WEIR_EX_CONFIG, "the log has --partitions %" PRIu64 " -k %s, which can't be changed: append to it without saying these",
	    l->partitions, weir_buf_cstr(&keys));
	weir_buf_release(&keys);
	return rc;
}

int
weir_log_create(struct weir_log *l, const char *path, uint64_t partitions, const char *key)
{
	int rc;

	set_path(l, path);
	if ((rc = make_dir(l)) != 0)
		return rc;
	l->fd = open(l->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (l->fd < 0)
		return weir_log_fail(l, WEIR_EX_CANTCREAT, "%s",
		    errno == ENOTDIR || errno == ELOOP ? "not a directory, or a symlink to one" : strerror(errno));
	if ((rc = read_identity(l)) < 0)
		rc = make_once(l, partitions, key);
	if (rc != 0 || (partitions == 0 && key == NULL))
		return rc;
	if ((partitions != 0 && partitions != l->partitions) || (key != NULL && (l->key == NULL || strcmp(key, l->key) != 0)))
		return refuse_split(l);
	return 0;
}

int
weir_log_part(const struct weir_log *l, uint64_t i, struct weir_log *part)
{
	struct weir_buf name = {0};
	int rc;

	weir_buf_printf(&name, "%s/%" PRIu64, l->path, i);
	rc = weir_log_open(part, weir_buf_cstr(&name));
	weir_buf_release(&name);
	return rc;
}

/* Whether the file begins as a weir stream does. */
static bool
is_stream(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	unsigned char c = 0;
	bool is = fd >= 0 && weir_sys_pread(fd, &c, 1, 0) == 1 && c == WEIR_FRAME_MAGIC;

	if (fd >= 0)
		close(fd);
	return is;
}

/* Any directory may have a file called log. One that is not ours has nothing beside it that a log has; damage must not
 * make text of a log. */
bool
weir_log_is(const char *path)
{
	static const char *const beside[] = {WEIR_EXTENT_FILE, "0/" WEIR_EXTENT_FILE};
	struct weir_buf name = {0};
	struct stat st;
	bool is;
	size_t i;

	weir_buf_printf(&name, "%s/%s", path, IDENTITY);
	is = stat(path, &st) == 0 && S_ISDIR(st.st_mode) && stat(weir_buf_cstr(&name), &st) == 0 && S_ISREG(st.st_mode);
	if (is && !is_stream(weir_buf_cstr(&name))) {
		for (is = false, i = 0; i < 2 && !is; i++) {
			weir_buf_clear(&name);
			weir_buf_printf(&name, "%s/%s", path, beside[i]);
			is = stat(weir_buf_cstr(&name), &st) == 0;
		}
	}
	weir_buf_release(&name);
	return is;
}

bool
weir_log_is_part(const char *path)
{
	struct weir_log whole = WEIR_LOG_NONE;
	size_t end = strlen(path), start;
	char *parent;
	bool is;

	while (end > 0 && path[end - 1] == '/')
		end--;
	for (start = end; start > 0 && path[start - 1] >= '0' && path[start - 1] <= '9'; start--)
		;
	if (start == end || end - start > 4 || (start > 0 && path[start - 1] != '/'))
		return false;
	parent = start > 0 ? weir_mem_dup(path, start) : weir_mem_strdup(".");
	is = weir_log_open(&whole, parent) == 0 && strtoull(path + start, NULL, 10) < whole.partitions;
	weir_log_release(&whole);
	free(parent);
	return is;
}
