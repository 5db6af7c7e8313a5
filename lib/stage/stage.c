/*
 * stage - see stage.h
 *
 * The inner loop is run_data: entries of one frame, one callback a record. All
 * that can wait (signals, flushing, what is said) happens between frames.
 */
#include "stage/stage.h"
#include "base/civil.h"
#include "base/mem.h"
#include "base/say.h"
#include "base/sys.h"
#include "stage/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Frames after which a watermark that nothing was sent with is sent all the same. */
#define QUIET_FRAMES 64

/* How many records on_ahead is ahead of on_record: enough to wait for that many places in memory at once, and
 * they stay in the first cache until they are used. Of a set of ten million keys, each record takes half the time. */
#define AHEAD 16

/* How often a stage that waits for input looks whether what it has prepared is committed. */
#define PUBLISH_NS (5 * 1000 * 1000)

struct loop {
	struct weir_run run;         /* first: an out leads back to it */
	const struct weir_stage *st;
	void *self;
	struct weir_reader reader;
	bool greeted;                /* a hello has come */
	bool implied;                /* by the input's records */
	int64_t delay;
	unsigned unsent;             /* frames since the last flush */
	bool between;                /* behind an end: it is sent when it is known what follows */
	struct weir_end end;
};

static int
call_flush(struct loop *l)
{
	int status;

	if (l->st->on_flush == NULL)
		return 0;
	status = l->st->on_flush(l->self);
	return status == 0 ? 0 : weir_run_fail(&l->run, status, "writing the output failed");
}

static int
flush(struct loop *l)
{
	l->unsent = 0;
	if (l->run.writes && weir_out_flush(&l->run.out) != 0)
		return weir_run_check(&l->run, -1);
	if (l->run.table != NULL && weir_sink_flush(l->run.table) != 0)
		return weir_run_sink_failed(&l->run);
	return call_flush(l);
}

/* When a wait for input is to end, or 0. */
static int64_t
wake_time(struct loop *l)
{
	int64_t at = l->st->on_wait != NULL ? l->st->on_wait(l->self) : 0;
	int64_t look = l->run.unpublished ? weir_sys_monotonic() + PUBLISH_NS : 0;

	return at == 0 || (look != 0 && look < at) ? look : at;
}

/* Before the reader reads: what others wait for goes out if there is nothing to read yet. */
static int
wait_for_input(struct loop *l)
{
	int fd = l->reader.fd, rc;

	while (!weir_reader_ready(&l->reader) && !weir_sys_readable(fd)) {
		if (flush(l) != 0)
			return -1;
		if (weir_follow_waits(&l->run)) {
			weir_run_pause(&l->run, 1000 * 1000);
			if (weir_follow_poll(&l->run, l->st, l->self) != 0)
				return -1;
			continue;
		}
		rc = weir_run_wait(fd, l->run.writes ? l->run.out.fd : l->st->watch, wake_time(l));
		if (weir_follow_poll(&l->run, l->st, l->self) != 0)
			return -1;
		weir_run_answer(&l->run);
		if (weir_epoch_reap(&l->run.epoch, false) != 0)
			return weir_run_epoch_failed(&l->run, WEIR_EX_IOERR);
		if (rc == 0)
			weir_sys_die_of_pipe();
		if (rc > 0)
			break;
	}
	weir_run_answer(&l->run);
	return 0;
}

static int
move_watermark(struct loop *l, int64_t time)
{
	if (time <= l->run.watermark)
		return 0;
	l->run.watermark = time;
	if (l->st->on_watermark != NULL)
		return l->st->on_watermark(l->self, time, &l->run.out);
	/* What closes everything closes it behind a stage with times of its own, too. */
	if (l->st->flags & WEIR_STAGE_PASSES || (l->st->flags & WEIR_STAGE_TIMES && time == INT64_MAX))
		weir_out_watermark(&l->run.out, time);
	return 0;
}

