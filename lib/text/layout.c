/*
 * layout - see layout.h: layouts are put together here, and read in layout_line.c
 */
#include "text/layout.h"
#include "base/mem.h"
#include "text/layout_line.h"

#include <stdlib.h>
#include <string.h>

struct weir_layout *
weir_layout_new(enum weir_layout_escape escape)
{
	struct weir_layout *l = weir_mem_zalloc(1, sizeof(*l));

	l->escape = escape;
	return l;
}

void
weir_layout_free(struct weir_layout *l)
{
	unsigned i;

	if (l == NULL)
		return;
	for (i = 0; i < l->n; i++) {
		weir_buf_release(&l->fields[i].stop);
		weir_buf_release(&l->fields[i].hint);
		free(l->fields[i].pattern);
	}
	free(l->fields);
	weir_buf_release(&l->lead);
	weir_buf_release(&l->lead_hint);
	for (i = 0; i < l->nnames; i++)
		free(l->names[i]);
	free(l->names);
	weir_shape_free(l->shape);
	free(l);
}

void
weir_layout_escape(struct weir_layout *l, enum weir_layout_escape escape)
{
	l->escape = escape;
}

void
weir_layout_literal(struct weir_layout *l, unsigned char c)
{
	weir_buf_putc(l->n == 0 ? &l->lead : &l->fields[l->n - 1].stop, c);
}

static bool
is_taken(const struct weir_layout *l, const char *name)
{
	unsigned i;

	for (i = 0; i < l->nnames; i++)
		if (strcmp(l->names[i], name) == 0)
			return true;
	return false;
}

/* One more field of the record; a name that is there already gets a number. */
static void
add_name(struct weir_layout *l, const char *name)
{
	struct weir_buf b = {0};
	unsigned k = 1;

	weir_buf_puts(&b, name);
	while (is_taken(l, weir_buf_cstr(&b))) {
		weir_buf_clear(&b);
		weir_buf_printf(&b, "%s_%u", name, ++k);
	}
	l->names = weir_mem_realloc(l->names, l->nnames + (size_t)1, sizeof(*l->names));
	l->names[l->nnames++] = weir_buf_cstr(&b);
}

static void
add_names(struct weir_layout *l, const struct weir_layout_field *f)
{
	switch (f->kind) {
	case WEIR_LAYOUT_REQUEST:
		add_name(l, "method");
		add_name(l, "path");
		add_name(l, "protocol");
		break;
	case WEIR_LAYOUT_URL:
		add_name(l, "path");
		add_name(l, "query");
		break;
	default: add_name(l, f->name); break;
	}
}

int
weir_layout_add(struct weir_layout *l, const struct weir_layout_field *f, const char *as,
    size_t len, struct weir_parser_misuse *m)
{
	struct weir_layout_piece *p;

	if (l->n == WEIR_LAYOUT_MAX) {
		free(f->pattern);
		return weir_parser_misuse(m, f->at, f->span, "more than %d fields", WEIR_LAYOUT_MAX);
	}
	l->fields = weir_mem_realloc(l->fields, l->n + (size_t)1, sizeof(*l->fields));
	p = memset(&l->fields[l->n++], 0, sizeof(*p));
	p->kind = f->kind;
	p->pattern = f->pattern;
	p->unit = (enum weir_civil_unit)f->unit;
	p->slash = f->slash;
	p->list = f->list;
	p->at = f->at;
	p->span = f->span;
	p->slot = l->nnames;
	if (f->kind >= WEIR_LAYOUT_CLF)
		p->word = l->nwords++;
	weir_buf_printf(&p->hint, "expected %.*s", (int)len, as);
	add_names(l, f);
	return 0;
}

/* What a field must be and what must be behind it, for messages. */
static void
make_hint(struct weir_layout_piece *p)
{
	static const char *const kinds[] = {
		[WEIR_LAYOUT_TEXT] = "",
		[WEIR_LAYOUT_NUMBER] = ", a number",
		[WEIR_LAYOUT_INFER] = "",
		[WEIR_LAYOUT_STATUS] = ", three digits",
		[WEIR_LAYOUT_REQUEST] = "",
		[WEIR_LAYOUT_URL] = "",
		[WEIR_LAYOUT_CLF] = ", a time as 17/May/2015:08:05:32 +0000",
		[WEIR_LAYOUT_RFC3339] = ", a time as 2015-05-17T08:05:32+00:00",
		[WEIR_LAYOUT_UNIT] = ", a number since 1970",
		[WEIR_LAYOUT_PATTERN] = ", a time as the format says",
	};

	weir_buf_puts(&p->hint, kinds[p->kind]);
	if (p->take > 0) {
		char q = memchr(p->stop.p, '"', p->take) != NULL ? '\'' : '"';

		weir_buf_printf(&p->hint, ", then %c%.*s%c", q, (int)p->take, (const char *)p->stop.p, q);
	}
	if (p->last)
		weir_buf_puts(&p->hint, p->take > 0 ? " and the end of the line" : ", then the end of the line");
	weir_buf_cstr(&p->hint);
}

