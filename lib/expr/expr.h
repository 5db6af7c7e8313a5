/*
 * expr - jq's expressions on records
 *
 * A program in jq's language is parsed here, whole. If every word in it is native it is
 * evaluated here, with exact numbers (base/num.h); if not, the whole program goes to libjq,
 * which runs in a child process without rights (expr/jqchild.h), and its numbers are doubles.
 * Which of the two is settled when the program is compiled and never changes.
 *
 * Source: the jq 1.6 manual; comparisons and errors read as jq's.
 */
#ifndef WEIR_EXPR_EXPR_H
#define WEIR_EXPR_EXPR_H

#include "base/buf.h"
#include "frame/batch.h"

#include <stdbool.h>
#include <stddef.h>

enum weir_expr_engine { WEIR_ENGINE_AUTO, WEIR_ENGINE_NATIVE, WEIR_ENGINE_JQ };

/* --arg and --argjson: $name is the string or the JSON value. */
struct weir_expr_arg {
	const char *name;
	const char *text;
	bool json;
};

struct weir_expr_conf {
	enum weir_expr_engine engine;
	const struct weir_expr_arg *args;
	unsigned nargs;
	bool values;            /* its outputs are wanted, not whether one is true: no weir_expr_test */
	unsigned jq_wait_ms;    /* that libjq may take for a record; 0: 10 s */
	bool general;           /* for tests: not by expr/predicate.h and expr/build.h */
};

/* Why a program is refused: program[at, at + span) is at fault; span is 0 at the
 * end, and where it isn't known (an argument, or libjq's own complaint). */
struct weir_expr_fault {
	struct weir_buf what;   /* one line: "unexpected \")\"" */
	struct weir_buf hint;   /* "did you mean \"startswith\"?", or empty */
	size_t at, span;
};

struct weir_expr;
struct weir_val;

/* NULL and *fault if the program is wrong, or if it isn't native and engine is
 * WEIR_ENGINE_NATIVE. The caller releases fault->what and ->hint. A program that is libjq's
 * is checked by its child, which is started here; a native one starts no process. */
struct weir_expr *weir_expr_compile(const char *program, size_t len,
    const struct weir_expr_conf *conf, struct weir_expr_fault *fault);

void weir_expr_free(struct weir_expr *e);

/* The word that sent the program to libjq, or NULL if it is native. "--engine jq" if that did. */
const char *weir_expr_foreign(const struct weir_expr *e);

/* Whether its value is that of an assignment, `.a = 1`: as a condition always true, and seldom meant. */
bool weir_expr_assigns(const struct weir_expr *e);

/* 1 if any output is neither null nor false, 0 if none is, -1 if an error was raised
 * before one was: then weir_expr_error is jq's text of it. Hot. */
int weir_expr_test(struct weir_expr *e, const struct weir_record *r);

/* Begins a run on a record, which must stay until the run is over; ends the one before. */
void weir_expr_start(struct weir_expr *e, const struct weir_record *r);

/* 1 and the next output, a new reference that may borrow from the record or from e: valid until the
 * next run; 0 if there is none; -1 if an error was raised (weir_expr_error), which ends the run. */
int weir_expr_next(struct weir_expr *e, struct weir_val *out);

/* Appends a record for each output (expr/map.h), with the event time of r. 0, or -1 if an error was
 * raised, or an output can't be a record; then the ones before it may be there. */
int weir_expr_map(struct weir_expr *e, const struct weir_record *r, struct weir_batch *b);

/* How many bytes of those records were not UTF-8 and are U+FFFD now. libjq's are not counted. */
uint64_t weir_expr_replaced(const struct weir_expr *e);

/* Appends all outputs, one JSON text a line. 0, or -1 if an error was raised; then the outputs
 * before it are there, except from libjq. */
int weir_expr_outputs(struct weir_expr *e, const struct weir_record *r, struct weir_buf *b);

/* The last error, without a final dot or line feed: "string (\"a\") and number (1) cannot be
 * subtracted". */
const char *weir_expr_error(const struct weir_expr *e);

/* Appends what the program was compiled to, a few lines for --explain. */
void weir_expr_explain(const struct weir_expr *e, struct weir_buf *b);

#endif
