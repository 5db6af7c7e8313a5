/*
 * dedup_cold - see dedup_cold.h
 *
 * An entry's value is its time, if there is a bound, and the caller's number, if there is one.
 */
#include "time/dedup_cold.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define RUN 65536            /* entries that are sorted before they are written */
#define PREFIX 'D'
#define KEY 25               /* bytes: the prefix, cell, both halves of the hash */

static const unsigned char begin = PREFIX, end = PREFIX + 1;

int
weir_dedup_cold_open(struct weir_dedup_cold *c, const char *dir, struct weir_dedup *d, uint64_t filter)
{
	unsigned i;
	int status;

	memset(c, 0, sizeof(*c));
	if ((status = weir_spill_open(&c->spill, dir, NULL)) != 0)
		return status;
	c->of = d;
	c->nparts = d->within < 0 ? 1 : WEIR_DEDUP_COLD_PARTS;
	c->stretch = d->within < 0 ? 1 : (d->within + d->lateness) / d->cell + 1;
	c->gone = c->newest = INT64_MIN;
	for (i = 0; i < c->nparts; i++) {
		weir_bloom_init(&c->parts[i].bloom, filter / c->nparts);
		c->parts[i].newest = INT64_MIN;
	}
	return 0;
}

void
weir_dedup_cold_close(struct weir_dedup_cold *c)
{
	unsigned i;

	for (i = 0; i < c->nparts; i++)
		weir_bloom_release(&c->parts[i].bloom);
	weir_spill_close(&c->spill);
	weir_buf_release(&c->key);
	weir_buf_release(&c->value);
	*c = (struct weir_dedup_cold){.moved = c->moved, .looks = c->looks};
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t
cell_of(const struct weir_dedup_cold *c, int64_t time)
{
	return c->of->within < 0 ? 0 : floor_div(time, c->of->cell);
}

static int64_t
stretch_of(const struct weir_dedup_cold *c, int64_t cell)
{
	return floor_div(cell, c->stretch);
}

static struct weir_dedup_cold_part *
part_of(struct weir_dedup_cold *c, int64_t cell)
{
	return &c->parts[(uint64_t)stretch_of(c, cell) % c->nparts];
}

/* What the filter knows an entry by: two of one key in two cells are two. */
static struct weir_hash_pair
mark(struct weir_hash_pair h, int64_t cell)
{
	h.hi += (uint64_t)cell * UINT64_C(0x9e3779b97f4a7c15);
	h.lo ^= (uint64_t)cell * UINT64_C(0xd1342543de82ef95);
	return h;
}

static void
make_key(struct weir_dedup_cold *c, struct weir_hash_pair h, int64_t cell)
{
	weir_buf_clear(&c->key);
	weir_buf_putc(&c->key, PREFIX);
	weir_spill_key_time(&c->key, cell);
	weir_spill_key(&c->key, h.hi);
	weir_spill_key(&c->key, h.lo);
}

struct mover {
	struct weir_hash_pair key;
	int64_t cell, time;
	uint64_t number;
};

static int
by_place(const void *a, const void *b)
{
	const struct mover *x = a, *y = b;

	if (x->cell != y->cell)
		return x->cell < y->cell ? -1 : 1;
	if (x->key.hi != y->key.hi)
		return x->key.hi < y->key.hi ? -1 : 1;
	return x->key.lo < y->key.lo ? -1 : x->key.lo > y->key.lo;
}

static int
put_run(struct weir_dedup_cold *c, struct mover *list, size_t n)
{
	bool times = c->of->within >= 0, numbers = c->of->words > times;
	size_t i;

	qsort(list, n, sizeof(*list), by_place);
	for (i = 0; i < n; i++) {
		struct weir_dedup_cold_part *p = part_of(c, list[i].cell);
		int64_t stretch = stretch_of(c, list[i].cell);

		make_key(c, list[i].key, list[i].cell);
		if (times)
			weir_spill_key_time(&c->key, list[i].time);
		if (numbers)
			weir_spill_key(&c->key, list[i].number);
		if (weir_spill_put(&c->spill, c->key.p, KEY, c->key.p + KEY, c->key.len - KEY) != 0)
			return -1;
		weir_bloom_put(&p->bloom, mark(list[i].key, list[i].cell));
		if (stretch > p->newest)
			p->newest = stretch;
		if (list[i].cell > c->newest)
			c->newest = list[i].cell;
	}
	c->moved += n;
	return 0;
}

int
weir_dedup_cold_move(struct weir_dedup_cold *c, weir_dedup_cold_number number)
{
	struct mover *list = weir_mem_alloc(RUN * sizeof(*list));
	struct weir_dedup_walk at = {0};
	size_t n = 0;
	int rc = c->spill.failed ? -1 : 0;

	while (rc == 0 && weir_dedup_next(c->of, &at, &list[n].key, &list[n].time) > 0) {
		if (number != NULL && !number(&at.extra))
			continue;
		list[n].number = at.extra;
		list[n].cell = cell_of(c, list[n].time);
		if (++n < RUN)
			continue;
		rc = put_run(c, list, n);
		n = 0;
	}
	if (rc == 0)
		rc = put_run(c, list, n);
	free(list);
	if (rc == 0)
		weir_dedup_empty(c->of);
	return rc;
}

static int
look(struct weir_dedup_cold *c, struct weir_hash_pair key, int64_t cell, int64_t time)
{
	int64_t other;
	int rc;

	if (cell < c->gone || !weir_bloom_has(&part_of(c, cell)->bloom, mark(key, cell)))
		return 0;
	c->looks++;
	make_key(c, key, cell);
	rc = weir_spill_get(&c->spill, c->key.p, KEY, &c->value);
	if (rc <= 0 || c->of->within < 0)
		return rc;
	other = weir_spill_unkey_time(c->value.p);
	return (time < other ? (uint64_t)other - (uint64_t)time : (uint64_t)time - (uint64_t)other) <= (uint64_t)c->of->within;
}

int
weir_dedup_cold_find(struct weir_dedup_cold *c, struct weir_hash_pair key, int64_t time)
{
	int64_t cell = cell_of(c, time);
	int rc;

	if (c->moved == 0)
		return 0;
	if (key.lo == 0)
		key.lo = 1;    /* as it was kept: state/digests.c */
	rc = look(c, key, cell, time);
	if (rc == 0 && c->of->within > 0 && cell > INT64_MIN)
		rc = look(c, key, cell - 1, time);
	if (rc == 0 && c->of->within > 0 && cell < INT64_MAX)
		rc = look(c, key, cell + 1, time);
	return rc;
}

int
weir_dedup_cold_get(struct weir_dedup_cold *c, struct weir_hash_pair key, int64_t time, int64_t *at, uint64_t *number)
{
	int64_t cell = cell_of(c, time);
	bool times = c->of->within >= 0;
	int rc = 0;

	if (c->moved == 0)
		return 0;
	if (key.lo == 0)
		key.lo = 1;
	if (c->of->within > 0 && cell > INT64_MIN)
		rc = look(c, key, cell - 1, time);
	if (rc == 0)
		rc = look(c, key, cell, time);
	if (rc == 0 && c->of->within > 0 && cell < INT64_MAX)
		rc = look(c, key, cell + 1, time);
	if (rc <= 0)
		return rc;
	*at = times ? weir_spill_unkey_time(c->value.p) : 0;
	*number = c->of->words > times ? weir_spill_unkey(c->value.p + 8 * times) : 0;
	return 1;
}

void
weir_dedup_cold_forget(struct weir_dedup_cold *c)
{
	int64_t floor = c->of->floor, cell;
	struct weir_buf to = {0};
	unsigned i;

	if (c->of->within < 0 || floor == INT64_MIN || (cell = cell_of(c, floor)) <= c->gone)
		return;
	/* Spans at once: each drop makes looks slower for a while. */
	if (c->gone > INT64_MIN && cell - c->of->cells < c->gone)
		return;
	/* Once all are gone there is nothing to do before more come. */
	if (c->newest < c->gone || c->moved == 0) {
		c->gone = cell;
		return;
	}
	c->gone = cell;
	for (i = 0; i < c->nparts; i++)
		if (c->parts[i].newest < stretch_of(c, cell))
			weir_bloom_clear(&c->parts[i].bloom);
	weir_buf_putc(&to, PREFIX);
	weir_spill_key_time(&to, cell);
	(void)weir_spill_drop(&c->spill, &begin, 1, to.p, to.len);
	weir_buf_release(&to);
}

void
weir_dedup_cold_each_init(struct weir_dedup_cold_each *e, struct weir_dedup_cold *c)
{
	weir_spill_each_init(&e->each, &c->spill, &begin, 1, &end, 1);
}

int
weir_dedup_cold_each_next(struct weir_dedup_cold_each *e, const struct weir_dedup_cold *c, struct weir_hash_pair *key,
    int64_t *time)
{
	const unsigned char *k, *v;
	size_t len, vlen;
	int rc;

	while ((rc = weir_spill_each_next(&e->each, &k, &len, &v, &vlen)) > 0) {
		key->hi = weir_spill_unkey(k + 9);
		key->lo = weir_spill_unkey(k + 17);
		*time = c->of->within < 0 ? 0 : weir_spill_unkey_time(v);
		if (c->of->within < 0 || *time >= c->of->floor)
			break;
	}
	return rc;
}

void
weir_dedup_cold_each_release(struct weir_dedup_cold_each *e)
{
	weir_spill_each_release(&e->each);
}
