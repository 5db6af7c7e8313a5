/*
 * quantile_state - a quantile's values or counts as JSON, and back
 */
#include "base/mem.h"
#include "text/json.h"
#include "time/quantile.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS (INT64_C(2048) << WEIR_QUANTILE_MANTISSA)

void
weir_quantile_put(struct weir_buf *b, const struct weir_num *n)
{
	char text[WEIR_NUM_TEXT];

	if (n->inexact) {
		weir_buf_printf(b, "\"%a\"", n->d);
	} else if (n->scale == 0 && n->m <= INT64_MAX && n->m >= -INT64_MAX) {
		/* As weir_num_format has it, without the way over 128 bits: a snapshot has many. */
		if (n->m < 0)
			weir_buf_putc(b, '-');
		weir_buf_put_int(b, (uint64_t)(n->m < 0 ? -n->m : n->m));
	} else {
		weir_buf_put(b, text, weir_num_format(n, text));
	}
}

int
weir_quantile_take(const struct weir_value *v, struct weir_num *n)
{
	char text[WEIR_NUM_TEXT], *end;
	int64_t i;

	if (v->type == WEIR_NUMBER && weir_num_small(v->p, v->len, &i)) {
		*n = weir_num_int(i);
		return 0;
	}
	if (v->type == WEIR_NUMBER)
		return weir_num_parse(n, v->p, v->len);
	if (v->type != WEIR_STRING || v->len == 0 || v->len >= sizeof(text))
		return -1;
	memcpy(text, v->p, v->len);
	text[v->len] = '\0';
	*n = weir_num_dbl(strtod(text, &end));
	return *end == '\0' ? 0 : -1;
}

static void
save_side(const struct weir_quantile_side *s, struct weir_buf *b)
{
	int32_t i, last = -1;

	weir_buf_puts(b, ",[");
	for (i = 0; i < s->n; i++) {
		if (s->counts[i] == 0 && (s->carries == NULL || s->carries[i] == 0))
			continue;
		if (last >= 0)
			weir_buf_putc(b, ',');
		weir_buf_put_int(b, (uint64_t)(s->first + i - last - 1));
		weir_buf_putc(b, ',');
		weir_buf_put_int(b, s->counts[i] | (s->carries != NULL ? (uint64_t)s->carries[i] << 32 : 0));
		last = s->first + i;
	}
	weir_buf_putc(b, ']');
}

void
weir_quantile_save(const struct weir_quantile *q, struct weir_buf *b)
{
	uint64_t i;

	weir_buf_putc(b, '[');
	weir_buf_put_int(b, q->n);
	if (!q->sketched) {
		weir_buf_puts(b, ",[");
		for (i = 0; i < q->n; i++) {
			struct weir_num v = weir_quantile_kept(q, i);

			weir_buf_puts(b, i > 0 ? "," : "");
			weir_quantile_put(b, &v);
		}
		weir_buf_puts(b, "]]");
		return;
	}
	weir_buf_putc(b, ',');
	weir_quantile_put(b, &q->sketch->least);
	weir_buf_putc(b, ',');
	weir_quantile_put(b, &q->sketch->greatest);
	weir_buf_putc(b, ',');
	weir_buf_put_int(b, q->sketch->zeros);
	save_side(&q->sketch->side[0], b);
	save_side(&q->sketch->side[1], b);
	weir_buf_putc(b, ']');
}

static int
take_count(const struct weir_value *v, int64_t *n)
{
	return v->type == WEIR_NUMBER && weir_num_small(v->p, v->len, n) && *n >= 0 ? 0 : -1;
}

static int
load_exact(struct weir_quantile *q, const struct weir_value *v, int64_t n, uint64_t limit)
{
	struct weir_json_each e;
	struct weir_value x;
	struct weir_num num;

	if (v->type != WEIR_ARRAY || (uint64_t)n > limit)
		return -1;
	weir_json_each_init(&e, v);
	while (weir_json_each_next(&e, NULL, &x) == 1)
		if (q->n == (uint64_t)n || weir_quantile_take(&x, &num) != 0)
			return -1;
		else
			weir_quantile_add(q, &num, limit);
	return q->n == (uint64_t)n ? 0 : -1;
}

static void
set_count(struct weir_quantile_side *s, int32_t i, uint64_t n)
{
	s->total += n;
	s->counts[i] = (uint32_t)n;
	if (n >> 32 != 0 && s->carries == NULL)
		s->carries = weir_mem_zalloc((size_t)s->n, sizeof(*s->carries));
	if (n >> 32 != 0)
		s->carries[i] = (uint32_t)(n >> 32);
}

/* Walks the pairs; without counts it only finds the first bucket and how many the side spans. */
static int
walk_side(struct weir_quantile_side *s, const struct weir_value *v, bool set)
{
	struct weir_json_each e;
	struct weir_value x;
	int64_t skip, n, at = -1;
	bool any = false;

	weir_json_each_init(&e, v);
	while (weir_json_each_next(&e, NULL, &x) == 1) {
		if (take_count(&x, &skip) != 0 || weir_json_each_next(&e, NULL, &x) != 1 || take_count(&x, &n) != 0 ||
		    skip > BUCKETS || (at += skip + 1) >= BUCKETS)
			return -1;
		if (set)
			set_count(s, (int32_t)at - s->first, (uint64_t)n);
		else if (!any)
			s->first = (int32_t)at;
		any = true;
	}
	if (!set)
		s->n = any ? (int32_t)at - s->first + 1 : 0;
	return 0;
}

static int
load_side(struct weir_quantile_side *s, const struct weir_value *v)
{
	if (v->type != WEIR_ARRAY || walk_side(s, v, false) != 0)
		return -1;
	if (s->n == 0)
		return 0;
	s->counts = weir_mem_zalloc((size_t)s->n, sizeof(*s->counts));
	return walk_side(s, v, true);
}

int
weir_quantile_load(struct weir_quantile *q, const struct weir_value *v, uint64_t limit)
{
	struct weir_quantile_sketch *k;
	struct weir_json_each e;
	struct weir_value part[6];
	int64_t n, zeros;
	unsigned parts = 0;

	if (v->type != WEIR_ARRAY)
		return -1;
	weir_json_each_init(&e, v);
	while (parts < 6 && weir_json_each_next(&e, NULL, &part[parts]) == 1)
		parts++;
	if (parts < 2 || take_count(&part[0], &n) != 0)
		return -1;
	if (parts == 2)
		return load_exact(q, &part[1], n, limit);
	if (parts != 6 || (uint64_t)n <= limit || take_count(&part[3], &zeros) != 0)
		return -1;
	q->sketch = k = weir_mem_zalloc(1, sizeof(*k));
	q->sketched = true;
	q->n = (uint64_t)n;
	k->zeros = (uint64_t)zeros;
	if (weir_quantile_take(&part[1], &k->least) != 0 || weir_quantile_take(&part[2], &k->greatest) != 0 ||
	    load_side(&k->side[0], &part[4]) != 0 || load_side(&k->side[1], &part[5]) != 0)
		return -1;
	k->low = weir_num_double(&k->least);
	k->high = weir_num_double(&k->greatest);
	return k->side[0].total + k->side[1].total + k->zeros == q->n ? 0 : -1;
}
