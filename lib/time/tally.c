/*
 * tally - see tally.h
 *
 * The order of the heap, by count and then by stamp, is total: which value gives way does not
 * depend on the heap's layout, so a tally that was saved and loaded goes on as if it had not been.
 */
#include "time/tally.h"
#include "base/hash.h"
#include "base/mem.h"
#include "text/order.h"

#include <stdlib.h>
#include <string.h>

/* The slot of the key: where it is, or the free one where it would be. */
static uint32_t
slot_of(const struct weir_tally *t, const void *key, size_t len, uint32_t hash)
{
	uint32_t at = hash & (t->slots - 1);

	while (t->index[at] != 0) {
		const struct weir_tally_item *i = &t->items[t->index[at] - 1];

		if (i->hash == hash && i->len == len && memcmp(i->key, key, len) == 0)
			break;
		at = (at + 1) & (t->slots - 1);
	}
	return at;
}

static void
grow(struct weir_tally *t)
{
	uint32_t i, at;

	t->slots = t->slots == 0 ? 8 : 2 * t->slots;
	free(t->index);
	t->index = weir_mem_zalloc(t->slots, sizeof(*t->index));
	for (i = 0; i < t->n; i++) {
		for (at = t->items[i].hash & (t->slots - 1); t->index[at] != 0; at = (at + 1) & (t->slots - 1))
			;
		t->index[at] = i + 1;
	}
}

/* Empties a slot; those behind it that would no longer be found move up. */
static void
vacate(struct weir_tally *t, uint32_t at)
{
	uint32_t mask = t->slots - 1, next;

	for (next = (at + 1) & mask; t->index[next] != 0; next = (next + 1) & mask) {
		uint32_t home = t->items[t->index[next] - 1].hash & mask;

		if (((next - home) & mask) >= ((next - at) & mask)) {
			t->index[at] = t->index[next];
			at = next;
		}
	}
	t->index[at] = 0;
}

static bool
before(const struct weir_tally *t, uint32_t a, uint32_t b)
{
	const struct weir_tally_item *x = &t->items[a], *y = &t->items[b];

	return x->count != y->count ? x->count < y->count : x->stamp < y->stamp;
}

/* Moves a heap's item down to where it belongs. */
static void
sink(struct weir_tally *t, uint32_t pos)
{
	uint32_t item = t->heap[pos], child;

	while ((child = 2 * pos + 1) < t->n) {
		if (child + 1 < t->n && before(t, t->heap[child + 1], t->heap[child]))
			child++;
		if (!before(t, t->heap[child], item))
			break;
		t->heap[pos] = t->heap[child];
		t->at[t->heap[pos]] = pos;
		pos = child;
	}
	t->heap[pos] = item;
	t->at[item] = pos;
}

static void
make_heap(struct weir_tally *t)
{
	uint32_t i;

	t->heap = weir_mem_realloc(t->heap, t->n, sizeof(*t->heap));
	t->at = weir_mem_realloc(t->at, t->n, sizeof(*t->at));
	for (i = 0; i < t->n; i++)
		t->heap[i] = t->at[i] = i;
	for (i = t->n / 2; i-- > 0;)
		sink(t, i);
}

static void
drop_heap(struct weir_tally *t)
{
	free(t->heap);
	free(t->at);
	t->heap = t->at = NULL;
}

/* A new item of count 0 for a key that is in no slot; there must be room. */
static struct weir_tally_item *
append(struct weir_tally *t, const void *key, size_t len, uint32_t hash)
{
	struct weir_tally_item *i;

	if (4 * ((uint64_t)t->n + 1) > 3 * (uint64_t)t->slots)
		grow(t);
	if (t->n == t->room) {
		t->room = t->room == 0 ? 4 : 2 * t->room;
		t->items = weir_mem_realloc(t->items, t->room, sizeof(*t->items));
	}
	t->index[slot_of(t, key, len, hash)] = t->n + 1;
	i = &t->items[t->n++];
	*i = (struct weir_tally_item){weir_mem_dup(key, len), (uint32_t)len, hash, 0, 0, 0};
	return i;
}

