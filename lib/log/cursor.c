/*
 * cursor - see cursor.h
 *
 * The end of a segment's file is where to go on with the next one, if it is there. Whether it is has to be known before
 * the end was seen, for the writer finishes a segment and then makes the next: so at the end the cursor looks (look),
 * and reads once more.
 */
#include "log/cursor.h"
#include "base/civil.h"
#include "base/status.h"
#include "log/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
fail(struct weir_cursor *c, int status)
{
	c->status = status;
	return status;
}

static int
failed(struct weir_cursor *c, const char *what)
{
	return fail(c, weir_log_fail(c->log, WEIR_EX_IOERR, "%s: %s", what, strerror(errno)));
}

static int
read_extent(struct weir_cursor *c)
{
	int rc = weir_extent_read(c->log->fd, &c->extent);

	if (rc < 0 && errno != ENOENT)
		return failed(c, WEIR_EXTENT_FILE);
	if (rc != 0)
		return fail(c, weir_log_fail(c->log, WEIR_EX_PROTOCOL, "%s: %s; sreplay --salvage NEW keeps what is readable",
		    WEIR_EXTENT_FILE, rc < 0 ? "gone" : "damaged"));
	return 0;
}

int
weir_cursor_init(struct weir_cursor *c, struct weir_log *log, bool committed)
{
	memset(c, 0, sizeof(*c));
	c->log = log;
	c->committed = committed;
	c->fd = -1;
	c->watermark = INT64_MIN;
	if (read_extent(c) != 0)
		return c->status;
	c->offset = c->segment = c->extent.first;
	return 0;
}

static void
close_segment(struct weir_cursor *c)
{
	if (!c->opened)
		return;
	weir_reader_release(&c->reader);
	close(c->fd);
	c->fd = -1;
	c->opened = c->inside = c->last = false;
}

void
weir_cursor_release(struct weir_cursor *c)
{
	close_segment(c);
}

/* How much of the open segment may be read. */
static void
set_limit(struct weir_cursor *c)
{
	uint64_t limit = UINT64_MAX;

	if (c->committed && c->segment == c->extent.segment)
		limit = c->extent.length;
	else if (c->committed && c->segment > c->extent.segment)
		limit = 0;
	c->reader.limit = limit == UINT64_MAX ? limit : limit > c->base ? limit - c->base : 0;
}

/* 1: open; 0: there is no such segment; -1. */
static int
open_segment(struct weir_cursor *c, uint64_t first, uint64_t position)
{
	int fd = weir_segment_open(c->log->fd, first);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return failed(c, "opening a segment"), -1;
	if (position > 0 && lseek(fd, (off_t)position, SEEK_SET) < 0) {
		close(fd);
		return failed(c, "reading a segment"), -1;
	}
	close_segment(c);
	c->fd = fd;
	c->segment = first;
	c->base = position;
	weir_reader_init(&c->reader, fd, NULL, 0);
	c->reader.grows = true;
	c->opened = true;
	set_limit(c);
	return 1;
}

/* The segment that an offset lies in: the last that begins at or before it, of those that are there. 0, or a status. */
static int
find_segment(struct weir_cursor *c, uint64_t offset, uint64_t *first)
{
	uint64_t *firsts;
	size_t n;

	if (weir_segment_list(c->log->fd, &firsts, &n) != 0)
		return failed(c, "listing segments");
	while (n > 1 && firsts[n - 1] > offset)
		n--;
	*first = n > 0 ? firsts[n - 1] : offset;
	free(firsts);
	return 0;
}

