/*
 * table_load - a table read: any format that scat reads, also compressed, weir streams, and logs
 *
 * A row keeps its values, but not those that are the key (they stand in the left record). A table that is changed while it is
 * read would be neither the one nor the other: it is read again, and given up if it never stands still.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "base/units.h"
#include "frame/reader.h"
#include "log/whole.h"
#include "table.h"
#include "text/detect.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TRIES 5

__attribute__((format(printf, 3, 4))) static int
fail(struct table *t, int status, const char *fmt, ...)
{
	va_list ap;

	weir_buf_clear(&t->why);
	va_start(ap, fmt);
	weir_buf_vprintf(&t->why, fmt, ap);
	va_end(ap);
	return status;
}

/* The fields that stay: all but those that are the key and stand under left's name. */
static uint32_t
keep_fields(void *self, const struct weir_shape *from, struct weir_name *names, uint32_t *field, uint32_t *tag)
{
	const struct sjoin_conf *cf = self;
	uint32_t n = 0, i;

	(void)tag;
	for (i = 0; i < from->n; i++)
		if (cf->nest || !sjoin_result_is_key(cf, &from->names[i])) {
			names[n] = from->names[i];
			field[n++] = i;
		}
	return n;
}

static int
put(struct table *t, const struct weir_record *rec)
{
	const struct weir_derived *d;
	char limit[WEIR_UNITS_TEXT];
	uint64_t most = t->s->cf->max_memory;
	uint32_t i;
	int rc;

	t->read++;
	if ((rc = sjoin_keys_make(t->s, WEIR_JOIN_R, rec)) < 0) {
		if (t->s->cf->common.on_error == 1)
			return fail(t, WEIR_EX_DATAERR, "%s: %s", t->s->cf->names[WEIR_JOIN_R], sjoin_keys_why(t->s, WEIR_JOIN_R));
		if (t->bad++ == 0)
			weir_buf_puts(&t->first_bad, sjoin_keys_why(t->s, WEIR_JOIN_R));
		return 0;
	}
	if (rc == 0) {
		t->keyless++;
		return 0;
	}
	d = weir_derive_get(&t->derive, rec->shape);
	if (d->shape->n > t->cap) {
		t->cap = d->shape->n;
		t->values = weir_mem_realloc(t->values, t->cap, sizeof(*t->values));
	}
	for (i = 0; i < d->shape->n; i++)
		weir_record_get(rec, d->field[i], &t->values[i]);
	rc = weir_lookup_put(&t->rows, t->s->key.p, t->s->key.len, d->shape, t->values);
	if (rc < 0 && t->s->spill.failed)
		return fail(t, WEIR_EX_IOERR, "--spill: %s", weir_buf_cstr(&t->s->spill.why));
	if (rc < 0)
		return fail(t, WEIR_EX_OSERR, "%s: more than 32 GiB of rows", t->s->cf->names[WEIR_JOIN_R]);
	t->doubled += rc == 0;
	if (t->s->cf->spill == NULL && most > 0 && t->rows.memory > most)
		return fail(t, WEIR_EX_OSERR, "%s: its first %" PRIu64 " rows take more than --max-memory %s; --spill DIR keeps them on disk",
		    t->s->cf->names[WEIR_JOIN_R], t->read, weir_units_format_size(most, limit));
	return 0;
}

static int
put_parsed(struct table *t, const struct weir_parsed *p)
{
	bool damage = false;
	struct weir_record rec = {.damage = &damage};

	weir_buf_clear(&t->entry);
	weir_buf_need(&t->entry, weir_record_bound(p->shape->n, p->nwords, p->len));
	t->entry.len = weir_record_encode_text(t->entry.p, p->shape->id, p->shape->n, INT64_MIN, p->flags, p->text, p->len,
	    p->slots, p->words, p->nwords);
	if (weir_record_open(&rec, t->entry.p, t->entry.len) != 0 || weir_record_bind(&rec, p->shape) != 0)
		return WEIR_EX_SOFTWARE;
	return put(t, &rec);
}

/* A bad row: counted; or the end, with --on-error fail. */
static int
bad_row(struct table *t, const char *file, const struct weir_parser *p)
{
	struct weir_buf what = {0};
	int rc = 0;

	weir_buf_printf(&what, "%s:%" PRIu64 ": %.*s", file, p->fault.line, (int)p->fault.what.len, (const char *)p->fault.what.p);
	if (t->bad++ == 0)
		weir_buf_put(&t->first_bad, what.p, what.len);
	if (t->s->cf->common.on_error == 1)
		rc = fail(t, WEIR_EX_DATAERR, "%s", weir_buf_cstr(&what));
	weir_buf_release(&what);
	return rc;
}

