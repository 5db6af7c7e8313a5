/*
 * salvage - --salvage: what is readable of a damaged log, in a new one
 */
#include "log/salvage.h"
#include "base/say.h"
#include "care.h"
#include "log/segment.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct salvage {
	struct care *c;
	struct weir_append to;
	uint64_t lost;
	uint64_t segment;
	int status;
};

static int
keep(void *ctx, struct weir_reader *r, const struct weir_frame *f, const struct weir_hello *h)
{
	struct salvage *s = ctx;
	struct weir_record rec = {0};
	size_t at = 0;
	int rc = 0;

	weir_append_hello(&s->to, h->implied, h->delay);
	while (rc == 0 && weir_reader_entry(r, f, &at, &rec) > 0)
		if (weir_record_is(&rec))
			rc = weir_append_record(&s->to, &rec);
		else if ((rec.flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_WATERMARK)
			weir_append_watermark(&s->to, rec.time);
	if (rc == 0)
		rc = weir_append_settle(&s->to, f->payload, f->head.flags == 0 ? f->len : 0, f->head.sum);
	s->c->records += f->head.count;
	return s->status = rc;
}

static void
lose(void *ctx, uint64_t from, uint64_t to, uint64_t byte, const char *why)
{
	struct salvage *s = ctx;

	if (to <= from)
		return;
	s->lost += to - from;
	printf("{\"segment\":%" PRIu64 ",\"byte\":%" PRIu64 ",\"from\":%" PRIu64 ",\"to\":%" PRIu64 ",\"records\":%" PRIu64 ",\"why\":\"%s\"}\n",
	    s->segment, byte, from, to, to - from, why);
}

static int
salvage_segments(struct salvage *s)
{
	struct weir_salvage how = {.ctx = s, .take = keep, .lost = lose};
	struct care *c = s->c;
	uint64_t next = c->n > 0 && c->extent.first < c->firsts[0] ? c->extent.first : c->n > 0 ? c->firsts[0] : c->extent.first, byte = 0;
	const char *why = NULL;
	size_t i;
	int rc = 0, fd;

	for (i = 0; rc == 0 && i < c->n; i++) {
		s->segment = c->firsts[i];
		lose(s, next, c->firsts[i], byte, why != NULL ? why : "a segment is missing");
		next = c->firsts[i];
		byte = 0;
		if ((fd = weir_segment_open(c->log.fd, c->firsts[i])) < 0)
			return care_failed(c);
		if ((rc = weir_salvage_segment(&how, fd, &next, &why, &byte)) < 0)
			rc = care_failed(c);
		else if (rc > 0)
			rc = s->status;
		close(fd);
	}
	if (rc == 0)
		lose(s, next, c->extent.next, byte, why != NULL ? why : "it ends there, but more was committed");
	return rc;
}

/* What can be read of a damaged log, into a new one; what can't is listed on standard output. */
int
care_salvage(struct care *c, void *ctx)
{
	struct weir_append_conf conf = {.size = c->cf->segment_size, .span = c->cf->segment_time, .level = (int)c->cf->level};
	struct weir_log new = WEIR_LOG_NONE;
	struct salvage s = {.c = c};
	struct stat st;
	int rc = 0, end;

	(void)ctx;
	if (lstat(c->cf->salvage, &st) == 0)
		rc = weir_log_fail(&c->log, WEIR_EX_CANTCREAT, "--salvage %s: it is there already", c->cf->salvage);
	if (rc != 0)
		return care_said(c, rc);
	if ((rc = weir_log_create(&new, c->cf->salvage, 0, NULL)) == 0 && (rc = weir_append_open(&s.to, &new, &conf)) == 0) {
		rc = salvage_segments(&s);
		end = s.to.status != 0 ? s.to.status : weir_append_close(&s.to, true);
		if (end != 0)
			rc = end;
	}
	if (new.why.len > 0 && rc != 0)
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&new.why));
	if (rc == 0)
		weir_say(WEIR_SAY_WARNING, "%s: %" PRIu64 " records are in %s, %" PRIu64 " are lost", c->log.path, c->records, c->cf->salvage, s.lost);
	weir_log_release(&new);
	return rc != 0 ? rc : weir_say_flushed();
}
