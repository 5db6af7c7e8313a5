/*
 * nginx - lines as a log_format of nginx says
 *
 * The pattern is the format as it stands in the configuration: the text alone, or
 * with its single quotes (several strings are joined), or the whole directive,
 * log_format NAME escape=... '...' '...';. Escapes of the configuration (\", \',
 * \\, \t, \r, \n) are read everywhere in it.
 *
 * A variable that means what a field of the combined format is has that field's
 * name, any other its own. "-" is null, as nginx writes what it has not, and
 * so is an empty number or time. Values keep the server's escapes (\x22) but those of
 * escape=json, which are undone in quoted strings.
 *
 * Sources: nginx's manual of ngx_http_log_module, ngx_http_upstream_module and ngx_http_core_module.
 */
#include "base/civil.h"
#include "text/layout.h"

#include <stdlib.h>
#include <string.h>

static const struct variable {
	const char *name, *as;
	enum weir_layout_kind kind;
	bool list;              /* one element for each server that was asked, or passed through */
} variables[] = {
    {"remote_addr", "addr", WEIR_LAYOUT_TEXT, false},
    {"remote_user", "user", WEIR_LAYOUT_TEXT, false},
    {"time_local", "time", WEIR_LAYOUT_CLF, false},
    {"request", NULL, WEIR_LAYOUT_REQUEST, false},
    {"status", "status", WEIR_LAYOUT_STATUS, false},
    {"body_bytes_sent", "bytes", WEIR_LAYOUT_NUMBER, false},
    {"http_referer", "referer", WEIR_LAYOUT_TEXT, false},
    {"http_user_agent", "agent", WEIR_LAYOUT_TEXT, false},
    {"time_iso8601", NULL, WEIR_LAYOUT_RFC3339, false},
    {"msec", NULL, WEIR_LAYOUT_UNIT, false},
    {"request_uri", NULL, WEIR_LAYOUT_TEXT, false},
    {"uri", NULL, WEIR_LAYOUT_TEXT, false},
    {"document_uri", NULL, WEIR_LAYOUT_TEXT, false},
    {"bytes_sent", NULL, WEIR_LAYOUT_NUMBER, false},
    {"request_length", NULL, WEIR_LAYOUT_NUMBER, false},
    {"request_time", NULL, WEIR_LAYOUT_NUMBER, false},
    {"connection", NULL, WEIR_LAYOUT_NUMBER, false},
    {"connection_requests", NULL, WEIR_LAYOUT_NUMBER, false},
    {"connection_time", NULL, WEIR_LAYOUT_NUMBER, false},
    {"content_length", NULL, WEIR_LAYOUT_INFER, false},
    {"pid", NULL, WEIR_LAYOUT_NUMBER, false},
    {"remote_port", NULL, WEIR_LAYOUT_NUMBER, false},
    {"server_port", NULL, WEIR_LAYOUT_NUMBER, false},
    {"proxy_protocol_port", NULL, WEIR_LAYOUT_NUMBER, false},
    {"gzip_ratio", NULL, WEIR_LAYOUT_NUMBER, false},
    {"upstream_response_time", NULL, WEIR_LAYOUT_INFER, true},
    {"upstream_connect_time", NULL, WEIR_LAYOUT_INFER, true},
    {"upstream_header_time", NULL, WEIR_LAYOUT_INFER, true},
    {"upstream_first_byte_time", NULL, WEIR_LAYOUT_INFER, true},
    {"upstream_session_time", NULL, WEIR_LAYOUT_INFER, true},
    {"upstream_queue_time", NULL, WEIR_LAYOUT_INFER, true},
    {"upstream_status", NULL, WEIR_LAYOUT_INFER, true},
    {"upstream_response_length", NULL, WEIR_LAYOUT_INFER, true},
    {"upstream_bytes_received", NULL, WEIR_LAYOUT_INFER, true},
    {"upstream_bytes_sent", NULL, WEIR_LAYOUT_INFER, true},
    {"upstream_addr", NULL, WEIR_LAYOUT_TEXT, true},
    {"upstream_cache_status", NULL, WEIR_LAYOUT_TEXT, true},
    {"http_x_forwarded_for", NULL, WEIR_LAYOUT_TEXT, true},
    {"proxy_add_x_forwarded_for", NULL, WEIR_LAYOUT_TEXT, true},
    {"session_time", NULL, WEIR_LAYOUT_NUMBER, false},
    {"bytes_received", NULL, WEIR_LAYOUT_NUMBER, false},
};

/* The pattern on its way through the functions below. */
struct reading {
	const char *text, *p;
	struct weir_layout *layout;
	struct weir_parser_misuse *m;
};

static int
misuse(const struct reading *r, const char *at, size_t span, const char *what)
{
	return weir_parser_misuse(r->m, (size_t)(at - r->text), span, "%s", what);
}

static bool
is_word(char c)
{
	return c != '\0' && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", c) != NULL;
}

static void
skip_blanks(struct reading *r)
{
	r->p += strspn(r->p, " \t\r\n");
}

