/*
 * epoch - see epoch.h
 */
#include "stage/epoch.h"
#include "base/mem.h"
#include "base/say.h"
#include "base/status.h"
#include "base/sys.h"
#include "ckpt/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A state that took longer than this to write is written by a copy of the process from then on, until half of it is enough:
 * the copy costs both of them the pages that change meanwhile. $WEIR_SNAPSHOT_MS overrides, for tests. */
#define BEHIND_NS (INT64_C(200) * 1000 * 1000)

/* What a state is thought to take that was not written by this process yet, for each of its bytes. */
#define BYTE_NS 1

/* What the copy tells of a state that it has written. */
struct report {
	uint64_t bytes;
	int64_t took, cpu;
};

void
weir_epoch_init(struct weir_epoch *e, const struct weir_epoch_who *who)
{
	memset(e, 0, sizeof(*e));
	e->dir = (struct weir_dir)WEIR_DIR_NONE;
	e->who = *who;
	e->current = e->done = -1;
	e->watermark = INT64_MIN;
}

void
weir_epoch_release(struct weir_epoch *e)
{
	weir_dir_release(&e->dir);
	weir_commit_release(&e->from);
	free(e->id);
	e->id = NULL;
}

int
weir_epoch_follow(struct weir_epoch *e, const struct weir_hello *h, const char *id, bool piped)
{
	const struct weir_hello_checkpoint *c = &h->checkpoint;
	int rc;

	if (c->dir == NULL)
		return 0;
	e->id = weir_mem_strdup(id);
	e->conf.restored = c->restored;
	e->conf.epoch = c->epoch;
	e->conf.sinks = c->sinks;
	e->conf.keep = c->keep;
	e->conf.accept = c->accept;
	e->conf.discard = c->discard;
	rc = weir_dir_follow(&e->dir, c->dir, c->id, h->run);
	if (rc == 0 && (rc = weir_commit_read(&e->dir, &e->from)) == 0 &&
	    (e->from.any != c->restored || (c->restored && e->from.epoch != c->epoch))) {
		bool late = piped && weir_dir_led(&e->dir);

		weir_dir_leave(&e->dir);
		weir_buf_clear(&e->dir.why);
		/* What others said of their part was enough: it is a sink, or leads to one, that nobody counted. */
		if (late) {
			weir_buf_printf(&e->dir.why, "%s: committed without it already: more sinks than --sinks says at the source", c->dir);
			return WEIR_EX_CONFIG;
		}
		weir_buf_printf(&e->dir.why, "%s: the source restored another epoch than the one that is committed", c->dir);
		rc = -1;
	}
	if (rc < 0) {
		weir_say(WEIR_SAY_WARNING, "%s; the stream's checkpoint is ignored", weir_buf_cstr(&e->dir.why));
		weir_commit_release(&e->from);
		e->refused = true;
		return 0;
	}
	e->on = rc == 0;
	if (e->on && c->restored)
		e->current = e->done = (int64_t)c->epoch;
	return rc;
}

/* A line of a list of options: its name, and its value, which may be empty. */
struct option {
	const char *name, *value;
	size_t name_len, len;
};

static const char *
next_option(const char *s, struct option *o)
{
	size_t n = strcspn(s, "\n");

	o->name = s;
	o->name_len = strcspn(s, " \n");
	o->value = s + o->name_len + (s[o->name_len] == ' ');
	o->len = n - (size_t)(o->value - s);
	return s + n + (s[n] == '\n');
}

/* The option of that name, or NULL as its value. */
static void
find_option(const char *list, const struct option *like, struct option *o)
{
	*o = *like;
	while (*list != '\0') {
		list = next_option(list, o);
		if (o->name_len == like->name_len && memcmp(o->name, like->name, o->name_len) == 0)
			return;
	}
	o->value = NULL;
}

/* Where two lists of options differ: the name and both values. */
static int
differ(struct weir_epoch *e, const char *was, const char *is)
{
	struct option a = {.name = ""}, b = {.name = "", .value = ""};
	const char *p;

	for (p = was; *p != '\0';) {
		p = next_option(p, &a);
		find_option(is, &a, &b);
		if (b.value == NULL || a.len != b.len || memcmp(a.value, b.value, a.len) != 0)
			break;
		a.value = NULL;
	}
	for (p = is; a.value == NULL && *p != '\0';) {
		p = next_option(p, &b);
		find_option(was, &b, &a);
		if (a.value == NULL)
			break;
		a.value = NULL;
	}
	weir_buf_clear(&e->dir.why);
	weir_buf_printf(&e->dir.why,
	    "%s%s%.*s was %.*s in the checkpoint and is %.*s now: give it as it was, --accept-change at the source, or another -C",
	    strcmp(e->id, e->who.command) != 0 ? e->id : "", strcmp(e->id, e->who.command) != 0 ? ": " : "",
	    a.value != NULL ? (int)a.name_len : (int)b.name_len, a.value != NULL ? a.name : b.name,
	    a.value != NULL ? (int)a.len : 9, a.value != NULL ? a.value : "not given",
	    b.value != NULL ? (int)b.len : 9, b.value != NULL ? b.value : "not given");
	return WEIR_EX_CONFIG;
}

