/*
 * detect - see detect.h
 *
 * JSON: the first line begins with "{" or "[" and is JSON as far as it goes.
 * combined: the first line parses as such. CSV: the first line reads as a header:
 * two names or more, none empty or repeated, each beginning with a letter, "_" or
 * "@". lines: anything else.
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
against_json(const unsigned char *p, size_t len)
{
	struct weir_json_fault fault;
	struct weir_value v;

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

/* Runs the parser over the line alone. */
static const char *
against_combined(const unsigned char *p, size_t len, const struct weir_parser_conf *conf)
{
	struct weir_input in;
	struct weir_parsed rec;
	struct weir_parser *parser;
	int rc;

	weir_input_init(&in, -1, "", NULL, p, len);
	parser = weir_combined_ops.open(&in, conf);
	rc = parser->ops->next(parser, &rec);
	parser->ops->free(parser);
	weir_input_release(&in);
	return rc == 1 ? NULL : "the first line does not match it";
}

static bool
begins_name(unsigned char c)
{
	return (c | 0x20u) - (unsigned)'a' <= 25 || c == '_' || c == '@' || c >= 0x80;
}

static const char *
against_csv(const unsigned char *p, size_t len, const struct weir_parser_conf *conf)
{
	struct weir_input in;
	struct weir_parsed rec;
	struct weir_parser_conf bare = *conf;
	struct weir_parser *parser;
	const char *why = "the first line does not read as a header";
	uint32_t i, j;
	int rc;

	bare.no_header = true;
	bare.no_infer = false;
	weir_input_init(&in, -1, "", NULL, p, len);
	parser = weir_csv_ops.open(&in, &bare);
	rc = parser->ops->next(parser, &rec);
	for (i = 0; rc == 1 && i < rec.shape->n; i++) {
		const struct weir_slot *s = &rec.slots[i];

		if (s->len == 0 || !begins_name(rec.text[s->off]))
			break;
		for (j = 0; j < i; j++)
			if (rec.slots[j].len == s->len &&
			    memcmp(rec.text + rec.slots[j].off, rec.text + s->off, s->len) == 0)
				break;
		if (j < i)
			break;
	}
	if (rc == 1 && rec.shape->n < 2)
		why = "the first line has no delimiter";
	else if (rc == 1 && i == rec.shape->n)
		why = NULL;
	parser->ops->free(parser);
	weir_input_release(&in);
	return why;
}

static const struct weir_parser_ops *
settle(struct weir_buf *why, const struct weir_parser_ops *ops, const char *for_it,
    const char *const *against)
{
	static const char *const names[] = {"json", "combined", "csv"};
	size_t i;

	if (why == NULL)
		return ops;
	weir_buf_printf(why, "%s: %s", ops->name, for_it);
	for (i = 0; i < 3; i++)
		if (against[i] != NULL)
			weir_buf_printf(why, "; not %s: %s", names[i], against[i]);
	return ops;
}

const struct weir_parser_ops *
weir_detect(struct weir_input *in, const struct weir_parser_conf *conf, bool *frames, int *rc,
    struct weir_buf *why)
{
	const char *against[3] = {NULL, NULL, NULL};
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
	if (*rc == 0)
		return *rc = 0, settle(why, &weir_lines_ops, "the source is empty", against);
	*rc = 0;
	if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		p += 3;
		len -= 3;
	}
	if ((against[0] = against_json(p, len)) == NULL)
		return settle(why, &weir_json_ops, "the first line is JSON as far as it goes", against);
	if ((against[1] = against_combined(p, len, conf)) == NULL)
		return settle(why, &weir_combined_ops, "the first line matches", against);
	if ((against[2] = against_csv(p, len, conf)) == NULL)
		return settle(why, &weir_csv_ops, "the first line reads as a header", against);
	return settle(why, &weir_lines_ops, "nothing else fits", against);
}
