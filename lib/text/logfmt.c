/*
 * logfmt - lines of name=value, with blanks between
 *
 *   level=info msg="it's \"done\"" took=12.5 cached
 *
 * A name is made of any bytes but blanks, "=" and quotes. A value begins behind
 * "=": in double quotes, or any bytes up to a blank. Blanks are spaces and tabs. A name alone is
 * true, name= is the empty string. Without quotes a number by JSON's grammar is a
 * number, and true, false and null are what they are in JSON; in quotes all is a string. A
 * backslash in quotes escapes the byte behind it; where all escapes are JSON's, which is
 * what most writers use, they are undone, else the string stays as it stands. Of a name that comes
 * twice the last value counts, in the first one's place. Blank lines are passed over.
 *
 * Sources: the logfmt of Heroku's router as Brandur Leach describes it, and of Go's go-logfmt/logfmt.
 */
#include "base/mem.h"
#include "base/scan.h"
#include "text/infer.h"
#include "text/json_core.h"
#include "text/json_shapes.h"
#include "text/parser.h"

#include <stdlib.h>

struct logfmt {
	struct weir_parser parser;
	struct weir_json_shapes shapes;
	struct weir_slot *slots;
	uint32_t nslots;
	struct weir_buf name;       /* one without "=" behind it, with it */
};

/* A line on its way through the functions below. Each leaves p behind what it read, or sets wrong, span, what and
 * hint and returns -1. */
struct line {
	const unsigned char *text, *p, *end;
	const unsigned char *wrong;
	size_t span;
	const char *what, *hint;
	bool infer;
};

static struct weir_parser *
logfmt_open(struct weir_input *in, const struct weir_parser_conf *conf)
{
	struct logfmt *f = weir_mem_zalloc(1, sizeof(*f));

	f->parser.ops = &weir_logfmt_ops;
	f->parser.in = in;
	f->parser.conf = *conf;
	weir_json_shapes_init(&f->shapes);
	f->nslots = 64;
	f->slots = weir_mem_alloc(f->nslots * sizeof(*f->slots));
	return &f->parser;
}

static int
wrong(struct line *l, const unsigned char *at, size_t span, const char *what, const char *hint)
{
	l->wrong = at;
	l->span = span;
	l->what = what;
	l->hint = hint;
	return -1;
}

/* The name at p, not one that was foreseen: steps to its node. *bare: no "=" is behind it. */
static int
read_name(struct logfmt *f, struct line *l, struct weir_json_node **node, bool *bare)
{
	const unsigned char *start = l->p, *p = start;

	while (p < l->end && *p != '=' && *p != ' ' && *p != '\t' && *p != '"')
		p++;
	if (p < l->end && *p == '"')
		return wrong(l, p, 1, "a quote in a name", "expected name=value");
	if (p == start)
		return wrong(l, p, 1, "no name before \"=\"", "expected name=value");
	*bare = p == l->end || *p != '=';
	if (*bare) {
		weir_buf_clear(&f->name);
		weir_buf_put(&f->name, start, (size_t)(p - start));
		weir_buf_putc(&f->name, '=');
		*node = weir_json_shapes_step(&f->shapes, *node, f->name.p, (uint32_t)f->name.len);
		l->p = p;
	} else {
		*node = weir_json_shapes_step(&f->shapes, *node, start, (uint32_t)(p + 1 - start));
		l->p = p + 1;
	}
	return 0;
}

/* p is at the opening quote. */
static inline int
read_quoted(struct line *l, struct weir_slot *slot)
{
	const unsigned char *start = l->p + 1, *p = start;
	struct weir_json_fault fault;
	uint8_t type = WEIR_STRING;

	p = weir_scan_either(p, l->end, '"', '\\');
	if (p < l->end && *p == '\\') {
		while (p < l->end && *p == '\\')
			p = weir_scan_either(l->end - p > 2 ? p + 2 : l->end, l->end, '"', '\\');
		if (p < l->end && weir_json_core_string(start, p + 1, &type, &fault) != p)
			type = WEIR_STRING;
	}
	if (p >= l->end)
		return wrong(l, l->p, 1, "no closing quote", "quotes inside are written \\\"");
	l->p = p + 1;
	if (l->p < l->end && *l->p != ' ' && *l->p != '\t')
		return wrong(l, l->p, 1, "text behind a closing quote", "expected a blank or the end of the line");
	*slot = (struct weir_slot){(uint32_t)(start - l->text), (uint32_t)(p - start), type};
	return 0;
}

