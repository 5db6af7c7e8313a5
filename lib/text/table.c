/*
 * table - records for people: aligned columns under a header
 *
 * Output is made of blocks. The first rows of a block are held back, up to ROWS
 * of them or until a flush, and give it its columns (the fields they have) and
 * widths. Then the header is written, and what was written is never touched again:
 * a later cell that is too wide widens its column from there on while the line
 * still fits, and is cut otherwise. A later record with a field that is no column ends
 * the block; the next begins behind a blank line.
 *
 * When a line is wider than the terminal, the widest columns shrink first, all
 * to the same width, but text not under NARROW, numbers and times not at all: a cut
 * number is another number. If that isn't enough the last columns are left out. What
 * is cut shows "…" at its end, the header where columns are left out.
 */
#include "base/mem.h"
#include "text/emit_ops.h"
#include "text/value.h"
#include "text/width.h"

#include <stdlib.h>

#define ROWS 100
#define TEXT ((size_t)1024 * 1024) /* held back at most, about */
#define NARROW 8
#define GAP 2

struct cell {
	size_t at, len;      /* in text */
	size_t width;
};

struct column {
	struct weir_buf name;
	struct weir_buf title; /* the name made visible */
	size_t title_width;
	size_t width;
	bool text, number;     /* has had cells that are text, that are numbers */
	bool exact;            /* none of them were anything but numbers and times */
};

struct table {
	struct weir_emit emit;
	struct column *columns;
	uint32_t n, cap;
	uint32_t shown;        /* columns that the terminal has room for */
	bool begun;            /* this block's header is written */
	bool any;              /* an earlier block's */
	struct weir_buf text;  /* of the cells that are held */
	struct cell *cells;
	size_t ncells, cells_cap;
	size_t rows[ROWS + 1]; /* where each one's cells begin; those behind its last are empty */
	unsigned nrows;
	struct weir_buf scratch;
	uint64_t serial;       /* of the shape that map is for, with this many columns */
	uint32_t map_n;
	int *map;              /* by field: its column, or -1 */
};

static int
find_column(const struct table *t, const struct weir_name *name)
{
	uint32_t i;

	for (i = 0; i < t->n; i++)
		if (t->columns[i].name.len == name->len &&
		    memcmp(t->columns[i].name.p, name->p, name->len) == 0)
			return (int)i;
	return -1;
}

static int
add_column(struct table *t, const struct weir_name *name)
{
	struct column *c;

	if (t->n == t->cap) {
		t->cap = t->cap == 0 ? 16 : t->cap * 2;
		t->columns = weir_mem_realloc(t->columns, t->cap, sizeof(*t->columns));
	}
	c = &t->columns[t->n];
	memset(c, 0, sizeof(*c));
	weir_buf_need(&c->name, 1);
	weir_buf_put(&c->name, name->p, name->len);
	t->emit.replaced += weir_width_visible(&c->title, name->p, name->len, false, &c->title_width);
	c->width = c->title_width;
	c->exact = true;
	return (int)t->n++;
}

static void
clear_columns(struct table *t)
{
	while (t->n > 0) {
		struct column *c = &t->columns[--t->n];

		weir_buf_release(&c->name);
		weir_buf_release(&c->title);
	}
	t->serial = 0;
}

static void
table_open(struct weir_emit *e)
{
	struct table *t = (struct table *)(void *)e;
	uint32_t i;

	weir_buf_need(&t->text, 1);
	for (i = 0; i < e->conf.ncolumns; i++)
		add_column(t, &e->conf.columns[i]);
}

static size_t
line_width(const struct table *t)
{
	size_t sum = t->n > 0 ? (size_t)GAP * (t->n - 1) : 0;
	uint32_t i;

	for (i = 0; i < t->n; i++)
		sum += t->columns[i].width;
	return sum;
}

/* The column's width if text may not be wider than cap. */
static size_t
capped(const struct column *c, size_t cap)
{
	return c->exact || c->width < cap ? c->width : cap;
}

/* What the columns that are shown take then. */
static size_t
capped_line(const struct table *t, size_t cap)
{
	size_t sum = (size_t)GAP * (t->shown - 1);
	uint32_t i;

	for (i = 0; i < t->shown; i++)
		sum += capped(&t->columns[i], cap);
	return t->shown < t->n ? sum + GAP + 1 : sum;
}

