/*
 * json_core - the inline pieces that JSON's two readers share (json.c, json_source.c)
 */
#ifndef WEIR_TEXT_JSON_CORE_H
#define WEIR_TEXT_JSON_CORE_H

#include "base/scan.h"
#include "text/json.h"

static inline const unsigned char *
weir_json_core_space(const unsigned char *p, const unsigned char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* Sets *fault: what is wrong at `at`, or, if that is the end, that the text ends too early. NULL. */
const unsigned char *weir_json_core_fail(struct weir_json_fault *fault, const unsigned char *at,
    const unsigned char *end, const char *what, const char *hint);

/* What is not plain ASCII in a string: p is at it. Returns the byte behind the escape or
 * the UTF-8 sequence, NULL with *fault. */
const unsigned char *weir_json_core_special(const unsigned char *p, const unsigned char *end,
    struct weir_json_fault *fault);

/* p is behind the opening quote; returns the closing quote, NULL with *fault. *type becomes WEIR_STRING or
 * WEIR_STRING_JSON. */
static inline const unsigned char *
weir_json_core_string(const unsigned char *p, const unsigned char *end, uint8_t *type,
    struct weir_json_fault *fault)
{
	*type = WEIR_STRING;
	for (;;) {
		p = weir_scan_string(p, end);
		if (p < end && *p == '"')
			return p;
		if (p < end && *p == '\\')
			*type = WEIR_STRING_JSON;
		p = weir_json_core_special(p, end, fault);
		if (p == NULL)
			return NULL;
	}
}

/* p is at a digit or a minus. Returns the byte behind the number, NULL with *fault. */
static inline const unsigned char *
weir_json_core_number(const unsigned char *p, const unsigned char *end,
    struct weir_json_fault *fault)
{
	const unsigned char *start = p, *digits;

	if (*p == '-')
		p++;
	digits = p;
	p = weir_scan_digits(p, end);
	if (p == digits || (*digits == '0' && p > digits + 1))
		goto bad;
	if (p < end && *p == '.') {
		digits = ++p;
		p = weir_scan_digits(p, end);
		if (p == digits)
			goto bad;
	}
	if (p < end && (*p | 0x20) == 'e') {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		digits = p;
		p = weir_scan_digits(p, end);
		if (p == digits)
			goto bad;
	}
	return p;
bad:
	if (p == end && !(*digits == '0' && p > digits + 1))
		return weir_json_core_fail(fault, end, end, NULL, "expected a digit");
	fault->at = start;
	fault->span = (size_t)(p < end ? p + 1 - start : p - start);
	fault->what = "not a number by JSON's grammar";
	fault->hint = NULL;
	return NULL;
}

/* Reads the array, object or literal at p; strings and numbers too. around: levels of nesting that it
 * lies in. */
const unsigned char *weir_json_core_value(const unsigned char *p, const unsigned char *end,
    unsigned around, struct weir_value *v, struct weir_json_fault *fault);

#endif
