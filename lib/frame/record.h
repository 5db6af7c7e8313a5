/*
 * record - one entry of a data frame, and the values in it
 *
 * An entry is little-endian, without padding:
 *
 *   offset size
 *      0     4   bytes of the entry, these included
 *      4     2   shape id (record)
 *      6     1   bits 0-1: 0 record, 1 watermark, 2 idle; bit 2: wide slots;
 *                bit 3: the text holds a line feed; others zero
 *      7     1   words: 8-byte integers between the slots and the text
 *      8     8   time: the record's event time, or the watermark; signed
 *                nanoseconds since 1970 UTC, the least value for "none"
 *     16     4n  narrow slots, one a field: bits 0-15 offset, 16-27 length,
 *                28-31 type
 *           12n  or wide ones: offset, length, type, 4 bytes each
 *            8w  the words
 *                the text, to the end
 *
 * Offsets count from the entry's first byte. The slot of a time lies on 8 bytes
 * (a word, as a rule); that of any other type on bytes of the text.
 *
 * A struct weir_record is a view of such bytes; it owns nothing and is valid as
 * long as they are. Slots are checked against the entry's size when they are
 * read: a slot that points outside reads as absent and sets *damage.
 */
#ifndef WEIR_FRAME_RECORD_H
#define WEIR_FRAME_RECORD_H

#include "frame/shape.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WEIR_ENTRY_SIZE 16          /* the fixed part of an entry */
#define WEIR_ENTRY_KIND 0x03        /* mask */
#define WEIR_ENTRY_RECORD 0
#define WEIR_ENTRY_WATERMARK 1
#define WEIR_ENTRY_IDLE 2
#define WEIR_ENTRY_WIDE 0x04
#define WEIR_ENTRY_MULTILINE 0x08

/* The numbers are on the wire. */
enum weir_type {
	WEIR_ABSENT = 0,       /* the record lacks this field of its shape */
	WEIR_NULL = 1,
	WEIR_FALSE = 2,
	WEIR_TRUE = 3,
	WEIR_NUMBER = 4,       /* a number by JSON's grammar, as text */
	WEIR_STRING = 5,       /* the bytes are the string */
	WEIR_STRING_JSON = 6,  /* JSON's escapes are in it; without the quotes around */
	WEIR_STRING_CSV = 7,   /* "" stands for a quote; without the quotes around */
	WEIR_ARRAY = 8,        /* JSON text */
	WEIR_OBJECT = 9,       /* JSON text */
	WEIR_TIME = 10,        /* nanoseconds, binary */
	WEIR_STRING_TSV = 11   /* \t \n \r \\ stand for tab, LF, CR, backslash */
};

struct weir_value {
	union {
		const unsigned char *p;
		int64_t time;  /* of a WEIR_TIME */
	};
	uint32_t len;
	uint8_t type;          /* enum weir_type */
};

/* A field on its way into a record: off counts from the text's first byte; of a
 * WEIR_TIME it is the number of a word. */
struct weir_slot {
	uint32_t off;
	uint32_t len : 28;     /* a record is shorter than 16 MiB */
	uint32_t type : 4;     /* enum weir_type */
};

struct weir_record {
	const unsigned char *p;         /* the entry */
	uint32_t size;
	uint32_t text;                  /* offset of the text */
	uint8_t flags;                  /* WEIR_ENTRY_* */
	const struct weir_shape *shape;
	int64_t time;                   /* or WEIR_TIME_NONE */
	int64_t watermark;              /* in force before this record */
	uint64_t seq;                   /* of the record in its stream, from 0 */
	bool *damage;
};

