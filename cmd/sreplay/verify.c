/*
 * verify - --verify: every frame and every entry of an index, held against each other
 */
#include "care.h"
#include "base/civil.h"
#include "base/say.h"
#include "log/segment.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
		    !s.sound              ? s.why
		    : !last && s.ended ? "the segment that follows it is missing"
		                       : "it ends there, and should not");
		fault(c, name, what);
	} else {
		compare_index(c, &s, last);
	}
	if (fd >= 0)
		close(fd);
	*newest = s.newest;
	c->records += s.records;
	c->thinned = c->thinned || s.removed > 0 || faults != c->faults;
	weir_segment_release(&s);
}

/* What was known of times before the first segment. */
static int64_t
newest_before(struct care *c)
{
	return c->n > 0 && c->extent.first > 0 ? weir_segment_newest(c->log.fd, c->firsts[0], WEIR_TIME_NONE) : WEIR_TIME_NONE;
}

int
care_verify(struct care *c, void *ctx)
{
	int64_t newest = newest_before(c);
	bool found = c->extent.next == c->extent.first;
	size_t i;

	(void)ctx;
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
	return weir_say_flushed();
}
