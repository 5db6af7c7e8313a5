/*
 * utf8 - see utf8.h. Runs of ASCII are passed over 8 bytes at a time.
 */
#include "base/utf8.h"

#include <string.h>

unsigned
weir_utf8_next(const unsigned char *p, size_t n, uint32_t *rune)
{
	unsigned len, i;
	uint32_t r;

	if (n == 0)
		return 0;
	if (p[0] < 0x80) {
		*rune = p[0];
		return 1;
	}
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (len > n)
		return 0;
	r = p[0] & (0x7fu >> len);
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		r = r << 6 | (p[i] & 0x3f);
	}
	if ((len == 3 && (r < 0x800 || (r >= 0xd800 && r < 0xe000))) ||
	    (len == 4 && (r < 0x10000 || r > 0x10ffff)))
		return 0;
	*rune = r;
	return len;
}

size_t
weir_utf8_span(const unsigned char *p, size_t n)
{
	size_t i = 0;

	while (i < n) {
		uint64_t w;
		uint32_t rune;
		unsigned len;

		if (n - i >= 8) {
			memcpy(&w, p + i, 8);
			if ((w & UINT64_C(0x8080808080808080)) == 0) {
				i += 8;
				continue;
			}
		}
		len = weir_utf8_next(p + i, n - i, &rune);
		if (len == 0)
			break;
		i += len;
	}
	return i;
}

/* How many bytes at p, which don't begin valid UTF-8, are wrong together. */
static size_t
wrong(const unsigned char *p, size_t n)
{
	size_t len = p[0] < 0xc2 || p[0] > 0xf4 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4, i;

	for (i = 1; i < len && i < n && (p[i] & 0xc0) == 0x80; i++)
		;
	return i;
}

void
weir_utf8_repair(struct weir_buf *b, const unsigned char *p, size_t n)
{
	size_t at = 0, good;

	while (at < n) {
		good = weir_utf8_span(p + at, n - at);
		weir_buf_put(b, p + at, good);
		at += good;
		if (at < n) {
			weir_buf_puts(b, "\xef\xbf\xbd");
			at += wrong(p + at, n - at);
		}
	}
}

unsigned
weir_utf8_put(unsigned char *p, uint32_t rune)
{
	if (rune < 0x80) {
		p[0] = (unsigned char)rune;
		return 1;
	}
	if (rune < 0x800) {
		p[0] = (unsigned char)(0xc0 | rune >> 6);
		p[1] = (unsigned char)(0x80 | (rune & 0x3f));
		return 2;
	}
	if (rune < 0x10000) {
		p[0] = (unsigned char)(0xe0 | rune >> 12);
		p[1] = (unsigned char)(0x80 | (rune >> 6 & 0x3f));
		p[2] = (unsigned char)(0x80 | (rune & 0x3f));
		return 3;
	}
	p[0] = (unsigned char)(0xf0 | rune >> 18);
	p[1] = (unsigned char)(0x80 | (rune >> 12 & 0x3f));
	p[2] = (unsigned char)(0x80 | (rune >> 6 & 0x3f));
	p[3] = (unsigned char)(0x80 | (rune & 0x3f));
	return 4;
}
