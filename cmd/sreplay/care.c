/*
 * care - what keeps a log small and sound: --list, --verify, --trim-before, --max-size, --max-age, --salvage
 */
#include "base/civil.h"
#include "base/mem.h"
#include "base/say.h"
#include "log/cursor.h"
#include "log/readers.h"
#include "log/salvage.h"
#include "log/segment.h"
#include "sreplay.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct care {
	struct sreplay_conf *cf;
	struct weir_log log;
	struct weir_extent extent;
	uint64_t *firsts;
	size_t n;
	unsigned faults;
	bool broken;             /* the segment before could not be read to its end */
	bool thinned;            /* one before lacks records */
	uint64_t records;
};

static int
said(struct care *c, int status)
{
	if (status != 0)
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&c->log.why));
	return status;
}

static int
failed(struct care *c)
{
	return said(c, weir_log_fail(&c->log, WEIR_EX_IOERR, "%s", strerror(errno)));
}

/* The segments from the committed beginning on. */
static int
open_log(struct care *c, const char *path)
{
	int rc = weir_log_open(&c->log, path);
	size_t i;

	if (rc != 0)
		return said(c, rc);
	if (c->log.partitions > 0)
		return said(c, weir_log_fail(&c->log, WEIR_EX_USAGE, "it has partitions, each a log of its own: name one, %s/0", path));
	if ((rc = weir_extent_read(c->log.fd, &c->extent)) < 0 && errno != ENOENT)
		return failed(c);
	if (rc != 0) {
		weir_log_fail(&c->log, WEIR_EX_PROTOCOL, "%s: %s", WEIR_EXTENT_FILE, rc < 0 ? "gone" : "damaged");
		if (c->cf->salvage == NULL)
			return said(c, WEIR_EX_PROTOCOL);
		c->extent = (struct weir_extent){.next = 0};
	}
	if (weir_segment_list(c->log.fd, &c->firsts, &c->n) != 0)
		return failed(c);
	for (i = 0; i < c->n && c->firsts[i] < c->extent.first; i++)
		;
	c->n -= i;
	if (c->n > 0)
		memmove(c->firsts, c->firsts + i, c->n * sizeof(*c->firsts));
	return 0;
}

/* --- list --- */

struct row {
	uint64_t offset, records, bytes, plain;
	int64_t oldest, newest;
	const char *state;
};

static void
put_number(struct weir_value *v, char text[32], double x, int digits)
{
	v->p = (unsigned char *)text;
	v->len = (uint32_t)snprintf(text, 32, "%.*f", digits, x);
	v->type = WEIR_NUMBER;
}

static int
put_row(struct weir_out *out, struct weir_shape *shape, const struct row *r)
{
	struct weir_value v[7] = {0};
	char text[4][32];

	put_number(&v[0], text[0], (double)r->offset, 0);
	put_number(&v[1], text[1], (double)r->records, 0);
	v[2] = (struct weir_value){.time = r->oldest, .type = r->oldest == INT64_MAX ? WEIR_NULL : WEIR_TIME};
	v[3] = (struct weir_value){.time = r->newest, .type = r->newest == WEIR_TIME_NONE ? WEIR_NULL : WEIR_TIME};
	put_number(&v[4], text[2], (double)r->bytes, 0);
	put_number(&v[5], text[3], r->bytes > 0 ? (double)r->plain / (double)r->bytes : 1, 2);
	v[6] = (struct weir_value){.p = (const unsigned char *)r->state, .len = (uint32_t)strlen(r->state), .type = WEIR_STRING};
	return weir_out_values(out, shape, WEIR_TIME_NONE, v);
}

