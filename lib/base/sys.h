/*
 * sys - what is the platform's: the one file that knows Linux
 */
#ifndef WEIR_BASE_SYS_H
#define WEIR_BASE_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* 64 random bits from the kernel. */
uint64_t weir_sys_random(void);
void weir_sys_random_bytes(void *p, size_t n);

/* Whether fd is a pipe or a socket: whether somebody may be behind it. */
bool weir_sys_is_pipe(int fd);

/* Whether the two are one regular file. */
bool weir_sys_same_file(int a, int b);

/* Makes the pipe behind fd as large as `bytes`, or as the system allows; $WEIR_PIPE_SIZE
 * overrides, for tests. Not a pipe: nothing happens. */
void weir_sys_grow_pipe(int fd, size_t bytes);

/* Writes all of it, through short writes and EINTR. 0, or -1 with errno. */
int weir_sys_write(int fd, const void *p, size_t n);

/* The same for two runs of bytes, one behind the other. */
int weir_sys_write2(int fd, const void *p, size_t n, const void *q, size_t m);

/* read(2) through EINTR. */
ssize_t weir_sys_read(int fd, void *p, size_t n);

/* Reads up to n bytes at the offset, through short reads and EINTR: fewer only at the end. -1 with errno. */
ssize_t weir_sys_pread(int fd, void *p, size_t n, uint64_t at);

/* So many bytes of zeros, or NULL with errno: for tables that are looked into at random, in large pages if the system has them, because
 * half of the time of such a look goes into finding the page. */
void *weir_sys_map(size_t n);
void weir_sys_unmap(void *p, size_t n);

/* Whether a read of fd would return at once (data, end or error). */
bool weir_sys_readable(int fd);

/* Waits until fd is readable, for ns at most (-1: no bound). While it waits it watches out (unless -1) for a
 * reader that is gone, and wake for bytes, which it takes. 1: readable; 0: the reader of out is gone; -1: woken, or ns are over. */
int weir_sys_wait(int fd, int out, int wake, int64_t ns);

/* The same for the readable ones of two (-1: none), for ns at most (negative: for ever): 1, 2 or their sum; 0: the time
 * is over; -1: woken; -2: the reader of out is gone. */
int weir_sys_wait_any(const int fds[2], int out, int wake, int64_t ns);

/* A descriptor that is readable while one of these n is; the caller's to close. -1 with errno. */
int weir_sys_any_of(const int *fds, unsigned n);

/* Sleeps for ns at most: 1: slept; 0: the reader of out (unless -1) is gone; -1: woken. */
int weir_sys_pause(int out, int wake, int64_t ns);

/* A pipe whose ends don't block and close at exec. 0, or -1 with errno. */
int weir_sys_pipe(int fds[2]);

/* Where 0, 1 or 2 is closed, something is opened there that can't be read or written (EBADF, as if it were closed still): or the
 * next descriptor of this process, its own pipe even, would be taken for the standard input or output. */
void weir_sys_hold_standard(void);

/* Marks byte `at` of the file as this process', until it ends or fd is closed: 0, or -1 (EAGAIN: it is
 * another's). Whether anybody else holds a byte of [at, at + n). Not through fork; fd's file only. */
int weir_sys_mark(int fd, int64_t at);
int weir_sys_unmark(int fd, int64_t at);
bool weir_sys_marked(int fd, int64_t at, int64_t n);

/* Whether the file is on a network file system. */
bool weir_sys_is_remote(int fd);

/* Columns of the terminal behind fd, or 0. $COLUMNS wins where it is a number. */
unsigned weir_sys_columns(int fd);

/* Whether fd is the journal's stream that $JOURNAL_STREAM names. */
bool weir_sys_is_journal(int fd);

/* Now, in nanoseconds: since 1970, and of the clock that only goes forward. */
int64_t weir_sys_now(void);
int64_t weir_sys_monotonic(void);

/* The time that processors have spent on this process, in nanoseconds. */
int64_t weir_sys_cpu(void);

/* Greatest resident memory of this process so far, in bytes. */
uint64_t weir_sys_peak_memory(void);

/* What it is now; 0 if that can't be found out. */
uint64_t weir_sys_memory(void);

/* Gives memory that was freed back to the system. */
void weir_sys_trim(void);

/* Ends the process as SIGPIPE ends one, also where the signal is ignored. */
_Noreturn void weir_sys_die_of_pipe(void);

#endif
