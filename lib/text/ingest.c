/*
 * ingest - see ingest.h
 */
#include "text/ingest.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
weir_ingest_init(struct weir_ingest *g, const struct weir_ingest_conf *conf)
{
	memset(g, 0, sizeof(*g));
	g->conf = *conf;
}

static struct weir_ingest_source *
add(struct weir_ingest *g)
{
	struct weir_ingest_source *s;

	g->sources = weir_mem_realloc(g->sources, g->n + (size_t)1, sizeof(*g->sources));
	s = memset(&g->sources[g->n++], 0, sizeof(*s));
	s->greatest = s->time = WEIR_TIME_NONE;
	weir_timing_init(&s->timing, &g->conf.timing);
	return s;
}

void
weir_ingest_add(struct weir_ingest *g, const char *path)
{
	struct weir_ingest_source *s = add(g);

	s->in.name = weir_mem_strdup(path);
}

void
weir_ingest_add_begun(struct weir_ingest *g, int fd, const void *first, size_t nfirst)
{
	struct weir_ingest_source *s = add(g);

	weir_input_init(&s->in, fd, "(stdin)", NULL, first, nfirst);
	s->opened = true;
}

static void
close_source(struct weir_ingest_source *s)
{
	if (s->parser != NULL)
		s->parser->ops->free(s->parser);
	s->parser = NULL;
	if (s->opened)
		weir_input_release(&s->in);
	else
		free(s->in.name);
	weir_timing_release(&s->timing);
	weir_buf_release(&s->why);
}

void
weir_ingest_release(struct weir_ingest *g)
{
	unsigned i;

	for (i = 0; i < g->n; i++)
		close_source(&g->sources[i]);
	free(g->sources);
	free(g->heap);
	weir_buf_release(&g->bad.what);
}

/* The source failed; what: or NULL for what its input says. Returns -2. */
static int
source_failed(struct weir_ingest *g, struct weir_ingest_source *s, const char *what)
{
	struct weir_ingest_bad *b = &g->bad;

	weir_buf_clear(&b->what);
	b->source = s;
	b->text = NULL;
	weir_buf_puts(&b->what, what != NULL ? what
	        : s->in.why != NULL          ? s->in.why
	                                     : strerror(s->in.err));
	return -2;
}

/* Opens the source and its parser. 0, -2. */
static int
open_source(struct weir_ingest *g, struct weir_ingest_source *s)
{
	const struct weir_parser_ops *ops = g->conf.format;
	bool frames = false;
	int rc = 0;

	if (!s->opened) {
		char *path = s->in.name;

		if (weir_input_open(&s->in, path, NULL) != 0) {
			bool is_stdin = strcmp(path, "-") == 0;

			s->in.name = is_stdin ? weir_mem_strdup("(stdin)") : path;
			if (is_stdin)
				free(path);
			return source_failed(g, s, NULL);
		}
		free(path);
		s->opened = true;
	}
	s->in.wait = g->conf.wait;
	if (ops == NULL)
		ops = weir_detect(&s->in, &g->conf.parser, &frames, &rc,
		    g->conf.explain ? &s->why : NULL);
	if (frames)
		return source_failed(g, s, "a weir stream among text sources: give it alone");
	if (rc != 0)
		return source_failed(g, s, NULL);
	s->parser = ops->open(&s->in, &g->conf.parser);
	return 0;
}

static int
bad_record(struct weir_ingest *g, const struct weir_ingest_source *s,
    const struct weir_parser_fault *f)
{
	struct weir_ingest_bad *b = &g->bad;

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

/* The value of the record's time field is no time. */
static int
bad_time(struct weir_ingest *g, const struct weir_ingest_source *s, const struct weir_value *v)
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
	return -1;
}

/* Moves the source to its next record. 1, 0, -1 (g->bad), -2 (g->bad). */
static inline int
advance(struct weir_ingest *g, struct weir_ingest_source *s)
{
	struct weir_value v;
	int rc = s->parser->ops->next(s->parser, &s->head);

	if (rc == -1)
		return bad_record(g, s, &s->parser->fault);
	if (rc == -2)
		return source_failed(g, s, NULL);
	if (rc == 0) {
		s->ended = true;
		return 0;
	}
	if (s->timing.kind == WEIR_TIMING_OPEN)
		weir_timing_decide(&s->timing, &s->head, s->parser->time != NULL ? s->parser->time : s->parser->ops->time);
	s->time = WEIR_TIME_NONE;
	if (weir_timing_read(&s->timing, &s->head, &s->time, &v) < 0)
		return bad_time(g, s, &v);
	if (s->time > s->greatest)
		s->greatest = s->time;
	return 1;
}