/* Where the field ends: by its own text, or by the first byte of the next one. */
static int
make_stop(struct weir_layout *l, unsigned i, struct weir_parser_misuse *m)
{
	struct weir_layout_piece *p = &l->fields[i], *next = p + 1;
	const struct weir_buf *before = i == 0 ? &l->lead : &l->fields[i - 1].stop;
	size_t k;

	p->last = i + 1 == l->n;
	p->take = p->stop.len;
	if (p->take == 0 && !p->last) {
		if (!next->slash)
			return weir_parser_misuse(m, p->at, next->at + next->span - p->at,
			    "nothing between the two tells where the first one ends");
		weir_buf_putc(&p->stop, '/');
	}
	p->quoted = l->escape != WEIR_LAYOUT_AS_IS && p->take > 0 && p->stop.p[0] == '"' && before->len > 0 &&
	    before->p[before->len - 1] == '"';
	p->list &= !p->quoted;
	p->json = l->escape == WEIR_LAYOUT_JSON && p->quoted;
	p->may_be_empty = l->escape != WEIR_LAYOUT_BACKSLASH;
	for (k = 0; k < p->stop.len && k < sizeof(p->head); k++) {
		p->head |= (uint64_t)p->stop.p[k] << 8 * k;
		p->mask |= UINT64_C(0xff) << 8 * k;
	}
	make_hint(p);
	return 0;
}

int
weir_layout_finish(struct weir_layout *l, struct weir_parser_misuse *m)
{
	struct weir_name names[3 * WEIR_LAYOUT_MAX];
	unsigned i;

	if (l->n == 0)
		return weir_parser_misuse(m, 0, 0, "no field in it");
	for (i = 0; i < l->n; i++)
		if (make_stop(l, i, m) != 0)
			return -1;
	weir_buf_printf(&l->lead_hint, "expected %.*s", (int)l->lead.len, (const char *)l->lead.p);
	weir_buf_cstr(&l->lead_hint);
	for (i = 0; i < l->nnames; i++)
		names[i] = (struct weir_name){(const unsigned char *)l->names[i], (uint32_t)strlen(l->names[i])};
	l->shape = weir_shape_new(WEIR_FORMAT_LINE, 0, names, l->nnames);
	return 0;
}

/* The record's field with the first time, or NULL. */
static const char *
time_of(const struct weir_layout *l)
{
	unsigned i;

	for (i = 0; i < l->n; i++)
		if (l->fields[i].kind >= WEIR_LAYOUT_CLF)
			return l->names[l->fields[i].slot];
	return NULL;
}

struct layout_parser {
	struct weir_parser parser;
	struct weir_layout *layout;
	struct weir_layout_line line;
};

struct weir_parser *
weir_layout_open(struct weir_layout *l, const struct weir_parser_ops *ops, struct weir_input *in,
    const struct weir_parser_conf *conf)
{
	struct layout_parser *lp = weir_mem_zalloc(1, sizeof(*lp));

	lp->parser.ops = ops;
	lp->parser.in = in;
	lp->parser.conf = *conf;
	lp->parser.time = time_of(l);
	lp->layout = l;
	lp->line.slots = weir_mem_zalloc(l->nnames, sizeof(*lp->line.slots));
	lp->line.words = weir_mem_zalloc(l->nwords + (size_t)1, sizeof(*lp->line.words));
	lp->line.zone = conf->zone;
	return &lp->parser;
}

int
weir_layout_next(struct weir_parser *p, struct weir_parsed *rec)
{
	struct layout_parser *lp = (struct layout_parser *)(void *)p;
	struct weir_layout_line *line = &lp->line;
	int rc = weir_parser_line(p, false, &rec->text, &rec->len, &rec->line, &rec->offset);

	if (rc <= 0)
		return rc;
	line->text = rec->text;
	line->end = rec->text + rec->len;
	if (line->end[-1] == '\r')
		line->end--;
	if (weir_layout_line_read(lp->layout, line) != 0) {
		const unsigned char *stop = memchr(line->wrong, ' ', (size_t)(line->end - line->wrong));

		return weir_parser_bad(p, rec->text, rec->len, (size_t)(line->wrong - line->text),
		    (size_t)((stop != NULL ? stop : line->end) - line->wrong), rec->line, rec->offset,
		    line->hint, "%s", line->wrong == line->end ? "unexpected end of the line" : "unexpected text");
	}
	rec->shape = lp->layout->shape;
	rec->flags = 0;
	rec->slots = line->slots;
	rec->words = line->words;
	rec->nwords = lp->layout->nwords;
	return 1;
}

void
weir_layout_parser_free(struct weir_parser *p)
{
	struct layout_parser *lp = (struct layout_parser *)(void *)p;

	weir_layout_free(lp->layout);
	free(lp->line.slots);
	free(lp->line.words);
	weir_buf_release(&p->fault.what);
	free(lp);
}
