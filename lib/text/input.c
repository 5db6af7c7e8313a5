/*
 * input - see input.h. Reads go behind what is unread; that is moved to the front
 * of the buffer only when less than a quarter of it is left behind, and the
 * buffer doubles only when moving doesn't help, so each byte is moved a few
 * times at most.
 *
 * A partial input may be cut and written anew under the reader (copytruncate). So behind each
 * read it is looked whether the bytes that were there before still are; if not, what was
 * read is dropped and the input stays where it was, changed.
 */
#include "text/input.h"
#include "base/mem.h"
#include "base/sys.h"
#include "text/codec.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY ((size_t)256 * 1024)

static void
set_end(struct weir_input *in, unsigned char *end)
{
	in->end = end;
	memset(end, 0, WEIR_INPUT_PAD);
}

/* The origin is set. */
static void
begin_with(struct weir_input *in, const char *name, const struct weir_input_wait *wait,
    const void *first, size_t nfirst)
{
	in->name = weir_mem_strdup(name);
	in->line = 1;
	if (wait != NULL)
		in->wait = *wait;
	in->cap = CAPACITY + nfirst;
	in->buf = weir_mem_alloc(in->cap + WEIR_INPUT_PAD);
	in->p = in->buf;
	set_end(in, in->buf);
	if (nfirst > 0)
		memcpy(in->buf, first, nfirst);
	in->held = nfirst;
}

void
weir_input_init(struct weir_input *in, int fd, const char *name,
    const struct weir_input_wait *wait, const void *first, size_t nfirst)
{
	memset(in, 0, sizeof(*in));
	weir_origin_adopt(&in->origin, fd);
	begin_with(in, name, wait, first, nfirst);
}

int
weir_input_open(struct weir_input *in, const char *path, const struct weir_input_wait *wait)
{
	struct weir_origin_now now;

	memset(in, 0, sizeof(*in));
	if (weir_origin_open(&in->origin, path) != 0) {
		in->err = errno;
		return -1;
	}
	in->modified = weir_origin_now(&in->origin, &now) == 0 ? now.modified : 0;
	begin_with(in, strcmp(path, "-") == 0 ? "(stdin)" : path, wait, NULL, 0);
	return 0;
}

void
weir_input_release(struct weir_input *in)
{
	weir_codec_free(in->codec);
	free(in->buf);
	free(in->first);
	free(in->name);
	weir_origin_close(&in->origin);
	memset(in, 0, sizeof(*in));
}

/* Waits until there is something to read: true; or it is stopped, or dry. */
static bool
await(struct weir_input *in)
{
	int rc;

	if (!in->origin.blocks || in->wait.wait == NULL)
		return true;
	if (in->patience > 0)
		rc = in->wait.until(in->wait.ctx, in->origin.fd, weir_sys_monotonic() + in->patience);
	else
		rc = in->wait.wait(in->wait.ctx, in->origin.fd);
	in->stopped = rc < 0;
	in->dry = rc == 2;
	return rc >= 0 && rc != 2;
}

/* One read(2). The bytes; 0: the end, or stopped, or dry; -1: failed. */
static ssize_t
read_some(struct weir_input *in, unsigned char *p, size_t n)
{
	for (;;) {
		ssize_t got;

		if (!await(in))
			return 0;
		got = weir_origin_read(&in->origin, p, n);
		if (got >= 0)
			return got;
		if (errno == EAGAIN || errno == EWOULDBLOCK) {
			struct pollfd pfd = {.fd = in->origin.fd, .events = POLLIN};

			poll(&pfd, 1, -1);
		} else if (errno != EINTR) {
			in->err = errno;
			return -1;
		}
	}
}

/* Reads until the first bytes, held at buf, tell whether they are compressed. */
static int
begin(struct weir_input *in)
{
	ssize_t got = 1;
	int number;

	while ((number = weir_codec_detect(in->buf, in->held)) == -2 && got > 0) {
		got = read_some(in, in->buf + in->held, in->cap - in->held);
		if (got < 0)
			return -1;
		in->held += (size_t)got;
	}
	if (in->dry)
		return 0;
	in->begun = true;
	if (number >= 0) {
		in->codec = weir_codec_new(number, in->buf, in->held);
		in->compression = weir_codec_name(in->codec);
	} else {
		set_end(in, in->buf + in->held);
		in->eof = in->drained = got == 0;
	}
	return 0;
}

