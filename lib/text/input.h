/*
 * input - the bytes of one source: opened, decompressed, buffered
 *
 * zstd, gzip, xz and bzip2 are told by their first bytes, on files and on pipes,
 * also several members one after the other. Unread bytes are in[p, end); behind
 * end lie WEIR_INPUT_PAD readable bytes, the first of them '\0'. Parsers work on
 * that window, move p (weir_input_take), and call weir_input_fill for more.
 * Memory: the buffer, 256 KiB, grows only for a record longer than that.
 *
 * Up to WEIR_INPUT_PAST bytes before p stay in the buffer, so that a place can be told by what lies before
 * it (weir_input_past); the first WEIR_INPUT_FIRST bytes are kept.
 */
#ifndef WEIR_TEXT_INPUT_H
#define WEIR_TEXT_INPUT_H

#include "text/origin.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_INPUT_PAD 64
#define WEIR_INPUT_PAST 4096
#define WEIR_INPUT_FIRST 4096

/* Called before each read(2) of fd that could block: flush what others wait for,
 * then return 0 to read or -1 to take it for the end of the input. */
struct weir_input_wait {
	int (*wait)(void *ctx, int fd);
	void *ctx;
	/* The same until the monotonic clock says `until`: then 2. For inputs with patience. */
	int (*until)(void *ctx, int fd, int64_t until);
};

struct weir_codec;

struct weir_input {
	char *name;               /* as messages call it: the path, or "(stdin)" */
	unsigned char *p, *end;   /* unread bytes */
	bool eof;                 /* no more will come behind end; if partial: not now */
	bool partial;             /* what is unfinished at the end waits to be finished */
	int64_t patience;         /* ns; what has no bytes for so long is at its end for now (dry, and partial); 0: is waited for */
	bool dry;
	bool changed;             /* partial: what was read is no longer what lies there */
	bool drained;             /* its end has been seen, and nothing read since */
	int64_t modified;         /* its file's time when what was read was last seen to lie there */
	uint64_t offset;          /* of p in the decompressed source */
	uint64_t line;            /* line feeds before p, plus 1 */
	int err;                  /* errno of a failed read, or 0 */
	const char *why;          /* what failed, in words ("gzip: bad data"), or NULL */
	const char *compression;  /* "zstd", "gzip", "xz", "bzip2", or NULL */
	struct weir_origin origin;
	unsigned char *first;     /* of the decompressed bytes, where they can be read again */
	size_t nfirst;
	/* private */
	unsigned char *buf;
	size_t cap;
	struct weir_codec *codec;
	struct weir_input_wait wait;
	uint64_t gap;             /* bytes before this offset are not in the buffer */
	uint64_t dropped;         /* while a line is dropped: bytes missing before end */
	size_t held;              /* bytes at buf that came before compression was looked for */
	bool begun;               /* it has been looked for */
	bool stopped;             /* by wait */
};

/* Opens path ("-": standard input). 0, or -1 with in->err: ENOENT, EACCES, EISDIR
 * (a directory is refused) and so on. Nothing is read yet. */
int weir_input_open(struct weir_input *in, const char *path, const struct weir_input_wait *wait);

/* The same for a descriptor that is open, which becomes the input's. first: bytes already read
 * from it; all there are if fd is -1. */
void weir_input_init(struct weir_input *in, int fd, const char *name,
    const struct weir_input_wait *wait, const void *first, size_t nfirst);

void weir_input_release(struct weir_input *in);

/* More bytes behind end; what lies in [p, end) may move. 1: there are more now;
 * 0: the end (in->eof); -1: failed (in->err, in->why). Returns after one read. The first call looks for
 * compression; it never waits for more than the first byte unless that byte begins a magic number. */
int weir_input_fill(struct weir_input *in);

/* At the end of a partial input, or of a dry one: looks for more. 1, 0, -1 as weir_input_fill. */
int weir_input_again(struct weir_input *in);

/* Goes to an offset of the decompressed bytes of an input of which nothing was taken yet, with up to `past` bytes
 * before it in the buffer. 1; 0: there are not so many bytes; -1: failed. */
int weir_input_seek(struct weir_input *in, uint64_t offset, uint64_t line, size_t past);

/* The bytes before an offset that is not far behind p, as many as are there, up to WEIR_INPUT_PAST: in *n. */
const unsigned char *weir_input_past(const struct weir_input *in, uint64_t offset, size_t *n);

/* Whether what was read of a file that is not packed is still what lies there; no, if that can't be told. */
bool weir_input_lies(const struct weir_input *in);

/* Reads until the first bytes, n or all there are, are in in->first; takes nothing. 0, or -1: failed. */
int weir_input_need_first(struct weir_input *in, size_t n);

/* Takes n bytes that hold `lines` line feeds. */
static inline void
weir_input_take(struct weir_input *in, size_t n, uint64_t lines)
{
	in->p += n;
	in->offset += n;
	in->line += lines;
}

/* The next line, whole, without its LF; a last line without LF counts; *len does not count the
 * LF. It is not taken: the caller takes *len + *eol bytes (eol is 1, or 0 at the end of the input).
 * 1: a line; 0: the end, or, if partial, a line without its end (*len bytes of it); -1: failed; -2: longer than max bytes (then *len is what is there so far,
 * weir_input_skip_line passes over it). Valid until the next fill. */
int weir_input_line(struct weir_input *in, size_t max, const unsigned char **p, size_t *len,
    size_t *eol);

/* Passes over the rest of a line, reading what it must. 1; 0: its LF is still to come (partial); -1: failed. */
int weir_input_skip_line(struct weir_input *in);

/* The same and the same answers, but the line's first keep bytes, which must be there already, stay: at *text,
 * valid until the next fill. Memory does not grow with the line. */
int weir_input_drop_line(struct weir_input *in, size_t keep, const unsigned char **text);

#endif
