/*
 * state - what sjoin keeps of two streams in a checkpoint: each row that is kept, behind a record that says whose it is
 *
 * That record's fields are
 *
 *   what     about, input, row (with a record behind it, as it came, to the byte), alone (without: only its key is kept)
 *   side     left, right: of an input, a row
 *   n        of an input: records so far; of a row: its arrival
 *   time     of about: the watermark; of alone: its event time
 *   turn     of about: the first instant that has not had its turn
 *   late, most   of an input: late records, and how late the latest was, in ns
 *   keyed    of a row: whether it has a key
 *   k1, k2, ...   the key
 */
#include "base/civil.h"
#include "base/mem.h"
#include "base/num.h"
#include "sjoin.h"
#include "text/order.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum field { WHAT, SIDE, N, TIME, TURN, LATE, MOST, KEYED, KEYS };

static const char *const fields[] = {"what", "side", "n", "time", "turn", "late", "most", "keyed"};
static const char *const whats[] = {"about", "input", "row", "alone"};
static const char *const sides[] = {"left", "right"};

enum what { ABOUT, INPUT, ROW, ALONE };

struct saver {
	struct sjoin *s;
	struct weir_out *state;
	struct weir_value *v;
	char text[4][WEIR_NUM_TEXT];
};

static void
make_shape(struct sjoin *s)
{
	unsigned n = KEYS + s->cf->nkeys, i;
	struct weir_name *names = weir_mem_alloc(n * sizeof(*names));
	char (*keys)[16] = weir_mem_alloc((s->cf->nkeys + (size_t)1) * sizeof(*keys));

	for (i = 0; i < KEYS; i++)
		names[i] = (struct weir_name){(const unsigned char *)fields[i], (uint32_t)strlen(fields[i])};
	for (; i < n; i++)
		names[i] = (struct weir_name){(unsigned char *)keys[i - KEYS],
		    (uint32_t)snprintf(keys[i - KEYS], sizeof(keys[0]), "k%u", i - KEYS + 1)};
	s->saved = weir_shape_new(WEIR_FORMAT_VALUES, 0, names, n);
	free(keys);
	free(names);
}

static struct weir_value
text(const char *s)
{
	return (struct weir_value){.p = (const unsigned char *)s, .len = (uint32_t)strlen(s), .type = WEIR_STRING};
}

static struct weir_value
number(char buf[WEIR_NUM_TEXT], int64_t n)
{
	return (struct weir_value){.p = (unsigned char *)buf, .type = WEIR_NUMBER,
	    .len = (uint32_t)snprintf(buf, WEIR_NUM_TEXT, "%" PRId64, n)};
}

static struct weir_value
instant(int64_t time)
{
	struct weir_value v = {.type = time == WEIR_TIME_NONE ? WEIR_NULL : WEIR_TIME};

	v.time = time;
	return v;
}

/* Empty values of a record that is to be saved. */
static struct weir_value *
begin(struct saver *sv, enum what what)
{
	unsigned i;

	for (i = 0; i < KEYS + sv->s->cf->nkeys; i++)
		sv->v[i] = (struct weir_value){.type = WEIR_ABSENT};
	sv->v[WHAT] = text(whats[what]);
	return sv->v;
}

static int
put(struct saver *sv)
{
	return weir_out_values(sv->state, sv->s->saved, WEIR_TIME_NONE, sv->v);
}

static int
save_row(void *ctx, const struct weir_row *row)
{
	struct saver *sv = ctx;
	struct weir_value *v = begin(sv, row->shape != NULL ? ROW : ALONE);
	const unsigned char *key;
	struct weir_record rec;
	unsigned i;
	size_t len;

	v[SIDE] = text(sides[row->side]);
	v[N] = number(sv->text[0], (int64_t)row->seq);
	v[TIME] = instant(row->time);
	if ((key = weir_join_key(&sv->s->join, row, &len)) != NULL) {
		v[KEYED] = (struct weir_value){.p = (const unsigned char *)"true", .len = 4, .type = WEIR_TRUE};
		for (i = 0; i < sv->s->cf->nkeys; i++)
			weir_order_open(&key, &v[KEYS + i]);
	}
	if (put(sv) != 0)
		return -1;
	if (row->shape == NULL)
		return 0;
	weir_row_get(row, &rec, &sv->s->damage);
	return weir_out_copy(sv->state, &rec);
}

