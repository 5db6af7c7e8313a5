/*
 * sample - see sample.h
 */
#include "text/sample.h"
#include "base/hash.h"
#include "base/wide.h"
#include "text/order.h"

#include <string.h>

#define DIGITS 15

/* A number of digits and, if wanted, a point at *s: m / 10^k. -1 if there is none, or it is too long. */
static int
read_decimal(const char **s, uint64_t *m, uint64_t *scale)
{
	const char *p = *s;
	unsigned digits = 0;
	bool point = false;

	*m = 0;
	*scale = 1;
	for (; (*p >= '0' && *p <= '9') || (*p == '.' && !point); p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		*m = *m * 10 + (uint64_t)(*p - '0');
		*scale *= point ? 10 : 1;
		if (++digits > DIGITS)
			return -1;
	}
	*s = p;
	return digits > 0 ? 0 : -1;
}

int
weir_sample_parse(struct weir_sample *s, const char *rate, const char **why)
{
	uint64_t m, scale, over = 1, overscale = 1;
	weir_u128 a, b;

	*why = "expected a part of 1: 0.1, 10% or 1/10";
	if (read_decimal(&rate, &m, &scale) != 0)
		return -1;
	if (*rate == '%') {
		over = 100;
		rate++;
	} else if (*rate == '/') {
		rate++;
		if (read_decimal(&rate, &over, &overscale) != 0)
			return -1;
	}
	if (*rate != '\0')
		return -1;
	a = (weir_u128)m * overscale;
	b = (weir_u128)scale * over;
	if (b == 0 || a > b) {
		*why = "it is more than all, which is 1; 50% is 0.5";
		return -1;
	}
	s->all = a == b;
	/* The 64 binary digits of a / b, one by one: a is below b, and both are below 10^30. */
	for (s->below = 0, m = 0; m < 64 && !s->all; m++) {
		a *= 2;
		s->below = s->below << 1 | (a >= b);
		a -= a >= b ? b : 0;
	}
	/* A hash is below the rate if it is below this rounded up. */
	if (!s->all && a > 0 && ++s->below == 0)
		s->all = true;
	return 0;
}

void
weir_sample_release(struct weir_sample *s)
{
	weir_emit_free(s->json);
	weir_buf_release(&s->bytes);
}

static void
put_keys(struct weir_sample *s, const struct weir_record *r)
{
	struct weir_value v;
	unsigned i;

	for (i = 0; i < s->nkeys; i++) {
		weir_path_get(&s->keys[i], r, &v);
		weir_order_canon(&s->bytes, &v);
	}
}

static void
put_json(struct weir_sample *s, const struct weir_record *r)
{
	struct weir_emit_conf conf = {.format = WEIR_EMIT_JSON};
	const char *why;

	if (s->json == NULL)
		s->json = weir_emit_new(&conf);
	weir_emit_record(s->json, r, &s->bytes, &why);
	s->bytes.len--;         /* the line feed */
}

bool
weir_sample_takes(struct weir_sample *s, const struct weir_record *r)
{
	const unsigned char *p;
	size_t len;

	if (s->nkeys == 0 && r->shape->format != WEIR_FORMAT_VALUES) {
		p = weir_record_text(r, &len);
	} else {
		weir_buf_clear(&s->bytes);
		if (s->nkeys > 0)
			put_keys(s, r);
		else
			put_json(s, r);
		p = s->bytes.p;
		len = s->bytes.len;
	}
	return s->all || weir_hash_seeded(p, len, s->seed) < s->below;
}
