/*
 * window_session_keep - see window_session_keep.h
 *
 * What is kept of a key is its sessions, by start: start 8 bytes, last 8, rev 4, changed 1, and the aggregates' states
 * (window_disk). A turn has no value before the end of the input, when it gets its session's: then they are read one behind the other.
 */
#include "time/window_session_keep.h"
#include "base/civil.h"
#include "base/mem.h"

#include <string.h>

#define HEAD 21
#define REV 16               /* where it lies */
#define BATCH 256            /* turns that are taken back at once, if there is room for so much of each: */
#define SHARE 16384

int
weir_window_session_keep_open(struct weir_window_session_keep *k, const char *dir, const struct weir_window_conf *conf)
{
	memset(k, 0, sizeof(*k));
	return weir_window_keep_open(&k->of, dir, conf);
}

void
weir_window_session_keep_close(struct weir_window_session_keep *k)
{
	weir_window_keep_close(&k->of);
}

static int64_t
end_of(const struct weir_window_sessions *w, int64_t last)
{
	return weir_window_later(last, w->gap);
}

static void
lower(struct weir_window_session_least *l, int64_t end)
{
	if (!l->any || end < l->end)
		l->end = end;
	l->any = true;
}

static void
write_head(unsigned char *p, int64_t start, int64_t last, uint32_t rev, bool changed)
{
	weir_store64(p, (uint64_t)start);
	weir_store64(p + 8, (uint64_t)last);
	weir_store32(p + REV, rev);
	p[REV + 4] = changed;
}

static void
read_head(const unsigned char *p, struct weir_window_session_image *image)
{
	image->start = (int64_t)weir_load64(p);
	image->last = (int64_t)weir_load64(p + 8);
	image->rev = weir_load32(p + REV);
	image->changed = p[REV + 4] != 0;
	image->states = p + HEAD;
}

void
weir_window_session_keep_read(struct weir_window_session_keep *k, const unsigned char **p,
    struct weir_window_session_image *image, struct weir_value *states)
{
	read_head(*p, image);
	*p += HEAD;
	weir_window_disk_states(&k->of.disk, p, states);
}

static int
put_key(void *self, struct weir_node *node)
{
	struct weir_window_sessions *w = self;
	struct weir_window_session_keep *k = w->keep;
	struct weir_window_disk *d = &k->of.disk;
	const unsigned char *key = weir_node_key(&w->nodes, node);
	struct weir_window_session *s;

	for (s = weir_window_session_first(node); s != NULL; s = s->next) {
		const struct weir_window_session_past *past = weir_window_session_past(w, s);
		int64_t end = end_of(w, s->last);
		bool changed = past != NULL && past->said.changed;

		write_head(weir_buf_need(&d->value, HEAD), s->start, s->last, past != NULL ? past->said.rev : 0, changed);
		d->value.len += HEAD;
		weir_window_disk_pack(d, weir_window_session_cell(s));
		if (weir_window_keep_row_put(&k->of, WEIR_WINDOW_KEEP_TURN, end, s->start, key, node->len) != 0 ||
		    (changed && weir_window_keep_row_put(&k->of, WEIR_WINDOW_KEEP_CHANGED, end, s->start, key, node->len) != 0))
			return -1;
		lower(&k->all, end);
		if (end >= w->mark)
			lower(&k->open, end);
	}
	return 0;
}

int
weir_window_session_keep_move(struct weir_window_sessions *w)
{
	return weir_window_keep_move(&w->keep->of, &w->nodes, put_key, w);
}

static struct weir_node *
take(struct weir_window_sessions *w, const void *key, size_t len, uint32_t hash)
{
	struct weir_window_keep *k = &w->keep->of;
	struct weir_window_session *s = NULL;
	const unsigned char *p, *end;
	struct weir_node *node;

	if (weir_window_keep_get(k, key, len) <= 0)
		return NULL;
	node = weir_nodes_put(&w->nodes, key, len, hash);
	for (p = k->disk.value.p, end = p + k->disk.value.len; p < end;) {
		struct weir_window_session_past *past;
		struct weir_window_session_image image;

		read_head(p, &image);
		p += HEAD;
		s = weir_window_sessions_put(w, node, s, image.start, image.last);
		weir_window_disk_load(&k->disk, &p, weir_window_session_cell(s));
		if ((past = weir_window_session_past(w, s)) != NULL)
			past->said = (struct weir_window_said){.rev = image.rev, .changed = image.changed};
		(void)weir_window_keep_row_remove(k, WEIR_WINDOW_KEEP_TURN, end_of(w, s->last), s->start, key, len);
		if (image.changed)
			(void)weir_window_keep_row_remove(k, WEIR_WINDOW_KEEP_CHANGED, end_of(w, s->last), s->start, key, len);
	}
	(void)weir_window_keep_remove(k, key, len);
	k->disk.fetched++;
	return node;
}

