/*
 * json - see json.h
 *
 * Nested values are walked with a stack of bits (object or array), not by
 * recursion. Strings are scanned 16 bytes at a time; only what is special is
 * looked at byte by byte.
 */
#include "text/json.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "text/json_core.h"
#include "text/value.h"

#include <string.h>

const unsigned char *
weir_json_core_fail(struct weir_json_fault *fault, const unsigned char *at,
    const unsigned char *end, const char *what, const char *hint)
{
	fault->at = at;
	fault->span = at < end ? 1 : 0;
	fault->what = at < end ? what : "the text ends too early";
	fault->hint = hint;
	return NULL;
}

/* Whether the bytes at p are the beginning of a UTF-8 sequence that the end cuts off. */
static int
is_cut(const unsigned char *p, const unsigned char *end)
{
	ptrdiff_t len = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : *p >= 0xc2 ? 2 : 0, i;

	for (i = 1; p + i < end && (p[i] & 0xc0) == 0x80; i++)
		;
	return p + i == end && i < len && *p <= 0xf4;
}

static int
is_hex(unsigned char c)
{
	return c - (unsigned)'0' <= 9 || (c | 0x20u) - (unsigned)'a' <= 5;
}

const unsigned char *
weir_json_core_special(const unsigned char *p, const unsigned char *end,
    struct weir_json_fault *fault)
{
	unsigned i, n;
	uint32_t rune;

	if (p >= end)
		return weir_json_core_fail(fault, end, end, NULL, "expected a closing quote");
	if (*p < 0x20)
		return weir_json_core_fail(fault, p, end, "a control character in a string",
		    "expected it escaped, or a closing quote before it");
	if (*p >= 0x80) {
		while (p < end && *p >= 0x80) {
			if ((n = weir_utf8_next(p, (size_t)(end - p), &rune)) == 0)
				return weir_json_core_fail(fault, is_cut(p, end) ? end : p, end, "not UTF-8", NULL);
			p += n;
		}
		return p;
	}
	if (end - p < 2)
		return weir_json_core_fail(fault, end, end, NULL, "expected an escape");
	if (p[1] != 'u')
		return strchr("\"\\/bfnrt", p[1]) != NULL && p[1] != '\0'
		    ? p + 2
		    : weir_json_core_fail(fault, p + 1, end, "no such escape",
		          "expected one of \" \\ / b f n r t u");
	for (i = 2; i < 6; i++)
		if (end - p <= (ptrdiff_t)i || !is_hex(p[i]))
			return weir_json_core_fail(fault, end - p <= (ptrdiff_t)i ? end : p + i, end,
			    "not a hexadecimal digit", "expected four behind \\u");
	return p + 6;
}

static const unsigned char *
literal(const unsigned char *p, const unsigned char *end, struct weir_value *v,
    struct weir_json_fault *fault)
{
	static const struct {
		const char *word;
		uint8_t len, type;
	} words[] = {{"null", 4, WEIR_NULL}, {"true", 4, WEIR_TRUE}, {"false", 5, WEIR_FALSE}};
	size_t i, n;

	for (i = 0; i < 3; i++) {
		for (n = 0; n < words[i].len && p + n < end && p[n] == (unsigned char)words[i].word[n]; n++)
			;
		if (n == words[i].len) {
			v->type = words[i].type;
			v->p = p;
			v->len = words[i].len;
			return p + n;
		}
		if (n > 0 && p + n == end)
			return weir_json_core_fail(fault, end, end, NULL, "expected a value");
	}
	return weir_json_core_fail(fault, p, end, "not a value",
	    "expected a string, a number, true, false, null, \"{\" or \"[\"");
}

static const unsigned char *
scalar(const unsigned char *p, const unsigned char *end, struct weir_value *v,
    struct weir_json_fault *fault)
{
	const unsigned char *stop;

