/*
 * durable - files that survive a power loss once the call has returned
 *
 * Directories are descriptors, names single components. A file is replaced by writing
 * ".name.tmp", fsync, close, rename, fsync of the directory, so that a reader finds the old
 * bytes or the new ones, never a part. After an fsync that failed nothing is tried again
 * and nothing renamed: the kernel may call the page clean though the disk never saw it.
 *
 * Every call returns 0 or a descriptor, or -1 with errno.
 *
 * Sources: fsync(2), rename(2); SQLite, "Atomic Commit In SQLite"; Pillai and others, "All File
 * Systems Are Not Created Equal" (OSDI 2014); the PostgreSQL fsync findings of 2018.
 */
#ifndef WEIR_BASE_DURABLE_H
#define WEIR_BASE_DURABLE_H

#include <stddef.h>

/* Opens a directory, not through a symlink. */
int weir_durable_open(int at, const char *path);

/* Makes a directory with mode 0700; it is there for good when the call returns. */
int weir_durable_mkdir(int dfd, const char *name);

/* A new file to write to; commit makes it `name`, durable, and closes fd in every case;
 * abandon leaves the directory as it was. */
int weir_durable_begin(int dfd, const char *name);
int weir_durable_commit(int dfd, const char *name, int fd);
void weir_durable_abandon(int dfd, const char *name, int fd);

/* Begin, write, commit. */
int weir_durable_put(int dfd, const char *name, const void *p, size_t n);

/* Removes what an interrupted begin left in the directory. */
int weir_durable_sweep(int dfd);

/* Removes a directory and the files in it. It may come back after a power loss. */
int weir_durable_remove(int dfd, const char *name);

/* Removes every file of a directory. */
int weir_durable_empty(int dfd);

#endif
