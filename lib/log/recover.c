/*
 * recover - see recover.h
 */
#define _DEFAULT_SOURCE
#include "log/recover.h"
#include "base/civil.h"
#include "base/durable.h"
#include "base/status.h"
#include "base/sys.h"
#include "log/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int
failed(struct weir_append *a, const char *what)
{
	return weir_log_fail(a->log, WEIR_EX_IOERR, "%s: %s", what, strerror(errno));
}

int
weir_recover_lock(struct weir_append *a)
{
	char pid[32] = "";
	struct weir_buf b = {0};
	ssize_t n;
	int rc = 0;

	a->lock = openat(a->log->fd, "writer", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (a->lock < 0)
		return weir_log_fail(a->log, WEIR_EX_CANTCREAT, "writer: %s", strerror(errno));
	if (flock(a->lock, LOCK_EX | LOCK_NB) != 0) {
		n = weir_sys_pread(a->lock, pid, sizeof(pid) - 1, 0);
		pid[n > 0 ? strcspn(pid, "\n") : 0] = '\0';
		return weir_log_fail(a->log, WEIR_EX_TEMPFAIL, "in use: process %s appends to it", pid[0] != '\0' ? pid : "?");
	}
	weir_buf_printf(&b, "%ld\n", (long)getpid());
	if (ftruncate(a->lock, 0) != 0 || pwrite(a->lock, b.p, b.len, 0) != (ssize_t)b.len)
		rc = failed(a, "writer");
	weir_buf_release(&b);
	return rc;
}

int
weir_recover_extent(struct weir_append *a)
{
	int rc;

	if (weir_durable_sweep(a->log->fd) != 0)
		return failed(a, "removing what was left over");
	rc = weir_extent_read(a->log->fd, &a->extent);
	if (rc < 0 && errno != ENOENT)
		return failed(a, WEIR_EXTENT_FILE);
	if (rc != 0)
		return weir_log_fail(a->log, WEIR_EX_PROTOCOL, "%s: %s; sreplay --salvage NEW keeps what is readable",
		    WEIR_EXTENT_FILE, rc < 0 ? "gone" : "damaged");
	if ((a->extent_fd = weir_extent_open(a->log->fd)) < 0)
		return failed(a, WEIR_EXTENT_FILE);
	if (!a->extent.half)
		return 0;
	a->mended = true;
	weir_buf_printf(&a->notes, "%s: one of its two records was damaged: mended from the other\n", WEIR_EXTENT_FILE);
	return weir_extent_mend(a->extent_fd, &a->extent) == 0 ? 0 : failed(a, WEIR_EXTENT_FILE);
}

static int
damaged(struct weir_append *a, const struct weir_segment *s, const char *why)
{
	char name[WEIR_SEGMENT_NAME];

	weir_segment_name(name, s->first);
	return weir_log_fail(a->log, WEIR_EX_PROTOCOL,
	    "%s: damaged at byte %" PRIu64 ", offset %" PRIu64 ": %s; sreplay --salvage NEW keeps what is readable", name, s->whole,
	    s->next, why);
}

/* The index as the walk has found it; `ended`: as it is on the disk, if that fits. */
static int
mend_index(struct weir_append *a, struct weir_segment *s, bool *ended)
{
	struct weir_index_entry end = weir_segment_end(s);
	struct weir_buf was = {0}, is = {0};
	struct weir_index old = {0};
	char name[WEIR_SEGMENT_NAME];
	int rc = 0;

	weir_segment_index(name, s->first);
	if (weir_index_load(a->log->fd, name, &old) < 0 && errno != ENOENT)
		rc = failed(a, name);
	*ended = *ended || (weir_index_ended(&old) && s->ended && old.entries[old.n - 1].position == s->whole);
	if (*ended)
		weir_index_add(&s->index, &end);
	weir_index_format(&old, &was);
	weir_index_format(&s->index, &is);
	if (rc == 0 && (was.len != is.len || memcmp(was.p, is.p, is.len) != 0)) {
		weir_buf_printf(&a->notes, "%s: made again from its segment\n", name);
		if (weir_durable_put(a->log->fd, name, is.p, is.len) != 0)
			rc = failed(a, name);
	}
	weir_buf_release(&was);
	weir_buf_release(&is);
	weir_index_release(&old);
	return rc;
}

/* What is known of times before a segment; the extent's word is never too low. */
static int64_t
newest_before(const struct weir_append *a, uint64_t first)
{
	return weir_segment_newest(a->log->fd, first, first == 0 ? WEIR_TIME_NONE : a->extent.newest);
}

/* The index of a finished segment, if it is not there: a compaction was interrupted between a segment and its index, or
 * somebody has removed it. */
static int
mend_finished(struct weir_append *a, uint64_t first, uint64_t before)
{
	struct weir_segment s = {.first = first, .newest = first == 0 ? WEIR_TIME_NONE : a->extent.newest};
	char name[WEIR_SEGMENT_NAME];
	struct weir_index ix = {0};
	bool ended = true;
	int fd, rc = 0;

	weir_segment_index(name, first);
	if (faccessat(a->log->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
		return 0;
	if (before != UINT64_MAX) {
		weir_segment_index(name, before);
		if (weir_index_load(a->log->fd, name, &ix) == 0 && weir_index_ended(&ix))
			s.newest = ix.entries[ix.n - 1].newest;
		weir_index_release(&ix);
	}
	if ((fd = weir_segment_open(a->log->fd, first)) < 0 || weir_segment_walk(&s, fd, UINT64_MAX, UINT64_MAX) != 0)
		rc = failed(a, "reading a segment");
	else if (s.sound && s.ended)
		rc = mend_index(a, &s, &ended);
	if (fd >= 0)
		close(fd);
	weir_segment_release(&s);
	return rc;
}

static int
cut_file(struct weir_append *a, uint64_t first, uint64_t length)
{
	char name[WEIR_SEGMENT_NAME];
	int fd, rc;

	weir_segment_name(name, first);
	if ((fd = openat(a->log->fd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)) < 0)
		return failed(a, name);
	rc = ftruncate(fd, (off_t)length) == 0 && fdatasync(fd) == 0 ? 0 : failed(a, name);
	close(fd);
	return rc;
}

/* The segment becomes the one that is appended to; ended: a finished one. */
static int
open_last(struct weir_append *a, const struct weir_segment *s, bool ended)
{
	char name[WEIR_SEGMENT_NAME];

	a->segment = s->first;
	a->base = s->whole;
	a->out.bytes = 0;
	a->next = s->next;
	a->newest = s->newest;
	a->oldest = s->oldest;
	a->plain = s->plain;
	a->entries = s->index.n;
	a->ended = s->ended;
	a->block = false;
	if (s->watermark > a->promised)
		a->promised = s->watermark;
	if (ended)
		return 0;
	weir_segment_name(name, s->first);
	if ((a->fd = openat(a->log->fd, name, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW)) < 0)
		return failed(a, name);
	weir_segment_index(name, s->first);
	if ((a->index_fd = openat(a->log->fd, name, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW)) < 0)
		return failed(a, name);
	a->out.fd = a->fd;
	return 0;
}

/* One segment from the committed one on. successor: UINT64_MAX if there is none. */
static int
recover_segment(struct weir_append *a, uint64_t first, uint64_t successor)
{
	struct weir_segment s = {.first = first, .newest = newest_before(a, first)};
	bool committed = first == a->extent.segment, last = successor == UINT64_MAX, ended = !last;
	int fd = weir_segment_open(a->log->fd, first), rc = 0;
	struct stat st;

	if (fd < 0 || weir_segment_walk(&s, fd, UINT64_MAX, UINT64_MAX) != 0 || fstat(fd, &st) != 0)
		rc = failed(a, "reading a segment");
	else if (committed && (s.whole < a->extent.length || (s.whole == a->extent.length && s.next != a->extent.next)))
		rc = damaged(a, &s, s.sound ? "it ends there, but more was committed" : s.why);
	else if (!last && (!s.sound || !s.ended || s.next != successor))
		rc = damaged(a, &s, s.sound ? "the next segment does not follow it" : s.why);
	else if (last && !s.sound) {
		weir_buf_printf(&a->notes, "%020" PRIu64 ".weir: cut off %" PRIu64 " bytes that a crash left behind byte %" PRIu64 "\n",
		    first, (uint64_t)st.st_size - s.whole, s.whole);
		rc = cut_file(a, first, s.whole);
	}
	if (fd >= 0)
		close(fd);
	if (rc == 0 && last && s.whole == 0 && (!committed || a->extent.length == 0)) {
		rc = weir_segment_remove(a->log->fd, first) == 0 ? 0 : failed(a, "removing an empty segment");
	} else if (rc == 0 && (rc = mend_index(a, &s, &ended)) == 0) {
		rc = open_last(a, &s, ended);
	}
	weir_segment_release(&s);
	return rc;
}

int
weir_recover_tail(struct weir_append *a)
{
	uint64_t *firsts;
	size_t n, i;
	bool found = a->extent.next == a->extent.first && a->extent.length == 0;
	int rc = 0;

	if (weir_segment_list(a->log->fd, &firsts, &n) != 0)
		return failed(a, "listing segments");
	a->next = a->extent.next;
	a->newest = a->extent.newest;
	a->oldest = INT64_MAX;
	a->segment = a->extent.segment;
	a->base = a->extent.length;
	a->ended = true;
	for (i = 0; rc == 0 && i < n; i++) {
		if (firsts[i] < a->extent.first)
			rc = weir_segment_remove(a->log->fd, firsts[i]) == 0 ? 0 : failed(a, "removing a segment");
		else if (firsts[i] < a->extent.segment)
			rc = mend_finished(a, firsts[i], i > 0 && firsts[i - 1] >= a->extent.first ? firsts[i - 1] : UINT64_MAX);
		else
			rc = recover_segment(a, firsts[i], i + 1 < n ? firsts[i + 1] : UINT64_MAX);
		found = found || firsts[i] == a->extent.segment;
	}
	if (rc == 0 && !found)
		rc = weir_log_fail(a->log, WEIR_EX_PROTOCOL, "%020" PRIu64 ".weir: gone, though it was committed", a->extent.segment);
	free(firsts);
	return rc;
}

/* Everything at or behind the offset goes. */
static int
cut(struct weir_append *a, uint64_t offset)
{
	struct weir_segment s = {.newest = WEIR_TIME_NONE};
	uint64_t *firsts;
	size_t n;
	int rc = 0, fd;

	if (weir_segment_list(a->log->fd, &firsts, &n) != 0)
		return failed(a, "listing segments");
	while (rc == 0 && n > 0 && firsts[n - 1] > offset)
		rc = weir_segment_remove(a->log->fd, firsts[--n]) == 0 ? 0 : failed(a, "removing a segment");
	if (rc == 0 && n > 0) {
		s.first = firsts[n - 1];
		fd = weir_segment_open(a->log->fd, s.first);
		if (fd < 0 || weir_segment_walk(&s, fd, UINT64_MAX, offset) != 0)
			rc = failed(a, "reading a segment");
		else if (s.next != offset)
			rc = damaged(a, &s, "the checkpoint's offset is not at the end of a frame");
		else
			rc = cut_file(a, s.first, s.whole);
		if (fd >= 0)
			close(fd);
	}
	weir_segment_release(&s);
	free(firsts);
	return rc;
}

/* The committed record, before what it speaks of goes: it then tells only of what stays. */
static int
lower(struct weir_append *a, uint64_t offset)
{
	struct weir_segment s = {.newest = WEIR_TIME_NONE};
	uint64_t *firsts;
	size_t n;
	int fd, rc = 0;

	if (weir_segment_list(a->log->fd, &firsts, &n) != 0)
		return failed(a, "listing segments");
	while (n > 1 && firsts[n - 1] > offset)
		n--;
	s.first = n > 0 ? firsts[n - 1] : offset;
	fd = weir_segment_open(a->log->fd, s.first);
	if (fd < 0 || weir_segment_walk(&s, fd, UINT64_MAX, offset) != 0)
		rc = failed(a, "reading a segment");
	if (fd >= 0)
		close(fd);
	a->extent.segment = s.first;
	a->extent.length = s.whole;
	a->extent.next = offset;
	weir_segment_release(&s);
	free(firsts);
	return rc != 0 || weir_extent_put(a->extent_fd, &a->extent) == 0 ? rc : failed(a, WEIR_EXTENT_FILE);
}

int
weir_recover_cut(struct weir_append *a, uint64_t offset, bool discard)
{
	int rc = 0;

	if (offset > a->next)
		return weir_log_fail(a->log, WEIR_EX_PROTOCOL,
		    "damaged: it ends before offset %" PRIu64 ", but the checkpoint has committed up to %" PRIu64, a->next, offset);
	if (offset == a->next)
		return 0;
	if (offset < a->extent.first)
		return weir_log_fail(a->log, WEIR_EX_PROTOCOL, "offset %" PRIu64 " of the checkpoint is gone: the log begins at %" PRIu64,
		    offset, a->extent.first);
	if (offset < a->extent.next && !discard)
		return weir_log_fail(a->log, WEIR_EX_PROTOCOL,
		    "it has records up to offset %" PRIu64 ", the checkpoint only up to %" PRIu64 ": something else has appended to it",
		    a->extent.next, offset);
	weir_buf_printf(&a->notes, "records from offset %" PRIu64 " on were not committed: taken back\n", offset);
	if (a->fd >= 0)
		close(a->fd);
	if (a->index_fd >= 0)
		close(a->index_fd);
	a->fd = a->index_fd = a->out.fd = -1;
	a->promised = INT64_MIN;
	if (offset < a->extent.next)
		rc = lower(a, offset);
	if (rc == 0)
		rc = cut(a, offset);
	return rc == 0 ? weir_recover_tail(a) : rc;
}
