/*
 * join_turn - the turn of an instant, with what lies on disk
 *
 * Rows that were moved before their turn are listed by time, side and arrival. An entry of the list says whether it has the whole row (one
 * that nobody looks for by key: it has none, or left ones of a filter), its key's length plus 1, the key, and then the row. At the turn those of its
 * keys are fetched, so the others of the instant are found among them; they are linked as they would be in the lines.
 */
#include "base/mem.h"
#include "time/join_cold.h"
#include "time/join_core.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX 'T'
#define BUFFER ((size_t)256 * 1024)

/* In `turns`: the length of what follows, the time, the value. */
#define HEAD 12

static int64_t
time_at(const struct weir_join_cold *c, size_t at)
{
	return (int64_t)weir_load64(c->turns.p + at + 4);
}

bool
weir_join_turn_least(const struct weir_join *j, int64_t *time)
{
	const struct weir_join_cold *c = j->cold;

	if (c == NULL || c->on || c->at == c->turns.len)
		return false;
	*time = time_at(c, c->at);
	return true;
}

void
weir_join_turn_keep(struct weir_join *j, const struct weir_row *row, bool whole)
{
	struct weir_join_cold *c = j->cold;
	unsigned char *p;
	size_t len;
	const unsigned char *key = weir_join_key(j, row, &len);

	weir_buf_clear(&c->value);
	p = weir_buf_need(&c->value, 5);
	p[0] = whole;
	weir_store32(p + 1, key != NULL ? (uint32_t)len + 1 : 0);
	c->value.len += 5;
	if (key != NULL)
		weir_buf_put(&c->value, key, len);
	if (whole)
		weir_join_pack(c, row, &c->value);
	weir_buf_clear(&c->key);
	weir_buf_putc(&c->key, PREFIX);
	weir_spill_key_time(&c->key, row->time);
	weir_buf_putc(&c->key, row->side);
	weir_spill_key(&c->key, row->seq);
	(void)weir_spill_put(c->spill, c->key.p, c->key.len, c->value.p, c->value.len);
	c->nturns++;
}

static void
walk(struct weir_spill_each *e, struct weir_join_cold *c)
{
	static const unsigned char begin = PREFIX, end = PREFIX + 1;

	if (c->last.len == 0)
		weir_buf_putc(&c->last, begin);
	weir_spill_each_init(e, c->spill, c->last.p, c->last.len, &end, 1);
}

/* Reads more of the list, behind what there is. */
static void
refill(struct weir_join_cold *c)
{
	const unsigned char *key, *value;
	struct weir_buf from = {0};
	struct weir_spill_each e;
	size_t len, n, got = 0;

	if (c->at > 0) {
		memmove(c->turns.p, c->turns.p + c->at, c->turns.len - c->at);
		c->turns.len -= c->at;
		c->ends -= c->at;
		c->at = 0;
	}
	walk(&e, c);
	weir_buf_put(&from, c->last.p, c->last.len);
	while (got < BUFFER && weir_spill_each_next(&e, &key, &len, &value, &n) > 0) {
		unsigned char *p = weir_buf_need(&c->turns, HEAD + n);

		weir_store32(p, (uint32_t)(8 + n));
		weir_store64(p + 4, (uint64_t)weir_spill_unkey_time(key + 1));
		memcpy(p + HEAD, value, n);
		c->turns.len += HEAD + n;
		got += HEAD + n;
		c->nturns--;
		/* The next one is behind it. */
		weir_buf_clear(&c->last);
		weir_buf_put(&c->last, key, len);
		weir_buf_putc(&c->last, 0);
	}
	weir_spill_each_release(&e);
	if (got > 0)
		(void)weir_spill_drop(c->spill, from.p, from.len, c->last.p, c->last.len);
	weir_buf_release(&from);
}

void
weir_join_turn_kept(struct weir_join *j)
{
	if (j->cold->at == j->cold->turns.len && j->cold->nturns > 0)
		refill(j->cold);
}

static void
fetch(struct weir_join *j, struct weir_node *node)
{
	struct weir_join_cold *c = j->cold;
	struct weir_join_kin *kin = weir_node_bytes(node);

	if (kin->fetched)
		return;
	kin->fetched = 1;
	/* It stays as long as it is in the list. */
	kin->rows++;
	if (c->nnodes == c->nodes_cap) {
		c->nodes_cap = c->nodes_cap == 0 ? 16 : 2 * c->nodes_cap;
		c->nodes = weir_mem_realloc(c->nodes, c->nodes_cap, sizeof(struct weir_node *));
	}
	c->nodes[c->nnodes++] = node;
	(void)weir_join_cold_fetch(j, node);
}

static void
add(struct weir_join_cold *c, struct weir_row *row)
{
	int s = row->side;

	if (c->nrows[s] == c->rows_cap[s]) {
		c->rows_cap[s] = c->rows_cap[s] == 0 ? 16 : 2 * c->rows_cap[s];
		c->rows[s] = weir_mem_realloc(c->rows[s], c->rows_cap[s], sizeof(struct weir_row *));
	}
	c->rows[s][c->nrows[s]++] = row;
}

