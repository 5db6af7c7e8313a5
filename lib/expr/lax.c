/*
 * lax - see lax.h. One pass over the text with a stack of what is open; a fault is found, and its place
 * counted, where jq's reader does.
 */
#include "expr/lax.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "text/value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEPTH 10000

/* What is open: arrays, objects, and above an object the key whose value is awaited. */
struct reader {
	const unsigned char *p, *end;
	unsigned line, column;
	struct weir_val *stack;
	size_t depth, room, open;
	struct weir_val next;             /* a value that is complete, if `have` */
	bool have;
	bool word;                        /* the last token was a word */
	const char *wrong;
	bool at_end;                      /* it is wrong because the text ends */
};

static bool
wrong(struct reader *r, const char *what)
{
	r->wrong = what;
	return false;
}

static void
take(struct reader *r, size_t n)
{
	for (; n > 0; n--, r->p++) {
		r->column++;
		if (*r->p == '\n') {
			r->line++;
			r->column = 0;
		}
	}
}

static struct weir_val *
top(struct reader *r)
{
	return r->depth > 0 ? &r->stack[r->depth - 1] : NULL;
}

static bool
top_is(struct reader *r, enum weir_val_kind kind)
{
	return r->depth > 0 && top(r)->kind == kind;
}

static void
push(struct reader *r, struct weir_val v)
{
	if (r->depth == r->room) {
		r->room = r->room < 16 ? 16 : r->room * 2;
		r->stack = weir_mem_realloc(r->stack, r->room, sizeof(*r->stack));
	}
	r->stack[r->depth++] = v;
}

static bool
complete(struct reader *r, struct weir_val v)
{
	if (r->have) {
		weir_val_drop(&v);
		return wrong(r, "Expected separator between values");
	}
	r->next = v;
	r->have = true;
	return true;
}

static bool
open_one(struct reader *r, bool array)
{
	if (r->open >= DEPTH)
		return wrong(r, "Exceeds depth limit for parsing");
	if (r->have)
		return wrong(r, "Expected separator between values");
	push(r, array ? weir_val_array(0) : weir_val_object());
	r->open++;
	return true;
}

/* The value that is complete goes where it belongs; false if it can't. */
static bool
settle(struct reader *r)
{
	struct weir_val key;

	if (top_is(r, WEIR_VAL_ARRAY)) {
		weir_val_push(top(r), r->next);
	} else if (top_is(r, WEIR_VAL_STRING)) {
		key = r->stack[--r->depth];
		weir_val_set(top(r), key, r->next);
	} else {
		return wrong(r, "Objects must consist of key:value pairs");
	}
	r->have = false;
	return true;
}

static bool
colon(struct reader *r)
{
	if (!r->have || r->depth == 0)
		return wrong(r, "Expected string key before ':'");
	if (!top_is(r, WEIR_VAL_OBJECT))
		return wrong(r, "':' not as part of an object");
	if (r->next.kind != WEIR_VAL_STRING)
		return wrong(r, "Object keys must be strings");
	push(r, r->next);
	r->have = false;
	return true;
}

static bool
close_array(struct reader *r)
{
	if (!top_is(r, WEIR_VAL_ARRAY))
		return wrong(r, "Unmatched ']'");
	if (!r->have && top(r)->arr->n > 0)
		return wrong(r, "Expected another array element");
	if (r->have)
		settle(r);
	r->open--;
	return complete(r, r->stack[--r->depth]);
}

static bool
close_object(struct reader *r)
{
	if (r->depth == 0)
		return wrong(r, "Unmatched '}'");
	if (r->have && !top_is(r, WEIR_VAL_STRING))
		return wrong(r, "Objects must consist of key:value pairs");
	if (r->have)
		settle(r);
	else if (!top_is(r, WEIR_VAL_OBJECT))
		return wrong(r, "Unmatched '}'");
	else if (top(r)->obj->n > 0)
		return wrong(r, "Expected another key-value pair");
	r->open--;
	return complete(r, r->stack[--r->depth]);
}

