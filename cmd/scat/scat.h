/*
 * scat - the border: text into frames, frames into text
 */
#ifndef SCAT_H
#define SCAT_H

#include "base/civil.h"
#include "stage/source.h"
#include "stage/stage.h"
#include "text/ingest.h"

struct scat_conf {
	struct weir_common common;  /* first */
	const char *input;          /* -i: a format's name, "auto", "frames" */
	int output;                 /* -O: enum weir_emit_format, or -1 */
	const char *dest;           /* -o */
	const char *time, *time_format, *tz;
	int64_t delay, max_ahead, idle;
	uint64_t limit;             /* -n; UINT64_MAX: none */
	uint64_t max_record;
	uint64_t level;             /* of zstd; 0: none */
	const char *delimiter, *columns;
	bool no_header, no_infer, in_order, follow;
	int missing;                /* 0 fail, 1 skip */
	struct weir_checkpoint checkpoint;   /* -C and what goes with it */
	struct weir_opt_list dropped;
	bool append;
	const char *list, *savepoint;
	/* made from these */
	const struct weir_cmd *cmd;
	const struct weir_parser_ops *format;  /* NULL: detected */
	const char *pattern;        /* of the format, or NULL */
	struct weir_zone *zone;
	struct weir_emit_conf emit;
};

/* Text in: reads the operands (or standard input). Bytes already read from standard input: first. */
int scat_read(struct scat_conf *cf, char *const *operands, int n, const void *first,
    size_t nfirst);

/* Frames in, from fd; name: what messages call it, NULL for standard input. */
int scat_write(struct scat_conf *cf, int fd, const char *name, const void *first, size_t nfirst);

/* A log in: sreplay(1)'s. */
int scat_log(struct scat_conf *cf, const char *path);

/* Ends with status 2 if something that is written is, or lies in, something that is read. */
void scat_self_check(const struct scat_conf *cf, char *const *sources, int n);

/* The options that matter to a checkpoint's source or sink, those that were given, a line each; in static memory. */
const char *scat_options(const struct scat_conf *cf, bool sink);

/* checkpoint.c: the options around -C, as far as they can be checked before anything is opened; --list-checkpoint;
 * --savepoint. The last two return the exit status. */
void scat_checkpoint_check(struct scat_conf *cf, char *const *operands, int n);
int scat_checkpoint_list(struct scat_conf *cf);
int scat_checkpoint_copy(struct scat_conf *cf);

/* Prints what scat_read would do. */
int scat_explain(struct scat_conf *cf, struct weir_ingest *g);

#endif
