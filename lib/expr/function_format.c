/*
 * function_format - @text, @json, @csv, @tsv, @html, @uri, @urid, @sh, @base64, @base64d
 *
 * Each appends to one buffer. A value that is no string is formatted as its JSON text.
 */
#include "base/utf8.h"
#include "expr/function.h"

#include <string.h>

typedef bool format_run(struct weir_call *c, struct weir_buf *b, struct weir_val *v);

/* The text of a value: of a string its bytes, of others their JSON, in scratch. */
static const unsigned char *
text_of(struct weir_val *v, struct weir_buf *scratch, size_t *len)
{
	if (v->kind == WEIR_VAL_STRING)
		return weir_val_bytes(v, len);
	weir_val_canonical(scratch, v);
	*len = scratch->len;
	return scratch->p;
}

static bool
text(struct weir_call *c, struct weir_buf *b, struct weir_val *v)
{
	size_t len;
	const unsigned char *p;

	(void)c;
	if (v->kind == WEIR_VAL_STRING) {
		p = weir_val_bytes(v, &len);
		weir_buf_put(b, p, len);
	} else {
		weir_val_canonical(b, v);
	}
	return true;
}

static bool
json(struct weir_call *c, struct weir_buf *b, struct weir_val *v)
{
	(void)c;
	weir_val_canonical(b, v);
	return true;
}

/* The bytes of pairs[i][0] become the rest of pairs[i]; the last is "". NUL is \0, as in jq. */
static void
put_escaped(struct weir_buf *b, struct weir_val *v, const char *const *pairs)
{
	struct weir_buf scratch = {0};
	size_t len, i, k;
	const unsigned char *p = text_of(v, &scratch, &len);

	for (i = 0; i < len; i++) {
		for (k = 0; pairs[k] != NULL && pairs[k][0] != (char)p[i]; k++)
			;
		if (p[i] == '\0')
			weir_buf_puts(b, "\\0");
		else if (pairs[k] != NULL)
			weir_buf_puts(b, pairs[k] + 1);
		else
			weir_buf_putc(b, p[i]);
	}
	weir_buf_release(&scratch);
}

static bool
html(struct weir_call *c, struct weir_buf *b, struct weir_val *v)
{
	static const char *const pairs[] = {"<&lt;", ">&gt;", "&&amp;", "'&apos;", "\"&quot;", NULL};

	(void)c;
	put_escaped(b, v, pairs);
	return true;
}

/* A row of csv or tsv: numbers and booleans as they are, null empty; NaN too. */
static bool
row(struct weir_call *c, struct weir_buf *b, struct weir_val *v, int separator,
    const char *const *pairs, const char *quote)
{
	struct weir_num n;
	uint32_t i;

	weir_val_open(v);
	for (i = 0; i < v->arr->n; i++) {
		struct weir_val *cell = &v->arr->v[i];

		if (i > 0)
			weir_buf_putc(b, separator);
		if (cell->kind >= WEIR_VAL_ARRAY)
			return weir_call_refuse(c, cell, "is not valid in a csv row");
		if (cell->kind == WEIR_VAL_NUMBER)
			weir_val_num(cell, &n);
		if (cell->kind == WEIR_VAL_STRING) {
			weir_buf_puts(b, quote);
			put_escaped(b, cell, pairs);
			weir_buf_puts(b, quote);
		} else if (cell->kind != WEIR_VAL_NULL &&
		    (cell->kind != WEIR_VAL_NUMBER || !n.inexact || n.d == n.d)) {
			weir_val_canonical(b, cell);
		}
	}
	return true;
}

static bool
csv(struct weir_call *c, struct weir_buf *b, struct weir_val *v)
{
	static const char *const pairs[] = {"\"\"\"", NULL};

	if (v->kind != WEIR_VAL_ARRAY)
		return weir_call_refuse(c, v, "cannot be csv-formatted, only array");
	return row(c, b, v, ',', pairs, "\"");
}

static bool
tsv(struct weir_call *c, struct weir_buf *b, struct weir_val *v)
{
	static const char *const pairs[] = {"\t\\t", "\r\\r", "\n\\n", "\\\\\\", NULL};

	if (v->kind != WEIR_VAL_ARRAY)
		return weir_call_refuse(c, v, "cannot be tsv-formatted, only array");
	return row(c, b, v, '\t', pairs, "");
}

static bool
sh_word(struct weir_call *c, struct weir_buf *b, struct weir_val *v)
{
	static const char *const pairs[] = {"''\\''", NULL};

	if (v->kind >= WEIR_VAL_ARRAY)
		return weir_call_refuse(c, v, "can not be escaped for shell");
	if (v->kind != WEIR_VAL_STRING) {
		weir_val_canonical(b, v);
		return true;
	}
	weir_buf_putc(b, '\'');
	put_escaped(b, v, pairs);
	weir_buf_putc(b, '\'');
	return true;
}

static bool
sh(struct weir_call *c, struct weir_buf *b, struct weir_val *v)
{
	uint32_t i;

	if (v->kind != WEIR_VAL_ARRAY)
		return sh_word(c, b, v);
	weir_val_open(v);
	for (i = 0; i < v->arr->n; i++) {
		if (i > 0)
			weir_buf_putc(b, ' ');
		if (!sh_word(c, b, &v->arr->v[i]))
			return false;
	}
	return true;
}

