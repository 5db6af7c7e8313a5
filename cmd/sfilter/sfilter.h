/*
 * sfilter - what its files share
 */
#ifndef WEIR_SFILTER_H
#define WEIR_SFILTER_H

#include "expr/assign.h"
#include "expr/expr.h"
#include "frame/batch.h"
#include "stage/stage.h"
#include "text/pick.h"
#include "text/sample.h"

struct sfilter_conf {
	struct weir_common common;  /* first */
	const struct weir_cmd *cmd;
	const char *file;           /* --from-file */
	const char *map_file;
	struct weir_opt_list maps, sets, keeps, drops;
	const char *time;           /* --set-time */
	int64_t delay;              /* -d, or -1 */
	const char *sample, *keys;
	uint64_t seed;              /* or SFILTER_NO_SEED */
	struct weir_opt_list args, json_args;
	int engine;                 /* enum weir_expr_engine */
	bool invert;
	bool exit_status;           /* -e */
};

#define SFILTER_NO_SEED UINT64_MAX

enum sfilter_kind { SFILTER_MAP, SFILTER_SET, SFILTER_TIME, SFILTER_PICK };

/* What is done with a record that has passed, one step after the other. */
struct sfilter_step {
	enum sfilter_kind kind;
	const char *option;         /* "--set" */
	const char *text;           /* and its argument; of a PICK of several, the first */
	struct weir_expr *expr;     /* of all but PICK */
	struct weir_path path;      /* of SET */
	struct weir_assign *assign;
	struct weir_pick *pick;
	struct weir_batch made;     /* what the next step works on: one record at a time */
};

struct sfilter {
	const struct sfilter_conf *cf;
	struct weir_expr *expr;     /* EXPR, or NULL */
	bool invert;
	struct weir_sample *sample; /* or NULL */
	struct weir_sample sample_room;
	struct sfilter_step *steps;
	unsigned nsteps;
	struct weir_batch made;     /* what has become of the record at hand */
	struct weir_buf why;        /* or why it is bad */
	uint64_t passed, dropped;   /* records of the input that something came of, or nothing */
};

/* Compiles all that the options say; operand is EXPR or NULL. Ends the process with status 2 if something is
 * wrong. */
void sfilter_plan(struct sfilter *f, const struct sfilter_conf *cf, const char *operand);
void sfilter_release(struct sfilter *f);


/* A program's text and where it stands: in the argument of an option, from byte `from` on, or in a
 * file; option NULL: EXPR. */
struct sfilter_source {
	const char *option, *file;
	const char *text;
	size_t len, from;
	bool values;                /* its outputs are wanted, not whether one is true */
};

/* Compiles it, or ends the process with the fault shown in place. */
struct weir_expr *sfilter_compile(const struct sfilter_conf *cf, const struct sfilter_source *src);

/* The text of a file, at most 1 MiB. */
char *sfilter_read(const char *path, size_t *len);

/* Does all steps on the record; what comes of it is in f->made. 0, or -1 and f->why: it is bad. */
int sfilter_apply(struct sfilter *f, const struct weir_record *rec);

/* --explain, to standard output. Returns the exit status. */
int sfilter_explain(const struct sfilter *f);

#endif
