/*
 * list - see list.h
 */
#include "time/list.h"
#include "text/value.h"
#include "time/pack.h"

#include <string.h>

#define HEAD 13

/* The value at an offset, and its number; the offset behind it. */
static size_t
look(const struct weir_list *l, size_t at, struct weir_value *v, uint64_t *number)
{
	const unsigned char *p = l->bytes.p + at;

	*number = weir_load64(p);
	v->len = weir_load32(p + 8);
	v->type = p[12];
	if (v->type == WEIR_TIME)
		v->time = (int64_t)weir_load64(p + HEAD);
	else
		v->p = p + HEAD;
	return at + HEAD + v->len;
}

static void
append(struct weir_list *l, const struct weir_value *v, uint64_t number)
{
	uint32_t len = v->type == WEIR_TIME ? 8 : v->len;
	unsigned char *p = weir_buf_need(&l->bytes, HEAD + (size_t)len);

	weir_store64(p, number);
	weir_store32(p + 8, len);
	p[12] = v->type;
	if (v->type == WEIR_TIME)
		weir_store64(p + HEAD, (uint64_t)v->time);
	else if (len > 0)
		memcpy(p + HEAD, v->p, len);
	l->bytes.len += HEAD + (size_t)len;
	l->n++;
}

bool
weir_list_add(struct weir_list *l, const struct weir_value *v, uint64_t number, uint64_t limit)
{
	if (l->n >= limit)
		return false;
	append(l, v, number);
	return true;
}

bool
weir_list_merge(struct weir_list *into, const struct weir_list *from, uint64_t limit)
{
	struct weir_list both = {0};
	struct weir_value v = {0}, w = {0};
	uint64_t a = 0, b = 0, total = into->n + from->n;
	size_t i = 0, j = 0, next_i = 0, next_j = 0;

	while (both.n < total && both.n < limit) {
		if (i < into->bytes.len && next_i == i)
			next_i = look(into, i, &v, &a);
		if (j < from->bytes.len && next_j == j)
			next_j = look(from, j, &w, &b);
		if (j >= from->bytes.len || (i < into->bytes.len && a <= b)) {
			append(&both, &v, a);
			i = next_i;
		} else {
			append(&both, &w, b);
			j = next_j;
		}
	}
	weir_list_release(into);
	*into = both;
	return both.n == total;
}

void
weir_list_json(const struct weir_list *l, struct weir_buf *b)
{
	struct weir_value v;
	uint64_t number;
	size_t at = 0;

	weir_buf_putc(b, '[');
	while (at < l->bytes.len) {
		if (at > 0)
			weir_buf_putc(b, ',');
		at = look(l, at, &v, &number);
		weir_value_json(b, &v, true);
	}
	weir_buf_putc(b, ']');
}

void
weir_list_save(const struct weir_list *l, struct weir_buf *b)
{
	struct weir_value v;
	uint64_t number;
	size_t at = 0;

	weir_pack_int(b, (int64_t)l->n);
	while (at < l->bytes.len) {
		at = look(l, at, &v, &number);
		weir_pack_int(b, (int64_t)number);
		weir_pack_value(b, &v);
	}
}

int
weir_list_load(struct weir_list *l, const struct weir_value *v, uint64_t limit, uint64_t *number)
{
	uint64_t n, last = 0, own;
	struct weir_value x;
	struct weir_pack r;

	weir_pack_init(&r, v);
	for (n = weir_pack_take_count(&r, limit); n > 0 && !r.bad; n--) {
		own = weir_pack_take_count(&r, INT64_MAX);
		weir_pack_take_value(&r, &x);
		if (own < last)
			r.bad = true;
		if (r.bad)
			break;
		append(l, &x, last = own);
	}
	if (last >= *number)
		*number = last + 1;
	return weir_pack_end(&r);
}

void
weir_list_release(struct weir_list *l)
{
	weir_buf_release(&l->bytes);
	l->n = 0;
}
