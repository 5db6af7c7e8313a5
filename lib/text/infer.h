/*
 * infer - whether unquoted text is a number by JSON's grammar; the line formats' own
 */
#ifndef WEIR_TEXT_INFER_H
#define WEIR_TEXT_INFER_H

#include "frame/record.h"

#include <stddef.h>
#include <stdint.h>

/* A mask with the high bit of each byte of w that is no digit, up to the first such byte; what it
 * says of those above that one may be wrong. */
static inline uint64_t
weir_infer_not_digits(uint64_t w)
{
	w ^= UINT64_C(0x3030303030303030);
	return ((w + UINT64_C(0x7676767676767676)) | w) & UINT64_C(0x8080808080808080);
}

/* What weir_infer_type leaves over. */
uint8_t weir_infer_other(const unsigned char *p, size_t len);

/* WEIR_NUMBER or WEIR_STRING. 8 bytes at p are readable: up to 8 digits, the common case, are
 * told without a loop, because their number can't be foreseen. */
static inline uint8_t
weir_infer_type(const unsigned char *p, size_t len)
{
	if (len == 0 || *p > '9')
		return WEIR_STRING;
	if (len <= 8 && weir_infer_not_digits(weir_load64(p)) << (64 - 8 * len) == 0)
		return *p != '0' || len == 1 ? WEIR_NUMBER : WEIR_STRING;
	return weir_infer_other(p, len);
}

#endif