	if (p >= end)
		return weir_json_core_fail(fault, end, end, NULL, "expected a value");
	if (*p == '"') {
		stop = weir_json_core_string(p + 1, end, &v->type, fault);
		v->p = p + 1;
		v->len = stop != NULL ? (uint32_t)(stop - p - 1) : 0;
		return stop != NULL ? stop + 1 : NULL;
	}
	if (*p == '-' || *p - (unsigned)'0' <= 9) {
		stop = weir_json_core_number(p, end, fault);
		v->type = WEIR_NUMBER;
		v->p = p;
		v->len = stop != NULL ? (uint32_t)(stop - p) : 0;
		return stop;
	}
	return literal(p, end, v, fault);
}

/* A key and its colon; p is where the key should begin. */
static const unsigned char *
member_name(const unsigned char *p, const unsigned char *end, struct weir_json_fault *fault)
{
	uint8_t type;

	if (p >= end || *p != '"')
		return weir_json_core_fail(fault, p, end, "not a name", "expected a name in quotes");
	if ((p = weir_json_core_string(p + 1, end, &type, fault)) == NULL)
		return NULL;
	p = weir_json_core_space(p + 1, end);
	if (p >= end || *p != ':')
		return weir_json_core_fail(fault, p, end, "no colon behind a name", "expected \":\"");
	return weir_json_core_space(p + 1, end);
}

static const unsigned char *
nested(const unsigned char *p, const unsigned char *end, unsigned around,
    struct weir_json_fault *fault)
{
	unsigned char objects[WEIR_JSON_DEPTH / 8];
	unsigned depth = 0;
	struct weir_value v;
	bool object;

open:
	if (depth + around == WEIR_JSON_DEPTH)
		return weir_json_core_fail(fault, p, end, "nested too deeply", "expected at most 1024 levels");
	object = *p == '{';
	if (depth % 8 == 0)
		objects[depth / 8] = 0;
	objects[depth / 8] = (unsigned char)((objects[depth / 8] & ~(1u << depth % 8)) |
	    (unsigned)object << depth % 8);
	depth++;
	p = weir_json_core_space(p + 1, end);
	if (p < end && *p == (object ? '}' : ']'))
		goto close;
value:
	if (object && (p = member_name(p, end, fault)) == NULL)
		return NULL;
	if (p < end && (*p == '{' || *p == '['))
		goto open;
	if ((p = scalar(p, end, &v, fault)) == NULL)
		return NULL;
behind:
	p = weir_json_core_space(p, end);
	if (p < end && *p == ',') {
		p = weir_json_core_space(p + 1, end);
		goto value;
	}
	if (p >= end || *p != (object ? '}' : ']'))
		return weir_json_core_fail(fault, p, end, "no comma between members",
		    object ? "expected \",\" or \"}\"" : "expected \",\" or \"]\"");
close:
	p++;
	if (--depth == 0)
		return p;
	object = objects[(depth - 1) / 8] >> (depth - 1) % 8 & 1;
	goto behind;
}

const unsigned char *
weir_json_core_value(const unsigned char *p, const unsigned char *end, unsigned around,
    struct weir_value *v, struct weir_json_fault *fault)
{
	const unsigned char *stop;

	if (p >= end || (*p != '{' && *p != '['))
		return scalar(p, end, v, fault);
	v->type = *p == '{' ? WEIR_OBJECT : WEIR_ARRAY;
	v->p = p;
	stop = nested(p, end, around, fault);
	v->len = stop != NULL ? (uint32_t)(stop - p) : 0;
	return stop;
}

const unsigned char *
weir_json_read(const unsigned char *p, const unsigned char *end, struct weir_value *v,
    struct weir_json_fault *fault)
{
	return weir_json_core_value(weir_json_core_space(p, end), end, 0, v, fault);
}

void
weir_json_each_init(struct weir_json_each *e, const struct weir_value *v)
{
	e->object = v->type == WEIR_OBJECT;
	e->p = v->p;
	e->end = v->p + v->len;
	if ((v->type == WEIR_OBJECT || v->type == WEIR_ARRAY) && v->len >= 2) {
		e->p++;
		e->end--;
	} else {
		e->p = e->end;
	}
}

