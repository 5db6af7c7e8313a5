/*
 * value - see value.h
 *
 * A value may end where its memory ends, so scans must not read behind it: runs of
 * 16 bytes go by base/scan.h, the rest byte by byte.
 */
#include "text/value.h"
#include "base/civil.h"
#include "base/scan.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

static const char *const words[] = {[WEIR_ABSENT] = "null", [WEIR_NULL] = "null",
	[WEIR_FALSE] = "false", [WEIR_TRUE] = "true"};

/* weir_scan_string without reading behind end. */
static inline const unsigned char *
scan_inside(const unsigned char *p, const unsigned char *end)
{
	if (end - p >= WEIR_SCAN_PAD) {
		const unsigned char *stop = end - WEIR_SCAN_PAD;

		p = weir_scan_string(p, stop);
		if (p < stop)
			return p;
	}
	return weir_scan_string_plain(p, end);
}

static void
put_escape(struct weir_buf *b, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";
	static const char plain[] = "btn?fr"; /* 8, 9, 10, 12, 13 */
	unsigned char e[6] = {'\\', c, '0', '0', 0, 0};

	if (c >= 8 && c <= 13 && c != 11) {
		e[1] = (unsigned char)plain[c - 8];
		weir_buf_put(b, e, 2);
	} else if (c >= 0x20) {
		weir_buf_put(b, e, 2);
	} else {
		e[1] = 'u';
		e[4] = (unsigned char)digits[c >> 4];
		e[5] = (unsigned char)digits[c & 15];
		weir_buf_put(b, e, 6);
	}
}

/* Appends p[0, len) as the inside of a JSON string. Returns the bytes replaced. */
static size_t
put_escaped(struct weir_buf *b, const unsigned char *p, size_t len)
{
	const unsigned char *end, *from = p;
	size_t replaced = 0;

	if (len == 0)
		return 0;
	end = p + len;
	weir_buf_need(b, len + 2);
	while ((p = scan_inside(p, end)) < end) {
		uint32_t rune;
		unsigned n = *p < 0x80 ? 0 : weir_utf8_next(p, (size_t)(end - p), &rune);

		if (n > 0) {
			p += n;
			continue;
		}
		weir_buf_put(b, from, (size_t)(p - from));
		if (*p < 0x80) {
			put_escape(b, *p);
		} else {
			weir_buf_put(b, "\xef\xbf\xbd", 3);
			replaced++;
		}
		from = ++p;
	}
	weir_buf_put(b, from, (size_t)(end - from));
	return replaced;
}

size_t
weir_value_quote(struct weir_buf *b, const void *p, size_t len)
{
	size_t replaced;

	weir_buf_putc(b, '"');
	replaced = put_escaped(b, p, len);
	weir_buf_putc(b, '"');
	return replaced;
}

/* The inside of a quoted CSV field as a JSON string: of two quotes the first is kept. */
static size_t
quote_csv(struct weir_buf *b, const unsigned char *p, size_t len)
{
	const unsigned char *end = p + len, *quote;
	size_t replaced = 0;

	weir_buf_putc(b, '"');
	while ((quote = memchr(p, '"', (size_t)(end - p))) != NULL) {
		replaced += put_escaped(b, p, (size_t)(quote - p) + 1);
		p = end - quote > 1 && quote[1] == '"' ? quote + 2 : quote + 1;
	}
	replaced += put_escaped(b, p, (size_t)(end - p));
	weir_buf_putc(b, '"');
	return replaced;
}

/* A TSV field, decoded: a backslash that is none of its escapes stands for itself. */
static void
untab(struct weir_buf *b, const unsigned char *p, size_t len)
{
	static const char from[] = "tnr\\", to[] = "\t\n\r\\";
	const unsigned char *end = p + len, *slash;

	while ((slash = memchr(p, '\\', (size_t)(end - p))) != NULL) {
		const char *e = end - slash > 1 && slash[1] != '\0' ? strchr(from, slash[1]) : NULL;

		weir_buf_put(b, p, (size_t)(slash - p));
		weir_buf_putc(b, e != NULL ? to[e - from] : '\\');
		p = slash + (e != NULL ? 2 : 1);
	}
	weir_buf_put(b, p, (size_t)(end - p));
}

static size_t
quote_tsv(struct weir_buf *b, const unsigned char *p, size_t len)
{
	struct weir_buf plain = {0};
	size_t replaced;

	untab(&plain, p, len);
	replaced = weir_value_quote(b, plain.p, plain.len);
	weir_buf_release(&plain);
	return replaced;
}

size_t
weir_value_json(struct weir_buf *b, const struct weir_value *v, bool compact)
{
	char text[WEIR_CIVIL_TEXT];
	unsigned char *q;

	switch (v->type) {
	case WEIR_NUMBER:
		weir_buf_put(b, v->p, v->len);
		return 0;
	case WEIR_STRING:
		return weir_value_quote(b, v->p, v->len);
	case WEIR_STRING_JSON:
		q = weir_buf_need(b, (size_t)v->len + 2);
		q[0] = '"';
		memcpy(q + 1, v->p, v->len);
		q[v->len + 1] = '"';
		b->len += (size_t)v->len + 2;
		return 0;
	case WEIR_STRING_CSV:
		return quote_csv(b, v->p, v->len);
	case WEIR_STRING_TSV:
		return quote_tsv(b, v->p, v->len);
	case WEIR_ARRAY:
	case WEIR_OBJECT:
		if (compact)
			weir_value_compact(b, v->p, v->len);
		else
			weir_buf_put(b, v->p, v->len);
		return 0;
	case WEIR_TIME:
		return weir_value_quote(b, text, weir_civil_format(v->time, text));
	default:
		weir_buf_puts(b, words[v->type]);
		return 0;
	}
}