/* Makes the columns fit into width: the greatest cap that does, what is left over
 * to the first of those that were cut. */
static void
shrink(struct table *t, size_t width)
{
	size_t low = NARROW, high = width, left;
	uint32_t i;

	while (t->shown > 1 && capped_line(t, NARROW) > width)
		t->shown--;
	if (capped_line(t, NARROW) > width) {
		t->columns[0].width = width > GAP + 1 ? width - GAP - 1 : 1;
		return;
	}
	while (low < high) {
		size_t mid = high - (high - low) / 2;

		if (capped_line(t, mid) <= width)
			low = mid;
		else
			high = mid - 1;
	}
	left = width - capped_line(t, low);
	for (i = 0; i < t->shown; i++) {
		struct column *c = &t->columns[i];

		if (!c->exact && c->width > low) {
			c->width = low + (left > 0);
			left -= left > 0;
		}
	}
}

static void
put_spaces(struct weir_buf *b, size_t n)
{
	if (n > 0)
		memset(weir_buf_need(b, n), ' ', n);
	b->len += n;
}

/* One cell; *pad: spaces that are due before the next one that isn't empty. */
static void
put_cell(const struct column *c, struct weir_buf *b, const unsigned char *p, size_t len,
    size_t width, size_t *pad)
{
	bool right = c->number && !c->text;
	size_t cols = width;

	if (len == 0) {
		*pad += c->width + GAP;
		return;
	}
	if (width > c->width)
		len = weir_width_cut(p, len, c->width > 0 ? c->width - 1 : 0, &cols);
	put_spaces(b, *pad + (right && width < c->width ? c->width - width : 0));
	weir_buf_put(b, p, len);
	if (width > c->width) {
		weir_buf_puts(b, "…");
		cols++;
	}
	*pad = GAP + (right || cols > c->width ? 0 : c->width - cols);
}

static void
put_header(struct table *t, struct weir_buf *b)
{
	size_t pad = 0, k;
	uint32_t i;

	if (t->any)
		weir_buf_putc(b, '\n');
	if (t->emit.conf.color)
		weir_buf_puts(b, "\033[1m");
	for (i = 0; i < t->shown; i++)
		put_cell(&t->columns[i], b, t->columns[i].title.p, t->columns[i].title.len,
		    t->columns[i].title_width, &pad);
	if (t->shown < t->n) {
		put_spaces(b, pad);
		weir_buf_puts(b, "…");
	}
	if (t->emit.conf.color) {
		weir_buf_puts(b, "\033[0m\n");
		return;
	}
	weir_buf_putc(b, '\n');
	for (i = 0; i < t->shown; i++) {
		put_spaces(b, i > 0 ? GAP : 0);
		for (k = 0; k < t->columns[i].width; k++)
			weir_buf_puts(b, "─");
	}
	weir_buf_putc(b, '\n');
}

static void
put_row(struct table *t, struct weir_buf *b, const struct cell *cells, size_t n)
{
	size_t pad = 0;
	uint32_t i;

	for (i = 0; i < t->shown; i++) {
		struct cell none = {0, 0, 0};
		const struct cell *c = i < n ? &cells[i] : &none;

		put_cell(&t->columns[i], b, t->text.p + c->at, c->len, c->width, &pad);
	}
	weir_buf_putc(b, '\n');
}

static void
clear_rows(struct table *t)
{
	t->nrows = 0;
	t->ncells = 0;
	weir_buf_clear(&t->text);
}

/* Settles the widths and writes what is held. */
static void
table_flush(struct weir_emit *e, struct weir_buf *b)
{
	struct table *t = (struct table *)(void *)e;
	unsigned i;

	if (t->begun || t->nrows == 0)
		return;
	t->shown = t->n;
	if (t->n > 0 && e->conf.width > 0 && line_width(t) > e->conf.width)
		shrink(t, e->conf.width);
	put_header(t, b);
	for (i = 0; i < t->nrows; i++)
		put_row(t, b, t->cells + t->rows[i], t->rows[i + 1] - t->rows[i]);
	t->begun = t->any = true;
	clear_rows(t);
}

