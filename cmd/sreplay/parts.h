/*
 * parts - what is played of a log: the log itself, or partitions of it, and where a reader is in each
 */
#ifndef SREPLAY_PARTS_H
#define SREPLAY_PARTS_H

#include "log/merge.h"
#include "log/readers.h"
#include "sreplay.h"

/* A log that is read: all of it, or a partition. */
struct part {
	uint64_t number;                     /* of the partition */
	struct weir_log log;
	struct weir_readers_entry reader;    /* with -C: how far it has come */
	bool resumed;
	char was[2 * WEIR_RUN_ID];           /* from a checkpoint: the log's id then, */
	uint64_t offset, saved;              /* where it was; and where when that was saved last */
	uint64_t segment;                    /* where that one was */
};

struct parts {
	/* set by the caller */
	const struct sreplay_conf *cf;
	const char *path;
	struct weir_log log;                 /* WEIR_LOG_NONE */
	/* from parts_open */
	struct part *v;
	unsigned n;
	struct weir_cursor *cursors;         /* of each */
	struct weir_merge merge;
	bool opened;
};

/* Says why, if the log could not do what it was asked to; the status. */
int parts_said(struct weir_log *log, int status);

/* Opens what --partition names, or all, where --from or what was loaded has it begin. A status, after saying why. */
int parts_open(struct parts *p);
void parts_release(struct parts *p);

/* A cursor of its own to where one of them is to begin: as parts_open has it. */
int parts_place(struct parts *p, struct part *q, struct weir_cursor *c);

/* In a checkpoint: where the next record is in each, and of which log. held: of the cursor that stands on a record that was not passed on, or
 * NULL. 0, or -1; -1 of load: it does not fit. */
int parts_save(struct parts *p, const struct weir_cursor *held, struct weir_out *state);
int parts_load(struct parts *p, const struct weir_record *rec);

#endif