struct weir_node *
weir_window_session_keep_find(struct weir_window_sessions *w, const void *key, size_t len, uint32_t hash)
{
	struct weir_node *node = weir_nodes_find(&w->nodes, key, len, hash);

	return node == NULL && w->keep != NULL ? take(w, key, len, hash) : node;
}

/* When the first open session on disk can close: not before. Closed ones lie before the mark. */
static int64_t
first_open(const struct weir_window_sessions *w)
{
	return w->keep->open.end > w->mark ? w->keep->open.end : w->mark;
}

/* The moment at which the next of them are due: those that are forgotten, or those that close. */
static bool
next_moment(const struct weir_window_sessions *w, int64_t *at, bool *closes)
{
	const struct weir_window_session_keep *k = w->keep;
	bool any = k->all.any;

	*closes = false;
	*at = WEIR_TIME_MAX;
	if (any)
		*at = weir_window_later(weir_window_later(k->all.end, w->conf->lateness), 1);
	if (w->conf->lateness > 0 && k->open.any && weir_window_later(first_open(w), 1) < *at) {
		*at = weir_window_later(first_open(w), 1);
		*closes = true;
	}
	return any;
}

int64_t
weir_window_session_keep_limit(const struct weir_window_sessions *w, int64_t until)
{
	int64_t at;
	bool closes;

	if (w->keep == NULL || !next_moment(w, &at, &closes) || at > until)
		return until;
	return weir_window_earlier(at, 1);
}

/* Takes the keys back whose turns come next; unless more than that come at one moment. */
static void
take_next(struct weir_window_sessions *w, struct weir_window_session_least *least, int64_t from)
{
	struct weir_window_session_keep *k = w->keep;
	struct weir_window_keep_each e;
	uint64_t room = 1 + k->of.disk.room / SHARE;
	size_t lens[BATCH], n = 0, i, at = 0, most = room < BATCH ? (size_t)room : BATCH;
	int64_t first = 0;
	bool many;
	int more;

	weir_buf_clear(&k->of.names);
	weir_window_keep_each_init(&e, &k->of, WEIR_WINDOW_KEEP_TURN, from, WEIR_TIME_MAX);
	while ((more = weir_window_keep_each_next(&e)) > 0 && n < most) {
		if (n == 0)
			first = e.end;
		weir_buf_put(&k->of.names, e.key, e.len);
		lens[n++] = e.len;
	}
	least->any = more > 0;
	least->end = more > 0 ? e.end : 0;
	weir_window_keep_each_release(&e);
	many = more > 0 && least->end == first;
	/* The bound may have been too low: then something in memory may be due before. */
	k->crowded = many && first == from;
	for (i = 0; i < n && !many; at += lens[i++]) {
		const unsigned char *key = k->of.names.len > 0 ? k->of.names.p + at : (const unsigned char *)"";

		(void)weir_window_session_keep_find(w, key, lens[i], weir_nodes_hash(key, lens[i]));
	}
}

bool
weir_window_session_keep_fetch(struct weir_window_sessions *w, int64_t until)
{
	struct weir_window_session_keep *k = w->keep;
	int64_t at;
	bool closes;

	if (k == NULL || k->of.disk.spill.failed || !next_moment(w, &at, &closes) || at > until)
		return false;
	if (closes)
		take_next(w, &k->open, first_open(w));
	else
		take_next(w, &k->all, k->all.end);
	return !k->crowded;
}

bool
weir_window_session_keep_wants(const struct weir_window_sessions *w, uint64_t lines)
{
	const struct weir_window_session_keep *k = w->keep;

	return k != NULL && (k->of.changed > 0 || weir_window_keep_crowds(&k->of, lines));
}