/* Fills map for the record's shape. False if the record has a field that is no column
 * and can't become one in this block. */
static bool
map_fields(struct table *t, const struct weir_record *r)
{
	const struct weir_shape *s = r->shape;
	struct weir_value v;
	uint32_t i;

	if (t->serial != s->serial || t->map_n != t->n) {
		t->map = weir_mem_realloc(t->map, s->n, sizeof(*t->map));
		for (i = 0; i < s->n; i++)
			t->map[i] = find_column(t, &s->names[i]);
	}
	for (i = 0; i < s->n && t->emit.conf.columns == NULL; i++) {
		if (t->map[i] >= 0)
			continue;
		weir_record_get(r, i, &v);
		if (v.type == WEIR_ABSENT)
			continue;
		if (t->begun)
			return false;
		t->map[i] = add_column(t, &s->names[i]);
	}
	t->serial = s->serial;
	t->map_n = t->n;
	return true;
}

static void
set_cell(struct table *t, struct column *col, struct cell *cell, const struct weir_value *v)
{
	const unsigned char *p;
	size_t len;

	if (v->type == WEIR_ARRAY || v->type == WEIR_OBJECT) {
		weir_buf_clear(&t->scratch);
		weir_value_compact(&t->scratch, v->p, v->len);
		p = t->scratch.p;
		len = t->scratch.len;
	} else {
		p = weir_value_bytes(v, &t->scratch, &len);
	}
	cell->at = t->text.len;
	t->emit.replaced += weir_width_visible(&t->text, p, len, false, &cell->width);
	cell->len = t->text.len - cell->at;
	if (!t->begun) {
		col->number |= v->type == WEIR_NUMBER;
		col->text |= v->type != WEIR_NUMBER && v->type != WEIR_NULL && cell->len > 0;
		col->exact &= v->type == WEIR_NUMBER || v->type == WEIR_TIME || v->type == WEIR_NULL;
	}
	if (cell->width > col->width && (!t->begun || t->emit.conf.width == 0 ||
	    line_width(t) + cell->width - col->width <= t->emit.conf.width))
		col->width = cell->width;
}

static void
hold_row(struct table *t, const struct weir_record *r)
{
	struct cell *cells;
	uint32_t i;

	while (t->cells_cap - t->ncells <= t->n) {
		t->cells_cap = t->cells_cap == 0 ? 256 : t->cells_cap * 2;
		t->cells = weir_mem_realloc(t->cells, t->cells_cap, sizeof(*t->cells));
	}
	cells = t->cells + t->ncells;
	memset(cells, 0, t->n * sizeof(*cells));
	for (i = 0; i < r->shape->n; i++) {
		struct weir_value v;

		if (t->map[i] < 0)
			continue;
		weir_record_get(r, i, &v);
		if (v.type != WEIR_ABSENT)
			set_cell(t, &t->columns[t->map[i]], &cells[t->map[i]], &v);
	}
	t->rows[t->nrows++] = t->ncells;
	t->ncells += t->n;
	t->rows[t->nrows] = t->ncells;
}

static int
table_record(struct weir_emit *e, const struct weir_record *r, struct weir_buf *b, const char **why)
{
	struct table *t = (struct table *)(void *)e;

	(void)why;
	if (!map_fields(t, r)) {
		clear_columns(t);
		t->begun = false;
		map_fields(t, r);
	}
	if (t->n == 0) {
		weir_buf_putc(b, '\n');
		return 0;
	}
	hold_row(t, r);
	if (t->begun) {
		put_row(t, b, t->cells, t->ncells);
		clear_rows(t);
	} else if (t->nrows == ROWS || t->text.len > TEXT) {
		table_flush(e, b);
	}
	return 0;
}

static void
table_release(struct weir_emit *e)
{
	struct table *t = (struct table *)(void *)e;

	clear_columns(t);
	weir_buf_release(&t->text);
	weir_buf_release(&t->scratch);
	free(t->columns);
	free(t->cells);
	free(t->map);
}

const struct weir_emit_ops weir_emit_table_ops = {.size = sizeof(struct table), .open = table_open,
	.record = table_record, .flush = table_flush, .release = table_release};
