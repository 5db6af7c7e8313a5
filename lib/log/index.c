/*
 * index - see index.h
 */
#include "log/index.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/sys.h"
#include "frame/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const unsigned char magic[4] = {'w', 'r', 'I', 1};

void
weir_index_release(struct weir_index *ix)
{
	free(ix->entries);
	memset(ix, 0, sizeof(*ix));
}

void
weir_index_add(struct weir_index *ix, const struct weir_index_entry *e)
{
	if (ix->n == ix->cap) {
		ix->cap = ix->cap > 0 ? 2 * ix->cap : 16;
		ix->entries = weir_mem_realloc(ix->entries, ix->cap, sizeof(*ix->entries));
	}
	ix->entries[ix->n++] = *e;
}

void
weir_index_encode(const struct weir_index_entry *e, uint64_t i, unsigned char p[WEIR_INDEX_ENTRY])
{
	memcpy(p, magic, sizeof(magic));
	weir_store32(p + 4, (uint32_t)e->end | (uint32_t)e->thinned << 1);
	weir_store64(p + 8, e->offset);
	weir_store64(p + 16, e->position);
	weir_store64(p + 24, (uint64_t)e->newest);
	weir_store64(p + 32, (uint64_t)e->oldest);
	weir_store64(p + 40, e->plain);
	weir_store64(p + 48, i);
	weir_store64(p + 56, weir_hash_fixed(p, 56));
}

void
weir_index_format(const struct weir_index *ix, struct weir_buf *b)
{
	size_t i;

	for (i = 0; i < ix->n; i++) {
		weir_index_encode(&ix->entries[i], i, weir_buf_need(b, WEIR_INDEX_ENTRY));
		b->len += WEIR_INDEX_ENTRY;
	}
}

static int
decode(struct weir_index_entry *e, uint64_t i, const unsigned char *p)
{
	if (memcmp(p, magic, sizeof(magic)) != 0 || weir_load64(p + 56) != weir_hash_fixed(p, 56) ||
	    weir_load64(p + 48) != i || (weir_load32(p + 4) > 1 && weir_load32(p + 4) != 3))
		return -1;
	e->end = weir_load32(p + 4) != 0;
	e->thinned = weir_load32(p + 4) == 3;
	e->offset = weir_load64(p + 8);
	e->position = weir_load64(p + 16);
	e->newest = (int64_t)weir_load64(p + 24);
	e->oldest = (int64_t)weir_load64(p + 32);
	e->plain = weir_load64(p + 40);
	return 0;
}

static int
load(int fd, struct weir_index *ix)
{
	unsigned char p[64 * WEIR_INDEX_ENTRY];
	struct weir_index_entry e;
	size_t at;
	ssize_t n;

	while ((n = weir_sys_pread(fd, p, sizeof(p), ix->n * WEIR_INDEX_ENTRY)) > 0)
		for (at = 0; at < (size_t)n; at += WEIR_INDEX_ENTRY) {
			if ((size_t)n - at < WEIR_INDEX_ENTRY || decode(&e, ix->n, p + at) != 0 || weir_index_ended(ix))
				return 1;
			weir_index_add(ix, &e);
		}
	return n == 0 ? 0 : -1;
}

int
weir_index_load(int dfd, const char *name, struct weir_index *ix)
{
	int fd = openat(dfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), rc, saved;

	if (fd < 0)
		return -1;
	rc = load(fd, ix);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

const struct weir_index_entry *
weir_index_find(const struct weir_index *ix, uint64_t offset)
{
	size_t lo = 0, hi = ix->n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (ix->entries[mid].offset <= offset)
			lo = mid;
		else
			hi = mid;
	}
	return &ix->entries[lo];
}

const struct weir_index_entry *
weir_index_find_time(const struct weir_index *ix, int64_t time)
{
	size_t lo = 0, hi = ix->n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (ix->entries[mid].newest < time)
			lo = mid;
		else
			hi = mid;
	}
	return &ix->entries[lo];
}
