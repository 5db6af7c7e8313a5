/*
 * transpose - see transpose.h
 *
 * Columns are written one after the other. Each entry has a pointer that moves along it meanwhile, over what is in the columns
 * before.
 */
#include "base/scan.h"
#include "frame/transpose_core.h"

/* Slices of one length from here on are taken apart byte by byte; shorter ones are words that zstd finds whole. */
#define PLANES_MIN 8

void
weir_transpose_release(struct weir_transpose *t)
{
	weir_buf_release(&t->out);
	weir_buf_release(&t->scratch);
	weir_buf_release(&t->table);
}

static unsigned
width_of(uint64_t v)
{
	unsigned k = 0;

	for (; v > 0; v >>= 8)
		k++;
	return k;
}

static size_t
size_numbers(const struct transpose_numbers *of, uint32_t m)
{
	return 1 + width_of(of->any) * (of->differ == 0 ? 1 : (size_t)m);
}

/* At most: by lengths if that is more than a NUL for each. */
static size_t
bound_strings(const struct transpose_strings *s)
{
	size_t sum = s->of.first, lengths = size_numbers(&s->of, s->n);
	uint32_t i;

	if (s->of.any == 0)
		return 1;
	if (!s->one)
		for (i = 1; i < s->n; i++)
			sum += s->lens[i];
	return 1 + (lengths > 4 + (size_t)s->n ? lengths : 4 + (size_t)s->n) + sum;
}

static size_t
bound_group(const struct transpose_group *g)
{
	size_t n = 9 + bound_strings(&g->tail);
	uint32_t i;

	for (i = 0; i <= g->words; i++)
		n += size_numbers(&g->of[i], g->m);
	for (i = 0; i < g->n; i++) {
		const struct transpose_field *f = &g->fields[i];

		n += size_numbers(&f->hows, g->m) + 8 * (size_t)f->said + bound_strings(&f->gap) + bound_strings(&f->slice);
	}
	return n;
}

/* The byte that says how numbers are told, and the one that stands for all. 0; 1: the planes are still to come. */
static bool
put_width(unsigned char **out, const struct transpose_numbers *of)
{
	unsigned k = width_of(of->any);
	uint64_t v = of->first;

	*(*out)++ = (unsigned char)(k > 0 && of->differ == 0 ? TRANSPOSE_SAME | k : k);
	if (of->differ != 0)
		return true;
	for (; k > 0; k--, v >>= 8)
		*(*out)++ = (unsigned char)v;
	return false;
}

static unsigned char *
put_numbers(unsigned char *out, const struct transpose_numbers *of, const uint64_t *v, uint32_t m)
{
	unsigned k, b;
	uint32_t i;

	if (!put_width(&out, of))
		return out;
	for (k = width_of(of->any), b = 0; b < k; b++, out += m)
		for (i = 0; i < m; i++)
			out[i] = (unsigned char)(v[i] >> 8 * b);
	return out;
}

static unsigned char *
put_lengths(unsigned char *out, const struct transpose_strings *s)
{
	unsigned k, b;
	uint32_t i;

	if (!put_width(&out, &s->of))
		return out;
	for (k = width_of(s->of.any), b = 0; b < k; b++, out += s->n)
		for (i = 0; i < s->n; i++)
			out[i] = (unsigned char)(s->lens[i] >> 8 * b);
	return out;
}

static unsigned char *
put_hows(unsigned char *out, const struct transpose_field *f, uint32_t m)
{
	if (!put_width(&out, &f->hows))
		return out;
	memcpy(out, f->how, m);
	return out + m;
}

static unsigned char *
put_said(unsigned char *out, const struct transpose_group *g, const struct transpose_field *f)
{
	uint32_t j;

	for (j = 0; f->said > 0 && j < g->m; j++) {
		struct transpose_slot s;

		if (f->how[j] >> 4 != TRANSPOSE_SAID)
			continue;
		s = transpose_slot_of(g, g->entry[j], f->number);
		weir_store32(out, s.off);
		weir_store32(out + 4, s.len);
		out += 8;
	}
	return out;
}

/* The bytes of strings from where the entries are; of those whose slot lies on what comes next (how NULL: all). */
static unsigned char *
put_bytes(unsigned char *out, const struct transpose_work *w, struct transpose_group *g, const struct transpose_strings *s,
    const uint8_t *how)
{
	uint32_t j, i = 0;

	for (j = 0; j < g->m; j++) {
		const unsigned char *p = g->at[j];
		size_t n;

		if (how != NULL && how[j] >> 4 != TRANSPOSE_NEXT)
			continue;
		n = s->lens[i++];
		g->at[j] = p + n;
		if ((size_t)(w->end - p) >= n + 16)
			transpose_copy(out, p, n);
		else
			memcpy(out, p, n);
		out += n;
	}
	return out;
}

static unsigned char *
put_planes(unsigned char *out, struct transpose_group *g, const struct transpose_strings *s, const uint8_t *how)
{
	size_t n = s->of.first, b;
	uint32_t j, i = 0;

	for (j = 0; j < g->m; j++) {
		if (how != NULL && how[j] >> 4 != TRANSPOSE_NEXT)
			continue;
		for (b = 0; b < n; b++)
			out[b * s->n + i] = g->at[j][b];
		g->at[j] += n;
		i++;
	}
	return out + n * s->n;
}

