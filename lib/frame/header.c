/*
 * header - see header.h
 */
#include "frame/header.h"
#include "base/hash.h"
#include "frame/record.h"

#include <string.h>

void
weir_header_encode(unsigned char p[WEIR_FRAME_HEADER], const struct weir_header *h)
{
	p[0] = WEIR_FRAME_MAGIC;
	p[1] = 'w';
	p[2] = 'r';
	p[3] = WEIR_FRAME_VERSION;
	p[4] = h->kind;
	p[5] = h->flags;
	p[6] = p[7] = 0;
	weir_store32(p + 8, h->payload);
	weir_store32(p + 12, h->plain);
	weir_store64(p + 16, h->seq);
	weir_store32(p + 24, h->count);
	weir_store32(p + 28, h->sum);
	weir_store32(p + 32, weir_header_sum(p, 32));
	weir_store32(p + 36, 0);
}

static const char *
fault(const struct weir_header *h, const unsigned char *p)
{
	if (p[0] != WEIR_FRAME_MAGIC || p[1] != 'w' || p[2] != 'r')
		return "no frame begins here";
	if (weir_load32(p + 32) != weir_header_sum(p, 32))
		return "the frame's header is damaged";
	if (p[3] != WEIR_FRAME_VERSION)
		return "the stream is of another format version; this weir reads version 1";
	if (strchr("HSDBE", h->kind) == NULL || h->kind == 0)
		return "a frame of an unknown kind";
	if ((h->flags & ~(h->kind == WEIR_FRAME_DATA ? WEIR_FRAME_ZSTD | WEIR_FRAME_COLUMNS : WEIR_FRAME_ZSTD)) != 0 || p[6] != 0 || p[7] != 0 || weir_load32(p + 36) != 0)
		return "a frame with reserved bits set";
	if (h->payload > WEIR_FRAME_MAX || h->plain > WEIR_FRAME_MAX)
		return "a frame beyond the size limit";
	if (!(h->flags & WEIR_FRAME_ZSTD) && h->payload != h->plain)
		return "a frame whose two lengths differ";
	return NULL;
}

int
weir_header_decode(struct weir_header *h, const unsigned char p[WEIR_FRAME_HEADER],
    const char **why)
{
	h->kind = p[4];
	h->flags = p[5];
	h->payload = weir_load32(p + 8);
	h->plain = weir_load32(p + 12);
	h->seq = weir_load64(p + 16);
	h->count = weir_load32(p + 24);
	h->sum = weir_load32(p + 28);
	*why = fault(h, p);
	return *why == NULL ? 0 : -1;
}

uint32_t
weir_header_sum(const void *p, size_t len)
{
	return (uint32_t)weir_hash_fixed(p, len);
}

uint64_t
weir_header_chain(uint64_t before, const unsigned char p[WEIR_FRAME_HEADER])
{
	return weir_hash_seeded(p, WEIR_FRAME_HEADER, before);
}