static bool
sign(struct reader *r)
{
	switch (*r->p) {
	case '[':
	case '{':
		return open_one(r, *r->p == '[');
	case ':':
		return colon(r);
	case ',':
		return r->have && r->depth > 0 ? settle(r) : wrong(r, "Expected value before ','");
	case ']':
		return close_array(r);
	default:
		return close_object(r);
	}
}

static bool
is_hex4(const unsigned char *p)
{
	return strspn((const char[]){(char)p[0], (char)p[1], (char)p[2], (char)p[3], 0},
	    "0123456789abcdefABCDEF") == 4;
}

/* The inside of a string, up to its quote. */
static bool
check_string(struct reader *r, const unsigned char *p, const unsigned char *end)
{
	for (; p < end; p++) {
		if (*p > 0 && *p < 0x1f)
			return wrong(r, "Invalid string: control characters from U+0000 through U+001F must be "
			                "escaped");
		if (*p != '\\')
			continue;
		p++;
		if (*p == '\0' || strchr("\"\\/bfnrtu", *p) == NULL)
			return wrong(r, "Invalid escape");
		if (*p == 'u' && end - p < 5)
			return wrong(r, "Invalid \\uXXXX escape");
		if (*p == 'u' && !is_hex4(p + 1))
			return wrong(r, "Invalid characters in \\uXXXX escape");
	}
	return true;
}

/* Bytes that are no UTF-8 become U+FFFD. */
static struct weir_val
string_of(const unsigned char *p, size_t len)
{
	struct weir_buf plain = {0}, valid = {0};
	struct weir_val s;

	weir_value_unescape(&plain, p, len);
	weir_utf8_repair(&valid, plain.p, plain.len);
	s = weir_val_string(valid.p, valid.len);
	weir_buf_release(&plain);
	weir_buf_release(&valid);
	return s;
}

static bool
quoted(struct reader *r)
{
	const unsigned char *start, *p;

	take(r, 1);
	start = p = r->p;
	while (p < r->end && *p != '"')
		p += *p == '\\' && p + 1 < r->end ? 2 : 1;
	take(r, (size_t)(p - start));
	if (p == r->end) {
		r->at_end = true;
		return wrong(r, "Unfinished string");
	}
	take(r, 1);
	return check_string(r, start, p) && complete(r, string_of(start, (size_t)(p - start)));
}

static bool
is_word(const unsigned char *p, size_t len, const char *word)
{
	return len == strlen(word) && strncasecmp((const char *)p, word, len) == 0;
}

bool
weir_lax_number(const unsigned char *p, size_t len, struct weir_num *n)
{
	struct weir_buf b = {0};
	size_t at = 0, whole, frac = 0;
	bool minus = len > 0 && *p == '-', ok;

	at = len > 0 && (*p == '-' || *p == '+');
	if (is_word(p + at, len - at, "nan") || is_word(p + at, len - at, "infinity") ||
	    is_word(p + at, len - at, "inf")) {
		*n = weir_num_dbl((p[at] | 0x20) == 'n' ? (double)NAN : minus ? -(double)INFINITY
		                                                               : (double)INFINITY);
		return true;
	}
	if (minus)
		weir_buf_putc(&b, '-');
	for (whole = at; at < len && p[at] >= '0' && p[at] <= '9'; at++)
		;
	for (; whole + 1 < at && p[whole] == '0'; whole++)
		;
	weir_buf_put(&b, at > whole ? p + whole : (const unsigned char *)"0", at > whole ? at - whole : 1);
	whole = at - whole;
	if (at < len && p[at] == '.') {
		for (frac = ++at; at < len && p[at] >= '0' && p[at] <= '9'; at++)
			;
		frac = at - frac;
		if (frac > 0)
			weir_buf_putc(&b, '.');
		weir_buf_put(&b, p + at - frac, frac);
	}
	weir_buf_put(&b, p + at, len - at);
	ok = whole + frac > 0 && (at == len || (p[at] | 0x20) == 'e') &&
	    weir_num_parse(n, b.p, b.len) == 0;
	weir_buf_release(&b);
	return ok;
}

