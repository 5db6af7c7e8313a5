/*
 * pair_state - what a stage with two inputs keeps of them: their watermarks, and what was read ahead
 *
 * In front of the stage's own records, for the left input and then for the right one, comes a record that says
 *
 *   input      "left" or "right"
 *   watermark  of that input, or null
 *   lower      the watermark that the stage has been told, or null
 *   delay      by which the records that follow imply watermarks, in ns, or null
 *   idle       whether it is
 *   records    how many follow, as they came in: those that were read ahead
 *   more       whether another of this kind follows for this input: a watermark, an idle mark or a change of the delay
 *              lies there between its records
 */
#include "base/civil.h"
#include "base/num.h"
#include "stage/pair_core.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { INPUT, WATERMARK, LOWER, DELAY, IDLE, RECORDS, MORE, FIELDS };

static const struct weir_name names[FIELDS] = {
    {(const unsigned char *)"input", 5},
    {(const unsigned char *)"watermark", 9},
    {(const unsigned char *)"lower", 5},
    {(const unsigned char *)"delay", 5},
    {(const unsigned char *)"idle", 4},
    {(const unsigned char *)"records", 7},
    {(const unsigned char *)"more", 4},
};

/* What such a record says, but for the input. */
struct part {
	int64_t watermark, lower, delay;
	bool idle, more;
	int64_t records;
};

static void
put_time(struct weir_value *v, int64_t time)
{
	v->type = time == INT64_MIN ? WEIR_NULL : WEIR_TIME;
	if (v->type == WEIR_TIME)
		v->time = time;
}

static void
put_number(struct weir_value *v, char text[WEIR_NUM_TEXT], int64_t n)
{
	v->type = WEIR_NUMBER;
	v->p = (unsigned char *)text;
	v->len = (uint32_t)snprintf(text, WEIR_NUM_TEXT, "%" PRId64, n);
}

static int
save_part(struct weir_out *state, struct weir_shape *shape, unsigned side, const struct part *p)
{
	static const char *const sides[] = {"left", "right"};
	char delay[WEIR_NUM_TEXT], records[WEIR_NUM_TEXT];
	struct weir_value v[FIELDS] = {{.type = WEIR_NULL}};

	v[INPUT].type = WEIR_STRING;
	v[INPUT].p = (const unsigned char *)sides[side];
	v[INPUT].len = (uint32_t)strlen(sides[side]);
	put_time(&v[WATERMARK], p->watermark);
	put_time(&v[LOWER], p->lower);
	v[DELAY].type = WEIR_NULL;
	if (p->delay >= 0)
		put_number(&v[DELAY], delay, p->delay);
	v[IDLE].type = p->idle ? WEIR_TRUE : WEIR_FALSE;
	put_number(&v[RECORDS], records, p->records);
	v[MORE].type = p->more ? WEIR_TRUE : WEIR_FALSE;
	return weir_out_values(state, shape, WEIR_TIME_NONE, v);
}