/* Steps over one string without reading behind its end: p is at the opening quote. */
static const unsigned char *
step_string(const unsigned char *p, const unsigned char *end, struct weir_value *v)
{
	v->type = WEIR_STRING;
	v->p = ++p;
	for (; p < end && *p != '"'; p++)
		if (*p == '\\') {
			v->type = WEIR_STRING_JSON;
			if (++p == end)
				break;
		}
	v->len = (uint32_t)(p - v->p);
	return p < end ? p + 1 : end;
}

/* Steps over one value of valid text. */
static const unsigned char *
step_value(const unsigned char *p, const unsigned char *end, struct weir_value *v)
{
	const unsigned char *start = p;
	struct weir_value inner;
	size_t depth = 0;

	if (p < end && *p == '"')
		return step_string(p, end, v);
	while (p < end) {
		if (*p == '"') {
			p = step_string(p, end, &inner);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if ((*p == '}' || *p == ']') && depth > 0 && --depth == 0) {
			p++;
			break;
		} else if (depth == 0 && (*p == ',' || *p <= ' '))
			break;
		p++;
	}
	v->p = start;
	v->len = (uint32_t)(p - start);
	v->type = p == start     ? WEIR_ABSENT
	    : *start == '{'      ? WEIR_OBJECT
	    : *start == '['      ? WEIR_ARRAY
	    : *start == 'n'      ? WEIR_NULL
	    : *start == 't'      ? WEIR_TRUE
	    : *start == 'f'      ? WEIR_FALSE
	                         : WEIR_NUMBER;
	return p;
}

int
weir_json_each_next(struct weir_json_each *e, struct weir_value *key, struct weir_value *v)
{
	const unsigned char *p = weir_json_core_space(e->p, e->end);
	struct weir_value name;

	if (p < e->end && *p == ',')
		p = weir_json_core_space(p + 1, e->end);
	if (e->object && p < e->end) {
		if (*p != '"')
			return e->p = e->end, 0;
		p = weir_json_core_space(step_string(p, e->end, &name), e->end);
		if (p < e->end && *p == ':')
			p = weir_json_core_space(p + 1, e->end);
		if (key != NULL)
			*key = name;
	}
	e->p = p < e->end ? step_value(p, e->end, v) : e->end;
	if (p >= e->end || v->type == WEIR_ABSENT)
		return e->p = e->end, 0;
	return 1;
}

void
weir_json_member(const struct weir_value *object, const void *name, size_t len,
    struct weir_value *v)
{
	struct weir_value found = {.type = WEIR_ABSENT}, key, value;
	struct weir_buf scratch = {0};
	struct weir_json_each e;

	if (object->type == WEIR_OBJECT) {
		weir_json_each_init(&e, object);
		while (weir_json_each_next(&e, &key, &value) > 0) {
			size_t n;
			const unsigned char *p = weir_value_bytes(&key, &scratch, &n);

			if (n == len && memcmp(p, name, len) == 0)
				found = value;
		}
		weir_buf_release(&scratch);
	}
	*v = found;
}

void
weir_json_element(const struct weir_value *array, int64_t i, struct weir_value *v)
{
	struct weir_value value, found = {.type = WEIR_ABSENT};
	struct weir_json_each e;
	int64_t n = 0;

	if (array->type == WEIR_ARRAY && i < 0) {
		weir_json_each_init(&e, array);
		while (weir_json_each_next(&e, NULL, &value) > 0)
			n++;
		i += n;
	}
	if (array->type == WEIR_ARRAY && i >= 0) {
		weir_json_each_init(&e, array);
		while (weir_json_each_next(&e, NULL, &value) > 0)
			if (i-- == 0) {
				found = value;
				break;
			}
	}
	*v = found;
}
