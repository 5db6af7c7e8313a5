/*
 * window_grid - see window_grid.h
 *
 * Points are the bounds that windows begin or step at: point k is at origin + k * point of the clock, which is
 * UTC or a zone's local time. Where slide does not divide size, ends lie between points, `rest` behind one.
 */
#include "time/window_grid.h"
#include "base/civil.h"
#include "base/wide.h"

#include <stddef.h>

#define SECOND INT64_C(1000000000)
#define DAY (86400 * SECOND)

static int64_t
floor_div(weir_i128 a, int64_t b)
{
	weir_i128 q = a / b;

	return (int64_t)(a % b < 0 ? q - 1 : q);
}

static int64_t
held(weir_i128 t)
{
	return t <= WEIR_TIME_NONE ? WEIR_TIME_NONE + 1 : t > WEIR_TIME_MAX ? WEIR_TIME_MAX : (int64_t)t;
}

/* The instant of a clock's time. */
static int64_t
instant(const struct weir_window_grid *g, weir_i128 clock)
{
	int64_t s;

	if (g->zone == NULL)
		return held(clock);
	s = floor_div(clock, SECOND);
	return held((weir_i128)weir_zone_instant(g->zone, s) * SECOND + (clock - (weir_i128)s * SECOND));
}

static int64_t
point(const struct weir_window_grid *g, int64_t k, int64_t rest)
{
	return instant(g, (weir_i128)g->origin + rest + (weir_i128)k * g->point);
}

/* The last point (moved by rest) that is not behind time. A zone's clock is set back at times: then the
 * quotient may be one too small, or one too great. */
static int64_t
index_of(const struct weir_window_grid *g, int64_t time, int64_t rest)
{
	weir_i128 clock = (weir_i128)time - g->origin - rest;
	int64_t k;

	if (g->zone == NULL)
		return floor_div(clock, g->point);
	clock += (weir_i128)weir_zone_offset(g->zone, floor_div(time, SECOND)) * SECOND;
	k = floor_div(clock, g->point);
	while (point(g, k, rest) > time)
		k--;
	while (point(g, k + 1, rest) <= time)
		k++;
	return k;
}

const char *
weir_window_grid_init(struct weir_window_grid *g)
{
	int64_t aligned = g->cumulating ? g->size : g->slide, count;

	if (g->zone != NULL && g->size % DAY != 0)
		return "a zone's calendar needs windows of whole days";
	if (g->zone != NULL && !g->cumulating && g->slide % DAY != 0)
		return "in a zone's calendar windows slide by whole days";
	g->n = g->size / g->slide;
	g->rest = g->size % g->slide;
	g->steps = g->zone != NULL && g->slide % DAY != 0;
	if (g->cumulating && g->rest != 0)
		return "the step has to divide the size";
	count = g->n + (g->rest != 0);
	if (count > WEIR_WINDOW_GRID_SLICES / (g->rest != 0 ? 2 : 1))
		return "that makes more than 10,000 slices a key";
	g->point = g->steps ? g->size : g->slide;
	g->origin = g->offset % aligned + (aligned % (7 * DAY) == 0 ? 4 * DAY : 0);
	return NULL;
}

static void
place_hopping(const struct weir_window_grid *g, int64_t time, struct weir_window_place *p)
{
	int64_t k = index_of(g, time, 0), middle;

	p->start = point(g, k, 0);
	p->end = point(g, k + 1, 0);
	p->last = point(g, k + g->n, g->rest);
	p->first = p->end;
	if (g->rest == 0)
		return;
	middle = point(g, k, g->rest);
	if (time < middle) {
		p->first = p->end = middle;
	} else {
		p->start = middle;
		p->first = point(g, k + 1, g->rest);
	}
}

static int64_t
floor_int(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static void
place_cumulating(const struct weir_window_grid *g, int64_t time, struct weir_window_place *p)
{
	int64_t k = index_of(g, time, 0);

	if (g->steps) {
		int64_t base = point(g, k, 0);

		p->last = point(g, k + 1, 0);
		p->start = base + (time - base) / g->slide * g->slide;
		p->end = p->last - p->start > g->slide ? p->start + g->slide : p->last;
	} else {
		p->start = point(g, k, 0);
		p->end = point(g, k + 1, 0);
		p->last = point(g, (floor_int(k, g->n) + 1) * g->n, 0);
	}
	p->first = p->end;
}

void
weir_window_grid_place(const struct weir_window_grid *g, int64_t time, struct weir_window_place *p)
{
	if (g->cumulating)
		place_cumulating(g, time, p);
	else
		place_hopping(g, time, p);
}

int64_t
weir_window_grid_after(const struct weir_window_grid *g, int64_t time)
{
	struct weir_window_place p;

	if (!g->steps)
		return point(g, index_of(g, time, g->rest) + 1, g->rest);
	place_cumulating(g, time, &p);
	return p.end;
}

int64_t
weir_window_grid_start(const struct weir_window_grid *g, int64_t end)
{
	int64_t k = index_of(g, end - 1, g->rest) + 1;

	if (g->steps)
		return point(g, k - 1, 0);
	if (g->cumulating)
		return point(g, floor_int(k - 1, g->n) * g->n, 0);
	return point(g, k - g->n, 0);
}

int64_t
weir_window_grid_middle(const struct weir_window_grid *g, int64_t end)
{
	int64_t k;

	if (g->cumulating || g->n == 0)
		return weir_window_grid_start(g, end);
	k = index_of(g, end - 1, g->rest) + 1 - g->n;
	return point(g, (floor_int(k, g->n) + 1) * g->n, 0);
}
