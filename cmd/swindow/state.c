/*
 * state - what swindow keeps in a checkpoint: slices, sessions, parts, a record for each key of each
 *
 * The fields are what the record is, those of a result, and `n`; the aggregates' are their states in place of
 * their results. So the state prints as the windows do. Slices, which most states are made of, lack the last
 * three fields: swindow stands still while they are written.
 *
 *   about    end: the watermark up to which windows have closed; rev: late records; n: how late the latest was
 *   slice    start, end: its own
 *   window   what was said of a key: rev, changed (as `final`)
 *   session  start, end: the first and the last record's time; rev, changed
 *   part     start, end: of its records; n: how many, of the last part of a key
 *   skip     n: records of the key that no window has
 */
#include "base/civil.h"
#include "base/mem.h"
#include "base/num.h"
#include "state.h"
#include "text/order.h"

#include <stdlib.h>
#include <string.h>

static const char *const whats[] = {"about", "slice", "window", "session", "part", "skip"};
static const uint32_t what_len[] = {5, 5, 6, 7, 4, 4};

static uint32_t
nfields(const struct swindow *s)
{
	return 6 + s->cf->key.n + s->cf->naggs;
}

static void
make_shape(struct swindow *s)
{
	static const char *const ends[] = {"rev", "changed", "n"};
	const struct swindow_conf *cf = s->cf;
	struct weir_name *names = weir_mem_alloc(nfields(s) * sizeof(*names));
	uint32_t n = 2 + cf->key.n + cf->naggs, i;

	names[0] = (struct weir_name){(const unsigned char *)"what", 4};
	for (i = 0; i < n; i++) {
		size_t len;
		const char *name = swindow_conf_field(cf, i, &len);

		names[1 + i] = (struct weir_name){(const unsigned char *)name, (uint32_t)len};
	}
	for (i = 0; i < 3; i++)
		names[1 + n + i] = (struct weir_name){(const unsigned char *)ends[i], (uint32_t)strlen(ends[i])};
	s->saved = weir_shape_new(WEIR_FORMAT_VALUES, 0, names, nfields(s));
	s->slim = weir_shape_new(WEIR_FORMAT_VALUES, 0, names, nfields(s) - 3);
	free(names);
}

static void
put_time(struct weir_value *v, int64_t time)
{
	*v = (struct weir_value){.type = time == WEIR_TIME_NONE ? WEIR_NULL : WEIR_TIME};
	v->time = time;
}

/* The last fields; their digits go into rev and n. */
static void
put_rest(struct weir_value *v, const struct swindow_item *it, char rev[WEIR_NUM_TEXT], char n[WEIR_NUM_TEXT])
{
	struct weir_num num = weir_num_int(it->n);

	v[2] = (struct weir_value){.p = (unsigned char *)n, .type = WEIR_NUMBER, .len = (uint32_t)weir_num_format(&num, n)};
	num.m = (weir_i128)it->rev;
	v[0] = (struct weir_value){.p = (unsigned char *)rev, .type = WEIR_NUMBER, .len = (uint32_t)weir_num_format(&num, rev)};
	v[1] = (struct weir_value){.p = (const unsigned char *)(it->changed ? "true" : "false"),
	    .len = it->changed ? 4 : 5, .type = it->changed ? WEIR_TRUE : WEIR_FALSE};
}

int
swindow_state_put(struct swindow *s, const struct swindow_item *it, struct weir_out *state)
{
	const struct swindow_conf *cf = s->cf;
	const unsigned char *p = it->key;
	struct weir_value *v = s->values;
	char rev[WEIR_NUM_TEXT], n[WEIR_NUM_TEXT];
	unsigned i;

	*v++ = (struct weir_value){.p = (const unsigned char *)whats[it->what], .len = what_len[it->what], .type = WEIR_STRING};
	put_time(v++, it->start);
	put_time(v++, it->end);
	for (i = 0; i < cf->key.n; i++, v++)
		if (p != NULL)
			weir_order_open(&p, v);
		else
			*v = (struct weir_value){.type = WEIR_NULL};
	weir_buf_clear(&s->bytes);
	if (it->cell != NULL)
		weir_agg_save(cf->aggs, cf->naggs, it->cell, v, &s->bytes);
	for (i = 0; i < cf->naggs; i++, v++)
		if (it->states != NULL)
			*v = it->states[i];
		else if (it->cell == NULL)
			*v = (struct weir_value){.type = WEIR_NULL};
	if (it->what == SWINDOW_ITEM_SLICE)
		return weir_out_values(state, s->slim, WEIR_TIME_NONE, s->values);
	put_rest(v, it, rev, n);
	return weir_out_values(state, s->saved, WEIR_TIME_NONE, s->values);
}

static int64_t *
mark_of(struct swindow *s)
{
	switch (s->cf->kind) {
	case SWINDOW_GRID: return &s->slices.mark;
	case SWINDOW_SESSION: return &s->sessions.mark;
	default: return &s->counts.mark;
	}
}

