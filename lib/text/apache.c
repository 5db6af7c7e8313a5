/*
 * apache - lines as a LogFormat of Apache says
 *
 * The pattern is the format as it stands in the configuration: the text alone, or in its double quotes, or the whole
 * directive, LogFormat "..." nickname. A backslash takes the next byte as it is; \n and \t are what they
 * stand for.
 *
 * A directive that means what a field of the combined format is has that field's name; %{X-Y}i and
 * its like are called x_y. Modifiers for statuses (%400,501{...}i, %!200...) and < and > change nothing in how a
 * value reads. "-" is null. Values keep the server's escapes (\", \xhh).
 *
 * Source: Apache's manual of mod_log_config and mod_logio.
 */
#include "base/buf.h"
#include "base/civil.h"
#include "base/mem.h"
#include "base/near.h"
#include "text/layout.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Directives without an argument; where two differ in what they count from, each has a name of its own. */
static const struct directive {
	char letter;
	const char *name;
	enum weir_layout_kind kind;
} directives[] = {
    {'a', "addr", WEIR_LAYOUT_TEXT},
    {'A', "local_addr", WEIR_LAYOUT_TEXT},
    {'b', "bytes", WEIR_LAYOUT_NUMBER},
    {'B', "bytes", WEIR_LAYOUT_NUMBER},
    {'D', "duration_us", WEIR_LAYOUT_NUMBER},
    {'f', "file", WEIR_LAYOUT_TEXT},
    {'h', "addr", WEIR_LAYOUT_TEXT},
    {'H', "protocol", WEIR_LAYOUT_TEXT},
    {'I', "bytes_in", WEIR_LAYOUT_NUMBER},
    {'k', "keepalives", WEIR_LAYOUT_NUMBER},
    {'l', "ident", WEIR_LAYOUT_TEXT},
    {'L', "log_id", WEIR_LAYOUT_TEXT},
    {'m', "method", WEIR_LAYOUT_TEXT},
    {'O', "bytes_out", WEIR_LAYOUT_NUMBER},
    {'p', "port", WEIR_LAYOUT_NUMBER},
    {'P', "pid", WEIR_LAYOUT_NUMBER},
    {'q', "query", WEIR_LAYOUT_TEXT},
    {'r', NULL, WEIR_LAYOUT_REQUEST},
    {'R', "handler", WEIR_LAYOUT_TEXT},
    {'s', "status", WEIR_LAYOUT_STATUS},
    {'S', "bytes_total", WEIR_LAYOUT_NUMBER},
    {'T', "duration_s", WEIR_LAYOUT_NUMBER},
    {'u', "user", WEIR_LAYOUT_TEXT},
    {'U', "path", WEIR_LAYOUT_TEXT},
    {'v', "vhost", WEIR_LAYOUT_TEXT},
    {'V', "server_name", WEIR_LAYOUT_TEXT},
    {'X', "connection", WEIR_LAYOUT_TEXT},
};

/* Those with an argument of a few: %{ms}T. */
static const struct {
	char letter;
	const char *arg, *name;
	enum weir_layout_kind kind;
} chosen[] = {
    {'a', "c", "peer_addr", WEIR_LAYOUT_TEXT},
    {'h', "c", "peer_host", WEIR_LAYOUT_TEXT},
    {'L', "c", "connection_log_id", WEIR_LAYOUT_TEXT},
    {'p', "canonical", "port", WEIR_LAYOUT_NUMBER},
    {'p', "local", "local_port", WEIR_LAYOUT_NUMBER},
    {'p', "remote", "remote_port", WEIR_LAYOUT_NUMBER},
    {'P', "pid", "pid", WEIR_LAYOUT_NUMBER},
    {'P', "tid", "tid", WEIR_LAYOUT_NUMBER},
    {'P', "hextid", "tid", WEIR_LAYOUT_TEXT},
    {'T', "s", "duration_s", WEIR_LAYOUT_NUMBER},
    {'T', "ms", "duration_ms", WEIR_LAYOUT_NUMBER},
    {'T', "us", "duration_us", WEIR_LAYOUT_NUMBER},
};

/* The pattern on its way through the functions below; one directive from `at` on. */
struct reading {
	const char *text, *p, *end;
	const char *at;
	const char *arg;        /* what is in the braces, or NULL */
	size_t narg;
	struct weir_layout *layout;
	struct weir_parser_misuse *m;
};

static int
add(struct reading *r, enum weir_layout_kind kind, const char *name)
{
	struct weir_layout_field f = {.kind = kind, .name = name, .unit = WEIR_UNIT_S,
		.at = (size_t)(r->at - r->text), .span = (size_t)(r->p - r->at)};

	f.list = name != NULL && strcmp(name, "x_forwarded_for") == 0;
	f.slash = kind == WEIR_LAYOUT_URL || (name != NULL && strcmp(name, "path") == 0);
	return weir_layout_add(r->layout, &f, r->at, f.span, r->m);
}

