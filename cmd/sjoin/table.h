/*
 * table - the rows of a file, of a log, or of a directory's files, by key
 */
#ifndef SJOIN_TABLE_H
#define SJOIN_TABLE_H

#include "frame/derive.h"
#include "sjoin.h"
#include "state/lookup.h"

#include <stdbool.h>
#include <stdint.h>

/* What the files are, as far as can be seen without reading them. */
struct table_look {
	uint64_t hash;               /* of names, devices, inodes, sizes, times of change */
	bool regular;                /* all of them; else nothing can be told from it */
};

struct table {
	struct sjoin *s;
	struct weir_lookup rows;
	uint64_t read, keyless, bad, doubled;
	struct table_look look;
	struct weir_buf why;         /* of a load that failed */
	struct weir_buf first_bad;   /* the first bad row, in words */
	/* private */
	struct weir_derive derive;   /* shapes without the fields that are the key */
	struct weir_value *values;
	uint32_t cap;
	struct weir_buf entry;
};

/* Whether --table is a log, to be read as one. */
bool table_is_log(const struct sjoin_conf *cf);

/* Whether what the files are could be seen; then *look says it. */
bool table_look(const struct sjoin_conf *cf, struct table_look *look);

/* Reads all of it into a zeroed struct with s set. 0, or an exit status with the reason in why. */
int table_load(struct table *t);
void table_release(struct table *t);

#endif