/* RFC 3986's unreserved characters stay. */
static bool
uri(struct weir_call *c, struct weir_buf *b, struct weir_val *v)
{
	static const char hex[] = "0123456789ABCDEF";
	struct weir_buf scratch = {0};
	size_t len, i;
	const unsigned char *p = text_of(v, &scratch, &len);

	(void)c;
	for (i = 0; i < len; i++) {
		unsigned letter = p[i] | 0x20u;

		if ((letter >= 'a' && letter <= 'z') || (p[i] >= '0' && p[i] <= '9') ||
		    (p[i] != '\0' && strchr("-_.~", p[i]) != NULL)) {
			weir_buf_putc(b, p[i]);
		} else {
			weir_buf_putc(b, '%');
			weir_buf_putc(b, hex[p[i] >> 4]);
			weir_buf_putc(b, hex[p[i] & 15]);
		}
	}
	weir_buf_release(&scratch);
	return true;
}

static int
digit(unsigned char ch)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = ch != '\0' ? strchr(digits, ch >= 'A' && ch <= 'F' ? ch | 0x20 : ch) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

static bool
undo_uri(struct weir_buf *b, const unsigned char *p, size_t len)
{
	size_t i;
	int high, low;

	for (i = 0; i < len; i++) {
		if (p[i] != '%') {
			weir_buf_putc(b, p[i]);
			continue;
		}
		if (len - i < 3)
			return false;
		high = digit(p[i + 1]);
		low = digit(p[i + 2]);
		if (high < 0 || low < 0)
			return false;
		weir_buf_putc(b, high << 4 | low);
		i += 2;
	}
	return weir_utf8_span(b->p, b->len) == b->len;
}

static bool
urid(struct weir_call *c, struct weir_buf *b, struct weir_val *v)
{
	struct weir_buf scratch = {0};
	size_t len;
	const unsigned char *p = text_of(v, &scratch, &len);
	bool ok = undo_uri(b, p, len);

	weir_buf_release(&scratch);
	return ok || weir_call_refuse(c, v, "is not a valid uri encoding");
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool
base64(struct weir_call *c, struct weir_buf *b, struct weir_val *v)
{
	struct weir_buf scratch = {0};
	size_t len, i;
	const unsigned char *p = text_of(v, &scratch, &len);

	(void)c;
	for (i = 0; i < len; i += 3) {
		unsigned left = len - i < 3 ? (unsigned)(len - i) : 3;
		uint32_t bits = (uint32_t)p[i] << 16;

		bits |= left > 1 ? (uint32_t)p[i + 1] << 8 : 0;
		bits |= left > 2 ? p[i + 2] : 0;
		weir_buf_putc(b, base64_digits[bits >> 18]);
		weir_buf_putc(b, base64_digits[bits >> 12 & 63]);
		weir_buf_putc(b, left > 1 ? base64_digits[bits >> 6 & 63] : '=');
		weir_buf_putc(b, left > 2 ? base64_digits[bits & 63] : '=');
	}
	weir_buf_release(&scratch);
	return true;
}

static int
base64_value(unsigned char ch)
{
	if (ch >= 'A' && ch <= 'Z')
		return ch - 'A';
	if (ch >= 'a' && ch <= 'z')
		return ch - 'a' + 26;
	if (ch >= '0' && ch <= '9')
		return ch - '0' + 52;
	return ch == '+' ? 62 : ch == '/' ? 63 : -1;
}

/* Up to the first "=", or the end. */
static const char *
undo_base64(struct weir_buf *b, const unsigned char *p, size_t len)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t i;

	for (i = 0; i < len && p[i] != '='; i++) {
		int value = base64_value(p[i]);

		if (value < 0)
			return "is not valid base64 data";
		bits = bits << 6 | (uint32_t)value;
		if (++have % 4 != 1)
			weir_buf_putc(b, (int)(bits >> (6 - 2 * ((have - 1) % 4)) & 0xff));
	}
	return have % 4 == 1 ? "trailing base64 byte found" : NULL;
}

static bool
base64d(struct weir_call *c, struct weir_buf *b, struct weir_val *v)
{
	struct weir_buf scratch = {0}, bytes = {0};
	struct weir_val shown;
	size_t len;
	const unsigned char *p = text_of(v, &scratch, &len);
	const char *wrong = undo_base64(&bytes, p, len);

	shown = weir_val_text(WEIR_VAL_STRING, p, len);
	if (wrong != NULL)
		weir_call_refuse(c, &shown, wrong);
	else
		weir_utf8_repair(b, bytes.p, bytes.len);
	weir_buf_release(&bytes);
	weir_buf_release(&scratch);
	return wrong == NULL;
}

static const struct {
	const char *name;
	format_run *run;
} formats[] = {{"text", text}, {"json", json}, {"csv", csv}, {"tsv", tsv}, {"html", html},
    {"uri", uri}, {"urid", urid}, {"sh", sh}, {"base64", base64}, {"base64d", base64d}};

static bool
format(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_buf b = {0};
	const unsigned char *name;
	size_t len, i;
	bool ok;

	if (args[0].kind != WEIR_VAL_STRING)
		return weir_call_refuse(c, &args[0], "is not a valid format");
	name = weir_val_bytes(&args[0], &len);
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strlen(formats[i].name) == len && memcmp(formats[i].name, name, len) == 0)
			break;
	if (i == sizeof(formats) / sizeof(formats[0]))
		return weir_call_fail(c, "%.*s is not a valid format", (int)len, (const char *)name);
	ok = formats[i].run(c, &b, v);
	weir_val_drop(v);
	if (ok)
		*v = weir_val_string(b.p, b.len);
	weir_buf_release(&b);
	return ok;
}

const struct weir_function weir_function_format[] = {
	{"_format", 1, format},
	{"format", 1, format},
	{NULL, 0, NULL},
};
