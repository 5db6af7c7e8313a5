/*
 * compact - see compact.h
 */
#include "log/compact.h"
#include "base/civil.h"
#include "base/durable.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/status.h"
#include "log/cursor.h"
#include "log/segment.h"
#include "state/digests.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The level where the old segment was packed and none is asked for. */
#define USUAL_LEVEL 3

struct run {
	struct weir_compact *c;
	struct weir_log *log;
	uint64_t *firsts;            /* of the segments that are looked at, and behind them where the last one ends */
	uint64_t *losses;            /* records that each of them loses */
	size_t n;
	struct weir_digests last;    /* offset of each key's last record */
	struct weir_buf key;
};

/* A segment that is being written. */
struct copy {
	struct run *run;
	struct weir_cursor *from;
	int fd;
	uint64_t next;               /* offset of the next record */
	int64_t newest, oldest;
	uint64_t plain, block_plain;
	bool block, implied;
	int64_t delay;
	struct weir_index index;
	struct weir_out out;
};

static int
failed(struct run *r, const char *what)
{
	return weir_log_fail(r->log, WEIR_EX_IOERR, "%s: %s", what, strerror(errno));
}

/* The segments from the log's beginning on, and the offset behind the last of them. */
static int
choose(struct run *r)
{
	const struct weir_extent *e = &r->c->append->extent;
	size_t all, i;

	if (weir_segment_list(r->log->fd, &r->firsts, &all) != 0)
		return failed(r, "listing segments");
	for (i = 0; i < all && r->firsts[i] < e->first; i++)
		;
	if (i > 0)
		memmove(r->firsts, r->firsts + i, (all - i) * sizeof(*r->firsts));
	all -= i;
	for (i = 0; i + 1 < all && r->firsts[i] < e->segment && r->firsts[i + 1] <= r->c->before; i++)
		;
	r->n = r->c->segments = i;
	r->losses = weir_mem_zalloc(all + 1, sizeof(*r->losses));
	return 0;
}

static void
lose(struct run *r, uint64_t offset)
{
	size_t lo = 0, hi = r->n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (r->firsts[mid] <= offset)
			lo = mid;
		else
			hi = mid;
	}
	r->losses[lo]++;
	r->c->removed++;
}

static struct weir_hash_pair
hash(const struct run *r)
{
	return weir_hash_pair(r->key.p, r->key.len, weir_hash_seed());
}

static int
note(struct run *r, const struct weir_record *rec)
{
	uint64_t *last;
	bool made;

	r->c->kept++;
	if (!r->c->key(r->c->ctx, rec, &r->key)) {
		r->c->keyless++;
		return 0;
	}
	last = weir_digests_put(&r->last, hash(r), &made);
	if (!made)
		lose(r, *last);
	*last = rec->seq;
	if (r->last.n > r->c->max_memory / WEIR_DIGESTS_COST(1))
		return weir_log_fail(r->log, WEIR_EX_OSERR, "--max-memory is reached with %" PRIu64 " keys: give it more; nothing has changed",
		    r->last.n);
	return 0;
}

/* Reads the segments, and finds the last record of each key. */
static int
read_all(struct run *r)
{
	struct weir_cursor cursor;
	enum weir_cursor_step step = WEIR_CURSOR_NONE;
	int rc = weir_cursor_init(&cursor, r->log, true);

	weir_digests_init(&r->last, 1);
	while (rc == 0 && r->n > 0 && (step = weir_cursor_next(&cursor)) > WEIR_CURSOR_NONE) {
		if (step != WEIR_CURSOR_RECORD)
			continue;
		if (cursor.rec.seq >= r->firsts[r->n])
			break;
		rc = note(r, &cursor.rec);
	}
	if (rc == 0 && step == WEIR_CURSOR_FAILED)
		rc = cursor.status;
	weir_cursor_release(&cursor);
	r->c->keys = r->last.n;
	r->c->kept -= r->c->removed;
	return rc;
}

/* Whether a later record of the segments has the same key. */
static bool
is_superseded(struct run *r, const struct weir_record *rec)
{
	const uint64_t *last;

	if (!r->c->key(r->c->ctx, rec, &r->key))
		return false;
	last = weir_digests_find(&r->last, hash(r));
	return last != NULL && *last > rec->seq;
}

