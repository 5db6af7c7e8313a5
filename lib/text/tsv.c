/*
 * tsv - rows of fields with tabs between them, text/tab-separated-values
 *
 * There are no quotes: each tab parts two fields and each LF ends a row. \t, \n, \r
 * and \\ in a field stand for a tab, LF, CR and backslash; any other backslash for
 * itself. The first row names the columns (columns.h). A row of another length is bad. Blank
 * lines are passed over; in a source with one column they are rows whose field is "".
 * Before the first row they are always passed over.
 *
 * Sources: IANA's registration of text/tab-separated-values; the escapes are those of Linear TSV.
 */
#include "base/mem.h"
#include "base/scan.h"
#include "text/columns.h"
#include "text/infer.h"
#include "text/parser.h"

#include <stdlib.h>
#include <string.h>

struct tsv {
	struct weir_parser parser;
	struct weir_shape *shape;   /* NULL: the first row is still to come */
	struct weir_slot *slots;
	uint32_t cap;
	bool failed;                /* the header was bad */
	struct weir_buf header;     /* the row that the shape was made from */
};

static struct weir_parser *
tsv_open(struct weir_input *in, const struct weir_parser_conf *conf)
{
	struct tsv *t = weir_mem_zalloc(1, sizeof(*t));

	t->parser.ops = &weir_tsv_ops;
	t->parser.in = in;
	t->parser.conf = *conf;
	return &t->parser;
}

static void
put(struct tsv *t, uint32_t n, const unsigned char *text, const unsigned char *p,
    const unsigned char *end, bool escaped, bool infer)
{
	size_t len = (size_t)(end - p);
	uint8_t type = escaped ? WEIR_STRING_TSV : infer ? weir_infer_type(p, len) : WEIR_STRING;

	t->slots[n] = (struct weir_slot){(uint32_t)(p - text), (uint32_t)len, type};
}

/* Room for one field more: 1; 0 if the row has enough of them. */
static int
widen(struct tsv *t, uint32_t n)
{
	uint32_t most = t->shape != NULL ? t->shape->n : WEIR_COLUMNS_MAX;

	if (n < t->cap)
		return 1;
	if (n >= most)
		return 0;
	t->cap = t->cap == 0 ? 64 : t->cap * 2;
	t->slots = weir_mem_realloc(t->slots, t->cap, sizeof(*t->slots));
	return 1;
}

/* Splits text up to end. Returns the number of fields; *extra is where the first one beyond the slots begins. */
static uint32_t
split(struct tsv *t, const unsigned char *text, const unsigned char *end, bool infer,
    const unsigned char **extra)
{
	const unsigned char *p = text, *block;
	bool escaped = false;
	uint32_t n = 0;

	*extra = end;
	for (block = text; block < end; block += 64) {
		uint64_t bits = weir_scan_mask(block, '\t', '\\', '\t');

		if (end - block < 64)
			bits &= (UINT64_C(1) << (end - block)) - 1;
		for (; bits != 0; bits &= bits - 1) {
			const unsigned char *stop = block + __builtin_ctzll(bits);

			if (*stop == '\\') {
				escaped = true;
				continue;
			}
			if (n < t->cap || widen(t, n))
				put(t, n, text, p, stop, escaped, infer);
			else if (*extra == end)
				*extra = p;
			n++;
			p = stop + 1;
			escaped = false;
		}
	}
	if (n < t->cap || widen(t, n))
		put(t, n, text, p, end, escaped, infer);
	else if (*extra == end)
		*extra = p;
	return n + 1;
}

static int
bad_row(struct tsv *t, const struct weir_parsed *rec, uint32_t n, const unsigned char *extra,
    const unsigned char *end)
{
	struct weir_parser *p = &t->parser;
	const char *of = p->conf.no_header ? "first row" : "header";

	if (t->shape == NULL) {
		t->failed = true;
		return weir_parser_bad(p, rec->text, rec->len, (size_t)(extra - rec->text), 1, rec->line,
		    rec->offset, NULL, "more than %d columns", WEIR_COLUMNS_MAX);
	}
	if (n > t->shape->n)
		return weir_parser_bad(p, rec->text, rec->len, (size_t)(extra - rec->text),
		    (size_t)(end - extra), rec->line, rec->offset, NULL, "%u fields, the %s has %u",
		    (unsigned)n, of, (unsigned)t->shape->n);
	return weir_parser_bad(p, rec->text, rec->len, (size_t)(end - rec->text), 0, rec->line,
	    rec->offset, NULL, "%u field%s, the %s has %u", (unsigned)n, n == 1 ? "" : "s", of,
	    (unsigned)t->shape->n);
}

