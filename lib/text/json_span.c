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

int
weir_json_span_value(struct weir_json_source *j, struct weir_parsed *rec,
    const unsigned char **stop, struct weir_json_fault *fault)
{
	struct weir_input *in = j->parser.in;

	for (;;) {
		int rc;

		*stop = weir_json_object_read(&j->object, in->p, in->end, in->p, rec, fault);
		/* A number may go on behind what is there; nothing else that is whole can. */
		if (*stop != NULL && (*stop < in->end || (in->eof && !in->partial)))
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
		if (rc == 0 && in->partial)
			return 0;
		if (rc == 0 && *stop == NULL)
			return -1;
	}
	rec->text = in->p;
	rec->len = (size_t)(*stop - in->p);
	rec->listed = 0;
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

int
weir_json_span_blank(struct weir_input *in, const unsigned char **stop,
    struct weir_json_fault *fault)
{
	for (;;) {
		const unsigned char *p = *stop;
		size_t at;
		int rc;

		while (p < in->end && (*p == ' ' || *p == '\t' || *p == '\r'))
			p++;
		if (p < in->end && *p == '\n')
			return 1;
		if (p < in->end) {
			*fault = (struct weir_json_fault){*stop, 1, "more text behind the value",
			    "expected the next value on a new line"};
			return -1;
		}
		at = (size_t)(*stop - in->p);
		rc = weir_input_fill(in);
		*stop = in->p + at;
		if (rc <= 0)
			return rc < 0 ? -2 : !in->partial;
	}
}

/* The whole line is read first, up to the limit, so that what is shown of it does not depend on the
 * pieces that it came in. */
int
weir_json_span_bad(struct weir_json_source *j, const struct weir_json_fault *fault)
{
	struct weir_input *in = j->parser.in;
	size_t at = (size_t)(fault->at - in->p), len, eol;
	struct weir_json_fault f = *fault;
	const unsigned char *text;
	int rc = weir_input_line(in, j->parser.conf.max_record, &text, &len, &eol);

	if (rc == -1)
		return -2;
	if (rc == 0 && in->partial)
		return 0;
	f.at = text + at;
	if (len > j->parser.conf.max_record)
		len = j->parser.conf.max_record;
	return weir_json_source_bad(j, text, len, &f, in->line, in->offset);
}

int
weir_json_span_next(struct weir_json_source *j, struct weir_parsed *rec)
{
	struct weir_input *in = j->parser.in;
	const unsigned char *stop;
	struct weir_json_fault fault = {0};
	int rc;

	if ((rc = skip_space(in)) <= 0)
		return rc;
	if (*in->p == '[') {
		weir_input_take(in, 1, 0);
		j->mode = WEIR_JSON_ARRAY;
		j->at = WEIR_JSON_FIRST;
		return 0;
	}
	if ((rc = weir_json_span_value(j, rec, &stop, &fault)) == 1)
		rc = weir_json_span_blank(in, &stop, &fault);
	if (rc == -1 && (rc = weir_json_span_bad(j, &fault)) == -1)
		j->seek = j->parser.rest = true;
	if (rc < 1)
		return rc;
	rec->text = in->p;
	take_to(in, stop);
	return 1;
}

/* Takes the comma before the next element. 1: an element follows; 2: the bracket that ends the array; 0: neither is
 * there yet; -1: neither comes (*fault); -2. */
static int
array_next(struct weir_json_source *j, struct weir_json_fault *fault)
{
	struct weir_input *in = j->parser.in;
	int rc = skip_space(in);

	if (rc == 1 && *in->p == ']' && j->at != WEIR_JSON_ELEMENT)
		return 2;
	if (rc == 1 && j->at == WEIR_JSON_BEHIND) {
		if (*in->p != ',') {
			weir_json_core_fail(fault, in->p, in->end, "no comma between elements",
			    "expected \",\" or \"]\"");
			return -1;
		}
		weir_input_take(in, 1, 0);
		j->at = WEIR_JSON_ELEMENT;
		rc = skip_space(in);
	}
	if (rc == 0 && !in->partial) {
		weir_json_core_fail(fault, in->p, in->p, NULL, "expected \"]\"");
		j->mode = WEIR_JSON_SPAN;
		return -1;
	}
	return rc;
}

/* The array ends at in->p: 0, and the mode has changed unless that is unfinished; -1, -2. */
static int
end_array(struct weir_json_source *j)
{
	struct weir_input *in = j->parser.in;
	struct weir_json_fault fault = {0};
	const unsigned char *stop = in->p + 1;
	int rc = weir_json_span_blank(in, &stop, &fault);

	if (rc == 1)
		weir_input_take(in, 1, 0);
	else if (rc == -1 && (rc = weir_json_span_bad(j, &fault)) == -1)
		j->parser.rest = true;
	if (rc == 1 || rc == -1)
		j->mode = WEIR_JSON_SPAN;
	return rc < 0 ? rc : 0;
}

int
weir_json_span_element(struct weir_json_source *j, struct weir_parsed *rec)
{
	struct weir_input *in = j->parser.in;
	const unsigned char *stop = NULL;
	struct weir_json_fault fault = {0};
	int rc = array_next(j, &fault);

	if (rc == 2)
		return end_array(j);
	if (rc == 1)
		rc = weir_json_span_value(j, rec, &stop, &fault);
	if (rc == -1 && (rc = weir_json_span_bad(j, &fault)) == -1) {
		j->at = WEIR_JSON_FIRST;
		j->parser.rest = true;
	}
	if (rc < 1)
		return rc;
	j->at = WEIR_JSON_BEHIND;
	take_to(in, stop);
	return 1;
}
