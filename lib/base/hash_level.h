/*
 * hash_level - the builds of XXH3 for single CPU levels; base/hash.c chooses
 */
#ifndef WEIR_BASE_HASH_LEVEL_H
#define WEIR_BASE_HASH_LEVEL_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#define WEIR_HASH_X86
uint64_t weir_hash_avx2(const void *p, size_t len);
uint64_t weir_hash_avx512(const void *p, size_t len);
#endif

#endif
