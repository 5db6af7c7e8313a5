/*
 * transpose_parse - see transpose_parse.h
 */
#include "frame/transpose_parse.h"
#include "base/scan.h"

#define UNITS 19

/* Integers, as they lie there. */
struct numbers {
	const unsigned char *planes;
	unsigned k;              /* planes; 0: `same` stands for all */
	uint64_t same;
};

/* n bytes of the input, or NULL. */
static const unsigned char *
take(struct parsed *w, uint64_t n)
{
	const unsigned char *p = w->p;

	if (n > (size_t)(w->end - p))
		return NULL;
	w->p += n;
	return p;
}

/* From the scratch, which has room for all that may be asked for. */
static void *
carve(struct parsed *w, size_t n)
{
	unsigned char *p = w->scratch->p + w->scratch->len;

	w->scratch->len += (n + 7) & ~(size_t)7;
	return p;
}

static int
take_numbers(struct parsed *w, struct numbers *v, uint32_t m, unsigned most)
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
spread_lengths(struct parsed *w, const struct numbers *v, uint32_t n, struct parsed_strings *s)
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
join_planes(struct parsed *w, const unsigned char *planes, size_t len, uint32_t n)
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
find_ends(struct parsed *w, const unsigned char *p, size_t len, uint32_t n, struct parsed_strings *s)
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
count(struct parsed *w, uint64_t sum)
{
	w->total += sum;
	return w->total > w->rows ? -1 : 0;
}

static int
take_lengths(struct parsed *w, uint32_t n, struct parsed_strings *s)
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
take_strings(struct parsed *w, uint32_t n, struct parsed_strings *s)
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
take_field(struct parsed *w, const struct parsed_group *g, struct parsed_field *f)
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
take_times(struct parsed *w, struct parsed_group *g)
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
take_group(struct parsed *w, struct parsed_group *g)
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
take_head(struct parsed *w, struct parsed_group *g)
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
take_front(struct parsed *w, size_t most)
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
scratch_of(const struct parsed *w)
{
	size_t n = 2 * (size_t)w->total + (size_t)(w->end - w->p);
	uint32_t i;

	for (i = 1; i <= w->ngroups; i++)
		n += 256 + w->groups[i].n * (sizeof(struct parsed_field) + 2 * (size_t)WEIR_TRANSPOSE_PAD + 64);
	return n;
}

int
weir_transpose_parse(struct parsed *w, size_t most)
{
	uint32_t i;

	if (take_front(w, most) != 0)
		return -1;
	weir_buf_clear(w->scratch);
	weir_buf_need(w->scratch, scratch_of(w));
	for (i = 1; i <= w->ngroups; i++)
		if (take_group(w, &w->groups[i]) != 0)
			return -1;
	return w->p == w->end && w->total == w->rows ? 0 : -1;
}
