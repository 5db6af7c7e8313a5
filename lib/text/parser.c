/*
 * parser - what the formats share: faults, and lines
 */
#include "text/parser.h"

#include <stdarg.h>
#include <stdio.h>

static const unsigned char bom[3] = {0xef, 0xbb, 0xbf};

int
weir_parser_bad(struct weir_parser *p, const unsigned char *text, size_t len, size_t at,
    size_t span, uint64_t line, uint64_t offset, const char *hint, const char *what, ...)
{
	struct weir_parser_fault *f = &p->fault;
	char words[256];
	va_list ap;

	va_start(ap, what);
	vsnprintf(words, sizeof(words), what, ap);
	va_end(ap);
	weir_buf_clear(&f->what);
	weir_buf_puts(&f->what, words);
	f->hint = hint;
	f->text = text;
	f->len = len;
	f->at = at;
	f->span = span;
	f->line = line;
	f->offset = offset;
	return -1;
}

int
weir_parser_misuse(struct weir_parser_misuse *m, size_t at, size_t span, const char *what, ...)
{
	va_list ap;

	va_start(ap, what);
	vsnprintf(m->what, sizeof(m->what), what, ap);
	va_end(ap);
	m->at = at;
	m->span = span;
	return -1;
}

int
weir_parser_bom(struct weir_parser *p)
{
	struct weir_input *in = p->in;
	int rc = 1;

	if (in->offset != 0)
		return 0;
	while (rc > 0) {
		size_t n = (size_t)(in->end - in->p);

		if (n > 3 || memcmp(in->p, bom, n) != 0)
			break;
		rc = weir_input_fill(in);
	}
	if (rc < 0)
		return -2;
	if (rc == 0 && in->partial)
		return 0;
	if (in->end - in->p < 3 || memcmp(in->p, bom, 3) != 0)
		return 0;
	weir_input_take(in, 3, 0);
	if (rc > 0)
		return 0;
	return weir_parser_bad(p, in->p - 3, 3, 0, 3, 1, 0, NULL,
	    "nothing but a byte order mark");
}

int
weir_parser_overlong(struct weir_parser *p)
{
	struct weir_input *in = p->in;
	uint64_t line = in->line, offset = in->offset;
	size_t max = p->conf.max_record;
	const unsigned char *text;
	int rc = weir_input_drop_line(in, max, &text);

	if (rc < 0)
		return -2;
	p->rest = rc == 0;
	return weir_parser_bad(p, text, max, 0, max, line, offset, "--max-record allows more",
	    "a line of more than %zu bytes", max);
}

int
weir_parser_rest(struct weir_parser *p)
{
	int rc = weir_input_skip_line(p->in);

	p->rest = rc <= 0;
	return rc < 0 ? -2 : rc;
}

static bool
is_blank(const unsigned char *p, size_t len)
{
	while (len > 0 && (*p == ' ' || *p == '\t' || *p == '\r')) {
		p++;
		len--;
	}
	return len == 0;
}

int
weir_parser_line(struct weir_parser *p, bool blank, const unsigned char **text, size_t *len,
    uint64_t *line, uint64_t *offset)
{
	struct weir_input *in = p->in;
	size_t eol;
	int rc;

	if (in->offset == 0 && (rc = weir_parser_bom(p)) < 0)
		return rc;
	if (p->rest && (rc = weir_parser_rest(p)) <= 0)
		return rc;
	for (;;) {
		rc = weir_input_line(in, p->conf.max_record, text, len, &eol);
		if (rc == -2)
			return weir_parser_overlong(p);
		if (rc <= 0)
			return rc < 0 ? -2 : 0;
		*line = in->line;
		*offset = in->offset;
		weir_input_take(in, *len + eol, eol);
		if (blank || !is_blank(*text, *len))
			return 1;
	}
}

void
weir_parser_save(const struct weir_parser *p, const struct weir_parsed *rec,
    struct weir_parser_place *at)
{
	at->offset = rec != NULL ? rec->offset : p->in->offset;
	at->line = rec != NULL ? rec->line : p->in->line;
	at->rest = rec == NULL && p->rest;
	at->mode = NULL;
	at->listed = 0;
	if (p->ops->save != NULL)
		p->ops->save(p, rec, at);
}

int
weir_parser_load(struct weir_parser *p, const struct weir_parser_place *at)
{
	p->rest = at->rest;
	return p->ops->load != NULL ? p->ops->load(p, at) : 0;
}
