/*
 * sys_watch - see sys_watch.h
 */
#define _GNU_SOURCE
#include "base/sys_watch.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define SLOW_NS 999999999
#define QUICK_NS 100000000

static int
add(int epoll, int fd)
{
	struct epoll_event e = {.events = EPOLLIN};

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
}

int
weir_sys_watch_init(struct weir_sys_watch *w)
{
	struct itimerspec every = {{0, 0}, {0, 0}};

	w->fd = epoll_create1(EPOLL_CLOEXEC);
	w->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	w->clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	every.it_value.tv_nsec = every.it_interval.tv_nsec = w->notify >= 0 ? SLOW_NS : QUICK_NS;
	if (w->fd >= 0 && w->clock >= 0 && timerfd_settime(w->clock, 0, &every, NULL) == 0 &&
	    add(w->fd, w->clock) == 0 && (w->notify < 0 || add(w->fd, w->notify) == 0))
		return 0;
	weir_sys_watch_release(w);
	return -1;
}

void
weir_sys_watch_release(struct weir_sys_watch *w)
{
	int saved = errno;

	if (w->clock >= 0)
		close(w->clock);
	if (w->notify >= 0)
		close(w->notify);
	if (w->fd >= 0)
		close(w->fd);
	w->fd = w->notify = w->clock = -1;
	errno = saved;
}

static void
watch(struct weir_sys_watch *w, const char *path, uint32_t what)
{
	/* One that is watched for something else already is watched for both. */
	if (w->notify >= 0)
		inotify_add_watch(w->notify, path, what | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_MOVE_SELF | IN_MASK_ADD);
}

void
weir_sys_watch_add(struct weir_sys_watch *w, const char *path)
{
	watch(w, path, IN_MODIFY);
}

void
weir_sys_watch_names(struct weir_sys_watch *w, const char *path)
{
	watch(w, path, 0);
}

void
weir_sys_watch_take(struct weir_sys_watch *w)
{
	char events[4096];
	uint64_t ticks;

	while (w->notify >= 0 && read(w->notify, events, sizeof(events)) > 0)
		;
	(void)!read(w->clock, &ticks, sizeof(ticks));
}
