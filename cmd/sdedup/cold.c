/*
 * cold - --which last with --spill: groups on disk
 *
 * Behind an entry of time/dedup_cold.h lies the group's number, and by its first one's time and that number the group: so they
 * lie in the order in which they go out. When memory is full all groups go to disk; one of which a further record comes is
 * fetched, and goes back to its place with the next move, so that what comes often stays in memory. Until then its row on disk
 * is stale: where both are met that in memory counts.
 *
 * Rows change only when groups are moved, so the walk that gives what is due reads ahead until then.
 */
#include "base/mem.h"
#include "base/sys.h"
#include "sdedup.h"

#define PREFIX 'G'
#define HEAD 36                      /* bytes of a row before its record: key, first time, folded, shape */
#define PIECE ((size_t)256 * 1024)   /* bytes of rows that are read ahead */
#define MANY (UINT64_C(16) << 20)    /* bytes that have gone out and are dropped at once */

static const unsigned char end = PREFIX + 1;

/* By which groups go out, with their numbers. */
static int64_t
time_of(const struct sdedup *s, const struct sdedup_group *g)
{
	return s->cf->within < 0 ? 0 : g->first;
}

static void
make_key(struct weir_buf *key, int64_t time)
{
	weir_buf_clear(key);
	weir_buf_putc(key, PREFIX);
	weir_spill_key_time(key, time);
}

static void
put_row(struct sdedup *s, const struct sdedup_group *g)
{
	struct sdedup_cold *c = &s->waiting;
	unsigned char *p;

	weir_buf_clear(&c->value);
	p = weir_buf_need(&c->value, HEAD);
	weir_store64(p, g->key.lo);
	weir_store64(p + 8, g->key.hi);
	weir_store64(p + 16, (uint64_t)g->first);
	weir_store64(p + 24, g->folded);
	weir_store32(p + 32, weir_shapes_put(&c->shapes, g->shape));
	c->value.len = HEAD;
	weir_buf_put(&c->value, g->bytes, g->size);
	make_key(&c->key, time_of(s, g));
	weir_spill_key(&c->key, g->number);
	(void)weir_spill_put(&s->cold.spill, c->key.p, c->key.len, c->value.p, c->value.len);
}

/* A view of the row. */
static void
read_row(const struct sdedup *s, uint64_t number, const unsigned char *p, size_t n, struct sdedup_group *g)
{
	*g = (struct sdedup_group){.number = number, .bytes = (unsigned char *)(uintptr_t)(p + HEAD), .size = (uint32_t)(n - HEAD)};
	g->key = (struct weir_hash_pair){.lo = weir_load64(p), .hi = weir_load64(p + 8)};
	g->first = (int64_t)weir_load64(p + 16);
	g->folded = weir_load64(p + 24);
	g->shape = s->waiting.shapes.v[weir_load32(p + 32)];
}

void
sdedup_cold_init(struct sdedup *s)
{
	s->waiting.least = INT64_MAX;
	s->waiting.given = s->waiting.dropped = INT64_MIN;
}

void
sdedup_cold_release(struct sdedup *s)
{
	struct sdedup_cold *c = &s->waiting;

	sdedup_cold_close(&c->due);
	weir_shapes_release(&c->shapes);
	weir_buf_release(&c->key);
	weir_buf_release(&c->value);
}

/* One that was fetched has its entry there still. */
static bool
number_of(uint64_t *extra)
{
	const struct sdedup_group *g = (const struct sdedup_group *)(uintptr_t)*extra;

	*extra = g->number;
	return !g->fetched;
}

void
sdedup_cold_move(struct sdedup *s)
{
	struct sdedup_cold *c = &s->waiting;
	size_t i;

	if (s->cold.spill.failed || s->groups.n == 0)
		return;
	weir_heap_sort(&s->groups);
	for (i = 0; i < s->groups.n; i++)
		put_row(s, s->groups.items[i].p);
	if (weir_dedup_cold_move(&s->cold, number_of) != 0)
		return;
	if (s->groups.items[0].time < c->least)
		c->least = s->groups.items[0].time;
	c->rows = true;
	sdedup_group_forget(s);
	sdedup_cold_close(&c->due);
	weir_sys_trim();
}