/* What lies before p and stays, but for what is unread. */
static size_t
past(const struct weir_input *in)
{
	size_t n = (size_t)(in->p - in->buf);

	return n < WEIR_INPUT_PAST ? n : WEIR_INPUT_PAST;
}

static void
make_room(struct weir_input *in)
{
	size_t tail = (size_t)(in->end - in->p), before = past(in);

	if ((size_t)(in->buf + in->cap - in->end) >= in->cap / 4)
		return;
	if (tail > in->cap - in->cap / 4) {
		size_t at = (size_t)(in->p - in->buf);

		in->buf = weir_mem_realloc(in->buf, in->cap + in->cap + WEIR_INPUT_PAD, 1);
		in->cap *= 2;
		in->p = in->buf + at;
	}
	memmove(in->buf, in->p - before, before + tail);
	in->p = in->buf + before;
	set_end(in, in->p + tail);
}

/* Plain bytes from the codec to p, at most n. The bytes; 0: the end; -1: failed. */
static ssize_t
decode_some(struct weir_input *in, unsigned char *p, size_t n)
{
	for (;;) {
		ssize_t got = weir_codec_read(in->codec, p, n);
		unsigned char *room;
		size_t space;

		if (got > 0)
			return got;
		if (got < 0)
			break;
		room = weir_codec_room(in->codec, &space);
		if ((got = read_some(in, room, space)) < 0)
			return -1;
		if (got == 0 && (in->stopped || in->dry || weir_codec_end(in->codec) == 0))
			return 0;
		if (got == 0)
			break;
		weir_codec_put(in->codec, (size_t)got);
	}
	in->why = weir_codec_why(in->codec);
	return -1;
}

/* Whether the bytes before end are still those of the file, and it is not shorter than the end. *modified: its time,
 * asked for before they were looked at. */
static bool
is_same(const struct weir_input *in, int64_t *modified)
{
	unsigned char there[WEIR_INPUT_PAST];
	uint64_t at = in->offset + in->dropped + (uint64_t)(in->end - in->p);
	uint64_t solid = at - (at < in->gap ? at : in->gap);
	size_t n = (size_t)(in->end - in->buf);
	struct weir_origin_now now;

	n = n < sizeof(there) ? n : sizeof(there);
	n = in->dropped > 0 ? 0 : n < solid ? n : (size_t)solid;
	if (weir_origin_now(&in->origin, &now) != 0 || now.size < at)
		return false;
	*modified = now.modified;
	return weir_origin_look(&in->origin, at - n, there, n) == (ssize_t)n &&
	    memcmp(there, in->end - n, n) == 0;
}

bool
weir_input_lies(const struct weir_input *in)
{
	int64_t modified = 0;

	return !in->changed && is_same(in, &modified);
}

static void
keep_first(struct weir_input *in)
{
	uint64_t at = in->offset - (uint64_t)(in->p - in->buf);
	size_t n = (size_t)(in->end - in->buf);

	if (in->origin.once != NULL || in->gap > 0 || in->dropped > 0 || at > 0)
		return;
	if (in->first == NULL)
		in->first = weir_mem_alloc(WEIR_INPUT_FIRST);
	in->nfirst = n < WEIR_INPUT_FIRST ? n : WEIR_INPUT_FIRST;
	memcpy(in->first, in->buf, in->nfirst);
}

/* What was read is in the buffer, got bytes behind end. */
static int
took(struct weir_input *in, ssize_t got)
{
	int64_t modified = in->modified;

	if (in->dry)
		in->partial = true;
	else if (in->partial && !is_same(in, &modified)) {
		in->changed = true;
		got = 0;
	}
	if (!in->changed)
		in->modified = modified;
	set_end(in, in->end + got);
	in->eof = got == 0;
	in->drained = in->changed ? in->drained : got == 0;
	if (in->nfirst < WEIR_INPUT_FIRST && got > 0)
		keep_first(in);
	return got > 0;
}

