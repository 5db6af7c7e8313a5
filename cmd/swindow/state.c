/*
 * state - what swindow keeps in a checkpoint: its open windows, a record for each key of each
 *
 * The fields are those of a result, the aggregates' with their states in place of their results; so the
 * state prints as the windows do. A record of its own holds what is about all of them.
 */
#include "base/civil.h"
#include "base/mem.h"
#include "base/num.h"
#include "swindow.h"
#include "text/order.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "closed": all windows up to here have been; "late": records so far; "most": how late the latest one was. */
static const struct weir_name about[] = {
	{(const unsigned char *)"closed", 6},
	{(const unsigned char *)"late", 4},
	{(const unsigned char *)"most", 4},
};

static int
save_about(const struct swindow *s, struct weir_out *state)
{
	struct weir_shape *shape = weir_shape_new(WEIR_FORMAT_VALUES, 0, about, 3);
	char late[WEIR_NUM_TEXT], most[WEIR_NUM_TEXT];
	struct weir_value v[3] = {{.type = WEIR_NULL},
	    {.p = (unsigned char *)late, .len = (uint32_t)snprintf(late, sizeof(late), "%" PRIu64, s->late.count),
	        .type = WEIR_NUMBER},
	    {.p = (unsigned char *)most, .len = (uint32_t)snprintf(most, sizeof(most), "%" PRId64, s->late.most),
	        .type = WEIR_NUMBER}};
	int rc;

	if (s->windows.closed != INT64_MIN) {
		v[0].type = WEIR_TIME;
		v[0].time = s->windows.closed;
	}
	rc = weir_out_values(state, shape, WEIR_TIME_NONE, v);
	weir_shape_free(shape);
	return rc;
}

static int
save_entry(struct swindow *s, const struct weir_window *w, struct weir_table_entry *e,
    struct weir_out *state)
{
	const struct swindow_conf *cf = s->cf;
	const unsigned char *p = e->key;
	unsigned i;

	s->values[0].type = s->values[1].type = WEIR_TIME;
	s->values[0].time = w->start;
	s->values[1].time = w->end;
	for (i = 0; i < cf->nkeys; i++)
		weir_order_open(&p, &s->values[2 + i]);
	weir_buf_clear(&s->bytes);
	weir_agg_save(cf->aggs, cf->naggs, weir_table_cell(e), &s->values[2 + cf->nkeys], &s->bytes);
	return weir_out_values(state, s->shape, w->end - 1, s->values);
}

int
swindow_state_save(void *self, struct weir_out *state)
{
	struct swindow *s = self;
	unsigned i;
	uint32_t j;

	if (save_about(s, state) != 0)
		return -1;
	for (i = 0; i < s->windows.n; i++)
		for (j = 0; j < s->windows.open[i]->table.n; j++)
			if (save_entry(s, s->windows.open[i], weir_table_entry(&s->windows.open[i]->table, j), state) != 0)
				return -1;
	return 0;
}

static int
load_about(struct swindow *s, const struct weir_record *rec)
{
	struct weir_value v;
	int64_t n;

	weir_record_get(rec, 0, &v);
	if (v.type == WEIR_TIME)
		s->windows.closed = v.time;
	weir_record_get(rec, 1, &v);
	if (v.type != WEIR_NUMBER || !weir_num_small(v.p, v.len, &n))
		return -1;
	s->late.count = (uint64_t)n;
	weir_record_get(rec, 2, &v);
	if (v.type != WEIR_NUMBER || !weir_num_small(v.p, v.len, &s->late.most))
		return -1;
	return 0;
}

int
swindow_state_load(void *self, const struct weir_record *rec)
{
	struct swindow *s = self;
	const struct swindow_conf *cf = s->cf;
	struct weir_window *w;
	int64_t start, end;
	unsigned char *cell;
	unsigned i;
	bool made;

	if (rec->shape->n == 3 && weir_shape_find(rec->shape, "closed", 6) == 0)
		return load_about(s, rec);
	if (rec->shape->n != s->shape->n)
		return -1;
	for (i = 0; i < s->shape->n; i++)
		weir_record_get(rec, i, &s->values[i]);
	if (s->values[0].type != WEIR_TIME)
		return -1;
	w = weir_windows_at(&s->windows, s->values[0].time, INT64_MIN, &start, &end);
	if (w == NULL || start != s->values[0].time)
		return -1;
	weir_buf_clear(&s->key);
	for (i = 0; i < cf->nkeys; i++)
		weir_order_canon(&s->key, &s->values[2 + i]);
	cell = weir_table_put(&w->table, s->key.p, s->key.len, &made);
	return made && *rec->damage == false ? weir_agg_load(cf->aggs, cf->naggs, cell, &s->values[2 + cf->nkeys]) : -1;
}
