/*
 * merge - see merge.h
 *
 * Partitions are few, so the least of the heads is found by looking at all.
 */
#include "log/merge.h"
#include "base/civil.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void
weir_merge_init(struct weir_merge *m, struct weir_cursor *cursors, unsigned n, bool grows)
{
	m->cursors = cursors;
	m->n = n;
	m->grows = grows;
	m->at = &cursors[0];
	m->watermark = INT64_MIN;
	m->head = weir_mem_zalloc(n, sizeof(*m->head));
	m->empty = weir_mem_zalloc(n, sizeof(*m->empty));
}

void
weir_merge_release(struct weir_merge *m)
{
	free(m->head);
	free(m->empty);
	m->head = m->empty = NULL;
}

/* Makes each cursor stand on a record, if it has one. -1 if one failed. */
static int
fill(struct weir_merge *m)
{
	enum weir_cursor_step step;
	unsigned i;

	for (i = 0; i < m->n; i++) {
		if (m->head[i] || m->empty[i])
			continue;
		do
			step = weir_cursor_next(&m->cursors[i]);
		while (step == WEIR_CURSOR_WATERMARK || step == WEIR_CURSOR_FRAME || step == WEIR_CURSOR_HELLO);
		m->head[i] = step == WEIR_CURSOR_RECORD;
		m->empty[i] = step == WEIR_CURSOR_NONE;
		if (step == WEIR_CURSOR_FAILED) {
			m->at = &m->cursors[i];
			return -1;
		}
	}
	return 0;
}

/* The cursor whose record is next, or n. */
static unsigned
choose(const struct weir_merge *m)
{
	unsigned i, best = m->n;

	for (i = 0; i < m->n; i++)
		if (m->head[i] && (best == m->n || m->cursors[i].rec.time < m->cursors[best].rec.time))
			best = i;
	return best;
}

/* Whether a cursor that has nothing now may still bring a record that comes before that of `best`. */
static bool
must_wait(const struct weir_merge *m, unsigned best)
{
	int64_t time = m->cursors[best].rec.time, mark;
	unsigned i;

	for (i = 0; m->grows && time != WEIR_TIME_NONE && i < m->n; i++) {
		mark = m->cursors[i].watermark;
		if (!m->head[i] && (mark < time || (mark == time && i < best)))
			return true;
	}
	return false;
}

/* What no later record will be below, but late ones. A cursor on a record: what was in force before that. */
static int64_t
least_watermark(const struct weir_merge *m)
{
	int64_t least = INT64_MAX, mark;
	unsigned i;

	for (i = 0; i < m->n; i++) {
		if (!m->head[i] && !m->grows)
			continue;
		mark = m->head[i] ? m->cursors[i].rec.watermark : m->cursors[i].watermark;
		if (mark < least)
			least = mark;
	}
	return least;
}

/* The record that comes next, or NULL: none, or it has to wait. */
static struct weir_cursor *
next_record(struct weir_merge *m)
{
	unsigned best = choose(m);

	return best < m->n && !must_wait(m, best) ? &m->cursors[best] : NULL;
}

enum weir_cursor_step
weir_merge_next(struct weir_merge *m)
{
	struct weir_cursor *c;
	int64_t mark;

	if (m->n == 1)
		return weir_cursor_next(m->cursors);
	if (fill(m) != 0)
		return WEIR_CURSOR_FAILED;
	if ((c = next_record(m)) == NULL) {
		/* Those that had nothing are asked again only now: it costs a look at their files. */
		memset(m->empty, 0, m->n * sizeof(*m->empty));
		if (fill(m) != 0)
			return WEIR_CURSOR_FAILED;
		c = next_record(m);
	}
	mark = least_watermark(m);
	if (c != NULL) {
		if (mark > m->watermark)
			m->watermark = mark;
		m->at = c;
		c->rec.watermark = m->watermark;
		m->head[c - m->cursors] = false;
		return WEIR_CURSOR_RECORD;
	}
	if (mark <= m->watermark || mark == INT64_MAX)
		return WEIR_CURSOR_NONE;
	m->watermark = mark;
	return WEIR_CURSOR_WATERMARK;
}

uint64_t
weir_merge_offset(const struct weir_merge *m, unsigned i)
{
	const struct weir_cursor *c = &m->cursors[i];

	if (m->n > 1 && m->head[i])
		return c->rec.seq;
	return c->offset > c->skip ? c->offset : c->skip;
}
