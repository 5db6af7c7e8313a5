/*
 * readers - how far the readers with a checkpoint have come, so that nothing they need is removed
 *
 * LOG/readers/ID-STAGE, ID the first 16 digits of the checkpoint's id, holds lines of text:
 *
 *   offset 1234
 *   stage sreplay
 *   checkpoint /var/lib/job/state
 *   sum 0123456789abcdef          XXH3 of the lines before, in hexadecimal
 *
 * The offset is that of a committed epoch, never a later one; it is brought up to date now and then, so it may
 * be older than the truth. Removing the file forgets the reader. One that can't be read needs everything.
 */
#ifndef WEIR_LOG_READERS_H
#define WEIR_LOG_READERS_H

#include "log/log.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_readers_entry {
	struct weir_log *log;        /* not owned */
	char *name, *stage, *checkpoint;
	uint64_t offset;
	bool on;
};

/* Notes a reader. A log that can't be written to is fine: nothing is noted then. 0, or a status. */
int weir_readers_open(struct weir_readers_entry *e, struct weir_log *log, const unsigned char id[WEIR_RUN_ID],
    const char *checkpoint, const char *stage, uint64_t offset);

/* It has come to that offset. 0, or a status. */
int weir_readers_put(struct weir_readers_entry *e, uint64_t offset);

void weir_readers_release(struct weir_readers_entry *e);

/* All readers of a log: to each, with offset 0 and an empty stage for one that can't be read. Valid during the call. 0, or
 * a status. */
int weir_readers_each(struct weir_log *log, void (*each)(void *ctx, const struct weir_readers_entry *e), void *ctx);

#endif