/* Before a record of the state is looked at: what a newer version keeps may mean anything. */
static int
check_version(struct weir_epoch *e)
{
	struct weir_hello h = {0};
	int rc = weir_state_peek(&e->dir, e->from.epoch, e->id, &h);

	if (rc == 0 && h.state.version > e->who.version) {
		weir_buf_clear(&e->dir.why);
		weir_buf_printf(&e->dir.why, "%s: a newer weir wrote its state (version %" PRIu64 ", this one reads %" PRIu64 ")",
		    e->id, h.state.version, e->who.version);
		rc = WEIR_EX_CONFIG;
	}
	weir_hello_release(&h);
	return rc;
}

int
weir_epoch_restore(struct weir_epoch *e)
{
	const struct weir_barrier_entry *mine;
	struct weir_state_read r = {0};
	int rc;

	if (!e->on || !e->from.any)
		return 0;
	mine = weir_barrier_find(&e->from.manifest, e->id);
	if (mine == NULL && e->conf.accept)
		return 0;
	if (mine == NULL || strcmp(mine->command, e->who.command) != 0) {
		weir_buf_clear(&e->dir.why);
		weir_buf_printf(&e->dir.why, "%s is not in the checkpoint %s: --accept-change at the source lets it join",
		    e->id, e->dir.path);
		return WEIR_EX_CONFIG;
	}
	if (!e->conf.accept && strcmp(mine->options, e->who.options) != 0)
		return differ(e, mine->options, e->who.options);
	if (!(mine->flags & WEIR_BARRIER_STATE))
		return 0;
	if ((rc = check_version(e)) == 0)
		rc = weir_state_load(&e->dir, e->from.epoch, e->id, mine, e->who.load, e->who.self, &r);
	e->watermark = r.hello.state.watermark;
	e->slow = (int64_t)r.size * BYTE_NS;
	weir_state_read_release(&r);
	return rc;
}

static bool
listed(char *const *list, unsigned n, const char *id)
{
	while (n > 0)
		if (strcmp(list[--n], id) == 0)
			return true;
	return false;
}

int
weir_epoch_compare(struct weir_epoch *e, const struct weir_hello *h)
{
	const struct weir_barrier *was = &e->from.manifest;
	unsigned i;

	/* Several branches see only their own stages. */
	if (!e->on || e->conf.sinks > 1)
		return 0;
	for (i = 0; i < was->n; i++) {
		const struct weir_barrier_entry *x = &was->entries[i];

		if (listed(h->stages, h->nstages, x->id) || strcmp(x->id, e->id) == 0 ||
		    (h->checkpoint.accept && !(x->flags & WEIR_BARRIER_STATE)) ||
		    listed(h->checkpoint.dropped, h->checkpoint.ndropped, x->id))
			continue;
		weir_buf_clear(&e->dir.why);
		weir_buf_printf(&e->dir.why, "%s of the checkpoint is not in the pipeline any more: %s %s at the source goes on without it",
		    x->id, x->flags & WEIR_BARRIER_STATE ? "--drop-state" : "--accept-change",
		    x->flags & WEIR_BARRIER_STATE ? x->id : "");
		return WEIR_EX_CONFIG;
	}
	return 0;
}

struct weir_barrier_entry *
weir_epoch_entry(struct weir_epoch *e, struct weir_barrier *b)
{
	struct weir_barrier_entry *mine = weir_barrier_find(b, e->id);

	if (mine == NULL)
		mine = weir_barrier_add(b, e->id, e->who.command, e->who.options);
	mine->flags |= e->who.role;
	mine->member = e->dir.member + 1;
	return mine;
}

static void
describe(const struct weir_epoch *e, uint64_t epoch, struct weir_hello *h)
{
	memcpy(h->run, e->dir.run, sizeof(h->run));
	weir_hello_add_stage(h, e->id);
	h->state.command = weir_mem_strdup(e->who.command);
	h->state.options = weir_mem_strdup(e->who.options);
	h->state.epoch = epoch;
	h->state.version = e->who.version;
	h->state.sink = (e->who.role & WEIR_BARRIER_SINK) != 0;
	h->state.watermark = e->watermark;
}

static int
write_failed(struct weir_epoch *e, int errnum)
{
	weir_buf_clear(&e->dir.why);
	weir_buf_printf(&e->dir.why, "%s/%" PRId64 "/%s: %s", e->dir.path, e->current, e->id, strerror(errnum));
	return WEIR_EX_IOERR;
}

