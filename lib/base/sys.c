/*
 * sys - see sys.h
 */
#define _GNU_SOURCE
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

void
weir_sys_random_bytes(void *p, size_t n)
{
	unsigned char *q = p;

	while (n > 0) {
		ssize_t k = getrandom(q, n, 0);

		if (k < 0 && errno != EINTR)
			abort();
		if (k > 0) {
			q += k;
			n -= (size_t)k;
		}
	}
}

uint64_t
weir_sys_random(void)
{
	uint64_t r;

	weir_sys_random_bytes(&r, sizeof(r));
	return r;
}

bool
weir_sys_is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

bool
weir_sys_same_file(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && S_ISREG(sa.st_mode) && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

void
weir_sys_grow_pipe(int fd, size_t bytes)
{
	const char *s = getenv("WEIR_PIPE_SIZE");
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISFIFO(st.st_mode))
		return;
	if (s != NULL)
		bytes = (size_t)strtoul(s, NULL, 0);
	while (bytes >= 4096 && fcntl(fd, F_SETPIPE_SZ, (int)bytes) < 0 && errno == EPERM)
		bytes /= 2;
}

int
weir_sys_write(int fd, const void *p, size_t n)
{
	return weir_sys_write2(fd, p, n, NULL, 0);
}

int
weir_sys_write2(int fd, const void *p, size_t n, const void *q, size_t m)
{
	struct iovec iov[2] = {{(void *)(uintptr_t)p, n}, {(void *)(uintptr_t)q, m}};
	struct iovec *v = iov;

	while (n + m > 0) {
		ssize_t k;

		if (v == iov && n == 0)
			v = &iov[1];
		k = writev(fd, v, v == iov && m > 0 ? 2 : 1);
		if (k < 0) {
			struct pollfd pfd = {.fd = fd, .events = POLLOUT};

			if (errno == EAGAIN || errno == EWOULDBLOCK)
				poll(&pfd, 1, -1);
			else if (errno != EINTR)
				return -1;
			continue;
		}
		if (v == iov && (size_t)k >= n) {
			k -= (ssize_t)n;
			n = 0;
			v = &iov[1];
		} else if (v == iov) {
			n -= (size_t)k;
			iov[0].iov_base = (char *)iov[0].iov_base + k;
			iov[0].iov_len = n;
			continue;
		}
		m -= (size_t)k;
		iov[1].iov_base = (char *)iov[1].iov_base + k;
		iov[1].iov_len = m;
	}
	return 0;
}

ssize_t
weir_sys_read(int fd, void *p, size_t n)
{
	for (;;) {
		ssize_t k = read(fd, p, n);

		if (k >= 0)
			return k;
		if (errno == EAGAIN || errno == EWOULDBLOCK) {
			struct pollfd pfd = {.fd = fd, .events = POLLIN};

			poll(&pfd, 1, -1);
		} else if (errno != EINTR) {
			return -1;
		}
	}
}

ssize_t
weir_sys_pread(int fd, void *p, size_t n, uint64_t at)
{
	size_t got = 0;

	while (got < n) {
		ssize_t k = pread(fd, (char *)p + got, n - got, (off_t)(at + got));

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		if (k == 0)
			break;
		got += (size_t)k;
	}
	return (ssize_t)got;
}

#define LARGE_PAGE ((size_t)2 * 1024 * 1024)

/* Large pages lie at their own multiples: more is mapped, and what lies around is given back. */
void *
weir_sys_map(size_t n)
{
	size_t whole = n + LARGE_PAGE, before, page = (size_t)sysconf(_SC_PAGESIZE), end;
	unsigned char *p;

	if (whole < n)
		return errno = ENOMEM, NULL;
	p = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	before = (LARGE_PAGE - (uintptr_t)p % LARGE_PAGE) % LARGE_PAGE;
	end = (before + n + page - 1) / page * page;
	if (before > 0)
		munmap(p, before);
	if (end < whole)
		munmap(p + end, whole - end);
	madvise(p + before, n, MADV_HUGEPAGE);
	return p + before;
}

void
weir_sys_unmap(void *p, size_t n)
{
	munmap(p, n);
}

bool
weir_sys_readable(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};

	return poll(&pfd, 1, 0) != 0;
}