static void
add_entry(struct copy *w)
{
	struct weir_index_entry e = {.offset = w->next, .position = w->out.bytes, .newest = w->newest, .oldest = w->oldest,
	    .plain = w->plain};

	weir_index_add(&w->index, &e);
}

static int
out_failed(struct copy *w)
{
	errno = w->out.errnum;
	return failed(w->run, "writing a segment");
}

static int
end_block(struct copy *w)
{
	struct weir_end end = {.how = WEIR_END_PAUSED};

	if (!w->block)
		return 0;
	w->out.promised = w->out.told;
	w->block = false;
	return weir_out_end(&w->out, &end) == 0 ? 0 : out_failed(w);
}

static int
begin_block(struct copy *w)
{
	struct weir_hello h = {.implied = w->from->implied, .delay = w->from->delay};
	int64_t promised = w->out.promised;
	int rc = end_block(w);

	if (rc != 0)
		return rc;
	add_entry(w);
	w->out.promised = promised;
	memcpy(h.run, w->run->log->id, sizeof(h.run));
	weir_hello_add_stage(&h, "sreplay");
	w->out.records = w->next;
	rc = weir_out_hello(&w->out, &h) == 0 ? 0 : out_failed(w);
	weir_hello_release(&h);
	w->implied = w->from->implied;
	w->delay = w->from->delay;
	w->block = true;
	w->block_plain = 0;
	return rc;
}

/* What was there up to an offset is gone. */
static int
skip_to(struct copy *w, uint64_t offset)
{
	uint64_t gap = offset - w->next;
	int rc = 0;

	if (gap == 0)
		return 0;
	if (!w->block && (rc = begin_block(w)) != 0)
		return rc;
	w->next = offset;
	return weir_out_gap(&w->out, gap) == 0 ? 0 : out_failed(w);
}

static int
keep(struct copy *w, const struct weir_record *rec)
{
	int rc = 0;

	if (!w->block || w->block_plain >= WEIR_SEGMENT_BLOCK || w->from->implied != w->implied || (w->implied && w->from->delay != w->delay))
		rc = begin_block(w);
	if (rc != 0 || (rc = skip_to(w, rec->seq)) != 0)
		return rc;
	weir_out_watermark(&w->out, rec->watermark);
	if (weir_out_pass(&w->out, rec) != 0)
		return out_failed(w);
	w->next++;
	w->plain += rec->size;
	w->block_plain += rec->size;
	if (rec->time == WEIR_TIME_NONE)
		return 0;
	if (rec->time > w->newest)
		w->newest = rec->time;
	if (rec->time < w->oldest)
		w->oldest = rec->time;
	return 0;
}

/* The records that stay, and what stands for the others. */
static int
copy_records(struct copy *w, uint64_t end)
{
	struct weir_cursor *from = w->from;
	int rc = 0;

	while (rc == 0) {
		switch (weir_cursor_next(from)) {
		case WEIR_CURSOR_RECORD:
			if (from->rec.seq >= end)
				goto done;
			if (!is_superseded(w->run, &from->rec))
				rc = keep(w, &from->rec);
			break;
		case WEIR_CURSOR_FRAME:
			/* They lie where they were read, but not after this. */
			rc = weir_out_settle(&w->out, NULL, 0, 0) == 0 ? 0 : out_failed(w);
			if (rc == 0 && from->offset >= end)
				goto done;
			break;
		case WEIR_CURSOR_FAILED: return from->status;
		case WEIR_CURSOR_NONE: goto done;
		default: break;
		}
	}
done:
	if (rc == 0 && (rc = skip_to(w, end)) == 0)
		rc = end_block(w);
	return rc;
}

/* Puts the new segment in the place of the old one. fd is closed in every case. */
static int
swap(struct copy *w, uint64_t first, const char *name)
{
	struct run *r = w->run;
	char index[WEIR_SEGMENT_NAME];
	struct weir_buf b = {0};
	int rc = 0;

	add_entry(w);
	w->index.entries[w->index.n - 1].end = w->index.entries[w->index.n - 1].thinned = true;
	weir_index_format(&w->index, &b);
	weir_segment_index(index, first);
	if (fsync(w->fd) != 0 || (unlinkat(r->log->fd, index, 0) != 0 && errno != ENOENT) || fsync(r->log->fd) != 0) {
		rc = failed(r, "putting a compacted segment in place");
		weir_durable_abandon(r->log->fd, name, w->fd);
	} else if (weir_durable_commit(r->log->fd, name, w->fd) != 0 || weir_durable_put(r->log->fd, index, b.p, b.len) != 0) {
		rc = failed(r, "putting a compacted segment in place");
	}
	weir_buf_release(&b);
	return rc;
}

