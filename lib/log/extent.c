/*
 * extent - see extent.h
 */
#include "log/extent.h"
#include "base/durable.h"
#include "base/hash.h"
#include "base/sys.h"
#include "frame/record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define RECORD 64
#define APART 4096
#define WHOLE (2 * APART)

/* A record may be read while it is written: then it is read again. */
#define TRIES 5

static const unsigned char magic[8] = {'w', 'r', 'E', 1};

static void
encode(const struct weir_extent *e, unsigned char p[RECORD])
{
	memcpy(p, magic, sizeof(magic));
	weir_store64(p + 8, e->number);
	weir_store64(p + 16, e->first);
	weir_store64(p + 24, e->segment);
	weir_store64(p + 32, e->length);
	weir_store64(p + 40, e->next);
	weir_store64(p + 48, (uint64_t)e->newest);
	weir_store64(p + 56, weir_hash_fixed(p, 56));
}

static int
decode(struct weir_extent *e, const unsigned char p[RECORD])
{
	if (memcmp(p, magic, sizeof(magic)) != 0 || weir_load64(p + 56) != weir_hash_fixed(p, 56))
		return -1;
	e->number = weir_load64(p + 8);
	e->first = weir_load64(p + 16);
	e->segment = weir_load64(p + 24);
	e->length = weir_load64(p + 32);
	e->next = weir_load64(p + 40);
	e->newest = (int64_t)weir_load64(p + 48);
	e->half = false;
	return 0;
}

int
weir_extent_create(int dfd, const struct weir_extent *e)
{
	unsigned char p[WHOLE] = {0};
	struct weir_extent next = *e;

	next.number = e->number & ~UINT64_C(1);
	encode(&next, p);
	next.number++;
	encode(&next, p + APART);
	return weir_durable_put(dfd, WEIR_EXTENT_FILE, p, sizeof(p));
}

int
weir_extent_open(int dfd)
{
	return openat(dfd, WEIR_EXTENT_FILE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
}

/* Whether nothing but zeros stands behind the records. */
static bool
blank(const unsigned char *p)
{
	size_t i;

	for (i = RECORD; i < APART; i++)
		if (p[i] != 0 || p[APART + i] != 0)
			return false;
	return true;
}

static int
read_once(int fd, struct weir_extent *e)
{
	unsigned char p[WHOLE + 1];
	struct weir_extent two[2];
	bool ok[2];
	ssize_t n = weir_sys_pread(fd, p, sizeof(p), 0);

	if (n < 0)
		return -1;
	if (n != WHOLE)
		return 1;
	ok[0] = decode(&two[0], p) == 0 && (two[0].number & 1) == 0;
	ok[1] = decode(&two[1], p + APART) == 0 && (two[1].number & 1) == 1;
	if (!ok[0] && !ok[1])
		return 1;
	*e = two[!ok[0] || (ok[1] && two[1].number > two[0].number)];
	e->half = !ok[0] || !ok[1] || !blank(p) ||
	    (two[0].number + 1 != two[1].number && two[1].number + 1 != two[0].number);
	return 0;
}

int
weir_extent_read(int dfd, struct weir_extent *e)
{
	int fd = openat(dfd, WEIR_EXTENT_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), i, rc = -1;

	if (fd < 0)
		return -1;
	for (i = 0; i < TRIES; i++)
		if ((rc = read_once(fd, e)) < 0 || (rc == 0 && !e->half))
			break;
	close(fd);
	return rc;
}

static int
put(int fd, const struct weir_extent *e)
{
	unsigned char p[RECORD];

	encode(e, p);
	if (pwrite(fd, p, sizeof(p), (e->number & 1) * APART) != (ssize_t)sizeof(p)) {
		errno = errno != 0 ? errno : EIO;
		return -1;
	}
	return 0;
}

int
weir_extent_put(int fd, struct weir_extent *e)
{
	e->number++;
	return put(fd, e) == 0 && fdatasync(fd) == 0 ? 0 : -1;
}

int
weir_extent_mend(int fd, struct weir_extent *e)
{
	unsigned char zeros[APART - RECORD] = {0};

	if (weir_extent_put(fd, e) != 0)
		return -1;
	e->number++;
	e->half = false;
	return put(fd, e) == 0 && pwrite(fd, zeros, sizeof(zeros), RECORD) == (ssize_t)sizeof(zeros) &&
	        pwrite(fd, zeros, sizeof(zeros), APART + RECORD) == (ssize_t)sizeof(zeros) && fdatasync(fd) == 0
	    ? 0
	    : -1;
}
