/*
 * append - see append.h
 */
#include "log/append.h"
#include "base/civil.h"
#include "base/status.h"
#include "base/sys.h"
#include "log/recover.h"
#include "log/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
failed(struct weir_append *a, const char *what)
{
	a->status = weir_log_fail(a->log, WEIR_EX_IOERR, "%s: %s", what, strerror(errno));
	return a->status;
}

static int
out_failed(struct weir_append *a)
{
	errno = a->out.errnum;
	return failed(a, "writing a segment");
}

static uint64_t
position(const struct weir_append *a)
{
	return a->base + a->out.bytes;
}

int
weir_append_open(struct weir_append *a, struct weir_log *log, const struct weir_append_conf *conf)
{
	int rc;

	memset(a, 0, sizeof(*a));
	a->log = log;
	a->conf = *conf;
	a->lock = a->extent_fd = a->fd = a->index_fd = -1;
	a->newest = WEIR_TIME_NONE;
	a->promised = INT64_MIN;
	weir_out_init(&a->out, -1);
	if (conf->level > 0) {
		weir_out_gather(&a->out, conf->gather > 0 && conf->gather < WEIR_SEGMENT_GATHER ? conf->gather : WEIR_SEGMENT_GATHER, true);
		if (weir_out_compress(&a->out, conf->level) != 0)
			return a->status = weir_log_fail(log, WEIR_EX_USAGE, "zstd has no level %d", conf->level);
	}
	if ((rc = weir_recover_lock(a)) == 0)
		rc = weir_recover_extent(a);
	if (rc == 0)
		rc = weir_recover_tail(a);
	a->synced = true;
	return a->status = rc;
}

void
weir_append_hello(struct weir_append *a, bool implied, int64_t delay)
{
	a->changed = a->changed || implied != a->implied || (implied && delay != a->delay);
	a->implied = implied;
	a->delay = delay;
}

int
weir_append_cut(struct weir_append *a, uint64_t offset, bool discard)
{
	if (a->status == 0)
		a->status = weir_recover_cut(a, offset, discard);
	return a->status;
}

/* Ends the open block, if there is one, or one that a writer before left open. */
static int
end_block(struct weir_append *a)
{
	struct weir_end end = {.how = WEIR_END_PAUSED};
	int64_t promised = a->out.promised;

	if (a->ended)
		return 0;
	/* The watermark is told again by the next block; here it would cost an entry. */
	a->out.promised = a->out.told;
	if (weir_out_end(&a->out, &end) != 0)
		return out_failed(a);
	a->out.promised = promised;
	a->ended = true;
	a->block = false;
	return 0;
}

static int
put_entry(struct weir_append *a, bool end)
{
	struct weir_index_entry e = {.offset = a->next, .position = position(a), .newest = a->newest, .oldest = a->oldest,
	    .plain = a->plain, .end = end};
	unsigned char p[WEIR_INDEX_ENTRY];

	weir_index_encode(&e, a->entries++, p);
	return weir_sys_write(a->index_fd, p, sizeof(p)) == 0 ? 0 : failed(a, "writing an index");
}

static int
new_segment(struct weir_append *a)
{
	int flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
	char name[WEIR_SEGMENT_NAME];

	weir_segment_index(name, a->next);
	if ((a->index_fd = openat(a->log->fd, name, flags, 0600)) < 0)
		return failed(a, name);
	weir_segment_name(name, a->next);
	if ((a->fd = openat(a->log->fd, name, flags, 0600)) < 0)
		return failed(a, name);
	a->out.fd = a->fd;
	a->out.bytes = 0;
	a->base = 0;
	a->segment = a->next;
	a->oldest = INT64_MAX;
	a->plain = a->entries = 0;
	a->fresh = a->ended = true;
	return 0;
}

/* The open segment is whole, durable, and never written again. */
static int
finish_segment(struct weir_append *a)
{
	int fd = a->fd, ix = a->index_fd, rc;

	if ((rc = end_block(a)) != 0 || (rc = put_entry(a, true)) != 0)
		return rc;
	a->fd = a->index_fd = a->out.fd = -1;
	rc = fdatasync(ix) != 0 || fdatasync(fd) != 0;
	if (close(ix) != 0 || close(fd) != 0 || rc != 0 || (a->fresh && fsync(a->log->fd) != 0))
		return failed(a, "finishing a segment");
	a->fresh = false;
	a->rolled = true;
	a->changed = true;
	return 0;
}

static int
begin_block(struct weir_append *a)
{
	struct weir_hello h = {.implied = a->implied, .delay = a->delay};
	int rc = a->fd < 0 ? new_segment(a) : end_block(a);

	if (rc != 0 || (rc = put_entry(a, false)) != 0)
		return rc;
	memcpy(h.run, a->log->id, sizeof(h.run));
	weir_hello_add_stage(&h, "sreplay");
	a->out.records = a->next;
	rc = weir_out_hello(&a->out, &h) == 0 ? 0 : out_failed(a);
	weir_hello_release(&h);
	a->block = true;
	a->changed = a->ended = false;
	a->block_plain = 0;
	return rc;
}

