/*
 * lines - each line is a record with one field, `line`
 *
 * A blank line is a record too; its field is the empty string. Any bytes are
 * allowed, NUL included. A CR before the LF (or at the very end of the source)
 * belongs to the text but not to the field.
 */
#include "base/mem.h"
#include "text/parser.h"

#include <stdlib.h>

struct lines {
	struct weir_parser parser;
	struct weir_shape *shape;
	struct weir_slot slot;
};

static struct weir_parser *
lines_open(struct weir_input *in, const struct weir_parser_conf *conf)
{
	static const struct weir_name name = {(const unsigned char *)"line", 4};
	struct lines *l = weir_mem_zalloc(1, sizeof(*l));

	l->parser.ops = &weir_lines_ops;
	l->parser.in = in;
	l->parser.conf = *conf;
	l->shape = weir_shape_new(WEIR_FORMAT_LINE, 0, &name, 1);
	l->slot.type = WEIR_STRING;
	return &l->parser;
}

static int
lines_next(struct weir_parser *p, struct weir_parsed *rec)
{
	struct lines *l = (struct lines *)(void *)p;
	size_t len;
	int rc = weir_parser_line(p, true, &rec->text, &rec->len, &rec->line, &rec->offset);

	if (rc <= 0)
		return rc;
	len = rec->len;
	if (len > 0 && rec->text[len - 1] == '\r')
		len--;
	l->slot.len = (uint32_t)len;
	rec->shape = l->shape;
	rec->flags = 0;
	rec->slots = &l->slot;
	rec->words = NULL;
	rec->nwords = 0;
	return 1;
}

static void
lines_free(struct weir_parser *p)
{
	struct lines *l = (struct lines *)(void *)p;

	weir_shape_free(l->shape);
	weir_buf_release(&p->fault.what);
	free(l);
}

const struct weir_parser_ops weir_lines_ops = {.name = "lines", .open = lines_open,
	.next = lines_next, .free = lines_free};
