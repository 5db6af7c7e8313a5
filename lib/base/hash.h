/*
 * hash - XXH3, compiled in for each CPU level
 *
 * The checksum of frames and the hash of tables. XXH3 comes from Debian's
 * xxhash.h, inlined: measured on a filter, calls into the shared library took half of
 * the throughput, the inlined code a fifth. The answer is the same on every
 * CPU level.
 */
#ifndef WEIR_BASE_HASH_H
#define WEIR_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* XXH3's 64 bits, seed 0: for what is written. Frames keep the low 32. */
uint64_t weir_hash_fixed(const void *p, size_t len);

/* The same with a seed, which 0 leaves out. */
uint64_t weir_hash_seeded(const void *p, size_t len, uint64_t seed);

/* XXH3's 128 bits, seed 0, the high byte first: for what must not be taken for something else. */
#define WEIR_HASH_WIDE 16
void weir_hash_wide(const void *p, size_t len, unsigned char out[WEIR_HASH_WIDE]);

/* XXH3's 128 bits with a seed, as numbers: in place of a key that is too long to be kept. */
struct weir_hash_pair {
	uint64_t hi, lo;
};
struct weir_hash_pair weir_hash_pair(const void *p, size_t len, uint64_t seed);

/* XXH3's 64 bits with the seed of this process: for tables in memory. Nothing that is
 * written may depend on it. */
uint64_t weir_hash_table(const void *p, size_t len);

/* The process' seed: random, or $WEIR_HASH_SEED, so that tests can show that
 * it does not matter. */
uint64_t weir_hash_seed(void);

/* "avx512", "avx2" or "sse2": the level in use. */
const char *weir_hash_level(void);

#endif
