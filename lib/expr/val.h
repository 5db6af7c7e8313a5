/*
 * val - a value of the expression language, in 16 bytes
 *
 * A value is what it was in the record for as long as that will do: a slice of
 * the record's or the program's text, "borrowed" and valid as long as that text. Only what is
 * computed lives in counted memory of its own.
 *
 *   kind     form
 *   number   TEXT the digits by JSON's grammar; INT i / 10^scale; DOUBLE; HELD a
 *            whole struct weir_num
 *   string   TEXT the bytes; ESCAPED with JSON's escapes; HELD
 *   array    TEXT as JSON; HELD
 *   object   TEXT as JSON; RECORD a record; HELD
 *   others   HELD, without memory
 *
 * Ownership: a struct weir_val variable owns one reference. weir_val_ref gives
 * a second owner, weir_val_drop ends one; a copied struct moves it. Arrays and
 * objects are changed in place where the owner is the only one, else copied first.
 *
 * The text behind a TEXT or ESCAPED value was checked when it was read
 * (text/json.h), and up to WEIR_SCAN_PAD bytes behind it need not be readable.
 */
#ifndef WEIR_EXPR_VAL_H
#define WEIR_EXPR_VAL_H

#include "base/buf.h"
#include "base/num.h"
#include "frame/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In jq's order. */
enum weir_val_kind {
	WEIR_VAL_NULL,
	WEIR_VAL_FALSE,
	WEIR_VAL_TRUE,
	WEIR_VAL_NUMBER,
	WEIR_VAL_STRING,
	WEIR_VAL_ARRAY,
	WEIR_VAL_OBJECT
};

enum weir_val_form {
	WEIR_VAL_HELD,
	WEIR_VAL_TEXT,
	WEIR_VAL_ESCAPED,
	WEIR_VAL_INT,
	WEIR_VAL_DOUBLE,
	WEIR_VAL_RECORD
};

struct weir_val_num;
struct weir_val_str;
struct weir_val_arr;
struct weir_val_obj;

struct weir_val {
	uint8_t kind, form;
	uint8_t scale;            /* of INT */
	uint32_t len;             /* of TEXT, ESCAPED and a HELD string */
	union {
		const unsigned char *p;
		int64_t i;
		double d;
		const struct weir_record *rec;
		uint32_t *refs;   /* the first member of all that is HELD */
		struct weir_val_num *num;
		struct weir_val_str *str;
		struct weir_val_arr *arr;
		struct weir_val_obj *obj;
	};
};

struct weir_val_arr {
	uint32_t refs, n, cap, depth;
	struct weir_val *v;
};

struct weir_val_pair {
	struct weir_val key, value;  /* the key is a string in TEXT or HELD form */
};

struct weir_val_obj {
	uint32_t refs, n, cap, depth;
	uint32_t slots;              /* of the index: a power of two, or 0 */
	uint32_t *index;             /* 1 + a pair's place, by the key's hash; 0 is free */
	struct weir_val_pair *m;     /* in the order they came */
};

static inline struct weir_val
weir_val_of_kind(enum weir_val_kind kind)
{
	return (struct weir_val){.kind = (uint8_t)kind};
}

static inline struct weir_val
weir_val_bool(bool b)
{
	return weir_val_of_kind(b ? WEIR_VAL_TRUE : WEIR_VAL_FALSE);
}

static inline struct weir_val
weir_val_text(enum weir_val_kind kind, const void *p, size_t len)
{
	return (struct weir_val){.kind = (uint8_t)kind, .form = WEIR_VAL_TEXT, .len = (uint32_t)len,
	    .p = p};
}

/* A record as the object it is. */
static inline struct weir_val
weir_val_record(const struct weir_record *r)
{
	return (struct weir_val){.kind = WEIR_VAL_OBJECT, .form = WEIR_VAL_RECORD, .rec = r};
}

static inline bool
weir_val_truthy(const struct weir_val *v)
{
	return v->kind > WEIR_VAL_FALSE;
}