/* Whether an entry that was read is a record: only then it has a shape and values. */
static inline bool
weir_record_is(const struct weir_record *r)
{
	return (r->flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_RECORD && r->shape != NULL && r->damage != NULL;
}

/* Little-endian integers. On such a machine a copy is one instruction, which compilers don't
 * make of the shifts in every case (a sixth of encoding). */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define WEIR_LITTLE(bits, load, store)                                                             \
	static inline uint##bits##_t load(const unsigned char *p)                                   \
	{                                                                                           \
		uint##bits##_t v;                                                                   \
                                                                                                    \
		memcpy(&v, p, sizeof(v));                                                           \
		return v;                                                                           \
	}                                                                                           \
	static inline void store(unsigned char *p, uint##bits##_t v)                                \
	{                                                                                           \
		memcpy(p, &v, sizeof(v));                                                           \
	}
#else
#define WEIR_LITTLE(bits, load, store)                                                             \
	static inline uint##bits##_t load(const unsigned char *p)                                   \
	{                                                                                           \
		uint##bits##_t v = 0;                                                               \
		unsigned i;                                                                         \
                                                                                                    \
		for (i = 0; i < sizeof(v); i++)                                                     \
			v |= (uint##bits##_t)((uint##bits##_t)p[i] << 8 * i);                       \
		return v;                                                                           \
	}                                                                                           \
	static inline void store(unsigned char *p, uint##bits##_t v)                                \
	{                                                                                           \
		unsigned i;                                                                         \
                                                                                                    \
		for (i = 0; i < sizeof(v); i++)                                                     \
			p[i] = (unsigned char)(v >> 8 * i);                                         \
	}
#endif

WEIR_LITTLE(16, weir_load16, weir_store16)
WEIR_LITTLE(32, weir_load32, weir_store32)
WEIR_LITTLE(64, weir_load64, weir_store64)

/* Field i of the record, i < shape->n. */
static inline void
weir_record_get(const struct weir_record *r, uint32_t i, struct weir_value *v)
{
	uint32_t off, len, type;

	if (!(r->flags & WEIR_ENTRY_WIDE)) {
		uint32_t slot = weir_load32(r->p + WEIR_ENTRY_SIZE + 4 * (size_t)i);

		off = slot & 0xffff;
		len = slot >> 16 & 0xfff;
		type = slot >> 28;
	} else {
		const unsigned char *slot = r->p + WEIR_ENTRY_SIZE + 12 * (size_t)i;

		off = weir_load32(slot);
		len = weir_load32(slot + 4);
		type = weir_load32(slot + 8);
	}
	if ((uint64_t)off + len > r->size || type > WEIR_STRING_TSV || (type == WEIR_TIME && len != 8)) {
		*r->damage = true;
		off = len = type = 0;
	}
	v->type = (uint8_t)type;
	v->len = len;
	if (type == WEIR_TIME)
		v->time = (int64_t)weir_load64(r->p + off);
	else
		v->p = r->p + off;
}

/* The text of the record: what it came as, without the line's end. Empty for
 * WEIR_FORMAT_VALUES in meaning, whatever bytes are there. */
static inline const unsigned char *
weir_record_text(const struct weir_record *r, size_t *len)
{
	*len = r->size - r->text;
	return r->p + r->text;
}

/* Reads the entry at p, of which at most avail bytes may be looked at. Fills size,
 * flags and time; -1 if it is no whole entry. For a record the caller sets the
 * shape (by weir_record_shape_id) and calls weir_record_bind. */
static inline int
weir_record_open(struct weir_record *r, const unsigned char *p, size_t avail)
{
	if (avail < WEIR_ENTRY_SIZE)
		return -1;
	r->p = p;
	r->size = weir_load32(p);
	r->flags = p[6];
	r->time = (int64_t)weir_load64(p + 8);
	return r->size < WEIR_ENTRY_SIZE || r->size > avail ? -1 : 0;
}

static inline unsigned
weir_record_shape_id(const struct weir_record *r)
{
	return weir_load16(r->p + 4);
}

/* Sets the shape; -1 if the entry is too short for its slots and words. */
static inline int
weir_record_bind(struct weir_record *r, const struct weir_shape *shape)
{
	uint64_t text = WEIR_ENTRY_SIZE + 8 * (uint64_t)r->p[7] +
	    (r->flags & WEIR_ENTRY_WIDE ? 12 : 4) * (uint64_t)shape->n;

	r->shape = shape;
	r->text = (uint32_t)text;
	return text > r->size ? -1 : 0;
}

/* Bytes of the entry that weir_record_encode_* would write, at most. */
static inline size_t
weir_record_bound(uint32_t nfields, unsigned nwords, size_t text)
{
	return WEIR_ENTRY_SIZE + 12 * (size_t)nfields + 8 * (size_t)nwords + text;
}

/* Writes an entry at p, which has room for weir_record_bound; returns its size.
 * flags: WEIR_ENTRY_MULTILINE or 0. text need not outlive the call. */
size_t weir_record_encode_text(unsigned char *p, uint16_t id, uint32_t nfields, int64_t time,
    unsigned flags, const void *text, size_t len, const struct weir_slot *slots,
    const int64_t *words, unsigned nwords);

/* The same from values, whose bytes are laid one behind the other. bytes: the sum of the lengths of
 * those that have bytes (weir_record_weigh). */
size_t weir_record_encode_values(unsigned char *p, uint16_t id, uint32_t nfields, int64_t time,
    const struct weir_value *v, size_t bytes);

/* The bytes that values take beside their slots; times are 8 each. */
size_t weir_record_weigh(const struct weir_value *v, uint32_t n);

#endif
