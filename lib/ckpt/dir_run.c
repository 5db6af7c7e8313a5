/*
 * dir_run - who takes part in the run on a checkpoint directory
 */
#include "base/hash.h"
#include "base/status.h"
#include "base/sys.h"
#include "ckpt/dir_core.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/* Bytes of `run` that are marked: far behind its text. */
#define MARK_SOURCE (INT64_C(1) << 32)
#define MARK_MEMBER (INT64_C(2) << 32)
#define MARK_ID (INT64_C(3) << 32)
#define MARKS (INT64_C(1) << 32)

#define POLL_NS (20 * 1000 * 1000)

/* How long a source waits for one of its own name to go, and one of several for a run that has all it wants: what is left of
 * an earlier run is gone by then, or it is a mistake. One that gave up at once would leave its sister alone in the next run. */
#define NAMESAKE_NS (INT64_C(2) * 1000 * 1000 * 1000)
#define NAMESAKE (-2)
#define COMPLETE (-3)

/* Becomes one of the run's processes. Under the mutex, so nobody gets in between. */
static int
take_part(struct weir_dir *d, struct weir_dir_run *r, int64_t source)
{
	int rc;

	memcpy(d->run, r->id, WEIR_RUN_ID);
	d->member = r->members++;
	if ((rc = weir_dir_put(d, r)) != 0)
		return rc;
	if (flock(d->run_fd, LOCK_SH | LOCK_NB) != 0 || weir_sys_mark(d->run_fd, MARK_MEMBER + (int64_t)d->member) != 0 ||
	    (source >= 0 && weir_sys_mark(d->run_fd, MARK_SOURCE + source) != 0))
		return weir_dir_fail(d, WEIR_EX_IOERR, "%s/run: %s", d->path, strerror(errno));
	return 0;
}

/* A source's name is marked like a place: those of a run must differ. */
static int64_t
mark_of(const char *id)
{
	return MARK_ID + (int64_t)(weir_hash_fixed(id, strlen(id)) & 0xffffffff);
}

static int
take_lead(struct weir_dir *d, struct weir_dir_run *r, const char *id)
{
	int rc = take_part(d, r, (int64_t)d->place);

	if (rc == 0 && weir_sys_mark(d->run_fd, mark_of(id)) != 0)
		rc = weir_dir_fail(d, WEIR_EX_IOERR, "%s/run: %s", d->path, strerror(errno));
	return rc;
}

/* Whether the run that this source waited for has ended well: all others of this line may have been in it, and are done. */
static bool
was_left_out(struct weir_dir *d, const unsigned char waited[WEIR_RUN_ID])
{
	struct weir_dir_run r;

	return weir_dir_get(d, &r) == 0 && r.members > 0 && r.left == r.members && memcmp(r.id, waited, WEIR_RUN_ID) == 0;
}

/* One try to begin or join a run, under the mutex. -1, NAMESAKE, COMPLETE: not now, perhaps later. waited: the latest run that
 * it was NAMESAKE or COMPLETE for. */
static int
try_lead(struct weir_dir *d, const char *id, uint64_t sources, unsigned char waited[WEIR_RUN_ID])
{
	struct weir_dir_run r;
	bool alive;
	int rc;

	/* With nobody alive, whatever is in the file (a power loss may have torn it) means nothing. */
	if (flock(d->run_fd, LOCK_EX | LOCK_NB) == 0) {
		if (was_left_out(d, waited))
			return flock(d->run_fd, LOCK_UN), weir_dir_fail(d, WEIR_EX_TEMPFAIL, "%s: a run of all its --sources has ended meanwhile: run the line again", d->path);
		r = (struct weir_dir_run){.sources = sources, .come = 1, .epoch = sources > 1 ? WEIR_DIR_CLOSED : -1, .pid = (uint64_t)getpid()};
		weir_sys_random_bytes(r.id, sizeof(r.id));
		return take_lead(d, &r, id);
	}
	if ((rc = weir_dir_get(d, &r)) != 0)
		return rc;
	alive = weir_dir_led(d);
	if (alive && r.epoch == WEIR_DIR_CLOSED)
		return weir_dir_fail(d, -1, "%s: in use by another pipeline (its source: pid %" PRIu64 ")", d->path, r.pid);
	if (alive && r.come < r.sources && sources == r.sources) {
		if (weir_sys_marked(d->run_fd, mark_of(id), 1)) {
			memcpy(waited, r.id, WEIR_RUN_ID);
			return weir_dir_fail(d, NAMESAKE, "%s: two sources are called %s: give each an --id NAME of its own", d->path, id);
		}
		d->place = r.come++;
		return take_lead(d, &r, id);
	}
	if (alive && r.come < r.sources)
		return weir_dir_fail(d, WEIR_EX_CONFIG, "%s: this run's other source was given --sources %" PRIu64 ", not %" PRIu64,
		    d->path, r.sources, sources);
	weir_dir_fail(d, WEIR_EX_TEMPFAIL, "%s: in use by another pipeline (its source: pid %" PRIu64 ")%s", d->path, r.pid,
	    alive ? r.sources > 1 ? "; all its --sources have come" : ""
	          : "; stages of an earlier run are still draining");
	if (!alive)
		return -1;
	if (r.sources == 1 || sources != r.sources)
		return WEIR_EX_TEMPFAIL;
	memcpy(waited, r.id, WEIR_RUN_ID);
	return COMPLETE;
}

