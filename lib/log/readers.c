/*
 * readers - see readers.h
 */
#include "log/readers.h"
#include "base/durable.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIRECTORY "readers"
#define LONGEST 8192

static int
write_entry(struct weir_readers_entry *e, int dfd)
{
	struct weir_buf b = {0};
	int rc;

	weir_buf_printf(&b, "offset %" PRIu64 "\nstage %s\ncheckpoint %s\n", e->offset, e->stage, e->checkpoint);
	weir_buf_printf(&b, "sum %016" PRIx64 "\n", weir_hash_fixed(b.p, b.len));
	rc = weir_durable_put(dfd, e->name, b.p, b.len);
	weir_buf_release(&b);
	return rc;
}

static int
put(struct weir_readers_entry *e)
{
	int dfd = openat(e->log->fd, DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct weir_buf tmp = {0};
	int rc = dfd >= 0 ? write_entry(e, dfd) : -1, saved;

	/* What this very reader left when it was killed: nobody else writes under this name. */
	if (rc != 0 && dfd >= 0 && errno == EEXIST) {
		weir_buf_printf(&tmp, ".%s.tmp", e->name);
		rc = unlinkat(dfd, weir_buf_cstr(&tmp), 0) == 0 ? write_entry(e, dfd) : -1;
		weir_buf_release(&tmp);
	}
	saved = errno;
	if (dfd >= 0)
		close(dfd);
	errno = saved;
	return rc == 0 ? 0 : weir_log_fail(e->log, WEIR_EX_IOERR, DIRECTORY "/%s: %s", e->name, strerror(errno));
}

int
weir_readers_open(struct weir_readers_entry *e, struct weir_log *log, const unsigned char id[WEIR_RUN_ID],
    const char *checkpoint, const char *stage, uint64_t offset)
{
	struct weir_buf name = {0};
	unsigned i;

	memset(e, 0, sizeof(*e));
	if (weir_durable_mkdir(log->fd, DIRECTORY) != 0 && errno != EEXIST)
		return errno == EACCES || errno == EROFS || errno == EPERM
		    ? 0
		    : weir_log_fail(log, WEIR_EX_IOERR, DIRECTORY ": %s", strerror(errno));
	if (faccessat(log->fd, DIRECTORY, W_OK | X_OK, AT_EACCESS) != 0)
		return 0;
	e->log = log;
	e->on = true;
	for (i = 0; i < 8; i++)
		weir_buf_printf(&name, "%02x", id[i]);
	weir_buf_printf(&name, "-%s", stage);
	e->name = weir_mem_strdup(weir_buf_cstr(&name));
	weir_buf_release(&name);
	e->stage = weir_mem_strdup(stage);
	e->checkpoint = weir_mem_strdup(checkpoint);
	e->offset = offset;
	return put(e);
}

int
weir_readers_put(struct weir_readers_entry *e, uint64_t offset)
{
	if (!e->on || offset == e->offset)
		return 0;
	e->offset = offset;
	return put(e);
}

void
weir_readers_release(struct weir_readers_entry *e)
{
	free(e->name);
	free(e->stage);
	free(e->checkpoint);
	memset(e, 0, sizeof(*e));
}

/* The value of the line that begins with the word, cut off there; or NULL. */
static char *
line_of(char **text, const char *word)
{
	size_t n = strlen(word);
	char *line = *text, *end = strchr(line, '\n');

	if (end == NULL || (size_t)(end - line) <= n || memcmp(line, word, n) != 0 || line[n] != ' ')
		return NULL;
	*end = '\0';
	*text = end + 1;
	return line + n + 1;
}

/* -1: it can't be read; its text is taken apart where it lies. */
static int
read_entry(int dfd, const char *name, char text[LONGEST], struct weir_readers_entry *e)
{
	int fd = openat(dfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = fd >= 0 ? weir_sys_pread(fd, text, LONGEST - 1, 0) : -1;
	char *p = text, *offset, *sum;
	uint64_t is = 0;

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	if ((sum = strstr(text, "\nsum ")) == NULL)
		return -1;
	is = weir_hash_fixed(text, (size_t)(sum + 1 - text));
	offset = line_of(&p, "offset");
	e->stage = offset != NULL ? line_of(&p, "stage") : NULL;
	e->checkpoint = e->stage != NULL ? line_of(&p, "checkpoint") : NULL;
	sum = e->checkpoint != NULL ? line_of(&p, "sum") : NULL;
	if (sum == NULL || strlen(sum) != 16 || strtoull(sum, NULL, 16) != is)
		return -1;
	e->offset = strtoull(offset, NULL, 10);
	return 0;
}

int
weir_readers_each(struct weir_log *log, void (*each)(void *ctx, const struct weir_readers_entry *e), void *ctx)
{
	int dfd = openat(log->fd, DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char text[LONGEST] = "", nothing[1] = "";
	struct dirent *d;
	DIR *dir;

	if (dfd < 0 && errno == ENOENT)
		return 0;
	if (dfd < 0 || (dir = fdopendir(dfd)) == NULL)
		return weir_log_fail(log, WEIR_EX_IOERR, DIRECTORY ": %s", strerror(errno));
	while ((d = readdir(dir)) != NULL) {
		struct weir_readers_entry e = {.name = d->d_name};

		if (d->d_name[0] == '.')
			continue;
		if (read_entry(dfd, d->d_name, text, &e) != 0) {
			e.offset = 0;
			e.stage = e.checkpoint = nothing;
		}
		each(ctx, &e);
	}
	closedir(dir);
	return 0;
}
