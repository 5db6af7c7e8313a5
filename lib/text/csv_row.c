/*
 * csv_row - see csv_row.h
 *
 * Delimiters, quotes and LFs are the marks: they are found 64 bytes at once, as bits
 * of a word, and a row goes from mark to mark. A row is scanned once, also when the
 * input brings it in pieces: struct weir_csv_row remembers how far it is.
 */
#include "text/csv_row.h"
#include "base/mem.h"
#include "base/scan.h"
#include "text/infer.h"

#include <string.h>

/* The first row has as many fields as it has: room for one more. */
static void
widen(struct weir_csv_rows *c)
{
	c->cap = c->cap == 0 ? 64 : c->cap * 2;
	c->slots = weir_mem_realloc(c->slots, c->cap, sizeof(*c->slots));
}

/* For a field that finds no room in the slots. */
static void
put_more(struct weir_csv_rows *c, struct weir_csv_row *r, uint32_t off, uint32_t len, uint8_t type)
{
	if (c->cap < c->cap_max) {
		widen(c);
		c->slots[r->n] = (struct weir_slot){off, len, type};
	} else if (r->n == c->cap) {
		r->extra = off;
	}
}

static inline void
put(struct weir_csv_rows *c, struct weir_csv_row *r, size_t off, size_t len, uint8_t type)
{
	if (r->n < c->cap)
		c->slots[r->n] = (struct weir_slot){(uint32_t)off, (uint32_t)len, type};
	else
		put_more(c, r, (uint32_t)off, (uint32_t)len, type);
	r->n++;
}

static inline void
seek(struct weir_csv_rows *c, const unsigned char *p, const unsigned char *end)
{
	c->block = p;
	c->end = end;
	c->bits = weir_scan_mask(p, c->delimiter, '"', '\n');
	if (end - p < 64)
		c->bits &= (UINT64_C(1) << (end - p)) - 1;
}

void
weir_csv_row_seek(struct weir_csv_rows *c, const unsigned char *p, const unsigned char *end)
{
	seek(c, p, end);
}

/* The next mark, or end. */
static inline const unsigned char *
next_mark(struct weir_csv_rows *c)
{
	const unsigned char *p;

	while (c->bits == 0) {
		if (c->end - c->block <= 64)
			return c->end;
		seek(c, c->block + 64, c->end);
	}
	p = c->block + __builtin_ctzll(c->bits);
	c->bits &= c->bits - 1;
	return p;
}

/* A slot in one store: its bit fields, set one by one, are read and written three times. */
static inline void
put_slot(struct weir_slot *s, size_t off, size_t len, uint8_t type)
{
	struct weir_slot slot = {(uint32_t)off, (uint32_t)len, type};

	memcpy(s, &slot, sizeof(slot));
}

/* Takes fields from r->start on as long as they are not quoted, end at a mark that is there, and the
 * slots last. Whether the row is whole. What stops it here is done below too, slower: this is
 * where most rows begin and end, so its state is in registers. */
static bool
take_plain(struct weir_csv_rows *c, struct weir_csv_row *r, const unsigned char *base)
{
	const unsigned char *p = base + r->start, *block = c->block, *stop, delimiter = c->delimiter;
	struct weir_slot *s = c->slots + r->n, *full = c->slots + c->cap;
	uint64_t bits = c->bits;
	bool infer = c->infer, whole = false;

	for (; *p != '"' && s < full; p = stop + 1) {
		size_t len;

		if (bits == 0) {
			if (c->end - block <= 64)
				break;
			seek(c, block + 64, c->end);
			block = c->block;
			if ((bits = c->bits) == 0)
				break;
		}
		stop = block + __builtin_ctzll(bits);
		len = (size_t)(stop - p);
		if (*stop != delimiter) {
			if (*stop == '"')
				break;
			whole = true;
			len -= len > 0 && stop[-1] == '\r';
		}
		bits &= bits - 1;
		put_slot(s++, (size_t)(p - base), len, infer ? weir_infer_type(p, len) : WEIR_STRING);
		if (whole) {
			p = stop + 1;
			break;
		}
	}
	c->bits = bits;
	r->n = (uint32_t)(s - c->slots);
	r->start = (size_t)(p - base);
	r->stop = r->start - 1;
	r->eol = 1;
	return whole;
}

