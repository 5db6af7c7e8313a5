/*
 * transpose_decode - columns back into entries: see transpose.h
 *
 * Columns are measured first: their lengths become arrays of 32 bits, what is in planes is put together. From their sums it is
 * known how long the entries will be in all; if that is what the head says, entry after entry is written without looking at any
 * bound, in copies of 16 bytes that may go beyond what they are for: what comes next lies over it. One size for all, and one
 * string for all, are columns whose pointer does not move.
 */
#include "base/scan.h"
#include "frame/transpose_core.h"

#define UNITS 19

/* Integers, as they lie there. */
struct numbers {
	const unsigned char *planes;
	unsigned k;              /* planes; 0: `same` stands for all */
	uint64_t same;
};

/* Moves from entry to entry. */
struct strings {
	const uint32_t *len;
	const unsigned char *p;
	size_t step, mask;       /* 0 or 1; 0 or all ones: what moves */
	size_t skip;             /* bytes behind each */
};

struct field {
	struct strings gap, slice;
	const unsigned char *how, *said;
	size_t step;             /* of how */
	uint32_t slot;           /* where in the entry it goes */
};

struct group {
	uint32_t m, n, left;
	uint32_t head;           /* id, flags, words */
	unsigned char words;
	bool wide;
	size_t text;
	const uint64_t *time;
	uint64_t *word;          /* m of the first, m of the second ... */
	struct field *fields;
	struct strings tail;
	const unsigned char *order;
};

struct work {
	const unsigned char *p, *end;    /* not taken yet */
	uint64_t rows, total;            /* bytes of the entries: as told, added up */
	uint32_t entries, ngroups;
	const unsigned char *which, *verbatim;
	size_t nverbatim;
	struct weir_buf *scratch;
	struct group groups[TRANSPOSE_GROUPS + 1];
};

/* n bytes of the input, or NULL. */
static const unsigned char *
take(struct work *w, uint64_t n)
{
	const unsigned char *p = w->p;

	if (n > (size_t)(w->end - p))
		return NULL;
	w->p += n;
	return p;
}

/* From the scratch, which has room for all that may be asked for. */
static void *
carve(struct work *w, size_t n)
{
	unsigned char *p = w->scratch->p + w->scratch->len;

	w->scratch->len += (n + 7) & ~(size_t)7;
	return p;
}

static int
take_numbers(struct work *w, struct numbers *v, uint32_t m, unsigned most)
{
	const unsigned char *p = take(w, 1);
	unsigned k;

	if (p == NULL)
		return -1;
	k = *p & ~TRANSPOSE_SAME & 0xff;
	if (k > most || (*p == TRANSPOSE_SAME))
		return -1;
	v->same = 0;
	v->k = *p & TRANSPOSE_SAME ? 0 : k;
	v->planes = take(w, v->k > 0 ? (uint64_t)k * m : k);
	if (v->planes == NULL)
		return -1;
	while (v->k == 0 && k-- > 0)
		v->same = v->same << 8 | v->planes[k];
	return 0;
}

static void
spread64(const struct numbers *v, uint32_t m, uint64_t *to)
{
	uint32_t i;
	unsigned b;

	for (i = 0; i < m; i++)
		to[i] = v->k == 0 ? v->same : v->planes[i];
	for (b = 1; b < v->k; b++)
		for (i = 0; i < m; i++)
			to[i] |= (uint64_t)v->planes[(size_t)b * m + i] << 8 * b;
}

/* The lengths of n strings, and their sum. */
static uint64_t
spread_lengths(struct work *w, const struct numbers *v, uint32_t n, struct strings *s)
{
	uint32_t *to = carve(w, 4 * (v->k == 0 || n == 0 ? 1 : (size_t)n)), i;
	uint64_t sum = 0;
	unsigned b;

	s->len = to;
	s->step = v->k > 0;
	to[0] = (uint32_t)v->same;
	if (v->k == 0)
		return v->same * n;
	for (i = 0; i < n; i++)
		to[i] = v->planes[i];
	for (b = 1; b < v->k; b++)
		for (i = 0; i < n; i++)
			to[i] |= (uint32_t)v->planes[(size_t)b * n + i] << 8 * b;
	for (i = 0; i < n; i++)
		sum += to[i];
	return sum;
}

/* Puts strings of len bytes together; a few at a time, so that what is written stays near. */
static const unsigned char *
join_planes(struct work *w, const unsigned char *planes, size_t len, uint32_t n)
{
	unsigned char *to = carve(w, len * n + WEIR_TRANSPOSE_PAD);
	uint32_t i, j, end;
	size_t b;

	for (i = 0; i < n; i = end) {
		end = n - i > 64 ? i + 64 : n;
		for (b = 0; b < len; b++)
			for (j = i; j < end; j++)
				to[j * len + b] = planes[b * n + j];
	}
	return to;
}