/* Each with a NUL behind it; NULL if there is one in them, and nothing has happened. */
static unsigned char *
put_ended(unsigned char *out, const struct transpose_work *w, struct transpose_group *g, const struct transpose_strings *s,
    const uint8_t *how)
{
	unsigned char *p = out;
	uint32_t j, i = 0, nuls = 0;

	for (j = 0; j < g->m; j++) {
		const unsigned char *from = g->at[j];
		size_t n;

		if (how != NULL && how[j] >> 4 != TRANSPOSE_NEXT)
			continue;
		n = s->lens[i++];
		if ((size_t)(w->end - from) >= n + 16)
			transpose_copy(p, from, n);
		else
			memcpy(p, from, n);
		p += n;
		*p++ = '\0';
	}
	memset(p, 1, 63);
	for (; out < p; out += 64)
		nuls += (uint32_t)__builtin_popcountll(weir_scan_mask(out, 0, 0, 0));
	if (nuls != i)
		return NULL;
	for (j = i = 0; j < g->m; j++)
		if (how == NULL || how[j] >> 4 == TRANSPOSE_NEXT)
			g->at[j] += s->lens[i++];
	return p;
}

static void
pass_over(struct transpose_group *g, size_t n, const uint8_t *how)
{
	uint32_t j;

	for (j = 0; j < g->m; j++)
		if (how == NULL || how[j] >> 4 == TRANSPOSE_NEXT)
			g->at[j] += n;
}

static unsigned char *
put_strings(unsigned char *out, const struct transpose_work *w, struct transpose_group *g, const struct transpose_strings *s,
    const uint8_t *how, size_t planes_min)
{
	unsigned char *form = out, *end;

	if (s->of.any == 0) {
		*out = TRANSPOSE_EMPTIES;
		return out + 1;
	}
	out += 5;
	weir_store32(form + 1, (uint32_t)s->of.first);
	if (s->of.differ == 0 && s->one) {
		*form = TRANSPOSE_ONE;
		memcpy(out, s->first, s->of.first);
		pass_over(g, s->of.first, how);
		return out + s->of.first;
	}
	if (s->of.differ == 0 && s->of.first >= planes_min) {
		*form = TRANSPOSE_PLANES;
		return put_planes(out, g, s, how);
	}
	if (s->of.differ != 0 && (end = put_ended(out, w, g, s, how)) != NULL) {
		*form = TRANSPOSE_ENDED;
		weir_store32(form + 1, (uint32_t)(end - out));
		return end;
	}
	*form = TRANSPOSE_LENGTHS;
	return put_bytes(put_lengths(form + 1, s), w, g, s, how);
}

static unsigned char *
put_head(unsigned char *out, const struct transpose_group *g)
{
	uint32_t i;

	weir_store32(out, g->m);
	weir_store16(out + 4, g->id);
	out[6] = g->flags;
	out[7] = g->words;
	weir_store32(out + 8, g->n);
	for (i = 0; i < g->n; i++)
		weir_store16(out + TRANSPOSE_GROUP + 2 * (size_t)i, (uint16_t)g->fields[i].number);
	return out + TRANSPOSE_GROUP + 2 * (size_t)g->n;
}

static unsigned char *
put_group(unsigned char *out, const struct transpose_work *w, struct transpose_group *g)
{
	struct transpose_field *f;
	uint32_t i;

	weir_store64(out, g->begin);
	out[8] = (unsigned char)g->unit;
	out += 9;
	for (i = 0; i <= g->words; i++)
		out = put_numbers(out, &g->of[i], g->times + (size_t)i * g->m, g->m);
	for (f = g->fields; f < g->fields + g->n; f++) {
		const uint8_t *how = f->hows.any >> 4 == TRANSPOSE_NEXT ? NULL : f->how;

		out = put_said(put_hows(out, f, g->m), g, f);
		out = put_strings(out, w, g, &f->gap, how, 2);
		out = put_strings(out, w, g, &f->slice, how, PLANES_MIN);
	}
	return put_strings(out, w, g, &g->tail, NULL, 2);
}

/* All but the groups' columns. */
static unsigned char *
put_front(unsigned char *out, const struct transpose_work *w)
{
	const unsigned char *p = w->rows;
	uint32_t i;

	weir_store32(out, (uint32_t)(w->end - w->rows));
	weir_store32(out + 4, w->entries);
	weir_store32(out + 8, (uint32_t)w->verbatim);
	weir_store32(out + 12, w->numbered);
	out += TRANSPOSE_HEAD;
	for (i = 0; i < w->ngroups; i++)
		if (w->groups[i].number > 0)
			out = put_head(out, &w->groups[i]);
	memcpy(out, w->which, w->entries);
	out += w->entries;
	for (i = 0; i < w->entries && w->verbatim > 0; p += weir_load32(p), i++)
		if (w->which[i] == 0) {
			memcpy(out, p, weir_load32(p));
			out += weir_load32(p);
		}
	return out;
}

int
weir_transpose_encode(struct weir_transpose *t, const unsigned char *rows, size_t len, struct weir_shape *const *shapes)
{
	struct transpose_work w = {.rows = rows, .end = rows + len, .shapes = shapes};
	size_t bound = TRANSPOSE_HEAD;
	unsigned char *out;
	unsigned i;

	if (weir_transpose_survey(t, &w) != 0)
		return 1;
	bound += w.entries + w.verbatim;
	for (i = 0; i < w.ngroups; i++)
		if (w.groups[i].number > 0)
			bound += TRANSPOSE_GROUP + 2 * (size_t)w.groups[i].n + bound_group(&w.groups[i]);
	weir_buf_clear(&t->out);
	weir_buf_need(&t->out, bound + WEIR_TRANSPOSE_PAD);
	out = put_front(t->out.p, &w);
	for (i = 0; i < w.ngroups; i++)
		if (w.groups[i].number > 0)
			out = put_group(out, &w, &w.groups[i]);
	t->out.len = (size_t)(out - t->out.p);
	return t->out.len < len ? 0 : 1;
}