/* What a segment holds: by its index if it is finished, else by reading it. newest is the log's, not the segment's alone. */
static int
look_at(struct care *c, size_t i, struct row *r)
{
	struct weir_segment s = {.first = c->firsts[i], .newest = WEIR_TIME_NONE};
	struct weir_index_entry e = {0};
	char name[WEIR_SEGMENT_NAME];
	struct stat st;
	int fd = weir_segment_open(c->log.fd, c->firsts[i]), rc = 0;
	uint64_t records;

	weir_segment_index(name, s.first);
	if (fd < 0 || fstat(fd, &st) != 0)
		rc = -1;
	else if (weir_index_load(c->log.fd, name, &s.index) == 0 && weir_index_ended(&s.index))
		e = s.index.entries[s.index.n - 1];
	records = e.offset - s.first;
	if (rc == 0 && (!e.end || e.thinned)) {
		weir_segment_release(&s);
		s.index = (struct weir_index){0};
		rc = weir_segment_walk(&s, fd, UINT64_MAX, UINT64_MAX);
		records = s.records;
		if (!e.end)
			e = (struct weir_index_entry){.offset = s.next, .newest = s.newest, .oldest = s.oldest, .plain = s.plain};
	}
	if (fd >= 0)
		close(fd);
	weir_segment_release(&s);
	if (rc != 0)
		return failed(c);
	*r = (struct row){.offset = c->firsts[i], .records = records, .bytes = (uint64_t)st.st_size, .plain = e.plain,
	    .oldest = e.oldest, .newest = e.newest, .state = e.thinned ? "compacted" : e.end ? "finished" : "open"};
	if (c->firsts[i] >= c->extent.next || (i + 1 == c->n && e.offset > c->extent.next))
		r->state = "not all committed";
	return 0;
}

static void
say_reader(void *ctx, const struct weir_readers_entry *e)
{
	struct care *c = ctx;

	weir_say(WEIR_SAY_INFO, "%s: reader %s (%s, %s) has come to offset %" PRIu64, c->log.path, e->name,
	    e->stage[0] != '\0' ? e->stage : "unreadable", e->checkpoint, e->offset);
}

static int
list(struct care *c)
{
	static const struct weir_name names[] = {{(const unsigned char *)"offset", 6}, {(const unsigned char *)"records", 7},
	    {(const unsigned char *)"oldest", 6}, {(const unsigned char *)"newest", 6}, {(const unsigned char *)"bytes", 5},
	    {(const unsigned char *)"ratio", 5}, {(const unsigned char *)"state", 5}};
	struct weir_shape *shape = weir_shape_new(WEIR_FORMAT_VALUES, 0, names, 7);
	struct weir_emit_conf conf = {.format = WEIR_EMIT_JSON};
	struct weir_sink sink;
	struct weir_out out;
	struct row r = {0};
	size_t i;
	int rc = 0;

	if (isatty(STDOUT_FILENO))
		conf = weir_sink_terminal(STDOUT_FILENO);
	weir_sink_init(&sink, &conf, NULL);
	weir_out_init_tap(&out, weir_sink_tap, &sink);
	for (i = 0; rc == 0 && i < c->n; i++)
		if ((rc = look_at(c, i, &r)) == 0 && put_row(&out, shape, &r) != 0)
			rc = WEIR_EX_IOERR;
	if (rc == 0)
		rc = said(c, weir_readers_each(&c->log, say_reader, c));
	weir_out_flush(&out);
	weir_out_release(&out);
	if (weir_sink_close(&sink) != 0 && rc == 0) {
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&sink.output.why));
		rc = sink.output.status;
	}
	weir_shape_free(shape);
	return rc;
}

/* --- verify --- */

static void
fault(struct care *c, const char *name, const char *what)
{
	c->faults++;
	weir_say(WEIR_SAY_ERROR, "%s: %s: %s", c->log.path, name, what);
}

static bool
same_index(const struct weir_index *a, const struct weir_index *b)
{
	struct weir_buf x = {0}, y = {0};
	bool same;

	weir_index_format(a, &x);
	weir_index_format(b, &y);
	same = x.len == y.len && (x.len == 0 || memcmp(x.p, y.p, x.len) == 0);
	weir_buf_release(&x);
	weir_buf_release(&y);
	return same;
}

static void
compare_index(struct care *c, struct weir_segment *s, bool last)
{
	struct weir_index_entry end = weir_segment_end(s);
	struct weir_index ix = {0};
	char name[WEIR_SEGMENT_NAME];
	int rc;

	weir_segment_index(name, s->first);
	rc = weir_index_load(c->log.fd, name, &ix);
	if (!last || weir_index_ended(&ix))
		weir_index_add(&s->index, &end);
	if (rc != 0)
		fault(c, name, rc < 0 ? strerror(errno) : "an entry is damaged or torn; once it is removed, the next writer makes it anew");
	else if (!same_index(&ix, &s->index))
		fault(c, name, "it does not say what its segment says");
	weir_index_release(&ix);
}

static void
verify_index(struct care *c, struct weir_segment *s, bool last)
{
	/* What was before is not known: then only this one's own entries can't be held against it. */
	if (c->broken) {
		c->broken = false;
		return;
	}
	compare_index(c, s, last);
}

