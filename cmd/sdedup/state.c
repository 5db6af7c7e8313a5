/*
 * state - what sdedup keeps in a checkpoint
 *
 *   about   the layout (what the rest depends on), the seed of the hashes, counts
 *   keys    many entries at once, in `data`: 8 bytes each, least first, of the hash's halves, the time if there is one
 *   spans   behind the keys or groups, how many were kept in each span of time: its number and the count, 8 bytes each
 *   prints  of --approx: the lines from byte `at` on, in `data`; none of lines that are empty
 *   group   of --which last: the halves of its key's hash in `data`, its first time, how many were folded; and, as
 *           the next record, the one that is kept, as it came
 *
 * Hashes are bytes in a string, not numbers: many millions of them are written as fast as they can be copied.
 */
#include "base/civil.h"
#include "base/num.h"
#include "sdedup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ENTRIES 4096         /* in a record */
#define LINES_BYTES (64 * 1024)

enum field { WHAT, LAYOUT, SEED, AT, FIRST, N, LATE, LATEST, DUPLICATES, UNREMEMBERED, DATA, FIELDS };

static const char *const names[] = {"what", "layout", "seed", "at", "first", "n", "late", "latest", "duplicates", "unremembered",
    "data"};

/* A record on its way out, absent but for what is put. */
struct saved {
	struct weir_out *out;
	struct weir_shape *shape;
	struct weir_value v[FIELDS];
	char text[FIELDS][WEIR_NUM_TEXT];
};

static void
put_text(struct saved *r, enum field f, const void *p, size_t len)
{
	r->v[f] = (struct weir_value){.p = p, .len = (uint32_t)len, .type = WEIR_STRING};
}

static void
put_number(struct saved *r, enum field f, uint64_t n)
{
	r->v[f] = (struct weir_value){.p = (unsigned char *)r->text[f], .type = WEIR_NUMBER,
	    .len = (uint32_t)snprintf(r->text[f], sizeof(r->text[f]), "%" PRIu64, n)};
}

static int
send(struct saved *r, const char *what)
{
	int rc;

	put_text(r, WHAT, what, strlen(what));
	rc = weir_out_values(r->out, r->shape, WEIR_TIME_NONE, r->v);
	memset(r->v, 0, sizeof(r->v));
	return rc != 0 ? -1 : 0;
}

/* What must be the same for the rest to make sense. */
static size_t
layout(const struct sdedup *s, char *text, size_t size)
{
	const struct weir_prints *p = &s->approx.prints;

	if (s->cf->approx != NULL)
		return (size_t)snprintf(text, size, "prints of %u and %u bits, tick %u, reach %" PRIu64 ", %" PRIu64 " bytes", p->width,
		    p->time_bits, s->approx.tick, p->reach, p->memory);
	return (size_t)snprintf(text, size, "%s, within %" PRId64, s->cf->which == SDEDUP_LAST ? "groups" : "keys", s->cf->within);
}

static int
save_about(struct sdedup *s, struct saved *r)
{
	char text[128];

	put_text(r, LAYOUT, text, layout(s, text, sizeof(text)));
	put_number(r, SEED, s->seed);
	put_number(r, LATE, s->late);
	put_number(r, LATEST, (uint64_t)s->latest);
	put_number(r, DUPLICATES, s->duplicates);
	put_number(r, UNREMEMBERED, s->unremembered);
	put_number(r, N, s->approx.prints.n);
	if (s->cf->approx != NULL && s->approx.begun)
		put_number(r, AT, s->approx.prints.base);
	return send(r, "about");
}

static int
send_keys(struct sdedup *s, struct saved *r)
{
	int rc;

	if (s->key.len == 0)
		return 0;
	put_text(r, DATA, s->key.p, s->key.len);
	rc = send(r, "keys");
	weir_buf_clear(&s->key);
	return rc;
}

static int
save_key(struct sdedup *s, struct saved *r, struct weir_hash_pair h, int64_t time)
{
	size_t width = 8 * (2 + (size_t)s->exact.words);
	unsigned char *p = weir_buf_need(&s->key, 24);

	weir_store64(p, h.lo);
	weir_store64(p + 8, h.hi);
	weir_store64(p + 16, (uint64_t)time);
	s->key.len += width;
	return s->key.len < ENTRIES * width ? 0 : send_keys(s, r);
}

