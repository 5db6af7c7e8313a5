/*
 * assign - see assign.h
 */
#include "expr/assign.h"
#include "base/mem.h"
#include "expr/arith.h"
#include "frame/derive.h"
#include "frame/header.h"
#include "text/json_core.h"

#include <stdlib.h>

struct weir_assign {
	const struct weir_path *path;
	struct weir_derive shapes;
	struct weir_value *values;
	uint32_t cap;
	struct weir_buf text, why;
};

/* tag: 1 of the field that is set. */
static uint32_t
make_shape(void *self, const struct weir_shape *from, struct weir_name *names, uint32_t *field,
    uint32_t *tag)
{
	const struct weir_path_step *s = &((struct weir_assign *)self)->path->steps[0];
	int at = weir_shape_find(from, s->name, s->len);
	uint32_t i, n = from->n;

	for (i = 0; i < n; i++) {
		names[i] = from->names[i];
		field[i] = i;
	}
	if (at < 0) {
		names[n] = (struct weir_name){s->name, s->len};
		field[n++] = WEIR_DERIVE_NEW;
	}
	tag[at < 0 ? n - 1 : (uint32_t)at] = 1;
	return n;
}

struct weir_assign *
weir_assign_new(const struct weir_path *path)
{
	struct weir_assign *a = weir_mem_zalloc(1, sizeof(*a));

	a->path = path;
	weir_derive_init(&a->shapes, make_shape, a);
	return a;
}

void
weir_assign_free(struct weir_assign *a)
{
	if (a == NULL)
		return;
	weir_derive_release(&a->shapes);
	weir_buf_release(&a->text);
	weir_buf_release(&a->why);
	free(a->values);
	free(a);
}

const char *
weir_assign_error(struct weir_assign *a)
{
	return weir_buf_cstr(&a->why);
}

/* Puts v into what lies at the steps from `at` on; what was there is replaced. */
static int
put_deep(struct weir_assign *a, unsigned at, struct weir_val *object, const struct weir_val *v)
{
	const struct weir_path_step *s = &a->path->steps[at];
	struct weir_val key = weir_val_text(WEIR_VAL_STRING, s->name, s->len), member;

	if (weir_arith_index(object, &key, &member, &a->why) != 0)
		return -1;
	if (at + 1 == a->path->n) {
		weir_val_drop(&member);
		member = weir_val_ref(v);
	} else if (put_deep(a, at + 1, &member, v) != 0) {
		weir_val_drop(&member);
		return -1;
	}
	if (object->kind == WEIR_VAL_NULL)
		*object = weir_val_object();
	weir_val_set(object, key, member);
	return 0;
}

/* An array or object as a field: written, and read to know that it isn't nested too deeply. */
static int
put_nested(struct weir_assign *a, const struct weir_val *v, struct weir_value *field)
{
	struct weir_json_fault fault;

	weir_buf_clear(&a->text);
	weir_val_json(&a->text, v);
	memset(weir_buf_need(&a->text, WEIR_SCAN_PAD), 0, WEIR_SCAN_PAD);
	if (weir_json_core_value(a->text.p, a->text.p + a->text.len, 1, field, &fault) != NULL)
		return 0;
	weir_buf_puts(&a->why, fault.what);
	return -1;
}

/* A value as a field. Its text is borrowed, or put into a->text. */
static int
put_value(struct weir_assign *a, const struct weir_val *v, struct weir_value *field)
{
	static const uint8_t types[] = {[WEIR_VAL_NULL] = WEIR_NULL, [WEIR_VAL_FALSE] = WEIR_FALSE,
	    [WEIR_VAL_TRUE] = WEIR_TRUE, [WEIR_VAL_NUMBER] = WEIR_NUMBER, [WEIR_VAL_STRING] = WEIR_STRING};
	struct weir_val s;
	size_t len;

	if (v->kind >= WEIR_VAL_ARRAY)
		return put_nested(a, v, field);
	*field = (struct weir_value){.type = types[v->kind]};
	if (v->form == WEIR_VAL_TEXT || v->form == WEIR_VAL_ESCAPED) {
		field->p = v->p;
		field->len = v->len;
		if (v->form == WEIR_VAL_ESCAPED)
			field->type = WEIR_STRING_JSON;
	} else if (v->kind == WEIR_VAL_STRING) {
		s = *v;                         /* HELD: neither kept nor changed */
		field->p = weir_val_bytes(&s, &len);
		field->len = (uint32_t)len;
	} else if (v->kind == WEIR_VAL_NUMBER) {
		weir_buf_clear(&a->text);
		weir_val_json(&a->text, v);
		field->p = a->text.p;
		field->len = (uint32_t)a->text.len;
		if (field->p[0] == 'n')
			field->type = WEIR_NULL;        /* NaN */
	}
	return 0;
}

/* The value of the field that is set. */
static int
set_field(struct weir_assign *a, const struct weir_val *v, struct weir_value *field)
{
	struct weir_val deep;
	int rc;

	if (a->path->n == 1)
		return put_value(a, v, field);
	deep = weir_val_from(field);
	rc = put_deep(a, 1, &deep, v);
	if (rc == 0)
		rc = put_nested(a, &deep, field);
	weir_val_drop(&deep);
	return rc;
}

int
weir_assign_put(struct weir_assign *a, const struct weir_record *r, const struct weir_val *v,
    struct weir_batch *b)
{
	const struct weir_derived *d = weir_derive_get(&a->shapes, r->shape);
	uint32_t i, n = d->shape->n;
	size_t bytes;

	if (a->cap < n) {
		a->cap = n;
		a->values = weir_mem_realloc(a->values, n, sizeof(*a->values));
	}
	weir_buf_clear(&a->why);
	for (i = 0; i < n; i++) {
		if (d->field[i] != WEIR_DERIVE_NEW)
			weir_record_get(r, d->field[i], &a->values[i]);
		else
			a->values[i] = (struct weir_value){.type = WEIR_ABSENT};
		if (d->tag[i] > 0 && set_field(a, v, &a->values[i]) != 0)
			return -1;
	}
	bytes = weir_record_weigh(a->values, n);
	if (weir_record_bound(n, 0, bytes) > WEIR_RECORD_MAX) {
		weir_buf_puts(&a->why, "the record would be beyond 15 MiB");
		return -1;
	}
	weir_batch_add(b, d->shape,
	    weir_record_encode_values(weir_batch_room(b, weir_record_bound(n, 0, bytes)), d->shape->id, n,
	        r->time, a->values, bytes));
	return 0;
}
