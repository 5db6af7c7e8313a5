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
#include "log/cursor.h"
#include "log/readers.h"
#include "pace.h"
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
	struct sreplay_conf *cf;
	const char *path;
	struct weir_log log;
	struct weir_cursor cursor;
	struct weir_readers_entry reader;    /* with -C: how far it has come */
	struct weir_out *out;
	struct weir_sys_watch watch;
	struct pace pace;
	struct weir_buf hello, shifted;      /* the hello as it was sent; a record whose time is moved */
	bool opened, held;                   /* the cursor stands on a record that was not due yet */
	bool watching, past;                 /* past: the end that --to names is reached */
	bool resumed;
	char was[2 * WEIR_RUN_ID];           /* the log's id then */
	uint64_t offset, saved;              /* from a checkpoint, if resumed; the one saved last */
	int64_t due;                         /* of the record that is held */
	uint64_t segment, looked;            /* where that one was; the segment that --to has been held against */
	uint64_t left, loops;
	bool implied;                        /* as the hello said */
	int64_t delay;
	int64_t shift;                       /* is added to event times */
	bool shifts, aimed;                  /* it is to be; and what it is, is known */
	int64_t target, greatest;            /* the first record's new time; the greatest one sent */
};

static int
said(struct player *p, int status)
{
	if (status != 0)
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&p->log.why));
	return status;
}

/* Where to begin. */
static int
place(struct player *p)
{
	const struct sreplay_conf *cf = p->cf;
	struct weir_cursor *c = &p->cursor;
	char id[3];
	unsigned i;
	int rc = weir_cursor_init(c, &p->log, cf->committed);

	if (rc != 0)
		return rc;
	if (c->extent.half)
		weir_say(WEIR_SAY_WARNING, "%s/committed: one of its two records is damaged; the other one is used, the next writer mends it",
		    p->log.path);
	for (i = 0; p->resumed && i < WEIR_RUN_ID; i++) {
		snprintf(id, sizeof(id), "%02x", p->log.id[i]);
		if (memcmp(id, p->was + 2 * i, 2) != 0)
			return weir_log_fail(&p->log, WEIR_EX_CONFIG, "not the log that the checkpoint has read");
	}
	if (p->resumed && p->offset > c->extent.next)
		return weir_log_fail(&p->log, WEIR_EX_PROTOCOL, "damaged: it ends before offset %" PRIu64 ", but this reader has come to %" PRIu64,
		    c->extent.next, p->offset);
	if (p->resumed)
		return weir_cursor_seek(c, p->offset);
	if (cf->begin.given && cf->begin.by_time)
		return weir_cursor_seek_time(c, cf->begin.time);
	if (cf->begin.given)
		return weir_cursor_seek(c, cf->begin.offset);
	return 0;
}

/* The first step is a hello, unless the log is empty. */
static int
open_log(struct player *p, const char *path)
{
	enum weir_cursor_step step;
	int rc = weir_log_open(&p->log, path);

	if (rc == 0 && p->log.partitions > 0)
		rc = weir_log_fail(&p->log, WEIR_EX_USAGE, "it has partitions");
	if (rc == 0 && (rc = place(p)) == 0) {
		p->opened = true;
		step = weir_cursor_next(&p->cursor);
		rc = step == WEIR_CURSOR_FAILED ? p->cursor.status : 0;
	}
	return said(p, rc);
}

static int
on_hello(void *self, struct weir_hello *h, struct weir_out *out)
{
	struct player *p = self;
	int rc = open_log(p, p->path);

	p->out = out;
	if (rc != 0)
		return rc;
	weir_hello_add_source(h, p->log.path);
	h->implied = p->implied = p->cursor.implied;
	h->delay = p->delay = p->cursor.delay;
	weir_hello_encode(h, &p->hello);
	if (p->cf->checkpoint.dir != NULL)
		rc = weir_readers_open(&p->reader, &p->log, h->checkpoint.id, h->checkpoint.dir,
		    p->cf->common.id != NULL ? p->cf->common.id : "sreplay", p->resumed ? p->offset : p->cursor.extent.first);
	return said(p, rc);
}