static int
save_cold(struct sdedup *s, struct saved *r)
{
	struct weir_dedup_cold_each e;
	struct weir_hash_pair h;
	int64_t time;
	int rc = 0, more = 0;

	weir_dedup_cold_each_init(&e, &s->cold);
	while (rc == 0 && (more = weir_dedup_cold_each_next(&e, &s->cold, &h, &time)) > 0)
		rc = save_key(s, r, h, time);
	weir_dedup_cold_each_release(&e);
	if (more < 0)
		r->out->errnum = EIO;
	return more < 0 ? -1 : rc;
}

static int
save_keys(struct sdedup *s, struct saved *r)
{
	struct weir_dedup_walk at = {0};
	struct weir_hash_pair h;
	int64_t time;
	int rc = 0;

	weir_buf_clear(&s->key);
	while (rc == 0 && weir_dedup_next(&s->exact, &at, &h, &time) > 0)
		rc = save_key(s, r, h, time);
	if (rc == 0 && s->cf->spill != NULL)
		rc = save_cold(s, r);
	return rc == 0 ? send_keys(s, r) : rc;
}

static int
save_spans(struct sdedup *s, struct saved *r)
{
	unsigned i;

	weir_buf_clear(&s->key);
	for (i = 0; i < s->exact.nspans; i++) {
		unsigned char *p = weir_buf_need(&s->key, 16);

		weir_store64(p, (uint64_t)s->exact.spans[i].number);
		weir_store64(p + 8, s->exact.spans[i].n);
		s->key.len += 16;
	}
	if (s->key.len == 0)
		return 0;
	put_text(r, DATA, s->key.p, s->key.len);
	return send(r, "spans");
}

static int
save_prints(struct sdedup *s, struct saved *r)
{
	static const unsigned char zeros[LINES_BYTES];
	const struct weir_prints *p = &s->approx.prints;
	uint64_t at;

	for (at = 0; at < p->memory; at += LINES_BYTES) {
		size_t n = p->memory - at < LINES_BYTES ? (size_t)(p->memory - at) : LINES_BYTES;

		if (memcmp(p->lines + at, zeros, n) == 0)
			continue;
		put_number(r, AT, at);
		put_text(r, DATA, p->lines + at, n);
		if (send(r, "prints") != 0)
			return -1;
	}
	return 0;
}

static int
save_group(struct saved *r, const struct sdedup_group *g)
{
	unsigned char key[16];
	struct weir_record rec;
	bool damage = false;

	weir_store64(key, g->key.lo);
	weir_store64(key + 8, g->key.hi);
	put_text(r, DATA, key, sizeof(key));
	r->v[FIRST] = (struct weir_value){.type = g->first == WEIR_TIME_NONE ? WEIR_NULL : WEIR_TIME};
	r->v[FIRST].time = g->first;
	put_number(r, N, g->folded);
	sdedup_group_get(g, &rec, &damage);
	return send(r, "group") != 0 || weir_out_copy(r->out, &rec) != 0 ? -1 : 0;
}

static int
save_groups(struct sdedup *s, struct saved *r)
{
	struct sdedup_rows rows = {0};
	const struct sdedup_group *g;
	int rc = 0, more = 0;
	size_t i = 0;

	/* Those of one time are in order of arrival, and are added so again. */
	weir_heap_sort(&s->groups);
	while (rc == 0) {
		const struct sdedup_group *mine = i < s->groups.n ? s->groups.items[i].p : NULL;

		if ((more = sdedup_cold_next(s, &rows, 0, true, mine, &g)) <= 0)
			break;
		rc = save_group(r, g);
		i += g == mine;
	}
	sdedup_cold_close(&rows);
	if (more < 0)
		r->out->errnum = EIO;
	return more < 0 ? -1 : rc;
}

int
sdedup_state_save(void *self, struct weir_out *state)
{
	struct weir_name list[FIELDS];
	struct saved r = {.out = state};
	struct sdedup *s = self;
	int rc, i;

	for (i = 0; i < FIELDS; i++)
		list[i] = (struct weir_name){(const unsigned char *)names[i], (uint32_t)strlen(names[i])};
	r.shape = weir_shape_new(WEIR_FORMAT_VALUES, 0, list, FIELDS);
	rc = save_about(s, &r);
	if (rc == 0)
		rc = s->cf->which == SDEDUP_LAST ? save_groups(s, &r) : s->cf->approx != NULL ? save_prints(s, &r) : save_keys(s, &r);
	if (rc == 0)
		rc = save_spans(s, &r);
	weir_shape_free(r.shape);
	return rc;
}