bool
weir_window_session_keep_crowded(struct weir_window_sessions *w, int64_t *at)
{
	bool closes;

	if (w->keep == NULL || !w->keep->crowded)
		return false;
	w->keep->crowded = false;
	return next_moment(w, at, &closes);
}

static void
begin_phase(struct weir_window_sessions *w, enum weir_window_session_phase phase)
{
	struct weir_window_session_keep *k = w->keep;
	int64_t until = k->at, from = k->all.end;
	enum weir_window_keep_row row = WEIR_WINDOW_KEEP_TURN;

	k->phase = phase;
	switch (phase) {
	case WEIR_WINDOW_SESSION_FORGET:
		if (until < WEIR_TIME_MAX)
			until = weir_window_earlier(until, w->conf->lateness);
		break;
	case WEIR_WINDOW_SESSION_CLOSE: from = weir_window_earlier(until, 1); break;
	case WEIR_WINDOW_SESSION_CHANGES:
		from = until;
		until = WEIR_TIME_MAX;
		row = WEIR_WINDOW_KEEP_CHANGED;
		break;
	case WEIR_WINDOW_SESSION_LAST: until = WEIR_TIME_MAX; break;
	default: return;
	}
	weir_window_keep_each_init(&k->of.each, &k->of, row, from, until);
}

/* The walk of a phase is over. */
static void
next_phase(struct weir_window_sessions *w)
{
	struct weir_window_session_keep *k = w->keep;
	enum weir_window_session_phase phase = k->phase + 1;

	weir_window_keep_each_release(&k->of.each);
	if (k->phase == WEIR_WINDOW_SESSION_LAST) {
		weir_window_keep_clear(&k->of);
		k->all.any = k->open.any = false;
		w->changed = 0;
	}
	if (k->phase == WEIR_WINDOW_SESSION_FORGET && k->all.end < weir_window_earlier(k->at, w->conf->lateness))
		k->all.end = weir_window_earlier(k->at, w->conf->lateness);
	if (phase == WEIR_WINDOW_SESSION_CLOSE && w->conf->lateness == 0)
		phase++;
	if (phase == WEIR_WINDOW_SESSION_CHANGES && !k->tick)
		phase++;
	if (phase == WEIR_WINDOW_SESSION_LAST)
		phase++;
	begin_phase(w, phase);
}

/* The session's result was given: the rows of its key as they are then. at: where in disk.value it lies, n: how much. */
static int
update(struct weir_window_sessions *w, const struct weir_window_session_image *image, size_t at, size_t n)
{
	struct weir_window_keep *k = &w->keep->of;
	struct weir_buf *v = &k->disk.value;
	const struct weir_window_keep_each *e = &k->each;

	if (image->changed) {
		w->changed--;
		if (weir_window_keep_row_remove(k, WEIR_WINDOW_KEEP_CHANGED, e->end, e->start, e->key, e->len) != 0)
			return -1;
	}
	if (w->keep->phase != WEIR_WINDOW_SESSION_FORGET) {
		write_head(v->p + at, image->start, image->last, image->rev + 1, false);
		return weir_window_keep_set(k, e->key, e->len);
	}
	if (weir_window_keep_row_remove(k, WEIR_WINDOW_KEEP_TURN, e->end, e->start, e->key, e->len) != 0)
		return -1;
	if (n == v->len)
		return weir_window_keep_remove(k, e->key, e->len);
	memmove(v->p + at, v->p + at + n, v->len - at - n);
	v->len -= n;
	return weir_window_keep_set(k, e->key, e->len);
}

/* The session that begins where the row says, in what is kept of its key, or, at the end, with the row: false if the disk fails. */
static bool
find(struct weir_window_session_keep *k, struct weir_window_session_image *image, size_t *at, size_t *n)
{
	const struct weir_window_keep_each *e = &k->of.each;
	const unsigned char *start = e->value, *p = start, *end = p + e->vlen, *from;

	if (k->phase != WEIR_WINDOW_SESSION_LAST) {
		if (weir_window_keep_get(&k->of, e->key, e->len) <= 0)
			return false;
		start = p = k->of.disk.value.p;
		end = p + k->of.disk.value.len;
	}
	do {
		if (p == end)
			return false;
		from = p;
		weir_window_session_keep_read(k, &p, image, k->of.disk.values);
	} while (image->start != e->start);
	*at = (size_t)(from - start);
	*n = (size_t)(p - from);
	return true;
}

