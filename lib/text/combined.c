/*
 * combined - the combined log format of Apache and nginx, and the common one
 *
 *   ADDR IDENT USER [TIME] "REQUEST" STATUS BYTES "REFERER" "AGENT"
 *
 * The common format ends behind BYTES.
 * "-" is null. TIME is a time; STATUS (three digits) and BYTES are numbers. A
 * REQUEST of three words, one space between them, gives method, path and
 * protocol; of any other, also an empty one, method and protocol are null and
 * path is the request as it stands, so that scans for other protocols keep their bytes.
 *
 * Apache writes a quote in a quoted string as \", nginx as \x22: a backslash
 * escapes the byte behind it. The values of quoted strings are the raw bytes between the
 * quotes: the two servers' escapes differ and are not undone. USER may hold
 * spaces; it ends before " [".
 *
 * Blank lines are passed over. A line with anything behind its last field is bad.
 *
 * Sources: Apache's mod_log_config and nginx's ngx_http_log_module manuals.
 */
#include "base/civil.h"
#include "base/mem.h"
#include "base/scan.h"
#include "text/parser.h"

#include <stdlib.h>
#include <string.h>

enum field { ADDR, IDENT, USER, TIME, METHOD, PATH, PROTOCOL, STATUS, BYTES, REFERER, AGENT, FIELDS };

static const char *const names[FIELDS] = {"addr", "ident", "user", "time", "method", "path",
	"protocol", "status", "bytes", "referer", "agent"};

#define STAMP 26 /* bytes of 17/May/2015:08:05:32 +0000 */

struct combined {
	struct weir_parser parser;
	struct weir_shape *shape;
	struct weir_slot slots[FIELDS];
	bool common;
	int64_t time;
	unsigned char stamp[STAMP]; /* the text that time was read from: seconds repeat */
};

/* A line on its way through the functions below. Each leaves p behind what it
 * read, or sets wrong, span and hint and returns -1. */
struct line {
	const unsigned char *text, *p, *end;
	const unsigned char *wrong;
	size_t span;
	const char *what, *hint;
	struct weir_slot *slots;
};

static struct weir_parser *
open_as(const struct weir_parser_ops *ops, struct weir_input *in, const struct weir_parser_conf *conf)
{
	struct combined *c = weir_mem_zalloc(1, sizeof(*c));
	struct weir_name n[FIELDS];
	unsigned i;

	for (i = 0; i < FIELDS; i++)
		n[i] = (struct weir_name){(const unsigned char *)names[i], (uint32_t)strlen(names[i])};
	c->parser.ops = ops;
	c->common = ops == &weir_combined_common_ops;
	c->parser.in = in;
	c->parser.conf = *conf;
	c->shape = weir_shape_new(WEIR_FORMAT_LINE, 0, n, c->common ? REFERER : FIELDS);
	c->slots[TIME] = (struct weir_slot){.type = WEIR_TIME, .len = 8};
	return &c->parser;
}

static struct weir_parser *
combined_open(struct weir_input *in, const struct weir_parser_conf *conf)
{
	return open_as(&weir_combined_ops, in, conf);
}

static struct weir_parser *
common_open(struct weir_input *in, const struct weir_parser_conf *conf)
{
	return open_as(&weir_combined_common_ops, in, conf);
}

static int
wrong(struct line *l, const unsigned char *at, size_t span, const char *hint)
{
	l->wrong = at;
	l->span = span;
	l->what = at == l->end ? "unexpected end of the line" : "unexpected text";
	l->hint = hint;
	return -1;
}

/* The word at p is not what it should be. */
static int
wrong_word(struct line *l, const unsigned char *at, const char *hint)
{
	const unsigned char *stop = memchr(at, ' ', (size_t)(l->end - at));

	return wrong(l, at, (size_t)((stop != NULL ? stop : l->end) - at), hint);
}

static void
set(struct line *l, enum field f, const unsigned char *p, const unsigned char *end, uint8_t type)
{
	struct weir_slot *s = &l->slots[f];

	s->off = (uint32_t)(p - l->text);
	s->len = (uint32_t)(end - p);
	s->type = s->len == 1 && *p == '-' ? WEIR_NULL : type;
}

/* A word and the space behind it. */
static int
word(struct line *l, enum field f, const char *hint)
{
	const unsigned char *start = l->p;
	const unsigned char *stop = memchr(start, ' ', (size_t)(l->end - start));

	if (stop == NULL || stop == start || *start == '[' || *start == '"')
		return wrong_word(l, start, hint);
	set(l, f, start, stop, WEIR_STRING);
	l->p = stop + 1;
	return 0;
}

/* The user and the " [" behind it. */
static int
user(struct line *l)
{
	const unsigned char *start = l->p, *stop = start;

	if (start < l->end && *start == '[')
		return wrong_word(l, start, "expected a user");
	for (;;) {
		stop = memchr(stop, ' ', (size_t)(l->end - stop));
		if (stop == NULL)
			return wrong_word(l, start, "expected a user and a time in brackets");
		if (l->end - stop > 1 && stop[1] == '[' && stop > start)
			break;
		stop++;
	}
	set(l, USER, start, stop, WEIR_STRING);
	l->p = stop + 2;
	return 0;
}