static void
make_shape(struct tsv *t, const struct weir_parsed *rec, uint32_t n)
{
	t->shape = weir_columns_shape(WEIR_FORMAT_TSV, '\t', t->parser.conf.no_header ? NULL : rec->text,
	    t->slots, n);
	t->slots = weir_mem_realloc(t->slots, n, sizeof(*t->slots));
	t->cap = n;
	weir_buf_put(&t->header, rec->text, rec->len);
}

/* Where the row's text ends. */
static const unsigned char *
row_end(const struct weir_parsed *rec)
{
	const unsigned char *end = rec->text + rec->len;

	return rec->len > 0 && end[-1] == '\r' ? end - 1 : end;
}

static int
tsv_next(struct weir_parser *p, struct weir_parsed *rec)
{
	struct tsv *t = (struct tsv *)(void *)p;

	if (t->failed) {
		p->in->why = "tsv: no header to go by";
		return -2;
	}
	for (;;) {
		bool header = t->shape == NULL && !p->conf.no_header;
		const unsigned char *end, *extra;
		uint32_t n;
		int rc = weir_parser_line(p, true, &rec->text, &rec->len, &rec->line, &rec->offset);

		if (rc <= 0) {
			t->failed = header && rc == -1;
			return rc;
		}
		end = row_end(rec);
		if (end == rec->text && (t->shape == NULL || t->shape->n > 1))
			continue;
		n = split(t, rec->text, end, !header && !p->conf.no_infer, &extra);
		if (n > t->cap || (t->shape != NULL && n != t->shape->n))
			return bad_row(t, rec, n, extra, end);
		if (t->shape == NULL)
			make_shape(t, rec, n);
		if (header)
			continue;
		rec->shape = t->shape;
		rec->flags = 0;
		rec->slots = t->slots;
		rec->words = NULL;
		rec->nwords = 0;
		return 1;
	}
}

static void
tsv_free(struct weir_parser *p)
{
	struct tsv *t = (struct tsv *)(void *)p;

	weir_shape_free(t->shape);
	free(t->slots);
	weir_buf_release(&t->header);
	weir_buf_release(&p->fault.what);
	free(t);
}

static void
tsv_save(const struct weir_parser *p, const struct weir_parsed *rec, struct weir_parser_place *at)
{
	const struct tsv *t = (const struct tsv *)(const void *)p;

	(void)rec;
	at->mode = t->failed ? "no header" : NULL;
	weir_buf_put(&at->header, t->header.p, t->header.len);
}

/* The row is split once more, from where it was kept. */
static int
tsv_load(struct weir_parser *p, const struct weir_parser_place *at)
{
	struct tsv *t = (struct tsv *)(void *)p;
	struct weir_parsed rec = {.len = at->header.len};
	struct weir_buf text = {0};
	const unsigned char *extra;
	uint32_t n;

	t->failed = at->mode != NULL;
	if (rec.len == 0)
		return 0;
	weir_buf_put(&text, at->header.p, rec.len);
	/* Scanning looks at bytes behind the end. */
	memset(weir_buf_need(&text, WEIR_INPUT_PAD), 0, WEIR_INPUT_PAD);
	rec.text = text.p;
	n = split(t, rec.text, row_end(&rec), p->conf.no_header && !p->conf.no_infer, &extra);
	if (n <= t->cap)
		make_shape(t, &rec, n);
	weir_buf_release(&text);
	return t->shape != NULL ? 0 : -1;
}

const struct weir_parser_ops weir_tsv_ops = {.name = "tsv", .open = tsv_open, .next = tsv_next,
	.free = tsv_free, .save = tsv_save, .load = tsv_load};
