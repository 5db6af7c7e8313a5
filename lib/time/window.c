/*
 * window - see window.h
 */
#include "time/window.h"
#include "base/civil.h"
#include "base/mem.h"

#include <stdlib.h>

void
weir_window_lines_add(struct weir_window_lines *l, const struct weir_window_line *line)
{
	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 64 : 2 * l->cap;
		l->v = weir_mem_realloc(l->v, l->cap, sizeof(*l->v));
	}
	l->v[l->n++] = *line;
}

void
weir_window_lines_release(struct weir_window_lines *l)
{
	free(l->v);
	*l = (struct weir_window_lines){0};
}

void
weir_window_temps_keep(struct weir_window_temps *t, void *cell)
{
	if (t->n == t->cap) {
		t->cap = t->cap == 0 ? 16 : 2 * t->cap;
		t->v = weir_mem_realloc(t->v, t->cap, sizeof(*t->v));
	}
	t->v[t->n++] = cell;
}

void *
weir_window_temps_new(struct weir_window_temps *t, const struct weir_window_conf *c)
{
	weir_window_temps_keep(t, weir_mem_zalloc(1, c->cell));
	return t->v[t->n - 1];
}

void
weir_window_temps_clear(struct weir_window_temps *t, const struct weir_window_conf *c)
{
	while (t->n > 0) {
		weir_agg_clear(c->aggs, c->naggs, t->v[--t->n]);
		free(t->v[t->n]);
	}
}

void
weir_window_temps_release(struct weir_window_temps *t, const struct weir_window_conf *c)
{
	weir_window_temps_clear(t, c);
	free(t->v);
	*t = (struct weir_window_temps){0};
}

void
weir_window_table_clear(const struct weir_window_conf *c, struct weir_table *t)
{
	uint32_t i;

	for (i = 0; i < t->n; i++)
		weir_agg_clear(c->aggs, c->naggs, weir_table_cell(weir_table_entry(t, i)));
	weir_table_release(t);
}

int64_t
weir_window_later(int64_t a, int64_t b)
{
	return a > WEIR_TIME_MAX - b ? WEIR_TIME_MAX : a + b;
}

int64_t
weir_window_earlier(int64_t a, int64_t b)
{
	return a < WEIR_TIME_NONE + b ? WEIR_TIME_NONE : a - b;
}

int64_t
weir_window_tick(const struct weir_window_conf *c, int64_t mark)
{
	int64_t into;

	if (mark == WEIR_TIME_NONE)
		return WEIR_TIME_NONE + 1;
	into = mark % c->every;
	return weir_window_later(mark - into, into < 0 ? 0 : c->every);
}
