/*
 * segment - the files of a log that hold its records
 *
 * A segment is called by the offset of its first record, twenty digits and ".weir", its index the same
 * with ".index". It holds weir streams (blocks), one behind the other; the sequence numbers of their data
 * frames are the offsets of their records. Nothing in it changes once it is written: blocks are only appended.
 *
 * Compaction puts another file in its place, in which some records are missing. There an idle mark, with a number in the place
 * of a time, stands for so many records; the data frames of a block are numbered without them, each block from the true offset on.
 */
#ifndef WEIR_LOG_SEGMENT_H
#define WEIR_LOG_SEGMENT_H

#include "frame/reader.h"
#include "log/index.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_SEGMENT_NAME 32

/* Bytes of records in a block: what a reader that seeks may have to read in vain. Of those that are packed together: a block
 * and what may come with its last frame, so that a block is one frame. */
#define WEIR_SEGMENT_BLOCK ((size_t)1024 * 1024)
#define WEIR_SEGMENT_GATHER (WEIR_SEGMENT_BLOCK + 128 * 1024)

void weir_segment_name(char name[WEIR_SEGMENT_NAME], uint64_t first);
void weir_segment_index(char name[WEIR_SEGMENT_NAME], uint64_t first);

/* The offsets that the segments of a directory begin with, ascending, to be freed. 0, or -1 with errno. */
int weir_segment_list(int dfd, uint64_t **firsts, size_t *n);

/* A segment for reading. A descriptor, or -1 with errno. */
int weir_segment_open(int dfd, uint64_t first);

/* Removes a segment and its index; that there is none is fine. */
int weir_segment_remove(int dfd, uint64_t first);

/* How many records an idle mark stands for: 0 is damage. */
static inline uint64_t
weir_segment_gap(const struct weir_record *mark)
{
	return mark->time > 0 ? (uint64_t)mark->time : 0;
}

/* What a walk through a segment finds. */
struct weir_segment {
	uint64_t first;
	uint64_t whole;          /* bytes of whole, sound frames from the start */
	uint64_t next;           /* offset behind the last record of these */
	int64_t newest, oldest;  /* event times, as in an index */
	int64_t watermark;       /* the last one told, by entries or records */
	uint64_t plain;
	uint64_t records;        /* that are there */
	uint64_t removed;        /* and those that marks stand for */
	bool ended;              /* the last frame was an end: a block is closed */
	bool sound;              /* nothing follows behind `whole` */
	const char *why;         /* else: what is wrong with it */
	struct weir_index index;
	/* private */
	uint64_t gaps;           /* removed in this block, so far */
};

/* Walks the segment behind fd from its start, checks every frame and every record, up to `limit` bytes. s->first, and s->newest of
 * what is before, are set by the caller. stop: where to stop before, the first frame of records at or behind that offset;
 * UINT64_MAX: nowhere. 0, or -1 with errno if it can't be read. */
int weir_segment_walk(struct weir_segment *s, int fd, uint64_t limit, uint64_t stop);

/* The entry that ends its index. */
struct weir_index_entry weir_segment_end(const struct weir_segment *s);

/* The greatest event time of the log before a segment as its index knows it; fallback if that can't be read. */
int64_t weir_segment_newest(int dfd, uint64_t first, int64_t fallback);

void weir_segment_release(struct weir_segment *s);

#endif
