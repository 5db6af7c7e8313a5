/*
 * aside - records that a stage sets aside in a file of their own (--late): a weir stream
 *
 * The file is an output of the stage's: under a checkpoint it is made durable, listed and cut back with the
 * rest of an epoch, and holds one stream an epoch, one behind the other. A record is written as it
 * came, with one field more if there is something to say of it.
 *
 * The calls return 0, or an exit status after saying why, unless said otherwise.
 */
#ifndef WEIR_STAGE_ASIDE_H
#define WEIR_STAGE_ASIDE_H

#include "ckpt/output.h"
#include "stage/stage.h"

#include <stdbool.h>

struct weir_aside {
	const char *path;            /* NULL: nothing is kept */
	const char *field;           /* the name of the field more, or NULL */
	/* private */
	struct weir_output output;
	bool begun;                  /* a hello is in the file, and no end behind it */
	struct weir_hello hello;
	struct weir_out out;
	struct weir_shape *of, *shape;   /* of the last record, and with the field */
	struct weir_value *values;
};

/* path and field must last. */
void weir_aside_init(struct weir_aside *a, const char *path, const char *field);

/* The stage's hello has come: without a checkpoint the file is created now. */
int weir_aside_hello(struct weir_aside *a, const struct weir_hello *h);

/* Writes the record; v: of the field. If the record has a field of that name, it is called late_NAME. */
int weir_aside_put(struct weir_aside *a, const struct weir_record *rec, const struct weir_value *v);

/* What on_restore, on_prepare and on_close of a stage do about it; the last returns its status. */
int weir_aside_restore(struct weir_aside *a, const struct weir_barrier_entry *was, bool discard);
int weir_aside_prepare(struct weir_aside *a, struct weir_barrier_entry *mine);
int weir_aside_close(struct weir_aside *a, int status);

/* The file's name for a message, once closed; NULL: there is none, or it could not be written, which has been said. */
const char *weir_aside_where(const struct weir_aside *a);

#endif
