/*
 * record - entries written: see record.h for their layout
 *
 * Slots are narrow if every one of them fits: always when the whole entry is
 * under 4 KiB, so the usual record is not looked at slot by slot first.
 */
#include "frame/record.h"

#define NARROW_OFFSET 0xffffu
#define NARROW_LENGTH 0xfffu

static void
put_head(unsigned char *p, size_t size, uint16_t id, unsigned flags, unsigned words, int64_t time)
{
	weir_store32(p, (uint32_t)size);
	weir_store16(p + 4, id);
	p[6] = (unsigned char)flags;
	p[7] = (unsigned char)words;
	weir_store64(p + 8, (uint64_t)time);
}

static unsigned char *
put_narrow(unsigned char *p, uint32_t off, uint32_t len, unsigned type)
{
	weir_store32(p, off | len << 16 | (uint32_t)type << 28);
	return p + 4;
}

static unsigned char *
put_wide(unsigned char *p, uint32_t off, uint32_t len, unsigned type)
{
	weir_store32(p, off);
	weir_store32(p + 4, len);
	weir_store32(p + 8, type);
	return p + 12;
}

static bool
slots_fit(const struct weir_slot *slots, uint32_t n, size_t base)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (slots[i].len > NARROW_LENGTH || slots[i].off + base > NARROW_OFFSET)
			return false;
	return true;
}

size_t
weir_record_encode_text(unsigned char *p, uint16_t id, uint32_t nfields, int64_t time,
    unsigned flags, const void *text, size_t len, const struct weir_slot *slots,
    const int64_t *words, unsigned nwords)
{
	size_t words_at = WEIR_ENTRY_SIZE + 4 * (size_t)nfields;
	size_t text_at = words_at + 8 * (size_t)nwords;
	unsigned char *slot = p + WEIR_ENTRY_SIZE;
	bool wide = text_at + len > NARROW_LENGTH && !slots_fit(slots, nfields, text_at);
	uint32_t i;

	if (wide) {
		words_at += 8 * (size_t)nfields;
		text_at += 8 * (size_t)nfields;
		flags |= WEIR_ENTRY_WIDE;
	}
	i = 0;
	if (!wide && nwords == 0) {
		/* What nearly every record is: no look at the types. */
		for (; i < nfields; i++, slot += 4)
			weir_store32(slot, slots[i].off + (uint32_t)text_at + (slots[i].len << 16) +
			        ((uint32_t)slots[i].type << 28));
	}
	for (; i < nfields; i++) {
		uint32_t off = slots[i].off + (uint32_t)text_at, slen = slots[i].len;

		if (slots[i].type == WEIR_TIME) {
			off = (uint32_t)(words_at + 8 * (size_t)slots[i].off);
			slen = 8;
		}
		slot = wide ? put_wide(slot, off, slen, slots[i].type)
		            : put_narrow(slot, off, slen, slots[i].type);
	}
	for (i = 0; i < nwords; i++)
		weir_store64(p + words_at + 8 * (size_t)i, (uint64_t)words[i]);
	if (len > 0)
		memcpy(p + text_at, text, len);
	put_head(p, text_at + len, id, flags, nwords, time);
	return text_at + len;
}

static uint32_t
value_bytes(const struct weir_value *v)
{
	if (v->type == WEIR_TIME)
		return 8;
	return v->type >= WEIR_NUMBER ? v->len : 0;
}

/* memcpy of what is short nearly always: two words that overlap, and no call (a fifth of encoding). */
static inline void
copy_short(unsigned char *to, const unsigned char *from, size_t n)
{
	if (n > 16) {
		memcpy(to, from, n);
	} else if (n >= 8) {
		uint64_t last = weir_load64(from + n - 8);

		weir_store64(to, weir_load64(from));
		weir_store64(to + n - 8, last);
	} else if (n >= 4) {
		uint32_t last = weir_load32(from + n - 4);

		weir_store32(to, weir_load32(from));
		weir_store32(to + n - 4, last);
	} else {
		for (; n > 0; n--)
			*to++ = *from++;
	}
}

static size_t
put_narrow_values(unsigned char *p, size_t at, const struct weir_value *v, uint32_t n)
{
	unsigned char *slot = p + WEIR_ENTRY_SIZE;
	uint32_t i;

	for (i = 0; i < n; i++, slot += 4) {
		uint32_t len = 0;

		if (v[i].type == WEIR_TIME) {
			len = 8;
			weir_store64(p + at, (uint64_t)v[i].time);
		} else if (v[i].type >= WEIR_NUMBER) {
			len = v[i].len;
			copy_short(p + at, v[i].p, len);
		}
		put_narrow(slot, (uint32_t)at, len, v[i].type);
		at += len;
	}
	return at;
}

size_t
weir_record_weigh(const struct weir_value *v, uint32_t n)
{
	size_t sum = 0;
	uint32_t i;

	for (i = 0; i < n; i++)
		sum += value_bytes(&v[i]);
	return sum;
}

size_t
weir_record_encode_values(unsigned char *p, uint16_t id, uint32_t nfields, int64_t time,
    const struct weir_value *v, size_t bytes)
{
	size_t at = WEIR_ENTRY_SIZE + 4 * (size_t)nfields;
	unsigned char *slot = p + WEIR_ENTRY_SIZE;
	bool wide = at + bytes > NARROW_LENGTH;
	uint32_t i;

	if (!wide) {
		at = put_narrow_values(p, at, v, nfields);
		put_head(p, at, id, 0, 0, time);
		return at;
	}
	at += 8 * (size_t)nfields;
	for (i = 0; i < nfields; i++) {
		uint32_t len = value_bytes(&v[i]);

		slot = put_wide(slot, (uint32_t)at, len, v[i].type);
		if (v[i].type == WEIR_TIME)
			weir_store64(p + at, (uint64_t)v[i].time);
		else if (len > 0)
			memcpy(p + at, v[i].p, len);
		at += len;
	}
	put_head(p, at, id, WEIR_ENTRY_WIDE, 0, time);
	return at;
}
