/*
 * spill - a store on disk for state that memory has no room for: ordered keys to values, both of bytes
 *
 * Over RocksDB's C API, whose library is loaded when a store is opened (linked, it would cost every start of a command
 * 7 ms and 9 MB). Nothing in it outlives the process: it lies in a scratch directory, without a log or a sync, and is
 * never the truth. It takes up to about WEIR_SPILL_MEMORY of memory, and compresses with LZ4.
 *
 * RocksDB works in threads of its own: a copy of the process (fork) can't use the store, and must not close it.
 *
 * The first error stays: every later call fails, and why says what it was.
 */
#ifndef WEIR_STATE_SPILL_H
#define WEIR_STATE_SPILL_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_SPILL_MEMORY (UINT64_C(48) << 20)

/* <0, 0, >0. Of keys that are equal the bytes must be, too. It is called from several threads. */
typedef int (*weir_spill_compare)(const unsigned char *a, size_t alen, const unsigned char *b, size_t blen);

/* Pieces of keys whose order as bytes is that of the numbers; read again. */
static inline void
weir_spill_key(struct weir_buf *b, uint64_t x)
{
	unsigned char *p = weir_buf_need(b, 8);
	int i;

	for (i = 0; i < 8; i++)
		p[i] = (unsigned char)(x >> (56 - 8 * i));
	b->len += 8;
}

static inline void
weir_spill_key_time(struct weir_buf *b, int64_t time)
{
	weir_spill_key(b, (uint64_t)time ^ UINT64_C(1) << 63);
}

static inline uint64_t
weir_spill_unkey(const unsigned char *p)
{
	uint64_t x = 0;
	int i;

	for (i = 0; i < 8; i++)
		x = x << 8 | p[i];
	return x;
}

static inline int64_t
weir_spill_unkey_time(const unsigned char *p)
{
	return (int64_t)(weir_spill_unkey(p) ^ UINT64_C(1) << 63);
}

struct weir_spill_store;

struct weir_spill {
	struct weir_buf why;
	bool failed;
	uint64_t puts, gets;           /* calls */
	/* private */
	struct weir_spill_store *store;
};

/* Opens a store in a directory of its own inside dir; compare NULL: keys are ordered by their bytes. 0, or an exit status
 * and why: 2 if weir was built without RocksDB or its library can't be loaded, 73 if dir won't do, 74. */
int weir_spill_open(struct weir_spill *s, const char *dir, weir_spill_compare compare);

/* Removes it from the disk. Without effect on what was not opened (zeros). */
void weir_spill_close(struct weir_spill *s);

/* Puts a value in the place of the key's, if there is one. 0, or -1. */
int weir_spill_put(struct weir_spill *s, const void *key, size_t len, const void *value, size_t vlen);

/* The key's value, in place of what v held: 1; 0: there is none; -1. */
int weir_spill_get(struct weir_spill *s, const void *key, size_t len, struct weir_buf *v);

/* Removes the key, if it is there. 0, or -1. */
int weir_spill_remove(struct weir_spill *s, const void *key, size_t len);

/* Removes the keys from <= key < to. 0, or -1. */
int weir_spill_drop(struct weir_spill *s, const void *from, size_t flen, const void *to, size_t tlen);

/* A walk over the keys from <= key < to, in their order, as they were when it began. */
struct weir_spill_each {
	struct weir_spill *of;
	/* private */
	void *walk;
	struct weir_buf to;
	bool moved;
};

void weir_spill_each_init(struct weir_spill_each *e, struct weir_spill *s, const void *from, size_t flen, const void *to,
    size_t tlen);
void weir_spill_each_release(struct weir_spill_each *e);

/* 1: the next key and its value, valid until the next call; 0: there is none; -1. */
int weir_spill_each_next(struct weir_spill_each *e, const unsigned char **key, size_t *len, const unsigned char **value,
    size_t *vlen);

#endif
