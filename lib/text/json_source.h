/*
 * json_source - the reader of JSON texts, for its own files (json_source.c, json_span.c)
 */
#ifndef WEIR_TEXT_JSON_SOURCE_H
#define WEIR_TEXT_JSON_SOURCE_H

#include "text/json_object.h"
#include "text/parser.h"

#include <stdbool.h>
#include <stdint.h>

/* How texts lie in the source: see json_source.c. */
enum weir_json_mode { WEIR_JSON_START, WEIR_JSON_LINES, WEIR_JSON_SPAN, WEIR_JSON_ARRAY };

/* Where in an ARRAY: at its first element or its end; behind an element; at an element, its comma read. */
enum weir_json_at { WEIR_JSON_FIRST, WEIR_JSON_BEHIND, WEIR_JSON_ELEMENT };

struct weir_json_source {
	struct weir_parser parser;
	enum weir_json_mode mode;
	enum weir_json_at at;  /* of an ARRAY */
	bool seek;             /* behind a bad text: lines are passed over up to one that begins with a bracket */
	struct weir_json_object object;
	struct weir_json_each each; /* LINES: the array that is being handed out */
	bool listing;
	const unsigned char *list_start;
	uint64_t list_line, list_offset;
	uint64_t listed; /* elements of it that were handed out */
	uint64_t again;  /* elements to be passed over: they were handed out before the source was left */
};

/* Reports a fault in text[0, len), which begins at that line and offset: -1. */
int weir_json_source_bad(struct weir_json_source *j, const unsigned char *text, size_t len,
    const struct weir_json_fault *fault, uint64_t line, uint64_t offset);

#endif
