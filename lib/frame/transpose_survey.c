/*
 * transpose_survey - what there is to be put into columns: see transpose.h
 *
 * Two walks over the entries: which belongs to which group; then, slot by slot, how long everything is and whether it is
 * always the same. So the length of every column is known before the first byte of it is written.
 */
#include "frame/transpose_core.h"
#include "frame/record.h"

#include <stdbool.h>
#include <stdlib.h>

/* What is worth it: a few entries are no column, and a long frame is one long record. */
#define ENTRIES_MIN 16
#define GROUP_MIN 4
#define ROWS_MAX (4u * 1024 * 1024)

/* Whether an entry that is no member of a group yet may begin one. */
static bool
is_regular(const struct transpose_work *w, const unsigned char *p, uint32_t size, struct transpose_group *g)
{
	g->id = weir_load16(p + 4);
	g->flags = p[6];
	g->words = p[7];
	g->n = 0;
	if (g->id >= WEIR_SHAPE_IDS)
		return false;
	if ((g->flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_RECORD) {
		if (w->shapes[g->id] == NULL || w->shapes[g->id]->n > TRANSPOSE_FIELDS)
			return false;
		g->n = w->shapes[g->id]->n;
	}
	return transpose_text(g) <= size;
}

/* A wide slot's type has room for more than there are. */
static bool
has_types(const struct transpose_group *g, const unsigned char *p)
{
	uint32_t i;

	for (i = 0; g->flags & WEIR_ENTRY_WIDE && i < g->n; i++)
		if (weir_load32(p + WEIR_ENTRY_SIZE + 12 * (size_t)i + 8) > 15)
			return false;
	return true;
}

/* The group of an entry, index from 1, or 0. */
static unsigned
group_of(struct transpose_work *w, const unsigned char *p, uint32_t size)
{
	unsigned id = weir_load16(p + 4), i;
	struct transpose_group new, *g;

	for (i = id < WEIR_SHAPE_IDS ? w->by_id[id] : 0; i > 0; i = g->next) {
		g = &w->groups[i - 1];
		if (g->flags == p[6] && g->words == p[7])
			return transpose_text(g) <= size && has_types(g, p) ? i : 0;
	}
	memset(&new, 0, sizeof(new));
	if (w->ngroups == TRANSPOSE_GROUPS || !is_regular(w, p, size, &new) || !has_types(&new, p))
		return 0;
	new.next = w->by_id[id];
	w->groups[w->ngroups++] = new;
	return w->by_id[id] = (uint8_t)w->ngroups;
}

/* Which entry belongs where. 0; -1: no payload, or none that is worth it. */
static int
sort_out(struct transpose_work *w)
{
	const unsigned char *p = w->rows;
	unsigned i;

	for (; p < w->end; w->entries++) {
		uint32_t size = w->end - p < WEIR_ENTRY_SIZE ? 0 : weir_load32(p);

		if (size < WEIR_ENTRY_SIZE || size > (size_t)(w->end - p))
			return -1;
		i = group_of(w, p, size);
		w->which[w->entries] = (uint8_t)i;
		if (i > 0)
			w->groups[i - 1].m++;
		p += size;
	}
	for (i = 0; i < w->ngroups; i++)
		if (w->groups[i].m >= GROUP_MIN)
			w->groups[i].number = (uint8_t)++w->numbered;
	return w->entries < ENTRIES_MIN || w->numbered == 0 ? -1 : 0;
}

static size_t
round_up(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static void *
carve(struct weir_buf *b, size_t n)
{
	unsigned char *p = b->p + b->len;

	b->len += round_up(n);
	return p;
}

/* Room for what is learnt of the groups, all of it in one piece. */
static void
make_tables(struct transpose_work *w, struct weir_buf *b)
{
	size_t need = 0;
	unsigned i;
	uint32_t k;

	for (i = 0; i < w->ngroups; i++) {
		const struct transpose_group *g = &w->groups[i];
		size_t words = g->words + (size_t)1;

		if (g->number > 0)
			need += 2 * g->m * sizeof(*g->entry) + words * (8 * (size_t)g->m + sizeof(*g->of)) +
			    g->n * sizeof(*g->fields) + (2 * (size_t)g->n + 1) * round_up(4 * (size_t)g->m) +
			    g->n * round_up(g->m);
	}
	weir_buf_clear(b);
	memset(weir_buf_need(b, need), 0, need);
	for (i = 0; i < w->ngroups; i++) {
		struct transpose_group *g = &w->groups[i];

		if (g->number == 0)
			continue;
		g->entry = carve(b, g->m * sizeof(*g->entry));
		g->at = carve(b, g->m * sizeof(*g->at));
		g->times = carve(b, 8 * (size_t)g->m * (g->words + (size_t)1));
		g->of = carve(b, sizeof(*g->of) * (g->words + (size_t)1));
		g->fields = carve(b, g->n * sizeof(*g->fields));
		for (k = 0; k < g->n; k++) {
			g->fields[k].gap.lens = carve(b, 4 * (size_t)g->m);
			g->fields[k].slice.lens = carve(b, 4 * (size_t)g->m);
			g->fields[k].how = carve(b, g->m);
		}
		g->tail.lens = carve(b, 4 * (size_t)g->m);
	}
}

/* The order in which the fields of the first entry lie; one that has no bytes goes behind its neighbour. */
static void
set_order(struct transpose_group *g, const unsigned char *p)
{
	uint32_t text = (uint32_t)transpose_text(g), before = 0, i, k;

	for (i = 0; i < g->n; i++) {
		struct transpose_slot s = transpose_slot_of(g, p, i);
		uint32_t key = s.len > 0 && s.off >= text ? s.off : before;

		/* said holds the key until the order is known. */
		for (k = i; k > 0 && g->fields[k - 1].said > key; k--) {
			g->fields[k].number = g->fields[k - 1].number;
			g->fields[k].said = g->fields[k - 1].said;
		}
		g->fields[k].number = i;
		g->fields[k].said = before = key;
	}
	for (i = 0; i < g->n; i++)
		g->fields[i].said = 0;
}

static inline void
note_number(struct transpose_numbers *of, uint64_t v, bool first)
{
	if (first)
		of->first = v;
	of->any |= v;
	of->differ |= v ^ of->first;
}

static inline bool
are_equal(const unsigned char *p, const unsigned char *q, size_t n)
{
	if (n > 16)
		return memcmp(p, q, n) == 0;
	if (n >= 8)
		return weir_load64(p) == weir_load64(q) && weir_load64(p + n - 8) == weir_load64(q + n - 8);
	if (n >= 4)
		return weir_load32(p) == weir_load32(q) && weir_load32(p + n - 4) == weir_load32(q + n - 4);
	while (n > 0 && p[n - 1] == q[n - 1])
		n--;
	return n == 0;
}

static inline void
note_string(struct transpose_strings *s, const unsigned char *p, size_t n)
{
	if (s->n == 0) {
		s->first = p;
		s->one = true;
		s->of.first = n;
	}
	s->lens[s->n++] = (uint32_t)n;
	s->of.any |= n;
	s->of.differ |= n ^ s->of.first;
	if (s->one)
		s->one = s->of.differ == 0 && are_equal(p, s->first, n);
}

/* How a slot lies that is not on the bytes that come next. */
static unsigned
how_of(const struct transpose_group *g, struct transpose_slot s)
{
	size_t words = transpose_slots(g), text = transpose_text(g);

	if (s.off == text && s.len == 0)
		return TRANSPOSE_EMPTY;
	if (s.off >= words && s.off < text && s.len == 8 && (s.off - words) % 8 == 0 && (s.off - words) / 8 < TRANSPOSE_WORDS)
		return TRANSPOSE_WORD + (unsigned)(s.off - words) / 8;
	return TRANSPOSE_SAID;
}

static void
take_entry(struct transpose_group *g, const unsigned char *p)
{
	uint32_t size = weir_load32(p), j = g->filled++, i;
	size_t text = transpose_text(g), at = text;
	uint64_t time = weir_load64(p + 8);
	struct transpose_field *f;

	if (j == 0) {
		set_order(g, p);
		g->begin = g->last = time;
	}
	g->entry[j] = p;
	g->at[j] = p + text;
	g->times[j] = time - g->last;
	g->last = time;
	for (i = 1; i <= g->words; i++) {
		uint64_t v = transpose_zigzag(weir_load64(p + text - 8 * (size_t)(g->words - i + 1)) - time);

		note_number(&g->of[i], v, j == 0);
		g->times[(size_t)i * g->m + j] = v;
	}
	for (f = g->fields; f < g->fields + g->n; f++) {
		struct transpose_slot s = transpose_slot_of(g, p, f->number);
		unsigned how = TRANSPOSE_NEXT;

		if (s.off >= at && (uint64_t)s.off + s.len <= size) {
			note_string(&f->gap, p + at, s.off - at);
			note_string(&f->slice, p + s.off, s.len);
			at = s.off + (size_t)s.len;
		} else {
			how = how_of(g, s);
			f->said += how == TRANSPOSE_SAID;
		}
		f->how[j] = (uint8_t)(how << 4 | s.type);
		note_number(&f->hows, f->how[j], j == 0);
	}
	note_string(&g->tail, p + at, size - at);
}

/* Times that are whole seconds, say, are told in seconds. */
static void
set_unit(struct transpose_group *g)
{
	static const int64_t powers[] = {1, 1000, 1000000, 1000000000};
	unsigned u = 3;
	uint32_t j;

	for (j = 0; j < g->m; j++)
		while (u > 0 && (int64_t)g->times[j] % powers[u] != 0)
			u--;
	g->unit = 3 * u;
	for (j = 0; j < g->m; j++) {
		g->times[j] = transpose_zigzag((uint64_t)((int64_t)g->times[j] / powers[u]));
		note_number(&g->of[0], g->times[j], j == 0);
	}
}

static void
take_all(struct transpose_work *w)
{
	const unsigned char *p = w->rows;
	unsigned i;

	for (i = 0; p < w->end; p += weir_load32(p), i++) {
		unsigned k = w->which[i];

		w->which[i] = k > 0 ? w->groups[k - 1].number : 0;
		if (w->which[i] > 0)
			take_entry(&w->groups[k - 1], p);
		else
			w->verbatim += weir_load32(p);
	}
	for (i = 0; i < w->ngroups; i++)
		if (w->groups[i].number > 0)
			set_unit(&w->groups[i]);
}

int
weir_transpose_survey(struct weir_transpose *t, struct transpose_work *w)
{
	size_t len = (size_t)(w->end - w->rows);

	if (len > ROWS_MAX)
		return -1;
	weir_buf_clear(&t->scratch);
	w->which = weir_buf_need(&t->scratch, len / WEIR_ENTRY_SIZE + 1);
	if (sort_out(w) != 0)
		return -1;
	make_tables(w, &t->table);
	take_all(w);
	return 0;
}
