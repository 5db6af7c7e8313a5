/*
 * arith_describe - a value as jq shows it in messages: decoded, in jq's own spelling,
 * and cut after a few bytes, beyond which it isn't looked at
 */
#include "base/utf8.h"
#include "expr/arith.h"
#include "text/value.h"

#define WHOLE 29            /* what is no longer than this is not cut */

static void spell(struct weir_buf *b, const struct weir_val *v);

static void
spell_number(struct weir_buf *b, const struct weir_val *v)
{
	char text[WEIR_NUM_TEXT];
	struct weir_num n;

	weir_val_num(v, &n);
	weir_num_trim(&n);
	weir_buf_put(b, text, weir_num_format(&n, text));
}

static void
spell_members(struct weir_buf *b, const struct weir_val *v)
{
	bool array = v->kind == WEIR_VAL_ARRAY;
	uint32_t n = array ? v->arr->n : v->obj->n, i;

	weir_buf_putc(b, array ? '[' : '{');
	for (i = 0; i < n && b->len <= WHOLE; i++) {
		if (i > 0)
			weir_buf_putc(b, ',');
		if (!array) {
			spell(b, &v->obj->m[i].key);
			weir_buf_putc(b, ':');
		}
		spell(b, array ? &v->arr->v[i] : &v->obj->m[i].value);
	}
	weir_buf_putc(b, array ? ']' : '}');
}

static void
spell(struct weir_buf *b, const struct weir_val *v)
{
	struct weir_val own = weir_val_ref(v);
	const unsigned char *p;
	size_t len;

	if (v->kind == WEIR_VAL_STRING) {
		p = weir_val_bytes(&own, &len);
		weir_value_quote(b, p, len);
	} else if (v->kind == WEIR_VAL_NUMBER) {
		spell_number(b, v);
	} else if (v->kind >= WEIR_VAL_ARRAY) {
		weir_val_open(&own);
		spell_members(b, &own);
	} else {
		weir_val_json(b, v);
	}
	weir_val_drop(&own);
}

void
weir_arith_show(struct weir_buf *b, const struct weir_val *v)
{
	struct weir_buf text = {0};
	size_t n;

	spell(&text, v);
	if (text.len <= WHOLE) {
		weir_buf_put(b, text.p, text.len);
	} else {
		n = weir_utf8_span(text.p, WHOLE - 3 - (v->kind >= WEIR_VAL_STRING));
		weir_buf_put(b, text.p, n);
		weir_buf_puts(b, "...");
		weir_buf_puts(b, v->kind == WEIR_VAL_STRING ? "\"" : v->kind == WEIR_VAL_ARRAY ? "]"
		        : v->kind == WEIR_VAL_OBJECT ? "}" : "");
	}
	weir_buf_release(&text);
}

void
weir_arith_describe(struct weir_buf *b, const struct weir_val *v)
{
	weir_buf_printf(b, "%s (", weir_val_kind_name(v));
	weir_arith_show(b, v);
	weir_buf_putc(b, ')');
}
