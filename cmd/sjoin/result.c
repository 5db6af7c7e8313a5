/*
 * result - records of both sides as one: left's fields, the computed keys, right's
 *
 * A right field whose name is taken gets the prefix; with --type right and full all of them do, so that names
 * don't depend on a match. The key stands there once, under left's name: also where there is no left record. What becomes of two
 * shapes is worked out once and kept.
 */
#include "base/mem.h"
#include "base/scan.h"
#include "sjoin.h"
#include "text/json.h"
#include "text/order.h"

#include <stdlib.h>
#include <string.h>

/* A plan in the making. */
struct draft {
	struct draft_field {
		size_t at;           /* of the name, in text */
		uint32_t len;
		struct weir_splice_field of;
	} *v;
	uint32_t n, cap;
	struct weir_buf text;
};

static void
add(struct draft *d, const void *name, size_t len, unsigned from, uint32_t i)
{
	if (d->n == d->cap) {
		d->cap = d->cap == 0 ? 16 : 2 * d->cap;
		d->v = weir_mem_realloc(d->v, d->cap, sizeof(*d->v));
	}
	d->v[d->n++] = (struct draft_field){d->text.len, (uint32_t)len, {from, i}};
	weir_buf_put(&d->text, name, len);
}

static bool
is_taken(const struct draft *d, const void *name, size_t len)
{
	uint32_t i;

	for (i = 0; i < d->n; i++)
		if (d->v[i].len == len && memcmp(d->text.p + d->v[i].at, name, len) == 0)
			return true;
	return false;
}

static bool
prefixes_all(const struct sjoin_conf *cf)
{
	return cf->type == WEIR_JOIN_RIGHT || cf->type == WEIR_JOIN_FULL;
}

/* Whether the key is a field. */
static bool
is_field(const struct weir_key *k)
{
	return k->expr == NULL && k->path.n == 1;
}

bool
sjoin_result_is_key(const struct sjoin_conf *cf, const struct weir_name *name)
{
	unsigned i;

	for (i = 0; i < cf->nkeys; i++) {
		const struct weir_key *l = &cf->keys[WEIR_JOIN_L].v[i], *r = &cf->keys[WEIR_JOIN_R].v[i];

		if (is_field(r) && (is_field(l) || !prefixes_all(cf)) && r->name.len == name->len &&
		    memcmp(r->name.p, name->p, name->len) == 0)
			return true;
	}
	return false;
}

/* The keys that are in no record under their name: computed ones; and, of a right record alone, those that are left's
 * fields. */
static void
add_keys(const struct sjoin_conf *cf, struct draft *d, bool left)
{
	unsigned i;

	for (i = 0; i < cf->nkeys; i++) {
		const struct weir_key *k = &cf->keys[WEIR_JOIN_L].v[i];

		if (k->expr == NULL && (left || !is_field(k)))
			continue;
		if (!is_taken(d, k->name.p, k->name.len))
			add(d, k->name.p, k->name.len, SJOIN_KEY, i);
	}
}

/* With as many prefixes as it takes to be no one else's name. */
static void
add_prefixed(const struct sjoin_conf *cf, struct draft *d, const struct weir_name *name, uint32_t i)
{
	struct weir_buf b = {0};
	unsigned times, k;

	for (times = 1; times == 1 || is_taken(d, b.p, b.len); times++) {
		weir_buf_clear(&b);
		for (k = 0; k < times; k++)
			weir_buf_puts(&b, cf->prefix);
		weir_buf_put(&b, name->p, name->len);
	}
	add(d, b.p, b.len, WEIR_JOIN_R, i);
	weir_buf_release(&b);
}

static void
add_right(const struct sjoin_conf *cf, struct draft *d, const struct weir_shape *r)
{
	uint32_t i;

	for (i = 0; i < r->n; i++) {
		const struct weir_name *name = &r->names[i];

		if (sjoin_result_is_key(cf, name))
			continue;
		if (prefixes_all(cf) || is_taken(d, name->p, name->len))
			add_prefixed(cf, d, name, i);
		else
			add(d, name->p, name->len, WEIR_JOIN_R, i);
	}
}

/* A shape of these names: one that was made before, if it is still known. */
static struct weir_shape *
shape_of(struct sjoin_result *res, const struct weir_name *names, uint32_t n)
{
	struct weir_shape **place;
	unsigned i;
	uint32_t k;

	for (i = 0; i < SJOIN_PLANS && res->made[i] != NULL; i++) {
		const struct weir_shape *s = res->made[i];

		for (k = 0; s->n == n && k < n; k++)
			if (s->names[k].len != names[k].len || memcmp(s->names[k].p, names[k].p, names[k].len) != 0)
				break;
		if (s->n == n && k == n)
			return weir_shape_ref(res->made[i]);
	}
	place = &res->made[res->nmade++ % SJOIN_PLANS];
	weir_shape_free(*place);
	*place = weir_shape_new(WEIR_FORMAT_VALUES, 0, names, n);
	return weir_shape_ref(*place);
}