int
weir_append_record(struct weir_append *a, const struct weir_record *r)
{
	if (a->status != 0 || ((!a->block || a->changed) && begin_block(a) != 0))
		return a->status;
	weir_out_watermark(&a->out, a->promised);
	if (weir_out_pass(&a->out, r) != 0)
		return out_failed(a);
	a->next++;
	a->plain += r->size;
	a->block_plain += r->size;
	a->synced = false;
	if (r->time != WEIR_TIME_NONE) {
		if (r->time > a->newest)
			a->newest = r->time;
		if (r->time < a->oldest)
			a->oldest = r->time;
	}
	return 0;
}

/* Whether the event times of the segment lie too far apart. */
static bool
is_long(const struct weir_append *a)
{
	return a->conf.span > 0 && a->oldest < a->newest && (uint64_t)a->newest - (uint64_t)a->oldest >= (uint64_t)a->conf.span;
}

int
weir_append_settle(struct weir_append *a, const unsigned char *whole, size_t len, uint32_t sum)
{
	if (a->status != 0 || a->fd < 0)
		return a->status;
	if (weir_out_settle(&a->out, whole, len, sum) != 0)
		return out_failed(a);
	if (a->next > a->segment && (position(a) >= a->conf.size || is_long(a)))
		return finish_segment(a);
	if (a->block_plain >= WEIR_SEGMENT_BLOCK)
		a->changed = true;
	return 0;
}

int
weir_append_flush(struct weir_append *a)
{
	if (a->status != 0 || !a->block)
		return a->status;
	weir_out_watermark(&a->out, a->promised);
	if (!weir_out_pending(&a->out))
		return 0;
	a->synced = false;
	return weir_out_flush(&a->out) == 0 ? 0 : out_failed(a);
}

bool
weir_append_pending(const struct weir_append *a)
{
	return !a->synced || a->next != a->extent.next;
}

int
weir_append_prepare(struct weir_append *a)
{
	if (weir_append_flush(a) != 0)
		return a->status;
	if (a->fd >= 0 && !a->synced && fdatasync(a->fd) != 0)
		return failed(a, "making a segment durable");
	if (a->fresh && fsync(a->log->fd) != 0)
		return failed(a, "making a segment's name durable");
	a->fresh = false;
	a->synced = true;
	a->prepared = a->extent;
	a->prepared.next = a->next;
	a->prepared.newest = a->newest;
	a->prepared.segment = a->segment;
	a->prepared.length = position(a);
	return 0;
}

int
weir_append_commit(struct weir_append *a)
{
	if (a->status != 0)
		return a->status;
	if (a->prepared.next == a->extent.next && a->prepared.length == a->extent.length)
		return 0;
	a->prepared.number = a->extent.number;
	a->prepared.first = a->extent.first;
	a->extent = a->prepared;
	return weir_extent_put(a->extent_fd, &a->extent) == 0 ? 0 : failed(a, WEIR_EXTENT_FILE);
}

int
weir_append_trim(struct weir_append *a, uint64_t first)
{
	uint64_t *firsts;
	size_t n, i;
	int rc = 0;

	if (a->status != 0 || first <= a->extent.first)
		return a->status;
	a->extent.first = first;
	if (weir_extent_put(a->extent_fd, &a->extent) != 0)
		return failed(a, WEIR_EXTENT_FILE);
	if (weir_segment_list(a->log->fd, &firsts, &n) != 0)
		return failed(a, "removing segments");
	for (i = 0; rc == 0 && i < n && firsts[i] < first; i++)
		rc = weir_segment_remove(a->log->fd, firsts[i]);
	free(firsts);
	return rc == 0 ? 0 : failed(a, "removing segments");
}

int
weir_append_close(struct weir_append *a, bool commit)
{
	int rc = a->status;

	if (rc == 0 && commit && (rc = weir_append_flush(a)) == 0) {
		if (a->block) {
			rc = end_block(a);
			a->synced = false;
		}
		if (rc == 0 && (rc = weir_append_prepare(a)) == 0)
			rc = weir_append_commit(a);
	}
	if (a->index_fd >= 0 && close(a->index_fd) != 0 && rc == 0)
		rc = failed(a, "closing an index");
	if (a->fd >= 0 && close(a->fd) != 0 && rc == 0)
		rc = failed(a, "closing a segment");
	if (a->extent_fd >= 0)
		close(a->extent_fd);
	if (a->lock >= 0)
		close(a->lock);
	a->lock = a->extent_fd = a->fd = a->index_fd = -1;
	weir_out_release(&a->out);
	weir_buf_release(&a->notes);
	return rc;
}
