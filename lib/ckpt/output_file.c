/*
 * output_file - a file that grows; a checkpoint cuts it back to what was committed
 *
 * Identity: device, inode, and a hash of up to 4 KiB before the committed length.
 */
#include "base/durable.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/sys.h"
#include "ckpt/output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAIL 4096

static int
failed(struct weir_output *o)
{
	return weir_output_fail(o, WEIR_EX_IOERR, errno, "%s", strerror(errno));
}

/* The hash of up to TAIL bytes before the length. */
static int
hash_tail(int fd, uint64_t length, uint64_t *tail)
{
	unsigned char bytes[TAIL];
	size_t n = length < TAIL ? (size_t)length : TAIL;

	if (weir_sys_pread(fd, bytes, n, length - n) != (ssize_t)n)
		return -1;
	*tail = weir_hash_fixed(bytes, n);
	return 0;
}

/* The directory that the file was made in. */
static int
sync_parent(const char *path)
{
	char *copy = weir_mem_strdup(path), *slash = strrchr(copy, '/');
	int fd, rc;

	if (slash != NULL)
		slash[slash == copy ? 1 : 0] = '\0';
	fd = open(slash != NULL ? copy : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

static int
begin(struct weir_output *o, bool append)
{
	struct stat st;

	if (fstat(o->fd, &st) != 0)
		return failed(o);
	if (!S_ISREG(st.st_mode))
		return weir_output_fail(o, WEIR_EX_CANTCREAT, 0, "not a regular file: it can't be cut back, so it can't be a checkpoint's output");
	if (st.st_size > 0 && !append)
		return weir_output_fail(o, WEIR_EX_CANTCREAT, 0, "not empty, and this checkpoint is new: --append writes behind what is there");
	o->length = (uint64_t)st.st_size;
	return sync_parent(o->path) == 0 && lseek(o->fd, 0, SEEK_END) >= 0 ? 0 : failed(o);
}

static int
go_back(struct weir_output *o, const struct weir_barrier_output *was)
{
	uint64_t tail;
	struct stat st;

	if (fstat(o->fd, &st) != 0)
		return failed(o);
	if ((uint64_t)st.st_dev != was->device || (uint64_t)st.st_ino != was->inode)
		return weir_output_fail(o, WEIR_EX_PROTOCOL, 0,
		    "not the file that the checkpoint wrote to (rotated or edited?): -o DIR/ makes segments that may go");
	if ((uint64_t)st.st_size < was->length)
		return weir_output_fail(o, WEIR_EX_PROTOCOL, 0, "damaged: %" PRIu64 " bytes, but %" PRIu64 " were committed",
		    (uint64_t)st.st_size, was->length);
	if (hash_tail(o->fd, was->length, &tail) != 0)
		return failed(o);
	if (tail != was->tail)
		return weir_output_fail(o, WEIR_EX_PROTOCOL, 0,
		    "damaged: the bytes before offset %" PRIu64 " are not those that were committed (edited?)", was->length);
	o->length = was->length;
	if ((uint64_t)st.st_size > was->length && (ftruncate(o->fd, (off_t)was->length) != 0 || fdatasync(o->fd) != 0))
		return failed(o);
	return lseek(o->fd, (off_t)was->length, SEEK_SET) >= 0 ? 0 : failed(o);
}

static int
file_open(struct weir_output *o, const struct weir_barrier_output *was, bool append)
{
	int flags = O_CLOEXEC;

	if (!o->checkpointed)
		flags |= O_WRONLY | O_CREAT | O_TRUNC;
	else
		flags |= O_RDWR | (was == NULL ? O_CREAT : 0);
	o->fd = open(o->path, flags, 0666);
	if (o->fd < 0 && errno == EISDIR)
		return weir_output_fail(o, WEIR_EX_CANTCREAT, errno, "%s; %s/ makes segments in it", strerror(EISDIR), o->path);
	if (o->fd < 0)
		return was != NULL && errno == ENOENT
		    ? weir_output_fail(o, WEIR_EX_PROTOCOL, errno, "gone, though the checkpoint has committed %" PRIu64 " bytes of it", was->length)
		    : weir_output_fail(o, WEIR_EX_CANTCREAT, errno, "%s", strerror(errno));
	if (!o->checkpointed)
		return 0;
	return was != NULL ? go_back(o, was) : begin(o, append);
}

static int
file_write(struct weir_output *o, const void *p, size_t n)
{
	if (weir_sys_write(o->fd, p, n) != 0)
		return failed(o);
	return 0;
}

static int
file_prepare(struct weir_output *o, struct weir_barrier_entry *e)
{
	struct weir_barrier_output mine = {.path = (char *)(uintptr_t)o->path};
	off_t length = lseek(o->fd, 0, SEEK_CUR);
	struct stat st;

	if (length < 0 || fdatasync(o->fd) != 0 || fstat(o->fd, &st) != 0 ||
	    hash_tail(o->fd, (uint64_t)length, &mine.tail) != 0)
		return failed(o);
	mine.length = o->length = (uint64_t)length;
	mine.device = (uint64_t)st.st_dev;
	mine.inode = (uint64_t)st.st_ino;
	weir_barrier_add_output(e, &mine);
	return 0;
}

static int
file_nothing(struct weir_output *o)
{
	return o->status;
}

const struct weir_output_ops weir_output_file = {"file", file_open, file_write, file_prepare, file_nothing,
	file_nothing};