static bool
literal(struct reader *r, const unsigned char *p, size_t len)
{
	struct weir_num n;

	if (*p == '\'')
		return wrong(r, "Invalid string literal; expected \", but got '");
	if (*p == 't' || *p == 'f') {
		if (strncmp((const char *)p, *p == 't' ? "true" : "false", len) != 0 ||
		    len != (*p == 't' ? 4 : 5))
			return wrong(r, "Invalid literal");
		return complete(r, weir_val_bool(*p == 't'));
	}
	if (*p == 'n' && len != 3) {       /* nan is a number */
		if (len != 4 || memcmp(p, "null", 4) != 0)
			return wrong(r, "Invalid literal");
		return complete(r, weir_val_of_kind(WEIR_VAL_NULL));
	}
	if (!weir_lax_number(p, len, &n))
		return wrong(r, "Invalid numeric literal");
	return complete(r, weir_val_number(&n));
}

static bool
is_end_of_word(unsigned char ch)
{
	return ch != '\0' && strchr(" \t\r\n[]{}:,\"", ch) != NULL;
}

/* A word is looked at when the byte behind it is read. */
static bool
word(struct reader *r)
{
	const unsigned char *p = r->p, *q = p;
	unsigned line, column;

	while (q < r->end && !is_end_of_word(*q))
		q++;
	take(r, (size_t)(q - p));
	r->at_end = q == r->end;
	if (r->at_end)
		return literal(r, p, (size_t)(q - p));
	line = r->line;
	column = r->column;
	take(r, 1);
	if (!literal(r, p, (size_t)(q - p)))
		return false;
	r->p = q;
	r->line = line;
	r->column = column;
	return true;
}

/* Whether a word ends at a sign that opens nothing, which is then read with it. */
static bool
meets_sign(const struct reader *r)
{
	return r->word && r->p < r->end && strchr("]}:,", *r->p) != NULL && *r->p != '\0';
}

/* 1 and the value in r->next; 0 at the end of the text; -1 if it is wrong. */
static int
read_one(struct reader *r)
{
	bool ok = true;

	while (r->p < r->end) {
		unsigned char ch = *r->p;

		r->word = false;
		if (ch == '"') {
			ok = quoted(r);
		} else if (!is_end_of_word(ch)) {
			r->word = true;
			ok = word(r);
		} else if (strchr(" \t\r\n", ch) != NULL) {
			take(r, 1);
		} else {
			r->column++;
			ok = sign(r);
			r->column--;
			take(r, ok);
			r->column += !ok;
		}
		if (!ok)
			return -1;
		if (r->have && r->depth == 0 && !meets_sign(r))
			return 1;
	}
	if (r->depth == 0)
		return r->have;
	r->at_end = true;
	wrong(r, "Unfinished JSON term");
	return -1;
}

static void
release(struct reader *r)
{
	while (r->depth > 0)
		weir_val_drop(&r->stack[--r->depth]);
	free(r->stack);
	if (r->have)
		weir_val_drop(&r->next);
}

static void
explain(const struct reader *r, const unsigned char *p, size_t len, bool placed, struct weir_buf *why)
{
	weir_buf_puts(why, r->wrong);
	if (placed)
		weir_buf_printf(why, "%s at line %u, column %u", r->at_end ? " at EOF" : "", r->line,
		    r->column);
	weir_buf_puts(why, " (while parsing '");
	weir_buf_put(why, p, strnlen((const char *)p, len));        /* as jq: up to a NUL */
	weir_buf_puts(why, "')");
}

int
weir_lax_read(const unsigned char *p, size_t len, struct weir_val *v, struct weir_buf *why)
{
	struct reader r = {.p = p, .end = p + len, .line = 1};
	int rc;

	if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		r.p += 3;
	*v = weir_val_of_kind(WEIR_VAL_NULL);
	rc = read_one(&r);
	if (rc == 1) {
		*v = r.next;
		r.have = false;
		rc = read_one(&r);
		if (rc == 1)
			wrong(&r, "Unexpected extra JSON values");
	} else if (rc == 0) {
		wrong(&r, "Expected JSON value");
	}
	if (r.wrong != NULL) {
		explain(&r, p, len, rc < 0, why);
		weir_val_drop(v);
	}
	release(&r);
	return r.wrong == NULL ? 0 : -1;
}
