/*
 * overflow - see overflow.h
 *
 * On disk an entry lies by its number, behind 4 bytes: its shape's number plus 1, or 0 for what is no record.
 */
#include "state/overflow.h"

#define CHUNK ((size_t)512 * 1024)    /* bytes that are read back at once */
#define MANY 100000                   /* entries that are dropped at once */

void
weir_overflow_init(struct weir_overflow *o, struct weir_spill *spill, unsigned char prefix, size_t room)
{
	*o = (struct weir_overflow){.spill = spill, .prefix = prefix, .room = room};
}

void
weir_overflow_release(struct weir_overflow *o)
{
	weir_backlog_release(&o->front);
	weir_shapes_release(&o->shapes);
	weir_buf_release(&o->key);
	weir_buf_release(&o->value);
	o->entries = o->from = o->to = 0;
}

static void
make_key(struct weir_overflow *o, uint64_t number)
{
	weir_buf_clear(&o->key);
	weir_buf_putc(&o->key, o->prefix);
	weir_spill_key(&o->key, number);
}

static void
put_disk(struct weir_overflow *o, const struct weir_record *rec)
{
	bool record = (rec->flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_RECORD;
	unsigned char *p;

	weir_buf_clear(&o->value);
	p = weir_buf_need(&o->value, 4);
	weir_store32(p, record ? weir_shapes_put(&o->shapes, rec->shape) + 1 : 0);
	o->value.len += 4;
	weir_buf_put(&o->value, rec->p, rec->size);
	make_key(o, o->to++);
	o->moved++;
	(void)weir_spill_put(o->spill, o->key.p, o->key.len, o->value.p, o->value.len);
}

void
weir_overflow_put(struct weir_overflow *o, const struct weir_record *rec)
{
	o->entries++;
	if (o->from == o->to && (o->spill == NULL || o->front.bytes < o->room))
		weir_backlog_put(&o->front, rec);
	else
		put_disk(o, rec);
}

void
weir_overflow_put_mark(struct weir_overflow *o, unsigned kind, int64_t time)
{
	unsigned char entry[WEIR_ENTRY_SIZE] = {0};
	struct weir_record rec = {.p = entry, .size = WEIR_ENTRY_SIZE, .flags = (uint8_t)kind};

	weir_store32(entry, WEIR_ENTRY_SIZE);
	entry[6] = (unsigned char)kind;
	weir_store64(entry + 8, (uint64_t)time);
	weir_overflow_put(o, &rec);
}

/* It was whole when it was put: 0. */
static int
open_entry(const struct weir_overflow *o, const unsigned char *p, size_t n, struct weir_record *rec)
{
	uint32_t shape = weir_load32(p);

	if (weir_record_open(rec, p + 4, n - 4) != 0)
		return -1;
	return shape > 0 ? weir_record_bind(rec, o->shapes.v[shape - 1]) : 0;
}

/* What was read back need not be on disk any more. Seldom: each drop makes walks slower for a while. */
static void
drop(struct weir_overflow *o)
{
	struct weir_buf from = {0};

	make_key(o, o->dropped);
	weir_buf_put(&from, o->key.p, o->key.len);
	make_key(o, o->from);
	(void)weir_spill_drop(o->spill, from.p, from.len, o->key.p, o->key.len);
	weir_buf_release(&from);
	o->dropped = o->from;
}

/* What comes next on disk goes to memory. */
static void
read_back(struct weir_overflow *o)
{
	size_t most = o->room < CHUNK ? o->room : CHUNK, got = 0, len, n;
	const unsigned char *key, *value;
	struct weir_spill_each e;
	struct weir_buf to = {0};
	bool damage = false;

	make_key(o, o->to);
	weir_buf_put(&to, o->key.p, o->key.len);
	make_key(o, o->from);
	weir_spill_each_init(&e, o->spill, o->key.p, o->key.len, to.p, to.len);
	while ((got == 0 || got < most) && weir_spill_each_next(&e, &key, &len, &value, &n) > 0) {
		struct weir_record rec = {.damage = &damage};

		if (open_entry(o, value, n, &rec) == 0)
			weir_backlog_put(&o->front, &rec);
		o->from++;
		got += n;
	}
	weir_spill_each_release(&e);
	weir_buf_release(&to);
	if (o->from - o->dropped >= MANY || o->from == o->to)
		drop(o);
	if (o->from == o->to)
		weir_shapes_clear(&o->shapes);
}

int
weir_overflow_get(struct weir_overflow *o, struct weir_record *rec)
{
	if (o->front.entries == 0 && o->from < o->to && !o->spill->failed)
		read_back(o);
	return weir_backlog_get(&o->front, rec);
}

void
weir_overflow_drop(struct weir_overflow *o)
{
	weir_backlog_drop(&o->front);
	o->entries--;
}

int
weir_overflow_next(struct weir_overflow *o, struct weir_overflow_place *at, struct weir_record *rec)
{
	if (at->n == 0 && weir_backlog_next(&o->front, &at->front, rec))
		return 1;
	if (o->from + at->n >= o->to)
		return 0;
	make_key(o, o->from + at->n);
	if (weir_spill_get(o->spill, o->key.p, o->key.len, &o->value) <= 0)
		return 0;
	at->n++;
	return open_entry(o, o->value.p, o->value.len, rec) == 0;
}