/* Whether the old segment's records are packed: its first frame of records says so. */
static int
level_of(struct run *r, uint64_t first)
{
	int fd, level = 0;
	struct weir_reader reader;
	struct weir_frame f;

	if (r->c->level >= 0)
		return r->c->level;
	if ((fd = weir_segment_open(r->log->fd, first)) < 0)
		return 0;
	weir_reader_init(&reader, fd, NULL, 0);
	reader.grows = true;
	while (level == 0 && weir_reader_next(&reader, &f) > 0)
		if (f.head.flags & WEIR_FRAME_ZSTD)
			level = USUAL_LEVEL;
	weir_reader_release(&reader);
	close(fd);
	return level;
}

static uint64_t
size_of(struct run *r, const char *name)
{
	struct stat st;

	return fstatat(r->log->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? (uint64_t)st.st_size : 0;
}

/* The greatest event time before the segment, as its old index knows it. */
static int
find_newest(struct run *r, uint64_t first, int64_t *newest)
{
	char name[WEIR_SEGMENT_NAME];
	struct weir_index ix = {0};
	int rc;

	weir_segment_index(name, first);
	rc = weir_index_load(r->log->fd, name, &ix);
	if (rc < 0)
		rc = failed(r, name);
	else if (rc > 0 || ix.n == 0)
		rc = weir_log_fail(r->log, WEIR_EX_PROTOCOL, "%s: damaged; once it is removed, the next writer makes it anew", name);
	else
		*newest = ix.entries[0].newest;
	weir_index_release(&ix);
	return rc;
}

static int
copy_segment(struct run *r, size_t i)
{
	struct weir_cursor from;
	struct copy w = {.run = r, .from = &from, .next = r->firsts[i], .oldest = INT64_MAX};
	char name[WEIR_SEGMENT_NAME];
	int rc = weir_cursor_init(&from, r->log, true);

	weir_segment_name(name, r->firsts[i]);
	if (rc == 0)
		rc = find_newest(r, r->firsts[i], &w.newest);
	if (rc == 0)
		rc = weir_cursor_seek(&from, r->firsts[i]);
	if (rc == 0 && (w.fd = weir_durable_begin(r->log->fd, name)) < 0)
		rc = failed(r, "writing a segment");
	if (rc == 0) {
		uint64_t was = size_of(r, name);
		int level = level_of(r, r->firsts[i]);

		weir_out_init(&w.out, w.fd);
		if (level > 0) {
			weir_out_gather(&w.out, WEIR_SEGMENT_GATHER, true);
			weir_out_compress(&w.out, level);
		}
		rc = copy_records(&w, r->firsts[i + 1]);
		weir_out_release(&w.out);
		if (rc != 0)
			weir_durable_abandon(r->log->fd, name, w.fd);
		else
			rc = swap(&w, r->firsts[i], name);
		r->c->rewritten += rc == 0;
		r->c->saved += rc == 0 ? was - size_of(r, name) : 0;
	}
	weir_index_release(&w.index);
	weir_cursor_release(&from);
	return rc;
}

int
weir_compact_run(struct weir_compact *c)
{
	struct run r = {.c = c, .log = c->append->log};
	char name[WEIR_SEGMENT_NAME];
	size_t i;
	int rc = choose(&r);

	if (rc == 0)
		rc = read_all(&r);
	for (i = 0; rc == 0 && i < r.n; i++) {
		weir_segment_name(name, r.firsts[i]);
		c->bytes += size_of(&r, name);
	}
	for (i = 0; rc == 0 && i < r.n; i++)
		if (r.losses[i] > 0)
			rc = copy_segment(&r, i);
	weir_digests_release(&r.last);
	weir_buf_release(&r.key);
	free(r.losses);
	free(r.firsts);
	return rc;
}