/* What there is to say of the walk's row. */
static int
give_row(struct weir_window_sessions *w, struct weir_window_lines *lines)
{
	struct weir_window_session_keep *k = w->keep;
	const struct weir_window_keep_each *e = &k->of.each;
	struct weir_window_line line = {.start = e->start, .end = e->end, .time = e->end - 1};
	struct weir_window_session_image image;
	const unsigned char *states;
	size_t at, n;

	if (!find(k, &image, &at, &n))
		return k->of.disk.spill.failed ? -1 : 0;
	if (k->phase == WEIR_WINDOW_SESSION_CLOSE && image.rev > 0 && !image.changed)
		return 0;
	line.final = k->phase == WEIR_WINDOW_SESSION_FORGET || k->phase == WEIR_WINDOW_SESSION_LAST;
	line.rev = weir_window_revises(w->conf) ? image.rev + 1 : 0;
	line.cell = weir_window_temps_new(&k->of.temps, w->conf);
	states = image.states;
	weir_window_disk_load(&k->of.disk, &states, line.cell);
	weir_window_keep_lines_add(&k->of, lines, &line, e->key, e->len);
	return k->phase == WEIR_WINDOW_SESSION_LAST ? 0 : update(w, &image, at, n);
}

static void
give(struct weir_window_sessions *w, struct weir_window_lines *lines)
{
	struct weir_window_session_keep *k = w->keep;
	size_t first = lines->n;
	int rc;

	weir_window_keep_lines_begin(&k->of);
	while (k->phase != WEIR_WINDOW_SESSION_DONE && lines->n - first < WEIR_WINDOW_DISK_PIECE) {
		rc = weir_window_keep_each_next(&k->of.each);
		if (rc > 0)
			rc = give_row(w, lines);
		else if (rc == 0)
			next_phase(w);
		if (rc < 0)
			break;
	}
	weir_window_keep_lines_end(&k->of, lines, first);
	k->of.disk.giving = k->phase != WEIR_WINDOW_SESSION_DONE && !k->of.disk.spill.failed;
}

void
weir_window_session_keep_begin(struct weir_window_sessions *w, bool tick, struct weir_window_lines *lines)
{
	struct weir_window_session_keep *k = w->keep;

	weir_window_sessions_shrink(w);
	k->at = w->mark;
	k->tick = tick;
	begin_phase(w, WEIR_WINDOW_SESSION_FORGET);
	give(w, lines);
}

/* Each turn gets its session's state. */
static void
spread(struct weir_window_sessions *w)
{
	struct weir_window_session_keep *k = w->keep;
	struct weir_window_session_image image;
	struct weir_window_keep_each e;

	weir_window_keep_each_init(&e, &k->of, WEIR_WINDOW_KEEP_KEPT, 0, 0);
	while (weir_window_keep_each_next(&e) > 0) {
		const unsigned char *p = e.value, *from;

		while (p < e.value + e.vlen) {
			from = p;
			weir_window_session_keep_read(k, &p, &image, k->of.disk.values);
			(void)weir_window_keep_last_put(&k->of, end_of(w, image.last), image.start, e.key, e.len, from,
			    (size_t)(p - from));
		}
	}
	weir_window_keep_each_release(&e);
}

void
weir_window_session_keep_last(struct weir_window_sessions *w, struct weir_window_lines *lines)
{
	weir_window_sessions_shrink(w);
	spread(w);
	begin_phase(w, WEIR_WINDOW_SESSION_LAST);
	give(w, lines);
}

bool
weir_window_session_keep_gives(struct weir_window_sessions *w, struct weir_window_lines *lines)
{
	struct weir_window_session_keep *k = w->keep;

	if (k == NULL)
		return false;
	if (k->of.disk.spill.failed)
		return true;
	if (k->of.disk.giving) {
		give(w, lines);
		return true;
	}
	weir_window_keep_lines_begin(&k->of);
	return false;
}