static int
write_state(struct weir_epoch *e, uint64_t epoch, struct weir_barrier *b, struct weir_barrier_entry *mine)
{
	bool sink = (e->who.role & WEIR_BARRIER_SINK) != 0;
	struct weir_state s = {0};
	struct weir_hello h = {0};
	int rc;

	describe(e, epoch, &h);
	rc = weir_state_begin(&s, &e->dir, &h);
	weir_hello_release(&h);
	if (rc != 0)
		return rc;
	if (e->who.save != NULL && e->who.save(e->who.self, &s.out) != 0) {
		rc = write_failed(e, s.out.errnum);
		weir_state_abandon(&s);
		return rc;
	}
	return weir_state_commit(&s, sink ? b : NULL, &mine->size, &mine->sum);
}

/* Whether the next state is one to be written behind. A sink has nothing to go on with, and its state is small. */
static bool
is_slow(const struct weir_epoch *e)
{
	const char *s = getenv("WEIR_SNAPSHOT_MS");
	int64_t most = s != NULL ? strtoll(s, NULL, 10) * 1000000 : BEHIND_NS;

	return e->who.save != NULL && !(e->who.role & WEIR_BARRIER_SINK) && e->slow >= (e->behind ? most / 2 : most);
}

/* A copy of this process writes the state, while this one goes on. It must not hold the neighbours' pipes. false: there can
 * be none. */
static bool
write_behind(struct weir_epoch *e, uint64_t epoch, struct weir_barrier_entry *mine)
{
	struct report r;
	int64_t began = weir_sys_monotonic();
	int fds[2], rc;

	if (weir_sys_pipe(fds) != 0)
		return false;
	e->child = fork();
	if (e->child != 0) {
		close(fds[1]);
		e->report = fds[0];
		if (e->child < 0)
			close(fds[0]);
		return e->child > 0;
	}
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	rc = write_state(e, epoch, NULL, mine);
	if (rc != 0)
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&e->dir.why));
	r = (struct report){mine->size, weir_sys_monotonic() - began, weir_sys_cpu()};
	if (rc == 0 && weir_sys_write(fds[1], &r, sizeof(r)) != 0)
		rc = WEIR_EX_IOERR;
	_exit(rc);
}

int
weir_epoch_reap(struct weir_epoch *e, bool wait)
{
	struct report r;
	int status = 0;
	pid_t pid;

	if (e->child <= 0)
		return e->broken ? WEIR_EX_IOERR : 0;
	while ((pid = waitpid(e->child, &status, wait ? 0 : WNOHANG)) < 0 && errno == EINTR)
		;
	if (pid == 0)
		return 0;
	e->child = 0;
	if (weir_sys_read(e->report, &r, sizeof(r)) == (ssize_t)sizeof(r)) {
		e->bytes = r.bytes;
		e->slow = r.took;
		e->cpu = r.cpu;
	}
	close(e->report);
	if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	e->broken = true;
	weir_buf_clear(&e->dir.why);
	weir_buf_printf(&e->dir.why, "%s/%" PRId64 "/%s: the process that wrote the state failed", e->dir.path, e->current, e->id);
	return WEIR_EX_IOERR;
}

int
weir_epoch_save(struct weir_epoch *e, uint64_t epoch, struct weir_barrier *b)
{
	struct weir_barrier_entry *mine = weir_epoch_entry(e, b);
	bool sink = (e->who.role & WEIR_BARRIER_SINK) != 0;
	int64_t began = weir_sys_monotonic(), cpu = weir_sys_cpu();
	int rc = weir_epoch_reap(e, true);

	if (rc != 0)
		return rc;
	e->current = (int64_t)epoch;
	if (e->who.save == NULL && !sink && !e->who.timed)
		return 0;
	mine->flags |= WEIR_BARRIER_STATE;
	e->behind = !e->who.alone && is_slow(e) && write_behind(e, epoch, mine);
	if (e->behind) {
		mine->flags |= WEIR_BARRIER_PENDING;
	} else {
		rc = write_state(e, epoch, b, mine);
		e->slow = weir_sys_monotonic() - began;
		e->cpu = weir_sys_cpu() - cpu;
		e->bytes = mine->size;
	}
	e->took = weir_sys_monotonic() - began;
	return rc;
}

int
weir_epoch_commit(struct weir_epoch *e, uint64_t epoch)
{
	bool done = false;
	int rc = weir_commit_try(&e->dir, epoch, e->conf.sinks, e->id, &done);

	if (rc != 0 || !done)
		return rc;
	e->done = (int64_t)epoch;
	weir_commit_clean(&e->dir, epoch, e->conf.keep);
	return 0;
}

bool
weir_epoch_committed(struct weir_epoch *e)
{
	if (e->done < e->current)
		e->done = weir_commit_epoch(&e->dir);
	return e->done >= e->current;
}

int64_t
weir_epoch_age(struct weir_epoch *e)
{
	struct stat st;

	if (fstatat(e->dir.fd, "committed", &st, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	return weir_sys_now() - ((int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec);
}
