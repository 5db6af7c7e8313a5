/*
 * state - see state.h
 */
#include "ckpt/state.h"
#include "base/durable.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/sys.h"
#include "frame/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(struct weir_dir *d, int status, uint64_t epoch, const char *id, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

static int
fail(struct weir_dir *d, int status, uint64_t epoch, const char *id, const char *fmt, ...)
{
	va_list ap;

	weir_buf_clear(&d->why);
	weir_buf_printf(&d->why, "%s/%" PRIu64 "/%s: ", d->path, epoch, id);
	va_start(ap, fmt);
	weir_buf_vprintf(&d->why, fmt, ap);
	va_end(ap);
	return status;
}

static int
open_epoch(const struct weir_dir *d, uint64_t epoch)
{
	char name[24];

	snprintf(name, sizeof(name), "%" PRIu64, epoch);
	return weir_durable_open(d->fd, name);
}

int
weir_state_measure(int fd, uint64_t *size, uint64_t *sum)
{
	unsigned char head[WEIR_FRAME_HEADER];
	struct weir_header h = {.kind = 0};
	const char *why;
	struct stat st;
	ssize_t n;

	*size = *sum = 0;
	while ((n = weir_sys_pread(fd, head, sizeof(head), *size)) == sizeof(head) && weir_header_decode(&h, head, &why) == 0) {
		*sum = weir_header_chain(*sum, head);
		*size += WEIR_FRAME_HEADER + (uint64_t)h.payload;
	}
	if (n < 0 || fstat(fd, &st) != 0)
		return -1;
	if (h.kind == WEIR_FRAME_END && (uint64_t)st.st_size == *size)
		return 0;
	errno = EPROTO;
	return -1;
}

static void
release(struct weir_state *s)
{
	weir_out_release(&s->out);
	if (s->dfd >= 0)
		close(s->dfd);
	free(s->id);
}

/* Numbers of epochs are used once, so a state that is there, or is being written, is that of another branch. */
static int
taken(struct weir_state *s)
{
	weir_buf_clear(&s->dir->why);
	weir_buf_printf(&s->dir->why, "two stages are called %s: give one of them --id NAME", s->id);
	return WEIR_EX_CONFIG;
}

int
weir_state_begin(struct weir_state *s, struct weir_dir *d, const struct weir_hello *h)
{
	int status;

	s->dir = d;
	s->id = weir_mem_strdup(h->stages[0]);
	s->epoch = h->state.epoch;
	s->fd = -1;
	s->dfd = open_epoch(d, s->epoch);
	if (s->dfd >= 0)
		s->fd = weir_durable_begin(s->dfd, s->id);
	if (s->fd >= 0 && faccessat(s->dfd, s->id, F_OK, 0) == 0) {
		weir_durable_abandon(s->dfd, s->id, s->fd);
		s->fd = -1;
		errno = EEXIST;
	}
	if (s->fd >= 0) {
		weir_out_init(&s->out, s->fd);
		if (weir_out_hello(&s->out, h) == 0)
			return 0;
		errno = s->out.errnum;
		weir_durable_abandon(s->dfd, s->id, s->fd);
		weir_out_release(&s->out);
	}
	status = s->dfd >= 0 && errno == EEXIST ? taken(s) : fail(d, WEIR_EX_IOERR, s->epoch, s->id, "%s", strerror(errno));
	if (s->dfd >= 0)
		close(s->dfd);
	free(s->id);
	return status;
}

int
weir_state_commit(struct weir_state *s, const struct weir_barrier *b, uint64_t *size, uint64_t *sum)
{
	struct weir_end end = {.how = WEIR_END_PAUSED};
	int status = 0;

	if ((b != NULL && weir_out_barrier(&s->out, s->epoch, b) != 0) || weir_out_end(&s->out, &end) != 0) {
		errno = s->out.errnum;
		status = -1;
	}
	*size = s->out.bytes;
	*sum = s->out.chain;
	if (status != 0)
		weir_durable_abandon(s->dfd, s->id, s->fd);
	else
		status = weir_durable_commit(s->dfd, s->id, s->fd);
	if (status != 0)
		status = fail(s->dir, WEIR_EX_IOERR, s->epoch, s->id, "%s", strerror(errno));
	release(s);
	return status;
}

void
weir_state_abandon(struct weir_state *s)
{
	weir_durable_abandon(s->dfd, s->id, s->fd);
	release(s);
}

