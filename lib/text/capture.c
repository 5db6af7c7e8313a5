/*
 * capture - lines taken apart by a regular expression, -i regex:RE
 *
 * Each named group of the expression is a field, in the order of the groups; of several groups with one
 * name the one that took part counts. A group that took no part is null. A field that is a number
 * by JSON's grammar is a number, unless inference is off. The expression may match anywhere in
 * the line, without its end and a CR there; a line that it doesn't match is bad. Blank lines are passed over.
 */
#include "base/mem.h"
#include "text/infer.h"
#include "text/parser.h"
#include "text/regex.h"

#include <stdlib.h>
#include <string.h>

struct capture {
	struct weir_parser parser;
	struct weir_shape *shape;
	struct weir_regex *re;
	unsigned *groups;           /* those with a name, */
	uint32_t *fields;           /* and the field of each */
	unsigned n;
	struct weir_slot *slots;
};

static int
capture_check(const char *pattern, struct weir_parser_misuse *m)
{
	struct weir_regex_fault fault;
	struct weir_regex *re = weir_regex_new(pattern, strlen(pattern), 0, &fault);
	unsigned i, n = 0;

	if (re == NULL)
		return weir_parser_misuse(m, fault.at, 0, "%s", fault.message);
	for (i = 1; i <= weir_regex_groups(re); i++)
		n += weir_regex_name(re, i) != NULL;
	weir_regex_free(re);
	return n > 0 ? 0
	             : weir_parser_misuse(m, 0, 0, "no named group, so no field: name one with (?<name>...)");
}

/* The named groups; those of one name share a field. */
static void
find_fields(struct capture *c)
{
	unsigned i, most = weir_regex_groups(c->re);
	struct weir_name *names = weir_mem_zalloc(most, sizeof(*names));
	uint32_t k, nfields = 0;

	c->groups = weir_mem_zalloc(most, sizeof(*c->groups));
	c->fields = weir_mem_zalloc(most, sizeof(*c->fields));
	for (i = 1; i <= most; i++) {
		const char *name = weir_regex_name(c->re, i);
		size_t len;

		if (name == NULL)
			continue;
		len = strlen(name);
		for (k = 0; k < nfields && (names[k].len != len || memcmp(names[k].p, name, len) != 0); k++)
			;
		if (k == nfields)
			names[nfields++] = (struct weir_name){(const unsigned char *)name, (uint32_t)len};
		c->groups[c->n] = i;
		c->fields[c->n++] = k;
	}
	c->shape = weir_shape_new(WEIR_FORMAT_LINE, 0, names, nfields);
	c->slots = weir_mem_zalloc(nfields, sizeof(*c->slots));
	free(names);
}

static struct weir_parser *
capture_open(struct weir_input *in, const struct weir_parser_conf *conf)
{
	struct capture *c = weir_mem_zalloc(1, sizeof(*c));
	struct weir_regex_fault fault;

	c->parser.ops = &weir_capture_ops;
	c->parser.in = in;
	c->parser.conf = *conf;
	c->re = weir_regex_new(conf->pattern, strlen(conf->pattern), 0, &fault);
	find_fields(c);
	return &c->parser;
}

static void
take_groups(struct capture *c, const unsigned char *text, const size_t *at)
{
	bool infer = !c->parser.conf.no_infer;
	unsigned i;

	for (i = 0; i < c->shape->n; i++)
		c->slots[i] = (struct weir_slot){.type = WEIR_NULL};
	for (i = 0; i < c->n; i++) {
		size_t start = at[2 * c->groups[i]], stop = at[2 * c->groups[i] + 1];
		size_t len = stop - start;

		/* \K can put a group's end before its start. */
		if (start == WEIR_REGEX_UNSET || stop < start)
			continue;
		c->slots[c->fields[i]] = (struct weir_slot){(uint32_t)start, (uint32_t)len,
			infer ? weir_infer_type(text + start, len) : WEIR_STRING};
	}
}

static int
capture_next(struct weir_parser *p, struct weir_parsed *rec)
{
	struct capture *c = (struct capture *)(void *)p;
	const char *why = "the regular expression does not match";
	const size_t *at;
	size_t len;
	int rc = weir_parser_line(p, false, &rec->text, &rec->len, &rec->line, &rec->offset);

	if (rc <= 0)
		return rc;
	len = rec->len;
	if (rec->text[len - 1] == '\r')
		len--;
	if (weir_regex_match(c->re, rec->text, len, 0, &at, &why) <= 0)
		return weir_parser_bad(p, rec->text, rec->len, 0, 0, rec->line, rec->offset, NULL, "%s", why);
	take_groups(c, rec->text, at);
	rec->shape = c->shape;
	rec->flags = 0;
	rec->slots = c->slots;
	rec->words = NULL;
	rec->nwords = 0;
	return 1;
}

static void
capture_free(struct weir_parser *p)
{
	struct capture *c = (struct capture *)(void *)p;

	weir_shape_free(c->shape);
	weir_regex_free(c->re);
	free(c->groups);
	free(c->fields);
	free(c->slots);
	weir_buf_release(&p->fault.what);
	free(c);
}

const struct weir_parser_ops weir_capture_ops = {.name = "regex", .check = capture_check,
	.open = capture_open, .next = capture_next, .free = capture_free};
