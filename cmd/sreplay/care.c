/*
 * care - a log, or each of its partitions, opened to be looked after; --list. What else is done has files of its own
 */
#include "care.h"
#include "base/civil.h"
#include "base/say.h"
#include "base/units.h"
#include "log/readers.h"
#include "log/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
care_said(struct care *c, int status)
{
	if (status != 0)
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&c->log.why));
	return status;
}

int
care_failed(struct care *c)
{
	return care_said(c, weir_log_fail(&c->log, WEIR_EX_IOERR, "%s", strerror(errno)));
}

/* The segments from the committed beginning on. */
static int
open_log(struct care *c, const char *path)
{
	int rc = weir_log_open(&c->log, path);
	size_t i;

	if (rc != 0)
		return care_said(c, rc);
	if ((rc = weir_extent_read(c->log.fd, &c->extent)) < 0 && errno != ENOENT)
		return care_failed(c);
	if (rc != 0) {
		weir_log_fail(&c->log, WEIR_EX_PROTOCOL, "%s: %s", WEIR_EXTENT_FILE, rc < 0 ? "gone" : "damaged");
		if (c->cf->salvage == NULL)
			return care_said(c, WEIR_EX_PROTOCOL);
		c->extent = (struct weir_extent){.next = 0};
	}
	if (weir_segment_list(c->log.fd, &c->firsts, &c->n) != 0)
		return care_failed(c);
	for (i = 0; i < c->n && c->firsts[i] < c->extent.first; i++)
		;
	c->n -= i;
	if (c->n > 0)
		memmove(c->firsts, c->firsts + i, c->n * sizeof(*c->firsts));
	return 0;
}

static int
one_part(const char *path, struct care *c, int (*one)(struct care *c, void *ctx), void *ctx)
{
	int rc = open_log(c, path);

	if (rc == 0)
		rc = one(c, ctx);
	free(c->firsts);
	weir_log_release(&c->log);
	return rc;
}

/* The log, or each of its partitions, also behind one that something is wrong with. The first status that is not 0. */
static int
each_part(struct sreplay_conf *cf, const char *path, int (*one)(struct care *c, void *ctx), void *ctx)
{
	struct weir_log log = WEIR_LOG_NONE;
	int first = weir_log_open(&log, path), rc;
	bool opened = first == 0;
	uint64_t i;

	if (!opened)
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&log.why));
	for (i = 0; opened && (i < log.partitions || i == 0); i++) {
		struct care c = {.cf = cf, .log = WEIR_LOG_NONE, .part = i};
		struct weir_buf name = {0};

		weir_buf_puts(&name, log.path);
		if (log.partitions > 0)
			weir_buf_printf(&name, "/%" PRIu64, i);
		rc = one_part(weir_buf_cstr(&name), &c, one, ctx);
		weir_buf_release(&name);
		if (first == 0)
			first = rc;
	}
	weir_log_release(&log);
	return first;
}

/* --- list --- */

static void
put_number(struct weir_value *v, char text[32], double x, int digits)
{
	v->p = (unsigned char *)text;
	v->len = (uint32_t)snprintf(text, 32, "%.*f", digits, x);
	v->type = WEIR_NUMBER;
}

static int
put_row(struct weir_out *out, struct weir_shape *shape, const struct care_row *r)
{
	struct weir_value v[8] = {0};
	char text[5][32];

	put_number(&v[0], text[0], (double)r->offset, 0);
	put_number(&v[1], text[1], (double)r->records, 0);
	v[2] = (struct weir_value){.time = r->oldest, .type = r->oldest == INT64_MAX ? WEIR_NULL : WEIR_TIME};
	v[3] = (struct weir_value){.time = r->newest, .type = r->newest == WEIR_TIME_NONE ? WEIR_NULL : WEIR_TIME};
	put_number(&v[4], text[2], (double)r->bytes, 0);
	put_number(&v[5], text[3], r->bytes > 0 ? (double)r->plain / (double)r->bytes : 1, 2);
	v[6] = (struct weir_value){.p = (const unsigned char *)r->state, .len = (uint32_t)strlen(r->state), .type = WEIR_STRING};
	put_number(&v[7], text[4], (double)r->part, 0);
	return weir_out_values(out, shape, WEIR_TIME_NONE, v);
}