static inline int
run_record(struct loop *l, struct weir_record *rec)
{
	int64_t mark;

	rec->watermark = l->run.watermark;
	if (l->st->on_record(l->self, rec, &l->run.out) != 0)
		return -1;
	if (!l->implied || rec->time < INT64_MIN + 1 + l->delay)
		return 0;
	mark = rec->time - l->delay;
	return mark > l->run.watermark ? move_watermark(l, mark) : 0;
}

static int
run_entry(struct loop *l, const struct weir_record *rec)
{
	if ((rec->flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_WATERMARK)
		return move_watermark(l, rec->time);
	return l->run.writes ? weir_out_idle(&l->run.out) : 0;
}

/* Shows the next n records from *at on to on_ahead. What is malformed is left for those who come there. */
static void
look_ahead(struct loop *l, const struct weir_frame *f, size_t *at, unsigned n)
{
	struct weir_record rec = {0};

	while (n > 0 && *at < f->len) {
		if (weir_reader_entry(&l->reader, f, at, &rec) <= 0)
			*at = f->len;
		else if ((rec.flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_RECORD && n-- > 0 && !l->st->on_ahead(l->self, &rec))
			*at = f->len;
	}
}

static int
run_data(struct loop *l, const struct weir_frame *f)
{
	struct weir_reader *r = &l->reader;
	struct weir_record rec = {0};
	uint32_t count = 0;
	size_t at = 0, ahead = 0;
	int rc;

	if (f->len == 0)
		return l->run.writes ? weir_run_check(&l->run, weir_out_beat(&l->run.out)) : 0;
	if (l->run.epoch.on && l->run.epoch.done < 0 && (l->st->flags & WEIR_STAGE_SINK) &&
	    weir_follow_await(&l->run, l->st, l->self) != 0)
		return -1;
	if (l->st->on_data != NULL && (rc = l->st->on_data(l->self, r, f)) != 0)
		return rc < 0 ? -1 : weir_run_fail(&l->run, rc, "writing the output failed");
	if (l->st->on_ahead != NULL)
		look_ahead(l, f, &ahead, AHEAD);
	while ((rc = weir_reader_entry(r, f, &at, &rec)) > 0) {
		if ((rec.flags & WEIR_ENTRY_KIND) != WEIR_ENTRY_RECORD) {
			if (run_entry(l, &rec) != 0)
				return weir_run_check(&l->run, -1);
			continue;
		}
		rec.seq = l->run.records++;
		count++;
		if (run_record(l, &rec) != 0)
			return weir_run_check(&l->run, -1);
		if (l->st->on_ahead != NULL && ahead < f->len)
			look_ahead(l, f, &ahead, 1);
	}
	if (rc == 0 && (count != f->head.count || r->damage))
		rc = weir_reader_damaged(r, f, "its records don't fit its header or its shapes");
	if (l->run.writes &&
	    weir_out_settle(&l->run.out, f->payload, f->head.flags == 0 ? f->len : 0, f->head.sum) != 0)
		return weir_run_check(&l->run, -1);
	if (rc == 0 && ++l->unsent >= QUIET_FRAMES)
		return flush(l);
	return rc;
}

/* The end of one stream of several: it is passed on once another hello follows. */
static int
pass_end(struct loop *l)
{
	struct weir_end end = {.how = l->end.how};

	l->between = false;
	if (!l->run.writes || (l->run.out.fd < 0 && l->run.table == NULL))
		return 0;
	return weir_out_end(&l->run.out, &end) != 0 ? weir_run_check(&l->run, -1) : 0;
}

/* Not before the first hello: a producer that dies at once leaves the file as it was. */
static int
open_output(struct loop *l)
{
	if (l->st->path == NULL)
		return 0;
	l->run.out.fd = open(l->st->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	return l->run.out.fd >= 0 ? 0
	    : weir_run_die(&l->run, WEIR_EX_CANTCREAT, "%s: %s", l->st->path, strerror(errno));
}

static int
run_hello(struct loop *l, const struct weir_frame *f)
{
	struct weir_hello h = {0};
	bool nobody;
	int rc = 0;

	if (weir_hello_decode(&h, f->payload, f->len) != 0) {
		weir_hello_release(&h);
		return weir_reader_damaged(&l->reader, f, "a malformed hello");
	}
	if (l->between)
		rc = pass_end(l);
	nobody = weir_hello_is_nobody(&h);
	l->implied = h.implied;
	l->delay = h.delay;
	free(l->run.id);
	l->run.id = weir_mem_strdup(weir_hello_add_stage(&h, weir_run_name(&l->run)));
	if (rc == 0 && !l->greeted && !nobody)
		rc = weir_follow_hello(&l->run, l->st, l->self, &h, l->run.id, l->reader.fd);
	if (rc == 0 && !l->greeted && !nobody)
		rc = open_output(l);
	if (rc == 0 && !nobody && l->st->on_hello != NULL)
		rc = weir_run_check(&l->run, l->st->on_hello(l->self, &h, &l->run.out));
	if (rc == 0) {
		if (l->st->flags & WEIR_STAGE_TIMES) {
			h.implied = true;
			h.delay = l->st->delay;
		} else if (!(l->st->flags & WEIR_STAGE_PASSES)) {
			h.implied = false;
		}
		if (l->run.writes && (l->run.out.fd >= 0 || l->run.table != NULL))
			rc = weir_run_check(&l->run, weir_out_hello(&l->run.out, &h));
		if (l->st->flags & WEIR_STAGE_TIMES && l->run.epoch.watermark != INT64_MIN)
			weir_out_watermark(&l->run.out, l->run.epoch.watermark);
		l->greeted = true;
	}
	weir_hello_release(&h);
	return rc;
}

static int
run_barrier(struct loop *l, const struct weir_frame *f)
{
	struct weir_barrier b = {0};
	int rc = 0;

	if (weir_barrier_decode(&b, f->payload, f->len) != 0)
		rc = weir_reader_damaged(&l->reader, f, "a malformed barrier");
	if (rc == 0)
		rc = weir_follow_barrier(&l->run, l->st, l->self, f->head.seq, &b);
	weir_barrier_release(&b);
	return rc;
}

static int
run_end(struct loop *l, const struct weir_frame *f)
{
	weir_end_release(&l->end);
	if (weir_end_decode(&l->end, f->payload, f->len) != 0)
		return weir_reader_damaged(&l->reader, f, "a malformed end");
	l->between = true;
	return l->end.how == WEIR_END_FAILED ? weir_run_pass_failure(&l->run, &l->end) : 0;
}

static int
run_frame(struct loop *l)
{
	struct weir_frame f;
	int rc = weir_epoch_reap(&l->run.epoch, false);

	if (rc != 0)
		return weir_run_epoch_failed(&l->run, rc);
	if (weir_follow_poll(&l->run, l->st, l->self) != 0)
		return -1;
	rc = weir_reader_next(&l->reader, &f);

	if (rc <= 0)
		return rc;
	l->run.bytes = l->reader.offset;
	switch (f.head.kind) {
	case WEIR_FRAME_HELLO: rc = run_hello(l, &f); break;
	case WEIR_FRAME_DATA: rc = run_data(l, &f); break;
	case WEIR_FRAME_END: rc = run_end(l, &f); break;
	default: rc = run_barrier(l, &f);
	}
	return rc == 0 ? 1 : -1;
}

static int
finish(struct loop *l)
{
	int status;

	if (!l->greeted)
		weir_run_greet_late(&l->run);
	if ((status = weir_epoch_reap(&l->run.epoch, true)) != 0)
		weir_run_epoch_failed(&l->run, status);
	/* Under a checkpoint an end closes nothing: what --final closes, a watermark has closed. */
	if (l->run.status == 0 && l->st->on_final != NULL && !l->run.epoch.on)
		weir_run_check(&l->run, l->st->on_final(l->self, &l->run.out));
	if (l->run.status == 0 && l->run.epoch.on && ((l->st->flags & WEIR_STAGE_SINK) || l->run.unpublished))
		weir_follow_await(&l->run, l->st, l->self);
	/* A shell hides the status of a branch that was refused. */
	if (l->run.status == 0 && l->run.epoch.on && (l->st->flags & WEIR_STAGE_SINK) && weir_dir_lost(&l->run.epoch.dir))
		weir_run_die(&l->run, WEIR_EX_PROTOCOL, "another process of this run died; run the line again");
	if (l->run.status == 0)
		call_flush(l);
	if (l->st->on_close != NULL && (status = l->st->on_close(l->self, l->run.status)) != l->run.status)
		weir_run_fail(&l->run, status, "closing the output failed");
	status = weir_run_finish(&l->run, l->run.epoch.on ? l->end.how : WEIR_END_FINAL, l->st->on_stats, l->self);
	weir_reader_release(&l->reader);
	weir_end_release(&l->end);
	return status;
}

int
weir_stage_run_from(const struct weir_stage *st, const struct weir_common *common, void *self,
    int fd, const void *first, size_t nfirst)
{
	struct loop l = {.st = st, .self = self};
	int rc;

	weir_run_init(&l.run, st->name, common);
	l.run.dest = st->path;
	weir_reader_init(&l.reader, fd, first, nfirst);
	weir_sys_grow_pipe(fd, 1024 * 1024);
	/* It would read what it writes, for ever. */
	if (!(st->flags & WEIR_STAGE_SINK) && st->path == NULL && weir_sys_same_file(fd, STDOUT_FILENO))
		return weir_run_die(&l.run, WEIR_EX_USAGE, "standard output is what is read, too: write to another file"),
		       finish(&l);
	if (!(st->flags & WEIR_STAGE_SINK))
		weir_run_output(&l.run, st->path != NULL || (st->flags & WEIR_STAGE_FRAMES) != 0);
	if (st->path != NULL)
		l.run.out.fd = -1;
	if (st->level > 0 && weir_out_compress(&l.run.out, st->level) != 0)
		return weir_run_die(&l.run, WEIR_EX_USAGE, "zstd has no level %d", st->level), finish(&l);
	do
		rc = wait_for_input(&l) == 0 ? run_frame(&l) : -1;
	while (rc > 0);
	if (rc < 0 && l.run.status == 0 && !l.run.quit)
		weir_run_broken(&l.run, &l.reader, st->input != NULL ? st->input : "standard input");
	return finish(&l);
}

int
weir_stage_run(const struct weir_stage *st, const struct weir_common *common, void *self)
{
	return weir_stage_run_from(st, common, self, STDIN_FILENO, NULL, 0);
}

int
weir_stage_bad(struct weir_out *out, const struct weir_record *rec, const char *fmt, ...)
{
	struct weir_run *run = (struct weir_run *)(void *)out;
	struct weir_reject_note note = {.source = run->source != NULL ? run->source : "", .record = rec->seq + 1};
	struct weir_emit_conf json = {.format = WEIR_EMIT_JSON};
	struct weir_buf text = {0};
	const char *why;
	char what[512];
	va_list ap;
	int status;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	note.what = what;
	if (run->json == NULL)
		run->json = weir_emit_new(&json);
	weir_emit_record(run->json, rec, &text, &why);
	note.text = text.p;
	note.len = text.len > 0 ? text.len - 1 : 0;
	status = weir_reject_add(&run->reject, &note, run->records - run->reject.count - 1);
	weir_buf_release(&text);
	return status == 0 ? 0 : weir_run_fail(run, status, what);
}

int
weir_stage_quit(struct weir_out *out, int status)
{
	struct weir_run *run = (struct weir_run *)(void *)out;

	if (status == 0 && run->epoch.on)
		return weir_run_die(run, WEIR_EX_USAGE, "-n under a checkpoint belongs to the source: what is not read would be lost");
	run->quit = true;
	return status == 0 ? -1 : weir_run_fail(run, status, "writing the output failed");
}

int
weir_stage_fail(struct weir_out *out, int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	weir_run_vdie((struct weir_run *)(void *)out, status, fmt, ap);
	va_end(ap);
	return -1;
}