void
weir_value_compact(struct weir_buf *b, const void *p, size_t len)
{
	const unsigned char *s = p, *end = s + len;
	unsigned char *q = weir_buf_need(b, len), *start = q;

	while (s < end) {
		unsigned char c = *s++;

		if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
			continue;
		*q++ = c;
		if (c != '"')
			continue;
		while (s < end && *s != '"') {
			if (*s == '\\' && end - s > 1)
				*q++ = *s++;
			*q++ = *s++;
		}
		if (s < end)
			*q++ = *s++;
	}
	b->len += (size_t)(q - start);
}

/* Four hex digits, or -1. */
static int32_t
hex4(const unsigned char *p, const unsigned char *end)
{
	int32_t v = 0;
	int i;

	if (end - p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		unsigned char c = p[i] | 0x20;

		if (p[i] >= '0' && p[i] <= '9')
			v = v << 4 | (p[i] - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (c - 'a' + 10);
		else
			return -1;
	}
	return v;
}

/* The \u escape at p; returns what is behind it, or p if it is none. */
static const unsigned char *
put_unicode(struct weir_buf *b, const unsigned char *p, const unsigned char *end)
{
	int32_t rune = hex4(p + 2, end), low;

	if (rune < 0)
		return p;
	p += 6;
	if (rune >= 0xd800 && rune < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' &&
	    (low = hex4(p + 2, end)) >= 0xdc00 && low < 0xe000) {
		rune = 0x10000 + ((rune - 0xd800) << 10) + (low - 0xdc00);
		p += 6;
	}
	if (rune >= 0xd800 && rune < 0xe000)
		rune = 0xfffd;
	b->len += weir_utf8_put(weir_buf_need(b, 4), (uint32_t)rune);
	return p;
}

void
weir_value_unescape(struct weir_buf *b, const void *p, size_t len)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const unsigned char *s = p, *end = s + len, *slash, *next;

	while ((slash = memchr(s, '\\', (size_t)(end - s))) != NULL) {
		const char *e = NULL;

		weir_buf_put(b, s, (size_t)(slash - s));
		s = slash;
		if (end - s > 1 && s[1] != '\0' && (e = strchr(from, s[1])) != NULL) {
			weir_buf_putc(b, to[e - from]);
			s += 2;
		} else if (end - s > 1 && s[1] == 'u' && (next = put_unicode(b, s, end)) > s) {
			s = next;
		} else {
			weir_buf_putc(b, *s++);
		}
	}
	weir_buf_put(b, s, (size_t)(end - s));
}

static void
undouble(struct weir_buf *b, const unsigned char *p, size_t len)
{
	const unsigned char *end = p + len, *quote;

	while ((quote = memchr(p, '"', (size_t)(end - p))) != NULL) {
		weir_buf_put(b, p, (size_t)(quote - p) + 1);
		p = end - quote > 1 && quote[1] == '"' ? quote + 2 : quote + 1;
	}
	weir_buf_put(b, p, (size_t)(end - p));
}

void
weir_value_string(struct weir_buf *b, const struct weir_value *v)
{
	char text[WEIR_CIVIL_TEXT];

	switch (v->type) {
	case WEIR_NUMBER:
	case WEIR_STRING:
	case WEIR_ARRAY:
	case WEIR_OBJECT:
		weir_buf_put(b, v->p, v->len);
		break;
	case WEIR_STRING_JSON:
		weir_value_unescape(b, v->p, v->len);
		break;
	case WEIR_STRING_CSV:
		undouble(b, v->p, v->len);
		break;
	case WEIR_STRING_TSV:
		untab(b, v->p, v->len);
		break;
	case WEIR_TIME:
		weir_buf_put(b, text, weir_civil_format(v->time, text));
		break;
	default:
		weir_buf_puts(b, words[v->type]);
		break;
	}
}

const unsigned char *
weir_value_bytes(const struct weir_value *v, struct weir_buf *scratch, size_t *len)
{
	switch (v->type) {
	case WEIR_STRING_JSON:
		if (v->len > 0 && memchr(v->p, '\\', v->len) != NULL)
			break;
		*len = v->len;
		return v->p;
	case WEIR_NUMBER:
	case WEIR_STRING:
	case WEIR_ARRAY:
	case WEIR_OBJECT:
		*len = v->len;
		return v->p;
	case WEIR_STRING_CSV:
	case WEIR_STRING_TSV:
	case WEIR_TIME:
		break;
	default:
		*len = strlen(words[v->type]);
		return (const unsigned char *)words[v->type];
	}
	weir_buf_clear(scratch);
	weir_buf_need(scratch, 1);
	weir_value_string(scratch, v);
	*len = scratch->len;
	return scratch->p;
}
