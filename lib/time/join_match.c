/*
 * join_match - what comes out of an instant
 *
 * Pairs whose later row is of this instant: each left row of it with the right rows up to it, and each earlier left row with the
 * right rows of this instant. They are made left row by left row, in the order of arrival; so no list of
 * pairs is ever held, however many there are.
 */
#include "base/mem.h"
#include "time/join_core.h"

#include <stdlib.h>

static int
by_arrival(const void *a, const void *b)
{
	const struct weir_row *x = *(struct weir_row *const *)a, *y = *(struct weir_row *const *)b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void
add(struct weir_join *j, enum weir_join_side side, size_t *n, struct weir_row *row)
{
	if (*n == j->cap[side]) {
		j->cap[side] = *n == 0 ? 64 : 2 * *n;
		j->found[side] = weir_mem_realloc(j->found[side], j->cap[side], sizeof(struct weir_row *));
	}
	j->found[side][(*n)++] = row;
}

struct weir_row *
weir_join_sorted(struct weir_join *j, struct weir_row *rows)
{
	uint64_t last[2] = {0, 0};
	struct weir_row *row;
	size_t n = 0, i;

	for (row = rows; row != NULL && row->seq >= last[row->side]; row = row->next)
		last[row->side] = row->seq;
	if (row == NULL)
		return rows;
	for (row = rows; row != NULL; row = row->next)
		add(j, WEIR_JOIN_L, &n, row);
	qsort(j->found[WEIR_JOIN_L], n, sizeof(row), by_arrival);
	for (i = 0; i < n; i++)
		j->found[WEIR_JOIN_L][i]->next = i + 1 < n ? j->found[WEIR_JOIN_L][i + 1] : NULL;
	return j->found[WEIR_JOIN_L][0];
}

/* They are in order of time, and most often also of arrival. */
static void
sort(struct weir_row **rows, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (rows[i - 1]->seq > rows[i]->seq) {
			qsort(rows, n, sizeof(*rows), by_arrival);
			return;
		}
}

/* The left rows that may have a pair at the instant, or come out alone. */
static size_t
find_left(struct weir_join *j, int64_t time)
{
	struct weir_row *l, *r;
	size_t n = 0;

	for (l = j->side[WEIR_JOIN_L].next; l != NULL && l->time == time; l = l->next)
		add(j, WEIR_JOIN_L, &n, l);
	j->instant++;
	for (r = j->side[WEIR_JOIN_R].next; r != NULL && r->time == time; r = r->next) {
		struct weir_join_kin *kin;

		if (r->node == NULL || (kin = weir_join_kin(r))->instant == j->instant)
			continue;
		kin->instant = j->instant;
		kin->now = r;
		for (l = kin->first[WEIR_JOIN_L]; l != NULL && l->time < time; l = l->kin)
			add(j, WEIR_JOIN_L, &n, l);
	}
	sort(j->found[WEIR_JOIN_L], n);
	return n;
}

static size_t
find_right(struct weir_join *j, const struct weir_row *l, int64_t time)
{
	struct weir_row *r = NULL;
	size_t n = 0;

	if (l->node != NULL)
		r = l->time == time ? weir_join_kin(l)->first[WEIR_JOIN_R] : weir_join_kin(l)->now;
	for (; r != NULL && r->time <= time; r = r->kin)
		add(j, WEIR_JOIN_R, &n, r);
	sort(j->found[WEIR_JOIN_R], n);
	return n;
}

static int
match_pairs(struct weir_join *j, int64_t time)
{
	bool outer = j->conf.type == WEIR_JOIN_LEFT || j->conf.type == WEIR_JOIN_FULL;
	size_t n = find_left(j, time), m, i, k;
	int rc;

	for (i = 0; i < n; i++) {
		const struct weir_row *l = j->found[WEIR_JOIN_L][i];

		m = find_right(j, l, time);
		for (k = 0; k < m; k++)
			if ((rc = j->emit(j->ctx, time, l, j->found[WEIR_JOIN_R][k])) != 0)
				return rc;
		if (outer && m == 0 && !weir_join_matched(j, l) && (rc = j->emit(j->ctx, time, l, NULL)) != 0)
			return rc;
	}
	return 0;
}

static int
match_right(struct weir_join *j, int64_t time)
{
	const struct weir_row *r;
	int rc;

	for (r = j->side[WEIR_JOIN_R].next; r != NULL && r->time == time; r = r->next)
		if (!weir_join_matched(j, r) && (rc = j->emit(j->ctx, time, NULL, r)) != 0)
			return rc;
	return 0;
}

static int
match_filter(struct weir_join *j, int64_t time)
{
	const struct weir_row *l;
	int rc;

	for (l = j->side[WEIR_JOIN_L].next; l != NULL && l->time == time; l = l->next)
		if (weir_join_matched(j, l) == (j->conf.type == WEIR_JOIN_SEMI) && (rc = j->emit(j->ctx, time, l, NULL)) != 0)
			return rc;
	return 0;
}

int
weir_join_match(struct weir_join *j, int64_t time)
{
	int rc;

	if (j->conf.type == WEIR_JOIN_SEMI || j->conf.type == WEIR_JOIN_ANTI)
		return match_filter(j, time);
	rc = match_pairs(j, time);
	if (rc == 0 && (j->conf.type == WEIR_JOIN_RIGHT || j->conf.type == WEIR_JOIN_FULL))
		rc = match_right(j, time);
	return rc;
}
