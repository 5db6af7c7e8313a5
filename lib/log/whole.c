/*
 * whole - see whole.h
 */
#include "log/whole.h"
#include "base/mem.h"

#include <stdlib.h>

static int
open_part(struct weir_whole *w, unsigned i, bool committed)
{
	struct weir_log *part = &w->parts[i];
	int rc;

	*part = (struct weir_log)WEIR_LOG_NONE;
	w->n++;
	rc = w->log.partitions > 0 ? weir_log_part(&w->log, i, part) : weir_log_open(part, w->log.path);
	if (rc == 0)
		rc = weir_cursor_init(&w->cursors[i], part, committed);
	if (rc != 0) {
		weir_buf_clear(&w->log.why);
		weir_buf_puts(&w->log.why, weir_buf_cstr(&part->why));
	}
	return rc;
}

int
weir_whole_open(struct weir_whole *w, const char *path, bool committed)
{
	unsigned n, i;
	int rc;

	*w = (struct weir_whole){.log = WEIR_LOG_NONE};
	if ((rc = weir_log_open(&w->log, path)) != 0)
		return rc;
	n = w->log.partitions > 0 ? (unsigned)w->log.partitions : 1;
	w->parts = weir_mem_zalloc(n, sizeof(*w->parts));
	w->cursors = weir_mem_zalloc(n, sizeof(*w->cursors));
	for (i = 0; rc == 0 && i < n; i++)
		rc = open_part(w, i, committed);
	if (rc == 0)
		weir_merge_init(&w->merge, w->cursors, w->n, false);
	return rc;
}

void
weir_whole_release(struct weir_whole *w)
{
	unsigned i;

	for (i = 0; i < w->n; i++) {
		weir_cursor_release(&w->cursors[i]);
		weir_log_release(&w->parts[i]);
	}
	weir_merge_release(&w->merge);
	free(w->cursors);
	free(w->parts);
	weir_log_release(&w->log);
}
