/*
 * ingest_bad - what is told of a record that is bad
 */
#include "text/ingest_core.h"

int
weir_ingest_bad_record(struct weir_ingest *g, struct weir_ingest_source *s,
    const struct weir_parser_fault *f)
{
	struct weir_ingest_bad *b = &g->bad;

	s->head.text = NULL;
	weir_buf_clear(&b->what);
	weir_buf_put(&b->what, f->what.p, f->what.len);
	b->source = s;
	b->line = f->line;
	b->offset = f->offset;
	b->hint = f->hint;
	b->text = f->text;
	b->len = f->len;
	b->at = f->at;
	b->span = f->span;
	return -1;
}

int
weir_ingest_bad_time(struct weir_ingest *g, struct weir_ingest_source *s, const struct weir_value *v)
{
	struct weir_ingest_bad *b = &g->bad;
	bool plain = v->type != WEIR_TIME && v->p >= s->head.text && v->p + v->len <= s->head.text + s->head.len;
	int shown = plain ? (int)(v->len < 40 ? v->len : 40) : 0;

	weir_buf_clear(&b->what);
	weir_buf_printf(&b->what, "cannot read \"%.*s\" as a time", shown, plain ? (const char *)v->p : "");
	b->source = s;
	b->line = s->head.line;
	b->offset = s->head.offset;
	b->hint = s->timing.kind == WEIR_TIMING_PATTERN ? "expected what --time-format says"
	    : s->timing.kind == WEIR_TIMING_NUMBER      ? "expected a number, as in the first record"
	    : s->timing.kind == WEIR_TIMING_CLF         ? "expected 17/May/2015:08:05:32 +0000"
	                                                : "expected RFC 3339, or a number with --time-format s|ms|us|ns";
	b->text = s->head.text;
	b->len = s->head.len;
	b->at = plain ? (size_t)(v->p - s->head.text) : 0;
	b->span = plain ? v->len : 0;
	s->head.text = NULL;
	return -1;
}
