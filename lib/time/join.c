/*
 * join - see join.h: rows come, have their turn, and are forgotten
 */
#include "time/join.h"
#include "time/join_core.h"

#include <stdlib.h>
#include <string.h>

#define DAY (INT64_C(86400) * 1000000000)

void
weir_join_init(struct weir_join *j, const struct weir_join_conf *conf, weir_join_emit emit, void *ctx)
{
	memset(j, 0, sizeof(*j));
	j->conf = *conf;
	j->emit = emit;
	j->ctx = ctx;
	j->mark = j->turn = INT64_MIN;
	weir_queue_init(&j->queue);
	weir_nodes_init(&j->nodes, sizeof(struct weir_join_kin));
}

void
weir_join_release(struct weir_join *j)
{
	struct weir_row *row, *next;
	int s;

	weir_join_turn_end(j, false);
	weir_queue_release(&j->queue);
	for (s = 0; s < 2; s++) {
		for (row = j->side[s].first; row != NULL; row = next) {
			next = row->next;
			weir_row_free(row);
		}
		free(j->found[s]);
	}
	weir_nodes_release(&j->nodes);
	memset(j, 0, sizeof(*j));
}

/* The start of a tumbling window; of whole weeks, they begin on Monday. */
static int64_t
start_of(int64_t time, int64_t size)
{
	int64_t origin = size % (7 * DAY) == 0 ? 4 * DAY : 0, in;

	in = time % size - origin % size;
	in = (in % size + size) % size;
	return weir_join_minus(time, in);
}

int64_t
weir_join_from(const struct weir_join *j, enum weir_join_side side, int64_t time)
{
	const struct weir_join_conf *c = &j->conf;

	if (c->kind == WEIR_JOIN_TUMBLING)
		return start_of(time, c->size);
	return weir_join_minus(time, side == WEIR_JOIN_L ? c->before : c->after);
}

int64_t
weir_join_to(const struct weir_join *j, enum weir_join_side side, int64_t time)
{
	const struct weir_join_conf *c = &j->conf;

	if (c->kind == WEIR_JOIN_TUMBLING)
		return weir_join_plus(start_of(time, c->size), c->size - 1);
	return weir_join_plus(time, side == WEIR_JOIN_L ? c->after : c->before);
}

bool
weir_join_matched(const struct weir_join *j, const struct weir_row *row)
{
	const struct weir_row *other;

	if (row->node == NULL)
		return false;
	other = weir_join_kin(row)->first[!row->side];
	return other != NULL && other->time <= weir_join_to(j, row->side, row->time);
}

/* Whether rows of this side come out, or are counted out, when they have no match. */
static bool
tells_unmatched(const struct weir_join *j, enum weir_join_side side)
{
	enum weir_join_type type = j->conf.type;

	if (side == WEIR_JOIN_R)
		return type == WEIR_JOIN_RIGHT || type == WEIR_JOIN_FULL;
	return type == WEIR_JOIN_LEFT || type == WEIR_JOIN_FULL || type == WEIR_JOIN_ANTI;
}

static bool
is_filter(const struct weir_join *j)
{
	return j->conf.type == WEIR_JOIN_SEMI || j->conf.type == WEIR_JOIN_ANTI;
}

void
weir_join_add(struct weir_join *j, enum weir_join_side side, const struct weir_record *rec, const void *key,
    size_t len)
{
	struct weir_row *row;

	if (key == NULL && !tells_unmatched(j, side))
		return;
	row = weir_row_new(rec, side == WEIR_JOIN_L || !is_filter(j));
	row->side = (uint8_t)side;
	if (weir_join_later_put(j, row, key, len))
		return;
	if (key != NULL) {
		row->node = weir_nodes_put(&j->nodes, key, len, weir_nodes_hash(key, len));
		weir_join_kin(row)->rows++;
	}
	j->rows++;
	j->row_memory += weir_row_memory(row);
	weir_queue_put(&j->queue, row);
}

void
weir_join_drop(struct weir_join *j, struct weir_row *row)
{
	j->rows--;
	j->row_memory -= weir_row_memory(row);
	if (row->node != NULL && --weir_join_kin(row)->rows == 0)
		weir_nodes_remove(&j->nodes, row->node);
	weir_row_free(row);
}

/* The row is beyond the watermark: it joins the list of its side, and of its key. */
static void
enter(struct weir_join *j, struct weir_row *row)
{
	struct weir_join_line *line = &j->side[row->side];
	struct weir_row **turn = &line->next;
	struct weir_join_kin *kin;

	if (j->cold != NULL && j->cold->chained[row->side])
		turn = &j->cold->next[row->side];
	row->next = NULL;
	if (line->first == NULL)
		line->first = row;
	else
		line->last->next = row;
	line->last = row;
	/* One before the turn has been restored. */
	if (*turn == NULL && row->time >= j->turn)
		*turn = row;
	if (row->node == NULL)
		return;
	kin = weir_join_kin(row);
	if (kin->first[row->side] == NULL)
		kin->first[row->side] = row;
	else
		kin->last[row->side]->kin = row;
	kin->last[row->side] = row;
}

static void
enter_due(struct weir_join *j)
{
	struct weir_row *row, *next;
	int64_t time;

	while (weir_queue_least(&j->queue, &time) && weir_join_passed(j, time))
		for (row = weir_join_sorted(j, weir_queue_take(&j->queue)); row != NULL; row = next) {
			next = row->next;
			enter(j, row);
		}
}