/* A missing or damaged index costs time, not truth: the segment is then read from its start. */
static struct weir_index_entry
look_up(struct weir_cursor *c, uint64_t first, uint64_t offset, int64_t time)
{
	struct weir_index_entry e = {.offset = first, .newest = WEIR_TIME_NONE};
	struct weir_index ix = {0};
	char name[WEIR_SEGMENT_NAME];
	struct stat st;

	weir_segment_index(name, first);
	weir_index_load(c->log->fd, name, &ix);
	if (ix.n > 0)
		e = time == WEIR_TIME_NONE ? *weir_index_find(&ix, offset) : *weir_index_find_time(&ix, time);
	weir_index_release(&ix);
	weir_segment_name(name, first);
	/* An index may know more than a segment that a power loss has cut. */
	if (fstatat(c->log->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || (uint64_t)st.st_size < e.position)
		e = (struct weir_index_entry){.offset = first, .newest = WEIR_TIME_NONE};
	return e;
}

/* Opens the segment where its index says. The two may be replaced between: then the index is another one afterwards. */
static int
go(struct weir_cursor *c, uint64_t first, uint64_t offset, int64_t time)
{
	struct weir_index_entry e, again;
	int tries = 3;

	c->watermark = INT64_MIN;
	c->skip = time == WEIR_TIME_NONE ? offset : 0;
	c->greeted = false;
	c->segment = first;
	do {
		e = tries > 0 ? look_up(c, first, offset, time) : (struct weir_index_entry){.offset = first};
		c->offset = e.offset;
		if (open_segment(c, first, e.position) < 0)
			return c->status;
		again = look_up(c, first, offset, time);
	} while (tries-- > 0 && e.position > 0 && (e.position != again.position || e.offset != again.offset));
	return 0;
}

/* What the cursor stood before has been trimmed. */
static int
removed(struct weir_cursor *c, uint64_t offset)
{
	return fail(c, weir_log_fail(c->log, WEIR_EX_NOINPUT, "offset %" PRIu64 " has been removed: the log begins at %" PRIu64, offset,
	    c->extent.first));
}

int
weir_cursor_seek(struct weir_cursor *c, uint64_t offset)
{
	uint64_t first = 0;

	if (read_extent(c) != 0)
		return c->status;
	if (offset < c->extent.first)
		return removed(c, offset);
	if (find_segment(c, offset, &first) != 0)
		return c->status;
	return go(c, first, offset, WEIR_TIME_NONE);
}

int
weir_cursor_seek_time(struct weir_cursor *c, int64_t time)
{
	struct weir_index_entry e;
	uint64_t *firsts, first;
	size_t lo = 0, hi;

	if (read_extent(c) != 0)
		return c->status;
	if (weir_segment_list(c->log->fd, &firsts, &hi) != 0)
		return failed(c, "listing segments");
	while (lo < hi && firsts[lo] < c->extent.first)
		lo++;
	/* The last segment before which no record has that time. */
	while (lo < hi && hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		e = look_up(c, firsts[mid], firsts[mid], WEIR_TIME_NONE);
		if (e.newest < time)
			lo = mid;
		else
			hi = mid;
	}
	first = lo < hi ? firsts[lo] : c->extent.first;
	free(firsts);
	return go(c, first, 0, time);
}

bool
weir_cursor_has_before(struct weir_cursor *c, int64_t time)
{
	struct weir_index ix = {0};
	char name[WEIR_SEGMENT_NAME];
	bool has = true;

	weir_segment_index(name, c->segment);
	if (weir_index_load(c->log->fd, name, &ix) == 0 && weir_index_ended(&ix))
		has = ix.entries[ix.n - 1].oldest < time;
	weir_index_release(&ix);
	return has;
}

static int
damaged(struct weir_cursor *c, const char *why)
{
	char name[WEIR_SEGMENT_NAME];

	weir_segment_name(name, c->segment);
	return fail(c, weir_log_fail(c->log, WEIR_EX_PROTOCOL, "%s: damaged at byte %" PRIu64 ", offset %" PRIu64
	    ": %s; sreplay --salvage NEW keeps what is readable", name, c->base + c->reader.offset, c->offset, why));
}

int
weir_cursor_next_segment(struct weir_cursor *c)
{
	struct weir_index ix = {0};
	char name[WEIR_SEGMENT_NAME];
	uint64_t next = 0;

	weir_segment_index(name, c->segment);
	if (weir_index_load(c->log->fd, name, &ix) == 0 && weir_index_ended(&ix))
		next = ix.entries[ix.n - 1].offset;
	weir_index_release(&ix);
	if (next == 0 || open_segment(c, next, 0) <= 0)
		return 0;
	c->offset = next;
	return 1;
}

/* Behind the last whole frame that is there. 1: read on; 0: that was all, for now; -1. */
static int
look(struct weir_cursor *c)
{
	struct stat st;
	int rc;

	/* It was the last look: the next segment is there, and this one has nothing more. */
	if (c->last) {
		if (c->reader.start != c->reader.end)
			return damaged(c, "it breaks off, though another segment follows"), -1;
		rc = open_segment(c, c->offset, 0);
		if (rc != 0 || read_extent(c) != 0)
			return rc != 0 ? rc : -1;
		return c->extent.first > c->offset ? removed(c, c->offset) : damaged(c, "the next segment is missing"), -1;
	}
	if (read_extent(c) != 0 || weir_reader_again(&c->reader) != 0)
		return c->status == 0 ? (failed(c, "reading a segment"), -1) : -1;
	if (fstat(c->fd, &st) != 0 || (uint64_t)st.st_size < c->base + c->reader.offset)
		return damaged(c, "it was cut back behind what has been read: without --committed that may be"), -1;
	if (c->segment == c->extent.segment && ((uint64_t)st.st_size < c->extent.length ||
	        (c->base + c->reader.offset == c->extent.length && c->offset != c->extent.next)))
		return damaged(c, "it ends before what was committed"), -1;
	set_limit(c);
	if (c->extent.segment > c->segment) {
		c->last = true;
		return 1;
	}
	if (!c->committed && c->offset > c->segment) {
		char name[WEIR_SEGMENT_NAME];

		weir_segment_name(name, c->offset);
		c->last = fstatat(c->log->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
		if (c->last)
			return 1;
	}
	return (c->committed ? c->reader.limit : (uint64_t)st.st_size - c->base) > c->reader.offset ? 2 : 0;
}

static int
take_hello(struct weir_cursor *c)
{
	struct weir_hello h = {0};
	bool changed;

	if (weir_hello_decode(&h, c->f.payload, c->f.len) != 0) {
		weir_hello_release(&h);
		return damaged(c, "a malformed hello"), WEIR_CURSOR_FAILED;
	}
	c->gaps = 0;
	changed = !c->greeted || h.implied != c->implied || (h.implied && h.delay != c->delay);
	c->greeted = true;
	c->implied = h.implied;
	c->delay = h.delay;
	weir_hello_release(&h);
	return changed ? WEIR_CURSOR_HELLO : WEIR_CURSOR_NONE;
}

/* The next frame. NONE: one that the caller needs not know of. */
static int
next_frame(struct weir_cursor *c)
{
	c->bytes += WEIR_FRAME_HEADER + c->f.head.payload;
	switch (c->f.head.kind) {
	case WEIR_FRAME_HELLO: return take_hello(c);
	case WEIR_FRAME_END: return WEIR_CURSOR_NONE;
	case WEIR_FRAME_DATA: break;
	default: return damaged(c, "a frame that no log has"), WEIR_CURSOR_FAILED;
	}
	if (c->f.head.seq + c->gaps != c->offset)
		return damaged(c, "records are missing or repeated before it"), WEIR_CURSOR_FAILED;
	c->inside = true;
	c->at = 0;
	c->count = 0;
	return WEIR_CURSOR_NONE;
}

static void
move_watermark(struct weir_cursor *c, int64_t time)
{
	if (time > c->watermark)
		c->watermark = time;
}

/* An idle mark: records that have been removed. */
static int
pass_gap(struct weir_cursor *c)
{
	uint64_t n = weir_segment_gap(&c->rec);

	if (n == 0 || c->offset > UINT64_MAX / 2)
		return damaged(c, "a mark of removed records that says none"), WEIR_CURSOR_FAILED;
	c->offset += n;
	c->gaps += n;
	return WEIR_CURSOR_NONE;
}

/* The next entry of the frame. NONE: a record that is passed over. */
static inline int
next_entry(struct weir_cursor *c)
{
	int rc = weir_reader_entry(&c->reader, &c->f, &c->at, &c->rec);

	if (rc > 0 && (c->rec.flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_RECORD) {
		c->rec.seq = c->offset++;
		c->count++;
		c->rec.watermark = c->watermark;
		if (c->implied && c->rec.time >= INT64_MIN + 1 + c->delay)
			move_watermark(c, c->rec.time - c->delay);
		return c->rec.seq >= c->skip ? WEIR_CURSOR_RECORD : WEIR_CURSOR_NONE;
	}
	if (rc > 0 && (c->rec.flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_WATERMARK) {
		move_watermark(c, c->rec.time);
		return WEIR_CURSOR_WATERMARK;
	}
	if (rc > 0)
		return pass_gap(c);
	c->inside = false;
	if (rc == 0 && (c->count != c->f.head.count || c->reader.damage))
		return damaged(c, "its records don't fit its header or its shapes"), WEIR_CURSOR_FAILED;
	return rc == 0 ? WEIR_CURSOR_FRAME : (damaged(c, c->reader.why), WEIR_CURSOR_FAILED);
}

/* 1: a frame is in c->f; 0: none; -1. */
static int
read_frame(struct weir_cursor *c)
{
	for (;;) {
		bool again = false;
		int rc;

		if (!c->opened && (rc = open_segment(c, c->segment, 0)) <= 0) {
			if (rc < 0 || read_extent(c) != 0)
				return -1;
			if (c->extent.first > c->offset)
				return removed(c, c->offset), -1;
			if (c->extent.next > c->offset)
				return fail(c, weir_log_fail(c->log, WEIR_EX_PROTOCOL, "the segment of offset %" PRIu64 " is missing", c->offset)), -1;
			return 0;
		}
		rc = weir_reader_next(&c->reader, &c->f);
		if (rc > 0)
			return 1;
		if (rc < 0 && c->reader.error == WEIR_READER_IO) {
			errno = c->reader.errnum;
			return failed(c, "reading a segment"), -1;
		}
		/* Sound up to the committed length; behind it a writer may have died. */
		if (rc < 0 && (c->segment < c->extent.segment ||
		               (c->segment == c->extent.segment && c->base + c->reader.offset < c->extent.length) || c->last))
			return damaged(c, c->reader.why), -1;
		again = rc == 0;
		if ((rc = look(c)) < 0)
			return -1;
		if (rc == 0 || (rc == 2 && !again))
			return 0;
		if (rc == 2) {
			/* More bytes than before, or the rest of a frame that is still being written. */
			rc = weir_reader_next(&c->reader, &c->f);
			if (rc > 0)
				return 1;
			return weir_reader_again(&c->reader) == 0 ? 0 : (failed(c, "reading a segment"), -1);
		}
	}
}

enum weir_cursor_step
weir_cursor_next(struct weir_cursor *c)
{
	int rc;

	if (c->status != 0)
		return WEIR_CURSOR_FAILED;
	for (;;) {
		if (c->inside) {
			if ((rc = next_entry(c)) != WEIR_CURSOR_NONE)
				return rc;
			continue;
		}
		if ((rc = read_frame(c)) <= 0)
			return rc < 0 ? WEIR_CURSOR_FAILED : WEIR_CURSOR_NONE;
		if ((rc = next_frame(c)) != WEIR_CURSOR_NONE)
			return rc;
	}
}
