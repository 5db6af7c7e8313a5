/*
 * lookup - keys to records, compact: filled once, looked up many times
 *
 * A row is its key and an entry made of values (frame/record.h), one behind the other in one run of memory; a slot
 * of 8 bytes has 32 bits of the key's hash and the row's place. Beyond the key and the values a row takes 32 bytes, 4 a
 * field, and 11 to 22 for its slot. A key that is put again has its last row; the one before stays
 * as waste. Up to 32 GiB of rows.
 *
 * With a store on disk all rows in memory go there when they take more than they may; a row in memory counts before one of its key
 * there, and a filter saves looks for keys that are in neither.
 */
#ifndef WEIR_STATE_LOOKUP_H
#define WEIR_STATE_LOOKUP_H

#include "frame/record.h"
#include "state/bloom.h"
#include "state/spill.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_lookup {
	uint64_t n;                  /* keys */
	uint64_t memory;             /* bytes held and used */
	uint64_t version;            /* a hash of all that was put, in this order: the same in every process */
	uint64_t moved;              /* rows, to disk */
	/* private */
	uint64_t inside;             /* keys in memory */
	uint64_t *slots;             /* hash in the upper half; the row's offset / 8, plus 1, in the lower; 0: free */
	uint64_t cap;                /* a power of 2, or 0 */
	unsigned char *rows;
	size_t used, room;
	struct weir_shape **shapes;  /* by the number that is in a row; references */
	uint32_t nshapes;
	struct weir_spill *spill;    /* or NULL */
	uint64_t number, most;       /* its own in the store; bytes of memory */
	struct weir_bloom bloom;
	struct weir_buf key, value;
};

/* A zeroed struct is an empty lookup. */
void weir_lookup_release(struct weir_lookup *l);

/* Of an empty one: rows beyond `most` bytes (a filter of a quarter of it included) go to the store, which lasts as long. number: another one
 * than that of every other lookup in the store, whose keys are all lookups'. */
void weir_lookup_spill(struct weir_lookup *l, struct weir_spill *spill, uint64_t number, uint64_t most);

/* The values are those of the shape's fields. 1: the key is new; 0: it was there; -1: there is no room for more, or the store has
 * failed. */
int weir_lookup_put(struct weir_lookup *l, const void *key, size_t len, struct weir_shape *shape,
    const struct weir_value *v);

/* 1, and *rec is the key's record, until the next call; 0: there is none; -1: the store has failed. damage as in a record that was
 * read. */
int weir_lookup_get(struct weir_lookup *l, const void *key, size_t len, struct weir_record *rec, bool *damage);

#endif
