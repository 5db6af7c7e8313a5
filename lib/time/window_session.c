/*
 * window_session - see window_session.h
 *
 * A session's turn is queued for the time at which it was due when that was done (window_turns.h). A record that makes the
 * session last longer leaves the queue alone: the turn is put off when it comes.
 */
#include "time/window_session.h"
#include "base/civil.h"
#include "base/mem.h"
#include "time/window_session_keep.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(struct weir_window_session) % 16 == 0, "cells are aligned by it");

/* Without any key. */
static void
begin(struct weir_window_sessions *w)
{
	const struct weir_window_conf *c = w->conf;

	weir_nodes_init(&w->nodes, sizeof(struct weir_window_session_key));
	weir_window_turns_init(&w->turns, weir_window_later(w->gap, c->lateness));
	weir_pool_init(&w->sessions, sizeof(struct weir_window_session) + c->cell +
	        (weir_window_revises(c) ? (sizeof(struct weir_window_session_past) + 15) / 16 * 16 : 0));
}

void
weir_window_sessions_init(struct weir_window_sessions *w, const struct weir_window_conf *conf, int64_t gap)
{
	memset(w, 0, sizeof(*w));
	w->conf = conf;
	w->gap = gap;
	w->mark = WEIR_TIME_NONE;
	begin(w);
}

static bool
closed(const struct weir_window_sessions *w, struct weir_window_session *s)
{
	const struct weir_window_session_past *past = weir_window_session_past(w, s);

	return past != NULL && past->closed;
}

static void
clear_cell(struct weir_window_sessions *w, struct weir_window_session *s)
{
	weir_agg_clear(w->conf->aggs, w->conf->naggs, weir_window_session_cell(s));
}

/* A session out of its key's list, its cell cleared: its memory goes with the last of its turns. */
static void
let_go(struct weir_window_sessions *w, struct weir_window_session *s)
{
	const struct weir_window_session_past *past = weir_window_session_past(w, s);

	if (past == NULL || past->turns == 0)
		weir_pool_put(&w->sessions, s);
}

/* A key without sessions is forgotten with the first of those that were its last. */
static void
tidy(struct weir_window_sessions *w)
{
	struct weir_window_session *s, *next;

	for (s = w->trash; s != NULL; s = s->next) {
		struct weir_window_session_key *k = weir_node_bytes(s->node);

		if (k->first == NULL)
			k->first = s;
		else
			s->node = NULL;
	}
	for (s = w->trash; s != NULL; s = next) {
		next = s->next;
		if (s->node != NULL)
			weir_nodes_remove(&w->nodes, s->node);
		s->node = NULL;
		clear_cell(w, s);
		let_go(w, s);
	}
	w->trash = NULL;
}

static void
forget_all(struct weir_window_sessions *w)
{
	struct weir_node *node = NULL;
	struct weir_window_session *s;

	while ((node = weir_nodes_next(&w->nodes, node)) != NULL)
		for (s = weir_window_session_first(node); s != NULL; s = s->next)
			clear_cell(w, s);
	weir_window_turns_release(&w->turns);
	weir_nodes_release(&w->nodes);
	weir_pool_release(&w->sessions);
}

void
weir_window_sessions_release(struct weir_window_sessions *w)
{
	tidy(w);
	forget_all(w);
	free(w->due);
	memset(w, 0, sizeof(*w));
}

bool
weir_window_sessions_shrink(struct weir_window_sessions *w)
{
	tidy(w);
	if (w->nodes.n == 0)
		return false;
	/* Pools give their memory back only as a whole. */
	if (weir_window_session_keep_move(w) == 0) {
		forget_all(w);
		begin(w);
	}
	return true;
}

static int64_t
end_of(const struct weir_window_sessions *w, const struct weir_window_session *s)
{
	return weir_window_later(s->last, w->gap);
}

/* The watermark at which something is to be done with a session. */
static int64_t
turn_of(const struct weir_window_sessions *w, struct weir_window_session *s)
{
	int64_t end = end_of(w, s);

	if (closed(w, s))
		end = weir_window_later(end, w->conf->lateness);
	return weir_window_later(end, 1);
}

