/*
 * ingest - see ingest.h
 */
#include "base/mem.h"
#include "base/sys.h"
#include "text/ingest_core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void
weir_ingest_init(struct weir_ingest *g, const struct weir_ingest_conf *conf)
{
	memset(g, 0, sizeof(*g));
	g->conf = *conf;
	g->conf.partial = conf->partial || conf->follow;
	g->watch = (struct weir_sys_watch){-1, -1, -1};
}

struct weir_ingest_source *
weir_ingest_source(struct weir_ingest *g, const char *name)
{
	struct weir_ingest_source *s;

	g->sources = weir_mem_realloc(g->sources, g->n + (size_t)1, sizeof(*g->sources));
	s = memset(&g->sources[g->n++], 0, sizeof(*s));
	s->greatest = s->time = WEIR_TIME_NONE;
	s->name = weir_mem_strdup(name);
	s->in.name = weir_mem_strdup(name);
	weir_timing_init(&s->timing, &g->conf.timing);
	return s;
}

void
weir_ingest_add(struct weir_ingest *g, const char *path)
{
	weir_ingest_part_add(weir_ingest_source(g, path), path);
}

void
weir_ingest_add_begun(struct weir_ingest *g, int fd, const void *first, size_t nfirst)
{
	struct weir_ingest_source *s = weir_ingest_source(g, "-");
	struct weir_ingest_part *part = weir_ingest_part_add(s, "-");

	weir_input_init(&part->in, fd, "(stdin)", NULL, first, nfirst);
	part->opened = true;
}

const char *
weir_ingest_once(const struct weir_ingest *g, unsigned source)
{
	const struct weir_ingest_source *s = &g->sources[source];

	return weir_origin_once(s->name);
}

void
weir_ingest_release(struct weir_ingest *g)
{
	unsigned i;

	for (i = 0; i < g->n; i++)
		weir_ingest_part_close(&g->sources[i]);
	for (i = 0; i < g->nplaces; i++)
		weir_place_release(&g->places[i]);
	free(g->sources);
	free(g->places);
	free(g->heap);
	weir_buf_release(&g->bad.what);
	weir_buf_release(&g->refused.what);
	weir_buf_release(&g->missing);
	weir_sys_watch_release(&g->watch);
}

int
weir_ingest_failed(struct weir_ingest *g, struct weir_ingest_source *s, const char *what)
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

/* What the parser's answer, which is no record, means. 2: ask it again. */
static int
advance_slow(struct weir_ingest *g, struct weir_ingest_source *s, int rc)
{
	if (rc == -1)
		return weir_ingest_bad_record(g, s, &s->parser->fault);
	s->head.text = NULL;
	if (rc == -2)
		return weir_ingest_failed(g, s, NULL);
	rc = weir_ingest_part_turn(g, s);
	s->ended = rc == 0 && !s->in.dry;
	if (rc == 0 && s->in.dry)
		weir_ingest_idle(g, s);
	return rc == 1 ? 2 : rc;
}

/* Reads the source's next record. 1, 0, -1 (g->bad), -2 (g->bad). Inlined into the two loops that matter: a call a record
 * is a hundredth of reading JSON. */
static inline __attribute__((always_inline)) int
read_record(struct weir_ingest *g, struct weir_ingest_source *s)
{
	struct weir_value v;
	int rc;

	while ((rc = s->parser == NULL ? 0 : s->parser->ops->next(s->parser, &s->head)) != 1)
		if ((rc = advance_slow(g, s, rc)) != 2)
			return rc;
	if (s->timing.kind == WEIR_TIMING_OPEN)
		weir_timing_decide(&s->timing, &s->head, s->parser->time != NULL ? s->parser->time : s->parser->ops->time);
	s->time = WEIR_TIME_NONE;
	if (weir_timing_read(&s->timing, &s->head, &s->time, &v) < 0)
		return weir_ingest_bad_time(g, s, &v);
	return 1;
}

/* The same, past records whose times run away. */
static int
read_near(struct weir_ingest *g, struct weir_ingest_source *s)
{
	int rc;

	do {
		rc = weir_ahead_take(&s->ahead, &s->head, &s->time) ? 1 : read_record(g, s);
		rc = rc == -2 ? rc : weir_ingest_ahead(g, s, rc);
	} while (rc == 2);
	return rc;
}

