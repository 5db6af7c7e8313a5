/*
 * ingest - one or several text sources, read as one stream of records
 *
 * Sources with event time are read merged by it: the record that goes next is
 * the earliest of those that the sources are at, the first source's where they
 * tie; so the order depends on the records alone. Each source keeps its own
 * watermark (greatest time seen, the record that it is at included, less the
 * delay); the stream's is the lowest of those that hold it. Sources
 * without event time follow, in the order given. In order (conf.in_order) or with
 * one source, records imply the watermark and none is computed here.
 *
 * A source is a file, or several read one after the other: those of a directory, or a
 * log that was rotated, the older file first. Where it is in them is a list of places
 * (place.h), which weir_ingest_save writes and weir_ingest_load takes.
 *
 * What holds the watermark: a source that has not ended; with conf.partial, where the end of a file
 * is not its last word, also one that has, as long as more may come. So what is late does not depend on
 * how the reading was cut into runs. With conf.idle_after a source that has had nothing for so long does not hold it
 * either, and is not waited for, until its next record: there the clock on the wall comes in.
 */
#ifndef WEIR_TEXT_INGEST_H
#define WEIR_TEXT_INGEST_H

#include "base/sys_watch.h"
#include "text/ahead.h"
#include "text/detect.h"
#include "text/parser.h"
#include "text/place.h"
#include "text/timing.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_ingest_conf {
	const struct weir_parser_ops *format;  /* or NULL: detected, source by source */
	struct weir_parser_conf parser;
	struct weir_timing_conf timing;
	int64_t delay;
	int64_t max_ahead;                     /* beyond the watermark a record is set aside (ahead.h); 0: any time goes */
	int64_t idle_after;                    /* of silence; 0: never. Needs wait.until and idle.until */
	bool in_order;
	bool explain;                          /* gather why each format was chosen */
	bool partial;                          /* files may go on later: a line without its end waits for it */
	bool final;                            /* they won't: it is a record */
	bool follow;                           /* wait for more at the end of files; means partial */
	bool skip_missing;                     /* go on where bytes not read yet are gone (g->missing says which) */
	struct weir_input_wait wait;           /* may be set until weir_ingest_open, */
	/* Whether a file is one that is written behind this source: no copy of what it reads. ctx is wait's; or NULL. */
	bool (*written)(void *ctx, uint64_t device, uint64_t inode);
	struct weir_input_wait idle;           /* and so may this: follow, called where all files are at their end; as wait, or more than 0 */
};

/* A file of a source that is still to be read. */
struct weir_ingest_part {
	char *path;
	bool placed;                  /* not from its start, but from here: */
	bool opened;                  /* place's, and the input is there already */
	struct weir_place place;
	struct weir_input in;
};

struct weir_ingest_source {
	char *name;                   /* the operand */
	struct weir_input in;         /* the file that is read now; its name is that file's */
	struct weir_parser *parser;   /* NULL: its first line is still to come */
	const struct weir_parser_ops *format;
	struct weir_timing timing;
	struct weir_parsed head;      /* the record that the source is at */
	struct weir_ahead ahead;      /* conf.max_ahead */
	int64_t time;                 /* of head */
	int64_t greatest;             /* time seen, or WEIR_TIME_NONE */
	bool opened, ended, timed;
	struct weir_buf why;          /* of the format */
	/* private */
	bool set;                     /* a directory */
	bool copy;                    /* what is read now is a copy, and ends for good */
	bool fixed;                   /* what has ended has ended for good */
	bool idle;                    /* silent for conf.idle_after */
	int64_t since;                /* follow: on the monotonic clock, when it had nothing more; 0: it has */
	struct weir_ingest_part *parts;  /* to be read next, in this order */
	unsigned nparts;
	struct weir_place *past;      /* of files that were read before and are still there */
	unsigned npast;
	struct weir_ingest_part old;  /* follow: the file before this one, whose writer may not know yet */
	uint64_t bytes;               /* read of files before this one, less what was read in former runs of it */
};

/* What went wrong with a record or a source. */
struct weir_ingest_bad {
	const struct weir_ingest_source *source;
	bool missing;                 /* bytes that were not read yet are gone */
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
	bool silent;                  /* weir_ingest_next has returned 2, and no source holds the watermark any more */
	struct weir_ingest_bad bad;
	struct weir_ingest_bad refused;   /* with bad, and before it: a record that was set aside; its source is NULL: none */
	struct weir_buf missing;      /* conf.skip_missing: a line for each file that was passed over */
	/* private */
	unsigned *heap, nheap;        /* sources with event time, by the time of their heads */
	unsigned current;             /* the source handed out last, or n */
	unsigned next;                /* the next source to be opened or read in order */
	unsigned low;                 /* a source with the lowest greatest time, */
	int64_t lowest;               /* and that time */
	unsigned turns;               /* records since the sources at their end, or idle, were looked at */
	unsigned nidle, told;         /* idle sources; and how many of them the caller knows of */
	bool planned;
	struct weir_place *places;    /* loaded */
	unsigned nplaces;
	struct weir_sys_watch watch;
};

/* conf and what it points to must last. */
void weir_ingest_init(struct weir_ingest *g, const struct weir_ingest_conf *conf);
void weir_ingest_release(struct weir_ingest *g);

/* Adds a source, not opened yet: a path, "-" for standard input. A directory stands for the files in it, in
 * the order of their names. */
void weir_ingest_add(struct weir_ingest *g, const char *path);

/* Adds standard input, of which some bytes have been read. */
void weir_ingest_add_begun(struct weir_ingest *g, int fd, const void *first, size_t nfirst);

/* Why a source that was added can't be read again from a place ("a pipe"), or NULL: it can. */
const char *weir_ingest_once(const struct weir_ingest *g, unsigned source);

/* Opens the sources and reads their first records (only the first source's, if in order). 1: done; 0: again (it
 * stopped at a bad record: g->bad); -2: a source can't be opened or read, or is a weir stream: g->bad. */
int weir_ingest_open(struct weir_ingest *g);

/* The next record: valid until the next call. 1; 0: the end; -1: a bad record (g->bad; call again); -2: a
 * source failed (g->bad); 2: nothing yet (conf.idle has returned more than 0, or a source has become idle; call again).
 * *watermark is set if g->merged: what holds before the record, or now. */
int weir_ingest_next(struct weir_ingest *g, struct weir_parsed **rec, int64_t *time,
    int64_t *watermark);

/* Writes where the sources are, a record for each file that is known, between two calls of weir_ingest_next: what was
 * handed out or reported is behind these places, nothing else. 0, or -1 (state->errnum). */
int weir_ingest_save(struct weir_ingest *g, struct weir_out *state);

/* Takes one record of such a state, before weir_ingest_open, which then goes on there: the sources may have been
 * renamed, copied or compressed meanwhile, others may have come. 0, or -1: it is no such record. */
int weir_ingest_load(struct weir_ingest *g, const struct weir_record *rec);

/* Bytes at the source's end that wait for the end of their line. */
uint64_t weir_ingest_waiting(const struct weir_ingest_source *s);

/* Bytes read so far, decompressed, of all sources. */
uint64_t weir_ingest_bytes(const struct weir_ingest *g);

#endif
