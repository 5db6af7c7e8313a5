/*
 * windows - from records to results, whatever the kind of window
 *
 * The watermark that goes out is the least event time that a result may still have: the input's, less the lateness,
 * and less a nanosecond for sessions, whose end is behind the watermark when they close; none with --all, whose
 * results may lie anywhere. It goes out step by step, as windows close, so that what is in force before a result does
 * not depend on how far the input's watermark moved at once.
 */
#include "base/civil.h"
#include "swindow.h"

void
swindow_windows_init(struct swindow *s)
{
	struct swindow_conf *cf = s->cf;

	switch (cf->kind) {
	case SWINDOW_GRID: weir_window_slices_init(&s->slices, &cf->window, &cf->grid); break;
	case SWINDOW_SESSION: weir_window_sessions_init(&s->sessions, &cf->window, cf->gap); break;
	default: weir_window_counts_init(&s->counts, &cf->window, cf->count, cf->count_slide);
	}
}

void
swindow_windows_release(struct swindow *s)
{
	switch (s->cf->kind) {
	case SWINDOW_GRID: weir_window_slices_release(&s->slices); break;
	case SWINDOW_SESSION: weir_window_sessions_release(&s->sessions); break;
	default: weir_window_counts_release(&s->counts);
	}
	swindow_top_drop(s);
	weir_window_lines_release(&s->held);
	weir_window_lines_release(&s->lines);
	swindow_memory_close(s);
}

/* The watermark of the output when the input's is at time. */
static int64_t
output_mark(const struct swindow *s, int64_t time)
{
	switch (s->cf->kind) {
	case SWINDOW_ALL: return WEIR_TIME_NONE;
	case SWINDOW_COUNT: return time;
	case SWINDOW_SESSION: return weir_window_earlier(time, weir_window_later(s->cf->lateness, 1));
	default: return weir_window_earlier(time, s->cf->lateness);
	}
}

/* Adds the record to the cell. 1: it is bad for an aggregate, which s->bytes says. */
static int
aggregate(struct swindow *s, void *cell, const struct weir_record *rec)
{
	unsigned wrong = weir_agg_add(s->cf->aggs, s->cf->naggs, cell, rec);

	if (wrong == 0)
		return 0;
	weir_buf_clear(&s->bytes);
	weir_agg_why(&s->cf->aggs[wrong - 1], &s->bytes);
	return 1;
}

static int
emit(struct swindow *s, struct weir_out *out)
{
	bool more = s->disk != NULL && s->disk->giving;
	int rc = swindow_memory_check(s, out);

	if (rc == 0 && s->cf->top_n > 0 && (more || s->held.n > 0)) {
		swindow_top_hold(s);
		if (!more)
			rc = swindow_result_emit(s, &s->held, out);
		if (!more)
			swindow_top_drop(s);
	} else if (rc == 0 && s->lines.n > 0) {
		rc = swindow_result_emit(s, &s->lines, out);
	}
	s->lines.n = 0;
	return rc;
}

/* The windows that are gone: their starts. */
static int
missed(struct swindow *s, const struct weir_record *rec, const struct weir_window_place *p, struct weir_out *out)
{
	int64_t end = p->first, gone = weir_window_earlier(s->slices.mark, s->cf->lateness);

	for (; end <= gone && end <= p->last; end = weir_window_grid_after(&s->slices.grid, end)) {
		swindow_late_miss(s, weir_window_grid_start(&s->slices.grid, end));
		if (end == WEIR_TIME_MAX)
			break;
	}
	return swindow_late_add(s, rec, p->first, out);
}

static int
record_of_grid(struct swindow *s, const struct weir_record *rec, struct weir_out *out)
{
	struct weir_window_place place;
	struct weir_window_slice *slice = weir_window_slices_at(&s->slices, rec->time, &place);
	int wrong;
	bool made;

	if (weir_window_slices_missed(&s->slices, &place) && missed(s, rec, &place, out) != 0)
		return -1;
	if (slice == NULL)
		return 0;
	wrong = aggregate(s, weir_window_slices_cell(&s->slices, slice, s->key.p, s->key.len, s->hash, &made), rec);
	if (weir_window_revises(&s->cf->window))
		weir_window_slices_touch(&s->slices, slice, s->key.p, s->key.len, &s->lines);
	return wrong;
}

