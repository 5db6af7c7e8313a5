/*
 * checkpoint - what scat can do with a checkpoint directory besides running on it
 */
#include "base/civil.h"
#include "base/durable.h"
#include "base/mem.h"
#include "base/say.h"
#include "base/sys.h"
#include "base/units.h"
#include "ckpt/commit.h"
#include "ckpt/state.h"
#include "scat.h"
#include "text/value.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
scat_checkpoint_check(struct scat_conf *cf, char *const *operands, int n)
{
	int i;

	if (!weir_source_check(&cf->checkpoint, &cf->dropped, cf->cmd, &cf->common)) {
		if (cf->checkpoint.force || cf->savepoint != NULL)
			weir_opt_misuse(cf->cmd, "an option for a checkpoint, but no -C DIR");
		return;
	}
	if (cf->savepoint != NULL)
		return;
	if (cf->output >= 0 && cf->output != WEIR_EMIT_FRAMES)
		weir_opt_misuse(cf->cmd, "-C with text in and text out: make it two, scat -C DIR ... | scat -O FORMAT -o FILE");
	if (cf->dest != NULL)
		weir_opt_misuse(cf->cmd, "-C with -o: make it two, scat -C DIR ... | scat -o %s", cf->dest);
	if (!weir_sys_is_pipe(STDOUT_FILENO))
		weir_opt_misuse(cf->cmd, "-C: standard output is no pipe: the end of a pipeline commits, | scat -o FILE");
	for (i = 1; i <= n; i++)
		if (strcmp(operands[i], "-") == 0)
			n = 0;
	if (n == 0)
		weir_opt_misuse(cf->cmd, "-C: standard input can't be read again after a crash: save it to a file first");
}

/* One row of the list. */
struct row {
	uint64_t epoch, size;
	bool committed;
	int64_t time;
	char *stage, *command;
	struct weir_buf what;        /* positions or outputs, as a JSON array; empty: neither */
};

struct rows {
	struct row *row;
	size_t n;
};

/* All but the first n. */
static void
drop_rows(struct rows *l, size_t n)
{
	while (l->n > n) {
		struct row *r = &l->row[--l->n];

		free(r->stage);
		free(r->command);
		weir_buf_release(&r->what);
	}
}

static struct row *
add_row(struct rows *l)
{
	l->row = weir_mem_realloc(l->row, l->n + 1, sizeof(*l->row));
	memset(&l->row[l->n], 0, sizeof(*l->row));
	return &l->row[l->n++];
}

static int
put_row(struct weir_out *out, struct weir_shape *shape, const struct row *r)
{
	char epoch[24], size[24], age[24];
	int64_t seconds = (weir_sys_now() - r->time) / WEIR_SECOND;
	struct weir_value v[8] = {{.p = (unsigned char *)epoch, .type = WEIR_NUMBER},
	    {.type = r->committed ? WEIR_TRUE : WEIR_FALSE}, {.time = r->time, .type = WEIR_TIME},
	    {.p = (unsigned char *)age, .type = WEIR_NUMBER},
	    {.p = (const unsigned char *)r->stage, .len = (uint32_t)strlen(r->stage), .type = WEIR_STRING},
	    {.p = (const unsigned char *)r->command, .len = (uint32_t)strlen(r->command), .type = WEIR_STRING},
	    {.p = (unsigned char *)size, .type = WEIR_NUMBER},
	    {.p = r->what.p, .len = (uint32_t)r->what.len, .type = r->what.len == 0 ? WEIR_NULL : WEIR_ARRAY}};

	v[0].len = (uint32_t)snprintf(epoch, sizeof(epoch), "%" PRIu64, r->epoch);
	v[3].len = (uint32_t)snprintf(age, sizeof(age), "%" PRId64, seconds > 0 ? seconds : 0);
	v[6].len = (uint32_t)snprintf(size, sizeof(size), "%" PRIu64, r->size);
	return weir_out_values(out, shape, WEIR_TIME_NONE, v);
}

/* A source's positions as a JSON array. */
struct positions {
	struct weir_emit *json;
	struct weir_buf text;
};

static int
take_position(void *ctx, const struct weir_record *rec)
{
	struct positions *p = ctx;
	const char *why;

	weir_buf_putc(&p->text, p->text.len == 0 ? '[' : ',');
	if (weir_emit_record(p->json, rec, &p->text, &why) != 0)
		return -1;
	p->text.len--;   /* the line feed */
	return 0;
}