int
sjoin_state_save(void *self, struct weir_out *state)
{
	struct sjoin *s = self;
	struct saver sv = {.s = s, .state = state};
	struct weir_value *v;
	int side, rc;

	if (s->saved == NULL)
		make_shape(s);
	sv.v = weir_mem_alloc((KEYS + s->cf->nkeys) * sizeof(*sv.v));
	v = begin(&sv, ABOUT);
	v[TIME] = instant(s->join.mark);
	v[TURN] = instant(s->join.turn);
	rc = put(&sv);
	for (side = 0; side < 2 && rc == 0; side++) {
		v = begin(&sv, INPUT);
		v[SIDE] = text(sides[side]);
		v[N] = number(sv.text[0], (int64_t)s->arrived[side]);
		v[LATE] = number(sv.text[1], (int64_t)s->late[side].count);
		v[MOST] = number(sv.text[2], s->late[side].most);
		rc = put(&sv);
	}
	if (rc == 0 && (rc = weir_join_each(&s->join, save_row, &sv)) < 0 && s->spill.failed)
		state->errnum = EIO;
	free(sv.v);
	return rc;
}

/* Which of the words the value is, or -1. */
static int
word(const struct weir_value *v, const char *const *words, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (v->type == WEIR_STRING && v->len == strlen(words[i]) && memcmp(v->p, words[i], v->len) == 0)
			return (int)i;
	return -1;
}

static int
integer(const struct weir_record *rec, enum field f, int64_t *n)
{
	struct weir_value v;

	weir_record_get(rec, f, &v);
	return v.type == WEIR_NUMBER && weir_num_whole(v.p, v.len, n) ? 0 : -1;
}

static int64_t
time_of(const struct weir_record *rec, enum field f)
{
	struct weir_value v;

	weir_record_get(rec, f, &v);
	return v.type == WEIR_TIME ? v.time : WEIR_TIME_NONE;
}

static int
load_input(struct sjoin *s, const struct weir_record *rec, int side)
{
	int64_t n, late;

	if (integer(rec, N, &n) != 0 || integer(rec, LATE, &late) != 0 || integer(rec, MOST, &s->late[side].most) != 0)
		return -1;
	s->arrived[side] = (uint64_t)n;
	s->late[side].count = s->late[side].before = (uint64_t)late;
	return 0;
}

static int
load_row(struct sjoin *s, const struct weir_record *rec, int side, bool alone)
{
	struct sjoin_item *it = &s->loading;
	struct weir_value v;
	struct weir_record row;
	unsigned i;
	int64_t n;

	if (integer(rec, N, &n) != 0)
		return -1;
	*it = (struct sjoin_item){.there = !alone, .side = (uint8_t)side, .seq = (uint64_t)n};
	weir_record_get(rec, KEYED, &v);
	it->keyed = v.type == WEIR_TRUE;
	weir_buf_clear(&s->key);
	for (i = 0; i < s->cf->nkeys; i++) {
		weir_record_get(rec, KEYS + i, &v);
		weir_order_canon(&s->key, &v);
	}
	if (!alone)
		return 0;
	row = *rec;
	row.seq = it->seq;
	row.time = time_of(rec, TIME);
	if (row.time == WEIR_TIME_NONE || !it->keyed)
		return -1;
	weir_join_add(&s->join, (enum weir_join_side)side, &row, s->key.p, s->key.len);
	sjoin_memory_look(s);
	return 0;
}

/* The record of the row that was announced. */
static int
load_record(struct sjoin *s, const struct weir_record *rec)
{
	struct sjoin_item *it = &s->loading;
	struct weir_record row = *rec;

	it->there = false;
	row.seq = it->seq;
	if (row.time == WEIR_TIME_NONE)
		return -1;
	weir_join_add(&s->join, (enum weir_join_side)it->side, &row, it->keyed ? s->key.p : NULL, s->key.len);
	sjoin_memory_look(s);
	return 0;
}

int
sjoin_state_load(void *self, const struct weir_record *rec)
{
	struct sjoin *s = self;
	struct weir_value v;
	int what, side, rc;

	if (s->loading.there)
		return load_record(s, rec);
	if (rec->shape->n != KEYS + s->cf->nkeys)
		return -1;
	weir_record_get(rec, WHAT, &v);
	what = word(&v, whats, 4);
	weir_record_get(rec, SIDE, &v);
	side = word(&v, sides, 2);
	if (what < 0 || (what != ABOUT && side < 0))
		return -1;
	switch (what) {
	case ABOUT:
		s->join.mark = time_of(rec, TIME);
		s->join.turn = time_of(rec, TURN);
		rc = 0;
		break;
	case INPUT: rc = load_input(s, rec, side); break;
	default: rc = load_row(s, rec, side, what == ALONE);
	}
	return *rec->damage ? -1 : rc;
}