static int
misuse(const struct reading *r, const char *what, const char *near)
{
	return weir_parser_misuse(r->m, (size_t)(r->at - r->text), (size_t)(r->p - r->at), "%s%s%s%s",
	    what, near != NULL ? "; did you mean " : "", near != NULL ? near : "", near != NULL ? "?" : "");
}

static bool
is_arg(const struct reading *r, const char *s)
{
	return strlen(s) == r->narg && strncmp(s, r->arg, r->narg) == 0;
}

/* %{X-Forwarded-For}i: x_forwarded_for. */
static int
add_named(struct reading *r, char letter)
{
	struct weir_buf b = {0};
	char *name;
	size_t i;
	int rc;

	for (i = 0; i < r->narg; i++)
		weir_buf_putc(&b, isalnum((unsigned char)r->arg[i]) ? tolower((unsigned char)r->arg[i]) : '_');
	name = weir_buf_cstr(&b);
	rc = add(r, WEIR_LAYOUT_TEXT,
	    letter == 'i' && strcmp(name, "user_agent") == 0 ? "agent" : name);
	weir_buf_release(&b);
	return rc;
}

/* %{...}t: a unit, or strftime's pattern with begin: or end: before it. */
static int
add_time(struct reading *r)
{
	static const struct {
		const char *arg, *name;
		enum weir_layout_kind kind;
		enum weir_civil_unit unit;
	} known[] = {{"sec", "time", WEIR_LAYOUT_UNIT, WEIR_UNIT_S}, {"msec", "time", WEIR_LAYOUT_UNIT, WEIR_UNIT_MS},
	    {"usec", "time", WEIR_LAYOUT_UNIT, WEIR_UNIT_US},
	    {"msec_frac", "msec_frac", WEIR_LAYOUT_TEXT, WEIR_UNIT_S},
	    {"usec_frac", "usec_frac", WEIR_LAYOUT_TEXT, WEIR_UNIT_S}};
	struct weir_layout_field f = {.kind = WEIR_LAYOUT_PATTERN, .name = "time",
		.at = (size_t)(r->at - r->text), .span = (size_t)(r->p - r->at)};
	const char *why;
	size_t i;

	if (r->narg > 6 && strncmp(r->arg, "begin:", 6) == 0) {
		r->arg += 6;
		r->narg -= 6;
	} else if (r->narg > 4 && strncmp(r->arg, "end:", 4) == 0) {
		f.name = "time_end";
		r->arg += 4;
		r->narg -= 4;
	}
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (is_arg(r, known[i].arg)) {
			f.kind = known[i].kind;
			f.unit = known[i].unit;
			if (strcmp(f.name, "time") == 0)
				f.name = known[i].name;
			return weir_layout_add(r->layout, &f, r->at, f.span, r->m);
		}
	f.pattern = weir_mem_dup(r->arg, r->narg);
	why = strchr(f.pattern, '%') == NULL ? "a pattern without %" : weir_civil_pattern_check(f.pattern);
	if (why != NULL) {
		free(f.pattern);
		return misuse(r, why, NULL);
	}
	return weir_layout_add(r->layout, &f, r->at, f.span, r->m);
}

/* A letter that no directive has: the one that differs in its case, or nothing. */
static int
unknown(const struct reading *r, char letter)
{
	char near[3] = {'%', 0, 0};
	size_t i;

	for (i = 0; i < sizeof(directives) / sizeof(directives[0]) && near[1] == 0; i++)
		if (tolower((unsigned char)letter) == tolower((unsigned char)directives[i].letter) && letter != directives[i].letter)
			near[1] = directives[i].letter;
	return misuse(r, "no such directive of Apache's LogFormat", near[1] != 0 ? near : NULL);
}

static int
add_chosen(struct reading *r, char letter)
{
	const char *names[4];
	struct weir_buf b = {0};
	size_t i, n = 0;
	int rc;

	for (i = 0; i < sizeof(chosen) / sizeof(chosen[0]); i++) {
		if (chosen[i].letter != letter)
			continue;
		if (is_arg(r, chosen[i].arg))
			return add(r, chosen[i].kind, chosen[i].name);
		names[n++] = chosen[i].arg;
	}
	if (n == 0)
		return misuse(r, "this directive takes nothing in braces", NULL);
	weir_buf_puts(&b, "in the braces it takes");
	for (i = 0; i < n; i++)
		weir_buf_printf(&b, " %s", names[i]);
	rc = misuse(r, weir_buf_cstr(&b), weir_near(r->arg, r->narg, names, n));
	weir_buf_release(&b);
	return rc;
}

