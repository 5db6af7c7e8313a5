/*
 * infer - see infer.h
 */
#include "text/infer.h"
#include "base/num.h"

/* Digits with a point among them are told without a loop too; text, such as a date, mostly by the first byte that
 * is no digit. */
uint8_t
weir_infer_other(const unsigned char *p, size_t len)
{
	size_t i = *p == '-';

	if (len <= 8) {
		uint64_t w = weir_load64(p);

		i = (size_t)__builtin_ctzll(weir_infer_not_digits(w)) / 8;
		if (i > 0 && p[i] == '.' && i + 1 < len &&
		    weir_infer_not_digits(w >> 8 * (i + 1)) << (64 - 8 * (len - i - 1)) == 0)
			return *p != '0' || i == 1 ? WEIR_NUMBER : WEIR_STRING;
		i += i == 0 && *p == '-';
	}
	while (i < len && p[i] >= '0' && p[i] <= '9')
		i++;
	if (i == 0 || (i < len && p[i] != '.' && p[i] != 'e' && p[i] != 'E'))
		return WEIR_STRING;
	return weir_num_span(p, len) == len ? WEIR_NUMBER : WEIR_STRING;
}