static int
read_escape(struct reading *r)
{
	static const struct {
		const char *name;
		enum weir_layout_escape escape;
	} known[] = {{"default", WEIR_LAYOUT_BACKSLASH}, {"json", WEIR_LAYOUT_JSON}, {"none", WEIR_LAYOUT_AS_IS}};
	size_t n = strcspn(r->p + 7, " \t\r\n'\""), i;

	for (i = 0; i < 3; i++)
		if (strlen(known[i].name) == n && strncmp(known[i].name, r->p + 7, n) == 0) {
			weir_layout_escape(r->layout, known[i].escape);
			r->p += 7 + n;
			skip_blanks(r);
			return 0;
		}
	return misuse(r, r->p + 7, n, "escape= takes default, json or none");
}

/* One field by the variable's name. */
static int
add_variable(struct reading *r, const char *name, size_t len, const char *at)
{
	struct weir_layout_field f = {.kind = WEIR_LAYOUT_TEXT, .at = (size_t)(at - r->text)};
	char own[128];
	size_t i, n = sizeof(variables) / sizeof(variables[0]);

	f.span = (size_t)(r->p - at);
	if (len == 0 || len >= sizeof(own))
		return misuse(r, at, f.span > 0 ? f.span : 1, "a \"$\" without a variable's name");
	memcpy(own, name, len);
	own[len] = '\0';
	f.name = own;
	for (i = 0; i < n; i++)
		if (strcmp(variables[i].name, own) == 0) {
			f.kind = variables[i].kind;
			f.list = variables[i].list;
			f.name = variables[i].as != NULL ? variables[i].as : own;
			break;
		}
	f.unit = WEIR_UNIT_S;
	f.slash = strcmp(own, "request_uri") == 0 || strcmp(own, "uri") == 0 || strcmp(own, "document_uri") == 0;
	return weir_layout_add(r->layout, &f, at, f.span, r->m);
}

static int
read_variable(struct reading *r)
{
	const char *at = r->p++, *name;
	bool braces = *r->p == '{';
	size_t n;

	name = r->p += braces;
	while (is_word(*r->p))
		r->p++;
	n = (size_t)(r->p - name);
	if (braces && *r->p++ != '}')
		return misuse(r, at, 2, "no \"}\" behind it");
	return add_variable(r, name, n, at);
}

/* The format's text, up to the quote that ends it or, without quotes, to the end. */
static int
read_text(struct reading *r, char quote)
{
	static const char from[] = "\"'\\trn", to[] = "\"'\\\t\r\n";
	const char *start = r->p - 1, *e;

	while (*r->p != '\0' && *r->p != quote) {
		if (*r->p == '$') {
			if (read_variable(r) != 0)
				return -1;
		} else if (*r->p == '\\' && r->p[1] != '\0' && (e = strchr(from, r->p[1])) != NULL) {
			weir_layout_literal(r->layout, (unsigned char)to[e - from]);
			r->p += 2;
		} else {
			weir_layout_literal(r->layout, (unsigned char)*r->p++);
		}
	}
	if (quote != '\0' && *r->p++ != quote)
		return misuse(r, start, 1, "no closing quote");
	return 0;
}

/* Strings in quotes, joined; a semicolon may end them. */
static int
read_strings(struct reading *r, bool directive)
{
	while (*r->p == '\'' || (directive && *r->p == '"')) {
		r->p++;
		if (read_text(r, r->p[-1]) != 0)
			return -1;
		skip_blanks(r);
	}
	if (*r->p == ';') {
		r->p++;
		skip_blanks(r);
	}
	return *r->p == '\0' ? 0 : misuse(r, r->p, strlen(r->p), "text behind the format's strings");
}

static int
read_pattern(struct reading *r)
{
	bool directive;

	skip_blanks(r);
	directive = strncmp(r->p, "log_format", 10) == 0 && strchr(" \t\r\n", r->p[10]) != NULL;
	if (directive) {
		r->p += 10;
		skip_blanks(r);
		r->p += strcspn(r->p, " \t\r\n");
		skip_blanks(r);
	}
	if (strncmp(r->p, "escape=", 7) == 0 && read_escape(r) != 0)
		return -1;
	if (*r->p == '\'' || directive)
		return read_strings(r, directive);
	return read_text(r, '\0');
}

static struct weir_layout *
compile(const char *pattern, struct weir_parser_misuse *m)
{
	struct reading r = {.text = pattern, .p = pattern, .layout = weir_layout_new(WEIR_LAYOUT_BACKSLASH), .m = m};

	if (read_pattern(&r) == 0 && weir_layout_finish(r.layout, m) == 0)
		return r.layout;
	weir_layout_free(r.layout);
	return NULL;
}

static int
nginx_check(const char *pattern, struct weir_parser_misuse *m)
{
	struct weir_layout *l = compile(pattern, m);

	weir_layout_free(l);
	return l != NULL ? 0 : -1;
}

static struct weir_parser *
nginx_open(struct weir_input *in, const struct weir_parser_conf *conf)
{
	struct weir_parser_misuse m;

	return weir_layout_open(compile(conf->pattern, &m), &weir_nginx_ops, in, conf);
}

const struct weir_parser_ops weir_nginx_ops = {.name = "nginx", .check = nginx_check,
	.open = nginx_open, .next = weir_layout_next, .free = weir_layout_parser_free};
