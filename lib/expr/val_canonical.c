/*
 * val_canonical - a value as JSON in one spelling, whatever text it was read from
 *
 * tojson and its kin show a program the spelling; so it may not depend on whether a value is still
 * the record's text. What is too deep is left out as jq leaves it out.
 */
#include "expr/val_object.h"
#include "text/value.h"

#define DEPTH 10000

static void put(struct weir_buf *b, const struct weir_val *v, unsigned depth);

/* Digits are kept; a number that can't be held exactly stays the text it was. */
static void
put_number(struct weir_buf *b, const struct weir_val *v)
{
	char text[WEIR_NUM_TEXT];
	struct weir_num n;

	weir_val_num(v, &n);
	if (n.inexact && v->form == WEIR_VAL_TEXT)
		weir_buf_put(b, v->p, v->len);
	else
		weir_buf_put(b, text, weir_num_format(&n, text));
}

static void
put_string(struct weir_buf *b, const struct weir_val *v)
{
	struct weir_val s = weir_val_ref(v);
	size_t len;
	const unsigned char *p = weir_val_bytes(&s, &len);

	weir_value_quote(b, p, len);
	weir_val_drop(&s);
}

static void
put_members(struct weir_buf *b, const struct weir_val *v, unsigned depth)
{
	struct weir_val all = weir_val_ref(v);
	uint32_t i;

	weir_val_open(&all);
	weir_buf_putc(b, v->kind == WEIR_VAL_ARRAY ? '[' : '{');
	for (i = 0; i < (v->kind == WEIR_VAL_ARRAY ? all.arr->n : all.obj->n); i++) {
		if (i > 0)
			weir_buf_putc(b, ',');
		if (v->kind == WEIR_VAL_ARRAY) {
			put(b, &all.arr->v[i], depth + 1);
			continue;
		}
		put_string(b, &all.obj->m[i].key);
		weir_buf_putc(b, ':');
		put(b, &all.obj->m[i].value, depth + 1);
	}
	weir_buf_putc(b, v->kind == WEIR_VAL_ARRAY ? ']' : '}');
	weir_val_drop(&all);
}

static void
put(struct weir_buf *b, const struct weir_val *v, unsigned depth)
{
	if (depth > DEPTH)
		weir_buf_puts(b, "<skipped: too deep>");
	else if (v->kind == WEIR_VAL_NUMBER)
		put_number(b, v);
	else if (v->kind == WEIR_VAL_STRING)
		put_string(b, v);
	else if (v->kind >= WEIR_VAL_ARRAY)
		put_members(b, v, depth);
	else
		weir_val_json(b, v);
}

void
weir_val_canonical(struct weir_buf *b, const struct weir_val *v)
{
	put(b, v, 0);
}