/* Strings that end with a NUL each, exactly n of them. */
static int
find_ends(struct work *w, const unsigned char *p, size_t len, uint32_t n, struct strings *s)
{
	uint32_t *to = carve(w, 4 * (size_t)n), i = 0;
	size_t at, begin = 0;

	if (n == 0 || len < n || p[len - 1] != '\0')
		return -1;
	s->len = to;
	s->step = s->skip = 1;
	for (at = 0; at < len; at += 64) {
		uint64_t mask = weir_scan_mask(p + at, 0, 0, 0);

		if (len - at < 64)
			mask &= (UINT64_C(1) << (len - at)) - 1;
		for (; mask != 0 && i < n; mask &= mask - 1) {
			size_t end = at + (size_t)__builtin_ctzll(mask);

			to[i++] = (uint32_t)(end - begin);
			begin = end + 1;
		}
		if (mask != 0)
			return -1;
	}
	return i == n ? 0 : -1;
}

/* Their bytes are counted, so that they can't be more than there is room for. */
static int
count(struct work *w, uint64_t sum)
{
	w->total += sum;
	return w->total > w->rows ? -1 : 0;
}

static int
take_lengths(struct work *w, uint32_t n, struct strings *s)
{
	struct numbers v;
	uint64_t sum;

	if (take_numbers(w, &v, n, 4) != 0)
		return -1;
	sum = spread_lengths(w, &v, n, s);
	s->mask = SIZE_MAX;
	return count(w, sum) != 0 || (s->p = take(w, sum)) == NULL ? -1 : 0;
}

static int
take_strings(struct work *w, uint32_t n, struct strings *s)
{
	const unsigned char *form = take(w, 1), *len;
	struct numbers v = {0};

	if (form == NULL)
		return -1;
	s->step = s->skip = s->mask = 0;
	s->p = form;
	if (*form == TRANSPOSE_LENGTHS)
		return take_lengths(w, n, s);
	if (*form == TRANSPOSE_EMPTIES)
		return spread_lengths(w, &v, n, s) == 0 ? 0 : -1;
	if ((len = take(w, 4)) == NULL)
		return -1;
	v.same = weir_load32(len);
	if (*form == TRANSPOSE_ENDED) {
		s->mask = SIZE_MAX;
		s->p = take(w, v.same);
		return s->p == NULL || find_ends(w, s->p, v.same, n, s) != 0 ? -1 : count(w, v.same - n);
	}
	if (*form > TRANSPOSE_ENDED || count(w, spread_lengths(w, &v, n, s)) != 0)
		return -1;
	s->p = take(w, *form == TRANSPOSE_ONE ? v.same : v.same * n);
	if (s->p == NULL || *form == TRANSPOSE_ONE)
		return s->p == NULL ? -1 : 0;
	s->p = join_planes(w, s->p, v.same, n);
	s->mask = SIZE_MAX;
	return 0;
}

static int
take_field(struct work *w, const struct group *g, struct field *f)
{
	uint32_t next = 0, said = 0, j;
	struct numbers v;

	if (take_numbers(w, &v, g->m, 1) != 0)
		return -1;
	f->step = v.k;
	f->how = v.planes;
	if (v.k == 0) {
		unsigned char *one = carve(w, 1);

		*one = (unsigned char)v.same;
		f->how = one;
	}
	for (j = 0; j < g->m; j++) {
		unsigned how = f->how[j * f->step] >> 4;

		next += how == TRANSPOSE_NEXT;
		said += how == TRANSPOSE_SAID;
		if (how >= TRANSPOSE_WORD && how < TRANSPOSE_SAID && how - TRANSPOSE_WORD >= g->words)
			return -1;
	}
	f->said = take(w, 8 * (uint64_t)said);
	return f->said == NULL || take_strings(w, next, &f->gap) != 0 ? -1 : take_strings(w, next, &f->slice);
}

static int
take_times(struct work *w, struct group *g)
{
	const unsigned char *head = take(w, 9);
	uint64_t *time = carve(w, 8 * (size_t)g->m), unit = 1, at;
	struct numbers v;
	uint32_t j;
	unsigned i;

	if (head == NULL || head[8] >= UNITS || take_numbers(w, &v, g->m, 8) != 0)
		return -1;
	for (i = 0; i < head[8]; i++)
		unit *= 10;
	spread64(&v, g->m, time);
	for (at = weir_load64(head), j = 0; j < g->m; j++)
		time[j] = at += transpose_unzigzag(time[j]) * unit;
	g->time = time;
	g->word = carve(w, 8 * (size_t)g->m * g->words);
	for (i = 0; i < g->words; i++) {
		uint64_t *word = g->word + (size_t)i * g->m;

		if (take_numbers(w, &v, g->m, 8) != 0)
			return -1;
		spread64(&v, g->m, word);
		for (j = 0; j < g->m; j++)
			word[j] = transpose_unzigzag(word[j]) + time[j];
	}
	return 0;
}

