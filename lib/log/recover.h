/*
 * recover - what a writer does before it writes: the lock, and the end of the log as a crash may have left it
 *
 * Private to lib/log. The calls return 0, or an exit status with the reason in the log's why. What was done that a user
 * may want to hear goes into a->notes.
 */
#ifndef WEIR_LOG_RECOVER_H
#define WEIR_LOG_RECOVER_H

#include "log/append.h"

/* LOG/writer. */
int weir_recover_lock(struct weir_append *a);

/* LOG/committed, both records sound again. */
int weir_recover_extent(struct weir_append *a);

/* The last segments: cuts what is torn, opens the last one for appending. */
int weir_recover_tail(struct weir_append *a);

/* Back to an offset, of a checkpoint. */
int weir_recover_cut(struct weir_append *a, uint64_t offset, bool discard);

#endif
