/*
 * whole - all of a log, read once from its beginning: its partitions merged by event time
 *
 *     rc = weir_whole_open(&w, path, true);
 *     while (rc == 0 && (step = weir_merge_next(&w.merge)) > 0)
 *         ...of WEIR_CURSOR_RECORD, w.merge.at->rec
 *     weir_whole_release(&w);
 *
 * WEIR_CURSOR_FAILED: w.merge.at->status, and the reason in w.merge.at->log->why.
 */
#ifndef WEIR_LOG_WHOLE_H
#define WEIR_LOG_WHOLE_H

#include "log/merge.h"

#include <stdbool.h>

struct weir_whole {
	struct weir_log log;
	struct weir_log *parts;          /* the log itself again, or its partitions */
	struct weir_cursor *cursors;
	unsigned n;                      /* of these */
	struct weir_merge merge;
};

/* committed: only what is durable. 0, or an exit status with the reason in log.why. To be released either way. */
int weir_whole_open(struct weir_whole *w, const char *path, bool committed);
void weir_whole_release(struct weir_whole *w);

#endif
