/*
 * json_span - JSON texts that span lines, and the elements of an array that does
 */
#ifndef WEIR_TEXT_JSON_SPAN_H
#define WEIR_TEXT_JSON_SPAN_H

#include "text/json_source.h"

/* The next text of WEIR_JSON_SPAN, the next element of WEIR_JSON_ARRAY: 1 and *rec; -1: bad; -2:
 * the input failed; 0: there is none, or the mode has changed. */
int weir_json_span_next(struct weir_json_source *j, struct weir_parsed *rec);
int weir_json_span_element(struct weir_json_source *j, struct weir_parsed *rec);

/* Reads the value at in->p, which may span lines: sets rec but takes nothing. 1: whole, *stop is
 * behind it; 0: unfinished (partial); -1: bad (*fault); -2. */
int weir_json_span_value(struct weir_json_source *j, struct weir_parsed *rec,
    const unsigned char **stop, struct weir_json_fault *fault);

/* The rest of a line behind a value must be blank: 1; 0: unfinished; -1: it isn't (*fault); -2. */
int weir_json_span_blank(struct weir_input *in, const unsigned char **stop,
    struct weir_json_fault *fault);

/* Reports the line at in->p as bad, for the fault: -1; 0: the line is unfinished; -2. */
int weir_json_span_bad(struct weir_json_source *j, const struct weir_json_fault *fault);

#endif
