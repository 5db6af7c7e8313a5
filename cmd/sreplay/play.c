/*
 * play - a log as the source of a pipeline
 *
 * Records are passed on as they lie in the log, whole frames at once where nothing is left out or moved.
 */
#include "base/civil.h"
#include "base/mem.h"
#include "base/say.h"
#include "base/sys.h"
#include "base/sys_watch.h"
#include "number.h"
#include "pace.h"
#include "parts.h"
#include "sreplay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A record that is due so soon is not waited for. */
#define SOON_NS (200 * 1000)

struct player {
	const struct sreplay_conf *cf;
	struct parts parts;                  /* of the log, and where each is */
	struct weir_out *out;
	struct weir_sys_watch watch;
	struct pace pace;
	struct number number;
	struct weir_buf hello, shifted;      /* the hello as it was sent; a record whose time is moved */
	bool held;                           /* the cursor stands on a record that was not due yet */
	bool watching, past;                 /* past: the end that --to names is reached */
	bool beyond;                         /* by offset, with the record that the cursor stands on: a later --to may want it */
	int64_t due;                         /* of the record that is held */
	uint64_t looked;                     /* the segment that --to has been held against */
	uint64_t left, loops;
	bool implied;                        /* as the hello said */
	int64_t delay;
	int64_t shift;                       /* is added to event times */
	bool shifts, aimed;                  /* it is to be; and what it is, is known */
	int64_t target, greatest;            /* the first record's new time; the greatest one sent */
};

static int
on_hello(void *self, struct weir_hello *h, struct weir_out *out)
{
	struct player *p = self;
	const char *stage = p->cf->common.id != NULL ? p->cf->common.id : "sreplay";
	int rc = parts_open(&p->parts);
	unsigned i;

	p->out = out;
	if (rc != 0)
		return rc;
	weir_hello_add_source(h, p->parts.path);
	h->implied = p->implied = p->parts.n == 1 && p->parts.cursors[0].implied;
	h->delay = p->delay = p->parts.n == 1 ? p->parts.cursors[0].delay : 0;
	weir_hello_encode(h, &p->hello);
	for (i = 0; rc == 0 && p->cf->checkpoint.dir != NULL && i < p->parts.n; i++) {
		struct part *q = &p->parts.v[i];

		q->saved = q->resumed ? q->offset : p->parts.cursors[i].extent.first;
		rc = parts_said(&q->log, weir_readers_open(&q->reader, &q->log, h->checkpoint.id, h->checkpoint.dir, stage, q->saved));
	}
	return rc;
}

/* What follows in the log has another delay: a stream of its own, behind the one so far. */
static int
say_hello(struct player *p)
{
	struct weir_end end = {.how = WEIR_END_PAUSED};
	struct weir_hello h = {0};
	int rc;

	if (p->parts.cursors[0].implied == p->implied && (!p->implied || p->parts.cursors[0].delay == p->delay))
		return 0;
	if ((rc = weir_hello_decode(&h, p->hello.p, p->hello.len)) == 0) {
		h.implied = p->implied = p->parts.cursors[0].implied;
		h.delay = p->delay = p->parts.cursors[0].delay;
		rc = weir_out_end(p->out, &end) == 0 ? weir_out_hello(p->out, &h) : -1;
	}
	weir_hello_release(&h);
	return rc;
}

static bool
is_wanted(const struct player *p, const struct weir_record *rec)
{
	const struct sreplay_bound *from = &p->cf->begin, *to = &p->cf->end;

	if (to->given && !to->by_time && rec->seq >= to->offset)
		return false;
	if ((from->given && from->by_time) || (to->given && to->by_time))
		return rec->time != WEIR_TIME_NONE && (!from->by_time || rec->time >= from->time) && (!to->by_time || rec->time < to->time);
	return true;
}

static int
put_numbered(struct player *p, const struct weir_record *rec)
{
	int rc = number_put(&p->number, p->out, rec);

	return rc <= 0 ? rc : weir_stage_fail(p->out, WEIR_EX_DATAERR, "the record at offset %" PRIu64 " is beyond 15 MiB with its number",
	    rec->seq);
}

/* The record, at another time. The fields stay. */
static int
put_shifted(struct player *p, const struct weir_record *rec)
{
	struct weir_record moved = *rec;

	if (rec->time != WEIR_TIME_NONE && !p->aimed) {
		p->shift = (int64_t)((uint64_t)p->target - (uint64_t)rec->time);
		p->aimed = true;
	}
	weir_buf_clear(&p->shifted);
	weir_buf_put(&p->shifted, rec->p, rec->size);
	if (rec->time != WEIR_TIME_NONE)
		moved.time = (int64_t)((uint64_t)rec->time + (uint64_t)p->shift);
	weir_store64(p->shifted.p + 8, (uint64_t)moved.time);
	moved.p = p->shifted.p;
	if (moved.time > p->greatest)
		p->greatest = moved.time;
	return p->number.field != NULL ? put_numbered(p, &moved) : weir_out_copy(p->out, &moved);
}

