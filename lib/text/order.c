/*
 * order - see order.h
 */
#include "text/order.h"
#include "base/civil.h"
#include "base/mem.h"
#include "base/num.h"
#include "text/json.h"
#include "text/value.h"

#include <stdlib.h>
#include <string.h>

#define CANON_HEAD 5

/* The rank of a type in jq's order. */
static int
rank(uint8_t type)
{
	switch (type) {
	case WEIR_ABSENT:
	case WEIR_NULL: return 0;
	case WEIR_FALSE: return 1;
	case WEIR_TRUE: return 2;
	case WEIR_NUMBER: return 3;
	case WEIR_ARRAY: return 5;
	case WEIR_OBJECT: return 6;
	default: return 4;
	}
}

static int
compare_bytes(const unsigned char *p, size_t n, const unsigned char *q, size_t m)
{
	int c = memcmp(p, q, n < m ? n : m);

	return c != 0 ? (c < 0 ? -1 : 1) : n < m ? -1 : n > m;
}

static int
compare_numbers(const struct weir_value *a, const struct weir_value *b)
{
	struct weir_num x, y;
	int64_t i, j;

	if (weir_num_small(a->p, a->len, &i) && weir_num_small(b->p, b->len, &j))
		return i < j ? -1 : i > j;
	if (weir_num_parse(&x, a->p, a->len) != 0)
		x = weir_num_int(0);
	if (weir_num_parse(&y, b->p, b->len) != 0)
		y = weir_num_int(0);
	return weir_num_cmp(&x, &y);
}

static int
compare_strings(const struct weir_value *a, const struct weir_value *b)
{
	struct weir_buf s = {0}, t = {0};
	const unsigned char *p, *q;
	size_t n, m;
	int c;

	p = weir_value_bytes(a, &s, &n);
	q = weir_value_bytes(b, &t, &m);
	c = compare_bytes(p, n, q, m);
	weir_buf_release(&s);
	weir_buf_release(&t);
	return c;
}

static int
compare_arrays(const struct weir_value *a, const struct weir_value *b)
{
	struct weir_json_each e, f;
	struct weir_value x, y;
	int c = 0, more, other;

	weir_json_each_init(&e, a);
	weir_json_each_init(&f, b);
	do {
		more = weir_json_each_next(&e, NULL, &x);
		other = weir_json_each_next(&f, NULL, &y);
		if (!more || !other)
			return more - other;
		c = weir_order_compare(&x, &y);
	} while (c == 0);
	return c;
}

/* The members of an object, sorted by name; of equal names the last one only. */
struct member {
	unsigned char *name;
	size_t len;
	uint32_t at;
	struct weir_value v;
};

static int
by_name(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int c = compare_bytes(x->name, x->len, y->name, y->len);

	return c != 0 ? c : x->at < y->at ? -1 : 1;
}

static struct member *
sorted_members(const struct weir_value *object, size_t *n)
{
	struct member *list = NULL;
	struct weir_json_each e;
	struct weir_value key, v;
	struct weir_buf name = {0};
	size_t cap = 0, count = 0, i, kept = 0;

	weir_json_each_init(&e, object);
	while (weir_json_each_next(&e, &key, &v) > 0) {
		if (count == cap) {
			cap = cap == 0 ? 8 : 2 * cap;
			list = weir_mem_realloc(list, cap, sizeof(*list));
		}
		weir_buf_clear(&name);
		weir_value_string(&name, &key);
		list[count] = (struct member){weir_mem_dup(name.p, name.len), name.len, (uint32_t)count, v};
		count++;
	}
	weir_buf_release(&name);
	if (count > 1)
		qsort(list, count, sizeof(*list), by_name);
	for (i = 0; i < count; i++) {
		if (i + 1 < count && list[i].len == list[i + 1].len &&
		    memcmp(list[i].name, list[i + 1].name, list[i].len) == 0)
			free(list[i].name);
		else
			list[kept++] = list[i];
	}
	*n = kept;
	return list;
}

static void
free_members(struct member *list, size_t n)
{
	while (n > 0)
		free(list[--n].name);
	free(list);
}

static int
compare_objects(const struct weir_value *a, const struct weir_value *b)
{
	size_t n, m, i;
	struct member *x = sorted_members(a, &n), *y = sorted_members(b, &m);
	int c = 0;

	for (i = 0; c == 0 && i < n && i < m; i++)
		c = compare_bytes(x[i].name, x[i].len, y[i].name, y[i].len);
	if (c == 0 && n != m)
		c = n < m ? -1 : 1;
	for (i = 0; c == 0 && i < n; i++)
		c = weir_order_compare(&x[i].v, &y[i].v);
	free_members(x, n);
	free_members(y, m);
	return c;
}

int
weir_order_compare(const struct weir_value *a, const struct weir_value *b)
{
	int x = rank(a->type), y = rank(b->type);

	if (x != y)
		return x < y ? -1 : 1;
	switch (x) {
	case 3: return compare_numbers(a, b);
	case 4: return compare_strings(a, b);
	case 5: return compare_arrays(a, b);
	case 6: return compare_objects(a, b);
	default: return 0;
	}
}