int
weir_dir_lead(struct weir_dir *d, const char *id, uint64_t sources, int64_t patience)
{
	const struct timespec pause = {.tv_nsec = POLL_NS};
	int64_t now = weir_sys_monotonic(), until = now + patience, namesake = now + NAMESAKE_NS;
	unsigned char waited[WEIR_RUN_ID] = {0};
	int rc;

	for (;;) {
		if ((rc = weir_dir_lock(d)) != 0)
			return rc;
		rc = try_lead(d, id, sources, waited);
		weir_dir_unlock(d);
		if (rc >= 0)
			return rc;
		now = weir_sys_monotonic();
		if (rc != -1 && now >= namesake)
			return rc == NAMESAKE ? WEIR_EX_CONFIG : WEIR_EX_TEMPFAIL;
		if (now >= until)
			return WEIR_EX_TEMPFAIL;
		nanosleep(&pause, NULL);
	}
}

int
weir_dir_admit(struct weir_dir *d)
{
	struct weir_dir_run r;
	int rc = weir_dir_lock(d);

	if (rc != 0)
		return rc;
	if ((rc = weir_dir_get(d, &r)) == 0 && r.epoch == WEIR_DIR_CLOSED) {
		r.epoch = -1;
		rc = weir_dir_put(d, &r);
	}
	weir_dir_unlock(d);
	return rc;
}

/* A directory that is gone, or is not ours, belongs to no run of ours; what can't be read now is an error. */
static bool
is_gone(void)
{
	return errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EACCES;
}

int
weir_dir_follow(struct weir_dir *d, const char *path, const unsigned char id[WEIR_RUN_ID],
    const unsigned char run[WEIR_RUN_ID])
{
	struct weir_dir_run r;
	int rc;

	errno = 0;
	if (weir_dir_open_dir(d, path) != 0)
		return is_gone() ? -1 : WEIR_EX_IOERR;
	if ((rc = weir_dir_check(d, true)) != 0)
		return rc == WEIR_EX_CANTCREAT ? -1 : rc;
	if ((rc = weir_dir_open_files(d, false)) != 0)
		return is_gone() ? -1 : rc == WEIR_EX_CANTCREAT ? WEIR_EX_IOERR : rc;
	if (memcmp(d->id, id, WEIR_RUN_ID) != 0)
		return weir_dir_fail(d, -1, "%s is another checkpoint by now", d->path);
	if ((rc = weir_dir_lock(d)) != 0)
		return rc;
	rc = weir_dir_get(d, &r);
	if (rc == 0 && memcmp(r.id, run, WEIR_RUN_ID) != 0)
		rc = weir_dir_fail(d, -1, "%s belongs to another run", d->path);
	if (rc == 0)
		rc = take_part(d, &r, -1);
	weir_dir_unlock(d);
	return rc;
}

void
weir_dir_retire(struct weir_dir *d, const char *id)
{
	/* A mark that stays only refuses who comes now. */
	weir_sys_unmark(d->run_fd, MARK_SOURCE + (int64_t)d->place);
	weir_sys_unmark(d->run_fd, mark_of(id));
}

int
weir_dir_leave(struct weir_dir *d)
{
	struct weir_dir_run r;
	int rc;

	if ((rc = weir_dir_lock(d)) != 0)
		return rc;
	if ((rc = weir_dir_get(d, &r)) == 0) {
		r.left++;
		rc = weir_dir_put(d, &r);
	}
	weir_sys_unmark(d->run_fd, MARK_MEMBER + (int64_t)d->member);
	weir_dir_unlock(d);
	return rc;
}

bool
weir_dir_removed(struct weir_dir *d)
{
	/* It is made before all else, and stays. */
	if (faccessat(d->fd, "id", F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
		return false;
	weir_dir_fail(d, WEIR_EX_IOERR, "%s: was removed while a pipeline runs on it", d->path);
	return true;
}

/* Members that neither live nor have left; *others: those that live, but this one. */
static uint64_t
count_lost(struct weir_dir *d, uint64_t *others)
{
	struct weir_dir_run r = {0};
	uint64_t i;

	*others = 0;
	if (weir_dir_lock(d) != 0)
		return 0;
	if (weir_dir_get(d, &r) == 0)
		for (i = 0; i < r.members; i++)
			*others += i != d->member && weir_sys_marked(d->run_fd, MARK_MEMBER + (int64_t)i, 1);
	weir_dir_unlock(d);
	return r.members > 1 + *others + r.left ? r.members - 1 - *others - r.left : 0;
}

bool
weir_dir_lost(struct weir_dir *d)
{
	uint64_t others;

	return count_lost(d, &others) > 0;
}

bool
weir_dir_alone(struct weir_dir *d)
{
	uint64_t others;

	return count_lost(d, &others) == 0 && others == 0;
}

bool
weir_dir_led(const struct weir_dir *d)
{
	return weir_sys_marked(d->run_fd, MARK_SOURCE, MARKS);
}

bool
weir_dir_sources_live(const struct weir_dir *d, uint64_t sources)
{
	uint64_t i;

	for (i = 0; i < sources; i++)
		if (i != d->place && !weir_sys_marked(d->run_fd, MARK_SOURCE + (int64_t)i, 1))
			return false;
	return true;
}
