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
#include "log/merge.h"
#include "log/readers.h"
#include "number.h"
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

/* A log that is read: all of it, or a partition. */
struct part {
	uint64_t number;                     /* of the partition */
	struct weir_log log;
	struct weir_readers_entry reader;    /* with -C: how far it has come */
	bool resumed;
	char was[2 * WEIR_RUN_ID];           /* from a checkpoint: the log's id then, */
	uint64_t offset, saved;              /* where it was; and where when that was saved last */
	uint64_t segment;                    /* where that one was */
};

struct player {
	struct sreplay_conf *cf;
	const char *path;
	struct weir_log log;
	struct part *parts;                  /* what is played: the log itself, or partitions of it */
	struct weir_cursor *cursors;
	unsigned n;
	struct weir_merge merge;
	struct weir_out *out;
	struct weir_sys_watch watch;
	struct pace pace;
	struct number number;
	struct weir_buf hello, shifted;      /* the hello as it was sent; a record whose time is moved */
	bool opened, held;                   /* the cursor stands on a record that was not due yet */
	bool watching, past;                 /* past: the end that --to names is reached */
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
said(struct weir_log *log, int status)
{
	if (status != 0)
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&log->why));
	return status;
}

/* Whether it is the log that the checkpoint has read. */
static bool
is_same(const struct part *q)
{
	char id[3];
	unsigned i;

	for (i = 0; i < WEIR_RUN_ID; i++) {
		snprintf(id, sizeof(id), "%02x", q->log.id[i]);
		if (memcmp(id, q->was + 2 * i, 2) != 0)
			return false;
	}
	return true;
}

/* Where to begin. */
static int
place(struct player *p, struct part *q, struct weir_cursor *c)
{
	const struct sreplay_conf *cf = p->cf;
	int rc = weir_cursor_init(c, &q->log, cf->committed);

	if (rc != 0)
		return rc;
	if (c->extent.half)
		weir_say(WEIR_SAY_WARNING, "%s/committed: one of its two records is damaged; the other one is used, the next writer mends it",
		    q->log.path);
	if (q->resumed && !is_same(q))
		return weir_log_fail(&q->log, WEIR_EX_CONFIG, "not the log that the checkpoint has read");
	if (q->resumed && q->offset > c->extent.next)
		return weir_log_fail(&q->log, WEIR_EX_PROTOCOL, "damaged: it ends before offset %" PRIu64 ", but this reader has come to %" PRIu64,
		    c->extent.next, q->offset);
	if (q->resumed)
		return weir_cursor_seek(c, q->offset);
	if (cf->begin.given && cf->begin.by_time)
		return weir_cursor_seek_time(c, cf->begin.time);
	if (cf->begin.given)
		return weir_cursor_seek(c, cf->begin.offset);
	return 0;
}

static struct part *
find_part(struct player *p, uint64_t number)
{
	unsigned i;

	for (i = 0; i < p->n && p->parts[i].number != number; i++)
		;
	if (i == p->n) {
		p->parts = weir_mem_realloc(p->parts, p->n + (size_t)1, sizeof(*p->parts));
		p->parts[p->n++] = (struct part){.number = number, .log = WEIR_LOG_NONE};
	}
	return &p->parts[i];
}

