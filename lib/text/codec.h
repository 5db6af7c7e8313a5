/*
 * codec - zstd, gzip, xz and bzip2, undone as a stream; input's alone
 *
 * Compressed bytes are put in, plain ones are read out; nothing here does I/O.
 * Members (frames, streams) one behind the other are one run of bytes; zeros
 * behind a gzip or xz member are padding, anything else there is bad data.
 */
#ifndef WEIR_TEXT_CODEC_H
#define WEIR_TEXT_CODEC_H

#include <stddef.h>
#include <sys/types.h>

struct weir_codec;

/* What the first n bytes of a source begin: the codec's number from 0; -1: plain
 * data; -2: n bytes are too few to tell. */
int weir_codec_detect(const unsigned char *p, size_t n);

/* first: the compressed bytes that are there already, which are copied. */
struct weir_codec *weir_codec_new(int number, const void *first, size_t n);
void weir_codec_free(struct weir_codec *c);     /* NULL is fine */

/* "zstd", "gzip", "xz", "bzip2" */
const char *weir_codec_name(const struct weir_codec *c);

/* Where the next compressed bytes go, up to *n of them. Only when weir_codec_read
 * wants more. Then weir_codec_put says how many came. */
unsigned char *weir_codec_room(struct weir_codec *c, size_t *n);
void weir_codec_put(struct weir_codec *c, size_t n);

/* Plain bytes into out, at most room. How many; 0: more compressed bytes are
 * wanted; -1: bad data (weir_codec_why). */
ssize_t weir_codec_read(struct weir_codec *c, unsigned char *out, size_t room);

/* The compressed bytes are at their end: 0, or -1 if a member is cut short (weir_codec_why). */
int weir_codec_end(struct weir_codec *c);

/* What is wrong: a static string such as "gzip: bad data". */
const char *weir_codec_why(const struct weir_codec *c);

#endif