int
weir_input_fill(struct weir_input *in)
{
	ssize_t got;

	if (in->err != 0 || in->why != NULL)
		return -1;
	if (!in->begun) {
		if (begin(in) < 0)
			return -1;
		if (in->dry)
			return took(in, 0);
		if (in->end > in->p) {
			keep_first(in);
			return 1;
		}
	}
	if (in->eof)
		return 0;
	make_room(in);
	got = (in->codec != NULL ? decode_some : read_some)(in, in->end,
	    (size_t)(in->buf + in->cap - in->end));
	return got < 0 ? -1 : took(in, got);
}

int
weir_input_again(struct weir_input *in)
{
	if (in->dry)
		in->dry = in->partial = in->eof = false;
	if (in->partial && !in->changed)
		in->eof = false;
	return weir_input_fill(in);
}

int
weir_input_need_first(struct weir_input *in, size_t n)
{
	int rc = 1;

	while (in->nfirst < n && rc > 0)
		rc = weir_input_fill(in);
	return rc < 0 ? -1 : 0;
}

const unsigned char *
weir_input_past(const struct weir_input *in, uint64_t offset, size_t *n)
{
	const unsigned char *p = in->p - (in->offset - offset);
	uint64_t solid = offset - (offset < in->gap ? offset : in->gap);

	*n = (size_t)(p - in->buf);
	if (*n > WEIR_INPUT_PAST)
		*n = WEIR_INPUT_PAST;
	if (*n > solid)
		*n = (size_t)solid;
	return p - *n;
}

/* Drops the buffer; reading goes on at offset. */
static int
jump(struct weir_input *in, uint64_t offset)
{
	if (weir_origin_seek(&in->origin, offset) != 0) {
		in->err = errno;
		return -1;
	}
	in->p = in->buf;
	set_end(in, in->buf);
	in->offset = in->gap = offset;
	in->eof = false;
	return 0;
}

int
weir_input_seek(struct weir_input *in, uint64_t offset, uint64_t line, size_t before)
{
	int rc = in->begun ? 1 : weir_input_fill(in);

	if (rc < 0)
		return -1;
	if (in->codec == NULL && offset > (uint64_t)(in->end - in->p) && jump(in, offset - before) != 0)
		return -1;
	while (in->offset < offset) {
		uint64_t left = offset - in->offset, there = (uint64_t)(in->end - in->p);

		weir_input_take(in, (size_t)(left < there ? left : there), 0);
		if (in->offset < offset && (rc = weir_input_fill(in)) <= 0)
			return rc;
	}
	in->line = line;
	return 1;
}

int
weir_input_line(struct weir_input *in, size_t max, const unsigned char **p, size_t *len,
    size_t *eol)
{
	size_t seen = 0;

	for (;;) {
		const unsigned char *lf = memchr(in->p + seen, '\n', (size_t)(in->end - in->p) - seen);
		int rc;

		*p = in->p;
		*len = (size_t)((lf != NULL ? lf : in->end) - in->p);
		*eol = lf != NULL;
		if (*len > max)
			return -2;
		if (lf != NULL)
			return 1;
		if (in->eof)
			return *len > 0 && !in->partial;
		seen = *len;
		rc = weir_input_fill(in);
		if (rc < 0)
			return -1;
	}
}

int
weir_input_drop_line(struct weir_input *in, size_t keep, const unsigned char **text)
{
	int rc = 1;

	for (;;) {
		unsigned char *from = in->p + keep;
		unsigned char *lf = memchr(from, '\n', (size_t)(in->end - from));

		if (lf != NULL || rc <= 0) {
			*text = in->p;
			in->offset += in->dropped;
			if (in->dropped > 0)
				in->gap = in->offset + keep;
			in->dropped = 0;
			weir_input_take(in, (size_t)((lf != NULL ? lf + 1 : in->end) - in->p), lf != NULL);
			return rc < 0 ? -1 : lf != NULL || !in->partial;
		}
		in->dropped += (uint64_t)(in->end - from);
		set_end(in, from);
		rc = weir_input_fill(in);
	}
}

int
weir_input_skip_line(struct weir_input *in)
{
	const unsigned char *text;

	return weir_input_drop_line(in, 0, &text);
}