static int
take_group(struct work *w, struct group *g)
{
	unsigned char seen[TRANSPOSE_FIELDS] = {0};
	uint32_t i;

	if (take_times(w, g) != 0)
		return -1;
	g->fields = carve(w, g->n * sizeof(*g->fields));
	for (i = 0; i < g->n; i++) {
		unsigned number = weir_load16(g->order + 2 * (size_t)i);

		if (number >= g->n || seen[number]++)
			return -1;
		g->fields[i].slot = WEIR_ENTRY_SIZE + (g->wide ? 12 : 4) * number;
		if (take_field(w, g, &g->fields[i]) != 0)
			return -1;
	}
	return take_strings(w, g->m, &g->tail);
}

static int
take_head(struct work *w, struct group *g)
{
	const unsigned char *p = take(w, TRANSPOSE_GROUP);

	if (p == NULL)
		return -1;
	g->m = weir_load32(p);
	g->head = weir_load32(p + 4);
	g->wide = p[6] & WEIR_ENTRY_WIDE;
	g->words = p[7];
	g->n = weir_load32(p + 8);
	if (g->m == 0 || g->n > TRANSPOSE_FIELDS || (g->order = take(w, 2 * (uint64_t)g->n)) == NULL)
		return -1;
	g->text = WEIR_ENTRY_SIZE + (g->wide ? 12 : 4) * (size_t)g->n + 8 * (size_t)g->words;
	w->total += (uint64_t)g->m * g->text;
	return w->total > w->rows ? -1 : 0;
}

/* The head, and which entry is of which group: as many as each group has. */
static int
take_front(struct work *w, size_t most)
{
	const unsigned char *p = take(w, TRANSPOSE_HEAD);
	uint32_t i;

	if (p == NULL)
		return -1;
	w->rows = weir_load32(p);
	w->entries = weir_load32(p + 4);
	w->total = w->nverbatim = weir_load32(p + 8);
	w->ngroups = weir_load32(p + 12);
	if (w->rows > most || w->total > w->rows || w->ngroups > TRANSPOSE_GROUPS)
		return -1;
	for (i = 1; i <= w->ngroups; i++)
		if (take_head(w, &w->groups[i]) != 0)
			return -1;
	if ((w->which = take(w, w->entries)) == NULL || (w->verbatim = take(w, w->nverbatim)) == NULL)
		return -1;
	for (i = 0; i < w->entries; i++)
		w->groups[w->which[i]].left++;
	for (i = 1; i <= TRANSPOSE_GROUPS; i++)
		if (w->groups[i].left != w->groups[i].m)
			return -1;
	return 0;
}

/* What all groups may carve: for a time and a word 8 bytes, for a slot two lengths of 4, which is at most twice what they are in
 * the entries; and for what is in planes, no more than what is left of the input. */
static size_t
scratch_of(const struct work *w)
{
	size_t n = 2 * (size_t)w->total + (size_t)(w->end - w->p);
	uint32_t i;

	for (i = 1; i <= w->ngroups; i++)
		n += 256 + w->groups[i].n * (sizeof(struct field) + 128);
	return n;
}

static inline unsigned char *
put_string(unsigned char *out, struct strings *s)
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
put_entry(unsigned char *row, struct group *g, bool wide, uint32_t *bad)
{
	uint32_t j = g->m - g->left--;
	unsigned char *out = row + g->text;
	struct field *f = g->fields, *end = f + g->n;
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
put_rows(struct work *w, unsigned char *out)
{
	const unsigned char *verbatim = w->verbatim;
	size_t left = w->nverbatim;
	uint32_t i, bad = 0;

	for (i = 0; i < w->entries; i++) {
		struct group *g = &w->groups[w->which[i]];
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
	struct work w;
	uint32_t i;

	memset(&w, 0, sizeof(w));
	w.p = p;
	w.end = p + len;
	w.scratch = &t->scratch;
	if (take_front(&w, most) != 0)
		return -1;
	weir_buf_clear(&t->scratch);
	weir_buf_need(&t->scratch, scratch_of(&w));
	for (i = 1; i <= w.ngroups; i++)
		if (take_group(&w, &w.groups[i]) != 0)
			return -1;
	if (w.p != w.end || w.total != w.rows)
		return -1;
	weir_buf_clear(&t->out);
	weir_buf_need(&t->out, w.rows + WEIR_TRANSPOSE_PAD);
	if (put_rows(&w, t->out.p) != 0)
		return -1;
	t->out.len = w.rows;
	return 0;
}
