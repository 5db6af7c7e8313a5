/*
 * jqchild - see jqchild.h. The parent's side; the child's is jqworker.c.
 *
 * The socket doesn't block and doesn't raise SIGPIPE; every wait has a deadline, whichever way the
 * bytes go.
 */
#include "expr/jqchild.h"
#include "base/mem.h"
#include "base/sys.h"
#include "expr/jqworker.h"
#include "frame/record.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MS 10000
#define ANSWER_MAX (64u * 1024 * 1024)
#define MILLISECOND 1000000

struct weir_jqchild {
	struct weir_jqchild_conf conf;
	pid_t pid;              /* 0: there is none */
	int fd;
};

struct weir_jqchild *
weir_jqchild_new(const struct weir_jqchild_conf *conf)
{
	struct weir_jqchild *c = weir_mem_zalloc(1, sizeof(*c));

	c->conf = *conf;
	if (c->conf.wait_ms == 0)
		c->conf.wait_ms = WAIT_MS;
	return c;
}

/* Ends the child; the status it had, or that of being killed. */
static int
reap(struct weir_jqchild *c)
{
	int status = 0;

	kill(c->pid, SIGKILL);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	close(c->fd);
	c->pid = 0;
	return status;
}

void
weir_jqchild_free(struct weir_jqchild *c)
{
	if (c != NULL && c->pid > 0)
		reap(c);
	free(c);
}

static int
fail(struct weir_buf *text, const char *why)
{
	weir_buf_clear(text);
	weir_buf_puts(text, why);
	return WEIR_JQCHILD_ERROR;
}

static void
name_signal(struct weir_buf *text, int sig)
{
	static const struct {
		int sig;
		const char *name;
	} names[] = {{SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"},
	    {SIGKILL, "SIGKILL"}, {SIGSEGV, "SIGSEGV"}};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].sig == sig) {
			weir_buf_printf(text, "libjq died of %s", names[i].name);
			return;
		}
	weir_buf_printf(text, "libjq died of signal %d", sig);
}

/* The socket has ended: why? */
static int
post_mortem(struct weir_jqchild *c, struct weir_buf *text)
{
	int status = reap(c);

	weir_buf_clear(text);
	if (WIFSIGNALED(status))
		name_signal(text, WTERMSIG(status));
	else if (WEXITSTATUS(status) == WEIR_JQWORKER_NO_MEMORY)
		weir_buf_puts(text, "libjq ran out of memory");
	else
		weir_buf_printf(text, "libjq ended with status %d", WEXITSTATUS(status));
	return WEIR_JQCHILD_ERROR;
}

static int
too_slow(struct weir_jqchild *c, struct weir_buf *text)
{
	unsigned ms = c->conf.wait_ms;

	reap(c);
	weir_buf_clear(text);
	if (ms % 1000 == 0)
		weir_buf_printf(text, "libjq took longer than %u s", ms / 1000);
	else
		weir_buf_printf(text, "libjq took longer than %u ms", ms);
	return WEIR_JQCHILD_ERROR;
}

/* 1: ready; 0: the deadline has passed. */
static int
wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd pfd = {.fd = fd, .events = events};

	for (;;) {
		int64_t left = deadline - weir_sys_monotonic();

		if (left <= 0)
			return 0;
		if (poll(&pfd, 1, (int)(left / MILLISECOND) + 1) > 0)
			return 1;
	}
}

/* Moves n bytes out (from) or in (to). 1; 0 if time is up; -1 if the child is gone. */
static int
move(int fd, const unsigned char *from, unsigned char *to, size_t n, int64_t deadline)
{
	while (n > 0) {
		ssize_t k = from != NULL ? send(fd, from, n, MSG_NOSIGNAL | MSG_DONTWAIT)
		                         : recv(fd, to, n, MSG_DONTWAIT);

		if (k > 0) {
			n -= (size_t)k;
			from = from != NULL ? from + k : NULL;
			to = to != NULL ? to + k : NULL;
		} else if (k == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
			return -1;
		} else if (wait_for(fd, from != NULL ? POLLOUT : POLLIN, deadline) == 0) {
			return 0;
		}
	}
	return 1;
}

/* The next answer. */
static int
receive(struct weir_jqchild *c, struct weir_buf *text, int64_t deadline)
{
	unsigned char header[WEIR_JQWORKER_HEADER];
	int rc = move(c->fd, NULL, header, sizeof(header), deadline);
	uint32_t len;

	weir_buf_clear(text);
	if (rc > 0) {
		len = weir_load32(header);
		if (len > ANSWER_MAX) {
			reap(c);
			return fail(text, "libjq's outputs are too long");
		}
		rc = move(c->fd, NULL, weir_buf_need(text, len), len, deadline);
		text->len = rc > 0 ? len : 0;
	}
	if (rc == 0)
		return too_slow(c, text);
	if (rc < 0)
		return post_mortem(c, text);
	switch (weir_load32(header + 4)) {
	case WEIR_JQCHILD_NO:
		return WEIR_JQCHILD_NO;
	case WEIR_JQCHILD_YES:
		return WEIR_JQCHILD_YES;
	default:
		return WEIR_JQCHILD_ERROR;
	}
}

static int64_t
deadline(const struct weir_jqchild *c)
{
	return weir_sys_monotonic() + (int64_t)c->conf.wait_ms * MILLISECOND;
}

int
weir_jqchild_start(struct weir_jqchild *c, struct weir_buf *text)
{
	pid_t parent = getpid();
	int fds[2];

	if (c->pid > 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0) {
		fail(text, "cannot make a socket for libjq");
		return -1;
	}
	fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	fcntl(fds[1], F_SETFD, FD_CLOEXEC);
	c->pid = fork();
	if (c->pid == 0)
		weir_jqworker_run(fds[1], parent, &c->conf);
	close(fds[1]);
	c->fd = fds[0];
	if (c->pid < 0) {
		c->pid = 0;
		close(fds[0]);
		fail(text, "cannot start a process for libjq");
		return -1;
	}
	if (receive(c, text, weir_sys_monotonic() + (int64_t)WAIT_MS * MILLISECOND) == WEIR_JQCHILD_YES)
		return 0;
	if (c->pid > 0)
		reap(c);
	return -1;
}

int
weir_jqchild_ask(struct weir_jqchild *c, enum weir_jqchild_question what, const void *json,
    size_t len, struct weir_buf *text)
{
	unsigned char header[WEIR_JQWORKER_HEADER];
	int64_t until;
	int rc;

	if (weir_jqchild_start(c, text) != 0)
		return WEIR_JQCHILD_ERROR;
	if (len > ANSWER_MAX)
		return fail(text, "the record is too long for libjq");
	weir_store32(header, (uint32_t)len);
	weir_store32(header + 4, what);
	until = deadline(c);
	rc = move(c->fd, header, NULL, sizeof(header), until);
	if (rc > 0)
		rc = move(c->fd, json, NULL, len, until);
	if (rc == 0)
		return too_slow(c, text);
	return rc < 0 ? post_mortem(c, text) : receive(c, text, until);
}
