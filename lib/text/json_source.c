/*
 * json_source - JSON texts of a source, as records
 *
 * How texts lie in the source is decided by its first one:
 *   LINES  it ends on its line: one text a line, the rest of the line is blank.
 *          The record's text is the line.
 *   SPAN   it ends on a later line: texts may span lines, and each begins on a
 *          new one. The record's text is the value.
 *   ARRAY  it is an array that ends on a later line: its elements are the
 *          records, one by one, so that memory stays constant; SPAN behind it.
 * If that first text turns out bad, line 1 is the bad record and reading resumes
 * as LINES at line 2. A bad later text ends before the next line that begins
 * with "{" or "["; a bad element of an ARRAY ends with the line of the fault.
 *
 * An array on a line is a list of records too. A value that is no object is the
 * record {"value": ...}.
 */
#include "base/mem.h"
#include "text/json_core.h"
#include "text/json_span.h"

#include <stdlib.h>
#include <string.h>

static struct weir_parser *
json_open(struct weir_input *in, const struct weir_parser_conf *conf)
{
	struct weir_json_source *j = weir_mem_zalloc(1, sizeof(*j));

	j->parser.ops = &weir_json_ops;
	j->parser.in = in;
	j->parser.conf = *conf;
	weir_json_object_init(&j->object);
	return &j->parser;
}

static void
json_free(struct weir_parser *p)
{
	struct weir_json_source *j = (struct weir_json_source *)(void *)p;

	weir_json_object_release(&j->object);
	weir_buf_release(&p->fault.what);
	free(j);
}

int
weir_json_source_bad(struct weir_json_source *j, const unsigned char *text, size_t len,
    const struct weir_json_fault *fault, uint64_t line, uint64_t offset)
{
	size_t at = (size_t)(fault->at - text);
	size_t span = fault->span;

	if (at > len)
		at = len;
	if (span > len - at)
		span = len - at;
	return weir_parser_bad(
	    &j->parser, text, len, at, span, line, offset, fault->hint, "%s", fault->what);
}

/* The next element of the array that a line holds; its text was read before. */
static int
next_listed(struct weir_json_source *j, struct weir_parsed *rec)
{
	struct weir_json_fault fault = {0};
	struct weir_value v;
	const unsigned char *p, *stop;

	if (weir_json_each_next(&j->each, NULL, &v) == 0) {
		j->listing = false;
		return 0;
	}
	j->listed++;
	p = v.type == WEIR_STRING || v.type == WEIR_STRING_JSON ? v.p - 1 : v.p;
	stop = weir_json_object_read(&j->object, p, j->each.end, p, rec, &fault);
	if (stop == NULL)
		return weir_json_source_bad(
		    j, p, (size_t)(j->each.end - p), &fault, j->list_line, j->list_offset);
	rec->text = p;
	rec->len = (size_t)(stop - p);
	rec->listed = (uint32_t)j->listed;
	rec->within = (uint32_t)(p - j->list_start);
	rec->line = j->list_line;
	rec->offset = j->list_offset + (uint64_t)(p - j->list_start);
	return 1;
}

/* One text that is a line. 1, -1; 0: the line was an empty array. */
static int
take_line(struct weir_json_source *j, const unsigned char *line, size_t len, uint64_t number,
    uint64_t offset, struct weir_parsed *rec)
{
	const unsigned char *end = line + len, *p = weir_json_core_space(line, end), *stop;
	struct weir_json_fault fault = {0};
	struct weir_value v;

	rec->text = line;
	rec->len = len;
	rec->listed = 0;
	rec->line = number;
	rec->offset = offset;
	if (p < end && *p == '[')
		stop = weir_json_core_value(p, end, 0, &v, &fault);
	else
		stop = weir_json_object_read(&j->object, p, end, line, rec, &fault);
	if (stop != NULL && stop < end && (stop = weir_json_core_space(stop, end)) < end) {
		weir_json_core_fail(
		    &fault, stop, end, "more text behind the value", "expected one value a line");
		stop = NULL;
	}
	if (stop == NULL)
		return weir_json_source_bad(j, line, len, &fault, number, offset);
	if (p < end && *p != '[')
		return 1;
	weir_json_each_init(&j->each, &v);
	j->listing = true;
	j->list_start = line;
	j->list_line = number;
	j->list_offset = offset;
	for (j->listed = 0; j->listed < j->again; j->listed++)
		weir_json_each_next(&j->each, NULL, &v);
	j->again = 0;
	return next_listed(j, rec);
}