static void
verify_segment(struct care *c, size_t i, int64_t *newest)
{
	struct weir_segment s = {.first = c->firsts[i], .newest = *newest};
	bool last = i + 1 == c->n, committed = s.first == c->extent.segment;
	char name[WEIR_SEGMENT_NAME], what[160];
	unsigned faults = c->faults;
	int fd = weir_segment_open(c->log.fd, s.first);

	/* Behind removed records the indexes know of greater event times than are left. */
	if (c->thinned && weir_segment_newest(c->log.fd, s.first, s.newest) > s.newest)
		s.newest = weir_segment_newest(c->log.fd, s.first, s.newest);
	weir_segment_name(name, s.first);
	if (fd < 0 || weir_segment_walk(&s, fd, UINT64_MAX, UINT64_MAX) != 0) {
		fault(c, name, strerror(errno));
	} else if ((!s.sound && (!last || s.whole < c->extent.length)) || (committed && s.whole < c->extent.length) ||
	    (!last && (s.next != c->firsts[i + 1] || !s.ended))) {
		snprintf(what, sizeof(what), "damaged at byte %" PRIu64 ", offset %" PRIu64 ": %s", s.whole, s.next,
		    s.sound ? "it ends there, and should not" : s.why);
		fault(c, name, what);
	} else {
		verify_index(c, &s, last);
	}
	if (fd >= 0)
		close(fd);
	c->broken = faults != c->faults && !s.sound;
	*newest = s.newest;
	c->records += s.records;
	c->thinned = c->thinned || s.removed > 0;
	weir_segment_release(&s);
}

/* What was known of times before the first segment. */
static int64_t
newest_before(struct care *c)
{
	return c->n > 0 && c->extent.first > 0 ? weir_segment_newest(c->log.fd, c->firsts[0], WEIR_TIME_NONE) : WEIR_TIME_NONE;
}

static int
verify(struct care *c)
{
	int64_t newest = newest_before(c);
	bool found = c->extent.next == c->extent.first;
	size_t i;

	if (c->extent.half)
		fault(c, WEIR_EXTENT_FILE, "one of its two records is damaged; the next writer mends it");
	if (c->n > 0 && c->firsts[0] != c->extent.first)
		fault(c, "the first segment", "missing");
	for (i = 0; i < c->n; i++) {
		verify_segment(c, i, &newest);
		found = found || c->firsts[i] == c->extent.segment;
	}
	if (!found || (c->n == 0 && c->extent.next > c->extent.first))
		fault(c, "the last committed segment", "missing");
	if (c->faults > 0)
		return WEIR_EX_PROTOCOL;
	printf("%s: %zu segment%s, %" PRIu64 " record%s, sound\n", c->log.path, c->n, c->n == 1 ? "" : "s", c->records,
	    c->records == 1 ? "" : "s");
	return fflush(stdout) == 0 ? 0 : WEIR_EX_IOERR;
}

/* --- what may go --- */

struct need {
	uint64_t least;
	char *who;
};

static void
note_need(void *ctx, const struct weir_readers_entry *e)
{
	struct need *n = ctx;

	if (e->offset >= n->least)
		return;
	n->least = e->offset;
	free(n->who);
	n->who = weir_mem_strdup(e->name);
}

int
sreplay_needed(struct weir_log *log, uint64_t *least, char **who)
{
	struct need need = {.least = UINT64_MAX};
	int rc = weir_readers_each(log, note_need, &need);

	*least = need.least;
	*who = need.who;
	return rc;
}

/* The greatest event time before a segment. */
static int64_t
time_before(struct weir_append *a, uint64_t first)
{
	return weir_segment_newest(a->log->fd, first, INT64_MAX);
}

