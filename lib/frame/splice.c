/*
 * splice - see splice.h
 */
#include "frame/splice.h"
#include "base/mem.h"

/* Where the bytes behind the slots begin. */
static inline size_t
body_of(const struct weir_record *r)
{
	return WEIR_ENTRY_SIZE + 4 * (size_t)r->shape->n;
}

/* A slot that is not plain: one without bytes may say that they are anywhere. The slot to put; -1: it points to anything but the
 * record's bytes. */
static int64_t
unusual(uint32_t slot, size_t body, const struct weir_record *r)
{
	uint32_t off = slot & 0xffff, len = slot >> 16 & 0xfff, type = slot >> 28;

	if (type > WEIR_STRING_TSV || (type == WEIR_TIME && len != 8) || (len == 0 && off > r->size))
		return -1;
	if (off >= body && off + len <= r->size)
		return slot;
	return len == 0 ? (int64_t)(type << 28 | (uint32_t)body) : -1;
}

/* The slots, moved; -1 if one points to anything but such bytes. */
static int
put_slots(unsigned char *p, uint32_t n, const struct weir_splice_field *fields, const struct weir_record *const rec[2],
    const size_t at[2])
{
	const uint32_t body[2] = {(uint32_t)body_of(rec[0]), (uint32_t)body_of(rec[1])};
	const uint32_t move[2] = {(uint32_t)at[0] - body[0], (uint32_t)at[1] - body[1]};
	const uint32_t room[2] = {rec[0]->size - body[0], rec[1]->size - body[1]};
	const unsigned char *from[2] = {rec[0]->p + WEIR_ENTRY_SIZE, rec[1]->p + WEIR_ENTRY_SIZE};
	uint32_t i;

	for (i = 0; i < n; i++) {
		uint32_t f = fields[i].from, slot = weir_load32(from[f] + 4 * (size_t)fields[i].i);
		uint32_t begin = (slot & 0xffff) - body[f], end = begin + (slot >> 16 & 0xfff);

		if (begin > room[f] || end > room[f] || slot >= (uint32_t)WEIR_TIME << 28) {
			int64_t other = unusual(slot, body[f], rec[f]);

			if (other < 0)
				return -1;
			slot = (uint32_t)other;
		}
		/* The offset stays within its 16 bits, so nothing is carried. */
		weir_store32(p + 4 * (size_t)i, slot + move[f]);
	}
	return 0;
}

int
weir_splice_put(struct weir_out *o, struct weir_shape *shape, int64_t time, const struct weir_splice_field *fields,
    const struct weir_record *first, const struct weir_record *second)
{
	const struct weir_record *rec[2] = {first, second};
	size_t slots = WEIR_ENTRY_SIZE + 4 * (size_t)shape->n, at[2], size;
	unsigned char *p;

	if ((first->flags | second->flags) & WEIR_ENTRY_WIDE)
		return 1;
	at[0] = slots;
	at[1] = slots + first->size - body_of(first);
	size = at[1] + second->size - body_of(second);
	if (size > 0xffff)
		return 1;
	if ((p = weir_out_room(o, shape, size)) == NULL)
		return -1;
	if (put_slots(p + WEIR_ENTRY_SIZE, shape->n, fields, rec, at) != 0)
		return 1;
	weir_store32(p, (uint32_t)size);
	weir_store16(p + 4, shape->id);
	p[6] = p[7] = 0;
	weir_store64(p + 8, (uint64_t)time);
	memcpy(p + at[0], first->p + body_of(first), first->size - body_of(first));
	memcpy(p + at[1], second->p + body_of(second), second->size - body_of(second));
	return weir_out_take(o, size, time);
}