static int
by_number(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* The partitions that --partition names, or all; of a log without, itself. */
static int
choose_parts(struct player *p)
{
	const char *s = p->cf->partition;
	uint64_t i;
	char *end;

	if (p->log.partitions == 0 && s != NULL)
		return weir_log_fail(&p->log, WEIR_EX_USAGE, "it has no partitions");
	for (i = 0; s == NULL && (i < p->log.partitions || i == 0); i++)
		find_part(p, i);
	while (s != NULL && *s != '\0') {
		i = strtoull(s, &end, 10);
		if (end == s || (*end != ',' && *end != '\0') || i >= p->log.partitions)
			return weir_log_fail(&p->log, WEIR_EX_USAGE, "--partition %s: numbers from 0 to %" PRIu64 ", with commas between",
			    p->cf->partition, p->log.partitions - 1);
		find_part(p, i);
		s = end + (*end == ',');
	}
	qsort(p->parts, p->n, sizeof(*p->parts), by_number);
	if (p->n > 1 && ((p->cf->begin.given && !p->cf->begin.by_time) || (p->cf->end.given && !p->cf->end.by_time)))
		return weir_log_fail(&p->log, WEIR_EX_USAGE, "each partition has offsets of its own: --from and --to a time, or one --partition");
	return 0;
}

/* The first step of a cursor is a hello, unless the log is empty. */
static int
open_log(struct player *p)
{
	int rc = weir_log_open(&p->log, p->path);
	unsigned i;

	if (rc == 0)
		rc = choose_parts(p);
	if (rc != 0)
		return said(&p->log, rc);
	p->cursors = weir_mem_zalloc(p->n, sizeof(*p->cursors));
	p->opened = true;
	for (i = 0; rc == 0 && i < p->n; i++) {
		struct part *q = &p->parts[i];

		rc = p->log.partitions > 0 ? weir_log_part(&p->log, q->number, &q->log) : weir_log_open(&q->log, p->path);
		if (rc == 0)
			rc = place(p, q, &p->cursors[i]);
		if (rc == 0 && p->n == 1 && weir_cursor_next(&p->cursors[i]) == WEIR_CURSOR_FAILED)
			rc = p->cursors[i].status;
		said(&q->log, rc);
	}
	weir_merge_init(&p->merge, p->cursors, p->n, p->cf->follow);
	return rc;
}

static int
on_hello(void *self, struct weir_hello *h, struct weir_out *out)
{
	struct player *p = self;
	const char *stage = p->cf->common.id != NULL ? p->cf->common.id : "sreplay";
	int rc = open_log(p);
	unsigned i;

	p->out = out;
	if (rc != 0)
		return rc;
	weir_hello_add_source(h, p->path);
	h->implied = p->implied = p->n == 1 && p->cursors[0].implied;
	h->delay = p->delay = p->n == 1 ? p->cursors[0].delay : 0;
	weir_hello_encode(h, &p->hello);
	for (i = 0; rc == 0 && p->cf->checkpoint.dir != NULL && i < p->n; i++) {
		struct part *q = &p->parts[i];

		q->saved = q->resumed ? q->offset : p->cursors[i].extent.first;
		rc = said(&q->log, weir_readers_open(&q->reader, &q->log, h->checkpoint.id, h->checkpoint.dir, stage, q->saved));
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

	if (p->cursors[0].implied == p->implied && (!p->implied || p->cursors[0].delay == p->delay))
		return 0;
	if ((rc = weir_hello_decode(&h, p->hello.p, p->hello.len)) == 0) {
		h.implied = p->implied = p->cursors[0].implied;
		h.delay = p->delay = p->cursors[0].delay;
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
		return p->n == 1 ? weir_out_pass(p->out, rec) : weir_out_copy(p->out, rec);
	}
	return put_shifted(p, rec);
}

static int
fail(struct player *p)
{
	struct weir_cursor *c = p->merge.at;

	return weir_stage_fail(p->out, c->status, "%s", weir_buf_cstr(&c->log->why));
}

static int
start_watching(struct player *p)
{
	unsigned i;

	if (weir_sys_watch_init(&p->watch) != 0)
		return weir_stage_fail(p->out, WEIR_EX_IOERR, "%s: %s", p->path, strerror(errno));
	for (i = 0; i < p->n; i++)
		weir_sys_watch_add(&p->watch, p->parts[i].log.path);
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
	p->aimed = p->past = false;
	p->target = p->greatest != INT64_MIN ? p->greatest : p->target;
	weir_merge_release(&p->merge);
	for (i = 0; i < p->n; i++) {
		weir_cursor_release(&p->cursors[i]);
		if (place(p, &p->parts[i], &p->cursors[i]) != 0) {
			p->merge.at = &p->cursors[i];
			return fail(p);
		}
	}
	weir_merge_init(&p->merge, p->cursors, p->n, false);
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
	struct weir_cursor *c = p->merge.at;

	if (!p->shifts)
		weir_out_watermark(p->out, p->n == 1 ? c->watermark : p->merge.watermark);
	p->past = p->past || is_past(p, rec);
	if (p->past || p->n > 1 || !to->given || !to->by_time || rec->time < to->time || c->segment == p->looked)
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
	const struct weir_record *rec = &p->merge.at->rec;
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
	const struct weir_frame *f = &p->cursors[0].f;

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
		switch (p->held ? WEIR_CURSOR_RECORD : weir_merge_next(&p->merge)) {
		case WEIR_CURSOR_RECORD:
			if ((rc = take_record(p)) != 3)
				return rc;
			continue;
		case WEIR_CURSOR_WATERMARK:
			if (!p->shifts)
				weir_out_watermark(out, p->n == 1 ? p->cursors[0].watermark : p->merge.watermark);
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
save_part(struct player *p, unsigned i, struct weir_out *state, struct weir_shape *shape)
{
	struct part *q = &p->parts[i];
	uint64_t offset = p->held && p->merge.at == &p->cursors[i] ? p->merge.at->rec.seq : weir_merge_offset(&p->merge, i);
	char id[2 * WEIR_RUN_ID + 1], number[24], text[24];
	struct weir_value v[3] = {{.p = (const unsigned char *)id, .len = 2 * WEIR_RUN_ID, .type = WEIR_STRING},
	    {.p = (const unsigned char *)number, .type = WEIR_NUMBER}, {.p = (const unsigned char *)text, .type = WEIR_NUMBER}};
	unsigned k;

	/* The epoch before is committed, or this one would not have begun. */
	if (q->segment != p->cursors[i].segment && weir_readers_put(&q->reader, q->saved) != 0)
		weir_say(WEIR_SAY_WARNING, "%s", weir_buf_cstr(&q->log.why));
	q->segment = p->cursors[i].segment;
	q->saved = offset;
	for (k = 0; k < WEIR_RUN_ID; k++)
		snprintf(id + (size_t)2 * k, 3, "%02x", q->log.id[k]);
	v[1].len = (uint32_t)snprintf(number, sizeof(number), "%" PRIu64, q->number);
	v[2].len = (uint32_t)snprintf(text, sizeof(text), "%" PRIu64, offset);
	return weir_out_values(state, shape, WEIR_TIME_NONE, v);
}

/* The checkpoint keeps where the next record is, and of which log. */
static int
on_save(void *self, struct weir_out *state)
{
	static const struct weir_name names[] = {{(const unsigned char *)"log", 3}, {(const unsigned char *)"partition", 9},
	    {(const unsigned char *)"offset", 6}};
	struct weir_shape *shape = weir_shape_new(WEIR_FORMAT_VALUES, 0, names, 3);
	struct player *p = self;
	unsigned i;
	int rc = 0;

	for (i = 0; rc == 0 && i < p->n; i++)
		rc = save_part(p, i, state, shape);
	weir_shape_free(shape);
	return rc;
}

static int
number_of(const struct weir_record *rec, const char *name, uint64_t *n)
{
	int i = weir_shape_find(rec->shape, name, strlen(name));
	struct weir_value v;
	char text[24];

	if (i < 0)
		return -1;
	weir_record_get(rec, (uint32_t)i, &v);
	if (v.type != WEIR_NUMBER || v.len >= sizeof(text))
		return -1;
	memcpy(text, v.p, v.len);
	text[v.len] = '\0';
	*n = strtoull(text, NULL, 10);
	return 0;
}

static int
on_load(void *self, const struct weir_record *rec)
{
	struct player *p = self;
	struct weir_value log;
	uint64_t number, offset;
	struct part *q;
	int i = weir_shape_find(rec->shape, "log", 3);

	if (i < 0 || number_of(rec, "partition", &number) != 0 || number_of(rec, "offset", &offset) != 0)
		return -1;
	weir_record_get(rec, (uint32_t)i, &log);
	if (log.type != WEIR_STRING || log.len != 2 * WEIR_RUN_ID)
		return -1;
	q = find_part(p, number);
	q->offset = q->saved = offset;
	memcpy(q->was, log.p, sizeof(q->was));
	q->resumed = true;
	return 0;
}

static int
on_close(void *self, int status)
{
	struct player *p = self;
	unsigned i;

	/* What was passed on lies in the cursor's memory. */
	if (p->out != NULL && p->out->errnum == 0)
		(void)!weir_out_settle(p->out, NULL, 0, 0);
	for (i = 0; i < p->n; i++) {
		if (p->opened)
			weir_cursor_release(&p->cursors[i]);
		weir_readers_release(&p->parts[i].reader);
		weir_log_release(&p->parts[i].log);
	}
	free(p->parts);
	free(p->cursors);
	weir_merge_release(&p->merge);
	if (p->watching)
		weir_sys_watch_release(&p->watch);
	weir_buf_release(&p->hello);
	weir_buf_release(&p->shifted);
	number_release(&p->number);
	weir_log_release(&p->log);
	return status;
}

static uint64_t
bytes(void *self)
{
	struct player *p = self;
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; p->opened && i < p->n; i++)
		sum += p->cursors[i].bytes;
	return sum;
}

static void
on_stats(void *self, struct weir_buf *json)
{
	struct player *p = self;

	if (p->opened && p->n == 1)
		weir_buf_printf(json, ",\"offset\":%" PRIu64, weir_merge_offset(&p->merge, 0));
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
	struct player p = {.cf = cf, .log = WEIR_LOG_NONE, .left = cf->limit, .loops = cf->loop, .greatest = INT64_MIN,
	    .looked = UINT64_MAX, .pace = {.times = cf->times, .per_second = cf->per_second, .max_gap = cf->max_gap}};
	struct weir_source_dest dest = {.fd = STDOUT_FILENO};
	struct weir_emit_conf table;
	struct weir_buf options = {0};
	struct weir_sink sink;

	if (cf->common.explain)
		return explain(&p, path);
	p.path = path;
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
