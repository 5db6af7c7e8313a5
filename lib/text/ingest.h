/*
 * ingest - one or several text sources, read as one stream of records
 *
 * Sources with event time are read merged by it: the record that goes next is
 * the earliest of those that the sources are at, the first source's where they
 * tie; so the order depends on the records alone. Each source keeps its own
 * watermark (greatest time seen, the record that it is at included, less the
 * delay); the stream's is the lowest of those that have not ended. Sources
 * without event time follow, in the order given. In order (conf.in_order) or with
 * one source, records imply the watermark and none is computed here.
 */
#ifndef WEIR_TEXT_INGEST_H
#define WEIR_TEXT_INGEST_H

#include "text/detect.h"
#include "text/parser.h"
#include "text/timing.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_ingest_conf {
	const struct weir_parser_ops *format;  /* or NULL: detected, source by source */
	struct weir_parser_conf parser;
	struct weir_timing_conf timing;
	int64_t delay;
	bool in_order;
	bool explain;                          /* gather why each format was chosen */
	struct weir_input_wait wait;           /* may be set until weir_ingest_open */
};

struct weir_ingest_source {
	struct weir_input in;
	struct weir_parser *parser;
	struct weir_timing timing;
	struct weir_parsed head;      /* the record that the source is at */
	int64_t time;                 /* of head */
	int64_t greatest;             /* time seen, or WEIR_TIME_NONE */
	bool opened, ended, timed;
	struct weir_buf why;          /* of the format */
};

/* What went wrong with a record or a source. */
struct weir_ingest_bad {
	const struct weir_ingest_source *source;
	uint64_t line, offset;
	struct weir_buf what;
	const char *hint;
	const unsigned char *text;
	size_t len, at, span;
};

struct weir_ingest {
	struct weir_ingest_conf conf;
	struct weir_ingest_source *sources;
	unsigned n;
	bool merged;                  /* watermarks are explicit */
	struct weir_ingest_bad bad;
	/* private */
	unsigned *heap, nheap;        /* sources with event time, by the time of their heads */
	unsigned current;             /* the source handed out last, or n */
	unsigned next;                /* the next source to be opened or read in order */
	unsigned low;                 /* a source with the lowest greatest time, */
	int64_t lowest;               /* and that time */
};

/* conf and what it points to must last. */
void weir_ingest_init(struct weir_ingest *g, const struct weir_ingest_conf *conf);
void weir_ingest_release(struct weir_ingest *g);

/* Adds a source, not opened yet: a path, "-" for standard input. */
void weir_ingest_add(struct weir_ingest *g, const char *path);

/* Adds standard input, of which some bytes have been read. */
void weir_ingest_add_begun(struct weir_ingest *g, int fd, const void *first, size_t nfirst);

/* Opens the sources and reads their first records (only the first source's, if in order). 1: done; 0: again (it
 * stopped at a bad record: g->bad); -2: a source can't be opened or read, or is a weir stream: g->bad. */
int weir_ingest_open(struct weir_ingest *g);

/* The next record: valid until the next call. 1; 0: the end; -1: a bad record (g->bad; call again); -2: a
 * source failed (g->bad). *watermark is set if g->merged: what holds before the record. */
int weir_ingest_next(struct weir_ingest *g, struct weir_parsed **rec, int64_t *time,
    int64_t *watermark);

/* Bytes read so far, decompressed, of all sources. */
uint64_t weir_ingest_bytes(const struct weir_ingest *g);

#endif
