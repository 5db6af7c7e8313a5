/*
 * hash - see hash.h
 *
 * Inputs up to 240 bytes never reach XXH3's vector code, so they are hashed by
 * the plain build; longer ones go by a pointer that is set at the first call to
 * the best of the builds in hash_avx2.c and hash_avx512.c. $WEIR_CPU (sse2,
 * avx2) keeps to a lower level, for tests.
 */
#include "base/hash.h"
#include "base/hash_level.h"
#include "base/sys.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define SHORT 240

static uint64_t
hash_plain(const void *p, size_t len)
{
	return XXH3_64bits(p, len);
}

static const struct level {
	const char *name;
	uint64_t (*hash)(const void *, size_t);
} levels[] = {
#ifdef WEIR_HASH_X86
	{"avx512", weir_hash_avx512},
	{"avx2", weir_hash_avx2},
#endif
	{"sse2", hash_plain},
};

static const struct level *
best_level(void)
{
	const struct level *l = &levels[0];

#ifdef WEIR_HASH_X86
	const char *cap = getenv("WEIR_CPU");
	size_t i;

	if (!__builtin_cpu_supports("avx512f"))
		l = &levels[1];
	if (!__builtin_cpu_supports("avx2"))
		l = &levels[2];
	for (i = 0; cap != NULL && i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strcmp(cap, levels[i].name) == 0 && &levels[i] > l)
			l = &levels[i];
#endif
	return l;
}

static const struct level *
level(void)
{
	static const struct level *chosen;

	if (chosen == NULL)
		chosen = best_level();
	return chosen;
}

uint64_t
weir_hash_fixed(const void *p, size_t len)
{
	return len <= SHORT ? XXH3_64bits(p, len) : level()->hash(p, len);
}

void
weir_hash_wide(const void *p, size_t len, unsigned char out[WEIR_HASH_WIDE])
{
	XXH128_canonical_t c;

	XXH128_canonicalFromHash(&c, XXH3_128bits(p, len));
	memcpy(out, c.digest, WEIR_HASH_WIDE);
}

uint64_t
weir_hash_seeded(const void *p, size_t len, uint64_t seed)
{
	return XXH3_64bits_withSeed(p, len, seed);
}

struct weir_hash_pair
weir_hash_pair(const void *p, size_t len, uint64_t seed)
{
	XXH128_hash_t h = XXH3_128bits_withSeed(p, len, seed);

	return (struct weir_hash_pair){.hi = h.high64, .lo = h.low64};
}

uint64_t
weir_hash_seed(void)
{
	static uint64_t seed;
	static int known;

	if (!known) {
		const char *s = getenv("WEIR_HASH_SEED");

		seed = s != NULL ? strtoull(s, NULL, 0) : weir_sys_random();
		known = 1;
	}
	return seed;
}

uint64_t
weir_hash_table(const void *p, size_t len)
{
	return XXH3_64bits_withSeed(p, len, weir_hash_seed());
}

const char *
weir_hash_level(void)
{
	return level()->name;
}
