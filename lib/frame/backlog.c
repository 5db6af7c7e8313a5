/*
 * backlog - see backlog.h
 *
 * A piece holds items: a head, and the entry's bytes, padded so that the next head is aligned.
 */
#include "frame/backlog.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define PIECE ((size_t)256 * 1024)

struct head {
	struct weir_shape *shape;    /* a reference; NULL: no record */
	size_t room;                 /* of the item, this head included */
};

struct weir_backlog_piece {
	struct weir_backlog_piece *next;
	size_t start, end, cap;      /* of the items in bytes[] */
	unsigned char bytes[];
};

void
weir_backlog_release(struct weir_backlog *b)
{
	while (b->entries > 0)
		weir_backlog_drop(b);
	free(b->first);
	*b = (struct weir_backlog){0};
}

static struct weir_backlog_piece *
add_piece(struct weir_backlog *b, size_t n)
{
	size_t cap = n > PIECE ? n : PIECE;
	struct weir_backlog_piece *p = weir_mem_alloc(sizeof(*p) + cap);

	p->next = NULL;
	p->start = p->end = 0;
	p->cap = cap;
	if (b->last != NULL)
		b->last->next = p;
	else
		b->first = p;
	b->last = p;
	b->bytes += sizeof(*p) + cap;
	return p;
}

static void
put(struct weir_backlog *b, struct weir_shape *shape, const unsigned char *p, size_t n)
{
	struct head h = {shape, (sizeof(h) + n + sizeof(h) - 1) / sizeof(h) * sizeof(h)};
	struct weir_backlog_piece *last = b->last;

	if (last == NULL || last->cap - last->end < h.room)
		last = add_piece(b, h.room);
	memcpy(last->bytes + last->end, &h, sizeof(h));
	memcpy(last->bytes + last->end + sizeof(h), p, n);
	last->end += h.room;
	b->entries++;
}

void
weir_backlog_put(struct weir_backlog *b, const struct weir_record *rec)
{
	bool record = (rec->flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_RECORD;

	put(b, record ? weir_shape_ref((struct weir_shape *)(uintptr_t)rec->shape) : NULL, rec->p, rec->size);
}

void
weir_backlog_put_delay(struct weir_backlog *b, int64_t delay)
{
	unsigned char entry[WEIR_ENTRY_SIZE] = {0};

	weir_store32(entry, WEIR_ENTRY_SIZE);
	entry[6] = WEIR_BACKLOG_DELAY;
	weir_store64(entry + 8, (uint64_t)delay);
	put(b, NULL, entry, sizeof(entry));
}

/* The entry there; returns its item's room. */
static size_t
open_item(const struct weir_backlog_piece *p, size_t at, struct weir_record *rec)
{
	struct head h;

	memcpy(&h, p->bytes + at, sizeof(h));
	/* What is in here was bound once. */
	weir_record_open(rec, p->bytes + at + sizeof(h), h.room - sizeof(h));
	if (h.shape != NULL)
		weir_record_bind(rec, h.shape);
	return h.room;
}

int
weir_backlog_get(const struct weir_backlog *b, struct weir_record *rec)
{
	if (b->entries == 0)
		return 0;
	open_item(b->first, b->first->start, rec);
	return 1;
}

void
weir_backlog_drop(struct weir_backlog *b)
{
	struct weir_backlog_piece *p = b->first;
	struct head h;

	memcpy(&h, p->bytes + p->start, sizeof(h));
	weir_shape_free(h.shape);
	p->start += h.room;
	b->entries--;
	if (p->start < p->end)
		return;
	b->bytes -= sizeof(*p) + p->cap;
	b->first = p->next;
	if (b->first == NULL)
		b->last = NULL;
	free(p);
}

int
weir_backlog_next(const struct weir_backlog *b, struct weir_backlog_place *at, struct weir_record *rec)
{
	if (at->piece == NULL) {
		if (b->first == NULL)
			return 0;
		*at = (struct weir_backlog_place){b->first, b->first->start};
	} else if (at->at == at->piece->end) {
		if (at->piece->next == NULL)
			return 0;
		*at = (struct weir_backlog_place){at->piece->next, at->piece->next->start};
	}
	at->at += open_item(at->piece, at->at, rec);
	return 1;
}