int
swindow_state_put_said(struct swindow *s, int64_t end, const unsigned char *key, const struct weir_window_said *said, struct weir_out *state)
{
	struct swindow_item it = {.what = SWINDOW_ITEM_WINDOW, .start = WEIR_TIME_NONE, .end = end, .key = key, .rev = said->rev,
	    .changed = said->changed};

	return swindow_state_put(s, &it, state);
}

static int
save_books(struct swindow *s, struct weir_out *state)
{
	struct weir_window_books *b = &s->slices.books;
	unsigned i;
	uint32_t j;
	int rc = 0;

	for (i = 0; i < b->n; i++)
		for (j = 0; rc == 0 && j < b->v[i]->table.n; j++) {
			struct weir_table_entry *e = weir_table_entry(&b->v[i]->table, j);

			rc = swindow_state_put_said(s, b->v[i]->end, e->key, weir_table_cell(e), state);
		}
	return rc == 0 && b->disk != NULL ? swindow_state_cold_books(s, state) : rc;
}

static int
save_slices(struct swindow *s, struct weir_out *state)
{
	const struct weir_window_slices *w = &s->slices;
	unsigned i;
	uint32_t j;
	int rc = 0;

	for (i = 0; i < w->n; i++)
		for (j = 0; rc == 0 && j < w->open[i]->table.n; j++) {
			struct weir_table_entry *e = weir_table_entry(&w->open[i]->table, j);
			struct swindow_item it = {.what = SWINDOW_ITEM_SLICE, .start = w->open[i]->place.start, .end = w->open[i]->place.end,
			    .key = e->key, .cell = weir_table_cell(e)};

			rc = swindow_state_put(s, &it, state);
		}
	if (rc == 0 && w->cold != NULL)
		rc = swindow_state_cold_slices(s, state);
	return rc == 0 ? save_books(s, state) : rc;
}

static int
save_sessions(struct swindow *s, struct weir_out *state)
{
	const struct weir_window_sessions *w = &s->sessions;
	struct weir_window_session *one;
	struct weir_node *node = NULL;
	int rc = 0;

	while ((node = weir_nodes_next(&w->nodes, node)) != NULL)
		for (one = weir_window_session_first(node); rc == 0 && one != NULL; one = one->next) {
			const struct weir_window_session_past *past = weir_window_session_past(w, one);
			struct swindow_item it = {.what = SWINDOW_ITEM_SESSION, .start = one->start, .end = one->last,
			    .cell = weir_window_session_cell(one), .key = weir_node_key(&w->nodes, node)};

			if (past != NULL) {
				it.rev = past->said.rev;
				it.changed = past->said.changed;
			}
			rc = swindow_state_put(s, &it, state);
		}
	return rc == 0 && w->keep != NULL ? swindow_state_cold_sessions(s, state) : rc;
}

static int
save_counts(struct swindow *s, struct weir_out *state)
{
	const struct weir_window_counts *w = &s->counts;
	struct weir_node *node = NULL;
	uint32_t i;
	int rc = 0;

	while (rc == 0 && (node = weir_nodes_next(&w->nodes, node)) != NULL) {
		struct weir_window_counter *c = weir_node_bytes(node);
		struct swindow_item it = {.what = SWINDOW_ITEM_SKIP, .start = WEIR_TIME_NONE, .end = WEIR_TIME_NONE, .n = (int64_t)c->skip,
		    .key = weir_node_key(&w->nodes, node)};

		if (c->skip > 0)
			rc = swindow_state_put(s, &it, state);
		for (i = 0; rc == 0 && i < c->n; i++) {
			struct weir_window_part *p = weir_window_counter_part(w, c, i);

			it.what = SWINDOW_ITEM_PART;
			it.start = p->first;
			it.end = p->last;
			it.cell = weir_window_part_cell(p);
			it.n = i + 1 == c->n ? c->fill : 0;
			it.rev = c->said.rev;
			it.changed = c->said.changed;
			rc = swindow_state_put(s, &it, state);
		}
	}
	return rc == 0 && w->keep != NULL ? swindow_state_cold_counts(s, state) : rc;
}

int
swindow_state_save(void *self, struct weir_out *state)
{
	struct swindow *s = self;
	struct swindow_item about = {.what = SWINDOW_ITEM_ABOUT, .start = WEIR_TIME_NONE, .end = *mark_of(s), .rev = s->late.count, .n = s->late.most};

	if (s->saved == NULL)
		make_shape(s);
	if (swindow_state_put(s, &about, state) != 0)
		return -1;
	switch (s->cf->kind) {
	case SWINDOW_GRID: return save_slices(s, state);
	case SWINDOW_SESSION: return save_sessions(s, state);
	default: return save_counts(s, state);
	}
}