static void
put_turn(struct weir_window_sessions *w, struct weir_window_session *s, int64_t at)
{
	struct weir_window_session_past *past = weir_window_session_past(w, s);

	if (past != NULL) {
		past->turn = at;
		past->turns++;
	}
	weir_window_turns_put(&w->turns, at, s);
}

/* A session that had closed is open again: the one case in which a turn comes earlier, before the one that it has. */
static void
reopen(struct weir_window_sessions *w, struct weir_window_session *s)
{
	struct weir_window_session_past *past = weir_window_session_past(w, s);

	past->closed = false;
	if (turn_of(w, s) < past->turn)
		put_turn(w, s, turn_of(w, s));
}

static void
set_changed(struct weir_window_sessions *w, struct weir_window_session_past *past, bool changed)
{
	w->changed = w->changed - past->said.changed + changed;
	past->said.changed = changed;
}

static void
fill(const struct weir_window_sessions *w, const struct weir_window_session *s, struct weir_window_line *line)
{
	line->start = s->start;
	line->end = end_of(w, s);
	line->time = line->end - 1;
	line->key = weir_node_key(&w->nodes, s->node);
	line->len = s->node->len;
}

static void
tell(struct weir_window_sessions *w, struct weir_window_session *s, bool final, struct weir_window_lines *lines)
{
	struct weir_window_line line = {.cell = weir_window_session_cell(s), .final = final};
	struct weir_window_session_past *past = weir_window_session_past(w, s);

	fill(w, s, &line);
	if (past != NULL) {
		line.rev = ++past->said.rev;
		set_changed(w, past, false);
	}
	weir_window_lines_add(lines, &line);
}

/* What was said of s, in rev results, is void: it is now part of `by`, which its event time comes from. */
static void
take_back(struct weir_window_sessions *w, const struct weir_window_session *s, uint32_t rev,
    const struct weir_window_session *by, struct weir_window_lines *lines)
{
	struct weir_window_line line = {.rev = rev + 1, .final = true};

	if (rev == 0)
		return;
	fill(w, s, &line);
	line.end = WEIR_TIME_NONE;
	line.time = end_of(w, by) - 1;
	weir_window_lines_add(lines, &line);
}

struct weir_window_session *
weir_window_sessions_put(struct weir_window_sessions *w, struct weir_node *node, struct weir_window_session *behind,
    int64_t start, int64_t last)
{
	struct weir_window_session *s = memset(weir_pool_get(&w->sessions), 0, w->sessions.size), **at;
	struct weir_window_session_past *past = weir_window_session_past(w, s);
	struct weir_window_session_key *k = weir_node_bytes(node);

	s->node = node;
	s->start = start;
	s->last = last;
	for (at = behind != NULL ? &behind->next : &k->first; *at != NULL && (*at)->start < start; at = &(*at)->next)
		;
	s->next = *at;
	*at = s;
	if (past != NULL)
		past->closed = w->mark != WEIR_TIME_NONE && w->mark > end_of(w, s);
	put_turn(w, s, turn_of(w, s));
	return s;
}

/* The next session of the key becomes part of s. */
static void
merge(struct weir_window_sessions *w, struct weir_window_session *s, struct weir_window_lines *lines)
{
	struct weir_window_session *other = s->next;
	struct weir_window_session_past *past = weir_window_session_past(w, s), *others = weir_window_session_past(w, other);

	if (other->last > s->last)
		s->last = other->last;
	if (past != NULL) {
		if (others->said.rev > past->said.rev)
			past->said.rev = others->said.rev;
		set_changed(w, others, false);
		take_back(w, other, others->said.rev, s, lines);
	}
	weir_agg_merge(w->conf->aggs, w->conf->naggs, weir_window_session_cell(s), weir_window_session_cell(other));
	clear_cell(w, other);
	s->next = other->next;
	other->node = NULL;
}

