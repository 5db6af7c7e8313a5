/*
 * transpose_parse - columns, taken apart and measured, so that entries can be made of them without a look at any bound
 *
 * Private to transpose. Lengths have become arrays of 32 bits; what was in planes is put together; all of it is in the
 * scratch or in the input, with WEIR_TRANSPOSE_PAD readable bytes behind it. It adds up: the entries will be `rows` bytes long.
 */
#ifndef WEIR_FRAME_TRANSPOSE_PARSE_H
#define WEIR_FRAME_TRANSPOSE_PARSE_H

#include "base/buf.h"
#include "frame/transpose_core.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Moves from entry to entry. */
struct parsed_strings {
	const uint32_t *len;
	const unsigned char *p;
	size_t step, mask;       /* 0 or 1; 0 or all ones: what moves */
	size_t skip;             /* bytes behind each */
};

struct parsed_field {
	struct parsed_strings gap, slice;
	const unsigned char *how, *said;
	size_t step;             /* of how */
	uint32_t slot;           /* where in the entry it goes */
};

struct parsed_group {
	uint32_t m, n, left;
	uint32_t head;           /* id, flags, words */
	unsigned char words;
	bool wide;
	size_t text;
	const uint64_t *time;
	uint64_t *word;          /* m of the first, m of the second ... */
	struct parsed_field *fields;
	struct parsed_strings tail;
	const unsigned char *order;
};

struct parsed {
	const unsigned char *p, *end;    /* not taken yet */
	uint64_t rows, total;            /* bytes of the entries: as told, added up */
	uint32_t entries, ngroups;
	const unsigned char *which, *verbatim;
	size_t nverbatim;
	struct weir_buf *scratch;
	struct parsed_group groups[TRANSPOSE_GROUPS + 1];
};

/* All of c but p, end and scratch is zero. 0; -1: malformed; `most`: bytes of entries. */
int weir_transpose_parse(struct parsed *c, size_t most);

#endif
