/*
 * join_later - rows that have not come to the watermark, on disk
 *
 * By time, then in the order in which they were put. A row's value is the length of its key plus 1 (0: it has none), the key, the
 * row.
 */
#include "time/join_cold.h"
#include "time/join_core.h"

#include <string.h>

#define PREFIX 'Q'

static void
make_key(struct weir_join_cold *c, int64_t time, uint64_t number)
{
	weir_buf_clear(&c->key);
	weir_buf_putc(&c->key, PREFIX);
	weir_spill_key_time(&c->key, time);
	weir_spill_key(&c->key, number);
}

static void
put(struct weir_join_cold *c, const struct weir_row *row, const void *key, size_t len)
{
	unsigned char *p;

	weir_buf_clear(&c->value);
	p = weir_buf_need(&c->value, 4);
	weir_store32(p, key != NULL ? (uint32_t)len + 1 : 0);
	c->value.len += 4;
	if (key != NULL)
		weir_buf_put(&c->value, key, len);
	weir_join_pack(c, row, &c->value);
	make_key(c, row->time, c->number++);
	(void)weir_spill_put(c->spill, c->key.p, c->key.len, c->value.p, c->value.len);
	c->nlater++;
	c->moved++;
}

bool
weir_join_later_put(struct weir_join *j, struct weir_row *row, const void *key, size_t len)
{
	struct weir_join_cold *c = j->cold;

	if (c == NULL || c->nlater == 0 || row->time < c->later)
		return false;
	put(c, row, key, len);
	j->rows++;
	weir_row_free(row);
	return true;
}

void
weir_join_later_move(struct weir_join *j)
{
	struct weir_join_cold *c = j->cold;
	struct weir_row *row;
	unsigned bucket = 0;
	size_t i = 0;

	/* What is on disk already comes later than all of these. */
	if (!weir_queue_least(&j->queue, &c->later))
		return;
	while ((row = weir_queue_next(&j->queue, &bucket, &i)) != NULL) {
		size_t len;
		const unsigned char *key = weir_join_key(j, row, &len);

		put(c, row, key, len);
		j->rows++;
		weir_join_drop(j, row);
	}
	weir_queue_empty(&j->queue);
}

/* The row of a value, with its key. */
static struct weir_row *
open_row(struct weir_join *j, const unsigned char *p)
{
	uint32_t len = weir_load32(p);
	const unsigned char *key = len > 0 ? p + 4 : NULL, *at = p + 4 + (len > 0 ? len - 1 : 0);
	struct weir_row *row = weir_join_unpack(j->cold, &at);

	weir_join_adopt(j, row, key, len > 0 ? len - 1 : 0);
	return row;
}

static void
walk(struct weir_spill_each *e, struct weir_join_cold *c)
{
	static const unsigned char end = PREFIX + 1;

	make_key(c, c->later, 0);
	weir_spill_each_init(e, c->spill, c->key.p, c->key.len, &end, 1);
}

/* Whole instants, until they take an eighth of the room. */
int64_t
weir_join_later_step(struct weir_join *j, int64_t mark)
{
	struct weir_join_cold *c = j->cold;
	int64_t from = c->later, time = from;
	const unsigned char *key, *value;
	struct weir_buf start = {0};
	struct weir_spill_each e;
	uint64_t got = 0;
	size_t len, n;

	if (c->nlater == 0 || (mark != INT64_MAX && from >= mark))
		return mark;
	walk(&e, c);
	weir_buf_put(&start, c->key.p, c->key.len);
	c->later = INT64_MAX;
	while (weir_spill_each_next(&e, &key, &len, &value, &n) > 0) {
		int64_t next = weir_spill_unkey_time(key + 1);

		if (next != time && got > c->room / 8) {
			c->later = next;
			break;
		}
		time = next;
		got += n;
		weir_queue_put(&j->queue, open_row(j, value));
		j->rows--;
		c->nlater--;
	}
	weir_spill_each_release(&e);
	make_key(c, c->nlater > 0 ? c->later : INT64_MAX, c->nlater > 0 ? 0 : UINT64_MAX);
	(void)weir_spill_drop(c->spill, start.p, start.len, c->key.p, c->key.len);
	weir_buf_release(&start);
	return c->nlater > 0 && c->later < mark ? c->later : mark;
}

int
weir_join_later_each(struct weir_join *j, int (*take)(void *ctx, const struct weir_row *row), void *ctx)
{
	const unsigned char *key, *value;
	struct weir_spill_each e;
	size_t len, n;
	int rc = 0, more = 0;

	if (j->cold->nlater == 0)
		return 0;
	walk(&e, j->cold);
	while (rc == 0 && (more = weir_spill_each_next(&e, &key, &len, &value, &n)) > 0) {
		struct weir_row *row = open_row(j, value);

		rc = take(ctx, row);
		weir_join_drop(j, row);
	}
	weir_spill_each_release(&e);
	return more < 0 ? -1 : rc;
}
