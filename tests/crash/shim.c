/*
 * shim - a C library that does what it may, for the crash tests (LD_PRELOAD)
 *
 * $SHIM=short   reads and writes take fewer bytes than they could, by random numbers; $SHIM_AT is their seed
 * $SHIM=eintr   every other read, write, poll and flock is interrupted before it begins
 * $SHIM=malloc  the $SHIM_AT-th allocation fails, and all after it
 * $SHIM=count   a line "N allocations" on standard error at the end
 * $SHIM=busy    a poll that only looks finds something each time, as if there were events without end
 * $SHIM=slow    an fsync takes an eighth of a second longer
 * $SHIM=nosync  fsync and fdatasync do nothing: no disk may do that, and tests that look at syncs must see it
 *
 * Only the calls that weir makes are here.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static int shorten, interrupt, counting, always_ready, sync_nothing, sync_slowly;
static long fail_at = -1, allocations;
static uint64_t seed = 0x9e3779b97f4a7c15;

static uint64_t
draw(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

__attribute__((constructor)) static void
begin(void)
{
	const char *what = getenv("SHIM"), *at = getenv("SHIM_AT");

	if (what == NULL)
		return;
	shorten = strcmp(what, "short") == 0;
	interrupt = strcmp(what, "eintr") == 0;
	counting = strcmp(what, "count") == 0;
	always_ready = strcmp(what, "busy") == 0;
	sync_nothing = strcmp(what, "nosync") == 0;
	sync_slowly = strcmp(what, "slow") == 0;
	if (strcmp(what, "malloc") == 0 && at != NULL)
		fail_at = atol(at);
	if (shorten && at != NULL)
		seed += (uint64_t)atol(at);
}

__attribute__((destructor)) static void
end(void)
{
	if (counting)
		dprintf(STDERR_FILENO, "%ld allocations\n", allocations);
}

static int
interrupted(void)
{
	static unsigned calls;

	if (!interrupt || calls++ % 2 != 0)
		return 0;
	errno = EINTR;
	return 1;
}

static size_t
some_of(size_t n)
{
	return shorten && n > 1 ? 1 + draw() % n : n;
}

#define REAL(type, name, ...) ((type (*)(__VA_ARGS__))(uintptr_t)dlsym(RTLD_NEXT, name))

ssize_t
read(int fd, void *p, size_t n)
{
	return interrupted() ? -1 : REAL(ssize_t, "read", int, void *, size_t)(fd, p, some_of(n));
}

ssize_t
pread(int fd, void *p, size_t n, off_t at)
{
	return interrupted() ? -1 : REAL(ssize_t, "pread", int, void *, size_t, off_t)(fd, p, some_of(n), at);
}

ssize_t
pread64(int fd, void *p, size_t n, off_t at)
{
	return pread(fd, p, n, at);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	return interrupted() ? -1 : REAL(ssize_t, "write", int, const void *, size_t)(fd, p, some_of(n));
}

/* A part of the first piece that isn't empty, or as it is. */
ssize_t
writev(int fd, const struct iovec *v, int n)
{
	int i;

	if (interrupted())
		return -1;
	for (i = 0; shorten && i < n; i++)
		if (v[i].iov_len > 0)
			return REAL(ssize_t, "write", int, const void *, size_t)(fd, v[i].iov_base, some_of(v[i].iov_len));
	return REAL(ssize_t, "writev", int, const struct iovec *, int)(fd, v, n);
}

int
poll(struct pollfd *fds, nfds_t n, int ms)
{
	if (always_ready && ms == 0 && n > 0) {
		fds[0].revents = POLLIN;
		return 1;
	}
	return interrupted() ? -1 : REAL(int, "poll", struct pollfd *, nfds_t, int)(fds, n, ms);
}

int
ppoll(struct pollfd *fds, nfds_t n, const struct timespec *t, const sigset_t *mask)
{
	return interrupted() ? -1
	    : REAL(int, "ppoll", struct pollfd *, nfds_t, const struct timespec *, const sigset_t *)(fds, n, t, mask);
}

int
flock(int fd, int how)
{
	/* Only one that waits can be interrupted. */
	return (how & LOCK_NB) == 0 && interrupted() ? -1 : REAL(int, "flock", int, int)(fd, how);
}

int
fsync(int fd)
{
	struct timespec eighth = {.tv_nsec = 125000000};

	if (sync_slowly)
		nanosleep(&eighth, NULL);
	return sync_nothing ? 0 : REAL(int, "fsync", int)(fd);
}

int
fdatasync(int fd)
{
	return sync_nothing ? 0 : REAL(int, "fdatasync", int)(fd);
}

static int
refused(void)
{
	if (++allocations < fail_at || fail_at < 0)
		return 0;
	errno = ENOMEM;
	return 1;
}

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);

void *
malloc(size_t n)
{
	return refused() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return refused() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return refused() ? NULL : __libc_realloc(p, n);
}
