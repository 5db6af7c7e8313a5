/*
 * steps - what is done with a record that has passed
 *
 * A step makes any number of records of one, and each of them goes through the steps behind it
 * before the next is made. The last step's go to f->made, and from there on once it is known that
 * no error came between: a record is good or bad as a whole.
 */
#include "base/say.h"
#include "expr/val_time.h"
#include "frame/header.h"
#include "sfilter.h"

#include <string.h>

/* Of one record, as weir_expr_map has it. */
#define MADE_MAX (64u * 1024 * 1024)

static int apply(struct sfilter *f, unsigned at, const struct weir_record *rec);

/* Where step `at` puts its records. */
static struct weir_batch *
made_by(struct sfilter *f, unsigned at)
{
	return at + 1 == f->nsteps ? &f->made : &f->steps[at].made;
}

static int
bad(struct sfilter *f, const struct sfilter_step *s, const char *why)
{
	weir_buf_clear(&f->why);
	if (s->kind == SFILTER_SET)
		weir_buf_printf(&f->why, "--set %s: ", s->path.text);
	else if (s->kind != SFILTER_MAP)
		weir_buf_printf(&f->why, "%s: ", s->option);
	weir_buf_puts(&f->why, why);
	return -1;
}

/* A copy of the record, with another time. */
static void
copy(struct weir_batch *b, const struct weir_record *rec, int64_t time)
{
	unsigned char *p = weir_batch_room(b, rec->size);

	memcpy(p, rec->p, rec->size);
	weir_store64(p + 8, (uint64_t)time);
	weir_batch_add(b, (struct weir_shape *)(uintptr_t)rec->shape, rec->size);
}

/* Step `at` has put something into its batch: on with it. */
static int
go_on(struct sfilter *f, unsigned at, const struct weir_record *of)
{
	struct weir_batch *b = made_by(f, at);
	struct weir_record rec;
	unsigned i;

	if (b == &f->made)
		return b->bytes.len <= MADE_MAX ? 0 : bad(f, &f->steps[at], "outputs of more than 64 MiB");
	for (i = 0; i < b->n; i++) {
		weir_batch_get(b, i, of, &rec);
		if (apply(f, at + 1, &rec) != 0)
			return -1;
	}
	return 0;
}

static int
set_time(struct sfilter *f, const struct sfilter_step *s, const struct weir_record *rec,
    const struct weir_val *v, struct weir_batch *b)
{
	struct weir_buf text = {0};
	int64_t time;

	if (weir_val_time(v, &time) == 0) {
		copy(b, rec, time);
		return 0;
	}
	weir_buf_puts(&text, "cannot read ");
	weir_val_json(&text, v);
	weir_buf_puts(&text, " as a time");
	bad(f, s, weir_buf_cstr(&text));
	weir_buf_release(&text);
	return -1;
}

/* A --set or --set-time: a record for each output. */
static int
apply_each(struct sfilter *f, unsigned at, const struct weir_record *rec)
{
	struct sfilter_step *s = &f->steps[at];
	struct weir_batch *b = made_by(f, at);
	struct weir_val v;
	int rc;

	weir_expr_start(s->expr, rec);
	while ((rc = weir_expr_next(s->expr, &v)) > 0) {
		if (b != &f->made)
			weir_batch_clear(b);
		if (s->kind == SFILTER_TIME)
			rc = set_time(f, s, rec, &v, b);
		else if ((rc = weir_assign_put(s->assign, rec, &v, b)) != 0)
			bad(f, s, weir_assign_error(s->assign));
		weir_val_drop(&v);
		if (rc != 0 || go_on(f, at, rec) != 0)
			return -1;
	}
	return rc == 0 ? 0 : bad(f, s, weir_expr_error(s->expr));
}

static int
apply_pick(struct sfilter *f, unsigned at, const struct weir_record *rec)
{
	struct sfilter_step *s = &f->steps[at];
	int rc = weir_pick_put(s->pick, rec, made_by(f, at));

	if (rc > 0)
		copy(made_by(f, at), rec, rec->time);
	return rc < 0 ? bad(f, s, "the record would be beyond 15 MiB") : go_on(f, at, rec);
}

static int
apply(struct sfilter *f, unsigned at, const struct weir_record *rec)
{
	struct sfilter_step *s = &f->steps[at];

	if (made_by(f, at) != &f->made)
		weir_batch_clear(&s->made);
	switch (s->kind) {
	case SFILTER_MAP:
		if (weir_expr_map(s->expr, rec, made_by(f, at)) != 0)
			return bad(f, s, weir_expr_error(s->expr));
		return go_on(f, at, rec);
	case SFILTER_PICK: return apply_pick(f, at, rec);
	default: return apply_each(f, at, rec);
	}
}

int
sfilter_apply(struct sfilter *f, const struct weir_record *rec)
{
	weir_batch_clear(&f->made);
	return apply(f, 0, rec);
}
