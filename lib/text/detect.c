/*
 * detect - see detect.h
 *
 * JSON: the first line begins with "{" or "[" and is JSON as far as it goes.
 * combined, common: the first line parses as such. logfmt: the first line is two name=value or more and nothing
 * else, names of letters, digits, "_", "@", "." and "-". CSV: the first line reads as a header:
 * two names or more, none empty or repeated, each beginning with a letter, "_" or
 * "@". TSV: the same with tabs, and no blank in a name: a line of a log that has a tab in it is
 * more often a sentence than a header. lines: anything else.
 */
#include "text/detect.h"
#include "base/num.h"
#include "text/json.h"

#include <string.h>

const struct weir_parser_ops *const weir_detect_formats[] = {
    &weir_json_ops, &weir_csv_ops, &weir_tsv_ops, &weir_logfmt_ops, &weir_combined_ops,
    &weir_combined_common_ops, &weir_nginx_ops,
    &weir_apache_ops, &weir_capture_ops, &weir_lines_ops, NULL};

const struct weir_parser_ops *
weir_detect_named(const char *name, const char **pattern)
{
	size_t i, n = strcspn(name, ":");

	*pattern = name[n] == ':' ? name + n + 1 : NULL;
	for (i = 0; weir_detect_formats[i] != NULL; i++) {
		const struct weir_parser_ops *ops = weir_detect_formats[i];

		if (strlen(ops->name) == n && memcmp(ops->name, name, n) == 0)
			return *pattern == NULL || ops->check != NULL ? ops : NULL;
	}
	return NULL;
}

static const char *
against_json(const unsigned char *p, size_t len, const struct weir_parser_conf *conf)
{
	struct weir_json_fault fault;
	struct weir_value v;

	(void)conf;
	while (len > 0 && (*p == ' ' || *p == '\t')) {
		p++;
		len--;
	}
	if (len == 0 || (*p != '{' && *p != '['))
		return "the first line begins with neither \"{\" nor \"[\"";
	if (weir_json_read(p, p + len, &v, &fault) == NULL && fault.at < p + len)
		return "the first line is no JSON";
	return NULL;
}

typedef const char *(*against)(const unsigned char *p, size_t len, const struct weir_parser_conf *conf);

/* The line alone, read by a format. */
struct trial {
	struct weir_input in;
	struct weir_parser *parser;
	struct weir_parsed rec;
	bool read;                  /* it is a record */
};

static void
try_line(struct trial *t, const struct weir_parser_ops *ops, const unsigned char *p, size_t len,
    const struct weir_parser_conf *conf)
{
	weir_input_init(&t->in, -1, "", NULL, p, len);
	t->parser = ops->open(&t->in, conf);
	t->read = t->parser->ops->next(t->parser, &t->rec) == 1;
}

static void
end_trial(struct trial *t)
{
	t->parser->ops->free(t->parser);
	weir_input_release(&t->in);
}

static const char *
against_combined(const unsigned char *p, size_t len, const struct weir_parser_conf *conf)
{
	struct trial t;

	try_line(&t, &weir_combined_ops, p, len, conf);
	end_trial(&t);
	return t.read ? NULL : "the first line does not match it";
}

static const char *
against_common(const unsigned char *p, size_t len, const struct weir_parser_conf *conf)
{
	struct trial t;

	try_line(&t, &weir_combined_common_ops, p, len, conf);
	end_trial(&t);
	return t.read ? NULL : "the first line does not match it";
}

static bool
begins_name(unsigned char c)
{
	return (c | 0x20u) - (unsigned)'a' <= 25 || c == '_' || c == '@' || c >= 0x80;
}

static bool
is_plain_name(const struct weir_name *n)
{
	uint32_t i;

	for (i = 0; i < n->len; i++)
		if (!begins_name(n->p[i]) &&
		    (i == 0 || (n->p[i] - (unsigned)'0' > 9 && n->p[i] != '.' && n->p[i] != '-')))
			return false;
	return true;
}

static const char *
against_logfmt(const unsigned char *p, size_t len, const struct weir_parser_conf *conf)
{
	struct trial t;
	bool pairs;
	uint32_t i, n;

	try_line(&t, &weir_logfmt_ops, p, len, conf);
	pairs = t.read;
	n = pairs ? t.rec.shape->n : 0;
	/* A name alone is a slot without bytes. */
	for (i = 0; i < n && pairs; i++)
		pairs = is_plain_name(&t.rec.shape->names[i]) &&
		    !(t.rec.slots[i].type == WEIR_TRUE && t.rec.slots[i].len == 0);
	end_trial(&t);
	return !pairs ? "the first line is not all name=value"
	    : n < 2   ? "the first line has only one name=value"
	              : NULL;
}

