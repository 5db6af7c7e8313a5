/*
 * infer - see infer.h
 */
#include "text/infer.h"
#include "base/num.h"

/* Up to 8 bytes: digits with a point among them are told without a loop too. */
static uint8_t
infer_short(const unsigned char *p, size_t len)
{
	uint64_t w = weir_load64(p);
	size_t i = (size_t)__builtin_ctzll(weir_infer_not_digits(w)) / 8;

	if (i > 0 && p[i] == '.' && i + 1 < len &&
	    weir_infer_not_digits(w >> 8 * (i + 1)) << (64 - 8 * (len - i - 1)) == 0)
		return *p != '0' || i == 1 ? WEIR_NUMBER : WEIR_STRING;
	if (i == 0 && *p != '-')
		return WEIR_STRING;
	return weir_num_span(p, len) == len ? WEIR_NUMBER : WEIR_STRING;
}

/* A longer text is mostly a date or an address: what is behind its first digits no number has there. */
uint8_t
weir_infer_other(const unsigned char *p, size_t len)
{
	uint64_t odd;

	if (len <= 8)
		return infer_short(p, len);
	odd = weir_infer_not_digits(weir_load64(p + (*p == '-')));
	if (odd != 0) {
		unsigned char c = p[(*p == '-') + (size_t)__builtin_ctzll(odd) / 8];

		if (c != '.' && c != 'e' && c != 'E')
			return WEIR_STRING;
	}
	return weir_num_span(p, len) == len ? WEIR_NUMBER : WEIR_STRING;
}