/* A number from 0 up; -1 if it is none. */
static int
take(const struct weir_value *v, uint64_t *n)
{
	uint32_t i;

	if (v->type != WEIR_NUMBER || v->len == 0 || v->len > 20)
		return -1;
	for (*n = 0, i = 0; i < v->len; i++) {
		unsigned d = v->p[i] - (unsigned)'0';

		if (d > 9 || *n > (UINT64_MAX - d) / 10)
			return -1;
		*n = *n * 10 + d;
	}
	return 0;
}

static int
load_about(struct sdedup *s, const struct weir_value *v)
{
	uint64_t latest, n, base;
	char text[128];
	size_t len = layout(s, text, sizeof(text));

	if (v[LAYOUT].type != WEIR_STRING || v[LAYOUT].len != len || memcmp(v[LAYOUT].p, text, len) != 0)
		return -1;
	if (take(&v[SEED], &s->seed) != 0 || take(&v[LATE], &s->late) != 0 || take(&v[LATEST], &latest) != 0 ||
	    take(&v[DUPLICATES], &s->duplicates) != 0 || take(&v[UNREMEMBERED], &s->unremembered) != 0 || take(&v[N], &n) != 0)
		return -1;
	s->latest = (int64_t)latest;
	s->late_before = s->late;
	s->unremembered_before = s->unremembered;
	s->approx.prints.n = n;
	if (s->cf->approx == NULL || v[AT].type == WEIR_ABSENT)
		return 0;
	if (take(&v[AT], &base) != 0)
		return -1;
	weir_dedup_approx_rebase(&s->approx, base);
	return 0;
}

static int
load_keys(struct sdedup *s, const struct weir_value *v)
{
	size_t width = 8 * (2 + (size_t)s->exact.words), at;

	if (v->type != WEIR_STRING || v->len % width != 0 || s->cf->approx != NULL || s->cf->which == SDEDUP_LAST)
		return -1;
	for (at = 0; at < v->len; at += width) {
		struct weir_hash_pair h = {.lo = weir_load64(v->p + at), .hi = weir_load64(v->p + at + 8)};
		int64_t time = s->cf->within < 0 ? 0 : (int64_t)weir_load64(v->p + at + 16);

		weir_dedup_put(&s->exact, h, time, 0);
		sdedup_memory_look(s);
	}
	return 0;
}

static int
load_spans(struct sdedup *s, const struct weir_value *v)
{
	uint32_t at;

	if (v->type != WEIR_STRING || v->len % 16 != 0 || s->cf->within < 0)
		return -1;
	for (at = 0; at < v->len; at += 16)
		weir_dedup_recount(&s->exact, (int64_t)weir_load64(v->p + at), weir_load64(v->p + at + 8));
	return 0;
}

static int
load_group(struct sdedup *s, const struct weir_value *v)
{
	struct weir_hash_pair key;
	int64_t first = v[FIRST].type == WEIR_TIME ? v[FIRST].time : WEIR_TIME_NONE;
	uint64_t folded;

	if (s->cf->which != SDEDUP_LAST || v[DATA].type != WEIR_STRING || v[DATA].len != 16 || take(&v[N], &folded) != 0)
		return -1;
	key.lo = weir_load64(v[DATA].p);
	key.hi = weir_load64(v[DATA].p + 8);
	s->loaded = sdedup_group_new(s, key, first);
	s->loaded->folded = folded;
	weir_dedup_put(&s->exact, key, s->cf->within < 0 ? 0 : first, (uintptr_t)s->loaded);
	return 0;
}

static int
load_prints(struct sdedup *s, const struct weir_value *v)
{
	uint64_t at;

	if (s->cf->approx == NULL || v[DATA].type != WEIR_STRING || take(&v[AT], &at) != 0)
		return -1;
	return weir_prints_load(&s->approx.prints, at, v[DATA].p, v[DATA].len);
}

int
sdedup_state_load(void *self, const struct weir_record *rec)
{
	struct weir_value v[FIELDS];
	struct sdedup *s = self;
	uint32_t i;

	if (s->loaded != NULL) {
		sdedup_group_keep(s, s->loaded, rec);
		s->loaded = NULL;
		sdedup_memory_look(s);
		return 0;
	}
	if (rec->shape->n != FIELDS)
		return -1;
	for (i = 0; i < FIELDS; i++)
		weir_record_get(rec, i, &v[i]);
	if (*rec->damage || v[WHAT].type != WEIR_STRING || v[WHAT].len == 0)
		return -1;
	switch (v[WHAT].p[0]) {
	case 'a': return load_about(s, v);
	case 'k': return load_keys(s, &v[DATA]);
	case 's': return load_spans(s, &v[DATA]);
	case 'g': return load_group(s, v);
	case 'p': return load_prints(s, v);
	default: return -1;
	}
}
