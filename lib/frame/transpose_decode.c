/*
 * transpose_decode - columns back into entries: see transpose.h
 *
 * What stands in the columns adds up, so entry after entry is written without looking at any bound, in copies of 16 bytes that
 * may go beyond what they are for: what comes next lies over it. One length for all, and one string for all, are columns whose
 * pointer does not move.
 */
#include "frame/transpose_parse.h"

static inline unsigned char *
put_string(unsigned char *out, struct parsed_strings *s)
{
	size_t n = *s->len;

	transpose_copy(out, s->p, n);
	s->len += s->step;
	s->p += (n & s->mask) + s->skip;
	return out + n;
}

static inline uint32_t
put_slot(unsigned char *p, bool wide, uint32_t off, uint32_t len, unsigned type)
{
	if (wide) {
		weir_store32(p, off);
		weir_store32(p + 4, len);
		weir_store32(p + 8, type);
		return 0;
	}
	weir_store32(p, off | len << 16 | (uint32_t)type << 28);
	return off >> 16 | len >> 12;
}

/* An entry behind out; its end. What does not fit a slot is left in *bad. */
static inline unsigned char *
put_entry(unsigned char *row, struct parsed_group *g, bool wide, uint32_t *bad)
{
	uint32_t j = g->m - g->left--;
	unsigned char *out = row + g->text;
	struct parsed_field *f = g->fields, *end = f + g->n;
	unsigned i;

	weir_store32(row + 4, g->head);
	weir_store64(row + 8, g->time[j]);
	for (i = 0; i < g->words; i++)
		weir_store64(out - 8 * (size_t)(g->words - i), g->word[(size_t)i * g->m + j]);
	for (; f < end; f++) {
		unsigned how = *f->how, type = how & 15;
		uint32_t off, len;

		f->how += f->step;
		how >>= 4;
		if (how == TRANSPOSE_NEXT) {
			unsigned char *from = put_string(out, &f->gap);

			out = put_string(from, &f->slice);
			off = (uint32_t)(from - row);
			len = (uint32_t)(out - from);
		} else if (how == TRANSPOSE_SAID) {
			off = weir_load32(f->said);
			len = weir_load32(f->said + 4);
			f->said += 8;
		} else {
			len = how == TRANSPOSE_EMPTY ? 0 : 8;
			off = (uint32_t)g->text - (how == TRANSPOSE_EMPTY ? 0 : 8 * (uint32_t)(g->words - (how - TRANSPOSE_WORD)));
		}
		*bad |= put_slot(row + f->slot, wide, off, len, type);
	}
	out = put_string(out, &g->tail);
	weir_store32(row, (uint32_t)(out - row));
	return out;
}

static int
put_rows(struct parsed *w, unsigned char *out)
{
	const unsigned char *verbatim = w->verbatim;
	size_t left = w->nverbatim;
	uint32_t i, bad = 0;

	for (i = 0; i < w->entries; i++) {
		struct parsed_group *g = &w->groups[w->which[i]];
		size_t size;

		if (w->which[i] > 0) {
			out = g->wide ? put_entry(out, g, true, &bad) : put_entry(out, g, false, &bad);
			continue;
		}
		size = left < WEIR_ENTRY_SIZE ? 0 : weir_load32(verbatim);
		if (size < WEIR_ENTRY_SIZE || size > left)
			return -1;
		memcpy(out, verbatim, size);
		out += size;
		verbatim += size;
		left -= size;
	}
	return left > 0 || bad != 0 ? -1 : 0;
}

int
weir_transpose_decode(struct weir_transpose *t, const unsigned char *p, size_t len, size_t most)
{
	struct parsed w;

	memset(&w, 0, sizeof(w));
	w.p = p;
	w.end = p + len;
	w.scratch = &t->scratch;
	if (weir_transpose_parse(&w, most) != 0)
		return -1;
	weir_buf_clear(&t->out);
	weir_buf_need(&t->out, w.rows + WEIR_TRANSPOSE_PAD);
	if (put_rows(&w, t->out.p) != 0)
		return -1;
	t->out.len = w.rows;
	return 0;
}
