/*
 * json_span - see json_span.h. Nothing is taken from the input before it is whole, so a value that
 * does not end in the buffer is read again from its start once there is more.
 */
#include "text/json_span.h"
#include "text/json_core.h"

#include <string.h>

static uint64_t
count_lines(const unsigned char *p, const unsigned char *end)
{
	uint64_t n = 0;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		n++;
		p++;
	}
	return n;
}

static void
take_to(struct weir_input *in, const unsigned char *p)
{
	weir_input_take(in, (size_t)(p - in->p), count_lines(in->p, p));
}

/* Takes white space. 1 if something else is there, 0 at the end, -2. */
static int
skip_space(struct weir_input *in)
{
	for (;;) {
		const unsigned char *p = weir_json_core_space(in->p, in->end);
		int rc;

		take_to(in, p);
		if (in->p < in->end)
			return 1;
		if ((rc = weir_input_fill(in)) <= 0)
			return rc < 0 ? -2 : 0;
	}
}

/* Reads the value at in->p, which may span lines: sets rec but takes nothing. 1: whole, *stop is
 * behind it; -1: bad
 * (*fault); -2. */
int
weir_json_span_value(struct weir_json_source *j, struct weir_parsed *rec,
    const unsigned char **stop, struct weir_json_fault *fault)
{
	struct weir_input *in = j->parser.in;

	for (;;) {
		int rc;

		*stop = weir_json_object_read(&j->object, in->p, in->end, in->p, rec, fault);
		/* A number may go on behind what is there; nothing else that is whole can. */
		if (*stop != NULL && (*stop < in->end || in->eof))
			break;
		if (*stop == NULL && fault->at < in->end)
			return -1;
		if ((size_t)(in->end - in->p) > j->parser.conf.max_record) {
			*fault = (struct weir_json_fault){in->p, 1,
			    "a record beyond the size limit", "--max-record SIZE raises it"};
			return -1;
		}
		rc = weir_input_fill(in);
		if (rc < 0)
			return -2;
		if (rc == 0 && *stop == NULL)
			return -1;
	}
	rec->text = in->p;
	rec->len = (size_t)(*stop - in->p);
	rec->line = in->line;
	rec->offset = in->offset;
	if (memchr(rec->text, '\n', rec->len) != NULL)
		rec->flags |= WEIR_ENTRY_MULTILINE;
	if (rec->len > j->parser.conf.max_record) {
		*fault = (struct weir_json_fault){
		    in->p, 1, "a record beyond the size limit", "--max-record SIZE raises it"};
		return -1;
	}
	return 1;
}

/* The rest of a line behind a value must be blank. 1, 0 if it isn't, -2. */
int
weir_json_span_blank(struct weir_input *in, const unsigned char **stop)
{
	for (;;) {
		const unsigned char *p = *stop;
		size_t at;
		int rc;

		while (p < in->end && (*p == ' ' || *p == '\t' || *p == '\r'))
			p++;
		if (p < in->end)
			return *p == '\n';
		at = (size_t)(*stop - in->p);
		rc = weir_input_fill(in);
		*stop = in->p + at;
		if (rc <= 0)
			return rc < 0 ? -2 : 1;
	}
}

/* The first line of a bad text, as far as it is there. */
size_t
weir_json_span_line(const struct weir_input *in)
{
	const unsigned char *lf = memchr(in->p, '\n', (size_t)(in->end - in->p));

	return (size_t)((lf != NULL ? lf : in->end) - in->p);
}

int
weir_json_span_next(struct weir_json_source *j, struct weir_parsed *rec)
{
	struct weir_input *in = j->parser.in;
	const unsigned char *stop;
	struct weir_json_fault fault = {0};
	int rc, kind;

	if ((rc = skip_space(in)) <= 0)
		return rc;
	if (*in->p == '[') {
		weir_input_take(in, 1, 0);
		j->mode = WEIR_JSON_ARRAY;
		j->comma = false;
		return 0;
	}
	if ((rc = weir_json_span_value(j, rec, &stop, &fault)) == -2)
		return -2;
	if (rc == 1 && (kind = weir_json_span_blank(in, &stop)) != 1) {
		if (kind < 0)
			return kind;
		fault = (struct weir_json_fault){
		    stop, 1, "more text behind the value", "expected the next value on a new line"};
		rc = -1;
	}
	if (rc < 0) {
		j->skip = WEIR_JSON_SKIP_TEXT;
		return weir_json_source_bad(
		    j, in->p, weir_json_span_line(in), &fault, in->line, in->offset);
	}
	rec->text = in->p;
	take_to(in, stop);
	return 1;
}

/* Takes the comma or the bracket before the next element. 1: an element follows; 0: the array has
 * ended; -1: neither (*fault); -2. */
static int
array_next(struct weir_json_source *j, struct weir_json_fault *fault)
{
	struct weir_input *in = j->parser.in;
	int rc = skip_space(in);

	if (rc == 1 && *in->p == ']') {
		weir_input_take(in, 1, 0);
		j->mode = WEIR_JSON_SPAN;
		return 0;
	}
	if (rc == 1 && j->comma) {
		if (*in->p != ',') {
			weir_json_core_fail(fault, in->p, in->end, "no comma between elements",
			    "expected \",\" or \"]\"");
			return -1;
		}
		weir_input_take(in, 1, 0);
		rc = skip_space(in);
	}
	if (rc == 0) {
		weir_json_core_fail(fault, in->p, in->p, NULL, "expected \"]\"");
		j->mode = WEIR_JSON_SPAN;
		return -1;
	}
	return rc;
}

int
weir_json_span_element(struct weir_json_source *j, struct weir_parsed *rec)
{
	struct weir_input *in = j->parser.in;
	const unsigned char *stop = NULL;
	struct weir_json_fault fault = {0};
	int rc = array_next(j, &fault);

	if (rc == 0) {
		stop = in->p;
		if ((rc = weir_json_span_blank(in, &stop)) != 0)
			return rc < 0 ? rc : 0;
		fault = (struct weir_json_fault){in->p, 1, "more text behind the value",
		    "expected the next value on a new line"};
		rc = -1;
	} else if (rc == 1) {
		rc = weir_json_span_value(j, rec, &stop, &fault);
	}
	if (rc == -1) {
		j->comma = false;
		j->skip = WEIR_JSON_SKIP_LINE;
		return weir_json_source_bad(
		    j, in->p, weir_json_span_line(in), &fault, in->line, in->offset);
	}
	if (rc < 0)
		return rc;
	j->comma = true;
	take_to(in, stop);
	return 1;
}