/* Drops the rows of a side before a time; all of them have had their turn. */
static void
forget_side(struct weir_join *j, enum weir_join_side side, int64_t time)
{
	struct weir_join_line *line = &j->side[side];
	struct weir_row *row;

	while ((row = line->first) != NULL && row->time < time) {
		line->first = row->next;
		/* Lists of a key are in the same order, so it is the first there too. */
		if (row->node != NULL)
			weir_join_kin(row)->first[side] = row->kin;
		weir_join_drop(j, row);
	}
}

/* Drops what no row at that time or later matches. */
static void
forget(struct weir_join *j, int64_t time)
{
	int64_t left = is_filter(j) ? time : weir_join_from(j, WEIR_JOIN_R, time), right = weir_join_from(j, WEIR_JOIN_L, time);

	if (j->cold != NULL)
		weir_join_cold_forget(j, left, right);
	forget_side(j, WEIR_JOIN_L, left);
	forget_side(j, WEIR_JOIN_R, right);
}

/* The next instant, if there is one. */
static bool
next_instant(const struct weir_join *j, int64_t *time)
{
	const struct weir_row *l = j->side[WEIR_JOIN_L].next, *r = j->side[WEIR_JOIN_R].next;

	/* Those on disk come before all in memory. */
	if (weir_join_turn_least(j, time))
		return true;
	if (l == NULL && r == NULL)
		return false;
	*time = r == NULL || (l != NULL && l->time < r->time) ? l->time : r->time;
	return true;
}

/* Whether it is known of each row of the instant if it has a match. What was known stays known: a look begins where the one before
 * it ended. */
static bool
is_decided(struct weir_join *j, int64_t time)
{
	int s;

	for (s = 0; s < 2; s++) {
		struct weir_join_line *line = &j->side[s];
		struct weir_row *row = line->unsure != NULL ? line->unsure : line->next;

		if (!tells_unmatched(j, s) && !(s == WEIR_JOIN_L && is_filter(j)))
			continue;
		for (; row != NULL && row->time == time; row = row->next)
			if (row->node != NULL && !weir_join_matched(j, row) &&
			    !weir_join_passed(j, weir_join_to(j, s, time)))
				break;
		line->unsure = row;
		if (row != NULL && row->time == time)
			return false;
	}
	return true;
}

static int
take_turns(struct weir_join *j)
{
	int64_t time;
	int s, rc;

	while (next_instant(j, &time)) {
		forget(j, time);
		if (weir_join_turn_begin(j, time) != 0)
			return -1;
		if (!is_decided(j, time))
			return 0;
		rc = weir_join_match(j, time);
		for (s = 0; s < 2; s++) {
			struct weir_join_line *line = &j->side[s];

			while (line->next != NULL && line->next->time == time)
				line->next = line->next->next;
			line->unsure = NULL;
		}
		weir_join_turn_end(j, true);
		j->turn = weir_join_plus(time, 1);
		if (rc != 0)
			return rc;
	}
	if (j->mark == INT64_MAX) {
		if (j->cold != NULL)
			weir_join_cold_forget(j, INT64_MAX, INT64_MAX);
		forget_side(j, WEIR_JOIN_L, INT64_MAX);
		forget_side(j, WEIR_JOIN_R, INT64_MAX);
		return 0;
	}
	forget(j, j->mark);
	return 0;
}

static int
advance(struct weir_join *j)
{
	if (j->conf.kind == WEIR_JOIN_ASOF)
		return weir_join_asof(j);
	enter_due(j);
	return take_turns(j);
}

/* As if the watermark rose from one to the next of those up to which rows were read back. */
static int
advance_cold(struct weir_join *j, int64_t top)
{
	int rc;

	do {
		j->mark = weir_join_later_step(j, top);
		rc = j->cold->spill->failed ? -1 : advance(j);
		weir_join_cold_shrink(j, false);
	} while (rc == 0 && (j->mark < top || (top == INT64_MAX && j->cold->nlater > 0)));
	j->mark = top;
	return rc;
}

int
weir_join_advance(struct weir_join *j, int64_t mark)
{
	if (mark > j->mark)
		j->mark = mark;
	return j->cold != NULL ? advance_cold(j, j->mark) : advance(j);
}

int
weir_join_finish(struct weir_join *j)
{
	return weir_join_advance(j, INT64_MAX);
}

int64_t
weir_join_least(const struct weir_join *j)
{
	int64_t time;

	return next_instant(j, &time) ? time : j->mark;
}

int
weir_join_each(struct weir_join *j, int (*take)(void *ctx, const struct weir_row *row), void *ctx)
{
	const struct weir_row *row;
	unsigned bucket = 0;
	size_t i = 0;
	int s, rc = 0;

	weir_join_turn_end(j, false);
	if (j->cold != NULL && (rc = weir_join_cold_each(j, take, ctx)) == 0)
		rc = weir_join_turn_each(j, take, ctx);
	for (s = 0; s < 2; s++)
		for (row = j->side[s].first; row != NULL && rc == 0; row = row->next)
			rc = take(ctx, row);
	while (rc == 0 && (row = weir_queue_next(&j->queue, &bucket, &i)) != NULL)
		rc = take(ctx, row);
	return rc == 0 && j->cold != NULL ? weir_join_later_each(j, take, ctx) : rc;
}

const unsigned char *
weir_join_key(const struct weir_join *j, const struct weir_row *row, size_t *len)
{
	*len = row->node != NULL ? row->node->len : 0;
	return row->node != NULL ? weir_node_key(&j->nodes, row->node) : NULL;
}