static void
put_outputs(const struct weir_barrier_entry *e, struct weir_buf *b)
{
	unsigned i;

	for (i = 0; i < e->noutputs; i++) {
		weir_buf_puts(b, i == 0 && b->len == 0 ? "[" : ",");
		weir_buf_puts(b, "{\"output\":");
		weir_value_quote(b, e->outputs[i].path, strlen(e->outputs[i].path));
		weir_buf_printf(b, ",\"length\":%" PRIu64 "}", e->outputs[i].length);
	}
}

static int
list_entry(struct weir_dir *d, const struct weir_commit *c, bool committed, const struct weir_barrier_entry *e, struct rows *l)
{
	struct weir_emit_conf conf = {.format = WEIR_EMIT_JSON};
	struct positions p = {.json = weir_emit_new(&conf)};
	struct weir_state_read r = {0};
	struct row *row = add_row(l);
	char name[24];
	struct stat st;
	int rc = 0;

	row->epoch = c->epoch;
	row->committed = committed;
	row->stage = weir_mem_strdup(e->id);
	row->command = weir_mem_strdup(e->command);
	row->size = e->size;
	snprintf(name, sizeof(name), "%" PRIu64, c->epoch);
	if (fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		row->time = (int64_t)st.st_mtim.tv_sec * WEIR_SECOND;
	if (e->flags & WEIR_BARRIER_SOURCE)
		rc = weir_state_load(d, c->epoch, e->id, e, take_position, &p, &r);
	put_outputs(e, &p.text);
	if (p.text.len > 0)
		weir_buf_putc(&p.text, ']');
	row->what = p.text;
	weir_state_read_release(&r);
	weir_emit_free(p.json);
	return rc;
}

static int
list_epoch(struct weir_dir *d, const struct weir_commit *c, bool committed, struct rows *l)
{
	unsigned i;
	int rc = 0;

	for (i = 0; rc == 0 && i < c->manifest.n; i++)
		rc = list_entry(d, c, committed, &c->manifest.entries[i], l);
	return rc;
}

/* Older epochs, which may be going while they are looked at, then the committed one. */
static int
list_kept(struct weir_dir *d, const struct weir_commit *c, struct rows *l)
{
	struct weir_commit old = {0};
	int64_t *all;
	size_t n = weir_dir_epochs(d, &all), i;

	for (i = 0; i < n && all[i] < (int64_t)c->epoch; i++) {
		size_t before = l->n;

		if (weir_commit_rebuild(d, (uint64_t)all[i], &old) != 0 || list_epoch(d, &old, false, l) != 0)
			drop_rows(l, before);
	}
	free(all);
	weir_commit_release(&old);
	return list_epoch(d, c, true, l);
}

/* All rows. A line that runs on the directory is not waited for (it may stand still, which is why somebody looks): if
 * it has committed meanwhile, and the epoch that was looked at is gone, the next one is looked at. */
static int
list_all(struct weir_dir *d, struct rows *l)
{
	struct weir_commit c = {0};
	uint64_t epoch;
	int rc;

	do {
		weir_commit_release(&c);
		drop_rows(l, 0);
		if ((rc = weir_commit_read(d, &c)) != 0)
			break;
		if (!c.any)
			weir_say(WEIR_SAY_WARNING, "%s: nothing has been committed yet", d->path);
		epoch = c.epoch;
		rc = c.any ? list_kept(d, &c, l) : 0;
	} while (rc != 0 && weir_commit_epoch(d) > (int64_t)epoch);
	weir_commit_release(&c);
	return rc;
}

int
scat_checkpoint_list(struct scat_conf *cf)
{
	static const struct weir_name names[] = {{(const unsigned char *)"epoch", 5},
	    {(const unsigned char *)"committed", 9}, {(const unsigned char *)"time", 4}, {(const unsigned char *)"age", 3},
	    {(const unsigned char *)"stage", 5}, {(const unsigned char *)"command", 7},
	    {(const unsigned char *)"bytes", 5}, {(const unsigned char *)"at", 2}};
	struct weir_shape *shape;
	struct weir_dir d = WEIR_DIR_NONE;
	struct rows rows = {0};
	struct weir_sink sink;
	struct weir_out out;
	size_t i;
	int rc = weir_dir_look(&d, cf->list);

	if (rc == 0)
		rc = list_all(&d, &rows);
	if (rc != 0) {
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&d.why));
		goto out;
	}
	shape = weir_shape_new(WEIR_FORMAT_VALUES, 0, names, 8);
	if (cf->output == WEIR_EMIT_FRAMES)
		cf->emit.format = WEIR_EMIT_JSON;
	weir_sink_init(&sink, &cf->emit, cf->dest);
	weir_out_init_tap(&out, weir_sink_tap, &sink);
	for (i = 0; i < rows.n && put_row(&out, shape, &rows.row[i]) == 0; i++)
		;
	weir_out_flush(&out);
	weir_out_release(&out);
	if (weir_sink_close(&sink) != 0 && rc == 0) {
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&sink.output.why));
		rc = sink.output.status;
	}
	weir_shape_free(shape);