static void canon_json(struct weir_buf *b, const struct weir_value *v);

static void
canon_number(struct weir_buf *b, const struct weir_value *v)
{
	char text[WEIR_NUM_TEXT];
	struct weir_num n;
	int64_t i;

	if (weir_num_small(v->p, v->len, &i) && i != 0) {
		weir_buf_put(b, v->p, v->len);
		return;
	}
	if (weir_num_parse(&n, v->p, v->len) != 0)
		n = weir_num_int(0);
	weir_num_trim(&n);
	weir_buf_put(b, text, weir_num_format(&n, text));
}

static void
canon_array(struct weir_buf *b, const struct weir_value *v)
{
	struct weir_json_each e;
	struct weir_value item;
	int n = 0;

	weir_buf_putc(b, '[');
	weir_json_each_init(&e, v);
	while (weir_json_each_next(&e, NULL, &item) > 0) {
		if (n++ > 0)
			weir_buf_putc(b, ',');
		canon_json(b, &item);
	}
	weir_buf_putc(b, ']');
}

static void
canon_object(struct weir_buf *b, const struct weir_value *v)
{
	size_t n, i;
	struct member *list = sorted_members(v, &n);

	weir_buf_putc(b, '{');
	for (i = 0; i < n; i++) {
		if (i > 0)
			weir_buf_putc(b, ',');
		weir_value_quote(b, list[i].name, list[i].len);
		weir_buf_putc(b, ':');
		canon_json(b, &list[i].v);
	}
	weir_buf_putc(b, '}');
	free_members(list, n);
}

/* Depth is bounded: JSON nested deeper than WEIR_JSON_DEPTH was refused when it was read. */
static void
canon_json(struct weir_buf *b, const struct weir_value *v)
{
	struct weir_buf s = {0};

	switch (v->type) {
	case WEIR_NUMBER: canon_number(b, v); break;
	case WEIR_ARRAY: canon_array(b, v); break;
	case WEIR_OBJECT: canon_object(b, v); break;
	case WEIR_STRING:
	case WEIR_STRING_JSON:
		weir_value_string(&s, v);
		weir_value_quote(b, s.p, s.len);
		weir_buf_release(&s);
		break;
	default: weir_value_json(b, v, true);
	}
}

void
weir_order_canon(struct weir_buf *b, const struct weir_value *v)
{
	unsigned char *head;
	size_t start = b->len + CANON_HEAD;
	int r = rank(v->type);

	/* Most keys. */
	if (v->type == WEIR_STRING) {
		head = weir_buf_need(b, CANON_HEAD + (size_t)v->len);
		weir_store32(head, v->len);
		head[4] = WEIR_STRING;
		memcpy(head + CANON_HEAD, v->p, v->len);
		b->len += CANON_HEAD + (size_t)v->len;
		return;
	}
	head = weir_buf_need(b, CANON_HEAD);
	head[4] = r == 4 ? WEIR_STRING : r == 0 ? WEIR_NULL : v->type;
	b->len = start;
	switch (r) {
	case 3: canon_number(b, v); break;
	case 4: weir_value_string(b, v); break;
	case 5: canon_array(b, v); break;
	case 6: canon_object(b, v); break;
	default: break;
	}
	weir_store32(b->p + start - CANON_HEAD, (uint32_t)(b->len - start));
}

void
weir_order_open(const unsigned char **p, struct weir_value *v)
{
	v->len = weir_load32(*p);
	v->type = (*p)[4];
	v->p = *p + CANON_HEAD;
	*p += CANON_HEAD + (size_t)v->len;
}

int
weir_order_compare_keys(const unsigned char *p, size_t n, const unsigned char *q, size_t m)
{
	const unsigned char *pend = p + n, *qend = q + m;
	struct weir_value v, w;
	int c = 0;

	while (c == 0 && p < pend && q < qend) {
		weir_order_open(&p, &v);
		weir_order_open(&q, &w);
		c = weir_order_compare(&v, &w);
	}
	return c != 0 ? c : (p < pend) - (q < qend);
}

/* The sign of a double and then its bits, so that they compare as unsigned numbers. */
static uint64_t
double_prefix(double d)
{
	uint64_t bits;

	memcpy(&bits, &d, sizeof(bits));
	return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

uint64_t
weir_order_prefix(const unsigned char *p, size_t n, uint32_t skip)
{
	struct weir_num num;
	struct weir_value v;
	uint64_t prefix = 0;
	uint32_t i;

	if (n == 0)
		return 0;
	weir_order_open(&p, &v);
	if (v.type == WEIR_NUMBER && weir_num_parse(&num, v.p, v.len) == 0)
		prefix = double_prefix(weir_num_double(&num)) >> 8;
	else if (v.type == WEIR_STRING)
		for (i = skip; i < skip + 7; i++)
			prefix = prefix << 8 | (i < v.len ? v.p[i] : 0);
	/* The numbers of the types up to WEIR_STRING are in jq's order; arrays and objects follow. */
	return (uint64_t)v.type << 56 | prefix;
}