static bool
is_repeated(const struct weir_parsed *rec, uint32_t i)
{
	const struct weir_slot *s = rec->slots;
	uint32_t j;

	for (j = 0; j < i; j++)
		if (s[j].len == s[i].len && memcmp(rec->text + s[j].off, rec->text + s[i].off, s[i].len) == 0)
			return true;
	return false;
}

/* What is against its being a header of names without the bytes in `without`. */
static const char *
against_header(const struct weir_parser_ops *ops, const unsigned char *p, size_t len,
    const struct weir_parser_conf *conf, unsigned char without)
{
	struct weir_parser_conf bare = *conf;
	const char *why = "the first line does not read as a header";
	struct trial t;
	uint32_t i = 0;

	bare.no_header = true;
	bare.no_infer = false;
	try_line(&t, ops, p, len, &bare);
	for (; t.read && i < t.rec.shape->n; i++) {
		const struct weir_slot *s = &t.rec.slots[i];
		const unsigned char *name = t.rec.text + s->off;

		if (s->len == 0 || !begins_name(*name) || is_repeated(&t.rec, i) ||
		    (without != 0 && memchr(name, without, s->len) != NULL))
			break;
	}
	if (t.read && t.rec.shape->n < 2)
		why = "the first line has no delimiter";
	else if (t.read && i == t.rec.shape->n)
		why = NULL;
	end_trial(&t);
	return why;
}

static const char *
against_tsv(const unsigned char *p, size_t len, const struct weir_parser_conf *conf)
{
	if (conf->delimiter != 0)
		return "--delimiter is for csv";
	return against_header(&weir_tsv_ops, p, len, conf, ' ');
}

static const char *
against_csv(const unsigned char *p, size_t len, const struct weir_parser_conf *conf)
{
	return against_header(&weir_csv_ops, p, len, conf, 0);
}

/* In this order; the first that nothing is against. */
static const struct {
	const struct weir_parser_ops *ops;
	against against;
	const char *for_it;
} candidates[] = {
    {&weir_json_ops, against_json, "the first line is JSON as far as it goes"},
    {&weir_combined_ops, against_combined, "the first line matches"},
    {&weir_combined_common_ops, against_common, "the first line matches"},
    {&weir_logfmt_ops, against_logfmt, "the first line is all name=value"},
    {&weir_tsv_ops, against_tsv, "the first line reads as a header"},
    {&weir_csv_ops, against_csv, "the first line reads as a header"},
};

static const struct weir_parser_ops *
decide(const unsigned char *p, size_t len, const struct weir_parser_conf *conf, struct weir_buf *why)
{
	struct weir_buf nots = {0};
	const struct weir_parser_ops *ops = &weir_lines_ops;
	const char *for_it = "nothing else fits", *no;
	size_t i;

	for (i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
		if ((no = candidates[i].against(p, len, conf)) == NULL) {
			ops = candidates[i].ops;
			for_it = candidates[i].for_it;
			break;
		}
		weir_buf_printf(&nots, "; not %s: %s", candidates[i].ops->name, no);
	}
	if (why != NULL)
		weir_buf_printf(why, "%s: %s%s", ops->name, for_it, weir_buf_cstr(&nots));
	weir_buf_release(&nots);
	return ops;
}

const struct weir_parser_ops *
weir_detect(struct weir_input *in, const struct weir_parser_conf *conf, bool *frames, int *rc,
    struct weir_buf *why)
{
	const unsigned char *p = NULL;
	size_t len = 0, eol;

	*frames = false;
	*rc = in->p < in->end ? 1 : weir_input_fill(in);
	if (*rc > 0 && *in->p == WEIR_DETECT_FRAMES) {
		*frames = true;
		*rc = 0;
		return NULL;
	}
	if (*rc > 0)
		*rc = weir_input_line(in, conf->max_record, &p, &len, &eol);
	if (*rc == -1)
		return NULL;
	if (*rc == 0) {
		if (why != NULL)
			weir_buf_puts(why, "lines: the source is empty");
		return &weir_lines_ops;
	}
	*rc = 0;
	if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		p += 3;
		len -= 3;
	}
	return decide(p, len, conf, why);
}
