/*
 * join_asof - each left row with the newest right row that is not later
 *
 * At its turn, a right row takes the place of its key's; of several of one time the last to arrive stays. They are in a list
 * by time, linked both ways (back by kin), from which they also go when they are older than the tolerance.
 */
#include "time/join_core.h"

static void
unlink_right(struct weir_join *j, struct weir_row *row)
{
	struct weir_join_line *line = &j->side[WEIR_JOIN_R];

	if (row->kin != NULL)
		row->kin->next = row->next;
	else
		line->first = row->next;
	if (row->next != NULL)
		row->next->kin = row->kin;
	else
		line->last = row->kin;
	weir_join_kin(row)->first[WEIR_JOIN_R] = NULL;
	weir_join_drop(j, row);
}

static void
install(struct weir_join *j, struct weir_row *row)
{
	struct weir_join_line *line = &j->side[WEIR_JOIN_R];
	struct weir_join_kin *kin = weir_join_kin(row);

	if (kin->first[WEIR_JOIN_R] != NULL)
		unlink_right(j, kin->first[WEIR_JOIN_R]);
	kin->first[WEIR_JOIN_R] = row;
	row->next = NULL;
	row->kin = line->last;
	if (line->last != NULL)
		line->last->next = row;
	else
		line->first = row;
	line->last = row;
}

static void
forget(struct weir_join *j, int64_t time)
{
	int64_t from = weir_join_minus(time, j->conf.tolerance);
	struct weir_row *row;

	if (j->conf.tolerance == INT64_MAX)
		return;
	if (j->cold != NULL)
		weir_join_cold_forget(j, from, from);
	while ((row = j->side[WEIR_JOIN_R].first) != NULL && row->time < from)
		unlink_right(j, row);
}

static int
answer(struct weir_join *j, const struct weir_row *l)
{
	const struct weir_row *r = l->node != NULL ? weir_join_kin(l)->first[WEIR_JOIN_R] : NULL;

	if (r == NULL && l->node != NULL)
		r = weir_join_cold_newest(j, l->node, l->time);
	switch (j->conf.type) {
	case WEIR_JOIN_SEMI: return r != NULL ? j->emit(j->ctx, l->time, l, NULL) : 0;
	case WEIR_JOIN_ANTI: return r == NULL ? j->emit(j->ctx, l->time, l, NULL) : 0;
	case WEIR_JOIN_LEFT: return j->emit(j->ctx, l->time, l, r);
	default: return r != NULL ? j->emit(j->ctx, l->time, l, r) : 0;
	}
}

/* The rows of one instant: the right ones first. */
static int
take_turn(struct weir_join *j, struct weir_row *rows)
{
	struct weir_row *row, *next, *left = NULL, **end = &left;
	int rc = 0;

	for (row = rows; row != NULL; row = next) {
		next = row->next;
		if (row->side == WEIR_JOIN_R) {
			install(j, row);
			continue;
		}
		row->next = NULL;
		*end = row;
		end = &row->next;
	}
	for (row = left; row != NULL; row = next) {
		next = row->next;
		if (rc == 0)
			rc = answer(j, row);
		weir_join_drop(j, row);
	}
	return rc;
}

int
weir_join_asof(struct weir_join *j)
{
	int64_t time;
	int rc;

	while (weir_queue_least(&j->queue, &time) && weir_join_passed(j, time)) {
		forget(j, time);
		if ((rc = take_turn(j, weir_join_sorted(j, weir_queue_take(&j->queue)))) != 0)
			return rc;
	}
	forget(j, j->mark);
	return 0;
}
