/*
 * result - the records of windows: by end, start, and key in jq's order
 *
 * Keys are compared by 64 bits of the first that keep its order, behind what all have in common; then by themselves.
 */
#include "base/civil.h"
#include "base/mem.h"
#include "base/num.h"
#include "swindow.h"
#include "text/order.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines between asking for memory and looking into it. */
#define AHEAD 8

void
swindow_result_init(struct swindow *s)
{
	const struct swindow_conf *cf = s->cf;
	struct weir_name *names = weir_mem_alloc((6 + cf->key.n + cf->naggs) * sizeof(*names));
	const char *name;
	uint32_t n;
	size_t len;

	for (n = 0; (name = swindow_conf_field(cf, n, &len)) != NULL; n++)
		names[n] = (struct weir_name){(const unsigned char *)name, (uint32_t)len};
	s->shape = weir_shape_new(WEIR_FORMAT_VALUES, 0, names, n);
	s->values = weir_mem_zalloc(6 + cf->key.n + cf->naggs, sizeof(*s->values));
	free(names);
}

/* A key's first value. */
static struct weir_value
first_value(const struct weir_window_line *e)
{
	const unsigned char *p = e->key;
	struct weir_value v = {.type = WEIR_NULL};

	if (e->len > 0)
		weir_order_open(&p, &v);
	return v;
}

/* Bytes that all keys' first values begin with, if all are strings: "web-". */
static uint32_t
in_common(const struct weir_window_lines *l)
{
	struct weir_value first, v;
	uint32_t n, i;
	size_t at;

	first = first_value(&l->v[0]);
	n = first.type == WEIR_STRING ? first.len : 0;
	for (at = 1; at < l->n && n > 0; at++) {
		v = first_value(&l->v[at]);
		n = v.type != WEIR_STRING ? 0 : v.len < n ? v.len : n;
		for (i = 0; i < n && v.p[i] == first.p[i]; i++)
			;
		n = i;
	}
	return n;
}

/* Of one window: the lines themselves are looked at only where their prefixes are equal. */
static int
by_key(const void *a, const void *b)
{
	const struct swindow_line *x = a, *y = b;

	if (x->prefix != y->prefix)
		return x->prefix < y->prefix ? -1 : 1;
	return weir_order_compare_keys(x->of->key, x->of->len, y->of->key, y->of->len);
}

static int
by_window(const void *a, const void *b)
{
	const struct swindow_line *x = a, *y = b;

	if (x->of->end != y->of->end)
		return x->of->end < y->of->end ? -1 : 1;
	if (x->of->start != y->of->start)
		return x->of->start < y->of->start ? -1 : 1;
	return by_key(a, b);
}

/* All lines in their order; the caller's to free. */
static struct swindow_line *
sorted(const struct weir_window_lines *l)
{
	struct swindow_line *lines = weir_mem_alloc(l->n * sizeof(*lines));
	uint32_t common = in_common(l);
	bool one = true;
	size_t i;

	for (i = 0; i < l->n; i++) {
		lines[i].of = &l->v[i];
		lines[i].prefix = weir_order_prefix(l->v[i].key, l->v[i].len, common);
		one = one && l->v[i].start == l->v[0].start && l->v[i].end == l->v[0].end;
	}
	qsort(lines, l->n, sizeof(*lines), one ? by_key : by_window);
	return lines;
}

static void
put_time(struct weir_value *v, int64_t time)
{
	v->type = time == WEIR_TIME_NONE ? WEIR_NULL : WEIR_TIME;
	v->len = 0;
	v->time = time;
}

static int
emit_line(struct swindow *s, const struct weir_window_line *line, struct weir_out *out)
{
	const struct swindow_conf *cf = s->cf;
	const unsigned char *p = line->key;
	struct weir_value *v = s->values;
	char rev[WEIR_NUM_TEXT];
	unsigned i;

	put_time(v++, line->start);
	put_time(v++, line->end);
	for (i = 0; i < cf->key.n; i++)
		weir_order_open(&p, v++);
	weir_buf_clear(&s->bytes);
	if (line->cell != NULL) {
		weir_agg_window(cf->aggs, cf->naggs, line->start, line->end);
		weir_agg_results(cf->aggs, cf->naggs, line->cell, v, &s->bytes);
	} else {
		for (i = 0; i < cf->naggs; i++)
			v[i] = (struct weir_value){.type = WEIR_NULL};
	}
	v += cf->naggs;
	if (weir_window_revises(&cf->window)) {
		*v++ = (struct weir_value){.p = (unsigned char *)rev, .type = WEIR_NUMBER,
		    .len = (uint32_t)snprintf(rev, sizeof(rev), "%" PRIu32, line->rev)};
		*v++ = line->final ? (struct weir_value){.p = (const unsigned char *)"true", .len = 4, .type = WEIR_TRUE}
		                   : (struct weir_value){.p = (const unsigned char *)"false", .len = 5, .type = WEIR_FALSE};
	}
	return weir_out_values(out, s->shape, line->time, s->values);
}

/* Lines are made in one order and go out in another: what comes next is asked for while it is some lines away. */
static void
look_ahead(const struct swindow_line *lines, size_t n, size_t i)
{
	if (i + 2 * AHEAD < n)
		__builtin_prefetch(lines[i + 2 * AHEAD].of);
	if (i + AHEAD < n) {
		__builtin_prefetch(lines[i + AHEAD].of->key);
		__builtin_prefetch(lines[i + AHEAD].of->cell);
	}
}

int
swindow_result_emit(struct swindow *s, const struct weir_window_lines *of, struct weir_out *out)
{
	struct swindow_line one = {.of = of->v}, *lines = of->n == 1 ? &one : sorted(of);
	size_t n = swindow_top_select(s->cf, lines, of->n), i;
	int rc = 0;

	for (i = 0; i < n && rc == 0; i++) {
		look_ahead(lines, n, i);
		if ((rc = emit_line(s, lines[i].of, out)) > 0)
			rc = weir_stage_fail(out, WEIR_EX_DATAERR, "a result is beyond 15 MiB");
	}
	if (lines != &one)
		free(lines);
	return rc;
}
