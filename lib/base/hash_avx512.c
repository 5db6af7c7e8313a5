/*
 * hash_avx512 - XXH3 for CPUs with AVX512; the Makefile compiles this file with -mavx512f
 */
#include "base/hash_level.h"

#ifdef WEIR_HASH_X86

#define XXH_INLINE_ALL
#define XXH_VECTOR XXH_AVX512
#include <xxhash.h>

uint64_t
weir_hash_avx512(const void *p, size_t len)
{
	return XXH3_64bits(p, len);
}

#else
typedef int weir_hash_no_x86;
#endif
