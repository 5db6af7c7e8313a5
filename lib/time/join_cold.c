/*
 * join_cold - see join_cold.h: runs
 *
 * In a run a key's rows lie behind its number, the key and 4 bytes that count pieces: the left ones, then the right ones, each in
 * order. A piece says in its first byte whether another one follows. As of, it is one row.
 */
#include "time/join_cold.h"
#include "base/mem.h"
#include "base/sys.h"
#include "time/join_core.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX 'K'
#define PIECE ((size_t)256 * 1024)

void
weir_join_cold_init(struct weir_join_cold *c, struct weir_spill *spill, struct weir_join *j, uint64_t room)
{
	memset(c, 0, sizeof(*c));
	c->spill = spill;
	c->room = room;
	c->limit[0] = c->limit[1] = INT64_MIN;
	j->cold = c;
}

void
weir_join_cold_release(struct weir_join_cold *c)
{
	int s;

	while (c->nruns > 0)
		weir_bloom_release(&c->runs[--c->nruns].bloom);
	if (c->newest != NULL)
		weir_row_free(c->newest);
	for (s = 0; s < 2; s++)
		free(c->rows[s]);
	free(c->runs);
	free(c->nodes);
	weir_shapes_release(&c->shapes);
	weir_buf_release(&c->key);
	weir_buf_release(&c->value);
	weir_buf_release(&c->turns);
	weir_buf_release(&c->last);
	*c = (struct weir_join_cold){.moved = c->moved, .fetched = c->fetched};
}

static void
make_key(struct weir_join_cold *c, uint64_t run, const void *key, size_t len, uint32_t piece)
{
	unsigned char *p;

	weir_buf_clear(&c->key);
	weir_buf_putc(&c->key, PREFIX);
	weir_spill_key(&c->key, run);
	weir_buf_put(&c->key, key, len);
	p = weir_buf_need(&c->key, 4);
	weir_store32(p, piece);
	c->key.len += 4;
}

static struct weir_join_cold_run *
add_run(struct weir_join_cold *c, uint64_t number, uint64_t filter)
{
	struct weir_join_cold_run *run;

	if (c->runs == NULL || c->nruns == c->cap) {
		c->cap = c->cap == 0 ? 8 : 2 * c->cap;
		c->runs = weir_mem_realloc(c->runs, c->cap, sizeof(*c->runs));
	}
	run = &c->runs[c->nruns++];
	*run = (struct weir_join_cold_run){.number = number, .to = INT64_MIN};
	weir_bloom_init(&run->bloom, filter);
	c->filters += run->bloom.blocks * 64;
	return run;
}

static struct weir_hash_pair
mark(const struct weir_join *j, const struct weir_node *node)
{
	return weir_hash_pair(weir_node_key(&j->nodes, node), node->len, 0);
}

static void
put_piece(struct weir_join *j, const struct weir_join_cold_run *run, const struct weir_node *node, uint32_t piece, bool more)
{
	struct weir_join_cold *c = j->cold;

	c->value.p[0] = more;
	make_key(c, run->number, weir_node_key(&j->nodes, node), node->len, piece);
	(void)weir_spill_put(c->spill, c->key.p, c->key.len, c->value.p, c->value.len);
	c->value.len = 1;
}

static bool
is_filter(const struct weir_join *j)
{
	return j->conf.type == WEIR_JOIN_SEMI || j->conf.type == WEIR_JOIN_ANTI;
}

/* All that is entered of the key, which has nothing in memory then but what waits for the watermark. Left rows of a filter that have
 * had their turn are of no use. */
static void
put_node(struct weir_join *j, struct weir_join_cold_run *run, struct weir_node *node)
{
	struct weir_join_kin *kin = weir_node_bytes(node);
	struct weir_join_cold *c = j->cold;
	const struct weir_row *row;
	uint32_t piece = 0;
	uint64_t n = 0;
	int s;

	weir_buf_clear(&c->value);
	weir_buf_putc(&c->value, 0);
	for (s = 0; s < 2; s++) {
		for (row = s == WEIR_JOIN_L && is_filter(j) ? NULL : kin->first[s]; row != NULL; row = row->kin, n++) {
			if (c->value.len > PIECE)
				put_piece(j, run, node, piece++, true);
			weir_join_pack(c, row, &c->value);
			run->to = row->time > run->to ? row->time : run->to;
		}
		kin->first[s] = kin->last[s] = NULL;
	}
	if (n == 0)
		return;
	put_piece(j, run, node, piece, false);
	weir_bloom_put(&run->bloom, mark(j, node));
	run->rows += n;
	c->moved += n;
}