/* What follows in the log has another delay: a stream of its own, behind the one so far. */
static int
say_hello(struct player *p)
{
	struct weir_end end = {.how = WEIR_END_PAUSED};
	struct weir_hello h = {0};
	int rc;

	if (p->cursor.implied == p->implied && (!p->implied || p->cursor.delay == p->delay))
		return 0;
	if ((rc = weir_hello_decode(&h, p->hello.p, p->hello.len)) == 0) {
		h.implied = p->implied = p->cursor.implied;
		h.delay = p->delay = p->cursor.delay;
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
	return weir_out_copy(p->out, &moved);
}

static int
put(struct player *p, const struct weir_record *rec)
{
	if (!p->shifts) {
		weir_out_watermark(p->out, rec->watermark);
		return weir_out_pass(p->out, rec);
	}
	return put_shifted(p, rec);
}

static int
fail(struct player *p)
{
	return weir_stage_fail(p->out, p->cursor.status, "%s", weir_buf_cstr(&p->log.why));
}

/* What follows the end of the log. 1: go on; 2: an epoch may be due; 0: the end; -1. */
static int
at_end(struct player *p)
{
	int rc;

	if (!p->past && p->cf->follow) {
		if (!p->watching) {
			if (weir_sys_watch_init(&p->watch) != 0)
				return weir_stage_fail(p->out, WEIR_EX_IOERR, "%s: %s", p->log.path, strerror(errno));
			weir_sys_watch_add(&p->watch, p->log.path);
			p->watching = true;
			return 1;
		}
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
	weir_cursor_release(&p->cursor);
	p->shifts = true;
	p->aimed = p->past = false;
	p->target = p->greatest != INT64_MIN ? p->greatest : p->target;
	if (place(p) != 0)
		return fail(p);
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
	return p->cf->follow && p->cursor.watermark >= to->time;
}

/* A record that is not wanted. A finished segment that has none from before --to is left out as a whole. */
static int
leave_out(struct player *p, const struct weir_record *rec)
{
	const struct sreplay_bound *to = &p->cf->end;
	struct weir_cursor *c = &p->cursor;

	if (!p->shifts)
		weir_out_watermark(p->out, c->watermark);
	p->past = p->past || is_past(p, rec);
	if (p->past || !to->given || !to->by_time || rec->time < to->time || c->segment == p->looked)
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
	const struct weir_record *rec = &p->cursor.rec;
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
	const struct weir_frame *f = &p->cursor.f;

	return weir_out_settle(p->out, f->payload, f->head.flags == 0 ? f->len : 0, f->head.sum);
}

static int
next(void *self, struct weir_out *out)
{
	struct player *p = self;
	struct weir_cursor *c = &p->cursor;
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
		switch (p->held ? WEIR_CURSOR_RECORD : weir_cursor_next(c)) {
		case WEIR_CURSOR_RECORD:
			if ((rc = take_record(p)) != 3)
				return rc;
			continue;
		case WEIR_CURSOR_WATERMARK:
			if (!p->shifts)
				weir_out_watermark(out, c->watermark);
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

/* The checkpoint keeps where the next record is, and of which log. */
static int
on_save(void *self, struct weir_out *state)
{
	static const struct weir_name names[] = {{(const unsigned char *)"log", 3}, {(const unsigned char *)"offset", 6}};
	struct player *p = self;
	uint64_t offset = p->held ? p->cursor.rec.seq : p->cursor.offset > p->cursor.skip ? p->cursor.offset : p->cursor.skip;
	struct weir_shape *shape = weir_shape_new(WEIR_FORMAT_VALUES, 0, names, 2);
	char id[2 * WEIR_RUN_ID + 1], number[24];
	struct weir_value v[2] = {{.p = (const unsigned char *)id, .len = 2 * WEIR_RUN_ID, .type = WEIR_STRING},
	    {.p = (const unsigned char *)number, .type = WEIR_NUMBER}};
	unsigned i;
	int rc;

	/* The epoch before is committed, or this one would not have begun. */
	if (p->segment != p->cursor.segment && weir_readers_put(&p->reader, p->saved) != 0)
		weir_say(WEIR_SAY_WARNING, "%s", weir_buf_cstr(&p->log.why));
	p->segment = p->cursor.segment;
	p->saved = offset;
	for (i = 0; i < WEIR_RUN_ID; i++)
		snprintf(id + 2 * i, 3, "%02x", p->log.id[i]);
	v[1].len = (uint32_t)snprintf(number, sizeof(number), "%" PRIu64, offset);
	rc = weir_out_values(state, shape, WEIR_TIME_NONE, v);
	weir_shape_free(shape);
	return rc;
}

static int
on_load(void *self, const struct weir_record *rec)
{
	struct player *p = self;
	struct weir_value log, offset;
	char text[24];
	int i = weir_shape_find(rec->shape, "log", 3), k = weir_shape_find(rec->shape, "offset", 6);

	if (i < 0 || k < 0)
		return -1;
	weir_record_get(rec, (uint32_t)i, &log);
	weir_record_get(rec, (uint32_t)k, &offset);
	if (log.type != WEIR_STRING || log.len != 2 * WEIR_RUN_ID || offset.type != WEIR_NUMBER || offset.len >= sizeof(text))
		return -1;
	memcpy(text, offset.p, offset.len);
	text[offset.len] = '\0';
	p->offset = p->saved = strtoull(text, NULL, 10);
	memcpy(p->was, log.p, sizeof(p->was));
	p->resumed = true;
	return 0;
}

static int
on_close(void *self, int status)
{
	struct player *p = self;

	/* What was passed on lies in the cursor's memory. */
	if (p->out != NULL && p->out->errnum == 0)
		(void)!weir_out_settle(p->out, NULL, 0, 0);
	if (p->opened)
		weir_cursor_release(&p->cursor);
	if (p->watching)
		weir_sys_watch_release(&p->watch);
	weir_readers_release(&p->reader);
	weir_buf_release(&p->hello);
	weir_buf_release(&p->shifted);
	weir_log_release(&p->log);
	return status;
}

static uint64_t
bytes(void *self)
{
	struct player *p = self;

	return p->cursor.bytes;
}

static void
on_stats(void *self, struct weir_buf *json)
{
	struct player *p = self;

	weir_buf_printf(json, ",\"offset\":%" PRIu64, p->cursor.offset);
}

static int
explain(const struct player *p, const char *path)
{
	const struct sreplay_conf *cf = p->cf;

	printf("source    the log %s\nrecords   %s%s\n", path, cf->committed ? "committed" : "all that its writer has handed to the system",
	    cf->follow ? ", and those to come" : "");
	printf("pace      %s\nmemory    a buffer of 256 KiB, or of the longest frame\n",
	    p->pace.times > 0 ? "by event time" : p->pace.per_second > 0 ? "by number" : "as fast as the reader takes it");
	return fflush(stdout) == 0 ? 0 : WEIR_EX_IOERR;
}

int
sreplay_play(struct sreplay_conf *cf, const char *path)
{
	static const char *const matter[] = {"from", "to", NULL};
	struct weir_source source = {.name = "sreplay", .on_hello = on_hello, .next = next, .on_close = on_close, .on_save = on_save,
	    .on_load = on_load, .bytes = bytes, .on_stats = on_stats};
	struct player p = {.cf = cf, .log = WEIR_LOG_NONE, .left = cf->limit, .loops = cf->loop, .greatest = INT64_MIN,
	    .looked = UINT64_MAX, .pace = {.times = cf->times, .per_second = cf->per_second, .max_gap = cf->max_gap}};
	struct weir_source_dest dest = {.fd = STDOUT_FILENO};
	struct weir_emit_conf table;
	struct weir_buf options = {0};
	struct weir_sink sink;

	if (cf->common.explain)
		return explain(&p, path);
	p.path = path;
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
