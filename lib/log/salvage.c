/*
 * salvage - see salvage.h
 */
#include "log/salvage.h"
#include "base/sys.h"
#include "log/segment.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (64 * 1024)

/* The position of the next sound header at or behind `at`; UINT64_MAX: there is none. -1 with errno. */
static int
find_header(int fd, uint64_t at, uint64_t *found)
{
	unsigned char p[CHUNK];
	struct weir_header h;
	const char *why;
	ssize_t n;

	*found = UINT64_MAX;
	while ((n = weir_sys_pread(fd, p, sizeof(p), at)) >= WEIR_FRAME_HEADER) {
		size_t last = (size_t)n - WEIR_FRAME_HEADER, i = 0;

		while (i <= last) {
			const unsigned char *q = memchr(p + i, WEIR_FRAME_MAGIC, last + 1 - i);

			if (q == NULL)
				break;
			i = (size_t)(q - p);
			if (weir_header_decode(&h, q, &why) == 0) {
				*found = at + i;
				return 0;
			}
			i++;
		}
		at += last + 1;
	}
	return n < 0 ? -1 : 0;
}

/* Whether all entries of a data frame can be read. *gaps: the records that have been removed from it. */
static int
check(struct weir_reader *r, const struct weir_frame *f, uint64_t *gaps)
{
	struct weir_record rec = {0};
	uint32_t count = 0;
	size_t at = 0;
	int rc;

	*gaps = 0;
	while ((rc = weir_reader_entry(r, f, &at, &rec)) > 0) {
		count += (rec.flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_RECORD;
		if ((rec.flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_IDLE)
			*gaps += weir_segment_gap(&rec);
	}
	if (rc == 0 && count != f->head.count)
		rc = weir_reader_damaged(r, f, "its records don't fit its header");
	return rc;
}

/* Where a reading stands in the log. */
struct place {
	uint64_t *next;              /* offset that is expected */
	uint64_t gaps;               /* records that were removed from this block, so far: of frames that are lost it is not known */
	uint64_t byte;
	const char **why;
};

static int
take_data(const struct weir_salvage *s, struct weir_reader *r, const struct weir_frame *f, struct weir_hello *h, struct place *p)
{
	uint64_t gaps, first = f->head.seq + p->gaps;

	if (check(r, f, &gaps) != 0)
		return -1;
	if (first < *p->next)
		return f->head.count == 0 ? 0 : weir_reader_damaged(r, f, "records are repeated");
	if (first > *p->next)
		s->lost(s->ctx, *p->next, first, p->byte, *p->why != NULL ? *p->why : "a frame is missing");
	*p->why = NULL;
	*p->next = first + f->head.count + gaps;
	p->gaps += gaps;
	return s->take(s->ctx, r, f, h);
}

static int
take_frame(const struct weir_salvage *s, struct weir_reader *r, const struct weir_frame *f, struct weir_hello *h, struct place *p)
{
	if (f->head.kind == WEIR_FRAME_HELLO) {
		p->gaps = 0;
		weir_hello_release(h);
		memset(h, 0, sizeof(*h));
		return weir_hello_decode(h, f->payload, f->len) == 0 ? 0 : weir_reader_damaged(r, f, "a malformed hello");
	}
	return f->head.kind == WEIR_FRAME_DATA ? take_data(s, r, f, h, p) : 0;
}

/* Behind a frame that can't be read: a reader that begins at the next one that may. 1, 0 at the end, or -1. */
static int
resume(struct weir_reader *r, int fd, uint64_t at)
{
	uint64_t found;

	if (find_header(fd, at, &found) != 0)
		return -1;
	if (found == UINT64_MAX)
		return 0;
	r->start = r->end = 0;
	r->eof = r->sequenced = r->damage = false;
	r->open = true;
	r->error = WEIR_READER_OK;
	r->offset = r->taken = found;
	return lseek(fd, (off_t)found, SEEK_SET) < 0 ? -1 : 1;
}

/* A hello may come anywhere here: what it follows may be lost. */
static int
next_frame(struct weir_reader *r, int fd, struct weir_frame *f)
{
	unsigned char p[WEIR_FRAME_HEADER];
	struct weir_header h;
	const char *why;

	if (r->open && weir_sys_pread(fd, p, sizeof(p), r->offset) == (ssize_t)sizeof(p) && weir_header_decode(&h, p, &why) == 0 &&
	    h.kind == WEIR_FRAME_HELLO)
		r->open = false;
	r->sequenced = false;
	return weir_reader_next(r, f);
}

int
weir_salvage_segment(const struct weir_salvage *s, int fd, uint64_t *next, const char **why, uint64_t *byte)
{
	struct place place = {.next = next, .why = why};
	struct weir_hello h = {0};
	struct weir_reader r;
	struct weir_frame f;
	int rc;

	*why = NULL;
	weir_reader_init(&r, fd, NULL, 0);
	r.grows = true;
	for (;;) {
		uint64_t at = r.offset;

		rc = next_frame(&r, fd, &f);
		if (rc > 0)
			rc = take_frame(s, &r, &f, &h, &place) == 0 ? 1 : r.error != WEIR_READER_OK ? -1 : 2;
		if (rc == 2)
			break;
		if (rc > 0)
			continue;
		if (rc < 0 && r.error == WEIR_READER_IO) {
			errno = r.errnum;
			break;
		}
		if (rc == 0 && r.start == r.end)
			break;
		*why = rc == 0 ? "a frame that is not all there" : r.why;
		*byte = place.byte = at;
		if ((rc = resume(&r, fd, at + 1)) <= 0)
			break;
	}
	weir_reader_release(&r);
	weir_hello_release(&h);
	return rc == 2 ? 1 : rc;
}
