/*
 * function_string - functions of strings
 */
#include "base/utf8.h"
#include "expr/arith.h"
#include "expr/function.h"

#include <string.h>

static bool
give(struct weir_val *v, struct weir_val with)
{
	weir_val_drop(v);
	*v = with;
	return true;
}

static struct weir_val
integer(size_t i)
{
	struct weir_num n = weir_num_int((int64_t)i);

	return weir_val_number(&n);
}

/* [from, to) of a string. Of borrowed text it is a slice. */
static struct weir_val
part(const struct weir_val *v, const unsigned char *p, size_t from, size_t to)
{
	if (v->form == WEIR_VAL_TEXT)
		return weir_val_text(WEIR_VAL_STRING, p + from, to - from);
	return weir_val_string(p + from, to - from);
}

static bool
both_strings(const struct weir_val *v, const struct weir_val *arg)
{
	return v->kind == WEIR_VAL_STRING && arg->kind == WEIR_VAL_STRING;
}

static bool
begins(struct weir_val *v, struct weir_val *with)
{
	size_t n, m;
	const unsigned char *p = weir_val_bytes(v, &n), *q = weir_val_bytes(with, &m);

	return m <= n && (m == 0 || memcmp(p, q, m) == 0);
}

static bool
ends(struct weir_val *v, struct weir_val *with)
{
	size_t n, m;
	const unsigned char *p = weir_val_bytes(v, &n), *q = weir_val_bytes(with, &m);

	return m <= n && (m == 0 || memcmp(p + n - m, q, m) == 0);
}

static bool
startswith(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	if (!both_strings(v, &args[0]))
		return weir_call_fail(c, "startswith() requires string inputs");
	return give(v, weir_val_bool(begins(v, &args[0])));
}

static bool
endswith(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	if (!both_strings(v, &args[0]))
		return weir_call_fail(c, "endswith() requires string inputs");
	return give(v, weir_val_bool(ends(v, &args[0])));
}

static bool
ltrimstr(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	size_t n, m;
	const unsigned char *p;

	if (!both_strings(v, &args[0]))
		return weir_call_fail(c, "startswith() requires string inputs");
	if (!begins(v, &args[0]))
		return true;
	weir_val_bytes(&args[0], &m);
	p = weir_val_bytes(v, &n);
	return m == 0 || give(v, part(v, p, m, n));
}

static bool
rtrimstr(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	size_t n, m;
	const unsigned char *p;

	if (!both_strings(v, &args[0]))
		return weir_call_fail(c, "endswith() requires string inputs");
	if (!ends(v, &args[0]))
		return true;
	weir_val_bytes(&args[0], &m);
	p = weir_val_bytes(v, &n);
	return m == 0 || give(v, part(v, p, 0, n - m));
}

static bool
trimstr(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	return ltrimstr(c, v, args) && rtrimstr(c, v, args);
}

/* Unicode's White_Space. */
static bool
is_space(uint32_t rune)
{
	return (rune >= 0x09 && rune <= 0x0d) || rune == 0x20 || rune == 0x85 || rune == 0xa0 ||
	    rune == 0x1680 || (rune >= 0x2000 && rune <= 0x200a) || rune == 0x2028 || rune == 0x2029 ||
	    rune == 0x202f || rune == 0x205f || rune == 0x3000;
}

static size_t
space_before(const unsigned char *p, size_t n)
{
	size_t at = 0;
	uint32_t rune;
	unsigned k;

	while ((k = weir_utf8_next(p + at, n - at, &rune)) > 0 && is_space(rune))
		at += k;
	return at;
}

/* Where the white space at the end of p[from, n) begins. */
static size_t
space_behind(const unsigned char *p, size_t from, size_t n)
{
	size_t k;
	uint32_t rune;

	while (n > from) {
		for (k = 1; k < 4 && k < n - from && (p[n - k] & 0xc0) == 0x80; k++)
			;
		if (weir_utf8_next(p + n - k, k, &rune) != k || !is_space(rune))
			break;
		n -= k;
	}
	return n;
}

