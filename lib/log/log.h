/*
 * log - a directory that keeps records for good: what it is, and whose
 *
 *   LOG/log          what the log is: a weir stream with one record, its hello's run id is the log's id
 *   LOG/committed    how far it reaches for good (log/extent.h)
 *   LOG/writer       locked by the one process that appends
 *   LOG/readers/ID   how far a reader with a checkpoint has come (log/readers.h)
 *   LOG/N.weir       a segment, called by the offset of its first record (log/segment.h)
 *   LOG/N.index      and its index (log/index.h)
 *
 * A log with partitions has LOG/log and, in place of the others, directories LOG/0, LOG/1, ..., each a
 * log of its own.
 *
 * The calls return 0, or an exit status with the reason in `why`.
 */
#ifndef WEIR_LOG_LOG_H
#define WEIR_LOG_LOG_H

#include "base/buf.h"
#include "frame/hello.h"

#include <stdbool.h>
#include <stdint.h>

#define WEIR_LOG_PARTITIONS 1024    /* at most */

struct weir_log {
	char *path;
	int fd;                          /* of the directory; -1: not open */
	unsigned char id[WEIR_RUN_ID];
	uint64_t partitions;             /* 0: none */
	char *key;                       /* what they are split by, as it was given; or NULL */
	struct weir_buf why;
};

#define WEIR_LOG_NONE {.fd = -1}

/* Opens a log that is there. */
int weir_log_open(struct weir_log *l, const char *path);

/* The same, and makes it if it is not there; one that is there must have these partitions and this key (WEIR_EX_CONFIG), or
 * anything goes if partitions is 0 and key NULL. The directory may be there if it has no files of another kind. */
int weir_log_create(struct weir_log *l, const char *path, uint64_t partitions, const char *key);

/* Partition i of a log that has such. */
int weir_log_part(const struct weir_log *l, uint64_t i, struct weir_log *part);

/* Whether the directory looks like a log. */
bool weir_log_is(const char *path);

/* Whether it is a partition of a log, by its name and what lies beside it. */
bool weir_log_is_part(const char *path);

void weir_log_release(struct weir_log *l);

/* For this floor: fails with a text "PATH: ..." and the status. */
int weir_log_fail(struct weir_log *l, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