/* The order in the heap: by time, then by source. A record without time goes at once. */
static bool
before(const struct weir_ingest *g, unsigned a, unsigned b)
{
	int64_t x = g->sources[a].time, y = g->sources[b].time;

	return x != y ? x < y : a < b;
}

static void
sift_down(struct weir_ingest *g, unsigned i)
{
	for (;;) {
		unsigned least = i, child = 2 * i + 1, end = child + 2, t;

		for (; child < end && child < g->nheap; child++)
			if (before(g, g->heap[child], g->heap[least]))
				least = child;
		if (least == i)
			return;
		t = g->heap[i];
		g->heap[i] = g->heap[least];
		g->heap[least] = t;
		i = least;
	}
}

int
weir_ingest_open(struct weir_ingest *g)
{
	unsigned i;
	int rc;

	while (g->next < g->n && (g->next == 0 || !g->conf.in_order)) {
		struct weir_ingest_source *s = &g->sources[g->next];

		if (s->parser == NULL && (rc = open_source(g, s)) < 0)
			return rc;
		if ((rc = advance(g, s)) == -2)
			return rc;
		if (rc == -1)
			return 0;
		s->timed = s->timing.kind != WEIR_TIMING_NONE &&
		    (s->timing.kind != WEIR_TIMING_OPEN || g->conf.timing.path != NULL);
		g->next++;
	}
	g->next = 0;
	g->current = g->n;
	g->heap = weir_mem_alloc((g->n + (size_t)1) * sizeof(*g->heap));
	for (i = 0; i < g->n && !g->conf.in_order; i++)
		if (g->sources[i].timed && !g->sources[i].ended)
			g->heap[g->nheap++] = i;
	g->merged = g->nheap > 1;
	g->low = g->nheap > 0 ? g->heap[0] : 0;
	g->lowest = INT64_MAX;
	for (i = g->nheap; i-- > 0;)
		sift_down(g, i);
	return 1;
}

/* The lowest watermark of the sources that are still read. It is computed anew only when the source
 * that held it has moved or ended. */
static int64_t
watermark(struct weir_ingest *g)
{
	const struct weir_ingest_source *low = &g->sources[g->low];
	unsigned i;

	if (low->ended || low->greatest != g->lowest) {
		g->lowest = INT64_MAX;
		for (i = 0; i < g->nheap; i++)
			if (g->sources[g->heap[i]].greatest < g->lowest) {
				g->low = g->heap[i];
				g->lowest = g->sources[g->low].greatest;
			}
	}
	return g->lowest < INT64_MIN + 1 + g->conf.delay ? WEIR_TIME_NONE
	                                                 : g->lowest - g->conf.delay;
}

static void
hand_out(struct weir_ingest *g, unsigned i, struct weir_parsed **rec, int64_t *time)
{
	g->current = i;
	*rec = &g->sources[i].head;
	*time = g->sources[i].time;
}

static inline int
next_merged(struct weir_ingest *g, struct weir_parsed **rec, int64_t *time, int64_t *mark)
{
	int rc;

	if (g->current < g->n) {
		if ((rc = advance(g, &g->sources[g->current])) < 0)
			return rc;
		if (rc == 0)
			g->heap[0] = g->heap[--g->nheap];
		g->current = g->n;
		if (g->nheap > 1)
			sift_down(g, 0);
	}
	if (g->nheap == 0)
		return 0;
	if (g->merged)
		*mark = watermark(g);
	hand_out(g, g->heap[0], rec, time);
	return 1;
}

static int
next_in_order(struct weir_ingest *g, struct weir_parsed **rec, int64_t *time)
{
	int rc;

	for (;; g->next++) {
		struct weir_ingest_source *s;

		while (g->next < g->n && g->sources[g->next].timed && !g->conf.in_order)
			g->next++;
		if (g->next == g->n)
			return 0;
		s = &g->sources[g->next];
		if (s->ended)
			continue;
		if (s->parser == NULL && (rc = open_source(g, s)) < 0)
			return rc;
		rc = g->current == g->next || s->head.text == NULL ? advance(g, s) : 1;
		if (rc < 0)
			return rc;
		if (rc == 1) {
			hand_out(g, g->next, rec, time);
			return 1;
		}
	}
}

int
weir_ingest_next(struct weir_ingest *g, struct weir_parsed **rec, int64_t *time, int64_t *mark)
{
	if (g->nheap > 0) {
		int rc = next_merged(g, rec, time, mark);

		if (rc != 0)
			return rc;
		g->current = g->n;
	}
	return next_in_order(g, rec, time);
}

uint64_t
weir_ingest_bytes(const struct weir_ingest *g)
{
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; i < g->n; i++)
		sum += g->sources[i].in.offset;
	return sum;
}