/* Rows of a side whose turn has not come are listed; all of them are dropped. */
static void
drop_line(struct weir_join *j, int s)
{
	struct weir_join_line *line = &j->side[s];
	struct weir_row *row;

	while ((row = line->first) != NULL) {
		line->first = row->next;
		j->rows++;
		weir_join_drop(j, row);
	}
	line->last = line->next = line->unsure = NULL;
}

static void
move(struct weir_join *j)
{
	struct weir_join_cold *c = j->cold;
	struct weir_join_cold_run *run;
	struct weir_node *node, *next;
	struct weir_row *row;
	int s;

	for (s = 0; s < 2; s++) {
		bool filtered = s == WEIR_JOIN_L && is_filter(j);

		for (row = j->side[s].next; row != NULL; row = row->next)
			weir_join_turn_keep(j, row, row->node == NULL || filtered);
	}
	run = add_run(c, c->number++, (uint64_t)j->nodes.n * 12 / 8);
	for (node = weir_nodes_next(&j->nodes, NULL); node != NULL; node = next) {
		next = weir_nodes_next(&j->nodes, node);
		put_node(j, run, node);
	}
	for (s = 0; s < 2; s++)
		drop_line(j, s);
	weir_join_turn_kept(j);
}

/* As of: the stretch of time that a row lies in, each as long as the tolerance. */
static uint64_t
stretch_of(const struct weir_join *j, int64_t time)
{
	if (j->conf.tolerance == INT64_MAX)
		return 0;
	return ((uint64_t)time ^ UINT64_C(1) << 63) / ((uint64_t)j->conf.tolerance + 1);
}

static void
move_newest(struct weir_join *j)
{
	struct weir_join_line *line = &j->side[WEIR_JOIN_R];
	struct weir_join_cold *c = j->cold;
	struct weir_join_cold_run *run;
	struct weir_row *row;

	for (; (row = line->first) != NULL; line->first = row->next, weir_join_drop(j, row)) {
		uint64_t number = stretch_of(j, row->time);

		run = c->nruns > 0 ? &c->runs[c->nruns - 1] : NULL;
		if (run == NULL || run->number != number)
			run = add_run(c, number, c->room / 16);
		weir_buf_clear(&c->value);
		weir_join_pack(c, row, &c->value);
		make_key(c, number, weir_node_key(&j->nodes, row->node), row->node->len, 0);
		(void)weir_spill_put(c->spill, c->key.p, c->key.len, c->value.p, c->value.len);
		weir_bloom_put(&run->bloom, mark(j, row->node));
		run->to = row->time;
		weir_join_kin(row)->first[WEIR_JOIN_R] = NULL;
		c->moved++;
	}
	line->last = NULL;
}

void
weir_join_cold_shrink(struct weir_join *j, bool must)
{
	struct weir_join_cold *c = j->cold;
	uint64_t held = weir_join_memory(j);

	/* The filters are not what can go. */
	if (c->spill->failed || (!must && (held + c->filters + c->turns.len <= c->room || held <= c->room / 8)))
		return;
	weir_join_turn_end(j, false);
	if (j->conf.kind == WEIR_JOIN_ASOF)
		move_newest(j);
	else if (j->side[0].first != NULL || j->side[1].first != NULL)
		move(j);
	if (must || weir_join_memory(j) > c->room / 2)
		weir_join_later_move(j);
	weir_sys_trim();
}

/* The rows of a piece that still count, in front of those in memory: behind what was fetched before. */
static void
splice(struct weir_join *j, struct weir_node *node, struct weir_row *last[2], struct weir_row *hot[2])
{
	struct weir_join_cold *c = j->cold;
	struct weir_join_kin *kin = weir_node_bytes(node);
	const unsigned char *p = c->value.p + 1, *end = c->value.p + c->value.len;

	while (p < end) {
		struct weir_row *row = weir_join_unpack(c, &p);
		int s = row->side;

		if (row->time < c->limit[s]) {
			weir_row_free(row);
			continue;
		}
		row->cold = true;
		row->node = node;
		row->kin = hot[s];
		kin->rows++;
		j->rows++;
		j->row_memory += weir_row_memory(row);
		if (last[s] == NULL)
			kin->first[s] = row;
		else
			last[s]->kin = row;
		if (hot[s] == NULL)
			kin->last[s] = row;
		last[s] = row;
		c->fetched++;
	}
}

