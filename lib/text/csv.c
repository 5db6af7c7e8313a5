/*
 * csv - rows of fields, RFC 4180
 *
 * What the RFC leaves open, and where files stray from it:
 * - A field that begins with a quote is quoted. A quote elsewhere is an ordinary
 *   character (37°36'37.8"N). Text behind a closing quote is bad.
 * - A line ends with LF; a CR before it, or before the end of the source, belongs to
 *   the row's text but to no field. A CR elsewhere is an ordinary character.
 * - A blank line is passed over; in a source with one column it is a row whose
 *   field is "". Before the first row it is always passed over.
 * - Spaces belong to the field they are in.
 * - The first row names the columns (columns.h); its names are strings, never numbers.
 *   If it is bad, nothing behind it can be read: the source fails.
 * - A row of another length than the first is bad.
 * - When a quoted field has no proper end, its row's first line alone is the bad
 *   record and reading goes on at the second, so a stray quote doesn't take the
 *   rest of the source with it. "No end" means: not within max_record bytes, or text
 *   behind the quote that ends it.
 *
 * Delimiters, quotes and LFs are the marks: they are found 64 bytes at once, as bits
 * of a word, and rows go from mark to mark. A row is scanned once, also when the
 * input brings it in pieces: struct row remembers how far it is, in offsets.
 */
#include "base/mem.h"
#include "base/num.h"
#include "base/scan.h"
#include "text/columns.h"
#include "text/parser.h"

#include <stdlib.h>
#include <string.h>

enum step {
	ROW,     /* the row is whole */
	MORE,    /* more bytes are needed */
	OPEN,    /* the source ends inside a quoted field */
	GARBAGE  /* text behind a closing quote */
};

/* The marks from some byte on up to end. */
struct marks {
	const unsigned char *block, *end;  /* bits are those of the 64 bytes at block */
	uint64_t bits;                     /* less those handed out */
	unsigned char delimiter;
};

#define AHEAD 2 /* bytes behind a closing quote that are looked at */

struct csv {
	struct weir_parser parser;
	struct weir_shape *shape;  /* NULL: the first row is still to come */
	struct weir_slot *slots;
	uint32_t cap;              /* of slots; with a shape: its fields */
	bool infer;
	bool failed;               /* the header was bad */
	struct marks marks;        /* those behind the last row, if that ended at next */
	const unsigned char *next;
};

/* All offsets count from the row's first byte. */
struct row {
	size_t start;       /* of the field that is being read */
	size_t scan;        /* the field's end isn't before this */
	size_t stop;        /* ROW: of the row, without the LF; GARBAGE: where it is */
	size_t eol;         /* ROW: 1, or 0 at the end of the source */
	size_t quote;       /* the opening quote of the field that the first LF lies in */
	size_t extra;       /* the first field that no column is there for */
	uint64_t lines;     /* LFs inside fields */
	uint32_t n;         /* fields so far */
	bool inside;        /* MORE: of a quoted field */
	bool doubled;       /* the field has "" in it */
};

static struct weir_parser *
csv_open(struct weir_input *in, const struct weir_parser_conf *conf)
{
	struct csv *c = weir_mem_zalloc(1, sizeof(*c));

	c->parser.ops = &weir_csv_ops;
	c->parser.in = in;
	c->parser.conf = *conf;
	c->marks.delimiter = conf->delimiter != 0 ? conf->delimiter : ',';
	return &c->parser;
}

/* A mask with the high bit of each byte of w that is no digit, up to the first such byte; what it
 * says of those above that one may be wrong. */
static inline uint64_t
not_digits(uint64_t w)
{
	w ^= UINT64_C(0x3030303030303030);
	return ((w + UINT64_C(0x7676767676767676)) | w) & UINT64_C(0x8080808080808080);
}

/* What type_of leaves over. Digits with a point among them are told without a loop too; text, such as a
 * date, mostly by the first byte that is no digit. */
static uint8_t
type_of_other(const unsigned char *p, size_t len)
{
	size_t i = *p == '-';

	if (len <= 8) {
		uint64_t w = weir_load64(p);

		i = (size_t)__builtin_ctzll(not_digits(w)) / 8;
		if (i > 0 && p[i] == '.' && i + 1 < len &&
		    not_digits(w >> 8 * (i + 1)) << (64 - 8 * (len - i - 1)) == 0)
			return *p != '0' || i == 1 ? WEIR_NUMBER : WEIR_STRING;
		i += i == 0 && *p == '-';
	}
	while (i < len && p[i] >= '0' && p[i] <= '9')
		i++;
	if (i == 0 || (i < len && p[i] != '.' && p[i] != 'e' && p[i] != 'E'))
		return WEIR_STRING;
	return weir_num_span(p, len) == len ? WEIR_NUMBER : WEIR_STRING;
}