static struct weir_tally_item *
find(const struct weir_tally *t, const void *key, size_t len, uint32_t hash)
{
	uint32_t at;

	if (t->slots == 0)
		return NULL;
	at = slot_of(t, key, len, hash);
	return t->index[at] != 0 ? &t->items[t->index[at] - 1] : NULL;
}

static void
count(struct weir_tally *t, struct weir_tally_item *i)
{
	i->count++;
	i->stamp = ++t->stamp;
	if (t->heap != NULL)
		sink(t, t->at[i - t->items]);
}

/* The item of the least count becomes that of another key. */
static struct weir_tally_item *
replace(struct weir_tally *t, const void *key, size_t len, uint32_t hash)
{
	struct weir_tally_item *i;

	if (t->heap == NULL)
		make_heap(t);
	i = &t->items[t->heap[0]];
	vacate(t, slot_of(t, i->key, i->len, i->hash));
	free(i->key);
	i->key = weir_mem_dup(key, len);
	i->len = (uint32_t)len;
	i->hash = hash;
	i->error = i->count;
	t->index[slot_of(t, key, len, hash)] = t->heap[0] + 1;
	return i;
}

void
weir_tally_add(struct weir_tally *t, const void *key, size_t len, uint32_t limit)
{
	uint32_t hash = (uint32_t)weir_hash_table(key, len);
	struct weir_tally_item *i = find(t, key, len, hash);

	if (i == NULL)
		i = t->n < limit ? append(t, key, len, hash) : replace(t, key, len, hash);
	count(t, i);
}

bool
weir_tally_note(struct weir_tally *t, const void *key, size_t len, uint32_t limit)
{
	uint32_t hash = (uint32_t)weir_hash_table(key, len);
	struct weir_tally_item *i = find(t, key, len, hash);

	if (i == NULL && t->n == limit)
		return false;
	if (i == NULL)
		count(t, append(t, key, len, hash));
	return true;
}

/* What a value that is not among the items may have come to. */
static uint64_t
unseen(const struct weir_tally *t, uint32_t limit)
{
	uint64_t least = UINT64_MAX;
	uint32_t i;

	if (t->n < limit)
		return 0;
	for (i = 0; i < t->n; i++)
		if (t->items[i].count < least)
			least = t->items[i].count;
	return least;
}

/* Keeps the first `limit` items of the greatest counts. */
static void
cut(struct weir_tally *t, uint32_t limit)
{
	const struct weir_tally_item **order = weir_tally_list(t, WEIR_TALLY_BY_COUNT);
	struct weir_tally_item *items = weir_mem_alloc((size_t)limit * sizeof(*items));
	uint32_t i, n = t->n;

	for (i = 0; i < n; i++)
		if (i < limit) {
			items[i] = *order[i];
			items[i].stamp = ++t->stamp;
		} else {
			free(order[i]->key);
		}
	free(order);
	free(t->items);
	t->items = items;
	t->n = t->room = limit;
	t->slots /= 2;
	grow(t);
}

void
weir_tally_merge(struct weir_tally *into, const struct weir_tally *from, uint32_t limit)
{
	const struct weir_tally_item **order = weir_tally_list(from, WEIR_TALLY_BY_STAMP);
	uint64_t mine = unseen(into, limit), theirs = unseen(from, limit);
	uint32_t i, old = into->n;

	drop_heap(into);
	for (i = 0; i < old && theirs > 0; i++)
		if (find(from, into->items[i].key, into->items[i].len, into->items[i].hash) == NULL) {
			into->items[i].count += theirs;
			into->items[i].error += theirs;
		}
	for (i = 0; i < from->n; i++) {
		struct weir_tally_item *x = find(into, order[i]->key, order[i]->len, order[i]->hash);

		if (x == NULL) {
			x = append(into, order[i]->key, order[i]->len, order[i]->hash);
			x->count = x->error = mine;
		}
		x->count += order[i]->count;
		x->error += order[i]->error;
		x->stamp = ++into->stamp;
	}
	free(order);
	if (into->n > limit)
		cut(into, limit);
}

