/*
 * machine - runs a tree on a value, output by output
 *
 * What is still to be done with a value is a chain of frames; where to go on
 * when a branch has given its outputs is a stack of choices. Both are in the
 * heap, so no program needs stack of ours, and a run can be left after any output.
 */
#ifndef WEIR_EXPR_MACHINE_H
#define WEIR_EXPR_MACHINE_H

#include "expr/ast.h"

struct weir_machine;

/* wait_ms: what a record may take; 0: 10 s. A record may also hold 1 GiB of values. */
struct weir_machine *weir_machine_new(const struct weir_node *program, unsigned wait_ms);
void weir_machine_free(struct weir_machine *m);

/* Begins a run on the input, taking it over, of the record of that number; ends the one before.
 * Tree, input and what they borrow from must stay until the run is over. */
void weir_machine_start(struct weir_machine *m, struct weir_val input, uint64_t record);

/* 1 and the next output, a new reference; 0 if there is none; -1 for an error, after which there
 * is none either. */
int weir_machine_next(struct weir_machine *m, struct weir_val *out);

/* The text of the error, without a line feed, until the next run. */
const char *weir_machine_error(struct weir_machine *m);

#endif
