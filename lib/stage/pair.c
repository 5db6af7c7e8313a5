/*
 * pair - see pair.h
 *
 * A step hands on what is at hand of the input that is behind, or reads one frame of it. If there is nothing to read,
 * pair_wait.c says what is done meanwhile.
 */
#include "stage/pair.h"
#include "base/mem.h"
#include "base/sys.h"
#include "stage/pair_core.h"

#include <stdlib.h>
#include <unistd.h>

/* Frames after which a watermark that nothing was sent with is sent all the same. */
#define QUIET_FRAMES 64

unsigned
weir_pair_side(const struct weir_out *out)
{
	return ((const struct weir_pair_loop *)(const void *)out)->side;
}

int64_t
weir_pair_watermark(const struct weir_out *out, unsigned side)
{
	return ((const struct weir_pair_loop *)(const void *)out)->in[side].watermark;
}

/* Nothing more comes, now or in a later run. */
static inline bool
is_over(const struct weir_pair_loop *l, const struct weir_pair_in *in)
{
	return in->closed && !weir_pair_has(in) && !(l->run.epoch.on && in->end.how == WEIR_END_PAUSED);
}

/* Whether it holds the other back. */
static inline bool
holds(const struct weir_pair_loop *l, const struct weir_pair_in *in)
{
	return !is_over(l, in) && !weir_pair_quiet(in);
}

int
weir_pair_flush(struct weir_pair_loop *l)
{
	l->unsent = 0;
	if (weir_out_flush(&l->run.out) != 0)
		return weir_run_check(&l->run, -1);
	if (l->run.table != NULL && weir_sink_flush(l->run.table) != 0)
		return weir_run_sink_failed(&l->run);
	return 0;
}

static int
move_watermark(struct weir_pair_loop *l, int64_t time)
{
	l->run.watermark = time;
	if (l->st->on_watermark != NULL)
		return l->st->on_watermark(l->self, time, &l->run.out);
	if (l->st->flags & WEIR_STAGE_PASSES)
		weir_out_watermark(&l->run.out, time);
	return 0;
}

/* The lower one of those that count. When none does it stays where it is. */
static int
look_at_watermarks(struct weir_pair_loop *l)
{
	bool left = holds(l, &l->in[0]), right = holds(l, &l->in[1]);
	int64_t mark = INT64_MIN;

	if (left || right)
		mark = !right || (left && l->in[0].watermark < l->in[1].watermark) ? l->in[0].watermark : l->in[1].watermark;
	if (mark > l->run.watermark)
		return weir_run_check(&l->run, move_watermark(l, mark));
	if (left || right || l->hushed || (is_over(l, &l->in[0]) && is_over(l, &l->in[1])))
		return 0;
	l->hushed = true;
	return weir_run_check(&l->run, weir_out_idle(&l->run.out));
}

/* The input that is to be read, or NULL: there is nothing more. */
static struct weir_pair_in *
choose(struct weir_pair_loop *l)
{
	struct weir_pair_in *a = &l->in[0], *b = &l->in[1];

	if (is_over(l, a))
		return is_over(l, b) ? NULL : b;
	if (is_over(l, b))
		return a;
	if (weir_pair_quiet(a) != weir_pair_quiet(b))
		return weir_pair_quiet(a) ? b : a;
	return b->watermark < a->watermark ? b : a;
}

/* Hands one entry on. other: the other's watermark, INT64_MAX if it doesn't count. */
static inline int
hand_on(struct weir_pair_loop *l, struct weir_pair_in *in, struct weir_record *rec, int64_t other)
{
	unsigned kind = rec->flags & WEIR_ENTRY_KIND;
	int64_t mark = rec->time;

	in->idle = false;
	if (kind == WEIR_ENTRY_RECORD) {
		rec->watermark = in->watermark;
		rec->seq = in->records++;
		l->run.records++;
		if (l->st->on_record(l->self, rec, &l->run.out) != 0)
			return -1;
		if (in->delay < 0 || rec->time < INT64_MIN + 1 + in->delay)
			return 0;
		mark = rec->time - in->delay;
	} else if (kind != WEIR_ENTRY_WATERMARK) {
		in->idle = kind == WEIR_ENTRY_IDLE;
		in->delay = kind == WEIR_BACKLOG_DELAY ? rec->time : in->delay;
		return 0;
	}
	if (mark <= in->watermark)
		return 0;
	in->watermark = mark;
	mark = mark < other ? mark : other;
	return mark > l->run.watermark ? move_watermark(l, mark) : 0;
}