/* A whole line in the buffer that begins with an object: what nearly every line is. 1, or 0: to be
 * looked for with care. */
static inline int
usual_line(struct weir_json_source *j, const unsigned char **line, size_t *len, uint64_t *number,
    uint64_t *offset)
{
	struct weir_input *in = j->parser.in;
	const unsigned char *lf;

	if (in->p == in->end || *in->p != '{' || in->offset == 0 ||
	    (lf = memchr(in->p, '\n', (size_t)(in->end - in->p))) == NULL ||
	    (size_t)(lf - in->p) > j->parser.conf.max_record)
		return 0;
	*line = in->p;
	*len = (size_t)(lf - in->p);
	*number = in->line;
	*offset = in->offset;
	weir_input_take(in, *len + 1, 1);
	return 1;
}

static int
next_line(struct weir_json_source *j, struct weir_parsed *rec)
{
	const unsigned char *line;
	uint64_t number, offset;
	size_t len;
	int rc;

	for (;;) {
		if (j->listing && (rc = next_listed(j, rec)) != 0)
			return rc;
		rc = usual_line(j, &line, &len, &number, &offset);
		if (rc == 0)
			rc = weir_parser_line(&j->parser, false, &line, &len, &number, &offset);
		if (rc <= 0)
			return rc;
		if ((rc = take_line(j, line, len, number, offset, rec)) != 0)
			return rc;
	}
}

/* The first text, which ends on a later line than value, its beginning, lies on. 0: the mode is decided; 1: the text is
 * unfinished; -1 (its first line is bad), -2. */
static int
start_spanning(struct weir_json_source *j)
{
	struct weir_input *in = j->parser.in;
	struct weir_json_fault fault = {0};
	struct weir_parsed rec;
	const unsigned char *stop;
	int rc;

	if (*in->p == '[') {
		weir_input_take(in, 1, 0);
		j->mode = WEIR_JSON_ARRAY;
		j->at = WEIR_JSON_FIRST;
		return 0;
	}
	if ((rc = weir_json_span_value(j, &rec, &stop, &fault)) == 1)
		rc = weir_json_span_blank(in, &stop, &fault);
	if (rc == -1 && (rc = weir_json_span_bad(j, &fault)) == -1) {
		j->mode = WEIR_JSON_LINES;
		j->parser.rest = true;
	}
	if (rc == 1)
		j->mode = WEIR_JSON_SPAN;
	return rc < 0 ? rc : rc == 0;
}

/* Decides the mode by the first line that is not blank. 0; 1: there is none yet; -1, -2. */
static int
start(struct weir_json_source *j)
{
	struct weir_input *in = j->parser.in;
	struct weir_json_fault fault = {0};
	struct weir_value v;
	const unsigned char *line, *value, *stop;
	size_t len, eol;
	int rc;

	if ((rc = weir_parser_bom(&j->parser)) < 0)
		return rc;
	for (;;) {
		rc = weir_input_line(in, j->parser.conf.max_record, &line, &len, &eol);
		if (rc == -2)
			j->mode = WEIR_JSON_LINES;
		if (rc <= 0)
			return rc == -2 ? 0 : rc == -1 ? -2 : 1;
		value = weir_json_core_space(line, line + len);
		if (value < line + len)
			break;
		weir_input_take(in, len + eol, eol);
	}
	stop = weir_json_read(value, line + len, &v, &fault);
	if (stop != NULL || fault.at < line + len || eol == 0) {
		j->mode = WEIR_JSON_LINES;
		return 0;
	}
	weir_input_take(in, (size_t)(value - line), 0);
	return start_spanning(j);
}

