/*
 * record - appends what comes to a log, and passes it on
 *
 * A frame is in the log before it is passed on. Under a checkpoint the log is one of its outputs: made durable at each
 * barrier, committed once the epoch is.
 */
#include "base/civil.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/say.h"
#include "base/sys.h"
#include "keys.h"
#include "sreplay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Records between two moments at which all partitions are told how far time has come: by the number of records alone, so that
 * it is the same in every run. */
#define TELL 64

/* Bytes of records that all partitions together gather before they pack them, and what one gathers at least: as many as can be
 * spared, for they pack better together. */
#define GATHER (16 * 1024 * 1024)
#define GATHER_MIN (64 * 1024)

struct recorder {
	struct sreplay_conf *cf;
	struct weir_log log;
	struct part {
		struct weir_log log;
		struct weir_append append;
	} *parts;                    /* the log itself, or its partitions */
	unsigned n, opened;
	struct keys keys;            /* of a log with partitions */
	struct weir_buf key;
	bool implied;                /* by the input's records */
	int64_t delay, watermark;
	uint64_t appended;           /* in this run */
	uint64_t records;            /* of all partitions: the next one's number */
	bool ready, checkpointed;
	int64_t synced;              /* when that was done last, monotonic */
};

static int
said(const struct weir_log *log, int status)
{
	if (status != 0)
		weir_say(WEIR_SAY_ERROR, "%.*s", (int)log->why.len, (const char *)log->why.p);
	return status;
}

void
sreplay_say_notes(struct weir_append *a)
{
	char *p = weir_buf_cstr(&a->notes), *end;

	for (; (end = strchr(p, '\n')) != NULL; p = end + 1)
		weir_say(a->mended ? WEIR_SAY_WARNING : WEIR_SAY_INFO, "%s: %.*s", a->log->path, (int)(end - p), p);
	weir_buf_clear(&a->notes);
}

static int
open_part(struct recorder *r, unsigned i)
{
	struct weir_append_conf conf = {.size = r->cf->segment_size, .span = r->cf->segment_time, .level = (int)r->cf->level};
	struct part *q = &r->parts[i];
	int rc;

	conf.gather = r->n < GATHER / GATHER_MIN ? GATHER / r->n : GATHER_MIN;
	rc = r->log.partitions > 0 ? weir_log_part(&r->log, i, &q->log) : weir_log_open(&q->log, r->cf->append);
	if (rc == 0) {
		r->opened++;
		rc = weir_append_open(&q->append, &q->log, &conf);
		sreplay_say_notes(&q->append);
		r->records += q->append.next;
		if (q->append.promised > r->watermark)
			r->watermark = q->append.promised;
	}
	return said(&q->log, rc);
}

/* The keys that the log is split by are told once, when it is made. */
static int
open_log(struct recorder *r)
{
	unsigned i;
	int rc = weir_log_create(&r->log, r->cf->append, r->cf->partitions, r->cf->key);

	if (rc == 0 && r->log.partitions > 0 && (r->log.key == NULL || keys_open(&r->keys, r->log.key) != 0))
		rc = weir_log_fail(&r->log, WEIR_EX_PROTOCOL, "its key %s: %s", r->log.key != NULL ? r->log.key : "",
		    weir_buf_cstr(&r->keys.keys.why));
	if (said(&r->log, rc) != 0)
		return rc;
	r->n = r->log.partitions > 0 ? (unsigned)r->log.partitions : 1;
	r->parts = weir_mem_zalloc(r->n, sizeof(*r->parts));
	r->ready = true;
	for (i = 0; i < r->n; i++)
		r->parts[i].log.fd = -1;
	for (i = 0; rc == 0 && i < r->n; i++)
		rc = open_part(r, i);
	return rc;
}

static int
prepare(struct recorder *r)
{
	unsigned i;
	int rc = 0;

	for (i = 0; rc == 0 && i < r->n; i++)
		rc = said(&r->parts[i].log, weir_append_prepare(&r->parts[i].append));
	return rc;
}

static int
commit(struct recorder *r)
{
	unsigned i;
	int rc = 0;

	for (i = 0; rc == 0 && i < r->n; i++)
		rc = said(&r->parts[i].log, weir_append_commit(&r->parts[i].append));
	return rc;
}

static int
sync_log(struct recorder *r)
{
	int rc = prepare(r);

	r->synced = weir_sys_monotonic();
	return rc == 0 ? commit(r) : rc;
}

static int
on_hello(void *self, const struct weir_hello *h, struct weir_out *out)
{
	struct recorder *r = self;
	unsigned i;
	int rc = 0;

	if (!r->ready && (rc = open_log(r)) == 0)
		rc = sync_log(r);
	if (rc != 0)
		return weir_stage_quit(out, rc);
	r->implied = h->implied;
	r->delay = h->delay;
	for (i = 0; i < r->n; i++)
		weir_append_hello(&r->parts[i].append, h->implied, h->delay);
	return 0;
}

static bool
is_pending(const struct recorder *r)
{
	unsigned i;

	for (i = 0; i < r->opened; i++)
		if (weir_append_pending(&r->parts[i].append))
			return true;
	return false;
}

