/*
 * result - the records of windows: by end, start, and key in jq's order
 *
 * Keys are compared by a 64-bit prefix of the first that keeps its order, then by themselves.
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

static int
by_key(const void *a, const void *b)
{
	const struct swindow_line *x = a, *y = b;

	if (x->of->end != y->of->end)
		return x->of->end < y->of->end ? -1 : 1;
	if (x->of->start != y->of->start)
		return x->of->start < y->of->start ? -1 : 1;
	if (x->prefix != y->prefix)
		return x->prefix < y->prefix ? -1 : 1;
	return weir_order_compare_keys(x->of->key, x->of->len, y->of->key, y->of->len);
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

int
swindow_result_emit(struct swindow *s, const struct weir_window_lines *of, struct weir_out *out)
{
	size_t n = of->n, i;
	struct swindow_line one, *lines = n == 1 ? &one : weir_mem_alloc(n * sizeof(*lines));
	int rc = 0;

	for (i = 0; i < n; i++) {
		lines[i].of = &of->v[i];
		lines[i].prefix = n == 1 ? 0 : weir_order_prefix(lines[i].of->key, lines[i].of->len);
	}
	if (n > 1)
		qsort(lines, n, sizeof(*lines), by_key);
	n = swindow_top_select(s->cf, lines, n);
	for (i = 0; i < n && rc == 0; i++)
		if ((rc = emit_line(s, lines[i].of, out)) > 0)
			rc = weir_stage_fail(out, WEIR_EX_DATAERR, "a result is beyond 15 MiB");
	if (lines != &one)
		free(lines);
	return rc;
}