int
care_look(struct care *c, size_t i, struct care_row *r)
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
		return care_failed(c);
	*r = (struct care_row){.part = c->part, .offset = c->firsts[i], .records = records, .bytes = (uint64_t)st.st_size, .plain = e.plain,
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

struct table {
	struct weir_out out;
	struct weir_shape *shape;
};

static int
list_segments(struct care *c, void *ctx)
{
	struct table *t = ctx;
	struct care_row r = {0};
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < c->n; i++)
		if ((rc = care_look(c, i, &r)) == 0 && put_row(&t->out, t->shape, &r) != 0)
			rc = WEIR_EX_IOERR;
	return rc == 0 ? care_said(c, weir_readers_each(&c->log, say_reader, c)) : rc;
}

static int
list(struct sreplay_conf *cf, const char *path, bool parted)
{
	static const struct weir_name names[] = {{(const unsigned char *)"offset", 6}, {(const unsigned char *)"records", 7},
	    {(const unsigned char *)"oldest", 6}, {(const unsigned char *)"newest", 6}, {(const unsigned char *)"bytes", 5},
	    {(const unsigned char *)"ratio", 5}, {(const unsigned char *)"state", 5}, {(const unsigned char *)"partition", 9}};
	struct table t = {.shape = weir_shape_new(WEIR_FORMAT_VALUES, 0, names, parted ? 8 : 7)};
	struct weir_emit_conf conf = {.format = WEIR_EMIT_JSON};
	struct weir_sink sink;
	int rc;

	if (isatty(STDOUT_FILENO))
		conf = weir_sink_terminal(STDOUT_FILENO);
	weir_sink_init(&sink, &conf, NULL);
	weir_out_init_tap(&t.out, weir_sink_tap, &sink);
	rc = each_part(cf, path, list_segments, &t);
	weir_out_flush(&t.out);
	weir_out_release(&t.out);
	if (weir_sink_close(&sink) != 0 && rc == 0) {
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&sink.output.why));
		rc = sink.output.status;
	}
	weir_shape_free(t.shape);
	return rc;
}

/* What would be done, without looking at the log. */
static int
explain(const struct sreplay_conf *cf, const char *path)
{
	char size[WEIR_UNITS_TEXT];

	if (cf->list || cf->verify)
		printf("%s\n", cf->list ? "list      the segments, from their indexes; those that are open or compacted are read"
		                        : "verify    every frame, and every index against its segment");
	else if (cf->salvage != NULL)
		printf("salvage   into the new log %s, record by record\n", cf->salvage);
	if (cf->trim != NULL)
		printf("remove    whole segments that end before %s\n", cf->trim);
	if (cf->max_size != UINT64_MAX)
		printf("remove    the oldest segments until %s are left\n", weir_units_format_size(cf->max_size, size));
	if (cf->max_age != 0)
		printf("remove    the oldest segments of which no record is within %s of the newest\n", weir_units_format_duration(cf->max_age, size));
	if (!cf->list && !cf->verify && cf->salvage == NULL)
		printf("%s", cf->force ? "" : "keep      what a reader with a checkpoint still needs, and the last segment\n");
	printf("log       %s\n", path);
	return weir_say_flushed();
}

int
sreplay_care(struct sreplay_conf *cf, const char *path)
{
	struct weir_log log = WEIR_LOG_NONE;
	bool parted = weir_log_open(&log, path) == 0 && log.partitions > 0;

	weir_log_release(&log);
	if (cf->common.explain)
		return explain(cf, path);
	if (parted && (cf->salvage != NULL || (cf->trim != NULL && !cf->before.by_time))) {
		weir_say(WEIR_SAY_ERROR, "%s: it has partitions, each with offsets of its own: name one, %s/0", path, path);
		return WEIR_EX_USAGE;
	}
	if (cf->list)
		return list(cf, path, parted);
	return each_part(cf, path, cf->verify ? care_verify : cf->salvage != NULL ? care_salvage : care_trim, NULL);
}