static int
by_arrival(const void *a, const void *b)
{
	const struct weir_row *x = *(struct weir_row *const *)a, *y = *(struct weir_row *const *)b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* One entry of the list. */
static void
take(struct weir_join *j, const unsigned char *value)
{
	struct weir_join_cold *c = j->cold;
	uint32_t len = weir_load32(value + 1);
	const unsigned char *key = len > 0 ? value + 5 : NULL, *p = value + 5 + (len > 0 ? len - 1 : 0);

	if (value[0]) {
		struct weir_row *row = weir_join_unpack(c, &p);

		weir_join_adopt(j, row, key, len > 0 ? len - 1 : 0);
		row->kin = c->whole;
		c->whole = row;
		add(c, row);
		if (row->node != NULL)
			fetch(j, row->node);
		return;
	}
	fetch(j, weir_nodes_put(&j->nodes, key, len - 1, weir_nodes_hash(key, len - 1)));
}

/* All entries of the instant, and the rows on disk that are of it. */
static void
take_listed(struct weir_join *j, int64_t time)
{
	struct weir_join_cold *c = j->cold;
	size_t i;
	int s;

	for (c->ends = c->at;; c->ends += 4 + weir_load32(c->turns.p + c->ends)) {
		if (c->ends == c->turns.len && c->nturns > 0 && !c->spill->failed)
			refill(c);
		if (c->ends == c->turns.len || time_at(c, c->ends) != time)
			break;
		take(j, c->turns.p + c->ends + HEAD);
	}
	for (i = 0; i < c->nnodes; i++)
		for (s = 0; s < 2; s++) {
			struct weir_join_kin *kin = weir_node_bytes(c->nodes[i]);
			struct weir_row *row;

			for (row = kin->first[s]; row != NULL && row->cold && row->time <= time; row = row->kin)
				if (row->time == time)
					add(c, row);
		}
}

static void
chain(struct weir_join *j, int s)
{
	struct weir_join_cold *c = j->cold;
	size_t i;

	c->next[s] = j->side[s].next;
	c->chained[s] = c->nrows[s] > 0;
	if (!c->chained[s])
		return;
	qsort(c->rows[s], c->nrows[s], sizeof(*c->rows[s]), by_arrival);
	for (i = 0; i < c->nrows[s]; i++)
		c->rows[s][i]->next = i + 1 < c->nrows[s] ? c->rows[s][i + 1] : NULL;
	j->side[s].next = c->rows[s][0];
	j->side[s].unsure = NULL;
}

int
weir_join_turn_begin(struct weir_join *j, int64_t time)
{
	struct weir_join_cold *c = j->cold;
	struct weir_row *row;
	int64_t least;
	int s;

	if (c == NULL || c->on || (c->nruns == 0 && c->at == c->turns.len))
		return c != NULL && c->spill->failed ? -1 : 0;
	if (weir_join_turn_least(j, &least) && least == time)
		take_listed(j, time);
	else
		for (s = 0; s < 2; s++)
			for (row = j->side[s].next; row != NULL && row->time == time; row = row->next)
				if (row->node != NULL)
					fetch(j, row->node);
	for (s = 0; s < 2; s++)
		chain(j, s);
	c->on = true;
	return c->spill->failed ? -1 : 0;
}

/* What was fetched of the key goes. */
static void
strip(struct weir_join *j, struct weir_node *node)
{
	struct weir_join_kin *kin = weir_node_bytes(node);
	struct weir_row *row;
	int s;

	for (s = 0; s < 2; s++) {
		while ((row = kin->first[s]) != NULL && row->cold) {
			kin->first[s] = row->kin;
			weir_join_drop(j, row);
		}
		if (kin->first[s] == NULL)
			kin->last[s] = NULL;
	}
	kin->fetched = 0;
	if (--kin->rows == 0)
		weir_nodes_remove(&j->nodes, node);
}

void
weir_join_turn_end(struct weir_join *j, bool done)
{
	struct weir_join_cold *c = j->cold;
	struct weir_row *row;
	int s;

	if (c == NULL || !c->on)
		return;
	for (s = 0; s < 2; s++) {
		if (c->chained[s]) {
			j->side[s].next = c->next[s];
			j->side[s].unsure = NULL;
		}
		c->chained[s] = false;
		c->nrows[s] = 0;
	}
	while ((row = c->whole) != NULL) {
		c->whole = row->kin;
		/* It was counted on disk as well. */
		j->rows -= done;
		weir_join_drop(j, row);
	}
	while (c->nnodes > 0)
		strip(j, c->nodes[--c->nnodes]);
	c->on = false;
	if (!done)
		return;
	if (c->ends > c->at)
		c->at = c->ends;
	weir_join_turn_kept(j);
}

/* A whole row of the list, for a state. */
static int
give(struct weir_join *j, const unsigned char *value, int (*to)(void *ctx, const struct weir_row *row), void *ctx)
{
	uint32_t len = weir_load32(value + 1);
	const unsigned char *key = len > 0 ? value + 5 : NULL, *p = value + 5 + (len > 0 ? len - 1 : 0);
	struct weir_row *row;
	int rc;

	if (!value[0])
		return 0;
	row = weir_join_unpack(j->cold, &p);
	weir_join_adopt(j, row, key, len > 0 ? len - 1 : 0);
	rc = to(ctx, row);
	weir_join_drop(j, row);
	return rc;
}

int
weir_join_turn_each(struct weir_join *j, int (*to)(void *ctx, const struct weir_row *row), void *ctx)
{
	struct weir_join_cold *c = j->cold;
	const unsigned char *key, *value;
	struct weir_spill_each e;
	size_t at, len, n;
	int rc = 0, more = 0;

	for (at = c->at; at < c->turns.len && rc == 0; at += 4 + weir_load32(c->turns.p + at))
		rc = give(j, c->turns.p + at + HEAD, to, ctx);
	if (c->nturns == 0)
		return rc;
	walk(&e, c);
	while (rc == 0 && (more = weir_spill_each_next(&e, &key, &len, &value, &n)) > 0)
		rc = give(j, value, to, ctx);
	weir_spill_each_release(&e);
	return more < 0 ? -1 : rc;
}
