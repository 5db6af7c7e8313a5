/*
 * emit_logfmt - records as logfmt, a line of name=value each
 *
 * What is written is read back as the same values by logfmt.c: a string is quoted
 * if it holds a blank, a control character, "=" or a quote, or if it would be taken
 * for a number, true, false or null. Escapes are JSON's. Arrays and objects are their JSON text in quotes, and come
 * back as strings. Of a name the bytes that no name can hold become "_". Fields that a
 * record lacks are left out.
 *
 * An unchanged line of logfmt leaves as its text, a CR at its end included.
 */
#include "base/mem.h"
#include "base/num.h"
#include "text/emit_ops.h"
#include "text/value.h"

#include <stdlib.h>

#define SHAPES 64 /* kept, by serial; a power of 2 */

struct names {
	uint64_t serial;
	struct weir_buf bytes;   /* " name=" of each field */
	uint32_t *at;            /* where each begins, and the last one ends */
};

struct logfmt {
	struct weir_emit emit;
	struct names shapes[SHAPES];
	struct weir_buf scratch;
};

static bool
is_odd(unsigned char c)
{
	return c <= ' ' || c == '=' || c == '"' || c == 0x7f;
}

static const struct names *
names_of(struct logfmt *f, const struct weir_shape *shape)
{
	struct names *n = &f->shapes[shape->serial & (SHAPES - 1)];
	uint32_t i, k;

	if (n->serial == shape->serial)
		return n;
	n->serial = shape->serial;
	n->at = weir_mem_realloc(n->at, shape->n + (size_t)1, sizeof(*n->at));
	weir_buf_clear(&n->bytes);
	for (i = 0; i < shape->n; i++) {
		const struct weir_name *name = &shape->names[i];

		n->at[i] = (uint32_t)n->bytes.len;
		weir_buf_putc(&n->bytes, ' ');
		for (k = 0; k < name->len; k++)
			weir_buf_putc(&n->bytes, is_odd(name->p[k]) ? '_' : name->p[k]);
		weir_buf_puts(&n->bytes, name->len == 0 ? "_=" : "=");
	}
	n->at[i] = (uint32_t)n->bytes.len;
	return n;
}

/* Whether the string would be read as something else without quotes. */
static bool
needs_quotes(const unsigned char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (is_odd(p[i]))
			return true;
	return len > 0 && (weir_num_span(p, len) == len || (len == 4 && memcmp(p, "true", 4) == 0) ||
	                      (len == 5 && memcmp(p, "false", 5) == 0) || (len == 4 && memcmp(p, "null", 4) == 0));
}

static void
put_value(struct logfmt *f, struct weir_buf *b, const struct weir_value *v)
{
	const unsigned char *p;
	size_t len;

	switch (v->type) {
	case WEIR_STRING:
	case WEIR_STRING_JSON:
	case WEIR_STRING_CSV:
	case WEIR_STRING_TSV:
		p = weir_value_bytes(v, &f->scratch, &len);
		if (needs_quotes(p, len))
			f->emit.replaced += weir_value_quote(b, p, len);
		else
			weir_buf_put(b, p, len);
		break;
	case WEIR_ARRAY:
	case WEIR_OBJECT:
		weir_buf_clear(&f->scratch);
		weir_value_compact(&f->scratch, v->p, v->len);
		f->emit.replaced += weir_value_quote(b, f->scratch.p, f->scratch.len);
		break;
	default: weir_value_string(b, v); break;
	}
}

static int
logfmt_record(struct weir_emit *e, const struct weir_record *r, struct weir_buf *b, const char **why)
{
	struct logfmt *f = (struct logfmt *)(void *)e;
	const struct names *names;
	bool first = true;
	uint32_t i;

	(void)why;
	if (r->shape->format == WEIR_FORMAT_LOGFMT) {
		size_t len;
		const unsigned char *text = weir_record_text(r, &len);

		weir_buf_put(b, text, len);
		weir_buf_putc(b, '\n');
		return 0;
	}
	names = names_of(f, r->shape);
	for (i = 0; i < r->shape->n; i++) {
		struct weir_value v;

		weir_record_get(r, i, &v);
		if (v.type == WEIR_ABSENT)
			continue;
		weir_buf_put(b, names->bytes.p + names->at[i] + first, names->at[i + 1] - names->at[i] - first);
		put_value(f, b, &v);
		first = false;
	}
	weir_buf_putc(b, '\n');
	return 0;
}

static void
logfmt_release(struct weir_emit *e)
{
	struct logfmt *f = (struct logfmt *)(void *)e;
	unsigned i;

	for (i = 0; i < SHAPES; i++) {
		weir_buf_release(&f->shapes[i].bytes);
		free(f->shapes[i].at);
	}
	weir_buf_release(&f->scratch);
}

const struct weir_emit_ops weir_emit_logfmt_ops = {.size = sizeof(struct logfmt),
	.record = logfmt_record, .release = logfmt_release};
