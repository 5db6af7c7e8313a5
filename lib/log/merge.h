/*
 * merge - several cursors read as one: partitions, by event time
 *
 * The record with the least event time comes first, of equal ones that of the lower partition; one without
 * a time comes at once. So the order depends on what the partitions hold, and on nothing else. The watermark
 * is the least of all.
 *
 * While the logs grow, a record has to wait until no partition that has nothing to read can still bring an earlier one: until
 * that one's watermark is beyond it.
 *
 * One cursor alone is handed through as it is.
 */
#ifndef WEIR_LOG_MERGE_H
#define WEIR_LOG_MERGE_H

#include "log/cursor.h"

#include <stdbool.h>
#include <stdint.h>

struct weir_merge {
	struct weir_cursor *cursors;     /* not owned */
	unsigned n;
	bool grows;                      /* more may be appended */
	struct weir_cursor *at;          /* whose step it was */
	int64_t watermark;               /* of several: in force */
	/* private */
	bool *head;                      /* a cursor stands on a record that was not handed out, */
	bool *empty;                     /* or had none when it was asked last */
};

void weir_merge_init(struct weir_merge *m, struct weir_cursor *cursors, unsigned n, bool grows);
void weir_merge_release(struct weir_merge *m);

/* As weir_cursor_next; the record is at->rec. Of several cursors only records, watermarks, the end and failure are told, and a
 * record is valid until the next call. */
enum weir_cursor_step weir_merge_next(struct weir_merge *m);

/* The offset of the next record of cursor i that has not been handed out. */
uint64_t weir_merge_offset(const struct weir_merge *m, unsigned i);

#endif