int
sdedup_cold_fetch(struct sdedup *s, struct weir_hash_pair key, int64_t time, struct sdedup_group **g)
{
	struct sdedup_cold *c = &s->waiting;
	struct sdedup_group row;
	uint64_t number;
	int64_t at;
	int rc = weir_dedup_cold_get(&s->cold, key, time, &at, &number);

	if (rc <= 0 || (*g != NULL && time_of(s, *g) <= at))
		return rc < 0 ? -1 : 0;
	make_key(&c->key, at);
	weir_spill_key(&c->key, number);
	if ((rc = weir_spill_get(&s->cold.spill, c->key.p, c->key.len, &c->value)) <= 0)
		return rc;
	read_row(s, number, c->value.p, c->value.len, &row);
	*g = sdedup_group_return(s, &row);
	weir_dedup_return(&s->exact, key, at, (uintptr_t)*g);
	return 0;
}

void
sdedup_cold_close(struct sdedup_rows *r)
{
	weir_buf_release(&r->ahead);
	weir_buf_release(&r->from);
	*r = (struct sdedup_rows){0};
}

/* What comes next on disk, a piece. -1 if it can't be read. */
static int
read_ahead(struct sdedup *s, struct sdedup_rows *r)
{
	const unsigned char *key, *value;
	struct weir_spill_each e;
	size_t len, n;
	int rc;

	weir_buf_clear(&r->ahead);
	r->at = 0;
	if (!r->open)
		make_key(&r->from, s->waiting.given);
	r->open = true;
	weir_spill_each_init(&e, &s->cold.spill, r->from.p, r->from.len, &end, 1);
	while ((rc = weir_spill_each_next(&e, &key, &len, &value, &n)) > 0) {
		unsigned char *p = weir_buf_need(&r->ahead, 12);

		weir_store64(p, weir_spill_unkey(key + 9));
		weir_store32(p + 8, (uint32_t)n);
		r->ahead.len += 12;
		weir_buf_put(&r->ahead, value, n);
		if (r->ahead.len < PIECE)
			continue;
		/* It goes on behind this key. */
		weir_buf_clear(&r->from);
		weir_buf_put(&r->from, key, len);
		weir_buf_putc(&r->from, 0);
		break;
	}
	weir_spill_each_release(&e);
	r->last = rc == 0;
	return rc < 0 ? -1 : 0;
}

/* To the next row, if the one before was used: 1, 0, -1. */
static int
row_at(struct sdedup *s, struct sdedup_rows *r)
{
	const unsigned char *p;
	uint32_t n;

	if (r->has && !r->used)
		return 1;
	if (r->used && r == &s->waiting.due)
		s->waiting.gone += r->group.size;
	r->has = r->used = false;
	if (r->at == r->ahead.len && !r->last && read_ahead(s, r) != 0)
		return -1;
	if (r->at == r->ahead.len)
		return 0;
	p = r->ahead.p + r->at;
	n = weir_load32(p + 8);
	read_row(s, weir_load64(p), p + 12, n, &r->group);
	r->at += 12 + n;
	r->has = true;
	return 1;
}

static int
compare(const struct sdedup *s, const struct sdedup_group *a, const struct sdedup_group *b)
{
	int64_t x = time_of(s, a), y = time_of(s, b);

	if (x != y)
		return x < y ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

int
sdedup_cold_next(struct sdedup *s, struct sdedup_rows *r, int64_t floor, bool all, const struct sdedup_group *mine,
    const struct sdedup_group **g)
{
	const struct sdedup_group *row = NULL;
	int c, rc = 0;

	if (s->waiting.rows && (all || s->waiting.least < floor))
		rc = row_at(s, r);
	if (rc < 0)
		return -1;
	if (rc > 0 && (all || time_of(s, &r->group) < floor))
		row = &r->group;
	c = row == NULL ? 1 : mine == NULL ? -1 : compare(s, row, mine);
	r->used = c <= 0;
	*g = c < 0 ? row : mine;
	return *g != NULL;
}

void
sdedup_cold_given(struct sdedup *s, int64_t floor, bool all)
{
	struct sdedup_cold *c = &s->waiting;
	bool none = !c->due.has;
	struct weir_buf to = {0};

	if (!c->due.open)
		return;
	c->least = none ? INT64_MAX : time_of(s, &c->due.group);
	c->given = all ? c->given : floor;
	if (!none && c->gone < MANY)
		return;
	make_key(&c->key, c->dropped);
	make_key(&to, c->given);
	if (all) {
		weir_buf_clear(&to);
		weir_buf_putc(&to, end);
	}
	(void)weir_spill_drop(&s->cold.spill, c->key.p, c->key.len, to.p, to.len);
	weir_buf_release(&to);
	c->dropped = c->given;
	c->gone = 0;
	if (!none)
		return;
	c->rows = false;
	sdedup_cold_close(&c->due);
	weir_shapes_clear(&c->shapes);
}
