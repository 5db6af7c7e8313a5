/*
 * jqchild - programs that are libjq's, run by libjq in a child process without rights
 *
 * libjq dies on some data and never ends on other; so it has a process of its own, with bounds
 * on time and memory. If that ends badly, the record that did it is bad, and the next one finds
 * a new child. The child can compute, and read and write its one socket; it opens nothing,
 * starts nothing, and ends with its parent.
 *
 * On the socket, both ways: 4 bytes length, 4 bytes what it is (little-endian), then the bytes.
 * Answers come in the order of the questions, so many may be on their way; the first answer is
 * about the program itself.
 */
#ifndef WEIR_EXPR_JQCHILD_H
#define WEIR_EXPR_JQCHILD_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_jqchild_conf {
	const char *program;    /* a string, kept by the caller */
	const char *args;       /* $names and their values, a JSON object */
	unsigned wait_ms;       /* for one record; 0: 10 s */
	uint64_t memory;        /* beyond what the process begins with; 0: 1 GiB */
};

/* The numbers are those on the socket. */
enum weir_jqchild_question {
	WEIR_JQCHILD_TEST = 0,     /* is an output neither null nor false? */
	WEIR_JQCHILD_OUTPUTS = 1   /* all outputs */
};

enum weir_jqchild_answer {
	WEIR_JQCHILD_NO = 0,
	WEIR_JQCHILD_YES = 1,      /* OUTPUTS: the bytes are JSON lines */
	WEIR_JQCHILD_ERROR = 2     /* the bytes are its text */
};

struct weir_jqchild;

/* Starts nothing yet. conf's strings must stay. */
struct weir_jqchild *weir_jqchild_new(const struct weir_jqchild_conf *conf);

/* Ends the child too. NULL is fine. */
void weir_jqchild_free(struct weir_jqchild *c);

/* Starts the child if there is none. 0, or -1: the program is wrong, or there can be no child;
 * *text says why. */
int weir_jqchild_start(struct weir_jqchild *c, struct weir_buf *text);

/* Puts a question about one JSON text. Returns an enum weir_jqchild_answer and its bytes in
 * *text, which is overwritten; the child's death is an ERROR. */
int weir_jqchild_ask(struct weir_jqchild *c, enum weir_jqchild_question what, const void *json,
    size_t len, struct weir_buf *text);

#endif