/* Finds the quote that closes the field; its opening quote is behind us. ROW stands for success. */
static enum weir_csv_step
find_close(struct weir_csv_rows *c, struct weir_csv_row *r, const unsigned char *base, bool eof,
    const unsigned char **close)
{
	for (;;) {
	const unsigned char *p = next_mark(c);

		r->scan = (size_t)(p - base);
		if (p == c->end)
			return eof ? WEIR_CSV_OPEN : WEIR_CSV_MORE;
		if (*p == '\n') {
			if (r->lines++ == 0)
				r->quote = r->start;
		} else if (*p == '"') {
			if (p + 1 == c->end && !eof)
				return WEIR_CSV_MORE;
			*close = p;
			if (p + 1 == c->end || p[1] != '"')
				return WEIR_CSV_ROW;
			r->doubled = true;
			next_mark(c);
		}
	}
}

/* A quoted field and what ends it, at *end: a delimiter, an LF, or the end. ROW stands for success. */
static enum weir_csv_step
quoted(struct weir_csv_rows *c, struct weir_csv_row *r, const unsigned char *base, bool eof,
    const unsigned char **end)
{
	const unsigned char *close, *p;
	enum weir_csv_step step = find_close(c, r, base, eof, &close);

	if (step != WEIR_CSV_ROW)
		return step;
	p = close + 1;
	if (p < c->end && *p == '\r') {
		if (p + 1 == c->end && !eof)
			return WEIR_CSV_MORE;
		if (p + 1 == c->end || p[1] == '\n')
			p++;
	}
	if (p < c->end && *p != c->delimiter && *p != '\n') {
		r->stop = (size_t)(p - base);
		return WEIR_CSV_GARBAGE;
	}
	*end = next_mark(c);
	put(c, r, r->start + 1, (size_t)(close - base) - r->start - 1,
	    r->doubled ? WEIR_STRING_CSV : WEIR_STRING);
	r->inside = r->doubled = false;
	return WEIR_CSV_ROW;
}

/* The same of a field without quotes. */
static enum weir_csv_step
unquoted(struct weir_csv_rows *c, struct weir_csv_row *r, const unsigned char *base, bool eof,
    const unsigned char **end)
{
	const unsigned char *start = base + r->start, *p;
	size_t len;

	do
		p = next_mark(c);
	while (p < c->end && *p == '"');
	if (p == c->end && !eof) {
		r->scan = (size_t)(p - base);
		return WEIR_CSV_MORE;
	}
	*end = p;
	if (p > start && p[-1] == '\r' && (p == c->end || *p == '\n'))
		p--;
	len = (size_t)(p - start);
	put(c, r, r->start, len, c->infer ? weir_infer_type(start, len) : WEIR_STRING);
	return WEIR_CSV_ROW;
}

enum weir_csv_step
weir_csv_row_scan(struct weir_csv_rows *c, struct weir_csv_row *r, const unsigned char *base,
    bool eof)
{
	for (;;) {
	const unsigned char *p;
		enum weir_csv_step step;

		if (!r->inside && r->n < c->cap && take_plain(c, r, base))
			return WEIR_CSV_ROW;
		p = base + r->start;
		if (!r->inside && p < c->end && *p == '"') {
			r->inside = true;
			next_mark(c);
		}
		if (r->inside)
			step = quoted(c, r, base, eof, &p);
		else
			step = unquoted(c, r, base, eof, &p);
		if (step != WEIR_CSV_ROW)
			return step;
		if (p == c->end || *p == '\n') {
			r->stop = (size_t)(p - base);
			r->eol = p < c->end;
			return WEIR_CSV_ROW;
		}
		r->start = (size_t)(p - base) + 1;
	}
}
