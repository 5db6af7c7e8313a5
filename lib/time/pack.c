/*
 * pack - see pack.h
 */
#include "time/pack.h"

#include <string.h>

void
weir_pack_int(struct weir_buf *b, int64_t i)
{
	if (i < 0)
		weir_buf_putc(b, '-');
	weir_buf_put_int(b, i < 0 ? 0 - (uint64_t)i : (uint64_t)i);
	weir_buf_putc(b, ' ');
}

void
weir_pack_double(struct weir_buf *b, double d)
{
	unsigned char *p = weir_buf_need(b, 17);
	uint64_t bits;
	int i;

	memcpy(&bits, &d, sizeof(bits));
	for (i = 0; i < 16; i++)
		p[i] = (unsigned char)"0123456789abcdef"[bits >> (60 - 4 * i) & 15];
	p[16] = ' ';
	b->len += 17;
}

void
weir_pack_num(struct weir_buf *b, const struct weir_num *n)
{
	char digits[40], *p = digits + sizeof(digits);
	weir_u128 m = weir_num_magnitude(n->m);

	if (n->inexact) {
		weir_buf_putc(b, 'd');
		weir_pack_double(b, n->d);
		return;
	}
	do
		*--p = (char)('0' + (int)(m % 10));
	while ((m /= 10) > 0);
	if (n->m < 0)
		weir_buf_putc(b, '-');
	weir_buf_put(b, p, (size_t)(digits + sizeof(digits) - p));
	weir_buf_putc(b, 'e');
	weir_pack_int(b, n->scale);
}

void
weir_pack_value(struct weir_buf *b, const struct weir_value *v)
{
	unsigned char time[8];

	weir_pack_int(b, v->type);
	if (v->type == WEIR_TIME) {
		weir_store64(time, (uint64_t)v->time);
		weir_pack_int(b, sizeof(time));
		weir_buf_put(b, time, sizeof(time));
	} else {
		weir_pack_int(b, v->type <= WEIR_NULL ? 0 : v->len);
		weir_buf_put(b, v->p, v->type <= WEIR_NULL ? 0 : v->len);
	}
	weir_buf_putc(b, ' ');
}

void
weir_pack_init(struct weir_pack *r, const struct weir_value *v)
{
	r->bad = v->type != WEIR_STRING;
	r->p = r->bad ? NULL : v->p;
	r->end = r->bad ? NULL : v->p + v->len;
}

/* Passes over one expected byte. */
static void
expect(struct weir_pack *r, int c)
{
	if (r->bad || r->p == r->end || *r->p != c) {
		r->bad = true;
		r->p = r->end;
		return;
	}
	r->p++;
}

static bool
minus(struct weir_pack *r)
{
	bool neg = !r->bad && r->p < r->end && *r->p == '-';

	r->p += neg;
	return neg;
}

/* Digits; more of them than max has are bad. */
static weir_u128
digits(struct weir_pack *r, weir_u128 max)
{
	const unsigned char *start = r->p;
	weir_u128 v = 0;

	for (; !r->bad && r->p < r->end && *r->p >= '0' && *r->p <= '9'; r->p++) {
		unsigned d = *r->p - (unsigned)'0';

		if (v > (max - d) / 10)
			r->bad = true;
		v = v * 10 + d;
	}
	if (r->p == start)
		r->bad = true;
	return r->bad ? 0 : v;
}

int64_t
weir_pack_take_int(struct weir_pack *r)
{
	bool neg = minus(r);
	uint64_t v = (uint64_t)digits(r, (weir_u128)INT64_MAX + neg);

	expect(r, ' ');
	return r->bad ? 0 : (int64_t)(neg ? 0 - v : v);
}

uint64_t
weir_pack_take_count(struct weir_pack *r, uint64_t max)
{
	uint64_t v = (uint64_t)digits(r, max);

	expect(r, ' ');
	return r->bad ? 0 : v;
}

double
weir_pack_take_double(struct weir_pack *r)
{
	uint64_t bits = 0;
	double d;
	int i;

	for (i = 0; i < 16 && !r->bad && r->p < r->end; i++) {
		int c = *r->p++;

		if (c >= '0' && c <= '9')
			bits = bits << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			bits = bits << 4 | (uint64_t)(c - 'a' + 10);
		else
			r->bad = true;
	}
	expect(r, ' ');
	if (r->bad)
		bits = 0;
	memcpy(&d, &bits, sizeof(d));
	return d;
}

void
weir_pack_take_num(struct weir_pack *r, struct weir_num *n)
{
	weir_u128 m;
	bool neg;

	if (!r->bad && r->p < r->end && *r->p == 'd') {
		r->p++;
		*n = weir_num_dbl(weir_pack_take_double(r));
		return;
	}
	neg = minus(r);
	m = digits(r, weir_wide_ten[WEIR_NUM_DIGITS] - 1);
	expect(r, 'e');
	*n = weir_num_int(0);
	n->m = neg ? -(weir_i128)m : (weir_i128)m;
	n->scale = (int)weir_pack_take_count(r, WEIR_NUM_DIGITS);
}

void
weir_pack_take_value(struct weir_pack *r, struct weir_value *v)
{
	uint64_t type = weir_pack_take_count(r, WEIR_TIME);
	uint64_t len = weir_pack_take_count(r, UINT32_MAX);

	if (r->bad || len > (size_t)(r->end - r->p) || (type == WEIR_TIME && len != 8)) {
		r->bad = true;
		*v = (struct weir_value){.p = NULL, .type = WEIR_NULL};
		return;
	}
	v->type = (uint8_t)type;
	v->len = (uint32_t)len;
	if (type == WEIR_TIME)
		v->time = (int64_t)weir_load64(r->p);
	else
		v->p = r->p;
	r->p += len;
	expect(r, ' ');
}

int
weir_pack_end(const struct weir_pack *r)
{
	return r->bad || r->p != r->end ? -1 : 0;
}