/* The type of a field that isn't quoted. 8 bytes at p are readable: up to 8 digits, the common case, are
 * told without a loop, because their number can't be foreseen. */
static inline uint8_t
type_of(const unsigned char *p, size_t len)
{
	if (len == 0)
		return WEIR_STRING;
	if (len <= 8 && not_digits(weir_load64(p)) << (64 - 8 * len) == 0)
		return *p != '0' || len == 1 ? WEIR_NUMBER : WEIR_STRING;
	return type_of_other(p, len);
}

/* The first row has as many fields as it has: room for one more. */
static void
widen(struct csv *c)
{
	c->cap = c->cap == 0 ? 64 : c->cap * 2;
	c->slots = weir_mem_realloc(c->slots, c->cap, sizeof(*c->slots));
}

/* For a field that finds no room in the slots. */
static void
put_more(struct csv *c, struct row *r, uint32_t off, uint32_t len, uint8_t type)
{
	if (c->shape == NULL && c->cap < WEIR_COLUMNS_MAX) {
		widen(c);
		c->slots[r->n] = (struct weir_slot){off, len, type};
	} else if (r->n == c->cap) {
		r->extra = off;
	}
}

static inline void
put(struct csv *c, struct row *r, size_t off, size_t len, uint8_t type)
{
	if (r->n < c->cap)
		c->slots[r->n] = (struct weir_slot){(uint32_t)off, (uint32_t)len, type};
	else
		put_more(c, r, (uint32_t)off, (uint32_t)len, type);
	r->n++;
}

static inline void
set_marks(struct marks *m, const unsigned char *p, const unsigned char *end)
{
	m->block = p;
	m->end = end;
	m->bits = weir_scan_mask(p, m->delimiter, '"', '\n');
	if (end - p < 64)
		m->bits &= (UINT64_C(1) << (end - p)) - 1;
}

/* The next mark, or end. */
static inline const unsigned char *
next_mark(struct marks *m)
{
	const unsigned char *p;

	while (m->bits == 0) {
		if (m->end - m->block <= 64)
			return m->end;
		set_marks(m, m->block + 64, m->end);
	}
	p = m->block + __builtin_ctzll(m->bits);
	m->bits &= m->bits - 1;
	return p;
}

/* Takes fields from r->start on as long as they are not quoted, end at a mark that is there, and the
 * slots last. Whether the row is whole. What stops it here is done below too, slower: this is
 * where most rows begin and end, so its state is in registers. */
static bool
take_plain(struct csv *c, struct row *r, const unsigned char *base)
{
	struct marks *m = &c->marks;
	const unsigned char *p = base + r->start, *stop = NULL, delimiter = m->delimiter;
	struct weir_slot *s = c->slots + r->n, *full = c->slots + c->cap;
	uint64_t bits = m->bits;
	bool infer = c->infer, whole = false;

	while (s < full && *p != '"' && !whole) {
		size_t len;

		if (bits == 0) {
			if (m->end - m->block <= 64)
				break;
			set_marks(m, m->block + 64, m->end);
			if ((bits = m->bits) == 0)
				break;
		}
		stop = m->block + __builtin_ctzll(bits);
		if (*stop == '"')
			break;
		bits &= bits - 1;
		whole = *stop != delimiter;
		len = (size_t)(stop - p);
		if (whole && len > 0 && stop[-1] == '\r')
			len--;
		s->off = (uint32_t)(p - base);
		s->len = (uint32_t)len;
		s->type = infer ? type_of(p, len) : WEIR_STRING;
		s++;
		p = stop + 1;
	}
	m->bits = bits;
	r->n = (uint32_t)(s - c->slots);
	r->start = (size_t)(p - base);
	r->stop = r->start - 1;
	r->eol = 1;
	return whole;
}

/* Finds the quote that closes the field; its opening quote is behind us. ROW stands for success. */
static __attribute__((noinline)) enum step
find_close(struct marks *m, struct row *r, const unsigned char *base, bool eof,
    const unsigned char **close)
{
	for (;;) {
		const unsigned char *p = next_mark(m);

		r->scan = (size_t)(p - base);
		if (p == m->end)
			return eof ? OPEN : MORE;
		if (*p == '\n') {
			if (r->lines++ == 0)
				r->quote = r->start;
		} else if (*p == '"') {
			if (p + 1 == m->end && !eof)
				return MORE;
			*close = p;
			if (p + 1 == m->end || p[1] != '"')
				return ROW;
			r->doubled = true;
			next_mark(m);
		}
	}
}

