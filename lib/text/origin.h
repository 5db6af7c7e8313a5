/*
 * origin - what the bytes of a source come from
 *
 * It is opened by name, read in order, told apart from others by what it is and not by
 * its name, and, where that is possible, read again from an offset. Files, pipes and
 * whatever else has a path are the first member; nothing above this room knows what a
 * file is.
 */
#ifndef WEIR_TEXT_ORIGIN_H
#define WEIR_TEXT_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What there is under a name, now. Device and inode stay while names change. */
struct weir_origin_now {
	uint64_t device, inode;
	uint64_t size;            /* in bytes as they are stored */
	int64_t modified;         /* seconds since 1970 */
	uint32_t nanos;           /* and their fraction, which no checkpoint keeps */
	bool again;               /* it can be read again */
};

/* Whether the two are one, by whatever names. */
static inline bool
weir_origin_same(const struct weir_origin_now *a, const struct weir_origin_now *b)
{
	return a->device == b->device && a->inode == b->inode;
}

struct weir_origin_ops;

struct weir_origin {
	const struct weir_origin_ops *ops; /* NULL: nothing at all, which ends at once */
	int fd;
	bool blocks;              /* a read may have to wait for fd to become readable */
	const char *once;         /* why what was read can't be read again ("a pipe"), or NULL: it can */
};

/* All return -1 with errno where they fail. */
struct weir_origin_ops {
	int (*open)(struct weir_origin *o, const char *name);
	ssize_t (*read)(struct weir_origin *o, void *p, size_t n);
	ssize_t (*look)(const struct weir_origin *o, uint64_t at, void *p, size_t n);
	int (*seek)(struct weir_origin *o, uint64_t at);
	int (*now)(const struct weir_origin *o, struct weir_origin_now *st);
	void (*close)(struct weir_origin *o);
	int (*find)(const char *name, struct weir_origin_now *st);
};

extern const struct weir_origin_ops weir_origin_file;

/* "-" is standard input. EISDIR: a set of files (weir_origin_list). 0, or -1. */
int weir_origin_open(struct weir_origin *o, const char *name);

/* The same of a descriptor, which becomes the origin's; -1: nothing at all. */
void weir_origin_adopt(struct weir_origin *o, int fd);

void weir_origin_close(struct weir_origin *o);

/* Up to n bytes; 0: the end; -1: failed, also with EINTR and EAGAIN. */
ssize_t weir_origin_read(struct weir_origin *o, void *p, size_t n);

/* The bytes at `at`, without moving: fewer than n at the end. */
ssize_t weir_origin_look(const struct weir_origin *o, uint64_t at, void *p, size_t n);

/* The next read goes on at `at`. */
int weir_origin_seek(struct weir_origin *o, uint64_t at);

/* Of what is open, and of what bears the name now. */
int weir_origin_now(const struct weir_origin *o, struct weir_origin_now *st);
int weir_origin_find(const char *name, struct weir_origin_now *st);

/* Why what bears the name can't be read again, as o->once; NULL: it can, or is not there. */
const char *weir_origin_once(const char *name);

/* The files of a directory in the order of their names, as paths; those whose names begin with "." are left out. */
struct weir_origin_list {
	char **names;
	size_t n;
};

/* 0, or -1 (ENOTDIR: one file). */
int weir_origin_list(const char *dir, struct weir_origin_list *l);
void weir_origin_list_release(struct weir_origin_list *l);

/* The directory that the named file lies in, to be freed. */
char *weir_origin_parent(const char *name);

#endif
