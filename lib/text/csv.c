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
 */
#include "base/mem.h"
#include "text/columns.h"
#include "text/csv_row.h"
#include "text/parser.h"

#include <stdlib.h>
#include <string.h>

struct csv {
	struct weir_parser parser;
	struct weir_shape *shape;    /* NULL: the first row is still to come */
	struct weir_csv_rows rows;
	const unsigned char *next;   /* where scanning can go on without a seek, or NULL */
	bool failed;                 /* the header was bad */
	struct weir_buf header;      /* the row that the shape was made from */
};

static struct weir_parser *
csv_open(struct weir_input *in, const struct weir_parser_conf *conf)
{
	struct csv *c = weir_mem_zalloc(1, sizeof(*c));

	c->parser.ops = &weir_csv_ops;
	c->parser.in = in;
	c->parser.conf = *conf;
	c->rows.delimiter = conf->delimiter != 0 ? conf->delimiter : ',';
	c->rows.cap_max = WEIR_COLUMNS_MAX;
	return &c->parser;
}

/* The row's first line alone is bad. */
static int
bad_line(struct csv *c, const struct weir_csv_row *r, enum weir_csv_step step)
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
	if (rc <= 0 && (rc < 0 || in->partial))
		return rc < 0 ? -2 : 0;
	weir_input_take(in, len + eol, eol);
	if (step == WEIR_CSV_MORE)
		return weir_parser_bad(p, text, len, at, 1, line, offset,
		    "a quote too many? --max-record allows more", "a row of more than %zu bytes", max);
	if (step == WEIR_CSV_OPEN)
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

/* One row into r and the slots; it is not taken. 1, 0 (also for an unfinished one), -1, -2 as next. */
static int
read_row(struct csv *c, struct weir_csv_row *r)
{
	struct weir_input *in = c->parser.in;
	size_t max = c->parser.conf.max_record;
	enum weir_csv_step step = WEIR_CSV_MORE;
	int rc;

	memset(r, 0, sizeof(*r));
	if (in->p != c->next)
		weir_csv_row_seek(&c->rows, in->p, in->end);
	for (;;) {
		size_t n = (size_t)(in->end - in->p);

		if (n > 0)
			step = weir_csv_row_scan(&c->rows, r, in->p, in->eof && !in->partial);
		else if (in->eof)
			return 0;
		if (step == WEIR_CSV_ROW && r->stop <= max)
			return 1;
		if (step == WEIR_CSV_GARBAGE && r->stop <= max)
			return bad_line(c, r, WEIR_CSV_GARBAGE);
		if (step == WEIR_CSV_OPEN && n <= max)
			return bad_line(c, r, WEIR_CSV_OPEN);
		if (step != WEIR_CSV_MORE || n > max + WEIR_CSV_AHEAD)
			return bad_line(c, r, WEIR_CSV_MORE);
		if ((rc = weir_input_fill(in)) < 0)
			return -2;
		if (rc == 0 && in->partial) {
			c->next = NULL;
			return 0;
		}
		weir_csv_row_seek(&c->rows, in->p + r->scan, in->end);
	}
}

static bool
is_blank(const struct csv *c, const struct weir_csv_row *r)
{
	return r->n == 1 && c->rows.slots[0].len == 0 && c->rows.slots[0].off == 0;
}

/* The row has another length than the first one. */
static int
bad_length(struct csv *c, const struct weir_csv_row *r, const struct weir_parsed *rec)
{
	size_t end = rec->len;

	if (end > 0 && rec->text[end - 1] == '\r')
		end--;
	if (r->n > c->rows.cap)
		return weir_parser_bad(&c->parser, rec->text, rec->len, r->extra, end - r->extra,
		    rec->line, rec->offset, NULL, "%u fields, the %s has %u", (unsigned)r->n,
		    c->parser.conf.no_header ? "first row" : "header", (unsigned)c->rows.cap);
	return weir_parser_bad(&c->parser, rec->text, rec->len, end, 0, rec->line, rec->offset, NULL,
	    "%u field%s, the %s has %u", (unsigned)r->n, r->n == 1 ? "" : "s",
	    c->parser.conf.no_header ? "first row" : "header", (unsigned)c->rows.cap);
}