/* A quoted field and what ends it, at *end: a delimiter, an LF, or the end. ROW stands for success. */
static __attribute__((noinline)) enum step
quoted(struct csv *c, struct row *r, const unsigned char *base, bool eof,
    const unsigned char **end)
{
	struct marks *m = &c->marks;
	const unsigned char *close, *p;
	enum step step = find_close(m, r, base, eof, &close);

	if (step != ROW)
		return step;
	p = close + 1;
	if (p < m->end && *p == '\r') {
		if (p + 1 == m->end && !eof)
			return MORE;
		if (p + 1 == m->end || p[1] == '\n')
			p++;
	}
	if (p < m->end && *p != m->delimiter && *p != '\n') {
		r->stop = (size_t)(p - base);
		return GARBAGE;
	}
	*end = next_mark(m);
	put(c, r, r->start + 1, (size_t)(close - base) - r->start - 1,
	    r->doubled ? WEIR_STRING_CSV : WEIR_STRING);
	r->inside = r->doubled = false;
	return ROW;
}

/* The same of a field without quotes. */
static __attribute__((noinline)) enum step
unquoted(struct csv *c, struct row *r, const unsigned char *base, bool eof,
    const unsigned char **end)
{
	struct marks *m = &c->marks;
	const unsigned char *start = base + r->start, *p;
	size_t len;

	do
		p = next_mark(m);
	while (p < m->end && *p == '"');
	if (p == m->end && !eof) {
		r->scan = (size_t)(p - base);
		return MORE;
	}
	*end = p;
	if (p > start && p[-1] == '\r' && (p == m->end || *p == '\n'))
		p--;
	len = (size_t)(p - start);
	put(c, r, r->start, len, c->infer ? type_of(start, len) : WEIR_STRING);
	return ROW;
}

/* Reads fields from where r is on. */
static __attribute__((noinline)) enum step
scan(struct csv *c, struct row *r, const unsigned char *base, bool eof)
{
	struct marks *m = &c->marks;

	for (;;) {
		const unsigned char *p;
		enum step step;

		if (!r->inside && r->n < c->cap && take_plain(c, r, base))
			return ROW;
		p = base + r->start;
		if (!r->inside && p < m->end && *p == '"') {
			r->inside = true;
			next_mark(m);
		}
		if (r->inside)
			step = quoted(c, r, base, eof, &p);
		else
			step = unquoted(c, r, base, eof, &p);
		if (step != ROW)
			return step;
		if (p == m->end || *p == '\n') {
			r->stop = (size_t)(p - base);
			r->eol = p < m->end;
			return ROW;
		}
		r->start = (size_t)(p - base) + 1;
	}
}

/* The row's first line alone is bad. */
static int
bad_line(struct csv *c, const struct row *r, enum step step)
{
	struct weir_parser *p = &c->parser;
	struct weir_input *in = p->in;
	uint64_t line = in->line, offset = in->offset;
	size_t max = p->conf.max_record, at = r->lines > 0 ? r->quote : r->start, len, eol;
	const unsigned char *text;
	int rc = weir_input_line(in, max, &text, &len, &eol);

	c->next = NULL;
	if (rc == -2)
		return weir_parser_overlong(p);
	if (rc < 0)
		return -2;
	weir_input_take(in, len + eol, eol);
	if (step == MORE)
		return weir_parser_bad(p, text, len, at, 1, line, offset,
		    "a quote too many? --max-record allows more", "a row of more than %zu bytes", max);
	if (step == OPEN)
		return weir_parser_bad(p, text, len, at, 1, line, offset,
		    "the source ends inside the field that begins here", "no closing quote");
	if (r->lines > 0)
		return weir_parser_bad(p, text, len, at, 1, line, offset,
		    "the field ends on a later line, and text is behind its closing quote",
		    "no proper closing quote");
	return weir_parser_bad(p, text, len, r->stop, 1, line, offset,
	    "expected the delimiter or the end of the line; quotes inside are doubled",
	    "text behind a closing quote");
}