static int
put(struct player *p, const struct weir_record *rec)
{
	if (!p->shifts) {
		if (rec->time > p->greatest)
			p->greatest = rec->time;
		weir_out_watermark(p->out, rec->watermark);
		if (p->number.field != NULL)
			return put_numbered(p, rec);
		return p->parts.n == 1 ? weir_out_pass(p->out, rec) : weir_out_copy(p->out, rec);
	}
	return put_shifted(p, rec);
}

static int
fail(struct player *p)
{
	struct weir_cursor *c = p->parts.merge.at;

	return weir_stage_fail(p->out, c->status, "%s", weir_buf_cstr(&c->log->why));
}

static int
start_watching(struct player *p)
{
	unsigned i;

	if (weir_sys_watch_init(&p->watch) != 0)
		return weir_stage_fail(p->out, WEIR_EX_IOERR, "%s: %s", p->parts.path, strerror(errno));
	for (i = 0; i < p->parts.n; i++)
		weir_sys_watch_add(&p->watch, p->parts.v[i].log.path);
	p->watching = true;
	return 1;
}

/* What follows the end of the log. 1: go on; 2: an epoch may be due; 0: the end; -1. */
static int
at_end(struct player *p)
{
	unsigned i;
	int rc;

	if (!p->past && p->cf->follow) {
		if (!p->watching)
			return start_watching(p);
		rc = weir_source_wait(p->out, p->watch.fd);
		if (rc < 0)
			return 0;
		if (rc == 0)
			weir_sys_watch_take(&p->watch);
		return rc == 0 ? 1 : 2;
	}
	if (--p->loops == 0)
		return 0;
	/* Again, behind what has been. */
	p->shifts = true;
	p->aimed = p->past = p->beyond = false;
	p->target = p->greatest != INT64_MIN ? p->greatest : p->target;
	weir_merge_release(&p->parts.merge);
	for (i = 0; i < p->parts.n; i++) {
		weir_cursor_release(&p->parts.cursors[i]);
		if (parts_place(&p->parts, &p->parts.v[i], &p->parts.cursors[i]) != 0) {
			p->parts.merge.at = &p->parts.cursors[i];
			return fail(p);
		}
	}
	weir_merge_init(&p->parts.merge, p->parts.cursors, p->parts.n, false);
	return 1;
}

/* Whether nothing that is wanted can come any more. */
static bool
is_past(struct player *p, const struct weir_record *rec)
{
	const struct sreplay_bound *to = &p->cf->end;

	if (!to->given)
		return false;
	if (!to->by_time)
		return rec->seq >= to->offset;
	return p->cf->follow && rec->watermark >= to->time;
}

/* A record that is not wanted. A finished segment that has none from before --to is left out as a whole. */
static int
leave_out(struct player *p, const struct weir_record *rec)
{
	const struct sreplay_bound *to = &p->cf->end;
	struct weir_cursor *c = p->parts.merge.at;

	if (!p->shifts)
		weir_out_watermark(p->out, p->parts.n == 1 ? c->watermark : p->parts.merge.watermark);
	p->past = is_past(p, rec);
	p->beyond = p->past && !to->by_time;
	if (p->past || p->parts.n > 1 || !to->given || !to->by_time || rec->time < to->time || c->segment == p->looked)
		return 3;
	p->looked = c->segment;
	if (weir_cursor_has_before(c, to->time))
		return 3;
	if (weir_out_settle(p->out, NULL, 0, 0) != 0)
		return -1;
	weir_cursor_next_segment(c);
	return c->status == 0 ? 3 : fail(p);
}

/* A record that the cursor stands on. 1: sent; 3: left out; 2: an epoch may be due; 0: stopped; -1. */
static int
take_record(struct player *p)
{
	const struct weir_record *rec = &p->parts.merge.at->rec;
	int64_t now;
	int rc;

	if (!p->held && !is_wanted(p, rec))
		return leave_out(p, rec);
	if (p->pace.times > 0 || p->pace.per_second > 0) {
		now = weir_sys_monotonic();
		if (!p->held)
			p->due = pace_due(&p->pace, rec->time, now);
		p->held = true;
		if (p->due - now > SOON_NS && (rc = weir_source_sleep(p->out, p->due)) != 0)
			return rc > 0 ? 2 : 0;
		p->held = false;
	}
	rc = put(p, rec);
	if (rc == 0 && --p->left == 0)
		p->past = true;
	return rc == 0 ? 1 : -1;
}

/* The records of a frame have been dealt with. */
static int
end_frame(struct player *p)
{
	const struct weir_frame *f = &p->parts.cursors[0].f;

	return weir_out_settle(p->out, f->payload, f->head.flags == 0 ? f->len : 0, f->head.sum);
}