static bool
trim_ends(struct weir_call *c, struct weir_val *v, bool left, bool right)
{
	size_t n, from = 0, to;
	const unsigned char *p;

	if (v->kind != WEIR_VAL_STRING)
		return weir_call_fail(c, "trim input must be a string");
	p = weir_val_bytes(v, &n);
	if (left)
		from = space_before(p, n);
	to = right ? space_behind(p, from, n) : n;
	return to - from == n || give(v, part(v, p, from, to));
}

static bool
trim(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)args;
	return trim_ends(c, v, true, true);
}

static bool
ltrim(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)args;
	return trim_ends(c, v, true, false);
}

static bool
rtrim(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)args;
	return trim_ends(c, v, false, true);
}

static bool
change_case(struct weir_call *c, struct weir_val *v, unsigned char from, const char *which)
{
	size_t n, i;
	const unsigned char *p;
	struct weir_buf b = {0};

	if (v->kind != WEIR_VAL_STRING)
		return weir_call_fail(c, "ascii_%scase input must be a string", which);
	p = weir_val_bytes(v, &n);
	weir_buf_put(&b, p, n);
	for (i = 0; i < n; i++)
		if (b.p[i] - (unsigned)from < 26)
			b.p[i] ^= 0x20;
	give(v, weir_val_string(b.p, b.len));
	weir_buf_release(&b);
	return true;
}

static bool
ascii_downcase(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)args;
	return change_case(c, v, 'A', "down");
}

static bool
ascii_upcase(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	(void)args;
	return change_case(c, v, 'a', "up");
}

static bool
split(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_buf why = {0};
	struct weir_val out;

	if (!both_strings(v, &args[0]))
		return weir_call_fail(c, "split input and separator must be strings");
	if (weir_arith_apply('/', v, &args[0], &out, &why) != 0)
		return weir_call_fail_with(c, &why);
	return give(v, out);
}

static bool
explode(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_val out;
	size_t n, at = 0;
	const unsigned char *p;
	uint32_t rune;

	(void)args;
	if (v->kind != WEIR_VAL_STRING)
		return weir_call_fail(c, "explode input must be a string");
	p = weir_val_bytes(v, &n);
	out = weir_val_array((uint32_t)(n < 16 ? n : n / 2));
	while (at < n) {
		unsigned k = weir_utf8_next(p + at, n - at, &rune);

		weir_val_push(&out, integer(k > 0 ? rune : 0xfffd));
		at += k > 0 ? k : 1;
	}
	return give(v, out);
}

static bool
implode(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_buf b = {0};
	uint32_t i;

	(void)args;
	if (v->kind != WEIR_VAL_ARRAY)
		return weir_call_fail(c, "implode input must be an array");
	weir_val_open(v);
	for (i = 0; i < v->arr->n; i++) {
		struct weir_num n = weir_num_int(0);
		int64_t rune;

		if (v->arr->v[i].kind == WEIR_VAL_NUMBER)
			weir_val_num(&v->arr->v[i], &n);
		if (v->arr->v[i].kind != WEIR_VAL_NUMBER || (n.inexact && n.d != n.d)) {
			weir_buf_release(&b);
			return weir_call_refuse(c, &v->arr->v[i],
			    "can't be imploded, unicode codepoint needs to be numeric");
		}
		rune = weir_num_cut(&n);
		if (rune < 0 || rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000))
			rune = 0xfffd;
		b.len += weir_utf8_put(weir_buf_need(&b, 4), (uint32_t)rune);
	}
	give(v, weir_val_string(b.p, b.len));
	weir_buf_release(&b);
	return true;
}

/* How many characters p[0, n) has; a byte that is no UTF-8 is one. */
static size_t
characters(const unsigned char *p, size_t n)
{
	size_t at = 0, all = 0;
	uint32_t rune;

	for (; at < n; all++) {
		unsigned k = weir_utf8_next(p + at, n - at, &rune);

		at += k > 0 ? k : 1;
	}
	return all;
}

