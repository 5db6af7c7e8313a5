/*
 * emit_csv - records as CSV rows, RFC 4180 with LF, and as TSV rows
 *
 * The header is conf.columns, or the fields of the first record that has any.
 * Later records are put into its columns by name: a column that a record lacks
 * is empty, a field that no column is there for is counted as dropped. Null and
 * absent are empty. A field is quoted where it must be, and always if it is an array
 * or object; the only field of a row is quoted when it is empty, because a blank line is
 * not read as a row everywhere.
 *
 * TSV has no quotes: tab, LF, CR and backslash are written \t, \n, \r, \\.
 *
 * An unchanged row of the same format and delimiter, with the same names in the same order,
 * leaves as its text, a CR at its end included.
 */
#include "base/mem.h"
#include "text/emit_ops.h"
#include "text/value.h"

#include <stdlib.h>

#define SHAPES 16 /* kept, by serial; a power of 2 */

/* How the fields of a shape go into the columns. */
struct plan {
	uint64_t serial;
	bool same;         /* its rows are rows of this output */
	int *field;        /* by column: the field, or -1 */
	uint32_t *extra;   /* fields without a column */
	uint32_t nextra;
};

struct csv {
	struct weir_emit emit;
	struct weir_shape *header;
	bool begun, tsv;
	unsigned char delimiter;
	bool special[256]; /* bytes that make quotes necessary */
	struct plan plans[SHAPES];
	struct weir_buf scratch;
};

static void
csv_open(struct weir_emit *e)
{
	struct csv *c = (struct csv *)(void *)e;

	c->tsv = e->conf.format == WEIR_EMIT_TSV;
	c->delimiter = c->tsv ? '\t' : e->conf.delimiter != 0 ? e->conf.delimiter : ',';
	c->special['\n'] = c->special['\r'] = c->special[c->delimiter] = c->special[c->tsv ? '\\' : '"'] = true;
	if (e->conf.columns != NULL)
		c->header = weir_shape_new(WEIR_FORMAT_VALUES, 0, e->conf.columns, e->conf.ncolumns);
}

static void
put_quoted(struct weir_buf *b, const unsigned char *p, size_t len)
{
	const unsigned char *end = p + len, *quote;

	weir_buf_putc(b, '"');
	while ((quote = memchr(p, '"', (size_t)(end - p))) != NULL) {
		weir_buf_put(b, p, (size_t)(quote - p) + 1);
		weir_buf_putc(b, '"');
		p = quote + 1;
	}
	weir_buf_put(b, p, (size_t)(end - p));
	weir_buf_putc(b, '"');
}

static void
put_escaped(const struct csv *c, struct weir_buf *b, const unsigned char *p, size_t len)
{
	const unsigned char *end = p + len, *from = p;

	for (; p < end; p++) {
		if (!c->special[*p])
			continue;
		weir_buf_put(b, from, (size_t)(p - from));
		weir_buf_putc(b, '\\');
		weir_buf_putc(b, *p == '\t' ? 't' : *p == '\n' ? 'n' : *p == '\r' ? 'r' : '\\');
		from = p + 1;
	}
	weir_buf_put(b, from, (size_t)(end - from));
}

static void
put_bytes(const struct csv *c, struct weir_buf *b, const unsigned char *p, size_t len)
{
	size_t i = 0;

	while (i < len && !c->special[p[i]])
		i++;
	if (c->tsv && i < len)
		put_escaped(c, b, p, len);
	else if (i < len || (len == 0 && c->header->n == 1 && !c->tsv))
		put_quoted(b, p, len);
	else
		weir_buf_put(b, p, len);
}

static void
put_value(struct csv *c, struct weir_buf *b, const struct weir_value *v)
{
	const unsigned char *p;
	size_t len;

	if (v->type == WEIR_STRING_CSV && !c->tsv) {
		weir_buf_putc(b, '"');
		weir_buf_put(b, v->p, v->len);
		weir_buf_putc(b, '"');
		return;
	}
	switch (v->type) {
	case WEIR_ABSENT:
	case WEIR_NULL:
		put_bytes(c, b, (const unsigned char *)"", 0);
		break;
	case WEIR_ARRAY:
	case WEIR_OBJECT:
		weir_buf_clear(&c->scratch);
		weir_value_compact(&c->scratch, v->p, v->len);
		if (c->tsv)
			put_bytes(c, b, c->scratch.p, c->scratch.len);
		else
			put_quoted(b, c->scratch.p, c->scratch.len);
		break;
	default:
		p = weir_value_bytes(v, &c->scratch, &len);
		put_bytes(c, b, p, len);
		break;
	}
}