int
weir_join_cold_fetch(struct weir_join *j, struct weir_node *node)
{
	struct weir_join_kin *kin = weir_node_bytes(node);
	struct weir_join_cold *c = j->cold;
	struct weir_row *last[2] = {NULL, NULL}, *hot[2] = {kin->first[0], kin->first[1]};
	struct weir_hash_pair h = mark(j, node);
	uint32_t piece;
	unsigned i;

	for (i = 0; i < c->nruns; i++) {
		if (!weir_bloom_has(&c->runs[i].bloom, h))
			continue;
		for (piece = 0;; piece++) {
			make_key(c, c->runs[i].number, weir_node_key(&j->nodes, node), node->len, piece);
			if (weir_spill_get(c->spill, c->key.p, c->key.len, &c->value) <= 0)
				break;
			splice(j, node, last, hot);
			if (!c->value.p[0])
				break;
		}
	}
	return c->spill->failed ? -1 : 0;
}

void
weir_join_cold_forget(struct weir_join *j, int64_t left, int64_t right)
{
	struct weir_join_cold *c = j->cold;
	int64_t least = left < right ? left : right;
	struct weir_buf to = {0};
	unsigned gone = 0, i;

	c->limit[WEIR_JOIN_L] = left;
	c->limit[WEIR_JOIN_R] = right;
	while (gone < c->nruns && c->runs[gone].to < least)
		gone++;
	if (gone == 0)
		return;
	make_key(c, c->runs[0].number, "", 0, 0);
	c->key.len -= 4;
	weir_buf_putc(&to, PREFIX);
	weir_spill_key(&to, c->runs[gone - 1].number + 1);
	(void)weir_spill_drop(c->spill, c->key.p, c->key.len, to.p, to.len);
	weir_buf_release(&to);
	for (i = 0; i < gone; i++) {
		j->rows -= c->runs[i].rows;
		c->filters -= c->runs[i].bloom.blocks * 64;
		weir_bloom_release(&c->runs[i].bloom);
	}
	c->nruns -= gone;
	memmove(c->runs, c->runs + gone, c->nruns * sizeof(*c->runs));
	if (c->nruns == 0 && c->nlater == 0 && c->nturns == 0 && c->at == c->turns.len)
		weir_shapes_clear(&c->shapes);
}

/* The rows of a piece that still count. */
static int
give(struct weir_join *j, const unsigned char *key, size_t len, const unsigned char *p, const unsigned char *end,
    int (*take)(void *ctx, const struct weir_row *row), void *ctx)
{
	int rc = 0;

	while (p < end && rc == 0) {
		struct weir_row *row = weir_join_unpack(j->cold, &p);

		if (row->time < j->cold->limit[row->side]) {
			weir_row_free(row);
			continue;
		}
		weir_join_adopt(j, row, key, len);
		rc = take(ctx, row);
		weir_join_drop(j, row);
	}
	return rc;
}

int
weir_join_cold_each(struct weir_join *j, int (*take)(void *ctx, const struct weir_row *row), void *ctx)
{
	static const unsigned char begin = PREFIX, end = PREFIX + 1;
	bool newest = j->conf.kind == WEIR_JOIN_ASOF;
	const unsigned char *key, *value;
	struct weir_spill_each e;
	size_t len, n;
	int rc = 0, more = 0;

	if (j->cold->nruns == 0)
		return 0;
	weir_spill_each_init(&e, j->cold->spill, &begin, 1, &end, 1);
	while (rc == 0 && (more = weir_spill_each_next(&e, &key, &len, &value, &n)) > 0)
		rc = give(j, key + 9, len - 9 - 4, value + !newest, value + n, take, ctx);
	weir_spill_each_release(&e);
	return more < 0 ? -1 : rc;
}

const struct weir_row *
weir_join_cold_newest(struct weir_join *j, const struct weir_node *node, int64_t time)
{
	struct weir_join_cold *c = j->cold;
	struct weir_hash_pair h;
	const unsigned char *p;
	unsigned i;

	if (c == NULL || c->nruns == 0)
		return NULL;
	h = mark(j, node);
	for (i = c->nruns; i-- > 0;) {
		if (!weir_bloom_has(&c->runs[i].bloom, h))
			continue;
		make_key(c, c->runs[i].number, weir_node_key(&j->nodes, node), node->len, 0);
		if (weir_spill_get(c->spill, c->key.p, c->key.len, &c->value) <= 0)
			continue;
		if (c->newest != NULL)
			weir_row_free(c->newest);
		p = c->value.p;
		c->newest = weir_join_unpack(c, &p);
		c->fetched++;
		return c->newest->time >= weir_join_minus(time, j->conf.tolerance) ? c->newest : NULL;
	}
	return NULL;
}
