/*
 * salvage - what is still readable of a damaged segment
 *
 * Frames are read as long as they are sound. At damage, the bytes behind it are searched for the next
 * header with a right checksum. Records whose shape was lost with a damaged frame are lost with it, up to the
 * next block, which tells its shapes again.
 */
#ifndef WEIR_LOG_SALVAGE_H
#define WEIR_LOG_SALVAGE_H

#include "frame/reader.h"

#include <stdint.h>

struct weir_salvage {
	void *ctx;
	/* A data frame, sound as a whole. 0, or a status that ends it all. */
	int (*take)(void *ctx, struct weir_reader *r, const struct weir_frame *f, const struct weir_hello *h);
	/* Records [from, to) could not be read, because of what is at that byte. */
	void (*lost)(void *ctx, uint64_t from, uint64_t to, uint64_t byte, const char *why);
};

/* Reads the file behind fd. *next: the offset that is expected first; behind the last that was found afterwards; what is lost
 * at the end is the caller's to know. *why: what ended it, or NULL. 0, the status of take, or -1 with errno. */
int weir_salvage_segment(const struct weir_salvage *s, int fd, uint64_t *next, const char **why, uint64_t *byte);

#endif