static void
put_header(struct csv *c, struct weir_buf *b)
{
	uint32_t i;

	for (i = 0; i < c->header->n; i++) {
		if (i > 0)
			weir_buf_putc(b, c->delimiter);
		put_bytes(c, b, c->header->names[i].p, c->header->names[i].len);
	}
	weir_buf_putc(b, '\n');
}

static const struct plan *
plan_of(struct csv *c, const struct weir_shape *shape)
{
	struct plan *p = &c->plans[shape->serial & (SHAPES - 1)];
	const struct weir_shape *h = c->header;
	uint32_t i;

	if (p->serial == shape->serial)
		return p;
	p->serial = shape->serial;
	p->same = shape->format == (c->tsv ? WEIR_FORMAT_TSV : WEIR_FORMAT_CSV) &&
	    shape->param == c->delimiter && shape->n == h->n;
	p->field = weir_mem_realloc(p->field, h->n, sizeof(*p->field));
	p->extra = weir_mem_realloc(p->extra, shape->n, sizeof(*p->extra));
	p->nextra = 0;
	for (i = 0; i < h->n; i++) {
		bool in_place = i < shape->n && h->names[i].len == shape->names[i].len &&
		    memcmp(h->names[i].p, shape->names[i].p, h->names[i].len) == 0;

		p->same = p->same && in_place;
		p->field[i] = in_place ? (int)i : weir_shape_find(shape, h->names[i].p, h->names[i].len);
	}
	for (i = 0; i < shape->n; i++)
		if (!(i < h->n && p->field[i] == (int)i) &&
		    weir_shape_find(h, shape->names[i].p, shape->names[i].len) < 0)
			p->extra[p->nextra++] = i;
	return p;
}

static void
count_dropped(struct weir_emit *e, const struct plan *plan, const struct weir_record *r)
{
	uint32_t i;

	for (i = 0; i < plan->nextra; i++) {
		const struct weir_name *name = &r->shape->names[plan->extra[i]];
		struct weir_value v;

		weir_record_get(r, plan->extra[i], &v);
		if (v.type == WEIR_ABSENT)
			continue;
		if (e->dropped++ == 0)
			weir_buf_put(&e->first_dropped, name->p, name->len);
	}
}

static int
csv_record(struct weir_emit *e, const struct weir_record *r, struct weir_buf *b, const char **why)
{
	struct csv *c = (struct csv *)(void *)e;
	const struct plan *plan;
	uint32_t i;

	(void)why;
	if (c->header == NULL && r->shape->n > 0)
		c->header = weir_shape_new(WEIR_FORMAT_VALUES, 0, r->shape->names, r->shape->n);
	if (c->header == NULL) {
		weir_buf_putc(b, '\n');
		return 0;
	}
	if (!c->begun && !e->conf.no_header)
		put_header(c, b);
	c->begun = true;
	plan = plan_of(c, r->shape);
	if (plan->same) {
		size_t len;
		const unsigned char *text = weir_record_text(r, &len);

		weir_buf_put(b, text, len);
	} else {
		for (i = 0; i < c->header->n; i++) {
			struct weir_value v = {.type = WEIR_ABSENT};

			if (i > 0)
				weir_buf_putc(b, c->delimiter);
			if (plan->field[i] >= 0)
				weir_record_get(r, (uint32_t)plan->field[i], &v);
			put_value(c, b, &v);
		}
		count_dropped(e, plan, r);
	}
	weir_buf_putc(b, '\n');
	return 0;
}

static const struct weir_shape *
csv_columns(const struct weir_emit *e)
{
	return ((const struct csv *)(const void *)e)->header;
}

static void
csv_resume(struct weir_emit *e, const struct weir_name *names, uint32_t n)
{
	struct csv *c = (struct csv *)(void *)e;

	weir_shape_free(c->header);
	c->header = weir_shape_new(WEIR_FORMAT_CSV, c->delimiter, names, n);
	c->begun = true;
}

static void
csv_restart(struct weir_emit *e)
{
	((struct csv *)(void *)e)->begun = false;
}

static void
csv_release(struct weir_emit *e)
{
	struct csv *c = (struct csv *)(void *)e;
	unsigned i;

	for (i = 0; i < SHAPES; i++) {
		free(c->plans[i].field);
		free(c->plans[i].extra);
	}
	weir_shape_free(c->header);
	weir_buf_release(&c->scratch);
}

const struct weir_emit_ops weir_emit_csv_ops = {.size = sizeof(struct csv), .open = csv_open,
	.record = csv_record, .columns = csv_columns, .resume = csv_resume, .restart = csv_restart,
	.release = csv_release};

const struct weir_emit_ops weir_emit_tsv_ops = {.size = sizeof(struct csv), .open = csv_open,
	.record = csv_record, .columns = csv_columns, .resume = csv_resume, .restart = csv_restart,
	.release = csv_release};
