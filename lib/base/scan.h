/*
 * scan - the first byte of a kind, many bytes at a time
 *
 * Each finds the first byte of its kind in [p, end) and returns end if there is
 * none. They may read up to WEIR_SCAN_PAD bytes behind end (never before p), so
 * that many must be readable there. With SSE2 16 bytes go at once, elsewhere 8 in
 * a word; the *_plain versions say the same byte by byte, and the tests hold
 * them against each other. Inline, because what they find is a few bytes away.
 */
#ifndef WEIR_BASE_SCAN_H
#define WEIR_BASE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WEIR_SCAN_PAD 16

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* In a JSON string: what is not an ordinary ASCII character of its inside: a quote, a
 * backslash, a control character, a byte from 0x80 up. */
static inline bool
weir_scan_is_special(unsigned char c)
{
	return c == '"' || c == '\\' || c < 0x20 || c >= 0x80;
}

static inline const unsigned char *
weir_scan_string_plain(const unsigned char *p, const unsigned char *end)
{
	while (p < end && !weir_scan_is_special(*p))
		p++;
	return p;
}

/* What is no decimal digit. */
static inline const unsigned char *
weir_scan_digits_plain(const unsigned char *p, const unsigned char *end)
{
	while (p < end && *p - (unsigned)'0' <= 9)
		p++;
	return p;
}

/* One of two bytes. */
static inline const unsigned char *
weir_scan_either_plain(const unsigned char *p, const unsigned char *end, unsigned char a,
    unsigned char b)
{
	while (p < end && *p != a && *p != b)
		p++;
	return p;
}

/* Which of the 64 bytes at p are one of three bytes: bit i stands for p[i]. All 64 must be readable. */
static inline uint64_t
weir_scan_mask_plain(const unsigned char *p, unsigned char a, unsigned char b, unsigned char c)
{
	uint64_t mask = 0;
	int i;

	for (i = 0; i < 64; i++)
		mask |= (uint64_t)(p[i] == a || p[i] == b || p[i] == c) << i;
	return mask;
}

#ifdef __SSE2__

/* 16 bytes of weir_scan_mask, moved to bit `at`. */
static inline uint64_t
weir_scan_mask16(const unsigned char *p, __m128i a, __m128i b, __m128i c, int at)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + at));
	__m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, a),
	    _mm_or_si128(_mm_cmpeq_epi8(v, b), _mm_cmpeq_epi8(v, c)));

	return (uint64_t)(unsigned)_mm_movemask_epi8(hit) << at;
}

static inline uint64_t
weir_scan_mask(const unsigned char *p, unsigned char a, unsigned char b, unsigned char c)
{
	const __m128i va = _mm_set1_epi8((char)a), vb = _mm_set1_epi8((char)b);
	const __m128i vc = _mm_set1_epi8((char)c);

	return weir_scan_mask16(p, va, vb, vc, 0) | weir_scan_mask16(p, va, vb, vc, 16) |
	    weir_scan_mask16(p, va, vb, vc, 32) | weir_scan_mask16(p, va, vb, vc, 48);
}

static inline const unsigned char *
weir_scan_digits(const unsigned char *p, const unsigned char *end)
{
	const __m128i zero = _mm_set1_epi8('0'), nine = _mm_set1_epi8(9);

	for (; p < end; p += 16) {
		__m128i v = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), zero);
		int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(v, nine), v));

		if (mask != 0xffff) {
			p += __builtin_ctz(~(unsigned)mask);
			return p < end ? p : end;
		}
	}
	return end;
}

static inline const unsigned char *
weir_scan_string(const unsigned char *p, const unsigned char *end)
{
	const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');
	const __m128i space = _mm_set1_epi8(0x20);

	for (; p < end; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		/* Signed: bytes from 0x80 up are below a space, as control characters are. */
		__m128i hit = _mm_or_si128(_mm_cmplt_epi8(v, space),
		    _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, slash)));
		int mask = _mm_movemask_epi8(hit);

		if (mask != 0) {
			p += __builtin_ctz((unsigned)mask);
			return p < end ? p : end;
		}
	}
	return end;
}

static inline const unsigned char *
weir_scan_either(const unsigned char *p, const unsigned char *end, unsigned char a,
    unsigned char b)
{
	const __m128i va = _mm_set1_epi8((char)a), vb = _mm_set1_epi8((char)b);

	for (; p < end; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		int mask = _mm_movemask_epi8(
		    _mm_or_si128(_mm_cmpeq_epi8(v, va), _mm_cmpeq_epi8(v, vb)));

		if (mask != 0) {
			p += __builtin_ctz((unsigned)mask);
			return p < end ? p : end;
		}
	}
	return end;
}

#else

static inline uint64_t
weir_scan_mask(const unsigned char *p, unsigned char a, unsigned char b, unsigned char c)
{
	return weir_scan_mask_plain(p, a, b, c);
}

#define WEIR_SCAN_ONES UINT64_C(0x0101010101010101)
#define WEIR_SCAN_HIGHS UINT64_C(0x8080808080808080)

/* A word with the high bit set in bytes that are zero in w (and perhaps in bytes above
 * the first such one). */
static inline uint64_t
weir_scan_zero(uint64_t w)
{
	return (w - WEIR_SCAN_ONES) & ~w & WEIR_SCAN_HIGHS;
}

static inline const unsigned char *
weir_scan_digits(const unsigned char *p, const unsigned char *end)
{
	return weir_scan_digits_plain(p, end);
}

static inline const unsigned char *
weir_scan_string(const unsigned char *p, const unsigned char *end)
{
	for (; p < end; p += 8) {
		uint64_t w;

		memcpy(&w, p, 8);
		if ((weir_scan_zero(w ^ WEIR_SCAN_ONES * '"') |
		        weir_scan_zero(w ^ WEIR_SCAN_ONES * '\\') |
		        ((w - WEIR_SCAN_ONES * 0x20) & ~w & WEIR_SCAN_HIGHS) |
		        (w & WEIR_SCAN_HIGHS)) != 0)
			return weir_scan_string_plain(p, end);
	}
	return end;
}

static inline const unsigned char *
weir_scan_either(const unsigned char *p, const unsigned char *end, unsigned char a,
    unsigned char b)
{
	for (; p < end; p += 8) {
		uint64_t w;

		memcpy(&w, p, 8);
		if ((weir_scan_zero(w ^ WEIR_SCAN_ONES * a) | weir_scan_zero(w ^ WEIR_SCAN_ONES * b)) != 0)
			return weir_scan_either_plain(p, end, a, b);
	}
	return end;
}

#endif
#endif