static bool
touches(const struct weir_window_sessions *w, const struct weir_window_session *s, int64_t time)
{
	return time >= weir_window_earlier(s->start, w->gap) && time <= weir_window_later(s->last, w->gap);
}

struct weir_window_session *
weir_window_sessions_at(struct weir_window_sessions *w, int64_t time, const void *key, size_t len,
    uint32_t hash, struct weir_window_lines *lines)
{
	struct weir_node *node = weir_window_session_keep_find(w, key, len, hash);
	struct weir_window_session_key *k = node != NULL ? weir_node_bytes(node) : NULL;
	struct weir_window_session *s, old;
	struct weir_window_session_past *past;
	uint32_t rev;

	for (s = k != NULL ? k->first : NULL; s != NULL && !touches(w, s, time); s = s->next)
		;
	if (s == NULL) {
		int64_t kept = weir_window_later(weir_window_later(time, w->gap), w->conf->lateness);

		if (kept < w->mark)
			return NULL;
		if (node == NULL)
			node = weir_nodes_put(&w->nodes, key, len, hash);
		return weir_window_sessions_put(w, node, NULL, time, time);
	}
	old = *s;
	past = weir_window_session_past(w, s);
	rev = past != NULL ? past->said.rev : 0;
	if (time > s->last)
		s->last = time;
	while (s->next != NULL && touches(w, s->next, time))
		merge(w, s, lines);
	if (time < s->start) {
		take_back(w, &old, rev, s, lines);
		s->start = time;
	}
	if (closed(w, s) && w->mark <= end_of(w, s))
		reopen(w, s);
	return s;
}

void
weir_window_sessions_touch(struct weir_window_sessions *w, struct weir_window_session *s,
    struct weir_window_lines *lines)
{
	if (w->conf->emit == WEIR_WINDOW_UPDATE || closed(w, s))
		tell(w, s, false, lines);
	else
		set_changed(w, weir_window_session_past(w, s), true);
}

/* The session is forgotten: freed when its line has been read. */
static void
retire(struct weir_window_sessions *w, struct weir_window_session *s)
{
	struct weir_window_session_key *k = weir_node_bytes(s->node);
	struct weir_window_session **at;

	for (at = &k->first; *at != s; at = &(*at)->next)
		;
	*at = s->next;
	s->next = w->trash;
	w->trash = s;
}

/* Takes out the first turn of a session that is due at it; NULL if none is until then. */
static struct weir_window_session *
first_turn(struct weir_window_sessions *w, int64_t until, int64_t *at)
{
	struct weir_window_turn turn;

	while (weir_window_turns_take(&w->turns, until, &turn)) {
		struct weir_window_session *s = turn.whose;
		struct weir_window_session_past *past = weir_window_session_past(w, s);

		if (past != NULL)
			past->turns--;
		if (s->node == NULL) {
			let_go(w, s);
			continue;
		}
		if (past != NULL && turn.at != past->turn)
			continue;
		*at = turn_of(w, s);
		if (*at <= turn.at)
			return s;
		put_turn(w, s, *at);
	}
	return NULL;
}

static void
tell_changes(struct weir_window_sessions *w, struct weir_window_lines *lines)
{
	struct weir_node *node = NULL;
	struct weir_window_session *s;

	while ((node = weir_nodes_next(&w->nodes, node)) != NULL)
		for (s = weir_window_session_first(node); s != NULL; s = s->next)
			if (weir_window_session_past(w, s)->said.changed)
				tell(w, s, false, lines);
}

static void
take_turn(struct weir_window_sessions *w, struct weir_window_session *s, struct weir_window_lines *lines)
{
	struct weir_window_session_past *past = weir_window_session_past(w, s);

	if (past == NULL || past->closed || w->conf->lateness == 0) {
		tell(w, s, true, lines);
		retire(w, s);
		return;
	}
	if (past->said.rev == 0 || past->said.changed)
		tell(w, s, false, lines);
	past->closed = true;
	put_turn(w, s, turn_of(w, s));
}

/* The first turn that is due until then, and when that is: of what is on disk some is taken back if need be. NULL: none, or
 * more than have room. */