static int
record_of_session(struct swindow *s, const struct weir_record *rec, struct weir_out *out)
{
	struct weir_window_session *session =
	    weir_window_sessions_at(&s->sessions, rec->time, s->key.p, s->key.len, s->hash, &s->lines);
	int wrong;

	if (session == NULL) {
		swindow_late_miss(s, rec->time);
		return swindow_late_add(s, rec, weir_window_later(rec->time, s->cf->gap), out);
	}
	wrong = aggregate(s, weir_window_session_cell(session), rec);
	if (weir_window_revises(&s->cf->window))
		weir_window_sessions_touch(&s->sessions, session, &s->lines);
	return wrong;
}

static int
record_of_count(struct swindow *s, const struct weir_record *rec)
{
	struct weir_node *node;
	void *cell = weir_window_counts_at(&s->counts, rec->time, s->key.p, s->key.len, s->hash, &node);
	int wrong;

	if (cell == NULL)
		return 0;
	wrong = aggregate(s, cell, rec);
	weir_window_counts_touch(&s->counts, node, &s->lines);
	return wrong;
}

int
swindow_windows_record(struct swindow *s, const struct weir_record *rec, struct weir_out *out)
{
	int wrong;

	switch (s->cf->kind) {
	case SWINDOW_GRID: wrong = record_of_grid(s, rec, out); break;
	case SWINDOW_SESSION: wrong = record_of_session(s, rec, out); break;
	default: wrong = record_of_count(s, rec);
	}
	if (wrong < 0)
		return wrong;
	if (wrong > 0 && weir_stage_bad(out, rec, "%s", weir_buf_cstr(&s->bytes)) != 0)
		return -1;
	/* What is moved to disk, lines point to. */
	if (emit(s, out) != 0)
		return -1;
	return s->records % s->look == 0 ? swindow_memory_look(s, out) : 0;
}

static int
due(struct swindow *s, int64_t watermark, int64_t *at)
{
	int rc;

	switch (s->cf->kind) {
	case SWINDOW_GRID:
		rc = weir_window_slices_due(&s->slices, watermark, &s->lines);
		*at = s->slices.mark;
		break;
	case SWINDOW_SESSION:
		rc = weir_window_sessions_due(&s->sessions, watermark, &s->lines);
		*at = s->sessions.mark;
		break;
	default:
		rc = weir_window_counts_due(&s->counts, watermark, &s->lines);
		*at = s->counts.mark;
	}
	return rc;
}

/* What is due; and the memory, whenever that was much. */
static int
give(struct swindow *s, struct weir_out *out)
{
	s->given += s->lines.n;
	if (emit(s, out) != 0)
		return -1;
	if (s->given < s->look || (s->disk != NULL && s->disk->giving))
		return 0;
	s->given = 0;
	return swindow_memory_look(s, out);
}

int
swindow_windows_advance(struct swindow *s, int64_t watermark, struct weir_out *out)
{
	int64_t at;

	/* The end of a stream under a checkpoint. */
	if (watermark == WEIR_TIME_MAX && swindow_windows_finish(s, out) != 0)
		return -1;
	while (due(s, watermark, &at) > 0) {
		weir_out_watermark(out, weir_window_earlier(output_mark(s, at), 1));
		if (give(s, out) != 0)
			return -1;
	}
	weir_out_watermark(out, output_mark(s, watermark));
	return 0;
}

static int
finish(struct swindow *s)
{
	switch (s->cf->kind) {
	case SWINDOW_GRID: return weir_window_slices_finish(&s->slices, &s->lines);
	case SWINDOW_SESSION: return weir_window_sessions_finish(&s->sessions, &s->lines);
	default: return weir_window_counts_finish(&s->counts, &s->lines);
	}
}

int
swindow_windows_finish(struct swindow *s, struct weir_out *out)
{
	while (finish(s) > 0)
		if (give(s, out) != 0)
			return -1;
	return 0;
}