static int
load_text(struct table *t, struct weir_input *in, const char *file, const struct weir_parser_ops *format)
{
	const struct sjoin_conf *cf = t->s->cf;
	struct weir_parser_conf conf = {.max_record = WEIR_RECORD_MAX, .pattern = cf->pattern};
	struct weir_parser *p;
	struct weir_parsed rec;
	int rc, status = 0;

	p = format->open(in, &conf);
	while (status == 0 && (rc = format->next(p, &rec)) != 0)
		if (rc > 0)
			status = put_parsed(t, &rec);
		else if (rc == -1)
			status = bad_row(t, file, p);
		else
			status = fail(t, WEIR_EX_IOERR, "%s: %s", file, in->why != NULL ? in->why : strerror(in->err));
	format->free(p);
	return status;
}

static int
load_frame(struct table *t, struct weir_reader *r, const struct weir_frame *f)
{
	struct weir_record rec = {0};
	size_t at = 0;
	int status = 0;

	while (status == 0 && weir_reader_entry(r, f, &at, &rec) > 0)
		if (weir_record_is(&rec))
			status = put(t, &rec);
	return status;
}

/* The rows of a stream whose producer failed are some of them: what is no table must not pass for a small one. */
static int
load_end(struct table *t, const char *file, const struct weir_frame *f)
{
	struct weir_end end = {0};
	int status = 0;

	if (weir_end_decode(&end, f->payload, f->len) != 0)
		status = fail(t, WEIR_EX_PROTOCOL, "%s: a damaged weir stream, at offset %" PRIu64 ": a malformed end", file, f->offset);
	else if (end.how == WEIR_END_FAILED)
		status = fail(t, end.status, "%s: not all of the table: %s failed with status %d: %s", file,
		    end.stage != NULL ? end.stage : "a stage", end.status, end.reason != NULL ? end.reason : "no reason given");
	weir_end_release(&end);
	return status;
}

/* first: bytes already read from fd. */
static int
load_frames(struct table *t, const char *file, int fd, const void *first, size_t n)
{
	struct weir_reader r;
	struct weir_frame f;
	int status = 0;

	weir_reader_init(&r, fd, first, n);
	while (status == 0 && weir_reader_next(&r, &f) > 0)
		if (f.head.kind == WEIR_FRAME_DATA)
			status = load_frame(t, &r, &f);
		else if (f.head.kind == WEIR_FRAME_END)
			status = load_end(t, file, &f);
	if (status == 0 && (r.error != WEIR_READER_OK || r.damage))
		status = r.error == WEIR_READER_IO ? fail(t, WEIR_EX_IOERR, "%s: %s", file, strerror(r.errnum))
		    : fail(t, WEIR_EX_PROTOCOL, "%s: a damaged weir stream, at offset %" PRIu64 "%s%s", file, r.offset,
		          r.why != NULL ? ": " : "", r.why != NULL ? r.why : "");
	weir_reader_release(&r);
	return status;
}

static int
load_opened(struct table *t, struct weir_input *in, const char *file)
{
	const struct sjoin_conf *cf = t->s->cf;
	const struct weir_parser_ops *format = cf->format;
	struct weir_parser_conf conf = {.max_record = WEIR_RECORD_MAX};
	bool frames = strcmp(cf->input, "frames") == 0;
	int rc = 0;

	if (format == NULL && !frames)
		format = weir_detect(in, &conf, &frames, &rc, NULL);
	if (rc != 0)
		return fail(t, in->err == 0 || in->err == EISDIR ? WEIR_EX_NOINPUT : WEIR_EX_IOERR, "%s: %s", file,
		    in->why != NULL ? in->why : strerror(in->err));
	if (!frames)
		return load_text(t, in, file, format);
	if (in->compression != NULL)
		return fail(t, WEIR_EX_NOINPUT, "%s: a weir stream inside %s: unpack it first", file, in->compression);
	return load_frames(t, file, in->origin.fd, in->p, (size_t)(in->end - in->p));
}

static int
load_file(struct table *t, const char *file)
{
	struct weir_input in;
	int status;

	if (weir_input_open(&in, file, NULL) != 0)
		return fail(t, WEIR_EX_NOINPUT, "%s: %s", file, strerror(in.err));
	status = load_opened(t, &in, file);
	weir_input_release(&in);
	return status;
}

bool
table_is_log(const struct sjoin_conf *cf)
{
	return cf->table != NULL && (strcmp(cf->input, "auto") == 0 || strcmp(cf->input, "frames") == 0) && weir_log_is(cf->table);
}

/* What is committed: what is appended behind it may yet be taken back, and with it rows that records have met. */
static int
load_log(struct table *t, const char *path)
{
	struct weir_whole w;
	enum weir_cursor_step step = WEIR_CURSOR_HELLO;
	int status = weir_whole_open(&w, path, true);

	if (status != 0)
		fail(t, status, "%s", weir_buf_cstr(&w.log.why));
	while (status == 0 && step != WEIR_CURSOR_NONE) {
		step = weir_merge_next(&w.merge);
		if (step == WEIR_CURSOR_RECORD)
			status = put(t, &w.merge.at->rec);
		else if (step == WEIR_CURSOR_FAILED)
			status = fail(t, w.merge.at->status, "%s", weir_buf_cstr(&w.merge.at->log->why));
	}
	weir_whole_release(&w);
	return status;
}