/* The time and the "] " behind it. */
static int
stamp(struct combined *c, struct line *l)
{
	const unsigned char *start = l->p, *stop;
	size_t len;

	if (l->end - start > STAMP && start[STAMP] == ']')
		stop = start + STAMP;
	else
		stop = memchr(start, ']', (size_t)(l->end - start));
	if (stop == NULL)
		return wrong_word(l, start, "expected a time and \"]\"");
	len = (size_t)(stop - start);
	if (len != STAMP || memcmp(start, c->stamp, STAMP) != 0) {
		int64_t time;

		if (len != STAMP || weir_civil_clf(start, len, &time) != 0) {
			wrong(l, start, len, "expected a time as 17/May/2015:08:05:32 +0000");
			l->what = "cannot read this as a time";
			return -1;
		}
		c->time = time;
		memcpy(c->stamp, start, STAMP);
	}
	l->p = stop + 1;
	if (l->p == l->end || *l->p != ' ')
		return wrong_word(l, l->p, "expected a space");
	l->p++;
	return 0;
}

/* A quoted string's inside. */
static int
quoted(struct line *l, const char *hint, const unsigned char **start, const unsigned char **stop)
{
	const unsigned char *p = l->p;

	if (p == l->end || *p != '"') {
		wrong_word(l, p, hint);
		return -1;
	}
	*start = ++p;
	while ((p = weir_scan_either(p, l->end, '"', '\\')) < l->end && *p == '\\')
		p = l->end - p > 2 ? p + 2 : l->end;
	if (p == l->end) {
		wrong(l, l->p, 1, hint);
		l->what = "no closing quote";
		return -1;
	}
	*stop = p;
	l->p = p + 1;
	return 0;
}

static int
request(struct line *l)
{
	const unsigned char *start, *stop, *a, *b = NULL;

	if (quoted(l, "expected a quoted request", &start, &stop) != 0)
		return -1;
	a = memchr(start, ' ', (size_t)(stop - start));
	if (a != NULL)
		b = memchr(a + 1, ' ', (size_t)(stop - a - 1));
	if (b != NULL && a > start && b > a + 1 && b + 1 < stop &&
	    memchr(b + 1, ' ', (size_t)(stop - b - 1)) == NULL) {
		set(l, METHOD, start, a, WEIR_STRING);
		set(l, PATH, a + 1, b, WEIR_STRING);
		set(l, PROTOCOL, b + 1, stop, WEIR_STRING);
	} else {
		set(l, METHOD, start, start, WEIR_NULL);
		set(l, PATH, start, stop, WEIR_STRING);
		set(l, PROTOCOL, start, start, WEIR_NULL);
	}
	return 0;
}

/* A space, then "-" or digits without a leading zero, and a space behind them or, if it is the last one, nothing. */
static int
number(struct line *l, enum field f, size_t digits, bool last, const char *hint)
{
	const unsigned char *start = l->p + 1, *p;

	if (l->p == l->end || *l->p != ' ')
		return wrong_word(l, l->p, "expected a space");
	for (p = start; p < l->end && *p >= '0' && *p <= '9'; p++)
		;
	if (p == start && p < l->end && *p == '-')
		p++;
	else if (p == start || (*start == '0' && p > start + 1) ||
	    (digits > 0 && p != start + digits))
		return wrong_word(l, start, hint);
	if (last ? p < l->end : p == l->end || *p != ' ')
		return wrong_word(l, last || p == l->end ? p : start, last ? "expected the end of the line" : hint);
	set(l, f, start, p, WEIR_NUMBER);
	l->p = p;
	return 0;
}

/* A space and a quoted string. */
static int
string(struct line *l, enum field f, const char *hint)
{
	const unsigned char *start, *stop;

	if (l->p == l->end || *l->p != ' ')
		return wrong_word(l, l->p, hint);
	l->p++;
	if (quoted(l, hint, &start, &stop) != 0)
		return -1;
	set(l, f, start, stop, WEIR_STRING);
	return 0;
}

static int
parse(struct combined *c, struct line *l)
{
	if (word(l, ADDR, "expected an address") != 0 || word(l, IDENT, "expected an ident") != 0 ||
	    user(l) != 0 || stamp(c, l) != 0 || request(l) != 0 ||
	    number(l, STATUS, 3, false, "expected a status of three digits") != 0 ||
	    number(l, BYTES, 0, c->common, "expected the number of bytes, or \"-\"") != 0)
		return -1;
	if (c->common)
		return 0;
	if (string(l, REFERER, "expected a quoted referer") != 0 ||
	    string(l, AGENT, "expected a quoted agent") != 0)
		return -1;
	if (l->p < l->end)
		return wrong(l, l->p, (size_t)(l->end - l->p), "expected the end of the line");
	return 0;
}

static int
combined_next(struct weir_parser *p, struct weir_parsed *rec)
{
	struct combined *c = (struct combined *)(void *)p;
	struct line l = {.slots = c->slots};
	int rc = weir_parser_line(p, false, &rec->text, &rec->len, &rec->line, &rec->offset);

	if (rc <= 0)
		return rc;
	l.text = l.p = rec->text;
	l.end = l.text + rec->len;
	if (l.end[-1] == '\r')
		l.end--;
	if (parse(c, &l) != 0)
		return weir_parser_bad(p, rec->text, rec->len, (size_t)(l.wrong - l.text), l.span,
		    rec->line, rec->offset, l.hint, "%s", l.what);
	rec->shape = c->shape;
	rec->flags = 0;
	rec->slots = c->slots;
	rec->words = &c->time;
	rec->nwords = 1;
	return 1;
}

static void
combined_free(struct weir_parser *p)
{
	struct combined *c = (struct combined *)(void *)p;

	weir_shape_free(c->shape);
	weir_buf_release(&p->fault.what);
	free(c);
}

const struct weir_parser_ops weir_combined_ops = {.name = "combined", .time = "time", .open = combined_open,
	.next = combined_next, .free = combined_free};

const struct weir_parser_ops weir_combined_common_ops = {.name = "common", .time = "time", .open = common_open,
	.next = combined_next, .free = combined_free};
