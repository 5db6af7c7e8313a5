/*
 * bloom - see bloom.h
 */
#include "state/bloom.h"
#include "base/mem.h"
#include "base/wide.h"

#include <string.h>

#define WORDS 8              /* of a block */

void
weir_bloom_init(struct weir_bloom *b, uint64_t memory)
{
	b->n = 0;
	b->blocks = memory < 8 * WORDS ? 1 : memory / (8 * WORDS);
	b->words = weir_mem_map((size_t)b->blocks * 8 * WORDS);
}

void
weir_bloom_release(struct weir_bloom *b)
{
	if (b->words != NULL)
		weir_mem_unmap(b->words, (size_t)b->blocks * 8 * WORDS);
	*b = (struct weir_bloom){0};
}

void
weir_bloom_clear(struct weir_bloom *b)
{
	if (b->n > 0)
		memset(b->words, 0, (size_t)b->blocks * 8 * WORDS);
	b->n = 0;
}

static inline uint64_t *
block_of(const struct weir_bloom *b, struct weir_hash_pair h)
{
	return b->words + WORDS * (size_t)((weir_u128)h.hi * b->blocks >> 64);
}

/* Six bits of the hash a word. */
static inline uint64_t
bit(struct weir_hash_pair h, unsigned word)
{
	return UINT64_C(1) << (h.lo >> (6 * word) & 63);
}

void
weir_bloom_put(struct weir_bloom *b, struct weir_hash_pair h)
{
	uint64_t *p = block_of(b, h);
	unsigned i;

	for (i = 0; i < WORDS; i++)
		p[i] |= bit(h, i);
	b->n++;
}

bool
weir_bloom_has(const struct weir_bloom *b, struct weir_hash_pair h)
{
	const uint64_t *p = block_of(b, h);
	uint64_t missing = 0;
	unsigned i;

	for (i = 0; i < WORDS; i++)
		missing |= ~p[i] & bit(h, i);
	return missing == 0;
}