static int
load_all(struct table *t)
{
	const struct sjoin_conf *cf = t->s->cf;
	struct weir_origin_list list = {0};
	int status = 0;
	size_t i;

	if (table_is_log(cf))
		return load_log(t, cf->table);
	if (cf->table != NULL)
		return load_file(t, cf->table);
	if (weir_origin_list(cf->table_dir, &list) != 0)
		return fail(t, WEIR_EX_NOINPUT, "%s: %s", cf->table_dir, strerror(errno));
	for (i = 0; i < list.n && status == 0; i++)
		status = load_file(t, list.names[i]);
	weir_origin_list_release(&list);
	return status;
}

static bool
look_at(const char *file, struct table_look *look)
{
	struct stat st;
	uint64_t what[7];

	if (stat(file, &st) != 0)
		return false;
	look->regular &= S_ISREG(st.st_mode);
	what[0] = st.st_dev;
	what[1] = st.st_ino;
	what[2] = (uint64_t)st.st_size;
	what[3] = (uint64_t)st.st_mtim.tv_sec;
	what[4] = (uint64_t)st.st_mtim.tv_nsec;
	what[5] = (uint64_t)st.st_ctim.tv_sec;
	what[6] = (uint64_t)st.st_ctim.tv_nsec;
	look->hash = weir_hash_seeded(what, sizeof(what), look->hash + 1);
	look->hash = weir_hash_seeded(file, strlen(file), look->hash + 1);
	return true;
}

/* How far the log, or each of its partitions, is committed. */
static bool
look_at_log(const char *path, struct table_look *look)
{
	struct weir_log log = WEIR_LOG_NONE;
	struct weir_buf name = {0};
	bool all = weir_log_open(&log, path) == 0;
	uint64_t i;

	for (i = 0; all && (i < log.partitions || i == 0); i++) {
		weir_buf_clear(&name);
		if (log.partitions > 0)
			weir_buf_printf(&name, "%s/%" PRIu64 "/%s", path, i, WEIR_EXTENT_FILE);
		else
			weir_buf_printf(&name, "%s/%s", path, WEIR_EXTENT_FILE);
		all = look_at(weir_buf_cstr(&name), look);
	}
	weir_buf_release(&name);
	weir_log_release(&log);
	return all;
}

bool
table_look(const struct sjoin_conf *cf, struct table_look *look)
{
	struct weir_origin_list list = {0};
	bool all = true;
	size_t i;

	*look = (struct table_look){.regular = true};
	if (table_is_log(cf))
		return look_at_log(cf->table, look);
	if (cf->table != NULL)
		return look_at(cf->table, look);
	if (weir_origin_list(cf->table_dir, &list) != 0)
		return false;
	for (i = 0; i < list.n && all; i++)
		all = look_at(list.names[i], look);
	weir_origin_list_release(&list);
	return all;
}

static void
clear(struct table *t)
{
	weir_lookup_release(&t->rows);
	weir_derive_release(&t->derive);
	weir_buf_clear(&t->first_bad);
	t->read = t->keyless = t->bad = t->doubled = 0;
}

/* With --reload there are two at times. */
static void
begin(struct table *t)
{
	struct sjoin *s = t->s;

	clear(t);
	weir_derive_init(&t->derive, keep_fields, s->cf);
	if (s->cf->spill != NULL)
		weir_lookup_spill(&t->rows, &s->spill, s->tables++, sjoin_memory_most(s->cf) / (s->cf->reload ? 2 : 1));
}

int
table_load(struct table *t)
{
	struct table_look after;
	bool seen;
	int status, tries;

	for (tries = 0; tries < TRIES; tries++) {
		begin(t);
		seen = table_look(t->s->cf, &t->look);
		status = load_all(t);
		/* A log that grows while it is read is as good a table as the one of the look. */
		if ((seen && !t->look.regular) || (status == 0 && table_is_log(t->s->cf)))
			return status;
		/* The files of one look, read between two that saw the same. */
		if (table_look(t->s->cf, &after) == seen && after.hash == t->look.hash)
			return status;
	}
	return fail(t, WEIR_EX_IOERR, "%s: changed while it was read, %d times: replace it by renaming a new one",
	    t->s->cf->names[WEIR_JOIN_R], TRIES);
}

void
table_release(struct table *t)
{
	clear(t);
	weir_buf_release(&t->why);
	weir_buf_release(&t->first_bad);
	weir_buf_release(&t->entry);
	free(t->values);
	t->values = NULL;
	t->cap = 0;
}