/* Where q is in p, overlapping ones too, in characters. */
static struct weir_val
places(const unsigned char *p, size_t n, const unsigned char *q, size_t m)
{
	struct weir_val out = weir_val_array(0);
	size_t from = 0, chars = 0, at = 0;
	const unsigned char *hit;

	while (m > 0 && n - at >= m && at <= n && (hit = memchr(p + at, q[0], n - m - at + 1)) != NULL) {
		at = (size_t)(hit - p);
		if (memcmp(hit, q, m) == 0) {
			chars += characters(p + from, at - from);
			from = at;
			weir_val_push(&out, integer(chars));
		}
		at++;
	}
	return out;
}

static bool
strindices(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	size_t n, m;
	const unsigned char *p, *q;

	if (v->kind != WEIR_VAL_STRING)
		return weir_call_refuse(c, v, "cannot be searched, as it is not a string");
	if (args[0].kind != WEIR_VAL_STRING)
		return weir_call_refuse(c, &args[0], "is not a string");
	p = weir_val_bytes(v, &n);
	q = weir_val_bytes(&args[0], &m);
	return give(v, places(p, n, q, m));
}

/* Strings in strings, arrays in arrays, and any value in an array. */
static bool
indices(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_buf why = {0};
	struct weir_val key, out;
	int rc;

	if (both_strings(v, &args[0]))
		return strindices(c, v, args);
	if (v->kind == WEIR_VAL_ARRAY && args[0].kind != WEIR_VAL_ARRAY) {
		key = weir_val_array(1);
		weir_val_push(&key, weir_val_ref(&args[0]));
	} else {
		key = weir_val_ref(&args[0]);
	}
	rc = weir_arith_index(v, &key, &out, &why);
	weir_val_drop(&key);
	return rc == 0 ? give(v, out) : weir_call_fail_with(c, &why);
}

static bool
index_at(struct weir_call *c, struct weir_val *v, struct weir_val *args, int64_t at)
{
	struct weir_buf why = {0};
	struct weir_val key = weir_val_number(&(struct weir_num){.m = at}), found;

	if (!indices(c, v, args))
		return false;
	if (weir_arith_index(v, &key, &found, &why) != 0)
		return weir_call_fail_with(c, &why);
	return give(v, found);
}

static bool
index_(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	return index_at(c, v, args, 0);
}

static bool
rindex_(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	return index_at(c, v, args, -1);
}

static bool
ascii(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_num n = weir_num_int(-1);
	unsigned char ch;

	(void)args;
	if (v->kind == WEIR_VAL_NUMBER)
		weir_val_num(v, &n);
	if (weir_num_cut(&n) < 0 || weir_num_cut(&n) > 127 || (n.inexact && n.d != n.d))
		return weir_call_refuse(c, v, "is not an ASCII code");
	ch = (unsigned char)weir_num_cut(&n);
	return give(v, weir_val_string(&ch, 1));
}

const struct weir_function weir_function_string[] = {
	{"startswith", 1, startswith},
	{"endswith", 1, endswith},
	{"ltrimstr", 1, ltrimstr},
	{"rtrimstr", 1, rtrimstr},
	{"trimstr", 1, trimstr},
	{"trim", 0, trim},
	{"ltrim", 0, ltrim},
	{"rtrim", 0, rtrim},
	{"ascii_downcase", 0, ascii_downcase},
	{"ascii_upcase", 0, ascii_upcase},
	{"ascii", 0, ascii},
	{"split", 1, split},
	{"explode", 0, explode},
	{"implode", 0, implode},
	{"_strindices", 1, strindices},
	{"indices", 1, indices},
	{"_indices", 1, indices},
	{"index", 1, index_},
	{"rindex", 1, rindex_},
	{NULL, 0, NULL},
};
