/*
 * input - see input.h. Reads go behind what is unread; that is moved to the front
 * of the buffer only when less than a quarter of it is left behind, and the
 * buffer doubles only when moving doesn't help, so each byte is moved a few
 * times at most.
 */
#include "text/input.h"
#include "base/mem.h"
#include "text/codec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CAPACITY ((size_t)256 * 1024)

static void
set_end(struct weir_input *in, unsigned char *end)
{
	in->end = end;
	memset(end, 0, WEIR_INPUT_PAD);
}

void
weir_input_init(struct weir_input *in, int fd, const char *name,
    const struct weir_input_wait *wait, const void *first, size_t nfirst)
{
	struct stat st;

	memset(in, 0, sizeof(*in));
	in->name = weir_mem_strdup(name);
	in->fd = fd;
	in->line = 1;
	if (wait != NULL)
		in->wait = *wait;
	in->regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	in->cap = CAPACITY + nfirst;
	in->buf = weir_mem_alloc(in->cap + WEIR_INPUT_PAD);
	in->p = in->buf;
	set_end(in, in->buf);
	if (nfirst > 0)
		memcpy(in->buf, first, nfirst);
	in->held = nfirst;
}

int
weir_input_open(struct weir_input *in, const char *path, const struct weir_input_wait *wait)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	memset(in, 0, sizeof(*in));
	in->fd = -1;
	if (fd < 0 || fstat(fd, &st) != 0) {
		in->err = errno;
	} else if (S_ISDIR(st.st_mode)) {
		in->err = EISDIR;
	} else {
		weir_input_init(in, fd, is_stdin ? "(stdin)" : path, wait, NULL, 0);
		return 0;
	}
	if (fd > STDIN_FILENO)
		close(fd);
	return -1;
}

void
weir_input_release(struct weir_input *in)
{
	weir_codec_free(in->codec);
	free(in->buf);
	free(in->name);
	if (in->fd >= 0)
		close(in->fd);
	memset(in, 0, sizeof(*in));
	in->fd = -1;
}

/* One read(2). The bytes; 0: the end, or stopped; -1: failed. */
static ssize_t
read_some(struct weir_input *in, unsigned char *p, size_t n)
{
	while (in->fd >= 0) {
		ssize_t got;

		if (!in->regular && in->wait.wait != NULL &&
		    in->wait.wait(in->wait.ctx, in->fd) < 0) {
			in->stopped = true;
			return 0;
		}
		got = read(in->fd, p, n);
		if (got >= 0)
			return got;
		if (errno == EAGAIN || errno == EWOULDBLOCK) {
			struct pollfd pfd = {.fd = in->fd, .events = POLLIN};

			poll(&pfd, 1, -1);
		} else if (errno != EINTR) {
			in->err = errno;
			return -1;
		}
	}
	return 0;
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
	in->begun = true;
	if (number >= 0) {
		in->codec = weir_codec_new(number, in->buf, in->held);
		in->compression = weir_codec_name(in->codec);
	} else {
		set_end(in, in->buf + in->held);
		in->eof = got == 0;
	}
	return 0;
}

static void
make_room(struct weir_input *in)
{
	size_t tail = (size_t)(in->end - in->p);

	if ((size_t)(in->buf + in->cap - in->end) >= in->cap / 4)
		return;
	if (tail > in->cap - in->cap / 4) {
		size_t at = (size_t)(in->p - in->buf);

		in->buf = weir_mem_realloc(in->buf, in->cap + in->cap + WEIR_INPUT_PAD, 1);
		in->cap *= 2;
		in->p = in->buf + at;
	}
	memmove(in->buf, in->p, tail);
	in->p = in->buf;
	set_end(in, in->buf + tail);
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
		if (got == 0 && (in->stopped || weir_codec_end(in->codec) == 0))
			return 0;
		if (got == 0)
			break;
		weir_codec_put(in->codec, (size_t)got);
	}
	in->why = weir_codec_why(in->codec);
	return -1;
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
		if (in->end > in->p)
			return 1;
	}
	if (in->eof)
		return 0;
	make_room(in);
	got = (in->codec != NULL ? decode_some : read_some)(in, in->end,
	    (size_t)(in->buf + in->cap - in->end));
	if (got < 0)
		return -1;
	set_end(in, in->end + got);
	in->eof = got == 0;
	return got > 0;
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
			return *len > 0;
		seen = *len;
		rc = weir_input_fill(in);
		if (rc < 0)
			return -1;
	}
}

int
weir_input_drop_line(struct weir_input *in, size_t keep, const unsigned char **text)
{
	uint64_t dropped = 0;
	int rc = 1;

	for (;;) {
		unsigned char *from = in->p + keep;
		unsigned char *lf = memchr(from, '\n', (size_t)(in->end - from));

		if (lf != NULL || rc <= 0) {
			*text = in->p;
			in->offset += dropped;
			weir_input_take(in, (size_t)((lf != NULL ? lf + 1 : in->end) - in->p), lf != NULL);
			return rc < 0 ? -1 : 0;
		}
		dropped += (uint64_t)(in->end - from);
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