/* Whether unsynced records have waited long enough. */
static bool
is_due(const struct recorder *r)
{
	return !r->checkpointed && r->cf->how == SREPLAY_SYNC_TIMED && is_pending(r) &&
	    weir_sys_monotonic() - r->synced >= r->cf->sync_every;
}

/* What retention asks for, once segments were finished. */
static int
retain(struct recorder *r)
{
	unsigned i;
	int rc = 0;

	if (r->cf->max_size == UINT64_MAX && r->cf->max_age == 0)
		return 0;
	for (i = 0; rc == 0 && i < r->n; i++) {
		struct weir_append *a = &r->parts[i].append;

		/* Only what is behind the committed beginning of the last segment may go. */
		if (a->rolled && !r->checkpointed)
			rc = sync_log(r);
		if (a->rolled && rc == 0)
			rc = sreplay_retain(r->cf, a, NULL, NULL);
		a->rolled = false;
	}
	return rc;
}

/* All of the frame or nothing: a damaged one leaves no trace in the log. */
static int
check_frame(struct weir_reader *r, const struct weir_frame *f)
{
	struct weir_record rec = {0};
	uint32_t count = 0;
	size_t at = 0;
	int rc;

	while ((rc = weir_reader_entry(r, f, &at, &rec)) > 0)
		count += (rec.flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_RECORD;
	if (rc == 0 && count != f->head.count)
		rc = weir_reader_damaged(r, f, "its records don't fit its header");
	return rc;
}

/* The partition of a record: the hash of its keys' canonical forms. */
static unsigned
part_of(struct recorder *r, const struct weir_record *rec)
{
	keys_make(&r->keys, rec, &r->key);
	return (unsigned)(weir_hash_fixed(r->key.p, r->key.len) % r->n);
}

static void
tell(struct recorder *r)
{
	unsigned i;

	for (i = 0; i < r->n; i++)
		weir_append_watermark(&r->parts[i].append, r->watermark);
}

static int
append_record(struct recorder *r, const struct weir_record *rec)
{
	struct part *q = &r->parts[0];
	int rc;

	r->appended++;
	if (r->n == 1)
		return said(&q->log, weir_append_record(&q->append, rec));
	q = &r->parts[part_of(r, rec)];
	rc = said(&q->log, weir_append_record(&q->append, rec));
	if (r->implied && rec->time >= INT64_MIN + 1 + r->delay && rec->time - r->delay > r->watermark)
		r->watermark = rec->time - r->delay;
	if (++r->records % TELL == 0)
		tell(r);
	return rc;
}

static void
append_watermark(struct recorder *r, int64_t time)
{
	if (r->n == 1)
		weir_append_watermark(&r->parts[0].append, time);
	else if (time > r->watermark && time != INT64_MAX)
		r->watermark = time;
}

static int
settle(struct recorder *r, const struct weir_frame *f)
{
	unsigned i;
	int rc = 0;

	for (i = 0; rc == 0 && i < r->n; i++)
		rc = said(&r->parts[i].log, weir_append_settle(&r->parts[i].append, f->payload,
		                                r->n == 1 && f->head.flags == 0 ? f->len : 0, f->head.sum));
	return rc;
}

static int
on_data(void *self, struct weir_reader *reader, const struct weir_frame *f)
{
	struct recorder *r = self;
	struct weir_record rec = {0};
	size_t at = 0;
	int rc = 0;

	if (check_frame(reader, f) != 0)
		return -1;
	while (rc == 0 && weir_reader_entry(reader, f, &at, &rec) > 0)
		if (weir_record_is(&rec))
			rc = append_record(r, &rec);
		else if ((rec.flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_WATERMARK)
			append_watermark(r, rec.time);
	if (rc == 0)
		rc = settle(r, f);
	if (rc == 0 && !r->checkpointed && (r->cf->how == SREPLAY_SYNC_EACH || is_due(r)))
		rc = sync_log(r);
	return rc == 0 && !r->checkpointed ? retain(r) : rc;
}

static int
on_record(void *self, const struct weir_record *rec, struct weir_out *out)
{
	(void)self;
	return weir_out_pass(out, rec);
}

/* Nobody reads what is passed on. */
static int
keep_record(void *self, const struct weir_record *rec, struct weir_out *out)
{
	(void)self;
	(void)rec;
	(void)out;
	return 0;
}

static int
on_flush(void *self)
{
	struct recorder *r = self;
	unsigned i;
	int rc = 0;

	if (r->n == 0 || r->opened < r->n)
		return 0;
	for (i = 0; rc == 0 && i < r->n; i++)
		if (r->parts[i].append.status == 0)
			rc = said(&r->parts[i].log, weir_append_flush(&r->parts[i].append));
	return rc == 0 && is_due(r) ? sync_log(r) : rc;
}

static int64_t
on_wait(void *self)
{
	struct recorder *r = self;

	if (r->checkpointed || r->cf->how != SREPLAY_SYNC_TIMED || !is_pending(r))
		return 0;
	return r->synced + r->cf->sync_every;
}

/* What messages and manifests call a partition. */
static const char *
name_of(const struct recorder *r, unsigned i)
{
	return r->log.partitions > 0 ? r->parts[i].log.path : r->cf->append;
}

static int
on_restore(void *self, const struct weir_barrier_entry *was, bool discard)
{
	struct recorder *r = self;
	const struct weir_barrier_output *o;
	unsigned i;
	int rc;

	r->checkpointed = true;
	if ((rc = open_log(r)) != 0)
		return rc;
	r->records = 0;
	r->watermark = INT64_MIN;
	for (i = 0; rc == 0 && i < r->n; i++) {
		struct part *q = &r->parts[i];

		if (was != NULL && (o = weir_output_find(was, name_of(r, i))) != NULL)
			rc = said(&q->log, weir_append_cut(&q->append, o->length, discard));
		sreplay_say_notes(&q->append);
		r->records += q->append.next;
		if (q->append.promised > r->watermark)
			r->watermark = q->append.promised;
	}
	/* What was committed as its epoch was, but not published yet. */
	return rc == 0 ? sync_log(r) : rc;
}

static int
on_prepare(void *self, struct weir_barrier_entry *mine)
{
	struct recorder *r = self;
	unsigned i;
	struct stat st;
	int rc = prepare(r);

	for (i = 0; rc == 0 && i < r->n; i++) {
		struct weir_barrier_output o = {.path = (char *)(uintptr_t)name_of(r, i), .length = r->parts[i].append.prepared.next};

		if (fstat(r->parts[i].log.fd, &st) == 0) {
			o.device = (uint64_t)st.st_dev;
			o.inode = (uint64_t)st.st_ino;
		}
		weir_barrier_add_output(mine, &o);
	}
	return rc;
}

static int
on_publish(void *self)
{
	struct recorder *r = self;
	int rc = commit(r);

	return rc == 0 ? retain(r) : rc;
}

/* What is not committed with its epoch is the next run's to bring again. */
static int
on_close(void *self, int status)
{
	struct recorder *r = self;
	unsigned i;
	int rc = 0, one;

	for (i = 0; i < r->opened; i++) {
		struct weir_append *a = &r->parts[i].append;

		one = a->status != 0 ? 0 : weir_append_close(a, !r->checkpointed || a->next == a->extent.next);
		if (said(&r->parts[i].log, one) != 0)
			rc = one;
	}
	for (i = 0; i < r->n; i++)
		weir_log_release(&r->parts[i].log);
	free(r->parts);
	if (r->keys.keys.n > 0)
		weir_keys_warn(&r->keys.keys, "");
	keys_release(&r->keys);
	weir_buf_release(&r->key);
	weir_log_release(&r->log);
	r->n = r->opened = 0;
	return status != 0 ? status : rc;
}

static void
on_stats(void *self, struct weir_buf *json)
{
	struct recorder *r = self;

	weir_buf_printf(json, ",\"appended\":%" PRIu64, r->appended);
}

/* The command line is wrong before anything is read. */
void
sreplay_check_key(const struct sreplay_conf *cf)
{
	struct keys keys = {0};

	if (cf->key == NULL)
		return;
	if (keys_open(&keys, cf->key) != 0)
		weir_opt_misuse(cf->cmd, "-k \"%s\": %s", cf->key, weir_buf_cstr(&keys.keys.why));
	keys_release(&keys);
}

int
sreplay_record(struct sreplay_conf *cf)
{
	struct recorder r = {.cf = cf, .log = WEIR_LOG_NONE, .watermark = INT64_MIN};
	struct weir_stage stage = {.name = "sreplay", .flags = WEIR_STAGE_PASSES, .watch = -1, .on_hello = on_hello, .on_data = on_data,
	    .on_record = on_record, .on_flush = on_flush, .on_wait = on_wait, .on_close = on_close, .version = 1,
	    .on_restore = on_restore, .on_prepare = on_prepare, .on_publish = on_publish, .keeps = cf->append,
	    .on_stats = on_stats};
	struct stat out, null;

	if (isatty(STDIN_FILENO))
		weir_opt_misuse(cf->cmd, "-a appends standard input, which is a terminal: scat FILE | sreplay -a %s", cf->append);
	if (weir_log_is_part(cf->append))
		weir_opt_misuse(cf->cmd, "-a %s: a partition of a log: append to the log, which puts each record where its key belongs", cf->append);
	if (cf->common.explain) {
		printf("append    to %s\nzstd      level %d\nsync      %s\nmemory    two buffers of 256 KiB a partition, or of the longest frame\n",
		    cf->append, (int)cf->level, cf->sync);
		return weir_say_flushed();
	}
	/* Nobody is behind it: then it is the end of its pipeline, and commits. */
	if (fstat(STDOUT_FILENO, &out) == 0 && stat("/dev/null", &null) == 0 && out.st_rdev == null.st_rdev && S_ISCHR(out.st_mode)) {
		stage.flags = WEIR_STAGE_SINK;
		stage.on_record = keep_record;
	}
	return weir_stage_run(&stage, &cf->common, &r);
}
