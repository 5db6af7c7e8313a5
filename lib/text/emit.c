/*
 * emit - see emit.h: the dispatch, raw, and what a terminal is spared
 */
#include "text/emit.h"
#include "base/mem.h"
#include "text/emit_ops.h"
#include "text/width.h"

#include <stdlib.h>

static int
raw_record(struct weir_emit *e, const struct weir_record *r, struct weir_buf *b, const char **why)
{
	const unsigned char *text;
	unsigned char *q;
	size_t len;

	(void)e;
	if (r->shape->format == WEIR_FORMAT_VALUES) {
		*why = "a record that was made or changed has no text of its own";
		return -1;
	}
	text = weir_record_text(r, &len);
	q = weir_buf_need(b, len + 1);
	memcpy(q, text, len);
	q[len] = '\n';
	b->len += len + 1;
	return 0;
}

static const struct weir_emit_ops raw_ops = {.size = sizeof(struct weir_emit),
	.record = raw_record};

static const struct weir_emit_ops *const formats[] = {
	[WEIR_EMIT_FRAMES] = NULL,
	[WEIR_EMIT_JSON] = &weir_emit_json_ops,
	[WEIR_EMIT_CSV] = &weir_emit_csv_ops,
	[WEIR_EMIT_TSV] = &weir_emit_tsv_ops,
	[WEIR_EMIT_LOGFMT] = &weir_emit_logfmt_ops,
	[WEIR_EMIT_TABLE] = &weir_emit_table_ops,
	[WEIR_EMIT_RAW] = &raw_ops,
};

struct weir_emit *
weir_emit_new(const struct weir_emit_conf *conf)
{
	const struct weir_emit_ops *ops = formats[conf->format];
	struct weir_emit *e;

	if (ops == NULL)
		return NULL;
	e = weir_mem_zalloc(1, ops->size);
	e->ops = ops;
	e->conf = *conf;
	if (ops->open != NULL)
		ops->open(e);
	return e;
}

void
weir_emit_free(struct weir_emit *e)
{
	if (e == NULL)
		return;
	if (e->ops->release != NULL)
		e->ops->release(e);
	weir_buf_release(&e->first_dropped);
	free(e);
}

/* Makes what b holds from start on visible, line feeds and tabs apart. */
static void
spare_terminal(struct weir_buf *b, size_t start)
{
	struct weir_buf text = {0};

	if (weir_width_harmless(b->p + start, b->len - start))
		return;
	weir_buf_put(&text, b->p + start, b->len - start);
	b->len = start;
	weir_width_visible(b, text.p, text.len, true, NULL);
	weir_buf_release(&text);
}

int
weir_emit_record(struct weir_emit *e, const struct weir_record *r, struct weir_buf *b,
    const char **why)
{
	size_t start = b->len;

	if (e->ops->record(e, r, b, why) != 0)
		return -1;
	if (e->conf.terminal && e->conf.format != WEIR_EMIT_TABLE && b->len > start)
		spare_terminal(b, start);
	return 0;
}

void
weir_emit_flush(struct weir_emit *e, struct weir_buf *b)
{
	if (e->ops->flush != NULL)
		e->ops->flush(e, b);
}

const struct weir_shape *
weir_emit_columns(const struct weir_emit *e)
{
	return e->ops->columns != NULL ? e->ops->columns(e) : NULL;
}

void
weir_emit_resume(struct weir_emit *e, const struct weir_name *names, uint32_t n)
{
	if (e->ops->resume != NULL)
		e->ops->resume(e, names, n);
}

void
weir_emit_restart(struct weir_emit *e)
{
	if (e->ops->restart != NULL)
		e->ops->restart(e);
}
