/*
 * json_shapes - which shape an object's names make, found while it is read
 *
 * A trie: from the root one step for each name, in the order of the text; the
 * node where an object ends knows the shape. Each node guesses that the next name
 * will be the one it saw last, or the one before that, so on usual data a name
 * costs one comparison of its bytes. Names are kept as they stand in the text,
 * with the closing quote: no decoding on the way.
 *
 * logfmt's lines have names too, and this room to themselves: there "=" takes the closing
 * quote's place, and names are the bytes that they are.
 *
 * A name that comes twice keeps the place of the first and the value of the last,
 * as in jq.
 */
#ifndef WEIR_TEXT_JSON_SHAPES_H
#define WEIR_TEXT_JSON_SHAPES_H

#include "frame/record.h"
#include "frame/shape.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

struct weir_json_node {
	struct weir_json_node *parent;
	struct weir_json_node *guess[2];  /* children, the likelier first; or NULL */
	struct weir_json_node *chain;     /* of the hash table */
	struct weir_shape *shape;         /* of an object that ends here, or NULL */
	uint32_t *place;                  /* if names repeat: the field of each slot */
	uint32_t depth;                   /* names up to here */
	uint32_t len;                     /* of raw, the closing quote included */
	uint32_t mask;                    /* a bit for each of those bytes */
	unsigned char raw[];              /* padded to a multiple of 16 */
};

struct weir_json_shapes {
	struct weir_json_node *root;
	struct weir_json_node **table;
	uint32_t cap, n;
};

void weir_json_shapes_init(struct weir_json_shapes *s);
void weir_json_shapes_release(struct weir_json_shapes *s);

/* Forgets everything if there are too many nodes; between two objects only. */
void weir_json_shapes_trim(struct weir_json_shapes *s);

/* The child of node for the name raw[0, len) (the last byte is the closing quote), made if need be. */
struct weir_json_node *weir_json_shapes_step(struct weir_json_shapes *s,
    struct weir_json_node *node, const unsigned char *raw, uint32_t len);

/* The shape of an object whose names end at node. */
struct weir_shape *weir_json_shapes_end(struct weir_json_node *node);

#ifdef __SSE2__

/* Whether raw, of which 32 bytes may be read, begins with the node's name. */
static inline bool
weir_json_shapes_is(const struct weir_json_node *node, const unsigned char *raw)
{
	const __m128i *a = (const __m128i *)(const void *)raw;
	const __m128i *b = (const __m128i *)(const void *)node->raw;
	unsigned same = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(a), _mm_loadu_si128(b)));

	if (node->len > 16)
		same |= (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(
		            _mm_loadu_si128(a + 1), _mm_loadu_si128(b + 1))) << 16;
	return (same & node->mask) == node->mask;
}

/* The child whose name begins at raw, if one of the guesses is right; else NULL. Names of 32 bytes or more are
 * not guessed. */
static inline struct weir_json_node *
weir_json_shapes_guess(struct weir_json_node *node, const unsigned char *raw)
{
	struct weir_json_node *g = node->guess[0];

	if (g != NULL && weir_json_shapes_is(g, raw))
		return g;
	g = node->guess[1];
	if (g != NULL && weir_json_shapes_is(g, raw)) {
		node->guess[1] = node->guess[0];
		node->guess[0] = g;
		return g;
	}
	return NULL;
}

#endif

#endif