static int
read_item(struct swindow *s, const struct weir_record *rec, struct swindow_item *it)
{
	const struct swindow_conf *cf = s->cf;
	struct weir_value *v = s->values;
	int64_t rev;
	uint32_t i;

	if (rec->shape->n != nfields(s) && rec->shape->n != nfields(s) - 3)
		return -1;
	for (i = 0; i < rec->shape->n; i++)
		weir_record_get(rec, i, &v[i]);
	for (i = 0; i <= SWINDOW_ITEM_SKIP && (what_len[i] != v[0].len || memcmp(whats[i], v[0].p, v[0].len) != 0); i++)
		;
	if (v[0].type != WEIR_STRING || i > SWINDOW_ITEM_SKIP || (i == SWINDOW_ITEM_SLICE) != (rec->shape->n < nfields(s)))
		return -1;
	it->what = (enum swindow_item_what)i;
	it->start = v[1].type == WEIR_TIME ? v[1].time : WEIR_TIME_NONE;
	it->end = v[2].type == WEIR_TIME ? v[2].time : WEIR_TIME_NONE;
	weir_buf_clear(&s->key);
	for (i = 0; i < cf->key.n; i++)
		weir_order_canon(&s->key, &v[3 + i]);
	*it = (struct swindow_item){.what = it->what, .start = it->start, .end = it->end};
	if (it->what == SWINDOW_ITEM_SLICE)
		return *rec->damage ? -1 : 0;
	v += 3 + cf->key.n + cf->naggs;
	if (v[0].type != WEIR_NUMBER || !weir_num_whole(v[0].p, v[0].len, &rev) || v[2].type != WEIR_NUMBER ||
	    !weir_num_whole(v[2].p, v[2].len, &it->n))
		return -1;
	it->rev = (uint64_t)rev;
	it->changed = v[1].type == WEIR_TRUE;
	return *rec->damage ? -1 : 0;
}

static int
load_slice(struct swindow *s, const struct swindow_item *it, void **cell)
{
	struct weir_window_place place;
	struct weir_window_slice *slice;
	bool made;

	if (it->start == WEIR_TIME_NONE || (slice = weir_window_slices_at(&s->slices, it->start, &place)) == NULL ||
	    place.start != it->start || place.end != it->end)
		return -1;
	*cell = weir_table_put(&slice->table, s->key.p, s->key.len, &made);
	return made ? 0 : -1;
}

static int
load_said(struct swindow *s, const struct swindow_item *it)
{
	const struct weir_window_said said = {.rev = (uint32_t)it->rev, .changed = it->changed};

	if (it->end == WEIR_TIME_NONE)
		return -1;
	weir_window_slices_restore(&s->slices, it->end, s->key.p, s->key.len, &said);
	return 0;
}

static int
load_session(struct swindow *s, const struct swindow_item *it, void **cell)
{
	struct weir_window_session *one;
	struct weir_window_session_past *past;

	if (it->start == WEIR_TIME_NONE || it->end < it->start)
		return -1;
	one = weir_window_sessions_restore(&s->sessions, it->start, it->end, s->key.p, s->key.len);
	if ((past = weir_window_session_past(&s->sessions, one)) != NULL) {
		past->said.rev = (uint32_t)it->rev;
		past->said.changed = it->changed;
		s->sessions.changed += it->changed;
	}
	*cell = weir_window_session_cell(one);
	return 0;
}

static int
load_part(struct swindow *s, const struct swindow_item *it, void **cell)
{
	struct weir_window_counter *c = weir_node_bytes(
	    weir_window_counts_key(&s->counts, s->key.p, s->key.len, weir_nodes_hash(s->key.p, s->key.len)));
	struct weir_window_part *p;

	if (it->what == SWINDOW_ITEM_SKIP) {
		c->skip = (uint64_t)it->n;
		return 0;
	}
	p = weir_window_counter_add(&s->counts, c);
	p->first = it->start;
	p->last = it->end;
	c->fill = (uint32_t)it->n;
	c->said.rev = (uint32_t)it->rev;
	s->counts.changed += it->changed && !c->said.changed;
	c->said.changed = it->changed;
	*cell = weir_window_part_cell(p);
	return 0;
}

int
swindow_state_load(void *self, const struct weir_record *rec)
{
	struct swindow *s = self;
	const struct swindow_conf *cf = s->cf;
	void *cell = NULL;
	struct swindow_item it;
	int rc;

	if (read_item(s, rec, &it) != 0)
		return -1;
	swindow_memory_loaded(s);
	switch (it.what) {
	case SWINDOW_ITEM_ABOUT:
		s->late.count = s->late.before = it.rev;
		s->late.most = it.n;
		*mark_of(s) = it.end;
		if (cf->kind == SWINDOW_GRID)
			weir_window_slices_mark(&s->slices, it.end);
		return 0;
	case SWINDOW_ITEM_SLICE: rc = cf->kind == SWINDOW_GRID ? load_slice(s, &it, &cell) : -1; break;
	case SWINDOW_ITEM_WINDOW: rc = cf->kind == SWINDOW_GRID ? load_said(s, &it) : -1; break;
	case SWINDOW_ITEM_SESSION: rc = cf->kind == SWINDOW_SESSION ? load_session(s, &it, &cell) : -1; break;
	default: rc = cf->kind >= SWINDOW_COUNT ? load_part(s, &it, &cell) : -1;
	}
	return rc != 0 || cell == NULL ? rc : weir_agg_load(cf->aggs, cf->naggs, cell, &s->values[3 + cf->key.n]);
}
