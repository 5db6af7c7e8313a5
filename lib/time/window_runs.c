/*
 * window_runs - see window_runs.h
 */
#include "time/window_runs.h"
#include "base/civil.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void
weir_window_runs_init(struct weir_window_runs *r, const struct weir_window_conf *conf)
{
	memset(r, 0, sizeof(*r));
	r->conf = conf;
	r->middle = r->until = WEIR_TIME_NONE;
	weir_table_init(&r->back, conf->cell);
	weir_table_init(&r->whole, conf->cell);
}

void
weir_window_runs_clear(struct weir_window_runs *r)
{
	while (r->n > 0)
		weir_window_table_clear(r->conf, &r->front[--r->n].table);
	free(r->front);
	weir_window_table_clear(r->conf, &r->back);
	weir_window_table_clear(r->conf, &r->whole);
	weir_window_runs_init(r, r->conf);
}

static void
merge(const struct weir_window_runs *r, struct weir_table *into, const struct weir_table *from)
{
	uint32_t i;
	bool made;

	for (i = 0; i < from->n; i++) {
		struct weir_table_entry *e = weir_table_entry(from, i);

		weir_agg_merge(r->conf->aggs, r->conf->naggs, weir_table_put(into, e->key, e->len, &made),
		    weir_table_cell(e));
	}
}

/* The ends of the run of slices before the middle, the shortest first. */
static void
make_front(struct weir_window_runs *r, const struct weir_window_span *span)
{
	unsigned i = 0;

	while (i < span->n && span->v[i]->place.start < r->middle)
		i++;
	r->front = weir_mem_alloc((i + (size_t)1) * sizeof(*r->front));
	while (i-- > 0) {
		struct weir_window_front *f = &r->front[r->n++];

		f->start = span->v[i]->place.start;
		weir_table_init(&f->table, r->conf->cell);
		merge(r, &f->table, &span->v[i]->table);
		if (r->n > 1)
			merge(r, &f->table, &f[-1].table);
	}
}

static void
grow_back(struct weir_window_runs *r, const struct weir_window_span *span, int64_t end)
{
	unsigned i;

	for (i = 0; i < span->n; i++)
		if (span->v[i]->place.start >= r->until)
			merge(r, &r->back, &span->v[i]->table);
	r->until = end;
}

struct weir_table *
weir_window_runs_table(struct weir_window_runs *r, const struct weir_window_span *span, int64_t end, int64_t middle)
{
	int64_t start = span->n > 0 ? span->v[0]->place.start : end;

	weir_window_table_clear(r->conf, &r->whole);
	if (r->middle != middle || r->until > end) {
		weir_window_runs_clear(r);
		r->middle = r->until = middle;
		make_front(r, span);
	}
	while (r->n > 0 && r->front[r->n - 1].start < start)
		weir_window_table_clear(r->conf, &r->front[--r->n].table);
	grow_back(r, span, end);
	if (r->n == 0)
		return &r->back;
	if (r->back.n == 0)
		return &r->front[r->n - 1].table;
	merge(r, &r->whole, &r->front[r->n - 1].table);
	merge(r, &r->whole, &r->back);
	return &r->whole;
}
