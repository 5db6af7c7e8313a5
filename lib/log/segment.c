/*
 * segment - see segment.h
 */
#include "log/segment.h"
#include "base/civil.h"
#include "base/mem.h"
#include "frame/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIGITS 20

void
weir_segment_name(char name[WEIR_SEGMENT_NAME], uint64_t first)
{
	snprintf(name, WEIR_SEGMENT_NAME, "%020" PRIu64 ".weir", first);
}

void
weir_segment_index(char name[WEIR_SEGMENT_NAME], uint64_t first)
{
	snprintf(name, WEIR_SEGMENT_NAME, "%020" PRIu64 ".index", first);
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int
weir_segment_list(int dfd, uint64_t **firsts, size_t *n)
{
	int copy = openat(dfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), saved;
	DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent *e;
	size_t cap = 0;

	*firsts = NULL;
	*n = 0;
	if (d == NULL)
		return -1;
	errno = 0;
	while ((e = readdir(d)) != NULL) {
		if (strspn(e->d_name, "0123456789") != DIGITS || strcmp(e->d_name + DIGITS, ".weir") != 0)
			continue;
		if (*n == cap) {
			cap = cap > 0 ? 2 * cap : 64;
			*firsts = weir_mem_realloc(*firsts, cap, sizeof(**firsts));
		}
		(*firsts)[(*n)++] = strtoull(e->d_name, NULL, 10);
	}
	saved = errno;
	closedir(d);
	errno = saved;
	if (*n > 0)
		qsort(*firsts, *n, sizeof(**firsts), by_value);
	return saved == 0 ? 0 : -1;
}

int
weir_segment_open(int dfd, uint64_t first)
{
	char name[WEIR_SEGMENT_NAME];

	weir_segment_name(name, first);
	return openat(dfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

/* The index first: one without a segment would be a puzzle, a segment without an index is none. */
int
weir_segment_remove(int dfd, uint64_t first)
{
	char name[WEIR_SEGMENT_NAME];

	weir_segment_index(name, first);
	if (unlinkat(dfd, name, 0) != 0 && errno != ENOENT)
		return -1;
	weir_segment_name(name, first);
	return unlinkat(dfd, name, 0) == 0 || errno == ENOENT ? 0 : -1;
}

void
weir_segment_release(struct weir_segment *s)
{
	weir_index_release(&s->index);
}

struct weir_index_entry
weir_segment_end(const struct weir_segment *s)
{
	return (struct weir_index_entry){.offset = s->next, .position = s->whole, .newest = s->newest, .oldest = s->oldest,
	    .plain = s->plain, .end = true, .thinned = s->removed > 0};
}

int64_t
weir_segment_newest(int dfd, uint64_t first, int64_t fallback)
{
	char name[WEIR_SEGMENT_NAME];
	struct weir_index ix = {0};
	int64_t newest = fallback;

	weir_segment_index(name, first);
	if (weir_index_load(dfd, name, &ix) >= 0 && ix.n > 0)
		newest = ix.entries[0].newest;
	weir_index_release(&ix);
	return newest;
}

/* A mark that stands for records that have been removed. */
static int
walk_gap(struct weir_segment *s, struct weir_reader *r, const struct weir_frame *f, const struct weir_record *mark)
{
	uint64_t n = weir_segment_gap(mark);

	if (n == 0 || s->next > UINT64_MAX / 2)
		return weir_reader_damaged(r, f, "a mark of removed records that says none");
	s->next += n;
	s->gaps += n;
	s->removed += n;
	return 0;
}

/* Counts the records of a frame. 1: it is whole; -1: malformed. */
static int
walk_data(struct weir_segment *s, struct weir_reader *r, const struct weir_frame *f, const struct weir_hello *h)
{
	struct weir_record rec = {0};
	uint32_t count = 0;
	size_t at = 0;
	int rc;

	if (f->head.seq + s->gaps != s->next)
		return weir_reader_damaged(r, f, "records are missing or repeated before it");
	while ((rc = weir_reader_entry(r, f, &at, &rec)) > 0) {
		if ((rec.flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_WATERMARK && rec.time > s->watermark)
			s->watermark = rec.time;
		if ((rec.flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_IDLE && walk_gap(s, r, f, &rec) != 0)
			return -1;
		if ((rec.flags & WEIR_ENTRY_KIND) != WEIR_ENTRY_RECORD)
			continue;
		count++;
		s->plain += rec.size;
		if (rec.time == WEIR_TIME_NONE)
			continue;
		if (rec.time > s->newest)
			s->newest = rec.time;
		if (rec.time < s->oldest)
			s->oldest = rec.time;
		if (h->implied && rec.time >= INT64_MIN + 1 + h->delay && rec.time - h->delay > s->watermark)
			s->watermark = rec.time - h->delay;
	}
	if (rc == 0 && count != f->head.count)
		return weir_reader_damaged(r, f, "its records don't fit its header");
	s->next += count;
	s->records += count;
	return rc == 0 ? 1 : -1;
}

static int
walk_hello(struct weir_segment *s, struct weir_reader *r, const struct weir_frame *f, struct weir_hello *h)
{
	struct weir_index_entry e = {.offset = s->next, .position = f->offset, .newest = s->newest,
	    .oldest = s->oldest, .plain = s->plain};

	weir_hello_release(h);
	memset(h, 0, sizeof(*h));
	if (weir_hello_decode(h, f->payload, f->len) != 0)
		return weir_reader_damaged(r, f, "a malformed hello");
	weir_index_add(&s->index, &e);
	s->gaps = 0;
	return 1;
}

static int
walk_frame(struct weir_segment *s, struct weir_reader *r, struct weir_hello *h, uint64_t stop)
{
	struct weir_frame f;
	int rc = weir_reader_next(r, &f);

	if (rc <= 0)
		return rc;
	if (f.head.kind == WEIR_FRAME_DATA && f.head.seq + s->gaps >= stop)
		return 0;
	if (f.head.kind == WEIR_FRAME_HELLO)
		rc = walk_hello(s, r, &f, h);
	else if (f.head.kind == WEIR_FRAME_DATA)
		rc = walk_data(s, r, &f, h);
	else if (f.head.kind != WEIR_FRAME_END)
		rc = weir_reader_damaged(r, &f, "a frame that no log has");
	if (rc > 0) {
		s->ended = f.head.kind == WEIR_FRAME_END;
		s->whole = r->offset;
	}
	return rc;
}

int
weir_segment_walk(struct weir_segment *s, int fd, uint64_t limit, uint64_t stop)
{
	struct weir_hello h = {0};
	struct weir_reader r;
	int rc;

	weir_reader_init(&r, fd, NULL, 0);
	r.grows = true;
	r.limit = limit;
	s->next = s->first;
	s->oldest = INT64_MAX;
	s->watermark = INT64_MIN;
	s->ended = true;
	while ((rc = walk_frame(s, &r, &h, stop)) > 0)
		;
	/* A shape without the records it is for is no whole thing: the reader has taken it, `whole` has not. */
	s->sound = rc == 0 && r.start == r.end && r.offset == s->whole;
	s->why = rc == 0 ? "a frame that is not all there" : r.why;
	rc = rc < 0 && r.error == WEIR_READER_IO ? -1 : 0;
	if (rc != 0)
		errno = r.errnum;
	weir_reader_release(&r);
	weir_hello_release(&h);
	return rc;
}
