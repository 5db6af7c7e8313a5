/*
 * transpose_core - what the two directions of transpose share; theirs alone
 */
#ifndef WEIR_FRAME_TRANSPOSE_CORE_H
#define WEIR_FRAME_TRANSPOSE_CORE_H

#include "frame/record.h"
#include "frame/transpose.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define TRANSPOSE_HEAD 16
#define TRANSPOSE_GROUP 12
#define TRANSPOSE_GROUPS 255
#define TRANSPOSE_FIELDS 1024

/* How a slot lies: on the bytes that come next; at the text's first byte, without a length; on word 0, 1, ..., 12; or as it says
 * itself. */
#define TRANSPOSE_NEXT 0
#define TRANSPOSE_EMPTY 1
#define TRANSPOSE_WORD 2
#define TRANSPOSE_WORDS 13
#define TRANSPOSE_SAID 15

/* Of numbers: this bit, and the value takes the bytes of the others. */
#define TRANSPOSE_SAME 0x10

enum transpose_form {
	TRANSPOSE_EMPTIES,
	TRANSPOSE_LENGTHS,
	TRANSPOSE_PLANES,
	TRANSPOSE_ONE,
	TRANSPOSE_ENDED
};

static inline uint64_t
transpose_zigzag(uint64_t v)
{
	return v << 1 ^ (v >> 63 != 0 ? UINT64_MAX : 0);
}

static inline uint64_t
transpose_unzigzag(uint64_t v)
{
	return v >> 1 ^ ((v & 1) != 0 ? UINT64_MAX : 0);
}

/* n bytes, most often a few: up to 16 behind them are written too, and read. */
static inline void
transpose_copy(unsigned char *to, const unsigned char *from, size_t n)
{
	memcpy(to, from, 16);
	for (; n > 16; n -= 16) {
		to += 16;
		from += 16;
		memcpy(to, from, 16);
	}
}

/* Integers, and what is known of them. */
struct transpose_numbers {
	uint64_t any;        /* all of them, or-ed */
	uint64_t differ;     /* bits in which one differs from the first */
	uint64_t first;
};

struct transpose_strings {
	struct transpose_numbers of;
	uint32_t *lens;
	uint32_t n;
	bool one;            /* all are the same bytes so far */
	const unsigned char *first;
};

struct transpose_field {
	uint32_t number;
	uint32_t said;       /* slots whose offset and length are told */
	struct transpose_numbers hows;
	uint8_t *how;
	struct transpose_strings gap, slice;
};

struct transpose_group {
	uint16_t id;
	uint8_t flags, words;
	uint8_t number;      /* from 1; 0: its entries go verbatim */
	uint8_t next;        /* another one of this id, by index from 1 */
	uint32_t n, m, filled;
	const unsigned char **entry, **at;   /* each one, and how far it has been taken */
	uint64_t *times;     /* m differences; the words' behind them, word by word */
	struct transpose_numbers *of;  /* the same */
	uint64_t begin, last;
	unsigned unit;
	struct transpose_field *fields;
	struct transpose_strings tail;
};

struct transpose_work {
	const unsigned char *rows, *end;
	struct weir_shape *const *shapes;
	uint8_t *which;      /* the group of each entry, index from 1 */
	uint32_t entries;
	size_t verbatim;     /* bytes */
	unsigned ngroups, numbered;
	uint8_t by_id[WEIR_SHAPE_IDS];
	struct transpose_group groups[TRANSPOSE_GROUPS];
};

static inline size_t
transpose_slots(const struct transpose_group *g)
{
	return WEIR_ENTRY_SIZE + (g->flags & WEIR_ENTRY_WIDE ? 12 : 4) * (size_t)g->n;
}

static inline size_t
transpose_text(const struct transpose_group *g)
{
	return transpose_slots(g) + 8 * (size_t)g->words;
}

struct transpose_slot {
	uint32_t off, len, type;
};

static inline struct transpose_slot
transpose_slot_of(const struct transpose_group *g, const unsigned char *p, uint32_t number)
{
	struct transpose_slot s;

	if (g->flags & WEIR_ENTRY_WIDE) {
		p += WEIR_ENTRY_SIZE + 12 * (size_t)number;
		s.off = weir_load32(p);
		s.len = weir_load32(p + 4);
		s.type = weir_load32(p + 8);
	} else {
		uint32_t v = weir_load32(p + WEIR_ENTRY_SIZE + 4 * (size_t)number);

		s.off = v & 0xffff;
		s.len = v >> 16 & 0xfff;
		s.type = v >> 28;
	}
	return s;
}

/* Which entry belongs to which group, in w->which, and all that is known of the groups, in t->table. 0; -1: not worth it. */
int weir_transpose_survey(struct weir_transpose *t, struct transpose_work *w);

#endif
