/*
 * window_count - see window_count.h
 *
 * A key's records lie in parts, as many in each as divide both size and slide, so that a record is added once. The first
 * part is where the oldest window begins.
 */
#include "time/window_count.h"
#include "base/civil.h"
#include "base/mem.h"
#include "time/window_count_keep.h"

#include <stdlib.h>
#include <string.h>

#define PARTS 10000

_Static_assert(sizeof(struct weir_window_part) == 16, "cells are aligned by it");

static uint64_t
common(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static size_t
stride(const struct weir_window_counts *w)
{
	return sizeof(struct weir_window_part) + (w->conf->cell + 15) / 16 * 16;
}

const char *
weir_window_counts_init(struct weir_window_counts *w, const struct weir_window_conf *conf, uint64_t size,
    uint64_t slide)
{
	uint64_t grain = size == 0 ? 0 : common(size, slide);

	memset(w, 0, sizeof(*w));
	w->conf = conf;
	w->size = size;
	w->slide = slide;
	w->mark = WEIR_TIME_NONE;
	weir_nodes_init(&w->nodes, sizeof(struct weir_window_counter));
	weir_pool_init(&w->singles, stride(w));
	if (grain > UINT32_MAX)
		return "that is too many";
	if (size > 0 && size / grain > PARTS)
		return "that makes more than 10,000 slices a key";
	w->grain = (uint32_t)grain;
	return NULL;
}

struct weir_window_part *
weir_window_counter_part(const struct weir_window_counts *w, const struct weir_window_counter *c, uint32_t i)
{
	return (struct weir_window_part *)(void *)(c->parts + i * stride(w));
}

/* The first n parts are no longer needed. */
static void
drop(struct weir_window_counts *w, struct weir_window_counter *c, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		weir_agg_clear(w->conf->aggs, w->conf->naggs, weir_window_part_cell(weir_window_counter_part(w, c, i)));
	c->n -= n;
	if (c->n > 0)
		memmove(c->parts, c->parts + n * stride(w), c->n * stride(w));
}

static void
free_parts(struct weir_window_counts *w, struct weir_window_counter *c)
{
	if (c->cap == 1)
		weir_pool_put(&w->singles, c->parts);
	else
		free(c->parts);
}

/* Room for as many parts again. */
static void
grow(struct weir_window_counts *w, struct weir_window_counter *c)
{
	uint32_t cap = c->cap == 0 ? 1 : 2 * c->cap;
	unsigned char *parts;

	if (c->cap > 1) {
		parts = weir_mem_realloc(c->parts, cap, stride(w));
	} else {
		parts = cap == 1 ? weir_pool_get(&w->singles) : weir_mem_zalloc(cap, stride(w));
		if (c->cap == 1) {
			memcpy(parts, c->parts, stride(w));
			free_parts(w, c);
		}
	}
	w->memory += (cap - c->cap) * stride(w);
	c->parts = parts;
	c->cap = cap;
}

static void
release(struct weir_window_counts *w, struct weir_window_counter *c)
{
	drop(w, c, c->n);
	free_parts(w, c);
	w->memory -= c->cap * stride(w);
	c->parts = NULL;
	c->cap = 0;
}

static void
release_all(struct weir_window_counts *w)
{
	struct weir_node *node = NULL;

	while ((node = weir_nodes_next(&w->nodes, node)) != NULL)
		release(w, weir_node_bytes(node));
	weir_nodes_release(&w->nodes);
}

/* The node that the last record has left with nothing; all, behind the last results. */
static void
tidy(struct weir_window_counts *w)
{
	if (w->told)
		release_all(w);
	w->told = false;
	if (w->spent == NULL)
		return;
	release(w, weir_node_bytes(w->spent));
	weir_nodes_remove(&w->nodes, w->spent);
	w->spent = NULL;
}

bool
weir_window_counts_shrink(struct weir_window_counts *w)
{
	tidy(w);
	if (w->nodes.n == 0)
		return false;
	/* Pools give their memory back only as a whole. */
	if (weir_window_count_keep_move(w) == 0) {
		release_all(w);
		weir_pool_release(&w->singles);
		weir_pool_init(&w->singles, stride(w));
	}
	return true;
}

void
weir_window_counts_release(struct weir_window_counts *w)
{
	release_all(w);
	weir_pool_release(&w->singles);
	weir_window_temps_release(&w->temps, w->conf);
	memset(w, 0, sizeof(*w));
}

struct weir_window_part *
weir_window_counter_add(struct weir_window_counts *w, struct weir_window_counter *c)
{
	struct weir_window_part *p;

	if (c->n == c->cap)
		grow(w, c);
	p = weir_window_counter_part(w, c, c->n++);
	memset(p, 0, stride(w));
	p->first = p->last = WEIR_TIME_NONE;
	c->fill = 0;
	return p;
}

void
weir_window_counts_prefetch(const struct weir_window_counts *w, uint32_t hash, unsigned step)
{
	struct weir_node *node;

	if (step == 0)
		weir_nodes_prefetch(&w->nodes, hash);
	else if (step == 1)
		weir_nodes_prefetch_node(&w->nodes, hash);
	else if ((node = weir_nodes_prefetched(&w->nodes, hash)) != NULL)
		__builtin_prefetch(((struct weir_window_counter *)weir_node_bytes(node))->parts);
}

struct weir_node *
weir_window_counts_key(struct weir_window_counts *w, const void *key, size_t len, uint32_t hash)
{
	struct weir_node *node = weir_nodes_put(&w->nodes, key, len, hash);
	const struct weir_window_counter *c = weir_node_bytes(node);

	/* One that was just made has nothing. */
	if (w->keep != NULL && c->n == 0 && c->skip == 0)
		weir_window_count_keep_take(w, node, key, len);
	return node;
}

void *
weir_window_counts_at(struct weir_window_counts *w, int64_t time, const void *key, size_t len,
    uint32_t hash, struct weir_node **node)
{
	struct weir_window_counter *c;
	struct weir_window_part *p;

	tidy(w);
	*node = weir_window_counts_key(w, key, len, hash);
	c = weir_node_bytes(*node);
	if (c->skip > 0) {
		if (--c->skip == 0)
			w->spent = *node;
		return NULL;
	}
	if (c->n == 0 || (w->grain > 0 && c->fill == w->grain))
		weir_window_counter_add(w, c);
	p = weir_window_counter_part(w, c, c->n - 1);
	if (w->grain > 0)
		c->fill++;
	if (time != WEIR_TIME_NONE) {
		if (p->first == WEIR_TIME_NONE || time < p->first)
			p->first = time;
		if (time > p->last)
			p->last = time;
	}
	return weir_window_part_cell(p);
}

/* The line of the parts [from, to): those of one window, or what there is of it. */
static void
tell(struct weir_window_counts *w, struct weir_node *node, uint32_t from, uint32_t to, struct weir_window_line *line,
    struct weir_window_lines *lines)
{
	struct weir_window_counter *c = weir_node_bytes(node);
	uint32_t i;

	line->key = weir_node_key(&w->nodes, node);
	line->len = node->len;
	line->start = line->end = WEIR_TIME_NONE;
	/* Even of one part: a full window's parts may be dropped before the line is read. */
	line->cell = w->size == 0 ? weir_window_part_cell(weir_window_counter_part(w, c, 0))
	                          : weir_window_temps_new(&w->temps, w->conf);
	for (i = from; i < to; i++) {
		struct weir_window_part *p = weir_window_counter_part(w, c, i);

		if (p->first != WEIR_TIME_NONE && (line->start == WEIR_TIME_NONE || p->first < line->start))
			line->start = p->first;
		if (p->last > line->end)
			line->end = p->last;
		if (w->size > 0)
			weir_agg_merge(w->conf->aggs, w->conf->naggs, line->cell, weir_window_part_cell(p));
	}
	line->time = line->end;
	weir_window_lines_add(lines, line);
}

static void
tell_all(struct weir_window_counts *w, struct weir_node *node, bool final, struct weir_window_lines *lines)
{
	struct weir_window_counter *c = weir_node_bytes(node);
	struct weir_window_line line = {.final = final};

	w->changed -= c->said.changed;
	c->said.changed = false;
	if (weir_window_revises(w->conf))
		line.rev = ++c->said.rev;
	tell(w, node, 0, 1, &line, lines);
}

/* Each record is a change of every window that has it: the number of its result is that of its records. */
static void
tell_updates(struct weir_window_counts *w, struct weir_node *node, struct weir_window_lines *lines)
{
	struct weir_window_counter *c = weir_node_bytes(node);
	uint64_t have = (uint64_t)(c->n - 1) * w->grain + c->fill, at;

	for (at = 0; at < have; at += w->slide) {
		struct weir_window_line line = {.rev = (uint32_t)(have - at), .final = have - at == w->size};

		tell(w, node, (uint32_t)(at / w->grain), c->n, &line, lines);
	}
}

void
weir_window_counts_touch(struct weir_window_counts *w, struct weir_node *node, struct weir_window_lines *lines)
{
	struct weir_window_counter *c = weir_node_bytes(node);
	struct weir_window_line line = {.final = true};
	uint32_t moved;

	weir_window_temps_clear(&w->temps, w->conf);
	if (w->size == 0) {
		if (w->conf->emit == WEIR_WINDOW_UPDATE) {
			tell_all(w, node, false, lines);
		} else if (w->conf->emit == WEIR_WINDOW_PERIODIC && !c->said.changed) {
			c->said.changed = true;
			w->changed++;
		}
		return;
	}
	if (w->conf->emit == WEIR_WINDOW_UPDATE)
		tell_updates(w, node, lines);
	if ((uint64_t)(c->n - 1) * w->grain + c->fill < w->size)
		return;
	if (w->conf->emit != WEIR_WINDOW_UPDATE)
		tell(w, node, 0, c->n, &line, lines);
	moved = w->slide < w->size ? (uint32_t)(w->slide / w->grain) : c->n;
	if (w->slide > w->size)
		c->skip = w->slide - w->size;
	drop(w, c, moved);
	if (c->n == 0 && c->skip == 0)
		w->spent = node;
}

int
weir_window_counts_due(struct weir_window_counts *w, int64_t watermark, struct weir_window_lines *lines)
{
	struct weir_node *node = NULL;
	int64_t tick;

	if (weir_window_count_keep_gives(w, lines))
		return 1;
	if (watermark <= w->mark)
		return 0;
	if (w->changed == 0 || (tick = weir_window_tick(w->conf, w->mark)) > watermark) {
		w->mark = watermark;
		return 0;
	}
	w->mark = tick;
	if (w->keep != NULL && (w->keep->of.changed > 0 || weir_window_keep_crowds(&w->keep->of, w->changed))) {
		weir_window_count_keep_begin(w, false, lines);
		return 1;
	}
	while ((node = weir_nodes_next(&w->nodes, node)) != NULL) {
		struct weir_window_counter *c = weir_node_bytes(node);

		if (c->said.changed)
			tell_all(w, node, false, lines);
	}
	return 1;
}

int
weir_window_counts_finish(struct weir_window_counts *w, struct weir_window_lines *lines)
{
	struct weir_node *node = NULL;

	if (weir_window_count_keep_gives(w, lines))
		return 1;
	if (w->size > 0)
		return 0;
	tidy(w);
	if (w->keep != NULL &&
	    (w->keep->of.keys > 0 || (w->nodes.n > 0 && weir_window_keep_crowds(&w->keep->of, w->nodes.n)))) {
		weir_window_count_keep_begin(w, true, lines);
		return 1;
	}
	while ((node = weir_nodes_next(&w->nodes, node)) != NULL)
		tell_all(w, node, true, lines);
	return w->told = lines->n > 0;
}
