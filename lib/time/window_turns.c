/*
 * window_turns - see window_turns.h
 *
 * Bucket b is [b * width, (b + 1) * width). Those below now have been poured into the heap; the RING buckets from now on
 * have lists of their own, and all later ones share a list, which is dealt out when the ring comes near it.
 */
#include "time/window_turns.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define RING WEIR_WINDOW_TURNS_RING
#define IN_BLOCK 31

struct weir_window_turns_block {
	struct weir_window_turns_block *next;
	uint64_t n;
	struct weir_window_turn v[IN_BLOCK];
};

void
weir_window_turns_init(struct weir_window_turns *t, int64_t reach)
{
	memset(t, 0, sizeof(*t));
	t->width = reach / (RING / 2) + 1;
	t->now = INT64_MIN;
	weir_pool_init(&t->blocks, sizeof(struct weir_window_turns_block));
}

void
weir_window_turns_release(struct weir_window_turns *t)
{
	free(t->near);
	weir_pool_release(&t->blocks);
	memset(t, 0, sizeof(*t));
}

static int64_t
bucket_of(const struct weir_window_turns *t, int64_t at)
{
	return at / t->width - (at % t->width < 0);
}

static void
push(struct weir_window_turns *t, struct weir_window_turn turn)
{
	size_t i;

	if (t->n == t->cap) {
		t->cap = t->cap == 0 ? 64 : 2 * t->cap;
		t->near = weir_mem_realloc(t->near, t->cap, sizeof(*t->near));
	}
	for (i = t->n++; i > 0 && t->near[(i - 1) / 2].at > turn.at; i = (i - 1) / 2)
		t->near[i] = t->near[(i - 1) / 2];
	t->near[i] = turn;
}

static void
pop(struct weir_window_turns *t)
{
	struct weir_window_turn last = t->near[--t->n];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < t->n) {
		if (child + 1 < t->n && t->near[child + 1].at < t->near[child].at)
			child++;
		if (t->near[child].at >= last.at)
			break;
		t->near[i] = t->near[child];
		i = child;
	}
	t->near[i] = last;
}

static void
append(struct weir_window_turns *t, struct weir_window_turns_block **list, struct weir_window_turn turn)
{
	struct weir_window_turns_block *b = *list;

	if (b == NULL || b->n == IN_BLOCK) {
		b = weir_pool_get(&t->blocks);
		b->next = *list;
		b->n = 0;
		*list = b;
	}
	b->v[b->n++] = turn;
}

static void
put(struct weir_window_turns *t, struct weir_window_turn turn)
{
	int64_t b = bucket_of(t, turn.at);

	if (b < t->now) {
		push(t, turn);
	} else if ((uint64_t)b - (uint64_t)t->now < RING) {
		append(t, &t->ring[(uint64_t)b % RING], turn);
		t->nring++;
	} else {
		if (t->nbeyond++ == 0 || b < t->least)
			t->least = b;
		append(t, &t->beyond, turn);
	}
}

void
weir_window_turns_put(struct weir_window_turns *t, int64_t at, void *whose)
{
	put(t, (struct weir_window_turn){at, whose});
}

/* Puts each turn of a list anew. */
static void
deal(struct weir_window_turns *t, struct weir_window_turns_block *b)
{
	struct weir_window_turns_block *next;
	uint64_t i;

	for (; b != NULL; b = next) {
		for (i = 0; i < b->n; i++) {
			__builtin_prefetch(b->v[i].whose);
			put(t, b->v[i]);
		}
		next = b->next;
		weir_pool_put(&t->blocks, b);
	}
}

/* The first bucket that has turns; there is one. */
static int64_t
next_bucket(const struct weir_window_turns *t)
{
	int64_t b = t->now;

	if (t->nring == 0)
		return t->least;
	while (t->ring[(uint64_t)b % RING] == NULL)
		b++;
	return t->nbeyond > 0 && t->least < b ? t->least : b;
}

/* Its turns, and those of the buckets before it, into the heap. */
static void
pour(struct weir_window_turns *t, int64_t bucket)
{
	struct weir_window_turns_block *list;

	if (t->nbeyond > 0 && t->least == bucket) {
		list = t->beyond;
		t->beyond = NULL;
		t->nbeyond = 0;
		t->now = bucket;
		deal(t, list);
	}
	t->now = bucket + 1;
	list = t->ring[(uint64_t)bucket % RING];
	t->ring[(uint64_t)bucket % RING] = NULL;
	for (const struct weir_window_turns_block *b = list; b != NULL; b = b->next)
		t->nring -= b->n;
	deal(t, list);
}

int
weir_window_turns_take(struct weir_window_turns *t, int64_t until, struct weir_window_turn *turn)
{
	while (t->n == 0 && t->nring + t->nbeyond > 0) {
		int64_t b = next_bucket(t);

		if (b > bucket_of(t, until))
			return 0;
		pour(t, b);
	}
	if (t->n == 0 || t->near[0].at > until)
		return 0;
	*turn = t->near[0];
	pop(t);
	return 1;
}

