/*
 * sys_watch - waiting until files may have changed
 *
 * inotify says so at once; a clock looks in every second where it can't know (network
 * file systems), ten times a second where there is no inotify. Both are one descriptor.
 */
#ifndef WEIR_BASE_SYS_WATCH_H
#define WEIR_BASE_SYS_WATCH_H

struct weir_sys_watch {
	int fd;                /* readable: something may have changed */
	int notify, clock;     /* behind it; -1: none */
};

/* 0, or -1 with errno. */
int weir_sys_watch_init(struct weir_sys_watch *w);
void weir_sys_watch_release(struct weir_sys_watch *w);

/* Watches a file or a directory and what is in it; the same one again is fine. */
void weir_sys_watch_add(struct weir_sys_watch *w, const char *path);

/* Watches a directory for names that come, go and change, not for what its files hold. */
void weir_sys_watch_names(struct weir_sys_watch *w, const char *path);

/* Takes what made fd readable: before one looks at the files. */
void weir_sys_watch_take(struct weir_sys_watch *w);

#endif