/* All of the frame has been taken: what it said of itself is held against it. */
static int
end_frame(struct weir_pair_loop *l, struct weir_pair_in *in)
{
	in->framed = false;
	if (in->count != in->frame.head.count || in->reader.damage)
		return weir_reader_damaged(&in->reader, &in->frame, "its records don't fit its header or its shapes");
	return ++l->unsent >= QUIET_FRAMES ? weir_pair_flush(l) : 0;
}

/* Entries of the frame at hand, while the input is behind. 0, or -1. */
static int
hand_frame(struct weir_pair_loop *l, struct weir_pair_in *in, int64_t limit, int64_t other)
{
	struct weir_record rec = {0};
	int rc = 1;

	while (in->watermark <= limit && (rc = weir_reader_entry(&in->reader, &in->frame, &in->at, &rec)) > 0) {
		if ((rec.flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_RECORD) {
			in->count++;
			weir_pair_adopt(in, &rec);
		}
		if (hand_on(l, in, &rec, other) != 0)
			return weir_run_check(&l->run, -1);
	}
	return rc == 0 ? end_frame(l, in) : rc < 0 ? -1 : 0;
}

/* Entries of the queue, likewise. */
static int
hand_queue(struct weir_pair_loop *l, struct weir_pair_in *in, int64_t limit, int64_t other)
{
	struct weir_record rec = {.damage = &in->reader.damage};
	int rc = 0;

	while (rc == 0 && in->watermark <= limit && weir_overflow_get(&in->queue, &rec)) {
		rc = weir_run_check(&l->run, hand_on(l, in, &rec, other));
		weir_overflow_drop(&in->queue);
	}
	if (rc == 0 && in->reader.damage)
		return weir_reader_damaged(&in->reader, &in->frame, "a record before it doesn't fit its shape");
	return rc;
}

static int
hand(struct weir_pair_loop *l, struct weir_pair_in *in)
{
	const struct weir_pair_in *o = weir_pair_other(l, in);
	bool free = !holds(l, o);
	int64_t other = free ? INT64_MAX : o->watermark;
	int64_t limit = free || in->side == WEIR_PAIR_LEFT ? other : other - 1;

	l->hushed = false;
	l->side = in->side;
	l->run.source = in->name;
	if (in->queue.entries > 0)
		return hand_queue(l, in, limit, other);
	return hand_frame(l, in, limit, other);
}

/* 0 to go on; 1: it is over; -1. */
static int
step(struct weir_pair_loop *l)
{
	struct weir_pair_in *in;
	bool got;
	int rc;

	if ((rc = weir_epoch_reap(&l->run.epoch, false)) != 0)
		return weir_run_epoch_failed(&l->run, rc);
	weir_run_answer(&l->run);
	if (l->spill != NULL && l->spill->failed)
		return weir_run_die(&l->run, WEIR_EX_IOERR, "--spill: %s", weir_buf_cstr(&l->spill->why));
	if (look_at_watermarks(l) != 0)
		return -1;
	in = choose(l);
	if (in == NULL)
		return 1;
	if (weir_pair_has(in))
		return hand(l, in);
	if (weir_pair_quiet(weir_pair_other(l, in)) && !weir_pair_stuck(weir_pair_other(l, in)) &&
	    (weir_pair_take(l, weir_pair_other(l, in), &got) != 0 || got))
		return got ? 0 : -1;
	if (weir_pair_stuck(in))
		return weir_pair_catch_up(l, in);
	if (weir_pair_take(l, in, &got) != 0)
		return -1;
	if (!got)
		return weir_pair_wait(l, in);
	l->allowance = 0;
	l->since = 0;
	return 0;
}

/* Both hellos. */
static int
meet(struct weir_pair_loop *l)
{
	struct weir_pair_in *a = &l->in[0], *b = &l->in[1];
	bool got = false, also = false, slept;

	if ((!a->greeted && weir_pair_take(l, a, &got) != 0) || (!b->greeted && weir_pair_take(l, b, &also) != 0))
		return -1;
	if (a->greeted && b->greeted && weir_pair_start(l) != 0)
		return -1;
	if (l->started && l->run.watermark != INT64_MIN)
		return weir_run_check(&l->run, move_watermark(l, l->run.watermark));
	if (got || also || l->started)
		return 0;
	return a->greeted ? weir_pair_wait_for(l, b, NULL, -1, &slept) : weir_pair_wait_for(l, a, b->greeted ? NULL : b, -1, &slept);
}

static void
release(struct weir_pair_in *in)
{
	unsigned i;

	for (i = 0; i < WEIR_SHAPE_IDS; i++)
		weir_shape_free(in->shapes[i].own);
	free(in->shapes);
	weir_overflow_release(&in->queue);
	weir_hello_release(&in->hello);
	weir_barrier_release(&in->barrier);
	weir_end_release(&in->end);
	if (in->reader.fd > STDERR_FILENO)
		close(in->reader.fd);
	weir_reader_release(&in->reader);
}

static int
finish(struct weir_pair_loop *l)
{
	enum weir_end_how how = WEIR_END_FINAL;
	struct weir_run *run = &l->run;
	int status;

	if (!l->started)
		weir_run_greet_late(run);
	if ((status = weir_epoch_reap(&run->epoch, true)) != 0)
		weir_run_epoch_failed(run, status);
	if (run->status == 0 && l->st->on_final != NULL && !run->epoch.on)
		weir_run_check(run, l->st->on_final(l->self, &run->out));
	if (l->st->on_close != NULL && (status = l->st->on_close(l->self, run->status)) != run->status)
		weir_run_fail(run, status, "closing the output failed");
	if (run->epoch.on && (l->in[0].end.how == WEIR_END_PAUSED || l->in[1].end.how == WEIR_END_PAUSED))
		how = WEIR_END_PAUSED;
	run->bytes = l->in[0].reader.offset + l->in[1].reader.offset;
	run->answer = NULL;
	status = weir_run_finish(run, how, weir_pair_stats, l);
	release(&l->in[0]);
	release(&l->in[1]);
	return status;
}

/* Which of the readers can't go on. */
static void
say_broken(struct weir_pair_loop *l)
{
	struct weir_pair_in *in = &l->in[l->in[0].reader.error == WEIR_READER_OK];

	weir_run_broken(&l->run, &in->reader, in->name);
}

int
weir_stage_run_pair(const struct weir_stage *st, const struct weir_common *common, void *self,
    const struct weir_pair_input in[2], uint64_t max_memory, struct weir_spill *spill)
{
	struct weir_pair_loop l = {.st = st, .self = self, .max_memory = max_memory, .spill = spill};
	unsigned i;
	int rc;

	weir_run_init(&l.run, st->name, common);
	l.run.answer = weir_pair_answer;
	for (i = 0; i < 2; i++) {
		l.in[i].name = in[i].name;
		l.in[i].side = i;
		l.in[i].delay = -1;
		l.in[i].watermark = INT64_MIN;
		weir_overflow_init(&l.in[i].queue, spill, (unsigned char)(WEIR_PAIR_SPILL + i), (size_t)(max_memory / 2));
		l.in[i].shapes = weir_mem_zalloc(WEIR_SHAPE_IDS, sizeof(*l.in[i].shapes));
		weir_reader_init(&l.in[i].reader, in[i].fd, NULL, 0);
		weir_sys_grow_pipe(in[i].fd, 1024 * 1024);
	}
	weir_run_output(&l.run, (st->flags & WEIR_STAGE_FRAMES) != 0);
	do
		rc = l.started ? step(&l) : meet(&l);
	while (rc == 0);
	if (rc < 0 && l.run.status == 0 && !l.run.quit)
		say_broken(&l);
	return finish(&l);
}