static inline bool
weir_val_counted(const struct weir_val *v)
{
	return v->form == WEIR_VAL_HELD && v->kind >= WEIR_VAL_NUMBER;
}

/* How deeply HELD arrays and objects are nested in a value, at most: 0 for all else, and for
 * what is still text, which is never deeper than text/json.h allows. Whoever walks down by
 * recursion looks here first. */
#define WEIR_VAL_DEPTH 10001

static inline uint32_t
weir_val_depth(const struct weir_val *v)
{
	return v->form != WEIR_VAL_HELD ? 0 : v->kind == WEIR_VAL_ARRAY ? v->arr->depth
	    : v->kind == WEIR_VAL_OBJECT ? v->obj->depth : 0;
}

static inline struct weir_val
weir_val_ref(const struct weir_val *v)
{
	if (weir_val_counted(v))
		++*v->refs;
	return *v;
}

/* Ends an ownership whose memory was the last one's. */
void weir_val_free(struct weir_val *v);

/* *v is null afterwards. */
static inline void
weir_val_drop(struct weir_val *v)
{
	if (weir_val_counted(v) && --*v->refs == 0)
		weir_val_free(v);
	*v = weir_val_of_kind(WEIR_VAL_NULL);
}

/* A field of a record, or a piece of JSON text. Absent is null; a time is the string it
 * prints as. Borrowed where it can be. */
struct weir_val weir_val_from(const struct weir_value *v);

/* A copy of the bytes. */
struct weir_val weir_val_string(const void *p, size_t len);

/* The bytes of a string, valid as long as v. An ESCAPED string becomes a HELD one. */
const unsigned char *weir_val_bytes(struct weir_val *v, size_t *len);

/* A number and back. A text that is none (in a damaged record) is NaN. */
struct weir_val weir_val_number(const struct weir_num *n);
void weir_val_num(const struct weir_val *v, struct weir_num *n);

/* Makes an array or object HELD: its members are read from the text, one level deep. */
void weir_val_open(struct weir_val *v);

/* Makes an array or object HELD, and this its only owner: its members may be changed. */
void weir_val_own(struct weir_val *v);

/* An empty array with room for n. */
struct weir_val weir_val_array(uint32_t n);

/* Appends to an array, taking item over. */
void weir_val_push(struct weir_val *array, struct weir_val item);

/* An empty object. */
struct weir_val weir_val_object(void);

/* The value of a key in any object, as a new reference; false if there is none. */
bool weir_val_get(const struct weir_val *object, const void *key, size_t len, struct weir_val *v);

/* Sets a key, taking key and value over; a key that is there keeps its place. */
void weir_val_set(struct weir_val *object, struct weir_val key, struct weir_val value);

/* Takes a key away, if it is there. */
void weir_val_unset(struct weir_val *object, const void *key, size_t len);

/* Puts an item, which is taken over, in the place of item i of a HELD array of this owner alone. */
void weir_val_replace(struct weir_val *array, uint32_t i, struct weir_val item);

/* Bytes that all values hold, and what else is counted with them. */
extern size_t weir_val_held;

static inline void
weir_val_count(size_t more, size_t less)
{
	weir_val_held += more - less;
}

/* Appends JSON text without white space. Returns how many bytes that were not UTF-8 it had to write as
 * U+FFFD. */
size_t weir_val_json(struct weir_buf *b, const struct weir_val *v);

/* The same in one spelling, which doesn't depend on the text that the value was read from: escapes
 * only where JSON needs them, of a key that comes twice the last. */
void weir_val_canonical(struct weir_buf *b, const struct weir_val *v);

/* "null", "boolean", "number", "string", "array", "object". */
const char *weir_val_kind_name(const struct weir_val *v);

/* -1, 0, 1 in jq's order: null, false, true, numbers (NaN below all, itself
 * included), strings by bytes, arrays, objects (by sorted keys, then by values). */
int weir_val_cmp(const struct weir_val *a, const struct weir_val *b);

#endif
