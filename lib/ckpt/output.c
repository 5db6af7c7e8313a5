/*
 * output - see output.h: what all members share, and standard output
 */
#include "ckpt/output.h"
#include "base/status.h"
#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
weir_output_fail(struct weir_output *o, int status, int errnum, const char *fmt, ...)
{
	va_list ap;

	if (o->status != 0)
		return o->status;
	o->status = status;
	o->errnum = errnum;
	weir_buf_clear(&o->why);
	weir_buf_printf(&o->why, "%s: ", o->path != NULL ? o->path : "standard output");
	va_start(ap, fmt);
	weir_buf_vprintf(&o->why, fmt, ap);
	va_end(ap);
	return status;
}

void
weir_output_init(struct weir_output *o, const char *path)
{
	size_t n = path != NULL ? strlen(path) : 0;

	memset(o, 0, sizeof(*o));
	o->path = path;
	o->fd = o->dfd = -1;
	o->suffix = "";
	o->ops = path == NULL                   ? &weir_output_stdout
	    : n > 0 && path[n - 1] == '/' ? &weir_output_segments
	                                        : &weir_output_file;
}

int
weir_output_open(struct weir_output *o)
{
	if (o->opened || o->status != 0)
		return o->status;
	o->opened = true;
	return o->ops->open(o, NULL, false);
}

const struct weir_barrier_output *
weir_output_find(const struct weir_barrier_entry *e, const char *path)
{
	unsigned i;

	for (i = 0; e != NULL && path != NULL && i < e->noutputs; i++)
		if (strcmp(e->outputs[i].path, path) == 0)
			return &e->outputs[i];
	return NULL;
}

bool
weir_output_listed(const struct weir_barrier *manifest, uint64_t device, uint64_t inode)
{
	unsigned i, k;

	for (i = 0; i < manifest->n; i++)
		for (k = 0; k < manifest->entries[i].noutputs; k++)
			if (manifest->entries[i].outputs[k].device == device && manifest->entries[i].outputs[k].inode == inode)
				return true;
	return false;
}

/* The same name, though another file bears it by now. */
static bool
has_name(const struct weir_barrier *manifest, const struct stat *mine)
{
	struct stat st;
	unsigned i, k;

	for (i = 0; i < manifest->n; i++)
		for (k = 0; k < manifest->entries[i].noutputs; k++)
			if (stat(manifest->entries[i].outputs[k].path, &st) == 0 && st.st_dev == mine->st_dev && st.st_ino == mine->st_ino)
				return true;
	return false;
}

/* A log with partitions: the manifest has those, not the directory that they lie in. */
static bool
holds_inode(const struct weir_barrier *manifest, const char *path, dev_t device)
{
	DIR *d = opendir(path);
	bool found = false;
	struct dirent *e;

	if (d == NULL)
		return false;
	while (!found && (e = readdir(d)) != NULL)
		found = strcmp(e->d_name, "..") != 0 && weir_output_listed(manifest, device, e->d_ino);
	closedir(d);
	return found;
}

bool
weir_output_belongs(const char *path, const struct weir_barrier *manifest)
{
	struct stat st;

	if (path == NULL || stat(path, &st) != 0)
		return false;
	return weir_output_listed(manifest, st.st_dev, st.st_ino) || has_name(manifest, &st) ||
	    (S_ISDIR(st.st_mode) && holds_inode(manifest, path, st.st_dev));
}

int
weir_output_restore(struct weir_output *o, const struct weir_barrier_entry *was, bool append)
{
	const struct weir_barrier_output *mine = weir_output_find(was, o->path);

	o->checkpointed = o->opened = true;
	/* An output that joins an old checkpoint (--accept-change) begins as in a new one. */
	return o->ops->open(o, mine, append);
}

int
weir_output_write(struct weir_output *o, const void *p, size_t n)
{
	int rc = weir_output_open(o);

	if (rc != 0 || n == 0)
		return rc;
	return o->ops->write(o, p, n);
}

int
weir_output_prepare(struct weir_output *o, struct weir_barrier_entry *e)
{
	return o->status != 0 ? o->status : o->ops->prepare(o, e);
}

int
weir_output_publish(struct weir_output *o)
{
	return o->status != 0 ? o->status : o->ops->publish(o);
}

int
weir_output_close(struct weir_output *o)
{
	int rc = o->opened ? o->ops->close(o) : o->status;

	if (o->fd >= 0 && close(o->fd) != 0 && rc == 0)
		rc = weir_output_fail(o, WEIR_EX_IOERR, errno, "%s", strerror(errno));
	if (o->dfd >= 0)
		close(o->dfd);
	o->fd = o->dfd = -1;
	return rc;
}

static int
stdout_open(struct weir_output *o, const struct weir_barrier_output *was, bool keep)
{
	struct stat st;

	(void)was;
	(void)keep;
	o->fd = STDOUT_FILENO;
	if (o->checkpointed && fstat(o->fd, &st) == 0 && S_ISREG(st.st_mode))
		return weir_output_fail(o, WEIR_EX_CANTCREAT, 0,
		    "a file that the shell cuts at each start can't hold a checkpoint's output: use -o FILE");
	return 0;
}

static int
stdout_write(struct weir_output *o, const void *p, size_t n)
{
	return weir_sys_write(o->fd, p, n) == 0 ? 0 : weir_output_fail(o, WEIR_EX_IOERR, errno, "%s", strerror(errno));
}

static int
stdout_prepare(struct weir_output *o, struct weir_barrier_entry *e)
{
	(void)e;
	return o->status;
}

static int
stdout_nothing(struct weir_output *o)
{
	return o->status;
}

const struct weir_output_ops weir_output_stdout = {"standard output", stdout_open, stdout_write, stdout_prepare,
	stdout_nothing, stdout_nothing};