static uint64_t
size_of(struct weir_append *a, uint64_t first)
{
	char name[WEIR_SEGMENT_NAME];
	struct stat st;

	weir_segment_name(name, first);
	return fstatat(a->log->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? (uint64_t)st.st_size : 0;
}

/* How many of the first segments may go by what was asked for. */
static size_t
may_go(const struct sreplay_conf *cf, struct weir_append *a, const struct sreplay_bound *before, const uint64_t *firsts, size_t n)
{
	uint64_t bytes = 0;
	size_t i, go = 0;

	for (i = 1; i < n && firsts[i] <= a->extent.segment; i++) {
		if (before != NULL && (before->by_time ? time_before(a, firsts[i]) < before->time : firsts[i] <= before->offset))
			go = i;
		if (cf->max_age != 0 && a->newest != WEIR_TIME_NONE && time_before(a, firsts[i]) < a->newest - cf->max_age)
			go = i;
	}
	for (i = n; i > 0 && cf->max_size != UINT64_MAX; i--) {
		bytes += size_of(a, firsts[i - 1]);
		if (bytes > cf->max_size && i > go && i < n)
			go = firsts[i] <= a->extent.segment ? i : go;
		if (bytes > cf->max_size)
			break;
	}
	return go;
}

int
sreplay_retain(struct sreplay_conf *cf, struct weir_append *a, const struct sreplay_bound *before)
{
	uint64_t *firsts, least = UINT64_MAX;
	char *who = NULL;
	size_t n, go;
	int rc = 0;

	if (weir_segment_list(a->log->fd, &firsts, &n) != 0)
		rc = weir_log_fail(a->log, WEIR_EX_IOERR, "%s", strerror(errno));
	go = rc == 0 ? may_go(cf, a, before, firsts, n) : 0;
	if (rc == 0 && go > 0 && !cf->force)
		rc = sreplay_needed(a->log, &least, &who);
	if (go > 0 && firsts[go] > least) {
		weir_say(WEIR_SAY_WARNING, "%s: the reader readers/%s has only come to offset %" PRIu64
		    ": what it needs stays; --force removes it, removing that file forgets the reader", a->log->path, who, least);
		while (go > 0 && firsts[go] > least)
			go--;
	}
	if (rc == 0 && go > 0 && (rc = weir_append_trim(a, firsts[go])) == 0)
		weir_say(WEIR_SAY_INFO, "%s: %zu segments removed; it begins at offset %" PRIu64, a->log->path, go, firsts[go]);
	if (rc != 0)
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&a->log->why));
	free(who);
	free(firsts);
	return rc;
}

static int
trim(struct care *c, const struct sreplay_bound *before)
{
	struct weir_append_conf conf = {.size = c->cf->segment_size};
	struct weir_append a;
	int rc = weir_append_open(&a, &c->log, &conf), end;

	sreplay_say_notes(&a);
	if (said(c, rc) == 0)
		rc = sreplay_retain(c->cf, &a, before);
	if (a.status == 0 && (end = weir_append_close(&a, true)) != 0 && rc == 0)
		rc = said(c, end);
	return rc;
}

/* --- salvage --- */

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
			return failed(c);
		if ((rc = weir_salvage_segment(&how, fd, &next, &why, &byte)) < 0)
			rc = failed(c);
		else if (rc > 0)
			rc = s->status;
		close(fd);
	}
	if (rc == 0)
		lose(s, next, c->extent.next, byte, why != NULL ? why : "it ends there, but more was committed");
	return rc;
}

/* What can be read of a damaged log, into a new one; what can't is listed on standard output. */
static int
salvage(struct care *c)
{
	struct weir_append_conf conf = {.size = c->cf->segment_size, .span = c->cf->segment_time, .level = (int)c->cf->level};
	struct weir_log new = WEIR_LOG_NONE;
	struct salvage s = {.c = c};
	struct stat st;
	int rc = 0, end;

	if (lstat(c->cf->salvage, &st) == 0)
		rc = weir_log_fail(&c->log, WEIR_EX_CANTCREAT, "--salvage %s: it is there already", c->cf->salvage);
	if (rc != 0)
		return said(c, rc);
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
	return rc != 0 ? rc : fflush(stdout) == 0 ? 0 : WEIR_EX_IOERR;
}

int
sreplay_care(struct sreplay_conf *cf, const char *path)
{
	struct care c = {.cf = cf, .log = WEIR_LOG_NONE};
	struct sreplay_bound before = {0};
	int rc = open_log(&c, path);

	if (cf->trim != NULL)
		before = cf->before;
	if (rc == 0 && cf->list)
		rc = list(&c);
	else if (rc == 0 && cf->verify)
		rc = verify(&c);
	else if (rc == 0 && cf->salvage != NULL)
		rc = salvage(&c);
	else if (rc == 0)
		rc = trim(&c, cf->trim != NULL ? &before : NULL);
	free(c.firsts);
	weir_log_release(&c.log);
	return rc;
}