static int
next(void *self, struct weir_out *out)
{
	struct player *p = self;
	int rc;

	if (p->left == 0)
		return 0;
	for (;;) {
		if (p->past && !p->held) {
			if (p->cf->loop == 1)
				return 0;
			if (weir_out_settle(out, NULL, 0, 0) != 0 || (rc = at_end(p)) < 0)
				return -1;
			if (rc == 0)
				return 0;
		}
		switch (p->held ? WEIR_CURSOR_RECORD : weir_merge_next(&p->parts.merge)) {
		case WEIR_CURSOR_RECORD:
			if ((rc = take_record(p)) != 3)
				return rc;
			continue;
		case WEIR_CURSOR_WATERMARK:
			if (!p->shifts)
				weir_out_watermark(out, p->parts.n == 1 ? p->parts.cursors[0].watermark : p->parts.merge.watermark);
			continue;
		case WEIR_CURSOR_FRAME:
			if (end_frame(p) != 0)
				return -1;
			continue;
		case WEIR_CURSOR_HELLO:
			if (say_hello(p) != 0)
				return -1;
			continue;
		case WEIR_CURSOR_FAILED:
			return fail(p);
		case WEIR_CURSOR_NONE:
			if ((rc = at_end(p)) != 1)
				return rc;
		}
	}
}

static int
on_save(void *self, struct weir_out *state)
{
	struct player *p = self;

	return parts_save(&p->parts, p->held || p->beyond ? p->parts.merge.at : NULL, state);
}

static int
on_load(void *self, const struct weir_record *rec)
{
	return parts_load(&((struct player *)self)->parts, rec);
}

static int
on_close(void *self, int status)
{
	struct player *p = self;

	/* What was passed on lies in the cursor's memory. */
	if (p->out != NULL && p->out->errnum == 0)
		(void)!weir_out_settle(p->out, NULL, 0, 0);
	parts_release(&p->parts);
	if (p->watching)
		weir_sys_watch_release(&p->watch);
	weir_buf_release(&p->hello);
	weir_buf_release(&p->shifted);
	number_release(&p->number);
	return status;
}

static uint64_t
bytes(void *self)
{
	struct player *p = self;
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; p->parts.opened && i < p->parts.n; i++)
		sum += p->parts.cursors[i].bytes;
	return sum;
}

static void
on_stats(void *self, struct weir_buf *json)
{
	struct player *p = self;

	if (p->parts.opened && p->parts.n == 1)
		weir_buf_printf(json, ",\"offset\":%" PRIu64, weir_merge_offset(&p->parts.merge, 0));
}

static int
explain(const struct player *p, const char *path)
{
	const struct sreplay_conf *cf = p->cf;

	printf("source    the log %s\nrecords   %s%s\n", path, cf->committed ? "committed" : "all that its writer has handed to the system",
	    cf->follow ? ", and those to come" : "");
	printf("pace      %s\nmemory    a buffer of 256 KiB, or of the longest frame\n",
	    p->pace.times > 0 ? "by event time" : p->pace.per_second > 0 ? "by number" : "as fast as the reader takes it");
	return weir_say_flushed();
}

int
sreplay_play(struct sreplay_conf *cf, const char *path)
{
	static const char *const matter[] = {"from", "to", "partition", "number", NULL};
	struct weir_source source = {.name = "sreplay", .on_hello = on_hello, .next = next, .on_close = on_close, .on_save = on_save,
	    .on_load = on_load, .bytes = bytes, .on_stats = on_stats};
	struct player p = {.cf = cf, .parts = {.cf = cf, .path = path, .log = WEIR_LOG_NONE}, .left = cf->limit, .loops = cf->loop, .greatest = INT64_MIN,
	    .looked = UINT64_MAX, .pace = {.times = cf->times, .per_second = cf->per_second, .max_gap = cf->max_gap}};
	struct weir_source_dest dest = {.fd = STDOUT_FILENO};
	struct weir_emit_conf table;
	struct weir_buf options = {0};
	struct weir_sink sink;

	if (cf->common.explain)
		return explain(&p, path);
	number_init(&p.number, cf->number);
	if (cf->shift != NULL) {
		p.shifts = true;
		if (weir_civil_spec(cf->shift, weir_sys_now(), NULL, &p.target) != 0)
			weir_opt_misuse(cf->cmd, "--shift-to \"%s\": now, -1h, a date or RFC 3339", cf->shift);
	}
	if (cf->checkpoint.dir != NULL) {
		cf->committed = true;
		weir_opt_describe(cf->cmd->opts, cf, matter, &options);
		cf->checkpoint.options = weir_buf_cstr(&options);
		cf->checkpoint.version = 1;
		source.checkpoint = &cf->checkpoint;
	}
	if (isatty(STDOUT_FILENO)) {
		table = weir_sink_terminal(STDOUT_FILENO);
		weir_sink_init(&sink, &table, NULL);
		dest.sink = &sink;
	}
	return weir_source_run(&source, &cf->common, &p, &dest);
}