void
weir_tally_value(const struct weir_tally_item *i, struct weir_value *v)
{
	const unsigned char *p = i->key;

	weir_order_open(&p, v);
}

static int
by_value(const void *a, const void *b)
{
	struct weir_value v, w;

	weir_tally_value(*(const struct weir_tally_item *const *)a, &v);
	weir_tally_value(*(const struct weir_tally_item *const *)b, &w);
	return weir_order_compare(&v, &w);
}

static int
by_count(const void *a, const void *b)
{
	const struct weir_tally_item *x = *(const struct weir_tally_item *const *)a;
	const struct weir_tally_item *y = *(const struct weir_tally_item *const *)b;

	return x->count != y->count ? (x->count > y->count ? -1 : 1) : by_value(a, b);
}

static int
by_stamp(const void *a, const void *b)
{
	const struct weir_tally_item *x = *(const struct weir_tally_item *const *)a;
	const struct weir_tally_item *y = *(const struct weir_tally_item *const *)b;

	return (x->stamp > y->stamp) - (x->stamp < y->stamp);
}

const struct weir_tally_item **
weir_tally_list(const struct weir_tally *t, enum weir_tally_order order)
{
	const struct weir_tally_item **list = weir_mem_alloc(((size_t)t->n + 1) * sizeof(*list));
	uint32_t i;

	for (i = 0; i < t->n; i++)
		list[i] = &t->items[i];
	qsort(list, t->n, sizeof(*list),
	    order == WEIR_TALLY_BY_COUNT ? by_count : order == WEIR_TALLY_BY_VALUE ? by_value : by_stamp);
	return list;
}

void
weir_tally_save(const struct weir_tally *t, struct weir_buf *b)
{
	const struct weir_tally_item **order = weir_tally_list(t, WEIR_TALLY_BY_STAMP);
	struct weir_value v;
	uint32_t i;

	weir_pack_int(b, t->n);
	for (i = 0; i < t->n; i++) {
		weir_tally_value(order[i], &v);
		weir_pack_value(b, &v);
		weir_pack_int(b, (int64_t)order[i]->count);
		weir_pack_int(b, (int64_t)order[i]->error);
	}
	free(order);
}

int
weir_tally_load(struct weir_tally *t, const struct weir_value *v, uint32_t limit)
{
	struct weir_buf key = {0};
	struct weir_value x;
	struct weir_pack r;
	uint64_t n;

	weir_pack_init(&r, v);
	for (n = weir_pack_take_count(&r, limit); n > 0 && !r.bad; n--) {
		struct weir_tally_item *i;
		uint32_t hash;

		weir_pack_take_value(&r, &x);
		weir_buf_clear(&key);
		weir_order_canon(&key, &x);
		hash = (uint32_t)weir_hash_table(key.p, key.len);
		if (r.bad || find(t, key.p, key.len, hash) != NULL)
			break;
		i = append(t, key.p, key.len, hash);
		i->count = weir_pack_take_count(&r, INT64_MAX);
		i->error = weir_pack_take_count(&r, INT64_MAX);
		i->stamp = ++t->stamp;
	}
	weir_buf_release(&key);
	return n == 0 ? weir_pack_end(&r) : -1;
}

void
weir_tally_release(struct weir_tally *t)
{
	uint32_t i;

	for (i = 0; i < t->n; i++)
		free(t->items[i].key);
	free(t->items);
	free(t->index);
	drop_heap(t);
	memset(t, 0, sizeof(*t));
}