out:
	drop_rows(&rows, 0);
	free(rows.row);
	weir_dir_release(&d);
	return rc;
}

static int
copy_file(int from, const char *name, int to)
{
	int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), out;
	struct weir_buf b = {0};
	ssize_t n = -1;

	if (in < 0)
		return -1;
	out = weir_durable_begin(to, name);
	while (out >= 0 && (n = weir_sys_read(in, weir_buf_need(&b, 65536), 65536)) > 0)
		if (weir_sys_write(out, b.p, (size_t)n) != 0) {
			n = -1;
			break;
		}
	close(in);
	weir_buf_release(&b);
	if (out >= 0 && n < 0)
		weir_durable_abandon(to, name, out);
	return out >= 0 && n == 0 ? weir_durable_commit(to, name, out) : -1;
}

/* The states of the committed epoch, then `committed` itself: that makes the copy one. */
static int
copy_epoch(struct weir_dir *from, struct weir_dir *to, const struct weir_commit *c)
{
	char name[24];
	int a, b, rc = 0;
	unsigned i;

	snprintf(name, sizeof(name), "%" PRIu64, c->epoch);
	if (weir_durable_mkdir(to->fd, name) != 0)
		return -1;
	a = weir_durable_open(from->fd, name);
	b = weir_durable_open(to->fd, name);
	for (i = 0; rc == 0 && i < c->manifest.n; i++)
		if (c->manifest.entries[i].flags & WEIR_BARRIER_STATE)
			rc = copy_file(a, c->manifest.entries[i].id, b);
	close(a);
	close(b);
	return rc == 0 ? copy_file(from->fd, "committed", to->fd) : rc;
}

int
scat_checkpoint_copy(struct scat_conf *cf)
{
	struct weir_dir from = WEIR_DIR_NONE, to = WEIR_DIR_NONE;
	struct weir_commit c = {0};
	int rc = weir_dir_look(&from, cf->checkpoint.dir);
	/* Before the mutex is taken: the two may be one directory. */
	bool taken = weir_dir_look(&to, cf->savepoint) == 0 && weir_dir_highest(&to) >= 0;

	weir_dir_release(&to);
	/* Under the mutex, so that no commit removes the epoch meanwhile. */
	if (rc == 0 && (rc = weir_dir_lock(&from)) == 0 && (rc = weir_commit_read(&from, &c)) == 0 && !c.any) {
		weir_buf_clear(&from.why);
		weir_buf_printf(&from.why, "%s: nothing has been committed yet", from.path);
		rc = WEIR_EX_NOINPUT;
	}
	if (rc != 0) {
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&from.why));
	} else if (taken) {
		weir_say(WEIR_SAY_ERROR, "%s: a checkpoint already", cf->savepoint);
		rc = WEIR_EX_CANTCREAT;
	} else if ((rc = weir_dir_create(&to, cf->savepoint, cf->checkpoint.force)) != 0) {
		weir_say(WEIR_SAY_ERROR, "%s", weir_buf_cstr(&to.why));
	} else if (copy_epoch(&from, &to, &c) != 0) {
		weir_say(WEIR_SAY_ERROR, "%s: %s", to.path, strerror(errno));
		rc = WEIR_EX_IOERR;
	}
	if (rc == 0)
		weir_say(WEIR_SAY_INFO, "epoch %" PRIu64 " of %s is in %s", c.epoch, from.path, to.path);
	weir_commit_release(&c);
	weir_dir_release(&from);
	weir_dir_release(&to);
	return rc;
}