/* One row into r and the slots; it is not taken. 1, 0, -1, -2 as next. */
static int
read_row(struct csv *c, struct row *r)
{
	struct weir_input *in = c->parser.in;
	size_t max = c->parser.conf.max_record;
	enum step step = MORE;
	int rc;

	memset(r, 0, sizeof(*r));
	if (in->p != c->next)
		set_marks(&c->marks, in->p, in->end);
	for (;;) {
		size_t n = (size_t)(in->end - in->p);

		if (n > 0)
			step = scan(c, r, in->p, in->eof);
		else if (in->eof)
			return 0;
		if (step == ROW && r->stop <= max)
			return 1;
		if (step == GARBAGE && r->stop <= max)
			return bad_line(c, r, GARBAGE);
		if (step == OPEN && n <= max)
			return bad_line(c, r, OPEN);
		if (step != MORE || n > max + AHEAD)
			return bad_line(c, r, MORE);
		if ((rc = weir_input_fill(in)) < 0)
			return -2;
		set_marks(&c->marks, in->p + r->scan, in->end);
	}
}

static bool
is_blank(const struct csv *c, const struct row *r)
{
	return r->n == 1 && c->slots[0].len == 0 && c->slots[0].off == 0;
}

/* The row has another length than the first one. */
static int
bad_length(struct csv *c, const struct row *r, const struct weir_parsed *rec)
{
	size_t end = rec->len;

	if (end > 0 && rec->text[end - 1] == '\r')
		end--;
	if (r->n > c->cap)
		return weir_parser_bad(&c->parser, rec->text, rec->len, r->extra, end - r->extra,
		    rec->line, rec->offset, NULL, "%u fields, the %s has %u", (unsigned)r->n,
		    c->parser.conf.no_header ? "first row" : "header", (unsigned)c->cap);
	return weir_parser_bad(&c->parser, rec->text, rec->len, end, 0, rec->line, rec->offset, NULL,
	    "%u field%s, the %s has %u", (unsigned)r->n, r->n == 1 ? "" : "s",
	    c->parser.conf.no_header ? "first row" : "header", (unsigned)c->cap);
}

/* The first row makes the shape. 0, or -1 if it has too many fields. */
static int
make_shape(struct csv *c, const struct row *r, const struct weir_parsed *rec)
{
	bool header = !c->parser.conf.no_header;

	if (r->n > WEIR_COLUMNS_MAX) {
		c->failed = true;
		return weir_parser_bad(&c->parser, rec->text, rec->len, r->extra, 1, rec->line,
		    rec->offset, NULL, "more than %d columns", WEIR_COLUMNS_MAX);
	}
	c->shape = weir_columns_shape(c->marks.delimiter, header ? rec->text : NULL, c->slots, r->n);
	c->cap = r->n;
	c->infer = !c->parser.conf.no_infer;
	return 0;
}

static int
csv_next(struct weir_parser *p, struct weir_parsed *rec)
{
	struct csv *c = (struct csv *)(void *)p;
	struct weir_input *in = p->in;
	struct row r;
	int rc;

	if (c->failed) {
		in->why = "csv: no header to go by";
		return -2;
	}
	if (in->offset == 0 && (rc = weir_parser_bom(p)) < 0)
		return rc;
	for (;;) {
		bool first = c->shape == NULL;

		if (first)
			c->infer = p->conf.no_header && !p->conf.no_infer;
		if ((rc = read_row(c, &r)) <= 0) {
			c->failed = first && rc == -1;
			return rc;
		}
		rec->text = in->p;
		rec->len = r.stop;
		rec->line = in->line;
		rec->offset = in->offset;
		weir_input_take(in, r.stop + r.eol, r.lines + r.eol);
		c->next = in->p;
		if ((first || c->cap > 1) && is_blank(c, &r))
			continue;
		if (first && make_shape(c, &r, rec) != 0)
			return -1;
		if (first && !p->conf.no_header)
			continue;
		if (r.n != c->cap)
			return bad_length(c, &r, rec);
		rec->shape = c->shape;
		rec->flags = r.lines > 0 ? WEIR_ENTRY_MULTILINE : 0;
		rec->slots = c->slots;
		rec->words = NULL;
		rec->nwords = 0;
		return 1;
	}
}

static void
csv_free(struct weir_parser *p)
{
	struct csv *c = (struct csv *)(void *)p;

	weir_shape_free(c->shape);
	free(c->slots);
	weir_buf_release(&p->fault.what);
	free(c);
}

const struct weir_parser_ops weir_csv_ops = {"csv", NULL, csv_open, csv_next, csv_free};
