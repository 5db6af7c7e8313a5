/*
 * keys - what a record is counted, joined or told apart by: paths, and expressions with a name
 *
 * -k of every command. A key's value in a record is null where a path leads nowhere or an expression has no output;
 * of several outputs the first counts. The values make one string of bytes (weir_order_canon): equal for keys that
 * are equal as jq compares them (1 and 1.0; the members of objects in any order), and for no others.
 */
#ifndef WEIR_EXPR_KEYS_H
#define WEIR_EXPR_KEYS_H

#include "base/buf.h"
#include "expr/expr.h"
#include "frame/record.h"
#include "text/path.h"
#include "text/slip.h"

#include <stdbool.h>

/* A path, or NAME=EXPR. */
struct weir_key {
	struct weir_path path;       /* expr is NULL */
	struct weir_expr *expr;
	struct weir_name name;       /* NAME, or the path's last */
	const char *text;            /* as it was written */
	struct weir_slip slip;       /* of a path; seen: some record had a value there that is not null */
};

struct weir_keys {
	struct weir_key *v;
	unsigned n;
	struct weir_buf why;         /* of the call that failed */
	/* private */
	struct weir_buf value;
};

/* Appends what one -k says: paths between commas, or NAME=EXPR; EXPR is not empty. text must last. 0; -1: why says what is wrong. */
int weir_keys_parse(struct weir_keys *k, const char *text);
void weir_keys_release(struct weir_keys *k);

/* The value of key i in the record: valid until the next call. 0; 1: its expression failed, and why says how. */
int weir_keys_value(struct weir_keys *k, unsigned i, const struct weir_record *rec,
    struct weir_value *v);

/* The values of all keys as bytes, in place of what key held. 0, 1. */
int weir_keys_make(struct weir_keys *k, const struct weir_record *rec, struct weir_buf *key);

/* Warns of paths that were null in every record, with the name that may have been meant (text/slip.h). where: behind "record",
 * " of the left input", or empty. */
void weir_keys_warn(const struct weir_keys *k, const char *where);

#endif