/* Moves the source to its next record. */
static inline __attribute__((always_inline)) int
advance(struct weir_ingest *g, struct weir_ingest_source *s)
{
	int rc = g->conf.max_ahead > 0 ? read_near(g, s) : read_record(g, s);

	if (rc == 1 && s->time > s->greatest)
		s->greatest = s->time;
	return rc;
}

/* The same where speed does not matter. */
int
weir_ingest_move(struct weir_ingest *g, struct weir_ingest_source *s)
{
	if (s->in.dry && (!weir_sys_readable(s->in.origin.fd) || weir_input_again(&s->in) == 0) && s->in.dry)
		return 0;
	return advance(g, s);
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

static void
sift_up(struct weir_ingest *g, unsigned i)
{
	while (i > 0 && before(g, g->heap[i], g->heap[(i - 1) / 2])) {
		unsigned parent = (i - 1) / 2, t = g->heap[i];

		g->heap[i] = g->heap[parent];
		g->heap[parent] = t;
		i = parent;
	}
}

void
weir_ingest_enter(struct weir_ingest *g, unsigned i)
{
	weir_ingest_idle_over(g, &g->sources[i]);
	g->heap[g->nheap] = i;
	sift_up(g, g->nheap++);
}

/* Whether the source's records have times, or may have. */
static bool
may_be_timed(const struct weir_ingest *g, const struct weir_ingest_source *s)
{
	if (s->timing.kind != WEIR_TIMING_OPEN)
		return s->timing.kind != WEIR_TIMING_NONE;
	if (s->idle)
		return true;
	return weir_ingest_open_ended(g) ? !s->fixed || !s->ended : s->timed && !s->ended;
}

static bool
holds(const struct weir_ingest *g, const struct weir_ingest_source *s)
{
	if (s->idle || (s->ended && (s->fixed || !weir_ingest_open_ended(g))))
		return false;
	return may_be_timed(g, s);
}

/* Puts the sources that are merged into the heap. */
static void
merge(struct weir_ingest *g)
{
	unsigned i, timed = 0;

	g->current = g->n;
	g->heap = weir_mem_alloc((g->n + (size_t)1) * sizeof(*g->heap));
	for (i = 0; i < g->n && !g->conf.in_order; i++) {
		struct weir_ingest_source *s = &g->sources[i];

		timed += may_be_timed(g, s);
		if ((s->timed || g->conf.follow) && s->head.text != NULL)
			g->heap[g->nheap++] = i;
	}
	g->merged = timed > 1;
	g->low = g->n;
	for (i = g->nheap; i-- > 0;)
		sift_down(g, i);
}

/* Before the first source is opened. 0, -2. */
static int
plan(struct weir_ingest *g)
{
	unsigned i;
	int rc;

	if (g->planned)
		return 0;
	g->planned = true;
	if (g->conf.follow && weir_sys_watch_init(&g->watch) != 0 && g->n > 0) {
		g->sources[0].in.err = errno;
		return weir_ingest_failed(g, &g->sources[0], NULL);
	}
	if ((rc = weir_ingest_plan(g)) != 0)
		return rc;
	for (i = 0; i < g->n && g->conf.follow; i++) {
		char *dir = weir_origin_parent(g->sources[i].name);

		/* Of a file beside it only the name matters: one that is busy must not wake us each time. */
		if (g->sources[i].set)
			weir_sys_watch_add(&g->watch, g->sources[i].name);
		else
			weir_sys_watch_names(&g->watch, dir);
		free(dir);
	}
	return 0;
}

int
weir_ingest_open(struct weir_ingest *g)
{
	int rc;

	if ((rc = plan(g)) != 0)
		return rc;
	while (g->next < g->n && (g->next == 0 || !g->conf.in_order)) {
		struct weir_ingest_source *s = &g->sources[g->next];

		if ((rc = weir_ingest_move(g, s)) == -2)
			return rc;
		if (rc == -1)
			return 0;
		s->timed = s->timing.kind != WEIR_TIMING_NONE &&
		    (s->timing.kind != WEIR_TIMING_OPEN || g->conf.timing.path != NULL);
		g->next++;
	}
	g->next = 0;
	merge(g);
	return 1;
}

/* The lowest watermark of the sources that hold it. It is computed anew only when the source
 * that held it has moved or ended. */
int64_t
weir_ingest_watermark(struct weir_ingest *g)
{
	unsigned i;

	if (g->low == g->n || g->sources[g->low].greatest != g->lowest || !holds(g, &g->sources[g->low])) {
		g->lowest = INT64_MAX;
		for (i = 0; i < g->n; i++)
			if (g->sources[i].greatest < g->lowest && holds(g, &g->sources[i])) {
				g->low = i;
				g->lowest = g->sources[i].greatest;
			}
	}
	if (g->lowest == INT64_MAX)
		g->low = g->n;
	return g->lowest == INT64_MAX || g->lowest < INT64_MIN + 1 + g->conf.delay ? WEIR_TIME_NONE
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
	while (g->nidle > 0 && (g->nheap == 0 || ++g->turns >= WEIR_INGEST_TURNS))
		if ((rc = weir_ingest_idle_wake(g, mark)) != 1)
			return rc;
	if (g->nheap == 0)
		return 0;
	if (g->merged)
		*mark = weir_ingest_watermark(g);
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
		/* What has no time holds nobody back, and is waited for. */
		s->in.patience = 0;
		if (s->in.dry && weir_input_again(&s->in) < 0)
			return weir_ingest_failed(g, s, NULL);
		rc = g->current == g->next || s->head.text == NULL ? advance(g, s) : 1;
		if (rc < 0)
			return rc;
		if (rc == 1) {
			hand_out(g, g->next, rec, time);
			return 1;
		}
	}
}