/* The first row makes the shape. 0, or -1 if it has too many fields. */
static int
make_shape(struct csv *c, const struct weir_csv_row *r, const struct weir_parsed *rec)
{
	bool header = !c->parser.conf.no_header;

	if (r->n > WEIR_COLUMNS_MAX) {
		c->failed = true;
		return weir_parser_bad(&c->parser, rec->text, rec->len, r->extra, 1, rec->line,
		    rec->offset, NULL, "more than %d columns", WEIR_COLUMNS_MAX);
	}
	c->shape = weir_columns_shape(WEIR_FORMAT_CSV, c->rows.delimiter, header ? rec->text : NULL,
	    c->rows.slots, r->n);
	c->rows.cap = c->rows.cap_max = r->n;
	c->rows.infer = !c->parser.conf.no_infer;
	weir_buf_put(&c->header, rec->text, rec->len);
	return 0;
}

static int
csv_next(struct weir_parser *p, struct weir_parsed *rec)
{
	struct csv *c = (struct csv *)(void *)p;
	struct weir_input *in = p->in;
	struct weir_csv_row r;
	int rc;

	if (c->failed) {
		in->why = "csv: no header to go by";
		return -2;
	}
	if (in->offset == 0 && (rc = weir_parser_bom(p)) < 0)
		return rc;
	if (p->rest && (rc = weir_parser_rest(p)) <= 0)
		return rc;
	for (;;) {
		bool first = c->shape == NULL;

		if (first)
			c->rows.infer = p->conf.no_header && !p->conf.no_infer;
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
		if ((first || c->rows.cap > 1) && is_blank(c, &r))
			continue;
		if (first && make_shape(c, &r, rec) != 0)
			return -1;
		if (first && !p->conf.no_header)
			continue;
		if (r.n != c->rows.cap)
			return bad_length(c, &r, rec);
		rec->shape = c->shape;
		rec->flags = r.lines > 0 ? WEIR_ENTRY_MULTILINE : 0;
		rec->slots = c->rows.slots;
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
	free(c->rows.slots);
	weir_buf_release(&c->header);
	weir_buf_release(&p->fault.what);
	free(c);
}

static void
csv_save(const struct weir_parser *p, const struct weir_parsed *rec, struct weir_parser_place *at)
{
	const struct csv *c = (const struct csv *)(const void *)p;

	(void)rec;
	at->mode = c->failed ? "no header" : NULL;
	weir_buf_put(&at->header, c->header.p, c->header.len);
}

/* The header is read once more, from where it was kept. */
static int
csv_load(struct weir_parser *p, const struct weir_parser_place *at)
{
	struct csv *c = (struct csv *)(void *)p;
	struct weir_input in, *own = p->in;
	struct weir_csv_row r;
	struct weir_parsed rec = {0};
	int rc = 0;

	c->failed = at->mode != NULL;
	if (at->header.len == 0)
		return 0;
	weir_input_init(&in, -1, "", NULL, at->header.p, at->header.len);
	p->in = &in;
	c->rows.infer = p->conf.no_header && !p->conf.no_infer;
	rc = weir_input_fill(&in) == 1 && read_row(c, &r) == 1 ? 0 : -1;
	if (rc == 0) {
		rec.text = in.p;
		rec.len = r.stop;
		rc = make_shape(c, &r, &rec);
	}
	p->in = own;
	c->next = NULL;
	weir_input_release(&in);
	return rc;
}

const struct weir_parser_ops weir_csv_ops = {.name = "csv", .open = csv_open, .next = csv_next,
	.free = csv_free, .save = csv_save, .load = csv_load};