void
weir_state_read_release(struct weir_state_read *r)
{
	weir_hello_release(&r->hello);
	weir_barrier_release(&r->barrier);
}

static int
open_state(struct weir_dir *d, uint64_t epoch, const char *id, int *fd)
{
	int dfd = open_epoch(d, epoch), status;

	*fd = dfd < 0 ? -1 : openat(dfd, id, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	status = *fd >= 0  ? 0
	    : errno == ENOENT ? fail(d, WEIR_EX_PROTOCOL, epoch, id, "gone: the checkpoint is damaged")
	                      : fail(d, WEIR_EX_IOERR, epoch, id, "%s", strerror(errno));
	if (dfd >= 0)
		close(dfd);
	return status;
}

/* The first frame must be the hello of this stage and epoch. */
static int
read_hello(struct weir_reader *in, uint64_t epoch, const char *id, struct weir_hello *h)
{
	struct weir_frame f;

	return weir_reader_next(in, &f) == 1 && f.head.kind == WEIR_FRAME_HELLO &&
	        weir_hello_decode(h, f.payload, f.len) == 0 && h->state.command != NULL && h->nstages == 1 &&
	        strcmp(h->stages[0], id) == 0 && h->state.epoch == epoch
	    ? 0
	    : -1;
}

int
weir_state_peek(struct weir_dir *d, uint64_t epoch, const char *id, struct weir_hello *h)
{
	struct weir_reader in;
	int fd, rc = open_state(d, epoch, id, &fd);

	if (rc != 0)
		return rc;
	weir_reader_init(&in, fd, NULL, 0);
	if (read_hello(&in, epoch, id, h) != 0)
		rc = fail(d, WEIR_EX_PROTOCOL, epoch, id, "damaged state");
	weir_reader_release(&in);
	close(fd);
	return rc;
}

static int
take_records(struct weir_reader *in, const struct weir_frame *f,
    int (*take)(void *ctx, const struct weir_record *rec), void *ctx)
{
	struct weir_record rec = {0};
	size_t at = 0;
	int rc;

	while ((rc = weir_reader_entry(in, f, &at, &rec)) > 0)
		if ((rec.flags & WEIR_ENTRY_KIND) == WEIR_ENTRY_RECORD && take != NULL && take(ctx, &rec) != 0)
			return -2;
	return rc < 0 || in->damage ? -1 : 0;
}

/* 0; -1: damaged; -2: the taker's. */
static int
read_frames(struct weir_reader *in, uint64_t epoch, const char *id,
    int (*take)(void *ctx, const struct weir_record *rec), void *ctx, struct weir_state_read *r)
{
	struct weir_frame f;
	int rc = read_hello(in, epoch, id, &r->hello);

	while (rc == 0 && (rc = weir_reader_next(in, &f)) > 0) {
		switch (f.head.kind) {
		case WEIR_FRAME_DATA: rc = take_records(in, &f, take, ctx); break;
		case WEIR_FRAME_BARRIER:
			r->has_barrier = true;
			rc = weir_barrier_decode(&r->barrier, f.payload, f.len);
			break;
		default: rc = f.head.kind == WEIR_FRAME_END ? 0 : -1;
		}
	}
	return rc;
}

int
weir_state_load(struct weir_dir *d, uint64_t epoch, const char *id,
    const struct weir_barrier_entry *expect, int (*take)(void *ctx, const struct weir_record *rec),
    void *ctx, struct weir_state_read *r)
{
	static const char differs[] = "its bytes are not those that were committed";
	struct weir_reader in;
	struct stat st;
	int fd, rc = open_state(d, epoch, id, &fd);

	if (rc != 0)
		return rc;
	weir_reader_init(&in, fd, NULL, 0);
	if (expect != NULL && fstat(fd, &st) == 0 && (uint64_t)st.st_size != expect->size) {
		in.why = differs;
		rc = -1;
	} else {
		rc = read_frames(&in, epoch, id, take, ctx, r);
	}
	r->size = in.offset;
	r->sum = in.chain;
	if (rc == 0 && expect != NULL && (r->size != expect->size || r->sum != expect->sum)) {
		in.why = differs;
		rc = -1;
	}
	if (rc == -1)
		rc = fail(d, WEIR_EX_PROTOCOL, epoch, id, "damaged state%s%s", in.why != NULL ? ": " : "",
		    in.why != NULL ? in.why : "");
	weir_reader_release(&in);
	close(fd);
	return rc == -2 ? -1 : rc;
}
