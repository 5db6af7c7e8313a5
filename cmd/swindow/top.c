/*
 * top - the results of a window with the greatest value of one aggregate
 *
 * Values are compared in jq's order; of equal ones those whose keys come first are kept. What is
 * kept stays in the order of the keys, as all results.
 */
#include "base/mem.h"
#include "swindow.h"
#include "text/order.h"

#include <stdlib.h>
#include <string.h>

#define TOP_MAX 1000000000

void
swindow_top_parse(struct swindow_conf *cf)
{
	const char *s = cf->top, *name;
	uint64_t n = 0;
	unsigned i;

	if (s == NULL)
		return;
	for (name = s; *name >= '0' && *name <= '9' && n <= TOP_MAX; name++)
		n = n * 10 + (uint64_t)(*name - '0');
	if (n == 0 || n > TOP_MAX || *name != ':')
		weir_opt_misuse(cf->cmd, "--top: \"%s\" is not N:NAME, a number and the name of an aggregate", s);
	name++;
	for (i = 0; i < cf->naggs && strcmp(cf->aggs[i].name, name) != 0; i++)
		;
	if (i == cf->naggs)
		weir_opt_misuse(cf->cmd, "--top: no aggregate is called \"%s\"", name);
	if (cf->kind == SWINDOW_SESSION || cf->kind == SWINDOW_COUNT)
		weir_opt_misuse(cf->cmd, "--top: each key has windows of its own with --session and --count; it goes with -w and --all");
	if (weir_window_revises(&cf->window))
		weir_opt_misuse(cf->cmd, "--top: who is among the first can change with a correction; it goes without --emit and --lateness");
	cf->top_n = (size_t)n;
	cf->top_agg = i;
}

/* A result: its place in the order of keys, and its value, whose bytes are in a buffer of all. */
struct rival {
	size_t at, off;
	struct weir_value v;
};

static int
greatest_first(const void *a, const void *b)
{
	const struct rival *x = a, *y = b;
	int c = weir_order_compare(&y->v, &x->v);

	return c != 0 ? c : (x->at > y->at) - (x->at < y->at);
}

static int
by_place(const void *a, const void *b)
{
	const struct rival *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

size_t
swindow_top_select(struct swindow_conf *cf, struct swindow_line *lines, size_t n)
{
	struct weir_buf bytes = {0};
	struct rival *rivals;
	size_t i, keep = cf->top_n;

	if (keep == 0 || n <= keep)
		return n;
	rivals = weir_mem_alloc(n * sizeof(*rivals));
	for (i = 0; i < n; i++) {
		/* With --all each key has a start and end of its own. */
		weir_agg_window(&cf->aggs[cf->top_agg], 1, lines[i].of->start, lines[i].of->end);
		rivals[i].at = i;
		rivals[i].off = bytes.len;
		weir_agg_results(&cf->aggs[cf->top_agg], 1, lines[i].of->cell, &rivals[i].v, &bytes);
	}
	for (i = 0; i < n; i++)
		if (rivals[i].v.type != WEIR_TIME)
			rivals[i].v.p = bytes.p + rivals[i].off;
	qsort(rivals, n, sizeof(*rivals), greatest_first);
	qsort(rivals, keep, sizeof(*rivals), by_place);
	/* Places ascend: none is overwritten before it was read. */
	for (i = 0; i < keep; i++)
		lines[i] = lines[rivals[i].at];
	free(rivals);
	weir_buf_release(&bytes);
	return keep;
}

static void
drop(struct swindow *s, struct weir_window_line *line)
{
	weir_agg_clear(s->cf->aggs, s->cf->naggs, line->cell);
	free(line->cell);
	free((unsigned char *)line->key);
}

void
swindow_top_drop(struct swindow *s)
{
	while (s->held.n > 0)
		drop(s, &s->held.v[--s->held.n]);
}

/* What is held, down to the first N: both lists are by key. */
static void
select_held(struct swindow *s)
{
	size_t n = s->held.n, i, kept = 0;
	struct swindow_line *lines = weir_mem_alloc(n * sizeof(*lines));

	for (i = 0; i < n; i++)
		lines[i] = (struct swindow_line){0, &s->held.v[i]};
	n = swindow_top_select(s->cf, lines, n);
	for (i = 0; i < s->held.n; i++) {
		if (kept < n && lines[kept].of == &s->held.v[i])
			s->held.v[kept++] = s->held.v[i];
		else
			drop(s, &s->held.v[i]);
	}
	s->held.n = kept;
	free(lines);
}

void
swindow_top_hold(struct swindow *s)
{
	const struct weir_window_conf *w = &s->cf->window;
	size_t i;

	for (i = 0; i < s->lines.n; i++) {
		struct weir_window_line line = s->lines.v[i];

		line.key = weir_mem_dup(line.key, line.len);
		line.cell = weir_mem_zalloc(1, w->cell);
		weir_agg_merge(w->aggs, w->naggs, line.cell, s->lines.v[i].cell);
		weir_window_lines_add(&s->held, &line);
	}
	if (s->held.n > 1024 && s->held.n / 2 > s->cf->top_n)
		select_held(s);
}
