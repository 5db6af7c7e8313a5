/*
 * retain - what keeps a log small: --trim-before, --max-size and --max-age
 */
#include "base/civil.h"
#include "base/mem.h"
#include "base/say.h"
#include "care.h"
#include "log/readers.h"
#include "log/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
size_of(const struct weir_append *a, uint64_t first)
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
	if (cf->max_size == UINT64_MAX)
		return go;
	for (i = n; i > 0; i--) {
		bytes += size_of(a, firsts[i - 1]);
		if (bytes > cf->max_size)
			break;
	}
	/* Of a last one that is too long itself, those before it. */
	for (i -= i > 0 && i == n; i > go; i--)
		if (firsts[i] <= a->extent.segment)
			return i;
	return go;
}

int
sreplay_retain(struct sreplay_conf *cf, struct weir_append *a, const struct sreplay_bound *before, bool *any)
{
	uint64_t *firsts, least = UINT64_MAX;
	char *who = NULL;
	size_t n, go;
	int rc = 0;

	if (weir_segment_list(a->log->fd, &firsts, &n) != 0)
		rc = weir_log_fail(a->log, WEIR_EX_IOERR, "%s", strerror(errno));
	go = rc == 0 ? may_go(cf, a, before, firsts, n) : 0;
	if (any != NULL)
		*any = go > 0;
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

/* Whether something is left that was asked to go, by what the first segment holds. */
static bool
is_over(const struct care *c, const struct weir_append *a, const struct sreplay_bound *before, const struct care_row *first)
{
	const struct sreplay_conf *cf = c->cf;
	uint64_t bytes = 0;
	size_t i;

	if (before != NULL && (before->by_time ? first->oldest < before->time : first->offset < before->offset))
		return true;
	if (cf->max_age != 0 && a->newest != WEIR_TIME_NONE && first->oldest < a->newest - cf->max_age)
		return true;
	for (i = 0; i < c->n; i++)
		bytes += size_of(a, c->firsts[i]);
	return bytes > cf->max_size;
}

/* Where nothing went though something was to: a segment goes as a whole, and the last one never. */
static int
say_stays(struct care *c, const struct weir_append *a, const struct sreplay_bound *before)
{
	char until[WEIR_CIVIL_TEXT] = "";
	struct care_row first = {0};
	bool only = c->n == 1 || (c->n > 1 && c->firsts[1] > a->extent.segment);
	int rc = c->n > 0 ? care_look(c, 0, &first) : 0;

	if (rc != 0 || first.records == 0 || !is_over(c, a, before, &first))
		return rc;
	if (first.newest != WEIR_TIME_NONE)
		weir_civil_format(first.newest, until);
	weir_say(WEIR_SAY_WARNING, "%s: nothing is removed: %s has records up to offset %" PRIu64 "%s%s", c->log.path,
	    only ? "the last segment stays, and it is the only one: it" : "only whole segments go, and the first",
	    (only ? a->extent.next : c->firsts[1]) - 1, until[0] != '\0' ? ", time " : "", until);
	return 0;
}

int
care_trim(struct care *c, void *ctx)
{
	const struct sreplay_bound *before = c->cf->trim != NULL ? &c->cf->before : NULL;
	struct weir_append_conf conf = {.size = c->cf->segment_size};
	struct weir_append a;
	bool any = true;
	int rc = weir_append_open(&a, &c->log, &conf), end;

	(void)ctx;
	sreplay_say_notes(&a);
	if (care_said(c, rc) == 0)
		rc = sreplay_retain(c->cf, &a, before, &any);
	if (rc == 0 && !any)
		rc = say_stays(c, &a, before);
	if (a.status == 0 && (end = weir_append_close(&a, true)) != 0 && rc == 0)
		rc = care_said(c, end);
	return rc;
}