/* The records from `at` on, up to another kind of entry, which is what *rec is then; *more: there is one. */
static int64_t
count_records(struct weir_overflow *q, struct weir_overflow_place at, struct weir_record *rec, bool *more)
{
	int64_t n = 0;

	while ((*more = weir_overflow_next(q, &at, rec) != 0) && (rec->flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_RECORD)
		n++;
	return n;
}

static int
save_input(struct weir_out *state, struct weir_shape *shape, struct weir_pair_in *in, int64_t lower)
{
	struct part p = {.watermark = in->watermark, .lower = lower, .delay = in->delay, .idle = in->idle};
	struct weir_overflow_place at = {0};
	struct weir_record rec = {0}, mark = {0};
	int64_t i;

	do {
		p.records = count_records(&in->queue, at, &mark, &p.more);
		if (save_part(state, shape, in->side, &p) != 0)
			return -1;
		for (i = 0; i < p.records && weir_overflow_next(&in->queue, &at, &rec); i++)
			if (weir_out_copy(state, &rec) != 0)
				return -1;
		if (!p.more)
			break;
		weir_overflow_next(&in->queue, &at, &mark);
		p.idle = (mark.flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_IDLE;
		if ((mark.flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_WATERMARK)
			p.watermark = mark.time;
		if ((mark.flags & WEIR_ENTRY_KIND) == WEIR_BACKLOG_DELAY)
			p.delay = mark.time;
	} while (true);
	return 0;
}

int
weir_pair_save(void *self, struct weir_out *state)
{
	struct weir_pair_loop *l = self;
	struct weir_shape *shape = weir_shape_new(WEIR_FORMAT_VALUES, 0, names, FIELDS);
	int rc = save_input(state, shape, &l->in[0], l->run.watermark);

	if (rc == 0)
		rc = save_input(state, shape, &l->in[1], l->run.watermark);
	if (l->spill != NULL && l->spill->failed)
		rc = -1;
	weir_shape_free(shape);
	return rc == 0 && l->st->on_save != NULL ? l->st->on_save(l->self, state) : rc;
}

static bool
get_time(const struct weir_record *rec, uint32_t i, int64_t *time)
{
	struct weir_value v;

	weir_record_get(rec, i, &v);
	*time = v.type == WEIR_TIME ? v.time : INT64_MIN;
	return v.type == WEIR_TIME || v.type == WEIR_NULL;
}

/* A number that is not negative; -1 in place of null. */
static bool
get_number(const struct weir_record *rec, uint32_t i, int64_t *n)
{
	struct weir_value v;

	weir_record_get(rec, i, &v);
	*n = -1;
	return v.type == WEIR_NULL || (v.type == WEIR_NUMBER && weir_num_whole(v.p, v.len, n) && *n >= 0);
}

static bool
get_flag(const struct weir_record *rec, uint32_t i, bool *flag)
{
	struct weir_value v;

	weir_record_get(rec, i, &v);
	*flag = v.type == WEIR_TRUE;
	return v.type == WEIR_TRUE || v.type == WEIR_FALSE;
}

static int
get_part(const struct weir_record *rec, unsigned side, struct part *p)
{
	struct weir_value v;
	uint32_t i;

	for (i = 0; i < FIELDS; i++)
		if (rec->shape->n != FIELDS || rec->shape->names[i].len != names[i].len ||
		    memcmp(rec->shape->names[i].p, names[i].p, names[i].len) != 0)
			return -1;
	weir_record_get(rec, INPUT, &v);
	if (v.type != WEIR_STRING || v.len != (side == WEIR_PAIR_LEFT ? 4 : 5))
		return -1;
	return get_time(rec, WATERMARK, &p->watermark) && get_time(rec, LOWER, &p->lower) &&
	        get_number(rec, DELAY, &p->delay) && get_flag(rec, IDLE, &p->idle) &&
	        get_number(rec, RECORDS, &p->records) && p->records >= 0 && get_flag(rec, MORE, &p->more) && !*rec->damage
	    ? 0
	    : -1;
}

/* The first part of an input says how it stands; each later one, what lies between its records. */
static void
take_part(struct weir_pair_loop *l, struct weir_pair_in *in, const struct part *p, bool first)
{
	l->to_load = (uint64_t)p->records;
	if (first) {
		in->watermark = p->watermark;
		in->delay = p->delay;
		in->idle = p->idle;
		l->run.watermark = p->lower;
	} else {
		if (p->delay != l->loaded_delay)
			weir_overflow_put_mark(&in->queue, WEIR_BACKLOG_DELAY, p->delay);
		if (p->watermark != l->loaded_mark)
			weir_overflow_put_mark(&in->queue, WEIR_ENTRY_WATERMARK, p->watermark);
		if (p->idle)
			weir_overflow_put_mark(&in->queue, WEIR_ENTRY_IDLE, 0);
	}
	l->loaded_delay = p->delay;
	l->loaded_mark = p->watermark;
	l->more = p->more;
}

int
weir_pair_load(void *self, const struct weir_record *rec)
{
	struct weir_pair_loop *l = self;
	struct weir_record copy = *rec;
	struct weir_pair_in *in;
	struct part p;

	if (l->loading == 2)
		return l->st->on_load != NULL ? l->st->on_load(l->self, rec) : -1;
	in = &l->in[l->loading];
	if (l->to_load > 0) {
		weir_pair_adopt(in, &copy);
		weir_overflow_put(&in->queue, &copy);
		l->to_load--;
	} else {
		if (get_part(rec, l->loading, &p) != 0)
			return -1;
		take_part(l, in, &p, !l->more);
		l->any = true;
	}
	if (l->to_load == 0 && !l->more)
		l->loading++;
	return 0;
}
