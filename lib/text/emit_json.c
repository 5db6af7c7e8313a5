/*
 * emit_json - records as JSON, an object a line
 *
 * An unchanged JSON object leaves as its text. Any other record is put together
 * from its values and the names, which are kept escaped as ,"name": for the
 * shapes met last; the first comma of an object is then made its brace.
 */
#include "base/mem.h"
#include "text/emit_ops.h"
#include "text/value.h"

#include <stdlib.h>

#define SHAPES 64 /* kept, by serial; a power of 2 */

struct name {
	uint32_t at, len;        /* in bytes */
	uint32_t replaced;       /* bytes of it that were not UTF-8 */
};

struct names {
	uint64_t serial;
	struct weir_buf bytes;
	struct name *list;
};

struct json {
	struct weir_emit emit;
	struct names shapes[SHAPES];
};

static const struct names *
names_of(struct json *j, const struct weir_shape *shape)
{
	struct names *n = &j->shapes[shape->serial & (SHAPES - 1)];
	uint32_t i;

	if (n->serial == shape->serial)
		return n;
	n->serial = shape->serial;
	n->list = weir_mem_realloc(n->list, shape->n, sizeof(*n->list));
	weir_buf_clear(&n->bytes);
	for (i = 0; i < shape->n; i++) {
		struct name *m = &n->list[i];

		m->at = (uint32_t)n->bytes.len;
		weir_buf_putc(&n->bytes, ',');
		m->replaced = (uint32_t)weir_value_quote(&n->bytes, shape->names[i].p,
		    shape->names[i].len);
		weir_buf_putc(&n->bytes, ':');
		m->len = (uint32_t)n->bytes.len - m->at;
	}
	return n;
}

static void
put_text(const struct weir_record *r, struct weir_buf *b)
{
	size_t len;
	const unsigned char *text = weir_record_text(r, &len);
	unsigned char *q = weir_buf_need(b, len + 1);

	if (r->flags & WEIR_ENTRY_MULTILINE) {
		weir_value_compact(b, text, len);
		weir_buf_putc(b, '\n');
		return;
	}
	memcpy(q, text, len);
	q[len] = '\n';
	b->len += len + 1;
}

static int
json_record(struct weir_emit *e, const struct weir_record *r, struct weir_buf *b, const char **why)
{
	struct json *j = (struct json *)(void *)e;
	const struct names *names;
	size_t start = b->len;
	uint32_t i;

	(void)why;
	if (r->shape->format == WEIR_FORMAT_JSON) {
		put_text(r, b);
		return 0;
	}
	names = names_of(j, r->shape);
	for (i = 0; i < r->shape->n; i++) {
		const struct name *n = &names->list[i];
		struct weir_value v;

		weir_record_get(r, i, &v);
		if (v.type == WEIR_ABSENT)
			continue;
		weir_buf_put(b, names->bytes.p + n->at, n->len);
		e->replaced += n->replaced + weir_value_json(b, &v, true);
	}
	if (b->len == start)
		weir_buf_putc(b, '{');
	b->p[start] = '{';
	weir_buf_put(b, "}\n", 2);
	return 0;
}

static void
json_release(struct weir_emit *e)
{
	struct json *j = (struct json *)(void *)e;
	unsigned i;

	for (i = 0; i < SHAPES; i++) {
		weir_buf_release(&j->shapes[i].bytes);
		free(j->shapes[i].list);
	}
}

const struct weir_emit_ops weir_emit_json_ops = {.size = sizeof(struct json),
	.record = json_record, .release = json_release};