static void
settle(struct sjoin_result *res, const struct draft *d, struct sjoin_plan *plan, bool both)
{
	struct weir_name *names = weir_mem_alloc((d->n + (size_t)1) * sizeof(*names));
	uint32_t i;

	plan->spliced = both;
	plan->fields = weir_mem_realloc(plan->fields, d->n + (size_t)1, sizeof(*plan->fields));
	for (i = 0; i < d->n; i++) {
		names[i] = (struct weir_name){d->text.p + d->v[i].at, d->v[i].len};
		plan->fields[i] = d->v[i].of;
		plan->spliced &= d->v[i].of.from != SJOIN_KEY;
	}
	weir_shape_free(plan->shape);
	plan->shape = shape_of(res, names, d->n);
	free(names);
	if (d->n > res->cap) {
		res->cap = d->n;
		res->values = weir_mem_realloc(res->values, d->n, sizeof(*res->values));
	}
}

static void
make_plan(struct sjoin *s, struct sjoin_plan *plan, const struct weir_shape *l, const struct weir_shape *r)
{
	struct draft d = {0};
	uint32_t i;

	/* A name may be empty. */
	weir_buf_need(&d.text, 1);
	for (i = 0; l != NULL && i < l->n; i++)
		add(&d, l->names[i].p, l->names[i].len, WEIR_JOIN_L, i);
	add_keys(s->cf, &d, l != NULL);
	if (r != NULL)
		add_right(s->cf, &d, r);
	settle(&s->result, &d, plan, l != NULL && r != NULL);
	plan->serial[WEIR_JOIN_L] = l != NULL ? l->serial : 0;
	plan->serial[WEIR_JOIN_R] = r != NULL ? r->serial : 0;
	free(d.v);
	weir_buf_release(&d.text);
}

static inline struct sjoin_plan *
plan_of(struct sjoin *s, const struct weir_record *l, const struct weir_record *r)
{
	const struct weir_shape *of[2] = {l != NULL ? l->shape : NULL, r != NULL ? r->shape : NULL};
	uint64_t x = of[0] != NULL ? of[0]->serial : 0, y = of[1] != NULL ? of[1]->serial : 0;
	struct sjoin_plan *plan = &s->result.plans[(x * 31 + y) % SJOIN_PLANS];

	if (plan->shape == NULL || plan->serial[0] != x || plan->serial[1] != y)
		make_plan(s, plan, of[0], of[1]);
	return plan;
}

/* The value of key i: right's, if there is no left record and it is a path; else out of the canonical bytes. */
static void
key_value(struct sjoin *s, uint32_t i, const struct weir_record *r, const unsigned char *key, struct weir_value *v)
{
	struct weir_key *k = &s->cf->keys[WEIR_JOIN_R].v[i];

	*v = (struct weir_value){.type = WEIR_NULL};
	if (k->expr == NULL)
		weir_path_get(&k->path, r, v);
	else if (key != NULL)
		for (i++; i > 0; i--)
			weir_order_open(&key, v);
}

/* The record's JSON as a value: the text stays in b. */
static void
nest(struct sjoin_result *res, const struct weir_record *rec, struct weir_buf *b, struct weir_value *v)
{
	struct weir_emit_conf json = {.format = WEIR_EMIT_JSON};
	struct weir_json_fault fault;
	const char *why;

	*v = (struct weir_value){.type = WEIR_ABSENT};
	if (rec == NULL)
		return;
	if (res->json == NULL)
		res->json = weir_emit_new(&json);
	weir_buf_clear(b);
	weir_emit_record(res->json, rec, b, &why);
	memset(weir_buf_need(b, WEIR_SCAN_PAD), 0, WEIR_SCAN_PAD);
	weir_json_read(b->p, b->p + b->len - 1, v, &fault);
}

static int
put_nested(struct sjoin *s, int64_t time, const struct weir_record *l, const struct weir_record *r, struct weir_out *out)
{
	static const struct weir_name names[] = {{(const unsigned char *)"left", 4}, {(const unsigned char *)"right", 5}};
	struct sjoin_result *res = &s->result;
	struct weir_value v[2];

	if (res->plans[0].shape == NULL)
		res->plans[0].shape = weir_shape_new(WEIR_FORMAT_VALUES, 0, names, 2);
	nest(res, l, &res->text[0], &v[0]);
	nest(res, r, &res->text[1], &v[1]);
	return weir_out_values(out, res->plans[0].shape, time, v);
}

int
sjoin_result_put(struct sjoin *s, int64_t time, const struct weir_record *l, const struct weir_record *r,
    const unsigned char *key, struct weir_out *out)
{
	struct sjoin_plan *plan;
	struct weir_value *v;
	uint32_t i;
	int rc;

	if (s->cf->nest)
		return put_nested(s, time, l, r, out);
	plan = plan_of(s, l, r);
	if (plan->spliced && (rc = weir_splice_put(out, plan->shape, time, plan->fields, l, r)) <= 0)
		return rc;
	v = s->result.values;
	for (i = 0; i < plan->shape->n; i++) {
		const struct weir_splice_field *f = &plan->fields[i];

		if (f->from == SJOIN_KEY)
			key_value(s, f->i, r, key, &v[i]);
		else
			weir_record_get(f->from == WEIR_JOIN_L ? l : r, f->i, &v[i]);
	}
	return weir_out_values(out, plan->shape, time, v);
}

void
sjoin_result_release(struct sjoin_result *r)
{
	unsigned i;

	for (i = 0; i < SJOIN_PLANS; i++) {
		weir_shape_free(r->plans[i].shape);
		weir_shape_free(r->made[i]);
		free(r->plans[i].fields);
	}
	free(r->values);
	if (r->json != NULL)
		weir_emit_free(r->json);
	weir_buf_release(&r->text[0]);
	weir_buf_release(&r->text[1]);
}
