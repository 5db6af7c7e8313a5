/*
 * result - the records of a window that closes: by key, in jq's order
 *
 * Sorted by a 64-bit prefix of the first key that keeps its order, then by the
 * keys themselves.
 */
#include "base/mem.h"
#include "base/num.h"
#include "swindow.h"
#include "text/order.h"

#include <stdlib.h>
#include <string.h>

struct line {
	uint64_t prefix;
	struct weir_table_entry *entry;
};

void
swindow_result_init(struct swindow *s)
{
	const struct swindow_conf *cf = s->cf;
	uint32_t n = 2 + cf->nkeys + cf->naggs, i;
	struct weir_name *names = weir_mem_alloc(n * sizeof(*names));

	names[0] = (struct weir_name){(const unsigned char *)"start", 5};
	names[1] = (struct weir_name){(const unsigned char *)"end", 3};
	for (i = 0; i < cf->nkeys; i++) {
		const struct weir_path_step *last = weir_path_last(&cf->key_paths[i]);

		names[2 + i] = (struct weir_name){last->name, last->len};
	}
	for (i = 0; i < cf->naggs; i++)
		names[2 + cf->nkeys + i] = (struct weir_name){(const unsigned char *)cf->aggs[i].name,
		    (uint32_t)strlen(cf->aggs[i].name)};
	s->shape = weir_shape_new(WEIR_FORMAT_VALUES, 0, names, n);
	s->values = weir_mem_zalloc(n, sizeof(*s->values));
	free(names);
}

/* The sign of a double and then its bits, so that they compare as unsigned numbers. */
static uint64_t
double_prefix(double d)
{
	uint64_t bits;

	memcpy(&bits, &d, sizeof(bits));
	return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static uint64_t
prefix_of(const struct weir_table_entry *e)
{
	const unsigned char *p = e->key;
	struct weir_num num;
	struct weir_value v;
	uint64_t prefix = 0;
	uint32_t i;

	if (e->len == 0)
		return 0;
	weir_order_open(&p, &v);
	if (v.type == WEIR_NUMBER && weir_num_parse(&num, v.p, v.len) == 0)
		prefix = double_prefix(weir_num_double(&num)) >> 8;
	else if (v.type == WEIR_STRING)
		for (i = 0; i < 7; i++)
			prefix = prefix << 8 | (i < v.len ? v.p[i] : 0);
	/* The numbers of the types up to WEIR_STRING are in jq's order; arrays and objects
	 * follow. */
	return (uint64_t)v.type << 56 | prefix;
}

static int
by_key(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	const unsigned char *p = x->entry->key, *q = y->entry->key;
	const unsigned char *end = p + x->entry->len;
	struct weir_value v, w;
	int c = 0;

	if (x->prefix != y->prefix)
		return x->prefix < y->prefix ? -1 : 1;
	while (c == 0 && p < end) {
		weir_order_open(&p, &v);
		weir_order_open(&q, &w);
		c = weir_order_compare(&v, &w);
	}
	return c;
}

static int
emit_line(struct swindow *s, const struct weir_window *w, struct weir_table_entry *e,
    struct weir_out *out)
{
	const struct swindow_conf *cf = s->cf;
	const unsigned char *p = e->key;
	unsigned i;

	s->values[0].type = s->values[1].type = WEIR_TIME;
	s->values[0].time = w->start;
	s->values[1].time = w->end;
	for (i = 0; i < cf->nkeys; i++)
		weir_order_open(&p, &s->values[2 + i]);
	weir_buf_clear(&s->bytes);
	weir_agg_results(cf->aggs, cf->naggs, weir_table_cell(e), &s->values[2 + cf->nkeys], &s->bytes);
	return weir_out_values(out, s->shape, w->end - 1, s->values);
}

/* The window's entries by key, in memory of the caller's. */
static struct weir_table_entry **
sorted(const struct weir_window *w)
{
	uint32_t n = w->table.n, i;
	struct line *lines = weir_mem_alloc((n + (size_t)1) * sizeof(*lines));
	struct weir_table_entry **entries = weir_mem_alloc((n + (size_t)1) * sizeof(struct weir_table_entry *));

	for (i = 0; i < n; i++) {
		lines[i].entry = weir_table_entry(&w->table, i);
		lines[i].prefix = prefix_of(lines[i].entry);
	}
	qsort(lines, n, sizeof(*lines), by_key);
	for (i = 0; i < n; i++)
		entries[i] = lines[i].entry;
	free(lines);
	return entries;
}

int
swindow_result_emit(struct swindow *s, struct weir_window *w, struct weir_out *out)
{
	struct weir_table_entry **entries = sorted(w);
	uint32_t n = w->table.n, chosen, i;
	int rc = 0;

	weir_agg_window(s->cf->aggs, s->cf->naggs, w->start, w->end);
	chosen = swindow_top_select(s->cf, entries, n);
	for (i = 0; i < n; i++) {
		if (rc == 0 && i < chosen && (rc = emit_line(s, w, entries[i], out)) > 0)
			rc = weir_stage_fail(out, WEIR_EX_DATAERR, "a result is beyond 15 MiB");
		weir_agg_clear(s->cf->aggs, s->cf->naggs, weir_table_cell(entries[i]));
	}
	free(entries);
	weir_window_free(w);
	return rc;
}