/* Asks the sources that are at their end for now. -1, -2 as advance; 0. */
static int
ask_again(struct weir_ingest *g, bool *live)
{
	unsigned i;
	int rc;

	g->turns = 0;
	*live = g->nheap > 0;
	for (i = 0; i < g->n; i++) {
		struct weir_ingest_source *s = &g->sources[i];

		if (s->head.text != NULL || (s->ended && s->fixed))
			continue;
		if ((rc = weir_ingest_move(g, s)) < 0) {
			g->turns = WEIR_INGEST_TURNS;
			return rc;
		}
		*live = *live || !s->ended || !s->fixed;
		if (rc == 1)
			weir_ingest_enter(g, i);
		else if (g->conf.idle_after > 0)
			weir_ingest_idle_look(g, s);
	}
	return 0;
}

/* The earliest record that is there, of any source: none is waited for as long as another has one. */
static int
next_followed(struct weir_ingest *g, struct weir_parsed **rec, int64_t *time, int64_t *mark)
{
	bool live = true;
	int rc;

	if (g->current < g->n) {
		struct weir_ingest_source *s = &g->sources[g->current];

		if ((rc = weir_ingest_move(g, s)) < -1)
			return rc;
		if (rc <= 0)
			g->heap[0] = g->heap[--g->nheap];
		g->current = g->n;
		if (g->nheap > 1)
			sift_down(g, 0);
		if (rc < 0) {
			g->turns = WEIR_INGEST_TURNS;
			return rc;
		}
	}
	while (g->nheap == 0 || ++g->turns >= WEIR_INGEST_TURNS) {
		if ((rc = ask_again(g, &live)) < 0)
			return rc;
		if (g->nheap > 0)
			break;
		if (weir_ingest_idle_tell(g, mark))
			return 2;
		if (!live || (rc = weir_ingest_follow_wait(g)) != 1)
			return live ? rc : 0;
	}
	if (g->merged)
		*mark = weir_ingest_watermark(g);
	hand_out(g, g->heap[0], rec, time);
	return 1;
}

int
weir_ingest_next(struct weir_ingest *g, struct weir_parsed **rec, int64_t *time, int64_t *mark)
{
	if (g->conf.follow)
		return next_followed(g, rec, time, mark);
	if (g->nheap > 0 || g->nidle > 0) {
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
		sum += g->sources[i].bytes + (g->sources[i].opened ? g->sources[i].in.offset : 0);
	return sum;
}