static uint8_t
type_of_word(const unsigned char *p, size_t len)
{
	if (len == 4 && memcmp(p, "true", 4) == 0)
		return WEIR_TRUE;
	if (len == 5 && memcmp(p, "false", 5) == 0)
		return WEIR_FALSE;
	if (len == 4 && memcmp(p, "null", 4) == 0)
		return WEIR_NULL;
	return WEIR_STRING;
}

static inline void
read_bare(struct line *l, struct weir_slot *slot)
{
	const unsigned char *start = l->p;
	size_t len;

	l->p = weir_scan_either(start, l->end, ' ', '\t');
	len = (size_t)(l->p - start);
	*slot = (struct weir_slot){(uint32_t)(start - l->text), (uint32_t)len,
		!l->infer       ? WEIR_STRING
		: *start > '9' ? type_of_word(start, len)
		               : weir_infer_type(start, len)};
}

/* One pair into the next slot. Hot: a name that was foreseen costs two comparisons of 16 bytes. */
static inline int
read_pair(struct logfmt *f, struct line *l, struct weir_json_node **node, struct weir_slot *slot)
{
	struct weir_json_node *g = NULL;
	bool bare = false;

#ifdef __SSE2__
	g = weir_json_shapes_guess(*node, l->p);
#endif
	if (g != NULL && (size_t)(l->end - l->p) >= g->len) {
		l->p += g->len;
		*node = g;
	} else if (read_name(f, l, node, &bare) != 0) {
		return -1;
	}
	if (bare) {
		*slot = (struct weir_slot){.type = WEIR_TRUE};
		return 0;
	}
	if (l->p < l->end && *l->p == '"')
		return read_quoted(l, slot);
	read_bare(l, slot);
	return 0;
}

static int
read_line(struct logfmt *f, struct line *l, struct weir_json_node **node)
{
	uint32_t n = 0;

	*node = f->shapes.root;
	for (;;) {
		while (l->p < l->end && (*l->p == ' ' || *l->p == '\t'))
			l->p++;
		if (l->p == l->end)
			return 0;
		if (n == f->nslots) {
			f->nslots *= 2;
			f->slots = weir_mem_realloc(f->slots, f->nslots, sizeof(*f->slots));
		}
		if (read_pair(f, l, node, &f->slots[n++]) != 0)
			return -1;
	}
}

static int
logfmt_next(struct weir_parser *p, struct weir_parsed *rec)
{
	struct logfmt *f = (struct logfmt *)(void *)p;
	struct line l = {.infer = !p->conf.no_infer};
	struct weir_json_node *node;
	uint32_t i;
	int rc = weir_parser_line(p, false, &rec->text, &rec->len, &rec->line, &rec->offset);

	if (rc <= 0)
		return rc;
	weir_json_shapes_trim(&f->shapes);
	l.text = l.p = rec->text;
	l.end = l.text + rec->len;
	if (l.end[-1] == '\r')
		l.end--;
	if (read_line(f, &l, &node) != 0)
		return weir_parser_bad(p, rec->text, rec->len, (size_t)(l.wrong - l.text), l.span,
		    rec->line, rec->offset, l.hint, "%s", l.what);
	rec->shape = node->shape != NULL ? node->shape : weir_json_shapes_end(node);
	for (i = 0; node->place != NULL && i < node->depth; i++)
		f->slots[node->place[i]] = f->slots[i];
	rec->flags = 0;
	rec->slots = f->slots;
	rec->words = NULL;
	rec->nwords = 0;
	return 1;
}

static void
logfmt_free(struct weir_parser *p)
{
	struct logfmt *f = (struct logfmt *)(void *)p;

	weir_json_shapes_release(&f->shapes);
	free(f->slots);
	weir_buf_release(&f->name);
	weir_buf_release(&p->fault.what);
	free(f);
}

const struct weir_parser_ops weir_logfmt_ops = {.name = "logfmt", .open = logfmt_open,
	.next = logfmt_next, .free = logfmt_free};