/* Passes over what was bad: its line, and behind a text on up to the next line that begins
 * with an opening bracket. 1; 0: more is to come; -2. */
static int
skip_bad(struct weir_json_source *j)
{
	struct weir_input *in = j->parser.in;
	int rc = 1;

	for (;;) {
		if (j->parser.rest && (rc = weir_parser_rest(&j->parser)) <= 0)
			return rc;
		if (!j->seek)
			return 1;
		if (in->p == in->end && (rc = weir_input_fill(in)) <= 0)
			return rc < 0 ? -2 : 0;
		j->seek = *in->p != '{' && *in->p != '[';
		j->parser.rest = j->seek;
	}
}

static int
json_next(struct weir_parser *p, struct weir_parsed *rec)
{
	struct weir_json_source *j = (struct weir_json_source *)(void *)p;
	int rc = 0;

	weir_json_shapes_trim(&j->object.shapes);
	if ((p->rest || j->seek) && (rc = skip_bad(j)) <= 0)
		return rc;
	if (j->mode == WEIR_JSON_START && (rc = start(j)) != 0)
		return rc < 0 ? rc : 0;
	rc = 0;
	if (j->mode == WEIR_JSON_LINES)
		return next_line(j, rec);
	while (rc == 0) {
		enum weir_json_mode was = j->mode;

		rc = (was == WEIR_JSON_SPAN ? weir_json_span_next : weir_json_span_element)(j, rec);
		if (rc == 0 && j->mode == was)
			return 0;
	}
	return rc;
}

/* The modes by name: an ARRAY is three, a SPAN two. */
static const struct {
	const char *name;
	enum weir_json_mode mode;
	enum weir_json_at at;
	bool seek;
} modes[] = {
    {"lines", WEIR_JSON_LINES, WEIR_JSON_FIRST, false},
    {"span", WEIR_JSON_SPAN, WEIR_JSON_FIRST, false},
    {"span, behind a bad text", WEIR_JSON_SPAN, WEIR_JSON_FIRST, true},
    {"array", WEIR_JSON_ARRAY, WEIR_JSON_FIRST, false},
    {"array, behind an element", WEIR_JSON_ARRAY, WEIR_JSON_BEHIND, false},
    {"array, at an element", WEIR_JSON_ARRAY, WEIR_JSON_ELEMENT, false},
};

static void
json_save(const struct weir_parser *p, const struct weir_parsed *rec, struct weir_parser_place *at)
{
	const struct weir_json_source *j = (const struct weir_json_source *)(const void *)p;
	enum weir_json_at where = j->mode != WEIR_JSON_ARRAY ? WEIR_JSON_FIRST
	    : rec != NULL                                    ? WEIR_JSON_ELEMENT
	                                                     : j->at;
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (modes[i].mode == j->mode && modes[i].at == where && modes[i].seek == (rec == NULL && j->seek))
			at->mode = modes[i].name;
	if (rec != NULL && rec->listed > 0) {
		at->offset = rec->offset - rec->within;
		at->listed = rec->listed - 1;
	} else if (rec == NULL && j->listing) {
		at->offset = j->list_offset;
		at->line = j->list_line;
		at->listed = j->listed;
	} else if (j->again > 0 && rec == NULL) {
		at->listed = j->again;
	}
}

static int
json_load(struct weir_parser *p, const struct weir_parser_place *at)
{
	struct weir_json_source *j = (struct weir_json_source *)(void *)p;
	size_t i;

	if (at->mode == NULL)
		return 0;
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(modes[i].name, at->mode) == 0) {
			j->mode = modes[i].mode;
			j->at = modes[i].at;
			j->seek = modes[i].seek;
			j->again = at->listed;
			return 0;
		}
	return -1;
}

const struct weir_parser_ops weir_json_ops = {.name = "json", .open = json_open, .next = json_next,
	.free = json_free, .save = json_save, .load = json_load};
