/*
 * record - appends what comes to a log, and passes it on
 *
 * A frame is in the log before it is passed on. Under a checkpoint the log is one of its outputs: made durable at each
 * barrier, committed once the epoch is.
 */
#include "base/civil.h"
#include "base/say.h"
#include "base/sys.h"
#include "sreplay.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct recorder {
	struct sreplay_conf *cf;
	struct weir_log log;
	struct weir_append append;
	bool opened, checkpointed;
	int64_t synced;              /* when that was done last, monotonic */
};

static int
said(struct recorder *r, int status)
{
	if (status != 0)
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&r->log.why));
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
open_log(struct recorder *r)
{
	struct weir_append_conf conf = {.size = r->cf->segment_size, .span = r->cf->segment_time, .level = (int)r->cf->level};
	int rc;

	if (r->opened)
		return 0;
	if ((rc = weir_log_create(&r->log, r->cf->append, 0, NULL)) != 0)
		return said(r, rc);
	rc = weir_append_open(&r->append, &r->log, &conf);
	r->opened = true;
	sreplay_say_notes(&r->append);
	return said(r, rc);
}

static int
sync_log(struct recorder *r)
{
	int rc = weir_append_prepare(&r->append);

	if (rc == 0)
		rc = weir_append_commit(&r->append);
	r->synced = weir_sys_monotonic();
	return said(r, rc);
}

static int
on_hello(void *self, const struct weir_hello *h, struct weir_out *out)
{
	struct recorder *r = self;
	bool first = !r->opened;
	int rc = open_log(r);

	if (rc == 0 && first)
		rc = sync_log(r);
	if (rc != 0)
		return weir_stage_quit(out, rc);
	weir_append_hello(&r->append, h->implied, h->delay);
	return 0;
}

/* Whether unsynced records have waited long enough. */
static bool
is_due(const struct recorder *r)
{
	return !r->checkpointed && r->cf->how == SREPLAY_SYNC_TIMED && weir_append_pending(&r->append) &&
	    weir_sys_monotonic() - r->synced >= r->cf->sync_every;
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

static int
on_data(void *self, struct weir_reader *reader, const struct weir_frame *f)
{
	struct recorder *r = self;
	struct weir_append *a = &r->append;
	struct weir_record rec = {0};
	size_t at = 0;
	int rc = 0;

	if (check_frame(reader, f) != 0)
		return -1;
	while (rc == 0 && weir_reader_entry(reader, f, &at, &rec) > 0)
		if ((rec.flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_RECORD)
			rc = weir_append_record(a, &rec);
		else if ((rec.flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_WATERMARK)
			weir_append_watermark(a, rec.time);
	if (rc == 0)
		rc = weir_append_settle(a, f->payload, f->head.flags == 0 ? f->len : 0, f->head.sum);
	if (rc == 0 && r->cf->how == SREPLAY_SYNC_EACH && !r->checkpointed)
		return sync_log(r);
	if (rc == 0 && is_due(r) && sync_log(r) != 0)
		return a->status;
	if (rc == 0 && a->rolled && (r->cf->max_size != UINT64_MAX || r->cf->max_age != 0) && !r->checkpointed) {
		a->rolled = false;
		return sreplay_retain(r->cf, a, NULL);
	}
	return said(r, rc);
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

	if (!r->opened || r->append.status != 0)
		return 0;
	if (weir_append_flush(&r->append) != 0)
		return said(r, r->append.status);
	return is_due(r) ? sync_log(r) : 0;
}

static int64_t
on_wait(void *self)
{
	struct recorder *r = self;

	if (r->checkpointed || !r->opened || r->cf->how != SREPLAY_SYNC_TIMED || !weir_append_pending(&r->append))
		return 0;
	return r->synced + r->cf->sync_every;
}

static int
on_restore(void *self, const struct weir_barrier_entry *was, bool discard)
{
	struct recorder *r = self;
	const struct weir_barrier_output *o = was != NULL ? weir_output_find(was, r->cf->append) : NULL;
	int rc;

	r->checkpointed = true;
	if ((rc = open_log(r)) != 0)
		return rc;
	if (o != NULL) {
		rc = weir_append_cut(&r->append, o->length, discard);
		sreplay_say_notes(&r->append);
		/* What was committed as the epoch was, but not published yet. */
		return rc == 0 ? sync_log(r) : said(r, rc);
	}
	return sync_log(r);
}

static int
on_prepare(void *self, struct weir_barrier_entry *mine)
{
	struct recorder *r = self;
	struct weir_barrier_output o = {.path = (char *)(uintptr_t)r->cf->append, .length = r->append.next};
	struct stat st;
	int rc = weir_append_prepare(&r->append);

	if (rc != 0)
		return said(r, rc);
	if (fstat(r->log.fd, &st) == 0) {
		o.device = (uint64_t)st.st_dev;
		o.inode = (uint64_t)st.st_ino;
	}
	o.length = r->append.prepared.next;
	weir_barrier_add_output(mine, &o);
	return 0;
}

static int
on_publish(void *self)
{
	struct recorder *r = self;
	int rc = said(r, weir_append_commit(&r->append));

	if (rc == 0 && r->append.rolled && (r->cf->max_size != UINT64_MAX || r->cf->max_age != 0)) {
		r->append.rolled = false;
		rc = sreplay_retain(r->cf, &r->append, NULL);
	}
	return rc;
}

/* What is not committed with its epoch is the next run's to bring again. */
static int
on_close(void *self, int status)
{
	struct recorder *r = self;
	int rc = 0;

	if (r->opened) {
		bool commit = !r->checkpointed || r->append.next == r->append.extent.next;

		rc = r->append.status != 0 ? 0 : weir_append_close(&r->append, commit);
		said(r, rc);
	}
	weir_log_release(&r->log);
	return status != 0 ? status : rc;
}

static void
on_stats(void *self, struct weir_buf *json)
{
	struct recorder *r = self;

	weir_buf_printf(json, ",\"offset\":%" PRIu64, r->append.next);
}

int
sreplay_record(struct sreplay_conf *cf)
{
	struct recorder r = {.cf = cf, .log = WEIR_LOG_NONE};
	struct weir_stage stage = {.name = "sreplay", .flags = WEIR_STAGE_PASSES, .watch = -1, .on_hello = on_hello, .on_data = on_data,
	    .on_record = on_record, .on_flush = on_flush, .on_wait = on_wait, .on_close = on_close, .version = 1,
	    .on_restore = on_restore, .on_prepare = on_prepare, .on_publish = on_publish, .on_stats = on_stats};
	struct stat out, null;

	if (isatty(STDIN_FILENO))
		weir_opt_misuse(cf->cmd, "-a appends standard input, which is a terminal: scat FILE | sreplay -a %s", cf->append);
	if (cf->common.explain) {
		printf("append    to %s\nzstd      level %d\nsync      %s\nmemory    two buffers of 256 KiB, or of the longest frame\n",
		    cf->append, (int)cf->level, cf->sync);
		return fflush(stdout) == 0 ? 0 : WEIR_EX_IOERR;
	}
	/* Nobody is behind it: then it is the end of its pipeline, and commits. */
	if (fstat(STDOUT_FILENO, &out) == 0 && stat("/dev/null", &null) == 0 && out.st_rdev == null.st_rdev && S_ISCHR(out.st_mode)) {
		stage.flags = WEIR_STAGE_SINK;
		stage.on_record = keep_record;
	}
	return weir_stage_run(&stage, &cf->common, &r);
}