static struct weir_window_session *
next_turn(struct weir_window_sessions *w, int64_t until, int64_t *at)
{
	struct weir_window_session *s;

	do
		s = first_turn(w, weir_window_session_keep_limit(w, until), at);
	while (s == NULL && weir_window_session_keep_fetch(w, until));
	return s;
}

/* All that are due with s; false: their lines have no room in memory. */
static bool
gather(struct weir_window_sessions *w, struct weir_window_session *s)
{
	int64_t turn;

	for (w->ndue = 0; s != NULL; s = first_turn(w, w->mark, &turn)) {
		if (w->ndue == w->due_cap) {
			w->due_cap = w->due_cap == 0 ? 64 : 2 * w->due_cap;
			w->due = weir_mem_realloc(w->due, w->due_cap, sizeof(*w->due));
		}
		w->due[w->ndue++] = s;
	}
	return w->keep == NULL || !weir_window_keep_crowds(&w->keep->of, w->ndue);
}

int
weir_window_sessions_due(struct weir_window_sessions *w, int64_t watermark, struct weir_window_lines *lines)
{
	int64_t at, tick = WEIR_TIME_MAX;
	struct weir_window_session *s;
	bool crowded, ticks;
	size_t i;

	if (weir_window_session_keep_gives(w, lines))
		return 1;
	tidy(w);
	if (watermark <= w->mark)
		return 0;
	if (w->changed > 0 && w->conf->emit == WEIR_WINDOW_PERIODIC)
		tick = weir_window_tick(w->conf, w->mark);
	s = next_turn(w, tick < watermark ? tick : watermark, &at);
	crowded = s == NULL && weir_window_session_keep_crowded(w, &at);
	if (s == NULL && !crowded && tick > watermark) {
		w->mark = watermark;
		return 0;
	}
	w->mark = at = s != NULL || crowded ? at : tick;
	ticks = tick == at && w->changed > 0;
	if (crowded || !gather(w, s) || (ticks && weir_window_session_keep_wants(w, w->changed))) {
		weir_window_session_keep_begin(w, ticks, lines);
		return 1;
	}
	for (i = 0; i < w->ndue; i++)
		take_turn(w, w->due[i], lines);
	if (ticks && w->changed > 0)
		tell_changes(w, lines);
	return 1;
}

int
weir_window_sessions_finish(struct weir_window_sessions *w, struct weir_window_lines *lines)
{
	struct weir_window_session *s;
	int64_t at;

	if (weir_window_session_keep_gives(w, lines))
		return 1;
	tidy(w);
	/* There are no more than the pool has room for. */
	if (w->keep != NULL && (w->keep->of.keys > 0 ||
	                           (w->nodes.n > 0 && weir_window_session_keep_wants(w, w->sessions.memory / w->sessions.size)))) {
		weir_window_session_keep_last(w, lines);
		return 1;
	}
	while ((s = first_turn(w, WEIR_TIME_MAX, &at)) != NULL) {
		tell(w, s, true, lines);
		retire(w, s);
	}
	return lines->n > 0;
}

struct weir_window_session *
weir_window_sessions_restore(struct weir_window_sessions *w, int64_t start, int64_t last, const void *key, size_t len)
{
	uint32_t hash = weir_nodes_hash(key, len);
	struct weir_node *node = weir_window_session_keep_find(w, key, len, hash);

	return weir_window_sessions_put(w, node != NULL ? node : weir_nodes_put(&w->nodes, key, len, hash), NULL, start, last);
}

void
weir_window_sessions_prefetch(const struct weir_window_sessions *w, uint32_t hash, unsigned step)
{
	struct weir_node *node;

	if (step == 0)
		weir_nodes_prefetch(&w->nodes, hash);
	else if (step == 1)
		weir_nodes_prefetch_node(&w->nodes, hash);
	else if ((node = weir_nodes_prefetched(&w->nodes, hash)) != NULL)
		__builtin_prefetch(weir_window_session_first(node));
}