int
weir_sys_wait_any(const int fds[2], int out, int wake, int64_t ns)
{
	/* ppoll passes over negative descriptors. */
	struct pollfd pfd[4] = {{.fd = fds[0], .events = POLLIN}, {.fd = fds[1], .events = POLLIN}, {.fd = out},
	    {.fd = wake, .events = POLLIN}};
	struct timespec ts = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
	char bytes[64];
	int n = ppoll(pfd, 4, ns < 0 ? NULL : &ts, NULL);

	if (n < 0)
		return -1;
	if (pfd[3].revents & POLLIN)
		return (void)!read(wake, bytes, sizeof(bytes)), -1;
	if (pfd[0].revents != 0 || pfd[1].revents != 0)
		return (pfd[0].revents != 0) + 2 * (pfd[1].revents != 0);
	return n == 0 ? 0 : pfd[2].revents & POLLERR ? -2 : -1;
}

int
weir_sys_wait(int fd, int out, int wake, int64_t ns)
{
	int rc = weir_sys_wait_any((const int[2]){fd, -1}, out, wake, ns);

	return rc > 0 ? 1 : rc == -2 ? 0 : -1;
}

int
weir_sys_any_of(const int *fds, unsigned n)
{
	struct epoll_event e = {.events = EPOLLIN};
	int fd = epoll_create1(EPOLL_CLOEXEC);
	unsigned i;

	for (i = 0; fd >= 0 && i < n; i++)
		if (epoll_ctl(fd, EPOLL_CTL_ADD, fds[i], &e) != 0) {
			close(fd);
			fd = -1;
		}
	return fd;
}

int
weir_sys_pause(int out, int wake, int64_t ns)
{
	int rc = weir_sys_wait_any((const int[2]){-1, -1}, out, wake, ns);

	return rc == 0 ? 1 : rc == -2 ? 0 : -1;
}

void
weir_sys_hold_standard(void)
{
	int fd;

	/* Each is the lowest that is free, for those below it are open. Not closed at exec: a child has the same need. */
	for (fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return;
}

int
weir_sys_pipe(int fds[2])
{
	return pipe2(fds, O_CLOEXEC | O_NONBLOCK);
}

unsigned
weir_sys_columns(int fd)
{
	const char *s = getenv("COLUMNS");
	struct winsize ws;
	long n = s != NULL ? strtol(s, NULL, 10) : 0;

	if (n > 0 && n < 100000)
		return (unsigned)n;
	return ioctl(fd, TIOCGWINSZ, &ws) == 0 ? ws.ws_col : 0;
}

bool
weir_sys_is_journal(int fd)
{
	const char *s = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;
	char *end;

	if (s == NULL || fstat(fd, &st) != 0)
		return false;
	dev = strtoull(s, &end, 10);
	if (*end != ':')
		return false;
	ino = strtoull(end + 1, &end, 10);
	return *end == '\0' && dev == (unsigned long long)st.st_dev &&
	    ino == (unsigned long long)st.st_ino;
}

static int64_t
clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t
weir_sys_now(void)
{
	return clock_ns(CLOCK_REALTIME);
}

int64_t
weir_sys_monotonic(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

int64_t
weir_sys_cpu(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t
weir_sys_peak_memory(void)
{
	struct rusage ru;

	return getrusage(RUSAGE_SELF, &ru) == 0 ? (uint64_t)ru.ru_maxrss * 1024 : 0;
}

uint64_t
weir_sys_memory(void)
{
	static int fd = -1;
	unsigned long long pages;
	char text[128];
	ssize_t n;

	if (fd < 0 && (fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)) < 0)
		return 0;
	if ((n = pread(fd, text, sizeof(text) - 1, 0)) <= 0)
		return 0;
	text[n] = '\0';
	return sscanf(text, "%*u %llu", &pages) == 1 ? pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

void
weir_sys_trim(void)
{
	malloc_trim(0);
}

_Noreturn void
weir_sys_die_of_pipe(void)
{
	struct sigaction sa = {.sa_handler = SIG_DFL};
	sigset_t set;

	sigaction(SIGPIPE, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(SIGPIPE);
	_exit(128 + SIGPIPE);
}

static int
mark(int fd, int64_t at, short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};

	return fcntl(fd, F_OFD_SETLK, &lock);
}

int
weir_sys_mark(int fd, int64_t at)
{
	return mark(fd, at, F_WRLCK);
}

int
weir_sys_unmark(int fd, int64_t at)
{
	return mark(fd, at, F_UNLCK);
}

bool
weir_sys_marked(int fd, int64_t at, int64_t n)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = n};

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool
weir_sys_is_remote(int fd)
{
	/* linux/magic.h; CIFS and SMB2 are not in it. */
	static const unsigned long remote[] = {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CODA_SUPER_MAGIC,
	    AFS_SUPER_MAGIC, V9FS_MAGIC, 0xff534d42, 0xfe534d42};
	struct statfs fs;
	size_t i;

	if (fstatfs(fd, &fs) != 0)
		return false;
	for (i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if ((unsigned long)fs.f_type == remote[i])
			return true;
	return false;
}