static int
add_plain(struct reading *r, char letter)
{
	size_t i;

	if (letter == 't') {
		weir_layout_literal(r->layout, '[');
		if (add(r, WEIR_LAYOUT_CLF, "time") != 0)
			return -1;
		weir_layout_literal(r->layout, ']');
		return 0;
	}
	if (letter == 'U' && r->end - r->p >= 2 && r->p[0] == '%' && r->p[1] == 'q') {
		r->p += 2;
		return add(r, WEIR_LAYOUT_URL, NULL);
	}
	for (i = 0; i < sizeof(directives) / sizeof(directives[0]); i++)
		if (directives[i].letter == letter)
			return add(r, directives[i].kind, directives[i].name);
	if (letter == 'i' || letter == 'o' || letter == 'e' || letter == 'n' || letter == 'C')
		return misuse(r, "it takes a name in braces, such as %{Referer}i", NULL);
	return unknown(r, letter);
}

/* Reads %[!][0-9,...][<>][{...}]LETTER; r->p is behind the %. */
static int
read_directive(struct reading *r)
{
	char letter;

	r->at = r->p - 1;
	r->arg = NULL;
	while (r->p < r->end && strchr("!,<>0123456789", *r->p) != NULL)
		r->p++;
	if (r->p < r->end && *r->p == '{') {
		r->arg = r->p + 1;
		while (r->p < r->end && *r->p != '}')
			r->p++;
		r->narg = (size_t)(r->p - r->arg);
		if (r->p == r->end)
			return misuse(r, "no \"}\"", NULL);
		r->p++;
		while (r->p < r->end && strchr("<>", *r->p) != NULL)
			r->p++;
	}
	if (r->p == r->end)
		return misuse(r, "a \"%\" without a directive; %% stands for itself", NULL);
	letter = *r->p++;
	if (letter == '^' && r->end - r->p >= 2) {
		bool trailer = r->p[0] == 't' && (r->p[1] == 'i' || r->p[1] == 'o');

		r->p += 2;
		return trailer && r->arg != NULL ? add_named(r, 't') : misuse(r, "not a directive that can be read back", NULL);
	}
	if (r->arg == NULL)
		return add_plain(r, letter);
	if (r->narg == 0)
		return misuse(r, "nothing in the braces", NULL);
	if (letter == 't')
		return add_time(r);
	return strchr("ioenC", letter) != NULL ? add_named(r, letter) : add_chosen(r, letter);
}

static int
read_text(struct reading *r)
{
	while (r->p < r->end) {
		char c = *r->p++;

		if (c == '%' && r->p < r->end && *r->p == '%') {
			r->p++;
		} else if (c == '%') {
			if (read_directive(r) != 0)
				return -1;
			continue;
		} else if (c == '\\' && r->p < r->end) {
			c = *r->p++;
			c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
		}
		weir_layout_literal(r->layout, (unsigned char)c);
	}
	return 0;
}

/* Where the string that begins behind the quote at p ends, if at most a nickname is behind it; or NULL. */
static const char *
closing_quote(const char *p)
{
	const char *q;

	for (q = p + 1; *q != '\0' && *q != '"'; q++)
		if (*q == '\\' && q[1] != '\0')
			q++;
	return *q == '"' && strpbrk(q + 1, "\"%") == NULL ? q : NULL;
}

static struct weir_layout *
compile(const char *pattern, struct weir_parser_misuse *m)
{
	struct reading r = {.text = pattern, .p = pattern, .layout = weir_layout_new(WEIR_LAYOUT_BACKSLASH), .m = m};
	const char *start = pattern + strspn(pattern, " \t\r\n"), *close;

	if (strncmp(start, "LogFormat", 9) == 0)
		start += 9 + strspn(start + 9, " \t");
	r.end = pattern + strlen(pattern);
	if (*start == '"' && (close = closing_quote(start)) != NULL) {
		r.p = start + 1;
		r.end = close;
	}
	if (read_text(&r) == 0 && weir_layout_finish(r.layout, m) == 0)
		return r.layout;
	weir_layout_free(r.layout);
	return NULL;
}

static int
apache_check(const char *pattern, struct weir_parser_misuse *m)
{
	struct weir_layout *l = compile(pattern, m);

	weir_layout_free(l);
	return l != NULL ? 0 : -1;
}

static struct weir_parser *
apache_open(struct weir_input *in, const struct weir_parser_conf *conf)
{
	struct weir_parser_misuse m;

	return weir_layout_open(compile(conf->pattern, &m), &weir_apache_ops, in, conf);
}

const struct weir_parser_ops weir_apache_ops = {.name = "apache", .check = apache_check,
	.open = apache_open, .next = weir_layout_next, .free = weir_layout_parser_free};
