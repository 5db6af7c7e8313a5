/*
 * state_cold - what --spill has taken to disk, as it goes into a checkpoint
 */
#include "base/civil.h"
#include "base/mem.h"
#include "state.h"

#include <stdlib.h>

int
swindow_state_cold_slices(struct swindow *s, struct weir_out *state)
{
	struct weir_value *states = weir_mem_zalloc(s->cf->naggs, sizeof(*states));
	struct weir_window_cold_each e;
	int rc = 0, more;

	weir_window_cold_each_init(&e, &s->slices);
	while (rc == 0 && (more = weir_window_cold_each_next(&e, &s->slices, states)) != 0) {
		struct swindow_item it = {.what = SWINDOW_ITEM_SLICE, .start = e.slice->place.start, .end = e.slice->place.end, .key = e.key,
		    .states = states};

		rc = more < 0 ? -1 : swindow_state_put(s, &it, state);
	}
	weir_window_cold_each_release(&e);
	free(states);
	return rc;
}

int
swindow_state_cold_books(struct swindow *s, struct weir_out *state)
{
	struct weir_window_books_each e;
	struct weir_window_book *book;
	int rc = 0, more = 0;

	weir_window_books_each_init(&e, &s->slices.books, NULL);
	while (rc == 0 && (more = weir_window_books_each_next(&e)) > 0) {
		book = weir_window_books_at(&s->slices.books, e.at.when, false);
		if (book != NULL && weir_table_get(&book->table, e.at.key, e.at.len) == NULL)
			rc = swindow_state_put_said(s, book->end, e.at.key, &e.said, state);
	}
	weir_window_books_each_release(&e);
	return more < 0 ? -1 : rc;
}

int
swindow_state_cold_sessions(struct swindow *s, struct weir_out *state)
{
	struct weir_window_session_keep *k = s->sessions.keep;
	struct weir_value *states = weir_mem_zalloc(s->cf->naggs, sizeof(*states));
	struct weir_window_session_image image;
	struct weir_window_keep_each e;
	const unsigned char *p;
	int rc = 0, more;

	weir_window_keep_each_init(&e, &k->of, WEIR_WINDOW_KEEP_KEPT, 0, 0);
	while (rc == 0 && (more = weir_window_keep_each_next(&e)) != 0) {
		rc = more < 0 ? -1 : 0;
		for (p = e.value; rc == 0 && p < e.value + e.vlen;) {
			struct swindow_item it = {.what = SWINDOW_ITEM_SESSION, .key = e.key, .states = states};

			weir_window_session_keep_read(k, &p, &image, states);
			it.start = image.start;
			it.end = image.last;
			it.rev = image.rev;
			it.changed = image.changed;
			rc = swindow_state_put(s, &it, state);
		}
	}
	weir_window_keep_each_release(&e);
	free(states);
	return rc;
}

/* What is kept of a key. */
static int
save_kept_count(struct swindow *s, const struct weir_window_keep_each *e, struct weir_value *states, struct weir_out *state)
{
	struct swindow_item it = {.what = SWINDOW_ITEM_SKIP, .start = WEIR_TIME_NONE, .end = WEIR_TIME_NONE, .key = e->key};
	const unsigned char *p = e->value;
	struct weir_window_count_image image;
	struct weir_window_part part;
	uint32_t i;
	int rc = 0;

	weir_window_count_keep_read(&p, &image);
	it.n = (int64_t)image.skip;
	if (image.skip > 0)
		rc = swindow_state_put(s, &it, state);
	it.what = SWINDOW_ITEM_PART;
	it.states = states;
	it.rev = image.rev;
	it.changed = image.changed;
	for (i = 0; rc == 0 && i < image.n; i++) {
		weir_window_count_keep_read_part(s->counts.keep, &p, &part, states);
		it.start = part.first;
		it.end = part.last;
		it.n = i + 1 == image.n ? image.fill : 0;
		rc = swindow_state_put(s, &it, state);
	}
	return rc;
}

int
swindow_state_cold_counts(struct swindow *s, struct weir_out *state)
{
	struct weir_value *states = weir_mem_zalloc(s->cf->naggs, sizeof(*states));
	struct weir_window_keep_each e;
	int rc = 0, more;

	weir_window_keep_each_init(&e, &s->counts.keep->of, WEIR_WINDOW_KEEP_KEPT, 0, 0);
	while (rc == 0 && (more = weir_window_keep_each_next(&e)) != 0)
		rc = more < 0 ? -1 : save_kept_count(s, &e, states, state);
	weir_window_keep_each_release(&e);
	free(states);
	return rc;
}
